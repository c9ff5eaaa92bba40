//! One command's work: the things it looked at, what it decided about each, and the single append that follows.

use crate::memory::Remembered;
use crate::{Commands, Error, Principal};
use domain::{Aggregate, Decision, Instant, Stamp, StreamId};
use eventlog::{Append, NewEvent, Recorded, StreamAppend};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// States and histories at hand before the log is asked: what earlier commands of a batch left behind.
#[derive(Default)]
pub(crate) struct AtHand {
    /// The command is one of a batch, whose order already keeps its commands out of each other's way.
    pub batched: bool,
    /// States as they will be once the appends under way are through.
    pub states: HashMap<StreamId, Remembered>,
    /// Whole histories fetched ahead.
    pub histories: HashMap<StreamId, Vec<Recorded>>,
}

/// Everything a decision may see and do.
pub struct Work {
    commands: Commands,
    who: Principal,
    stamp: Stamp,
    /// Business time was named by the asker, not taken from the clock.
    dated: bool,
    fresh: bool,
    sheets: Vec<Sheet>,
    lock: Option<OwnedMutexGuard<()>>,
    /// What was asked for is on record and will stay so, whatever else happens.
    settled: bool,
    pub(crate) at_hand: AtHand,
}

/// One stream the command touched.
struct Sheet {
    stream: StreamId,
    /// Its version before this command.
    base: i64,
    now: Remembered,
    events: Vec<NewEvent>,
    /// The state did not come straight from the log.
    unsure: bool,
    /// All of the state is on record: it is not what earlier commands of the batch are only about to record.
    on_record: bool,
}

impl Work {
    pub(crate) fn new(commands: Commands, who: Principal, stamp: Stamp, dated: bool, fresh: bool, at_hand: AtHand) -> Self {
        Self { commands, who, stamp, dated, fresh, sheets: Vec::new(), lock: None, settled: false, at_hand }
    }

    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    pub fn who(&self) -> &Principal {
        &self.who
    }

