//! Reports on paper: figures that somebody else has gathered become pages of PDF, by templates of our own.
//!
//! What people wrote comes in as values and never as markup, so nothing in it can steer the typesetter.

pub mod agency;
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

use std::str::FromStr;

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

    fn template(self) -> &'static str {
        match self {
            Kind::Case => include_str!("../templates/case.typ"),
            Kind::Worklist => include_str!("../templates/worklist.typ"),
            Kind::Agency => include_str!("../templates/agency.typ"),
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
pub fn typeset(kind: Kind, report: &[u8]) -> Result<Vec<u8>, NotTypeset> {
    press::print(kind.template(), words::values(serde_json::from_slice(report)?))
}
