//! The rules of cases, one by one: what each state allows, and what is recorded when it is done.

use super::*;
use crate::cases::customer::CustomerChanges;
use crate::cases::policy::{Policy, PolicyChanges, PolicyEvent};
use crate::testing::{given, round_trips};
use crate::{Actor, Decision, Stamp, TenantId};
use chrono::{Days, TimeDelta, TimeZone};
use rust_decimal::dec;
use uuid::Uuid;

const TICK: TimeDelta = TimeDelta::microseconds(1);

/// Midnight, `n` days after the case was opened.
fn day(n: u64) -> Instant {
    chrono::Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap() + Days::new(n)
}

fn stamp(at: Instant) -> Stamp {
    Stamp { tenant: TenantId(Uuid::from_u128(1)), actor: Actor::Operator, at, key: "k".into(), cause: None }
}

fn amount(value: Decimal) -> Amount {
    Amount::try_from(value).unwrap()
}

fn currency(code: &str) -> Currency {
    Currency::try_from(code.to_owned()).unwrap()
}

fn customer() -> Customer {
    Customer { name: "Ada".try_into().unwrap(), email: None, phone: None, address: None, social: Default::default() }
}

fn link(n: usize) -> Link {
    Link::try_from(format!("https://example.com/{n}")).unwrap()
}

fn text(words: &str) -> Text<10_000> {
    words.try_into().unwrap()
}

fn opening(priority: Priority) -> Opening {
    Opening {
        number: "CASE-2026-000001".into(),
        customer: customer(),
        overdue: Money { amount: amount(dec!(800)), currency: currency("EUR") },
        ageing_days: 10,
        priority,
        notes: None,
        documents: vec![],
        auto_assign: true,
    }
}

fn window(priority: Priority, start: Instant) -> SlaWindow {
    SlaWindow::starting(start, priority, Policy::default().current())
}

fn agency(n: u128) -> AgencyId {
    AgencyId(Uuid::from_u128(n))
}

fn opened_as(priority: Priority) -> CaseEvent {
    Case::default().open(&stamp(day(0)), opening(priority), &Policy::default()).unwrap().remove(0)
}

fn opened() -> CaseEvent {
    opened_as(Priority::P2)
}

fn assigned() -> CaseEvent {
    CaseEvent::Assigned { agency: agency(7), at: day(1), automatic: false, reason: "asked for".into() }
}

fn accepted() -> CaseEvent {
    CaseEvent::Accepted { agency: agency(7) }
}

fn delayed() -> CaseEvent {
    CaseEvent::Delayed { agency: agency(7), reason: "no answer".into() }
}

fn completed() -> CaseEvent {
    let (assigned_at, completed_at) = (day(1), day(2));
    let sla = SlaStatus::OnTrack;
    CaseEvent::Completed { agency: agency(7), assigned_at, completed_at, days: 1, sla, outcome: None }
}

fn deleted() -> CaseEvent {
    CaseEvent::Deleted { reason: "twice".into(), agency: None }
}

fn history(word: &str) -> Vec<CaseEvent> {
    match word {
        "unopened" => vec![],
        "open" => vec![opened()],
        "assigned" => vec![opened(), assigned()],
        "in_progress" => vec![opened(), assigned(), accepted()],
        "delayed" => vec![opened(), assigned(), accepted(), delayed()],
        "completed" => vec![opened(), assigned(), accepted(), completed()],
        "closed" => vec![opened(), assigned(), accepted(), completed(), CaseEvent::Closed {}],
        "deleted" => vec![opened(), deleted()],
        other => panic!("no state is called {other}"),
    }
}

fn case(word: &str) -> Case {
    crate::aggregate::fold(&history(word))
}

fn after(events: &[CaseEvent]) -> Case {
    crate::aggregate::fold(events)
}

