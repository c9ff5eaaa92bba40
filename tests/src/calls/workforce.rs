//! Shifts over HTTP: nights over the days on which clocks change, what calls come to in them, who begins and who corrects them.

use super::agents::{agent, site};
use crate::client::{Client, Reply, id, number};
use crate::explanations::{evaluated_elsewhere, python};
use crate::house::{House, PASSWORD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::organization::role::Role;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A telephone system of the first company.
pub async fn telephones(house: &House) -> Uuid {
    house.admin.done(json!({"command": "AddSource", "data": {"name": "Main office"}})).await
}

/// A call to an extension that was answered at once and talked for so many seconds, with what its agent said of it.
pub async fn call(house: &House, source: Uuid, extension: &str, start: &str, talk: i64, said: Value) -> Uuid {
    let start: DateTime<Utc> = start.parse().unwrap();
    let answered = start + TimeDelta::seconds(5);
    let key = format!("{extension}-{}", start.timestamp());
    let record = json!({"callid": key, "time-start": start.to_rfc3339(), "time-answered": answered.to_rfc3339(),
        "time-end": (answered + TimeDelta::seconds(talk)).to_rfc3339(), "from-no": "+15551230001", "from-type": "Line",
        "to-no": format!("Ext.{extension}"), "to-dn": extension, "to-type": "Extension"});
    let call = house.admin.done(json!({"command": "RecordCdr", "data": {"source": source, "record": record}})).await;
    house.admin.done(json!({"command": "CompleteCall", "on": call, "data": said})).await;
    call
}

/// Something done to a shift at another time than now.
async fn at(house: &House, at: &str, command: &str, on: Option<Uuid>, data: Value) -> Uuid {
    house.admin.done(json!({"command": command, "on": on, "at": at, "data": data})).await
}

#[track_caller]
fn value(figure: &Value, formula: &str) -> Decimal {
    assert_eq!(figure["formula"], formula, "{figure}");
    number(&figure["value"])
}

#[track_caller]
pub fn field(reply: &Reply) -> String {
    reply.is(422)["error"]["details"]["field"].as_str().unwrap_or_default().to_owned()
}

/// Ada at Wixom with extension 101, in a call centre on the clocks of Detroit.
async fn detroit() -> (House, Uuid, Client) {
    let house = House::open().await;
    house.admin.put("/api/call-center/settings", json!({"reportingTimezone": "America/Detroit"})).await.ok();
    let wixom = site(&house, "Wixom").await;
    let (_, as_ada) = agent(&house, "ada", wixom, "101").await;
    (house, wixom, as_ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_of_nine_hours_comes_to_what_its_calls_come_to() {
    let (house, _, as_ada) = detroit().await;
    let source = telephones(&house).await;
    let night = json!({"agentEmail": "ada@example.com", "date": "2025-11-01", "startTime": "22:00:00", "endTime": "06:00:00"});
    let shift = at(&house, "2025-10-01T12:00:00Z", "ScheduleShift", None, night).await;
    at(&house, "2025-11-02T02:05:30Z", "StartShift", Some(shift), json!({})).await;
    at(&house, "2025-11-02T07:00:00Z", "BeginBreak", Some(shift), json!({"kind": "lunch"})).await;
    at(&house, "2025-11-02T07:30:00Z", "EndBreak", Some(shift), json!({})).await;
    let reported = json!({"reported": {"callsHandled": 4, "totalTalkTimeSeconds": 1300}, "notes": "the long night"});
    at(&house, "2025-11-02T10:58:00Z", "EndShift", Some(shift), reported).await;
    // Before the shift, in both hours that are called one o'clock, in the last minute, and after it.
    call(&house, source, "101", "2025-11-02T02:05:29Z", 900, json!({})).await;
    call(&house, source, "101", "2025-11-02T05:30:00Z", 200, json!({"afterCallWorkSeconds": 100})).await;
    call(&house, source, "101", "2025-11-02T06:30:00Z", 400, json!({"afterCallWorkSeconds": 200})).await;
    call(&house, source, "101", "2025-11-02T10:57:59Z", 600, json!({"appointment": {"date": "2025-12-01"}})).await;
    call(&house, source, "101", "2025-11-02T10:58:00Z", 900, json!({})).await;
    house.settle().await;

    let shown = as_ada.get(&format!("/api/workforce/shifts/{shift}")).await.ok()["data"].clone();
    assert_eq!(
        (&shown["scheduledStart"], &shown["scheduledEnd"]),
        (&json!("2025-11-02T02:00:00Z"), &json!("2025-11-02T11:00:00Z"))
    );
    let minutes = ["tardinessMinutes", "earlyDepartureMinutes", "lunchBreakMinutes"].map(|name| shown[name].as_i64().unwrap());
    assert_eq!((minutes, &shown["shiftStatus"]), ([5, 2, 30], &json!("completed")));
    let counts = ["callsHandled", "appointmentsScheduled", "totalTalkTimeSeconds", "totalAfterCallWorkSeconds"];
    assert_eq!(counts.map(|name| shown[name].as_i64().unwrap()), [3, 1, 1200, 300]);
    assert_eq!((&shown["totalAvailableTimeSeconds"], &shown["reported"]["callsHandled"]), (&json!(30_150), &json!(4)));
    assert_eq!(value(&shown["utilizationPercentage"], "shift.utilization@2"), dec!(4.98));
    assert_eq!(value(&shown["utilizationPercentageLiteral"], "shift.utilization@1"), dec!(4.98));
    assert_eq!(value(&shown["callsPerHour"], "shift.calls_per_hour@2"), dec!(0.36));
    assert_eq!(value(&shown["callsPerHourLiteral"], "shift.calls_per_hour@1"), dec!(0.38), "eight whole hours");

    let mut explained = Vec::new();
    for (figure, terms) in [("utilization", 4), ("callsPerHour", 4), ("talkShare", 4), ("attendance", 1), ("adherence", 1)] {
        for literal in [false, true] {
            let path = format!("/api/workforce/shifts/{shift}/explain?figure={figure}&literal={literal}");
            let why = as_ada.get(&path).await.ok()["data"].clone();
            assert_eq!(why["terms"].as_array().unwrap().len(), terms, "{why}");
            explained.push(why);
        }
    }
    assert_eq!(number(&explained[0]["value"]), dec!(4.98));
    if python() {
        evaluated_elsewhere(&explained);
    }
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coverage_has_an_entry_for_each_hour_that_a_day_has() {
    let (house, wixom, _) = detroit().await;
    let source = telephones(&house).await;
    for (day, planned) in [("2025-11-01", "2025-10-01T12:00:00Z"), ("2026-03-07", "2026-02-01T12:00:00Z")] {
        let night = json!({"agent": "ada@example.com", "date": day, "startTime": "22:00:00", "endTime": "06:00:00"});
        at(&house, planned, "ScheduleShift", None, night).await;
    }
    for start in ["2025-11-02T05:10:00Z", "2025-11-02T05:50:00Z", "2025-11-02T06:30:00Z", "2025-11-02T07:00:00Z"] {
        call(&house, source, "101", start, 60, json!({})).await;
    }
    // Sundays before, at one o'clock: 2, 0, 1 and 0 calls.
    for start in ["2025-10-26T05:00:00Z", "2025-10-26T05:59:59Z", "2025-10-12T05:30:00Z"] {
        call(&house, source, "101", start, 60, json!({})).await;
    }
    house.settle().await;
    let of = async |from: &str, to: &str| {
        let path = format!("/api/workforce/scheduling?from={from}&to={to}&locationId={wixom}");
        let roster = house.admin.get(&path).await.ok()["data"].clone();
        assert_eq!(roster["timezone"], "America/Detroit");
        roster["coverage"].as_array().unwrap().clone()
    };
    let autumn = of("2025-11-01", "2025-11-02").await;
    assert_eq!(autumn.len(), 24 + 25);
    let sunday = &autumn[24..];
    let hours: Vec<i64> = sunday.iter().take(5).map(|hour| hour["hour"].as_i64().unwrap()).collect();
    assert_eq!(hours, [0, 1, 1, 2, 3]);
    let calls: Vec<i64> = sunday.iter().map(|hour| hour["calls"].as_i64().unwrap()).collect();
    assert_eq!((&calls[..5], calls.iter().sum::<i64>()), (&[0, 2, 1, 1, 0][..], 4));
    let planned: i64 = autumn.iter().map(|hour| hour["scheduledMinutes"].as_i64().unwrap()).sum();
    assert_eq!(
        (planned, sunday[6]["scheduledAgents"].as_i64(), sunday[7]["scheduledAgents"].as_i64()),
        (9 * 60, Some(1), Some(0))
    );
    for one in [1, 2] {
        assert_eq!(value(&sunday[one]["forecast"], "calls.forecast@1"), dec!(0.75));
    }
    assert_eq!(sunday[1]["startsAt"], "2025-11-02T05:00:00Z");
    assert_eq!(sunday[2]["startsAt"], "2025-11-02T06:00:00Z");
    let spring = of("2026-03-08", "2026-03-08").await;
    let hours: Vec<i64> = spring.iter().take(4).map(|hour| hour["hour"].as_i64().unwrap()).collect();
    assert_eq!((spring.len(), hours), (23, vec![0, 1, 3, 4]));
    let planned: i64 = spring.iter().map(|hour| hour["scheduledMinutes"].as_i64().unwrap()).sum();
    assert_eq!(planned, 5 * 60, "the night of seven hours reaches five hours into the day");
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_begin_and_end_their_own_shifts_and_nobody_elses() {
    let house = House::open().await;
    let (wixom, plymouth) = (site(&house, "Wixom").await, site(&house, "Plymouth").await);
    let (_, as_ada) = agent(&house, "ada", wixom, "101").await;
    let (_, as_bob) = agent(&house, "bob", plymouth, "102").await;
    let boss = house.person(&house.admin, "boss@example.com", Role::Supervisor).await;
    house.admin.post(&format!("/api/locations/{wixom}/staff"), json!({"userId": boss})).await.ok();
    let as_boss = house.signed_in("boss@example.com", PASSWORD).await;
    let from = Utc::now() - TimeDelta::minutes(90);
    let plan = json!({"agent": "ada@example.com", "date": from.date_naive(), "startTime": from.format("%H:%M:00").to_string(),
        "endTime": (from + TimeDelta::hours(8)).format("%H:%M:00").to_string(), "callTarget": 40});
    as_ada.post("/api/workforce/shifts", plan.clone()).await.is(403);
    as_ada.post("/api/workforce/shift-start", json!({})).await.is(409);
    let kept = as_boss.post("/api/workforce/shifts", plan.clone()).await.is(201)["data"].clone();
    let shift = id(&kept);
    assert_eq!((&kept["shift"]["shiftStatus"], &kept["shift"]["callTarget"]), (&json!("scheduled"), &json!(40)), "{kept}");
    let again = as_boss.post("/api/workforce/shifts", plan).await.is(201);
    assert_eq!(id(&again["data"]), shift, "the same plan again is the same shift");
    let path = format!("/api/workforce/shifts/{shift}");

    as_bob.get(&path).await.is(404);
    as_bob.post("/api/workforce/shift-start", json!({"shiftId": shift})).await.is(404);
    as_bob.post("/api/workforce/shift-start", json!({})).await.is(409);
    // Whether a colleague has a shift, or is on it, is not told either.
    let mut told = BTreeSet::new();
    for whose in ["ada@example.com", "nobody@example.com"] {
        for route in ["start", "end"] {
            let answer = as_bob.post(&format!("/api/workforce/shift-{route}"), json!({"agent": whose})).await.is(422);
            told.insert(answer["error"]["message"].to_string().replace(whose, "them"));
        }
    }
    assert_eq!(told.len(), 1, "{told:?}");
    as_bob.post("/api/workforce/shift-end", json!({"agent": "bob@example.com"})).await.is(409);
    let begun = as_ada.post("/api/workforce/shift-start", json!({})).await.is(200)["data"].clone();
    assert_eq!((id(&begun), &begun["shift"]["shiftStatus"]), (shift, &json!("active")));
    assert!([90, 91].contains(&begun["shift"]["tardinessMinutes"].as_i64().unwrap()), "{begun}");
    as_ada.post("/api/workforce/shift-start", json!({"shiftId": shift})).await.is(409);
    as_ada.post(&format!("{path}/break-end"), json!({})).await.is(409);
    let lunch = as_ada.post(&format!("{path}/break-start"), json!({"kind": "lunch"})).await.is(200);
    assert_eq!(lunch["data"]["shift"]["openBreak"], "lunch");
    let other = as_ada.post(&format!("{path}/break-start"), json!({"kind": "training"})).await.is(409);
    assert_eq!(other["error"]["details"]["state"], "on_break", "{other}");
    as_ada.post(&format!("{path}/correct"), json!({"reason": "mine"})).await.is(403);
    let ended = as_ada.post("/api/workforce/shift-end", json!({"metrics": {"callsHandled": 3}, "notes": "ill"})).await.is(200);
    let shown = &ended["data"]["shift"];
    assert_eq!((&shown["shiftStatus"], &shown["openBreak"]), (&json!("partial"), &Value::Null), "hours too early");
    assert_eq!((&shown["reported"]["callsHandled"], &shown["shiftNotes"]), (&json!(3), &json!("ill")));
    as_ada.post("/api/workforce/shift-end", json!({})).await.is(409);

    // Who looks after Plymouth only sees nothing of it, and the whole life of it is on record.
    house.admin.delete(&format!("/api/locations/{wixom}/staff/{boss}")).await.ok();
    house.admin.post(&format!("/api/locations/{plymouth}/staff"), json!({"userId": boss})).await.ok();
    as_boss.get(&path).await.is(404);
    as_boss.post(&format!("{path}/correct"), json!({"reason": "not mine"})).await.is(404);
    assert_eq!(as_boss.get("/api/workforce/shifts").await.ok()["data"]["total"], 0);
    assert_eq!(as_ada.get("/api/workforce/shifts").await.ok()["data"]["total"], 1);
    let fix = json!({"actualStart": from.to_rfc3339(), "breaks": {"lunch": 0}, "reason": "the clock had stopped"});
    let fixed = house.admin.post(&format!("{path}/correct"), fix).await.is(200)["data"]["shift"].clone();
    assert_eq!((&fixed["corrected"], &fixed["lunchBreakMinutes"]), (&json!(true), &json!(0)), "{fixed}");
    assert!(fixed["tardinessMinutes"].as_i64().unwrap() < 2, "{fixed}");
    house.settle().await;
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_shift_is_named() {
    let (house, ..) = detroit().await;
    let desk = &house.admin;
    let plan = |change: Value| {
        let usual = json!({"agent": "ada@example.com", "date": "2026-03-07", "startTime": "08:00:00", "endTime": "16:00:00"});
        crate::client::merged(usual, change)
    };
    let post = async |body: Value| desk.post("/api/workforce/shifts", body).await;
    for (change, wrong) in [
        (json!({"agent": "nobody@example.com"}), "agent"),
        (json!({"agent": Uuid::now_v7()}), "agent"),
        (json!({"agent": "nobody"}), "agent"),
        (json!({"date": "2026-02-30"}), "date"),
        (json!({"date": "1969-12-31"}), "date"),
        (json!({"startTime": "25:00:00"}), "startTime"),
        (json!({"date": "2026-03-08", "startTime": "02:30:00", "endTime": "03:15:00"}), "endTime"),
        (json!({"qualityTarget": 100.5}), "qualityTarget"),
        (json!({"callTarget": -1}), "callTarget"),
        (json!({"colour": "red"}), "colour"),
    ] {
        assert_eq!(field(&post(plan(change.clone())).await), wrong, "{change}");
    }
    let shift = id(&post(plan(json!({}))).await.is(201)["data"]);
    let taken = post(plan(json!({"endTime": "17:00:00"}))).await.is(409);
    assert_eq!(taken["error"]["details"]["field"], "date", "{taken}");
    let night = post(plan(json!({"date": "2026-03-06", "startTime": "22:00:00", "endTime": "08:30:00"}))).await.is(409);
    assert_eq!(night["error"]["details"]["field"], "startTime", "{night}");
    let path = format!("/api/workforce/shifts/{shift}");
    let moved = desk.put(&path, json!({"startTime": "09:00:00", "callTarget": 30})).await.is(200)["data"]["shift"].clone();
    assert_eq!((&moved["scheduledStart"], &moved["callTarget"]), (&json!("2026-03-07T14:00:00Z"), &json!(30)));
    assert_eq!(
        desk.post(&format!("{path}/absent"), json!({"reason": "ill"})).await.ok()["data"]["shift"]["shiftStatus"],
        "absent"
    );
    desk.put(&path, json!({"startTime": "10:00:00"})).await.is(409);
    assert_eq!(field(&desk.post(&format!("{path}/correct"), json!({"reason": "x"})).await), "actualStart");
    let times = json!({"actualStart": "2026-03-07T14:00:00Z", "actualEnd": "2026-03-07T13:00:00Z", "reason": "x"});
    assert_eq!(field(&desk.post(&format!("{path}/correct"), times).await), "actualEnd");
    desk.delete(&path).await.is(200);
    desk.get(&path).await.is(404);
    assert_eq!(id(&post(plan(json!({"endTime": "12:00:00"}))).await.is(201)["data"]), shift, "a day has one shift");
    assert_eq!(field(&desk.get("/api/workforce/scheduling?from=2026-03-01&to=2026-04-01").await), "to");
    assert_eq!(field(&desk.get("/api/workforce/utilization?from=2026-03-02&to=2026-03-01").await), "from");
    let formulas = desk.get("/api/formulas").await.ok();
    assert!(formulas["data"].as_array().unwrap().iter().any(|formula| formula["name"] == "shift.utilization@1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_plan_the_same_day_one_wins() {
    let (house, ..) = detroit().await;
    let asked = (0..8).map(|n| {
        let plan = json!({"agent": "ada@example.com", "date": "2026-03-07", "startTime": "08:00:00",
            "endTime": format!("{:02}:00:00", 12 + n)});
        let desk = house.admin.clone();
        async move { desk.post("/api/workforce/shifts", plan).await.status }
    });
    let mut statuses = futures::future::join_all(asked).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    house.settle().await;
    assert_eq!(house.admin.get("/api/workforce/shifts?agent=ada@example.com").await.ok()["data"]["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn utilization_over_many_shifts_is_made_of_their_sums() {
    let (house, wixom, as_ada) = detroit().await;
    agent(&house, "bob", wixom, "102").await;
    let source = telephones(&house).await;
    for (name, day, hours, absent) in [("ada", 2, 8, false), ("ada", 3, 4, false), ("bob", 2, 8, false), ("bob", 3, 0, true)] {
        let plan = json!({"agent": format!("{name}@example.com"), "date": format!("2026-03-0{day}"), "startTime": "08:00:00",
            "endTime": "16:00:00"});
        let shift = at(&house, "2026-02-01T12:00:00Z", "ScheduleShift", None, plan).await;
        if absent {
            at(&house, "2026-03-03T20:00:00Z", "MarkAbsent", Some(shift), json!({})).await;
            continue;
        }
        at(&house, &format!("2026-03-0{day}T13:00:00Z"), "StartShift", Some(shift), json!({})).await;
        at(&house, &format!("2026-03-0{day}T{}:00:00Z", 13 + hours), "EndShift", Some(shift), json!({})).await;
    }
    call(&house, source, "101", "2026-03-02T14:00:00Z", 7_200, json!({"afterCallWorkSeconds": 1_800})).await;
    call(&house, source, "102", "2026-03-02T14:00:00Z", 3_600, json!({})).await;
    house.settle().await;
    let of = async |by: &Client, query: &str| {
        by.get(&format!("/api/workforce/utilization?from=2026-03-02&to=2026-03-03{query}")).await.ok()["data"].clone()
    };
    let all = of(&house.admin, "&groupBy=agent").await;
    let ada = &all["groups"][0];
    assert!(ada["agentEmail"] == "ada@example.com" && ada["day"].is_null(), "{ada}");
    // 9000 of 43200 seconds, 2 calls of 12 hours together with Bob's.
    assert_eq!(value(&ada["utilizationPercentage"], "shift.utilization@2"), dec!(20.83));
    assert_eq!(value(&all["total"]["utilizationPercentage"], "shift.utilization@2"), dec!(17.50));
    assert_eq!(value(&all["total"]["callsPerHour"], "shift.calls_per_hour@2"), dec!(0.10));
    assert_eq!(value(&all["total"]["attendanceRate"], "shift.attendance@1"), dec!(75));
    // Missed: four hours of Ada's second day and all of Bob's, of 32 hours.
    assert_eq!(value(&all["total"]["scheduleAdherenceRate"], "shift.adherence@1"), dec!(62.50));
    assert_eq!(all["total"]["shifts"], 4);
    let days = of(&house.admin, "&groupBy=day").await;
    assert_eq!((&days["groups"][0]["day"], days["groups"].as_array().unwrap().len()), (&json!("2026-03-02"), 2));
    let own = of(&as_ada, "").await;
    assert_eq!((&own["total"]["shifts"], own["groups"].as_array().unwrap().len()), (&json!(2), 1));
    house.verify().await;
}
