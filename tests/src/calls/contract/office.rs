//! A small office at fixed instants: three locations, two agents and those who look after them, a dozen calls, and what came of them.

use super::records::lines;
use crate::client::{Client, id};
use crate::contract::Golden;
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

/// The bodies of B. Everything in the office happened in 2024; what is of today differs from run to run.
pub const B: Golden = Golden {
    folder: "b",
    chosen: Some("2024-"),
    differ: &["position", "requestId", "ageSeconds", "silentSeconds", "freshnessP99Ms", "lagEvents"],
};

/// The office, and who works in it.
pub struct Office {
    pub house: House,
    pub manager: Client,
    /// Looks after Ann Arbor and Wixom.
    pub grace: Client,
    pub ada: Client,
    pub bob_id: Uuid,
    pub ann_arbor: Uuid,
    pub source: Uuid,
    pub secret: String,
    /// Its calls, C1 to C12.
    pub calls: Vec<Uuid>,
}

impl Office {
    pub async fn open() -> Self {
        let house = House::open().await;
        let admin = &house.admin;
        admin.put("/api/call-center/settings", json!({"reportingTimezone": "America/Detroit", "qaQuotaPerAgent": 2})).await.ok();
        let mut sites = vec![];
        for name in ["Ann Arbor", "Wixom", "Plymouth"] {
            let site = json!({"name": name, "timezone": "America/Detroit"});
            sites.push(id(&admin.post("/api/locations", site).await.is(201)["data"]));
        }
        let (_, manager) = person(&house, "max@example.com", "Max", "Weber", Role::Manager).await;
        let (grace_id, grace) = person(&house, "grace@example.com", "Grace", "Hopper", Role::Supervisor).await;
        let (ada_id, ada) = person(&house, "ada@example.com", "Ada", "Lovelace", Role::Agent).await;
        let (bob_id, _) = person(&house, "bob@example.com", "Bob", "Kahn", Role::Agent).await;
        for site in &sites[..2] {
            admin.post(&format!("/api/locations/{site}/staff"), json!({"userId": grace_id})).await.ok();
        }
        for (user, site, extension) in [(ada_id, sites[0], "101"), (bob_id, sites[1], "102")] {
            let agent =
                json!({"userId": user, "locationId": site, "extension": extension, "team": "morning", "hiredOn": "2023-03-01"});
            admin.post("/api/agents", agent).await.is(201);
        }
        let system = json!({"name": "Main office", "timezone": "America/Detroit", "locationId": sites[0]});
        let added = manager.post("/api/3cx/sources", system).await.is(201);
        let (source, secret) = (id(&added["data"]), added["data"]["secret"].as_str().unwrap().to_owned());
        let ann_arbor = sites[0];
        let mut office = Self { house, manager, grace, ada, bob_id, ann_arbor, source, secret, calls: vec![] };
        office.ring(&lines().join("\n")).await;
        office.wrap_up().await;
        office.house.settle().await;
        office
    }

    /// Records come in as they do from the telephone system; the answer is that of B.E8.
    pub async fn rings(&self, lines: &str) -> Value {
        let path = format!("/api/3cx/cdr-webhook?source={}", self.source);
        let system = self.house.anyone.with("X-Webhook-Secret", &self.secret);
        system.send("POST", &path, Some("text/plain"), lines).await.is(200)
    }

    async fn ring(&mut self, lines: &str) {
        self.rings(lines).await;
        let of = |n: usize| domain::calls::call::Call::id(self.house.tenant, domain::SourceId(self.source), &format!("C{n}")).0;
        self.calls = (1..=12).map(of).collect();
    }

    /// The call of this number.
    pub fn call(&self, n: usize) -> Uuid {
        self.calls[n - 1]
    }

