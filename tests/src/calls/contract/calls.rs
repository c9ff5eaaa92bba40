//! B.E1–B.E4, B.E10 and B.E16–B.E19: records of calls, what is made of them, and journals.

use super::office::{B, Office};
use serde_json::json;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn e01_list_call_records() {
    let office = Office::open().await;
    let path = "/api/call-records?from=2024-03-04&to=2024-03-04&direction=inbound&order=asc&limit=3";
    let mut page = office.manager.get(path).await.is(200);
    // The cursor holds the id of the last call.
    assert!(page["data"]["next"].as_str().is_some_and(|next| next.ends_with(&office.call(3).to_string())), "{page}");
    page["data"]["next"] = json!("<next>");
    B.compare("B.E1", page);
    office.get("B.E1-of-nobody", "/api/call-records?agent=grace@example.com").await;
    B.compare("B.E1-refused", office.manager.get("/api/call-records?status=lost").await.is(422));
}

#[tokio::test(flavor = "multi_thread")]
async fn e02_show_call_record() {
    let office = Office::open().await;
    office.journals().await;
    office.shifts().await;
    office.get("B.E2", &format!("/api/call-records/{}", office.call(1))).await;
    office.get("B.E2-transferred", &format!("/api/call-records/{}", office.call(4))).await;
    let missing = office.manager.get(&format!("/api/call-records/{}", Uuid::from_u128(1))).await;
    B.compare("B.E2-missing", missing.is(404));
    // What is out of reach is as if it were not there.
    let bobs = office.ada.get(&format!("/api/call-records/{}", office.call(3))).await;
    B.compare("B.E2-missing", bobs.is(404));
}

#[tokio::test(flavor = "multi_thread")]
async fn e03_write_journal() {
    let office = Office::open().await;
    let journal = json!({"callRecordId": office.call(1), "callSummary": "Asked for an appointment because of a rash",
        "detailedNotes": "New patient, sent by her sister", "patientConcern": "Rash on both arms since Monday",
        "resolutionProvided": "Appointment made", "actionItems": ["Send the questionnaire"], "followUpType": "callback",
        "followUpDate": "2024-03-05", "followUpNotes": "after ten", "callTags": ["rash", "new patient"],
        "departmentInvolved": ["Dermatology"], "referralType": "allergology"});
    B.compare("B.E3", office.ada.post("/api/call-journals", journal).await.is(201));
    let nothing = json!({"callRecordId": office.call(1)});
    B.compare("B.E3-refused", office.ada.post("/api/call-journals", nothing).await.is(422));
}

#[tokio::test(flavor = "multi_thread")]
async fn e04_change_journal() {
    let office = Office::open().await;
    let [submitted, draft, _] = office.journals().await;
    let change = json!({"callSummary": "Asked twice when the prescription is ready", "callTags": ["prescription"]});
    B.compare("B.E4", office.ada.put(&format!("/api/call-journals/{draft}"), change.clone()).await.is(200));
    B.compare("B.E4-refused", office.ada.put(&format!("/api/call-journals/{submitted}"), change).await.is(409));
}

#[tokio::test(flavor = "multi_thread")]
async fn e10_analyze_call() {
    let office = Office::open().await;
    office.journals().await;
    let recorded = json!({"callRecordId": office.call(1)});
    B.compare("B.E10", office.manager.post("/api/call-processing/analyze", recorded).await.is(200));
    let words = json!({"text": "Wants to pay the invoice of January, and is angry about the fee. We call back tomorrow."});
    B.compare("B.E10-words", office.manager.post("/api/call-processing/analyze", words).await.is(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn e16_bulk_create_journals() {
    let office = Office::open().await;
    let journals = json!({"journals": [
        {"callRecordId": office.call(1), "callSummary": "Asked for an appointment", "submit": true},
        {"callRecordId": office.call(2)},
        {"callRecordId": office.call(3), "callSummary": "This call is Bob's"},
    ]});
    B.compare("B.E16", office.ada.post("/api/journals/bulk-create", journals).await.is(201));
}

#[tokio::test(flavor = "multi_thread")]
async fn e17_pending_journals() {
    let office = Office::open().await;
    office.journals().await;
    office.get("B.E17", "/api/journals/pending-review").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e18_review_journal() {
    let office = Office::open().await;
    let [submitted, draft, _] = office.journals().await;
    let review = json!({"reviewScore": 92, "coachingNotes": "Short and complete", "trainingOpportunities": ["Closing"],
        "commendationWorthy": true, "improvementAreas": ["Name the doctor"], "decision": "approved"});
    B.compare("B.E18", office.grace.put(&format!("/api/journals/{submitted}/review"), review.clone()).await.is(200));
    B.compare("B.E18-refused", office.grace.put(&format!("/api/journals/{draft}/review"), review).await.is(409));
}

#[tokio::test(flavor = "multi_thread")]
async fn e19_search_journals() {
    let office = Office::open().await;
    office.journals().await;
    office.get("B.E19", "/api/journals/search?q=rash").await;
}
