//! The ways that a call can go, each as the legs that a telephone system writes down for it.

use super::lines::{End, Leg};
use rand::Rng;
use rand::rngs::StdRng;

/// How a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Through a queue to whoever is free.
    Queue,
    /// The same, after a colleague let it ring.
    Polled,
    /// Through a queue to one, and on to another.
    Transferred,
    /// Through the menu into a queue.
    Menu,
    /// Straight to somebody's telephone.
    Direct,
    /// Straight to somebody's telephone, and nobody answers.
    Missed,
    /// Given up in the queue.
    Abandoned,
    Voicemail,
    Outbound,
    /// Outbound, and nobody answers.
    InVain,
    Internal,
}

/// The ways and how many of a hundred calls go each.
const SHARES: [(Way, u32); 11] = [
    (Way::Queue, 44),
    (Way::Polled, 8),
    (Way::Transferred, 6),
    (Way::Menu, 7),
    (Way::Direct, 7),
    (Way::Missed, 3),
    (Way::Abandoned, 6),
    (Way::Voicemail, 4),
    (Way::Outbound, 9),
    (Way::InVain, 4),
    (Way::Internal, 2),
];

impl Way {
    /// A way that can be gone with this many people free.
    pub fn drawn(free: usize, luck: &mut StdRng) -> Way {
        let mut lot = luck.random_range(0..100);
        let drawn = SHARES.iter().find(|(_, share)| match lot < *share {
            true => true,
            false => {
                lot -= share;
                false
            }
        });
        match drawn.map_or(Way::Queue, |(way, _)| *way) {
            Way::Abandoned => Way::Abandoned,
            Way::Voicemail => Way::Voicemail,
            _ if free == 0 && lot % 2 == 0 => Way::Voicemail,
            _ if free == 0 => Way::Abandoned,
            Way::Polled | Way::Transferred | Way::Internal if free < 2 => Way::Queue,
            way => way,
        }
    }

    /// Somebody spoke with somebody from outside.
    pub fn spoken(self) -> bool {
        matches!(self, Way::Queue | Way::Polled | Way::Transferred | Way::Menu | Way::Direct | Way::Outbound)
    }

    pub fn outbound(self) -> bool {
        matches!(self, Way::Outbound | Way::InVain)
    }

    /// The legs of a call that waits so long and is spoken so long, in seconds. `has` is whose it will be, `other` a colleague.
    pub fn legs(self, caller: End, queue: usize, has: usize, other: usize, wait: i64, talk: i64) -> Vec<Leg> {
        let (whose, queue, end) = (End::Agent(has), End::Queue(queue), wait + talk);
        let to_queue = |from: i64| Leg::of(caller.clone(), queue.clone(), whose.clone(), from, Some(from + wait), from + end);
        let gave_up = |leg: Leg| Leg { terminated: "TerminatedBySrc", ..leg };
        match self {
            Way::Queue => vec![to_queue(0)],
            Way::Polled => vec![Leg { polled: vec![other], ..to_queue(0) }],
            Way::Menu => vec![Leg::of(caller.clone(), End::Menu, End::Nobody, 0, Some(1), 14), to_queue(14)],
            Way::Transferred => {
                let handed = wait + talk / 3;
                let first = Leg::of(caller.clone(), queue, End::Agent(other), 0, Some(wait), handed);
                let on = Leg::of(caller, End::Agent(other), whose, wait, Some(handed), end);
                vec![first, Leg { changed: "ReplacedDst", ..on }]
            }
            Way::Direct => vec![Leg::of(caller, whose, End::Nobody, 0, Some(wait), end)],
            Way::Missed => vec![gave_up(Leg::of(caller, whose, End::Nobody, 0, None, wait + 25))],
            Way::Abandoned => vec![gave_up(Leg::of(caller, queue, End::Nobody, 0, None, wait + 40))],
            Way::Voicemail => vec![
                Leg::of(caller.clone(), queue, End::Nobody, 0, None, 45),
                gave_up(Leg::of(caller, End::Voicemail, End::Nobody, 45, Some(46), 46 + wait)),
            ],
            Way::Outbound => vec![Leg::of(whose, caller, End::Nobody, 0, Some(wait), end)],
            Way::InVain => vec![gave_up(Leg::of(whose, caller, End::Nobody, 0, None, wait + 20))],
            Way::Internal => vec![Leg::of(End::Agent(other), whose, End::Nobody, 0, Some(wait), wait + talk / 4)],
        }
    }
}
