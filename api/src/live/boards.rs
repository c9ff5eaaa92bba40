//! The boards that somebody watches: each is made once for all who see the same, and only as often as anybody could read it.
//!
//! A board is made anew when something happened in the company by which it may change, or when its day is over. Whoever comes
//! gets all of it and from then on what has changed; whoever was too slow for a change gets several as one. When a read model was
//! computed anew, its rows may have changed without anything having happened: then every board is made anew.

use super::companies::{Companies, Wanted};
use super::news::News;
use super::patch::patch;
use crate::calls::board::{Made, View, make};
use crate::error::Error;
use crate::house::House;
use domain::Instant as Moment;
use eventlog::Position;
use projections::calls::board::{self, CATEGORIES, MODELS};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until};

/// The pause between two boards; one agent's own has more time, as there are many of them.
const BREATH: Duration = Duration::from_millis(250);
pub(super) const OWN_BREATH: Duration = Duration::from_secs(1);
/// How many are made at once. Whoever asks a question of their own must find a connection.
const AT_ONCE: usize = 4;
/// How long to wait for the read models to show what happened, and when to look again if they did not.
const PATIENCE: Duration = Duration::from_secs(2);
const AGAIN: Duration = Duration::from_millis(500);
/// How often it is asked whether a read model was computed anew.
const GENERATIONS: Duration = Duration::from_secs(2);
/// How long the clock is trusted to reach midnight: it may be set.
const LONGEST: Duration = Duration::from_secs(600);

type Shown = Option<Arc<Frame>>;
type Watched = HashMap<View, Arc<watch::Sender<Shown>>>;

/// The boards of one process.
pub struct Boards {
    watched: Mutex<Watched>,
    turns: Semaphore,
    companies: Companies,
    /// Another number whenever a read model was computed anew, and whether somebody looks after it.
    generations: watch::Sender<i64>,
    followed: AtomicBool,
}

impl Default for Boards {
    fn default() -> Self {
        Self {
            watched: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
            companies: Companies::default(),
            generations: watch::Sender::default(),
            followed: AtomicBool::default(),
        }
    }
}

/// A board as all who watch it see it.
pub struct Frame {
    nth: u64,
    /// It goes on while nothing on the board changes.
    position: AtomicI64,
    as_of: Moment,
    board: Value,
    /// What has changed since the one before.
    delta: Arc<str>,
    whole: OnceLock<Arc<str>>,
}

/// A message to those who watch.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Told<'b> {
    Snapshot {
        position: i64,
        #[serde(rename = "asOf")]
        as_of: Moment,
        board: &'b Value,
    },
    Delta {
        position: i64,
        #[serde(rename = "asOf")]
        as_of: Moment,
        patch: &'b Value,
    },
}

impl Told<'_> {
    fn text(&self) -> Arc<str> {
        // Nothing in it can fail to be written.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

impl Frame {
    /// The board that comes after `before`; none if nothing on it has changed.
    fn after(before: Option<&Frame>, position: Position, as_of: Moment, board: Value) -> Option<Self> {
        let (nth, delta) = match before {
            None => (0, "".into()),
            Some(before) => {
                let patch = patch(&before.board, &board)?;
                (before.nth + 1, Told::Delta { position: position.to_i64(), as_of, patch: &patch }.text())
            }
        };
        let position = AtomicI64::new(position.to_i64());
        Some(Self { nth, position, as_of, board, delta, whole: OnceLock::new() })
    }

    fn position(&self) -> Position {
        Position::from_i64(self.position.load(Ordering::Relaxed))
    }

    fn whole(&self) -> Arc<str> {
        let told = || Told::Snapshot { position: self.position().to_i64(), as_of: self.as_of, board: &self.board }.text();
        self.whole.get_or_init(told).clone()
    }

    /// What somebody has to be told who knows `known`; nothing if that is all there is.
    fn told(&self, known: Option<&Frame>) -> Option<Arc<str>> {
        match known {
            None => Some(self.whole()),
            Some(known) if known.nth + 1 == self.nth => Some(self.delta.clone()),
            Some(known) => patch(&known.board, &self.board)
                .map(|patch| Told::Delta { position: self.position().to_i64(), as_of: self.as_of, patch: &patch }.text()),
        }
    }
}

/// Somebody who watches a board.
pub struct Watching {
    shown: watch::Receiver<Shown>,
    known: Shown,
}

impl Watching {
    /// What they have to be told next; nothing once nobody makes the board any more. Nothing is lost if nobody waits for it to its
    /// end.
    pub async fn next(&mut self) -> Option<Arc<str>> {
        loop {
            self.shown.changed().await.ok()?;
            let Some(frame) = self.shown.borrow_and_update().clone() else { continue };
            let told = frame.told(self.known.as_deref());
            self.known = Some(frame);
            if told.is_some() {
                return told;
            }
        }
    }

    /// The last event that surely shows on what they know.
    pub fn position(&self) -> Position {
        self.known.as_ref().map_or(Position::START, |known| known.position())
    }
}

impl Boards {
    /// Begins to watch, beside all who watch the same.
    pub fn watch(&self, house: &House, view: View) -> Watching {
        let mut watched = self.watched();
        let mut shown = match watched.get(&view) {
            Some(frames) => frames.subscribe(),
            None => {
                let frames = Arc::new(watch::Sender::new(None));
                let shown = frames.subscribe();
                watched.insert(view.clone(), frames.clone());
                metrics::gauge!("docket_live_boards").set(watched.len() as f64);
                house.spawn(keep(Keeper { house: house.clone(), view, frames }));
                if !self.followed.swap(true, Ordering::Relaxed) {
                    house.spawn(follow_generations(house.clone()));
                }
                shown
            }
        };
        shown.mark_changed();
        Watching { shown, known: None }
    }

    /// How many different ones are watched.
    pub fn watched_now(&self) -> usize {
        self.watched().len()
    }

    /// Takes the board away if nobody watches it: whether that is so.
    fn leave(&self, view: &View) -> bool {
        let watched = self.watched();
        let over = watched.get(view).is_none_or(|frames| frames.receiver_count() == 0);
        if over {
            self.take_away(watched, view);
        }
        over
    }

    fn take_away(&self, mut watched: MutexGuard<'_, Watched>, view: &View) {
        watched.remove(view);
        if view.is_own() && !watched.keys().any(|other| other.is_own() && other.tenant == view.tenant) {
            self.companies.forget(view.tenant);
        }
        metrics::gauge!("docket_live_boards").set(watched.len() as f64);
    }

    /// Whether nobody watches anything; whoever comes later has the generations followed anew.
    fn is_left(&self) -> bool {
        let watched = self.watched();
        let left = watched.is_empty();
        if left {
            self.followed.store(false, Ordering::Relaxed);
        }
        left
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever keeps a board up to date. However that ends, the board goes with it, and whoever comes later gets another.
struct Keeper {
    house: House,
    view: View,
    frames: Arc<watch::Sender<Shown>>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let watched = self.house.boards.watched();
        if watched.get(&self.view).is_some_and(|frames| Arc::ptr_eq(frames, &self.frames)) {
            self.house.boards.take_away(watched, &self.view);
        }
    }
}

/// Tells all who keep a board when a read model was computed anew, for as long as there are any.
async fn follow_generations(house: House) {
    while !house.boards.is_left() {
        match house.reader.every_tenant(|conn| Box::pin(board::generations(conn))).await {
            Ok(found) => {
                // The first time there is nothing to compare it with, and every board was just made.
                house.boards.generations.send_if_modified(|known| ![0, found].contains(&std::mem::replace(known, found)));
            }
            Err(error) => tracing::warn!(%error, "it cannot be seen whether a read model was computed anew"),
        }
        sleep(GENERATIONS).await;
    }
}

/// Keeps a board up to date for as long as somebody watches.
async fn keep(keeper: Keeper) {
    let Keeper { house, view, frames } = &keeper;
    let mut at = Position::START;
    let mut generations = house.boards.generations.subscribe();
    let breath = if view.is_own() { OWN_BREATH } else { BREATH };
    loop {
        let began = Instant::now();
        let pause = match renew(house, view, frames, &mut at).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, tenant = %view.tenant, "a board cannot be made");
                Pause::Until(began + AGAIN)
            }
        };
        tokio::select! {
            biased;
            () = frames.closed() => if house.boards.leave(view) { return },
            // The sender is the house's and outlives this.
            _ = generations.changed() => {}
            () = wait(house, view, frames, &mut at, pause) => {}
        }
        sleep_until(began + breath).await;
    }
}

