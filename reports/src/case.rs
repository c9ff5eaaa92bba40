//! The report of a case: its facts, its clock, what was paid, what it did to its agencies' scores, and all that happened to it.

use crate::figures::{Amount, At, Points};
use crate::head::{Fact, Head};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// A case on paper.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    pub head: Head,
    /// What is looked at first.
    pub tiles: Vec<Fact>,
    pub facts: Vec<Fact>,
    pub customer: Vec<Fact>,
    pub notes: Option<String>,
    pub documents: Vec<String>,
    pub clock: Clock,
    pub currency: String,
    pub overdue: Amount,
    pub paid: Amount,
    pub balance: Amount,
    pub credit: Amount,
    pub payments: Vec<Payment>,
    /// `None` for a reader who may not see agencies.
    pub effects: Option<Vec<Effect>>,
    pub recovery: Recovery,
    pub history: Vec<Happening>,
}

/// The SLA window, drawn: every place is a share of the line, from 0 to 1.
#[derive(Clone, Debug, Serialize)]
pub struct Clock {
    pub started_at: At,
    pub at_risk_at: At,
    pub due_at: At,
    pub at_risk: f64,
    pub due: f64,
    /// How far the clock has run: to the completion, or to now.
    pub run: f64,
    /// What it has run to.
    pub end: &'static str,
    pub end_at: At,
    /// The clock ran on beyond the end of the line.
    pub beyond: bool,
    pub marks: Vec<Mark>,
    /// What happened before this window was opened.
    pub earlier: usize,
}

/// An event on the line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// Its number in the history.
    pub number: i64,
    pub place: f64,
    /// In which row above the line its number stands; `None` where there is no more room for numbers.
    pub row: Option<usize>,
}

/// A payment.
#[derive(Clone, Debug, Serialize)]
pub struct Payment {
    pub number: i64,
    pub at: At,
    pub amount: Amount,
    pub reference: Option<String>,
    pub who: String,
}

/// What an agency's deed with this case does to its scores.
#[derive(Clone, Debug, Serialize)]
pub struct Effect {
    pub agency: String,
    pub at: At,
    pub position: i64,
    /// The version of the settings by which it was judged.
    pub settings: u32,
    pub terms: Vec<Term>,
    pub points: Points,
    /// The same where no event counts below the floor of `agency.score@2`.
    pub floored: Points,
}

/// A reason for points.
#[derive(Clone, Debug, Serialize)]
pub struct Term {
    pub reason: String,
    pub detail: Option<String>,
    pub points: Points,
}

/// The estimate at the opening.
#[derive(Clone, Debug, Serialize)]
pub struct Recovery {
    pub formula: String,
    pub value: String,
    pub terms: Vec<Term>,
}

/// An event.
#[derive(Clone, Debug, Serialize)]
pub struct Happening {
    pub number: i64,
    pub at: At,
    pub who: String,
    pub words: String,
    pub position: i64,
}

/// A moment of the history: its number and its instant.
pub type Moment = (i64, DateTime<Utc>);

/// Rows of numbers above the line.
const ROWS: usize = 4;
/// How much of the line a number takes.
const WIDTH: f64 = 0.026;
/// How much longer than its window the line may be.
const STRETCH: f64 = 1.6;

impl Clock {
    /// The line from the start of the window to where the clock has run, with what happened on it.
    pub fn new(
        window: [DateTime<Utc>; 3],
        (end, end_at): (&'static str, DateTime<Utc>),
        history: impl Iterator<Item = Moment>,
    ) -> Self {
        let [started_at, at_risk_at, due_at] = window;
        let seconds = |at: DateTime<Utc>| (at - started_at).as_seconds_f64();
        let whole = seconds(due_at).max(1.0);
        let length = seconds(end_at).clamp(whole, whole * STRETCH);
        let place = |at| (seconds(at) / length).clamp(0.0, 1.0);
        let (earlier, within): (Vec<Moment>, Vec<Moment>) = history.partition(|(_, at)| *at < started_at);
        Self {
            started_at: At(started_at),
            at_risk_at: At(at_risk_at),
            due_at: At(due_at),
            at_risk: place(at_risk_at),
            due: place(due_at),
            run: place(end_at),
            end,
            end_at: At(end_at),
            beyond: seconds(end_at) > length,
            marks: marks(within.into_iter().map(|(number, at)| (number, place(at)))),
            earlier: earlier.len(),
        }
    }
}

/// Each number in the lowest row in which it does not stand on another.
fn marks(places: impl Iterator<Item = (i64, f64)>) -> Vec<Mark> {
    let mut free = [f64::MIN; ROWS];
    let mark = |(number, place): (i64, f64)| {
        let row = free.iter().position(|free| *free <= place);
        row.into_iter().for_each(|row| free[row] = place + WIDTH);
        Mark { number, place, row }
    };
    places.map(mark).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::{Days, TimeZone};

    fn day(n: u64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap() + Days::new(n)
    }

    #[test]
    fn the_line_holds_the_window_and_what_ran_over_it() {
        let history = [(1, day(0)), (2, day(5)), (3, day(12))];
        let clock = |end| Clock::new([day(1), day(9), day(11)], ("completed", end), history.into_iter());
        let quick = clock(day(6));
        assert_eq!((quick.at_risk, quick.due, quick.run, quick.beyond), (0.8, 1.0, 0.5, false));
        assert_eq!((quick.earlier, quick.marks.len()), (1, 2));
        let late = clock(day(13));
        assert!((late.due - 10.0 / 12.0).abs() < 1e-9 && late.run == 1.0 && !late.beyond);
        let forgotten = clock(day(4000));
        assert!((forgotten.due - 1.0 / STRETCH).abs() < 1e-9 && forgotten.run == 1.0 && forgotten.beyond);
        assert!(forgotten.marks.iter().all(|mark| (0.0..=1.0).contains(&mark.place)));
    }

    #[test]
    fn numbers_do_not_stand_on_one_another() {
        let rows: Vec<_> = marks((1..=6).map(|n| (n, 0.5))).into_iter().map(|mark| mark.row).collect();
        assert_eq!(rows, [Some(0), Some(1), Some(2), Some(3), None, None]);
        let apart: Vec<_> = marks((0..5).map(|n| (n, n as f64 * 0.2))).into_iter().map(|mark| mark.row).collect();
        assert_eq!(apart, [Some(0); 5]);
    }
}
