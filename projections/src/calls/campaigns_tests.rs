//! A campaign from its planning to its end, as people look at it.

use super::*;
use crate::cases::story::{Story, TENANT};
use domain::Personal;
use domain::calls::LocalDay;
use rust_decimal::dec;

const ID: Uuid = Uuid::from_u128(5);

fn agent() -> AgentCard {
    AgentCard {
        user: UserId(Uuid::from_u128(7)),
        email: Personal::new("ada@example.com".try_into().unwrap()),
        name: Personal::new("Ada Lovelace".try_into().unwrap()),
        location: Some(LocationId(Uuid::from_u128(9))),
        location_name: Some("Wixom".try_into().unwrap()),
        team: Some("morning".try_into().unwrap()),
    }
}

fn details() -> CampaignDetails {
    CampaignDetails {
        name: "Spring check-ups".try_into().unwrap(),
        campaign_type: CampaignType::OutboundAppointments,
        start_date: "2026-01-01".parse().unwrap(),
        end_date: "2026-01-31".parse().unwrap(),
        target_audience: "Everybody".try_into().unwrap(),
        target_call_count: Some(10),
        target_conversion_rate: Some(dec!(12.5)),
        priority_level: PriorityLevel::High,
        call_script: None,
        talking_points: vec!["Parking".try_into().unwrap()],
        required_documentation: vec![],
        training_materials: vec![],
        notes: None,
        managed_by: None,
    }
}

fn called(n: u128, outcome: CampaignOutcome) -> CampaignEvent {
    let verdict = outcome.judged(CampaignType::OutboundAppointments);
    CampaignEvent::CallLogged {
        log: Uuid::from_u128(n),
        day: LocalDay { day: "2026-01-04".parse().unwrap(), hour: 9 },
        call: None,
        agent: agent(),
        number: Some(Personal::new("+1 734 555 0100".try_into().unwrap())),
        outcome,
        rule: "campaign.outcome@1".into(),
        completed: verdict.completed,
        successful: verdict.successful,
        notes: None,
    }
}

#[test]
fn a_campaign_is_counted_call_by_call() {
    let mut story = Story::default();
    let mut happens = |day, event| {
        story.add(day, "campaign", ID, event);
    };
    happens(0, CampaignEvent::Created { details: details() });
    happens(1, CampaignEvent::AgentsAssigned { agents: vec![agent()] });
    happens(2, CampaignEvent::Started {});
    happens(3, called(1, CampaignOutcome::AppointmentScheduled));
    happens(3, called(2, CampaignOutcome::Declined));
    happens(3, called(3, CampaignOutcome::NoAnswer));
    happens(4, CampaignEvent::Paused { reason: Some("holidays".try_into().unwrap()) });
    let changes =
        CampaignChanges { target_call_count: Some(None), name: Some("Check-ups".try_into().unwrap()), ..Default::default() };
    happens(5, CampaignEvent::Changed { changes });
    let rows = story.rows::<Campaigns>();
    let key = CampaignKey { tenant_id: TENANT, campaign_id: CampaignId(ID) };
    let row = rows.get::<CampaignRow>(&key).unwrap().unwrap();
    assert_eq!((row.calls_attempted, row.calls_completed, row.successful_outcomes), (3, 2, 1));
    assert_eq!((row.name.as_str(), row.target_call_count, row.version), ("Check-ups", None, 8));
    assert_eq!((row.status, row.reason.as_deref()), (CampaignStatus::Paused, Some("holidays")));
    assert_eq!(row.assigned_agents, [agent().user]);
    let key = CampaignCallKey { tenant_id: TENANT, campaign_id: CampaignId(ID), log_id: Uuid::from_u128(2) };
    let call = rows.get::<CampaignCallRow>(&key).unwrap().unwrap();
    assert_eq!((call.completed, call.successful, call.team.as_deref()), (true, false, Some("morning")));
}

#[test]
fn when_it_began_and_ended_is_kept() {
    let mut story = Story::default();
    let mut happens = |day, event| {
        story.add(day, "campaign", ID, event);
    };
    happens(0, CampaignEvent::Created { details: details() });
    happens(2, CampaignEvent::Started {});
    happens(3, CampaignEvent::Paused { reason: None });
    happens(4, CampaignEvent::Resumed {});
    happens(5, CampaignEvent::Completed { notes: None });
    let rows = story.rows::<Campaigns>();
    let key = CampaignKey { tenant_id: TENANT, campaign_id: CampaignId(ID) };
    let row = rows.get::<CampaignRow>(&key).unwrap().unwrap();
    assert_eq!(row.started_at, Some(crate::cases::story::at_day(2)));
    assert_eq!((row.ended_at, row.status), (Some(crate::cases::story::at_day(5)), CampaignStatus::Completed));
}

#[test]
fn who_was_called_goes_with_the_call_and_that_it_counted_stays() {
    let call = CallId(Uuid::from_u128(77));
    let mut story = Story::default();
    story.add(0, "campaign", ID, CampaignEvent::Created { details: details() });
    for n in [1, 2] {
        let mut logged = called(n, CampaignOutcome::AppointmentScheduled);
        if let CampaignEvent::CallLogged { call: of, notes, .. } = &mut logged {
            *of = (n == 1).then_some(call);
            *notes = Some(Personal::new("wants mornings".try_into().unwrap()));
        }
        story.add(1, "campaign", ID, logged);
    }
    let reason = "kept long enough".try_into().unwrap();
    story.add(2, "call", call.0, domain::calls::call::CallEvent::Disposed { reason, proposal: None });
    let rows = story.rows::<Campaigns>();
    let row = |n: u128| {
        let key = CampaignCallKey { tenant_id: TENANT, campaign_id: CampaignId(ID), log_id: Uuid::from_u128(n) };
        let row = rows.get::<CampaignCallRow>(&key).unwrap().unwrap();
        (row.number.is_some(), row.notes.is_some(), row.successful)
    };
    assert_eq!((row(1), row(2)), ((false, false, true), (true, true, true)));
    let key = CampaignKey { tenant_id: TENANT, campaign_id: CampaignId(ID) };
    assert_eq!(rows.get::<CampaignRow>(&key).unwrap().unwrap().calls_attempted, 2);
}
