//! B.E5, B.E6 and B.E11–B.E15: what agents, teams and calls come to.

use super::office::{B, Office};
use serde_json::json;

impl Office {
    /// With everything that figures are made of.
    async fn busy() -> Self {
        let office = Self::open().await;
        office.shifts().await;
        office.reviews().await;
        office.goals().await;
        office
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e05_agent_performance() {
    let office = Office::busy().await;
    office.get("B.E5", "/api/agent-performance/ada@example.com?from=2024-03-04&to=2024-03-06&granularity=day").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e06_team_metrics() {
    let office = Office::busy().await;
    office.get("B.E6", "/api/team-metrics?from=2024-03-04&to=2024-03-06").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e11_agent_performance_report() {
    let office = Office::busy().await;
    office.get("B.E11", "/api/reports/agent-performance?from=2024-03-04&to=2024-03-06").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e12_team_performance_report() {
    let office = Office::busy().await;
    office.get("B.E12", "/api/reports/team-performance?from=2024-03-04&to=2024-03-06").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e13_call_analytics_report() {
    let office = Office::busy().await;
    office.get("B.E13", "/api/reports/call-analytics?from=2024-03-04&to=2024-03-06").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_productivity_report() {
    let office = Office::busy().await;
    office.get("B.E14", "/api/reports/productivity?from=2024-03-04&to=2024-03-06").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e15_custom_report() {
    let office = Office::busy().await;
    let asked = json!({"measures": ["calls", "handled", "fcrRate", "averageTalkSeconds"], "dimensions": ["queue", "direction"],
        "from": "2024-03-04", "to": "2024-03-06", "filters": {"directions": ["inbound"]}});
    B.compare("B.E15", office.manager.post("/api/reports/custom", asked.clone()).await.is(200));
    let unknown = crate::client::merged(asked, json!({"measures": ["luck"]}));
    B.compare("B.E15-refused", office.manager.post("/api/reports/custom", unknown).await.is(422));
}
