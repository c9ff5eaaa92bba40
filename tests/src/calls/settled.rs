//! What nobody sets right: shifts that settle themselves, days that no table can hold, people who are called otherwise by now.

use super::agents::{agent, site};
use super::workforce::field;
use crate::client::{id, merged, number};
use crate::house::House;
use rust_decimal::dec;
use serde_json::{Value, json};
use uuid::Uuid;

async fn planned(house: &House, day: &str, start: &str, end: &str) -> Uuid {
    let plan = json!({"agent": "ada@example.com", "date": day, "startTime": start, "endTime": end});
    house.admin.done(json!({"command": "ScheduleShift", "at": "2026-02-01T12:00:00Z", "data": plan})).await
}

async fn at(house: &House, at: &str, command: &str, on: Uuid, data: Value) {
    house.admin.at_time(at, command, on, data).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_that_nobody_ends_or_begins_is_settled_by_itself() {
    let house = House::open().await;
    let wixom = site(&house, "Wixom").await;
    agent(&house, "ada", wixom, "101").await;
    let left_open = planned(&house, "2026-03-02", "08:00:00", "16:00:00").await;
    let forgotten = planned(&house, "2026-03-03", "08:00:00", "16:00:00").await;
    at(&house, "2026-03-02T08:30:00Z", "StartShift", left_open, json!({})).await;
    at(&house, "2026-03-02T15:50:00Z", "BeginBreak", left_open, json!({"kind": "break"})).await;
    let start = json!({"command": "StartShift", "on": forgotten, "at": "2026-03-03T08:00:00Z", "data": {}});
    let refused = house.admin.command(start).await.is(409);
    assert!(refused.to_string().contains("2026-03-02"), "the one that is still going on is named: {refused}");
    house.settle().await;

    // Until it is settled it is reckoned for four hours after its end, and whether it was kept to is not known.
    let of = "from=2026-03-02&to=2026-03-03";
    let total = house.admin.get(&format!("/api/workforce/utilization?{of}")).await.ok()["data"]["total"].clone();
    assert_eq!((&total["workedSeconds"], &total["totalAvailableTimeSeconds"]), (&json!(41_400), &json!(26_400)));
    let report = json!({"measures": ["scheduleAdherence", "utilization", "availableSeconds"], "dimensions": [],
        "from": "2026-03-02", "to": "2026-03-03"});
    let report = house.admin.post("/api/reports/custom", report).await.ok()["data"]["totals"]["figures"].clone();
    assert_eq!(number(&report["scheduleAdherence"]), number(&total["scheduleAdherenceRate"]["value"]));
    assert_eq!(number(&report["availableSeconds"]), dec!(26_400), "{report}");

    house.admin.done(json!({"command": "BeginImport", "data": {}})).await;
    house.settle().await;
    assert_eq!(house.settle_shifts().await, 0, "the rest of a history may still say how it went");
    house.admin.done(json!({"command": "EndImport", "data": {}})).await;
    house.settle().await;
    assert_eq!(house.settle_shifts().await, 2);
    let shown = async |shift: Uuid| house.admin.get(&format!("/api/workforce/shifts/{shift}")).await.ok()["data"].clone();
    let settled = shown(left_open).await;
    assert_eq!((&settled["shiftStatus"], &settled["actualEnd"]), (&json!("completed"), &json!("2026-03-02T16:00:00Z")));
    assert_eq!((&settled["totalBreakTimeMinutes"], &settled["openBreak"]), (&json!(10), &Value::Null));
    let absent = shown(forgotten).await;
    assert_eq!(absent["shiftStatus"], "absent");
    for shift in [&settled, &absent] {
        assert!(shift["reason"].as_str().unwrap().contains("settled by itself"), "{shift}");
    }
    assert_eq!(house.settle_shifts().await, 0, "once");

    // Whoever knows better says so.
    let came = json!({"actualStart": "2026-03-03T08:00:00Z", "actualEnd": "2026-03-03T17:00:00Z", "reason": "she was here"});
    for shift in [left_open, forgotten] {
        let end = if shift == forgotten {
            came.clone()
        } else {
            json!({"actualEnd": "2026-03-02T15:55:00Z", "reason": "she was here"})
        };
        house.admin.post(&format!("/api/workforce/shifts/{shift}/correct"), end).await.is(200);
        assert_eq!(shown(shift).await["reason"], "she was here");
    }
    house.settle().await;
    assert_eq!(house.settle_shifts().await, 0);
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_moves_with_the_zone_only_if_other_times_are_given() {
    let house = House::open().await;
    let wixom = site(&house, "Wixom").await;
    agent(&house, "ada", wixom, "101").await;
    let shift = planned(&house, "2026-03-02", "08:00:00", "16:00:00").await;
    house.admin.put("/api/call-center/settings", json!({"reportingTimezone": "Asia/Tokyo"})).await.is(200);
    let path = format!("/api/workforce/shifts/{shift}");
    let same = house.admin.put(&path, json!({"callTarget": 30})).await.is(200)["data"]["shift"].clone();
    assert_eq!((&same["scheduledStart"], &same["timezone"]), (&json!("2026-03-02T08:00:00Z"), &json!("UTC")), "{same}");
    let moved = house.admin.put(&path, json!({"startTime": "09:00:00"})).await.is(200)["data"]["shift"].clone();
    assert_eq!((&moved["scheduledStart"], &moved["timezone"]), (&json!("2026-03-02T00:00:00Z"), &json!("Asia/Tokyo")), "{moved}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_or_time_that_no_table_can_hold_is_refused_by_its_field() {
    let house = House::open().await;
    let wixom = site(&house, "Wixom").await;
    let (ada, _) = agent(&house, "ada", wixom, "101").await;
    let desk = &house.admin;
    let events = house.events().await;
    let shift = json!({"agent": "ada@example.com", "date": "2026-03-07", "startTime": "08:00:00", "endTime": "16:00:00"});
    let review = json!({"agent": "ada@example.com", "reviewType": "random", "content": {"marks": {"callControl": 3}}});
    let campaign = json!({"campaignName": "Spring", "campaignType": "follow_up", "startDate": "2026-03-01", "endDate": "2026-03-31",
        "targetAudience": "All"});
    for (path, body, change, wrong) in [
        ("/api/workforce/shifts", &shift, json!({"endTime": "23:59:60"}), "endTime"),
        ("/api/workforce/shifts", &shift, json!({"startTime": "08:00:00.5"}), "startTime"),
        ("/api/workforce/shifts", &shift, json!({"date": "+10000-01-01"}), "date"),
        ("/api/qa/review", &review, json!({"content": {"reviewDate": "0000-01-01"}}), "reviewDate"),
        ("/api/qa/review", &review, json!({"content": {"reviewDate": "9998-01-01"}}), "reviewDate"),
        (
            "/api/qa/review",
            &review,
            json!({"content": {"followUpReviewNeeded": true, "followUpDate": "+10000-01-01"}}),
            "followUpDate",
        ),
        ("/api/campaigns/create", &campaign, json!({"endDate": "+10000-01-01"}), "endDate"),
        (&format!("/api/agents/{ada}/certifications"), &json!({"name": "HIPAA"}), json!({"on": "0000-01-01"}), "on"),
    ] {
        assert_eq!(field(&desk.post(path, merged(body.clone(), change.clone())).await), wrong, "{path} {change}");
    }
    assert_eq!(field(&desk.put(&format!("/api/agents/{ada}"), json!({"hiredOn": "0000-01-01"})).await), "hiredOn");
    assert_eq!(field(&desk.put("/api/call-center/settings", json!({"reportTime": "23:59:60"})).await), "reportTime");
    assert_eq!(house.events().await, events);
    for path in [
        "/api/workforce/shifts",
        "/api/workforce/scheduling",
        "/api/workforce/utilization",
        "/api/goals",
        "/api/goals/achievement",
        "/api/qa/reviews",
        "/api/qa/coaching-opportunities",
        "/api/campaigns",
        "/api/campaigns/performance",
    ] {
        for day in ["-9999-01-01", "0000-01-01", "%2B10000-01-01"] {
            assert_eq!(field(&desk.get(&format!("{path}?from={day}")).await), "from", "{path} {day}");
        }
    }
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_another_address_is_found_by_it() {
    let house = House::open().await;
    let wixom = site(&house, "Wixom").await;
    let (ada, _) = agent(&house, "ada", wixom, "101").await;
    planned(&house, "2026-03-02", "08:00:00", "16:00:00").await;
    let review = json!({"agent": "ada@example.com", "reviewType": "random", "content": {"marks": {"callControl": 3}}});
    house.admin.post("/api/qa/review", review).await.is(201);
    let goal =
        json!({"agent": "ada@example.com", "period": "monthly", "periodStartDate": "2026-03-01", "targets": {"callsPerDay": 1}});
    id(&house.admin.post("/api/goals/set", goal).await.is(201)["data"]);
    house.admin.done(json!({"command": "UpdateUser", "on": ada, "data": {"email": "ada.king@example.com"}})).await;
    house.settle().await;
    let days = "from=2026-03-01&to=2026-03-31";
    for (path, count) in [
        ("/api/qa/reviews/{}?limit=5", "/total"),
        ("/api/workforce/shifts?agent={}", "/total"),
        ("/api/goals?agent={}", "/total"),
        (&format!("/api/goals/achievement?agent={{}}&{days}"), "/total"),
        (&format!("/api/workforce/utilization?agent={{}}&{days}"), "/total/shifts"),
        (&format!("/api/qa/coaching-opportunities?agent={{}}&{days}"), "/agentsLookedAt"),
    ] {
        let found = async |named: &str| {
            house.admin.get(&path.replace("{}", named)).await.ok()["data"].pointer(count).and_then(Value::as_i64)
        };
        let by = [found("ada.king@example.com").await, found(&ada.to_string()).await, found("nobody@example.com").await];
        assert_eq!(by, [Some(1), Some(1), Some(0)], "{path}");
    }
}
