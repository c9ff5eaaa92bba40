//! What the weeks of agents come to, for the rules that say who could do with coaching.

use crate::Viewer;
use chrono::NaiveDate;
use domain::calls::coaching::{AgentFacts, Evidence};
use domain::{LocationId, TenantId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Whose weeks are looked at; what is absent does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct CoachingFilter {
    pub location: Option<LocationId>,
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

/// An agent and what their weeks come to.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentWeeks {
    pub agent_id: UserId,
    pub email: Option<String>,
    pub name: Option<String>,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub facts: AgentFacts,
}

/// The latest records that show something of an agent, by what each rule looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvidenceIds {
    unresolved: Vec<Uuid>,
    complaints: Vec<Uuid>,
    discontent: Vec<Uuid>,
    long: Vec<Uuid>,
    missed: Vec<Uuid>,
    reviews: Vec<Uuid>,
    shifts: Vec<Uuid>,
    late: Vec<Uuid>,
}

impl EvidenceIds {
    /// Those behind a rule.
    pub fn of(&self, rule: &str, evidence: Evidence) -> Vec<Uuid> {
        let of = match (evidence, rule) {
            (Evidence::Reviews, _) => &self.reviews,
            (Evidence::Shifts, "often_late") => &self.late,
            (Evidence::Shifts, _) => &self.shifts,
            (Evidence::Calls, "complaints") => &self.complaints,
            (Evidence::Calls, "low_satisfaction") => &self.discontent,
            (Evidence::Calls, "long_calls") => &self.long,
            (Evidence::Calls, "missed_calls") => &self.missed,
            (Evidence::Calls, _) => &self.unresolved,
        };
        of.clone()
    }
}

/// The agents whom somebody sees and what these days come to for each.
pub async fn agents(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &CoachingFilter,
) -> sqlx::Result<Vec<AgentWeeks>> {
    let found = sqlx::query!(
        r#"select a.agent_id, a.email, a.name, a.location_id, a.location_name, a.team,
             calls.handled as "handled!", calls.missed as "missed!", calls.resolved as "resolved!",
             calls.complaints as "complaints!", calls.handling as "handling!", calls.satisfied as "satisfied!", calls.asked as "asked!",
             marks.reviews as "reviews!", marks.points as "points!", marks.sums as "sums!", marks.counts as "counts!",
             shifts.due as "due!", shifts.begun as "begun!", shifts.late as "late!", shifts.planned as "planned!", shifts.missed as "missed_seconds!"
           from agents a
           cross join lateral (
             select coalesce(sum(d.answered), 0)::bigint as handled, coalesce(sum(d.missed), 0)::bigint as missed,
                    coalesce(sum(d.handled_resolved), 0)::bigint as resolved,
                    coalesce(sum(d.handled_complaints), 0)::bigint as complaints,
                    coalesce(sum(d.talk_seconds + d.acw_seconds), 0)::bigint as handling,
                    coalesce(sum(d.satisfaction_sum), 0)::bigint as satisfied,
                    coalesce(sum(d.satisfaction_count), 0)::bigint as asked
             from agent_days d
             where d.tenant_id = $1 and d.agent_id = a.agent_id and d.day between $5 and $6
               and ($2 or d.agent_id = $3 or d.location_id = any($4))) calls
           cross join lateral (
             select count(*) as reviews, coalesce(sum(r.total_score), 0)::bigint as points,
                    array[coalesce(sum(r.greeting_professionalism), 0), coalesce(sum(r.active_listening), 0),
                          coalesce(sum(r.problem_resolution), 0), coalesce(sum(r.product_knowledge), 0),
                          coalesce(sum(r.communication_clarity), 0), coalesce(sum(r.empathy_patience), 0),
                          coalesce(sum(r.call_control), 0), coalesce(sum(r.closing_effectiveness), 0)]::bigint[] as sums,
                    array[count(r.greeting_professionalism), count(r.active_listening), count(r.problem_resolution),
                          count(r.product_knowledge), count(r.communication_clarity), count(r.empathy_patience),
                          count(r.call_control), count(r.closing_effectiveness)]::bigint[] as counts
             from reviews r
             where r.tenant_id = $1 and r.agent_id = a.agent_id and r.review_date between $5 and $6 and r.review_status <> 'draft'
               and ($2 or r.agent_id = $3 or r.reviewer_id = $3 or r.location_id = any($4))) marks
           cross join lateral (
             select count(*) as due, count(s.actual_start) as begun, count(s.actual_start) filter (where s.tardiness_minutes > 0) as late,
                    coalesce(sum(extract(epoch from s.scheduled_end - s.scheduled_start)), 0)::bigint as planned,
                    coalesce(sum(case when s.shift_status = 'absent' then extract(epoch from s.scheduled_end - s.scheduled_start)
                      else least(extract(epoch from s.scheduled_end - s.scheduled_start),
                        greatest(0, floor(extract(epoch from least(s.actual_start, s.scheduled_end) - s.scheduled_start)))
                        + greatest(0, floor(extract(epoch from s.scheduled_end - greatest(s.actual_end, s.scheduled_start))))) end),
                      0)::bigint as missed
             from shifts s
             where s.tenant_id = $1 and s.agent_id = a.agent_id and s.shift_date between $5 and $6
               and s.shift_status in ('completed', 'partial', 'absent')
               and ($2 or s.agent_id = $3 or s.location_id = any($4))) shifts
           where a.tenant_id = $1 and a.is_active and ($2 or a.agent_id = $3 or a.location_id = any($4))
             and ($7::uuid is null or a.location_id = $7)
           order by a.agent_id"#,
        tenant.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        filter.from,
        filter.until,
        filter.location.map(|location| location.0),
    );
    let found = found.fetch_all(conn).await?.into_iter().map(|row| {
        let mut categories = [(0, 0); 8];
        for (category, sums) in categories.iter_mut().zip(row.sums.into_iter().zip(row.counts)) {
            *category = sums;
        }
        AgentWeeks {
            agent_id: UserId(row.agent_id),
            email: row.email,
            name: row.name,
            location_id: row.location_id.map(LocationId),
            location_name: row.location_name,
            team: row.team,
            facts: AgentFacts {
                handled: row.handled,
                missed: row.missed,
                resolved_first: row.resolved,
                complaints: row.complaints,
                handle_seconds: row.handling,
                satisfaction: (row.satisfied, row.asked),
                reviews: row.reviews,
                review_points: row.points,
                categories,
                shifts_due: row.due,
                shifts_begun: row.begun,
                shifts_late: row.late,
                planned_seconds: row.planned,
                missed_seconds: row.missed_seconds,
            },
        }
    });
    Ok(found.collect())
}

