//! Brings a real history in: a file of commands, one a line, sent in order, safe to cut off anywhere and run again.
//!
//! Every line bears a key, so a line that is on record already gives its first answer again instead of happening twice. Lines
//! that cannot be read or are refused are named by number and reason; they stop nothing.

use commands::organization::tenant::{BeginImport, EndImport, RegisterCompany};
use commands::{Answer, Ask, Commands, Envelope, Principal};
use domain::organization::tenant::Tenant;
use domain::{TenantId, Text};
use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use uuid::Uuid;

/// How many lines are handed over together: several of the log's batches, so that one is decided while another is recorded.
const TOGETHER: usize = 4096;
/// The longest line that is read.
const LONGEST: usize = 1 << 20;

/// What became of a file.
#[derive(Debug, Default, PartialEq)]
pub struct Report {
    pub lines: u64,
    pub recorded: u64,
    /// On record from an earlier run, or twice in the file.
    pub already_there: u64,
    /// Accepted, but it was so already.
    pub unchanged: u64,
    pub refused: Vec<Refused>,
    /// Where and why the file ended before its end.
    pub cut: Option<String>,
    pub took: Duration,
}

/// A line that was not carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub line: u64,
    pub key: Option<String>,
    pub code: String,
    pub reason: String,
}

/// Why an import could not even be tried to the end.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("{path} cannot be read: {source}")]
    File { path: String, source: io::Error },
    #[error("the tenant cannot take an import: {0}")]
    Tenant(commands::Error),
    #[error("line {line} and all after it are not imported: {source}; run the same import again once that is mended")]
    Log { line: u64, source: commands::Error },
}

/// The id of a tenant that is named by its word on the command line; an id stands for itself.
pub fn tenant_id(name: &str) -> TenantId {
    TenantId(name.parse().unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("docket tenant {name}").as_bytes())))
}

/// Makes sure that the tenant is there; a missing one is set up under that name.
pub async fn tenant(commands: &Commands, name: &str) -> Result<TenantId, Failed> {
    let id = tenant_id(name);
    let (known, _) = commands.state::<Tenant>(id, id).await.map_err(Failed::Tenant)?;
    if known.details().is_err() {
        let rule = |rule| Failed::Tenant(commands::Error::Invalid { field: "tenant".into(), rule });
        let name = Text::try_from(name).map_err(rule)?;
        let register = RegisterCompany {
            name,
            subscription_plan: None,
            is_active: None,
            max_users: Some(50),
            max_channels: None,
            environment: None,
        };
        commands.execute(&Principal::operator(id), Ask::new(register).on(id)).await.map_err(Failed::Tenant)?;
    }
    Ok(id)
}

/// Imports a file into a tenant. `on_refused` hears of every refused line at once.
pub async fn import(
    commands: &Commands,
    tenant: TenantId,
    path: &Path,
    show_progress: bool,
    mut on_refused: impl FnMut(&Refused),
) -> Result<Report, Failed> {
    let who = Principal::operator(tenant);
    let began = Instant::now();
    commands.execute(&who, Ask::new(BeginImport {})).await.map_err(Failed::Tenant)?;
    let bar = progress_bar(path, show_progress)?;
    let mut batches = read_ahead(path, commands.clone(), bar.clone())?;
    let mut report = Report::default();
    while let Some(batch) = batches.recv().await {
        report.cut = batch.cut;
        report.lines += batch.lines.len() as u64;
        let (mut asks, mut numbers) = (Vec::new(), Vec::new());
        for line in batch.lines {
            match line.ask {
                Ok(ask) => {
                    numbers.push((line.number, ask.key.clone()));
                    asks.push(ask);
                }
                Err((code, reason)) => {
                    refuse(&mut report, &mut on_refused, Refused { line: line.number, key: None, code, reason })
                }
            }
        }
        for ((line, key), answer) in numbers.into_iter().zip(commands.execute_all(&who, asks).await) {
            match answer {
                Ok(Answer { replayed: true, .. }) => report.already_there += 1,
                Ok(Answer { unchanged: true, .. }) => report.unchanged += 1,
                Ok(_) => report.recorded += 1,
                Err(source @ (commands::Error::Unavailable(_) | commands::Error::Busy)) => {
                    return Err(Failed::Log { line, source });
                }
                Err(error) => {
                    let refused = Refused { line, key, code: error.code().into(), reason: error.to_string() };
                    refuse(&mut report, &mut on_refused, refused);
                }
            }
        }
    }
    bar.finish_and_clear();
    if report.cut.is_none() {
        commands.execute(&who, Ask::new(EndImport {})).await.map_err(Failed::Tenant)?;
    }
    report.took = began.elapsed();
    Ok(report)
}

