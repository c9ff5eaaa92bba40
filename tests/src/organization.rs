//! Companies, their people and their sites.

use crate::client::id;
use crate::house::{House, PASSWORD};
use domain::organization::role::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_super_admin_sets_up_a_company_and_its_admin_the_rest() {
    let house = House::open().await;
    let company = house.admin.post("/api/companies", json!({"name": "Acme Collections", "maxUsers": 3})).await.is(201);
    assert_eq!(
        (&company["name"], &company["maxUsers"], &company["subscriptionPlan"]),
        (&json!("Acme Collections"), &json!(3), &json!("basic"))
    );
    let there = house.admin.with("Docket-Tenant", id(&company));
    house.person(&there, "boss@acme.example", Role::CompanyAdmin).await;
    let boss = house.signed_in("boss@acme.example", PASSWORD).await;
    let person = json!({"email": "ada@acme.example", "firstName": "Ada", "role": "agent"});
    let ada = boss.post("/api/users", person.clone()).await.is(201);
    assert_eq!((&ada["companyId"], &ada["roles"]), (&company["id"], &json!(["agent"])));
    assert!(ada["initialPassword"].is_string(), "{ada}");
    let twice = boss.post("/api/users", person).await;
    assert!(twice.status == 409 && twice.text().contains("email"), "{}", twice.text());
    boss.patch(&format!("/api/users/{}", id(&ada)), json!({"lastName": "King", "role": "supervisor"})).await.is(200);
    house.settle().await;
    let people = boss.get(&format!("/api/companies/{}/users", id(&company))).await.ok();
    assert_eq!(people.as_array().unwrap().len(), 2, "{people}");
    let companies = house.admin.get("/api/companies?search=acme").await.ok();
    assert_eq!(companies.as_array().unwrap().len(), 1, "{companies}");
    boss.get("/api/companies").await.is(403);
    boss.get(&format!("/api/companies/{}/users", house.tenant)).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_a_role_that_they_do_not_have() {
    let house = House::open().await;
    let boss = house.client(Role::CompanyAdmin).await;
    let refused = boss.post("/api/users", json!({"email": "x@example.com", "firstName": "X", "role": "super_admin"})).await;
    assert!([400, 403].contains(&refused.status), "{} {}", refused.status, refused.text());
    let body = json!({"command": "CreateUser", "data": {"email": "x@example.com", "firstName": "X", "roles": ["super_admin"]}});
    assert!([403, 422].contains(&boss.command(body).await.status));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_has_sites_in_their_time_zones() {
    let house = House::open().await;
    let desk = &house.admin;
    let added = desk.post("/api/locations", json!({"name": "Ann Arbor", "timezone": "America/Detroit"})).await.is(201);
    let site = id(&added["data"]);
    desk.put(&format!("/api/locations/{site}"), json!({"name": "Ann Arbor East"})).await.is(200);
    house.settle().await;
    let listed = desk.get("/api/locations").await.ok();
    assert_eq!(listed["data"][0]["name"], "Ann Arbor East", "{listed}");
    let refused = desk.post("/api/locations", json!({"name": "Olympus", "timezone": "Mars/Olympus"})).await;
    assert!(refused.status == 422 && refused.text().contains("timezone"), "{}", refused.text());
    desk.delete(&format!("/api/locations/{site}")).await.is(200);
    house.settle().await;
    assert_eq!(desk.get("/api/locations").await.ok()["data"], json!([]));
    let roles = desk.get("/api/roles").await.ok();
    assert_eq!(roles["data"].as_array().map(Vec::len), Some(Role::ALL.len()), "{roles}");
}
