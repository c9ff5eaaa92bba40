//! B.E20–B.E31: goals, reviews, coaching and campaigns.

use super::office::{B, Office};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn e20_set_goals() {
    let office = Office::open().await;
    office.shifts().await;
    office.reviews().await;
    let goal = json!({"agentEmail": "ada@example.com", "period": "monthly", "periodStartDate": "2024-03-01",
        "targets": {"callsPerDay": 3, "talkTimePercentage": 5, "firstCallResolution": 70, "customerSatisfaction": 4.5,
            "appointmentConversion": 30, "qualityScore": 80},
        "plan": {"developmentAreas": ["closing"], "coachingFocus": "closing calls", "improvementPlan": "listen to one call a week"}});
    B.compare("B.E20", office.grace.post("/api/goals/set", goal).await.is(201));
    let aimless = json!({"agentEmail": "ada@example.com", "period": "weekly", "periodStartDate": "2024-03-04", "targets": {}});
    B.compare("B.E20-refused", office.grace.post("/api/goals/set", aimless).await.is(422));
}

#[tokio::test(flavor = "multi_thread")]
async fn e21_update_goal() {
    let office = Office::open().await;
    let [goal, _] = office.goals().await;
    let change = json!({"targets": {"callsPerDay": 2}, "reason": "two of them are ill", "reviewed": true, "note": "looked at it together"});
    B.compare("B.E21", office.grace.put(&format!("/api/goals/{goal}/update"), change).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e22_goal_achievement() {
    let office = Office::open().await;
    office.shifts().await;
    office.reviews().await;
    office.goals().await;
    office.get("B.E22", "/api/goals/achievement?from=2024-03-01&to=2024-03-31").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e23_team_goals() {
    let office = Office::open().await;
    let goal = json!({"locationId": office.ann_arbor, "team": "morning", "period": "weekly", "periodStartDate": "2024-03-04",
        "targets": {"firstCallResolution": 80, "appointmentConversion": 20}});
    B.compare("B.E23", office.grace.post("/api/goals/team-goals", goal).await.is(201));
}

#[tokio::test(flavor = "multi_thread")]
async fn e24_create_review() {
    let office = Office::open().await;
    let marks = json!({"greetingProfessionalism": 5, "activeListening": 4, "problemResolution": 4, "productKnowledge": 5,
        "communicationClarity": 4, "empathyPatience": 5, "callControl": 3});
    let review = json!({"agentEmail": "ada@example.com", "callRecordId": office.call(1), "reviewType": "random", "complete": true,
        "content": {"reviewDate": "2024-03-06", "marks": marks, "strengthsObserved": "calm", "improvementAreas": "says the date twice",
            "specificCoachingPoints": "the closing", "recognitionWorthy": true, "actionItemsRequired": ["Listen to it together"],
            "followUpReviewNeeded": true, "followUpDate": "2024-04-06", "additionalTrainingRecommended": ["Closing a call"]}});
    B.compare("B.E24", office.grace.post("/api/qa/review", review).await.is(201));
    let six = json!({"agentEmail": "ada@example.com", "reviewType": "random", "content": {"marks": {"callControl": 6}}});
    B.compare("B.E24-refused", office.grace.post("/api/qa/review", six).await.is(422));
}

#[tokio::test(flavor = "multi_thread")]
async fn e25_reviews_of_agent() {
    let office = Office::open().await;
    office.reviews().await;
    office.get("B.E25", "/api/qa/reviews/ada@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e26_discuss_review() {
    let office = Office::open().await;
    let [counts, draft] = office.reviews().await;
    let talk = json!({"on": "2024-03-08", "notes": "she agrees"});
    B.compare("B.E26", office.grace.put(&format!("/api/qa/reviews/{counts}/discuss"), talk.clone()).await.is(200));
    B.compare("B.E26-refused", office.grace.put(&format!("/api/qa/reviews/{draft}/discuss"), talk).await.is(409));
}

#[tokio::test(flavor = "multi_thread")]
async fn e27_coaching_opportunities() {
    let office = Office::open().await;
    for _ in 0..2 {
        let marks = json!({"activeListening": 2, "empathyPatience": 2, "callControl": 4});
        let review = json!({"agentEmail": "bob@example.com", "reviewType": "coaching", "complete": true,
            "content": {"reviewDate": "2024-03-07", "marks": marks}});
        office.grace.post("/api/qa/review", review).await.is(201);
    }
    office.house.settle().await;
    office.get("B.E27", "/api/qa/coaching-opportunities?from=2024-03-01&to=2024-03-31").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e28_create_campaign() {
    let office = Office::open().await;
    let plan = json!({"campaignName": "Spring check-ups", "campaignType": "outbound_appointments", "startDate": "2024-03-01",
        "endDate": "2024-03-31", "targetAudience": "Patients not seen for a year", "targetCallCount": 400, "targetConversionRate": 12.5,
        "assignedAgents": ["ada@example.com"], "priorityLevel": "high", "callScript": "Good morning …", "talkingPoints": ["Free parking"],
        "requiredDocumentation": ["Consent"], "trainingMaterials": ["Calling people you do not know"], "campaignNotes": "not on Fridays"});
    B.compare("B.E28", office.manager.post("/api/campaigns/create", plan).await.is(201));
    let nameless =
        json!({"campaignType": "follow_up", "startDate": "2024-03-01", "endDate": "2024-03-31", "targetAudience": "All"});
    B.compare("B.E28-refused", office.manager.post("/api/campaigns/create", nameless).await.is(422));
}

#[tokio::test(flavor = "multi_thread")]
async fn e29_assign_campaign() {
    let office = Office::open().await;
    let campaign = office.campaign().await;
    let both = json!({"agents": ["ada@example.com", "bob@example.com"]});
    B.compare("B.E29", office.manager.put(&format!("/api/campaigns/{campaign}/assign"), both).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e30_campaign_performance() {
    let office = Office::open().await;
    office.campaign().await;
    office.get("B.E30", "/api/campaigns/performance").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e31_log_campaign_call() {
    let office = Office::open().await;
    let campaign = office.campaign().await;
    let logged =
        json!({"outcome": "callback_scheduled", "callId": office.call(2), "number": "+17345550177", "notes": "on Monday"});
    B.compare("B.E31", office.ada.post(&format!("/api/campaigns/{campaign}/calls"), logged.clone()).await.is(201));
    B.compare("B.E31-refused", office.ada.post(&format!("/api/campaigns/{campaign}/calls"), logged).await.is(409));
}
