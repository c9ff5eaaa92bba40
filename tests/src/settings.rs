//! Settings are dated versions: a change judges what comes, never what was.

use crate::client::number;
use crate::house::House;
use rust_decimal::dec;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_settings_leaves_old_numbers_as_they_were() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let first = desk.working(agency, json!({})).await;
    desk.act(first, "delay", json!({"reason": "holidays"})).await;
    house.settle().await;
    assert_eq!(number(&desk.dca(agency).await["score_1"]["raw"]), dec!(97));

    let before = desk.get("/api/v1/settings/").await.ok();
    let changed = desk.put("/api/v1/settings/", json!({"delay_penalty_percent": 20, "p2_sla_days": 1})).await.ok();
    assert_eq!(number(&changed["delay_penalty_percent"]), dec!(20));
    assert_eq!(changed["version"].as_i64(), before["version"].as_i64().map(|version| version + 1));
    house.settle().await;
    assert_eq!(number(&desk.dca(agency).await["score_1"]["raw"]), dec!(97), "what was judged stays judged (E.X9)");

    desk.act(first, "resume", json!({})).await;
    desk.act(first, "delay", json!({"reason": "again"})).await;
    house.settle().await;
    assert_eq!(number(&desk.dca(agency).await["score_1"]["raw"]), dec!(77), "what comes is judged by the new version");

    let reset = desk.post("/api/v1/settings/reset", json!({})).await.ok();
    assert_eq!((number(&reset["delay_penalty_percent"]), &reset["p2_sla_days"]), (dec!(3), &json!(7)));
    let versions = desk.get("/api/v1/settings/history").await.ok();
    assert_eq!(versions["total"], 3, "{versions}");
    house.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_decide_which_formula_is_shown() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift", json!({})).await;
    let case = desk.working(agency, json!({})).await;
    desk.act(case, "complete", json!({})).await;
    desk.put("/api/v1/settings/", json!({"score_formula": "agency.score@2"})).await.ok();
    house.settle().await;
    let shown = desk.dca(agency).await;
    assert_eq!(
        (&shown["score_formula"], number(&shown["performance_score"])),
        (&json!("agency.score@2"), number(&shown["score_2"]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_out_of_range_are_refused_by_field() {
    let house = House::open().await;
    let events = house.events().await;
    for (field, value) in [
        ("p1_sla_days", json!(0)),
        ("at_risk_fraction", json!(1.5)),
        ("timezone", json!("Mars/Olympus")),
        ("score_formula", json!("agency.score@9")),
        ("delay_penalty_percent", json!(-1)),
        ("colour", json!(1)),
    ] {
        let refused = house.admin.put("/api/v1/settings/", json!({ field: value })).await;
        assert!(refused.status == 422 && refused.text().contains(field), "{field}: {} {}", refused.status, refused.text());
    }
    assert_eq!(house.events().await, events);
}
