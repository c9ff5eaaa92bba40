//! The board of a call centre: who is at their telephone, which calls are on, and what today has come to so far.

mod figures;
mod shape;

pub use shape::Board;

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::calls::centre::{CallCentre, CallCentreValues};
use domain::calls::shift::instant_of;
use domain::organization::role::Reach;
use domain::{Instant, LocationId, TenantId};
use eventlog::Position;
use projections::Viewer;
use projections::calls::board::{self, BoardFilter, BoardRows, CompanyRows};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which part of the board is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedBoard {
    /// Only this place.
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    /// Only calls that came through this queue; agents belong to none and are all shown.
    #[param(min_length = 1, max_length = 255, example = "Appointments")]
    queue: Option<String>,
}

/// The board at a moment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardNow {
    /// The last event that all of it surely reflects.
    #[schema(example = 1042)]
    position: i64,
    as_of: DateTime<Utc>,
    board: Board,
}

/// Whose board of which part: whoever has the same sees the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    pub tenant: TenantId,
    viewer: Viewer,
    filter: BoardFilter,
}

impl View {
    /// What somebody sees: their own figures, those of their locations, or all. Only of an agent it matters who they are.
    pub fn of(caller: &Caller, location_id: Option<LocationId>, queue: Option<String>) -> Result<Self, Error> {
        let Viewer { user, reach } = caller.viewer();
        if reach == Reach::Own && queue.is_some() {
            return Err(Error::invalid("queue", "is not known of your own figures: they are kept by place and day"));
        }
        if queue.as_ref().is_some_and(|queue| queue.chars().count() > 255 || queue.contains('\0')) {
            return Err(Error::invalid("queue", "must have at most 255 characters, none of them U+0000"));
        }
        if queue.as_ref().is_some_and(|queue| queue.trim().is_empty()) {
            return Err(Error::invalid("queue", "must not be empty; leave it out for all"));
        }
        if location_id.is_some_and(|location| location.0.is_nil()) {
            return Err(Error::invalid("locationId", "must not be the nil id"));
        }
        let user = if reach == Reach::Own { user } else { Uuid::nil() };
        let filter = BoardFilter { location: location_id, queue };
        Ok(Self { tenant: caller.tenant(), viewer: Viewer { user, reach }, filter })
    }

    /// Whether it is about one agent alone.
    pub fn is_own(&self) -> bool {
        self.viewer.reach == Reach::Own
    }
}

/// A board that was just made, and until when its day lasts.
pub struct Made {
    pub position: Position,
    pub as_of: Instant,
    pub board: Board,
    pub midnight: Instant,
}

/// The day on which a board is made: its settings, and until when it lasts.
pub struct Today {
    values: CallCentreValues,
    pub as_of: Instant,
    pub day: NaiveDate,
    pub midnight: Instant,
}

impl Today {
    /// On the house's own threads: it looks at the log.
    pub async fn of(house: &House, tenant: TenantId) -> Result<Self, Error> {
        let (centre, _) = house.commands.state::<CallCentre>(tenant, tenant).await?;
        let as_of = house.commands.now();
        let day = centre.day_of(as_of).day;
        let midnight = day.succ_opt().map_or(as_of, |next| instant_of(centre.zone(), next.and_time(NaiveTime::MIN)));
        Ok(Self { values: centre.values().clone(), as_of, day, midnight })
    }

    /// The board that these rows make.
    fn made(&self, reach: &Reach, rows: BoardRows) -> Made {
        let position = rows.position;
        let board = Board::of(reach, &self.values, self.day, rows);
        Made { position, as_of: self.as_of, board, midnight: self.midnight }
    }

    /// An agent's own board, cut from the rows of the company.
    pub fn own(&self, view: &View, rows: &CompanyRows) -> Made {
        self.made(&view.viewer.reach, rows.own(view.viewer.user, &view.filter))
    }
}

/// Makes the board anew. On the house's own threads: it looks at the log.
pub async fn make(house: &House, view: &View) -> Result<Made, Error> {
    let today = Today::of(house, view.tenant).await?;
    let View { tenant, viewer, filter } = view.clone();
    let (seen, day) = (viewer.clone(), today.day);
    let asked = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { board::rows(conn, tenant, &seen, &filter, day).await }));
    Ok(today.made(&view.viewer.reach, asked.await?))
}

/// The board of the call centre, as far as one sees it: agents their own figures, supervisors those of their locations.
///
/// `GET /api/call-center/live` tells the same over a WebSocket, and how it changes.
#[utoipa::path(get, path = "/api/call-center/board", tag = "call centre", params(WantedBoard),
    responses((status = 200, body = Enveloped<BoardNow>)))]
pub async fn show(house: web::Data<House>, caller: Caller, wanted: Params<WantedBoard>) -> Result<Answer<BoardNow>, Error> {
    let view = View::of(&caller, wanted.0.location_id, wanted.0.queue)?;
    let here = House::clone(&house);
    let Made { position, as_of, board, .. } = house.finish(async move { make(&here, &view).await }).await?;
    Ok(Answer::ok(BoardNow { position: position.to_i64(), as_of, board }).position(position))
}
