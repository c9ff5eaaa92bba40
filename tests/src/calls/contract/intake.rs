//! B.E7–B.E9 and B.E36–B.E39: what the telephone system says, the live board, and the processing behind them.

use super::office::{B, Office};
use super::records::lines;
use crate::pbx::Pbx;
use futures::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

impl Office {
    /// Ada speaks, Bob is at lunch.
    async fn telephones(&self) {
        let note = async |extension: &str, state: &str, call: Option<&str>| {
            let data = json!({"extension": extension, "state": state, "sourceId": self.source, "callKey": call,
                "queueName": call.map(|_| "Appointments"), "otherNumber": call.map(|_| "+17345550177"), "at": "2024-03-06T13:05:00Z"});
            self.house.admin.done(json!({"command": "NotePresence", "data": data})).await;
        };
        note("101", "on_call", Some("C13")).await;
        note("102", "away", None).await;
        self.house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e07_live_board() {
    let office = Office::open().await;
    office.telephones().await;
    let address = office.house.anyone.url.replace("http://", "ws://") + "/api/call-center/live";
    let mut request = address.into_client_request().unwrap();
    request.headers_mut().insert("Authorization", format!("Bearer {}", office.manager.token()).parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let first: Value = loop {
        let said = tokio::time::timeout(Duration::from_secs(10), socket.next()).await.expect("the board is shown").unwrap();
        if let Message::Text(text) = said.unwrap() {
            break serde_json::from_str(&text).unwrap();
        }
    };
    B.compare("B.E7", first);
}

#[tokio::test(flavor = "multi_thread")]
async fn e08_cdr_webhook() {
    let office = Office::open().await;
    let known = lines()[0].clone();
    let new = known.replace("C1,", "C13,").replace("2024/03/04", "2024/03/06");
    B.compare("B.E8", office.rings(&[known.as_str(), new.as_str(), "garbage"].join("\n")).await);
    let stranger = office.house.anyone.with("X-Webhook-Secret", "whsec_AAAA");
    let path = format!("/api/3cx/cdr-webhook?source={}", office.source);
    B.compare("B.E8-refused", stranger.send("POST", &path, Some("text/plain"), new).await.is(401));
}

#[tokio::test(flavor = "multi_thread")]
async fn e09_agent_status() {
    let office = Office::open().await;
    office.telephones().await;
    office.get("B.E9", "/api/3cx/agent-status").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e36_calculate_kpis() {
    let office = Office::open().await;
    B.compare("B.E36", office.manager.post("/api/processing/calculate-kpis", json!({})).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e37_generate_reports() {
    let office = Office::open().await;
    office.shifts().await;
    let asked = json!({"kind": "daily", "day": "2024-03-04"});
    B.compare("B.E37", office.manager.post("/api/processing/generate-reports", asked).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e38_sync_3cx() {
    let office = Office::open().await;
    let pbx = Pbx::open(None).await;
    pbx.users(&[
        ("101", "ada@example.com", "Available"),
        ("102", "bob@example.com", "Away"),
        ("103", "who@example.com", "Available"),
    ]);
    let address = json!({"baseUrl": pbx.url});
    office.manager.put(&format!("/api/3cx/sources/{}", office.source), address).await.is(200);
    office.house.settle().await;
    B.compare("B.E38", office.manager.post("/api/processing/sync-3cx", json!({})).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e39_health_check() {
    let office = Office::open().await;
    office.get("B.E39", "/api/processing/health-check").await;
}
