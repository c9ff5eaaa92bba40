//! Records as 3CX writes them, and the calls that follow from them.

use super::legs::{RULE, Setting, facts};
use super::*;
use crate::calls::call::{CallFacts, CallStatus, Direction, PartyKind};
use crate::calls::{AgentCard, LocalDay};
use crate::{Instant, LocationId, UserId};
use chrono::Timelike;

pub(super) fn layout() -> Layout {
    Layout {
        source: SourceId(Uuid::from_u128(9)),
        fields: Field::ALL.to_vec(),
        zone: chrono_tz::America::Detroit,
        key: KeyField::CallId,
    }
}

/// Extension 1xx belongs to user xx; 199 to nobody.
pub(super) fn holder(extension: &Text<64>, _: Instant) -> Option<AgentCard> {
    let n: u128 = extension.as_str().parse().ok()?;
    (100..199).contains(&n).then(|| AgentCard {
        user: UserId(Uuid::from_u128(n)),
        email: Personal::new(format!("a{n}@example.com").try_into().unwrap()),
        name: Personal::new(format!("Agent {n}").try_into().unwrap()),
        location: (n < 150).then(|| LocationId(Uuid::from_u128(1))),
        location_name: (n < 150).then(|| "Wixom".try_into().unwrap()),
        team: None,
    })
}

pub(super) fn reckoned(legs: &[Leg]) -> CallFacts {
    let day_of = |at: Instant| LocalDay { day: at.date_naive(), hour: at.hour() as u8 };
    let location = Some((LocationId(Uuid::from_u128(2)), "Ann Arbor".try_into().unwrap()));
    facts(&mut legs.iter(), &Setting { who: &holder, day_of: &day_of, location }).unwrap()
}

/// A leg from the fields that matter; times are seconds after the start of a day.
fn leg(
    from: (&str, &str),
    to: (&str, &str),
    last: (&str, &str),
    times: (u32, Option<u32>, Option<u32>),
    why: (&str, &str),
) -> Leg {
    let clock = |s: u32| format!("2024/03/02 {:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    let at = |s: Option<u32>| s.map(clock).unwrap_or_default();
    let line = format!(
        "1,C1,,{},{},{},{},{},{},{},{},+15557650000,{},{},{},,,,,,{},{},{},,,,",
        clock(times.0),
        at(times.1),
        at(times.2),
        why.0,
        from.1,
        to.1,
        from.1,
        to.1,
        why.1,
        last.1,
        last.1,
        from.0,
        to.0,
        last.0,
    );
    layout().line(&line).unwrap().leg
}

const CALLER: (&str, &str) = ("Line", "10000");
const QUEUE: (&str, &str) = ("Queue", "800");
const ANN: (&str, &str) = ("Extension", "101");
const BOB: (&str, &str) = ("Extension", "102");
const NOBODY: (&str, &str) = ("", "");

#[test]
fn a_line_and_an_object_say_the_same() {
    let line = "Call 1244,00000187C8F11A9F_187,00:03:09,2024/03/02 14:05:09,2024/03/02 14:05:21,2024/03/02 14:08:30,TerminatedBySrc,\
                +15551230001,800,10000,800,+15557650000,,Ext.101,101,,0.01,0.03,,\"Chain: 10000;800;Ext.101;\",Line,Queue,Extension,\
                \"Caller, Jane\",Appointments,Ann Agent,102;103";
    let object = r#"{"historyId":"Call 1244","callId":"00000187C8F11A9F_187","duration":189,"timeStart":"2024-03-02T14:05:09-05:00",
        "timeAnswered":"2024-03-02T19:05:21Z","time_end":"2024-03-02 14:08:30.000","reason-terminated":"TerminatedBySrc","fromNo":"+15551230001",
        "toNo":"800","fromDn":"10000","toDn":800,"dialNo":"+15557650000","finalNumber":"Ext.101","finalDn":"101","billRate":0.01,"billCost":0.03,
        "chain":"Chain: 10000;800;Ext.101;","fromType":"Line","toType":"Queue","finalType":"Extension","fromDispname":"Caller, Jane",
        "toDispname":"Appointments","finalDispname":"Ann Agent","missedQueueCalls":["102","103"],"recording":"x"}"#;
    let one = layout().line(line).unwrap();
    assert_eq!(layout().json(object), Ok(one.clone()));
    assert_eq!(layout().line(object), Ok(one.clone()));
    assert_eq!((one.call_key.as_str(), one.leg.filled), ("00000187C8F11A9F_187", 24));
    assert_eq!(one.leg.started_at, "2024-03-02T19:05:09Z".parse::<Instant>().unwrap());
    assert_eq!((one.leg.stated_seconds, one.leg.last.dn.as_ref().map(Text::as_str)), (Some(189), Some("101")));
    let facts = reckoned(&[one.leg]);
    assert_eq!((facts.rule.as_str(), facts.direction, facts.status), (RULE, Direction::Inbound, CallStatus::Completed));
    assert_eq!((facts.ring_seconds, facts.talk_seconds, facts.transfer_count, facts.legs), (Some(12), Some(189), 0, 1));
    assert_eq!(facts.agent.unwrap().user, UserId(Uuid::from_u128(101)));
    assert_eq!(facts.queue_name.unwrap().as_str(), "Appointments");
    assert_eq!(facts.caller_name.unwrap().known().unwrap().as_str(), "Caller, Jane");
    assert_eq!(facts.called_number.unwrap().known().unwrap().as_str(), "+15557650000");
    assert_eq!(facts.missed_by.iter().map(|card| card.user.0.as_u128()).collect::<Vec<_>>(), [102, 103]);
}

