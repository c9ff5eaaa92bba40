//! Everything that may be asked about a debt case.

mod agency_work;

pub use agency_work::{AcceptCase, AllocateCase, AssignAgency, CompleteCase, DelayCase, LeaveUnassigned, RejectCase, ResumeCase};

use crate::{Command, Error, On, Work};
use agency_work::free;
use chrono::Datelike;
use domain::cases::case::{Case, CaseChanges, Opening, Priority};
use domain::cases::customer::{Customer, CustomerChanges, given};
use domain::cases::numbers::{CaseNumbers, CaseNumbersEvent, written};
use domain::cases::policy::Policy;
use domain::organization::role::Permission;
use domain::reservation::Reservation;
use domain::{Amount, Currency, Link, Money, StreamId, TenantId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Opens a case. Without a number it gets the next of its year.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenCase {
    #[serde(default)]
    pub case_number: Option<Text<64>>,
    pub customer: Customer,
    pub overdue_amount: Amount,
    #[serde(default)]
    pub currency: Currency,
    #[serde(default)]
    pub ageing_days: u32,
    pub priority: Priority,
    #[serde(default)]
    pub notes: Option<Text<10_000>>,
    #[serde(default)]
    pub documents: Vec<Link>,
    /// Docket finds an agency by itself, if the settings allow it.
    #[serde(default = "yes")]
    pub auto_assign: bool,
}

fn yes() -> bool {
    true
}

impl OpenCase {
    fn reservation(tenant: TenantId, number: &str) -> StreamId {
        StreamId::of::<Reservation>(tenant, Reservation::id(tenant, "case_number", number))
    }
}

impl Command for OpenCase {
    const NAME: &'static str = "OpenCase";
    const MAY: Permission = Permission::CreateCases;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"customer":{"name":"John Doe","email":"john@example.com","phone":"+1 555 0100"},"overdueAmount":15000.00,"currency":"USD","ageingDays":45,"priority":"P1","notes":"Second reminder sent"}"#;
    type Target = Case;

    fn reads(&self, tenant: TenantId, on: Uuid) -> Vec<StreamId> {
        let number = self.case_number.as_ref().map(|number| Self::reservation(tenant, number.as_str()));
        [StreamId::of::<Case>(tenant, on), StreamId::of::<Policy>(tenant, tenant)].into_iter().chain(number).collect()
    }

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let (tenant, year) = (work.stamp().tenant, work.stamp().at.year());
        let policy = work.load::<Policy>(tenant).await?;
        let number = match &self.case_number {
            Some(number) => number.as_str().to_owned(),
            None => free_number(tenant, year, work).await?,
        };
        let opening = Opening {
            number: number.clone(),
            customer: self.customer.clone(),
            overdue: Money { amount: self.overdue_amount, currency: self.currency },
            ageing_days: self.ageing_days,
            priority: self.priority,
            notes: self.notes.clone(),
            documents: self.documents.clone(),
            auto_assign: self.auto_assign,
        };
        work.change::<Case>(on, |case, stamp| case.open(stamp, opening, &policy)).await?;
        let take = |held: &Reservation, _: &_| held.take("case_number", "case_number", tenant, on);
        work.change_stream::<Reservation>(Self::reservation(tenant, &number), take).await?;
        Ok(())
    }
}

/// The next number of the year that nobody brought along for a case of their own.
async fn free_number(tenant: TenantId, year: i32, work: &mut Work) -> Result<String, Error> {
    let sequence = CaseNumbers::id(tenant, year);
    work.exclusive(&StreamId::of::<CaseNumbers>(tenant, sequence)).await;
    loop {
        let mut issued = 0;
        work.change::<CaseNumbers>(sequence, |numbers, _| {
            let events = numbers.issue(year)?;
            if let Some(CaseNumbersEvent::Issued { number, .. }) = events.first() {
                issued = *number;
            }
            Ok(events)
        })
        .await?;
        let number = written(year, issued);
        let held = work.load_stream::<Reservation>(OpenCase::reservation(tenant, &number)).await?;
        if held.holder.is_none() {
            return Ok(number);
        }
    }
}

