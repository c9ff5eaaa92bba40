//! A case as the worklist and its card show it, from the opening through everything that happens to it.

use crate::Row;
use crate::cases::{case_counts::sla_at, scaled};
use chrono::{DurationRound, TimeDelta};
use domain::cases::case::{CaseEvent, Priority};
use domain::cases::customer::Customer;
use domain::cases::sla::SlaStatus;
use domain::explain::Term;
use domain::{AgencyId, CaseId, Instant, Link, Personal, TenantId, Text};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    Open,
    Assigned,
    InProgress,
    Delayed,
    Completed,
    Closed,
}

impl CaseStatus {
    pub const ALL: [CaseStatus; 6] = [
        CaseStatus::Open,
        CaseStatus::Assigned,
        CaseStatus::InProgress,
        CaseStatus::Delayed,
        CaseStatus::Completed,
        CaseStatus::Closed,
    ];

    /// Whether its SLA clock runs.
    pub fn runs(self) -> bool {
        !matches!(self, CaseStatus::Completed | CaseStatus::Closed)
    }

    /// The word under which it is stored.
    pub fn word(self) -> &'static str {
        match self {
            CaseStatus::Open => "open",
            CaseStatus::Assigned => "assigned",
            CaseStatus::InProgress => "in_progress",
            CaseStatus::Delayed => "delayed",
            CaseStatus::Completed => "completed",
            CaseStatus::Closed => "closed",
        }
    }
}

/// A case as the worklist and its card show it. The columns are explained in `migrations/read/worklist.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    pub tenant_id: TenantId,
    pub case_id: CaseId,
    pub case_number: String,
    pub customer_name: Option<String>,
    pub customer_email: Option<String>,
    pub customer_phone: Option<String>,
    pub customer_address: Option<String>,
    pub customer_facebook: Option<String>,
    pub customer_twitter: Option<String>,
    pub customer_instagram: Option<String>,
    pub customer_linkedin: Option<String>,
    pub overdue_amount: Decimal,
    pub currency: String,
    pub ageing_days: u32,
    pub status: CaseStatus,
    pub priority: Priority,
    pub sla_started_at: Instant,
    pub at_risk_at: Instant,
    pub due_at: Instant,
    pub sla_policy: u32,
    pub sla_recorded: Option<SlaStatus>,
    pub sla_judged: Option<SlaStatus>,
    pub agency_id: Option<AgencyId>,
    pub allocation_reason: Option<String>,
    pub automatic: bool,
    pub auto_assign: bool,
    pub assigned_at: Option<Instant>,
    pub completed_at: Option<Instant>,
    pub outcome: Option<String>,
    pub escalation_level: u32,
    pub escalation_reason: Option<String>,
    pub recovery_formula: String,
    pub recovery_score: Decimal,
    pub recovery_terms: Vec<Term>,
    pub rejected_by: Vec<AgencyId>,
    pub notes: Option<String>,
    pub documents: Vec<Link>,
    /// Case number, name and e-mail address in small letters: what a search looks through.
    pub search: String,
    pub created_at: Instant,
}

/// What of a case changes with every event, kept apart so that a payment need not write the whole case again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseActivity {
    pub tenant_id: TenantId,
    pub case_id: CaseId,
    pub amount_paid: Decimal,
    /// `updated_at` without its seconds. The index by which cases are sorted holds this instead, so that of many changes within
    /// a minute all but one leave every index alone (a HOT update, which costs half).
    pub updated_minute: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CaseKey {
    pub tenant_id: TenantId,
    pub case_id: CaseId,
}

impl CaseKey {
    /// The case an event is about.
    pub(crate) fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, case_id: CaseId(event.stream.id) }
    }
}

impl Row for CaseRow {
    const TABLE: &'static str = "cases";
    const KEY: &'static [&'static str] = &["tenant_id", "case_id"];
    type Key = CaseKey;

    fn key(&self) -> CaseKey {
        CaseKey { tenant_id: self.tenant_id, case_id: self.case_id }
    }
}

impl Row for CaseActivity {
    const TABLE: &'static str = "case_activity";
    const KEY: &'static [&'static str] = &["tenant_id", "case_id"];
    type Key = CaseKey;

    fn key(&self) -> CaseKey {
        CaseKey { tenant_id: self.tenant_id, case_id: self.case_id }
    }
}

/// The beginning of the minute.
pub(crate) fn minute(at: Instant) -> Instant {
    at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at)
}

impl CaseActivity {
    pub(crate) fn beginning(event: &Recorded) -> Self {
        let CaseKey { tenant_id, case_id } = CaseKey::of(event);
        let (amount_paid, updated_at) = (scaled(Decimal::ZERO, 2), event.occurred_at);
        let updated_minute = minute(updated_at);
        Self { tenant_id, case_id, amount_paid, updated_minute, updated_at, version: event.version, position: event.position }
    }

    pub(crate) fn follow(&mut self, event: &Recorded) {
        self.updated_minute = minute(event.occurred_at);
        self.updated_at = event.occurred_at;
        self.version = event.version;
        self.position = event.position;
    }
}

impl CaseRow {
    /// Its SLA status: as judged at the completion, or at this instant while it runs.
    pub fn sla_at(&self, now: Instant) -> SlaStatus {
        self.sla_judged.unwrap_or_else(|| sla_at(self.at_risk_at, self.due_at, now))
    }

