//! What is done about a call: wrapped up, put right, escalated, followed up, kept, and its recording.

use super::{CallCard, act, card};
use crate::auth::Caller;
use crate::calls::data::Data;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id};
use crate::face::Enveloped;
use crate::{Answer, House};
use ::commands::calls::call::{AmendCall, AttachRecording, CompleteCall, EscalateCall, HoldCall, MarkFollowUpDone};
use ::commands::calls::call::{PlanFollowUp, ReleaseCall, RemoveRecording, ReviewRecording};
use actix_web::web;
use domain::calls::access::Seen;
use domain::calls::call::{Appointment, Outcome};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What its agent says of a call.
pub type WrappingUp = Data<CompleteCall>;
/// What is to be different, and why.
pub type Amendment = Data<AmendCall>;
pub type Escalation = Data<EscalateCall>;
pub type FollowUpPlan = Data<PlanFollowUp>;
pub type FollowUpReport = Data<MarkFollowUpDone>;
pub type Holding = Data<HoldCall>;
pub type Release = Data<ReleaseCall>;
pub type RecordingToAttach = Data<AttachRecording>;
pub type RecordingReview = Data<ReviewRecording>;
pub type RecordingRemoval = Data<RemoveRecording>;

/// The recording of a call.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallRecording)]
pub struct Recording {
    /// The call.
    id: Uuid,
    recording_available: bool,
    /// Where it is found.
    recording_url: Option<String>,
    #[schema(example = 189)]
    seconds: Option<u32>,
    recording_reviewed: bool,
    /// What a reviewer rated it: 1 to 100.
    #[schema(example = 80)]
    score: Option<u8>,
}

/// Put right what was said of a call, for a reason; what is absent stays, `null` clears.
#[utoipa::path(put, path = "/api/call-records/{id}", tag = "calls", params(("id" = Uuid, Path, description = "The call.")),
    request_body = Amendment, responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn amend(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Amendment>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// Say what a call was about and what came of it, once.
///
/// Whoever says that an appointment was made need not say when: it counts as one.
#[utoipa::path(post, path = "/api/call-records/{id}/complete", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = WrappingUp,
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn complete(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<WrappingUp>,
) -> Result<Answer<CallCard>, Error> {
    let mut said = body.0.0;
    if said.outcome == Some(Outcome::AppointmentScheduled) {
        said.appointment.get_or_insert_with(Appointment::default);
    }
    act(&house, &caller, id, circumstances, said).await
}

/// Ask somebody with more say to look at a call.
#[utoipa::path(post, path = "/api/call-records/{id}/escalate", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = Escalation,
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn escalate(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Escalation>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// Plan what is still to be done after a call.
#[utoipa::path(post, path = "/api/call-records/{id}/follow-up", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = FollowUpPlan,
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn follow_up(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<FollowUpPlan>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// Say that what was planned after a call was done.
#[utoipa::path(post, path = "/api/call-records/{id}/follow-up/done", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = FollowUpReport,
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn follow_up_done(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<FollowUpReport>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// Keep a call, however old it gets.
#[utoipa::path(post, path = "/api/call-records/{id}/hold", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = Holding,
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn hold(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Holding>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// Let a call go that had to be kept.
#[utoipa::path(post, path = "/api/call-records/{id}/release", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = Release,
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn release(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Release>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// The recording of a call.
#[utoipa::path(get, path = "/api/call-records/{id}/recording", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), responses((status = 200, body = Enveloped<Recording>)))]
pub async fn recording(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Recording>, Error> {
    let row = card(&house, &caller, id.0).await?;
    let (version, position) = (row.version, row.position);
    let shown = Recording {
        id: row.call_id.0,
        recording_available: row.recording_available,
        recording_url: row.recording_reference,
        seconds: row.recording_seconds,
        recording_reviewed: row.recording_reviewed,
        score: row.recording_score,
    };
    Ok(Answer::ok(shown).showing(Seen::Recording, [id.0]).version(version).position(position))
}

/// Say where the recording of a call is found.
#[utoipa::path(post, path = "/api/call-records/{id}/recording", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = RecordingToAttach,
    responses((status = 201, body = Enveloped<CallCard>)))]
pub async fn attach_recording(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<RecordingToAttach>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await.map(Answer::as_created)
}

/// Say what one thinks who listened to the recording of a call.
#[utoipa::path(post, path = "/api/call-records/{id}/recording/review", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = RecordingReview,
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn review_recording(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<RecordingReview>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}

/// Let go of the recording of a call, unless the call must be kept.
#[utoipa::path(post, path = "/api/call-records/{id}/recording/remove", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), request_body = RecordingRemoval,
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn remove_recording(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<RecordingRemoval>,
) -> Result<Answer<CallCard>, Error> {
    act(&house, &caller, id, circumstances, body.0.0).await
}
