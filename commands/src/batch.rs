//! Many commands at once: decided one after the other in memory, recorded together, each with its own answer.

use crate::execute::{Answer, Ask, Commands, answer};
use crate::memory::Remembered;
use crate::work::AtHand;
use crate::{Error, Principal};
use domain::StreamId;
use eventlog::{Append, AppendError, Receipt};
use std::collections::{HashMap, HashSet};
use tokio::task::JoinHandle;

/// The most appends that go to the log in one go.
const TOGETHER: usize = 512;

impl Commands {
    /// Carries out commands in this order; the answers come in the same order. One that is refused stops no other.
    ///
    /// Commands see what those before them did. What cannot be said for sure in memory (a refusal that rests on remembered or
    /// expected state) is decided again alone, after all before it are recorded, so the answers are those of one-by-one execution.
    /// Where another process is writing the same things meanwhile, what was decided on too much is decided again after the
    /// others; that too is one-by-one execution, if in another order.
    pub async fn execute_all(&self, who: &Principal, asks: Vec<Ask>) -> Vec<Result<Answer, Error>> {
        let mut batch = Batch {
            commands: self,
            who,
            asks: &asks,
            answers: (0..asks.len()).map(|_| Err(Error::Busy)).collect(),
            keys: HashSet::new(),
            given_before: HashMap::new(),
            pending: vec![],
            changed: vec![],
            under_way: None,
            at_hand: AtHand { batched: true, ..AtHand::default() },
        };
        for first in (0..asks.len()).step_by(TOGETHER) {
            let last = (first + TOGETHER).min(asks.len());
            let fetched = match batch.look_up_keys(first..last).await {
                Ok(()) => batch.fetch_ahead(first..last).await,
                Err(error) => Err(error),
            };
            if let Err(error) = fetched {
                batch.settle().await;
                batch.answers[first..].iter_mut().for_each(|answer| *answer = Err(error.clone()));
                return batch.answers;
            }
            for n in first..last {
                batch.take(n).await;
            }
            // While these are being recorded, the next are decided.
            batch.send().await;
        }
        batch.settle().await;
        batch.answers
    }
}

struct Batch<'b> {
    commands: &'b Commands,
    who: &'b Principal,
    asks: &'b [Ask],
    answers: Vec<Result<Answer, Error>>,
    keys: HashSet<&'b str>,
    /// Answers of an earlier time to the keys of these commands.
    given_before: HashMap<usize, Result<Answer, Error>>,
    /// Decided and not yet sent to the log, and the states that follow.
    pending: Vec<(usize, Append)>,
    changed: Vec<(StreamId, Remembered)>,
    under_way: Option<UnderWay>,
    at_hand: AtHand,
}

/// Sent to the log and not yet answered.
struct UnderWay {
    numbers: Vec<usize>,
    changed: Vec<(StreamId, Remembered)>,
    verdicts: JoinHandle<Vec<Result<Receipt, AppendError>>>,
}

