//! Journals: what agents write down about calls, and what supervisors make of it (B.E3, B.E4, B.E16–B.E19).

mod shown;
mod wanted;

pub use shown::ShownJournal;
pub use wanted::WantedJournals;

use super::data::Data;
use crate::auth::Caller;
use crate::commands::ItemOutcome;
use crate::error::{Error, Kind};
use crate::extract::{self, Body, Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::Paged;
use crate::{Answer, House, shape};
use ::commands::calls::journal::{ApproveJournal, ChangeJournal, ReturnJournal, ReviewJournal, SubmitJournal, WriteJournal};
use ::commands::{AnyCommand, Ask};
use actix_web::web;
use domain::calls::access::Seen;
use domain::calls::centre::CallCentre;
use domain::calls::journal::{Journal, Score};
use domain::organization::role::Reach;
use domain::{JournalId, StreamId, Text};
use projections::calls::journal_page::{self, JournalOrder};
use projections::calls::journals::{JournalKey, JournalRow, Journals};
use projections::model::{Parked, fold};
use projections::{ReadModel, Rows};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// What an agent writes down.
pub type Writing = Data<WriteJournal>;
/// What is to be different.
pub type Rewriting = Data<ChangeJournal>;
/// Why it is given back.
pub type Return = Data<ReturnJournal>;

/// The most journals that are written at once.
const MOST: usize = 500;

/// Journals to be written, up to 500.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"journals": [{"callRecordId": "0190a5d2-0000-7000-8000-000000000001", "callSummary": "Wrong number"}]}))]
pub struct JournalsToWrite {
    #[schema(value_type = Vec<Writing>, max_items = 500)]
    journals: Vec<Box<RawValue>>,
}

/// What came of each, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalsWritten {
    written: usize,
    refused: usize,
    items: Vec<ItemOutcome>,
}

/// What a supervisor decides about a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    #[default]
    Reviewed,
    /// Reviewed, and it stands as it is.
    Approved,
    /// Given back to be worked over.
    Returned,
}

/// A supervisor's review.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"reviewScore": 85, "coachingNotes": "Name the concern first", "trainingOpportunities": ["Empathy"]}))]
pub struct JournalReview {
    /// `reviewed` unless said otherwise.
    #[serde(default, alias = "journalStatus")]
    decision: Verdict,
    /// 1 to 100; needed unless it is given back.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 100)]
    review_score: Option<Score>,
    #[schema(schema_with = shape::text_or_null::<4000>, required = false)]
    coaching_notes: Option<Text<4000>>,
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 50)]
    training_opportunities: Vec<Text<255>>,
    #[serde(default)]
    commendation_worthy: bool,
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 50)]
    improvement_areas: Vec<Text<255>>,
    /// Why it is given back.
    #[schema(schema_with = shape::text_or_null::<1000>, required = false)]
    reason: Option<Text<1000>>,
}

/// The journals that one sees, the newest first.
#[utoipa::path(get, path = "/api/call-journals", tag = "journals", params(WantedJournals),
    responses((status = 200, body = Enveloped<Paged<ShownJournal>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedJournals>,
) -> Result<Answer<Paged<ShownJournal>>, Error> {
    page(&house, &caller, wanted.0, JournalOrder::Newest).await
}

/// Write down what a call was about.
#[utoipa::path(post, path = "/api/call-journals", tag = "journals", request_body = Writing,
    responses((status = 201, body = Enveloped<ShownJournal>)))]
pub async fn write(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<Writing>,
) -> Result<Answer<ShownJournal>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(body.0.0))).await?;
    Ok(Answer::created(after(&house, &caller, &done).await?).showing(Seen::Journal, [done.id]).after(&done))
}

/// A journal.
#[utoipa::path(get, path = "/api/call-journals/{id}", tag = "journals",
    params(("id" = Uuid, Path, description = "The journal.")), responses((status = 200, body = Enveloped<ShownJournal>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<ShownJournal>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move { journal_page::card(conn, tenant, &seen, JournalId(id.0)).await })
    });
    let row = asked.await?.ok_or_else(|| Error::missing("journal"))?;
    let (version, position) = (row.version, row.position);
    Ok(Answer::ok(ShownJournal::from(row)).showing(Seen::Journal, [id.0]).version(version).position(position))
}