    pub(crate) fn opened(event: &Recorded, fact: &CaseEvent) -> Option<Self> {
        let CaseEvent::Opened { number, customer, overdue, ageing_days, priority, notes, documents, auto_assign, sla, recovery } =
            fact
        else {
            return None;
        };
        let mut row = Self {
            tenant_id: event.stream.tenant,
            case_id: CaseId(event.stream.id),
            case_number: number.clone(),
            customer_name: None,
            customer_email: None,
            customer_phone: None,
            customer_address: None,
            customer_facebook: None,
            customer_twitter: None,
            customer_instagram: None,
            customer_linkedin: None,
            overdue_amount: overdue.amount.value(),
            currency: overdue.currency.to_string(),
            ageing_days: *ageing_days,
            status: CaseStatus::Open,
            priority: *priority,
            sla_started_at: sla.started_at,
            at_risk_at: sla.at_risk_at,
            due_at: sla.due_at,
            sla_policy: sla.policy,
            sla_recorded: None,
            sla_judged: None,
            agency_id: None,
            allocation_reason: None,
            automatic: false,
            auto_assign: *auto_assign,
            assigned_at: None,
            completed_at: None,
            outcome: None,
            escalation_level: 0,
            escalation_reason: None,
            recovery_formula: recovery.formula.clone(),
            recovery_score: scaled(recovery.value, 2),
            recovery_terms: recovery.terms.clone(),
            rejected_by: vec![],
            notes: notes.as_ref().and_then(text),
            documents: documents.clone(),
            search: String::new(),
            created_at: event.occurred_at,
        };
        row.meet(customer);
        Some(row)
    }

    fn meet(&mut self, customer: &Personal<Customer>) {
        let known = customer.known();
        let link = |link: Option<&Link>| link.map(|link| link.as_str().to_owned());
        self.customer_name = known.map(|c| c.name.to_string());
        self.customer_email = known.and_then(|c| c.email.as_ref()).map(|email| email.to_string());
        self.customer_phone = known.and_then(|c| c.phone.as_ref()).map(|phone| phone.to_string());
        self.customer_address = known.and_then(|c| c.address.as_ref()).map(|address| address.to_string());
        self.customer_facebook = link(known.and_then(|c| c.social.facebook.as_ref()));
        self.customer_twitter = link(known.and_then(|c| c.social.twitter.as_ref()));
        self.customer_instagram = link(known.and_then(|c| c.social.instagram.as_ref()));
        self.customer_linkedin = link(known.and_then(|c| c.social.linkedin.as_ref()));
        let found_by = [Some(&self.case_number), self.customer_name.as_ref(), self.customer_email.as_ref()];
        self.search = found_by.into_iter().flatten().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("\n");
    }

    pub(crate) fn follow(&mut self, fact: &CaseEvent) {
        match fact {
            CaseEvent::Opened { .. } | CaseEvent::Deleted { .. } | CaseEvent::PaymentReceived { .. } => {}
            CaseEvent::Updated { customer, overdue, ageing_days, notes, documents } => {
                customer.iter().for_each(|customer| self.meet(customer));
                if let Some(overdue) = overdue {
                    self.overdue_amount = overdue.amount.value();
                    self.currency = overdue.currency.to_string();
                }
                self.ageing_days = ageing_days.unwrap_or(self.ageing_days);
                if let Some(notes) = notes {
                    self.notes = notes.as_ref().and_then(text);
                }
                if let Some(documents) = documents {
                    self.documents.clone_from(documents);
                }
            }
            CaseEvent::PriorityChanged { to, sla, .. } => {
                self.priority = *to;
                self.start(sla);
            }
            CaseEvent::Assigned { agency, at, automatic, reason } => {
                self.status = CaseStatus::Assigned;
                self.agency_id = Some(*agency);
                self.assigned_at = Some(*at);
                self.automatic = *automatic;
                self.allocation_reason = Some(reason.clone());
            }
            CaseEvent::LeftUnassigned { reason } => self.allocation_reason = Some(reason.clone()),
            CaseEvent::Accepted { .. } | CaseEvent::Resumed { .. } => self.status = CaseStatus::InProgress,
            CaseEvent::Rejected { agency, .. } => {
                self.back_to_open();
                if !self.rejected_by.contains(agency) {
                    self.rejected_by.push(*agency);
                }
            }
            CaseEvent::Delayed { .. } => self.status = CaseStatus::Delayed,
            CaseEvent::Escalated { level, reason, .. } => {
                self.escalation_level = *level;
                self.escalation_reason = Some(reason.clone());
            }
            CaseEvent::SlaAtRisk { .. } => self.sla_recorded = Some(SlaStatus::AtRisk),
            CaseEvent::SlaBreached { .. } => self.sla_recorded = Some(SlaStatus::Breached),
            CaseEvent::Completed { completed_at, sla, outcome, .. } => {
                self.status = CaseStatus::Completed;
                self.completed_at = Some(*completed_at);
                self.sla_judged = Some(*sla);
                self.outcome.clone_from(outcome);
            }
            CaseEvent::Reopened { sla, .. } => {
                self.back_to_open();
                self.start(sla);
            }
            CaseEvent::Closed {} => self.status = CaseStatus::Closed,
        }
    }

    fn start(&mut self, sla: &domain::cases::sla::SlaWindow) {
        self.sla_started_at = sla.started_at;
        self.at_risk_at = sla.at_risk_at;
        self.due_at = sla.due_at;
        self.sla_policy = sla.policy;
        self.sla_recorded = None;
    }

    fn back_to_open(&mut self) {
        self.status = CaseStatus::Open;
        self.agency_id = None;
        self.allocation_reason = None;
        self.automatic = false;
        self.assigned_at = None;
        self.completed_at = None;
        self.sla_judged = None;
        self.outcome = None;
    }
}

fn text(notes: &Personal<Text<10_000>>) -> Option<String> {
    notes.known().map(|notes| notes.to_string())
}
