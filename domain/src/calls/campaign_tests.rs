//! Campaigns from their planning to their end, call by call.

use super::*;
use crate::calls::{AgentCard, LocalDay};
use crate::testing::{given, round_trips};
use crate::{CampaignId, Personal};
use rust_decimal::dec;

fn details() -> CampaignDetails {
    CampaignDetails {
        name: "Spring check-ups".try_into().unwrap(),
        campaign_type: CampaignType::OutboundAppointments,
        start_date: "2026-03-01".parse().unwrap(),
        end_date: "2026-03-31".parse().unwrap(),
        target_audience: "Patients not seen for a year".try_into().unwrap(),
        target_call_count: Some(400),
        target_conversion_rate: Some(dec!(12.5)),
        priority_level: PriorityLevel::Normal,
        call_script: None,
        talking_points: vec!["Free parking".try_into().unwrap()],
        required_documentation: vec![],
        training_materials: vec![],
        notes: None,
        managed_by: None,
    }
}

fn agent(n: u128) -> AgentCard {
    AgentCard {
        user: UserId(Uuid::from_u128(n)),
        email: Personal::new(format!("agent{n}@example.com").try_into().unwrap()),
        name: Personal::new(format!("Agent {n}").try_into().unwrap()),
        location: None,
        location_name: None,
        team: None,
    }
}

fn created() -> CampaignEvent {
    CampaignEvent::Created { details: details() }
}

fn running() -> [CampaignEvent; 3] {
    [created(), CampaignEvent::AgentsAssigned { agents: vec![agent(1)] }, CampaignEvent::Started {}]
}

fn called(n: u128, outcome: CampaignOutcome) -> LoggedCall {
    let day = LocalDay { day: "2026-03-02".parse().unwrap(), hour: 9 };
    LoggedCall { day, call: None, agent: agent(n), number: None, outcome, completed: None, successful: None, notes: None }
}

const ID: CampaignId = CampaignId(Uuid::from_u128(77));

#[test]
fn a_campaign_is_planned_started_paused_resumed_and_completed() {
    given::<Campaign>([]).when(|c| c.create(details())).then([created()]);
    given([created()]).when(|c: &Campaign| c.create(details())).refused(CampaignRefusal::AlreadyCreated);
    given([created()]).when(|c: &Campaign| c.start()).then([CampaignEvent::Started {}]);
    given(running()).when(|c: &Campaign| c.pause(None)).then([CampaignEvent::Paused { reason: None }]);
    let paused = running().into_iter().chain([CampaignEvent::Paused { reason: None }]);
    given(paused.clone()).when(|c: &Campaign| c.resume()).then([CampaignEvent::Resumed {}]);
    given(paused).when(|c: &Campaign| c.complete(None)).then([CampaignEvent::Completed { notes: None }]);
    given::<Campaign>([]).when(|c| c.start()).refused(CampaignRefusal::Unknown);
}

#[test]
fn what_its_state_does_not_allow_is_refused_with_what_it_does() {
    let refused = |state, asked, allowed: Vec<&'static str>| CampaignRefusal::WrongState { state, asked, allowed };
    let planned = CampaignStatus::Planned.allowed();
    given([created()]).when(|c: &Campaign| c.pause(None)).refused(refused("planned", "paused", planned.clone()));
    let none = called(1, CampaignOutcome::NoAnswer);
    given([created()]).when(|c: &Campaign| c.log(ID, none)).refused(refused("planned", "called for", planned));
    let why: Text<1000> = "no budget".try_into().unwrap();
    let over = [created(), CampaignEvent::Cancelled { reason: why.clone() }];
    given(over.clone()).when(|c: &Campaign| c.cancel(why)).refused(refused("cancelled", "cancelled", vec![]));
    given(over).when(|c: &Campaign| c.assign(vec![])).refused(refused("cancelled", "assigned", vec![]));
}

