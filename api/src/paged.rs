//! A long list, a page at a time: which part of it is asked for, and how that part is shown (K7).

use crate::error::Error;
use projections::{Listing, Page};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// A whole number within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct Whole<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Whole<MIN, MAX> {
    /// The smallest of them.
    pub const LEAST: Self = Self(MIN);

    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<u32> for Whole<MIN, MAX> {
    type Error = String;
    fn try_from(number: u32) -> Result<Self, String> {
        match (MIN..=MAX).contains(&number) {
            true => Ok(Self(number)),
            false => Err(format!("must be from {MIN} to {MAX}, is {number}")),
        }
    }
}

/// The number of a page.
pub type PageNumber = Whole<1, 1_000_000>;
/// How many items a page has.
pub type Limit = Whole<1, 100>;
/// How many items to leave out.
pub type Skip = Whole<0, 100_000_000>;

/// How many items a page has if nobody says.
const USUAL: u32 = 20;

/// Which part of a list is asked for: by cursor, by items to skip, or by the page's number, in this order of precedence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part<C> {
    page: Option<u32>,
    skip: Option<u32>,
    limit: u32,
    pub cursor: Option<C>,
}

impl<C: FromStr> Part<C> {
    /// Reads it from what a query string says.
    pub fn read(
        page: Option<PageNumber>,
        skip: Option<Skip>,
        limit: Option<Limit>,
        cursor: Option<&str>,
    ) -> Result<Self, Error> {
        let cursor = cursor.map(|text| text.trim().parse().map_err(|_| Error::invalid("cursor", "must be the `next` of an earlier page")));
        let (page, skip) = (page.map(Whole::get), skip.map(Whole::get));
        Ok(Self { page, skip, limit: limit.map_or(USUAL, Whole::get), cursor: cursor.transpose()? })
    }

    /// The same for the read models.
    pub fn page(&self) -> Page {
        match (&self.cursor, self.skip) {
            (Some(_), _) => Page::first(self.limit),
            (None, Some(skip)) => Page::skipping(skip, self.limit),
            (None, None) => Page::number(self.page.unwrap_or(1), self.limit),
        }
    }

    /// The number of the page, where it has one.
    fn number(&self) -> Option<u32> {
        match (&self.cursor, self.skip) {
            (Some(_), _) => None,
            (None, Some(skip)) => Some(skip / self.limit + 1),
            (None, None) => Some(self.page.unwrap_or(1)),
        }
    }

    /// What was found, dressed by `show`.
    pub fn shown<R, T>(&self, found: Listing<R>, show: impl FnMut(R) -> T) -> Paged<T> {
        let Listing { rows, total, next } = found;
        Paged { items: rows.into_iter().map(show).collect(), total, page: self.number(), limit: self.limit, next }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paged<T> {
    pub items: Vec<T>,
    /// How many items there are on all pages.
    #[schema(example = 42)]
    pub total: i64,
    /// The number of this page; `null` for a page that a cursor led to.
    #[schema(example = 1)]
    pub page: Option<u32>,
    #[schema(example = 20)]
    pub limit: u32,
    /// The cursor of the next page; `null` on the last one.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cursor_goes_before_a_skip_and_a_skip_before_a_page() {
        let whole = |n| Some(PageNumber::try_from(n).unwrap());
        let skip = Some(Skip::try_from(40).unwrap());
        let part = Part::<i64>::read(whole(3), None, None, None).unwrap();
        assert_eq!((part.page(), part.number()), (Page::number(3, 20), Some(3)));
        let part = Part::<i64>::read(whole(7), skip, None, None).unwrap();
        assert_eq!((part.page(), part.number()), (Page::skipping(40, 20), Some(3)));
        let part = Part::<i64>::read(whole(7), skip, None, Some("5")).unwrap();
        assert_eq!((part.page(), part.number(), part.cursor), (Page::first(20), None, Some(5)));
        assert!(Part::<i64>::read(None, None, None, Some("x")).is_err());
        assert!(Limit::try_from(101).unwrap_err().contains("from 1 to 100"));
    }
}
