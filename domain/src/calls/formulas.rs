//! Every figure of the call centre by name and version: what is divided by what, and what comes out if there is nothing (B.F1–B.F8).
//!
//! A formula adds up what its terms bring as points and what they bring as counts, and its shape says what becomes of the two
//! sums. So a figure over a day, a team or a year is made of the same sums as that of one shift, and never of rounded figures.

pub mod registry;

pub use registry::*;

use crate::Instant;
use crate::explain::{Arithmetic, Explanation, Field, Term, rounded};
use rust_decimal::{Decimal, dec};
use serde::Serialize;

/// How a figure is reckoned from the two sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// The points themselves.
    Total,
    /// Points by counts, times so much; `empty` is what comes out where nothing was counted (`None`: no figure at all).
    Ratio { times: Decimal, empty: Option<Decimal> },
    /// 100 less the percentage of what was missed; `empty` is what comes out where nothing was due (`None`: no figure at all).
    Kept { empty: Option<Decimal> },
    /// Points by whole hours, the counts being seconds: what is below an hour is none, and none gives zero.
    PerWholeHour,
}

/// The column in which a specification keeps a figure: it is rounded to its digits and must stay below its limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Column {
    pub digits: u32,
    pub below: Decimal,
}

/// One figure's definition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Formula {
    /// Name and version, for example `shift.utilization@2`. What a version says never changes.
    pub name: &'static str,
    /// The definition in a sentence.
    pub says: &'static str,
    /// What is added up as points and, if it is a ratio, what as counts.
    pub inputs: &'static [&'static str],
    /// `percent`, `seconds`, `points` …
    pub unit: &'static str,
    /// How many decimals are shown.
    pub digits: u32,
    pub(crate) shape: Shape,
    pub(crate) column: Option<Column>,
}

/// A figure that does not fit where its formula says it is kept (B.X9); it is an error and never cut off (K22).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{formula} comes to {value}, which must be below {below}")]
pub struct Overflow {
    pub formula: &'static str,
    pub value: Decimal,
    pub below: Decimal,
}

/// A figure as it is shown: rounded, and with the name of its formula.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub formula: &'static str,
    /// `None`: there is nothing to measure, or it overflowed.
    pub value: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Formula {
    /// The figure itself, unrounded unless the formula keeps it in a column; `None` if there is nothing to measure.
    pub fn of(&self, points: impl Into<Decimal>, counts: impl Into<Decimal>) -> Result<Option<Decimal>, Overflow> {
        let term = Term::of("", points.into(), counts.into());
        if self.nothing(term.counts) == Some(None) {
            return Ok(None);
        }
        self.within(self.tree(term.counts).evaluate(std::slice::from_ref(&term))).map(Some)
    }

    /// The figure as it is shown.
    pub fn figure(&self, points: impl Into<Decimal>, counts: impl Into<Decimal>) -> Figure {
        let (value, error) = match self.of(points, counts) {
            Ok(value) => (value.map(|value| rounded(value, self.digits)), None),
            Err(overflow) => (None, Some(overflow.to_string())),
        };
        Figure { formula: self.name, value, error }
    }

    /// The figure with everything it comes from, rounded as it is shown.
    pub fn explain(&self, terms: Vec<Term>) -> Explanation {
        let counts = terms.iter().map(|term| term.counts).sum();
        let shown = match self.column {
            _ if self.nothing(counts) == Some(None) => Arithmetic::Nothing,
            Some(_) => self.tree(counts),
            None => Arithmetic::Round { digits: self.digits, of: vec![self.tree(counts)] },
        };
        Explanation::new(self.name, terms, shown)
    }

    /// What comes out where nothing was counted; `None` if something was.
    fn nothing(&self, counts: Decimal) -> Option<Option<Decimal>> {
        match self.shape {
            Shape::Ratio { empty, .. } | Shape::Kept { empty } if counts.is_zero() => Some(empty),
            Shape::PerWholeHour if counts < dec!(3600) => Some(Some(Decimal::ZERO)),
            _ => None,
        }
    }

    /// The arithmetic over terms whose counts add up to this. It never divides by zero, so that anybody can follow it.
    fn tree(&self, counts: Decimal) -> Arithmetic {
        let value = |value| Arithmetic::Value { value };
        let sum = |field| Arithmetic::Sum { field, per: None, at_least: None };
        let times = |factor, of| Arithmetic::Multiply { of: vec![value(factor), of] };
        let by = |over, under| Arithmetic::Divide { of: vec![over, under] };
        let tree = match (self.nothing(counts), self.shape) {
            (Some(empty), _) => value(empty.unwrap_or_default()),
            (None, Shape::Total) => sum(Field::Points),
            (None, Shape::Ratio { times: factor, .. }) => by(times(factor, sum(Field::Points)), sum(Field::Counts)),
            (None, Shape::Kept { .. }) => {
                Arithmetic::Add { of: vec![value(dec!(100)), by(times(dec!(-100), sum(Field::Points)), sum(Field::Counts))] }
            }
            (None, Shape::PerWholeHour) => {
                let hours = Arithmetic::Floor { of: vec![by(sum(Field::Counts), value(dec!(3600)))] };
                by(sum(Field::Points), hours)
            }
        };
        match self.column {
            Some(column) => Arithmetic::Round { digits: column.digits, of: vec![tree] },
            None => tree,
        }
    }

    fn within(&self, value: Decimal) -> Result<Decimal, Overflow> {
        match self.column {
            Some(Column { below, .. }) if value.abs() >= below => Err(Overflow { formula: self.name, value, below }),
            _ => Ok(value),
        }
    }
}

/// The formula of this name.
pub fn formula(name: &str) -> Option<&'static Formula> {
    FORMULAS.iter().copied().find(|formula| formula.name == name)
}

/// `call.ring_seconds@1`: whole seconds from the start to the answer (B.F1). `None` if it was not answered.
pub fn ring_seconds(started_at: Instant, answered_at: Option<Instant>) -> Option<i64> {
    answered_at.map(|answered| whole_seconds(started_at, answered))
}

/// `call.talk_seconds@1`: whole seconds from the answer to the end (B.F2). `None` if either is missing.
pub fn talk_seconds(answered_at: Option<Instant>, ended_at: Option<Instant>) -> Option<i64> {
    answered_at.zip(ended_at).map(|(answered, ended)| whole_seconds(answered, ended))
}

/// From one instant to another, to the second and half away from zero, as PostgreSQL's `extract(epoch from …)::integer` does.
pub fn whole_seconds(from: Instant, until: Instant) -> i64 {
    const SECOND: i64 = 1_000_000;
    let micros = until.timestamp_micros().saturating_sub(from.timestamp_micros());
    micros / SECOND + (micros % SECOND) / (SECOND / 2)
}

/// `goal.achievement@1`: the percentage of the targets that were set and are met (B.F5); `None` where none is set.
pub fn achievement(met: u32, set: u32) -> Option<Decimal> {
    GOAL_ACHIEVEMENT.of(met, set).ok().flatten()
}

#[cfg(test)]
mod golden;