/// Change a draft; what is absent stays, `null` clears.
#[utoipa::path(put, path = "/api/call-journals/{id}", tag = "journals",
    params(("id" = Uuid, Path, description = "The journal.")), request_body = Rewriting,
    responses((status = 200, body = Enveloped<ShownJournal>)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Rewriting>,
) -> Result<Answer<ShownJournal>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// Hand a draft in to be reviewed.
#[utoipa::path(post, path = "/api/call-journals/{id}/submit", tag = "journals",
    params(("id" = Uuid, Path, description = "The journal.")), responses((status = 200, body = Enveloped<ShownJournal>)))]
pub async fn submit(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<ShownJournal>, Error> {
    act(&house, &caller, id, circumstances, SubmitJournal {}).await
}

/// Write many journals at once. One that is refused stops no other; each is answered by itself.
///
/// With an `Idempotency-Key` the same list can be sent again: what was written is not written twice.
#[utoipa::path(post, path = "/api/journals/bulk-create", tag = "journals", request_body = JournalsToWrite,
    responses((status = 201, body = Enveloped<JournalsWritten>)))]
pub async fn bulk_create(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<JournalsToWrite>,
) -> Result<Answer<JournalsWritten>, Error> {
    if circumstances.expected.is_some() {
        return Err(Error::invalid("If-Match", "is for a single journal"));
    }
    let journals = body.0.journals;
    if journals.len() > MOST {
        return Err(Error::new(Kind::TooLarge, format!("at most {MOST} journals at once, not {}", journals.len())));
    }
    if circumstances.key.as_ref().is_some_and(|key| key.len() > 240) {
        return Err(Error::invalid("Idempotency-Key", "must have at most 240 characters here"));
    }
    let (mut items, mut asked, mut asks) = (Vec::new(), Vec::new(), Vec::new());
    for (index, journal) in journals.iter().enumerate() {
        match extract::object::<WriteJournal>(journal.get().as_bytes()) {
            Ok(writing) => {
                let ask = Ask::new(writing);
                asks.push(match &circumstances.key {
                    Some(key) => ask.key(format!("{key} #{index}")),
                    None => ask,
                });
                asked.push(index);
            }
            Err(error) => items.push(ItemOutcome::not(index, None, error)),
        }
    }
    let answers = house.execute_all(&caller.principal, asks).await?;
    let last = answers.iter().flatten().filter_map(|done| done.position).max();
    for (index, answer) in asked.into_iter().zip(answers) {
        items.push(match answer {
            Ok(done) => ItemOutcome::done(index, None, &done),
            Err(error) => ItemOutcome::not(index, None, error.into()),
        });
    }
    items.sort_by_key(ItemOutcome::index);
    let written = items.iter().filter(|item| item.is_done()).count();
    let told = Answer::created(JournalsWritten { written, refused: items.len() - written, items });
    Ok(last.into_iter().fold(told, Answer::position))
}

/// Journals that wait for a review, the one that has waited longest first.
#[utoipa::path(get, path = "/api/journals/pending-review", tag = "journals", params(WantedJournals),
    responses((status = 200, body = Enveloped<Paged<ShownJournal>>)))]
pub async fn pending_review(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedJournals>,
) -> Result<Answer<Paged<ShownJournal>>, Error> {
    page(&house, &caller, wanted.0, JournalOrder::Waiting).await
}

/// Review a journal: rate it, approve it, or give it back.
#[utoipa::path(put, path = "/api/journals/{id}/review", tag = "journals",
    params(("id" = Uuid, Path, description = "The journal.")), request_body = JournalReview,
    responses((status = 200, body = Enveloped<ShownJournal>)))]
