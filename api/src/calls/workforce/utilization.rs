//! How well the time of shifts is used (B.E35), by agent, team, place or day, and every reason for a figure.

use crate::auth::Caller;
use crate::calls::explained::{ExplainedFigure, MOST_TERMS, too_many};
use crate::calls::formulas::ShownFigure;
use crate::calls::today;
use crate::calls::whom::whom;
use crate::error::Error;
use crate::extract::{Id, Params};
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use domain::calls::formulas::Figure;
use domain::explain::Term;
use domain::{Instant, LocationId, ShiftId};
use projections::calls::shift_measures::{ShiftMeasure, ShiftSums};
use projections::calls::shift_queries::{self as queries, ShiftCalls, ShiftFilter};
use projections::calls::shifts::ShiftRow;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The most shifts that are reckoned at once.
const MOST: i64 = 10_000;

/// What shifts are put together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum GroupBy {
    #[default]
    Agent,
    Team,
    Location,
    Day,
}

/// Whose time, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedUtilization {
    /// The first day; 30 days before the last one if it is not said.
    from: Option<NaiveDate>,
    /// The last day; today if it is not said.
    to: Option<NaiveDate>,
    /// An e-mail address or an id.
    #[serde(alias = "agentEmail", alias = "agentId")]
    agent: Option<String>,
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    team: Option<String>,
    group_by: Option<GroupBy>,
}

/// Which figure of a shift.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedExplanation {
    /// `utilization` (if nothing is said), `callsPerHour`, `talkShare`, `attendance`, `punctuality` or `adherence`.
    #[param(value_type = Option<String>, example = "utilization")]
    figure: Option<ShiftMeasure>,
    /// As the specification writes it, where there are two versions.
    #[serde(default)]
    literal: bool,
}

/// How well the time of shifts was used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Utilization {
    from: NaiveDate,
    to: NaiveDate,
    /// The instant as of which running shifts are reckoned.
    as_of: DateTime<Utc>,
    group_by: GroupBy,
    groups: Vec<UtilizationGroup>,
    total: UtilizationFigures,
}

/// The shifts that have something in common. What they have not is `null`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UtilizationGroup {
    agent_id: Option<Uuid>,
    agent_email: Option<String>,
    agent_name: Option<String>,
    team: Option<String>,
    location_id: Option<Uuid>,
    location: Option<String>,
    day: Option<NaiveDate>,
    #[serde(flatten)]
    figures: UtilizationFigures,
}

/// What shifts come to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UtilizationFigures {
    shifts: i64,
    worked_seconds: i64,
    total_available_time_seconds: i64,
    calls_handled: i64,
    total_talk_time_seconds: i64,
    total_after_call_work_seconds: i64,
    #[schema(value_type = ShownFigure)]
    utilization_percentage: Figure,
    #[schema(value_type = ShownFigure)]
    utilization_percentage_literal: Figure,
    #[schema(value_type = ShownFigure)]
    calls_per_hour: Figure,
    #[schema(value_type = ShownFigure)]
    calls_per_hour_literal: Figure,
    #[schema(value_type = ShownFigure)]
    talk_share: Figure,
    #[schema(value_type = ShownFigure)]
    attendance_rate: Figure,
    #[schema(value_type = ShownFigure)]
    punctuality_rate: Figure,
    #[schema(value_type = ShownFigure)]
    schedule_adherence_rate: Figure,
}

impl From<&ShiftSums> for UtilizationFigures {
    fn from(sums: &ShiftSums) -> Self {
        Self {
            shifts: sums.shifts,
            worked_seconds: sums.worked_seconds,
            total_available_time_seconds: sums.available_seconds,
            calls_handled: sums.calls_handled,
            total_talk_time_seconds: sums.talk_seconds,
            total_after_call_work_seconds: sums.acw_seconds,
            utilization_percentage: sums.figure(ShiftMeasure::Utilization, false),
            utilization_percentage_literal: sums.figure(ShiftMeasure::Utilization, true),
            calls_per_hour: sums.figure(ShiftMeasure::CallsPerHour, false),
            calls_per_hour_literal: sums.figure(ShiftMeasure::CallsPerHour, true),
            talk_share: sums.figure(ShiftMeasure::TalkShare, false),
            attendance_rate: sums.figure(ShiftMeasure::Attendance, false),
            punctuality_rate: sums.figure(ShiftMeasure::Punctuality, false),
            schedule_adherence_rate: sums.figure(ShiftMeasure::Adherence, false),
        }
    }
}

