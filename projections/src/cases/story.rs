//! The words in which read models are tested: a history of recorded events, and the rows it leads to.

use crate::model::{Parked, fold};
use crate::{ReadModel, Rows};
use domain::cases::agency::AgencyEvent;
use domain::cases::case::{CaseEvent, Priority, RecordedScore};
use domain::cases::customer::Customer;
use domain::cases::policy::{PolicyEvent, PolicyValues};
use domain::cases::sla::{SlaStatus, SlaWindow};
use domain::organization::tenant::TenantEvent;
use domain::{Actor, AgencyId, CaseId, Instant, Personal, StreamId, TenantId};
use eventlog::{Position, Recorded};
use rust_decimal::dec;
use serde::Serialize;
use uuid::Uuid;

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(1));
pub(crate) const CASE: CaseId = CaseId(Uuid::from_u128(2));
pub(crate) const AGENCY: AgencyId = AgencyId(Uuid::from_u128(3));

/// An instant so many days after 2026-01-01T00:00:00Z.
pub(crate) fn at_day(day: i64) -> Instant {
    Instant::from_timestamp_micros(1_767_225_600_000_000).unwrap() + chrono::TimeDelta::days(day)
}

/// What happened so far.
#[derive(Default)]
pub(crate) struct Story(Vec<Recorded>);

impl Story {
    /// A P2 case over 1,250.50 USD, opened on this day and to be assigned automatically.
    pub(crate) fn opened(day: i64) -> Self {
        let customer = Customer {
            name: "Ada Lovelace".try_into().unwrap(),
            email: Some("ada@example.com".try_into().unwrap()),
            phone: None,
            address: None,
            social: Default::default(),
        };
        let sla = SlaWindow { started_at: at_day(day), at_risk_at: at_day(day + 5), due_at: at_day(day + 7), policy: 1 };
        let mut story = Self::default();
        story.case(
            day,
            CaseEvent::Opened {
                number: "CASE-2026-000001".into(),
                customer: Personal::new(customer),
                overdue: money("1250.5"),
                ageing_days: 30,
                priority: Priority::P2,
                notes: None,
                documents: vec![],
                auto_assign: true,
                sla,
                recovery: RecordedScore { formula: "recovery.score@1".into(), value: dec!(64.5), terms: vec![] },
            },
        );
        story
    }

    /// Something happens to any stream.
    pub(crate) fn add<E: Serialize>(&mut self, day: i64, category: &'static str, id: Uuid, event: E) -> &mut Self {
        let stored = domain::event::encode(&event).unwrap();
        let stream = StreamId::new(TENANT, category, id);
        let version = 1 + self.0.iter().filter(|earlier| earlier.stream == stream).count() as i64;
        self.0.push(Recorded {
            position: Position::from_i64(self.0.len() as i64 + 1),
            stream,
            version,
            event_id: Uuid::from_u128(1000 + self.0.len() as u128),
            name: stored.name,
            schema: 1,
            recorded_at: at_day(day),
            occurred_at: at_day(day),
            actor: Actor::Operator,
            cause: None,
            key: format!("key-{}", self.0.len()),
            body: stored.body,
            leaf: [0; 32],
        });
        self
    }

    pub(crate) fn case(&mut self, day: i64, event: CaseEvent) -> &mut Self {
        self.add(day, "case", CASE.0, event)
    }

    pub(crate) fn agency(&mut self, day: i64, event: AgencyEvent) -> &mut Self {
        self.add(day, "agency", AGENCY.0, event)
    }

    pub(crate) fn tenant(&mut self, day: i64, event: TenantEvent) -> &mut Self {
        self.add(day, "tenant", TENANT.0, event)
    }

    pub(crate) fn policy(&mut self, day: i64, version: u32, values: PolicyValues) -> &mut Self {
        self.add(day, "policy", TENANT.0, PolicyEvent::Published { version, from: at_day(day), values })
    }

    pub(crate) fn assigned(&mut self, day: i64) -> &mut Self {
        self.case(day, CaseEvent::Assigned { agency: AGENCY, at: at_day(day), automatic: true, reason: "best score".into() })
    }

    pub(crate) fn rejected(&mut self, day: i64) -> &mut Self {
        self.case(day, CaseEvent::Rejected { agency: AGENCY, assigned_at: at_day(day - 1), reason: "too old".into() })
    }

    /// Completed after so many days since the assignment.
    pub(crate) fn completed(&mut self, day: i64, days: i64, sla: SlaStatus) -> &mut Self {
        let (assigned_at, completed_at) = (at_day(day - days), at_day(day));
        self.case(day, CaseEvent::Completed { agency: AGENCY, assigned_at, completed_at, days, sla, outcome: None })
    }

    pub(crate) fn last(&self) -> &Recorded {
        self.0.last().unwrap()
    }

    /// The rows a read model makes of it. Every row survives being written down and read back.
    pub(crate) fn rows<M: ReadModel>(&self) -> Rows {
        let told = || {
            let (mut rows, mut parked) = (Rows::of(M::tables()), Parked::default());
            fold::<M>(&mut rows, &self.0, &mut parked).unwrap();
            assert!(parked.0.is_empty(), "{:?}", parked.0);
            rows
        };
        let (mut rows, mut again) = (told(), told());
        for (table, written) in again.tables().zip(rows.tables()) {
            for row in written.all().unwrap().into_values() {
                assert_eq!(table.compare(&row.to_string()).unwrap(), None, "{}", table.name());
            }
        }
        rows
    }
}

/// An amount in US dollars.
pub(crate) fn money(amount: &str) -> domain::Money {
    serde_json::from_str(&format!(r#"{{"amount":{amount},"currency":"USD"}}"#)).unwrap()
}
