//! A debt case, from the day it is opened to the day it is closed: who works it, how long it may take, what was paid.
//!
//! States: open → assigned → in_progress ⇄ delayed, in_progress → completed → closed; a rejection and a reopening lead back to open.

use crate::cases::customer::Customer;
use crate::cases::sla::{SlaStatus, SlaWindow};
use crate::explain::Term;
use crate::{AgencyId, Aggregate, Amount, Currency, Dated, Instant, Kind, Link, Money, Personal, Refusal, Text};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

mod decisions;

pub use decisions::{CaseChanges, Opening};

/// How urgent a case is; it decides the length of the SLA window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    P1,
    P2,
    P3,
}

/// What happens to a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "events live briefly, and an opening is as frequent as any other")]
pub enum CaseEvent {
    /// A debt was handed over to be collected.
    #[serde(rename = "case.opened")]
    Opened {
        number: String,
        customer: Personal<Customer>,
        overdue: Money,
        ageing_days: u32,
        priority: Priority,
        notes: Option<Personal<Text<10_000>>>,
        documents: Vec<Link>,
        auto_assign: bool,
        sla: SlaWindow,
        recovery: RecordedScore,
    },
    /// Facts about the debt or the debtor changed; only what changed is named.
    #[serde(rename = "case.updated")]
    Updated {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        customer: Option<Personal<Customer>>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        overdue: Option<Money>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        ageing_days: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "crate::cases::customer::given")]
        notes: Option<Option<Personal<Text<10_000>>>>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        documents: Option<Vec<Link>>,
    },
    /// It became more or less urgent; the window keeps its start.
    #[serde(rename = "case.priority_changed")]
    PriorityChanged { from: Priority, to: Priority, sla: SlaWindow },
    /// An agency was named to collect it.
    #[serde(rename = "case.assigned")]
    Assigned { agency: AgencyId, at: Instant, automatic: bool, reason: String },
    /// No agency could be found for it; it stays open.
    #[serde(rename = "case.left_unassigned")]
    LeftUnassigned { reason: String },
    /// The agency took it on.
    #[serde(rename = "case.accepted")]
    Accepted { agency: AgencyId },
    /// The agency gave it back.
    #[serde(rename = "case.rejected")]
    Rejected { agency: AgencyId, assigned_at: Instant, reason: String },
    /// The agency put it off.
    #[serde(rename = "case.delayed")]
    Delayed { agency: AgencyId, reason: String },
    /// The agency works on it again.
    #[serde(rename = "case.resumed")]
    Resumed { agency: AgencyId },
    /// Somebody asked for more attention.
    #[serde(rename = "case.escalated")]
    Escalated { level: u32, reason: String, agency: Option<AgencyId> },
    /// The debtor paid something.
    #[serde(rename = "case.payment_received")]
    PaymentReceived { amount: Amount, currency: Currency, reference: Option<String> },
    /// Most of its SLA window has passed.
    #[serde(rename = "case.sla_at_risk")]
    SlaAtRisk { due_at: Instant, agency: Option<AgencyId> },
    /// Its SLA window has passed.
    #[serde(rename = "case.sla_breached")]
    SlaBreached { due_at: Instant, agency: Option<AgencyId> },
    /// The agency finished it; days and SLA are judged here, once.
    #[serde(rename = "case.completed")]
    Completed {
        agency: AgencyId,
        assigned_at: Instant,
        completed_at: Instant,
        days: i64,
        sla: SlaStatus,
        outcome: Option<String>,
    },
    /// It has to be worked again, with a new window.
    #[serde(rename = "case.reopened")]
    Reopened { reason: Option<String>, sla: SlaWindow },
    /// It is filed away.
    #[serde(rename = "case.closed")]
    Closed {},
    /// It should not have been here; auditors still see it.
    #[serde(rename = "case.deleted")]
    Deleted { reason: String, agency: Option<AgencyId> },
}

