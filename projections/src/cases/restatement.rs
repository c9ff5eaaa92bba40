//! What agencies' deeds come to where a stretch of the past is judged by other settings than those in force then.

use crate::cases::agency_scores::{AgencyEntry, DeedKind};
use domain::cases::policy::Policy;
use domain::cases::score::SCORE_2_FLOOR;
use domain::cases::sla::SlaStatus;
use domain::{Instant, TenantId};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// By how much the sums of an agency differ from what its account says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shift {
    pub points: Decimal,
    pub floored: Decimal,
    pub quick: i64,
    pub slow_days: i64,
}

/// Deeds of an agency that any settings judge alike, and what they came to under the settings of their time.
#[derive(Debug, Deserialize)]
struct Alike {
    agency_id: Uuid,
    deed: DeedKind,
    days: Option<i64>,
    sla: Option<SlaStatus>,
    deeds: i64,
    points: Decimal,
    floored: Decimal,
    quick: i64,
    slow_days: i64,
}

/// The shift of each of these agencies that has any, over its deeds after one instant and up to another. Deeds are added up in the
/// database by what the settings look at, and judged here, so that the formula stands in one place only.
pub(crate) async fn shifts(
    conn: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
    policy: &Policy,
    after: Option<Instant>,
    until: Option<Instant>,
) -> sqlx::Result<HashMap<Uuid, Shift>> {
    let mut shifts: HashMap<Uuid, Shift> = HashMap::new();
    for (from, to) in stretches(policy) {
        let Some((_, version)) = policy.restated(from) else { continue };
        for alike in alike(conn, tenant, ids, (from, to), after, until).await? {
            let deed = AgencyEntry::deed(alike.deed, alike.days, alike.sla);
            let (points, deeds) = (deed.total(&version.values), Decimal::from(alike.deeds));
            let shift = shifts.entry(alike.agency_id).or_default();
            shift.points += deeds * points - alike.points;
            shift.floored += deeds * points.max(SCORE_2_FLOOR) - alike.floored;
            shift.quick += if deed.quick(&version.values) { alike.deeds } else { 0 } - alike.quick;
            shift.slow_days += alike.deeds * deed.slow_days(&version.values) - alike.slow_days;
        }
    }
    Ok(shifts)
}

/// The stretches between the ends of the restatements: within each, one and the same version judges.
fn stretches(policy: &Policy) -> Vec<(Instant, Instant)> {
    let mut ends: Vec<Instant> = policy.restatements().iter().flat_map(|known| [known.from, known.until]).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.iter().copied().zip(ends.iter().copied().skip(1)).collect()
}

async fn alike(
    conn: &mut PgConnection,
    tenant: TenantId,
    ids: &[Uuid],
    (from, to): (Instant, Instant),
    after: Option<Instant>,
    until: Option<Instant>,
) -> sqlx::Result<Vec<Alike>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(s) as "alike!: Json<Alike>"
           from (select agency_id, deed, days, sla, count(*) as deeds, sum(points) as points, sum(floored) as floored,
                   count(*) filter (where quick) as quick, sum(slow_days)::bigint as slow_days
                 from agency_score_entries
                 where tenant_id = $1 and agency_id = any($2) and occurred_at >= $3 and occurred_at < $4
                   and ($5::timestamptz is null or occurred_at > $5) and ($6::timestamptz is null or occurred_at <= $6)
                 group by agency_id, deed, days, sla) s"#,
        tenant.0,
        ids,
        from,
        to,
        after,
        until,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|alike| alike.0).collect())
}

/// The agencies that did something in a stretch, in the order of their ids.
pub async fn concerned(conn: &mut PgConnection, tenant: TenantId, from: Instant, to: Instant) -> sqlx::Result<Vec<Uuid>> {
    let found = sqlx::query_scalar!(
        "select distinct agency_id from agency_score_entries
         where tenant_id = $1 and occurred_at >= $2 and occurred_at < $3 order by agency_id",
        tenant.0,
        from,
        to,
    );
    found.fetch_all(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::at_day;
    use domain::Aggregate;
    use domain::cases::policy::{PolicyEvent, Restatement};

    #[test]
    fn stretches_lie_between_the_ends_of_all_restatements() {
        let mut policy = Policy::default();
        for (restatement, from, until) in [(1, 1, 9), (2, 5, 12), (3, 9, 12)] {
            let reason = "agreed".to_owned().try_into().unwrap();
            let (from, until) = (at_day(from), at_day(until));
            policy.evolve(&PolicyEvent::Restated(Restatement { restatement, from, until, version: 1, reason }));
        }
        let days = [(1, 5), (5, 9), (9, 12)].map(|(from, to)| (at_day(from), at_day(to)));
        assert_eq!(stretches(&policy), days);
        assert_eq!(stretches(&Policy::default()), []);
    }
}
