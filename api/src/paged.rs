//! A long list, a page at a time: which part of it is asked for, and how that part is shown (K7).

use crate::error::Error;
use crate::params::{PageLimit, PageNumber, Skip, page};
use projections::{Listing, Page};
use serde::Serialize;
use std::str::FromStr;
use utoipa::ToSchema;

/// Which part of a list is asked for: by cursor, by items to skip, or by the page's number, in this order of precedence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part<C> {
    page: Page,
    number: Option<u32>,
    limit: u32,
    /// Where an earlier page ended.
    pub cursor: Option<C>,
}

impl<T> Paged<T> {
    /// The same, counted to an end or not.
    pub fn and_more(self, more: bool) -> Self {
        Self { more, ..self }
    }
}

impl<C: FromStr> Part<C> {
    /// Reads it from what a query string says.
    pub fn read(
        number: Option<PageNumber>,
        skip: Option<Skip>,
        limit: Option<PageLimit>,
        cursor: Option<&str>,
    ) -> Result<Self, Error> {
        let read =
            |text: &str| text.trim().parse().map_err(|_| Error::invalid("cursor", "must be the `next` of an earlier page"));
        let cursor = cursor.map(read).transpose()?;
        let (page, number, limit) = page(number, skip, limit);
        match cursor {
            Some(_) => Ok(Self { page: Page::first(limit), number: None, limit, cursor }),
            None => Ok(Self { page, number: Some(number), limit, cursor }),
        }
    }

    /// The same for the read models.
    pub fn page(&self) -> Page {
        self.page
    }

    /// What was found, dressed by `show`.
    pub fn shown<R, T>(&self, found: Listing<R>, show: impl FnMut(R) -> T) -> Paged<T> {
        let Listing { rows, total, next } = found;
        Paged { items: rows.into_iter().map(show).collect(), total, more: false, page: self.number, limit: self.limit, next }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paged<T> {
    pub items: Vec<T>,
    /// How many items there are on all pages.
    #[schema(example = 42)]
    pub total: i64,
    /// There are more than `total`: counting ended there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub more: bool,
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
    use crate::params::Whole;

    #[test]
    fn a_cursor_goes_before_a_page() {
        let part = Part::<i64>::read(Some(Whole(3)), None, None, None).unwrap();
        assert_eq!((part.page(), part.number, part.cursor), (Page::number(3, 20), Some(3), None));
        let part = Part::<i64>::read(Some(Whole(7)), None, Some(Whole(5)), Some("5")).unwrap();
        assert_eq!((part.page(), part.number, part.cursor), (Page::first(5), None, Some(5)));
        assert!(Part::<i64>::read(None, None, None, Some("x")).is_err());
    }
}
