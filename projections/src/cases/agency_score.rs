//! The scores of agencies as of an instant.

use crate::cases::agency_scores::{AgencyTally, ScorePolicy, hour};
use crate::cases::restatement::shifts;
use crate::cases::scaled;
use chrono::TimeDelta;
use domain::cases::policy::Policy;
use domain::cases::score::{SCORE_1, SCORE_2, SCORE_2_DAYS, score_1_of, score_2_of};
use domain::explain::rounded;
use domain::{AgencyId, Instant, TenantId};
use rust_decimal::{Decimal, dec};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// An agency's record and scores.
#[derive(Clone, Debug, PartialEq)]
pub struct AgencyScore {
    pub tally: AgencyTally,
    /// `agency.score@1`, without trailing zeros.
    pub score_1: Decimal,
    /// `agency.score@2`, with two decimals.
    pub score_2: Decimal,
    /// The formula that the settings in force name.
    pub formula: &'static str,
    /// The score by that formula: what is shown as `performance_score`.
    pub performance: Decimal,
}

impl AgencyScore {
    /// `agency.score@1` before it is clamped.
    pub fn raw(&self) -> Decimal {
        (dec!(100) + self.tally.points).normalize()
    }

    /// Mean days from assignment to completion, two decimals; `None` without completions.
    pub fn average_days(&self) -> Option<Decimal> {
        let days = Decimal::from(self.tally.processing_seconds) / dec!(86400);
        (self.tally.completed > 0).then(|| rounded(days / Decimal::from(self.tally.completed), 2))
    }
}

/// One of the two formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    Score1,
    Score2,
}

impl std::str::FromStr for Formula {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            SCORE_1 => Ok(Formula::Score1),
            SCORE_2 => Ok(Formula::Score2),
            _ => Err(format!("must be {SCORE_1} or {SCORE_2}")),
        }
    }
}

/// The scores of these agencies, in this order: as of `at`, or now with everything on record.
pub async fn scores(
    conn: &mut PgConnection,
    tenant: TenantId,
    agencies: &[AgencyId],
    at: Option<Instant>,
    now: Instant,
) -> sqlx::Result<Vec<AgencyScore>> {
    let policy = policy(conn, tenant).await?;
    scores_by(conn, tenant, agencies, at, now, &policy).await
}

/// The same under any settings: as they would be if other restatements held.
pub async fn scores_by(
    conn: &mut PgConnection,
    tenant: TenantId,
    agencies: &[AgencyId],
    at: Option<Instant>,
    now: Instant,
    policy: &Policy,
) -> sqlx::Result<Vec<AgencyScore>> {
    let ids: Vec<Uuid> = agencies.iter().map(|agency| agency.0).collect();
    let asked = at.unwrap_or(now);
    let tallies = match at {
        None => tallies(conn, tenant, &ids).await?,
        Some(at) => tallies_as_of(conn, tenant, &ids, at).await?,
    };
    let mut tallies: HashMap<AgencyId, AgencyTally> = tallies.into_iter().map(|tally| (tally.agency_id, tally)).collect();
    for (agency, shift) in shifts(conn, tenant, &ids, policy, None, at).await? {
        if let Some(tally) = tallies.get_mut(&AgencyId(agency)) {
            tally.points = scaled(tally.points + shift.points, 4);
            tally.quick += shift.quick;
            tally.slow_days += shift.slow_days;
        }
    }
    let window = window(conn, tenant, &ids, asked - TimeDelta::days(SCORE_2_DAYS), asked, policy).await?;
    let formula = formula(policy, asked);
    let score = |agency: &AgencyId| {
        let tally = tallies.remove(agency).unwrap_or_else(|| AgencyTally::nothing(tenant, *agency));
        let (points, handled) = window.get(&agency.0).copied().unwrap_or_default();
        let score_1 = score_1_of(tally.points).normalize();
        let score_2 = score_2_of(points, handled);
        let performance = if formula == SCORE_2 { score_2 } else { score_1 };
        AgencyScore { tally, score_1, score_2, formula, performance }
    };
    Ok(agencies.iter().map(score).collect())
}

