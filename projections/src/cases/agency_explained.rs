//! Why the score of an agency is what it is: every deed that counts, with the settings by which it is judged.

use crate::cases::agency_score::{Formula, policy};
use crate::cases::agency_scores::AgencyEntry;
use chrono::TimeDelta;
use domain::cases::policy::Policy;
use domain::cases::score::{Points, SCORE_2_DAYS, score_1, score_2};
use domain::explain::{Explanation, Term};
use domain::{AgencyId, CaseId, Instant, TenantId};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// The score of an agency by a formula, with every reason: as of `at`, or now with everything on record.
pub async fn explain(
    conn: &mut PgConnection,
    tenant: TenantId,
    agency: AgencyId,
    formula: Formula,
    at: Option<Instant>,
    now: Instant,
) -> sqlx::Result<Explanation> {
    let policy = policy(conn, tenant).await?;
    explain_by(conn, tenant, agency, formula, at, now, &policy).await
}

/// The same under any settings.
pub async fn explain_by(
    conn: &mut PgConnection,
    tenant: TenantId,
    agency: AgencyId,
    formula: Formula,
    at: Option<Instant>,
    now: Instant,
    policy: &Policy,
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
    let entries = entries.fetch_all(conn).await?;
    let terms = entries.iter().flat_map(|entry| terms(&entry.0, policy)).collect();
    Ok(match formula {
        Formula::Score1 => score_1(terms),
        Formula::Score2 => score_2(terms),
    })
}

/// What became of a case at these positions of the log, as far as these agencies are judged by it: the reasons, deed by deed.
pub async fn deeds(
    conn: &mut PgConnection,
    tenant: TenantId,
    case: CaseId,
    agencies: &[AgencyId],
    positions: &[i64],
) -> sqlx::Result<Vec<(AgencyId, Vec<Term>)>> {
    let ids: Vec<Uuid> = agencies.iter().map(|agency| agency.0).collect();
    let entries = sqlx::query_scalar!(
        r#"select to_json(e) as "entry!: Json<AgencyEntry>" from agency_score_entries e
           where tenant_id = $1 and agency_id = any($2) and position = any($3) and case_id = $4 order by position"#,
        tenant.0,
        &ids,
        positions,
        case.0,
    );
    let entries = entries.fetch_all(&mut *conn).await?;
    let policy = policy(conn, tenant).await?;
    Ok(entries.into_iter().map(|Json(entry)| (entry.agency_id, terms(&entry, &policy))).collect())
}

/// The reasons for the points of an entry, under the version of the policy that it names or a restatement does.
fn terms(entry: &AgencyEntry, policy: &Policy) -> Vec<Term> {
    let deed = entry.as_deed();
    let then = || policy.version(entry.policy_version).unwrap_or_else(|| policy.in_force(entry.occurred_at));
    let restated = policy.restated(entry.occurred_at);
    let judging = restated.map_or_else(then, |(_, version)| version);
    let done = match (entry.days, entry.sla) {
        (Some(days), Some(sla)) => Some(format!("{days} whole days from assignment to completion, SLA {}", sla.shown())),
        _ => None,
    };
    let anew = restated.map(|(known, _)| format!("judged anew by restatement {}", known.restatement));
    let detail: Vec<String> = [done, anew].into_iter().flatten().collect();
    let detail = (!detail.is_empty()).then(|| detail.join("; "));
    let term = |(nth, points): (usize, Points)| Term {
        reason: points.reason.into(),
        points: points.points.normalize(),
        counts: Decimal::from(if nth == 0 { entry.handled } else { 0 }),
        event_id: Some(entry.event_id),
        position: Some(entry.position.to_i64()),
        occurred_at: Some(entry.occurred_at),
        case_id: Some(entry.case_id.0),
        policy_version: Some(judging.version),
        about: None,
        detail: detail.clone(),
    };
    deed.points(&judging.values).into_iter().enumerate().map(term).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::agency_scores::{AgencyScores, EntryKey};
    use crate::cases::story::{AGENCY, Story, TENANT};
    use domain::cases::score::score_1_of;
    use domain::cases::sla::SlaStatus;
    use rust_decimal::dec;

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
