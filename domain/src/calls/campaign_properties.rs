//! Random lives of campaigns: whatever was asked, calls are logged only while they run, and every event is read back.

use crate::aggregate::fold;
use crate::calls::campaign::*;
use crate::calls::{AgentCard, LocalDay};
use crate::event::{decode, encode};
use crate::{Aggregate, CallId, CampaignId, Decision, Personal, Text, UserId};
use chrono::NaiveDate;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use uuid::Uuid;

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[\\PC\n\"\\\\]{1,12}".prop_filter_map("blank", |words| Text::try_from(words).ok())
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0..60u64).prop_map(|n| NaiveDate::from_ymd_opt(2026, 3, 1).unwrap() + chrono::Days::new(n))
}

fn purpose() -> impl Strategy<Value = CampaignType> {
    use CampaignType::*;
    select(&[OutboundAppointments, FollowUp, SatisfactionSurvey, Retention][..])
}

fn priority() -> impl Strategy<Value = PriorityLevel> {
    select(&[PriorityLevel::Urgent, PriorityLevel::High, PriorityLevel::Normal, PriorityLevel::Low][..])
}

fn rate() -> impl Strategy<Value = Decimal> {
    (-10..11_000i64).prop_map(|n| Decimal::new(n, 2))
}

fn user() -> impl Strategy<Value = UserId> {
    (0..5u128).prop_map(|n| UserId(Uuid::from_u128(n)))
}

fn card() -> impl Strategy<Value = AgentCard> {
    (user(), text(), option::of(text())).prop_map(|(user, name, team)| AgentCard {
        user,
        email: Personal::new("agent@example.com".try_into().unwrap()),
        name: Personal::new(name),
        location: None,
        location_name: None,
        team,
    })
}

fn details() -> impl Strategy<Value = CampaignDetails> {
    let targets = (option::of(0..1000u32), option::of(rate()), priority());
    let words = (option::of(text()), vec(text(), 0..3), option::of(text()), option::of(user()));
    (text(), purpose(), day(), day(), text(), targets, words).prop_map(
        |(name, campaign_type, start_date, end_date, target_audience, targets, words)| CampaignDetails {
            name,
            campaign_type,
            start_date,
            end_date,
            target_audience,
            target_call_count: targets.0,
            target_conversion_rate: targets.1,
            priority_level: targets.2,
            call_script: words.0,
            talking_points: words.1.clone(),
            required_documentation: words.1,
            training_materials: vec![],
            notes: words.2,
            managed_by: words.3,
        },
    )
}

fn changes() -> impl Strategy<Value = CampaignChanges> {
    (option::of(text()), option::of(day()), option::of(option::of(rate())), option::of(option::of(text()))).prop_map(
        |(name, end_date, target_conversion_rate, notes)| CampaignChanges {
            name,
            end_date,
            target_conversion_rate,
            notes,
            ..Default::default()
        },
    )
}

fn logged() -> impl Strategy<Value = LoggedCall> {
    let said = || option::of(any::<bool>());
    let call = option::of((0..9u128).prop_map(|n| CallId(Uuid::from_u128(n))));
    (day(), call, card(), option::of(text()), select(&CampaignOutcome::ALL[..]), said(), said(), option::of(text())).prop_map(
        |(day, call, agent, number, outcome, completed, successful, notes)| LoggedCall {
            day: LocalDay { day, hour: 9 },
            call,
            agent,
            number,
            outcome,
            completed,
            successful,
            notes,
        },
    )
}

/// Something asked of a campaign.
#[derive(Clone, Debug)]
enum Asked {
    Create(CampaignDetails),
    Change(CampaignChanges),
    Assign(Vec<AgentCard>),
    Start,
    Pause,
    Resume,
    Complete,
    Cancel,
    Log(LoggedCall),
}

fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![
        3 => details().prop_map(Asked::Create),
        4 => changes().prop_map(Asked::Change),
        4 => vec(card(), 0..4).prop_map(Asked::Assign),
        4 => Just(Asked::Start),
        2 => Just(Asked::Pause),
        2 => Just(Asked::Resume),
        1 => Just(Asked::Complete),
        1 => Just(Asked::Cancel),
        8 => logged().prop_map(Asked::Log),
    ]
}

fn of_campaign(campaign: &Campaign, asked: Asked) -> Decision<Campaign> {
    match asked {
        Asked::Create(details) => campaign.create(details),
        Asked::Change(changes) => campaign.change(changes),
        Asked::Assign(agents) => campaign.assign(agents),
        Asked::Start => campaign.start(),
        Asked::Pause => campaign.pause(None),
        Asked::Resume => campaign.resume(),
        Asked::Complete => campaign.complete(None),
        Asked::Cancel => campaign.cancel("enough".try_into().unwrap()),
        Asked::Log(call) => campaign.log(CampaignId(Uuid::from_u128(7)), call),
    }
}

proptest! {
    #[test]
    fn calls_are_logged_only_while_it_runs_and_by_those_who_are_assigned(asks in vec(asked(), 0..40)) {
        let mut campaign = Campaign::default();
        let mut logs = std::collections::BTreeSet::new();
        for ask in asks {
            for event in of_campaign(&campaign, ask).unwrap_or_default() {
                prop_assert!(!matches!(campaign.status(), CampaignStatus::Completed | CampaignStatus::Cancelled));
                if let CampaignEvent::CallLogged { log, agent, completed, successful, .. } = &event {
                    prop_assert!(campaign.status() == CampaignStatus::Active && campaign.is_assigned(agent.user));
                    prop_assert!(logs.insert(*log) && (*completed || !*successful));
                }
                let stored = encode(&event).unwrap();
                prop_assert_eq!(&decode::<CampaignEvent>(&stored.name, &stored.body).unwrap(), &event);
                campaign.evolve(&event);
                let details = campaign.details().unwrap();
                prop_assert!(details.start_date <= details.end_date);
            }
        }
    }

    #[test]
    fn any_history_of_a_campaign_folds(lives in vec(vec(asked(), 0..12), 0..3), asks in vec(asked(), 0..4)) {
        // Events of several lives in a row: whatever is on record, nothing panics over it.
        let mut events = Vec::new();
        for life in lives {
            let mut campaign = Campaign::default();
            for ask in life {
                for event in of_campaign(&campaign, ask).unwrap_or_default() {
                    campaign.evolve(&event);
                    events.push(event);
                }
            }
        }
        let campaign: Campaign = fold(&events);
        for ask in asks {
            let _ = of_campaign(&campaign, ask);
        }
    }
}
