//! The description of the interface says everything about every route, so that a program can be written from it alone.

use crate::client::Client;
use crate::house::House;
use crate::permissions::example;
use api::Face;
use api::route::Access;
use api::routes::routes;
use serde_json::Value;

fn document() -> Value {
    serde_json::to_value(api::openapi::document(routes())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_to_anybody() {
    let house = House::open().await;
    let served = Client::new(&house.anyone.url).get("/api-docs/openapi.json").await.is(200);
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(served, document());
}

#[test]
fn every_route_is_described_with_summary_bodies_and_errors() {
    let document = document();
    let mut complaints = Vec::new();
    for route in routes() {
        let name = format!("{} {}", route.verb(), route.path);
        let operation = &document["paths"][route.path.replace(":.*}", "}")][route.verb().to_lowercase()];
        let mut complain = |what: String| complaints.push(format!("{name}: {what}"));
        if operation.is_null() {
            complain("is not described".into());
            continue;
        }
        if operation["summary"].as_str().is_none_or(|summary| summary.len() < 5) {
            complain("has no summary".into());
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["schema"].is_null() {
                complain(format!("parameter {} has no schema", parameter["name"]));
            }
        }
        for (media, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            if content["schema"].is_null() {
                complain(format!("the body as {media} has no schema"));
            }
        }
        if !operation["requestBody"].is_null() && example(route, &document).is_none() {
            complain("the body has no example".into());
        }
        let responses = operation["responses"].as_object().unwrap();
        if !responses.keys().any(|status| status.starts_with(['1', '2', '3'])) {
            complain("says no yes".into());
        }
        for (status, response) in responses.iter().filter(|(status, _)| status.starts_with('2')) {
            let contents = response["content"].as_object();
            if contents.is_none_or(|contents| contents.values().any(|content| content["schema"].is_null())) {
                complain(format!("{status} has no schema"));
            }
        }
        let mut expected = vec!["400", "429"];
        if route.access != Access::Public {
            expected.extend(["401", "403"]);
        }
        if route.path.contains("{id}") {
            expected.push("404");
        }
        if !route.is_query() && route.access != Access::Public {
            expected.extend(["409", "412"]);
        }
        if !operation["requestBody"].is_null() {
            expected.extend(["413", "415"]);
            if route.face != Face::Hub {
                expected.push("422");
            }
        }
        for status in expected {
            if !responses.contains_key(status) {
                complain(format!("does not describe {status}"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(target) if name == "$ref" => found.push(target.to_owned()),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut ids = std::collections::BTreeSet::new();
    for route in routes() {
        let operation = &document["paths"][route.path.replace(":.*}", "}")][route.verb().to_lowercase()];
        if let Some(id) = operation["operationId"].as_str() {
            assert!(ids.insert(id.to_owned()), "two operations are called {id}");
        }
    }
}