/// The mean `performance_score` of these active agencies with their points, two decimals; `None` without any.
pub(crate) async fn mean_performance(
    conn: &mut PgConnection,
    tenant: TenantId,
    policy: Option<&ScorePolicy>,
    active: &[(Uuid, Decimal)],
    now: Instant,
) -> sqlx::Result<Option<Decimal>> {
    let policy = ScorePolicy::policy(policy);
    let ids: Vec<Uuid> = active.iter().map(|(id, _)| *id).collect();
    let sum: Decimal = match formula(&policy, now) {
        SCORE_2 => {
            let window = window(conn, tenant, &ids, now - TimeDelta::days(SCORE_2_DAYS), now, &policy).await?;
            let score = |id| window.get(id).copied().unwrap_or_default();
            ids.iter().map(score).map(|(points, handled)| score_2_of(points, handled)).sum()
        }
        _ => {
            let shifts = shifts(conn, tenant, &ids, &policy, None, None).await?;
            let shift = |id| shifts.get(id).copied().unwrap_or_default().points;
            active.iter().map(|(id, points)| score_1_of(*points + shift(id))).sum()
        }
    };
    Ok((!active.is_empty()).then(|| rounded(sum / Decimal::from(active.len()), 2)))
}

/// The formula that the settings in force at an instant name.
fn formula(policy: &Policy, at: Instant) -> &'static str {
    match policy.in_force(at).values.score_formula.as_str() {
        SCORE_2 => SCORE_2,
        _ => SCORE_1,
    }
}

/// What each agency's deeds after one instant and up to another come to in `agency.score@2`: points and cases handled. Hour by hour,
/// but for the rest of the first hour, which is added deed by deed, and that of the last, which is taken off again.
async fn window(
    conn: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
    after: Instant,
    until: Instant,
    policy: &Policy,
) -> sqlx::Result<HashMap<Uuid, (Decimal, i64)>> {
    let found = sqlx::query!(
        r#"select agency_id as "agency_id!", sum(floored) as "points!", sum(handled)::bigint as "handled!"
           from (select agency_id, floored, handled from agency_score_hours
                 where tenant_id = $1 and agency_id = any($2) and hour > $4 and hour <= $6
                 union all
                 select agency_id, floored, handled from agency_score_entries
                 where tenant_id = $1 and agency_id = any($2) and occurred_at > $3 and occurred_at < $4 + interval '1 hour'
                 union all
                 select agency_id, -floored, -handled from agency_score_entries
                 where tenant_id = $1 and agency_id = any($2) and occurred_at > $5 and occurred_at < $6 + interval '1 hour') parts
           group by agency_id"#,
        tenant.0,
        ids,
        after,
        hour(after),
        until,
        hour(until),
    );
    let found = found.fetch_all(&mut *conn).await?;
    let mut window: HashMap<_, _> = found.into_iter().map(|w| (w.agency_id, (w.points, w.handled))).collect();
    for (agency, shift) in shifts(conn, tenant, ids, policy, Some(after), Some(until)).await? {
        window.entry(agency).and_modify(|(points, _)| *points += shift.floored);
    }
    Ok(window)
}

async fn tallies(conn: &mut PgConnection, tenant: TenantId, ids: &[Uuid]) -> sqlx::Result<Vec<AgencyTally>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(s) as "tally!: Json<AgencyTally>" from agency_scores s where tenant_id = $1 and agency_id = any($2)"#,
        tenant.0,
        ids,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|tally| tally.0).collect())
}

async fn tallies_as_of(conn: &mut PgConnection, tenant: TenantId, ids: &[Uuid], at: Instant) -> sqlx::Result<Vec<AgencyTally>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(s) as "tally!: Json<AgencyTally>"
           from (select tenant_id, agency_id, count(*) filter (where deed = 'completed') as completed,
                   count(*) filter (where deed = 'rejected') as rejected, count(*) filter (where deed = 'delayed') as delays,
                   count(*) filter (where quick) as quick, sum(slow_days) as slow_days,
                   count(*) filter (where sla = 'at_risk') as at_risk, count(*) filter (where sla = 'breached') as breached,
                   sum(seconds) as processing_seconds, sum(points) as points
                 from agency_score_entries
                 where tenant_id = $1 and agency_id = any($2) and occurred_at <= $3
                 group by tenant_id, agency_id) s"#,
        tenant.0,
        ids,
        at,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|tally| tally.0).collect())
}

/// A company's settings as its agencies are judged by them.
pub async fn policy(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Policy> {
    let found = sqlx::query_scalar!(
        r#"select to_json(p) as "policy!: Json<ScorePolicy>" from agency_score_policies p where tenant_id = $1"#,
        tenant.0,
    );
    let published = found.fetch_optional(conn).await?.map(|policy| policy.0);
    Ok(ScorePolicy::policy(published.as_ref()))
}
