//! Which journals are wanted: the query string of their lists and of the search.

use crate::calls::bound::When;
use crate::calls::today;
use crate::error::Error;
use crate::paged::Part;
use crate::params::{PageLimit, PageNumber, Skip, Whole};
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::calls::call::FollowUpType;
use domain::calls::journal::JournalStatus;
use domain::{CallId, LocationId, UserId};
use projections::calls::journal_page::{JournalCursor, JournalFilter};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which journals are wanted; what is absent does not matter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedJournals {
    /// Words; `"a phrase"`, `or` and `-without` are understood. It looks among the newest 1,000 journals that have them.
    #[serde(alias = "q")]
    #[param(max_length = 255, pattern = "^[^\\x00]*$", example = "rash -allergy")]
    search: Option<String>,
    #[param(value_type = Option<Uuid>)]
    agent_id: Option<UserId>,
    #[param(max_length = 254)]
    agent_email: Option<String>,
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    #[serde(alias = "callId")]
    #[param(value_type = Option<Uuid>)]
    call_record_id: Option<CallId>,
    /// `draft`, `submitted`, `reviewed` or `approved`.
    #[serde(alias = "journalStatus")]
    #[param(value_type = Option<String>, pattern = "^(draft|submitted|reviewed|approved)$", example = "submitted")]
    status: Option<JournalStatus>,
    #[param(max_length = 64)]
    tag: Option<String>,
    #[param(max_length = 128)]
    department: Option<String>,
    follow_up: Option<bool>,
    /// `callback`, `appointment`, `provider_review` or `billing`.
    #[param(value_type = Option<String>, pattern = "^(callback|appointment|provider_review|billing)$", example = "callback")]
    follow_up_type: Option<FollowUpType>,
    /// To be followed up by this day at the latest.
    follow_up_by: Option<NaiveDate>,
    referral: Option<bool>,
    commendation: Option<bool>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    min_score: Option<Whole<1, 100>>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    max_score: Option<Whole<1, 100>>,
    /// Written from this day or instant on.
    #[param(value_type = Option<String>, example = "2026-03-01")]
    from: Option<When>,
    /// Written up to the end of this day, or before this instant.
    #[param(value_type = Option<String>, example = "2026-03-31")]
    to: Option<When>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
    /// Instead of `page`: how many journals to leave out.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 100_000_000)]
    skip: Option<Skip>,
    /// Instead of `page`: the `next` of an earlier page, asked with the same filters.
    #[param(pattern = "^[0-9]{1,16}~[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    cursor: Option<String>,
}

impl WantedJournals {
    /// The same for the read model; days are those of this zone.
    pub fn read(self, zone: Tz) -> Result<(JournalFilter, Part<JournalCursor>), Error> {
        let filter = JournalFilter {
            agent: self.agent_id,
            agent_email: self.agent_email.map(|address| address.trim().to_lowercase()),
            location: self.location_id,
            call: self.call_record_id,
            status: self.status,
            tag: self.tag,
            department: self.department,
            follow_up: self.follow_up,
            follow_up_type: self.follow_up_type,
            follow_up_by: today::day("followUpBy", self.follow_up_by)?,
            referral: self.referral,
            commendation: self.commendation,
            least_score: self.min_score.map(|score| score.0),
            most_score: self.max_score.map(|score| score.0),
            from: self.from.map(|from| from.begins(zone)),
            until: self.to.map(|to| to.ends(zone)),
            text: crate::cases::searched(self.search)?,
        };
        Ok((filter, Part::read(self.page, self.skip, self.limit, self.cursor.as_deref())?))
    }
}
