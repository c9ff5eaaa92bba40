//! How a long list is shown: a page of it, how many there are in all, and where it goes on.

/// The most rows a page may have.
pub const MOST: i64 = 100;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

impl Page {
    /// The page of this number, from 1, with so many rows on each, at most [`MOST`].
    pub fn number(page: u32, limit: u32) -> Self {
        let limit = i64::from(limit).clamp(1, MOST);
        Self { offset: i64::from(page.max(1) - 1) * limit, limit }
    }

    /// So many rows, at most [`MOST`], after skipping some.
    pub fn skipping(skip: u32, limit: u32) -> Self {
        Self { offset: i64::from(skip), limit: i64::from(limit).clamp(1, MOST) }
    }

    /// How many rows come before it, and how many it has.
    pub fn bounds(self) -> (i64, i64) {
        (self.offset, self.limit)
    }

    /// The first rows, at most [`MOST`].
    pub fn first(limit: u32) -> Self {
        Self::skipping(0, limit)
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing<T> {
    pub rows: Vec<T>,
    /// How many rows there are in all.
    pub total: i64,
    /// Where the list goes on; `None` at its end.
    pub next: Option<String>,
}

/// The pattern for `ilike` that finds this text anywhere, its `%` and `_` taken as they are.
pub(crate) fn containing(text: &str) -> String {
    let text: String = text.trim().chars().filter(|c| *c != '\0').collect();
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_begin_at_one_and_have_at_most_a_hundred_rows() {
        assert_eq!(Page::number(3, 20), Page { offset: 40, limit: 20 });
        assert_eq!(Page::number(0, 0), Page { offset: 0, limit: 1 });
        assert_eq!(Page::skipping(7, 5000), Page { offset: 7, limit: 100 });
        assert_eq!(containing(" 50%_\\ "), "%50\\%\\_\\\\%");
    }
}
