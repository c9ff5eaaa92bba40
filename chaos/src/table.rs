//! The result as a table, for people at a terminal and for the documentation.

use crate::Outcome;
use crate::cluster::{self, words};
use crate::faults::Line;
use crate::mutants::Verdict;
use crate::plan::Plan;
use crate::row::Row;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// The table, line by line.
pub struct Table {
    head: String,
    all: Row,
    lines: Vec<String>,
    broken: Vec<String>,
    notes: Vec<String>,
    mutants: String,
    markdown: Option<PathBuf>,
    sound: bool,
}

const HEAD: &str =
    "| row | fault | rounds | acknowledged | lost | doubled | phantom | recovery p50 / p95 / max | promised | kept |
| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | --- | --- |";

impl Table {
    pub fn new(plan: &Plan) -> Self {
        let head = format!("{} · seed {}", machine(), plan.seed());
        Self {
            head,
            all: Row::default(),
            lines: Vec::new(),
            broken: Vec::new(),
            notes: Vec::new(),
            mutants: String::new(),
            markdown: plan.markdown.clone(),
            sound: true,
        }
    }

    pub fn line(&mut self, line: &Line, row: &Row) {
        let late = line.bound.is_some_and(|bound| row.recovery(1.0).is_some_and(|worst| worst > bound));
        let kept = row.is_sound() && !late;
        self.sound &= kept;
        let seconds = |share| row.recovery(share).map_or("–".to_owned(), |time| format!("{:.2} s", time.as_secs_f64()));
        let recovery = format!("{} / {} / {}", seconds(0.5), seconds(0.95), seconds(1.0));
        let Row { rounds, acknowledged, lost, doubled, phantom, .. } = row;
        self.all.rounds += rounds;
        self.all.acknowledged += acknowledged;
        self.all.lost += lost;
        self.all.doubled += doubled;
        self.all.phantom += phantom;
        let (name, what, promise, kept) = (line.name, line.what, line.promise, if kept { "yes" } else { "**no**" });
        self.lines.push(format!(
            "| {name} | {what} | {rounds} | {acknowledged} | {lost} | {doubled} | {phantom} | {recovery} | {promise} | {kept} |"
        ));
        self.broken.extend(row.broken.iter().map(|broken| format!("{name}: {broken}")));
        self.notes.extend(row.notes.iter().map(|note| format!("{name}: {note}")));
    }

    pub fn mutants(&mut self, verdicts: &[Verdict]) {
        if verdicts.is_empty() {
            return;
        }
        let caught = verdicts.iter().filter(|verdict| verdict.noticed.is_some()).count();
        self.sound &= caught == verdicts.len();
        let _ = writeln!(self.mutants, "Mutants: {caught} of {} caught.\n", verdicts.len());
        for verdict in verdicts {
            let noticed = verdict.noticed.as_deref().unwrap_or("**not noticed**");
            let _ = writeln!(self.mutants, "- {} (under {}): {noticed}", verdict.mutant.name(), verdict.by);
        }
    }

    pub fn print(&self, took: Duration) -> Outcome<()> {
        let mut text = format!("{}\n{}\n", HEAD, self.lines.join("\n"));
        if !self.mutants.is_empty() {
            text += &format!("\n{}", self.mutants);
        }
        if !self.broken.is_empty() {
            text += &format!("\nBroken promises:\n\n- {}\n", self.broken.join("\n- "));
        }
        if !self.notes.is_empty() {
            text += &format!("\nNotes:\n\n- {}\n", self.notes.join("\n- "));
        }
        let Row { rounds, acknowledged, lost, doubled, phantom, .. } = &self.all;
        let all =
            format!("{rounds} rounds, {acknowledged} acknowledged commands: {lost} lost, {doubled} doubled, {phantom} phantom");
        let text = format!("{} · {:.0} s\n\n{all}.\n\n{text}", self.head, took.as_secs_f64());
        println!("{text}");
        if let Some(file) = &self.markdown {
            let page =
                format!("# How hard Docket is to break\n\nWritten by `./dev chaos --markdown {}`.\n\n{text}", file.display());
            std::fs::write(file, page).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(())
    }

    /// Every promise was kept and every mistake was caught.
    pub fn is_sound(&self) -> bool {
        self.sound
    }
}

/// When and where this was, and what was broken.
fn machine() -> String {
    let commit = words("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_else(|_| "unknown".into());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let postgres = cluster::version().unwrap_or_else(|error| error.to_string());
    let date = chrono::Utc::now().format("%Y-%m-%d");
    let debugging = std::env::current_exe().is_ok_and(|program| program.components().any(|part| part.as_os_str() == "debug"));
    let built = if debugging { "built for debugging" } else { "built as it is shipped, with checks" };
    format!("{date} · commit {commit} ({built}) · {cores} cores · {postgres} on the same machine, fsync on")
}
