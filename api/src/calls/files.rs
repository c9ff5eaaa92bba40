//! Files of records: taken in line by line, and never from the beginning again: how far each was taken is remembered once that is on
//! record.

mod follow;
mod reading;

pub use follow::Following;

use crate::house::House;
use domain::{SourceId, TenantId};
use processes::calls::intake::{Intake, Piece, Tally};
use reading::{HEAD, Mark, Opened};
use sqlx::PgPool;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
    /// Something stands after the last end of a line.
    pub rest: bool,
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

impl Failed {
    fn of(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |source| Failed::File { path: path.display().to_string(), source }
    }

    /// Whether it has to do with one file alone, and others may be taken.
    pub fn is_of_a_file(&self) -> bool {
        matches!(self, Failed::File { .. })
    }

    /// Whether it may be over by itself in a while.
    pub fn may_pass(&self) -> bool {
        matches!(self, Failed::Database(_) | Failed::Log(commands::Error::Busy | commands::Error::Unavailable(_)))
    }
}

impl Taken {
    /// The sentence at the end of a file.
    pub fn sentence(&self) -> String {
        let Tally { recorded, unchanged, held, .. } = self.tally;
        let per_second = (self.tally.total() as u128 * 1_000_000) / self.took.as_micros().max(1);
        format!("{recorded} recorded, {unchanged} on record already, {held} in quarantine ({per_second} records/s)")
    }

    fn and(mut self, later: Taken) -> Self {
        self.tally.add(&later.tally);
        Self { tally: self.tally, cut: self.cut.or(later.cut), rest: later.rest, took: self.took + later.took }
    }
}

impl Files {
    /// For a telephone system that was added.
    pub async fn of(house: &House, source: SourceId) -> Result<Self, Failed> {
        let tenant = house.telephony.secrets.tenant(source).await?.ok_or(Failed::NoSource(source))?;
        Ok(Self { intake: house.telephony.intake.clone(), pool: house.app.clone(), tenant, source })
    }

    /// The file, or the files in this folder in the order of their names.
    pub fn among(path: &Path) -> Result<Vec<PathBuf>, Failed> {
        if !path.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let mut inside = vec![];
        for entry in std::fs::read_dir(path).map_err(Failed::of(path))? {
            let entry = entry.map_err(Failed::of(path))?.path();
            let hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if entry.is_file() && !hidden {
                inside.push(entry);
            }
        }
        inside.sort();
        Ok(inside)
    }

    /// Takes in what a file has gained since it was taken last. A last line without an end is taken only where nothing more will come and
    /// it can be understood; even then it is looked at again next time.
    ///
    /// Where another file has the name now, the one that had it is looked for in the same folder, and what it gained before it was
    /// renamed or copied is taken first.
    pub async fn take(&self, path: &Path, grows: bool) -> Result<Taken, Failed> {
        self.take_opened(&Opened::at(path)?, grows).await
    }

    async fn take_opened(&self, opened: &Opened, grows: bool) -> Result<Taken, Failed> {
        let Some(known) = self.mark(&opened.name).await? else { return self.gain(opened, None, grows).await };
        if known.is_of(opened)? {
            return self.gain(opened, Some(known), grows).await;
        }
        let mut taken = Taken::default();
        if let Some(earlier) = known.elsewhere(opened) {
            let own = self.mark(&earlier.name).await?;
            let mark = match own {
                Some(own) if own.is_of(&earlier)? => own,
                _ => known,
            };
            taken = self.gain(&earlier, Some(mark), false).await?;
        }
        Ok(taken.and(self.gain(opened, None, grows).await?))
    }

    /// Takes in what stands after what was taken already.
    async fn gain(&self, opened: &Opened, known: Option<Mark>, grows: bool) -> Result<Taken, Failed> {
        let began = Instant::now();
        let newest = opened.mark(HEAD)?;
        let mut kept = known.as_ref().map(|known| (known.head_bytes, known.taken));
        let mut batches = opened.read_ahead(known.map_or(0, |known| known.taken));
        let mut taken = Taken::default();
        while let Some(batch) = batches.recv().await {
            if !batch.pieces.is_empty() {
                taken.tally.add(&self.intake.take(self.tenant, self.source, batch.pieces).await?);
            }
            if let Some(bytes) = batch.taken
                && kept != Some((newest.head_bytes, bytes))
            {
                self.keep(&opened.name, &Mark { taken: bytes, ..newest.clone() }).await?;
                kept = Some((newest.head_bytes, bytes));
            }
            if let Some(error) = batch.failed {
                return Err(Failed::of(&opened.path)(error));
            }
            taken.rest |= batch.ended && !batch.rest.trim_ascii().is_empty();
            if taken.rest && !grows {
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
