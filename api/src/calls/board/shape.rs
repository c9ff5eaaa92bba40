//! How a board is written: objects by name instead of lists, and nothing that is null, so that a merge patch can say every change.

use super::figures::Counters;
use chrono::{DateTime, NaiveDate, Utc};
use domain::LocationId;
use domain::calls::centre::CallCentreValues;
use domain::calls::presence::PresenceState;
use domain::organization::role::Reach;
use projections::calls::board::{AgentNow, BoardRows, BusyTelephone, TodayRow};
use rust_decimal::Decimal;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A call centre at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// The day in the reporting zone.
    day: NaiveDate,
    #[schema(example = "America/Detroit")]
    timezone: String,
    /// `own`: one agent's; `locations`: those of a supervisor; `company`: all.
    #[schema(example = "company")]
    reach: &'static str,
    service_level: ServiceLevel,
    /// How many agents are in which state; `unknown` are those of whose telephone nothing was said.
    #[schema(example = json!({"available": 3, "on_call": 2}))]
    agents_by_state: BTreeMap<&'static str, u32>,
    /// How many began a shift and have not ended it, and how many of them are on a break.
    agents_on_shift: u32,
    agents_on_break: u32,
    /// By the id of their account.
    agents: BTreeMap<String, ShownAgent>,
    calls_in_progress: u32,
    /// By the telephone system's own name for the call.
    calls: BTreeMap<String, CallInProgress>,
    /// What the calls that began today come to.
    today: Counters,
    /// The same by queue.
    queues: BTreeMap<String, Counters>,
    /// The same by place.
    locations: BTreeMap<String, PlaceToday>,
}

/// What counts as answered in time, and how many per cent of the calls should be.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
struct ServiceLevel {
    #[schema(example = 20)]
    seconds: u32,
    #[schema(value_type = f64, example = 80)]
    target: Decimal,
}

/// Somebody who takes calls.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownAgent {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    /// `available`, `ringing`, `on_call`, `wrap_up`, `away`, `dnd`, `offline` or `unknown`.
    #[schema(example = "available")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<DateTime<Utc>>,
    /// They began a shift and have not ended it.
    on_shift: bool,
    /// `lunch`, `break`, `training` or `meeting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_break: Option<String>,
}

/// A call that is on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CallInProgress {
    #[serde(skip_serializing_if = "Option::is_none")]
    call_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<Uuid>,
    /// `ringing` as long as nobody talks, then `on_call`.
    #[schema(example = "on_call")]
    state: &'static str,
    since: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    /// By extension.
    telephones: BTreeMap<String, ShownTelephone>,
}

/// A telephone that takes part in a call.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownTelephone {
    #[schema(example = "ringing")]
    state: &'static str,
    since: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_id: Option<Uuid>,
}

/// A place and what its calls come to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
struct PlaceToday {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    counters: Counters,
}

impl Board {
    pub fn of(reach: &Reach, settings: &CallCentreValues, day: NaiveDate, rows: BoardRows) -> Self {
        let BoardRows { agents, telephones, today, places, .. } = rows;
        let of_all = *reach != Reach::Own;
        let mut agents_by_state: BTreeMap<&'static str, u32> = PresenceState::ALL.map(|state| (state.word(), 0)).into();
        agents_by_state.insert(UNKNOWN, 0);
        for agent in &agents {
            *agents_by_state.entry(word(agent.state)).or_default() += 1;
        }
        let calls = in_progress(telephones);
        let whole = Counters::of(today.iter(), of_all);
        let today = if of_all { today } else { vec![] };
        Self {
            day,
            timezone: settings.reporting_timezone.clone(),
            reach: match reach {
                Reach::Own => "own",
                Reach::Locations(_) => "locations",
                Reach::Tenant => "company",
            },
            service_level: ServiceLevel { seconds: settings.service_level_seconds, target: settings.service_level_target },
            agents_by_state,
            agents_on_shift: agents.iter().filter(|agent| agent.on_shift).count() as u32,
            agents_on_break: agents.iter().filter(|agent| agent.on_break.is_some()).count() as u32,
            agents: agents.into_iter().map(|agent| (agent.agent_id.to_string(), agent.into())).collect(),
            calls_in_progress: calls.len() as u32,
            calls,
            today: whole,
            queues: grouped(&today, |row| Some(row.queue_name.clone()).filter(|queue| !queue.is_empty())),
            locations: grouped(&today, |row| Some(row.location_id).filter(|place| !place.is_nil()))
                .into_iter()
                .map(|(place, counters)| {
                    let name = places.get(&LocationId(place)).cloned();
                    (place.to_string(), PlaceToday { name, counters })
                })
                .collect(),
        }
    }
}

const UNKNOWN: &str = "unknown";

fn word(state: Option<PresenceState>) -> &'static str {
    state.map_or(UNKNOWN, PresenceState::word)
}

fn grouped<K: Ord>(rows: &[TodayRow], key: impl Fn(&TodayRow) -> Option<K>) -> BTreeMap<K, Counters> {
    let mut groups: BTreeMap<K, Vec<&TodayRow>> = BTreeMap::new();
    for row in rows {
        if let Some(key) = key(row) {
            groups.entry(key).or_default().push(row);
        }
    }
    groups.into_iter().map(|(key, rows)| (key, Counters::of(rows.into_iter(), true))).collect()
}

