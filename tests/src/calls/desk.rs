//! A call centre in a house: a telephone system, agents with extensions, and calls that came in.

use crate::client::{Client, id};
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use serde_json::{Value, json};
use uuid::Uuid;

/// A telephone system and the people at it.
pub struct Desk<'h> {
    pub house: &'h House,
    pub by: Client,
    pub source: Uuid,
}

/// Somebody who works there.
pub struct Someone {
    pub id: Uuid,
    pub client: Client,
}

impl<'h> Desk<'h> {
    pub async fn open(house: &'h House) -> Self {
        Self::of(house, &house.admin).await
    }

    /// The same in the company of this admin.
    pub async fn of(house: &'h House, by: &Client) -> Self {
        let source = by.done(json!({"command": "AddSource", "data": {"name": "Main office"}})).await;
        Self { house, by: by.clone(), source }
    }

    pub async fn site(&self, name: &str) -> Uuid {
        id(&self.by.post("/api/locations", json!({"name": name, "timezone": "America/Detroit"})).await.is(201)["data"])
    }

    /// An agent at a site and an extension.
    pub async fn agent(&self, name: &str, site: Uuid, extension: &str) -> Someone {
        let someone = self.person(name, Role::Agent).await;
        let body = json!({"userId": someone.id, "locationId": site, "extension": extension, "team": "morning"});
        self.by.post("/api/agents", body).await.is(201);
        someone
    }

    /// A supervisor who looks after sites.
    pub async fn supervisor(&self, name: &str, sites: &[Uuid]) -> Someone {
        let someone = self.person(name, Role::Supervisor).await;
        for site in sites {
            self.by.post(&format!("/api/locations/{site}/staff"), json!({"userId": someone.id})).await.ok();
        }
        someone
    }

    pub async fn person(&self, name: &str, role: Role) -> Someone {
        let email = format!("{name}@example.com");
        let id = self.house.person(&self.by, &email, role).await;
        Someone { id, client: self.house.signed_in(&email, PASSWORD).await }
    }

    /// A call that came in at this instant, was answered at an extension after so many seconds and took so many.
    pub async fn answered(&self, key: &str, at: &str, extension: &str, ring: i64, talk: i64) -> Uuid {
        let (answered, ended) = (later(at, ring), later(at, ring + talk));
        let record = json!({"callid": key, "time-start": at, "time-answered": answered, "time-end": ended,
            "from-no": "+15551230001", "from-type": "Line", "to-no": format!("Ext.{extension}"), "to-dn": extension,
            "to-type": "Extension", "reason-terminated": "TerminatedByDst"});
        self.record(record).await
    }

    /// A call that rang at an extension and was not answered.
    pub async fn missed(&self, key: &str, at: &str, extension: &str) -> Uuid {
        let record = json!({"callid": key, "time-start": at, "time-end": later(at, 20),
            "from-no": "+15551230002", "from-type": "Line", "to-no": format!("Ext.{extension}"), "to-dn": extension,
            "to-type": "Extension", "reason-terminated": "TerminatedByDst"});
        self.record(record).await
    }

    /// Any record as the telephone system writes it; the call it belongs to.
    pub async fn record(&self, record: Value) -> Uuid {
        let data = json!({"source": self.source, "record": record});
        self.by.done(json!({"command": "RecordCdr", "data": data})).await
    }

    /// A journal of somebody about a call.
    pub async fn journal(&self, whose: &Client, call: Uuid, summary: &str) -> Uuid {
        let body = json!({"callRecordId": call, "callSummary": summary});
        id(&whose.post("/api/call-journals", body).await.is(201)["data"])
    }
}

fn later(at: &str, seconds: i64) -> String {
    let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
    (at + chrono::TimeDelta::seconds(seconds)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The ids of a list, in its order.
pub fn ids(body: &Value) -> Vec<Uuid> {
    body["data"]["items"].as_array().unwrap_or_else(|| panic!("no list in {body}")).iter().map(id).collect()
}
