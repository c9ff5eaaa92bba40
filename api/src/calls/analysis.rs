//! What the categoriser makes of a call or of any words, with its reasons (B.E10).

use super::records::card;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Body;
use crate::face::Enveloped;
use crate::{Answer, House, shape};
use ::commands::calls::call::CategorizeCall;
use ::commands::{Ask, Principal};
use actix_web::web;
use domain::Text;
use domain::calls::access::Seen;
use domain::calls::call::{Call, Category};
use domain::calls::categorizer::categorize_1;
use projections::calls::journal_page;
use projections::calls::journals::JournalRow;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A call, or words. Of a call the categoriser reads the journals that you may read and what the telephone system said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"text": "New patient, made an appointment for Tuesday"}))]
pub struct ToAnalyze {
    /// What is made of it is put on record, unless `dryRun` says otherwise.
    #[serde(alias = "callId")]
    call_record_id: Option<Uuid>,
    /// Words instead of a call, or beside its journals; nothing of them is kept.
    #[schema(schema_with = shape::text_or_null::<20_000>, required = false)]
    text: Option<Text<20_000>>,
    #[serde(default)]
    dry_run: bool,
}

/// What the categoriser makes of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    call_record_id: Option<Uuid>,
    #[serde(flatten)]
    category: ShownCategory,
    /// It was put on record just now.
    recorded: bool,
}

/// A category with its reasons.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallCategory)]
pub struct ShownCategory {
    #[schema(example = "call.categorizer@1")]
    formula: String,
    #[schema(example = "appointment")]
    call_type: Option<&'static str>,
    #[schema(example = "appointment_scheduled")]
    outcome: Option<&'static str>,
    #[schema(example = "high")]
    priority: Option<&'static str>,
    tags: Vec<String>,
    /// What everything that was spoken for came to: the sums of the evidence.
    #[schema(value_type = Object, example = json!({"type:appointment": 5}))]
    weights: BTreeMap<String, Decimal>,
    evidence: Vec<Reason>,
}

/// One reason.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallEvidence)]
pub struct Reason {
    #[schema(example = "type:appointment")]
    speaks_for: String,
    /// The phrase or the fact that was found; `*` stands for any end of a word.
    #[schema(example = "made an appointment")]
    found: String,
    #[schema(value_type = f64, example = 4)]
    weight: Decimal,
}

impl From<Category> for ShownCategory {
    fn from(category: Category) -> Self {
        let evidence = category.evidence.known().cloned().unwrap_or_default();
        let mut weights = BTreeMap::<String, Decimal>::new();
        for reason in &evidence {
            *weights.entry(reason.speaks_for.clone()).or_default() += reason.weight;
        }
        let reason = |reason: domain::calls::call::Evidence| Reason {
            speaks_for: reason.speaks_for,
            found: reason.found,
            weight: reason.weight,
        };
        Self {
            formula: category.formula,
            call_type: category.call_type.map(|kind| kind.word()),
            outcome: category.outcome.map(|outcome| outcome.word()),
            priority: category.priority.map(|priority| priority.word()),
            tags: category.tags.iter().map(ToString::to_string).collect(),
            weights,
            evidence: evidence.into_iter().map(reason).collect(),
        }
    }
}

/// Say what a call was about, from what was written about it and what the telephone system said.
///
/// What a person said of the call stays as it is; only what nobody said is taken over.
#[utoipa::path(post, path = "/api/call-processing/analyze", tag = "calls", request_body = ToAnalyze,
    responses((status = 200, body = Enveloped<Analysis>)))]
pub async fn analyze(house: web::Data<House>, caller: Caller, body: Body<ToAnalyze>) -> Result<Answer<Analysis>, Error> {
    let ToAnalyze { call_record_id, text, dry_run } = body.0;
    let Some(id) = call_record_id else {
        let text = text.ok_or_else(|| Error::invalid("text", "or callRecordId is required"))?;
        let category = categorize_1([text.as_str()], None).into();
        return Ok(Answer::ok(Analysis { call_record_id: None, category, recorded: false }));
    };
    let row = card(&house, &caller, id).await?;
    let (tenant, viewer, call) = (caller.tenant(), caller.viewer(), row.call_id);
    let seen = viewer.clone();
    let asked = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { journal_page::of_call(conn, tenant, &seen, call).await }));
    let journals = asked.await?;
    let (state, _) = house.commands.state::<Call>(tenant, call).await?;
    let facts = state.facts().map_err(|refusal| Error::refused(&refusal))?;
    // The evidence quotes from them.
    let read: Vec<Uuid> = journals.iter().map(|journal| journal.journal_id.0).collect();
    let texts = journals.iter().flat_map(written).chain(text.as_ref().map(Text::as_str));
    let category = categorize_1(texts, Some(facts));
    // Words that came with the question are nobody's record of the call.
    if dry_run || text.is_some() || row.categorised.as_ref() == Some(&category) {
        let told = Analysis { call_record_id, category: category.into(), recorded: false };
        return Ok(Answer::ok(told).showing(Seen::Call, [id]).showing(Seen::Journal, read));
    }
    let command = CategorizeCall {
        formula: category.formula.clone(),
        call_type: category.call_type,
        outcome: category.outcome,
        priority: category.priority,
        tags: category.tags.clone(),
        evidence: category.evidence.known().cloned().unwrap_or_default(),
    };
    let done = house.execute(&Principal::process(tenant, "categorizer"), Ask::new(command).on(id)).await?;
    house.shows(&done).await;
    let told = Analysis { call_record_id, category: category.into(), recorded: !done.unchanged };
    Ok(Answer::ok(told).showing(Seen::Call, [id]).showing(Seen::Journal, read).after(&done))
}

/// Everything that an agent wrote in a journal.
fn written(journal: &JournalRow) -> impl Iterator<Item = &str> {
    let texts = [&journal.call_summary, &journal.detailed_notes, &journal.patient_concern, &journal.resolution_provided];
    let notes = texts.into_iter().chain([&journal.follow_up_notes]).flatten();
    notes.chain(&journal.action_items).chain(&journal.call_tags).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Personal;

    #[test]
    fn weights_are_the_sums_of_the_evidence() {
        let shown = ShownCategory::from(categorize_1(["made an appointment, schedule sent"], None));
        assert_eq!(shown.weights.get("type:appointment"), Some(&Decimal::from(5)));
        assert_eq!(shown.evidence.iter().map(|reason| reason.weight).sum::<Decimal>(), shown.weights.values().sum());
        let nothing = Category { evidence: Personal::new(vec![]), ..categorize_1([""], None) };
        assert!(ShownCategory::from(nothing).weights.is_empty());
    }
}
