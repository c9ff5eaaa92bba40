//! Which calls are wanted: the query string of the records.

use crate::calls::bound::When;
use crate::error::Error;
use crate::extract::uuid;
use crate::paged::Part;
use crate::params::{PageLimit, PageNumber, Skip};
use domain::calls::call::{CallPriority, CallStatus, CallType, Direction, Outcome};
use domain::{CampaignId, LocationId, UserId};
use projections::calls::call_page::{CallCursor, CallFilter, FollowUpState};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// What is to be done after a call.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FollowUp {
    /// Something was to be done, whether or not it was.
    True,
    False,
    Open,
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    Asc,
    Desc,
}

/// Which calls are wanted; what is absent does not matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedCalls {
    /// Who took or made it, by id or by e-mail address.
    #[serde(alias = "agentId", alias = "agentEmail")]
    #[param(max_length = 254, example = "ada@example.com")]
    agent: Option<String>,
    /// Where, by id or by name.
    #[serde(alias = "locationId")]
    #[param(max_length = 255, example = "Ann Arbor")]
    location: Option<String>,
    #[serde(alias = "queueName")]
    #[param(max_length = 255)]
    queue: Option<String>,
    #[serde(alias = "callDirection")]
    #[param(value_type = Option<String>, pattern = "^(inbound|outbound|internal)$", example = "inbound")]
    direction: Option<Direction>,
    #[serde(rename = "type", alias = "callType")]
    #[param(value_type = Option<String>, pattern = "^(appointment|prescription|billing|general|follow_up)$", example = "billing")]
    kind: Option<CallType>,
    #[serde(alias = "callStatus")]
    #[param(value_type = Option<String>, pattern = "^(completed|missed|abandoned|transferred|voicemail)$", example = "missed")]
    status: Option<CallStatus>,
    #[serde(alias = "callOutcome")]
    #[param(
        value_type = Option<String>,
        pattern = "^(appointment_scheduled|information_provided|transfer_required|callback_scheduled)$",
        example = "callback_scheduled"
    )]
    outcome: Option<Outcome>,
    #[serde(alias = "callPriority")]
    #[param(value_type = Option<String>, pattern = "^(urgent|high|normal|low)$", example = "urgent")]
    priority: Option<CallPriority>,
    /// Begun on this day of the reporting zone or later, or from this instant on.
    #[param(value_type = Option<String>, example = "2026-03-01")]
    from: Option<When>,
    /// Begun on this day of the reporting zone or earlier, or before this instant.
    #[param(value_type = Option<String>, example = "2026-03-31")]
    to: Option<When>,
    #[serde(alias = "campaignId")]
    #[param(value_type = Option<uuid::Uuid>)]
    campaign: Option<CampaignId>,
    /// `open`, `done`, `true` (either) or `false`.
    #[param(inline)]
    follow_up: Option<FollowUp>,
    escalated: Option<bool>,
    complaint: Option<bool>,
    /// There is a recording.
    recording: Option<bool>,
    has_journal: Option<bool>,
    /// It must be kept, however old it gets.
    held: Option<bool>,
    /// Words of numbers, names, ids and tags; of those with six letters or digits and more, the beginning will do. It looks among the
    /// newest 1,000 calls that have them.
    #[param(max_length = 255, pattern = "^[^\\x00]*$", example = "1555123")]
    search: Option<String>,
    /// By the time it began; `desc` unless said otherwise.
    #[param(inline)]
    order: Option<Order>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
    /// Instead of `page`: how many calls to leave out.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 100_000_000)]
    skip: Option<Skip>,
    /// Instead of `page`: the `next` of an earlier page, asked with the same filters and order.
    #[param(pattern = "^[0-9]{1,16}~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    cursor: Option<String>,
}

impl WantedCalls {
    /// The same for the records: the filter, whether the oldest comes first, and which part.
    pub fn read(self) -> Result<(CallFilter, bool, Part<CallCursor>), Error> {
        let named = |field, text: Option<String>, most: usize| match text {
            Some(text) if text.chars().count() > most => {
                Err(Error::invalid(field, format!("must have at most {most} characters")))
            }
            text => Ok(text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty())),
        };
        let (agent, agent_email) = apart("agent", named("agent", self.agent, 254)?);
        let (location, location_name) = apart("location", named("location", self.location, 255)?);
        let filter = CallFilter {
            agent: agent.map(UserId),
            agent_email,
            location: location.map(LocationId),
            location_name,
            queue: self.queue,
            direction: self.direction,
            call_type: self.kind,
            status: self.status,
            outcome: self.outcome,
            priority: self.priority,
            from: self.from.map(|from| from.0),
            until: self.to.map(|to| to.0),
            campaign: self.campaign,
            follow_up: self.follow_up.map(|state| match state {
                FollowUp::True => FollowUpState::Any,
                FollowUp::False => FollowUpState::None,
                FollowUp::Open => FollowUpState::Open,
                FollowUp::Done => FollowUpState::Done,
            }),
            escalated: self.escalated,
            complaint: self.complaint,
            recording: self.recording,
            journal: self.has_journal,
            held: self.held,
            text: crate::cases::searched(self.search)?,
        };
        let oldest_first = self.order == Some(Order::Asc);
        Ok((filter, oldest_first, Part::read(self.page, self.skip, self.limit, self.cursor.as_deref())?))
    }
}

/// An id, or else a name.
fn apart(field: &str, text: Option<String>) -> (Option<::uuid::Uuid>, Option<String>) {
    match text {
        Some(text) => match uuid(field, &text) {
            Ok(id) => (Some(id), None),
            Err(_) => (None, Some(text)),
        },
        None => (None, None),
    }
}
