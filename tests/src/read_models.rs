//! What people look at is what the log says: after busy days, after a rebuild, and with two servers at work.

use crate::client::id;
use crate::house::House;
use api::Config;
use futures::future::join_all;
use serde_json::json;
use uuid::Uuid;

/// A busy morning: cases in every state, people, sites, changed settings.
async fn busy(house: &House) {
    let desk = &house.admin;
    let foreign = house.foreign().await;
    let agencies =
        [desk.agency("One", json!({"max_capacity": 4})).await, desk.agency("Two", json!({"max_debt_amount": 500})).await];
    let work = (0..24).map(|n| async move {
        let fields = json!({"overdue_amount": n * 50, "priority": (["P1", "P2", "P3"][n % 3]), "auto_assign": n % 4 == 0});
        let case = id(&desk.open_case(fields).await);
        let path = format!("/api/v1/cases/{case}");
        let agency = json!({"dca_id": agencies[n % 2]});
        let steps = [
            ("assign", agency),
            ("accept", json!({})),
            ("delay", json!({"reason": "x"})),
            ("resume", json!({})),
            ("payments", json!({"amount": "7.35"})),
            ("complete", json!({})),
            ("close", json!({})),
            ("reopen", json!({})),
        ];
        for (action, body) in steps.into_iter().take(n % 9) {
            let _ = desk.post(&format!("{path}/{action}"), body).await;
        }
        match n % 6 {
            0 => drop(desk.delete(&path).await),
            1 => drop(desk.post(&format!("{path}/reject"), json!({"reason": "no"})).await),
            _ => {}
        }
    });
    join_all(work).await;
    let old = Uuid::now_v7();
    let data = json!({"customer": {"name": "Old"}, "overdueAmount": 5, "priority": "P1", "autoAssign": true});
    desk.at_time("2024-02-28T23:30:00Z", "OpenCase", old, data).await;
    desk.put("/api/v1/settings/", json!({"timezone": "America/Detroit", "delay_penalty_percent": 4})).await.ok();
    desk.post("/api/locations", json!({"name": "Ann Arbor"})).await.ok();
    foreign.admin.act(foreign.case, "payments", json!({"amount": 3})).await;
    house.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_busy_morning_every_row_is_what_the_log_says_and_a_rebuild_changes_nothing() {
    let house = House::open().await;
    busy(&house).await;
    house.verify().await;
    let pages = [
        "/api/v1/cases/?limit=100",
        "/api/v1/dcas/",
        "/api/v1/dashboard/stats",
        "/api/v1/audit-logs?limit=100",
        "/api/locations",
        "/api/v1/settings/",
    ];
    let look = async || {
        let mut seen = Vec::new();
        for page in pages {
            let mut body = house.admin.get(page).await.ok();
            body.as_object_mut().unwrap().remove("as_of");
            // A model that nothing concerned stores how far it is a little later; a rebuild stores it at once.
            body.as_object_mut().unwrap().remove("position");
            seen.push(body);
        }
        seen
    };
    let before = look().await;
    let rooms = house.rooms();
    projections::rebuild(&rooms.owner, rooms.log(), &projections::all(), |_, _, _| {}).await.unwrap();
    house.settle().await;
    for (page, (before, after)) in pages.iter().zip(before.iter().zip(&look().await)) {
        assert_eq!(before, after, "{page}");
    }
    house.verify().await;
    busy_again(&house).await;
}

/// The new generation is followed like the old one.
async fn busy_again(house: &House) {
    let before = house.admin.get("/api/v1/cases/").await.ok()["total"].as_i64().unwrap();
    house.admin.open_case(json!({})).await;
    house.settle().await;
    assert_eq!(house.admin.get("/api/v1/cases/").await.ok()["total"], before + 1);
    house.verify().await;
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_goes_on_while_people_work() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let rooms = house.rooms();
    let models = projections::all();
    let rebuild = projections::rebuild(&rooms.owner, rooms.log(), &models, |_, _, _| {});
    let work = join_all((0..20).map(|_| async {
        let case = desk.working(agency, json!({})).await;
        desk.act(case, "complete", json!({})).await;
    }));
    let (rebuilt, _) = tokio::join!(rebuild, work);
    rebuilt.unwrap();
    house.settle().await;
    assert_eq!(desk.dca(agency).await["total_cases_completed"], 20);
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_database_answer_alike_and_double_nothing() {
    let house = House::with(|_| {}).await;
    let other = api::start(Config::for_tests(&house.database_url())).await.unwrap();
    let (here, there) = (&house.admin, house.admin.at(&other.url()));
    let agency = here.agency("Swift", json!({"max_capacity": 1000})).await;
    let late = Uuid::now_v7();
    let data = json!({"customer": {"name": "Old"}, "overdueAmount": 5, "priority": "P1", "autoAssign": true});
    here.at_time("2026-01-05T10:00:00Z", "OpenCase", late, data).await;
    let cases = join_all((0..30).map(|n| {
        let desk = if n % 2 == 0 { here.clone() } else { there.clone() };
        async move { id(&desk.open_case(json!({"auto_assign": true})).await) }
    }))
    .await;
    for case in &cases {
        loop {
            let (shown, same) = (here.case(*case).await, there.case(*case).await);
            if shown["status"] == "assigned" && same["status"] == "assigned" {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    house.rooms().engine().unwrap().settle().await;
    for case in &cases {
        assert_eq!(house.story_of(*case).await, ["case.opened", "case.assigned"], "assigned once, by either");
    }
    assert_eq!(here.dca(agency).await["active_cases_count"], 31);
    let mut story = house.story_of(late).await;
    story.sort();
    assert_eq!(story, ["case.assigned", "case.opened", "case.sla_at_risk", "case.sla_breached"]);
    house.verify().await;
    house.is_healthy().await;
    other.stop().await;
}
