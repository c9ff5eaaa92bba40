//! A page of the worklist: which cases are wanted, in which order, how many there are in all, and the card of one.

use crate::cases::case_counts::{CaseCount, counts, running};
use crate::cases::worklist::{CaseActivity, CaseRow, CaseStatus};
use crate::cases::{case_row::minute, scaled};
use crate::page::{Listing, Page, containing};
use domain::cases::{case::Priority, sla::SlaStatus};
use domain::{AgencyId, CaseId, Instant, TenantId};
use rust_decimal::Decimal;
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use std::{fmt, str::FromStr};
use uuid::Uuid;

pub use crate::cases::case_counts::SlaCounts;

/// A case with the name of its agency.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseCard {
    pub case: CaseRow,
    pub activity: CaseActivity,
    pub agency_name: Option<String>,
}

impl CaseCard {
    /// What is still owed.
    pub fn balance(&self) -> Decimal {
        (self.case.overdue_amount - self.activity.amount_paid).max(scaled(Decimal::ZERO, 2))
    }

    /// What was paid beyond what is owed.
    pub fn credit(&self) -> Decimal {
        (self.activity.amount_paid - self.case.overdue_amount).max(scaled(Decimal::ZERO, 2))
    }
}

/// Which cases are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseFilter {
    pub status: Option<CaseStatus>,
    pub priority: Option<Priority>,
    pub agency: Option<AgencyId>,
    /// The SLA status: as judged for ended cases, at the instant of asking for running ones.
    pub sla: Option<SlaStatus>,
    /// Found in the case number, the customer's name or e-mail address.
    pub text: Option<String>,
}

impl CaseFilter {
    /// Whether status and priority let a kind of cases pass.
    pub(crate) fn holds(&self, kind: &CaseCount) -> bool {
        self.status.is_none_or(|status| status == kind.status) && self.priority.is_none_or(|p| p == kind.priority)
    }
}

/// By what the worklist is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseSort {
    #[default]
    CreatedAt,
    UpdatedAt,
    DueAt,
    OverdueAmount,
    Priority,
    RecoveryScore,
}

/// The order of the worklist; cases that are level follow their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseOrder {
    pub by: CaseSort,
    pub descending: bool,
}

impl Default for CaseOrder {
    /// The newest case first.
    fn default() -> Self {
        Self { by: CaseSort::CreatedAt, descending: true }
    }
}

impl CaseSort {
    fn column(self) -> &'static str {
        match self {
            CaseSort::CreatedAt => "created_at",
            CaseSort::UpdatedAt => "updated_at",
            CaseSort::DueAt => "due_at",
            CaseSort::OverdueAmount => "overdue_amount",
            CaseSort::Priority => "priority",
            CaseSort::RecoveryScore => "recovery_score",
        }
    }

    fn value(self, CaseCard { case, activity, .. }: &CaseCard) -> SortValue {
        match self {
            CaseSort::CreatedAt => SortValue::At(case.created_at),
            CaseSort::UpdatedAt => SortValue::At(activity.updated_at),
            CaseSort::DueAt => SortValue::At(case.due_at),
            CaseSort::OverdueAmount => SortValue::Number(case.overdue_amount),
            CaseSort::RecoveryScore => SortValue::Number(case.recovery_score),
            CaseSort::Priority => SortValue::Priority(case.priority),
        }
    }
}

impl FromStr for CaseSort {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        let all = [
            CaseSort::CreatedAt,
            CaseSort::UpdatedAt,
            CaseSort::DueAt,
            CaseSort::OverdueAmount,
            CaseSort::Priority,
            CaseSort::RecoveryScore,
        ];
        let known = || format!("must be one of {}", all.map(CaseSort::column).join(", "));
        all.into_iter().find(|sort| sort.column() == word).ok_or_else(known)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum SortValue {
    At(Instant),
    Number(Decimal),
    Priority(Priority),
}

/// Where a page ended: the sorted value and the id of its last case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaseCursor {
    by: CaseSort,
    value: SortValue,
    case_id: CaseId,
}

impl fmt::Display for CaseCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.by.column();
        match self.value {
            SortValue::At(at) => write!(f, "{column}~{}~{}", at.timestamp_micros(), self.case_id),
            SortValue::Number(number) => write!(f, "{column}~{number}~{}", self.case_id),
            SortValue::Priority(priority) => write!(f, "{column}~{priority:?}~{}", self.case_id),
        }
    }
}

