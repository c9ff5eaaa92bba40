//! Which deliveries are due, taken so that no other server takes them too, and how each attempt ended, written down.

use super::message::Message;
use super::outcome::Outcome;
use super::schedule::pause;
use super::{Notices, every_tenant};
use domain::notices::kind::NoticeKind;
use domain::{AgencyId, CaseId, EndpointId, TenantId};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// How many due deliveries are looked at for those that may be tried now.
const LOOKED_AT: i64 = 1_000;
/// So many given up in a row, and the endpoint is told nothing more until somebody has looked after it.
const GIVEN_UP_IN_A_ROW: i64 = 10;

/// A delivery that this server tries now. If it does not say how that ended, another one tries again after the lease.
#[derive(Debug)]
pub(crate) struct Claim {
    pub id: Uuid,
    pub tenant: TenantId,
    pub endpoint: EndpointId,
    /// Counting this one.
    pub attempts: i32,
    pub message: Message,
}

/// What became of a delivery and, it may be, of its endpoint.
pub(crate) enum Settled {
    Done,
    /// The endpoint is to be told nothing more, for this reason.
    Disable(String),
}

impl Notices {
    /// Takes up to `room` due deliveries, at most `each` for one endpoint together with those that are under way already.
    pub(super) async fn claim(
        &self,
        room: usize,
        each: usize,
        under_way: &HashMap<EndpointId, usize>,
    ) -> Result<Vec<Claim>, sqlx::Error> {
        let (busy, counts): (Vec<Uuid>, Vec<i64>) = under_way.iter().map(|(id, n)| (id.0, *n as i64)).unzip();
        let full: Vec<Uuid> = under_way.iter().filter(|(_, n)| **n >= each).map(|(id, _)| id.0).collect();
        let mut tx = every_tenant(&self.pool).await?;
        let rows = sqlx::query!(
            r#"with waiting as (
                 select id, endpoint_id, next_at from outbox.deliveries
                 where state = 'pending' and next_at <= clock_timestamp() and endpoint_id <> all($1)
                 order by next_at limit $2),
               ranked as (
                 select id, endpoint_id, row_number() over (partition by endpoint_id order by next_at, id) as nth from waiting),
               taken as (
                 select d.id from ranked r join outbox.deliveries d on d.id = r.id
                 left join unnest($3::uuid[], $4::bigint[]) as b (endpoint_id, under_way) on b.endpoint_id = r.endpoint_id
                 where r.nth <= $5::bigint - coalesce(b.under_way, 0) and d.state = 'pending' and d.next_at <= clock_timestamp()
                 order by r.nth limit $6
                 for update of d skip locked),
               claimed as (
                 update outbox.deliveries d
                 set attempts = d.attempts + 1, next_at = clock_timestamp() + make_interval(secs => $7)
                 from taken where d.id = taken.id
                 returning d.id, d.tenant_id, d.event_id, d.endpoint_id, d.kind, d.attempts)
               select c.id as "id!", c.tenant_id as "tenant!", c.endpoint_id as "endpoint!", c.attempts as "attempts!",
                 c.kind as "kind!", c.event_id as "event!", n.case_id as "case?", n.case_number as "case_number?",
                 n.agency_id as "agency?", n.due_at as "due_at?", n.occurred_at as "occurred_at!", n.position as "position?",
                 n.simulated as "simulated!", n.subject_id as "subject?", n.summary as "summary?"
               from claimed c join outbox.notices n using (tenant_id, event_id, kind)"#,
            &full,
            LOOKED_AT,
            &busy,
            &counts,
            each as i64,
            room as i64,
            lease(self.patience).as_secs_f64(),
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(rows
            .into_iter()
            .map(|row| Claim {
                id: row.id,
                tenant: TenantId(row.tenant),
                endpoint: EndpointId(row.endpoint),
                attempts: row.attempts,
                message: Message {
                    kind: NoticeKind::of_word(&row.kind),
                    event: row.event,
                    case: row.case.map(CaseId),
                    case_number: row.case_number,
                    agency: row.agency.map(AgencyId),
                    due_at: row.due_at,
                    occurred_at: row.occurred_at,
                    position: row.position,
                    simulated: row.simulated,
                    subject: row.subject,
                    summary: row.summary,
                },
            })
            .collect())
    }

    /// Writes down how an attempt ended. What arrived has arrived, however late it is said; anything else counts only while nobody
    /// else has begun another attempt.
    pub(super) async fn settle(&self, claim: &Claim, outcome: Outcome) -> Result<Settled, sqlx::Error> {
        let is_gone = matches!(outcome, Outcome::Gone(_));
        let (state, why) = match outcome {
            Outcome::Delivered => ("delivered", None),
            Outcome::Skipped(why) => ("skipped", Some(why)),
            Outcome::Refused(why) | Outcome::Gone(why) => ("failed", Some(why)),
            Outcome::Later { why, asked } => {
                let attempts = u32::try_from(claim.attempts).unwrap_or(u32::MAX);
                match pause(self.first_pause, attempts, asked, rand::random()) {
                    Some(pause) => {
                        self.put_off(claim, pause, &why).await?;
                        return Ok(Settled::Done);
                    }
                    None => ("failed", Some(why)),
                }
            }
        };
        self.close(claim, state, why.as_deref()).await?;
        metrics::counter!("docket_notices_settled_total", "state" => state).increment(1);
        match (state, why) {
            (_, Some(why)) if is_gone => Ok(Settled::Disable(why)),
            ("failed", Some(why)) if self.given_up_in_a_row(claim).await? >= GIVEN_UP_IN_A_ROW => {
                Ok(Settled::Disable(format!("{GIVEN_UP_IN_A_ROW} notices in a row were given up; the last one: {why}")))
            }
            _ => Ok(Settled::Done),
        }
    }

    async fn close(&self, claim: &Claim, state: &str, why: Option<&str>) -> Result<(), sqlx::Error> {
        let mut tx = every_tenant(&self.pool).await?;
        sqlx::query!(
            "update outbox.deliveries set state = $2, last_error = $3, settled_at = clock_timestamp()
             where id = $1 and state = 'pending' and (attempts = $4 or $2 = 'delivered')",
            claim.id,
            state,
            why,
            claim.attempts,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    async fn put_off(&self, claim: &Claim, pause: Duration, why: &str) -> Result<(), sqlx::Error> {
        let mut tx = every_tenant(&self.pool).await?;
        sqlx::query!(
            "update outbox.deliveries set next_at = clock_timestamp() + make_interval(secs => $2), last_error = $3
             where id = $1 and state = 'pending' and attempts = $4",
            claim.id,
            pause.as_secs_f64(),
            why,
            claim.attempts,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// How many deliveries to this endpoint were given up since the last that arrived.
    async fn given_up_in_a_row(&self, claim: &Claim) -> Result<i64, sqlx::Error> {
        let mut tx = every_tenant(&self.pool).await?;
        let count = sqlx::query_scalar!(
            r#"select count(*) as "n!" from outbox.deliveries
               where endpoint_id = $1 and state = 'failed' and settled_at > coalesce((
                 select max(settled_at) from outbox.deliveries where endpoint_id = $1 and state = 'delivered'), '-infinity')"#,
            claim.endpoint.0,
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(count)
    }
}

/// How long an attempt is left to the server that began it.
fn lease(patience: Duration) -> Duration {
    patience * 2 + Duration::from_secs(10)
}
