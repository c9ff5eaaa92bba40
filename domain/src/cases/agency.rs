//! An agency that collects debts: what it takes on, how many cases at once, and which places are taken.

use crate::{Aggregate, Amount, CaseId, Decision, Email, Kind, Link, Personal, Refusal, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What happens to an agency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AgencyEvent {
    /// An agency may now be given cases.
    #[serde(rename = "agency.registered")]
    Registered { details: AgencyDetails },
    /// Its details are now these.
    #[serde(rename = "agency.updated")]
    Updated { details: AgencyDetails },
    /// It gets cases again.
    #[serde(rename = "agency.activated")]
    Activated {},
    /// It gets no further cases; those it has it keeps.
    #[serde(rename = "agency.deactivated")]
    Deactivated {},
    /// One of its places is taken by a case.
    #[serde(rename = "agency.place_taken")]
    PlaceTaken { case: CaseId },
    /// The place of a case is free again.
    #[serde(rename = "agency.place_freed")]
    PlaceFreed { case: CaseId },
}

/// What is known of an agency (E.T2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgencyDetails {
    pub name: Text<255>,
    pub contact_person: Option<Personal<Text<255>>>,
    pub email: Option<Personal<Email>>,
    pub phone: Option<Personal<Text<64>>>,
    pub website_url: Option<Link>,
    /// How many cases it may have at once, 0 to 1,000,000.
    pub max_capacity: u32,
    pub min_debt_amount: Amount,
    /// `None`: no upper limit.
    pub max_debt_amount: Option<Amount>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum AgencyRefusal {
    #[error("no such agency")]
    Unknown,
    #[error("an agency with this id is registered already")]
    AlreadyRegistered,
    #[error("max_capacity must be from 0 to 1000000")]
    CapacityOutOfRange,
    #[error("min_debt_amount must not be above max_debt_amount")]
    RangeReversed,
    #[error("the agency is not active")]
    Inactive,
    #[error("the agency gave this case back and does not get it automatically again")]
    GaveItBack,
    #[error("all {capacity} places of the agency are taken")]
    Full { capacity: u32 },
    #[error("{amount} is outside the agency's debt range of {min} to {max}")]
    OutsideRange { amount: Amount, min: Amount, max: String },
}

impl Refusal for AgencyRefusal {
    fn code(&self) -> &'static str {
        match self {
            AgencyRefusal::Unknown => "unknown_agency",
            AgencyRefusal::AlreadyRegistered => "already_registered",
            AgencyRefusal::CapacityOutOfRange => "capacity_out_of_range",
            AgencyRefusal::RangeReversed => "range_reversed",
            AgencyRefusal::Inactive => "agency_inactive",
            AgencyRefusal::GaveItBack => "gave_it_back",
            AgencyRefusal::Full { .. } => "agency_full",
            AgencyRefusal::OutsideRange { .. } => "outside_debt_range",
        }
    }
    fn kind(&self) -> Kind {
        let conflict = |state, allowed: &[&'static str]| Kind::Conflict { state, allowed: allowed.to_vec() };
        match self {
            AgencyRefusal::Unknown => Kind::Missing,
            AgencyRefusal::AlreadyRegistered => Kind::Taken { field: "id" },
            AgencyRefusal::CapacityOutOfRange => Kind::Invalid { field: "max_capacity" },
            AgencyRefusal::RangeReversed => Kind::Invalid { field: "max_debt_amount" },
            AgencyRefusal::Inactive => conflict("inactive", &["ToggleAgency", "UpdateAgency"]),
            AgencyRefusal::GaveItBack => conflict("open", &["AssignAgency"]),
            AgencyRefusal::Full { .. } => conflict("full", &["UpdateAgency", "ToggleAgency"]),
            AgencyRefusal::OutsideRange { .. } => conflict("outside_debt_range", &["UpdateAgency"]),
        }
    }
}

/// An agency as its decisions see it; unknown until it is registered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agency {
    details: Option<AgencyDetails>,
    active: bool,
    places: BTreeSet<CaseId>,
}

impl Aggregate for Agency {
    const CATEGORY: &'static str = "agency";
    type Event = AgencyEvent;
    type Refusal = AgencyRefusal;

    fn evolve(&mut self, event: &AgencyEvent) {
        match event {
            AgencyEvent::Registered { details } => {
                self.details = Some(details.clone());
                self.active = true;
            }
            AgencyEvent::Updated { details } => self.details = Some(details.clone()),
            AgencyEvent::Activated {} => self.active = true,
            AgencyEvent::Deactivated {} => self.active = false,
            AgencyEvent::PlaceTaken { case } => {
                self.places.insert(*case);
            }
            AgencyEvent::PlaceFreed { case } => {
                self.places.remove(case);
            }
        }
    }
}

impl Agency {
    /// Registers a new agency, active at once.
    pub fn register(&self, details: AgencyDetails) -> Decision<Agency> {
        match &self.details {
            Some(_) => Err(AgencyRefusal::AlreadyRegistered),
            None => details.check().map(|()| vec![AgencyEvent::Registered { details }]),
        }
    }

    /// What is known of it now.
    pub fn details(&self) -> Result<&AgencyDetails, AgencyRefusal> {
        self.details.as_ref().ok_or(AgencyRefusal::Unknown)
    }

    /// Whether it is given cases.
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// Changes its details. A capacity below the cases it has stops further ones and takes none away.
    pub fn update(&self, details: AgencyDetails) -> Decision<Agency> {
        let known = self.details()?;
        details.check()?;
        Ok(if *known == details { vec![] } else { vec![AgencyEvent::Updated { details }] })
    }

