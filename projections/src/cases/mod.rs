//! What people look at about cases and agencies.

pub mod agency_directory;
pub mod agency_explained;
pub mod agency_score;
pub mod agency_scores;
pub mod allocation_queue;
pub mod case_counts;
mod case_row;
pub mod dashboard;
pub mod dashboard_stats;
pub mod restatement;
pub mod settings;
pub mod sla_board;
pub mod worklist;
pub mod worklist_page;

#[cfg(test)]
pub(crate) mod story;

use rust_decimal::Decimal;

/// A number with exactly so many decimals, as a column of that scale gives it back.
pub(crate) fn scaled(value: Decimal, scale: u32) -> Decimal {
    domain::explain::rounded(value.normalize(), scale)
}
