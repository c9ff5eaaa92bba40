//! Lives of proposals: decided once by a person, carried out once, and nothing vanishes that was not proposed.

use super::*;
use crate::aggregate::fold;
use crate::testing::{given, round_trips};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const BY: Option<UserId> = Some(UserId(Uuid::from_u128(7)));

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2019, 1, 5).unwrap()
}

fn things(count: u128) -> Vec<Uuid> {
    (0..count).map(Uuid::from_u128).collect()
}

fn proposed(count: u128) -> DisposalEvent {
    DisposalEvent::Proposed { kind: Disposable::Calls, before: day(), count: count as u64, things: things(count) }
}

fn why() -> Text<1000> {
    "a claim is pending".try_into().unwrap()
}

fn kept(id: u128) -> Kept {
    Kept { id: Uuid::from_u128(id), reason: why() }
}

#[test]
fn what_was_kept_long_enough_goes_once_somebody_agrees() {
    let approved = DisposalEvent::Approved { by: BY };
    let carried_out = DisposalEvent::CarriedOut { disposed: 2, kept: vec![kept(1)] };
    given::<Disposal>([]).when(|d| d.propose(Disposable::Calls, day(), 3, things(3))).then([proposed(3)]);
    given([proposed(3)]).when(|d: &Disposal| d.approve(BY)).then([approved.clone()]);
    given([proposed(3), approved.clone()]).when(|d: &Disposal| d.approve(None)).then([]);
    given([proposed(3), approved.clone()]).when(|d: &Disposal| d.carry_out(2, vec![kept(1)])).then([carried_out.clone()]);
    for wrong in [(4, vec![]), (3, vec![kept(1)]), (1, vec![kept(9)])] {
        let (disposed, kept) = wrong;
        given([proposed(3), approved.clone()]).when(|d: &Disposal| d.carry_out(disposed, kept)).refused(DisposalRefusal::Sum);
    }
    let done = [proposed(3), approved.clone(), carried_out.clone()];
    let state = |state, asked, allowed| DisposalRefusal::WrongState { state, asked, allowed };
    given(done.clone()).when(|d: &Disposal| d.approve(BY)).refused(state("carried_out", "approved", vec![]));
    given(done).when(|d: &Disposal| d.carry_out(0, vec![])).refused(state("carried_out", "carried out", vec![]));
    given([proposed(3)]).when(|d: &Disposal| d.carry_out(3, vec![])).refused(state(
        "proposed",
        "carried out",
        vec!["ApproveDisposal", "RefuseDisposal"],
    ));
    for event in [proposed(3), approved, carried_out] {
        let name = crate::event::encode(&event).unwrap().name;
        round_trips(&name, event);
    }
}

#[test]
fn what_was_refused_stays() {
    let refused = DisposalEvent::Refused { by: BY, reason: why() };
    given([proposed(1)]).when(|d: &Disposal| d.refuse(BY, why())).then([refused.clone()]);
    let over = DisposalRefusal::WrongState { state: "refused", asked: "approved", allowed: vec![] };
    given([proposed(1), refused.clone()]).when(|d: &Disposal| d.approve(BY)).refused(over);
    given([proposed(1), refused.clone()])
        .when(|d: &Disposal| d.propose(Disposable::Calls, day(), 1, things(1)))
        .refused(DisposalRefusal::AlreadyProposed);
    given::<Disposal>([]).when(|d| d.refuse(BY, why())).refused(DisposalRefusal::Unknown);
    round_trips("disposal.refused", refused);
}

#[test]
fn a_proposal_can_be_looked_through() {
    let twice = || [things(2), things(1)].concat();
    for (count, things) in [(0, vec![]), (1_001, things(1_001)), (1, things(2)), (3, twice())] {
        given::<Disposal>([]).when(|d| d.propose(Disposable::Journals, day(), count, things)).refused(DisposalRefusal::Size);
    }
    let tenant = TenantId(Uuid::from_u128(1));
    let id = |kind, first| Disposal::id(tenant, kind, day(), Uuid::from_u128(first));
    assert_eq!(id(Disposable::Calls, 1), id(Disposable::Calls, 1));
    assert_ne!(id(Disposable::Calls, 1), id(Disposable::Recordings, 1));
    assert_ne!(id(Disposable::Calls, 1), id(Disposable::Calls, 2));
}

#[test]
fn a_day_is_kept_for_as_many_whole_days_as_were_set() {
    let today = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
    assert_eq!(due_before(today, 2_555).to_string(), "2019-01-07");
    assert_eq!(due_before(today, 1).to_string(), "2026-01-04");
    assert!(due_before(today, u32::MAX) < due_before(today, 36_500));
}

#[derive(Clone, Debug)]
enum Ask {
    Propose(Disposable, u64, Vec<Uuid>),
    Approve,
    Refuse,
    CarryOut(u32, Vec<Kept>),
}

fn ask() -> impl Strategy<Value = Ask> {
    let some = vec((0..6u128).prop_map(Uuid::from_u128), 0..5);
    prop_oneof![
        (select(&Disposable::ALL[..]), 0..9u64, some).prop_map(|(kind, count, things)| Ask::Propose(kind, count, things)),
        Just(Ask::Approve),
        Just(Ask::Refuse),
        (0..6u32, vec((0..6u128).prop_map(kept), 0..3)).prop_map(|(disposed, kept)| Ask::CarryOut(disposed, kept)),
    ]
}

proptest! {
    #[test]
    fn nothing_goes_without_a_proposal_and_a_yes(asks in vec(ask(), 1..20)) {
        let (mut disposal, mut history): (Disposal, Vec<DisposalEvent>) = Default::default();
        for ask in asks {
            let decided = match ask {
                Ask::Propose(kind, count, things) => disposal.propose(kind, day(), count, things),
                Ask::Approve => disposal.approve(BY),
                Ask::Refuse => disposal.refuse(BY, why()),
                Ask::CarryOut(disposed, kept) => disposal.carry_out(disposed, kept),
            };
            for event in decided.into_iter().flatten() {
                if let DisposalEvent::CarriedOut { disposed, kept } = &event {
                    let Some(DisposalEvent::Proposed { things, .. }) = history.first() else { panic!("{history:?}") };
                    let approved = matches!(history.last(), Some(DisposalEvent::Approved { .. }));
                    prop_assert!(approved, "{:?}", history);
                    prop_assert!(*disposed as usize + kept.len() <= things.len());
                }
                let stored = crate::event::encode(&event).unwrap();
                prop_assert_eq!(&crate::event::decode::<DisposalEvent>(&stored.name, &stored.body).unwrap(), &event);
                disposal.evolve(&event);
                history.push(event);
            }
        }
        prop_assert!(history.len() <= 3);
        prop_assert_eq!(fold::<Disposal>(&history), disposal);
    }
}

#[test]
fn each_kind_is_kept_for_the_days_of_its_own() {
    let kept = Retention { calls: 1, recordings: 2, journals: 3, performance: 4 };
    let days = Disposable::ALL.map(|kind| (kind.word(), kind.days(&kept)));
    let expected =
        [("calls", 1), ("recordings", 2), ("journals", 3), ("held_records", 1), ("shifts", 4), ("goals", 4), ("reviews", 4)];
    assert_eq!(days, expected);
    for kind in Disposable::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
    }
}
