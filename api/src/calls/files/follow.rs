//! Files that grow while they are taken in: each is looked at again and again, through renaming, truncation and trouble.

use super::reading::Opened;
use super::{Failed, Files, Taken};
use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Files of one telephone system, for as long as they grow.
pub struct Following {
    files: Files,
    paths: Vec<PathBuf>,
    /// After how long without a change a last line without an end is one.
    pub quiet: Duration,
    /// After how long a file that could not be read is tried again although it has not changed.
    pub patience: Duration,
    seen: HashMap<PathBuf, Seen>,
}

/// What was seen of a file last.
struct Seen {
    /// Kept open where the file itself was named, so that what is written into it after it was renamed is not lost.
    open: Option<Opened>,
    /// None where there was no file.
    state: Option<State>,
    /// Since when it has been as it is, or when it was tried last.
    since: Instant,
    /// It ends without the end of a line, and that was not taken yet.
    rest: bool,
    failed: bool,
}

/// By what a file is known not to have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    file: (u64, u64),
    bytes: u64,
    written: (i64, i64),
}

impl State {
    fn of(found: &Metadata) -> Self {
        Self { file: (found.dev(), found.ino()), bytes: found.len(), written: (found.mtime(), found.mtime_nsec()) }
    }
}

/// What came of a look at a file at which something is new.
pub type News = (PathBuf, Result<Taken, Failed>);

impl Following {
    pub fn of(files: Files, paths: Vec<PathBuf>) -> Self {
        Self { files, paths, quiet: Duration::from_secs(5), patience: Duration::from_secs(30), seen: HashMap::new() }
    }

    /// Looks once at every file. The look ends early where the database or the log cannot be reached: then nothing could be taken, and
    /// nothing is forgotten.
    pub async fn look(&mut self) -> Vec<News> {
        let mut news = vec![];
        let mut here = HashSet::new();
        for place in self.paths.clone() {
            let named = !place.is_dir();
            let found = match Files::among(&place) {
                Ok(found) => found,
                Err(failed) => {
                    if self.is_due(&place, None).is_some() {
                        self.seen.insert(place.clone(), Seen::failed(None, None));
                        news.push((place.clone(), Err(failed)));
                    }
                    here.insert(place);
                    continue;
                }
            };
            for path in found {
                match self.one(&path, named).await {
                    Ok(None) => {}
                    Ok(Some(taken)) => news.push((path.clone(), Ok(taken))),
                    Err(failed) => {
                        let go_on = failed.is_of_a_file();
                        news.push((path.clone(), Err(failed)));
                        if !go_on {
                            return news;
                        }
                    }
                }
                here.insert(path);
            }
        }
        self.seen.retain(|path, _| here.contains(path));
        news
    }

    /// Takes what is new in a file, if anything is.
    async fn one(&mut self, path: &Path, named: bool) -> Result<Option<Taken>, Failed> {
        let mut state = std::fs::metadata(path).ok().map(|found| State::of(&found));
        let mut finished = None;
        if let Some(open) = self.seen.get(path).and_then(|seen| seen.open.as_ref()) {
            let held = State::of(&open.file.metadata().map_err(Failed::of(path))?);
            match state {
                Some(now) if now.file == held.file => {}
                Some(_) => match self.files.take_opened(open, false).await {
                    Ok(taken) => {
                        finished = Some(taken);
                        self.seen.remove(path);
                    }
                    Err(failed) => {
                        if failed.is_of_a_file() {
                            self.seen.remove(path);
                        }
                        return Err(failed);
                    }
                },
                // It was renamed, and there is no new one yet: whoever writes it goes on with the old one until then.
                None => state = Some(held),
            }
        }
        let Some(grows) = self.is_due(path, state) else { return Ok(finished) };
        let before = self.seen.remove(path);
        let since = before.as_ref().filter(|before| before.state == state).map_or_else(Instant::now, |before| before.since);
        let open = before.and_then(|before| before.open);
        let opened = match open.map_or_else(|| Opened::at(path), Ok) {
            Ok(opened) => opened,
            Err(failed) => {
                self.seen.insert(path.to_owned(), Seen::failed(None, state));
                return Err(failed);
            }
        };
        match self.files.take_opened(&opened, grows).await {
            Ok(taken) => {
                let (rest, open) = (taken.rest && grows, named.then_some(opened));
                self.seen.insert(path.to_owned(), Seen { open, state, since, rest, failed: false });
                Ok(Some(match finished {
                    Some(finished) => finished.and(taken),
                    None => taken,
                }))
            }
            Err(failed) if failed.is_of_a_file() => {
                self.seen.insert(path.to_owned(), Seen::failed(named.then_some(opened), state));
                Err(failed)
            }
            Err(failed) => {
                // Still open, and due at once.
                let open = named.then_some(opened);
                self.seen.insert(path.to_owned(), Seen { open, state: None, since, rest: false, failed: false });
                Err(failed)
            }
        }
    }

    /// Whether it is to be looked into; and if so, whether more may come of its last line.
    fn is_due(&self, path: &Path, state: Option<State>) -> Option<bool> {
        let Some(seen) = self.seen.get(path) else { return Some(true) };
        match seen.state == state {
            false => Some(true),
            true if seen.failed => (seen.since.elapsed() >= self.patience).then_some(true),
            true if seen.rest => (seen.since.elapsed() >= self.quiet).then_some(false),
            true => None,
        }
    }
}

impl Seen {
    fn failed(open: Option<Opened>, state: Option<State>) -> Self {
        Self { open, state, since: Instant::now(), rest: false, failed: true }
    }
}
