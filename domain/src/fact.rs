//! Any event of any context, read back from the log once for all who look at it.

use crate::calls::campaign::CampaignEvent;
use crate::calls::journal::JournalEvent;
use crate::calls::report_run::ReportRunEvent;
use crate::calls::source_sync::SourceSyncEvent;
use crate::calls::suggestion::SuggestionEvent;
use crate::calls::verification::VerificationEvent;
use crate::calls::{access::AccessEvent, disposal::DisposalEvent};
use crate::calls::{agent::AgentEvent, centre::CallCentreEvent, extension::ExtensionEvent};
use crate::calls::{call::CallEvent, held_record::HeldRecordEvent, presence::PresenceEvent, source::SourceEvent};
use crate::calls::{goal::GoalEvent, review::ReviewEvent, shift::ShiftEvent};
use crate::cases::{agency::AgencyEvent, case::CaseEvent, policy::PolicyEvent, portal::PortalEvent};
use crate::event::{Unreadable, decode};
use crate::notices::endpoint::EndpointEvent;
use crate::organization::{location::LocationEvent, tenant::TenantEvent, user::UserEvent};
use crate::reservation::ReservationEvent;

/// One arm for each aggregate's events.
#[derive(Clone, Debug, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "facts are read one after the other and shared, and the largest are the most frequent"
)]
pub enum Fact {
    Case(CaseEvent),
    Agency(AgencyEvent),
    Policy(PolicyEvent),
    Portal(PortalEvent),
    Tenant(TenantEvent),
    User(UserEvent),
    Location(LocationEvent),
    Reservation(ReservationEvent),
    Endpoint(EndpointEvent),
    CallCentre(CallCentreEvent),
    Agent(AgentEvent),
    Extension(ExtensionEvent),
    Call(CallEvent),
    Source(SourceEvent),
    SourceSync(SourceSyncEvent),
    HeldRecord(HeldRecordEvent),
    Presence(PresenceEvent),
    Shift(ShiftEvent),
    Goal(GoalEvent),
    Review(ReviewEvent),
    Suggestion(SuggestionEvent),
    Journal(JournalEvent),
    Campaign(CampaignEvent),
    ReportRun(ReportRunEvent),
    Access(AccessEvent),
    Disposal(DisposalEvent),
    Verification(VerificationEvent),
    CaseNumbers(crate::cases::numbers::CaseNumbersEvent),
}

impl Fact {
    /// Reads an event by the word before the dot of its stored name. An unknown name is an error: a reader stops at it.
    pub fn read(name: &str, body: &[u8]) -> Result<Fact, Unreadable> {
        Ok(match name.split_once('.').map(|(category, _)| category) {
            Some("case") => Fact::Case(decode(name, body)?),
            Some("agency") => Fact::Agency(decode(name, body)?),
            Some("policy") => Fact::Policy(decode(name, body)?),
            Some("portal") => Fact::Portal(decode(name, body)?),
            Some("tenant") => Fact::Tenant(decode(name, body)?),
            Some("user") => Fact::User(decode(name, body)?),
            Some("location") => Fact::Location(decode(name, body)?),
            Some("reservation") => Fact::Reservation(decode(name, body)?),
            Some("endpoint") => Fact::Endpoint(decode(name, body)?),
            Some("call_centre") => Fact::CallCentre(decode(name, body)?),
            Some("agent") => Fact::Agent(decode(name, body)?),
            Some("extension") => Fact::Extension(decode(name, body)?),
            Some("source") => Fact::Source(decode(name, body)?),
            Some("source_sync") => Fact::SourceSync(decode(name, body)?),
            Some("held_record") => Fact::HeldRecord(decode(name, body)?),
            Some("presence") => Fact::Presence(decode(name, body)?),
            Some("call") => Fact::Call(decode(name, body)?),
            Some("shift") => Fact::Shift(decode(name, body)?),
            Some("goal") => Fact::Goal(decode(name, body)?),
            Some("review") => Fact::Review(decode(name, body)?),
            Some("coaching") => Fact::Suggestion(decode(name, body)?),
            Some("journal") => Fact::Journal(decode(name, body)?),
            Some("campaign") => Fact::Campaign(decode(name, body)?),
            Some("report_run") => Fact::ReportRun(decode(name, body)?),
            Some("access") => Fact::Access(decode(name, body)?),
            Some("disposal") => Fact::Disposal(decode(name, body)?),
            Some("verification") => Fact::Verification(decode(name, body)?),
            Some("case_numbers") => Fact::CaseNumbers(decode(name, body)?),
            _ => return Err(Unreadable::UnknownName(name.to_owned())),
        })
    }
}
