//! Calls as their records show them, and what they come to, also when a call changes after it was counted.

use super::*;
use crate::calls::call_row::CallRow;
use crate::calls::call_sums::{AgentDayKey, CallHourKey};
use crate::cases::story::{Story, TENANT};
use chrono::NaiveDate;
use domain::calls::call::{Appointment, CallChanges, CallFacts, CallPriority, CallStatus, Direction, FollowUp, FollowUpType};
use domain::calls::call::{Leg, Party, RawRecord, RecordShape, WrapUp};
use domain::calls::{AgentCard, LocalDay};
use domain::{CallId, Instant, LocationId, Personal, SourceId, UserId};
use rust_decimal::Decimal;
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(50);
const ADA: UserId = UserId(Uuid::from_u128(7));
const BOB: UserId = UserId(Uuid::from_u128(8));
const SITE: LocationId = LocationId(Uuid::from_u128(4));

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
}

fn at(second: u32) -> Instant {
    day(5).and_hms_opt(9, 0, second).unwrap().and_utc()
}

fn card(user: UserId, team: &str) -> AgentCard {
    AgentCard {
        user,
        email: Personal::new("agent@example.com".try_into().unwrap()),
        name: Personal::new("An Agent".try_into().unwrap()),
        location: Some(SITE),
        location_name: Some("Wixom".try_into().unwrap()),
        team: Some(team.try_into().unwrap()),
    }
}

/// A call that came in through a queue, rang at Bob's for nothing, and was taken by Ada after eight seconds.
fn facts() -> CallFacts {
    CallFacts {
        rule: "call.legs@1".into(),
        direction: Direction::Inbound,
        status: CallStatus::Completed,
        queue_name: Some("Desk".try_into().unwrap()),
        agent: Some(card(ADA, "morning")),
        extension: Some("101".try_into().unwrap()),
        caller_number: Some(Personal::new("+1-555-0100".try_into().unwrap())),
        caller_name: None,
        called_number: Some(Personal::new("800".try_into().unwrap())),
        started_at: at(0),
        answered_at: Some(at(8)),
        ended_at: Some(at(38)),
        local: LocalDay { day: day(5), hour: 9 },
        ring_seconds: Some(8),
        talk_seconds: Some(30),
        transfer_count: 0,
        location: Some(SITE),
        location_name: Some("Wixom".try_into().unwrap()),
        missed_by: vec![card(BOB, "evening")],
        missed_extensions: vec!["102".try_into().unwrap()],
        legs: 1,
    }
}

fn leg() -> (Leg, RawRecord) {
    let leg = Leg {
        key: Uuid::from_u128(1),
        print: Uuid::from_u128(2),
        history_id: None,
        call_id: None,
        started_at: at(0),
        answered_at: Some(at(8)),
        ended_at: Some(at(38)),
        stated_seconds: None,
        from: Party::default(),
        to: Party::default(),
        last: Party::default(),
        dialled: None,
        reason_terminated: None,
        reason_changed: None,
        bill: Default::default(),
        chain: None,
        polled: vec![],
        filled: 9,
    };
    (leg, RawRecord { shape: RecordShape::Line, text: Personal::new("a line".into()) })
}

fn recorded(facts: CallFacts) -> CallEvent {
    let (leg, raw) = leg();
    CallEvent::Recorded { call_key: "K-1".try_into().unwrap(), source: SourceId(Uuid::from_u128(3)), leg, raw, facts }
}

fn call(rows: &Rows) -> Option<&CallRow> {
    rows.get::<CallRow>(&CallRowKey { tenant_id: TENANT, call_id: CallId(ID) }).unwrap()
}

fn agent_day(rows: &Rows, agent_id: UserId, on: NaiveDate, team: &str) -> Option<AgentDay> {
    let key = AgentDayKey { tenant_id: TENANT, agent_id, day: on, location_id: SITE, team: team.into() };
    rows.get::<AgentDay>(&key).ok().flatten().cloned()
}

fn hour(rows: &Rows) -> Option<CallHour> {
    let key = CallHourKey {
        tenant_id: TENANT,
        day: day(5),
        hour: 9,
        location_id: SITE,
        queue_name: "Desk".into(),
        call_direction: Direction::Inbound,
    };
    rows.get::<CallHour>(&key).ok().flatten().cloned()
}

#[test]
fn a_call_counts_for_who_took_it_and_for_who_did_not() {
    let mut story = Story::default();
    story.add(0, "call", ID, recorded(facts()));
    let rows = story.rows::<CallRecords>();
    let shown = call(&rows).unwrap();
    assert_eq!((shown.ring_seconds, shown.talk_seconds, shown.in_target()), (Some(8), Some(30), true));
    assert_eq!((shown.search.as_str(), shown.service_level_seconds), ("k 1 101 agent example com an agent  1 555 0100 800", 20));
    let ada = agent_day(&rows, ADA, day(5), "morning").unwrap();
    assert_eq!((ada.calls, ada.inbound, ada.answered, ada.missed, ada.talk_seconds), (1, 1, 1, 0, 30));
    let bob = agent_day(&rows, BOB, day(5), "evening").unwrap();
    assert_eq!((bob.calls, bob.missed), (0, 1));
    let hour = hour(&rows).unwrap();
    assert_eq!((hour.calls, hour.answered, hour.wait_in_target, hour.completed, hour.missed), (1, 1, 1, 1, 0));
}

