//! Random lives of cases: whatever is asked in whatever order, the rules hold and every event can be read back.

use crate::aggregate::fold;
use crate::cases::case::{Case, CaseChanges, CaseEvent, Opening, Priority, RecordedScore};
use crate::cases::customer::{Customer, SocialLinks};
use crate::cases::policy::Policy;
use crate::cases::sla::{SlaStatus, SlaWindow};
use crate::event::{decode, encode};
use crate::explain::Term;
use crate::{Actor, AgencyId, Aggregate, Amount, Currency, Decision, Email, Instant, Link, Money, Personal, Stamp};
use crate::{TenantId, Text};
use chrono::{DateTime, TimeDelta};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

fn read_back<E: serde::Serialize + serde::de::DeserializeOwned>(event: &E) -> E {
    let stored = encode(event).unwrap();
    decode(&stored.name, &stored.body).unwrap()
}

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[\\PC\n\t\"\\\\]{1,12}".prop_filter_map("blank", |words| Text::try_from(words).ok())
}

fn agency() -> impl Strategy<Value = AgencyId> {
    (0..4u128).prop_map(|n| AgencyId(Uuid::from_u128(n)))
}

fn instant() -> impl Strategy<Value = Instant> {
    (0..4_000_000_000_000_000i64).prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![Just(0), 1..100_000i64, 0..=999_999_999_999_999i64].prop_map(|cents| Decimal::new(cents, 2).try_into().unwrap())
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0..7u32).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![Just("EUR"), Just("USD")].prop_map(|code| Currency::try_from(code.to_owned()).unwrap())
}

fn money() -> impl Strategy<Value = Money> {
    (amount(), currency()).prop_map(|(amount, currency)| Money { amount, currency })
}

fn priority() -> impl Strategy<Value = Priority> {
    prop_oneof![Just(Priority::P1), Just(Priority::P2), Just(Priority::P3)]
}

fn sla_status() -> impl Strategy<Value = SlaStatus> {
    prop_oneof![Just(SlaStatus::OnTrack), Just(SlaStatus::AtRisk), Just(SlaStatus::Breached)]
}

fn window() -> impl Strategy<Value = SlaWindow> {
    (instant(), instant(), instant(), any::<u32>()).prop_map(|(started_at, at_risk_at, due_at, policy)| SlaWindow {
        started_at,
        at_risk_at,
        due_at,
        policy,
    })
}

fn link() -> impl Strategy<Value = Link> {
    "https://[a-z]{1,9}/[a-z?&%]{0,9}".prop_map(|url| Link::try_from(url).unwrap())
}

fn customer() -> impl Strategy<Value = Customer> {
    let email = "[a-z]{1,5}@[a-z]{1,5}\\.com".prop_map(|address| Email::try_from(address).unwrap());
    (text(), option::of(email), option::of(text()), option::of(text()), option::of(link())).prop_map(
        |(name, email, phone, address, facebook)| Customer {
            name,
            email,
            phone,
            address,
            social: SocialLinks { facebook, ..Default::default() },
        },
    )
}

fn score() -> impl Strategy<Value = RecordedScore> {
    let term = (decimal(), decimal(), option::of(instant()), option::of(any::<u128>()), option::of(any::<i64>())).prop_map(
        |(points, counts, occurred_at, id, position)| Term {
            reason: "amount".into(),
            points,
            counts,
            event_id: id.map(Uuid::from_u128),
            position,
            occurred_at,
            case_id: None,
            policy_version: None,
            about: None,
            detail: None,
        },
    );
    (decimal(), vec(term, 0..4)).prop_map(|(value, terms)| RecordedScore { formula: "recovery.score@1".into(), value, terms })
}

