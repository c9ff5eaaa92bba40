//! Reports on paper: figures that somebody else has gathered become pages of PDF, by templates of our own.
//!
//! What people wrote comes in as values and never as markup, so nothing in it can steer the typesetter.

pub mod agency;
mod binding;
pub mod case;
pub mod figures;
pub mod head;
mod press;
mod words;
pub mod worklist;

pub use agency::AgencyReport;
pub use case::CaseReport;
pub use head::Head;
pub use worklist::WorklistReport;

use press::{Run, Template, layout};
use std::str::FromStr;
use typst::foundations::Value;

/// What can be typeset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Case,
    Worklist,
    Agency,
}

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
pub enum NotTypeset {
    #[error("the report cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the report cannot be typeset: {0}")]
    Template(String),
    #[error("the report cannot be bound: {0}")]
    Binding(#[from] lopdf::Error),
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Case, Kind::Worklist, Kind::Agency];

    pub fn word(self) -> &'static str {
        match self {
            Kind::Case => "case",
            Kind::Worklist => "worklist",
            Kind::Agency => "agency",
        }
    }

    /// The list of a report that may be long, and how many of its lines are laid out at a time.
    fn long_list(self) -> (&'static str, usize) {
        match self {
            Kind::Case => ("history", 500),
            Kind::Worklist => ("cases", 13 * 36),
            Kind::Agency => ("cases", 8 * 56),
        }
    }

    /// How many lines fill a page, where every line is as high as the next (`cases` in templates/frame.typ).
    fn lines_a_page(self) -> Option<usize> {
        match self {
            Kind::Case => None,
            Kind::Worklist => Some(36),
            Kind::Agency => Some(56),
        }
    }

    fn template(self) -> Template {
        match self {
            Kind::Case => ("case.typ", include_str!("../templates/case.typ")),
            Kind::Worklist => ("worklist.typ", include_str!("../templates/worklist.typ")),
            Kind::Agency => ("agency.typ", include_str!("../templates/agency.typ")),
        }
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        let known = || Kind::ALL.map(Kind::word).join(", ");
        Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| format!("must be one of {}", known()))
    }
}

/// The pages of a report, from its JSON.
///
/// A long list is laid out some hundred lines at a time, so that the typesetter's memory stays small.
pub fn typeset(kind: Kind, report: &[u8]) -> Result<Vec<u8>, NotTypeset> {
    let Value::Dict(mut report) = words::values(serde_json::from_slice(report)?) else {
        return Err(NotTypeset::Template("a report is an object".into()));
    };
    let head = report.get("head").cloned().unwrap_or_default();
    let (name, most) = kind.long_list();
    let mut rest = Vec::new();
    if let Ok(Value::Array(lines)) = report.at_mut(name)
        && lines.len() > most
    {
        rest = std::mem::take(lines).into_iter().collect();
    }
    let first = layout(kind.template(), report)?;
    let more = |lines: &[Value]| {
        let values = [("head".into(), head.clone()), ("more".into(), Value::Array(lines.iter().cloned().collect()))];
        layout(kind.template(), values.into_iter().collect())
    };
    // A page says how many there are, so they are counted before the first is printed.
    let mut pages = first.pages().len();
    for lines in rest.chunks(most) {
        pages += match kind.lines_a_page() {
            Some(fill) => lines.len().div_ceil(fill),
            None => more(lines)?.pages().len(),
        };
    }
    let mut run = Run::of(head.clone(), pages, rest.is_empty());
    run.print(first)?;
    for lines in rest.chunks(most) {
        run.print(more(lines)?)?;
    }
    run.bind()
}
