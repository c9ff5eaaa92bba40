//! The report of an agency: its record, how both its scores come about, how they went, and the cases it has.

use crate::figures::{At, Count, Points};
use crate::head::{Fact, Head};
use crate::worklist::CaseLine;
use serde::Serialize;

/// An agency on paper.
#[derive(Clone, Debug, Serialize)]
pub struct AgencyReport {
    pub head: Head,
    pub tiles: Vec<Fact>,
    pub facts: Vec<Fact>,
    pub record: Vec<Fact>,
    pub scores: Vec<Score>,
    pub trend: Trend,
    /// `None` for a reader who may not see cases.
    pub cases: Option<Vec<CaseLine>>,
    /// How many.
    pub total: Count,
}

/// A score with its reasons summed up, and the sum.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    pub formula: &'static str,
    /// Over which deeds it goes.
    pub over: String,
    pub value: String,
    pub reasons: Vec<Reason>,
    pub steps: Vec<Step>,
}

/// All terms of a score that have the same reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    pub reason: String,
    pub times: Count,
    pub points: Points,
}

/// A step of the arithmetic, and what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    pub what: String,
    pub value: String,
}

/// The scores at the ends of the last months or weeks.
#[derive(Clone, Debug, Serialize)]
pub struct Trend {
    pub every: &'static str,
    /// Where it ends.
    pub until: &'static str,
    pub moments: Vec<Moment>,
}

/// The scores as of an instant; the heights are shares of the scale from 0 to 120.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    pub label: String,
    pub at: At,
    pub score_1: String,
    pub score_2: String,
    pub height_1: f64,
    pub height_2: f64,
}
