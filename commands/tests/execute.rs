//! One command at a time: who may ask, what a key and a version promise, and at which time things happen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ground;

use chrono::{Days, TimeDelta};
use commands::{Envelope, Error, MENU, On, Principal};
use domain::cases::case::{Case, Status};
use domain::organization::role::{Permission, Role};
use domain::organization::user::{User, UserDetails, UserEvent};
use domain::{Aggregate, Instant, Personal, StreamId, TenantId, UserId};
use ground::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn person(role: Role) -> Principal {
    let mut user = User::default();
    user.evolve(&UserEvent::Created {
        details: UserDetails {
            email: Personal::new("ada@example.com".try_into().unwrap()),
            first_name: Personal::new("Ada".try_into().unwrap()),
            last_name: None,
            roles: vec![role],
            location: None,
            profile_image_url: None,
        },
    });
    Principal::user(TENANT, UserId(Uuid::from_u128(7)), &user)
}

#[tokio::test]
async fn everything_on_the_menu_is_refused_without_its_permission_and_records_nothing() {
    let ground = Ground::new().await;
    let before = ground.everything().await.len();
    for item in MENU {
        for role in Role::ALL {
            let somebody = person(role);
            let example: Value = serde_json::from_str(item.example).unwrap();
            let wish = || ask(item.name, Uuid::now_v7(), example.clone());
            if role.permissions().contains(&item.may) {
                assert!(somebody.may(item.may));
            } else {
                let refused = ground.commands.execute(&somebody, wish()).await;
                assert_eq!(refused, Err(Error::Forbidden(item.may)), "{} as {role:?}", item.name);
                let refused = ground.commands.execute_all(&somebody, vec![wish()]).await;
                assert_eq!(refused, [Err(Error::Forbidden(item.may))], "{} as {role:?}", item.name);
            }
        }
    }
    assert_eq!(ground.everything().await.len(), before);
}

#[tokio::test]
async fn nobody_does_anything_with_a_closed_account() {
    let mut user = User::default();
    user.evolve(&UserEvent::Deactivated { reason: None });
    let nobody = Principal::user(TENANT, UserId(Uuid::from_u128(7)), &user);
    assert!(MENU.iter().all(|item| !nobody.may(item.may)));
}

#[tokio::test]
async fn a_date_needs_the_permission_to_import_history_and_lies_between_1970_and_tomorrow() {
    let ground = Ground::new().await;
    let wish = |at: Instant| new("OpenCase", opening()).at(at);
    let by = |who, at| {
        let ground = ground.clone();
        async move { ground.commands.execute(&who, wish(at)).await.map_err(|error| error.code()) }
    };
    let forbidden = ground.commands.execute(&person(Role::CaseWorker), wish(nine())).await;
    assert_eq!(forbidden, Err(Error::Forbidden(Permission::ImportHistory)));
    let tick = TimeDelta::microseconds(1);
    let tomorrow = nine() + Days::new(1);
    assert_eq!(by(boss(), Instant::UNIX_EPOCH - tick).await.unwrap_err(), "invalid");
    assert_eq!(by(boss(), tomorrow + tick).await.unwrap_err(), "invalid");
    assert!(by(boss(), Instant::UNIX_EPOCH).await.is_ok());
    assert!(by(boss(), tomorrow).await.is_ok());
}

#[tokio::test]
async fn what_is_there_must_be_named_and_keys_are_short_and_readable() {
    let ground = Ground::new().await;
    for item in MENU.iter().filter(|item| item.on == On::Existing) {
        let wish = new(item.name, serde_json::from_str(item.example).unwrap());
        let who = if item.may == Permission::RunProcesses { process() } else { boss() };
        match ground.commands.execute(&who, wish).await {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, "on", "{}", item.name),
            other => panic!("{}: {other:?}", item.name),
        }
    }
    for bad in [String::new(), "a\nb".into(), "ä".into(), "x".repeat(256)] {
        assert_eq!(ground.refused(new("OpenCase", opening()).key(bad.clone())).await, "invalid", "{bad:?}");
    }
    ground.ok(new("OpenCase", opening()).key("x".repeat(255))).await;
}

