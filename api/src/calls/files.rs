//! Files of records: taken in line by line, and never from the beginning again: how far each was taken is remembered once that is on
//! record.

use crate::house::House;
use domain::{SourceId, TenantId};
use flate2::bufread::MultiGzDecoder;
use processes::calls::intake::{Intake, Piece, Tally};
use processes::calls::lines::Splitter;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Lines that are recorded together.
const TOGETHER: usize = 2_048;
/// So many bytes at its beginning tell whether a file is still the one that it was.
const HEAD: u64 = 4_096;

/// Takes in files of one telephone system.
pub struct Files {
    intake: Intake,
    pool: PgPool,
    tenant: TenantId,
    source: SourceId,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    pub tally: Tally,
    /// Why its last line was left for later, if it was.
    pub cut: Option<String>,
    pub took: Duration,
}

/// Why a file could not be taken in. What was taken before that is on record and remembered.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("there is no source {0}; add it first (POST /api/3cx/sources)")]
    NoSource(SourceId),
    #[error("the database does not answer: {0}")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Log(#[from] commands::Error),
}

/// Some lines of a file, and how many of its bytes they and all before them are.
struct Batch {
    pieces: Vec<Piece>,
    taken: Option<u64>,
    /// What stands after the last line end.
    rest: Vec<u8>,
    ended: bool,
    failed: Option<std::io::Error>,
}

/// How far a file was taken, and by what it is known.
struct Mark {
    head: Vec<u8>,
    head_bytes: u64,
    taken: u64,
}

impl Taken {
    /// The sentence at the end of a file.
    pub fn sentence(&self) -> String {
        let Tally { recorded, unchanged, held, .. } = self.tally;
        let per_second = (self.tally.total() as u128 * 1_000_000) / self.took.as_micros().max(1);
        format!("{recorded} recorded, {unchanged} on record already, {held} in quarantine ({per_second} records/s)")
    }
}

impl Files {
    /// For a telephone system that was added.
    pub async fn of(house: &House, source: SourceId) -> Result<Self, Failed> {
        let tenant = house.telephony.secrets.tenant(source).await?.ok_or(Failed::NoSource(source))?;
        Ok(Self { intake: house.telephony.intake.clone(), pool: house.app.clone(), tenant, source })
    }

    /// The files among these files and folders, in the order of their names.
    pub fn among(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failed> {
        let mut files = vec![];
        for path in paths {
            let failed = |source| Failed::File { path: path.display().to_string(), source };
            if !path.is_dir() {
                files.push(path.clone());
                continue;
            }
            let mut inside = vec![];
            for entry in std::fs::read_dir(path).map_err(failed)? {
                let entry = entry.map_err(failed)?.path();
                let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if entry.is_file() && !hidden {
                    inside.push(entry);
                }
            }
            inside.sort();
            files.extend(inside);
        }
        Ok(files)
    }

    /// Takes in what a file has gained since it was taken last. A last line without an end is taken only where nothing more will come and
    /// it can be understood; even then it is looked at again next time.
    pub async fn take(&self, path: &Path, grows: bool) -> Result<Taken, Failed> {
        let began = Instant::now();
        let failed = |source| Failed::File { path: path.display().to_string(), source };
        let name = std::fs::canonicalize(path).map_err(failed)?.display().to_string();
        let known = self.mark(&name).await?;
        let (newest, head_bytes) = head(path, HEAD).map_err(failed)?;
        let same = match &known {
            Some(known) => head(path, known.head_bytes).map_err(failed)? == (known.head.clone(), known.head_bytes),
            None => false,
        };
        let from = known.filter(|_| same).map_or(0, |known| known.taken);
        let mut batches = read_ahead(path, from).map_err(failed)?;
        let mut taken = Taken::default();
        while let Some(batch) = batches.recv().await {
            if !batch.pieces.is_empty() {
                taken.tally.add(&self.intake.take(self.tenant, self.source, batch.pieces).await?);
            }
            if let Some(bytes) = batch.taken {
                self.keep(&name, &Mark { head: newest.clone(), head_bytes, taken: bytes }).await?;
            }
            if let Some(error) = batch.failed {
                return Err(failed(error));
            }
            if batch.ended && !grows && !batch.rest.trim_ascii().is_empty() {
                match self.intake.reads(self.tenant, self.source, &batch.rest).await? {
                    true => taken.tally.add(&self.intake.take(self.tenant, self.source, vec![Piece::Line(batch.rest)]).await?),
                    false => taken.cut = Some("the file ends in the middle of a line, which is left for later".into()),
                }
            }
        }
        taken.took = began.elapsed();
        Ok(taken)
    }

    async fn mark(&self, name: &str) -> Result<Option<Mark>, sqlx::Error> {
        let found = sqlx::query!(
            "select head, head_bytes, taken from vault.cdr_files where tenant_id = $1 and source_id = $2 and path = $3",
            self.tenant.0,
            self.source.0,
            name
        );
        let mark = found.fetch_optional(&self.pool).await?;
        Ok(mark.map(|row| Mark { head: row.head, head_bytes: row.head_bytes.unsigned_abs(), taken: row.taken.unsigned_abs() }))
    }

    async fn keep(&self, name: &str, mark: &Mark) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into vault.cdr_files (tenant_id, source_id, path, head, head_bytes, taken, updated_at)
             values ($1, $2, $3, $4, $5, $6, clock_timestamp())
             on conflict (tenant_id, source_id, path) do update set head = excluded.head, head_bytes = excluded.head_bytes,
               taken = excluded.taken, updated_at = excluded.updated_at",
            self.tenant.0,
            self.source.0,
            name,
            mark.head,
            i64::try_from(mark.head_bytes).unwrap_or(i64::MAX),
            i64::try_from(mark.taken).unwrap_or(i64::MAX),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// The hash of a file's first bytes, at most so many, and how many they were.
fn head(path: &Path, most: u64) -> std::io::Result<(Vec<u8>, u64)> {
    let mut bytes = vec![];
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok((Sha256::digest(&bytes).to_vec(), bytes.len() as u64))
}

/// Reads on a thread of its own, a few batches ahead of what is being recorded; memory stays flat.
fn read_ahead(path: &Path, from: u64) -> std::io::Result<mpsc::Receiver<Batch>> {
    let mut source = open(path, from)?;
    let (send, batches) = mpsc::channel(2);
    std::thread::spawn(move || {
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
    });
    Ok(batches)
}

/// The file from this byte on; of a packed one, this byte of what is packed in it.
fn open(path: &Path, from: u64) -> std::io::Result<Box<dyn Read + Send>> {
    let mut plain = BufReader::with_capacity(1 << 16, File::open(path)?);
    if plain.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = MultiGzDecoder::new(plain);
        std::io::copy(&mut (&mut unpacked).take(from), &mut std::io::sink())?;
        return Ok(Box::new(unpacked));
    }
    plain.seek(SeekFrom::Start(from))?;
    Ok(Box::new(plain))
}