/// Every command on an existing case: its name, the word of its refusal, and a wish that only the state can refuse.
type Wish = (&'static str, &'static str, fn(&Case) -> Decision<Case>);
const WISHES: [Wish; 12] = [
    ("UpdateCase", "updated", |c| {
        c.update(&stamp(day(2)), CaseChanges { ageing_days: Some(11), ..Default::default() }, &Policy::default())
    }),
    ("EscalateCase", "escalated", |c| c.escalate(None, "he shouts".into())),
    ("RecordPayment", "paid", |c| c.pay(amount(dec!(1)), None, None)),
    ("AssignAgency", "assigned", |c| c.assign(&stamp(day(2)), agency(8), false, "asked for".into())),
    ("AcceptCase", "accepted", |c| c.accept()),
    ("RejectCase", "rejected", |c| c.reject("too far".into())),
    ("DelayCase", "delayed", |c| c.delay("no answer".into())),
    ("ResumeCase", "resumed", |c| c.resume()),
    ("CompleteCase", "completed", |c| c.complete(&stamp(day(2)), None)),
    ("ReopenCase", "reopened", |c| c.reopen(&stamp(day(2)), None, &Policy::default())),
    ("CloseCase", "closed", |c| c.close()),
    ("DeleteCase", "deleted", |c| c.delete("twice".into())),
];

/// What every running case allows, whatever else its state allows.
const ALWAYS: [&str; 3] = ["UpdateCase", "EscalateCase", "RecordPayment"];
const RUNNING: [&str; 4] = ["open", "assigned", "in_progress", "delayed"];

/// The state machine of the issue, written down once more: from a state, by a command, to a state.
const MOVES: [(&str, &str, &str); 16] = [
    ("open", "AssignAgency", "assigned"),
    ("open", "DeleteCase", "deleted"),
    ("assigned", "AcceptCase", "in_progress"),
    ("assigned", "RejectCase", "open"),
    ("assigned", "DeleteCase", "deleted"),
    ("in_progress", "CompleteCase", "completed"),
    ("in_progress", "DelayCase", "delayed"),
    ("in_progress", "RejectCase", "open"),
    ("delayed", "ResumeCase", "in_progress"),
    ("delayed", "RejectCase", "open"),
    ("delayed", "DeleteCase", "deleted"),
    ("completed", "CloseCase", "closed"),
    ("completed", "ReopenCase", "open"),
    ("completed", "DeleteCase", "deleted"),
    ("closed", "ReopenCase", "open"),
    ("closed", "DeleteCase", "deleted"),
];

