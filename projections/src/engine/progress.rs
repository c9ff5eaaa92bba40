//! Waiting until a screen shows what one has just done.

use super::models::Model;
use eventlog::Position;
use sqlx::PgPool;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the database is asked for the work of other processes, and only while somebody waits.
const POLL: Duration = Duration::from_millis(25);

/// How far the read models are, in this process or any other. Cheap to clone.
#[derive(Clone)]
pub struct Progress(Arc<Shared>);

struct Shared {
    pool: PgPool,
    models: Vec<(&'static str, i32)>,
    places: watch::Sender<HashMap<&'static str, Place>>,
    /// Up to where somebody waits or has waited.
    wanted: watch::Sender<Position>,
    /// One of those who wait asks the database for all of them.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    position: Position,
    stopped: bool,
}

impl Progress {
    /// For any role that may read the checkpoints.
    pub fn of(pool: PgPool, models: &[Model]) -> Self {
        let models = models.iter().map(|model| (model.name, model.version)).collect();
        let (places, wanted) = (watch::Sender::default(), watch::Sender::default());
        Self(Arc::new(Shared { pool, models, places, wanted, turn: tokio::sync::Mutex::default() }))
    }

    /// Hears up to where somebody waits.
    pub(super) fn wanted(&self) -> watch::Receiver<Position> {
        self.0.wanted.subscribe()
    }

    /// Waits until all models reflect the log up to this position; false if they do not in time or one is stopped short of it.
    pub async fn wait_for(&self, position: Position, timeout: Duration) -> bool {
        self.wait(position, timeout, &|_| true, false).await
    }

    /// The same for some models, by name.
    pub async fn wait_for_models(&self, names: &[&str], position: Position, timeout: Duration) -> bool {
        self.wait(position, timeout, &|name| names.contains(&name), false).await
    }

    /// The same for all models that are not stopped.
    pub(super) async fn wait_for_live(&self, position: Position, timeout: Duration) -> bool {
        self.wait(position, timeout, &|_| true, true).await
    }

    /// A worker of this process got this far.
    pub(super) fn reached(&self, model: &'static str, position: Position) {
        self.0.places.send_modify(|places| {
            places.insert(model, Place { position, stopped: false });
        });
    }

    async fn wait(&self, position: Position, timeout: Duration, asked: &(dyn Fn(&str) -> bool + Sync), live: bool) -> bool {
        let waiting = async {
            let mut places = self.0.places.subscribe();
            let mut looking = std::pin::pin!(self.look());
            loop {
                let short: Vec<Place> = {
                    let places = places.borrow_and_update();
                    let names = self.0.models.iter().map(|(name, _)| *name).filter(|name| asked(name));
                    let all = names.map(|name| places.get(name).copied().unwrap_or_default());
                    all.filter(|place| place.position < position && !(live && place.stopped)).collect()
                };
                if short.is_empty() || short.iter().any(|place| place.stopped) {
                    return short.is_empty();
                }
                self.0.wanted.send_if_modified(|wanted| {
                    let further = position > *wanted;
                    *wanted = position.max(*wanted);
                    further
                });
                tokio::select! {
                    _ = places.changed() => {}
                    () = &mut looking => {}
                }
            }
        };
        tokio::time::timeout(timeout, waiting).await.unwrap_or(false)
    }

    /// Goes on for as long as the caller waits.
    async fn look(&self) {
        let _turn = self.0.turn.lock().await;
        loop {
            // A worker of this very process usually answers before this.
            tokio::time::sleep(POLL).await;
            let rows =
                sqlx::query!("select model, version, position, stopped is not null as \"stopped!\" from projection.checkpoints");
            let rows = match rows.fetch_all(&self.0.pool).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::warn!(%error, "the checkpoints cannot be read");
                    continue;
                }
            };
            self.0.places.send_modify(|places| {
                for row in rows {
                    // A generation of other rules is not what this process means by the model.
                    let ours = self.0.models.iter().find(|model| model.0 == row.model && model.1 == row.version);
                    if let Some((name, _)) = ours {
                        let place = places.entry(name).or_default();
                        let position = Position::from_i64(row.position).max(place.position);
                        *place = Place { position, stopped: row.stopped };
                    }
                }
            });
        }
    }
}
