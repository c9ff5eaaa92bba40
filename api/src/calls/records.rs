//! The records of calls: found by everything they say, shown with their legs and their history (B.E1, B.E2).

pub mod actions;
mod history;
mod shown;
mod wanted;

pub use shown::{CallCard, ShownCall};
pub use wanted::WantedCalls;

use crate::auth::Caller;
use crate::calls::accesses::facts;
use crate::cases::history::Happening;
use crate::error::Error;
use crate::extract::{Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::Paged;
use crate::who::Names;
use crate::{Answer, House};
use ::commands::{AnyCommand, Ask};
use actix_web::web;
use domain::calls::access::Seen;
use domain::calls::call::Call;
use domain::organization::role::Permission;
use domain::{CallId, StreamId};
use projections::calls::call_page;
use projections::calls::call_records::CallRecords;
use projections::calls::call_row::{CallRow, CallRowKey};
use projections::calls::journal_page;
use projections::model::{Parked, fold};
use projections::organization::audit_trail;
use projections::{ReadModel, Rows};
use shown::ShownLeg;
use uuid::Uuid;

/// The calls that one sees, the newest first.
///
/// `total` is exact unless `more` says that counting ended at it, which it does at 10,000 where something rare is asked for.
#[utoipa::path(get, path = "/api/call-records", tag = "calls", params(WantedCalls),
    responses((status = 200, body = Enveloped<Paged<ShownCall>>)))]
pub async fn list(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedCalls>,
) -> Result<Answer<Paged<ShownCall>>, Error> {
    let (filter, oldest_first, part) = wanted.0.read()?;
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let (page, cursor, seen) = (part.page(), part.cursor, viewer.clone());
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move { call_page::page(conn, tenant, &seen, &filter, oldest_first, page, cursor).await })
    });
    let listens = caller.may(Permission::AccessRecordings);
    let (found, more) = asked.await?;
    let ids: Vec<Uuid> = found.rows.iter().map(|row| row.call_id.0).collect();
    let shown = part.shown(found, |row| ShownCall::of(row, listens)).and_more(more);
    let heard: Vec<Uuid> = shown.items.iter().filter_map(ShownCall::recording).collect();
    Ok(Answer::ok(shown).showing(Seen::Call, ids).showing(Seen::Recording, heard))
}

/// A call with its legs, its journals and what the categoriser made of it.
#[utoipa::path(get, path = "/api/call-records/{id}", tag = "calls", params(("id" = Uuid, Path, description = "The call.")),
    responses((status = 200, body = Enveloped<CallCard>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<CallCard>, Error> {
    let row = card(&house, &caller, id.0).await?;
    let (version, position) = (row.version, row.position);
    Ok(answer(whole(&house, &caller, row).await?).version(version).position(position))
}

/// Everything that happened to a call: when, who, what.
///
/// Auditors who see the whole company read the history of a call that was disposed of, too.
#[utoipa::path(get, path = "/api/call-records/{id}/history", tag = "calls",
    params(("id" = Uuid, Path, description = "The call.")), responses((status = 200, body = Enveloped<Vec<Happening>>)))]
pub async fn history(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Vec<Happening>>, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let (seen, audits) = (viewer.clone(), viewer.everything() && caller.may(Permission::ReadAudit));
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            match audits || call_page::card(conn, tenant, &seen, CallId(id.0)).await?.is_some() {
                true => audit_trail::history(conn, tenant, "call", id.0).await,
                false => Ok(vec![]),
            }
        })
    });
    let entries = asked.await?;
    let last = entries.last().ok_or_else(|| Error::missing("call"))?;
    let (version, position) = (last.version, last.position);
    let names = Names::find(&house, tenant, entries.iter().map(|entry| &entry.actor)).await?;
    let listens = caller.may(Permission::AccessRecordings);
    let told = facts::told_in(&entries, listens);
    let happenings = entries.into_iter().map(|entry| history::happening(entry, &names, listens)).collect();
    Ok(Answer::ok(happenings).telling_of(told).version(version).position(position))
}

/// A call that the caller sees.
pub(super) async fn card(house: &House, caller: &Caller, id: Uuid) -> Result<CallRow, Error> {
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let asked = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { call_page::card(conn, tenant, &seen, CallId(id)).await }));
    asked.await?.ok_or_else(|| Error::missing("call"))
}

/// The call with everything that belongs to it.
async fn whole(house: &House, caller: &Caller, row: CallRow) -> Result<CallCard, Error> {
    let (tenant, viewer, call) = (caller.tenant(), caller.viewer(), row.call_id);
    let (seen, agent, began) = (viewer.clone(), row.agent_id, row.call_start_time);
    let asked = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let journals = journal_page::of_call(conn, tenant, &seen, call).await?;
            let shift = match agent {
                Some(agent) => call_page::shift_at(conn, tenant, agent, began).await?,
                None => None,
            };
            Ok((journals, shift))
        })
    });
    let (journals, shift) = asked.await?;
    let (state, _) = house.commands.state::<Call>(tenant, call).await?;
    let mut legs: Vec<_> = state.legs().collect();
    legs.sort_by_key(|leg| (leg.started_at, leg.key));
    Ok(CallCard {
        shift_id: shift,
        leg_records: legs.into_iter().map(ShownLeg::from).collect(),
        journal_ids: journals.into_iter().map(|journal| journal.journal_id.0).collect(),
        category: row.categorised.clone().map(Into::into),
        call: ShownCall::of(row, caller.may(Permission::AccessRecordings)),
    })
}

/// Carries out a command on a call and shows the call as it is then.
pub(super) async fn act(
    house: &House,
    caller: &Caller,
    id: Id,
    circumstances: Circumstances,
    command: impl AnyCommand + 'static,
) -> Result<Answer<CallCard>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command).on(id.0))).await?;
    house.shows(&done).await;
    let row = recorded(house, caller, CallId(done.id)).await?;
    // Whoever did something to a call sees what it has become; whoever only repeats the key sees what they see anyway.
    if done.replayed && !caller.principal.reaches(row.agent_id, row.location_id) {
        return Err(Error::missing("call"));
    }
    Ok(answer(whole(house, caller, row).await?).after(&done))
}

/// A call, and with it its recording for whoever is told where that is found.
fn answer(card: CallCard) -> Answer<CallCard> {
    let (id, heard) = (card.call.id, card.call.recording());
    Answer::ok(card).showing(Seen::Call, [id]).showing(Seen::Recording, heard)
}

/// The call by the screen's own rules, from the log: it may be ahead of the screen, and whoever changed it may see it.
async fn recorded(house: &House, caller: &Caller, call_id: CallId) -> Result<CallRow, Error> {
    let (log, tenant_id) = (house.log().clone(), caller.tenant());
    let read = async move { Ok(log.read_streams(&[(StreamId::of::<Call>(tenant_id, call_id), 0)]).await?) };
    let events = house.finish(read).await?;
    let mut rows = Rows::of(CallRecords::tables());
    fold::<CallRecords>(&mut rows, &events, &mut Parked::default()).map_err(Error::internal)?;
    let row = rows.get::<CallRow>(&CallRowKey { tenant_id, call_id }).map_err(Error::internal)?;
    row.cloned().ok_or_else(|| Error::missing("call"))
}
