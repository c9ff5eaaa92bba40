//! Reports: the same figures however they are split, what has no answer refused by its name, and every custom report as CSV too.

use super::ground::Ground;
use super::performance::explained;
use crate::client::{Client, merged};
use crate::explanations::{evaluated_elsewhere, python};
use domain::organization::role::Role;
use processes::Duty as _;
use processes::report_schedule::{ReportMaker, ReportSchedule};
use serde_json::{Value, json};

const DAYS: &str = "from=2026-03-02&to=2026-03-03";

async fn report(client: &Client, name: &str, rest: &str) -> Value {
    client.get(&format!("/api/reports/{name}?{DAYS}{rest}")).await.ok()["data"].clone()
}

fn asked(rest: Value) -> Value {
    merged(json!({"measures": ["calls", "handled", "fcrRate"], "from": "2026-03-02", "to": "2026-03-03"}), rest)
}

/// The rows as `key: calls`.
fn rows(body: &Value, key: &str) -> Vec<(String, i64)> {
    let rows = body["data"]["rows"].as_array().unwrap();
    let word = |value: &Value| match (value["email"].as_str().or(value["name"].as_str()), value.as_str()) {
        (Some(name), _) | (None, Some(name)) => name.to_owned(),
        _ => value.to_string(),
    };
    let mut rows: Vec<_> = rows.iter().map(|row| (word(&row[key]), row["figures"]["calls"].as_i64().unwrap())).collect();
    rows.sort();
    rows
}