fn refuse(report: &mut Report, on_refused: &mut impl FnMut(&Refused), refused: Refused) {
    on_refused(&refused);
    report.refused.push(refused);
}

struct Line {
    number: u64,
    /// The command, or code and reason why there is none.
    ask: Result<Ask, (String, String)>,
}

struct Batch {
    lines: Vec<Line>,
    cut: Option<String>,
}

/// Reads and parses on a thread of its own, a few batches ahead of what is being decided; memory stays flat.
fn read_ahead(path: &Path, commands: Commands, bar: ProgressBar) -> Result<mpsc::Receiver<Batch>, Failed> {
    let mut source = open(path, bar)?;
    let (send, batches) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut number = 0;
        loop {
            let mut batch = Batch { lines: Vec::with_capacity(TOGETHER), cut: None };
            let mut ended = false;
            while batch.lines.len() < TOGETHER && !ended {
                let mut bytes = Vec::new();
                number += 1;
                match (&mut source).take(LONGEST as u64 + 1).read_until(b'\n', &mut bytes) {
                    Ok(0) => ended = true,
                    Ok(_) if bytes.iter().all(u8::is_ascii_whitespace) => {}
                    Ok(_) => {
                        let ask = parse(&commands, &bytes, &mut source);
                        // A last line that stops in the middle of its JSON is a file that was cut off.
                        if bytes.ends_with(b"\n") || ask.is_ok() || bytes.trim_ascii_end().ends_with(b"}") {
                            batch.lines.push(Line { number, ask });
                        } else {
                            batch.cut = Some(format!("the file ends in the middle of line {number}"));
                            ended = true;
                        }
                    }
                    Err(error) => {
                        batch.cut = Some(format!("the file ends in the middle, at line {number}: {error}"));
                        ended = true;
                    }
                }
            }
            if send.blocking_send(batch).is_err() || ended {
                return;
            }
        }
    });
    Ok(batches)
}

/// Reads one line's command. The rest of a line that is too long is passed over.
fn parse(commands: &Commands, bytes: &[u8], source: &mut impl BufRead) -> Result<Ask, (String, String)> {
    let malformed = |reason: String| ("malformed".to_owned(), reason);
    if bytes.len() > LONGEST {
        let mut rest = Vec::new();
        while !rest.ends_with(b"\n") {
            rest.clear();
            match source.by_ref().take(LONGEST as u64).read_until(b'\n', &mut rest) {
                Ok(read) if read > 0 => {}
                _ => break,
            }
        }
        return Err(malformed(format!("the line is longer than {LONGEST} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(format!("the line is not UTF-8: {error}")))?;
    let envelope: Envelope = serde_json::from_str(text.trim()).map_err(|error| malformed(error.to_string()))?;
    if envelope.key.is_none() {
        let reason = "key must be there: without it an import cannot be run again safely";
        return Err(("invalid".into(), reason.into()));
    }
    commands.read(envelope).map_err(|error| (error.code().to_owned(), error.to_string()))
}

fn open(path: &Path, bar: ProgressBar) -> Result<Box<dyn BufRead + Send>, Failed> {
    let failed = |source| Failed::File { path: path.display().to_string(), source };
    let file = File::open(path).map_err(failed)?;
    let mut plain = BufReader::with_capacity(1 << 16, bar.wrap_read(file));
    let zipped = plain.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
    match zipped {
        true => Ok(Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain)))),
        false => Ok(Box::new(plain)),
    }
}

fn progress_bar(path: &Path, show: bool) -> Result<ProgressBar, Failed> {
    let failed = |source| Failed::File { path: path.display().to_string(), source };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    let target = if show { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bytes), target);
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {percent:>3} %  {bytes}/{total_bytes}  {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
    Ok(bar)
}

impl Report {
    /// The sentence at the end of an import.
    pub fn sentence(&self) -> String {
        let per_second = self.lines as f64 / self.took.as_secs_f64().max(0.001);
        format!(
            "{} lines in {:.1} s ({:.0} lines/s): {} recorded, {} already there, {} unchanged, {} refused",
            self.lines,
            self.took.as_secs_f64(),
            per_second,
            self.recorded,
            self.already_there,
            self.unchanged,
            self.refused.len()
        )
    }
}
