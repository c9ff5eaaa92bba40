//! Docket's own PostgreSQL: found, set up, started and stopped without anybody having to know how.
//!
//! Whoever holds the lock on `owner.lock` started the server (or took it over from a program that died) and stops it; others
//! of the same directory only use it.

use sqlx::postgres::PgConnectOptions;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The oldest PostgreSQL that will do.
const OLDEST: u32 = 15;
/// The system user that runs it when Docket is started by root, as whom PostgreSQL refuses to run.
const SYSTEM_USER: &str = "docket";

/// Written once, at set-up; whoever knows better edits postgresql.conf.
const SETTINGS: &str = "
# Docket's own settings
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 1GB
maintenance_work_mem = 128MB
wal_compression = on
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = off
";

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    #[error(
        "no PostgreSQL {OLDEST} or newer was found; install it (Debian and Ubuntu: apt-get install postgresql; macOS: brew \
         install postgresql@17) or name one with DATABASE_URL"
    )]
    NoBinaries,
    #[error("{0} holds data of PostgreSQL {1}, which is not installed")]
    OtherVersion(String, String),
    #[error("{what} failed: {why}")]
    Step { what: String, why: String },
    #[error("PostgreSQL in {0} was not ready within a minute; see postgres.log there")]
    NotReady(String),
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
}

/// A running server of our own.
pub struct PrivatePostgres {
    place: Place,
    port: u16,
    owner: Mutex<Option<File>>,
}

/// Where it lives and as whom.
#[derive(Clone)]
struct Place {
    bin: PathBuf,
    home: PathBuf,
    sockets: PathBuf,
    user: Option<(u32, u32)>,
}

