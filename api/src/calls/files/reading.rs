//! How a file of records is read, plain or packed, and by what it is known again under another name.

use super::Failed;
use flate2::bufread::MultiGzDecoder;
use processes::calls::intake::Piece;
use processes::calls::lines::Splitter;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Read, Result};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Lines that are recorded together.
const TOGETHER: usize = 2_048;
/// So many bytes at its beginning tell whether a file is still the one that it was.
pub(super) const HEAD: u64 = 4_096;

/// How far a file was taken, and by what it is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    /// SHA-256 of its first bytes.
    pub head: Vec<u8>,
    pub head_bytes: u64,
    pub taken: u64,
}

/// A file that is open, also after it was renamed.
pub(super) struct Opened {
    pub file: Arc<File>,
    pub path: PathBuf,
    /// Under which it is remembered: its whole path when it was opened.
    pub name: String,
}

/// Some lines of a file, and how many of its bytes they and all before them are.
pub(super) struct Batch {
    pub pieces: Vec<Piece>,
    pub taken: Option<u64>,
    /// What stands after the last line end.
    pub rest: Vec<u8>,
    pub ended: bool,
    pub failed: Option<std::io::Error>,
}

impl Mark {
    /// Whether the file still begins as it did.
    pub fn is_of(&self, opened: &Opened) -> std::result::Result<bool, Failed> {
        let now = opened.mark(self.head_bytes)?;
        Ok((now.head_bytes, &now.head) == (self.head_bytes, &self.head))
    }

    /// The file that was known by this mark, beside the one that has its name now. A heading alone is no proof: others have it too.
    pub fn elsewhere(&self, now: &Opened) -> Option<Opened> {
        let folder = std::fs::read_dir(Path::new(&now.name).parent()?).ok()?;
        let mut files = folder.flatten().map(|entry| entry.path()).filter(|path| path.is_file() && *path != Path::new(&now.name));
        files.find_map(|path| {
            let opened = Opened::at(&path).ok()?;
            let head = opened.head(self.head_bytes).ok()?;
            let telling = self.head_bytes >= HEAD || head.iter().filter(|byte| **byte == b'\n').count() > 1;
            (telling && self.is_of(&opened).unwrap_or(false)).then_some(opened)
        })
    }
}

impl Opened {
    pub fn at(path: &Path) -> std::result::Result<Self, Failed> {
        let name = std::fs::canonicalize(path).map_err(Failed::of(path))?.display().to_string();
        let file = File::open(path).map_err(Failed::of(path))?;
        Ok(Self { file: Arc::new(file), path: path.to_owned(), name })
    }

    /// By what it is known, going by so many of its first bytes; nothing of it is taken yet.
    pub fn mark(&self, most: u64) -> std::result::Result<Mark, Failed> {
        let head = self.head(most).map_err(Failed::of(&self.path))?;
        Ok(Mark { head: Sha256::digest(&head).to_vec(), head_bytes: head.len() as u64, taken: 0 })
    }

    fn head(&self, most: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![];
        self.reader(0).take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn reader(&self, at: u64) -> Reader {
        Reader { file: self.file.clone(), at }
    }

    /// Reads on a thread of its own, a few batches ahead of what is being recorded; memory stays flat. A file that is shorter than it
    /// was is read from its beginning.
    pub fn read_ahead(&self, from: u64) -> mpsc::Receiver<Batch> {
        let (send, batches) = mpsc::channel(2);
        let (whole, packed) = (self.reader(0), self.head(2).is_ok_and(|head| head == [0x1f, 0x8b]));
        std::thread::spawn(move || {
            let opened = if packed { unpacked(&whole, from) } else { plain(whole, from) };
            match opened {
                Ok((source, from)) => read(source, from, &send),
                Err(error) => {
                    let batch = Batch { pieces: vec![], taken: None, rest: vec![], ended: true, failed: Some(error) };
                    // Whoever does not wait for it any more need not know.
                    let _ = send.blocking_send(batch);
                }
            }
        });
        batches
    }
}

/// A file from some byte on. It has its own place in the file, so that nobody who reads the same file is disturbed.
#[derive(Clone)]
struct Reader {
    file: Arc<File>,
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let bytes = self.file.read_at(buffer, self.at)?;
        self.at += bytes as u64;
        Ok(bytes)
    }
}

type Source = (Box<dyn Read>, u64);

/// The file from this byte on, and which it is.
fn plain(whole: Reader, from: u64) -> Result<Source> {
    let at = if whole.file.metadata()?.len() < from { 0 } else { from };
    Ok((Box::new(Reader { at, ..whole }), at))
}

/// What is packed in the file, from this byte of it on, and which it is.
fn unpacked(whole: &Reader, from: u64) -> Result<Source> {
    let begin = || MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole.clone()));
    let mut source = begin();
    let passed = std::io::copy(&mut (&mut source).take(from), &mut std::io::sink())?;
    Ok(if passed < from { (Box::new(begin()), 0) } else { (Box::new(source), from) })
}

fn read(mut source: Box<dyn Read>, from: u64, send: &mpsc::Sender<Batch>) {
    let (mut splitter, mut read, mut pieces) = (Splitter::default(), from, vec![]);
    let mut chunk = vec![0; 1 << 16];
    loop {
        let (bytes, failed) = match source.read(&mut chunk) {
            Ok(bytes) => (bytes, None),
            Err(error) => (0, Some(error)),
        };
        pieces.extend(splitter.take(&chunk[..bytes]));
        read += bytes as u64;
        let ended = bytes == 0;
        if pieces.len() >= TOGETHER || ended {
            let taken = splitter.waiting().map(|waiting| read - waiting as u64);
            let rest = match ended.then(|| splitter.end()).flatten() {
                Some(Piece::Torn { bytes, .. } | Piece::Line(bytes)) => bytes,
                _ => vec![],
            };
            let batch = Batch { pieces: std::mem::take(&mut pieces), taken, rest, ended, failed };
            if send.blocking_send(batch).is_err() || ended {
                return;
            }
        }
    }
}