impl FromStr for CaseCursor {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (column, rest) = text.split_once('~')?;
            let (value, case_id) = rest.split_once('~')?;
            let by: CaseSort = column.parse().ok()?;
            let value = match by {
                CaseSort::CreatedAt | CaseSort::UpdatedAt | CaseSort::DueAt => {
                    SortValue::At(Instant::from_timestamp_micros(value.parse().ok()?)?)
                }
                CaseSort::OverdueAmount | CaseSort::RecoveryScore => SortValue::Number(value.parse().ok()?),
                CaseSort::Priority => SortValue::Priority(match value {
                    "P1" => Priority::P1,
                    "P2" => Priority::P2,
                    "P3" => Priority::P3,
                    _ => return None,
                }),
            };
            Some(Self { by, value, case_id: case_id.parse().ok()? })
        };
        read().ok_or("must be a cursor that an earlier page gave")
    }
}

/// A page of the worklist as of `now`. A cursor carries its own sort column, which then takes the place of `order.by`.
pub async fn page(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &CaseFilter,
    order: CaseOrder,
    page: Page,
    after: Option<CaseCursor>,
    now: Instant,
) -> sqlx::Result<Listing<CaseCard>> {
    let (rows, next) = rows(conn, tenant, filter, order, page, after, now).await?;
    Ok(Listing { rows, total: total(conn, tenant, filter, now).await?, next })
}

/// The same without counting what is on all pages: its rows, and where the list goes on.
pub async fn rows(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &CaseFilter,
    order: CaseOrder,
    page: Page,
    after: Option<CaseCursor>,
    now: Instant,
) -> sqlx::Result<(Vec<CaseCard>, Option<String>)> {
    let by = after.map_or(order.by, |cursor| cursor.by);
    let (direction, beyond) = if order.descending { ("desc", "<") } else { ("asc", ">") };
    // The index by the last change is by its minute (see `CaseActivity`); within a minute the few there are get sorted.
    let (cases, column, coarse) = match by {
        CaseSort::UpdatedAt => {
            let coarse = format!("s.updated_minute {direction}, ");
            ("case_activity s join cases c using (tenant_id, case_id)", "s.updated_at".to_owned(), coarse)
        }
        by => ("cases c", format!("c.{}", by.column()), String::new()),
    };
    let mut query = QueryBuilder::<Postgres>::new("with page as (");
    query.push(format_args!("select case_id, {column} as sorted_by from {cases} where "));
    narrow(&mut query, tenant, filter, now);
    if let Some(cursor) = after {
        if let (CaseSort::UpdatedAt, SortValue::At(at)) = (by, cursor.value) {
            query.push(format_args!(" and s.updated_minute {beyond}= ")).push_bind(minute(at));
        }
        query.push(format_args!(" and ({column}, case_id) {beyond} ("));
        match cursor.value {
            SortValue::At(at) => query.push_bind(at),
            SortValue::Number(number) => query.push_bind(number),
            SortValue::Priority(priority) => query.push_bind(word(priority)),
        };
        query.push(", ").push_bind(cursor.case_id.0).push(")");
    }
    query.push(format_args!(" order by {coarse}{column} {direction}, case_id {direction} limit ")).push_bind(page.limit + 1);
    query.push(" offset ").push_bind(if after.is_some() { 0 } else { page.offset });
    query.push(") select to_json(c), to_json(s), a.name from page p join cases c on c.tenant_id = ").push_bind(tenant.0);
    query.push(" and c.case_id = p.case_id join case_activity s on s.tenant_id = c.tenant_id and s.case_id = c.case_id");
    query.push(" left join agencies a on a.tenant_id = c.tenant_id and a.agency_id = c.agency_id");
    query.push(format_args!(" order by p.sorted_by {direction}, p.case_id {direction}"));

    let found: Vec<(Json<CaseRow>, Json<CaseActivity>, Option<String>)> = query.build_query_as().fetch_all(&mut *conn).await?;
    let card =
        |(case, activity, agency_name): (Json<_>, Json<_>, _)| CaseCard { case: case.0, activity: activity.0, agency_name };
    let mut rows: Vec<_> = found.into_iter().map(card).collect();
    let more = rows.len() as i64 > page.limit;
    rows.truncate(page.limit as usize);
    let cursor = |last: &CaseCard| CaseCursor { by, value: by.value(last), case_id: last.case.case_id }.to_string();
    let next = rows.last().filter(|_| more).map(cursor);
    Ok((rows, next))
}

