//! Goals over HTTP: what was reached is reckoned from calls, shifts and reviews, and nobody types it in.

use super::agents::{agent, site};
use super::workforce::{call, field, telephones};
use crate::client::{Client, id, number};
use crate::explanations::{evaluated_elsewhere, python};
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};
use uuid::Uuid;

/// Two agents at Wixom, one at Plymouth, and calls of March 2026.
async fn march() -> (House, Uuid, Client) {
    let house = House::open().await;
    let (wixom, plymouth) = (site(&house, "Wixom").await, site(&house, "Plymouth").await);
    let (_, as_ada) = agent(&house, "ada", wixom, "101").await;
    agent(&house, "bob", wixom, "102").await;
    agent(&house, "eve", plymouth, "103").await;
    let source = telephones(&house).await;
    let settled = json!({"firstCallResolution": true, "customerSatisfactionScore": 5});
    for (extension, start, talk, said) in [
        ("101", "2026-03-02T09:00:00Z", 600, settled.clone()),
        ("101", "2026-03-02T10:00:00Z", 900, json!({"customerSatisfactionScore": 4, "appointment": {"date": "2026-04-01"}})),
        ("101", "2026-03-03T09:00:00Z", 300, settled.clone()),
        ("102", "2026-03-02T09:00:00Z", 300, json!({})),
        ("103", "2026-03-02T09:00:00Z", 300, settled),
        ("101", "2026-02-28T09:00:00Z", 300, json!({"customerSatisfactionScore": 1})),
    ] {
        call(&house, source, extension, start, talk, said).await;
    }
    let plan = json!({"agent": "ada@example.com", "date": "2026-03-02", "startTime": "08:00:00", "endTime": "12:00:00"});
    let shift = house.admin.done(json!({"command": "ScheduleShift", "at": "2026-03-01T00:00:00Z", "data": plan})).await;
    for (at, command) in [("2026-03-02T08:00:00Z", "StartShift"), ("2026-03-02T12:00:00Z", "EndShift")] {
        house.admin.done(json!({"command": command, "on": shift, "at": at, "data": {}})).await;
    }
    let marks = json!({"activeListening": 5, "callControl": 5, "problemResolution": 5, "productKnowledge": 5, "empathyPatience": 5,
        "communicationClarity": 4});
    let review = json!({"agent": "ada@example.com", "reviewType": "random", "content": {"marks": marks, "reviewDate": "2026-03-05"},
        "complete": true});
    house.admin.post("/api/qa/review", review).await.is(201);
    house.settle().await;
    (house, wixom, as_ada)
}

fn aim<'v>(goal: &'v Value, name: &str) -> &'v Value {
    goal["targets"].as_array().unwrap().iter().find(|aim| aim["name"] == name).unwrap_or_else(|| panic!("no {name} in {goal}"))
}

#[track_caller]
fn reached(goal: &Value, name: &str, formula: &str, actual: Option<Decimal>, met: bool) {
    let aim = aim(goal, name);
    assert_eq!(aim["actual"]["formula"], formula);
    let value = aim["actual"]["value"].is_number().then(|| number(&aim["actual"]["value"]));
    assert_eq!((value, &aim["met"]), (actual, &json!(met)), "{aim}");
}

