//! What was kept long enough: proposed every day, approved or refused by somebody, and then let go of (B.N7).

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::who::Names;
use crate::{Answer, House, shape};
use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use commands::Ask;
use commands::calls::disposal::{ApproveDisposal, RefuseDisposal};
use domain::calls::disposal::{Disposable, DisposalStatus};
use domain::{Actor, Text};
use projections::calls::disposals::{self, DisposalRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which proposals are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedProposals {
    /// `calls`, `recordings`, `journals`, `held_records`, `shifts`, `goals` or `reviews`.
    #[param(value_type = Option<String>, pattern = "^(calls|recordings|journals|held_records|shifts|goals|reviews)$")]
    kind: Option<Disposable>,
    /// `proposed`, `approved`, `refused` or `carried_out`.
    #[param(value_type = Option<String>, pattern = "^(proposed|approved|refused|carried_out)$")]
    status: Option<DisposalStatus>,
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

/// Records that were kept long enough.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    id: Uuid,
    #[schema(value_type = String, example = "calls")]
    kind: Disposable,
    /// They are from days before this one.
    before: NaiveDate,
    /// How many were due in all when it was made.
    due: i64,
    /// How many of them stand in this proposal.
    count: i32,
    /// `proposed`, `approved`, `refused` or `carried_out`.
    #[schema(value_type = String, example = "proposed")]
    status: DisposalStatus,
    proposed_at: DateTime<Utc>,
    decided_by: Option<Uuid>,
    decided_by_name: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    reason: Option<String>,
    /// How many are gone. What is neither gone nor kept had gone before by itself.
    disposed: Option<i32>,
    /// Those that had to be kept when it was carried out.
    kept: Vec<KeptThing>,
    carried_out_at: Option<DateTime<Utc>>,
    /// What stands in it by its ids, the oldest first; recordings by their calls. Only where one proposal is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    things: Option<Vec<Uuid>>,
}

/// Something that had to be kept, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptThing {
    id: Uuid,
    reason: String,
}

impl Proposal {
    fn of(row: DisposalRow, things: Option<Vec<Uuid>>, names: &Names) -> Self {
        let kept = row.kept.into_iter().map(|kept| KeptThing { id: kept.id, reason: kept.reason.to_string() });
        Self {
            id: row.disposal_id,
            kind: row.kind,
            before: row.before,
            due: row.due,
            count: row.things,
            status: row.status,
            proposed_at: row.proposed_at,
            decided_by: row.decided_by.map(|user| user.0),
            decided_by_name: row.decided_by.and_then(|user| names.of(&Actor::User(user))),
            decided_at: row.decided_at,
            reason: row.reason,
            disposed: row.disposed,
            kept: kept.collect(),
            carried_out_at: row.carried_out_at,
            things,
        }
    }
}

/// Why these are kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the auditors come in May"}))]
pub struct RefusalOfProposal {
    #[schema(schema_with = shape::text::<1000>)]
    reason: Text<1000>,
}

/// What became of a proposal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalDecided {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    proposal: Option<Proposal>,
}

/// What was proposed to be let go of, the newest first.
#[utoipa::path(get, path = "/api/retention/proposals", tag = "call centre", params(WantedProposals),
    responses((status = 200, body = Enveloped<Paged<Proposal>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedProposals>,
) -> Result<Answer<Paged<Proposal>>, Error> {
    let WantedProposals { kind, status, page, skip, limit } = wanted.0;
    let part = Part::<i64>::read(page, skip, limit, None)?;
    let (tenant, viewer, page) = (caller.tenant(), caller.viewer(), part.page());
    let asked = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { disposals::list(conn, tenant, kind, status, page).await }));
    let found = asked.await?;
    let people: Vec<Actor> = found.rows.iter().filter_map(|row| row.decided_by).map(Actor::User).collect();
    let names = Names::find(&house, tenant, &people).await?;
    Ok(Answer::ok(part.shown(found, |row| Proposal::of(row, None, &names))))
}

/// A proposal with all that stands in it.
#[utoipa::path(get, path = "/api/retention/proposals/{id}", tag = "call centre",
    params(("id" = Uuid, Path, description = "The proposal.")), responses((status = 200, body = Enveloped<Proposal>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Proposal>, Error> {
    let (proposal, version) = card(&house, &caller, id.0).await?.ok_or_else(|| Error::missing("proposal"))?;
    Ok(Answer::ok(proposal).version(version))
}

/// Agree that all of it is let go of. That is done within a minute, but for what must be kept by then. With a call go its journals and
/// reviews.
#[utoipa::path(post, path = "/api/retention/proposals/{id}/approve", tag = "call centre",
    params(("id" = Uuid, Path, description = "The proposal.")), responses((status = 200, body = Enveloped<ProposalDecided>)))]
pub async fn approve(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<ProposalDecided>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(ApproveDisposal {}).on(id.0))).await?;
    Ok(Answer::ok(decided(&house, &caller, &done).await).after(&done))
}

/// Keep all of it. What is still too old then is proposed again after a month.
#[utoipa::path(post, path = "/api/retention/proposals/{id}/refuse", tag = "call centre",
    params(("id" = Uuid, Path, description = "The proposal.")), request_body = RefusalOfProposal,
    responses((status = 200, body = Enveloped<ProposalDecided>)))]
pub async fn refuse(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<RefusalOfProposal>,
) -> Result<Answer<ProposalDecided>, Error> {
    let ask = Ask::new(RefuseDisposal { reason: body.0.reason }).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(Answer::ok(decided(&house, &caller, &done).await).after(&done))
}

/// The proposal as the screens show it, once they do.
async fn decided(house: &House, caller: &Caller, done: &commands::Answer) -> ProposalDecided {
    let shown = match house.shows(done).await {
        true => card(house, caller, done.id).await.ok().flatten(),
        false => None,
    };
    ProposalDecided { id: done.id, proposal: shown.map(|(proposal, _)| proposal) }
}

async fn card(house: &House, caller: &Caller, id: Uuid) -> Result<Option<(Proposal, i64)>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let asked =
        house.reader.as_viewer(tenant, &viewer, move |conn| Box::pin(async move { disposals::card(conn, tenant, id).await }));
    let Some((row, things)) = asked.await? else { return Ok(None) };
    let people: Vec<Actor> = row.decided_by.map(Actor::User).into_iter().collect();
    let (names, version) = (Names::find(house, tenant, &people).await?, row.version);
    Ok(Some((Proposal::of(row, Some(things), &names), version)))
}
