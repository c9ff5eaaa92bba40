//! The frame as a caller meets it: a real server on a free port with a database of its own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::auth::{Password, throttle::STAFF};
use crate::error::Kind;
use crate::{Config, Running, bootstrap};
use chrono::{TimeDelta, Utc};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use uuid::Uuid;

async fn docket() -> Running {
    let server = std::env::var("DOCKET_TEST_SERVER").expect("DOCKET_TEST_SERVER names a PostgreSQL (./dev test sets it)");
    let name = format!("docket_frame_{}", Uuid::now_v7().simple());
    let mut conn = PgConnection::connect(&server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut conn).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    crate::start(Config { roles: vec![], ..Config::for_tests(&format!("{base}/{name}")) }).await.unwrap()
}

/// Status line, headers and body, of bytes sent as they are.
async fn send(address: SocketAddr, request: impl Into<Vec<u8>>) -> String {
    let request = request.into();
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&request).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
    .unwrap()
}

async fn get(running: &Running, path: &str, headers: &str) -> String {
    send(running.address, format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_face_and_its_headers() {
    let running = docket().await;
    let health = get(&running, "/health", "X-Request-Id: mine-1\r\n").await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    for header in ["x-request-id: mine-1", "ratelimit-limit: ", "ratelimit-remaining: ", "x-content-type-options: nosniff"] {
        assert!(health.contains(header), "{header} in {health}");
    }
    let unknown = get(&running, "/nowhere", "X-Request-Id: a b\r\n").await;
    assert!(unknown.starts_with("HTTP/1.1 404") && unknown.contains(r#""success":false"#), "{unknown}");
    assert!(unknown.contains(r#""requestId":"req_"#), "{unknown}");
    let unknown = get(&running, "/api/v1/nowhere", "").await;
    assert!(unknown.starts_with("HTTP/1.1 404") && unknown.ends_with(r#"{"detail":"no such path"}"#), "{unknown}");
    let method = send(running.address, "DELETE /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(method.starts_with("HTTP/1.1 405") && method.contains("allow: GET, HEAD"), "{method}");
    let head = send(running.address, "HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
    for bad in ["/health?a=%ff", "/health%00", "/%c3%28"] {
        let answer = get(&running, bad, "").await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("BAD_REQUEST"), "{answer}");
    }
    let ready = get(&running, "/ready", "").await;
    assert!(ready.contains(r#""clock_ms":"#), "{ready}");
    let docs = get(&running, "/docs/", "").await;
    assert!(docs.starts_with("HTTP/1.1 200") && docs.contains("Swagger"), "{docs}");
    let document = get(&running, "/api-docs/openapi.json", "").await;
    assert!(document.contains(r#""x-permission":"public""#), "{document}");
    let metrics = get(&running, "/metrics", "").await;
    assert!(metrics.contains("docket_http_request_seconds_bucket"), "{metrics}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_makes_an_admin_whose_token_is_good_until_the_account_is_closed() {
    let running = docket().await;
    let house = &running.house;
    let password = bootstrap::bootstrap(house).await.unwrap().unwrap();
    assert_eq!(bootstrap::bootstrap(house).await.unwrap(), None);

    let tenant = crate::import::tenant_id(bootstrap::COMPANY);
    let admin = domain::UserId(Uuid::new_v5(&tenant.0, bootstrap::ADMIN.as_bytes()));
    let kept = house.vault.password_hash(admin).await.unwrap();
    assert!(house.passwords.verify(password.as_str().to_owned(), kept).await.unwrap());

    let token = house.tokens.issue(bootstrap::ADMIN, admin, tenant, "super_admin", Utc::now()).unwrap();
    let mut headers = actix_web::http::header::HeaderMap::new();
    let recognise = async |headers: &_| crate::auth::Caller::recognise(house, headers, None).await;
    assert_eq!(recognise(&headers).await.unwrap_err().kind, Kind::Unauthenticated);
    headers.insert(actix_web::http::header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    let caller = recognise(&headers).await.unwrap();
    assert_eq!((caller.user, caller.tenant(), caller.home), (admin, tenant, tenant));

    let docket_tenant = actix_web::http::header::HeaderName::from_static("docket-tenant");
    headers.insert(docket_tenant.clone(), Uuid::now_v7().to_string().parse().unwrap());
    assert_eq!(recognise(&headers).await.unwrap_err().kind, Kind::Missing);
    let other = crate::import::tenant(&house.commands, "Another").await.unwrap();
    headers.insert(docket_tenant.clone(), other.to_string().parse().unwrap());
    assert_eq!(recognise(&headers).await.unwrap().tenant(), other);
    headers.remove(docket_tenant);

    let closed = commands::Ask::new(commands::organization::user::DeactivateUser { reason: None }).on(admin.0);
    house.commands.execute(&commands::Principal::operator(tenant), closed).await.unwrap();
    assert_eq!(recognise(&headers).await.unwrap_err().kind, Kind::Unauthenticated);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_ends_after_ten_failures_and_a_used_session_token_ends_the_session() {
    let running = docket().await;
    let (vault, now) = (&running.house.vault, Utc::now());
    for n in 0..10 {
        assert!(vault.attempt(&STAFF, "Ada@example.com", &format!("192.0.2.{n}"), now).await.is_ok(), "{n}");
    }
    let error = vault.attempt(&STAFF, "ada@example.com", "192.0.2.99", now).await.unwrap_err();
    assert_eq!(error.kind, Kind::Throttled);
    assert!(error.retry_after.is_some_and(|seconds| (1799..=1801).contains(&seconds)), "{error:?}");
    assert!(vault.attempt(&STAFF, "bob@example.com", "192.0.2.99", now).await.is_ok());
    let later = vault.attempt(&STAFF, "ada@example.com", "192.0.2.99", now + TimeDelta::minutes(31)).await.unwrap();
    vault.succeeded(&later).await.unwrap();
    // Many at once do not slip through together.
    let tries = (0..40).map(|_| vault.attempt(&STAFF, "eve@example.com", "198.51.100.1", now));
    let passed = futures::future::join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(passed, 10);

    let (tenant, user) = (domain::TenantId(Uuid::now_v7()), domain::UserId(Uuid::now_v7()));
    let first = vault.begin_session(tenant, user, now).await.unwrap();
    let second = vault.renew_session(&first.refresh_token, now).await.unwrap();
    assert_eq!(second.user, user);
    assert!(vault.renew_session(&first.refresh_token, now).await.is_err());
    assert!(vault.renew_session(&second.refresh_token, now).await.is_err(), "the thief and the owner are both out");
    let third = vault.begin_session(tenant, user, now).await.unwrap();
    assert_eq!(vault.end_session(&third.refresh_token, now).await.unwrap(), Some((tenant, user)));
    assert!(vault.renew_session(&third.refresh_token, now).await.is_err());
    assert_eq!(vault.secret("x").await.unwrap(), vault.secret("x").await.unwrap());
    assert!(Password::try_from("1234567".to_owned()).is_err());
    running.stop().await;
}

fn said<'h>(headers: &'h actix_web::http::header::HeaderMap, name: &str) -> &'h str {
    headers.get(name).unwrap().to_str().unwrap()
}

/// Two routes as a context writes them.
mod notes {
    use crate::auth::Caller;
    use crate::extract::{Body, Circumstances, Id, Params};
    use crate::{Answer, Error};
    use serde::{Deserialize, Serialize};
    use utoipa::{IntoParams, ToSchema};

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    pub struct NewNote {
        text: String,
    }

    #[derive(Debug, Deserialize, IntoParams)]
    #[serde(deny_unknown_fields)]
    #[into_params(parameter_in = Query)]
    pub struct Filter {
        limit: Option<u8>,
    }

    #[derive(Serialize, ToSchema)]
    pub struct Note {
        id: uuid::Uuid,
        text: String,
    }

    /// Writes a note.
    #[utoipa::path(put, path = "/api/v1/notes/{id}", tag = "notes", params(("id" = uuid::Uuid, Path)),
        request_body = NewNote, responses((status = 201, body = Note)))]
    pub async fn write(caller: Caller, id: Id, with: Circumstances, note: Body<NewNote>) -> Result<Answer<Note>, Error> {
        assert!(with.expected.is_none() && caller.tenant() == caller.home);
        Ok(Answer::created(Note { id: id.0, text: note.0.text }).version(1).position(eventlog::Position::from_i64(7)))
    }

    /// Shows notes.
    #[utoipa::path(get, path = "/api/v1/notes/{id}", tag = "notes", params(("id" = uuid::Uuid, Path), Filter),
        responses((status = 200, body = Note)))]
    pub async fn show(id: Id, filter: Params<Filter>) -> Result<Answer<Note>, Error> {
        Ok(Answer::ok(Note { id: id.0, text: format!("{:?}", filter.0.limit) }))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_behind_its_door_and_in_the_document() {
    use crate::face::Face::Bare;
    use crate::route::Access::{May, SignedIn};
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, middleware::from_fn, web};
    use domain::organization::role::Permission;

    let running = docket().await;
    let house = running.house.clone();
    bootstrap::bootstrap(&house).await.unwrap();
    let tenant = crate::import::tenant_id(bootstrap::COMPANY);
    let admin = domain::UserId(Uuid::new_v5(&tenant.0, bootstrap::ADMIN.as_bytes()));
    let token = house.tokens.issue(bootstrap::ADMIN, admin, tenant, "super_admin", Utc::now()).unwrap();
    let routes: &'static [crate::route::Route] = Box::leak(Box::new([
        crate::route!(notes::write, Bare, SignedIn),
        crate::route!(notes::show, Bare, May(Permission::RunProcesses)),
    ]));

    tokio::task::LocalSet::new()
        .run_until(async {
            let app = App::new()
                .app_data(web::Data::new(house))
                .service(crate::route::resources(routes))
                .wrap(from_fn(crate::http::around));
            let app = init_service(app).await;
            let path = format!("/api/v1/notes/{}", Uuid::now_v7());
            let ask = async |request: TestRequest, token: Option<&str>| {
                let request = match token {
                    Some(token) => request.insert_header(("Authorization", format!("Bearer {token}"))),
                    None => request,
                };
                let request = request.peer_addr("127.0.0.1:9".parse().unwrap()).to_request();
                let response = call_service(&app, request).await;
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                (status, headers, String::from_utf8(read_body(response).await.to_vec()).unwrap())
            };
            let put = || TestRequest::put().uri(&path).insert_header(("Content-Type", "application/json"));
            let token = Some(token.as_str());

            let (status, headers, body) = ask(put().set_payload(r#"{"text":"hi"}"#), token).await;
            assert_eq!((status, body.contains(r#""text":"hi""#)), (201, true), "{body}");
            assert_eq!((said(&headers, "etag"), said(&headers, "docket-position")), ("\"1\"", "7"));
            let (status, headers, body) = ask(put().set_payload(r#"{"text":"hi"}"#), None).await;
            assert_eq!((status, body.as_str()), (401, r#"{"detail":"sign in first"}"#));
            assert_eq!(said(&headers, "www-authenticate"), "Bearer");
            let (status, _, body) = ask(put().set_payload(r#"{"txt":"hi"}"#), token).await;
            assert_eq!(status, 422);
            assert!(body.contains("txt: is not known here"), "{body}");
            assert_eq!(ask(put().set_payload("{"), token).await.0, 400);
            assert_eq!(ask(put().set_payload(vec![b' '; (1 << 20) + 1]), token).await.0, 413);
            assert_eq!(ask(TestRequest::put().uri(&path).set_payload("{}"), token).await.0, 415);
            assert_eq!(ask(put().insert_header(("If-Match", "x")).set_payload(r#"{"text":"a"}"#), token).await.0, 422);
            let (status, headers, _) = ask(TestRequest::delete().uri(&path), token).await;
            assert_eq!((status, said(&headers, "allow")), (405, "PUT, GET, HEAD"));
            let no_id = TestRequest::put().uri("/api/v1/notes/x").insert_header(("Content-Type", "application/json"));
            assert_eq!(ask(no_id.set_payload(r#"{"text":"a"}"#), token).await.0, 422);
            // Nobody but Docket itself runs processes, not even a super admin.
            assert_eq!(ask(TestRequest::get().uri(&path), token).await.0, 403);
            let far = TestRequest::put().uri(&path).insert_header(("Docket-Min-Position", "999999"));
            assert_eq!(ask(far, token).await.0, 412);
        })
        .await;

    let document = serde_json::to_value(crate::openapi::document(routes)).unwrap();
    let put = &document["paths"]["/api/v1/notes/{id}"]["put"];
    assert_eq!(document["paths"]["/api/v1/notes/{id}"]["get"]["x-permission"], "run_processes");
    assert_eq!(
        put["responses"].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>(),
        ["201", "400", "401", "403", "404", "408", "409", "412", "413", "415", "422", "429", "503"]
    );
    assert_eq!(put["responses"]["422"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Detail");
    assert!(document["components"]["schemas"]["NewNote"].is_object() && document["components"]["schemas"]["Detail"].is_object());
    running.stop().await;
}