/// Telephones in the same call belong together. Two telephone systems may use the same name for different calls.
fn in_progress(telephones: Vec<BusyTelephone>) -> BTreeMap<String, CallInProgress> {
    let mut calls: BTreeMap<String, CallInProgress> = BTreeMap::new();
    for telephone in telephones {
        let name = match (&telephone.call_key, telephone.source_id) {
            (Some(key), Some(source)) => format!("{source}:{key}"),
            (Some(key), None) => key.clone(),
            (None, _) => format!("telephone {}", telephone.extension),
        };
        let state = word(Some(if telephone.rings { PresenceState::Ringing } else { PresenceState::OnCall }));
        let call = calls.entry(name).or_insert_with(|| CallInProgress {
            call_key: telephone.call_key.clone(),
            source_id: telephone.source_id,
            state,
            since: telephone.since,
            queue: None,
            telephones: BTreeMap::new(),
        });
        if !telephone.rings {
            call.state = state;
        }
        call.since = call.since.min(telephone.since);
        call.queue = call.queue.take().or(telephone.queue_name);
        let shown = ShownTelephone {
            state,
            since: telephone.since,
            agent_id: telephone.agent_id.map(|agent| agent.0),
            agent: telephone.agent_name,
            location_id: telephone.location_id.map(|place| place.0),
        };
        call.telephones.insert(telephone.extension, shown);
    }
    calls
}

impl From<AgentNow> for ShownAgent {
    fn from(agent: AgentNow) -> Self {
        Self {
            name: agent.name,
            extension: agent.extension,
            location_id: agent.location_id.map(|place| place.0),
            team: agent.team,
            state: word(agent.state),
            since: agent.since,
            on_shift: agent.on_shift,
            on_break: agent.on_break,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::UserId;
    use eventlog::Position;
    use serde_json::json;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_772_460_000 + second, 0).unwrap()
    }

    fn busy(extension: &str, key: Option<&str>, rings: bool, second: i64) -> BusyTelephone {
        BusyTelephone {
            extension: extension.into(),
            source_id: None,
            call_key: key.map(str::to_owned),
            agent_id: Some(UserId(Uuid::from_u128(7))),
            agent_name: None,
            location_id: None,
            queue_name: (extension == "102").then(|| "Appointments".to_owned()),
            rings,
            since: at(second),
        }
    }

    fn today(place: u128, queue: &str, calls: i64) -> TodayRow {
        TodayRow { location_id: Uuid::from_u128(place), queue_name: queue.into(), calls, inbound: calls, ..Default::default() }
    }

    fn board(reach: &Reach) -> serde_json::Value {
        let agent = |n: u128, state| AgentNow {
            agent_id: UserId(Uuid::from_u128(n)),
            name: Some("Ada".into()),
            extension: None,
            location_id: None,
            team: None,
            state,
            since: None,
            on_shift: n > 1,
            on_break: (n == 3).then(|| "lunch".to_owned()),
        };
        let rows = BoardRows {
            position: Position::from_i64(9),
            agents: vec![agent(1, Some(PresenceState::OnCall)), agent(2, None), agent(3, None)],
            telephones: vec![busy("101", Some("C1"), false, 5), busy("102", Some("C1"), true, 3), busy("103", None, true, 9)],
            today: vec![today(1, "Appointments", 4), today(1, "", 2), today(0, "Appointments", 1)],
            places: BTreeMap::from([(LocationId(Uuid::from_u128(1)), "Wixom".to_owned())]),
        };
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        serde_json::to_value(Board::of(reach, &CallCentreValues::default(), day, rows)).unwrap()
    }

    #[test]
    fn telephones_in_one_call_are_one_call_and_agents_are_counted_by_state() {
        let board = board(&Reach::Tenant);
        assert_eq!(board["callsInProgress"], 2);
        let call = &board["calls"]["C1"];
        assert_eq!((&call["state"], &call["since"], &call["queue"]), (&json!("on_call"), &json!(at(3)), &json!("Appointments")));
        assert_eq!(call["telephones"]["102"]["state"], "ringing");
        assert_eq!(board["calls"]["telephone 103"]["state"], "ringing");
        assert_eq!((&board["agentsByState"]["unknown"], &board["agentsByState"]["on_call"]), (&json!(2), &json!(1)));
        assert_eq!((&board["agentsOnShift"], &board["agentsOnBreak"]), (&json!(2), &json!(1)));
        assert!(!board.to_string().contains("null"), "a merge patch could not say it: {board}");
    }

    #[test]
    fn queues_and_places_are_parts_of_the_whole() {
        let board_of_all = board(&Reach::Tenant);
        assert_eq!(board_of_all["today"]["calls"], 7);
        assert_eq!(board_of_all["queues"], json!({"Appointments": board_of_all["queues"]["Appointments"]}), "no queue is none");
        assert_eq!(board_of_all["queues"]["Appointments"]["calls"], 5);
        let place = &board_of_all["locations"][Uuid::from_u128(1).to_string()];
        assert_eq!((&place["name"], &place["calls"]), (&json!("Wixom"), &json!(6)));
        let own = board(&Reach::Own);
        assert_eq!((&own["queues"], &own["locations"], &own["reach"]), (&json!({}), &json!({}), &json!("own")));
    }
}