impl UtilizationGroup {
    fn of(by: GroupBy, first: &ShiftRow, sums: &ShiftSums) -> Self {
        let (agent, place) = (by == GroupBy::Agent, by == GroupBy::Location);
        Self {
            agent_id: agent.then_some(first.agent_id.0),
            agent_email: first.agent_email.clone().filter(|_| agent),
            agent_name: first.agent_name.clone().filter(|_| agent),
            team: first.team.clone().filter(|_| by == GroupBy::Team),
            location_id: first.location_id.map(|location| location.0).filter(|_| place),
            location: first.location_name.clone().filter(|_| place),
            day: (by == GroupBy::Day).then_some(first.shift_date),
            figures: sums.into(),
        }
    }
}

/// What tells groups apart: never a name that somebody may change.
fn key(by: GroupBy, shift: &ShiftRow) -> (Uuid, String, Option<NaiveDate>) {
    match by {
        GroupBy::Agent => (shift.agent_id.0, String::new(), None),
        GroupBy::Team => (Uuid::nil(), shift.team.clone().unwrap_or_default(), None),
        GroupBy::Location => (shift.location_id.map_or(Uuid::nil(), |location| location.0), String::new(), None),
        GroupBy::Day => (Uuid::nil(), String::new(), Some(shift.shift_date)),
    }
}

/// The order in which groups are shown.
fn order(by: GroupBy, shift: &ShiftRow) -> (String, Uuid, Option<NaiveDate>) {
    let (id, team, day) = key(by, shift);
    let name = match by {
        GroupBy::Agent => shift.agent_name.clone(),
        GroupBy::Location => shift.location_name.clone(),
        GroupBy::Team | GroupBy::Day => Some(team),
    };
    (name.unwrap_or_default(), id, day)
}

/// The shifts put together, and all of them. A group is called what its latest shift says.
fn grouped(
    by: GroupBy,
    shifts: &[ShiftRow],
    calls: &HashMap<ShiftId, ShiftCalls>,
    now: Instant,
) -> (Vec<UtilizationGroup>, ShiftSums) {
    let (mut groups, mut total) = (BTreeMap::new(), ShiftSums::default());
    for shift in shifts {
        let calls = calls.get(&shift.shift_id).copied().unwrap_or_default();
        let (latest, sums) = groups.entry(key(by, shift)).or_insert_with(|| (shift, ShiftSums::default()));
        *latest = shift;
        sums.add(shift, calls, now);
        total.add(shift, calls, now);
    }
    let mut groups: Vec<(&ShiftRow, ShiftSums)> = groups.into_values().collect();
    groups.sort_by_cached_key(|(latest, _)| order(by, latest));
    (groups.into_iter().map(|(latest, sums)| UtilizationGroup::of(by, latest, &sums)).collect(), total)
}

/// How well the time of the shifts one sees was used.
#[utoipa::path(get, path = "/api/workforce/utilization", tag = "workforce", params(WantedUtilization),
    responses((status = 200, body = Enveloped<Utilization>)))]
pub async fn utilization(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedUtilization>,
) -> Result<Answer<Utilization>, Error> {
    let WantedUtilization { from, to, agent, location_id, team, group_by } = wanted.0;
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let (_, today) = today::centre(&house, tenant).await?;
    let (from, to) = today::days(from, to, today, 30)?;
    let agent = whom(&house, &caller, agent).await?;
    let filter = ShiftFilter { agent, location: location_id, team, from: Some(from), until: Some(to), status: None };
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let shifts = queries::all(conn, tenant, &seen, &filter, MOST + 1).await?;
            let calls = queries::calls_of(conn, tenant, &seen, &shifts, now).await?;
            Ok((shifts, calls))
        })
    });
    let (shifts, calls) = found.await?;
    if shifts.len() as i64 > MOST {
        return Err(Error::invalid("from", format!("there are more than {MOST} shifts; ask for fewer days")));
    }
    let by = group_by.unwrap_or_default();
    let (groups, total) = grouped(by, &shifts, &calls, now);
    Ok(Answer::ok(Utilization { from, to, as_of: now, group_by: by, groups, total: (&total).into() }))
}

/// Why a figure of a shift is what it is: every call, the shift itself, and the sum to do again.
#[utoipa::path(get, path = "/api/workforce/shifts/{id}/explain", tag = "workforce",
    params(("id" = Uuid, Path, description = "The shift."), WantedExplanation),
    responses((status = 200, body = Enveloped<ExplainedFigure>)))]
