//! Shifts: planned, begun, paused, ended, and corrected where the clock was wrong (B.E32–B.E35).

mod body;
mod scheduling;
mod utilization;

pub use body::*;
pub use scheduling::{__path_scheduling, scheduling};
pub use utilization::{__path_explain_shift, __path_utilization, explain_shift, utilization};

use super::data::Data;
use super::whom::{person, whom};
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::face::Enveloped;
use crate::paged::Paged;
use crate::{Answer, House};
use actix_web::web;
use chrono::Days;
use commands::calls::shift::{
    BeginBreak, CorrectShift, EndBreak, EndShift, MarkAbsent, RescheduleShift, ScheduleShift, StartShift, WithdrawShift,
};
use commands::calls::who::AgentRef;
use commands::{Ask, Command};
use domain::calls::agent::Agent;
use domain::calls::centre::CallCentre;
use domain::calls::shift::{Shift as ShiftState, ShiftStatus};
use domain::{ShiftId, UserId};
use projections::calls::shift_queries::{self as queries, ShiftCalls};
use uuid::Uuid;

type ShiftToSchedule = Data<ScheduleShift>;
type ShiftChange = Data<RescheduleShift>;
type Absence = Data<MarkAbsent>;
type Correction = Data<CorrectShift>;
type Break = Data<BeginBreak>;

/// The shifts one sees, the latest first: one's own, and those of one's locations.
#[utoipa::path(get, path = "/api/workforce/shifts", tag = "workforce", params(WantedShifts),
    responses((status = 200, body = Enveloped<Paged<Shift>>)))]
pub async fn list(house: web::Data<House>, caller: Caller, wanted: Params<WantedShifts>) -> Result<Answer<Paged<Shift>>, Error> {
    let mut wanted = wanted.0;
    let agent = whom(&house, &caller, wanted.agent.take()).await?;
    let (filter, part) = wanted.read(agent)?;
    let (tenant, viewer, page, now) = (caller.tenant(), caller.viewer(), part.page(), house.commands.now());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let found = queries::list(conn, tenant, &seen, &filter, page).await?;
            let calls = queries::calls_of(conn, tenant, &seen, &found.rows, now).await?;
            Ok((found, calls))
        })
    });
    let (found, calls) = found.await?;
    Ok(Answer::ok(part.shown(found, |row| {
        let calls = calls.get(&row.shift_id).copied().unwrap_or_default();
        Shift::of(row, calls, now)
    })))
}

/// A shift with its figures.
#[utoipa::path(get, path = "/api/workforce/shifts/{id}", tag = "workforce", params(("id" = Uuid, Path, description = "The shift.")),
    responses((status = 200, body = Enveloped<Shift>)))]
pub async fn show(house: web::Data<House>, caller: Caller, id: Id) -> Result<Answer<Shift>, Error> {
    let (shift, version) = card(&house, &caller, ShiftId(id.0)).await?.ok_or_else(|| Error::missing("shift"))?;
    Ok(Answer::ok(shift).version(version))
}

/// Put a shift on the roster. An agent has one on a day at most.
#[utoipa::path(post, path = "/api/workforce/shifts", tag = "workforce", request_body = ShiftToSchedule,
    responses((status = 201, body = Enveloped<ShiftKept>)))]
pub async fn schedule(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<ShiftToSchedule>,
) -> Result<Answer<ShiftKept>, Error> {
    let Body(Data(command)) = body;
    let ask = match person(&house, caller.tenant(), &command.agent).await? {
        Some(agent) => {
            let id = ShiftState::id(caller.tenant(), agent, command.date);
            Ask::new(command).on(id)
        }
        None => Ask::new(command),
    };
    let done = house.execute(&caller.principal, circumstances.of(ask)).await?;
    Ok(Answer::created(kept(&house, &caller, &done).await).after(&done))
}

/// Change times, targets or notes of a shift that nobody began; absent stays, `null` clears.
#[utoipa::path(put, path = "/api/workforce/shifts/{id}", tag = "workforce", params(("id" = Uuid, Path, description = "The shift.")),
    request_body = ShiftChange, responses((status = 200, body = Enveloped<ShiftKept>)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<ShiftChange>,
) -> Result<Answer<ShiftKept>, Error> {
    carry_out(house, caller, id.0, circumstances, body.0.0).await
}

