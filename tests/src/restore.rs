//! A backup is worth what its restoring is: the same answers, sessions that go on, and a log that takes more.
//!
//! Into another database of the same server; `tests/restore.sh` does it by hand into a new one, where roles are missing too.

use crate::client::{Client, Reply};
use crate::house::House;
use api::config::Duty;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// A program of PostgreSQL, the newest there is.
fn program(name: &str) -> PathBuf {
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let mut places: Vec<PathBuf> = asked.map(|told| String::from_utf8_lossy(&told.stdout).trim().into()).into_iter().collect();
    for folder in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        let mut versions: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        versions.sort();
        places.extend(versions.into_iter().rev().map(|version| version.join("bin")));
    }
    places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let found = places.into_iter().map(|place| place.join(name)).find(|program| program.exists());
    found.unwrap_or_else(|| panic!("{name} comes with PostgreSQL's clients"))
}

fn run(name: &str, arguments: &[&str]) {
    let done = Command::new(program(name)).args(arguments).output().unwrap();
    assert!(done.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The answer once it bears a tag: all read models have noted that they are there.
async fn at_rest(client: &Client, path: &str) -> Reply {
    let asking = async {
        loop {
            let reply = client.get(path).await;
            if reply.header("etag").is_some() {
                return reply;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("a tag comes")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_answers_as_before_and_goes_on() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let case = desk.working(agency, json!({"overdue_amount": 500.10})).await;
    desk.act(case, "payments", json!({"amount": 100.05})).await;
    desk.act(case, "complete", json!({})).await;
    let command = json!({"key": "before-the-loss", "command": "OpenCase",
        "data": {"customer": {"name": "Ada"}, "overdueAmount": 10.10, "priority": "P1", "autoAssign": false}});
    let first = desk.command(command.clone()).await.ok()["data"].clone();
    house.settle().await;
    let paths = [
        format!("/api/v1/cases/{case}"),
        format!("/api/v1/cases/{case}/history"),
        format!("/api/v1/dcas/{agency}"),
        "/api/v1/audit-logs".into(),
        "/api/v1/settings/history".into(),
        "/api/locations".into(),
        "/api/v1/dashboard/stats".into(),
        "/api/v1/dcas/".into(),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(at_rest(desk, path).await);
    }

    let (server, name) =
        house.database_url().rsplit_once('/').map(|(server, name)| (server.to_owned(), name.to_owned())).unwrap();
    let (maintenance, restored) = (format!("{server}/postgres"), format!("{name}_restored"));
    let dump = std::env::temp_dir().join(format!("{name}.dump"));
    let file = dump.to_str().unwrap();
    run("pg_dump", &["-d", &house.database_url(), "--format=custom", "--file", file]);
    run("psql", &["-X", "-q", "-d", &maintenance, "-c", &format!("create database {restored}")]);
    let url = format!("{server}/{restored}");
    run("pg_restore", &["-d", &url, "--exit-on-error", "--single-transaction", file]);
    std::fs::remove_file(&dump).unwrap();
    let config = api::Config { roles: vec![Duty::Api, Duty::Project], ..api::Config::for_tests(&url) };
    let again = api::start(config).await.unwrap();
    // The key by which the old token was signed came along.
    let there = desk.at(&again.url());
    for (path, before) in paths.iter().zip(before) {
        let now = at_rest(&there, path).await;
        let shown = |reply: &Reply| {
            let mut body = reply.body();
            body.as_object_mut().and_then(|body| body.remove("as_of"));
            body
        };
        assert_eq!(shown(&now), shown(&before), "{path}");
        // What depends on the instant of asking may have another tag by now.
        if !path.ends_with("stats") && !path.ends_with("/dcas/") {
            assert_eq!(now.header("etag"), before.header("etag"), "{path}");
        }
    }
    let replayed = there.command(command).await.ok()["data"].clone();
    assert_eq!((&replayed["id"], &replayed["position"], &replayed["replayed"]), (&first["id"], &first["position"], &json!(true)));
    let signed_in = there.sign_in(api::bootstrap::ADMIN, house.admin_password.as_str()).await.ok();
    assert!(signed_in["access_token"].is_string());
    let next = there.command(json!({"command": "RecordPayment", "on": first["id"], "data": {"amount": 1}})).await.ok();
    let sign_in_and_payment = house.events().await + 2;
    assert_eq!(next["data"]["position"], Value::from(sign_in_and_payment), "the log goes on without a hole");
    let rooms = &again.house;
    assert!(rooms.engine().unwrap().settle().await);
    assert_eq!(projections::verify(&rooms.projector, rooms.log(), &projections::all()).await.unwrap().len(), 0);
    again.stop().await;
    run("psql", &["-X", "-q", "-d", &maintenance, "-c", &format!("drop database {restored} with (force)")]);
}
