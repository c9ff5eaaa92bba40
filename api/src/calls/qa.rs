//! Reviews of how well calls were handled: written, discussed, acknowledged or disputed (B.E24–B.E27).

mod body;
mod coaching;
mod quota;

pub use body::*;
pub use coaching::{__path_coaching, coaching};
pub use quota::{__path_quota, quota};

use super::data::Data;
use super::explained::ExplainedFigure;
use super::whom::whom;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::Paged;
use crate::{Answer, House};
use actix_web::web;
use commands::calls::review::{
    AcknowledgeReview, ChangeReview, CompleteReview, DiscussReview, DisputeReview, DraftReview, ResolveDispute,
};
use commands::{Ask, Command};
use domain::QaReviewId;
use domain::calls::formulas::{QA_PERCENTAGE, QA_TOTAL};
use domain::explain::Explanation;
use projections::calls::review_queries as queries;
use projections::calls::reviews::ReviewRow;
use uuid::Uuid;

type NewReview = Data<DraftReview>;
type ReviewChange = Data<ChangeReview>;
type Discussion = Data<DiscussReview>;
type Acknowledgment = Data<AcknowledgeReview>;
type Dispute = Data<DisputeReview>;
type Resolution = Data<ResolveDispute>;

/// The reviews of an agent that one sees, the latest first (B.E25). None, if there is no such agent.
#[utoipa::path(get, path = "/api/qa/reviews/{agentEmail}", tag = "quality",
    params(("agentEmail" = String, Path, description = "The agent's e-mail address or id.", example = "ada@example.com"), WantedReviews),
    responses((status = 200, body = Enveloped<Paged<Review>>)))]
pub async fn of_agent(
    house: web::Data<House>,
    caller: Caller,
    agent: web::Path<String>,
    wanted: Params<WantedReviews>,
) -> Result<Answer<Paged<Review>>, Error> {
    reviews(house, caller, Some(agent.into_inner()), wanted.0).await
}

/// All reviews one sees, the latest first: of oneself, by oneself, and those of one's locations.
#[utoipa::path(get, path = "/api/qa/reviews", tag = "quality", params(WantedReviews),
    responses((status = 200, body = Enveloped<Paged<Review>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedReviews>,
) -> Result<Answer<Paged<Review>>, Error> {
    reviews(house, caller, None, wanted.0).await
}

async fn reviews(
    house: web::Data<House>,
    caller: Caller,
    agent: Option<String>,
    wanted: WantedReviews,
) -> Result<Answer<Paged<Review>>, Error> {
    let agent = whom(&house, &caller, agent).await?;
    let (filter, part) = wanted.read(agent)?;
    let (tenant, viewer, page) = (caller.tenant(), caller.viewer(), part.page());
    let seen = viewer.clone();
    let found = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { queries::list(conn, tenant, &seen, &filter, page).await }));
    Ok(Answer::ok(part.shown(found.await?, Review::from)))
}

/// A review.
#[utoipa::path(get, path = "/api/qa/review/{id}", tag = "quality", params(("id" = Uuid, Path, description = "The review.")),
    responses((status = 200, body = Enveloped<Review>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Review>, Error> {
    let row = card(&house, &caller, id.0).await?.ok_or_else(|| Error::missing("review"))?;
    let version = row.version;
    Ok(Answer::ok(Review::from(row)).version(version))
}

/// Why a review comes to its total and its percentage: every category, and the sums to do again.
#[utoipa::path(get, path = "/api/qa/review/{id}/explain", tag = "quality", params(("id" = Uuid, Path, description = "The review.")),
    responses((status = 200, body = Enveloped<Vec<ExplainedFigure>>)))]
