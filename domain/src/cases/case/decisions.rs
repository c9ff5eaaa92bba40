//! What may be decided about a case, one function for every wish; none of them changes anything by itself.

use super::{Assignment, Case, CaseEvent, CaseRefusal, Facts, Priority, RecordedScore, Status};
use crate::cases::customer::{Customer, CustomerChanges};
use crate::cases::policy::Policy;
use crate::cases::recovery::{RecoveryFacts, recovery_1};
use crate::cases::sla::SlaWindow;
use crate::{AgencyId, Amount, Currency, Decision, Link, Money, Personal, Stamp, Text};
use rust_decimal::dec;

/// What is known of a debt when it is handed over.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    pub number: String,
    pub customer: Customer,
    pub overdue: Money,
    pub ageing_days: u32,
    pub priority: Priority,
    pub notes: Option<Text<10_000>>,
    pub documents: Vec<Link>,
    pub auto_assign: bool,
}

/// Changes to a case: absent stays, an inner `None` clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseChanges {
    pub customer: Option<CustomerChanges>,
    pub overdue_amount: Option<Amount>,
    pub currency: Option<Currency>,
    pub ageing_days: Option<u32>,
    pub priority: Option<Priority>,
    pub notes: Option<Option<Text<10_000>>>,
    pub documents: Option<Vec<Link>>,
}

impl Case {
    /// Opens the case: its window starts now, and its recovery score is recorded with its reasons.
    pub fn open(&self, stamp: &Stamp, opening: Opening, policy: &Policy) -> Decision<Case> {
        if self.status != Status::Unopened {
            return Err(CaseRefusal::AlreadyOpened);
        }
        check_ageing(opening.ageing_days)?;
        check_documents(&opening.documents)?;
        let recovery = recovery_1(&RecoveryFacts {
            amount: opening.overdue.amount,
            ageing_days: opening.ageing_days,
            priority: opening.priority,
            paid: dec!(0),
            agency: None,
        });
        Ok(vec![CaseEvent::Opened {
            number: opening.number,
            customer: Personal::new(opening.customer),
            overdue: opening.overdue,
            ageing_days: opening.ageing_days,
            priority: opening.priority,
            notes: opening.notes.map(Personal::new),
            documents: opening.documents,
            auto_assign: opening.auto_assign,
            sla: SlaWindow::starting(stamp.at, opening.priority, policy.in_force(stamp.at)),
            recovery: RecordedScore { formula: recovery.formula.into(), value: recovery.value, terms: recovery.terms },
        }])
    }

    /// Changes facts while the case runs. What is the same already is not recorded again.
    pub fn update(&self, stamp: &Stamp, changes: CaseChanges, policy: &Policy) -> Decision<Case> {
        let facts = self.running("updated")?;
        let customer = match (changes.customer, facts.customer.known()) {
            (Some(changes), Some(old)) => Some(changes.over(old)).filter(|new| new != old).map(Personal::new),
            _ => None,
        };
        let overdue = Money {
            amount: changes.overdue_amount.unwrap_or(facts.overdue.amount),
            currency: changes.currency.unwrap_or(facts.overdue.currency),
        };
        if self.paid && overdue.currency != facts.overdue.currency {
            return Err(CaseRefusal::OtherCurrency { expected: facts.overdue.currency });
        }
        let overdue = Some(overdue).filter(|new| *new != facts.overdue);
        let ageing_days = changes.ageing_days.filter(|new| *new != facts.ageing_days);
        let notes = changes.notes.map(|notes| notes.map(Personal::new)).filter(|new| *new != facts.notes);
        let documents = changes.documents.filter(|new| *new != facts.documents);
        check_ageing(ageing_days.unwrap_or(0))?;
        check_documents(documents.as_deref().unwrap_or(&[]))?;

        let mut events = Vec::new();
        if customer.is_some() || overdue.is_some() || ageing_days.is_some() || notes.is_some() || documents.is_some() {
            events.push(CaseEvent::Updated { customer, overdue, ageing_days, notes, documents });
        }
        if let Some(to) = changes.priority.filter(|new| *new != facts.priority) {
            let sla = SlaWindow::starting(facts.sla.started_at, to, policy.in_force(stamp.at));
            events.push(CaseEvent::PriorityChanged { from: facts.priority, to, sla });
        }
        Ok(events)
    }

    /// Names the agency that collects it. Whether that agency may take it is the agency's own decision.
    pub fn assign(&self, stamp: &Stamp, agency: AgencyId, automatic: bool, reason: String) -> Decision<Case> {
        match self.status {
            Status::Open => Ok(vec![CaseEvent::Assigned { agency, at: stamp.at, automatic, reason }]),
            _ => Err(self.refused("assigned")),
        }
    }

    /// Notes why no agency was found. The same reason again changes nothing.
    pub fn leave_unassigned(&self, reason: String) -> Decision<Case> {
        match self.status {
            Status::Open if self.unassigned_because.as_ref() == Some(&reason) => Ok(vec![]),
            Status::Open => Ok(vec![CaseEvent::LeftUnassigned { reason }]),
            _ => Err(self.refused("left unassigned")),
        }
    }

    pub fn accept(&self) -> Decision<Case> {
        match self.status {
            Status::Assigned(Assignment { agency, .. }) => Ok(vec![CaseEvent::Accepted { agency }]),
            _ => Err(self.refused("accepted")),
        }
    }