#[test]
fn what_is_wrong_is_named_by_field_and_rule() {
    let good: Vec<&str> =
        "1,C1,00:00:09,2024/03/02 14:05:00,2024/03/02 14:05:01,2024/03/02 14:05:09,,,,,,,,,,,,,,,,,,,,,".split(',').collect();
    assert!(layout().line(&good.join(",")).is_ok());
    let flaw = |place: usize, value: &str| {
        let mut parts = good.clone();
        parts[place] = value;
        let flaw = layout().line(&parts.join(",")).unwrap_err();
        (flaw.field, flaw.rule)
    };
    let (is, long) = (|field: &str, rule: &str| (field.to_owned(), rule.to_owned()), "x".repeat(256));
    assert_eq!(flaw(1, ""), is("callid", "must not be empty"));
    assert_eq!(flaw(1, &long), is("callid", "must have at most 255 characters, has 256"));
    assert_eq!(flaw(1, "a\0"), is("callid", "must not contain the control character U+0000"));
    assert_eq!(flaw(2, "-9"), is("duration", "must be a length such as 00:03:09 or 189, not negative"));
    assert_eq!(flaw(3, ""), is("time-start", "must not be empty"));
    assert_eq!(flaw(3, "soon").0, "time-start");
    assert_eq!(flaw(4, "2024/03/02 14:04:59"), is("time-answered", "must not be before time-start"));
    assert_eq!(flaw(5, "2024/03/02 14:05:00"), is("time-end", "must not be before time-answered"));
    assert_eq!(flaw(5, "2024/03/02 14:04:00"), is("time-end", "must not be before time-start"));
    assert_eq!(layout().line("1,C1,00:00").unwrap_err().rule, "must have 27 fields, has 3");
    assert_eq!(layout().line(&"x".repeat(LONGEST + 1)).unwrap_err().field, "line");
    assert_eq!(layout().json("[1]").unwrap_err().rule, "must be an object");
    assert_eq!(layout().json("{").unwrap_err().rule, "must be JSON");
}

#[test]
fn a_source_may_order_its_fields_and_tell_calls_apart_otherwise() {
    let layout = Layout { fields: vec![Field::TimeStart, Field::HistoryId], key: KeyField::HistoryId, ..layout() };
    let cdr = layout.line("2024-03-02 14:05:09,77").unwrap();
    assert_eq!((cdr.call_key.as_str(), cdr.leg.call_id), ("77", None));
}

#[test]
fn over_the_hour_that_comes_twice_a_call_does_not_end_before_it_began() {
    let cdr = layout().line("1,C1,,2024/11/03 01:50:00,2024/11/03 01:59:59,2024/11/03 01:10:00,,,,,,,,,,,,,,,,,,,,,").unwrap();
    assert_eq!(reckoned(&[cdr.leg]).talk_seconds, Some(601));
}

