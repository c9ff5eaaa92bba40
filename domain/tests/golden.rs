//! Every kind of event ever written is read for ever: one stored body of each lies in `golden/`, and these files never change.
//!
//! A new kind of event gets a line below (the match does not compile without) and a file. A second body of the same kind, for
//! example one written before a field was added, is a file of its own: `case.updated@notes_cleared.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use domain::Fact;
use domain::calls::campaign::CampaignEvent;
use domain::calls::journal::JournalEvent;
use domain::calls::report_run::ReportRunEvent;
use domain::calls::source_sync::SourceSyncEvent;
use domain::calls::suggestion::SuggestionEvent;
use domain::calls::verification::VerificationEvent;
use domain::calls::{access::AccessEvent, disposal::DisposalEvent};
use domain::calls::{agent::AgentEvent, centre::CallCentreEvent, extension::ExtensionEvent};
use domain::calls::{call::CallEvent, held_record::HeldRecordEvent, presence::PresenceEvent, source::SourceEvent};
use domain::calls::{goal::GoalEvent, review::ReviewEvent, shift::ShiftEvent};
use domain::cases::{agency::AgencyEvent, case::CaseEvent, numbers::CaseNumbersEvent, policy::PolicyEvent, portal::PortalEvent};
use domain::event::{Encoded, encode};
use domain::notices::endpoint::EndpointEvent;
use domain::organization::{location::LocationEvent, tenant::TenantEvent, user::UserEvent};
use domain::reservation::ReservationEvent;
use serde_json::Value;
use std::collections::BTreeSet;
use std::{fs, path::Path};

/// From one list: the stored name of every variant, without a wildcard, and the names themselves.
macro_rules! stored_as {
    ($($fact:ident($events:ident) { $($variant:ident => $name:literal),* $(,)? })*) => {
        const NAMES: &[&str] = &[$($($name),*),*];

        fn name(fact: &Fact) -> &'static str {
            match fact {
                $(Fact::$fact(event) => match event { $($events::$variant { .. } => $name),* }),*
            }
        }

        fn write(fact: &Fact) -> Encoded {
            match fact {
                $(Fact::$fact(event) => encode(event)),*
            }
            .unwrap()
        }
    };
}

