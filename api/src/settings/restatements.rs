//! Judging a stretch of the past anew, by other settings than those in force then: what it changes, and taking it back.

use crate::agencies::Points;
use crate::agencies::score::{ExplainedScore, ScoreFormula, formula};
use crate::auth::Caller;
use crate::extract::{Body, Circumstances, Params};
use crate::{Answer, Error, House, shape};
use actix_web::web;
use chrono::{DateTime, Utc};
use commands::Ask;
use commands::cases::policy::{RestateScores, UndoRestatement};
use domain::cases::policy::{Policy, PolicyEvent, Restatement};
use domain::{AgencyId, Aggregate, Instant, TenantId, Text, micros};
use projections::cases::agency_explained::explain_by;
use projections::cases::agency_score::{AgencyScore, Formula, policy, scores_by};
use projections::cases::settings::{self, KnownRestatement};
use projections::cases::{agency_directory, restatement};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A stretch of the past that is, or was, judged by another version of the settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownRestatement {
    #[schema(example = 1)]
    pub restatement: u32,
    /// The first instant of the stretch.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
    /// The version of the settings by which it is judged.
    #[schema(example = 2)]
    pub version: u32,
    #[schema(example = "agreed with the agencies")]
    pub reason: String,
    pub restated_at: DateTime<Utc>,
    #[schema(example = "user:0193f0a2-6d3c-7c7e-8f42-1f6f4b0f2a11")]
    pub restated_by: String,
    /// When it was taken back; `null` while it holds.
    pub undone_at: Option<DateTime<Utc>>,
    pub undone_by: Option<String>,
    pub undone_because: Option<String>,
}

impl From<KnownRestatement> for ShownRestatement {
    fn from(row: KnownRestatement) -> Self {
        Self {
            restatement: row.restatement,
            from: row.starts_at,
            until: row.ends_at,
            version: row.version,
            reason: row.reason,
            restated_at: row.restated_at,
            restated_by: row.restated_by.to_string(),
            undone_at: row.undone_at,
            undone_by: row.undone_by.map(|actor| actor.to_string()),
            undone_because: row.undone_because,
        }
    }
}

/// All restatements.
#[derive(Debug, Serialize, ToSchema)]
pub struct Restatements {
    /// The newest first.
    pub items: Vec<ShownRestatement>,
    #[schema(example = 1)]
    pub total: usize,
}

/// A restatement, and the scores without and with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedRestatement {
    #[serde(flatten)]
    pub restatement: ShownRestatement,
    /// Every agency that did something in the stretch.
    pub agencies: Vec<ComparedAgency>,
}

/// The scores of an agency without and with a restatement, whether or not it holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedAgency {
    pub dca_id: Uuid,
    /// `null` once the agency is gone.
    #[schema(example = "Swift Collections")]
    pub dca_name: Option<String>,
    pub before: ComparedScores,
    pub after: ComparedScores,
}

/// Both scores of an agency, now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparedScores {
    pub score_1: Points,
    #[schema(value_type = f64, example = 104.25)]
    pub score_2: Decimal,
}

impl From<&AgencyScore> for ComparedScores {
    fn from(score: &AgencyScore) -> Self {
        Self { score_1: Points { raw: score.raw(), value: score.score_1 }, score_2: score.score_2 }
    }
}

/// A score explained twice.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedTwice {
    /// Without the restatement.
    pub before: ExplainedScore,
    /// With it.
    pub after: ExplainedScore,
}

/// A stretch of the past to be judged anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "2026-02-01T00:00:00Z", "until": "2026-03-01T00:00:00Z", "version": 2, "reason": "agreed"}))]
pub struct NewRestatement {
    /// The first instant of the stretch.
    from: DateTime<Utc>,
    /// The first instant after it; not in the future.
    until: DateTime<Utc>,
    /// The version of the settings to judge by.
    #[schema(minimum = 1)]
    version: u32,
    #[schema(schema_with = shape::text::<500>)]
    reason: Text<500>,
}

