//! Coming and going: signing in, renewing, leaving, and what happens to those who guess.

use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use serde_json::json;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn each_specification_signs_in_in_its_own_way() {
    let house = House::open().await;
    house.person(&house.admin, "ada@example.com", Role::CaseWorker).await;
    let caly = house.anyone.post("/api/auth/login", json!({"email": "Ada@Example.com", "password": PASSWORD})).await.ok();
    assert!(caly["success"] == true && caly["data"]["token"].is_string(), "{caly}");
    let form = "grant_type=password&username=ada%40example.com&password=a+password+for+stories+1&scope=";
    let media = Some("application/x-www-form-urlencoded");
    let session = house.anyone.send("POST", "/api/v1/auth/token", media, form).await.ok();
    assert_eq!(session["token_type"], "bearer");
    let me = house.anyone.bearing(session["access_token"].as_str().unwrap()).get("/api/v1/auth/me").await.ok();
    assert_eq!((&me["email"], &me["role"]), (&json!("ada@example.com"), &json!("case_worker")));
    let wrong = house.anyone.sign_in("ada@example.com", "not that one").await;
    let nobody = house.anyone.sign_in("nobody@example.com", "not that one").await;
    assert_eq!((wrong.status, wrong.body()), (nobody.status, nobody.body()), "nobody learns who has an account");
    assert_eq!((wrong.status, wrong.header("www-authenticate").as_deref()), (401, Some("Bearer")));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_ten_times_waits_while_everybody_else_comes_in() {
    let house = House::with(|config| config.behind_proxy = true).await;
    house.person(&house.admin, "ada@example.com", Role::CaseWorker).await;
    house.person(&house.admin, "bob@example.com", Role::CaseWorker).await;
    let guesser = house.anyone.with("X-Forwarded-For", "192.0.2.7");
    for n in 0..10 {
        assert_eq!(guesser.sign_in("ada@example.com", &format!("wrong password {n}")).await.status, 401, "guess {n}");
    }
    let refused = guesser.sign_in("ada@example.com", PASSWORD).await;
    assert_eq!(refused.status, 429, "{}", refused.text());
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=1800).contains(&wait), "{wait}");
    let elsewhere = house.anyone.with("X-Forwarded-For", "192.0.2.99");
    assert_eq!(elsewhere.sign_in("ada@example.com", PASSWORD).await.status, 429, "the account is closed to all guesses");
    elsewhere.sign_in("bob@example.com", PASSWORD).await.is(200);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_sign_ins_starves_nobody() {
    let house = House::with(|config| config.behind_proxy = true).await;
    house.person(&house.admin, "bob@example.com", Role::CaseWorker).await;
    let flood = (0..60).map(|n| {
        let someone = house.anyone.with("X-Forwarded-For", format!("192.0.2.{n}"));
        async move { someone.sign_in(&format!("user{n}@example.com"), "a wrong password").await.status }
    });
    let work = async {
        let began = std::time::Instant::now();
        for _ in 0..20 {
            house.admin.get("/api/v1/cases/").await.is(200);
        }
        began.elapsed()
    };
    let (answers, took) = tokio::join!(futures::future::join_all(flood), work);
    assert!(answers.iter().all(|status| [401, 429, 503].contains(status)), "{answers:?}");
    assert!(took.as_secs() < 10, "{took:?}");
    house.anyone.sign_in("bob@example.com", PASSWORD).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_renewed_once_with_each_token_and_a_second_use_ends_it() {
    let house = House::open().await;
    house.person(&house.admin, "ada@example.com", Role::CaseWorker).await;
    let renew =
        async |token: &serde_json::Value| house.anyone.post("/api/v1/auth/refresh", json!({"refresh_token": token})).await;
    let first = house.anyone.sign_in("ada@example.com", PASSWORD).await.ok();
    let second = renew(&first["refresh_token"]).await.ok();
    house.anyone.bearing(second["access_token"].as_str().unwrap()).get("/api/v1/auth/me").await.is(200);
    renew(&first["refresh_token"]).await.is(401);
    renew(&second["refresh_token"]).await.is(401);

    let session = house.anyone.sign_in("ada@example.com", PASSWORD).await.ok();
    let leave = json!({"refresh_token": session["refresh_token"]});
    house.anyone.post("/api/v1/auth/logout", leave.clone()).await.is(200);
    renew(&session["refresh_token"]).await.is(401);
    house.anyone.post("/api/v1/auth/logout", leave).await.is(200);
    let camel = house.anyone.post("/api/auth/login", json!({"email": "ada@example.com", "password": PASSWORD})).await.ok();
    house.anyone.post("/api/auth/refresh", json!({"refreshToken": camel["data"]["refreshToken"]})).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_person_is_out_at_once_and_so_is_a_closed_company() {
    let house = House::open().await;
    let ada = house.person(&house.admin, "ada@example.com", Role::CaseWorker).await;
    let session = house.anyone.sign_in("ada@example.com", PASSWORD).await.ok();
    let client = house.anyone.bearing(session["access_token"].as_str().unwrap());
    client.get("/api/v1/cases/").await.is(200);
    house.admin.delete(&format!("/api/users/{ada}")).await.ok();
    client.get("/api/v1/cases/").await.is(401);
    house.anyone.sign_in("ada@example.com", PASSWORD).await.is(401);
    house.anyone.post("/api/v1/auth/refresh", json!({"refresh_token": session["refresh_token"]})).await.is(401);

    let foreign = house.foreign().await;
    house.admin.patch(&format!("/api/companies/{}", foreign.tenant), json!({"isActive": false})).await.ok();
    foreign.admin.get("/api/v1/cases/").await.is(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_sessions_of_the_old_one() {
    let house = House::open().await;
    house.person(&house.admin, "ada@example.com", Role::CaseWorker).await;
    let session = house.anyone.sign_in("ada@example.com", PASSWORD).await.ok();
    let client = house.anyone.bearing(session["access_token"].as_str().unwrap());
    let new = "another password 2";
    let wrong = client.post("/api/auth/password", json!({"currentPassword": "not that", "newPassword": new})).await;
    assert!(wrong.status == 422 && wrong.text().contains("currentPassword"), "{}", wrong.text());
    client.post("/api/auth/password", json!({"currentPassword": PASSWORD, "newPassword": new})).await.is(200);
    house.anyone.post("/api/v1/auth/refresh", json!({"refresh_token": session["refresh_token"]})).await.is(401);
    house.anyone.sign_in("ada@example.com", PASSWORD).await.is(401);
    house.anyone.sign_in("ada@example.com", new).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_or_foreign_token_opens_nothing() {
    let house = House::open().await;
    for token in ["x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", "a.b.c"] {
        house.anyone.bearing(token).get("/api/v1/cases/").await.is(401);
    }
    let worker = house.client(Role::CompanyAdmin).await;
    worker.with("Docket-Tenant", Uuid::now_v7()).get("/api/v1/cases/").await.is(403);
    house.admin.with("Docket-Tenant", Uuid::now_v7()).get("/api/v1/cases/").await.is(404);
    house.admin.with("Docket-Tenant", "x").get("/api/v1/cases/").await.is(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_replaced_opens_nothing_once_the_server_has_started_again() {
    let house = House::open().await;
    let password = house.admin_password.as_str().to_owned();
    let session = house.anyone.sign_in(api::bootstrap::ADMIN, &password).await.ok();
    let old = house.anyone.bearing(session["access_token"].as_str().unwrap());
    let known = api::auth::Vault::rotate(&house.rooms().owner, "no_such_secret").await.unwrap();
    assert_eq!(known, Err(vec!["access_token".to_owned(), "portal_token".to_owned()]));
    api::auth::Vault::rotate(&house.rooms().owner, "access_token").await.unwrap().unwrap();
    old.get("/api/v1/auth/me").await.is(200);

    let config = api::Config { roles: vec![api::config::Duty::Api], ..api::Config::for_tests(&house.database_url()) };
    let again = api::start(config).await.unwrap();
    old.at(&again.url()).get("/api/v1/auth/me").await.is(401);
    // Nobody has to type their password: the session is renewed, and its new token is good.
    let renewal = json!({"refresh_token": session["refresh_token"]});
    let renewed = house.anyone.at(&again.url()).post("/api/v1/auth/refresh", renewal).await.ok();
    house.anyone.at(&again.url()).bearing(renewed["access_token"].as_str().unwrap()).get("/api/v1/auth/me").await.is(200);
    again.stop().await;
}