/// What is waited for before a board is made anew.
enum Pause {
    /// Something that may change it, or this.
    News(Instant),
    /// Only this.
    Until(Instant),
}

/// Makes the board anew, as of all that was heard of.
async fn renew(house: &House, view: &View, frames: &watch::Sender<Shown>, at: &mut Position) -> Result<Pause, Error> {
    if *at == Position::START {
        *at = house.log().head().await?.position;
    }
    let reached = house.progress.wait_for_models(MODELS, *at, PATIENCE).await;
    let boards = &house.boards;
    let Made { position, as_of, board, midnight } = if view.is_own() {
        let wanted = Wanted { at: *at, reached, generations: *boards.generations.borrow() };
        boards.companies.own(house, view, wanted, &boards.turns).await?
    } else {
        let _turn = boards.turns.acquire().await;
        make(house, view).await?
    };
    metrics::counter!("docket_live_boards_made_total").increment(1);
    let board = serde_json::to_value(board).map_err(Error::internal)?;
    let before = frames.borrow().clone();
    // The read models' own word on how far they are may come a little later than the rows.
    let position = [Some(position), reached.then_some(*at), before.as_ref().map(|frame| frame.position())];
    let position = position.into_iter().flatten().max().unwrap_or(Position::START);
    match (Frame::after(before.as_deref(), position, as_of, board), before) {
        (Some(frame), _) => drop(frames.send_replace(Some(Arc::new(frame)))),
        (None, Some(same)) => same.position.store(position.to_i64(), Ordering::Relaxed),
        (None, None) => {}
    }
    let now = Instant::now();
    Ok(match reached {
        true => Pause::News(now + (midnight - as_of).to_std().unwrap_or(AGAIN).clamp(AGAIN, LONGEST)),
        false => Pause::Until(now + AGAIN),
    })
}

/// Waits until there is a reason to make the board anew, and remembers how far the log was heard.
async fn wait(house: &House, view: &View, frames: &watch::Sender<Shown>, at: &mut Position, pause: Pause) {
    let until = match pause {
        Pause::News(until) => until,
        Pause::Until(until) => return sleep_until(until).await,
    };
    let shown = frames.borrow().as_ref().map_or(Position::START, |frame| frame.position());
    loop {
        let found = tokio::select! {
            () = sleep_until(until) => return,
            found = house.feed.after(*at) => found,
        };
        match found {
            Ok(found) => {
                *at = found.last().map_or(*at, |last| last.position());
                if found.iter().any(|news| news.position() > shown && changes(view, news)) {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the log cannot be read for those who watch a board");
                sleep(AGAIN).await;
            }
        }
    }
}

/// Whether a board may look different after it.
fn changes(view: &View, news: &News) -> bool {
    let stream = &news.event.stream;
    stream.tenant == view.tenant && CATEGORIES.contains(&stream.category.as_ref())
}