/// Where the command leads from the state, or `None` where it is not allowed.
fn leads_to(state: &'static str, command: &str) -> Option<&'static str> {
    match RUNNING.contains(&state) && ALWAYS.contains(&command) {
        true => Some(state),
        false => MOVES.iter().find(|(from, by, _)| (*from, *by) == (state, command)).map(|(.., to)| *to),
    }
}

#[test]
fn a_state_allows_what_it_says_it_allows_and_nothing_else() {
    for state in ["unopened", "open", "assigned", "in_progress", "delayed", "completed", "closed", "deleted"] {
        let case = case(state);
        assert_eq!(case.status().word(), state);
        let named = case.status().allowed();
        for (command, asked, wish) in WISHES {
            let next = leads_to(state, command);
            assert_eq!(named.contains(&command), next.is_some(), "{state} and {command}");
            match (wish(&case), next) {
                (Ok(events), Some(next)) => {
                    assert!(!events.is_empty(), "{state} and {command}: allowed, so something happens");
                    assert_eq!(after(&[history(state), events].concat()).status().word(), next, "{state} and {command}");
                }
                (answer, None) if matches!(state, "unopened" | "deleted") => assert_eq!(answer, Err(CaseRefusal::Unknown)),
                (answer, None) => {
                    assert_eq!(answer, Err(CaseRefusal::WrongState { state, asked, allowed: named.clone() }), "{command}")
                }
                (Err(refusal), Some(_)) => panic!("{state} allows {command}, yet: {refusal}"),
            }
        }
        assert!(named.iter().all(|name| WISHES.iter().any(|(command, ..)| command == name)), "{named:?}");
        let offered = case.leave_unassigned("no agency has room".into());
        assert_eq!(offered.is_ok(), named.contains(&"AssignAgency"), "only who can be assigned can be left unassigned");
    }
}

#[test]
fn a_refusal_names_state_wish_and_ways_out() {
    let refusal = case("closed").accept().unwrap_err();
    assert_eq!(refusal.to_string(), "a case that is closed cannot be accepted; allowed now: ReopenCase, DeleteCase");
    assert_eq!(refusal.kind(), Kind::Conflict { state: "closed", allowed: vec!["ReopenCase", "DeleteCase"] });
    assert_eq!(refusal.code(), "wrong_state");
    assert_eq!(case("deleted").pay(amount(dec!(1)), None, None).unwrap_err().kind(), Kind::Missing);
}

#[test]
fn a_case_is_opened_once_with_its_window_and_its_recovery_score() {
    let CaseEvent::Opened { number, sla, recovery, .. } = opened_as(Priority::P1) else { panic!("not an opening") };
    assert_eq!(number, "CASE-2026-000001");
    assert_eq!(sla, window(Priority::P1, day(0)));
    assert_eq!(sla.due_at, day(3));
    assert_eq!((recovery.formula.as_str(), recovery.value), ("recovery.score@1", dec!(67.50)));
    assert_eq!(recovery.terms.iter().map(|term| term.points).sum::<Decimal>(), dec!(67.5));
    for state in ["open", "completed", "deleted"] {
        let again = case(state).open(&stamp(day(9)), opening(Priority::P1), &Policy::default());
        assert_eq!(again, Err(CaseRefusal::AlreadyOpened), "{state}");
    }
}

#[test]
fn an_opening_has_limits() {
    let open = |opening| Case::default().open(&stamp(day(0)), opening, &Policy::default());
    let documents = |n: usize| (0..n).map(link).collect::<Vec<_>>();
    assert!(open(Opening { ageing_days: 36_500, documents: documents(50), ..opening(Priority::P3) }).is_ok());
    let old = Opening { ageing_days: 36_501, ..opening(Priority::P3) };
    assert_eq!(open(old), Err(CaseRefusal::AgeingOutOfRange));
    let many = Opening { documents: documents(51), ..opening(Priority::P3) };
    assert_eq!(open(many), Err(CaseRefusal::TooManyDocuments));
}

#[test]
fn an_update_names_what_changed_and_nothing_else() {
    let update = |changes| case("open").update(&stamp(day(2)), changes, &Policy::default());
    let same = CaseChanges {
        customer: Some(CustomerChanges { name: Some("Ada".try_into().unwrap()), email: Some(None), ..Default::default() }),
        overdue_amount: Some(amount(dec!(800.00))),
        currency: Some(currency("EUR")),
        ageing_days: Some(10),
        priority: Some(Priority::P2),
        notes: Some(None),
        documents: Some(vec![]),
    };
    assert_eq!(update(same), Ok(vec![]), "what is the same already is not recorded again");
    assert_eq!(update(CaseChanges::default()), Ok(vec![]));

    let more = CaseChanges { overdue_amount: Some(amount(dec!(900))), ageing_days: Some(10), ..Default::default() };
    let CaseEvent::Updated { overdue, ageing_days, .. } = update(more).unwrap().remove(0) else { panic!("not an update") };
    assert_eq!(overdue, Some(Money { amount: amount(dec!(900)), currency: currency("EUR") }));
    assert_eq!(ageing_days, None);

    let phone = CustomerChanges { phone: Some(Some("+39 1".try_into().unwrap())), ..Default::default() };
    let called = Customer { phone: Some("+39 1".try_into().unwrap()), ..customer() };
    assert_eq!(
        update(CaseChanges { customer: Some(phone), ..Default::default() }),
        Ok(vec![CaseEvent::Updated {
            customer: Some(Personal::new(called)),
            overdue: None,
            ageing_days: None,
            notes: None,
            documents: None,
        }])
    );
    let old = CaseChanges { ageing_days: Some(36_501), ..Default::default() };
    assert_eq!(update(old), Err(CaseRefusal::AgeingOutOfRange));
    let many = CaseChanges { documents: Some((0..51).map(link).collect()), ..Default::default() };
    assert_eq!(update(many), Err(CaseRefusal::TooManyDocuments));
}

#[test]
fn notes_are_set_and_cleared() {
    let noted = |notes: Option<&str>| CaseChanges { notes: Some(notes.map(text)), ..Default::default() };
    let ask = |case: &Case, notes| case.update(&stamp(day(2)), noted(notes), &Policy::default()).unwrap();
    let set = ask(&case("open"), Some("call after six"));
    let case = after(&[history("open"), set].concat());
    assert_eq!(ask(&case, Some("call after six")), []);
    let cleared = ask(&case, None);
    assert!(matches!(cleared[..], [CaseEvent::Updated { notes: Some(None), .. }]));
    round_trips("case.updated", cleared[0].clone());
}

#[test]
fn a_changed_priority_keeps_the_start_of_the_window() {
    let changes = CaseChanges { priority: Some(Priority::P1), ..Default::default() };
    given(history("assigned"))
        .when(|c: &Case| c.update(&stamp(day(2)), changes, &Policy::default()))
        .then([CaseEvent::PriorityChanged { from: Priority::P2, to: Priority::P1, sla: window(Priority::P1, day(0)) }]);
}

#[test]
fn a_new_window_follows_the_policy_in_force_at_its_instant() {
    let mut policy = Policy::default();
    policy.evolve(&PolicyEvent::Published { version: 1, from: day(0), values: Default::default() });
    let tighter = PolicyChanges { p2_sla_days: Some(4), at_risk_fraction: Some(dec!(0.5)), ..Default::default() };
    policy.change(day(10), tighter).unwrap().iter().for_each(|event| policy.evolve(event));
    let sla = |at| match case("closed").reopen(&stamp(at), None, &policy).unwrap().remove(0) {
        CaseEvent::Reopened { sla, .. } => sla,
        other => panic!("{other:?}"),
    };
    assert_eq!(sla(day(10) - TICK), window(Priority::P2, day(10) - TICK));
    assert_eq!(sla(day(10)), SlaWindow { started_at: day(10), at_risk_at: day(12), due_at: day(14), policy: 2 });
}

#[test]
fn payments_are_above_zero_and_in_the_currency_of_the_case() {
    let paid = |value, code: Option<&str>| case("open").pay(amount(value), code.map(currency), Some("wire".into()));
    let received = |value| {
        let (amount, currency) = (amount(value), currency("EUR"));
        Ok(vec![CaseEvent::PaymentReceived { amount, currency, reference: Some("wire".into()) }])
    };
    assert_eq!(paid(dec!(0.01), None), received(dec!(0.01)));
    assert_eq!(paid(dec!(1), Some("EUR")), received(dec!(1)));
    assert_eq!(paid(dec!(99999), None), received(dec!(99999)), "more than is owed becomes credit");
    assert_eq!(paid(dec!(0), None), Err(CaseRefusal::NothingPaid));
    assert_eq!(paid(dec!(1), Some("USD")), Err(CaseRefusal::OtherCurrency { expected: currency("EUR") }));
    assert!(matches!(case("closed").pay(amount(dec!(0)), None, None), Err(CaseRefusal::WrongState { .. })), "state first");
}

#[test]
fn an_escalation_is_a_flag_one_level_above_the_last() {
    let raised = |level| CaseEvent::Escalated { level, reason: "he shouts".into(), agency: Some(agency(7)) };
    let ask = |before: Vec<CaseEvent>, level| after(&[history("delayed"), before].concat()).escalate(level, "he shouts".into());
    assert_eq!(ask(vec![], None), Ok(vec![raised(1)]));
    assert_eq!(ask(vec![raised(1)], None), Ok(vec![raised(2)]));
    assert_eq!(ask(vec![raised(9)], None), Ok(vec![raised(9)]));
    assert_eq!(ask(vec![raised(4)], Some(2)), Ok(vec![raised(2)]));
    assert_eq!(ask(vec![], Some(0)), Err(CaseRefusal::LevelOutOfRange));
    assert_eq!(ask(vec![], Some(10)), Err(CaseRefusal::LevelOutOfRange));
}

#[test]
fn agencies_that_gave_a_case_back_are_remembered_over_a_reopening() {
    let assigned_to = |n| CaseEvent::Assigned { agency: agency(n), at: day(1), automatic: true, reason: "best score".into() };
    let back = |n| CaseEvent::Rejected { agency: agency(n), assigned_at: day(1), reason: "too far".into() };
    let twice = vec![opened(), assigned_to(7), back(7), assigned_to(8), back(8), assigned_to(7), back(7)];
    assert_eq!(after(&twice).rejected_by(), [agency(7), agency(8)]);
    given(vec![opened(), assigned()]).when(|c: &Case| c.reject("too far".into())).then([back(7)]);
    let ended = [accepted(), completed(), CaseEvent::Reopened { reason: None, sla: window(Priority::P2, day(20)) }];
    let reopened = after(&[&twice[..], &[assigned_to(9)], &ended].concat());
    assert_eq!((reopened.rejected_by(), reopened.agency()), (&[agency(7), agency(8)][..], None));
}

#[test]
fn the_reason_why_no_agency_was_found_is_noted_once() {
    let left = |reason: &str| CaseEvent::LeftUnassigned { reason: reason.into() };
    let ask = |before: &[CaseEvent], reason: &str| after(before).leave_unassigned(reason.into());
    assert_eq!(ask(&[opened()], "no room"), Ok(vec![left("no room")]));
    assert_eq!(ask(&[opened(), left("no room")], "no room"), Ok(vec![]));
    assert_eq!(ask(&[opened(), left("no room")], "all rejected"), Ok(vec![left("all rejected")]));
    let back = CaseEvent::Rejected { agency: agency(7), assigned_at: day(1), reason: "too far".into() };
    assert_eq!(ask(&[opened(), left("no room"), assigned(), back], "no room"), Ok(vec![left("no room")]));
}

#[test]
fn a_deletion_names_the_agency_whose_place_it_frees() {
    let gone = |agency| CaseEvent::Deleted { reason: "twice".into(), agency };
    given(history("delayed")).when(|c: &Case| c.delete("twice".into())).then([gone(Some(agency(7)))]);
    given(history("completed")).when(|c: &Case| c.delete("twice".into())).then([gone(None)]);
    assert_eq!(case("deleted").overdue(), Err(CaseRefusal::Unknown));
    assert_eq!(case("open").overdue().map(|owed| owed.amount), Ok(amount(dec!(800))));
}

#[path = "deadline_tests.rs"]
mod deadlines;

#[test]
fn the_currency_is_settled_by_the_first_payment() {
    let change = |case: &Case| {
        let changes = CaseChanges { currency: Some(currency("CHF")), ..CaseChanges::default() };
        case.update(&stamp(day(1)), changes, &Policy::default())
    };
    let mut case = case("open");
    assert_eq!(change(&case).map(|events| events.len()), Ok(1));
    case.evolve(&CaseEvent::PaymentReceived { amount: amount(dec!(1)), currency: currency("EUR"), reference: None });
    assert_eq!(change(&case), Err(CaseRefusal::OtherCurrency { expected: currency("EUR") }));
}
