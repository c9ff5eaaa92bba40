//! The one way in which every command is carried out: may they? then load, decide, append; on conflict decide again.

use crate::memory::{Memory, Remembered};
use crate::work::AtHand;
use crate::{AnyCommand, Error, On, Principal, Work};
use domain::organization::role::Permission;
use domain::{Aggregate, Cause, Instant, Stamp, StreamId, TenantId};
use eventlog::{AppendError, Log, Position, Receipt};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

/// Where the house reads the time. Tests set their own.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// States that are remembered, at about 700 bytes each.
const REMEMBERED: usize = 120_000;
/// How often a command is decided again after somebody else was faster.
const ATTEMPTS: u32 = 12;
/// Keys after which those that nobody waits for any more are forgotten.
const MANY: usize = 1_024;
/// An attempt that has not come to its append by then is given up. Its caller was told long ago that nobody knows (or will ask
/// again elsewhere), and must not get a no there while this one turns into a late yes.
const STALE: Duration = Duration::from_secs(8);
/// How old a state may be where another process may have changed it.
const RECENT: Duration = Duration::from_secs(1);

type Turns = HashMap<(TenantId, String), Arc<Mutex<()>>>;

/// A command as it comes in over the generic route or in an import file (design, section 8).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    #[serde(default)]
    pub key: Option<String>,
    pub command: String,
    #[serde(default)]
    pub on: Option<Uuid>,
    /// Business time in the past; needs the permission to import history.
    #[serde(default)]
    pub at: Option<Instant>,
    #[serde(default)]
    pub data: Option<Box<RawValue>>,
}

/// A command with all that goes with it.
#[derive(Debug)]
pub struct Ask {
    pub command: Box<dyn AnyCommand>,
    pub on: Option<Uuid>,
    pub key: Option<String>,
    pub at: Option<Instant>,
    /// The version the asker saw (`If-Match`). Naming one means: do not decide again on another.
    pub expected: Option<i64>,
    pub cause: Cause,
}

impl Ask {
    pub fn new(command: impl AnyCommand + 'static) -> Self {
        Self { command: Box::new(command), on: None, key: None, at: None, expected: None, cause: None }
    }

    pub fn on(mut self, id: impl Into<Uuid>) -> Self {
        self.on = Some(id.into());
        self
    }

    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub fn at(mut self, at: Instant) -> Self {
        self.at = Some(at);
        self
    }

    pub fn expecting(mut self, version: Option<i64>) -> Self {
        self.expected = version;
        self
    }

    pub fn because_of(mut self, cause: Uuid) -> Self {
        self.cause = Some(cause);
        self
    }
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub id: Uuid,
    /// The version of what the command was about (its ETag).
    pub version: i64,
    /// The position to wait for before reading one's own write; `None` if nothing was recorded.
    pub position: Option<Position>,
    /// It was so already.
    pub unchanged: bool,
    /// The answer of an earlier time, given again.
    pub replayed: bool,
}

/// Carries out commands. Cheap to clone; one for each process.
#[derive(Clone)]
pub struct Commands(Arc<Inner>);

struct Inner {
    log: Log,
    clock: Clock,
    memory: Memory,
    stripes: Vec<Arc<Mutex<()>>>,
    /// The keys of commands that are being carried out, each with its turn.
    keys: std::sync::Mutex<Turns>,
}

impl Commands {
    pub fn new(log: Log, clock: Clock) -> Self {
        Self::remembering(log, clock, REMEMBERED)
    }

    /// With room for this many states.
    pub fn remembering(log: Log, clock: Clock, states: usize) -> Self {
        let stripes = (0..256).map(|_| Arc::default()).collect();
        Self(Arc::new(Inner { log, clock, memory: Memory::new(states), stripes, keys: Default::default() }))
    }

    pub fn log(&self) -> &Log {
        &self.0.log
    }

    pub fn now(&self) -> Instant {
        (self.0.clock)()
    }

    /// The state of something and its version, straight from the log.
    pub async fn state<A: Aggregate>(&self, tenant: TenantId, id: impl Into<Uuid>) -> Result<(Arc<A>, i64), Error> {
        self.state_of(StreamId::of::<A>(tenant, id)).await
    }

    /// The same for any stream.
    pub async fn state_of<A: Aggregate>(&self, stream: StreamId) -> Result<(Arc<A>, i64), Error> {
        let stamp =
            Stamp { tenant: stream.tenant, actor: domain::Actor::Operator, at: self.now(), key: String::new(), cause: None };
        let who = Principal::process(stream.tenant, "reader");
        let mut work = Work::new(self.clone(), who, stamp, false, true, AtHand::default());
        let state = work.load_stream::<A>(stream).await?;
        Ok((state, work.base_version()))
    }