#[test]
fn what_is_said_of_a_call_later_is_counted_where_the_call_counts() {
    let mut story = Story::default();
    story.add(0, "call", ID, recorded(facts()));
    let wrap_up = WrapUp {
        customer_satisfaction_score: Some(5),
        quality_score: Some(90),
        appointment: Some(Appointment::default()),
        complaint: true,
        after_call_work_seconds: 40,
        ..WrapUp::default()
    };
    story.add(1, "call", ID, CallEvent::Completed { wrap_up });
    let follow_up = FollowUp { kind: FollowUpType::Callback, date: day(9), notes: None };
    story.add(1, "call", ID, CallEvent::FollowUpPlanned { follow_up });
    let escalated = CallEvent::Escalated { to: Some(BOB), reason: "angry".try_into().unwrap(), priority: CallPriority::Urgent };
    story.add(1, "call", ID, escalated);
    let amended = CallChanges { complaint: Some(false), customer_satisfaction_score: Some(Some(3)), ..CallChanges::default() };
    story.add(2, "call", ID, CallEvent::Amended { changes: amended, reason: "misheard".try_into().unwrap() });
    let rows = story.rows::<CallRecords>();
    let ada = agent_day(&rows, ADA, day(5), "morning").unwrap();
    assert_eq!((ada.appointments, ada.complaints, ada.acw_seconds, ada.follow_ups, ada.escalations), (1, 0, 40, 1, 1));
    assert_eq!((ada.satisfaction_sum, ada.satisfaction_count, ada.quality_sum), (3, 1, Decimal::from(90)));
    assert_eq!((ada.handled_appointments, ada.handled_complaints, ada.handled_escalations), (1, 0, 1));
    let hour = hour(&rows).unwrap();
    assert_eq!((hour.calls, hour.appointments, hour.complaints, hour.acw_seconds), (1, 1, 0, 40));
    let shown = call(&rows).unwrap();
    assert_eq!((shown.call_priority, shown.wrapped_up, shown.follow_up_date), (CallPriority::Urgent, true, Some(day(9))));
}

#[test]
fn what_is_said_of_a_call_in_which_nobody_talked_is_part_of_no_rate() {
    let unanswered =
        CallFacts { answered_at: None, ring_seconds: None, talk_seconds: None, status: CallStatus::Voicemail, ..facts() };
    let mut story = Story::default();
    story.add(0, "call", ID, recorded(unanswered));
    let wrap_up =
        WrapUp { appointment: Some(Appointment::default()), complaint: true, first_call_resolution: true, ..WrapUp::default() };
    story.add(1, "call", ID, CallEvent::Completed { wrap_up });
    let escalated = CallEvent::Escalated { to: None, reason: "angry".try_into().unwrap(), priority: CallPriority::High };
    story.add(1, "call", ID, escalated);
    let rows = story.rows::<CallRecords>();
    let ada = agent_day(&rows, ADA, day(5), "morning").unwrap();
    assert_eq!((ada.answered, ada.appointments, ada.resolved_first, ada.complaints, ada.escalations), (0, 1, 1, 1, 1));
    let handled = |a, b, c, d| (a, b, c, d) == (0, 0, 0, 0);
    assert!(handled(ada.handled_appointments, ada.handled_resolved, ada.handled_complaints, ada.handled_escalations));
    let hour = hour(&rows).unwrap();
    assert!(handled(hour.handled_appointments, hour.handled_resolved, hour.handled_complaints, hour.handled_escalations));
    assert_eq!((hour.calls, hour.complaints), (1, 1));
}

#[test]
fn a_call_that_turns_out_to_be_somebody_elses_is_counted_nowhere_else() {
    let was = facts();
    let now = CallFacts { agent: Some(card(BOB, "evening")), missed_by: vec![], talk_seconds: Some(31), ..facts() };
    let mut story = Story::default();
    story.add(0, "call", ID, recorded(was.clone()));
    story.add(1, "call", ID, CallEvent::Attributed { agent: now.agent.clone(), facts: now, was });
    let rows = story.rows::<CallRecords>();
    assert_eq!(agent_day(&rows, ADA, day(5), "morning"), None);
    let bob = agent_day(&rows, BOB, day(5), "evening").unwrap();
    assert_eq!((bob.calls, bob.missed, bob.talk_seconds), (1, 0, 31));
    assert_eq!(hour(&rows).unwrap().talk_seconds, 31);
}

#[test]
fn a_call_that_is_no_longer_kept_leaves_nothing_behind() {
    let mut story = Story::default();
    story.add(0, "call", ID, recorded(facts()));
    story.add(1, "call", ID, CallEvent::Disposed { reason: "kept long enough".try_into().unwrap(), proposal: None });
    let mut rows = story.rows::<CallRecords>();
    assert!(rows.tables().all(|table| table.all().unwrap().is_empty()));
}

#[test]
fn a_call_keeps_the_service_level_that_was_in_force_when_it_was_recorded() {
    let configured = |service_level_seconds| CallCentreEvent::Configured {
        values: CallCentreValues { service_level_seconds, ..CallCentreValues::default() },
    };
    let mut story = Story::default();
    story.add(0, "call_centre", TENANT.0, configured(5));
    story.add(1, "call", ID, recorded(facts()));
    story.add(2, "call_centre", TENANT.0, configured(60));
    let amended = CallChanges { complaint: Some(true), ..CallChanges::default() };
    story.add(3, "call", ID, CallEvent::Amended { changes: amended, reason: "heard again".try_into().unwrap() });
    let rows = story.rows::<CallRecords>();
    assert_eq!((call(&rows).unwrap().service_level_seconds, hour(&rows).unwrap().wait_in_target), (5, 0));
}
