//! What no log takes, so that one malformed entry never spoils the batch in which it would have travelled.

use crate::{Append, AppendError};
use chrono::{Datelike, SubsecRound};
use std::collections::HashSet;

/// PostgreSQL's index rows end at 2,704 bytes; far below that, a key is still readable.
const LONGEST_KEY: usize = 1_000;
/// Bodies of one append, in bytes; PostgreSQL takes no message over 1 GB.
const HEAVIEST: usize = 64 << 20;

/// Refuses a malformed append, and cuts business times to the microseconds that every log keeps.
pub(crate) fn admit(append: &mut Append) -> Result<(), AppendError> {
    if let Some(fault) = fault(append) {
        return Err(AppendError::Unavailable(format!("an append {fault} is never recorded")));
    }
    for event in append.streams.iter_mut().flat_map(|stream| &mut stream.events) {
        event.occurred_at = event.occurred_at.trunc_subsecs(6);
    }
    Ok(())
}

/// The number of bytes of the bodies, which is what makes an append heavy.
pub(crate) fn weight(append: &Append) -> usize {
    append.streams.iter().flat_map(|stream| &stream.events).map(|event| event.body.len()).sum()
}

fn fault(append: &Append) -> Option<&'static str> {
    let events = || append.streams.iter().flat_map(|stream| &stream.events);
    let mut seen = HashSet::new();
    match () {
        _ if append.key.is_empty() || append.key.len() > LONGEST_KEY => Some("whose key is empty or over 1,000 bytes"),
        _ if events().next().is_none() => Some("without events"),
        // The key is unique among the keys of its tenant because the first event, which bears it, is that tenant's.
        _ if append.streams.iter().find(|s| !s.events.is_empty()).is_some_and(|s| s.stream.tenant != append.tenant) => {
            Some("whose first event belongs to another tenant than its key")
        }
        _ if !append.streams.iter().all(|s| seen.insert(&s.stream)) => Some("that names a stream twice"),
        _ if append.streams.iter().any(|s| s.expected < 0) => Some("at a version below 0"),
        _ if append.streams.iter().any(|s| s.stream.category.is_empty() || s.stream.category.len() > LONGEST_KEY) => {
            Some("to a stream without a sensible category")
        }
        _ if events().any(|event| !(0..=9999).contains(&event.occurred_at.year())) => Some("outside the years 0 to 9999"),
        _ if weight(append) > HEAVIEST => Some("of more than 64 MiB"),
        _ if append.key.contains('\0')
            || append.actor.to_string().contains('\0')
            || append.streams.iter().any(|s| s.stream.category.contains('\0'))
            || events().any(|event| event.name.contains('\0')) =>
        {
            Some("with a NUL character in its texts")
        }
        _ => None,
    }
}
