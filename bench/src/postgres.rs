//! The PostgreSQL that everything is measured on, with a database for each of those who are compared.

use crate::Outcome;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::process::Command;
use std::time::{Duration, Instant};

/// A PostgreSQL server, by the URL of its superuser.
#[derive(Clone)]
pub struct Server {
    url: String,
}

/// A database of one's own. It is dropped with the server, or by [`Server::drop`].
#[derive(Clone)]
pub struct Database {
    pub url: String,
    name: String,
}

impl Database {
    pub async fn connect(&self) -> Outcome<PgConnection> {
        Ok(PgConnection::connect(&self.url).await?)
    }

    /// The one number that a query comes to.
    pub async fn number(&self, query: &str) -> Outcome<i64> {
        let mut conn = self.connect().await?;
        let number = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut conn).await?;
        conn.close().await?;
        Ok(number)
    }

    /// The words that a query comes to.
    pub async fn names(&self, query: &str) -> Outcome<Vec<String>> {
        let mut conn = self.connect().await?;
        let names = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut conn).await?;
        conn.close().await?;
        Ok(names)
    }

    /// Statements without an answer, one after the other.
    pub async fn run(&self, statements: &str) -> Outcome<()> {
        let mut conn = self.connect().await?;
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut conn).await?;
        Ok(conn.close().await?)
    }
}

impl Database {
    /// Waits until autovacuum, which looks once a minute, has been wherever it has to go, as on any database that was not filled
    /// just now; answers with how long that took.
    pub async fn vacuumed(&self) -> Outcome<Duration> {
        let began = Instant::now();
        // The conditions of autovacuum with its default settings, and whether it is at work.
        let waiting = "select (select count(*) from pg_stat_user_tables
               where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup
                 or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup)
             + (select count(*) from pg_stat_activity where backend_type = 'autovacuum worker' and datname = current_database())";
        while self.number(waiting).await? > 0 {
            if began.elapsed() > Duration::from_secs(300) {
                return Err("autovacuum does not come to an end".into());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(began.elapsed())
    }
}

impl Server {
    pub fn new(url: String) -> Self {
        Self { url }
    }

    pub async fn database(&self, name: &str) -> Outcome<Database> {
        let name = format!("bench_{name}_{}", std::process::id());
        let mut conn = PgConnection::connect(&self.url).await?;
        sqlx::query(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).execute(&mut conn).await?;
        sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut conn).await?;
        conn.close().await?;
        let (base, _) = self.url.rsplit_once('/').ok_or("the server's URL names no database")?;
        Ok(Database { url: format!("{base}/{name}"), name })
    }

    pub async fn drop(&self, database: Database) -> Outcome<()> {
        let mut conn = PgConnection::connect(&self.url).await?;
        sqlx::query(AssertSqlSafe(format!("drop database {} with (force)", database.name))).execute(&mut conn).await?;
        Ok(conn.close().await?)
    }

    /// Drops all databases of this run.
    pub async fn sweep(&self) -> Outcome<()> {
        let mut conn = PgConnection::connect(&self.url).await?;
        let ours = format!("^bench_.*_{}$", std::process::id());
        let names: Vec<String> = sqlx::query_scalar("select datname::text from pg_database where datname ~ $1")
            .bind(ours)
            .fetch_all(&mut conn)
            .await?;
        for name in names {
            sqlx::query(AssertSqlSafe(format!("drop database {name} with (force)"))).execute(&mut conn).await?;
        }
        Ok(conn.close().await?)
    }

    /// Writes out what the last run left dirty, so that no line pays for the one before it.
    pub async fn checkpoint(&self) -> Outcome<()> {
        let mut conn = PgConnection::connect(&self.url).await?;
        sqlx::raw_sql("checkpoint").execute(&mut conn).await?;
        Ok(conn.close().await?)
    }

    /// The machine and the server in one line.
    pub async fn machine(&self) -> Outcome<String> {
        let mut conn = PgConnection::connect(&self.url).await?;
        let settings: Vec<(String, String)> = sqlx::query_as(
            "select name, current_setting(name) from pg_settings
             where name in ('server_version', 'fsync', 'full_page_writes', 'synchronous_commit', 'shared_buffers') order by name",
        )
        .fetch_all(&mut conn)
        .await?;
        conn.close().await?;
        let of = |name: &str| settings.iter().find(|(known, _)| known == name).map_or("?", |(_, value)| value.as_str());
        let version = of("server_version").split(' ').next().unwrap_or("?");
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpus.lines().find_map(|line| line.strip_prefix("model name")).and_then(|line| line.split(": ").nth(1));
        let commit = Command::new("git").args(["describe", "--always", "--dirty= with changes"]).output().ok();
        let commit = commit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        Ok(format!(
            "{} · commit {commit} · {} cores ({}) · PostgreSQL {version} on the same machine, fsync {}, full_page_writes {}, \
             synchronous_commit {}, shared_buffers {}",
            chrono::Utc::now().format("%Y-%m-%d"),
            std::thread::available_parallelism()?,
            cpu.unwrap_or("unknown"),
            of("fsync"),
            of("full_page_writes"),
            of("synchronous_commit"),
            of("shared_buffers"),
        ))
    }
}

/// Percent of the machine's processors that are busy at this moment, over one second; `None` where that cannot be told.
pub async fn busy() -> Option<f64> {
    let (before, idle_before) = ticks()?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (after, idle_after) = ticks()?;
    Some(100.0 * (1.0 - (idle_after - idle_before) / (after - before).max(1.0)))
}

/// All ticks of all processors, and those in which there was nothing to do.
fn ticks() -> Option<(f64, f64)> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<f64> = stat.lines().next()?.split_ascii_whitespace().skip(1).filter_map(|n| n.parse().ok()).collect();
    Some((ticks.iter().sum(), ticks.get(3)? + ticks.get(4)?))
}