/// A score as it was recorded: formula, number and reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedScore {
    pub formula: String,
    pub value: Decimal,
    pub terms: Vec<Term>,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CaseRefusal {
    #[error("no such case")]
    Unknown,
    #[error("a case with this id is open already")]
    AlreadyOpened,
    #[error("a case that is {state} cannot be {asked}; allowed now: {}", allowed.join(", "))]
    WrongState { state: &'static str, asked: &'static str, allowed: Vec<&'static str> },
    #[error("amount must be above 0")]
    NothingPaid,
    #[error("currency must be {expected}, the currency of the case")]
    OtherCurrency { expected: Currency },
    #[error("ageing_days must be at most 36500")]
    AgeingOutOfRange,
    #[error("level must be from 1 to 9")]
    LevelOutOfRange,
    #[error("documents must be at most 50 links")]
    TooManyDocuments,
}

impl Refusal for CaseRefusal {
    fn code(&self) -> &'static str {
        match self {
            CaseRefusal::Unknown => "unknown_case",
            CaseRefusal::AlreadyOpened => "already_opened",
            CaseRefusal::WrongState { .. } => "wrong_state",
            CaseRefusal::NothingPaid => "nothing_paid",
            CaseRefusal::OtherCurrency { .. } => "other_currency",
            CaseRefusal::AgeingOutOfRange => "ageing_out_of_range",
            CaseRefusal::LevelOutOfRange => "level_out_of_range",
            CaseRefusal::TooManyDocuments => "too_many_documents",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            CaseRefusal::Unknown => Kind::Missing,
            CaseRefusal::AlreadyOpened => Kind::Taken { field: "id" },
            CaseRefusal::WrongState { state, allowed, .. } => Kind::Conflict { state, allowed: allowed.clone() },
            CaseRefusal::NothingPaid => Kind::Invalid { field: "amount" },
            CaseRefusal::OtherCurrency { .. } => Kind::Invalid { field: "currency" },
            CaseRefusal::AgeingOutOfRange => Kind::Invalid { field: "ageing_days" },
            CaseRefusal::LevelOutOfRange => Kind::Invalid { field: "level" },
            CaseRefusal::TooManyDocuments => Kind::Invalid { field: "documents" },
        }
    }
}

/// Where a case stands, with what that state alone knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    #[default]
    Unopened,
    Open,
    Assigned(Assignment),
    InProgress(Assignment),
    Delayed(Assignment),
    Completed,
    Closed,
    Deleted,
}

/// The agency in charge and since when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assignment {
    pub agency: AgencyId,
    pub since: Instant,
}

impl Status {
    /// The word under which it is stored and shown.
    pub fn word(&self) -> &'static str {
        match self {
            Status::Unopened => "unopened",
            Status::Open => "open",
            Status::Assigned(_) => "assigned",
            Status::InProgress(_) => "in_progress",
            Status::Delayed(_) => "delayed",
            Status::Completed => "completed",
            Status::Closed => "closed",
            Status::Deleted => "deleted",
        }
    }

    /// The commands this state allows.
    pub fn allowed(&self) -> Vec<&'static str> {
        let running = ["UpdateCase", "EscalateCase", "RecordPayment"];
        let and = |more: &[&'static str]| [more, &running].concat();
        match self {
            Status::Unopened | Status::Deleted => vec![],
            Status::Open => and(&["AssignAgency", "DeleteCase"]),
            Status::Assigned(_) => and(&["AcceptCase", "RejectCase", "DeleteCase"]),
            Status::InProgress(_) => and(&["CompleteCase", "DelayCase", "RejectCase"]),
            Status::Delayed(_) => and(&["ResumeCase", "RejectCase", "DeleteCase"]),
            Status::Completed => vec!["CloseCase", "ReopenCase", "DeleteCase"],
            Status::Closed => vec!["ReopenCase", "DeleteCase"],
        }
    }

    fn assignment(&self) -> Option<Assignment> {
        match self {
            Status::Assigned(a) | Status::InProgress(a) | Status::Delayed(a) => Some(*a),
            _ => None,
        }
    }
}

/// A case as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    status: Status,
    /// Shared, so that an event that leaves them alone costs no copy of them.
    facts: Option<Arc<Facts>>,
    /// The deadlines of the current window that are on record.
    recorded: Option<SlaStatus>,
    escalation: u32,
    /// Agencies that gave it back; automatic assignment spares them.
    rejected_by: Vec<AgencyId>,
    unassigned_because: Option<String>,
    /// Something was paid, so the currency is settled.
    paid: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Facts {
    customer: Personal<Customer>,
    overdue: Money,
    ageing_days: u32,
    priority: Priority,
    notes: Option<Personal<Text<10_000>>>,
    documents: Vec<Link>,
    sla: SlaWindow,
}