fn counted(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(word, calls)| (word.to_string(), *calls)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_teams_calls_and_time_are_reported_alike() {
    let ground = Ground::laid().await;
    let agents = report(&ground.manager, "agent-performance", "").await;
    assert_eq!(agents["rows"].as_array().unwrap().len(), 2, "{agents}");
    let totals = &agents["totals"]["figures"];
    assert_eq!((&totals["calls"], &totals["handled"], &agents["reach"]), (&json!(6), &json!(5), &json!("everything")));
    let teams = report(&ground.manager, "team-performance", "").await;
    let wixom = teams["rows"].as_array().unwrap().iter().find(|row| row["team"] == "morning").unwrap();
    assert_eq!((&wixom["location"]["name"], &wixom["figures"]["handled"]), (&json!("Wixom"), &json!(4)));
    assert_eq!(teams["totals"]["figures"]["attendanceRate"].to_string(), "50.00");
    let time = report(&ground.manager, "productivity", "&granularity=day").await;
    assert_eq!(time["totals"]["figures"]["availableSeconds"], 26_640, "{time}");
    let theirs = report(&ground.boss, "agent-performance", "").await;
    assert_eq!((theirs["rows"].as_array().unwrap().len(), &theirs["reach"]), (1, &json!("locations")));
    assert_eq!(
        theirs["rows"][0]["figures"],
        agents["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|r| r["team"].is_null() && r["agent"]["email"] == "ada@example.com")
            .unwrap()["figures"]
    );

    let calls = report(&ground.manager, "call-analytics", "").await;
    let totals = &calls["totals"]["figures"];
    let of = |name: &str| totals[name].to_string();
    assert_eq!(["calls", "inbound", "abandoned", "missed"].map(of), ["8", "6", "1", "2"], "{calls}");
    assert_eq!(["serviceLevel", "abandonmentRate"].map(of), ["50.00", "16.67"]);
    assert_eq!(calls["previous"]["figures"]["calls"], 0);
    let hour = |hour: i64| calls["byHour"].as_array().unwrap().iter().find(|row| row["hour"] == hour).cloned();
    assert_eq!(hour(23).unwrap()["figures"]["calls"], 1, "half past eleven at night");
    for by in
        ["series", "byHour", "byWeekday", "byDirection", "byQueue", "byLocation", "byStatus", "byType", "byOutcome", "byPriority"]
    {
        let sum: i64 = calls[by].as_array().unwrap().iter().map(|row| row["figures"]["calls"].as_i64().unwrap()).sum();
        assert_eq!(sum, 8, "{by}: {}", calls[by]);
    }
    assert_eq!(["complaintRate", "fcrRate"].map(|name| totals[name].to_string()), ["20.00", "20.00"], "of five handled calls");
    let whole = report(&ground.manager, "call-analytics", "&granularity=whole").await;
    assert_eq!((whole["series"].as_array().unwrap().len(), &whole["series"][0]["figures"]), (1, &calls["totals"]["figures"]));
    assert!(whole["series"][0].get("year").is_none(), "{whole}");
    ground.ada.get("/api/reports/agent-performance").await.is(403);
    ground.house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_report_adds_up_however_it_is_split() {
    let ground = Ground::laid().await;
    let ask = async |rest: Value| ground.manager.post("/api/reports/custom", asked(rest)).await.ok();
    let nobody = "null";
    for (dimension, expected) in [
        ("agent", &[("ada@example.com", 5), ("bob@example.com", 1)][..]),
        ("team", &[("evening", 1), ("morning", 5)]),
        ("location", &[("Plymouth", 1), ("Wixom", 7)]),
        ("direction", &[("inbound", 6), ("outbound", 2)]),
        ("callType", &[("appointment", 1), ("billing", 2), (nobody, 5)]),
        ("outcome", &[("appointment_scheduled", 1), (nobody, 7)]),
        ("status", &[("abandoned", 1), ("completed", 5), ("missed", 2)]),
        ("priority", &[("normal", 8)]),
        ("campaign", &[(nobody, 8)]),
        ("hour", &[("10", 3), ("11", 1), ("12", 1), ("13", 1), ("23", 1), ("9", 1)][..0]),
        ("day", &[("2026-03-02", 6), ("2026-03-03", 2)]),
        ("week", &[("2026-03-02", 8)]),
        ("month", &[("2026-03-01", 8)]),
        ("quarter", &[("2026-01-01", 8)]),
        ("year", &[("2026-01-01", 8)]),
    ] {
        let body = ask(json!({"dimensions": [dimension]})).await;
        if !expected.is_empty() {
            assert_eq!(rows(&body, dimension), counted(expected), "{dimension}: {body}");
        }
        let known = if ["agent", "team"].contains(&dimension) { 6 } else { 8 };
        assert_eq!(rows(&body, dimension).iter().map(|(_, calls)| calls).sum::<i64>(), known, "{dimension}");
    }
    // Every pair of dimensions adds up to the same, from whichever table it comes.
    let words = ["location", "queue", "direction", "callType", "status", "hour", "weekday", "day", "week"];
    for one in words {
        for other in words.iter().filter(|other| **other != one) {
            let body = ask(json!({"dimensions": [one, other]})).await;
            assert_eq!(rows(&body, one).iter().map(|(_, calls)| calls).sum::<i64>(), 8, "{one} {other}");
            assert_eq!(body["data"]["totals"]["figures"]["fcrRate"].to_string(), "20.00", "{one} {other}");
        }
    }
    let narrowed =
        ask(json!({"filters": {"agents": ["ada@example.com"], "directions": ["inbound"]}, "granularity": "day"})).await;
    assert_eq!((rows(&narrowed, "day"), &narrowed["data"]["dimensions"]), (counted(&[("2026-03-02", 3)]), &json!(["day"])));
    let sorted = ask(json!({"dimensions": ["direction"], "orderBy": {"measure": "calls", "descending": true}, "limit": 1})).await;
    assert_eq!((rows(&sorted, "direction"), &sorted["data"]["totalRows"]), (counted(&[("inbound", 6)]), &json!(2)));
    let both = asked(json!({"measures": ["utilization", "callsPerAgentDay", "qaPercentage"], "dimensions": ["agent"]}));
    let both = ground.manager.post("/api/reports/custom", both).await.ok();
    let ada = both["data"]["rows"].as_array().unwrap().iter().find(|row| row["agent"]["email"] == "ada@example.com").unwrap();
    let figures = ["utilization", "callsPerAgentDay", "qaPercentage"].map(|name| ada["figures"][name].to_string());
    assert_eq!(figures, ["1.91", "2.00", "17.50"]);
    let per_day = asked(json!({"measures": ["callsPerAgentDay"], "dimensions": ["direction"]}));
    let per_day = ground.manager.post("/api/reports/custom", per_day).await.ok();
    let inbound = per_day["data"]["rows"].as_array().unwrap().iter().find(|row| row["direction"] == "inbound").unwrap();
    assert_eq!(inbound["figures"]["callsPerAgentDay"].to_string(), "2.00", "four calls on two agents' days: {per_day}");
    // Five calls on three days of agents, however many groups a day stands in.
    for by in ["agent", "team", "location", "queue", "hour", "direction", "callType", "day", "weekday", "month"] {
        for with in [&["calls", "callsPerAgentDay"][..], &["callsPerAgentDay"]] {
            let body = ask(json!({"measures": with, "dimensions": [by]})).await;
            assert_eq!(body["data"]["totals"]["figures"]["callsPerAgentDay"].to_string(), "1.67", "{by}: {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_custom_report_cannot_say_is_refused_by_field_and_rule() {
    let ground = Ground::laid().await;
    let refused = async |rest: Value| {
        let reply = ground.manager.post("/api/reports/custom", asked(rest)).await;
        reply.is(422)["error"]["details"]["field"].as_str().unwrap_or_default().to_owned()
    };
    for (field, rest) in [
        ("measures", json!({"measures": []})),
        ("measures[0]", json!({"measures": ["happiness"]})),
        ("measures", json!({"measures": ["calls", "calls"]})),
        ("measures", json!({"measures": ["utilization"], "dimensions": ["queue"]})),
        ("measures", json!({"measures": ["serviceLevel"], "filters": {"teams": ["morning"]}})),
        ("dimensions[0]", json!({"dimensions": ["1; drop table calls"]})),
        ("dimensions", json!({"dimensions": ["day", "day"]})),
        ("dimensions", json!({"dimensions": ["day", "hour", "queue", "status", "outcome", "priority"]})),
        ("filters.agents", json!({"filters": {"agents": ["nobody@example.com"]}})),
        ("filters.directions[0]", json!({"filters": {"directions": ["sideways"]}})),
        ("filters.colour", json!({"filters": {"colour": "red"}})),
        ("granularity", json!({"granularity": "minute"})),
        ("format", json!({"format": "xls"})),
        ("limit", json!({"limit": 0})),
        ("orderBy.measure", json!({"orderBy": {"measure": "missed"}})),
        ("to", json!({"to": "2026-03-01"})),
    ] {
        assert_eq!(refused(rest.clone()).await, field, "{rest}");
    }
    // What people write is bound and never becomes part of the question.
    let odd = json!({"filters": {"queues": ["'; drop table calls; --", "%"], "teams": []}});
    let body = ground.manager.post("/api/reports/custom", asked(odd)).await.ok();
    assert_eq!(body["data"]["totals"]["figures"]["calls"], 0);
    ground.boss.post("/api/reports/custom", asked(json!({"filters": {"agents": ["bob@example.com"]}}))).await.is(422);
    ground.house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_of_too_many_rows_is_refused_before_it_is_made() {
    let ground = Ground::laid().await;
    let many = "insert into read.agent_days select (jsonb_populate_record(d, jsonb_build_object('day', d.day - n))).*
        from read.agent_days d cross join generate_series(1, 2100) n
        where d.day = '2026-03-02' and d.team = 'morning' and d.calls > 0";
    sqlx::query(many).execute(&ground.house.rooms().owner).await.unwrap();
    let again = "insert into read.agent_days select (jsonb_populate_record(d, jsonb_build_object('team', n::text))).*
        from read.agent_days d cross join generate_series(1, 5) n where d.day < '2026-02-28'";
    sqlx::query(again).execute(&ground.house.rooms().owner).await.unwrap();
    let days = "from=2020-01-01&to=2026-03-03";
    for name in ["reports/team-performance", "team-metrics"] {
        let refused = ground.manager.get(&format!("/api/{name}?{days}&granularity=day")).await;
        assert_eq!(refused.is(422)["error"]["details"]["field"], "granularity", "{name}");
        ground.manager.get(&format!("/api/{name}?{days}&granularity=month")).await.is(200);
    }
    let custom =
        merged(json!({"measures": ["calls"], "dimensions": ["team", "day"]}), json!({"from": "2020-01-01", "to": "2026-03-03"}));
    let refused = ground.manager.post("/api/reports/custom", custom.clone()).await;
    assert_eq!(refused.is(422)["error"]["details"]["field"], "dimensions");
    let first = ground.manager.post("/api/reports/custom", merged(custom, json!({"limit": 5}))).await.ok();
    let rows = first["data"]["totalRows"].as_i64().unwrap();
    assert!(rows > 10_000 && first["data"]["rows"].as_array().unwrap().len() == 5, "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_empty_is_refused_and_what_has_none_is_explained() {
    let ground = Ground::laid().await;
    let nil = uuid::Uuid::nil();
    for (field, path) in [
        ("queue", "reports/call-analytics?queue=".to_owned()),
        ("locationId", format!("reports/call-analytics?locationId={nil}")),
        ("team", "reports/agent-performance?team=".into()),
        ("locationId", format!("team-metrics?locationId={nil}")),
        ("team", "team-metrics/explain?figure=activeAgents&team=".into()),
        ("locationId", format!("team-metrics/explain?figure=activeAgents&locationId={nil}")),
        ("queue", "reports/explain?figure=calls&queue=".into()),
        ("campaignId", format!("reports/explain?figure=calls&campaignId={nil}")),
        ("hour", "reports/explain?figure=calls&hour=24".into()),
        ("weekday", "reports/explain?figure=calls&weekday=0".into()),
        ("without", "reports/explain?figure=calls&without=colour".into()),
        ("figure", "reports/explain?figure=utilization&hour=9".into()),
        ("queue", "call-center/board?queue=".into()),
        ("locationId", format!("call-center/board?locationId={nil}")),
    ] {
        let reply = ground.manager.get(&format!("/api/{path}")).await;
        assert_eq!(reply.is(422)["error"]["details"]["field"], field, "{path}");
    }
    // Every row of call analytics is explained, also those of nothing.
    let calls = report(&ground.manager, "call-analytics", "").await;
    let mut explanations = Vec::new();
    for (by, key, asked) in [
        ("byHour", "hour", "hour"),
        ("byWeekday", "weekday", "weekday"),
        ("byQueue", "queue", "queue"),
        ("byType", "callType", "callType"),
        ("byOutcome", "outcome", "outcome"),
    ] {
        for row in calls[by].as_array().unwrap() {
            let which = match &row[key] {
                Value::Null => format!("without={key}"),
                Value::String(word) => format!("{asked}={word}"),
                number => format!("{asked}={number}"),
            };
            for figure in ["calls", "fcrRate"] {
                let path = format!("/api/reports/explain?{which}&");
                explanations.push(explained(&ground.manager, &path, figure, &row["figures"][figure]).await);
            }
        }
    }
    if python() {
        evaluated_elsewhere(&explanations);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_report_leaves_as_csv_for_those_who_may_export() {
    let ground = Ground::laid().await;
    let body = asked(json!({"dimensions": ["agent", "day"], "format": "csv"}));
    ground.boss.post("/api/reports/custom", body.clone()).await.is(403);
    let reply = ground.manager.post("/api/reports/custom", body.clone()).await;
    assert_eq!((reply.status, reply.header("content-type").unwrap().starts_with("text/csv")), (200, true));
    let text = reply.text();
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some("agent id,agent email,agent name,day,calls (calls.count@1),handled (calls.count@1),fcrRate (calls.fcr@1)")
    );
    let rest: Vec<_> = lines.collect();
    assert_eq!(rest.len(), 3, "{text}");
    assert!(rest.iter().any(|line| line.contains("ada@example.com") && line.ends_with("2026-03-02,3,3,33.33")), "{text}");
    let analyst = ground.house.client(Role::Analyst).await;
    assert_eq!(analyst.post("/api/reports/custom", body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_of_a_report_is_evaluated_elsewhere_from_its_explanation() {
    let ground = Ground::laid().await;
    let mut explanations = Vec::new();
    let calls = report(&ground.manager, "call-analytics", "").await;
    for (name, value) in calls["totals"]["figures"].as_object().unwrap() {
        explanations.push(explained(&ground.manager, "/api/reports/explain?", name, value).await);
    }
    for (client, rest) in [(&ground.manager, ""), (&ground.manager, "team=morning&"), (&ground.boss, "")] {
        let teams = report(client, "team-performance", format!("&{rest}").trim_end_matches('&')).await;
        for (name, value) in teams["totals"]["figures"].as_object().unwrap() {
            let path = format!("/api/reports/explain?{rest}ofAgents=true&");
            explanations.push(explained(client, &path, name, value).await);
        }
    }
    if python() {
        evaluated_elsewhere(&explanations);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_was_made_stays_what_it_said() {
    let ground = Ground::laid().await;
    let make = async |client: &Client, body: Value| client.post("/api/processing/generate-reports", body).await;
    let made = make(&ground.manager, json!({"kind": "daily", "day": "2026-03-02"})).await.is(200)["data"].clone();
    let report = &made["report"];
    assert_eq!((&made["unchanged"], &report["timezone"]), (&json!(false), &json!("America/Detroit")), "{made}");
    assert_eq!(report["report"]["totals"]["calls"], 6);
    let ada = report["report"]["agents"].as_array().unwrap().iter().find(|row| row["email"] == "ada@example.com").unwrap();
    assert_eq!((&ada["figures"]["handled"], ada["figures"]["fcrRate"].to_string()), (&json!(3), "33.33".into()));
    assert!(report["report"]["formulas"]["fcrRate"].is_string());
    // What comes in later changes the figures of that day and not what the report said of it.
    let late =
        super::ground::Told { key: "c8", at: "2026-03-02T19:00:00Z", extension: "101", answered: Some((5, 60)), outbound: false };
    ground.tell(late).await;
    ground.house.settle().await;
    let again = make(&ground.manager, json!({"day": "2026-03-02"})).await.is(200)["data"].clone();
    assert_eq!((&again["unchanged"], &again["id"], &again["report"]), (&json!(true), &made["id"], report));
    let week = make(&ground.manager, json!({"kind": "weekly", "day": "2026-03-08"})).await.is(200);
    assert_eq!(
        (&week["data"]["report"]["from"], &week["data"]["report"]["report"]["totals"]["calls"]),
        (&json!("2026-03-02"), &json!(9))
    );
    let listed = ground.manager.get("/api/reports/scheduled?kind=daily").await.ok();
    assert!(listed["data"]["items"].as_array().unwrap().iter().any(|item| item["id"] == made["id"]), "{listed}");
    let path = format!("/api/reports/scheduled/{}", made["id"].as_str().unwrap());
    ground.manager.get(&path).await.is(200);
    ground.boss.get(&path).await.is(404);
    make(&ground.boss, json!({})).await.is(403);
    // Until the hour of the reports, yesterday's are not due: records of it may still come in.
    ground.manager.put("/api/call-center/settings", json!({"reportTime": "23:59:59", "reportingTimezone": "UTC"})).await.is(200);
    let today = chrono::Utc::now().date_naive();
    let (yesterday, before) = (today - chrono::Days::new(1), today - chrono::Days::new(2));
    make(&ground.manager, json!({"day": yesterday})).await.is(422);
    let latest = make(&ground.manager, json!({})).await.is(200);
    assert_eq!(latest["data"]["report"]["to"], json!(before), "{latest}");
    for (field, body) in [
        ("day", json!({"day": "2999-01-01"})),
        ("day", json!({"day": "2026-02-30"})),
        ("kind", json!({"kind": "hourly"})),
        ("colour", json!({"colour": "red"})),
    ] {
        assert_eq!(make(&ground.manager, body).await.is(422)["error"]["details"]["field"], field);
    }
    ground.house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_make_themselves_once_however_many_servers_look() {
    let ground = Ground::laid().await;
    let rooms = ground.house.rooms();
    ground.manager.put("/api/call-center/settings", json!({"reportTime": "00:00:00"})).await.is(200);
    let step = async || {
        let maker = ReportMaker::new(rooms.commands.clone(), rooms.reader.clone(), rooms.progress.clone());
        ReportSchedule::new(maker).step().await.unwrap()
    };
    assert_eq!(step().await, 0, "nothing is said of a time before there was a call centre");
    // Somebody was there five days earlier, and no server made any report meanwhile.
    let earlier = ground.house.person(&ground.house.admin, "eve@example.com", Role::Agent).await;
    let at = chrono::Utc::now() - chrono::TimeDelta::days(5);
    ground.house.admin.done(json!({"command": "EnrolAgent", "on": earlier, "at": at, "data": {}})).await;
    ground.house.settle().await;
    let health = ground.manager.get("/api/processing/health-check").await.ok();
    assert!(health["data"]["reasons"].to_string().contains("the daily report of"), "{health}");
    let made: usize = futures::future::join_all([step(), step(), step()]).await.into_iter().sum();
    assert!(made >= 5);
    ground.house.settle().await;
    let listed = ground.manager.get("/api/reports/scheduled?kind=daily").await.ok();
    assert_eq!(
        (&listed["data"]["total"], &listed["data"]["items"][0]["generatedBy"]),
        (&json!(5), &json!("process:report_schedule"))
    );
    let health = ground.manager.get("/api/processing/health-check").await.ok();
    assert!(!health["data"]["reasons"].to_string().contains("was not made"), "{health}");
    assert_eq!(health["data"]["lastReports"][0]["id"], listed["data"]["items"][0]["id"], "{health}");
    assert_eq!(step().await, 0, "they are there");
    ground.manager.put("/api/call-center/settings", json!({"reportSchedule": false})).await.is(200);
    assert_eq!(step().await, 0);
}
