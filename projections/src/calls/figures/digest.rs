//! What a report that makes itself says of some days: all calls, every team and every agent, with the formula of every figure.

use super::names::Names;
use super::{Dimension, Groups, Question, Slice, groups, position};
use crate::Viewer;
use chrono::NaiveDate;
use domain::calls::measures::{Measure, Sums};
use domain::{Instant, TenantId};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

const OF_CALLS: &[Measure] = &[
    Measure::Calls,
    Measure::Inbound,
    Measure::Outbound,
    Measure::Handled,
    Measure::Missed,
    Measure::Abandoned,
    Measure::Voicemail,
    Measure::ServiceLevel,
    Measure::AbandonmentRate,
    Measure::AverageAnswerSeconds,
    Measure::AverageHandleSeconds,
    Measure::FcrRate,
    Measure::ComplaintRate,
    Measure::AppointmentConversion,
    Measure::AverageSatisfaction,
];

const OF_PEOPLE: &[Measure] = &[
    Measure::Calls,
    Measure::Handled,
    Measure::Missed,
    Measure::TalkSeconds,
    Measure::AverageHandleSeconds,
    Measure::FcrRate,
    Measure::ComplaintRate,
    Measure::AppointmentConversion,
    Measure::AverageSatisfaction,
    Measure::CallsPerAgentDay,
    Measure::Utilization,
    Measure::CallsPerHour,
    Measure::AttendanceRate,
    Measure::PunctualityRate,
    Measure::ScheduleAdherence,
    Measure::QaPercentage,
];

/// The report over these days, as far as whoever looks sees.
pub async fn digest(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    (from, to): (NaiveDate, NaiveDate),
    now: Instant,
) -> sqlx::Result<Value> {
    let question = |measures: &[Measure], dimensions: &[Dimension], of_agents| Question {
        measures: measures.to_vec(),
        dimensions: dimensions.to_vec(),
        slice: Slice { of_agents, ..Slice::days(from, to) },
    };
    let position = position(conn).await?;
    // However many: there are no more of them than teams and agents.
    let all = i64::MAX;
    let whole = groups(conn, tenant, viewer, &question(OF_CALLS, &[], false), now, all).await?.unwrap_or_default();
    let by_team = [Dimension::Location, Dimension::Team];
    let teams = groups(conn, tenant, viewer, &question(OF_PEOPLE, &by_team, true), now, all).await?.unwrap_or_default();
    let agents =
        groups(conn, tenant, viewer, &question(OF_PEOPLE, &[Dimension::Agent], true), now, all).await?.unwrap_or_default();
    let places = Names::of(conn, tenant, &by_team, &teams).await?;
    let people = Names::of(conn, tenant, &[Dimension::Agent], &agents).await?;
    let id = |word: &Option<String>| word.as_ref().and_then(|word| Uuid::try_parse(word).ok());
    let sums = whole.into_values().next().unwrap_or_default();
    let formulas: BTreeMap<_, _> =
        OF_CALLS.iter().chain(OF_PEOPLE).map(|measure| (measure.word(), measure.formula().name)).collect();
    Ok(json!({
        "formulas": formulas,
        "position": position,
        "totals": figures(OF_CALLS, &sums),
        "teams": rows(&teams, |group| {
            let (location, team) = (group.first().and_then(id), group.get(1).cloned().flatten());
            let name = location.and_then(|location| places.locations.get(&location));
            json!({"locationId": location, "location": name, "team": team})
        }),
        "agents": rows(&agents, |group| {
            let agent = group.first().and_then(id);
            let known = agent.and_then(|agent| people.agents.get(&agent));
            json!({"agentId": agent, "email": known.and_then(|agent| agent.email.clone()),
                "name": known.and_then(|agent| agent.name.clone())})
        }),
    }))
}

fn rows(groups: &Groups, about: impl Fn(&super::Group) -> Value) -> Vec<Value> {
    let row = |(group, sums): (&super::Group, &Sums)| {
        let mut row = about(group);
        row["figures"] = figures(OF_PEOPLE, sums);
        row
    };
    groups.iter().map(row).collect()
}

/// Figures by name, `null` where there was nothing to measure.
fn figures(measures: &[Measure], sums: &Sums) -> Value {
    let figure = |measure: &Measure| (measure.word().to_owned(), json!(measure.figure(sums).value));
    Value::Object(measures.iter().map(figure).collect::<Map<_, _>>())
}