/// Why something is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoReason {
    #[schema(schema_with = shape::text::<500>)]
    reason: Text<500>,
}

/// Whose score is asked, by which formula.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhoseScore {
    /// The agency.
    dca_id: Uuid,
    /// The formula; `agency.score@1` if absent.
    #[param(value_type = ScoreFormula, required = false, inline)]
    #[serde(default, deserialize_with = "formula")]
    formula: Option<Formula>,
}

/// Every restatement of scores, those that were taken back among them.
#[utoipa::path(get, path = "/api/v1/settings/restatements", tag = "settings", responses((status = 200, body = Restatements)))]
pub async fn list(house: web::Data<House>, caller: Caller) -> Result<Answer<Restatements>, Error> {
    let tenant = caller.tenant();
    let found = house.reader.as_tenant(tenant, move |conn| Box::pin(settings::restatements(conn, tenant)));
    let items: Vec<_> = found.await?.into_iter().map(ShownRestatement::from).collect();
    Ok(Answer::ok(Restatements { total: items.len(), items }))
}

/// Has what agencies did in a stretch of the past judged by another version of the settings.
///
/// Scores, their explanations and everything that shows them follow at once. What was counted at the time stays on record, and
/// the restatement can be taken back.
#[utoipa::path(post, path = "/api/v1/settings/restatements", tag = "settings", request_body = NewRestatement,
    responses((status = 201, body = ComparedRestatement)))]
pub async fn restate(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<NewRestatement>,
) -> Result<Answer<ComparedRestatement>, Error> {
    let NewRestatement { from, until, version, reason } = body.0;
    let (from, until) = (micros(from), micros(until));
    let ask = circumstances.of(Ask::new(RestateScores { from, until, version, reason }));
    let done = house.execute(&caller.principal, ask).await?;
    let shown =
        compared(&house, &caller, &done, move |row| (row.starts_at, row.ends_at, row.version) == (from, until, version)).await?;
    Ok(Answer::created(shown).after(&done))
}

/// A restatement with the scores of every agency it concerns, without and with it.
#[utoipa::path(get, path = "/api/v1/settings/restatements/{number}", tag = "settings",
    params(("number" = u32, Path, description = "Its number.", example = 1)), responses((status = 200, body = ComparedRestatement)))]
pub async fn show(
    house: web::Data<House>,
    caller: Caller,
    number: web::Path<String>,
) -> Result<Answer<ComparedRestatement>, Error> {
    let (tenant, number, now) = (caller.tenant(), read(&number)?, house.commands.now());
    let found = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            let known = settings::restatements(conn, tenant).await?;
            let Some(row) = known.into_iter().find(|row| row.restatement == number) else { return Ok(None) };
            compare(conn, tenant, row, now).await.map(Some)
        })
    });
    found.await?.map(Answer::ok).ok_or_else(|| Error::missing("restatement"))
}

/// The score of an agency with every reason for it, without and with a restatement.
#[utoipa::path(get, path = "/api/v1/settings/restatements/{number}/explain", tag = "settings",
    params(("number" = u32, Path, description = "Its number.", example = 1), WhoseScore), responses((status = 200, body = ExplainedTwice)))]
pub async fn explain(
    house: web::Data<House>,
    caller: Caller,
    number: web::Path<String>,
    whose: Params<WhoseScore>,
) -> Result<Answer<ExplainedTwice>, Error> {
    let (tenant, number, now) = (caller.tenant(), read(&number)?, house.commands.now());
    let (agency, formula) = (AgencyId(whose.0.dca_id), whose.0.formula.unwrap_or(Formula::Score1));
    let found = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            let known = settings::restatements(conn, tenant).await?;
            let Some(row) = known.into_iter().find(|row| row.restatement == number) else { return Ok(Err("restatement")) };
            if agency_directory::card(conn, tenant, agency).await?.is_none() {
                return Ok(Err("agency"));
            }
            let (without, with) = without_and_with(&policy(conn, tenant).await?, &row);
            let before = explain_by(conn, tenant, agency, formula, None, now, &without).await?;
            let after = explain_by(conn, tenant, agency, formula, None, now, &with).await?;
            Ok(Ok((before, after)))
        })
    });
    let (before, after) = found.await?.map_err(Error::missing)?;
    let shown = |explanation| ExplainedScore::of(agency, now, explanation);
    Ok(Answer::ok(ExplainedTwice { before: shown(before), after: shown(after) }))
}