impl Batch<'_> {
    /// Finds the commands that were answered before, as when an import is run again. The first and the last key tell whether
    /// that is so at all; a single one in between is noticed by the log.
    async fn look_up_keys(&mut self, range: std::ops::Range<usize>) -> Result<(), Error> {
        let (tenant, asks) = (self.who.tenant, self.asks);
        let keyed = range.filter_map(|n| {
            let key = asks[n].key.as_deref()?;
            let own = asks[n].command.stream(tenant, asks[n].on.unwrap_or_default()).tenant == tenant;
            own.then_some((n, key))
        });
        let keyed: Vec<(usize, &str)> = keyed.collect();
        let (Some((_, first)), Some((_, last))) = (keyed.first(), keyed.last()) else { return Ok(()) };
        let log = self.commands.log();
        if log.find_all(tenant, &[first, last]).await.map_err(Error::unread)?.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = keyed.iter().map(|(_, key)| *key).collect();
        let known = log.find_all(tenant, &keys).await.map_err(Error::unread)?;
        for (n, key) in keyed {
            let Some((receipt, fingerprint)) = known.get(key) else { continue };
            let same = *fingerprint == asks[n].command.fingerprint(asks[n].on, asks[n].at);
            let given = if same { Ok(answer(receipt.clone())) } else { Err(Error::KeyReused { key: key.to_owned() }) };
            self.given_before.insert(n, given);
        }
        Ok(())
    }

    /// Reads, in one query, the histories these commands will surely need.
    async fn fetch_ahead(&mut self, range: std::ops::Range<usize>) -> Result<(), Error> {
        let mut wanted: HashMap<StreamId, ()> = HashMap::new();
        for ask in &self.asks[range] {
            let Some(on) = ask.on else { continue };
            for stream in ask.command.reads(self.who.tenant, on) {
                if !self.at_hand.states.contains_key(&stream) && self.commands.remembered(&stream).is_none() {
                    wanted.insert(stream, ());
                }
            }
        }
        self.at_hand.histories = wanted.into_keys().map(|stream| (stream, Vec::new())).collect();
        let streams: Vec<(StreamId, i64)> = self.at_hand.histories.keys().map(|stream| (stream.clone(), 0)).collect();
        if streams.is_empty() {
            return Ok(());
        }
        for event in self.commands.log().read_streams(&streams).await.map_err(Error::unread)? {
            self.at_hand.histories.entry(event.stream.clone()).or_default().push(event);
        }
        Ok(())
    }

    /// Decides one command on what is at hand; where that is not sure enough, carries it out alone.
    async fn take(&mut self, n: usize) {
        let (commands, who, ask) = (self.commands, self.who, &self.asks[n]);
        if let Err(error) = commands.check(who, ask) {
            self.answers[n] = Err(error);
            return;
        }
        if let Some(given) = self.given_before.remove(&n) {
            self.answers[n] = given;
            return;
        }
        if ask.key.as_deref().is_some_and(|key| !self.keys.insert(key)) {
            // What it would do may have been done under this key; nothing after it may build on that.
            return self.alone(n).await;
        }
        let on = commands.target(who, ask);
        let key = ask.key.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let mut work = commands.work(who, ask, &key, false, std::mem::take(&mut self.at_hand));
        let decided = commands.decide(ask, on, &mut work).await;
        if decided.is_ok() && !work.is_empty() && ask.expected.is_none() {
            let (append, after, at_hand) = work.finish(key, ask.command.fingerprint(ask.on, ask.at));
            self.at_hand = at_hand;
            self.changed.extend(after.states.iter().cloned());
            self.at_hand.states.extend(after.states);
            self.pending.push((n, append));
            return;
        }
        self.at_hand = std::mem::take(&mut work.at_hand);
        match decided {
            Ok(()) if work.is_settled() && ask.expected.is_none() && ask.key.is_none() => {
                let version = work.base_version();
                self.answers[n] = Ok(Answer { id: on, version, position: None, unchanged: true, replayed: false });
            }
            Err(error) if !error.depends_on_state() => self.answers[n] = Err(error),
            _ => self.alone(n).await,
        }
    }

    /// Carries out one command on what is on record, once all before it are.
    async fn alone(&mut self, n: usize) {
        self.send().await;
        self.settle().await;
        self.answers[n] = self.commands.run(self.who, &self.asks[n]).await;
    }

    /// Sends what is pending to the log, once it has answered what was sent before.
    async fn send(&mut self) {
        self.settle().await;
        if self.pending.is_empty() {
            return;
        }
        let (numbers, appends): (Vec<usize>, Vec<Append>) = self.pending.drain(..).unzip();
        let (log, changed) = (self.commands.log().clone(), std::mem::take(&mut self.changed));
        let verdicts = tokio::spawn(async move { log.append_all(appends).await });
        self.under_way = Some(UnderWay { numbers, changed, verdicts });
    }

    /// Waits for the log's answers. Those that somebody else was faster than are carried out alone, in their order; what has been
    /// decided on them meanwhile is then refused by the log for its version, and its turn to be decided anew comes after them.
    async fn settle(&mut self) {
        let Some(UnderWay { numbers, changed, verdicts }) = self.under_way.take() else { return };
        let lost = |gone: tokio::task::JoinError| vec![Err(AppendError::Unavailable(gone.to_string())); numbers.len()];
        let verdicts = verdicts.await.unwrap_or_else(lost);
        if verdicts.iter().all(|verdict| verdict.as_ref().is_ok_and(|receipt| !receipt.replayed)) {
            for (stream, state) in changed {
                self.commands.remember(&stream, &state);
                if self.at_hand.states.get(&stream).is_some_and(|newest| newest.version == state.version) {
                    self.at_hand.states.remove(&stream);
                }
            }
        } else {
            changed.iter().for_each(|(stream, _)| self.commands.forget(stream));
            self.at_hand.states.clear();
        }
        for (n, verdict) in numbers.into_iter().zip(verdicts) {
            self.answers[n] = match verdict {
                Ok(receipt) => Ok(answer(receipt)),
                Err(AppendError::Conflict { .. }) => self.commands.run(self.who, &self.asks[n]).await,
                Err(other) => Err(Error::unwritten(other)),
            };
        }
    }
}