    /// What the agents say of their calls.
    async fn wrap_up(&self) {
        let said = [
            (
                1,
                json!({"callType": "appointment", "outcome": "appointment_scheduled", "customerSatisfactionScore": 5,
                "appointment": {"date": "2024-03-12", "type": "check-up"}, "providerRequested": "Dr. Lee", "patientMrn": "MRN-7",
                "firstCallResolution": true, "afterCallWorkSeconds": 30, "holdSeconds": 15, "tags": ["new patient"]}),
            ),
            (
                2,
                json!({"callType": "prescription", "outcome": "information_provided", "customerSatisfactionScore": 4,
                "firstCallResolution": true, "afterCallWorkSeconds": 20}),
            ),
            (
                3,
                json!({"callType": "billing", "outcome": "callback_scheduled", "priority": "high", "complaint": true,
                "customerSatisfactionScore": 2, "afterCallWorkSeconds": 60}),
            ),
            (4, json!({"callType": "appointment", "outcome": "transfer_required", "afterCallWorkSeconds": 10})),
            (8, json!({"callType": "follow_up", "outcome": "information_provided", "firstCallResolution": true})),
            (
                10,
                json!({"callType": "appointment", "outcome": "appointment_scheduled", "customerSatisfactionScore": 4,
                "appointment": {"date": "2024-03-15"}, "firstCallResolution": true, "afterCallWorkSeconds": 40}),
            ),
            (11, json!({"callType": "general", "outcome": "information_provided", "afterCallWorkSeconds": 0})),
        ];
        for (n, said) in said {
            self.house.admin.post(&format!("/api/call-records/{}/complete", self.call(n)), said).await.ok();
        }
        let heard = json!({"reason": "listened to it", "qualityScore": 80});
        self.house.admin.put(&format!("/api/call-records/{}", self.call(2)), heard).await.is(200);
        let plan = json!({"type": "billing", "date": "2024-03-08", "notes": "after ten"});
        self.house.admin.post(&format!("/api/call-records/{}/follow-up", self.call(3)), plan).await.ok();
    }

    /// Something asked for at another time than now.
    pub async fn at(&self, at: &str, command: &str, on: Option<Uuid>, data: Value) -> Uuid {
        self.house.admin.done(json!({"command": command, "on": on, "at": at, "data": data})).await
    }

    /// Three shifts: Ada on Monday, a little late; Bob on Monday, who leaves early; Ada on Tuesday, who is ill.
    pub async fn shifts(&self) -> [Uuid; 3] {
        let planned = "2024-02-20T15:00:00Z";
        let plan = async |agent: &str, day: &str, start: &str, end: &str| {
            let data = json!({"agent": agent, "date": day, "startTime": start, "endTime": end, "callTarget": 6,
                "appointmentTarget": 2, "qualityTarget": 80});
            self.at(planned, "ScheduleShift", None, data).await
        };
        let monday = plan("ada@example.com", "2024-03-04", "08:00:00", "16:30:00").await;
        let bobs = plan("bob@example.com", "2024-03-04", "09:00:00", "17:30:00").await;
        let tuesday = plan("ada@example.com", "2024-03-05", "08:00:00", "16:30:00").await;
        for (at, command, on, data) in [
            ("2024-03-04T13:04:00Z", "StartShift", monday, json!({})),
            ("2024-03-04T17:00:00Z", "BeginBreak", monday, json!({"kind": "lunch"})),
            ("2024-03-04T17:30:00Z", "EndBreak", monday, json!({})),
            ("2024-03-04T21:30:00Z", "EndShift", monday, json!({"reported": {"callsHandled": 5}, "notes": "quiet"})),
            ("2024-03-04T14:00:00Z", "StartShift", bobs, json!({})),
            ("2024-03-04T21:45:00Z", "EndShift", bobs, json!({})),
            ("2024-03-05T21:30:00Z", "MarkAbsent", tuesday, json!({"reason": "ill"})),
        ] {
            self.at(at, command, Some(on), data).await;
        }
        self.house.settle().await;
        [monday, bobs, tuesday]
    }

    /// A review of Ada's first call that counts, and one of Bob's that is a draft.
    pub async fn reviews(&self) -> [Uuid; 2] {
        let marks = json!({"greetingProfessionalism": 5, "activeListening": 4, "problemResolution": 4, "productKnowledge": 5,
            "communicationClarity": 4, "empathyPatience": 5, "callControl": 3, "closingEffectiveness": 4});
        let first = json!({"agentEmail": "ada@example.com", "callRecordId": self.call(1), "reviewType": "random", "complete": true,
            "content": {"reviewDate": "2024-03-06", "marks": marks, "strengthsObserved": "calm",
                "improvementAreas": "says the date twice", "actionItemsRequired": ["Listen to it together"]}});
        let second = json!({"agentEmail": "bob@example.com", "callRecordId": self.call(3), "reviewType": "complaint_follow_up",
            "content": {"reviewDate": "2024-03-07", "marks": {"activeListening": 2}}});
        let mut made = vec![];
        for review in [first, second] {
            made.push(id(&self.grace.post("/api/qa/review", review).await.is(201)["data"]));
        }
        self.house.settle().await;
        [made[0], made[1]]
    }

