//! What people look at in a call centre.

pub mod accesses;
pub mod agents;
pub mod attributions;
pub mod board;
pub mod call_page;
pub mod call_records;
pub mod call_row;
pub mod call_sums;
pub mod call_totals;
pub mod campaign_queries;
pub mod campaigns;
pub mod coaching;
pub mod disposals;
pub mod due;
pub mod figures;
pub mod goal_queries;
pub mod goal_terms;
pub mod goals;
pub mod held_records;
pub mod journal_page;
pub mod journals;
pub mod presences;
pub mod review_queries;
pub mod reviews;
pub mod scheduled_reports;
pub mod shift_measures;
pub mod shift_queries;
pub mod shifts;
pub mod source_activity;
pub mod sources;

use crate::organization::audit_trail::AuditTrail;
use crate::{Model, ReadModel};

/// The read models of the call centre: those of which not everybody in the company sees every row, but for the audit trail, which is
/// about everything.
pub fn models() -> Vec<Model> {
    let ours = |model: &Model| !model.walls.is_empty() && model.name != AuditTrail::NAME;
    crate::all().into_iter().filter(ours).collect()
}
