//! What somebody does not reach is not there for them, whatever else they say about it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ground;

use commands::{Ask, Error, Principal};
use domain::organization::role::{Reach, Role};
use domain::{Actor, LocationId, UserId};
use ground::*;
use serde_json::{Value, json};
use uuid::Uuid;

/// Two sites with an agent and a call each.
struct Centre {
    ground: Ground,
    here: Uuid,
    boss: Uuid,
    ada: Uuid,
    bob: Uuid,
    call_here: Uuid,
    call_there: Uuid,
}

async fn centre() -> Centre {
    let ground = Ground::new().await;
    let source = ground.ok(new("AddSource", json!({"name": "Office"}))).await.id;
    let mut made = Vec::new();
    for (name, extension) in [("ada", "101"), ("bob", "102")] {
        let site = ground.ok(new("AddLocation", json!({"name": format!("Site of {name}")}))).await.id;
        let person = json!({"email": format!("{name}@example.com"), "firstName": name, "roles": ["agent"]});
        let user = ground.ok(new("CreateUser", person)).await.id;
        ground.ok(ask("EnrolAgent", user, json!({"extension": extension, "locationId": site}))).await;
        let record = json!({"callid": name, "time-start": "2026-01-05T08:00:00Z", "time-answered": "2026-01-05T08:00:05Z",
            "time-end": "2026-01-05T08:01:00Z", "from-no": "+15551230001", "from-type": "Line", "to-dn": extension,
            "to-type": "Extension"});
        let call = ground.ok(new("RecordCdr", json!({"source": source, "record": record}))).await.id;
        made.push((site, user, call));
    }
    let person = json!({"email": "boss@example.com", "firstName": "Boss", "roles": ["supervisor"]});
    let boss = ground.ok(new("CreateUser", person)).await.id;
    let [(here, ada, call_here), (_, bob, call_there)] = made[..] else { panic!() };
    Centre { ground, here, boss, ada, bob, call_here, call_there }
}

impl Centre {
    fn agent(&self) -> Principal {
        self.person(Role::Agent, self.ada, Reach::Own)
    }

    /// Of the first site.
    fn supervisor(&self) -> Principal {
        self.person(Role::Supervisor, self.boss, Reach::Locations([LocationId(self.here)].into()))
    }

    fn person(&self, role: Role, user: Uuid, reach: Reach) -> Principal {
        let permissions = role.permissions().iter().copied().collect();
        Principal { tenant: TENANT, actor: Actor::User(UserId(user)), permissions, reach }
    }

    async fn refused(&self, who: &Principal, ask: Ask) -> Error {
        self.ground.commands.execute(who, ask).await.unwrap_err()
    }
}

#[tokio::test]
async fn a_version_that_is_named_tells_nothing_about_what_is_out_of_reach() {
    let centre = centre().await;
    let wrap_up = |call: Uuid| ask("CompleteCall", call, json!({})).expecting(Some(999));
    let missing = centre.refused(&centre.agent(), wrap_up(Uuid::now_v7())).await;
    assert_eq!(missing.code(), "unknown_call");
    assert_eq!(centre.refused(&centre.agent(), wrap_up(centre.call_there)).await, missing);
    assert_eq!(centre.refused(&centre.agent(), wrap_up(centre.call_here)).await.code(), "stale_version");
    let all = centre.ground.commands.execute_all(&centre.agent(), vec![wrap_up(centre.call_there)]).await;
    assert_eq!(all, [Err(missing)]);
}

#[tokio::test]
async fn a_review_is_about_a_call_that_the_reviewer_sees() {
    let centre = centre().await;
    let review = |call: Uuid| new("DraftReview", json!({"agent": centre.ada, "callId": call, "reviewType": "random"}));
    let missing = centre.refused(&centre.supervisor(), review(Uuid::now_v7())).await;
    assert_eq!(missing.code(), "unknown_call");
    assert_eq!(centre.refused(&centre.supervisor(), review(centre.call_there)).await, missing, "another site");
    let wide = Principal { reach: Reach::Tenant, ..centre.supervisor() };
    assert_eq!(centre.refused(&wide, review(centre.call_there)).await.code(), "invalid", "seen, but another agent's");
    centre.ground.commands.execute(&wide, review(centre.call_here)).await.unwrap();
    // The agent works at the first site by now; what they took elsewhere is not the supervisor's to look into.
    centre.ground.ok(ask("ChangeAgent", centre.bob, json!({"locationId": centre.here}))).await;
    let moved = new("DraftReview", json!({"agent": centre.bob, "callId": centre.call_there, "reviewType": "random"}));
    assert_eq!(centre.refused(&centre.supervisor(), moved).await, missing);
}

#[tokio::test]
async fn a_supervisor_writes_journals_for_those_they_look_after() {
    let centre = centre().await;
    let journal =
        |whose: Value| new("WriteJournal", json!({"callRecordId": centre.call_here, "callSummary": "x", "agentId": whose}));
    let nobody = centre.refused(&centre.supervisor(), journal(json!(Uuid::now_v7()))).await;
    assert_eq!(nobody.code(), "invalid");
    assert_eq!(centre.refused(&centre.supervisor(), journal(json!(centre.bob))).await, nobody);
    centre.ground.commands.execute(&centre.supervisor(), journal(json!(centre.ada))).await.unwrap();
}
