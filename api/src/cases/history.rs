//! What happened to a case, event by event: when, who, what, why.

use crate::who::Names;
use chrono::{DateTime, Utc};
use domain::AgencyId;
use domain::cases::case::CaseEvent;
use domain::event::decode;
use projections::organization::audit_trail::AuditEntry;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that happened to a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct Happening {
    /// Its place in the log.
    #[schema(example = 1042)]
    pub(crate) position: i64,
    /// Its place in the history of this case.
    #[schema(example = 3)]
    pub(crate) version: i64,
    pub(crate) event_id: Uuid,
    /// When it happened.
    pub(crate) at: DateTime<Utc>,
    /// When Docket heard of it.
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) who: Who,
    /// The stored name of the event.
    #[schema(example = "case.rejected")]
    pub(crate) what: String,
    #[schema(example = "Swift Debt Solutions gave it back: debtor is insolvent")]
    pub(crate) in_words: String,
    /// The event that led to it, where one of Docket's processes acted.
    pub(crate) cause: Option<Uuid>,
    /// The facts as they were recorded.
    #[schema(value_type = Object, example = json!({"reason": "debtor is insolvent"}))]
    pub(crate) details: serde_json::Value,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
pub struct Who {
    /// `user:<id>`, `process:<name>` or `operator`.
    #[schema(example = "user:0193f0a2-6d3c-7c7e-8f42-1f6f4b0f2a11")]
    pub actor: String,
    #[schema(example = "Ada Lovelace")]
    pub name: Option<String>,
}

/// What agencies are called.
pub type Agencies = BTreeMap<AgencyId, String>;

/// The agencies that a history speaks of.
pub fn agencies(entries: &[AuditEntry]) -> Vec<AgencyId> {
    let named = |entry: &AuditEntry| entry.body.get("agency")?.as_str()?.parse().ok();
    let mut agencies: Vec<AgencyId> = entries.iter().filter_map(named).collect();
    agencies.sort();
    agencies.dedup();
    agencies
}

impl Happening {
    /// An entry of the audit trail as people read it.
    pub fn of(entry: AuditEntry, names: &Names, agencies: &Agencies) -> Self {
        let fact = serde_json::to_vec(&entry.body).ok().and_then(|body| decode::<CaseEvent>(&entry.action, &body).ok());
        Self {
            position: entry.position.to_i64(),
            version: entry.version,
            event_id: entry.event_id,
            at: entry.occurred_at,
            recorded_at: entry.recorded_at,
            who: Who { name: names.of(&entry.actor), actor: entry.actor.to_string() },
            in_words: fact.map_or_else(|| entry.action.clone(), |fact| in_words(&fact, agencies)),
            what: entry.action,
            cause: entry.cause,
            details: entry.body,
        }
    }
}

fn in_words(fact: &CaseEvent, agencies: &Agencies) -> String {
    let name = |id: &AgencyId| agencies.get(id).cloned().unwrap_or_else(|| format!("agency {id}"));
    let because = |reason: &Option<String>| reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match fact {
        CaseEvent::Opened { number, overdue, priority, ageing_days, .. } => {
            let (amount, currency) = (overdue.amount, overdue.currency);
            format!("{number} was opened: {amount} {currency} overdue for {ageing_days} days, priority {priority:?}")
        }
        CaseEvent::Updated { customer, overdue, ageing_days, notes, documents } => {
            let overdue = overdue.map(|money| format!("amount ({} {})", money.amount, money.currency));
            let changed = [
                customer.as_ref().map(|_| "customer".to_owned()),
                overdue,
                ageing_days.map(|days| format!("age ({days} days)")),
                notes.as_ref().map(|_| "notes".to_owned()),
                documents.as_ref().map(|_| "documents".to_owned()),
            ];
            format!("changed: {}", changed.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
        CaseEvent::PriorityChanged { from, to, sla } => format!("priority {from:?} became {to:?}, due {}", sla.due_at),
        CaseEvent::Assigned { agency, automatic, reason, .. } => {
            let how = if *automatic { "automatically " } else { "" };
            format!("{how}assigned to {}: {reason}", name(agency))
        }
        CaseEvent::LeftUnassigned { reason } => format!("no agency was found: {reason}"),
        CaseEvent::Accepted { agency } => format!("{} took it on", name(agency)),
        CaseEvent::Rejected { agency, reason, .. } => format!("{} gave it back: {reason}", name(agency)),
        CaseEvent::Delayed { agency, reason } => format!("{} put it off: {reason}", name(agency)),
        CaseEvent::Resumed { agency } => format!("{} works on it again", name(agency)),
        CaseEvent::Escalated { level, reason, .. } => format!("escalated to level {level}: {reason}"),
        CaseEvent::PaymentReceived { amount, currency, reference } => {
            format!("{amount} {currency} received{}", because(reference))
        }
        CaseEvent::SlaAtRisk { due_at, .. } => format!("at risk: due {due_at}"),
        CaseEvent::SlaBreached { due_at, .. } => format!("breached: was due {due_at}"),
        CaseEvent::Completed { agency, days, sla, outcome, .. } => {
            format!("{} finished it after {days} days, {}{}", name(agency), sla.shown(), because(outcome))
        }
        CaseEvent::Reopened { reason, sla } => format!("reopened, due {}{}", sla.due_at, because(reason)),
        CaseEvent::Closed {} => "filed away".to_owned(),
        CaseEvent::Deleted { reason, .. } => format!("deleted: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_happened_is_said_in_words() {
        let agency = AgencyId(Uuid::from_u128(7));
        let known = Agencies::from([(agency, "Swift".to_owned())]);
        let rejected = CaseEvent::Rejected { agency, assigned_at: Utc::now(), reason: "insolvent".into() };
        assert_eq!(in_words(&rejected, &known), "Swift gave it back: insolvent");
        assert!(in_words(&rejected, &Agencies::new()).starts_with("agency 00000000-"));
        let changed =
            CaseEvent::Updated { customer: None, overdue: None, ageing_days: Some(3), notes: Some(None), documents: None };
        assert_eq!(in_words(&changed, &known), "changed: age (3 days), notes");
    }
}
