//! Which campaigns a call was logged for: what was noted there goes when the call was kept long enough.

use super::{CampaignCallKey, CampaignCallRow};
use crate::{Row, Rows, Unappliable};
use domain::calls::call::CallEvent;
use domain::calls::campaign::CampaignEvent;
use domain::{CallId, CampaignId, Fact, TenantId};
use eventlog::Recorded;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The entries about a call. The columns are explained in `migrations/read/campaigns.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogsOfCall {
    pub tenant_id: TenantId,
    pub call_id: CallId,
    pub logs: Vec<LoggedAs>,
}

/// An entry of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedAs {
    pub campaign_id: CampaignId,
    pub log_id: Uuid,
}

/// The primary key of the entries about a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LogsOfCallKey {
    pub tenant_id: TenantId,
    pub call_id: CallId,
}

impl Row for LogsOfCall {
    const TABLE: &'static str = "campaign_logs_of_calls";
    const KEY: &'static [&'static str] = &["tenant_id", "call_id"];
    type Key = LogsOfCallKey;

    fn key(&self) -> LogsOfCallKey {
        LogsOfCallKey { tenant_id: self.tenant_id, call_id: self.call_id }
    }
}

impl LogsOfCallKey {
    /// The call that an event logs for a campaign, or lets go of.
    pub fn of(event: &Recorded, fact: &Fact) -> Option<Self> {
        let call_id = match fact {
            Fact::Campaign(CampaignEvent::CallLogged { call: Some(call), .. }) => *call,
            Fact::Call(CallEvent::Disposed { .. }) => CallId(event.stream.id),
            _ => return None,
        };
        Some(Self { tenant_id: event.stream.tenant, call_id })
    }
}

impl LogsOfCall {
    pub fn none(key: &LogsOfCallKey) -> Self {
        Self { tenant_id: key.tenant_id, call_id: key.call_id, logs: vec![] }
    }

    pub fn add(&mut self, call: &CampaignCallRow) {
        self.logs.push(LoggedAs { campaign_id: call.campaign_id, log_id: call.log_id });
    }

    pub fn keys(&self) -> Vec<CampaignCallKey> {
        let tenant_id = self.tenant_id;
        let key = |log: &LoggedAs| CampaignCallKey { tenant_id, campaign_id: log.campaign_id, log_id: log.log_id };
        self.logs.iter().map(key).collect()
    }
}

/// A call was kept long enough: who was called and what was noted goes with it, and that it counted stays.
pub(super) fn forget(rows: &mut Rows, key: &LogsOfCallKey) -> Result<(), Unappliable> {
    let Some(logs) = rows.get::<LogsOfCall>(key)?.map(LogsOfCall::keys) else { return Ok(()) };
    for log in logs {
        if let Some(row) = rows.get_mut::<CampaignCallRow>(&log)? {
            (row.number, row.notes) = (None, None);
        }
    }
    rows.remove::<LogsOfCall>(key)
}
