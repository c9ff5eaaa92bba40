//! The scores of agencies as of an instant, and why they are what they are.

use crate::cases::agency_scores::{AgencyEntry, AgencyTally, ScorePolicy, hour};
use chrono::TimeDelta;
use domain::cases::policy::Policy;
use domain::cases::score::{SCORE_1, SCORE_2, SCORE_2_DAYS, score_1, score_1_of, score_2, score_2_of};
use domain::explain::{Explanation, Term, rounded};
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
    let ids: Vec<Uuid> = agencies.iter().map(|agency| agency.0).collect();
    let asked = at.unwrap_or(now);
    let tallies = match at {
        None => tallies(conn, tenant, &ids).await?,
        Some(at) => tallies_as_of(conn, tenant, &ids, at).await?,
    };
    let mut tallies: HashMap<AgencyId, AgencyTally> = tallies.into_iter().map(|tally| (tally.agency_id, tally)).collect();
    let window = window(conn, tenant, &ids, asked - TimeDelta::days(SCORE_2_DAYS), asked).await?;
    let formula = formula(&policy(conn, tenant).await?, asked);
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

/// The mean `performance_score` of all active agencies, two decimals; `None` without any.
pub async fn mean_performance(conn: &mut PgConnection, tenant: TenantId, now: Instant) -> sqlx::Result<Option<Decimal>> {
    let formula = formula(&policy(conn, tenant).await?, now);
    let active = sqlx::query!(
        r#"select a.agency_id, coalesce(s.points, 0) as "points!"
           from agencies a left join agency_scores s on s.tenant_id = a.tenant_id and s.agency_id = a.agency_id
           where a.tenant_id = $1 and a.is_active"#,
        tenant.0,
    );
    let active = active.fetch_all(&mut *conn).await?;
    let sum: Decimal = match formula {
        SCORE_2 => {
            let ids: Vec<Uuid> = active.iter().map(|agency| agency.agency_id).collect();
            let window = window(conn, tenant, &ids, now - TimeDelta::days(SCORE_2_DAYS), now).await?;
            let score = |id| window.get(id).copied().unwrap_or_default();
            ids.iter().map(score).map(|(points, handled)| score_2_of(points, handled)).sum()
        }
        _ => active.iter().map(|agency| score_1_of(agency.points)).sum(),
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
    Ok(found.fetch_all(conn).await?.into_iter().map(|w| (w.agency_id, (w.points, w.handled))).collect())
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

async fn policy(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Policy> {
    let found = sqlx::query_scalar!(
        r#"select to_json(p) as "policy!: Json<ScorePolicy>" from agency_score_policies p where tenant_id = $1"#,
        tenant.0,
    );
    let published = found.fetch_optional(conn).await?.map(|policy| policy.0);
    Ok(ScorePolicy::policy(published.as_ref()))
}

/// The score of an agency by a formula, with every reason: as of `at`, or now with everything on record.
pub async fn explain(
    conn: &mut PgConnection,
    tenant: TenantId,
    agency: AgencyId,
    formula: Formula,
    at: Option<Instant>,
    now: Instant,
) -> sqlx::Result<Explanation> {
    let (after, until) = match formula {
        Formula::Score1 => (None, at),
        Formula::Score2 => (Some(at.unwrap_or(now) - TimeDelta::days(SCORE_2_DAYS)), Some(at.unwrap_or(now))),
    };
    let entries = sqlx::query_scalar!(
        r#"select to_json(e) as "entry!: Json<AgencyEntry>" from agency_score_entries e
           where tenant_id = $1 and agency_id = $2 and ($3::timestamptz is null or occurred_at > $3)
             and ($4::timestamptz is null or occurred_at <= $4)
           order by position"#,
        tenant.0,
        agency.0,
        after,
        until,
    );
    let entries = entries.fetch_all(&mut *conn).await?;
    let policy = policy(conn, tenant).await?;
    let terms = entries.iter().flat_map(|entry| terms(&entry.0, &policy)).collect();
    Ok(match formula {
        Formula::Score1 => score_1(terms),
        Formula::Score2 => score_2(terms),
    })
}

/// The reasons for the points of an entry, under the version of the policy that it names.
fn terms(entry: &AgencyEntry, policy: &Policy) -> Vec<Term> {
    let deed = entry.as_deed();
    let version = policy.versions().iter().find(|known| known.version == entry.policy_version);
    let values = &version.unwrap_or_else(|| policy.in_force(entry.occurred_at)).values;
    let fact = match (entry.days, entry.sla) {
        (Some(days), Some(sla)) => Some(format!("{days} whole days from assignment to completion, SLA {}", sla.shown())),
        _ => None,
    };
    let term = |(nth, points): (usize, domain::cases::score::Points)| Term {
        reason: points.reason.into(),
        points: points.points.normalize(),
        counts: Decimal::from(if nth == 0 { entry.handled } else { 0 }),
        event_id: Some(entry.event_id),
        position: Some(entry.position.to_i64()),
        occurred_at: Some(entry.occurred_at),
        case_id: Some(entry.case_id.0),
        policy_version: Some(entry.policy_version),
        detail: fact.clone(),
    };
    deed.points(values).into_iter().enumerate().map(term).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::agency_scores::{AgencyScores, EntryKey};
    use crate::cases::story::{AGENCY, Story, TENANT};
    use domain::cases::sla::SlaStatus;

    #[test]
    fn the_terms_of_an_entry_come_to_its_points() {
        let mut story = Story::opened(0);
        story.assigned(0).completed(12, 12, SlaStatus::AtRisk);
        let rows = story.rows::<AgencyScores>();
        let key = EntryKey { tenant_id: TENANT, agency_id: AGENCY, position: story.last().position };
        let entry = rows.get::<AgencyEntry>(&key).unwrap().unwrap();
        let terms = terms(entry, &Policy::default());
        let reasons: Vec<_> = terms.iter().map(|term| (term.reason.as_str(), term.counts)).collect();
        assert_eq!(reasons, [("completion", dec!(1)), ("slow_processing", dec!(0)), ("completed_at_risk", dec!(0))]);
        assert_eq!(terms.iter().map(|term| term.points).sum::<Decimal>(), entry.points);
        assert_eq!(score_1(terms).value, score_1_of(entry.points));
    }
}
