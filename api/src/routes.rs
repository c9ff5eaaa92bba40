//! The table of contents: every path that Docket answers, who may come in, and which face it shows.
//!
//! actix's routes, the OpenAPI document and the permission tests are all made from this one list. Path and method stand with
//! the handler, in its `#[utoipa::path(…)]`.

use crate::calls::accesses;
use crate::calls::agents;
use crate::calls::analysis;
use crate::calls::board;
use crate::calls::campaigns;
use crate::calls::centre;
use crate::calls::formulas;
use crate::calls::goals;
use crate::calls::health;
use crate::calls::journals;
use crate::calls::performance;
use crate::calls::presence;
use crate::calls::processing;
use crate::calls::qa;
use crate::calls::quarantine;
use crate::calls::records;
use crate::calls::records::actions as on_calls;
use crate::calls::reports as call_reports;
use crate::calls::retention;
use crate::calls::scheduled_reports;
use crate::calls::sources;
use crate::calls::sync;
use crate::calls::team_metrics;
use crate::calls::webhook;
use crate::calls::workforce;
use crate::cases::actions;
use crate::face::Face::*;
use crate::notices::endpoints;
use crate::route;
use crate::route::{Access::*, Route};
use crate::settings::restatements;
use crate::{agencies, dashboard, notices, settings};
use crate::{audit, cases, exports, live, reports};
use crate::{commands, companies, locations, signing_in, users};
use crate::{portal, status, testing};
use domain::organization::role::Permission::*;
use std::sync::LazyLock;

/// Every route.
pub fn routes() -> &'static [Route] {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(table);
    &ROUTES
}

