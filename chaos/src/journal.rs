//! Everything that was asked for and what was answered, taken down by those who asked.

use crate::Outcome;
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// One command, however often it was sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wish {
    pub client: u32,
    pub key: String,
    pub command: String,
    pub tenant: Uuid,
    pub on: Uuid,
    pub data: Value,
    /// Ticks of one clock that all clients share: just before it was first sent, and just after its final answer.
    pub sent: u64,
    pub answered: Option<u64>,
    pub fate: Fate,
}

/// What became of it, as far as the client knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Fate {
    /// Answered with a yes.
    Ok { id: Uuid, version: i64, position: Option<i64>, unchanged: bool, replayed: bool },
    /// Answered with a no.
    Refused { status: u16, code: String },
    /// Not answered, or not answered yet.
    Unknown,
}

/// The journal of all clients of one world. Only ever added to.
pub struct Journal {
    wishes: Mutex<Vec<Wish>>,
    ticks: AtomicU64,
    file: Mutex<File>,
}

impl Journal {
    /// A journal that is also written to a file, line by line as answers come in, for those who look into a failure.
    pub fn open(path: &Path) -> Outcome<Self> {
        let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { wishes: Mutex::default(), ticks: AtomicU64::new(1), file: Mutex::new(file) })
    }

    /// The next tick: whatever gets a later one happened later.
    pub fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    /// Takes down a command before its first byte is sent; the number names it in [`Journal::answered`].
    pub fn sending(&self, client: u32, key: &str, command: &str, tenant: Uuid, on: Uuid, data: &Value) -> usize {
        let (key, command, data) = (key.to_owned(), command.to_owned(), data.clone());
        let mut wishes = lock(&self.wishes);
        let sent = self.tick();
        wishes.push(Wish { client, key, command, tenant, on, data, sent, answered: None, fate: Fate::Unknown });
        wishes.len() - 1
    }

    /// Takes down the final answer.
    pub fn answered(&self, number: usize, fate: Fate) {
        let tick = self.tick();
        let mut wishes = lock(&self.wishes);
        let Some(wish) = wishes.get_mut(number) else { return };
        (wish.answered, wish.fate) = (Some(tick), fate);
        if let Ok(mut line) = serde_json::to_vec(wish) {
            line.push(b'\n');
            // The file is for people; the judgement rests on what is in memory.
            let _ = lock(&self.file).write_all(&line);
        }
    }

    /// All of it as it is now, in the order in which it was first sent.
    pub fn snapshot(&self) -> Vec<Wish> {
        lock(&self.wishes).clone()
    }
}

/// Whoever panicked while holding it has not left it half-written: every change is one assignment.
pub fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_before_the_other_was_sent_has_the_lower_tick() -> Outcome<()> {
        let path = std::env::temp_dir().join(format!("docket-journal-{}.ndjson", std::process::id()));
        let journal = Journal::open(&path)?;
        let send = |key| journal.sending(1, key, "AcceptCase", Uuid::nil(), Uuid::nil(), &Value::Null);
        let (first, beside) = (send("first"), send("beside"));
        journal.answered(first, Fate::Refused { status: 409, code: "NO".into() });
        let second = send("second");
        let wishes = journal.snapshot();
        assert!(wishes[first].answered < Some(wishes[second].sent));
        assert!(wishes[beside].sent < wishes[second].sent);
        assert_eq!((wishes[beside].answered, &wishes[beside].fate), (None, &Fate::Unknown));
        let written = std::fs::read_to_string(&path)?;
        std::fs::remove_file(&path)?;
        assert!(written.contains("\"first\"") && !written.contains("\"second\""));
        Ok(())
    }
}
