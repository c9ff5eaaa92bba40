//! Whoever is measured runs as a process of its own, so that its memory and its share of the processor are its own.

use crate::Outcome;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A server that answers. It ends with this program at the latest.
pub struct Process {
    pub address: SocketAddr,
    /// What it had printed when it began to answer.
    pub said: String,
    child: Child,
    complaints: PathBuf,
}

/// What a process occupies, in MiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    pub now: f64,
    pub peak: f64,
    /// The part of `now` that is the program's own file, which can be read again at any time.
    pub program: f64,
}

impl Process {
    /// Starts it and waits until it prints `… answers on http://address`. What it complains of goes to a file.
    pub async fn start(name: &str, mut command: Command) -> Outcome<Self> {
        let complaints = std::env::temp_dir().join(format!("bench_{}_{name}.log", std::process::id()));
        let log = std::fs::File::create(&complaints)?;
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no standard output")?).lines();
        let mut said = String::new();
        while let Some(line) = lines.next_line().await? {
            said += &line;
            said.push('\n');
            if let Some((_, rest)) = line.split_once(ANSWERS) {
                let address = rest.split([' ', '/']).next().unwrap_or_default().parse()?;
                // Read on, so that it can never be held up by what it prints.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { address, said, child, complaints });
            }
        }
        Err(format!("{name} does not start: {said}{}", std::fs::read_to_string(&complaints)?).into())
    }

    pub fn memory(&self) -> Outcome<Memory> {
        memory_of(self.child.id().ok_or("it has ended")?)
    }

    /// Seconds of processor time it has used so far.
    pub fn processor(&self) -> Outcome<f64> {
        Ok(processor_of(self.child.id().ok_or("it has ended")?)?.0)
    }

    /// Asks it to end, as a person or a machine would.
    pub async fn stop(&mut self) -> Outcome<()> {
        if let Some(id) = self.child.id() {
            Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        }
        tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await.map_err(|_| "it does not end")??;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Hundreds of megabytes of log after a run; nobody reads them, so it does not matter if that fails.
        let _ = std::fs::remove_file(&self.complaints);
    }
}

/// How a server says that it is there.
pub const ANSWERS: &str = "answers on http://";

/// What the process of this number occupies, and at most occupied so far.
pub fn memory_of(id: u32) -> Outcome<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().split(' ').next()?.parse().ok().map(|kilobytes: f64| kilobytes / 1024.0)
    };
    match (of("VmRSS:"), of("VmHWM:"), of("RssFile:")) {
        (Some(now), Some(peak), Some(program)) => Ok(Memory { now, peak, program }),
        _ => Err("it has ended".into()),
    }
}

/// Seconds of processor time that a process has used so far, and those of its children that have ended.
pub fn processor_of(id: u32) -> Outcome<(f64, f64)> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // Counted from behind the name, which stands in brackets; in hundredths of a second.
    let (_, fields) = stat.rsplit_once(')').ok_or("no processor time")?;
    let ticks = fields.split_ascii_whitespace().skip(11).take(4).map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    match ticks[..] {
        [user, system, user_of_children, system_of_children] => {
            Ok(((user + system) / 100.0, (user_of_children + system_of_children) / 100.0))
        }
        _ => Err("no processor time".into()),
    }
}