    /// What Ada shall reach in March, and the morning team of Ann Arbor in its first whole week.
    pub async fn goals(&self) -> [Uuid; 2] {
        let adas = json!({"agentEmail": "ada@example.com", "period": "monthly", "periodStartDate": "2024-03-01",
            "targets": {"callsPerDay": 3, "firstCallResolution": 70, "customerSatisfaction": 4.5, "qualityScore": 80},
            "plan": {"developmentAreas": ["closing"], "coachingFocus": "closing calls"}});
        let teams = json!({"locationId": self.ann_arbor, "team": "morning", "period": "weekly", "periodStartDate": "2024-03-04",
            "targets": {"firstCallResolution": 80, "appointmentConversion": 20}});
        let agent = id(&self.grace.post("/api/goals/set", adas).await.is(201)["data"]);
        let team = id(&self.grace.post("/api/goals/team-goals", teams).await.is(201)["data"]);
        self.house.settle().await;
        [agent, team]
    }

    /// A campaign that Ada calls for, with both of her calls logged.
    pub async fn campaign(&self) -> Uuid {
        let plan = json!({"campaignName": "Spring check-ups", "campaignType": "outbound_appointments", "startDate": "2024-03-01",
            "endDate": "2024-03-31", "targetAudience": "Patients not seen for a year", "targetCallCount": 4,
            "targetConversionRate": 50, "assignedAgents": ["ada@example.com"], "talkingPoints": ["Free parking"]});
        let campaign = self.at("2024-02-20T15:00:00Z", "CreateCampaign", None, plan).await;
        self.at("2024-03-01T13:00:00Z", "StartCampaign", Some(campaign), json!({})).await;
        for (n, outcome) in [(8, "appointment_scheduled"), (9, "no_answer")] {
            let data = json!({"agent": "ada@example.com", "callId": self.call(n), "number": "+17345550177", "outcome": outcome});
            self.house.admin.post(&format!("/api/campaigns/{campaign}/calls"), data).await.is(201);
        }
        self.house.settle().await;
        campaign
    }

    /// Journals of Ada: one submitted, one a draft; and one of Bob that was reviewed.
    pub async fn journals(&self) -> [Uuid; 3] {
        let submitted = json!({"callRecordId": self.call(1), "callSummary": "Asked for an appointment because of a rash",
            "patientConcern": "Rash on both arms since Monday", "resolutionProvided": "Appointment made",
            "actionItems": ["Send the questionnaire"], "callTags": ["rash"], "departmentInvolved": ["Dermatology"], "submit": true});
        let draft = json!({"callRecordId": self.call(2), "callSummary": "Wanted to know when the prescription is ready"});
        let bobs = json!({"callRecordId": self.call(3), "agentId": self.bob_id, "callSummary": "Complained about an invoice",
            "followUpType": "billing", "followUpDate": "2024-03-08", "submit": true});
        let mut written = vec![];
        for (by, journal) in [(&self.ada, submitted), (&self.ada, draft), (&self.grace, bobs)] {
            written.push(id(&by.post("/api/call-journals", journal).await.is(201)["data"]));
        }
        let review = json!({"reviewScore": 85, "coachingNotes": "Name the concern first", "trainingOpportunities": ["Empathy"]});
        self.grace.put(&format!("/api/journals/{}/review", written[2]), review).await.is(200);
        self.house.settle().await;
        [written[0], written[1], written[2]]
    }

    pub async fn get(&self, item: &str, path: &str) {
        B.compare(item, self.manager.get(path).await.is(200));
    }
}

async fn person(house: &House, email: &str, first: &str, last: &str, role: Role) -> (Uuid, Client) {
    let account = json!({"email": email, "firstName": first, "lastName": last, "role": role.word(), "password": PASSWORD});
    let user = id(&house.admin.post("/api/users", account).await.ok());
    (user, house.signed_in(email, PASSWORD).await)
}
