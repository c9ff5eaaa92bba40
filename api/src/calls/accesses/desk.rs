//! The desk at which it is noted who was shown what, and where the notes are put on record a few times a second (B.R4).
//!
//! A note only goes into a queue, so nobody who reads waits for the log. What the log does not take is kept and tried again for as
//! long as this process lives; it lasts through a restart of the database. Killed outright, a process loses the notes of its last
//! [`EVERY`]. If notes come faster than they can be written for so long that the queue is full, whoever reads waits for a place in it;
//! and if there is none after [`PATIENCE`], they are refused what they wanted to see (503): nothing is shown unnoticed.

use crate::error::Error;
use commands::calls::access::NoteAccesses;
use commands::{Ask, Commands, Principal};
use domain::calls::access::{Access, Look, MOST};
use domain::{TenantId, UserId};
use std::collections::BTreeMap;
use std::mem::take;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::error::{SendTimeoutError, TrySendError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How long notes are gathered before they are put on record together.
const EVERY: Duration = Duration::from_millis(200);
/// Notes that may wait; a page of a hundred things is one note of about two kilobytes.
const QUEUE: usize = 4_096;
/// How long somebody who reads waits for a place in a full queue.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the last notes are tried to be put on record when the house closes.
const FAREWELL: Duration = Duration::from_secs(5);
/// Between one attempt and the next, if the log takes nothing.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// The desk; there is one in each process.
pub struct Desk {
    queue: mpsc::Sender<Errand>,
    closing: watch::Sender<bool>,
    clerk: Mutex<Option<JoinHandle<()>>>,
}

enum Errand {
    Note(TenantId, UserId, Look),
    /// Put on record what came before, and say when that is done.
    Flush(oneshot::Sender<()>),
}

impl Desk {
    /// Opens it. Called on the runtime on which the notes shall be written.
    pub fn open(commands: Commands) -> Self {
        Self::with(commands, QUEUE)
    }

    fn with(book: impl Book, room: usize) -> Self {
        let (queue, errands) = mpsc::channel(room);
        let (closing, closed) = watch::channel(false);
        let clerk = Clerk { book, errands, closing: closed, farewell: None, room };
        Self { queue, closing, clerk: Mutex::new(Some(tokio::spawn(clerk.work()))) }
    }

    /// Notes that somebody is being shown something.
    pub async fn note(&self, tenant: TenantId, user: UserId, look: Look) -> Result<(), Error> {
        if look.ids.len() <= MOST {
            return self.take(Errand::Note(tenant, user, look)).await;
        }
        for ids in look.ids.chunks(MOST) {
            self.take(Errand::Note(tenant, user, Look { ids: ids.to_vec(), ..look.clone() })).await?;
        }
        Ok(())
    }

    async fn take(&self, errand: Errand) -> Result<(), Error> {
        let unable = || Error::unavailable("what you asked for can only be shown when that can be put on record; try again");
        match self.queue.try_send(errand) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(unable()),
            Err(TrySendError::Full(errand)) => {
                metrics::counter!("docket_access_notes_delayed_total").increment(1);
                self.queue.send_timeout(errand, PATIENCE).await.map_err(|refused| {
                    if let SendTimeoutError::Timeout(_) = refused {
                        metrics::counter!("docket_access_notes_refused_total").increment(1);
                    }
                    unable()
                })
            }
        }
    }

    /// Waits until what was noted before is on record.
    pub async fn flush(&self) {
        let (done, heard) = oneshot::channel();
        if self.queue.send(Errand::Flush(done)).await.is_ok() {
            // An error means that the clerk has gone home, after the last note.
            let _ = heard.await;
        }
    }

    /// Takes no more notes, and puts those on record that are there.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        let clerk = self.clerk.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(clerk) = clerk
            && let Err(error) = clerk.await
        {
            tracing::error!(%error, "the notes of who was shown what ended badly");
        }
    }
}

/// Where sheets are put on record; those that it does not take come back.
trait Book: Send + Sync + 'static {
    fn write(&self, sheets: Vec<Sheet>) -> impl Future<Output = Vec<Sheet>> + Send;
}

/// Whoever puts the notes on record.
struct Clerk<B> {
    book: B,
    errands: mpsc::Receiver<Errand>,
    closing: watch::Receiver<bool>,
    /// When the house began to close and the log took nothing.
    farewell: Option<Instant>,
    room: usize,
}

impl<B: Book> Clerk<B> {
    async fn work(mut self) {
        loop {
            let mut taken = Vec::new();
            tokio::select! {
                _ = self.errands.recv_many(&mut taken, self.room) => {}
                () = closes(&mut self.closing), if !self.errands.is_closed() => {
                    self.errands.close();
                    continue;
                }
            }
            if taken.is_empty() {
                return;
            }
            self.gather(&mut taken).await;
            let (mut notes, mut waiting) = (Vec::new(), Vec::new());
            for errand in taken {
                match errand {
                    Errand::Note(tenant, user, look) => notes.push((tenant, user, look)),
                    Errand::Flush(done) => waiting.push(done),
                }
            }
            self.record(sheets(notes)).await;
            // Nobody listening means that they did not want to wait so long.
            for done in waiting {
                let _ = done.send(());
            }
        }
    }

