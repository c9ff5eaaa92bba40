//! What many questions are asked with: which page of a list, and as of when.

use domain::Instant;
use projections::Page;
use serde::{Deserialize, Deserializer, de::Error as _};

/// A whole number of a query string, from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<const MIN: u32, const MAX: u32>(pub u32);

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse() {
            Ok(number) if (MIN..=MAX).contains(&number) => Ok(Self(number)),
            _ => Err(D::Error::custom(format!("must be a whole number from {MIN} to {MAX}"))),
        }
    }
}

/// The number of a page.
pub type PageNumber = Whole<1, 1_000_000>;
/// How many rows a page has.
pub type PageLimit = Whole<1, 100>;
/// How many rows come before the page.
pub type Skip = Whole<0, 100_000_000>;

/// How many rows a page has if nobody says.
pub const USUAL_LIMIT: u32 = 20;

/// The page that is asked for by its number or by how many rows to skip (which goes first), its number, and its limit.
pub fn page(number: Option<PageNumber>, skip: Option<Skip>, limit: Option<PageLimit>) -> (Page, u32, u32) {
    let limit = limit.map_or(USUAL_LIMIT, |limit| limit.0);
    match skip {
        Some(skip) => (Page::skipping(skip.0, limit), skip.0 / limit + 1, limit),
        None => {
            let number = number.map_or(1, |number| number.0);
            (Page::number(number, limit), number, limit)
        }
    }
}

/// The instant as of which something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf(pub Instant);

impl AsOf {
    /// The instant to reckon with: before 1970 nothing is on record, and PostgreSQL's calendar ends where ours goes on.
    pub fn reckoned(self) -> Instant {
        const LAST: i64 = 253_402_300_799;
        self.0.clamp(Instant::UNIX_EPOCH, Instant::from_timestamp(LAST, 0).unwrap_or(Instant::MAX_UTC))
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let rule = || D::Error::custom("must be an instant such as 2013-06-30T00:00:00Z");
        chrono::DateTime::parse_from_rfc3339(&text).map(|at| Self(at.to_utc())).map_err(|_| rule())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::extract::params;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Question {
        page: Option<PageNumber>,
        skip: Option<Skip>,
        limit: Option<PageLimit>,
        at: Option<AsOf>,
    }

    #[test]
    fn pages_are_numbered_or_skipped_to() {
        let asked = |text: &str| {
            let Question { page: number, skip, limit, .. } = params(text).unwrap();
            page(number, skip, limit)
        };
        assert_eq!(asked(""), (Page::number(1, 20), 1, 20));
        assert_eq!(asked("page=3&limit=50"), (Page::number(3, 50), 3, 50));
        assert_eq!(asked("skip=40&page=9"), (Page::skipping(40, 20), 3, 20));
        for bad in ["page=0", "limit=101", "limit=1.5", "skip=-1", "page="] {
            let error = params::<Question>(bad).unwrap_err();
            assert!(error.message.contains("must be a whole number"), "{bad}: {error}");
        }
    }

    #[test]
    fn an_instant_is_any_that_can_be_written() {
        let asked = |text: &str| params::<Question>(text).map(|question| question.at.unwrap());
        let at = asked("at=2013-06-30T02:00:00%2B02:00").unwrap();
        assert_eq!(at.reckoned().to_rfc3339(), "2013-06-30T00:00:00+00:00");
        assert_eq!(asked("at=0001-01-01T00:00:00Z").unwrap().reckoned(), Instant::UNIX_EPOCH);
        assert!(asked("at=yesterday").is_err());
    }
}