impl Aggregate for Case {
    const CATEGORY: &'static str = "case";
    type Event = CaseEvent;
    type Refusal = CaseRefusal;

    fn evolve(&mut self, event: &CaseEvent) {
        match event {
            CaseEvent::Opened { customer, overdue, ageing_days, priority, notes, documents, sla, .. } => {
                self.status = Status::Open;
                self.facts = Some(Arc::new(Facts {
                    customer: customer.clone(),
                    overdue: *overdue,
                    ageing_days: *ageing_days,
                    priority: *priority,
                    notes: notes.clone(),
                    documents: documents.clone(),
                    sla: *sla,
                }));
            }
            CaseEvent::Updated { customer, overdue, ageing_days, notes, documents } => {
                let Some(facts) = self.facts.as_mut().map(Arc::make_mut) else { return };
                facts.customer = customer.clone().unwrap_or_else(|| facts.customer.clone());
                facts.overdue = overdue.unwrap_or(facts.overdue);
                facts.ageing_days = ageing_days.unwrap_or(facts.ageing_days);
                facts.notes = notes.clone().unwrap_or_else(|| facts.notes.clone());
                facts.documents = documents.clone().unwrap_or_else(|| facts.documents.clone());
            }
            CaseEvent::PriorityChanged { to, sla, .. } => {
                let Some(facts) = self.facts.as_mut().map(Arc::make_mut) else { return };
                facts.priority = *to;
                facts.sla = *sla;
                self.recorded = None;
            }
            CaseEvent::Assigned { agency, at, .. } => {
                self.status = Status::Assigned(Assignment { agency: *agency, since: *at });
                self.unassigned_because = None;
            }
            CaseEvent::LeftUnassigned { reason } => self.unassigned_because = Some(reason.clone()),
            CaseEvent::Accepted { .. } | CaseEvent::Resumed { .. } => {
                if let Some(assignment) = self.status.assignment() {
                    self.status = Status::InProgress(assignment);
                }
            }
            CaseEvent::Rejected { agency, .. } => {
                self.status = Status::Open;
                if !self.rejected_by.contains(agency) {
                    self.rejected_by.push(*agency);
                }
            }
            CaseEvent::Delayed { .. } => {
                if let Some(assignment) = self.status.assignment() {
                    self.status = Status::Delayed(assignment);
                }
            }
            CaseEvent::Escalated { level, .. } => self.escalation = *level,
            CaseEvent::PaymentReceived { .. } => self.paid = true,
            CaseEvent::SlaAtRisk { .. } => self.recorded = Some(SlaStatus::AtRisk),
            CaseEvent::SlaBreached { .. } => self.recorded = Some(SlaStatus::Breached),
            CaseEvent::Completed { .. } => self.status = Status::Completed,
            CaseEvent::Reopened { sla, .. } => {
                self.status = Status::Open;
                self.recorded = None;
                if let Some(facts) = self.facts.as_mut().map(Arc::make_mut) {
                    facts.sla = *sla;
                }
            }
            CaseEvent::Closed {} => self.status = Status::Closed,
            CaseEvent::Deleted { .. } => self.status = Status::Deleted,
        }
    }

    fn settle(&self, until: Instant) -> Vec<Dated<CaseEvent>> {
        let (Some(facts), false) = (&self.facts, self.ended()) else { return vec![] };
        let (sla, agency) = (facts.sla, self.agency());
        let status = sla.status_at(until);
        let mut passed = Vec::new();
        if status >= SlaStatus::AtRisk && self.recorded.is_none() {
            passed.push(Dated { at: sla.at_risk_at, event: CaseEvent::SlaAtRisk { due_at: sla.due_at, agency } });
        }
        if status == SlaStatus::Breached && self.recorded != Some(SlaStatus::Breached) {
            passed.push(Dated { at: sla.due_at, event: CaseEvent::SlaBreached { due_at: sla.due_at, agency } });
        }
        passed
    }
}

#[cfg(test)]
#[path = "case_tests.rs"]
mod tests;
