//! Calls that came in before anybody was known to hold their telephones get their people once that is known.

use crate::client::Client;
use crate::house::House;
use domain::calls::call::{Call, CallFacts};
use domain::organization::role::Role;
use domain::{CallId, SourceId};
use processes::Duty;
use processes::calls::attribution::Attribution;
use serde_json::{Value, json};
use uuid::Uuid;

/// A telephone system.
struct Board(Uuid);

impl Board {
    async fn of(by: &Client) -> Self {
        let id = Uuid::now_v7();
        by.done(json!({"command": "AddSource", "on": id, "data": {"name": "Main office"}})).await;
        Self(id)
    }

    /// A call from outside that rang there at this time and was answered there, if it was.
    async fn rang(&self, by: &Client, call: &str, extension: &str, at: &str, answered: bool) {
        let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
        let answer = if answered { json!(at + chrono::TimeDelta::seconds(9)) } else { Value::Null };
        let record = json!({"callid": call, "time-start": at, "time-answered": answer, "time-end": at + chrono::TimeDelta::seconds(60),
            "from-no": "+15551230001", "from-type": "Line", "to-no": format!("Ext.{extension}"), "to-dn": extension,
            "to-type": "Extension"});
        by.done(json!({"command": "RecordCdr", "data": {"source": self.0, "record": record}})).await;
    }

    fn call(&self, house: &House, call: &str) -> CallId {
        Call::id(house.tenant, SourceId(self.0), call)
    }

    async fn facts(&self, house: &House, call: &str) -> CallFacts {
        house.commands().state::<Call>(house.tenant, self.call(house, call)).await.unwrap().0.facts().unwrap().clone()
    }

    /// Whose call it is, and who missed it, by their teams.
    async fn people(&self, house: &House, call: &str) -> (Option<String>, Vec<String>) {
        let facts = self.facts(house, call).await;
        let team = |card: &domain::calls::AgentCard| card.team.as_ref().unwrap().to_string();
        (facts.agent.as_ref().map(team), facts.missed_by.iter().map(team).collect())
    }
}

/// Somebody with this telephone, in a team of their own name.
async fn enrolled(house: &House, name: &str, extension: &str) -> Uuid {
    let user = house.person(&house.admin, &format!("{name}@example.com"), Role::Agent).await;
    house.admin.post("/api/agents", json!({"userId": user, "extension": extension, "team": name})).await.is(201);
    user
}

/// The events of calls that say who their people were.
async fn attributed(house: &House) -> i64 {
    let count = "select count(*) from log.events where type = 'call.attributed'";
    sqlx::query_scalar(count).fetch_one(&house.rooms().owner).await.unwrap()
}

fn nobody() -> (Option<String>, Vec<String>) {
    (None, vec![])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_gets_its_people_once_they_are_known() {
    let house = House::open().await;
    let board = Board::of(&house.admin).await;
    board.rang(&house.admin, "C1", "101", "2026-01-05T08:00:00Z", true).await;
    board.rang(&house.admin, "C2", "102", "2026-01-05T08:01:00Z", false).await;
    board.rang(&house.admin, "C3", "109", "2026-01-05T08:02:00Z", true).await;
    house.settle().await;
    for call in ["C1", "C2", "C3"] {
        assert_eq!(board.people(&house, call).await, nobody());
    }
    assert_eq!(attributed(&house).await, 0, "there is nobody yet");

    let ada = enrolled(&house, "ada", "101").await;
    enrolled(&house, "bob", "102").await;
    house.settle().await;
    assert_eq!(board.people(&house, "C1").await, (Some("ada".into()), vec![]));
    assert_eq!(board.people(&house, "C2").await, (None, vec!["bob".into()]), "who missed it is known too");
    assert_eq!(board.people(&house, "C3").await, nobody());
    assert_eq!(attributed(&house).await, 2, "each of them once");
    let shown: Option<Uuid> = sqlx::query_scalar("select agent_id from read.calls where call_key = 'C1'")
        .fetch_one(&house.rooms().owner)
        .await
        .unwrap();
    assert_eq!(shown, Some(ada), "and the list of calls shows it");

    // What changes hands later changes nothing of what was before, and what came in between was nobody's.
    house.admin.put(&format!("/api/agents/{ada}"), json!({"extension": null})).await.is(200);
    let between = chrono::Utc::now().to_rfc3339();
    board.rang(&house.admin, "C4", "101", &between, true).await;
    enrolled(&house, "cy", "101").await;
    board.rang(&house.admin, "C5", "101", &chrono::Utc::now().to_rfc3339(), true).await;
    house.settle().await;
    assert_eq!(board.people(&house, "C1").await, (Some("ada".into()), vec![]));
    assert_eq!(board.people(&house, "C4").await, nobody());
    assert_eq!(board.people(&house, "C5").await, (Some("cy".into()), vec![]), "at once, by the record itself");
    assert_eq!(attributed(&house).await, 2);
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_history_is_imported_calls_wait_and_are_not_forgotten() {
    let house = House::open().await;
    let board = Board::of(&house.admin).await;
    let foreign = house.foreign().await;
    let theirs = Board::of(&foreign.admin).await;
    for n in 0..3 {
        board.rang(&house.admin, &format!("C{n}"), "101", "2026-01-05T08:00:00Z", true).await;
        theirs.rang(&foreign.admin, &format!("C{n}"), "101", "2026-01-05T08:00:00Z", true).await;
    }
    house.admin.done(json!({"command": "BeginImport", "on": house.tenant})).await;
    enrolled(&house, "ada", "101").await;
    let user = house.person(&foreign.admin, "eve@elsewhere.example", Role::Agent).await;
    foreign.admin.post("/api/agents", json!({"userId": user, "extension": "101", "team": "eve"})).await.is(201);
    let screens = async || assert!(house.rooms().engine().unwrap().settle().await);
    screens().await;
    let mut process = Attribution::new(house.commands().clone(), house.rooms().reader.clone());
    assert_eq!(process.step().await.unwrap(), 3, "those of the other company");
    screens().await;
    assert_eq!((process.step().await.unwrap(), attributed(&house).await), (0, 3));
    assert_eq!(board.people(&house, "C0").await, nobody());
    house.admin.done(json!({"command": "EndImport", "on": house.tenant})).await;
    screens().await;
    assert_eq!(process.step().await.unwrap(), 3, "once the import has ended");
    screens().await;
    assert_eq!((process.step().await.unwrap(), attributed(&house).await), (0, 6));
    assert_eq!(board.people(&house, "C2").await, (Some("ada".into()), vec![]));

    // Two servers that see the same list attribute once; so does one that was started anew.
    board.rang(&house.admin, "D1", "105", "2026-01-05T08:00:00Z", true).await;
    enrolled(&house, "dee", "105").await;
    screens().await;
    let mut other = Attribution::new(house.commands().clone(), house.rooms().reader.clone());
    let (one, two) = tokio::join!(process.step(), other.step());
    assert!(one.unwrap() + two.unwrap() >= 1);
    screens().await;
    let mut anew = Attribution::new(house.commands().clone(), house.rooms().reader.clone());
    assert_eq!((anew.step().await.unwrap(), attributed(&house).await), (0, 7));
    house.verify().await;
    house.is_healthy().await;
}
