//! What an agent and a team did: figures known by heart, seen by those who may, explained call by call and evaluated elsewhere.

use super::ground::Ground;
use crate::client::{Client, number};
use crate::explanations::{evaluated_elsewhere, python};
use crate::house::House;
use domain::organization::role::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};

const DAYS: &str = "from=2026-03-02&to=2026-03-03";

/// What Ada did on the two days.
const ADAS: [(&str, &str); 25] = [
    ("calls", "5"),
    ("inbound", "3"),
    ("outbound", "2"),
    ("handled", "4"),
    ("missed", "1"),
    ("talkSeconds", "600"),
    ("afterCallSeconds", "90"),
    ("appointmentsScheduled", "1"),
    ("complaints", "2"),
    ("fcrRate", "25.00"),
    ("complaintRate", "25.00"),
    ("appointmentConversion", "25.00"),
    ("averageSatisfaction", "3.50"),
    ("averageHandleSeconds", "172.50"),
    ("averageTalkSeconds", "150.00"),
    ("averageAnswerSeconds", "14.25"),
    ("callsPerAgentDay", "2.00"),
    ("utilization", "1.91"),
    ("utilizationLiteral", "1.91"),
    ("callsPerHour", "0.27"),
    ("callsPerHourLiteral", "0.29"),
    ("attendanceRate", "100.00"),
    ("punctualityRate", "0.00"),
    ("scheduleAdherence", "98.75"),
    ("qaPercentage", "17.50"),
];