#[tokio::test]
async fn envelopes_are_read_strictly() {
    let ground = Ground::new().await;
    let read = |text: &str| serde_json::from_str::<Envelope>(text);
    assert!(read(r#"{"command":"AcceptCase","speed":1}"#).is_err());
    assert!(read(r#"{"on":"0190a5d2-0000-7000-8000-000000000001"}"#).is_err());
    assert!(read(r#"{"command":"AcceptCase","on":"one"}"#).is_err());
    assert!(read(r#"{"command":"AcceptCase","at":"yesterday"}"#).is_err());
    assert!(read(r#"{"command":"AcceptCase","command":"RejectCase"}"#).is_err());
    let code = |text: &str| ground.commands.read(read(text).unwrap()).map_err(|error| error.code()).unwrap_err();
    assert_eq!(code(r#"{"command":"acceptCase"}"#), "unknown_command");
    assert_eq!(code(r#"{"command":"AcceptCase","data":{"x":1}}"#), "invalid");
    assert_eq!(code(r#"{"command":"AcceptCase","data":[1]}"#), "invalid");
    assert_eq!(code(r#"{"command":"RejectCase"}"#), "invalid");
    assert!(ground.commands.read(read(r#"{"command":"AcceptCase"}"#).unwrap()).is_ok());
    assert!(ground.commands.read(read(r#"{"command":"AcceptCase","data":{}}"#).unwrap()).is_ok());
}

#[tokio::test]
async fn the_same_key_gives_the_first_answer_even_where_the_wish_would_now_be_refused() {
    let ground = Ground::new().await;
    let case = ground.running_case(ground.agency(5).await).await;
    let wish = || ask("RejectCase", case, json!({"reason": "insolvent"})).key("once");
    let first = ground.ok(wish()).await;
    assert!(!first.replayed);
    assert_eq!(ground.refused(ask("RejectCase", case, json!({"reason": "insolvent"}))).await, "wrong_state");
    let events = ground.everything().await.len();
    for process in [&ground, &ground.another()] {
        let again = process.ok(wish()).await;
        assert_eq!((again.id, again.version, again.position), (first.id, first.version, first.position));
        assert!(again.replayed && !again.unchanged);
    }
    assert_eq!(ground.everything().await.len(), events);
}

#[tokio::test]
async fn the_same_key_for_something_new_leads_back_to_what_was_made() {
    let ground = Ground::new().await;
    for (name, data) in [
        ("OpenCase", opening()),
        ("RegisterAgency", json!({"name": "Swift"})),
        ("CreateUser", json!({"email": "ada@example.com", "firstName": "Ada", "roles": ["agent"]})),
        ("AddLocation", json!({"name": "Ann Arbor"})),
        ("RegisterCompany", json!({"name": "Second"})),
    ] {
        let first = ground.ok(new(name, data.clone()).key(name)).await;
        let events = ground.everything().await.len();
        let again = ground.another().ok(new(name, data).key(name)).await;
        assert_eq!((again.id, again.version, again.position, again.replayed), (first.id, first.version, first.position, true));
        assert_eq!(ground.everything().await.len(), events, "{name}");
    }
}

#[tokio::test]
async fn a_key_is_good_for_one_wish_only() {
    let ground = Ground::new().await;
    let (case, other) = (ground.case().await, ground.case().await);
    let reason = |text: &str| json!({"reason": text});
    ground.ok(ask("EscalateCase", case, reason("a")).key("k")).await;
    let others = || {
        [
            ask("EscalateCase", case, reason("b")),
            ask("EscalateCase", other, reason("a")),
            ask("EscalateCase", case, reason("a")).at(nine()),
            ask("DeleteCase", case, reason("a")),
            ask("RejectCase", case, reason("a")),
            ask("UpdateCase", case, json!({})),
        ]
        .map(|wish| wish.key("k"))
    };
    for wish in others() {
        assert_eq!(ground.refused(wish).await, "key_reused");
    }
    for answer in ground.commands.execute_all(&boss(), others().into()).await {
        assert_eq!(answer.unwrap_err().code(), "key_reused");
    }
    assert!(ground.ok(ask("EscalateCase", case, json!({"reason": "a", "level": null})).key("k")).await.replayed);
}

#[tokio::test]
async fn keys_of_two_companies_do_not_meet() {
    let ground = Ground::new().await;
    let second = ground.ok(new("RegisterCompany", json!({"name": "Second"})).key("k")).await.id;
    let theirs = Principal::operator(TenantId(second));
    for who in [boss(), theirs.clone()] {
        let answer = ground.commands.execute(&who, new("OpenCase", opening()).key("l")).await.unwrap();
        assert!(!answer.replayed);
    }
    let foreign = ground.commands.execute(&theirs, ask("EscalateCase", ground.case().await, json!({"reason": "x"}))).await;
    assert_eq!(foreign.unwrap_err().code(), "unknown_case");
}

#[tokio::test]
async fn a_company_is_changed_from_outside_and_its_key_holds() {
    let ground = Ground::new().await;
    let second = ground.ok(new("RegisterCompany", json!({"name": "Second"}))).await.id;
    let wish = || ask("UpdateCompany", second, json!({"maxUsers": 7})).key("k");
    let first = ground.ok(wish()).await;
    ground.ok(ask("UpdateCompany", second, json!({"maxUsers": 9}))).await;
    let again = ground.ok(wish()).await;
    assert_eq!((again.version, again.position, again.replayed), (first.version, first.position, true));
}

#[tokio::test]
async fn a_version_the_asker_saw_must_still_be_the_version() {
    let ground = Ground::new().await;
    let case = ground.case().await;
    let wish = |level: u32| ask("EscalateCase", case, json!({"level": level, "reason": "x"}));
    let first = ground.ok(wish(1).expecting(Some(1)).key("seen")).await;
    assert_eq!(first.version, 2);
    let stale = ground.run(wish(2).expecting(Some(1))).await;
    assert_eq!(stale, Err(Error::Stale { expected: 1, actual: 2 }));
    let all = ground.commands.execute_all(&boss(), vec![wish(2), wish(3).expecting(Some(2)), wish(4).expecting(Some(3))]).await;
    assert_eq!(all[1], Err(Error::Stale { expected: 2, actual: 3 }));
    assert_eq!(all[2].as_ref().unwrap().version, 4);
    let again = ground.ok(wish(1).expecting(Some(1)).key("seen")).await;
    assert_eq!((again.version, again.position, again.replayed), (2, first.position, true));
}

#[tokio::test]
async fn an_old_memory_neither_refuses_nor_lets_through_a_version() {
    let (ours, case) = {
        let ground = Ground::new().await;
        let case = ground.case().await;
        (ground, case)
    };
    let wish = |level: u32| ask("EscalateCase", case, json!({"level": level, "reason": "x"}));
    let theirs = ours.another();
    theirs.ok(wish(1)).await;
    assert_eq!(ours.run(wish(2).expecting(Some(1))).await, Err(Error::Stale { expected: 1, actual: 2 }));
    theirs.ok(wish(3)).await;
    assert_eq!(ours.ok(wish(4).expecting(Some(3))).await.version, 4);
}

#[tokio::test]
async fn the_memory_of_another_process_does_no_harm() {
    let ours = Ground::new().await;
    let agency = ours.agency(1).await;
    let case = ours.running_case(agency).await;
    let theirs = ours.another();
    theirs.ok(ask("CompleteCase", case, json!({}))).await;
    // Ours remembers a case in progress and a full agency.
    ours.ok(ask("ReopenCase", case, json!({}))).await;
    ours.ok(ask("AssignAgency", case, json!({"agencyId": agency}))).await;
    // Theirs remembers a completed case and a free agency.
    assert_eq!(theirs.refused(ask("ReopenCase", case, json!({}))).await, "wrong_state");
    let other = theirs.case().await;
    assert_eq!(theirs.refused(ask("AssignAgency", other, json!({"agencyId": agency}))).await, "agency_full");
    // What is unchanged by an old memory need not be unchanged.
    ours.ok(ask("UpdateCase", case, json!({"ageingDays": 9}))).await;
    assert!(!theirs.ok(ask("UpdateCase", case, json!({"ageingDays": 0}))).await.unchanged);
}

#[tokio::test]
async fn what_was_only_read_is_not_out_of_date_either() {
    let ours = Ground::new().await;
    let theirs = ours.another();
    ours.case().await;
    theirs.ok(new("ChangeSettings", json!({"p1_sla_days": 9}))).await;
    ours.set_clock(nine() + Days::new(1));
    for case in
        [ours.case().await, ours.commands.execute_all(&boss(), vec![new("OpenCase", opening())]).await[0].clone().unwrap().id]
    {
        let opened: Value = serde_json::from_slice(&ours.history::<Case>(case).await[0].body).unwrap();
        let sla = opened.pointer("/sla").or(opened.pointer("/data/sla")).unwrap();
        assert_eq!(sla["policy"], 2, "{opened}");
    }
    let location = ours.ok(new("AddLocation", json!({"name": "Ann Arbor"}))).await.id;
    theirs.ok(ask("RemoveLocation", location, json!({}))).await;
    let user = json!({"email": "ada@example.com", "firstName": "Ada", "roles": ["agent"], "locationId": location});
    assert_eq!(ours.refused(new("CreateUser", user)).await, "unknown_location");
}

#[tokio::test]
async fn history_is_recorded_in_its_order() {
    let ground = Ground::new().await;
    let day = |n: u64| nine() - Days::new(100 - n);
    let case = ground.ok(new("OpenCase", opening()).at(day(10))).await.id;
    let pay = || ask("RecordPayment", case, json!({"amount": 1}));
    ground.ok(pay().at(day(11))).await;
    assert_eq!(ground.run(pay().at(day(10))).await, Err(Error::OutOfOrder { at: day(10), last: day(11) }));
    let all = ground.commands.execute_all(&boss(), vec![pay().at(day(12)), pay().at(day(11)), pay().at(day(12))]).await;
    assert_eq!(all[1], Err(Error::OutOfOrder { at: day(11), last: day(12) }));
    assert!(all[0].is_ok() && all[2].is_ok());
}

#[tokio::test]
async fn the_clock_may_go_back_but_live_events_do_not() {
    let ground = Ground::new().await;
    let case = ground.case().await;
    ground.set_clock(nine() - TimeDelta::hours(1));
    for process in [&ground, &ground.another()] {
        process.ok(ask("RecordPayment", case, json!({"amount": 1}))).await;
    }
    assert!(ground.history::<Case>(case).await.iter().all(|event| event.occurred_at == nine()));
}

#[tokio::test]
async fn deadlines_come_first_at_their_own_instants_and_once() {
    let ground = Ground::new().await;
    let case = ground.case().await;
    let now = nine() + Days::new(5);
    ground.set_clock(now);
    ground.ok(ask("RecordPayment", case, json!({"amount": 1}))).await;
    let dated: Vec<_> = ground.history::<Case>(case).await.into_iter().map(|event| (event.name, event.occurred_at)).collect();
    assert_eq!(
        dated,
        [
            ("case.opened".to_owned(), nine()),
            ("case.sla_at_risk".to_owned(), nine() + TimeDelta::seconds(3 * 86_400 * 4 / 5)),
            ("case.sla_breached".to_owned(), nine() + Days::new(3)),
            ("case.payment_received".to_owned(), now),
        ]
    );
    let by = process();
    let settle = || ground.commands.execute(&by, ask("SettleCase", case, json!({})));
    let answer = settle().await.unwrap();
    assert_eq!((answer.unchanged, answer.position, answer.version), (true, None, 4));

    let second = ground.case().await;
    ground.set_clock(now + Days::new(5));
    let settle = |key: &str| ground.commands.execute(&by, ask("SettleCase", second, json!({})).key(key));
    assert_eq!(settle("a").await.unwrap().version, 3);
    assert!(settle("b").await.unwrap().unchanged);
    assert!(settle("a").await.unwrap().replayed);
    assert_eq!(ground.names::<Case>(second).await, ["case.opened", "case.sla_at_risk", "case.sla_breached"]);
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_not_mistaken_for_another_version() {
    let ground = Ground::new().await;
    let case = Uuid::now_v7();
    let stream = StreamId::of::<Case>(TENANT, case);
    let event = eventlog::NewEvent {
        id: Uuid::now_v7(),
        name: "case.from_the_future".into(),
        schema: 1,
        occurred_at: nine(),
        body: b"{}".to_vec(),
    };
    let streams = vec![eventlog::StreamAppend { stream, expected: 0, events: vec![event] }];
    let append = eventlog::Append {
        tenant: TENANT,
        key: "x".into(),
        fingerprint: [0; 32],
        actor: domain::Actor::Operator,
        cause: None,
        streams,
    };
    ground.log.append(append).await.unwrap();
    let wish = || ask("EscalateCase", case, json!({"reason": "x"}));
    assert_eq!(ground.refused(wish()).await, "unavailable");
    assert_eq!(ground.refused(wish().expecting(Some(1))).await, "unavailable");
    assert_eq!(ground.commands.execute_all(&boss(), vec![wish()]).await[0].as_ref().unwrap_err().code(), "unavailable");
}

#[tokio::test]
async fn state_is_told_straight_from_the_log() {
    let ours = Ground::new().await;
    let case = ours.running_case(ours.agency(3).await).await;
    ours.another().ok(ask("CompleteCase", case, json!({}))).await;
    let (state, version) = ours.commands.state::<Case>(TENANT, case).await.unwrap();
    assert_eq!((state.status(), version), (&Status::Completed, 4));
    let (_, version) = ours.commands.state::<Case>(TENANT, Uuid::now_v7()).await.unwrap();
    assert_eq!(version, 0);
}