    /// The state of something as it was a second ago at the latest, and exactly as this process left it: for what is asked at
    /// every request, such as whether an account is still open.
    pub async fn recent<A: Aggregate>(&self, tenant: TenantId, id: impl Into<Uuid>) -> Result<Arc<A>, Error> {
        let stream = StreamId::of::<A>(tenant, id);
        let remembered = self.0.memory.recent(&stream, RECENT);
        match remembered.and_then(|remembered| remembered.state.downcast::<A>().ok()) {
            Some(state) => Ok(state),
            None => self.state_of(stream).await.map(|(state, _)| state),
        }
    }

    /// Carries out one command.
    pub async fn execute(&self, who: &Principal, ask: Ask) -> Result<Answer, Error> {
        self.check(who, &ask)?;
        self.run(who, &ask).await
    }

    /// Reads a command from an envelope.
    pub fn read(&self, envelope: Envelope) -> Result<Ask, Error> {
        let item = crate::menu::find(&envelope.command).ok_or_else(|| Error::UnknownCommand(envelope.command.clone()))?;
        let data = envelope.data.as_deref().map_or("{}", RawValue::get);
        let command = (item.read)(data)?;
        Ok(Ask { command, on: envelope.on, key: envelope.key, at: envelope.at, expected: None, cause: None })
    }

    /// What can be said before anything is looked up.
    pub(crate) fn check(&self, who: &Principal, ask: &Ask) -> Result<(), Error> {
        if !who.may(ask.command.may()) {
            return Err(Error::Forbidden(ask.command.may()));
        }
        if ask.on.is_none() && ask.command.on() == On::Existing {
            return Err(Error::Invalid { field: "on".into(), rule: "must name what the command is about".into() });
        }
        if let Some(key) = &ask.key
            && !(1..=255).contains(&key.len()) | key.bytes().any(|b| !(0x20..0x7f).contains(&b))
        {
            return Err(Error::Invalid { field: "key".into(), rule: "must be 1 to 255 visible ASCII characters".into() });
        }
        let Some(at) = ask.at else { return Ok(()) };
        if !who.may(Permission::ImportHistory) && !who.may(Permission::RunProcesses) {
            return Err(Error::Forbidden(Permission::ImportHistory));
        }
        if at < Instant::UNIX_EPOCH || at > self.now() + chrono::Days::new(1) {
            return Err(Error::Invalid { field: "at".into(), rule: "must not be before 1970 or after tomorrow".into() });
        }
        Ok(())
    }

    /// Load, decide, append; decide again on fresh state where the first decision rested on remembered state or somebody was faster.
    pub(crate) async fn run(&self, who: &Principal, ask: &Ask) -> Result<Answer, Error> {
        let began = tokio::time::Instant::now();
        let _turn = match &ask.key {
            Some(key) => Some(self.turn(who.tenant, key).await),
            None => None,
        };
        let on = self.target(who, ask);
        let key = ask.key.clone().unwrap_or_else(|| Uuid::now_v7().to_string());
        let fingerprint = ask.command.fingerprint(ask.on, ask.at);
        let mut fresh = false;
        for attempt in 0..ATTEMPTS {
            let mut work = self.work(who, ask, &key, fresh, AtHand::default());
            let decided = self.decide(ask, on, &mut work).await;
            let uncertain = match &decided {
                Ok(()) => work.is_empty() && !work.is_settled(),
                Err(error) => error.depends_on_state(),
            };
            if uncertain && work.unsure() {
                fresh = true;
                continue;
            }
            if uncertain && let Some(answer) = self.answered_before(who, ask, on, &fingerprint).await? {
                return Ok(answer);
            }
            decided?;
            if work.is_empty() {
                return Ok(Answer { id: on, version: work.base_version(), position: None, unchanged: true, replayed: false });
            }
            if began.elapsed() > STALE {
                return Err(Error::Busy);
            }
            let (append, after, _) = work.finish(key.clone(), fingerprint);
            let streams: Vec<StreamId> = append.streams.iter().map(|s| s.stream.clone()).collect();
            match self.0.log.append(append).await {
                Ok(receipt) => {
                    if !receipt.replayed {
                        after.states.into_iter().for_each(|(stream, state)| self.0.memory.put(stream, state));
                    }
                    return Ok(answer(receipt));
                }
                Err(AppendError::Conflict { .. }) => {
                    metrics::counter!("docket_command_conflicts_total", "command" => ask.command.name()).increment(1);
                    tracing::debug!(command = ask.command.name(), ?streams, attempt, "somebody was faster; deciding again");
                    drop(after);
                    fresh = true;
                    tokio::time::sleep(jitter(attempt)).await;
                }
                Err(other) => return Err(Error::unwritten(other)),
            }
        }
        Err(Error::Busy)
    }