/// Take a shift off the roster that nobody worked.
#[utoipa::path(delete, path = "/api/workforce/shifts/{id}", tag = "workforce",
    params(("id" = Uuid, Path, description = "The shift.")), responses((status = 200, body = Enveloped<ShiftKept>)))]
pub async fn withdraw(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<ShiftKept>, Error> {
    carry_out(house, caller, id.0, circumstances, WithdrawShift::default()).await
}

/// Put on record that nobody came.
#[utoipa::path(post, path = "/api/workforce/shifts/{id}/absent", tag = "workforce",
    params(("id" = Uuid, Path, description = "The shift.")), request_body = Absence,
    responses((status = 200, body = Enveloped<ShiftKept>)))]
pub async fn absent(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Absence>,
) -> Result<Answer<ShiftKept>, Error> {
    carry_out(house, caller, id.0, circumstances, body.0.0).await
}

/// Take no calls for a while: a break, lunch, training or a meeting.
#[utoipa::path(post, path = "/api/workforce/shifts/{id}/break-start", tag = "workforce",
    params(("id" = Uuid, Path, description = "The shift.")), request_body = Break,
    responses((status = 200, body = Enveloped<ShiftKept>)))]
pub async fn break_start(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Break>,
) -> Result<Answer<ShiftKept>, Error> {
    carry_out(house, caller, id.0, circumstances, body.0.0).await
}

/// Take calls again.
#[utoipa::path(post, path = "/api/workforce/shifts/{id}/break-end", tag = "workforce",
    params(("id" = Uuid, Path, description = "The shift.")), responses((status = 200, body = Enveloped<ShiftKept>)))]
pub async fn break_end(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
) -> Result<Answer<ShiftKept>, Error> {
    carry_out(house, caller, id.0, circumstances, EndBreak {}).await
}

/// Set the times of a shift right by hand.
#[utoipa::path(post, path = "/api/workforce/shifts/{id}/correct", tag = "workforce",
    params(("id" = Uuid, Path, description = "The shift.")), request_body = Correction,
    responses((status = 200, body = Enveloped<ShiftKept>)))]
pub async fn correct(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Correction>,
) -> Result<Answer<ShiftKept>, Error> {
    carry_out(house, caller, id.0, circumstances, body.0.0).await
}

/// Begin a shift (B.E33): the one named, or one's own whose time it is.
#[utoipa::path(post, path = "/api/workforce/shift-start", tag = "workforce", request_body = ShiftToStart,
    responses((status = 200, body = Enveloped<ShiftKept>)))]
pub async fn start(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<ShiftToStart>,
) -> Result<Answer<ShiftKept>, Error> {
    let ShiftToStart { shift_id, agent } = body.0;
    let shift = named(&house, &caller, shift_id, agent, Wanted::ToStart).await?;
    carry_out(house, caller, shift, circumstances, StartShift {}).await
}

/// End a shift (B.E34): the one named, or one's own that is going on. What one's telephone counted may be handed in.
#[utoipa::path(post, path = "/api/workforce/shift-end", tag = "workforce", request_body = ShiftToEnd,
    responses((status = 200, body = Enveloped<ShiftKept>)))]
pub async fn end(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<ShiftToEnd>,
) -> Result<Answer<ShiftKept>, Error> {
    let ShiftToEnd { shift_id, agent, metrics, notes } = body.0;
    let shift = named(&house, &caller, shift_id, agent, Wanted::ToEnd).await?;
    carry_out(house, caller, shift, circumstances, EndShift { reported: metrics, notes }).await
}

/// What somebody means who comes or goes without naming a shift.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    ToStart,
    ToEnd,
}

impl Wanted {
    /// Of those that fit, in the order of their days: who comes means their next shift, and who goes the one they came to last.
    fn among(self, fitting: &[Uuid]) -> Option<Uuid> {
        match self {
            Wanted::ToStart => fitting.first().copied(),
            Wanted::ToEnd => fitting.last().copied(),
        }
    }
}