/// Any event of a case with any content, also such as no decision would give.
fn case_event() -> impl Strategy<Value = CaseEvent> {
    let words = "\\PC{0,12}";
    let facts = (option::of(customer()), option::of(money()), option::of(any::<u32>()), option::of(option::of(text())));
    prop_oneof![
        ((words, customer(), money(), any::<u32>(), priority()), option::of(text()), vec(link(), 0..3), window(), score())
            .prop_map(|((number, customer, overdue, ageing_days, priority), notes, documents, sla, recovery)| {
                CaseEvent::Opened {
                    number,
                    customer: Personal::new(customer),
                    overdue,
                    ageing_days,
                    priority,
                    notes: notes.map(Personal::new),
                    documents,
                    auto_assign: true,
                    sla,
                    recovery,
                }
            }),
        (facts, option::of(vec(link(), 0..3))).prop_map(|((customer, overdue, ageing_days, notes), documents)| {
            let (customer, notes) = (customer.map(Personal::new), notes.map(|notes| notes.map(Personal::new)));
            CaseEvent::Updated { customer, overdue, ageing_days, notes, documents }
        }),
        (priority(), priority(), window()).prop_map(|(from, to, sla)| CaseEvent::PriorityChanged { from, to, sla }),
        (agency(), instant(), any::<bool>(), words).prop_map(|(agency, at, automatic, reason)| CaseEvent::Assigned {
            agency,
            at,
            automatic,
            reason
        }),
        words.prop_map(|reason| CaseEvent::LeftUnassigned { reason }),
        agency().prop_map(|agency| CaseEvent::Accepted { agency }),
        (agency(), instant(), words).prop_map(|(agency, assigned_at, reason)| CaseEvent::Rejected {
            agency,
            assigned_at,
            reason
        }),
        (agency(), words).prop_map(|(agency, reason)| CaseEvent::Delayed { agency, reason }),
        agency().prop_map(|agency| CaseEvent::Resumed { agency }),
        (any::<u32>(), words, option::of(agency())).prop_map(|(level, reason, agency)| CaseEvent::Escalated {
            level,
            reason,
            agency
        }),
        (money(), option::of(words)).prop_map(|(Money { amount, currency }, reference)| CaseEvent::PaymentReceived {
            amount,
            currency,
            reference
        }),
        (instant(), option::of(agency())).prop_map(|(due_at, agency)| CaseEvent::SlaAtRisk { due_at, agency }),
        (instant(), option::of(agency())).prop_map(|(due_at, agency)| CaseEvent::SlaBreached { due_at, agency }),
        (agency(), instant(), instant(), any::<i64>(), sla_status(), option::of(words)).prop_map(
            |(agency, assigned_at, completed_at, days, sla, outcome)| CaseEvent::Completed {
                agency,
                assigned_at,
                completed_at,
                days,
                sla,
                outcome
            }
        ),
        (option::of(words), window()).prop_map(|(reason, sla)| CaseEvent::Reopened { reason, sla }),
        Just(CaseEvent::Closed {}),
        (words, option::of(agency())).prop_map(|(reason, agency)| CaseEvent::Deleted { reason, agency }),
    ]
}

/// Something asked of a case.
#[derive(Clone, Debug)]
enum Ask {
    Open(Box<Opening>),
    Update(Box<CaseChanges>),
    Assign(AgencyId),
    LeaveUnassigned,
    Accept,
    Reject,
    Delay,
    Resume,
    Escalate(Option<u32>),
    Pay(Amount, Option<Currency>),
    Complete,
    Reopen,
    Close,
    Delete,
}

fn ask() -> impl Strategy<Value = Ask> {
    let changes = (
        option::of(amount()),
        option::of(currency()),
        option::of(0..40_000u32),
        option::of(priority()),
        option::of(option::of(text())),
    )
        .prop_map(|(overdue_amount, currency, ageing_days, priority, notes)| {
            Ask::Update(Box::new(CaseChanges { overdue_amount, currency, ageing_days, priority, notes, ..Default::default() }))
        });
    prop_oneof![
        1 => opening().prop_map(|opening| Ask::Open(Box::new(opening))),
        2 => changes,
        8 => agency().prop_map(Ask::Assign),
        1 => Just(Ask::LeaveUnassigned),
        8 => Just(Ask::Accept),
        1 => Just(Ask::Reject),
        2 => Just(Ask::Delay),
        4 => Just(Ask::Resume),
        1 => option::of(0..12u32).prop_map(Ask::Escalate),
        1 => (amount(), option::of(currency())).prop_map(|(amount, currency)| Ask::Pay(amount, currency)),
        6 => Just(Ask::Complete),
        4 => Just(Ask::Reopen),
        4 => Just(Ask::Close),
        1 => prop::bool::weighted(0.1).prop_map(|gone| if gone { Ask::Delete } else { Ask::Accept }),
    ]
}

fn opening() -> impl Strategy<Value = Opening> {
    (customer(), money(), 0..=36_500u32, priority(), option::of(text()), vec(link(), 0..3)).prop_map(
        |(customer, overdue, ageing_days, priority, notes, documents)| Opening {
            number: "CASE-2026-000001".into(),
            customer,
            overdue,
            ageing_days,
            priority,
            notes,
            documents,
            auto_assign: false,
        },
    )
}

fn decide(case: &Case, at: Instant, ask: Ask) -> Decision<Case> {
    let tenant = TenantId(Uuid::from_u128(1));
    let stamp = Stamp { tenant, actor: Actor::Operator, at, key: String::new(), cause: None };
    let (policy, words) = (Policy::default(), || "for a reason".to_owned());
    match ask {
        Ask::Open(opening) => case.open(&stamp, *opening, &policy),
        Ask::Update(changes) => case.update(&stamp, *changes, &policy),
        Ask::Assign(agency) => case.assign(&stamp, agency, true, words()),
        Ask::LeaveUnassigned => case.leave_unassigned(words()),
        Ask::Accept => case.accept(),
        Ask::Reject => case.reject(words()),
        Ask::Delay => case.delay(words()),
        Ask::Resume => case.resume(),
        Ask::Escalate(level) => case.escalate(level, words()),
        Ask::Pay(amount, currency) => case.pay(amount, currency, None),
        Ask::Complete => case.complete(&stamp, None),
        Ask::Reopen => case.reopen(&stamp, None, &policy),
        Ask::Close => case.close(),
        Ask::Delete => case.delete(words()),
    }
}

