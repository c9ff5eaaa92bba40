//! A real `docket serve`, started, killed, stopped and frozen as operators and machines do it.

use crate::cluster::words;
use crate::{Outcome, http};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A server and how to start it. Dropped, it is killed.
pub struct Server {
    pub name: String,
    pub address: SocketAddr,
    docket: PathBuf,
    database_url: String,
    settings: Vec<(String, String)>,
    /// Settings for the next start only, for example a point to die at.
    once: Vec<(String, String)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Server {
    /// Not started yet; it will always answer on the same port, and write its log to `folder`.
    pub fn new(docket: &Path, folder: &Path, name: &str, database_url: &str) -> Outcome<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], http::free_port()?));
        let mut server = Self {
            name: name.to_owned(),
            address,
            docket: docket.to_owned(),
            database_url: database_url.to_owned(),
            settings: Vec::new(),
            once: Vec::new(),
            log: folder.join(format!("{name}.log")),
            child: None,
        };
        // One person asks for everything here.
        for limit in ["DOCKET_RATE_LIMIT", "DOCKET_RATE_LIMIT_TENANT", "DOCKET_RATE_LIMIT_ADDRESS"] {
            server.set(limit, "0");
        }
        // A log that is still there belongs to an earlier run.
        let _ = std::fs::remove_file(&server.log);
        Ok(server)
    }

    /// A setting from now on, for every start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// A setting for the next start only.
    pub fn set_once(&mut self, name: &str, value: &str) {
        self.once.push((name.to_owned(), value.to_owned()));
    }

    /// From the next start on, this server's clock is off by what the file says (`+1h`, `-1d` …), and follows the file.
    pub fn clock_from(&mut self, file: &Path) -> Outcome<()> {
        self.set("LD_PRELOAD", &faketime()?.display().to_string());
        self.set("FAKETIME_TIMESTAMP_FILE", &file.display().to_string());
        self.set("FAKETIME_CACHE_DURATION", "1");
        // Nobody can set the clock that only counts up from the machine's start.
        self.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        self.set("DONT_FAKE_MONOTONIC", "1");
        Ok(())
    }

    /// Starts it and does not wait.
    pub fn start(&mut self) -> Outcome<()> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = self.command(&["serve"]);
        command.envs(self.once.drain(..)).stdout(log.try_clone()?).stderr(log);
        self.child = Some(command.spawn().map_err(|error| format!("{}: {error}", self.docket.display()))?);
        Ok(())
    }

    /// Runs the program to its end for another wish (`rebuild`, `verify` …) on the same database, with these settings.
    pub async fn tool(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Outcome<(ExitStatus, String)> {
        let mut command = self.command(arguments);
        command.envs(settings.iter().copied());
        let mut command = tokio::process::Command::from(command);
        let output = command.kill_on_drop(true).output().await?;
        Ok((output.status, String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.docket);
        command.args(arguments).env_clear().envs(std::env::vars().filter(|(name, _)| name == "PATH" || name == "HOME"));
        command.env("DATABASE_URL", &self.database_url).env("DOCKET_BIND", self.address.to_string());
        command.envs(self.settings.iter().cloned()).stdin(Stdio::null());
        // A group of its own, so that Ctrl-C at the terminal reaches us alone.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command
    }

    /// Kills it (-9) and returns when it is gone.
    pub fn kill(&mut self) -> Outcome<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Asks it to stop (TERM): it finishes what was begun.
    pub fn term(&self) -> Outcome<()> {
        self.signal("-TERM")
    }

    /// Freezes it (SIGSTOP): to everybody else it is there and says nothing.
    pub fn pause(&self) -> Outcome<()> {
        self.signal("-STOP")
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) -> Outcome<()> {
        self.signal("-CONT")
    }

    fn signal(&self, signal: &str) -> Outcome<()> {
        let child = self.child.as_ref().ok_or_else(|| format!("{} does not run", self.name))?;
        words("kill", &[signal, &child.id().to_string()]).map(drop)
    }

    /// Waits until it has ended by itself; an error if it does not in time.
    pub async fn wait_exit(&mut self, patience: Duration) -> Outcome<ExitStatus> {
        let began = Instant::now();
        loop {
            let child = self.child.as_mut().ok_or_else(|| format!("{} does not run", self.name))?;
            if let Some(status) = child.try_wait()? {
                self.child = None;
                return Ok(status);
            }
            if began.elapsed() > patience {
                return Err(format!("{} has not ended after {patience:?}", self.name).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until it answers HTTP.
    pub async fn answering(&mut self, patience: Duration) -> Outcome<()> {
        let began = Instant::now();
        let health = http::request("GET", "/health", &[], "");
        while http::once(self.address, &health).await.is_err() {
            if let Some(child) = self.child.as_mut()
                && let Some(status) = child.try_wait()?
            {
                return Err(format!("{} ended at its start ({status}); see {}", self.name, self.log.display()).into());
            }
            if began.elapsed() > patience {
                return Err(format!("{} does not answer; see {}", self.name, self.log.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Number of its process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// All that it has written to its log.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

/// The library that sets a program's clock wrong, where Debian keeps it.
fn faketime() -> Outcome<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let mut found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    found.find(|library| library.exists()).ok_or_else(|| "libfaketime is missing; ./dev chaos installs it".into())
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Gone already is just as well; SIGKILL also ends what is frozen.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