impl PrivatePostgres {
    /// Starts the server of this directory, or joins it if it runs already.
    pub fn start(home: &Path) -> Result<Self, NotStarted> {
        let place = Place::find(home)?;
        let lock = place.home.join("owner.lock");
        let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&lock).map_err(at(&lock))?;
        let owner = match file.try_lock() {
            Ok(()) => Some(file),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => return Err(at(&lock)(error)),
        };
        if owner.is_some() && !place.runs() {
            place.set_up()?;
            place.launch()?;
        }
        let began = Instant::now();
        loop {
            if let Some(port) = place.port()
                && place.ready(port)
            {
                if owner.is_none() {
                    eprintln!("Using the PostgreSQL that another docket started in {}.", place.home.display());
                }
                return Ok(Self { place, port, owner: Mutex::new(owner) });
            }
            if began.elapsed() > Duration::from_secs(60) {
                return Err(NotStarted::NotReady(place.home.display().to_string()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// How to connect to it: by its socket, as its only user.
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass().socket(&self.place.sockets).port(self.port).username("docket").database("docket")
    }

    /// Stops it, if it is ours to stop.
    pub fn stop(&self) {
        let owner = self.owner.lock().map(|mut owner| owner.take()).unwrap_or_default();
        if owner.is_some() && self.place.runs() {
            eprintln!("Stopping PostgreSQL.");
            let data = self.place.data().display().to_string();
            if let Err(error) = self.place.run("pg_ctl", &["stop", "-D", &data, "-m", "fast", "-w", "-t", "60"]) {
                eprintln!("{error}");
            }
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Place {
    fn find(home: &Path) -> Result<Self, NotStarted> {
        let asked = std::path::absolute(home).map_err(at(home))?;
        let user = if output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0") { Some(system_user()?) } else { None };
        let home = match user {
            Some(user) if !reachable(&asked, user) => {
                let elsewhere = PathBuf::from(format!("/var/lib/docket-{:08x}", fingerprint(&asked)));
                eprintln!("{} cannot be reached by the user {SYSTEM_USER}; using {}.", asked.display(), elsewhere.display());
                elsewhere
            }
            _ => asked,
        };
        private_directory(&home, user)?;
        // The path of a socket must fit into about a hundred bytes.
        let mut sockets = home.join("run");
        if sockets.as_os_str().len() > 80 {
            sockets = std::env::temp_dir().join(format!("docket-{:08x}", fingerprint(&home)));
        }
        private_directory(&sockets, user)?;
        let bin = binaries(&home.join("postgres"))?;
        Ok(Self { bin, home, sockets, user })
    }

    fn data(&self) -> PathBuf {
        self.home.join("postgres")
    }

    fn set_up(&self) -> Result<(), NotStarted> {
        let data = self.data();
        if data.join("PG_VERSION").exists() {
            return Ok(());
        }
        eprintln!("Setting up a PostgreSQL of its own in {}.", self.home.display());
        // A set-up that was cut off left something that cannot be used.
        let _ = fs::remove_dir_all(&data);
        let fresh = self.home.join("postgres.new");
        let _ = fs::remove_dir_all(&fresh);
        let password = self.home.join("password");
        let mut file =
            fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&password).map_err(at(&password))?;
        file.write_all(crate::auth::Password::random().as_str().as_bytes()).map_err(at(&password))?;
        self.give(&password)?;
        let (dir, pwfile) = (fresh.display().to_string(), password.display().to_string());
        // Whoever can reach the socket's directory (mode 0700) is its user; over the network the password is asked.
        let auth = ["--auth-local=trust", "--auth-host=scram-sha-256", "--username=docket", "--pwfile", &pwfile];
        let kind = ["--encoding=UTF8", "--no-locale", "-D", &dir];
        self.run("initdb", &[&auth[..], &kind[..]].concat())?;
        let conf = fresh.join("postgresql.conf");
        let mut conf_file = fs::OpenOptions::new().append(true).open(&conf).map_err(at(&conf))?;
        conf_file.write_all(SETTINGS.as_bytes()).map_err(at(&conf))?;
        fs::rename(&fresh, &data).map_err(at(&data))
    }

    /// pg_ctl gives the server a session of its own, so that the terminal's Ctrl-C reaches only us.
    fn launch(&self) -> Result<(), NotStarted> {
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| NotStarted::Io("a free port".into(), error))?.port();
        let (data, log) = (self.data().display().to_string(), self.home.join("postgres.log").display().to_string());
        let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}'", self.sockets.display());
        self.run("pg_ctl", &["start", "-D", &data, "-l", &log, "-w", "-t", "60", "-o", &options])?;
        eprintln!("PostgreSQL runs in {} (127.0.0.1:{port}).", self.home.display());
        Ok(())
    }

    fn runs(&self) -> bool {
        let data = self.data().display().to_string();
        self.data().join("postmaster.pid").exists() && self.run("pg_ctl", &["status", "-D", &data]).is_ok()
    }

    /// The fourth line of postmaster.pid, once the server has written it.
    fn port(&self) -> Option<u16> {
        fs::read_to_string(self.data().join("postmaster.pid")).ok()?.lines().nth(3)?.trim().parse().ok()
    }

    fn ready(&self, port: u16) -> bool {
        let (host, port) = (self.sockets.display().to_string(), port.to_string());
        self.run("pg_isready", &["-q", "-h", &host, "-p", &port, "-d", "postgres", "-U", "docket"]).is_ok()
    }

    fn give(&self, path: &Path) -> Result<(), NotStarted> {
        self.user.map_or(Ok(()), |(uid, gid)| chown(path, Some(uid), Some(gid)).map_err(at(path)))
    }

    /// Runs one of PostgreSQL's programs as the right user, in a clean environment.
    fn run(&self, program: &str, arguments: &[&str]) -> Result<String, NotStarted> {
        let mut command = Command::new(self.bin.join(program));
        command.args(arguments).env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        // Not a pipe: the server would inherit it, and we would wait for its end.
        if program == "pg_ctl" {
            command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
            as_user(&mut command, self.user);
            let status = command.status().map_err(|error| NotStarted::Io(program.into(), error))?;
            let log = self.home.join("postgres.log");
            let why = || format!("{status}; see {}", log.display());
            return if status.success() { Ok(String::new()) } else { Err(NotStarted::Step { what: program.into(), why: why() }) };
        }
        as_user(&mut command, self.user);
        output(&mut command).map_err(|why| NotStarted::Step { what: program.into(), why })
    }
}

fn as_user(command: &mut Command, user: Option<(u32, u32)>) {
    command.process_group(0);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
}

/// Standard output of a program that succeeded, or what it complained of.
fn output(command: &mut Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    match status.success() {
        true => Ok(String::from_utf8_lossy(&stdout).trim().to_owned()),
        false => Err(format!("{status}: {}", String::from_utf8_lossy(&stderr).trim())),
    }
}

fn at(path: &Path) -> impl Fn(io::Error) -> NotStarted {
    let path = path.display().to_string();
    move |error| NotStarted::Io(path.clone(), error)
}

/// A number for a path, the same at every start.
fn fingerprint(path: &Path) -> u32 {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(path.display().to_string());
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

fn system_user() -> Result<(u32, u32), NotStarted> {
    let number = |flag: &str| output(Command::new("id").args([flag, SYSTEM_USER])).ok().and_then(|id| id.parse().ok());
    if number("-u").is_none() {
        let options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER];
        output(Command::new("useradd").args(options))
            .map_err(|why| NotStarted::Step { what: format!("useradd {SYSTEM_USER}"), why })?;
    }
    let step = || NotStarted::Step { what: format!("id {SYSTEM_USER}"), why: "no such user".into() };
    Ok((number("-u").ok_or_else(step)?, number("-g").ok_or_else(step)?))
}

/// Whether that user may pass through every directory above (and the directory itself, once it is there and theirs).
fn reachable(path: &Path, (uid, gid): (u32, u32)) -> bool {
    path.ancestors().skip(1).filter_map(|parent| fs::metadata(parent).ok()).all(|parent| {
        let mode = parent.mode();
        match () {
            _ if parent.uid() == uid => mode & 0o100 != 0,
            _ if parent.gid() == gid => mode & 0o010 != 0,
            _ => mode & 0o001 != 0,
        }
    })
}

fn private_directory(path: &Path, user: Option<(u32, u32)>) -> Result<(), NotStarted> {
    fs::create_dir_all(path).map_err(at(path))?;
    if let Some((uid, gid)) = user {
        chown(path, Some(uid), Some(gid)).map_err(at(path))?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(at(path))
}

/// The newest PostgreSQL of this machine, or the one that the data was made with.
fn binaries(data: &Path) -> Result<PathBuf, NotStarted> {
    let made_with = fs::read_to_string(data.join("PG_VERSION")).ok().map(|text| text.trim().to_owned());
    let mut found: Vec<(u32, PathBuf)> = places()
        .into_iter()
        .filter_map(|bin| version(&bin).map(|major| (major, bin)))
        .filter(|(major, _)| *major >= OLDEST)
        .collect();
    // Stable: of the same version the first place wins.
    found.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    match made_with {
        Some(made_with) => {
            let fits = found.into_iter().find(|(major, _)| major.to_string() == made_with);
            fits.map(|(_, bin)| bin).ok_or_else(|| NotStarted::OtherVersion(data.display().to_string(), made_with))
        }
        None => found.into_iter().next().map(|(_, bin)| bin).ok_or(NotStarted::NoBinaries),
    }
}

fn places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    places.extend(output(Command::new("pg_config").arg("--bindir")).ok().map(PathBuf::from));
    for (parent, rest) in
        [("/usr/lib/postgresql", "bin"), ("/opt/homebrew/opt", "bin"), ("/usr/local/opt", "bin"), ("/usr", "bin")]
    {
        let versions = fs::read_dir(parent).into_iter().flatten().flatten();
        let postgres =
            versions.filter(|entry| parent.ends_with("postgresql") || entry.file_name().to_string_lossy().starts_with("p"));
        places.extend(postgres.map(|entry| entry.path().join(rest)));
    }
    places
}

/// The major version of a directory's PostgreSQL, if all we need is there.
fn version(bin: &Path) -> Option<u32> {
    if !["initdb", "pg_ctl", "postgres", "pg_isready"].iter().all(|program| bin.join(program).exists()) {
        return None;
    }
    let text = output(Command::new(bin.join("postgres")).arg("--version")).ok()?;
    text.split_whitespace().find_map(|word| word.split(['.', 'b', 'r', 'd']).next()?.parse().ok())
}