/// The state an event leads to, or `None` where it cannot happen.
fn leads_to(state: &'static str, event: &CaseEvent) -> Option<&'static str> {
    let from = |states: &[&str], to| states.contains(&state).then_some(to);
    match event {
        CaseEvent::Opened { .. } => from(&["unopened"], "open"),
        CaseEvent::Assigned { .. } => from(&["open"], "assigned"),
        CaseEvent::LeftUnassigned { .. } => from(&["open"], "open"),
        CaseEvent::Accepted { .. } => from(&["assigned"], "in_progress"),
        CaseEvent::Rejected { .. } => from(&["assigned", "in_progress", "delayed"], "open"),
        CaseEvent::Delayed { .. } => from(&["in_progress"], "delayed"),
        CaseEvent::Resumed { .. } => from(&["delayed"], "in_progress"),
        CaseEvent::Completed { .. } => from(&["in_progress"], "completed"),
        CaseEvent::Reopened { .. } => from(&["completed", "closed"], "open"),
        CaseEvent::Closed {} => from(&["completed"], "closed"),
        CaseEvent::Deleted { .. } => from(&["open", "assigned", "delayed", "completed", "closed"], "deleted"),
        CaseEvent::Updated { .. }
        | CaseEvent::PriorityChanged { .. }
        | CaseEvent::Escalated { .. }
        | CaseEvent::PaymentReceived { .. }
        | CaseEvent::SlaAtRisk { .. }
        | CaseEvent::SlaBreached { .. } => from(&["open", "assigned", "in_progress", "delayed"], state),
    }
}

/// A case that was opened, and then asked this and that, hours apart; every step is checked on the way.
fn live(opening: Opening, asks: Vec<(u32, Ask)>) -> (Case, Instant) {
    let (mut case, mut now) = (Case::default(), DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
    for (hours, ask) in [(0, Ask::Open(Box::new(opening)))].into_iter().chain(asks) {
        now += TimeDelta::hours(i64::from(hours));
        let settled: Vec<_> = case.settle(now).into_iter().map(|dated| dated.event).collect();
        for event in &settled {
            step(&mut case, event);
        }
        for event in decide(&case, now, ask).unwrap_or_default() {
            step(&mut case, &event);
        }
    }
    (case, now)
}

fn step(case: &mut Case, event: &CaseEvent) {
    let expected = leads_to(case.status().word(), event);
    case.evolve(event);
    assert_eq!(Some(case.status().word()), expected, "after {event:?}");
    assert_eq!(read_back(event), *event);
}

fn lives() -> impl Strategy<Value = (Opening, Vec<(u32, Ask)>)> {
    (opening(), vec((0..100u32, ask()), 0..40))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_case_moves_only_as_its_states_allow((opening, asks) in lives()) {
        live(opening, asks);
    }

    #[test]
    fn deadlines_settle_once_and_in_order((opening, asks) in lives(), first in 0..400i64, more in 0..400i64) {
        let (mut case, now) = live(opening, asks);
        let (sooner, later) = (now + TimeDelta::hours(first), now + TimeDelta::hours(first + more));
        let (at_once, mut in_steps) = (case.settle(later), case.settle(sooner));
        prop_assert!(in_steps.iter().all(|dated| dated.at <= sooner));
        prop_assert!(at_once.is_sorted_by_key(|dated| dated.at));
        in_steps.iter().for_each(|dated| case.evolve(&dated.event));
        prop_assert_eq!(case.settle(sooner), vec![]);
        let rest = case.settle(later);
        rest.iter().for_each(|dated| case.evolve(&dated.event));
        prop_assert_eq!(case.settle(later), vec![]);
        in_steps.extend(rest);
        prop_assert_eq!(at_once, in_steps);
    }

    #[test]
    fn any_history_folds_and_can_be_asked_anything(events in vec(case_event(), 0..12), asks in vec(ask(), 0..4), at in instant()) {
        let case: Case = fold(&events);
        let settled: Vec<_> = case.settle(at).into_iter().map(|dated| dated.event).collect();
        let case: Case = fold(events.iter().chain(&settled));
        prop_assert_eq!(case.settle(at), vec![]);
        for ask in asks {
            let _ = decide(&case, at, ask);
        }
        for event in &events {
            prop_assert_eq!(&read_back(event), event);
        }
    }
}

#[path = "agency_properties.rs"]
mod agencies;
#[path = "policy_properties.rs"]
mod policies;