    /// Makes it active or inactive.
    pub fn set_active(&self, active: bool) -> Decision<Agency> {
        self.details()?;
        Ok(match (self.active, active) {
            (false, true) => vec![AgencyEvent::Activated {}],
            (true, false) => vec![AgencyEvent::Deactivated {}],
            _ => vec![],
        })
    }

    /// Active becomes inactive and back (E.E13).
    pub fn toggle(&self) -> Decision<Agency> {
        self.set_active(!self.active)
    }

    /// Gives a place to a case over this amount: the agency is active, the amount in its range, a place free.
    ///
    /// `any_amount` lifts the range, as the fallback of automatic assignment does (E.W1).
    pub fn take(&self, case: CaseId, amount: Amount, any_amount: bool) -> Decision<Agency> {
        let details = self.details()?;
        if !self.active {
            return Err(AgencyRefusal::Inactive);
        }
        let within = amount >= details.min_debt_amount && details.max_debt_amount.is_none_or(|max| amount <= max);
        if !any_amount && !within {
            let max = details.max_debt_amount.map_or("any amount".into(), |max| max.to_string());
            return Err(AgencyRefusal::OutsideRange { amount, min: details.min_debt_amount, max });
        }
        if self.places.contains(&case) {
            return Ok(vec![]);
        }
        if self.places.len() as u64 >= u64::from(details.max_capacity) {
            return Err(AgencyRefusal::Full { capacity: details.max_capacity });
        }
        Ok(vec![AgencyEvent::PlaceTaken { case }])
    }

    /// Frees the place of a case that ended or went elsewhere.
    pub fn free(&self, case: CaseId) -> Decision<Agency> {
        Ok(if self.places.contains(&case) { vec![AgencyEvent::PlaceFreed { case }] } else { vec![] })
    }
}

impl AgencyDetails {
    fn check(&self) -> Result<(), AgencyRefusal> {
        if self.max_capacity > 1_000_000 {
            return Err(AgencyRefusal::CapacityOutOfRange);
        }
        match self.max_debt_amount {
            Some(max) if self.min_debt_amount > max => Err(AgencyRefusal::RangeReversed),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};
    use rust_decimal::{Decimal, dec};
    use uuid::Uuid;

    fn amount(value: Decimal) -> Amount {
        Amount::try_from(value).unwrap()
    }

    fn details(capacity: u32) -> AgencyDetails {
        AgencyDetails {
            name: "Swift Debt Solutions".try_into().unwrap(),
            contact_person: None,
            email: None,
            phone: None,
            website_url: None,
            max_capacity: capacity,
            min_debt_amount: amount(dec!(100)),
            max_debt_amount: Some(amount(dec!(5000))),
        }
    }

    fn registered(capacity: u32) -> AgencyEvent {
        AgencyEvent::Registered { details: details(capacity) }
    }

    fn case(n: u128) -> CaseId {
        CaseId(Uuid::from_u128(n))
    }

    #[test]
    fn the_last_place_is_given_once() {
        let one = AgencyEvent::PlaceTaken { case: case(1) };
        given([registered(1)]).when(|a: &Agency| a.take(case(1), amount(dec!(100)), false)).then([one.clone()]);
        given([registered(1), one.clone()])
            .when(|a: &Agency| a.take(case(2), amount(dec!(100)), false))
            .refused(AgencyRefusal::Full { capacity: 1 });
        given([registered(1), one.clone(), AgencyEvent::PlaceFreed { case: case(1) }])
            .when(|a: &Agency| a.take(case(2), amount(dec!(100)), false))
            .then([AgencyEvent::PlaceTaken { case: case(2) }]);
    }

    #[test]
    fn amounts_outside_the_range_are_refused_unless_nothing_else_is_left() {
        let too_much = amount(dec!(5000.01));
        given([registered(1)]).when(|a: &Agency| a.take(case(1), too_much, false)).refused(AgencyRefusal::OutsideRange {
            amount: too_much,
            min: amount(dec!(100)),
            max: "5000.00".into(),
        });
        given([registered(1)])
            .when(|a: &Agency| a.take(case(1), too_much, true))
            .then([AgencyEvent::PlaceTaken { case: case(1) }]);
    }

    #[test]
    fn an_inactive_agency_gets_nothing() {
        given([registered(1), AgencyEvent::Deactivated {}])
            .when(|a: &Agency| a.take(case(1), amount(dec!(100)), true))
            .refused(AgencyRefusal::Inactive);
        given([registered(1)]).when(|a: &Agency| a.toggle()).then([AgencyEvent::Deactivated {}]);
        given([registered(1), AgencyEvent::Deactivated {}]).when(|a: &Agency| a.toggle()).then([AgencyEvent::Activated {}]);
        given::<Agency>([]).when(|a| a.toggle()).refused(AgencyRefusal::Unknown);
    }

    #[test]
    fn details_are_checked_and_repeating_them_changes_nothing() {
        let reversed = AgencyDetails { min_debt_amount: amount(dec!(9000)), ..details(1) };
        given::<Agency>([]).when(|a| a.register(reversed)).refused(AgencyRefusal::RangeReversed);
        given([registered(1)]).when(|a: &Agency| a.register(details(1))).refused(AgencyRefusal::AlreadyRegistered);
        given([registered(1)]).when(|a: &Agency| a.update(details(1))).then([]);
        given([registered(1)]).when(|a: &Agency| a.update(details(7))).then([AgencyEvent::Updated { details: details(7) }]);
    }

    #[test]
    fn events_survive_storage() {
        round_trips("agency.registered", registered(3));
        round_trips("agency.deactivated", AgencyEvent::Deactivated {});
        round_trips("agency.place_taken", AgencyEvent::PlaceTaken { case: case(1) });
    }
}