stored_as! {
    Case(CaseEvent) {
        Opened => "case.opened",
        Updated => "case.updated",
        PriorityChanged => "case.priority_changed",
        Assigned => "case.assigned",
        LeftUnassigned => "case.left_unassigned",
        Accepted => "case.accepted",
        Rejected => "case.rejected",
        Delayed => "case.delayed",
        Resumed => "case.resumed",
        Escalated => "case.escalated",
        PaymentReceived => "case.payment_received",
        SlaAtRisk => "case.sla_at_risk",
        SlaBreached => "case.sla_breached",
        Completed => "case.completed",
        Reopened => "case.reopened",
        Closed => "case.closed",
        Deleted => "case.deleted",
    }
    Agency(AgencyEvent) {
        Registered => "agency.registered",
        Updated => "agency.updated",
        Activated => "agency.activated",
        Deactivated => "agency.deactivated",
        PlaceTaken => "agency.place_taken",
        PlaceFreed => "agency.place_freed",
    }
    Policy(PolicyEvent) {
        Published => "policy.published",
        Withdrawn => "policy.withdrawn",
        Restated => "policy.restated",
        RestatementUndone => "policy.restatement_undone",
    }
    Portal(PortalEvent) {
        SignedIn => "portal.signed_in",
        Refused => "portal.refused",
    }
    Tenant(TenantEvent) {
        Registered => "tenant.registered",
        Updated => "tenant.updated",
        SeatTaken => "tenant.seat_taken",
        SeatFreed => "tenant.seat_freed",
        ImportBegan => "tenant.import_began",
        ImportEnded => "tenant.import_ended",
    }
    User(UserEvent) {
        Created => "user.created",
        Updated => "user.updated",
        Deactivated => "user.deactivated",
        Reactivated => "user.reactivated",
        PasswordChanged => "user.password_changed",
        LoggedIn => "user.logged_in",
        LoginRefused => "user.login_refused",
        SessionRefreshed => "user.session_refreshed",
        LoggedOut => "user.logged_out",
        LocationJoined => "user.location_joined",
        LocationLeft => "user.location_left",
    }
    Location(LocationEvent) {
        Added => "location.added",
        Changed => "location.changed",
        Removed => "location.removed",
    }
    Reservation(ReservationEvent) {
        Taken => "reservation.taken",
        Released => "reservation.released",
    }
    Endpoint(EndpointEvent) {
        Added => "endpoint.added",
        Changed => "endpoint.changed",
        Paused => "endpoint.paused",
        Resumed => "endpoint.resumed",
        Disabled => "endpoint.disabled",
        SecretRotated => "endpoint.secret_rotated",
        Removed => "endpoint.removed",
    }
    Verification(VerificationEvent) {
        Began => "verification.began",
        Ended => "verification.ended",
        Failed => "verification.failed",
    }
    CallCentre(CallCentreEvent) {
        Configured => "call_centre.configured",
    }
    Agent(AgentEvent) {
        Enrolled => "agent.enrolled",
        Changed => "agent.changed",
        Certified => "agent.certified",
        Left => "agent.left",
    }
    ReportRun(ReportRunEvent) {
        Generated => "report_run.generated",
    }
    Campaign(CampaignEvent) {
        Created => "campaign.created",
        Changed => "campaign.changed",
        AgentsAssigned => "campaign.agents_assigned",
        Started => "campaign.started",
        Paused => "campaign.paused",
        Resumed => "campaign.resumed",
        Completed => "campaign.completed",
        Cancelled => "campaign.cancelled",
        CallLogged => "campaign.call_logged",
    }
    Extension(ExtensionEvent) {
        Assigned => "extension.assigned",
        Released => "extension.released",
    }
    Call(CallEvent) {
        Recorded => "call.recorded",
        LegAdded => "call.leg_added",
        LegCorrected => "call.leg_corrected",
        Attributed => "call.attributed",
        Completed => "call.completed",
        Amended => "call.amended",
        Categorized => "call.categorized",
        RecordingAttached => "call.recording_attached",
        RecordingReviewed => "call.recording_reviewed",
        RecordingRemoved => "call.recording_removed",
        Escalated => "call.escalated",
        FollowUpPlanned => "call.follow_up_planned",
        FollowUpDone => "call.follow_up_done",
        Held => "call.held",
        HoldReleased => "call.hold_released",
        Disposed => "call.disposed",
    }
    Source(SourceEvent) {
        Added => "source.added",
        Changed => "source.changed",
        Heard => "source.heard",
        SecretRotated => "source.secret_rotated",
        Removed => "source.removed",
    }
    SourceSync(SourceSyncEvent) {
        Done => "source_sync.done",
        Failed => "source_sync.failed",
    }
    HeldRecord(HeldRecordEvent) {
        Held => "held_record.held",
        Replayed => "held_record.replayed",
        Dismissed => "held_record.dismissed",
        Disposed => "held_record.disposed",
    }
    Presence(PresenceEvent) {
        Changed => "presence.changed",
    }
    Shift(ShiftEvent) {
        Scheduled => "shift.scheduled",
        Rescheduled => "shift.rescheduled",
        Started => "shift.started",
        BreakBegan => "shift.break_began",
        BreakEnded => "shift.break_ended",
        Ended => "shift.ended",
        MarkedAbsent => "shift.marked_absent",
        Withdrawn => "shift.withdrawn",
        Corrected => "shift.corrected",
        Disposed => "shift.disposed",
    }
    Goal(GoalEvent) {
        Set => "goal.set",
        Changed => "goal.changed",
        Revised => "goal.revised",
        Paused => "goal.paused",
        Resumed => "goal.resumed",
        Completed => "goal.completed",
        Reviewed => "goal.reviewed",
        Reached => "goal.reached",
        Disposed => "goal.disposed",
    }
    Review(ReviewEvent) {
        Drafted => "review.drafted",
        Changed => "review.changed",
        Completed => "review.completed",
        Discussed => "review.discussed",
        Acknowledged => "review.acknowledged",
        Disputed => "review.disputed",
        Corrected => "review.corrected",
        Upheld => "review.upheld",
        Disposed => "review.disposed",
    }
    Suggestion(SuggestionEvent) {
        Suggested => "coaching.suggested",
    }
    Journal(JournalEvent) {
        Written => "journal.written",
        Changed => "journal.changed",
        Submitted => "journal.submitted",
        Reviewed => "journal.reviewed",
        Approved => "journal.approved",
        Returned => "journal.returned",
        Disposed => "journal.disposed",
    }
    Access(AccessEvent) {
        Noted => "access.noted",
    }
    Disposal(DisposalEvent) {
        Proposed => "disposal.proposed",
        Approved => "disposal.approved",
        Refused => "disposal.refused",
        CarriedOut => "disposal.carried_out",
    }
    CaseNumbers(CaseNumbersEvent) {
        Issued => "case_numbers.issued",
    }
}

/// The stored bodies with the name each was stored under; `name@what.json` is a further body of that name.
fn golden() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let name = stem.split_once('@').map_or(stem, |(name, _)| name);
            (name.to_owned(), fs::read(&path).unwrap())
        })
        .collect()
}

#[test]
fn every_body_ever_stored_is_read_and_would_be_written_the_same() {
    for (stored, body) in golden() {
        let fact = Fact::read(&stored, &body).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(name(&fact), stored);
        let written = write(&fact);
        assert_eq!(written.name, stored);
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
        assert_eq!(json(&written.body), json(&body), "{stored}");
    }
}

#[test]
fn every_kind_of_event_has_a_golden_file() {
    let files: BTreeSet<_> = golden().into_iter().map(|(name, _)| name).collect();
    assert_eq!(files, NAMES.iter().map(|name| name.to_string()).collect());
}

#[test]
fn an_unknown_name_is_not_read() {
    for name in ["case.vanished", "weather.changed", "case", ""] {
        assert!(Fact::read(name, b"{}").is_err(), "{name:?}");
    }
}
