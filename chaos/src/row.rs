//! One line of the result: a fault, how often it was caused, and what became of what had been acknowledged.

use crate::oracle::Findings;
use std::time::Duration;

/// What came of one kind of fault.
#[derive(Debug, Default)]
pub struct Row {
    pub rounds: usize,
    /// Commands that were answered with a yes.
    pub acknowledged: u64,
    /// Of those, how many the log does not have …
    pub lost: u64,
    /// … or has more than once.
    pub doubled: u64,
    /// What the log has though nobody asked for it, or though it was refused.
    pub phantom: u64,
    /// From each fault (or from its end, as the row says) to the first success of a request sent after it.
    pub recoveries: Vec<Duration>,
    /// Every promise that was not kept, in words.
    pub broken: Vec<String>,
    /// What is worth knowing besides.
    pub notes: Vec<String>,
}

impl Row {
    pub fn is_sound(&self) -> bool {
        self.lost + self.doubled + self.phantom == 0 && self.broken.is_empty()
    }

    /// Takes down what the oracle said.
    pub fn judged(&mut self, findings: Findings) {
        self.acknowledged += findings.acknowledged;
        self.lost += findings.lost;
        self.doubled += findings.doubled;
        self.phantom += findings.phantom;
        self.broken.extend(findings.broken);
    }

    /// Adds what came of more rounds.
    pub fn add(&mut self, more: Row) {
        self.rounds += more.rounds;
        self.acknowledged += more.acknowledged;
        self.lost += more.lost;
        self.doubled += more.doubled;
        self.phantom += more.phantom;
        self.recoveries.extend(more.recoveries);
        self.broken.extend(more.broken);
        self.notes.extend(more.notes);
    }

    /// The recovery time that this share of the rounds (0.5, 0.95, 1.0) did not exceed.
    pub fn recovery(&self, share: f64) -> Option<Duration> {
        let mut sorted = self.recoveries.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() as f64 * share).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_rounds_recovered_within() {
        let row = Row { recoveries: (1..=20).rev().map(Duration::from_secs).collect(), ..Row::default() };
        let seconds = |share| row.recovery(share).map(|time| time.as_secs());
        assert_eq!([seconds(0.5), seconds(0.95), seconds(1.0)], [Some(10), Some(19), Some(20)]);
        assert_eq!(Row::default().recovery(0.5), None);
    }

    #[test]
    fn one_lost_command_is_enough_to_be_unsound() {
        assert!(Row::default().is_sound());
        let findings = Findings { lost: 1, ..Findings::default() };
        let mut row = Row::default();
        row.judged(findings);
        assert!(!row.is_sound());
    }
}