#[test]
fn who_answered_last_has_the_call() {
    let queued = leg(CALLER, QUEUE, ANN, (0, Some(10), Some(60)), ("", ""));
    let transferred = leg(CALLER, ANN, BOB, (10, Some(60), Some(100)), ("TerminatedByDst", "ReplacedDst"));
    let facts = reckoned(&[transferred, queued]);
    assert_eq!((facts.status, facts.transfer_count), (CallStatus::Transferred, 1));
    assert_eq!((facts.ring_seconds, facts.talk_seconds), (Some(10), Some(90)));
    assert_eq!(facts.extension.unwrap().as_str(), "102");
    assert!(facts.missed_by.is_empty());
    assert_eq!(facts.location_name.unwrap().as_str(), "Wixom");
}

#[test]
fn a_call_that_rang_on_elsewhere_was_missed_by_the_first() {
    let facts = reckoned(&[leg(CALLER, ANN, BOB, (0, Some(20), Some(50)), ("", "NoAnswer"))]);
    assert_eq!((facts.status, facts.transfer_count), (CallStatus::Completed, 0));
    assert_eq!(facts.missed_extensions, ["101".try_into().unwrap()]);
    assert_eq!(facts.agent.unwrap().user, UserId(Uuid::from_u128(102)));
}

#[test]
fn without_an_answer_it_was_abandoned_missed_or_spoken_to_a_machine() {
    let status = |legs: &[Leg]| reckoned(legs).status;
    let waiting = leg(CALLER, QUEUE, NOBODY, (0, None, Some(40)), ("TerminatedBySrc", ""));
    assert_eq!(status(std::slice::from_ref(&waiting)), CallStatus::Abandoned);
    assert_eq!(status(&[leg(CALLER, QUEUE, NOBODY, (0, Some(1), Some(40)), ("TerminatedBySrc", ""))]), CallStatus::Abandoned);
    assert_eq!(status(&[leg(CALLER, QUEUE, NOBODY, (0, None, Some(40)), ("TerminatedByDst", ""))]), CallStatus::Missed);
    assert_eq!(status(&[leg(CALLER, ANN, NOBODY, (0, None, Some(40)), ("TerminatedBySrc", ""))]), CallStatus::Missed);
    let machine = leg(CALLER, ("VMail", "999"), NOBODY, (40, Some(41), Some(60)), ("TerminatedBySrc", ""));
    let facts = reckoned(&[waiting, machine]);
    assert_eq!((facts.status, facts.answered_at, facts.talk_seconds, facts.legs), (CallStatus::Voicemail, None, None, 2));
    assert_eq!(facts.location_name.unwrap().as_str(), "Ann Arbor");
}

#[test]
fn who_dialled_out_has_the_call_also_when_nobody_answers() {
    let out = reckoned(&[leg(ANN, CALLER, NOBODY, (0, Some(5), Some(9)), ("", ""))]);
    assert_eq!((out.direction, out.status, out.talk_seconds), (Direction::Outbound, CallStatus::Completed, Some(4)));
    assert_eq!(out.agent.unwrap().user, UserId(Uuid::from_u128(101)));
    let vain = reckoned(&[leg(ANN, CALLER, NOBODY, (0, None, Some(9)), ("", ""))]);
    assert_eq!(
        (vain.status, vain.extension.unwrap().as_str().to_owned(), vain.missed_by),
        (CallStatus::Missed, "101".into(), vec![])
    );
    let within = reckoned(&[leg(ANN, BOB, NOBODY, (0, Some(5), Some(9)), ("", ""))]);
    assert_eq!((within.direction, within.extension.unwrap().as_str()), (Direction::Internal, "102"));
}

#[test]
fn a_call_has_no_end_while_somebody_still_speaks() {
    let facts = reckoned(&[
        leg(CALLER, ANN, BOB, (0, Some(9), Some(20)), ("", "")),
        leg(CALLER, BOB, NOBODY, (9, Some(21), None), ("", "")),
    ]);
    assert_eq!((facts.ended_at, facts.talk_seconds, facts.ring_seconds), (None, None, Some(9)));
}

#[test]
fn an_extension_that_nobody_holds_is_still_named() {
    let facts = reckoned(&[leg(CALLER, ("Extension", "199"), NOBODY, (0, Some(3), Some(9)), ("", ""))]);
    assert_eq!((facts.agent, facts.extension.unwrap().as_str()), (None, "199"));
    assert!(leg(CALLER, ANN, NOBODY, (0, None, None), ("", "")).from.is(PartyKind::External));
}