    pub fn reject(&self, reason: String) -> Decision<Case> {
        match self.status.assignment() {
            Some(Assignment { agency, since }) => Ok(vec![CaseEvent::Rejected { agency, assigned_at: since, reason }]),
            None => Err(self.refused("rejected")),
        }
    }

    pub fn delay(&self, reason: String) -> Decision<Case> {
        match self.status {
            Status::InProgress(Assignment { agency, .. }) => Ok(vec![CaseEvent::Delayed { agency, reason }]),
            _ => Err(self.refused("delayed")),
        }
    }

    pub fn resume(&self) -> Decision<Case> {
        match self.status {
            Status::Delayed(Assignment { agency, .. }) => Ok(vec![CaseEvent::Resumed { agency }]),
            _ => Err(self.refused("resumed")),
        }
    }

    /// Raises the flag. Without a level it is one above the last, at most 9.
    pub fn escalate(&self, level: Option<u32>, reason: String) -> Decision<Case> {
        self.running("escalated")?;
        let level = level.unwrap_or(self.escalation.saturating_add(1).min(9));
        match level {
            1..=9 => Ok(vec![CaseEvent::Escalated { level, reason, agency: self.agency() }]),
            _ => Err(CaseRefusal::LevelOutOfRange),
        }
    }

    /// Records a payment above 0; more than is owed is accepted and shown as credit.
    pub fn pay(&self, amount: Amount, currency: Option<Currency>, reference: Option<String>) -> Decision<Case> {
        let expected = self.running("paid")?.overdue.currency;
        if amount.value().is_zero() {
            return Err(CaseRefusal::NothingPaid);
        }
        match currency {
            Some(other) if other != expected => Err(CaseRefusal::OtherCurrency { expected }),
            _ => Ok(vec![CaseEvent::PaymentReceived { amount, currency: expected, reference }]),
        }
    }

    /// Finishes it: whole days count from the assignment in force, the SLA is judged at this instant.
    pub fn complete(&self, stamp: &Stamp, outcome: Option<String>) -> Decision<Case> {
        let (Status::InProgress(Assignment { agency, since }), Some(facts)) = (&self.status, &self.facts) else {
            return Err(self.refused("completed"));
        };
        Ok(vec![CaseEvent::Completed {
            agency: *agency,
            assigned_at: *since,
            completed_at: stamp.at,
            days: (stamp.at - since).num_days(),
            sla: facts.sla.status_at(stamp.at),
            outcome,
        }])
    }

    /// Starts it again with a new window.
    pub fn reopen(&self, stamp: &Stamp, reason: Option<String>, policy: &Policy) -> Decision<Case> {
        match (&self.status, &self.facts) {
            (Status::Completed | Status::Closed, Some(facts)) => {
                let sla = SlaWindow::starting(stamp.at, facts.priority, policy.in_force(stamp.at));
                Ok(vec![CaseEvent::Reopened { reason, sla }])
            }
            _ => Err(self.refused("reopened")),
        }
    }

    pub fn close(&self) -> Decision<Case> {
        match self.status {
            Status::Completed => Ok(vec![CaseEvent::Closed {}]),
            _ => Err(self.refused("closed")),
        }
    }

    /// Hides it for a reason; never while somebody works on it.
    pub fn delete(&self, reason: String) -> Decision<Case> {
        match self.status {
            Status::Unopened | Status::Deleted => Err(CaseRefusal::Unknown),
            Status::InProgress(_) => Err(self.refused("deleted")),
            _ => Ok(vec![CaseEvent::Deleted { reason, agency: self.agency() }]),
        }
    }

    /// Where it stands.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The agency in charge.
    pub fn agency(&self) -> Option<AgencyId> {
        self.status.assignment().map(|a| a.agency)
    }

    /// The amount an agency is asked to take on.
    pub fn overdue(&self) -> Result<Money, CaseRefusal> {
        self.facts.as_ref().filter(|_| self.status != Status::Deleted).map(|f| f.overdue).ok_or(CaseRefusal::Unknown)
    }

    /// Agencies that gave it back.
    pub fn rejected_by(&self) -> &[AgencyId] {
        &self.rejected_by
    }

    pub(super) fn ended(&self) -> bool {
        matches!(self.status, Status::Unopened | Status::Completed | Status::Closed | Status::Deleted)
    }

    fn running(&self, asked: &'static str) -> Result<&Facts, CaseRefusal> {
        self.facts.as_deref().filter(|_| !self.ended()).ok_or_else(|| self.refused(asked))
    }

    fn refused(&self, asked: &'static str) -> CaseRefusal {
        match self.status {
            Status::Unopened | Status::Deleted => CaseRefusal::Unknown,
            _ => CaseRefusal::WrongState { state: self.status.word(), asked, allowed: self.status.allowed() },
        }
    }
}

fn check_ageing(days: u32) -> Result<(), CaseRefusal> {
    if days > 36_500 { Err(CaseRefusal::AgeingOutOfRange) } else { Ok(()) }
}

fn check_documents(links: &[Link]) -> Result<(), CaseRefusal> {
    if links.len() > 50 { Err(CaseRefusal::TooManyDocuments) } else { Ok(()) }
}
