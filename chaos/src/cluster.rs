//! A PostgreSQL of our own that may be stopped, crashed and started again at will.

use crate::{Outcome, http};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The system user that runs it when we are root, as whom PostgreSQL refuses to run.
const SYSTEM_USER: &str = "docket";

/// As a careful operator would have it, with room for two servers and those who watch them.
const SETTINGS: &str = "
max_connections = 300
shared_buffers = 128MB
max_wal_size = 1GB
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
recovery_init_sync_method = syncfs
log_line_prefix = '%m [%p] %a '
";

/// How a server is stopped: see pg_ctl.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// Connections are ended, everything is written out.
    Fast,
    /// As if it had crashed.
    Immediate,
}

/// The server and its files. Dropped, it is stopped and removed.
pub struct Cluster {
    bin: PathBuf,
    home: PathBuf,
    port: u16,
    user: Option<(u32, u32)>,
}

impl Cluster {
    /// Sets one up in a new directory below `parent` and starts it.
    pub async fn create(parent: &Path, name: &str) -> Outcome<Self> {
        let user = if words("id", &["-u"])? == "0" { Some(system_user()?) } else { None };
        let home = parent.join(format!("docket-chaos-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
        if let Some((uid, gid)) = user {
            chown(&home, Some(uid), Some(gid))?;
        }
        let port = http::free_port()?;
        let cluster = Self { bin: binaries()?, home, port, user };
        let data = cluster.data().display().to_string();
        let new = ["-D", &data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"];
        cluster.run("initdb", &new).await?;
        let conf = cluster.data().join("postgresql.conf");
        std::fs::write(&conf, std::fs::read_to_string(&conf)? + SETTINGS)?;
        cluster.start().await?;
        Ok(cluster)
    }

    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connects as its superuser.
    pub fn superuser(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it and returns when it accepts connections (after its own recovery, if it crashed).
    pub async fn start(&self) -> Outcome<()> {
        let (data, log) = (self.data().display().to_string(), self.home.join("log").display().to_string());
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -k {}", self.port, self.home.display());
        self.run("pg_ctl", &["start", "-W", "-D", &data, "-l", &log, "-o", &options]).await?;
        self.accepting(Duration::from_secs(120)).await
    }

    /// Sees to it that it runs, whatever the last fault left behind.
    pub async fn running(&self) -> Outcome<()> {
        let data = self.data().display().to_string();
        match self.run("pg_ctl", &["status", "-D", &data]).await {
            Ok(()) => self.accepting(Duration::from_secs(120)).await,
            Err(_) => self.start().await,
        }
    }

    pub async fn stop(&self, mode: Mode) -> Outcome<()> {
        let (data, mode) = (self.data().display().to_string(), if matches!(mode, Mode::Fast) { "fast" } else { "immediate" });
        self.run("pg_ctl", &["stop", "-w", "-t", "60", "-m", mode, "-D", &data]).await
    }

    /// Waits until it accepts connections.
    pub async fn accepting(&self, patience: Duration) -> Outcome<()> {
        let began = Instant::now();
        loop {
            match PgConnection::connect(&self.superuser()).await {
                Ok(conn) => return Ok(conn.close().await?),
                Err(error) if began.elapsed() > patience => {
                    return Err(format!("PostgreSQL does not accept connections: {error}; see {}", self.home.display()).into());
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// A new, empty database: its URL.
    pub async fn create_database(&self, name: &str) -> Outcome<String> {
        let mut conn = PgConnection::connect(&self.superuser()).await?;
        sqlx::query(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).execute(&mut conn).await?;
        sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut conn).await?;
        conn.close().await?;
        Ok(format!("postgres://postgres@127.0.0.1:{}/{name}", self.port))
    }

    pub async fn drop_database(&self, name: &str) -> Outcome<()> {
        let mut conn = PgConnection::connect(&self.superuser()).await?;
        sqlx::query(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).execute(&mut conn).await?;
        Ok(conn.close().await?)
    }

    /// The processes that serve connections of this name, for example `docket committer`.
    pub async fn backends(&self, application_name: &str) -> Outcome<Vec<i32>> {
        let mut conn = PgConnection::connect(&self.superuser()).await?;
        let named = "select pid from pg_stat_activity where application_name = $1 order by pid";
        let pids = sqlx::query_scalar(named).bind(application_name).fetch_all(&mut conn).await?;
        conn.close().await?;
        Ok(pids)
    }

    /// Ends every connection of this name, as an administrator does it.
    pub async fn end(&self, application_name: &str) -> Outcome<()> {
        let mut conn = PgConnection::connect(&self.superuser()).await?;
        let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1";
        sqlx::query(end).bind(application_name).execute(&mut conn).await?;
        Ok(conn.close().await?)
    }

    /// Kills one of PostgreSQL's own processes, as the kernel does when memory runs out. All others go down with it, and the
    /// server recovers by itself.
    pub fn kill_backend(&self, pid: i32) -> Outcome<()> {
        words("kill", &["-9", &pid.to_string()]).map(drop)
    }

    /// Runs one of PostgreSQL's programs to its end.
    async fn run(&self, program: &str, arguments: &[&str]) -> Outcome<()> {
        let status = tokio::process::Command::from(self.command(program, arguments)).status().await;
        let status = status.map_err(|error| format!("{program}: {error}"))?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("{program} {}: {status}; see {}", arguments.join(" "), self.home.display()).into()),
        }
    }

    /// One of PostgreSQL's programs, to be run as the right user.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own, so that Ctrl-C at the terminal reaches us alone.
        command.env("LC_ALL", "C").process_group(0);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data().display().to_string();
        // It may be down already, by our own hand.
        let _ = self.command("pg_ctl", &["stop", "-w", "-m", "immediate", "-D", &data]).status();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// What a small program prints.
pub fn words(program: &str, arguments: &[&str]) -> Outcome<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(format!("{program} {}: {}: {said}", arguments.join(" "), output.status).into())
        }
    }
}

fn system_user() -> Outcome<(u32, u32)> {
    if words("id", &["-u", SYSTEM_USER]).is_err() {
        words("useradd", &["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER])?;
    }
    Ok((words("id", &["-u", SYSTEM_USER])?.parse()?, words("id", &["-g", SYSTEM_USER])?.parse()?))
}

/// What PostgreSQL calls itself.
pub fn version() -> Outcome<String> {
    let text = words(&binaries()?.join("postgres").display().to_string(), &["--version"])?;
    // `postgres (PostgreSQL) 15.18 (Debian …)`
    Ok(text.split_whitespace().nth(2).map_or(text.clone(), |version| format!("PostgreSQL {version}")))
}

/// The newest PostgreSQL of this machine (./dev chaos installs one if there is none).
fn binaries() -> Outcome<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    let configured = words("pg_config", &["--bindir"]).ok().map(PathBuf::from);
    let version = |bin: &PathBuf| -> Option<u32> {
        let all = ["initdb", "pg_ctl", "postgres"].iter().all(|program| bin.join(program).exists());
        let text = all.then(|| words(&bin.join("postgres").display().to_string(), &["--version"]).ok())??;
        text.split_whitespace().find_map(|word| word.split(['.', 'b', 'r', 'd']).next()?.parse().ok())
    };
    let found = versions.chain(path).chain(configured).filter_map(|bin| version(&bin).map(|version| (version, bin)));
    let newest = found.max_by_key(|(version, _)| *version);
    newest.map(|(_, bin)| bin).ok_or_else(|| "no PostgreSQL was found; ./dev chaos installs one".into())
}