    /// Waits for others to come along, unless somebody is in a hurry.
    async fn gather(&mut self, taken: &mut Vec<Errand>) {
        let until = Instant::now() + EVERY;
        while taken.len() < self.room && !taken.iter().any(|errand| matches!(errand, Errand::Flush(_))) {
            let room = self.room - taken.len();
            tokio::select! {
                come = self.errands.recv_many(taken, room) => if come == 0 { return },
                () = tokio::time::sleep_until(until) => return,
                () = closes(&mut self.closing), if !self.errands.is_closed() => return,
            }
        }
    }

    /// Puts them on record, however long that takes; while the house closes, for [`FAREWELL`] at the most.
    async fn record(&mut self, mut sheets: Vec<Sheet>) {
        let mut pauses = PAUSES.into_iter().chain(std::iter::repeat(PAUSES[PAUSES.len() - 1]));
        loop {
            sheets = self.book.write(sheets).await;
            if sheets.is_empty() {
                return;
            }
            if *self.closing.borrow() && self.farewell.get_or_insert_with(Instant::now).elapsed() >= FAREWELL {
                let lost: usize = sheets.iter().map(|sheet| sheet.command.entries.len()).sum();
                tracing::error!(lost, "notes of who was shown what could not be put on record before the house closed");
                return;
            }
            let pause = pauses.next().unwrap_or(EVERY);
            tokio::select! {
                () = sleep(pause) => {}
                () = closes(&mut self.closing), if self.farewell.is_none() => {}
            }
        }
    }
}

/// Until the house closes.
async fn closes(closing: &mut watch::Receiver<bool>) {
    // An error means that the desk itself is gone, which is the same.
    let _ = closing.wait_for(|closing| *closing).await;
}

/// What one person was shown within an hour, under a key by which a second attempt is recognised.
struct Sheet {
    tenant: TenantId,
    stream: Uuid,
    key: String,
    command: NoteAccesses,
}

/// Notes by person and hour, none too long to be an event.
fn sheets(notes: Vec<(TenantId, UserId, Look)>) -> Vec<Sheet> {
    let mut open: BTreeMap<(TenantId, Uuid), (UserId, Vec<Look>)> = BTreeMap::new();
    let mut done = Vec::new();
    let mut close = |(tenant, stream): (TenantId, Uuid), user: UserId, entries: Vec<Look>| {
        let key = format!("access {}", Uuid::now_v7());
        done.push(Sheet { tenant, stream, key, command: NoteAccesses { user, entries } });
    };
    for (tenant, user, look) in notes {
        let stream = (tenant, Access::id(tenant, user, look.at));
        let (_, entries) = open.entry(stream).or_insert((user, Vec::new()));
        if entries.iter().map(|entry| entry.ids.len()).sum::<usize>() + look.ids.len() > MOST {
            close(stream, user, take(entries));
        }
        entries.push(look);
    }
    open.into_iter().for_each(|(stream, (user, entries))| close(stream, user, entries));
    done
}

impl Book for Commands {
    /// Those of a company together.
    async fn write(&self, sheets: Vec<Sheet>) -> Vec<Sheet> {
        let mut by_tenant: BTreeMap<TenantId, Vec<Sheet>> = BTreeMap::new();
        for sheet in sheets {
            by_tenant.entry(sheet.tenant).or_default().push(sheet);
        }
        let mut left = Vec::new();
        for (tenant, sheets) in by_tenant {
            let ask = |sheet: &Sheet| Ask::new(sheet.command.clone()).on(sheet.stream).key(sheet.key.clone());
            let asks = sheets.iter().map(ask).collect();
            let answers = self.execute_all(&Principal::process(tenant, "accesses"), asks).await;
            for (sheet, answer) in sheets.into_iter().zip(answers) {
                match answer {
                    Ok(_) => metrics::counter!("docket_access_notes_total").increment(sheet.command.entries.len() as u64),
                    Err(error @ (commands::Error::Unavailable(_) | commands::Error::Busy)) => {
                        metrics::counter!("docket_access_notes_tried_again_total").increment(1);
                        tracing::warn!(%tenant, %error, "who was shown what is not on record yet");
                        left.push(sheet);
                    }
                    // It would be refused every time, and hold up all that come after it.
                    Err(error) => {
                        tracing::error!(%tenant, %error, note = ?sheet.command, "a note of who was shown what is refused");
                    }
                }
            }
        }
        left
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
