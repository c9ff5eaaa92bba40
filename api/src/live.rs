//! The live feed: whoever is signed in hears of what happens in their company as it is committed, and goes on where they left off.

mod boards;
mod companies;
mod feed;
mod listener;
mod news;
mod patch;
mod seats;
mod sse;
mod wanted;
mod ws;

pub use boards::Boards;
pub use feed::Feed;
pub use news::LiveEvent;
pub use seats::{PERSON, Seat, Seats};
pub use wanted::{Wanted, WatchedBoard, token};

use crate::auth::Caller;
use crate::calls::accesses::Looking;
use crate::calls::board::View;
use crate::extract::Params;
use crate::{Error, House};
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use eventlog::Position;
use listener::{Heard, Listener, Programme};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Whoever is this many events of the whole log behind had better load their screens anew than hear of each of them.
const FARTHEST: i64 = 100_000;

/// What happens in the company, as server-sent events.
///
/// Each has the position as its `id`, the stored name as its `event`, and an object as its `data`. The first is `hello` and names
/// the position after which one listens; whoever loses the connection goes on with `Last-Event-ID` (a browser's `EventSource` does
/// so by itself) and misses nothing. Events are of the kinds that one may read; `details` and what else the audit trail says are
/// there for those who may read it. Ends, with an event `end` that says why, when the token expires or one's rights change. A
/// comment comes every 15 s. As a browser can set no header here, the token may stand in the address.
#[utoipa::path(get, path = "/api/live", tag = "live",
    params(Wanted, ("Last-Event-ID" = Option<i64>, Header, description = "The position that was heard of last; goes before `after`.")),
    responses((status = 200, body = LiveEvent<'static>, content_type = "text/event-stream")))]
pub async fn events(
    house: web::Data<House>,
    caller: Caller,
    request: HttpRequest,
    wanted: Params<Wanted>,
) -> Result<HttpResponse, Error> {
    let (heard, _) = listen(&house, caller, wanted.0, &request).await?;
    Ok(sse::answer((request.method() != Method::HEAD).then_some(heard)))
}

/// The same over a WebSocket: each message is the `data` of an event, or one of type `hello`, `heartbeat` or `end`.
///
/// A page must be of this very server or among those that may call it; programs without an `Origin` are asked only for the token.
#[utoipa::path(get, path = "/api/live/ws", tag = "live", params(Wanted), responses((status = 101, description = "a WebSocket")))]
pub async fn socket(
    house: web::Data<House>,
    caller: Caller,
    request: HttpRequest,
    payload: web::Payload,
    wanted: Params<Wanted>,
) -> Result<HttpResponse, Error> {
    ws::welcome(&request, &house.config.cors_origins)?;
    let (response, session, messages) = actix_ws::handle(&request, payload)
        .map_err(|error| Error::malformed(format!("this is no request for a WebSocket: {error}")))?;
    let (heard, seat) = listen(&house, caller, wanted.0, &request).await?;
    actix_web::rt::spawn(ws::speak(session, messages, heard, seat));
    Ok(response)
}

/// Takes a seat and begins to listen.
async fn listen(
    house: &web::Data<House>,
    caller: Caller,
    wanted: Wanted,
    request: &HttpRequest,
) -> Result<(mpsc::Receiver<Heard>, Arc<Seat>), Error> {
    let (interest, after) = wanted.read(&caller, request.headers())?;
    let seat = Arc::new(house.limits.seats.take(caller.user, caller.tenant())?);
    let end = house.log().head().await?.position;
    let at = after.unwrap_or(end);
    if at > end {
        return Err(Error::stale(format!("the log has not come to {at} yet: load your screens anew")));
    }
    if projections::engine::lag(at, end) > FARTHEST {
        let why = format!("more than {FARTHEST} events were recorded after {at}: load your screens anew and listen from now on");
        return Err(Error::stale(why));
    }
    let looking = Looking::over(House::clone(house), &caller, request)?;
    Ok((begin(house, caller, Programme::News(interest, looking), at, seat.clone()), seat))
}

/// Lets somebody listen on a task of their own.
fn begin(house: &House, caller: Caller, programme: Programme, at: Position, seat: Arc<Seat>) -> mpsc::Receiver<Heard> {
    let (tell, heard) = mpsc::channel(1);
    let listener = Listener::new(house.clone(), caller, programme, at);
    house.spawn(listener.run(tell, seat));
    heard
}

/// The board of the call centre as it changes, over a WebSocket (B.E7).
///
/// The first message is a `snapshot` with the `board` as `GET /api/call-center/board` shows it; each `delta` after it has a JSON
/// merge patch (RFC 7386) to it. Both name the `position` of the last event that they reflect. Changes come at most four times a
/// second, for one agent's own board once; a `heartbeat` comes every 15 s where there are none. Whoever comes back begins with
/// a snapshot again. It ends, with a message `end` that says why, when the token expires or one's rights change.
#[utoipa::path(get, path = "/api/call-center/live", tag = "call centre", params(WatchedBoard),
    responses((status = 101, description = "a WebSocket")))]
pub async fn board(
    house: web::Data<House>,
    caller: Caller,
    request: HttpRequest,
    payload: web::Payload,
    wanted: Params<WatchedBoard>,
) -> Result<HttpResponse, Error> {
    ws::welcome(&request, &house.config.cors_origins)?;
    let (location, queue) = wanted.0.read();
    let view = View::of(&caller, location, queue)?;
    let (response, session, messages) = actix_ws::handle(&request, payload)
        .map_err(|error| Error::malformed(format!("this is no request for a WebSocket: {error}")))?;
    let seat = Arc::new(house.limits.seats.take(caller.user, caller.tenant())?);
    let at = house.log().head().await?.position;
    let watching = house.boards.watch(&house, view);
    let heard = begin(&house, caller, Programme::Board(watching), at, seat.clone());
    actix_web::rt::spawn(ws::speak(session, messages, heard, seat));
    Ok(response)
}

/// What the first message of either kind says.
fn hello(at: Position) -> String {
    serde_json::json!({"type": "hello", "position": at}).to_string()
}
