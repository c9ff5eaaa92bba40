//! Calls and the people who take them: the words that all of a call centre's rules share.

pub mod access;
pub mod agent;
pub mod calendar;
pub mod call;
pub mod campaign;
pub mod categorizer;
pub mod cdr;
pub mod centre;
pub mod coaching;
pub mod coverage;
pub mod disposal;
pub mod extension;
pub mod formulas;
pub mod goal;
pub mod held_record;
pub mod hours;
pub mod journal;
pub mod measures;
pub mod presence;
pub mod report_run;
pub mod review;
pub mod shift;
pub mod source;
pub mod source_sync;
pub mod suggestion;
pub mod verification;

#[cfg(test)]
mod call_properties;
#[cfg(test)]
mod campaign_properties;
#[cfg(test)]
mod properties;

use crate::{Email, LocationId, Personal, Text, UserId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// An agent as they were at some instant, copied into what happened then, so that no reader has to look back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentCard {
    pub user: UserId,
    pub email: Personal<Email>,
    pub name: Personal<Text<255>>,
    /// Where they worked, and what the place was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_name: Option<Text<255>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<Text<64>>,
}

/// A day and an hour of it as the call centre's clocks on the wall showed them (B.N13, K23).
///
/// It is decided when something is put on record, by the time zone in force then, and does not change when the zone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LocalDay {
    pub day: NaiveDate,
    /// 0 to 23. The hour that comes twice in autumn is one hour here.
    pub hour: u8,
}
