//! A small history for the tests of the oracle: payments on one case, as they were asked for and as they were recorded.

use crate::journal::{Fate, Wish};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, StreamId, TenantId, UserId};
use eventlog::{Position, Recorded, leaf};
use serde_json::{Value, json};
use uuid::Uuid;

pub struct Story {
    pub tenant: Uuid,
    pub case: Uuid,
    pub events: Vec<Recorded>,
    pub wishes: Vec<Wish>,
    tick: u64,
}

impl Default for Story {
    fn default() -> Self {
        Self { tenant: Uuid::from_u128(1), case: Uuid::from_u128(2), events: vec![], wishes: vec![], tick: 0 }
    }
}

impl Story {
    pub fn start() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    pub fn yes(id: Uuid, version: i64, position: i64) -> Fate {
        Fate::Ok { id, version, position: Some(position), unchanged: false, replayed: false }
    }

    /// A payment that was asked for, recorded and acknowledged.
    pub fn pay(&mut self, key: &str, amount: i64) {
        let data = json!({ "amount": amount, "reference": key });
        self.record(key, "case.payment_received", &data);
        let place = self.events.len() as i64;
        let (sent, answered) = (self.tick + 1, Some(self.tick + 2));
        self.tick += 2;
        self.wishes.push(Wish {
            client: 1,
            key: key.to_owned(),
            command: "RecordPayment".to_owned(),
            tenant: self.tenant,
            on: self.case,
            data,
            sent,
            answered,
            fate: Self::yes(self.case, place, place),
        });
    }

    /// An event of the case, at the next position and version, a minute after the one before.
    pub fn record(&mut self, key: &str, name: &str, body: &Value) {
        let nth = self.events.len() as i64 + 1;
        self.record_at(key, name, body, Self::start() + TimeDelta::minutes(nth));
    }

    pub fn record_at(&mut self, key: &str, name: &str, body: &Value, at: DateTime<Utc>) {
        let nth = self.events.len() as i64 + 1;
        self.events.push(Recorded {
            position: Position::from_i64(nth),
            stream: StreamId::new(TenantId(self.tenant), "case", self.case),
            version: nth,
            event_id: Uuid::from_u128(1_000 + nth as u128),
            name: name.to_owned(),
            schema: 1,
            recorded_at: Self::start() + TimeDelta::minutes(nth),
            occurred_at: at,
            actor: Actor::User(UserId(Uuid::from_u128(3))),
            cause: None,
            key: key.to_owned(),
            body: body.to_string().into_bytes(),
            leaf: [0; 32],
        });
        self.seal();
    }

    /// The last event was a process's.
    pub fn by_process(&mut self, name: &str) {
        if let Some(event) = self.events.last_mut() {
            event.actor = Actor::Process(name.to_owned());
        }
        self.seal();
    }

    fn seal(&mut self) {
        if let Some(event) = self.events.last_mut() {
            event.leaf = leaf::leaf(event);
        }
    }
}
