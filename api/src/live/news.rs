//! One thing that happened as those hear it who listen: written once for all of them.

use crate::calls::accesses::facts;
use chrono::{DateTime, Utc};
use domain::calls::access::Seen;
use domain::{Actor, Fact, event::Unreadable, organization::role::Permission};
use eventlog::{Position, Recorded};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::OnceLock;
use utoipa::ToSchema;
use uuid::Uuid;

/// Of what one may hear, and what one has to be allowed to read for it. A company's own events and what its debtors do in the portal
/// stand in the audit trail only.
const CATEGORIES: &[(&str, Permission)] = &[
    ("case", Permission::ReadCases),
    ("agency", Permission::ReadAgencies),
    ("policy", Permission::ReadSettings),
    ("user", Permission::ReadUsers),
    ("location", Permission::ReadLocations),
    ("endpoint", Permission::ManageSettings),
    ("tenant", Permission::ReadAudit),
    ("portal", Permission::ReadAudit),
    ("call_centre", Permission::ReadAudit),
    ("agent", Permission::ViewAllPerformance),
    ("presence", Permission::ViewAllPerformance),
    ("call", Permission::ViewAllPerformance),
    ("source", Permission::IngestCalls),
    ("source_sync", Permission::IngestCalls),
    ("held_record", Permission::IngestCalls),
    ("campaign", Permission::ManageCampaigns),
    ("access", Permission::ViewAllPerformance),
    ("report_run", Permission::ViewAllPerformance),
    ("access", Permission::ReadAudit),
    ("disposal", Permission::ManageRetention),
    ("verification", Permission::ConfigureMetrics),
    ("journal", Permission::ViewAllPerformance),
    ("coaching", Permission::ViewAllPerformance),
];

/// The words for what one may hear of.
pub fn categories() -> impl Iterator<Item = &'static str> {
    CATEGORIES.iter().map(|(name, _)| *name)
}

/// What has to be allowed for it; none for what nobody hears of.
pub fn permission(category: &str) -> Option<Permission> {
    CATEGORIES.iter().find(|(name, _)| *name == category).map(|(_, permission)| *permission)
}

/// Whether events are stored by this name.
pub fn is_known(name: &str) -> bool {
    !matches!(Fact::read(name, b"{}"), Err(Unreadable::UnknownName(_)))
}

/// Something that happened. What follows after `recorded_at` is there for those who may read the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveEvent<'e> {
    /// Its place in the log. A query with this as `Docket-Min-Position` shows it.
    #[schema(example = 1042)]
    position: i64,
    /// Its stored name.
    #[serde(rename = "type")]
    #[schema(example = "case.rejected")]
    name: &'e str,
    /// The kind of thing it happened to.
    #[schema(example = "case")]
    category: &'e str,
    /// The one thing it happened to.
    id: Uuid,
    /// Its place in the history of that one thing.
    #[schema(example = 3)]
    version: i64,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    /// When Docket heard of it.
    recorded_at: DateTime<Utc>,
    #[serde(flatten)]
    entry: Option<Entry<'e>>,
}

/// What else the audit trail says, under the same names.
#[derive(Debug, Serialize, ToSchema)]
struct Entry<'e> {
    event_id: Uuid,
    /// `user:<id>`, `process:<name>` or `operator`.
    #[schema(example = "process:sla_clock")]
    actor: String,
    /// The person who did it; `null` if it was one of Docket's processes or its operator.
    user_id: Option<Uuid>,
    /// The facts as they were recorded; `null` where they tell of a recording.
    #[schema(value_type = Option<Object>)]
    details: Option<&'e RawValue>,
    /// The event that led to it, where one of Docket's processes acted.
    cause: Option<Uuid>,
    /// The key of the command; all events of one command bear the same.
    key: &'e str,
}

/// An event and how it is told, without and with what the audit trail says.
pub struct News {
    pub event: Recorded,
    told: [OnceLock<String>; 2],
}

impl News {
    pub fn of(event: Recorded) -> Self {
        Self { event, told: Default::default() }
    }

    pub fn position(&self) -> Position {
        self.event.position
    }

    /// The call or the journal of which it tells whoever hears all of it.
    pub fn tells_of(&self) -> Option<(Seen, Uuid)> {
        let stream = &self.event.stream;
        let facts = match stream.category.as_ref() {
            "campaign" | "held_record" => serde_json::from_slice(&self.event.body).unwrap_or_default(),
            _ => Value::Null,
        };
        facts::told_of(&stream.category, stream.id, &self.event.name, &facts, false)
    }

    /// The event as JSON on one line.
    pub fn told(&self, entirely: bool) -> &str {
        self.told[usize::from(entirely)].get_or_init(|| self.tell(entirely))
    }

    fn tell(&self, entirely: bool) -> String {
        let event = &self.event;
        let entry = entirely.then(|| Entry {
            event_id: event.event_id,
            actor: event.actor.to_string(),
            user_id: if let Actor::User(id) = &event.actor { Some(id.0) } else { None },
            // Everybody is told the same, so nobody is told where a recording is found.
            details: facts::are_told(&event.name, false).then(|| serde_json::from_slice(&event.body).ok()).flatten(),
            cause: event.cause,
            key: &event.key,
        });
        let told = LiveEvent {
            position: event.position.to_i64(),
            name: &event.name,
            category: &event.stream.category,
            id: event.stream.id,
            version: event.version,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
            entry,
        };
        // Nothing in it can fail to be written; between the parts of a stored body there may be line breaks, but never within.
        serde_json::to_string(&told).unwrap_or_default().replace(['\n', '\r'], " ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::{StreamId, TenantId};

    #[test]
    fn those_who_may_read_the_audit_trail_hear_all_of_it_and_others_where_to_look() {
        let at: DateTime<Utc> = "2026-01-02T03:04:05Z".parse().unwrap();
        let news = News::of(Recorded {
            position: Position::from_i64(7),
            stream: StreamId { tenant: TenantId::SYSTEM, category: "case".into(), id: Uuid::nil() },
            version: 2,
            event_id: Uuid::nil(),
            name: "case.rejected".into(),
            schema: 1,
            recorded_at: at,
            occurred_at: at,
            actor: Actor::Operator,
            cause: None,
            key: "k".into(),
            body: b"{\"reason\":\n\"a\\nb\", \"amount\": 10.10}".to_vec(),
            leaf: [0; 32],
        });
        let (part, all) = (news.told(false), news.told(true));
        assert!(!all.contains('\n') && all.contains("10.10"), "{all}");
        let (part, all): (Value, Value) = (serde_json::from_str(part).unwrap(), serde_json::from_str(all).unwrap());
        assert_eq!((&part["position"], &part["type"], &part["details"]), (&7.into(), &"case.rejected".into(), &Value::Null));
        assert_eq!((&all["details"]["reason"], &all["key"]), (&"a\nb".into(), &"k".into()));
        assert!(part.get("key").is_none());
    }

    #[test]
    fn names_are_those_that_are_stored_and_inner_streams_are_nobodys_to_hear_of() {
        assert!(is_known("case.rejected") && is_known("policy.published"));
        assert!(!is_known("case.vanished") && !is_known("case") && !is_known(""));
        assert!(permission("reservation").is_none() && permission("case_numbers").is_none());
    }
}
