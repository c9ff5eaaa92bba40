//! Random lives of agencies: no place is given twice or beyond the capacity, and an inactive agency gets nothing.

use super::*;
use crate::CaseId;
use crate::cases::agency::{Agency, AgencyDetails, AgencyEvent, AgencyRefusal};
use std::collections::BTreeSet;

fn details() -> impl Strategy<Value = AgencyDetails> {
    let capacity = prop_oneof![8 => 0..5u32, 1 => any::<u32>()];
    (text(), option::of(text()), option::of(link()), capacity, amount(), option::of(amount())).prop_map(
        |(name, phone, website_url, max_capacity, min_debt_amount, max_debt_amount)| AgencyDetails {
            name,
            contact_person: None,
            email: None,
            phone: phone.map(Personal::new),
            website_url,
            max_capacity,
            min_debt_amount,
            max_debt_amount,
        },
    )
}

fn case() -> impl Strategy<Value = CaseId> {
    (0..9u128).prop_map(|n| CaseId(Uuid::from_u128(n)))
}

fn event() -> impl Strategy<Value = AgencyEvent> {
    prop_oneof![
        details().prop_map(|details| AgencyEvent::Registered { details }),
        details().prop_map(|details| AgencyEvent::Updated { details }),
        Just(AgencyEvent::Activated {}),
        Just(AgencyEvent::Deactivated {}),
        case().prop_map(|case| AgencyEvent::PlaceTaken { case }),
        case().prop_map(|case| AgencyEvent::PlaceFreed { case }),
    ]
}

/// Something asked of an agency.
#[derive(Clone, Debug)]
enum Ask {
    Register(AgencyDetails),
    Update(AgencyDetails),
    Toggle,
    Take(CaseId, Amount, bool),
    Free(CaseId),
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        1 => details().prop_map(Ask::Register),
        2 => details().prop_map(Ask::Update),
        1 => Just(Ask::Toggle),
        8 => (case(), amount(), any::<bool>()).prop_map(|(case, amount, any_amount)| Ask::Take(case, amount, any_amount)),
        3 => case().prop_map(Ask::Free),
    ]
}

fn decide(agency: &Agency, ask: Ask) -> Decision<Agency> {
    match ask {
        Ask::Register(details) => agency.register(details),
        Ask::Update(details) => agency.update(details),
        Ask::Toggle => agency.toggle(),
        Ask::Take(case, amount, any_amount) => agency.take(case, amount, any_amount),
        Ask::Free(case) => agency.free(case),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn places_never_exceed_the_capacity_at_the_moment_of_taking(first in details(), asks in vec(ask(), 0..40)) {
        let (mut agency, mut taken, mut active) = (Agency::default(), BTreeSet::new(), true);
        for ask in [Ask::Register(first)].into_iter().chain(asks) {
            let full = agency.details().is_ok_and(|known| taken.len() as u64 >= u64::from(known.max_capacity));
            let answer = decide(&agency, ask.clone());
            if let Err(AgencyRefusal::Full { .. }) = answer {
                prop_assert!(full);
            }
            for event in answer.unwrap_or_default() {
                match &event {
                    AgencyEvent::PlaceTaken { case } => {
                        prop_assert!(!full && active && taken.insert(*case), "{:?}", event);
                        let Ask::Take(_, amount, any_amount) = ask else { panic!("{ask:?} takes no place") };
                        let known = agency.details().unwrap();
                        let within = known.min_debt_amount <= amount && known.max_debt_amount.is_none_or(|max| amount <= max);
                        prop_assert!(within || any_amount);
                    }
                    AgencyEvent::PlaceFreed { case } => prop_assert!(taken.remove(case), "{:?}", event),
                    AgencyEvent::Activated {} => prop_assert!(!std::mem::replace(&mut active, true)),
                    AgencyEvent::Deactivated {} => prop_assert!(std::mem::replace(&mut active, false)),
                    AgencyEvent::Registered { details } | AgencyEvent::Updated { details } => {
                        prop_assert!(details.max_capacity <= 1_000_000);
                        prop_assert!(details.max_debt_amount.is_none_or(|max| details.min_debt_amount <= max));
                    }
                }
                agency.evolve(&event);
            }
        }
    }

    #[test]
    fn any_history_folds_and_can_be_asked_anything(events in vec(event(), 0..12), asks in vec(ask(), 0..4)) {
        let agency: Agency = fold(&events);
        for ask in asks {
            let _ = decide(&agency, ask);
        }
        for event in &events {
            prop_assert_eq!(&read_back(event), event);
        }
    }
}