pub async fn review(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<JournalReview>,
) -> Result<Answer<ShownJournal>, Error> {
    let JournalReview { decision, review_score, coaching_notes, .. } = body.0;
    if decision == Verdict::Returned {
        let reason = body.0.reason.ok_or_else(|| Error::invalid("reason", "is required to give a journal back"))?;
        return act(&house, &caller, id, circumstances, ReturnJournal { reason }).await;
    }
    let command = ReviewJournal {
        review_score: review_score.ok_or_else(|| Error::invalid("reviewScore", "is required"))?,
        coaching_notes,
        training_opportunities: body.0.training_opportunities,
        commendation_worthy: body.0.commendation_worthy,
        improvement_areas: body.0.improvement_areas,
        approve: decision == Verdict::Approved,
    };
    act(&house, &caller, id, circumstances, command).await
}

/// Let a reviewed journal stand as it is.
#[utoipa::path(post, path = "/api/journals/{id}/approve", tag = "journals",
    params(("id" = Uuid, Path, description = "The journal.")), responses((status = 200, body = Enveloped<ShownJournal>)))]
pub async fn approve(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<ShownJournal>, Error> {
    act(&house, &caller, id, circumstances, ApproveJournal {}).await
}

/// Give a journal back to be worked over.
#[utoipa::path(post, path = "/api/journals/{id}/return", tag = "journals",
    params(("id" = Uuid, Path, description = "The journal.")), request_body = Return,
    responses((status = 200, body = Enveloped<ShownJournal>)))]
pub async fn give_back(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Return>,
) -> Result<Answer<ShownJournal>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// Search journals by words and by everything else; the words are shown where they stand.
#[utoipa::path(get, path = "/api/journals/search", tag = "journals", params(WantedJournals),
    responses((status = 200, body = Enveloped<Paged<ShownJournal>>)))]
pub async fn search(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedJournals>,
) -> Result<Answer<Paged<ShownJournal>>, Error> {
    page(&house, &caller, wanted.0, JournalOrder::Newest).await
}

async fn page(
    house: &House,
    caller: &Caller,
    wanted: WantedJournals,
    order: JournalOrder,
) -> Result<Answer<Paged<ShownJournal>>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let zone = house.commands.recent::<CallCentre>(tenant, tenant).await?.zone();
    let (filter, part) = wanted.read(zone)?;
    let (page, cursor, seen) = (part.page(), part.cursor, viewer.clone());
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move { journal_page::page(conn, tenant, &seen, &filter, order, page, cursor).await })
    });
    let found = asked.await?;
    let ids: Vec<Uuid> = found.rows.iter().map(|found| found.journal.journal_id.0).collect();
    Ok(Answer::ok(part.shown(found, ShownJournal::from)).showing(Seen::Journal, ids))
}

/// Carries out a command on a journal and shows the journal as it is then.
async fn act(
    house: &House,
    caller: &Caller,
    id: Id,
    circumstances: Circumstances,
    command: impl AnyCommand + 'static,
) -> Result<Answer<ShownJournal>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command).on(id.0))).await?;
    Ok(Answer::ok(after(house, caller, &done).await?).showing(Seen::Journal, [done.id]).after(&done))
}

/// The journal after a command: by the screen's own rules, from the log. Whoever changed it may see it.
async fn after(house: &House, caller: &Caller, done: &::commands::Answer) -> Result<ShownJournal, Error> {
    house.shows(done).await;
    let (log, tenant, id) = (house.log().clone(), caller.tenant(), JournalId(done.id));
    let read = async move { Ok(log.read_streams(&[(StreamId::of::<Journal>(tenant, id), 0)]).await?) };
    let events = house.finish(read).await?;
    let mut rows = Rows::of(Journals::tables());
    fold::<Journals>(&mut rows, &events, &mut Parked::default()).map_err(Error::internal)?;
    let row = rows.get::<JournalRow>(&JournalKey { tenant_id: tenant, journal_id: id }).map_err(Error::internal)?;
    let row = row.cloned().ok_or_else(|| Error::missing("journal"))?;
    // Who only repeats the key of somebody else's wish sees what they see anyway: their own, or all who look after others.
    if done.replayed && caller.principal.reach == Reach::Own && row.agent_id != caller.user {
        return Err(Error::missing("journal"));
    }
    Ok(row.into())
}