    /// Waits while the same command is being carried out already, for a caller who gave up and asks again: a refusal now would be
    /// wrong if what hangs is recorded later.
    async fn turn(&self, tenant: TenantId, key: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut keys = self.0.keys.lock().unwrap_or_else(PoisonError::into_inner);
            if keys.len() >= MANY {
                keys.retain(|_, turn| Arc::strong_count(turn) > 1);
            }
            keys.entry((tenant, key.to_owned())).or_default().clone()
        };
        turn.lock_owned().await
    }

    pub(crate) async fn decide(&self, ask: &Ask, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let decided = ask.command.decide(on, work).await;
        // What somebody does not reach is not there for them: not even its version is told.
        let known = decided.as_ref().err().is_none_or(|error| error.depends_on_state() && !error.is_missing());
        match ask.expected {
            Some(expected) if known && expected != work.base_version() => {
                Err(Error::Stale { expected, actual: work.base_version() })
            }
            _ => decided,
        }
    }

    pub(crate) fn work(&self, who: &Principal, ask: &Ask, key: &str, fresh: bool, at_hand: AtHand) -> Work {
        let at = ask.at.unwrap_or_else(|| domain::micros(self.now()));
        let stamp =
            Stamp { tenant: who.tenant, actor: who.actor.clone(), at: domain::micros(at), key: key.to_owned(), cause: ask.cause };
        Work::new(self.clone(), who.clone(), stamp, ask.at.is_some(), fresh, at_hand)
    }

    pub(crate) fn target(&self, who: &Principal, ask: &Ask) -> Uuid {
        ask.on.unwrap_or_else(|| match ask.command.on() {
            On::Tenant => who.tenant.0,
            On::New | On::Existing => {
                let id = Uuid::now_v7();
                match &ask.key {
                    // A new company keeps the key in a history of its own; only an id that follows from the key leads back there.
                    Some(key) if ask.command.stream(who.tenant, id).tenant != who.tenant => {
                        Uuid::new_v5(&who.tenant.0, format!("key\u{1f}{key}").as_bytes())
                    }
                    _ => id,
                }
            }
        })
    }

    /// The first answer to this key, if it was used; an error if it was used for something else.
    async fn answered_before(
        &self,
        who: &Principal,
        ask: &Ask,
        on: Uuid,
        fingerprint: &[u8; 32],
    ) -> Result<Option<Answer>, Error> {
        let Some(key) = &ask.key else { return Ok(None) };
        let tenant = ask.command.stream(who.tenant, on).tenant;
        match self.0.log.find(tenant, key).await.map_err(Error::unread)? {
            None => Ok(None),
            Some((receipt, known)) if known == *fingerprint => Ok(Some(Answer { replayed: true, ..answer(receipt) })),
            Some(_) => Err(Error::KeyReused { key: key.clone() }),
        }
    }

    pub(crate) fn remembered(&self, stream: &StreamId) -> Option<Remembered> {
        self.0.memory.get(stream)
    }

    pub(crate) fn remember(&self, stream: &StreamId, state: &Remembered) {
        self.0.memory.put(stream.clone(), state.clone());
    }

    pub(crate) fn forget(&self, stream: &StreamId) {
        self.0.memory.forget(stream);
    }

    pub(crate) fn stripe(&self, stream: &StreamId) -> Arc<Mutex<()>> {
        let n = stream.id.as_u128() % self.0.stripes.len() as u128;
        self.0.stripes[n as usize].clone()
    }
}

pub(crate) fn answer(receipt: Receipt) -> Answer {
    Answer {
        id: receipt.stream.id,
        version: receipt.version,
        position: Some(receipt.position),
        unchanged: false,
        replayed: receipt.replayed,
    }
}

/// At most 1 ms at first, up to 64 ms later, so that those who collided do not collide again.
fn jitter(attempt: u32) -> Duration {
    let most = 1_000u64 << attempt.min(6);
    Duration::from_micros(rand::random_range(most / 2..=most))
}