fn shown(figures: &Value, name: &str) -> String {
    figures[name].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_of_an_agent_is_what_it_comes_to_by_hand() {
    let ground = Ground::laid().await;
    let path = format!("/api/agent-performance/ada@example.com?{DAYS}");
    for client in [&ground.manager, &ground.boss, &ground.ada] {
        let answer = client.get(&path).await.ok()["data"].clone();
        for (name, value) in ADAS {
            assert_eq!(shown(&answer["figures"], name), value, "{name}: {answer}");
            assert!(answer["formulas"][name].as_str().is_some_and(|formula| formula.contains('@')), "{name}");
        }
        assert_eq!((&answer["figures"]["averageQuality"], &answer["timezone"]), (&Value::Null, &json!("America/Detroit")));
        let days: Vec<_> =
            answer["series"].as_array().unwrap().iter().map(|row| (&row["day"], &row["figures"]["calls"])).collect();
        let expected = (json!("2026-03-02"), json!(3), json!("2026-03-03"), json!(2));
        assert_eq!(days, [(&expected.0, &expected.1), (&expected.2, &expected.3)], "the call at night is still Monday's");
    }
    let week = ground.manager.get(&format!("{path}&granularity=week")).await.ok();
    assert_eq!(
        (&week["data"]["series"][0]["week"], &week["data"]["series"][0]["figures"]["calls"]),
        (&json!("2026-03-02"), &json!(5))
    );
    let whole = ground.manager.get(&format!("{path}&granularity=whole")).await.ok();
    assert_eq!(whole["data"]["series"][0]["figures"], whole["data"]["figures"], "{whole}");
    ground.house.verify().await;
    ground.house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_performance_is_as_missing_as_that_of_nobody() {
    let ground = Ground::laid().await;
    let staff = ground.house.client(Role::Staff).await;
    for (client, email, status) in [
        (&ground.ada, "bob@example.com", 404),
        (&ground.boss, "bob@example.com", 404),
        (&ground.manager, "bob@example.com", 200),
        (&ground.manager, "nobody@example.com", 404),
        (&staff, "ada@example.com", 404),
    ] {
        client.get(&format!("/api/agent-performance/{email}?{DAYS}")).await.is(status);
        client.get(&format!("/api/agent-performance/{email}/explain?figure=calls&{DAYS}")).await.is(status);
    }
    let foreign = ground.house.foreign().await.admin;
    foreign.get(&format!("/api/agent-performance/ada@example.com?{DAYS}")).await.is(404);
    foreign.get(&format!("/api/agent-performance/{}?{DAYS}", ground.ada_id)).await.is(404);
    let field = |reply: crate::client::Reply| reply.is(422)["error"]["details"]["field"].as_str().unwrap_or_default().to_owned();
    let ask = async |query: &str| ground.manager.get(&format!("/api/agent-performance/ada@example.com?{query}")).await;
    assert_eq!(field(ask("from=2026-03-03&to=2026-03-02").await), "to");
    assert_eq!(field(ask("from=1900-01-01").await), "from");
    assert_eq!(field(ask("from=2001-01-01&to=2026-03-02").await), "from");
    assert_eq!(field(ask("granularity=minute").await), "granularity");
    assert_eq!(field(ask("colour=red").await), "colour");
    let reason = ground.manager.get("/api/agent-performance/ada@example.com/explain?figure=happiness").await;
    assert_eq!(field(reason), "figure");
    ground.house.is_healthy().await;
}

/// A figure as it is told; `None` if there is nothing to measure.
fn told(value: &Value) -> Option<Decimal> {
    (!value.is_null()).then(|| number(value))
}

/// Explains a figure and compares it with what was shown.
pub async fn explained(client: &Client, path: &str, name: &str, value: &Value) -> Value {
    let explained = client.get(&format!("{path}figure={name}&{DAYS}")).await.ok()["data"].clone();
    assert_eq!(told(&explained["value"]), told(value), "{path} {name}: {explained}");
    for term in explained["terms"].as_array().unwrap() {
        assert!(term["event_id"].is_string() && term["about"].is_string(), "{name}: {term}");
    }
    explained
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_of_an_agent_is_evaluated_elsewhere_from_its_explanation() {
    let ground = Ground::laid().await;
    let mut explanations = Vec::new();
    for email in ["ada@example.com", "bob@example.com"] {
        let answer = ground.manager.get(&format!("/api/agent-performance/{email}?{DAYS}")).await.ok()["data"].clone();
        for (name, value) in answer["figures"].as_object().unwrap() {
            let path = format!("/api/agent-performance/{email}/explain?");
            explanations.push(explained(&ground.manager, &path, name, value).await);
        }
    }
    assert!(explanations.len() > 60, "{}", explanations.len());
    // What others took in the end is not shown to whoever only sees their own.
    ground.ada.get(&format!("/api/agent-performance/ada@example.com/explain?figure=missed&{DAYS}")).await.is(422);
    if python() {
        evaluated_elsewhere(&explanations);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rang_here_and_was_taken_elsewhere_counts_and_stays_unnamed() {
    let ground = Ground::laid().await;
    let leg = |extension, at, answered| super::ground::Told { key: "c9", at, extension, answered, outbound: false };
    ground.tell(leg("101", "2026-03-02T19:00:00Z", None)).await;
    ground.tell(leg("102", "2026-03-02T19:00:30Z", Some((5, 60)))).await;
    ground.house.settle().await;
    let missed =
        async |client: &Client, path: &str| client.get(&format!("{path}figure=missed&{DAYS}")).await.ok()["data"].clone();
    let mut explanations = Vec::new();
    for (client, known) in [(&ground.manager, 2), (&ground.boss, 1)] {
        for path in ["/api/agent-performance/ada@example.com/explain?", "/api/reports/explain?team=morning&"] {
            let explained = missed(client, path).await;
            let terms = explained["terms"].as_array().unwrap();
            let named = terms.iter().filter(|term| term["about"].is_string()).count();
            assert_eq!((number(&explained["value"]), named), (Decimal::TWO, known), "{path} {explained}");
            explanations.push(explained);
        }
        let shown = client.get(&format!("/api/agent-performance/ada@example.com?{DAYS}")).await.ok();
        assert_eq!(shown["data"]["figures"]["missed"], 2, "{shown}");
    }
    if python() {
        evaluated_elsewhere(&explanations);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_in_a_place_stays_there_when_whoever_did_it_moves() {
    let ground = Ground::laid().await;
    let passed = json!({"name": "HIPAA basics", "on": "2026-03-03"});
    ground.manager.post(&format!("/api/agents/{}/certifications", ground.ada_id), passed).await.is(201);
    let figures = async |rest: &str| {
        let answer = ground.manager.get(&format!("/api/team-metrics?{DAYS}&granularity=whole&{rest}")).await.ok()["data"].clone();
        ["totalAgents", "activeAgents", "certificationsEarned"].map(|name| answer["totals"]["figures"][name].to_string())
    };
    let here = format!("locationId={}", ground.wixom);
    ground.house.settle().await;
    assert_eq!(
        (figures(&here).await, figures("").await),
        (["1", "1", "1"].map(str::to_owned), ["2", "2", "1"].map(str::to_owned))
    );
    let away = json!({"locationId": null, "team": "evening"});
    ground.manager.put(&format!("/api/agents/{}", ground.ada_id), away).await.is(200);
    ground.house.settle().await;
    assert_eq!(
        (figures(&here).await, figures("").await),
        (["0", "1", "1"].map(str::to_owned), ["2", "2", "1"].map(str::to_owned))
    );
    assert_eq!(figures("team=morning").await, ["0", "1", "1"]);
    let path = format!("/api/team-metrics/explain?{here}&{DAYS}&figure=");
    for figure in ["activeAgents", "certificationsEarned"] {
        let explained = ground.manager.get(&format!("{path}{figure}")).await.ok()["data"].clone();
        assert_eq!((number(&explained["value"]), &explained["terms"][0]["about"]), (Decimal::ONE, &json!(ground.ada_id)));
    }
    // Of whoever works elsewhere now, whoever looks after the place sees no more than that they were there.
    let active = ground.boss.get(&format!("{path}activeAgents")).await.ok()["data"].clone();
    assert_eq!((number(&active["value"]), &active["terms"][0]["position"]), (Decimal::ONE, &Value::Null), "{active}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_never_took_a_call_has_figures_out_of_nothing() {
    let house = House::open().await;
    let user = house.person(&house.admin, "new@example.com", Role::Agent).await;
    house.admin.post("/api/agents", json!({"userId": user})).await.is(201);
    house.settle().await;
    let answer = house.admin.get("/api/agent-performance/new@example.com").await.ok()["data"].clone();
    assert_eq!(
        (&answer["figures"]["calls"], &answer["figures"]["fcrRate"], &answer["series"]),
        (&json!(0), &Value::Null, &json!([]))
    );
    assert_eq!(shown(&answer["figures"], "utilization"), "0.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_are_measured_place_by_place_and_day_by_day() {
    let ground = Ground::laid().await;
    let goal = json!({"agent": "ada@example.com", "period": "monthly", "periodStartDate": "2026-03-01",
        "targets": {"callsPerDay": 2, "firstCallResolution": 20}});
    ground.house.admin.done(json!({"command": "SetGoal", "data": goal})).await;
    let passed = json!({"name": "HIPAA basics", "on": "2026-03-03"});
    ground.manager.post(&format!("/api/agents/{}/certifications", ground.ada_id), passed).await.is(201);
    ground.house.settle().await;
    let metrics =
        async |client: &Client, rest: &str| client.get(&format!("/api/team-metrics?{DAYS}{rest}")).await.ok()["data"].clone();
    let whole = metrics(&ground.manager, "&granularity=whole").await;
    let wixom = whole["rows"].as_array().unwrap().iter().find(|row| row["team"] == "morning").unwrap();
    for (name, value) in [
        ("totalAgents", "1"),
        ("activeAgents", "1"),
        ("averageExperienceMonths", "12.00"),
        ("totalCallsHandled", "4"),
        ("totalCallsMissed", "1"),
        ("totalTalkTimeHours", "0.17"),
        ("totalAvailableHours", "7.40"),
        ("averageQualityScore", "17.50"),
        ("averageCustomerSatisfaction", "3.50"),
        ("firstCallResolutionRate", "25.00"),
        ("complaintRate", "25.00"),
        ("callsPerAgentPerDay", "2.00"),
        ("utilizationRate", "1.91"),
        ("appointmentConversionRate", "25.00"),
        ("attendanceRate", "100.00"),
        ("punctualityRate", "0.00"),
        ("scheduleAdherenceRate", "98.75"),
        ("agentsMeetingGoals", "1"),
        ("teamGoalAchievementRate", "100.00"),
        ("trainingHoursCompleted", "0.00"),
        ("certificationsEarned", "1"),
        ("coachingSessionsConducted", "0"),
    ] {
        assert_eq!(shown(&wixom["figures"], name), value, "{name}: {wixom}");
        assert!(whole["formulas"][name].is_string(), "{name}");
    }
    assert_eq!(
        (shown(&whole["totals"]["figures"], "attendanceRate"), shown(&whole["totals"]["figures"], "totalAgents")),
        ("50.00".into(), "2".into())
    );
    let days = metrics(&ground.boss, &format!("&locationId={}", ground.wixom)).await;
    assert_eq!(days["rows"].as_array().unwrap().len(), 2, "{days}");
    assert!(metrics(&ground.boss, "").await["rows"].as_array().unwrap().iter().all(|row| row["location"]["name"] == "Wixom"));
    ground.ada.get("/api/team-metrics").await.is(403);
    let mut explanations = Vec::new();
    for (client, rest) in [(&ground.manager, ""), (&ground.manager, "team=morning&"), (&ground.boss, "")] {
        let answer = metrics(client, &format!("&{rest}granularity=whole")).await;
        for (name, value) in answer["totals"]["figures"].as_object().unwrap() {
            let path = format!("/api/team-metrics/explain?{rest}");
            let explained = client.get(&format!("{path}figure={name}&{DAYS}")).await.ok()["data"].clone();
            assert_eq!(told(&explained["value"]), told(value), "{rest} {name}: {explained}");
            explanations.push(explained);
        }
    }
    if python() {
        evaluated_elsewhere(&explanations);
    }
    ground.house.is_healthy().await;
}
