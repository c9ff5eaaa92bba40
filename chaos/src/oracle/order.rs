//! Cause before effect: whoever got an answer and then asked for something else finds the second after the first on the log.

use super::promises::by_key;
use super::{Complaint, Kind};
use crate::journal::Wish;
use eventlog::Recorded;

/// For all pairs where one was answered before the other was sent: in one walk through time, because only the highest position
/// answered so far matters.
pub fn check(events: &[Recorded], wishes: &[Wish]) -> Vec<Complaint> {
    let by_key = by_key(events);
    let stands = |wish: &Wish| {
        let events = by_key.get(wish.key.as_str())?;
        Some((events.first()?.position.to_i64(), events.last()?.position.to_i64()))
    };
    let recorded: Vec<(&Wish, i64, i64)> =
        wishes.iter().filter_map(|wish| stands(wish).map(|(first, last)| (wish, first, last))).collect();
    let mut answered: Vec<(u64, i64, &Wish)> =
        recorded.iter().filter_map(|(wish, _, last)| Some((wish.answered?, *last, *wish))).collect();
    answered.sort_unstable_by_key(|(tick, _, _)| *tick);
    let mut sent = recorded;
    sent.sort_unstable_by_key(|(wish, _, _)| wish.sent);

    let mut complaints = Vec::new();
    let mut answered = answered.into_iter().peekable();
    let mut highest: Option<(i64, &Wish)> = None;
    for (wish, first, _) in sent {
        while let Some((_, last, before)) = answered.next_if(|(tick, _, _)| *tick < wish.sent) {
            if highest.is_none_or(|(highest, _)| last > highest) {
                highest = Some((last, before));
            }
        }
        if let Some((last, before)) = highest.filter(|(last, _)| *last >= first) {
            let what =
                format!("{:?} was answered before {:?} was sent, but stands at {last}, after {first}", before.key, wish.key);
            complaints.push(Kind::Order.says(what));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::*;

    #[test]
    fn whoever_knew_of_the_first_comes_after_it() {
        let mut story = Story::default();
        (1..=3).for_each(|n| story.pay(&format!("k{n}"), n));
        assert_eq!(check(&story.events, &story.wishes), []);
        // The third had its answer before the first was sent.
        (story.wishes[2].sent, story.wishes[2].answered) = (1, Some(2));
        (story.wishes[0].sent, story.wishes[0].answered) = (3, Some(4));
        let complaints = check(&story.events, &story.wishes);
        assert!(
            complaints.iter().any(|complaint| complaint.what.contains("\"k3\" was answered before \"k1\"")),
            "{complaints:?}"
        );
    }

    #[test]
    fn those_who_asked_at_the_same_time_may_stand_either_way() {
        let mut story = Story::default();
        (1..=2).for_each(|n| story.pay(&format!("k{n}"), n));
        (story.wishes[0].sent, story.wishes[0].answered) = (2, Some(4));
        (story.wishes[1].sent, story.wishes[1].answered) = (1, Some(3));
        assert_eq!(check(&story.events, &story.wishes), []);
    }
}
