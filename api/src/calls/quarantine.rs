//! Records that could not be understood: looked at, read again after a fix, or dismissed.

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::{Answer, House, shape};
use actix_web::web;
use chrono::{DateTime, Utc};
use commands::Ask;
use commands::calls::record::{DismissHeldRecord, ReplayHeldRecord};
use domain::calls::access::Seen;
use domain::{HeldRecordId, SourceId, Text};
use projections::calls::held_records::{self, HeldRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A record in quarantine.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldRecord {
    id: Uuid,
    source_id: Uuid,
    /// What came in.
    #[schema(example = "Call 1244,00000187C8F11A9F_187,00:03:09")]
    raw: String,
    /// How `raw` is written: `text`, or `base64` where the bytes are no text.
    #[schema(example = "text")]
    encoding: String,
    /// The field that breaks a rule.
    #[schema(example = "line")]
    field: String,
    #[schema(example = "must have 27 fields, has 3")]
    reason: String,
    /// `waiting`, `replayed` or `dismissed`.
    #[schema(example = "waiting")]
    status: String,
    held_at: DateTime<Utc>,
    settled_at: Option<DateTime<Utc>>,
    /// The call that it became part of; the first, if it was several records.
    call_id: Option<Uuid>,
    /// How it should have read.
    corrected: Option<String>,
    /// Why it was dismissed.
    dismissal: Option<String>,
}

impl From<HeldRow> for HeldRecord {
    fn from(row: HeldRow) -> Self {
        Self {
            id: row.held_id.0,
            source_id: row.source_id.0,
            raw: row.raw,
            encoding: row.encoding,
            field: row.field,
            reason: row.reason,
            status: row.state,
            held_at: row.held_at,
            settled_at: row.settled_at,
            call_id: row.call_id.map(|call| call.0),
            corrected: row.corrected,
            dismissal: row.dismissal,
        }
    }
}

/// How a record in quarantine stands.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HeldStatus)]
pub enum StatusWord {
    Waiting,
    Replayed,
    Dismissed,
}

/// Which records are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedHeld {
    #[param(value_type = Option<Uuid>)]
    source_id: Option<SourceId>,
    #[param(inline)]
    status: Option<StatusWord>,
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

/// How the record should have read; as it came if it is not said. A list of records, or `{"records": […]}`, of up to 1,000.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"raw": null}))]
pub struct Replay {
    #[schema(schema_with = shape::text_or_null::<1_048_576>, required = false)]
    raw: Option<Text<1_048_576>>,
}

/// Why a record is of no use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "a test of the line"}))]
pub struct Dismissal {
    #[schema(schema_with = shape::text::<1000>)]
    reason: Text<1000>,
}

/// What became of a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldKept {
    id: Uuid,
    /// As the screens show it, once they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    record: Option<HeldRecord>,
}

/// The quarantine, the newest first.
#[utoipa::path(get, path = "/api/3cx/quarantine", tag = "3CX", params(WantedHeld),
    responses((status = 200, body = Enveloped<Paged<HeldRecord>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedHeld>,
) -> Result<Answer<Paged<HeldRecord>>, Error> {
    let WantedHeld { source_id, status, page, skip, limit } = wanted.0;
    let part = Part::<i64>::read(page, skip, limit, None)?;
    let state = status.map(|status| {
        match status {
            StatusWord::Waiting => "waiting",
            StatusWord::Replayed => "replayed",
            StatusWord::Dismissed => "dismissed",
        }
        .to_owned()
    });
    let (tenant, viewer, page) = (caller.tenant(), caller.viewer(), part.page());
    let asked =
        house.reader.as_viewer(tenant, &viewer, move |conn| Box::pin(held_records::list(conn, tenant, source_id, state, page)));
    let found = asked.await?;
    let calls: Vec<Uuid> = found.rows.iter().filter_map(|row| row.call_id.map(|call| call.0)).collect();
    Ok(Answer::ok(part.shown(found, HeldRecord::from)).showing(Seen::Call, calls))
}

/// Read a record again, as it came or corrected. If it can be understood now, it becomes part of its call; a list of records becomes
/// part of its calls if all of it can be understood.
#[utoipa::path(post, path = "/api/3cx/quarantine/{id}/replay", tag = "3CX",
    params(("id" = Uuid, Path, description = "The record.")), request_body = Replay,
    responses((status = 200, body = Enveloped<HeldKept>)))]
pub async fn replay(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Replay>,
) -> Result<Answer<HeldKept>, Error> {
    let ask = Ask::new(ReplayHeldRecord { raw: body.0.raw }).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(answer(kept(&house, &caller, &done).await).after(&done))
}

/// Say that a record is of no use.
#[utoipa::path(post, path = "/api/3cx/quarantine/{id}/dismiss", tag = "3CX",
    params(("id" = Uuid, Path, description = "The record.")), request_body = Dismissal,
    responses((status = 200, body = Enveloped<HeldKept>)))]
pub async fn dismiss(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Dismissal>,
) -> Result<Answer<HeldKept>, Error> {
    let ask = Ask::new(DismissHeldRecord { reason: body.0.reason }).on(id.0);
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(answer(kept(&house, &caller, &done).await).after(&done))
}

/// What became of a record; it shows a part of the call that it became part of.
fn answer(kept: HeldKept) -> Answer<HeldKept> {
    let call = kept.record.as_ref().and_then(|record| record.call_id);
    Answer::ok(kept).showing(Seen::Call, call)
}

async fn kept(house: &House, caller: &Caller, done: &commands::Answer) -> HeldKept {
    let (tenant, viewer, id) = (caller.tenant(), caller.viewer(), HeldRecordId(done.id));
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| Box::pin(held_records::card(conn, tenant, id)));
    let record = if house.shows(done).await { asked.await.ok().flatten() } else { None };
    HeldKept { id: done.id, record: record.map(HeldRecord::from) }
}