pub async fn explain_shift(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    wanted: Params<WantedExplanation>,
) -> Result<Answer<ExplainedFigure>, Error> {
    let WantedExplanation { figure, literal } = wanted.0;
    let figure = figure.unwrap_or(ShiftMeasure::Utilization);
    let (tenant, viewer, now, id) = (caller.tenant(), caller.viewer(), house.commands.now(), ShiftId(id.0));
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let Some(shift) = queries::card(conn, tenant, &seen, id).await? else { return Ok(None) };
            let calls = queries::each_call(conn, tenant, &seen, &shift, now, MOST_TERMS + 1).await?;
            Ok(Some((shift, calls)))
        })
    });
    let (shift, calls) = found.await?.ok_or_else(|| Error::missing("shift"))?;
    if calls.len() as i64 > MOST_TERMS {
        return Err(too_many());
    }
    let about_calls = matches!(figure, ShiftMeasure::Utilization | ShiftMeasure::CallsPerHour | ShiftMeasure::TalkShare);
    let of_calls = calls.iter().filter(|_| about_calls).filter_map(|call| {
        let (points, _) = figure.of(&shift, call.calls, now)?;
        let said = format!("talked for {} s, {} s of work after it", call.calls.talk_seconds, call.calls.acw_seconds);
        Some(Term {
            position: Some(call.position),
            occurred_at: Some(call.began),
            about: Some(call.call_id.0),
            detail: Some(said),
            ..Term::of("call", points.into(), Decimal::ZERO)
        })
    });
    let of_calls: Vec<Term> = of_calls.filter(|term| !term.points.is_zero()).collect();
    let terms = of_calls.into_iter().chain(own(&shift, figure, now)).collect();
    let name = serde_json::to_value(figure).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    Ok(Answer::ok(ExplainedFigure::of(name, figure.formula(literal), terms)))
}

/// What the shift itself brings.
fn own(shift: &ShiftRow, figure: ShiftMeasure, now: Instant) -> Option<Term> {
    let (points, counts) = figure.of(shift, ShiftCalls::default(), now)?;
    let said = match figure {
        ShiftMeasure::Attendance | ShiftMeasure::Punctuality | ShiftMeasure::Adherence => {
            format!(
                "{}, {} minutes late, {} minutes early",
                shift.shift_status.word(),
                shift.tardiness_minutes,
                shift.early_departure_minutes
            )
        }
        _ => format!("worked for {} s, of which {} s on breaks", shift.worked_seconds(now), shift.paused_seconds(now)),
    };
    Some(Term {
        event_id: Some(shift.event_id),
        position: Some(shift.position.to_i64()),
        occurred_at: Some(shift.updated_at),
        about: Some(shift.shift_id.0),
        detail: Some(said),
        ..Term::of("shift", points.into(), counts.into())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn somebody_who_was_renamed_is_one_person_still() {
        let at = |day: u32, hour: u32| format!("2026-03-0{day}T{hour:02}:00:00Z");
        let shift = |day: u32, agent: u128, name: &str| -> ShiftRow {
            let (id, agent) = (Uuid::from_u128(day.into()), Uuid::from_u128(agent));
            serde_json::from_value(json!({"tenant_id": id, "shift_id": id, "agent_id": agent, "agent_name": name,
                "shift_date": format!("2026-03-0{day}"), "start_time": "08:00:00", "end_time": "16:00:00", "zone": "UTC",
                "scheduled_start": at(day, 8), "scheduled_end": at(day, 16), "settles_at": at(day, 20), "break_seconds": 0,
                "lunch_seconds": 0, "training_seconds": 0, "meeting_seconds": 0, "tardiness_minutes": 0,
                "early_departure_minutes": 0, "shift_status": "absent", "corrected": false, "created_at": at(1, 7),
                "updated_at": at(1, 7), "version": 1, "position": 1, "event_id": id}))
            .unwrap()
        };
        let shifts = [shift(1, 7, "Zoe Young"), shift(2, 8, "Bob Hall"), shift(3, 7, "Ada Young")];
        let (groups, total) = grouped(GroupBy::Agent, &shifts, &HashMap::new(), at(4, 8).parse().unwrap());
        let shown: Vec<_> = groups.iter().map(|group| (group.agent_name.as_deref(), group.figures.shifts)).collect();
        assert_eq!((shown, total.shifts), (vec![(Some("Ada Young"), 2), (Some("Bob Hall"), 1)], 3));
    }
}