/// The records that show it, at most twenty of each kind, the plainest or latest first.
pub async fn evidence(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    agent: UserId,
    filter: &CoachingFilter,
) -> sqlx::Result<EvidenceIds> {
    let found = sqlx::query!(
        r#"with theirs as materialized (
             select * from calls c
             where c.tenant_id = $1 and c.agent_id = $7 and c.day between $5 and $6 and ($2 or c.agent_id = $3 or c.location_id = any($4)))
           select
             array(select call_id from theirs where talk_seconds is not null and not first_call_resolution
                   order by call_start_time desc limit 20) as "unresolved!",
             array(select call_id from theirs where complaint_call and talk_seconds is not null
                   order by call_start_time desc limit 20) as "complaints!",
             array(select call_id from theirs where customer_satisfaction_score is not null
                   order by customer_satisfaction_score, call_start_time desc limit 20) as "discontent!",
             array(select call_id from theirs where talk_seconds is not null
                   order by talk_seconds + after_call_work_seconds desc, call_id limit 20) as "long!",
             array(select c.call_id from calls c where c.tenant_id = $1 and c.day between $5 and $6 and $7 = any(c.missed_by)
                     and c.agent_id is distinct from $7 and ($2 or c.agent_id = $3 or c.location_id = any($4))
                   order by c.call_start_time desc limit 20) as "missed!",
             array(select r.review_id from reviews r where r.tenant_id = $1 and r.agent_id = $7 and r.review_date between $5 and $6
                     and r.review_status <> 'draft' and ($2 or r.agent_id = $3 or r.reviewer_id = $3 or r.location_id = any($4))
                   order by r.review_date desc, r.review_id limit 20) as "reviews!",
             array(select s.shift_id from shifts s where s.tenant_id = $1 and s.agent_id = $7 and s.shift_date between $5 and $6
                     and s.shift_status in ('completed', 'partial', 'absent') and ($2 or s.agent_id = $3 or s.location_id = any($4))
                   order by case when s.shift_status = 'absent' then s.scheduled_end - s.scheduled_start
                       else least(s.scheduled_end - s.scheduled_start,
                         greatest(interval '0', least(s.actual_start, s.scheduled_end) - s.scheduled_start)
                         + greatest(interval '0', s.scheduled_end - greatest(s.actual_end, s.scheduled_start))) end desc,
                     s.shift_date desc limit 20) as "shifts!",
             array(select s.shift_id from shifts s where s.tenant_id = $1 and s.agent_id = $7 and s.shift_date between $5 and $6
                     and s.shift_status in ('completed', 'partial') and ($2 or s.agent_id = $3 or s.location_id = any($4))
                   order by s.tardiness_minutes desc, s.shift_date desc limit 20) as "late!""#,
        tenant.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        filter.from,
        filter.until,
        agent.0,
    );
    let row = found.fetch_one(conn).await?;
    Ok(EvidenceIds {
        unresolved: row.unresolved,
        complaints: row.complaints,
        discontent: row.discontent,
        long: row.long,
        missed: row.missed,
        reviews: row.reviews,
        shifts: row.shifts,
        late: row.late,
    })
}