    /// Reads what the command is about and fixes the business time: never before the last thing that happened to it.
    pub(crate) async fn begin<A: Aggregate>(&mut self, stream: StreamId, in_order: bool) -> Result<(), Error> {
        let sheet = self.sheet::<A>(stream).await?;
        match self.sheets[sheet].now.last_at {
            Some(last) if self.dated && self.stamp.at < last && in_order => Err(Error::OutOfOrder { at: self.stamp.at, last }),
            _ if self.dated => Ok(()),
            Some(last) if self.stamp.at < last => {
                self.stamp.at = last;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The state of something in the asker's tenant.
    pub async fn load<A: Aggregate>(&mut self, id: impl Into<Uuid>) -> Result<Arc<A>, Error> {
        self.load_stream(StreamId::of::<A>(self.stamp.tenant, id)).await
    }

    /// The state behind any stream.
    pub async fn load_stream<A: Aggregate>(&mut self, stream: StreamId) -> Result<Arc<A>, Error> {
        let sheet = self.sheet::<A>(stream).await?;
        state(&self.sheets[sheet].now)
    }

    /// Decides something about a thing in the asker's tenant and takes down what follows. Deadlines passed by now come first.
    pub async fn change<A: Aggregate>(
        &mut self,
        id: impl Into<Uuid>,
        decide: impl FnOnce(&A, &Stamp) -> Decision<A>,
    ) -> Result<Arc<A>, Error> {
        self.change_stream(StreamId::of::<A>(self.stamp.tenant, id), decide).await
    }

    /// The same for any stream.
    pub async fn change_stream<A: Aggregate>(
        &mut self,
        stream: StreamId,
        decide: impl FnOnce(&A, &Stamp) -> Decision<A>,
    ) -> Result<Arc<A>, Error> {
        let sheet = self.sheet::<A>(stream).await?;
        let at = self.stamp.at;
        let mut state = state::<A>(&self.sheets[sheet].now)?;
        for dated in state.settle(at) {
            self.record(sheet, &mut state, dated.at, &dated.event)?;
        }
        for event in decide(&state, &self.stamp)? {
            self.record(sheet, &mut state, at, &event)?;
        }
        self.sheets[sheet].now.state = state.clone();
        Ok(state)
    }

    /// Waits until no other command of this process is changing the stream. For streams that many commands share (an agency's
    /// places, a year's numbers), so that they queue up instead of failing each other's appends.
    ///
    /// A command waits for one stream at most, so that nobody ever waits in a ring; for a second one the log's check is enough.
    pub async fn exclusive(&mut self, stream: &StreamId) {
        if !self.at_hand.batched && self.lock.is_none() {
            self.lock = Some(self.commands.stripe(stream).lock_owned().await);
        }
    }

    /// Says that what was asked for is on record in this stream already and can never be undone, so that there is no need to look
    /// again before the answer: what is on record does not become untrue by what others do meanwhile.
    pub fn settle(&mut self, stream: &StreamId) {
        self.settled |= self.sheets.iter().any(|sheet| sheet.stream == *stream && sheet.on_record);
    }

    /// Says that this is what the command is about, where that was only found out on the way: the answer names it, with its version.
    pub fn is_about(&mut self, stream: &StreamId) {
        if let Some(sheet) = self.sheets.iter().position(|sheet| sheet.stream == *stream) {
            self.sheets[..=sheet].rotate_right(1);
        }
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.settled && self.is_empty()
    }

    fn record<A: Aggregate>(&mut self, sheet: usize, state: &mut Arc<A>, at: Instant, event: &A::Event) -> Result<(), Error> {
        let encoded =
            domain::event::encode(event).map_err(|error| Error::Unavailable(format!("an event cannot be written: {error}")))?;
        let sheet = &mut self.sheets[sheet];
        sheet.events.push(NewEvent { id: Uuid::now_v7(), name: encoded.name, schema: 1, occurred_at: at, body: encoded.body });
        sheet.now.version += 1;
        sheet.now.last_at = sheet.now.last_at.max(Some(at));
        Arc::make_mut(state).evolve(event);
        Ok(())
    }

    /// The sheet of a stream, opened first if need be.
    async fn sheet<A: Aggregate>(&mut self, stream: StreamId) -> Result<usize, Error> {
        if let Some(known) = self.sheets.iter().position(|sheet| sheet.stream == stream) {
            return Ok(known);
        }
        let mut on_record = true;
        let (now, unsure) = match (self.at_hand.states.get(&stream), self.commands.remembered(&stream)) {
            (Some(state), _) => {
                on_record = false;
                (state.clone(), true)
            }
            (None, Some(state)) if !self.fresh => (state, true),
            (None, known) => {
                let after = known.as_ref().map_or(0, |known| known.version);
                let history = match self.at_hand.histories.remove(&stream) {
                    Some(whole) if known.is_none() => whole,
                    _ => self.commands.log().read_streams(&[(stream.clone(), after)]).await.map_err(Error::unread)?,
                };
                let state = refold::<A>(known, &history)?;
                self.commands.remember(&stream, &state);
                (state, false)
            }
        };
        self.sheets.push(Sheet { base: now.version, stream, now, events: Vec::new(), unsure, on_record });
        Ok(self.sheets.len() - 1)
    }

    /// Version before this command of what it is about.
    pub(crate) fn base_version(&self) -> i64 {
        self.sheets.first().map_or(0, |sheet| sheet.base)
    }

    /// A decision rests on state that did not come straight from the log.
    pub(crate) fn unsure(&self) -> bool {
        self.sheets.iter().any(|sheet| sheet.unsure)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sheets.iter().all(|sheet| sheet.events.is_empty())
    }

    /// The append that follows, and the states the changed streams will then have. The lock is held until the second is dropped.
    ///
    /// What was only read goes along without events: the log refuses the append if that has changed meanwhile.
    pub(crate) fn finish(self, key: String, fingerprint: [u8; 32]) -> (Append, After, AtHand) {
        let mut states = Vec::new();
        let mut streams = Vec::new();
        for sheet in self.sheets {
            if !sheet.events.is_empty() {
                states.push((sheet.stream.clone(), sheet.now));
            }
            streams.push(StreamAppend { stream: sheet.stream, expected: sheet.base, events: sheet.events });
        }
        let Stamp { tenant, actor, cause, .. } = self.stamp;
        // A key is kept with the first event, in the tenant that event belongs to (a new company's own, for example).
        let first = streams.iter().find(|stream| !stream.events.is_empty());
        let tenant = first.map_or(tenant, |stream| stream.stream.tenant);
        (Append { tenant, key, fingerprint, actor, cause, streams }, After { states, _lock: self.lock }, self.at_hand)
    }
}

/// What will be true once the append is through.
pub(crate) struct After {
    pub states: Vec<(StreamId, Remembered)>,
    _lock: Option<OwnedMutexGuard<()>>,
}

fn state<A: Aggregate>(remembered: &Remembered) -> Result<Arc<A>, Error> {
    let other = || Error::Unavailable("a remembered state is of another kind than its stream".into());
    remembered.state.clone().downcast::<A>().map_err(|_| other())
}

/// The state that a stored history leads to, from the beginning or from a state that was known before it.
fn refold<A: Aggregate>(known: Option<Remembered>, history: &[Recorded]) -> Result<Remembered, Error> {
    let (mut version, mut last_at, mut shared) = match known {
        Some(known) => (known.version, known.last_at, state::<A>(&known)?),
        None => (0, None, Arc::new(A::default())),
    };
    for recorded in history {
        let event = domain::event::decode::<A::Event>(&recorded.name, &recorded.body)
            .map_err(|error| Error::Unavailable(format!("position {}: {error}", recorded.position)))?;
        Arc::make_mut(&mut shared).evolve(&event);
        last_at = last_at.max(Some(recorded.occurred_at));
        version = recorded.version;
    }
    Ok(Remembered { version, last_at, state: shared })
}