#[test]
fn details_keep_to_their_rules() {
    let with = |change: fn(&mut CampaignDetails)| {
        let mut details = details();
        change(&mut details);
        Campaign::default().create(details)
    };
    let early = with(|d| d.end_date = "2026-02-28".parse().unwrap());
    assert_eq!(early, Err(CampaignRefusal::EndsBeforeItBegins));
    for rate in [dec!(-0.01), dec!(100.01), dec!(1.005)] {
        let changes = CampaignChanges { target_conversion_rate: Some(Some(rate)), ..Default::default() };
        given([created()]).when(|c: &Campaign| c.change(changes)).refused(CampaignRefusal::ConversionOutOfRange);
    }
    let unheard_of = with(|d| (d.start_date, d.end_date) = (NaiveDate::MIN, NaiveDate::MAX));
    assert_eq!(unheard_of, Err(CampaignRefusal::Calendar(CalendarRefusal::Day { field: "startDate" })));
    let never = with(|d| d.end_date = NaiveDate::MAX);
    assert_eq!(never, Err(CampaignRefusal::Calendar(CalendarRefusal::Day { field: "endDate" })));
    let many = with(|d| d.talking_points = vec!["x".try_into().unwrap(); 51]);
    assert_eq!(many, Err(CampaignRefusal::TooManyEntries { field: "talkingPoints" }));
}

#[test]
fn only_what_changes_is_recorded() {
    let changes = CampaignChanges {
        name: Some(details().name),
        target_call_count: Some(None),
        notes: Some(None),
        end_date: Some(details().end_date),
        ..Default::default()
    };
    let changed = CampaignChanges { target_call_count: Some(None), ..Default::default() };
    let event = CampaignEvent::Changed { changes: changed };
    given([created()]).when(|c: &Campaign| c.change(changes)).then([event.clone()]);
    round_trips("campaign.changed", event.clone());
    given([created(), event]).when(|c: &Campaign| c.change(CampaignChanges::default())).then([]);
}

#[test]
fn agents_are_assigned_as_a_whole_and_once_each() {
    let assigned = CampaignEvent::AgentsAssigned { agents: vec![agent(1), agent(2)] };
    given([created()]).when(|c: &Campaign| c.assign(vec![agent(1), agent(2)])).then([assigned.clone()]);
    given([created(), assigned.clone()]).when(|c: &Campaign| c.assign(vec![agent(2), agent(1)])).then([]);
    given([created(), assigned]).when(|c: &Campaign| c.assign(vec![])).then([CampaignEvent::AgentsAssigned { agents: vec![] }]);
    given([created()]).when(|c: &Campaign| c.assign(vec![agent(1), agent(1)])).refused(CampaignRefusal::AgentTwice);
}

#[test]
fn a_call_is_judged_by_its_outcome_unless_somebody_knows_better() {
    let logged = |campaign: &Campaign, call: LoggedCall| match campaign.log(ID, call)?.pop() {
        Some(CampaignEvent::CallLogged { log, completed, successful, rule, .. }) => Ok((log, completed, successful, rule)),
        other => panic!("{other:?}"),
    };
    let mut campaign = crate::aggregate::fold::<Campaign>(&running());
    let (first, completed, successful, rule) = logged(&campaign, called(1, CampaignOutcome::AppointmentScheduled)).unwrap();
    assert_eq!((completed, successful, rule.as_str()), (true, true, OUTCOME_RULE));
    let none = called(1, CampaignOutcome::NoAnswer);
    let (.., completed, successful, _) = logged(&campaign, none.clone()).unwrap();
    assert_eq!((completed, successful), (false, false));
    let known = LoggedCall { successful: Some(true), ..called(1, CampaignOutcome::InformationProvided) };
    assert_eq!(logged(&campaign, known).unwrap().3, "as_said");
    let odd = LoggedCall { successful: Some(true), ..none.clone() };
    assert_eq!(logged(&campaign, odd), Err(CampaignRefusal::SuccessWithoutCall));
    assert_eq!(logged(&campaign, called(2, CampaignOutcome::NoAnswer)), Err(CampaignRefusal::NotAssigned));
    for event in campaign.log(ID, none.clone()).unwrap() {
        round_trips("campaign.call_logged", event.clone());
        campaign.evolve(&event);
    }
    assert_ne!(logged(&campaign, none).unwrap().0, first, "every log has an id of its own");
}
