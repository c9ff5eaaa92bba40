//! How the deliveries of a company stand, for its people; and the two things they can ask for: send one again, send a test.

use super::message::type_of;
use domain::notices::kind::NoticeKind;
use domain::{AgencyId, CaseId, EndpointId, Instant, TenantId};
use projections::{Listing, Page};
use sqlx::{AssertSqlSafe, FromRow, PgConnection, PgPool, Postgres, QueryBuilder, Transaction};
use uuid::Uuid;

/// A delivery as people see it.
#[derive(Clone, Debug, FromRow)]
pub struct Delivery {
    pub id: Uuid,
    pub endpoint_id: Uuid,
    pub event_id: Uuid,
    pub kind: String,
    pub state: String,
    pub attempts: i32,
    pub next_at: Instant,
    pub last_error: Option<String>,
    pub settled_at: Option<Instant>,
    pub case_id: Option<Uuid>,
    pub case_number: Option<String>,
    pub agency_id: Option<Uuid>,
    pub due_at: Option<Instant>,
    pub occurred_at: Instant,
    pub position: Option<i64>,
    pub simulated: bool,
    pub subject_id: Option<Uuid>,
    pub summary: Option<String>,
    pub recorded_at: Instant,
}

impl Delivery {
    /// The type that the receiver reads.
    pub fn type_of(&self) -> String {
        type_of(NoticeKind::of_word(&self.kind))
    }
}

/// Which deliveries are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    pub state: Option<String>,
    pub kind: Option<String>,
    pub endpoint: Option<EndpointId>,
    pub case: Option<CaseId>,
    pub agency: Option<AgencyId>,
}

/// How all deliveries of this database stand, for those who keep it running.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    pub pending: i64,
    pub failed: i64,
    /// How long the oldest one has been waiting.
    pub oldest_seconds: f64,
}

/// What people may change about deliveries; to be asked for outside of an HTTP handler's future.
#[derive(Clone)]
pub struct Ledger(PgPool);

const COLUMNS: &str =
    "select d.id, d.endpoint_id, d.event_id, d.kind, d.state, d.attempts, d.next_at, d.last_error, d.settled_at,
    n.case_id, n.case_number, n.agency_id, n.due_at, n.occurred_at, n.position, n.simulated, n.subject_id, n.summary,
    n.recorded_at";
const TABLES: &str = " from outbox.deliveries d join outbox.notices n on n.tenant_id = d.tenant_id and n.event_id = d.event_id and n.kind = d.kind";

impl Ledger {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// Has a delivery made again from the beginning, under the same id; one that is pending is tried now.
    pub async fn redeliver(&self, tenant: TenantId, id: Uuid) -> Result<bool, sqlx::Error> {
        let mut tx = self.as_tenant(tenant).await?;
        let again = sqlx::query!(
            "update outbox.deliveries set state = 'pending', attempts = 0, next_at = clock_timestamp(), settled_at = null
             where tenant_id = $1 and id = $2",
            tenant.0,
            id,
        );
        let found = again.execute(&mut *tx).await?.rows_affected() > 0;
        tx.commit().await?;
        Ok(found)
    }

    /// Puts a test on its way to an endpoint that is there: its id.
    pub async fn test(&self, tenant: TenantId, endpoint: EndpointId, now: Instant) -> Result<Uuid, sqlx::Error> {
        let (event, id) = (Uuid::now_v7(), Uuid::now_v7());
        let mut tx = self.as_tenant(tenant).await?;
        sqlx::query!(
            "insert into outbox.notices (tenant_id, event_id, kind, occurred_at) values ($1, $2, 'test', $3)",
            tenant.0,
            event,
            now,
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into outbox.deliveries (id, tenant_id, event_id, kind, endpoint_id) values ($1, $2, $3, 'test', $4)",
            id,
            tenant.0,
            event,
            endpoint.0,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Row security hides what is not this company's.
    async fn as_tenant(&self, tenant: TenantId) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        // A uuid's own text.
        self.0.begin_with(AssertSqlSafe(format!("begin; set local docket.tenant = '{tenant}'"))).await
    }
}

impl DeliveryFilter {
    fn narrow(&self, query: &mut QueryBuilder<Postgres>, tenant: TenantId) {
        query.push(TABLES).push(" where d.tenant_id = ").push_bind(tenant.0);
        if let Some(state) = &self.state {
            query.push(" and d.state = ").push_bind(state.clone());
        }
        if let Some(kind) = &self.kind {
            query.push(" and d.kind = ").push_bind(kind.clone());
        }
        if let Some(endpoint) = self.endpoint {
            query.push(" and d.endpoint_id = ").push_bind(endpoint.0);
        }
        if let Some(case) = self.case {
            query.push(" and n.case_id = ").push_bind(case.0);
        }
        if let Some(agency) = self.agency {
            query.push(" and n.agency_id = ").push_bind(agency.0);
        }
    }
}

/// The deliveries that pass, the newest first; `before` goes on where the `next` of an earlier page says.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    filter: &DeliveryFilter,
    page: Page,
    before: Option<Uuid>,
) -> sqlx::Result<Listing<Delivery>> {
    let (offset, limit) = page.bounds();
    let mut rows = QueryBuilder::new(COLUMNS);
    filter.narrow(&mut rows, tenant);
    if let Some(before) = before {
        rows.push(" and d.id < ").push_bind(before);
    }
    rows.push(" order by d.id desc limit ").push_bind(limit + 1);
    rows.push(" offset ").push_bind(if before.is_some() { 0 } else { offset });
    let mut rows: Vec<Delivery> = rows.build_query_as().fetch_all(&mut *conn).await?;
    let mut total = QueryBuilder::new("select count(*)");
    filter.narrow(&mut total, tenant);
    let total = total.build_query_scalar().fetch_one(conn).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Listing { rows, total, next })
}

/// A delivery.
pub async fn find(conn: &mut PgConnection, tenant: TenantId, id: Uuid) -> sqlx::Result<Option<Delivery>> {
    let mut query = QueryBuilder::new(COLUMNS);
    DeliveryFilter::default().narrow(&mut query, tenant);
    query.push(" and d.id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// How all deliveries of all companies stand.
pub async fn standing(conn: &mut PgConnection) -> sqlx::Result<Standing> {
    let row = sqlx::query!(
        r#"select (select count(*) from outbox.deliveries where state = 'pending') as "pending!",
             (select count(*) from outbox.deliveries where state = 'failed') as "failed!",
             coalesce((select extract(epoch from clock_timestamp() - min(n.recorded_at))
               from outbox.deliveries d join outbox.notices n using (tenant_id, event_id, kind)
               where d.state = 'pending'), 0)::float8 as "oldest!""#
    );
    let row = row.fetch_one(conn).await?;
    Ok(Standing { pending: row.pending, failed: row.failed, oldest_seconds: row.oldest })
}
