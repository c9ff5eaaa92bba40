//! A small call centre with two days of calls, shifts and a review, of which every figure is known by heart.

use crate::client::{Client, id};
use crate::house::{House, PASSWORD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::organization::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

/// Two days in March in America/Detroit: Ada of Wixom and Bob of Plymouth.
pub struct Ground {
    pub house: House,
    pub manager: Client,
    /// Looks after Wixom.
    pub boss: Client,
    pub ada: Client,
    pub ada_id: Uuid,
    pub wixom: Uuid,
    source: Uuid,
}

/// One leg of a call: who, from when, after how many seconds it was answered, and how long they talked.
pub struct Told<'a> {
    pub key: &'a str,
    pub at: &'a str,
    /// The extension that rings, or from which it is called.
    pub extension: &'a str,
    pub answered: Option<(i64, i64)>,
    pub outbound: bool,
}

impl Ground {
    pub async fn laid() -> Self {
        let house = House::open().await;
        let admin = house.admin.clone();
        admin.put("/api/call-center/settings", json!({"reportingTimezone": "America/Detroit"})).await.is(200);
        let site = async |name: &str| id(&admin.post("/api/locations", json!({"name": name})).await.is(201)["data"]);
        let (wixom, plymouth) = (site("Wixom").await, site("Plymouth").await);
        let agent = async |name: &str, location: Uuid, extension: &str, team: &str| {
            let email = format!("{name}@example.com");
            let user = house.person(&house.admin, &email, Role::Agent).await;
            let body =
                json!({"userId": user, "locationId": location, "extension": extension, "team": team, "hiredOn": "2025-03-01"});
            house.admin.post("/api/agents", body).await.is(201);
            (user, house.signed_in(&email, PASSWORD).await)
        };
        let (ada_id, ada) = agent("ada", wixom, "101", "morning").await;
        agent("bob", plymouth, "102", "evening").await;
        let boss = house.person(&house.admin, "boss@example.com", Role::Supervisor).await;
        house.admin.post(&format!("/api/locations/{wixom}/staff"), json!({"userId": boss})).await.ok();
        let boss = house.signed_in("boss@example.com", PASSWORD).await;
        let manager = house.client(Role::Manager).await;
        let source = json!({"command": "AddSource", "data": {"name": "Main office", "locationId": wixom}});
        let source = house.admin.done(source).await;
        let ground = Self { house, manager, boss, ada, ada_id, wixom, source };
        ground.two_days().await;
        ground.house.settle().await;
        ground
    }

    async fn two_days(&self) {
        let call = |key, at, extension, answered| Told { key, at, extension, answered, outbound: false };
        let first = self.tell(call("c1", "2026-03-02T14:05:00Z", "101", Some((10, 180)))).await;
        let second = self.tell(call("c2", "2026-03-02T15:00:00Z", "101", Some((30, 240)))).await;
        // Half past eleven at night in Detroit: still the second of March.
        self.tell(call("c3", "2026-03-03T04:30:00Z", "101", Some((5, 60)))).await;
        let out = Told { outbound: true, ..call("c4", "2026-03-03T15:00:00Z", "101", Some((12, 120))) };
        self.tell(out).await;
        // Nobody answers a call that Ada makes: no call that she missed, and what was said of it is part of no rate.
        let in_vain = self.tell(Told { outbound: true, ..call("c0", "2026-03-03T16:00:00Z", "101", None) }).await;
        self.tell(call("c5", "2026-03-02T16:00:00Z", "102", Some((8, 300)))).await;
        self.tell(call("c6", "2026-03-02T17:00:00Z", "101", None)).await;
        self.tell(call("c7", "2026-03-02T18:00:00Z", "8000", None)).await;
        let said = json!({"callType": "appointment", "outcome": "appointment_scheduled", "appointment": {"date": "2026-03-09"},
            "firstCallResolution": true, "afterCallWorkSeconds": 30, "customerSatisfactionScore": 5});
        self.done("CompleteCall", first, said).await;
        let said = json!({"callType": "billing", "complaint": true, "afterCallWorkSeconds": 60, "customerSatisfactionScore": 2});
        self.done("CompleteCall", second, said).await;
        self.done("CompleteCall", in_vain, json!({"callType": "billing", "complaint": true, "firstCallResolution": true})).await;
        let shift = async |agent: &str| {
            let plan = json!({"agent": agent, "date": "2026-03-02", "startTime": "08:00:00", "endTime": "16:00:00"});
            self.house.admin.done(json!({"command": "ScheduleShift", "data": plan})).await
        };
        let (worked, absent) = (shift("ada@example.com").await, shift("bob@example.com").await);
        let times = json!({"actualStart": "2026-03-02T13:06:00Z", "actualEnd": "2026-03-02T21:00:00Z",
            "breaks": {"lunch": 1800}, "reason": "the clock had stopped"});
        self.done("CorrectShift", worked, times).await;
        self.done("MarkAbsent", absent, json!({"reason": "ill"})).await;
        let review = json!({"agent": "ada@example.com", "reviewType": "random", "complete": true,
            "content": {"reviewDate": "2026-03-03", "marks": {"activeListening": 4, "callControl": 3}}});
        self.house.admin.done(json!({"command": "DraftReview", "data": review})).await;
    }

    pub async fn done(&self, command: &str, on: Uuid, data: Value) -> Uuid {
        self.house.admin.done(json!({"command": command, "on": on, "data": data})).await
    }

    /// Puts a record on the log: the id of its call.
    pub async fn tell(&self, told: Told<'_>) -> Uuid {
        let start: DateTime<Utc> = told.at.parse().unwrap();
        let at = |seconds: i64| (start + TimeDelta::seconds(seconds)).to_rfc3339();
        let queue = told.extension.len() > 3;
        let kind = if queue { "Queue" } else { "Extension" };
        let (outside, inside) = (json!("+15551230001"), json!(format!("Ext.{}", told.extension)));
        let mut record = match told.outbound {
            false => json!({"from-no": outside, "from-type": "Line", "to-no": inside, "to-dn": told.extension, "to-type": kind}),
            true => json!({"from-no": inside, "from-dn": told.extension, "from-type": "Extension", "to-no": outside,
                "to-type": "Line"}),
        };
        record["callid"] = json!(told.key);
        record["time-start"] = json!(at(0));
        match told.answered {
            Some((ring, talk)) => {
                record["time-answered"] = json!(at(ring));
                record["time-end"] = json!(at(ring + talk));
            }
            None => {
                record["time-end"] = json!(at(25));
                record["reason-terminated"] = json!("TerminatedBySrc");
            }
        }
        let data = json!({"source": self.source, "record": record});
        self.house.admin.done(json!({"command": "RecordCdr", "data": data})).await
    }
}