fn narrow(query: &mut QueryBuilder<Postgres>, tenant: TenantId, filter: &CaseFilter, now: Instant) {
    query.push("tenant_id = ").push_bind(tenant.0);
    if let Some(status) = filter.status {
        query.push(" and c.status = ").push_bind(status.word());
    }
    if let Some(priority) = filter.priority {
        query.push(" and c.priority = ").push_bind(word(priority));
    }
    if let Some(agency) = filter.agency {
        query.push(" and c.agency_id = ").push_bind(agency.0);
    }
    if let Some(sla) = filter.sla {
        query.push(" and (c.sla_judged = ").push_bind(sla.stored()).push(" or c.sla_judged is null and ");
        match sla {
            SlaStatus::OnTrack => query.push("c.at_risk_at > ").push_bind(now),
            SlaStatus::AtRisk => query.push("c.at_risk_at <= ").push_bind(now).push(" and c.due_at >= ").push_bind(now),
            SlaStatus::Breached => query.push("c.due_at < ").push_bind(now),
        };
        query.push(")");
    }
    if let Some(text) = &filter.text {
        query.push(" and c.search like ").push_bind(containing(&text.to_lowercase()));
    }
}

/// How many cases pass the filter. The usual filters are answered from counters; agencies and texts have to be counted.
async fn total(conn: &mut PgConnection, tenant: TenantId, filter: &CaseFilter, now: Instant) -> sqlx::Result<i64> {
    if filter.agency.is_some() || filter.text.is_some() {
        let mut query = QueryBuilder::<Postgres>::new("select count(*) from cases c where ");
        narrow(&mut query, tenant, filter, now);
        return query.build_query_scalar().fetch_one(conn).await;
    }
    let counts = counts(conn, tenant).await?;
    let wanted = || counts.iter().filter(|count| filter.holds(count));
    match filter.sla {
        None => Ok(wanted().map(CaseCount::cases).sum()),
        Some(sla) => {
            let running = running(conn, tenant, filter, &counts, now).await?;
            Ok((SlaCounts::on_record(wanted().filter(|count| !count.status.runs())) + running).of(sla))
        }
    }
}

/// The card of a case.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, case: CaseId) -> sqlx::Result<Option<CaseCard>> {
    let found = sqlx::query!(
        r#"select to_json(c) as "case!: Json<CaseRow>", to_json(s) as "activity!: Json<CaseActivity>", a.name as "agency_name?"
           from cases c join case_activity s on s.tenant_id = c.tenant_id and s.case_id = c.case_id
             left join agencies a on a.tenant_id = c.tenant_id and a.agency_id = c.agency_id
           where c.tenant_id = $1 and c.case_id = $2"#,
        tenant.0,
        case.0
    );
    let card = found.fetch_optional(conn).await?;
    Ok(card.map(|row| CaseCard { case: row.case.0, activity: row.activity.0, agency_name: row.agency_name }))
}

/// The case with this number, and the telephone number of its debtor.
pub async fn by_number(
    conn: &mut PgConnection,
    tenant: TenantId,
    number: &str,
) -> sqlx::Result<Option<(CaseId, Option<String>)>> {
    let found = sqlx::query!(
        "select case_id, customer_phone from cases where tenant_id = $1 and case_number = $2 order by case_id limit 1",
        tenant.0,
        number,
    );
    Ok(found.fetch_optional(conn).await?.map(|case| (CaseId(case.case_id), case.customer_phone)))
}

pub(crate) fn word(priority: Priority) -> &'static str {
    match priority {
        Priority::P1 => "P1",
        Priority::P2 => "P2",
        Priority::P3 => "P3",
    }
}

/// All cases of a company that were not deleted.
pub async fn all_cases(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!("select case_id from cases where tenant_id = $1 order by case_id", tenant.0).fetch_all(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let case_id = CaseId(Uuid::from_u128(7));
        for (by, value) in [
            (CaseSort::UpdatedAt, SortValue::At(Instant::from_timestamp_micros(1_700_000_000_123_456).unwrap())),
            (CaseSort::OverdueAmount, SortValue::Number(Decimal::new(1250, 2))),
            (CaseSort::Priority, SortValue::Priority(Priority::P2)),
        ] {
            let cursor = CaseCursor { by, value, case_id };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for bad in ["", "created_at", "created_at~x~y", "name~1~2", "priority~P9~00000000-0000-0000-0000-000000000007"] {
            assert!(bad.parse::<CaseCursor>().is_err(), "{bad}");
        }
    }
}
