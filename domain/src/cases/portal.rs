//! The door of the customer portal: which debtors looked at their case, and who tried in vain.
//!
//! A stream of its own for each case, so that a look at a case does not change the case.

use crate::{Aggregate, Decision, Kind, Personal, Refusal};
use serde::{Deserialize, Serialize};

/// What happens at the door.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PortalEvent {
    /// The debtor signed in with case number and telephone number.
    #[serde(rename = "portal.signed_in")]
    SignedIn { address: Option<Personal<String>> },
    /// Somebody knew the case number, but not the telephone number.
    #[serde(rename = "portal.refused")]
    Refused { address: Option<Personal<String>> },
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum PortalRefusal {
    #[error("no such case")]
    NoSuchCase,
}

impl Refusal for PortalRefusal {
    fn code(&self) -> &'static str {
        "no_such_case"
    }
    fn kind(&self) -> Kind {
        Kind::Missing
    }
}

/// The door of one case. Nothing that is decided here depends on what happened before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portal {}

impl Aggregate for Portal {
    const CATEGORY: &'static str = "portal";
    type Event = PortalEvent;
    type Refusal = PortalRefusal;

    fn evolve(&mut self, _: &PortalEvent) {}
}

impl Portal {
    /// Puts on record what happened at the door of a case that is there.
    pub fn note(&self, case_is_there: bool, event: PortalEvent) -> Decision<Portal> {
        if case_is_there { Ok(vec![event]) } else { Err(PortalRefusal::NoSuchCase) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    #[test]
    fn every_visit_is_on_record_and_only_of_cases_that_are_there() {
        let came = PortalEvent::SignedIn { address: Some(Personal::new("192.0.2.7".into())) };
        given([came.clone()]).when(|portal: &Portal| portal.note(true, came.clone())).then([came.clone()]);
        given([]).when(|portal: &Portal| portal.note(false, came.clone())).refused(PortalRefusal::NoSuchCase);
        round_trips("portal.signed_in", came);
        round_trips("portal.refused", PortalEvent::Refused { address: None });
    }
}
