//! B.E32–B.E35: the roster, coming and going, and how well time is used.

use super::office::{B, Office};
use crate::contract::Golden;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

/// Of a shift that is worked while the test runs, everything that depends on the clock differs.
const NOW: Golden = Golden {
    differ: &[
        "position",
        "requestId",
        "shiftDate",
        "scheduledStartTime",
        "scheduledEndTime",
        "tardinessMinutes",
        "earlyDepartureMinutes",
        "totalAvailableTimeSeconds",
    ],
    ..B
};

impl Office {
    /// A shift of Ada that began an hour ago.
    async fn shift_of_now(&self) -> Value {
        self.house.admin.put("/api/call-center/settings", json!({"reportingTimezone": "UTC"})).await.ok();
        let local = Utc::now() - TimeDelta::hours(1);
        let until = local + TimeDelta::hours(8);
        let plan = json!({"agentEmail": "ada@example.com", "date": local.date_naive(), "startTime": local.format("%H:%M:00").to_string(),
            "endTime": until.format("%H:%M:00").to_string(), "callTarget": 40});
        self.grace.post("/api/workforce/shifts", plan).await.is(201)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e32_scheduling() {
    let office = Office::open().await;
    office.shifts().await;
    let path = format!("/api/workforce/scheduling?from=2024-03-04&to=2024-03-04&locationId={}", office.ann_arbor);
    office.get("B.E32", &path).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e33_shift_start() {
    let office = Office::open().await;
    office.shift_of_now().await;
    NOW.compare("B.E33", office.ada.post("/api/workforce/shift-start", json!({})).await.is(200));
    NOW.compare("B.E33-refused", office.ada.post("/api/workforce/shift-start", json!({})).await.is(409));
}

#[tokio::test(flavor = "multi_thread")]
async fn e34_shift_end() {
    let office = Office::open().await;
    let [monday, ..] = office.shifts().await;
    // What a whole shift comes to is looked at on one that is over.
    office.get("B.E34-figures", &format!("/api/workforce/shifts/{monday}")).await;
    office.shift_of_now().await;
    office.ada.post("/api/workforce/shift-start", json!({})).await.is(200);
    let metrics = json!({"metrics": {"callsHandled": 3, "callsMissed": 1, "totalTalkTimeSeconds": 600,
        "totalAvailableTimeSeconds": 3000, "totalAfterCallWorkSeconds": 60}, "notes": "ill"});
    NOW.compare("B.E34", office.ada.post("/api/workforce/shift-end", metrics).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e35_utilization() {
    let office = Office::open().await;
    office.shifts().await;
    office.get("B.E35", "/api/workforce/utilization?from=2024-03-04&to=2024-03-05").await;
}