fn table() -> Vec<Route> {
    vec![
        // How Docket itself is doing.
        route!(status::health, Envelope, Public),
        route!(status::ready, Envelope, Public),
        route!(status::metrics, Envelope, Public),
        route!(status::openapi, Envelope, Public),
        route!(status::docs, Envelope, Public),
        route!(status::docs_file, Envelope, Public),
        route!(status::redoc, Envelope, Public),
        // Coming and going.
        route!(signing_in::login, Envelope, Public),
        route!(signing_in::refresh, Envelope, Public),
        route!(signing_in::logout, Envelope, Public),
        route!(signing_in::password, Envelope, SignedIn),
        route!(signing_in::token, Bare, Public),
        route!(signing_in::refresh_bare, Bare, Public),
        route!(signing_in::logout_bare, Bare, Public),
        route!(signing_in::me, Bare, SignedIn),
        route!(users::current, Hub, SignedIn),
        // Companies, their people and their sites.
        route!(users::list, Hub, May(ManageCompanies)),
        route!(users::create, Hub, May(ManageUsers)),
        route!(users::change, Hub, May(ManageUsers)),
        route!(users::close, Hub, May(ManageUsers)),
        route!(users::of_company, Hub, May(ReadUsers)),
        route!(companies::list, Hub, May(ManageCompanies)),
        route!(companies::register, Hub, May(ManageCompanies)),
        route!(companies::change, Hub, May(ManageCompanies)),
        route!(locations::list, Envelope, May(ReadLocations)),
        route!(locations::add, Envelope, May(ManageLocations)),
        route!(locations::change, Envelope, May(ManageLocations)),
        route!(locations::remove, Envelope, May(ManageLocations)),
        route!(locations::staff, Envelope, May(ReadUsers)),
        route!(locations::join, Envelope, May(ManageUsers)),
        route!(locations::leave, Envelope, May(ManageUsers)),
        route!(locations::roles, Envelope, SignedIn),
        // By what the call centre is measured, and when its people work.
        route!(formulas::list, Envelope, SignedIn),
        route!(workforce::list, Envelope, May(ViewOwnPerformance)),
        route!(workforce::show, Envelope, May(ViewOwnPerformance)),
        route!(workforce::explain_shift, Envelope, May(ViewOwnPerformance)),
        route!(workforce::schedule, Envelope, May(ManageWorkforce)),
        route!(workforce::change, Envelope, May(ManageWorkforce)),
        route!(workforce::withdraw, Envelope, May(ManageWorkforce)),
        route!(workforce::absent, Envelope, May(ManageWorkforce)),
        route!(workforce::correct, Envelope, May(ManageWorkforce)),
        route!(workforce::break_start, Envelope, May(WorkCalls)),
        route!(workforce::break_end, Envelope, May(WorkCalls)),
        route!(workforce::start, Envelope, May(WorkCalls)),
        route!(workforce::end, Envelope, May(WorkCalls)),
        route!(workforce::scheduling, Envelope, May(ViewTeamPerformance)),
        route!(workforce::utilization, Envelope, May(ViewOwnPerformance)),
        // What they shall reach, and how well they do.
        route!(goals::list, Envelope, May(ViewOwnPerformance)),
        route!(goals::show, Envelope, May(ViewOwnPerformance)),
        route!(goals::achievement, Envelope, May(ViewOwnPerformance)),
        route!(goals::explain, Envelope, May(ViewOwnPerformance)),
        route!(goals::set, Envelope, May(ManageGoals)),
        route!(goals::set_team, Envelope, May(ManageGoals)),
        route!(goals::update, Envelope, May(ManageGoals)),
        route!(qa::list, Envelope, May(ViewOwnPerformance)),
        route!(qa::of_agent, Envelope, May(ViewOwnPerformance)),
        route!(qa::show, Envelope, May(ViewOwnPerformance)),
        route!(qa::explain, Envelope, May(ViewOwnPerformance)),
        route!(qa::draft, Envelope, May(ConductQaReviews)),
        route!(qa::change, Envelope, May(ConductQaReviews)),
        route!(qa::complete, Envelope, May(ConductQaReviews)),
        route!(qa::discuss, Envelope, May(ConductQaReviews)),
        route!(qa::acknowledge, Envelope, May(ViewOwnPerformance)),
        route!(qa::dispute, Envelope, May(ViewOwnPerformance)),
        route!(qa::resolve, Envelope, May(ConductQaReviews)),
        route!(qa::quota, Envelope, May(ViewTeamPerformance)),
        route!(qa::coaching, Envelope, May(ViewTeamPerformance)),
        // Anything that may be asked.
        route!(commands::menu, Envelope, SignedIn),
        route!(commands::ask, Envelope, SignedIn),
        // The call centre: how it reckons, and who takes its calls.
        route!(centre::show, Envelope, May(ReadCalls)),
        route!(centre::change, Envelope, May(ConfigureMetrics)),
        route!(agents::list, Envelope, May(ReadCalls)),
        route!(agents::enrol, Envelope, May(ManageWorkforce)),
        route!(agents::show, Envelope, May(ReadCalls)),
        route!(agents::change, Envelope, May(ManageWorkforce)),
        route!(agents::remove, Envelope, May(ManageWorkforce)),
        route!(agents::certify, Envelope, May(ManageWorkforce)),
        // Where calls come from: telephone systems, what they tell, and what could not be understood.
        route!(webhook::cdr_webhook, Envelope, Public),
        route!(sources::list, Envelope, May(IngestCalls)),
        route!(sources::add, Envelope, May(IngestCalls)),
        route!(sources::change, Envelope, May(IngestCalls)),
        route!(sources::remove, Envelope, May(IngestCalls)),
        route!(sources::rotate_secret, Envelope, May(IngestCalls)),
        route!(quarantine::list, Envelope, May(IngestCalls)),
        route!(quarantine::replay, Envelope, May(IngestCalls)),
        route!(quarantine::dismiss, Envelope, May(IngestCalls)),
        // What the telephones are doing.
        route!(presence::list, Envelope, May(ViewTeamPerformance)),
        route!(presence::tell, Envelope, Public),
        route!(sync::run, Envelope, May(IngestCalls)).within(sync::LONGEST),
        // Campaigns, for those who manage them and for those who call.
        route!(campaigns::list, Envelope, May(ReadCalls)),
        route!(campaigns::create, Envelope, May(ManageCampaigns)),
        route!(campaigns::performance, Envelope, May(ViewOwnPerformance)),
        route!(campaigns::show, Envelope, May(ReadCalls)),
        route!(campaigns::change, Envelope, May(ManageCampaigns)),
        route!(campaigns::assign, Envelope, May(ManageCampaigns)),
        route!(campaigns::start, Envelope, May(ManageCampaigns)),
        route!(campaigns::pause, Envelope, May(ManageCampaigns)),
        route!(campaigns::resume, Envelope, May(ManageCampaigns)),
        route!(campaigns::complete, Envelope, May(ManageCampaigns)),
        route!(campaigns::cancel, Envelope, May(ManageCampaigns)),
        route!(campaigns::log_call, Envelope, May(WorkCalls)),
        route!(campaigns::calls, Envelope, May(ReadCalls)),
        route!(campaigns::explain, Envelope, May(ViewOwnPerformance)),
        route!(accesses::list, Envelope, May(ReadAudit)),
        route!(retention::list, Envelope, May(ManageRetention)),
        route!(retention::show, Envelope, May(ManageRetention)),
        route!(retention::approve, Envelope, May(ManageRetention)),
        route!(retention::refuse, Envelope, May(ManageRetention)),
        route!(board::show, Envelope, May(ViewOwnPerformance)),
        route!(live::board, Envelope, May(ViewOwnPerformance)),
        route!(processing::calculate, Envelope, May(ConfigureMetrics)),
        route!(processing::calculation, Envelope, May(ConfigureMetrics)),
        route!(health::check, Envelope, May(ViewTeamPerformance)),
        // The records of calls, what is done about them, and what they were about.
        route!(records::list, Envelope, May(ReadCalls)),
        route!(records::show, Envelope, May(ReadCalls)),
        route!(records::history, Envelope, May(ReadCalls)),
        route!(on_calls::amend, Envelope, May(AmendCalls)),
        route!(on_calls::complete, Envelope, May(WorkCalls)),
        route!(on_calls::escalate, Envelope, May(WorkCalls)),
        route!(on_calls::follow_up, Envelope, May(WorkCalls)),
        route!(on_calls::follow_up_done, Envelope, May(WorkCalls)),
        route!(on_calls::hold, Envelope, May(ManageRetention)),
        route!(on_calls::release, Envelope, May(ManageRetention)),
        route!(on_calls::recording, Envelope, May(AccessRecordings)),
        route!(on_calls::attach_recording, Envelope, May(AccessRecordings)),
        route!(on_calls::review_recording, Envelope, May(AccessRecordings)),
        route!(on_calls::remove_recording, Envelope, May(ManageRetention)),
        route!(analysis::analyze, Envelope, May(WorkCalls)),
        // What agents write down about calls.
        route!(journals::list, Envelope, May(ReadCalls)),
        route!(journals::write, Envelope, May(EditCallJournals)),
        route!(journals::show, Envelope, May(ReadCalls)),
        route!(journals::change, Envelope, May(EditCallJournals)),
        route!(journals::submit, Envelope, May(EditCallJournals)),
        route!(journals::bulk_create, Envelope, May(EditCallJournals)),
        route!(journals::pending_review, Envelope, May(ReviewJournals)),
        route!(journals::review, Envelope, May(ReviewJournals)),
        route!(journals::approve, Envelope, May(ReviewJournals)),
        route!(journals::give_back, Envelope, May(ReviewJournals)),
        route!(journals::search, Envelope, May(ReadCalls)),
        // What agents, teams and calls come to.
        route!(performance::show, Envelope, May(ViewOwnPerformance)),
        route!(performance::explain, Envelope, May(ViewOwnPerformance)),
        route!(team_metrics::list, Envelope, May(ViewTeamPerformance)),
        route!(team_metrics::explain, Envelope, May(ViewTeamPerformance)),
        route!(call_reports::agent_performance, Envelope, May(GenerateReports)),
        route!(call_reports::team_performance, Envelope, May(GenerateReports)),
        route!(call_reports::call_analytics, Envelope, May(GenerateReports)),
        route!(call_reports::productivity, Envelope, May(GenerateReports)),
        route!(call_reports::custom, Envelope, May(GenerateReports)),
        route!(call_reports::explain, Envelope, May(GenerateReports)),
        route!(scheduled_reports::list, Envelope, May(GenerateReports)),
        route!(scheduled_reports::show, Envelope, May(GenerateReports)),
        route!(scheduled_reports::make, Envelope, May(ViewAllPerformance)),
        // The agencies that collect debts.
        route!(agencies::list, Bare, May(ReadAgencies)),
        route!(agencies::register, Bare, May(ManageAgencies)),
        route!(agencies::show, Bare, May(ReadAgencies)),
        route!(agencies::update, Bare, May(ManageAgencies)),
        route!(agencies::toggle, Bare, May(ManageAgencies)),
        route!(agencies::score, Bare, May(ReadAgencies)),
        route!(agencies::explain, Bare, May(ReadAgencies)),
        // What people look at first in the morning.
        route!(dashboard::stats, Bare, May(ReadDashboard)),
        route!(dashboard::recent_cases, Bare, May(ReadDashboard)),
        route!(dashboard::sla_board, Bare, May(ReadDashboard)),
        // By what all of it is judged.
        route!(settings::show, Bare, May(ReadSettings)),
        route!(settings::change, Bare, May(ManageSettings)),
        route!(settings::reset, Bare, May(ManageSettings)),
        route!(settings::versions, Bare, May(ReadSettings)),
        route!(settings::withdraw, Bare, May(ManageSettings)),
        route!(restatements::list, Bare, May(ReadSettings)),
        route!(restatements::restate, Bare, May(ManageSettings)),
        route!(restatements::show, Bare, May(ReadSettings)),
        route!(restatements::explain, Bare, May(ReadSettings)),
        route!(restatements::undo, Bare, May(ManageSettings)),
        // Who outside is told of what, and whether it arrived.
        route!(endpoints::list, Bare, May(ManageSettings)),
        route!(endpoints::add, Bare, May(ManageSettings)),
        route!(endpoints::show, Bare, May(ManageSettings)),
        route!(endpoints::change, Bare, May(ManageSettings)),
        route!(endpoints::remove, Bare, May(ManageSettings)),
        route!(endpoints::rotate_secret, Bare, May(ManageSettings)),
        route!(endpoints::test, Bare, May(ManageSettings)),
        route!(notices::list, Bare, May(ManageSettings)),
        route!(notices::redeliver, Bare, May(ManageSettings)),
        // Debt cases, and everything that happened.
        route!(cases::list, Bare, May(ReadCases)),
        route!(cases::create, Bare, May(CreateCases)),
        route!(cases::show, Bare, May(ReadCases)),
        route!(cases::update, Bare, May(UpdateCases)),
        route!(cases::delete, Bare, May(DeleteCases)),
        route!(cases::history, Bare, May(ReadCases)),
        route!(cases::explain, Bare, May(ReadCases)),
        route!(actions::assign, Bare, May(AssignCases)),
        route!(actions::accept, Bare, May(WorkCases)),
        route!(actions::reject, Bare, May(WorkCases)),
        route!(actions::delay, Bare, May(WorkCases)),
        route!(actions::resume, Bare, May(WorkCases)),
        route!(actions::escalate, Bare, May(EscalateCases)),
        route!(actions::complete, Bare, May(WorkCases)),
        route!(actions::reopen, Bare, May(CloseCases)),
        route!(actions::close, Bare, May(CloseCases)),
        route!(actions::pay, Bare, May(RecordPayments)),
        route!(audit::list, Bare, May(ReadAudit)),
        // Playing through what agencies might do.
        route!(testing::cases, Bare, May(UseTesting)),
        route!(testing::dcas, Bare, May(UseTesting)),
        route!(testing::update_status, Bare, May(UseTesting)),
        route!(testing::simulate_acceptance, Bare, May(UseTesting)),
        route!(testing::simulate_rejection, Bare, May(UseTesting)),
        route!(testing::simulate_delay, Bare, May(UseTesting)),
        route!(testing::reset, Bare, May(UseTesting)),
        // What debtors see of their own case.
        route!(portal::auth, Bare, Public),
        route!(portal::case, Bare, Customer),
        // What happens, as it happens.
        route!(live::events, Bare, SignedIn),
        route!(live::socket, Bare, SignedIn),
        // The same lists for spreadsheets.
        route!(exports::cases, Bare, May(ReadCases)),
        route!(exports::dcas, Bare, May(ReadAgencies)),
        route!(exports::audit_logs, Bare, May(ReadAudit)),
        // The same figures on paper.
        route!(reports::case, Bare, May(ReadCases)).within(reports::LONGEST),
        route!(reports::all_cases, Bare, May(ReadCases)).within(reports::LONGEST),
        route!(reports::agency, Bare, May(ReadAgencies)).within(reports::LONGEST),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_stands_twice_and_every_one_is_documented() {
        let mut seen = std::collections::BTreeSet::new();
        for route in routes() {
            assert!(seen.insert((route.path.clone(), route.verb())), "{} {}", route.verb(), route.path);
            let operation = (route.operation)();
            assert!(operation.summary.is_some(), "{} {} has no summary", route.verb(), route.path);
        }
    }
}