/// Takes a restatement back; what it covered is judged as if it had never been.
#[utoipa::path(post, path = "/api/v1/settings/restatements/{number}/undo", tag = "settings", request_body = UndoReason,
    params(("number" = u32, Path, description = "Its number.", example = 1)), responses((status = 200, body = ComparedRestatement)))]
pub async fn undo(
    house: web::Data<House>,
    caller: Caller,
    number: web::Path<String>,
    circumstances: Circumstances,
    body: Body<UndoReason>,
) -> Result<Answer<ComparedRestatement>, Error> {
    let number = read(&number)?;
    let ask = circumstances.of(Ask::new(UndoRestatement { restatement: number, reason: body.0.reason }));
    let done = house.execute(&caller.principal, ask).await?;
    let shown = compared(&house, &caller, &done, move |row| row.restatement == number).await?;
    Ok(Answer::ok(shown).after(&done))
}

fn read(number: &str) -> Result<u32, Error> {
    number.parse().map_err(|_| Error::missing("restatement"))
}

/// The newest restatement that passes, after a command about it.
async fn compared(
    house: &House,
    caller: &Caller,
    done: &commands::Answer,
    which: impl Fn(&KnownRestatement) -> bool + Send + 'static,
) -> Result<ComparedRestatement, Error> {
    let (tenant, now) = (caller.tenant(), house.commands.now());
    let lagging =
        || Error::unavailable("it is on record, but the scores do not show it yet; ask for the restatement in a moment");
    if !house.shows(done).await {
        return Err(lagging());
    }
    let found = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            let Some(row) = settings::restatements(conn, tenant).await?.into_iter().find(which) else { return Ok(None) };
            compare(conn, tenant, row, now).await.map(Some)
        })
    });
    found.await?.ok_or_else(lagging)
}

async fn compare(
    conn: &mut PgConnection,
    tenant: TenantId,
    row: KnownRestatement,
    now: Instant,
) -> sqlx::Result<ComparedRestatement> {
    let ids = restatement::concerned(conn, tenant, row.starts_at, row.ends_at).await?;
    let ids: Vec<AgencyId> = ids.into_iter().map(AgencyId).collect();
    let (without, with) = without_and_with(&policy(conn, tenant).await?, &row);
    let before = scores_by(conn, tenant, &ids, None, now, &without).await?;
    let after = scores_by(conn, tenant, &ids, None, now, &with).await?;
    let mut agencies = Vec::with_capacity(ids.len());
    for ((id, before), after) in ids.iter().zip(&before).zip(&after) {
        let dca_name = agency_directory::card(conn, tenant, *id).await?.map(|card| card.name);
        agencies.push(ComparedAgency { dca_id: id.0, dca_name, before: before.into(), after: after.into() });
    }
    Ok(ComparedRestatement { restatement: row.into(), agencies })
}

/// The settings as if a restatement did not hold, and as if it did.
fn without_and_with(policy: &Policy, row: &KnownRestatement) -> (Policy, Policy) {
    let without = policy.without(row.restatement);
    let mut with = policy.clone();
    if row.undone_at.is_some()
        && let Ok(reason) = Text::try_from(row.reason.clone())
    {
        let (restatement, from, until, version) = (row.restatement, row.starts_at, row.ends_at, row.version);
        with.evolve(&PolicyEvent::Restated(Restatement { restatement, from, until, version, reason }));
    }
    (without, with)
}
