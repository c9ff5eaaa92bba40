//! When a notice that did not arrive is tried again: soon at first, then ever later, and after two days no more.

use std::time::Duration;

/// How long after each attempt the next one comes, in multiples of the first pause: 5 s, 30 s, 2 min, 5 min, 15 min, 1 h, 3 h, 6 h,
/// 12 h, 24 h.
const PAUSES: [u32; 10] = [1, 6, 24, 60, 180, 720, 2160, 4320, 8640, 17280];
/// The longest that a receiver may ask us to wait.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How long to wait after so many attempts, the last of which failed; `None`: give it up. `spread` is from 0 to 1 and moves the pause
/// by up to a fifth either way, so that what failed together does not come back together.
pub(crate) fn pause(first: Duration, attempts: u32, asked: Option<Duration>, spread: f64) -> Option<Duration> {
    let usual = first * *PAUSES.get(attempts.max(1) as usize - 1)?;
    let moved = usual.mul_f64(0.8 + 0.4 * spread.clamp(0.0, 1.0));
    // Whoever asks for patience gets it: never sooner than asked, never later than a day.
    Some(asked.map_or(moved, |asked| moved.max(asked.min(LONGEST))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FIRST: Duration = Duration::from_secs(5);

    #[test]
    fn pauses_grow_from_seconds_to_a_day_and_end() {
        let seconds: Vec<_> = (1..=11).map(|n| pause(FIRST, n, None, 0.5).map(|p| p.as_secs())).collect();
        let expected = [5, 30, 120, 300, 900, 3600, 10800, 21600, 43200, 86400].map(Some);
        assert_eq!(seconds[..10], expected);
        assert_eq!(seconds[10], None);
    }

    #[test]
    fn they_are_spread_by_a_fifth() {
        assert_eq!(pause(FIRST, 1, None, 0.0), Some(Duration::from_secs(4)));
        assert_eq!(pause(FIRST, 1, None, 1.0), Some(Duration::from_secs(6)));
    }

    #[test]
    fn a_receiver_may_ask_for_patience_within_a_day() {
        let asked = |seconds| pause(FIRST, 1, Some(Duration::from_secs(seconds)), 0.5).unwrap().as_secs();
        assert_eq!((asked(0), asked(60), asked(1_000_000)), (5, 60, 86400));
    }
}