fn goal(change: Value) -> Value {
    let usual = json!({"agentEmail": "ada@example.com", "period": "monthly", "periodStartDate": "2026-03-01"});
    crate::client::merged(usual, change)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_six_actuals_are_reckoned_and_explained() {
    let (house, _, as_ada) = march().await;
    let targets = json!({"callsPerDay": 1.5, "talkTimePercentage": 10.42, "firstCallResolution": 66.67, "customerSatisfaction": 4.67,
        "appointmentConversion": 33.34, "qualityScore": 72.5});
    let set = house.admin.post("/api/goals/set", goal(json!({"targets": targets}))).await.is(201)["data"].clone();
    let shown = as_ada.get(&format!("/api/goals/{}", id(&set))).await.ok()["data"].clone();
    reached(&shown, "callsPerDay", "calls.per_agent_day@1", Some(dec!(1.50)), true);
    // 1500 seconds of talk in the four hours of the shift; the third call was on a day without one.
    reached(&shown, "talkTimePercentage", "shift.talk_share@1", Some(dec!(10.42)), true);
    reached(&shown, "firstCallResolution", "calls.fcr@1", Some(dec!(66.67)), true);
    reached(&shown, "customerSatisfaction", "calls.satisfaction@1", Some(dec!(4.67)), true);
    reached(&shown, "appointmentConversion", "calls.appointment_conversion@1", Some(dec!(33.33)), false);
    reached(&shown, "qualityScore", "qa.percentage@1", Some(dec!(72.50)), true);
    assert_eq!((&shown["goalsMet"], &shown["totalGoals"]), (&json!(5), &json!(6)));
    for aim in shown["targets"].as_array().unwrap() {
        let column = |what: &str| &shown[format!("{}{what}", aim["name"].as_str().unwrap())];
        assert_eq!((column("Target"), column("Actual")), (&aim["target"], &aim["actual"]["value"]), "{shown}");
    }
    assert_eq!(shown["achievementPercentage"]["formula"], "goal.achievement@1");
    assert_eq!(number(&shown["achievementPercentage"]["value"]), dec!(83.33));
    let mut explained = Vec::new();
    for aim in shown["targets"].as_array().unwrap() {
        let path = format!("/api/goals/{}/explain?figure={}", id(&set), aim["name"].as_str().unwrap());
        let why = as_ada.get(&path).await.ok()["data"].clone();
        assert_eq!(number(&why["value"]), number(&aim["actual"]["value"]), "{why}");
        explained.push(why);
    }
    if python() {
        evaluated_elsewhere(&explained);
    }
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_reaches_what_was_done_in_the_team() {
    let (house, wixom, as_ada) = march().await;
    let targets = json!({"callsPerDay": 2, "customerSatisfaction": 4.7, "qualityScore": 70});
    let team = json!({"locationId": wixom, "period": "weekly", "periodStartDate": "2026-03-02", "targets": targets});
    let set = id(&house.admin.post("/api/goals/team-goals", team.clone()).await.is(201)["data"]);
    house.admin.post("/api/goals/team-goals", team.clone()).await.is(409);
    let nowhere = crate::client::merged(team, json!({"locationId": Uuid::now_v7()}));
    assert_eq!(field(&house.admin.post("/api/goals/team-goals", nowhere).await), "location");
    let shown = house.admin.get(&format!("/api/goals/{set}")).await.ok()["data"].clone();
    assert_eq!(
        (&shown["subject"], &shown["location"], &shown["periodEndDate"]),
        (&json!("team"), &json!("Wixom"), &json!("2026-03-08"))
    );
    // Four calls on three days of agents; Eve at Plymouth does not count.
    reached(&shown, "callsPerDay", "calls.per_agent_day@1", Some(dec!(1.33)), false);
    reached(&shown, "customerSatisfaction", "calls.satisfaction@1", Some(dec!(4.67)), false);
    reached(&shown, "qualityScore", "qa.percentage@1", Some(dec!(72.50)), true);
    as_ada.get(&format!("/api/goals/{set}")).await.is(404);

    let empty = json!({"targets": {"callsPerDay": 1}, "agentEmail": "eve@example.com", "periodStartDate": "2026-05-01"});
    let set = id(&house.admin.post("/api/goals/set", goal(empty)).await.is(201)["data"]);
    let shown = house.admin.get(&format!("/api/goals/{set}")).await.ok()["data"].clone();
    reached(&shown, "callsPerDay", "calls.per_agent_day@1", None, false);
    let own = goal(json!({"targets": {"callsPerDay": 1}}));
    house.admin.post("/api/goals/set", own).await.is(201);
    let all = house.admin.get("/api/goals/achievement?from=2026-03-01&to=2026-03-31").await.ok()["data"].clone();
    assert_eq!((&all["total"], &all["agentsWithGoals"], &all["agentsMeetingGoals"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!(number(&all["achievementPercentage"]["value"]), dec!(50), "one of three and one of one");
    assert_eq!(all["teamGoalAchievementRate"]["formula"], "team.goal_achievement@1");
    let mine = as_ada.get("/api/goals/achievement?from=2026-03-01&to=2026-03-31").await.ok()["data"].clone();
    assert_eq!((&mine["total"], &mine["goals"][0]["agentEmail"]), (&json!(1), &json!("ada@example.com")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_is_revised_for_a_reason_paused_and_settled() {
    let (house, wixom, as_ada) = march().await;
    let boss = house.person(&house.admin, "boss@example.com", Role::Supervisor).await;
    house.admin.post(&format!("/api/locations/{wixom}/staff"), json!({"userId": boss})).await.ok();
    let as_boss = house.signed_in("boss@example.com", PASSWORD).await;
    let goals = |change: Value| goal(crate::client::merged(json!({"targets": {"callsPerDay": 40}}), change));
    for (change, wrong) in [
        (json!({"targets": {}}), "targets"),
        (json!({"targets": {"callsPerDay": 0}}), "targets.callsPerDay"),
        (json!({"targets": {"customerSatisfaction": 5.01}}), "targets.customerSatisfaction"),
        (json!({"targets": {"qualityScore": 72.505}}), "targets.qualityScore"),
        (json!({"targets": {"speed": 3}}), "targets.speed"),
        (json!({"periodStartDate": "2026-03-02"}), "periodStartDate"),
        (json!({"period": "yearly"}), "period"),
        (json!({"agentEmail": "eve@example.com"}), "agent"),
        (json!({"agentEmail": "nobody@example.com"}), "agent"),
    ] {
        assert_eq!(field(&as_boss.post("/api/goals/set", goals(change.clone())).await), wrong, "{change}");
    }
    as_ada.post("/api/goals/set", goals(json!({}))).await.is(403);
    let plan = json!({"plan": {"coachingFocus": "closing calls", "developmentAreas": ["listening"]}});
    let set = id(&as_boss.post("/api/goals/set", goals(plan)).await.is(201)["data"]);
    as_boss.post("/api/goals/set", goals(json!({}))).await.is(409);
    let path = format!("/api/goals/{set}/update");
    assert_eq!(field(&as_boss.put(&path, json!({"targets": {"callsPerDay": 35}})).await), "reason");
    assert_eq!(field(&as_boss.put(&path, json!({"targets": {"callsPerDay": null}, "reason": "x"})).await), "targets");
    assert_eq!(field(&as_boss.put(&path, json!({"goalsMet": 6})).await), "goalsMet", "what was reached is not typed in");
    let revised = json!({"targets": {"callsPerDay": 1}, "reason": "two are ill", "coachingFocus": null, "reviewed": true, "note": "talked"});
    let shown = as_boss.put(&path, revised).await.is(200)["data"]["goal"].clone();
    assert_eq!(
        (&shown["goalStatus"], &shown["coachingFocus"], &shown["reviewNote"]),
        (&json!("revised"), &Value::Null, &json!("talked"))
    );
    assert_eq!((&shown["reviewedBy"], &shown["developmentAreas"]), (&json!(boss), &json!(["listening"])));
    reached(&shown, "callsPerDay", "calls.per_agent_day@1", Some(dec!(1.50)), true);
    assert_eq!(shown["revisionReason"], "two are ill");
    assert_eq!(field(&as_boss.put(&path, json!({"note": "well done"})).await), "note");
    assert_eq!(field(&as_boss.put(&path, json!({"reason": "a holiday"})).await), "reason");
    let paused = as_boss.put(&path, json!({"status": "paused", "reason": "a holiday"})).await.ok()["data"]["goal"].clone();
    assert_eq!((&paused["goalStatus"], &paused["statusReason"]), (&json!("paused"), &json!("a holiday")));
    let resting = as_boss.get("/api/goals/achievement?from=2026-03-01&to=2026-03-31").await.ok();
    assert_eq!((&resting["data"]["total"], &resting["data"]["achievementPercentage"]["value"]), (&json!(0), &Value::Null));
    as_boss.put(&path, json!({"status": "active"})).await.ok();
    assert_eq!(as_boss.put(&path, json!({"status": "completed"})).await.ok()["data"]["goal"]["goalStatus"], "completed");
    as_boss.put(&path, json!({"status": "paused"})).await.is(409);

    // Whoever set a goal keeps it in sight, even when they look after another place.
    house.admin.delete(&format!("/api/locations/{wixom}/staff/{boss}")).await.ok();
    as_boss.get(&format!("/api/goals/{set}")).await.is(200);
    assert_eq!(house.client(Role::Supervisor).await.get("/api/goals").await.ok()["data"]["total"], 0);
    house.settle().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_set_the_same_goal_one_wins() {
    let (house, ..) = march().await;
    let asked = (1..9).map(|calls| {
        let desk = house.admin.clone();
        async move { desk.post("/api/goals/set", goal(json!({"targets": {"callsPerDay": calls}}))).await.status }
    });
    let mut statuses = futures::future::join_all(asked).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_goals_are_reckoned_also_those_that_are_not_shown() {
    let (house, ..) = march().await;
    let first: chrono::NaiveDate = "2026-01-01".parse().unwrap();
    for day in first.iter_days().take(101) {
        let set = goal(json!({"period": "daily", "periodStartDate": day, "targets": {"callsPerDay": 1}}));
        house.admin.post("/api/goals/set", set).await.is(201);
    }
    house.settle().await;
    let all = house.admin.get("/api/goals/achievement?from=2026-01-01&to=2026-12-31").await.ok()["data"].clone();
    assert_eq!((&all["total"], all["goals"].as_array().unwrap().len()), (&json!(101), 100));
    // Met on the three days with a call.
    assert_eq!(number(&all["achievementPercentage"]["value"]), dec!(2.97), "3 of 101");
}