/// Changes facts about the debt or the debtor; what is absent stays.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateCase {
    pub customer: Option<CustomerChanges>,
    pub overdue_amount: Option<Amount>,
    pub currency: Option<Currency>,
    pub ageing_days: Option<u32>,
    pub priority: Option<Priority>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub notes: Option<Option<Text<10_000>>>,
    pub documents: Option<Vec<Link>>,
}

impl Command for UpdateCase {
    const NAME: &'static str = "UpdateCase";
    const MAY: Permission = Permission::UpdateCases;
    const EXAMPLE: &'static str = r#"{"overdueAmount":"62.59","priority":"P2"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let policy = work.load::<Policy>(work.stamp().tenant).await?;
        let changes = CaseChanges {
            customer: self.customer.clone(),
            overdue_amount: self.overdue_amount,
            currency: self.currency,
            ageing_days: self.ageing_days,
            priority: self.priority,
            notes: self.notes.clone(),
            documents: self.documents.clone(),
        };
        work.change::<Case>(on, |case, stamp| case.update(stamp, changes, &policy)).await?;
        Ok(())
    }
}

/// Puts on record the deadlines that have passed, and nothing else.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettleCase {}

impl Command for SettleCase {
    const NAME: &'static str = "SettleCase";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = "{}";
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Case>(on, |_, _| Ok(vec![])).await?;
        Ok(())
    }
}

/// Asks for more attention. Without a level it is one above the last.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalateCase {
    #[serde(default)]
    pub level: Option<u32>,
    pub reason: Text<1000>,
}

impl Command for EscalateCase {
    const NAME: &'static str = "EscalateCase";
    const MAY: Permission = Permission::EscalateCases;
    const EXAMPLE: &'static str = r#"{"level":2,"reason":"customer threatens legal action"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Case>(on, |case, _| case.escalate(self.level, self.reason.to_string())).await?;
        Ok(())
    }
}

/// Records what the debtor paid.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPayment {
    pub amount: Amount,
    #[serde(default)]
    pub currency: Option<Currency>,
    #[serde(default)]
    pub reference: Option<Text<255>>,
}

impl Command for RecordPayment {
    const NAME: &'static str = "RecordPayment";
    const MAY: Permission = Permission::RecordPayments;
    const EXAMPLE: &'static str = r#"{"amount":250.00,"reference":"bank transfer 4711"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let reference = self.reference.as_ref().map(Text::to_string);
        work.change::<Case>(on, |case, _| case.pay(self.amount, self.currency, reference)).await?;
        Ok(())
    }
}

/// Starts a completed or closed case again with a new window.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReopenCase {
    #[serde(default)]
    pub reason: Option<Text<1000>>,
}

impl Command for ReopenCase {
    const NAME: &'static str = "ReopenCase";
    const MAY: Permission = Permission::CloseCases;
    const EXAMPLE: &'static str = r#"{"reason":"payment bounced"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let policy = work.load::<Policy>(work.stamp().tenant).await?;
        let reason = self.reason.as_ref().map(Text::to_string);
        work.change::<Case>(on, |case, stamp| case.reopen(stamp, reason, &policy)).await?;
        Ok(())
    }
}

/// Files a completed case away.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseCase {}

impl Command for CloseCase {
    const NAME: &'static str = "CloseCase";
    const MAY: Permission = Permission::CloseCases;
    const EXAMPLE: &'static str = "{}";
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        work.change::<Case>(on, |case, _| case.close()).await?;
        Ok(())
    }
}

/// Hides a case for a reason; auditors still see it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteCase {
    pub reason: Text<1000>,
}

impl Command for DeleteCase {
    const NAME: &'static str = "DeleteCase";
    const MAY: Permission = Permission::DeleteCases;
    const EXAMPLE: &'static str = r#"{"reason":"entered twice"}"#;
    type Target = Case;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let agency = work.load::<Case>(on).await?.agency();
        work.change::<Case>(on, |case, _| case.delete(self.reason.to_string())).await?;
        free(on, agency, work).await
    }
}