/// The shift that is meant. It is looked for in the log among those of yesterday, today and tomorrow, because whoever has just been
/// put on the roster may begin at once.
async fn named(
    house: &web::Data<House>,
    caller: &Caller,
    shift: Option<Uuid>,
    agent: Option<AgentRef>,
    wanted: Wanted,
) -> Result<Uuid, Error> {
    if let Some(shift) = shift {
        return Ok(shift);
    }
    let (tenant, here, now) = (caller.tenant(), House::clone(house), house.commands.now());
    let whose = match agent {
        None => caller.user,
        Some(agent) => {
            let unknown = || Error::invalid("agent", format!("no agent is known as {}", String::from(agent.clone())));
            let whose = person(house, tenant, &agent).await?.ok_or_else(unknown)?;
            if whose != caller.user && !reaches(house, caller, whose).await? {
                return Err(unknown());
            }
            whose
        }
    };
    let read = async move {
        let (centre, _) = here.commands.state::<CallCentre>(tenant, tenant).await?;
        let today = centre.day_of(now).day;
        let days = [today.checked_sub_days(Days::new(1)), Some(today), today.checked_add_days(Days::new(1))];
        let mut fitting = Vec::new();
        for day in days.into_iter().flatten() {
            let id = ShiftState::id(tenant, whose, day);
            let (shift, _) = here.commands.state::<ShiftState>(tenant, id).await?;
            let fits = match wanted {
                Wanted::ToStart => shift.may_start(now),
                Wanted::ToEnd => shift.status() == ShiftStatus::Active,
            };
            fitting.extend(fits.then_some(id.0));
        }
        Ok(wanted.among(&fitting))
    };
    let nothing = match wanted {
        Wanted::ToStart => "there is no shift on the roster that could begin now",
        Wanted::ToEnd => "there is no shift going on",
    };
    house.finish(read).await?.ok_or_else(|| Error::conflict(nothing))
}

/// Whether an agent is one of those whom the caller looks after. Whether somebody else is on shift is nobody's business.
async fn reaches(house: &web::Data<House>, caller: &Caller, agent: UserId) -> Result<bool, Error> {
    let (here, tenant) = (House::clone(house), caller.tenant());
    let known = house.finish(async move { Ok(here.commands.state::<Agent>(tenant, agent).await?.0) }).await?;
    Ok(known.card().is_ok_and(|card| caller.principal.reaches(Some(agent), card.location)))
}

async fn carry_out(
    house: web::Data<House>,
    caller: Caller,
    id: Uuid,
    circumstances: Circumstances,
    command: impl Command,
) -> Result<Answer<ShiftKept>, Error> {
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command).on(id))).await?;
    Ok(Answer::ok(kept(&house, &caller, &done).await).after(&done))
}

/// The shift as the screens show it, once they do.
async fn kept(house: &House, caller: &Caller, done: &commands::Answer) -> ShiftKept {
    let shown = match house.shows(done).await {
        true => card(house, caller, ShiftId(done.id)).await.ok().flatten(),
        false => None,
    };
    ShiftKept { id: done.id, shift: shown.map(|(shift, _)| shift) }
}

async fn card(house: &House, caller: &Caller, id: ShiftId) -> Result<Option<(Shift, i64)>, Error> {
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let Some(row) = queries::card(conn, tenant, &seen, id).await? else { return Ok(None) };
            let mut calls = queries::calls_of(conn, tenant, &seen, std::slice::from_ref(&row), now).await?;
            Ok(Some((row, calls.remove(&id).unwrap_or_default())))
        })
    });
    let found: Option<(_, ShiftCalls)> = found.await?;
    Ok(found.map(|(row, calls)| {
        let version = row.version;
        (Shift::of(row, calls, now), version)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_goes_means_the_shift_they_came_to_last() {
        let [yesterday, today] = [1, 2].map(Uuid::from_u128);
        assert_eq!(Wanted::ToStart.among(&[yesterday, today]), Some(yesterday));
        assert_eq!(Wanted::ToEnd.among(&[yesterday, today]), Some(today));
        assert_eq!(Wanted::ToEnd.among(&[]), None);
    }
}