pub async fn explain(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Vec<ExplainedFigure>>, Error> {
    let row = card(&house, &caller, id.0).await?.ok_or_else(|| Error::missing("review"))?;
    let [total, percentage] = row.marks().explained();
    let traced = |explained: Explanation| {
        let mut terms = explained.terms;
        for term in &mut terms {
            term.event_id = Some(row.event_id);
            term.position = Some(row.position.to_i64());
            term.about = Some(row.review_id.0);
        }
        terms
    };
    let shown = vec![
        ExplainedFigure::of("totalScore", &QA_TOTAL, traced(total)),
        ExplainedFigure::of("percentageScore", &QA_PERCENTAGE, traced(percentage)),
    ];
    Ok(Answer::ok(shown))
}

/// Begin a review of an agent, about one of their calls or in general (B.E24). With `complete` it counts at once.
#[utoipa::path(post, path = "/api/qa/review", tag = "quality", request_body = NewReview,
    responses((status = 201, body = Enveloped<ReviewKept>)))]
pub async fn draft(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<NewReview>,
) -> Result<Answer<ReviewKept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(body.0.0))).await?;
    Ok(Answer::created(kept(&house, &caller, &done).await).after(&done))
}

/// Change a draft; absent stays, `null` clears.
#[utoipa::path(put, path = "/api/qa/review/{id}", tag = "quality", params(("id" = Uuid, Path, description = "The review.")),
    request_body = ReviewChange, responses((status = 200, body = Enveloped<ReviewKept>)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<ReviewChange>,
) -> Result<Answer<ReviewKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// Let a review count.
#[utoipa::path(post, path = "/api/qa/reviews/{id}/complete", tag = "quality",
    params(("id" = Uuid, Path, description = "The review.")), responses((status = 200, body = Enveloped<ReviewKept>)))]
pub async fn complete(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<ReviewKept>, Error> {
    carry_out(house, caller, id, circumstances, CompleteReview {}).await
}

/// Put on record that a review was talked about with the agent (B.E26).
#[utoipa::path(put, path = "/api/qa/reviews/{id}/discuss", tag = "quality",
    params(("id" = Uuid, Path, description = "The review.")), request_body = Discussion,
    responses((status = 200, body = Enveloped<ReviewKept>)))]
pub async fn discuss(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Discussion>,
) -> Result<Answer<ReviewKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// Take note of a review of oneself.
#[utoipa::path(post, path = "/api/qa/reviews/{id}/acknowledge", tag = "quality",
    params(("id" = Uuid, Path, description = "The review.")), request_body = Acknowledgment,
    responses((status = 200, body = Enveloped<ReviewKept>)))]
pub async fn acknowledge(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Acknowledgment>,
) -> Result<Answer<ReviewKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// Disagree with a review of oneself.
#[utoipa::path(post, path = "/api/qa/reviews/{id}/dispute", tag = "quality",
    params(("id" = Uuid, Path, description = "The review.")), request_body = Dispute,
    responses((status = 200, body = Enveloped<ReviewKept>)))]
pub async fn dispute(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Dispute>,
) -> Result<Answer<ReviewKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

/// End a dispute: with other points where the agent is right, without where not.
#[utoipa::path(post, path = "/api/qa/reviews/{id}/resolve", tag = "quality",
    params(("id" = Uuid, Path, description = "The review.")), request_body = Resolution,
    responses((status = 200, body = Enveloped<ReviewKept>)))]
pub async fn resolve(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Resolution>,
) -> Result<Answer<ReviewKept>, Error> {
    carry_out(house, caller, id, circumstances, body.0.0).await
}

async fn carry_out(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    command: impl Command,
) -> Result<Answer<ReviewKept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command).on(id.0))).await?;
    Ok(Answer::ok(kept(&house, &caller, &done).await).after(&done))
}

/// The review as the screens show it, once they do.
async fn kept(house: &House, caller: &Caller, done: &commands::Answer) -> ReviewKept {
    let shown = match house.shows(done).await {
        true => card(house, caller, done.id).await.ok().flatten(),
        false => None,
    };
    ReviewKept { id: done.id, review: shown.map(Review::from) }
}

async fn card(house: &House, caller: &Caller, id: Uuid) -> Result<Option<ReviewRow>, Error> {
    let (tenant, viewer, id) = (caller.tenant(), caller.viewer(), QaReviewId(id));
    let seen = viewer.clone();
    let found = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { queries::card(conn, tenant, &seen, id).await }));
    Ok(found.await?)
}
