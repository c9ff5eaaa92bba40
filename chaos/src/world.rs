//! One fresh Docket with everything around it: a database, servers, two companies, clients and their journal.

use crate::Outcome;
use crate::client::Load;
use crate::cluster::Cluster;
use crate::desk::Desk;
use crate::journal::{Fate, Journal};
use crate::mix::{Company, Mix};
use crate::oracle::{self, Watermark};
use crate::plan::Plan;
use crate::row::Row;
use crate::server::Server;
use eventlog::chaos::Mutant;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long anything may take before a world counts as dead.
const LIFE: Duration = Duration::from_secs(90);

/// What a world is made of.
#[derive(Clone)]
pub struct Setup {
    pub servers: usize,
    pub clients: u32,
    /// Clients ask without a pause.
    pub restless: bool,
    /// The servers reach PostgreSQL by this port (of a proxy in front of it) instead of its own.
    pub through: Option<u16>,
    pub recovered: Recovered,
    /// Further settings of every server.
    pub settings: Vec<(&'static str, String)>,
}

/// What ends the count of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// A yes to a request that was sent after the fault.
    FirstOk,
    /// That, and every read model shows all that was on the log by then.
    CaughtUp,
}

impl Default for Setup {
    fn default() -> Self {
        Self { servers: 1, clients: 8, restless: false, through: None, recovered: Recovered::FirstOk, settings: Vec::new() }
    }
}

/// A running Docket and all that is known about it.
pub struct World {
    name: String,
    pub cluster: Arc<Cluster>,
    /// Connects to the world's database as its owner, past any proxy.
    pub database_url: String,
    pub servers: Vec<Server>,
    pub desk: Arc<Desk>,
    pub companies: Vec<Company>,
    pub journal: Arc<Journal>,
    pub load: Load,
    pub dice: StdRng,
    pub row: Row,
    /// Where servers and journal leave what is worth reading after a failure.
    pub folder: PathBuf,
    watermark: Watermark,
    recovered: Recovered,
}

impl World {
    /// Sets everything up and returns when it works.
    pub async fn open(
        plan: &Plan,
        cluster: Arc<Cluster>,
        name: &str,
        dice: &mut StdRng,
        setup: &Setup,
        mutant: Option<Mutant>,
    ) -> Outcome<Self> {
        let mut dice = StdRng::from_rng(dice);
        let database_url = cluster.create_database(name).await?;
        let seen_by_servers = match setup.through {
            Some(port) => database_url.replace(&format!(":{}/", cluster.port()), &format!(":{port}/")),
            None => database_url.clone(),
        };
        let folder = plan.folder().join(name);
        std::fs::create_dir_all(&folder)?;
        let mut servers = Vec::new();
        for n in 1..=setup.servers {
            let mut server = Server::new(&plan.docket, &folder, &format!("server{n}"), &seen_by_servers)?;
            setup.settings.iter().for_each(|(name, value)| server.set(name, value));
            if let Some(mutant) = mutant {
                server.set("DOCKET_MUTANT", mutant.name());
            }
            server.start()?;
            // One after the other: the first one sets the database up.
            server.answering(LIFE).await?;
            servers.push(server);
        }
        let addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
        let journal = Arc::new(Journal::open(&folder.join("journal.ndjson"))?);
        let desk = Arc::new(Desk::open(&servers[0], journal.clone()).await?);
        let mut companies = Vec::new();
        for _ in 0..2 {
            companies.push(desk.company(addresses[0], &mut dice).await?);
        }
        let mix = |client| Mix::new(client, &mut dice, &companies);
        let mut clients: Vec<Mix> = (1..=setup.clients).map(mix).collect();
        if setup.restless {
            clients = clients.into_iter().map(Mix::restless).collect();
        }
        let mut watermark = Watermark::default();
        watermark.servers = setup.servers;
        let load = Load::new(desk.clone(), journal.clone(), addresses, clients);
        Ok(Self {
            name: name.to_owned(),
            cluster,
            database_url,
            servers,
            desk,
            companies,
            journal,
            load,
            dice,
            row: Row::default(),
            folder,
            watermark,
            recovered: setup.recovered,
        })
    }

    /// One round: clients at work, a fault at a moment that the dice choose, recovery, quiet, judgement.
    ///
    /// `fault` answers with the moment from which recovery counts.
    pub async fn round(&mut self, fault: impl AsyncFnOnce(&mut World) -> Outcome<Instant>) -> Outcome<()> {
        self.load.start();
        if !self.load.more(20, LIFE).await {
            return Err(self.dead("no command is carried out before the fault").into());
        }
        let moment = Duration::from_millis(self.dice.random_range(0..400));
        tokio::time::sleep(moment).await;
        let since = fault(self).await?;
        let Some(mut came) = self.load.first_ok_after(since, LIFE).await else {
            return Err(self.dead("no command is carried out after the fault").into());
        };
        if self.recovered == Recovered::CaughtUp {
            self.lag(LIFE).await?;
            came = Instant::now();
        }
        self.row.recoveries.push(came - since);
        self.load.more(20, LIFE).await;
        self.load.stop(LIFE).await;
        self.row.rounds += 1;
        self.judge().await
    }

    /// Lets the read models catch up and asks the oracle.
    pub async fn judge(&mut self) -> Outcome<()> {
        if let Err(late) = self.lag(Duration::from_secs(30)).await {
            self.row.broken.push(format!("in quiet, {late}"));
        }
        let findings = oracle::check(&self.database_url, &self.journal.snapshot(), &mut self.watermark).await?;
        self.row.judged(findings);
        Ok(())
    }

    /// How long it takes from now until every read model shows all that is on the log now; an error if that takes too long.
    pub async fn lag(&self, patience: Duration) -> Outcome<Duration> {
        let began = Instant::now();
        let mut conn = PgConnection::connect(&self.database_url).await?;
        let head: i64 = sqlx::query_scalar("select coalesce(max(position), 0) from log.events").fetch_one(&mut conn).await?;
        let behind = "select model || coalesce(' has stopped: ' || stopped, ' is at ' || position)
                      from projection.checkpoints where position < $1 order by model";
        loop {
            let behind: Vec<String> = sqlx::query_scalar(behind).bind(head).fetch_all(&mut conn).await?;
            if behind.is_empty() {
                conn.close().await?;
                return Ok(began.elapsed());
            }
            if began.elapsed() > patience {
                return Err(format!("after {patience:?}, with the log at {head}: {}", behind.join(", ")).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks for one thing and waits for its answer, whatever happens meanwhile; the journal knows of it.
    pub async fn ask(
        &self,
        server: usize,
        company: usize,
        command: &str,
        on: Uuid,
        data: Value,
        at: Option<String>,
    ) -> Outcome<Fate> {
        let (server, tenant) = (self.servers[server].address, self.companies[company].tenant);
        self.desk.ask(server, tenant, command, on, data, at).await
    }

    /// Why nothing goes on, with where to read more.
    pub fn dead(&self, why: &str) -> String {
        format!("{why} (seen: {:?}); see {}", self.load.seen().statuses, self.folder.display())
    }

    /// Ends it and gives its figures away.
    pub async fn close(mut self) -> Outcome<Row> {
        let seen = self.load.seen();
        if let Some(first) = seen.faults.first() {
            self.row.notes.push(format!("{} answers 5xx that are not 503, the first: {first}", seen.faults.len()));
        }
        for server in &mut self.servers {
            server.kill()?;
        }
        if self.row.is_sound() {
            // What is left of an unsound one may be looked at.
            self.cluster.drop_database(&self.name).await?;
        }
        Ok(std::mem::take(&mut self.row))
    }
}
