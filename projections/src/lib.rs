//! What people look at: read models folded from the log, kept in PostgreSQL, and always recomputable.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod calls;
pub mod cases;
pub mod engine;
pub mod model;
pub mod notices;
pub mod organization;
pub mod page;
pub mod reader;
pub mod table;
pub mod viewer;
pub mod wall;

pub use engine::{Difference, Engine, Model, ModelStatus, Progress, rebuild, set_up, verify, verify_company};
pub use model::{Keys, ReadModel, Row, Rows, Unappliable};
pub use page::{Listing, Page};
pub use reader::Reader;
pub use table::{Table, table};
pub use viewer::Viewer;

/// Every read model there is.
pub fn all() -> Vec<Model> {
    use engine::model;
    vec![
        model::<cases::worklist::Worklist>(),
        model::<cases::sla_board::SlaBoard>(),
        model::<cases::agency_scores::AgencyScores>(),
        model::<cases::agency_directory::AgencyDirectory>(),
        model::<cases::dashboard::Dashboard>(),
        model::<cases::settings::Settings>(),
        model::<cases::allocation_queue::AllocationQueue>(),
        model::<organization::audit_trail::AuditTrail>(),
        model::<organization::companies::Companies>(),
        model::<organization::people::People>(),
        model::<organization::locations::Locations>(),
        model::<notices::endpoints::Endpoints>(),
        model::<calls::agents::Agents>(),
        model::<calls::call_records::CallRecords>(),
        model::<calls::journals::Journals>(),
        model::<calls::presences::Presences>(),
        model::<calls::shifts::Shifts>(),
        model::<calls::goals::Goals>(),
        model::<calls::reviews::Reviews>(),
        model::<calls::sources::Sources>(),
        model::<calls::held_records::HeldRecords>(),
        model::<calls::attributions::Attributions>(),
        model::<calls::campaigns::Campaigns>(),
        model::<calls::scheduled_reports::ScheduledReports>(),
        model::<calls::accesses::Accesses>(),
        model::<calls::disposals::Disposals>(),
        model::<calls::source_activity::SourceActivity>(),
    ]
}
