//! The house with everything in it: database, log, commands, screens, keys. Opened once by whoever serves, imports or tests.

use crate::auth::{Passwords, PortalTokens, Tokens, Vault};
use crate::calls::accesses::desk::Desk;
use crate::config::{Config, Duty};
use crate::error::Error;
use crate::http::{limits::Limits, places, tags::Behind};
use crate::live::{Boards, Feed};
use crate::private_postgres::PrivatePostgres;
use commands::{Ask, Clock, Commands, Principal};
use eventlog::chaos::{Point, passing};
use eventlog::postgres::{APP_ROLE, PostgresLog, pool, pool_of, refuse_unless_safe};
use eventlog::{Log, Position};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use processes::calls::Telephony;
use processes::notices::Notices;
use processes::threecx::ThreeCx;
use processes::verification::Checker;
use processes::{Processes, Tools};
use projections::{Engine, Progress, Reader};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, PgPool};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Instrument;

/// How long PostgreSQL may look for the answer to one question: a little less than an answer may take (`places::ANSWER`).
const LONGEST_QUESTION: Duration = Duration::from_secs(9);
/// How long a query waits for the screens to reach `Docket-Min-Position`.
const PATIENCE: Duration = Duration::from_secs(2);
/// States that are remembered where nobody asks over HTTP: an import goes through a history in the order of its time, so that the
/// things of one moment are few, and its memory must not grow with the length of the history.
const FEW_STATES: usize = 16_384;

/// Why the house cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    #[error(transparent)]
    Postgres(#[from] crate::private_postgres::NotStarted),
    #[error("the database does not answer: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the database cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error(transparent)]
    NotSafe(#[from] eventlog::postgres::NotSafe),
    #[error("the screens cannot be set up: {0}")]
    Screens(#[from] projections::engine::Error),
    #[error("the listener for records of calls cannot be started: {0}")]
    Listener(String),
    #[error("notices cannot be sent: {0}")]
    Notices(#[from] processes::notices::NotSetUp),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Bootstrap(String),
}

/// All that handlers, the command line and tests work with. Cheap to clone; `web::Data<House>` in handlers.
#[derive(Clone)]
pub struct House(Arc<Rooms>);

/// What is in it.
pub struct Rooms {
    pub config: Config,
    pub commands: Commands,
    /// Questions to the read models.
    pub reader: Reader,
    /// How far the read models are, whichever process computes them.
    pub progress: Progress,
    pub vault: Vault,
    pub tokens: Tokens,
    /// Those of the customer portal.
    pub portal: PortalTokens,
    pub passwords: Passwords,
    pub limits: Limits,
    /// Companies whose screens are a little behind.
    pub behind: Behind,
    /// What is told outside.
    pub notices: Notices,
    /// Asks telephone systems.
    pub threecx: ThreeCx,
    /// Compares what people look at in call centres with the log.
    pub checker: Checker,
    /// How records of calls come in.
    pub telephony: Telephony,
    pub metrics: PrometheusHandle,
    /// As whoever owns the database: migrations, generations.
    pub owner: PgPool,
    /// As `docket_projector`.
    pub projector: PgPool,
    /// As `docket_app`.
    pub app: PgPool,
    /// The same for notices.
    outbox: PgPool,
    /// Set when this process was asked to stop, while it still answers.
    pub leaving: watch::Sender<bool>,
    /// Where it is noted who was shown what.
    pub accesses: Desk,
    /// What those hear who listen.
    pub feed: Arc<Feed>,
    /// The boards that somebody watches.
    pub boards: Boards,
    /// Where work goes on when whoever asked for it has gone away.
    runtime: Handle,
    engine: Option<Engine>,
    processes: Mutex<Option<Processes>>,
    log: Log,
    postgres: Option<PrivatePostgres>,
}

impl std::ops::Deref for House {
    type Target = Rooms;
    fn deref(&self) -> &Rooms {
        &self.0
    }
}

impl House {
    /// Finds or starts the database, brings it up to date, refuses it if it could lose or leak anything, and opens everything.
    pub async fn open(config: Config) -> Result<Self, NotOpened> {
        let (options, postgres) = database(&config).await?;
        let owner = pool_of(4).connect_with(options.clone().application_name("docket owner")).await?;
        sqlx::migrate!("../migrations").run(&owner).await?;
        let models = projections::all();
        projections::set_up(&owner, &models).await?;

        let named = |name: &str| options.clone().application_name(name);
        let app = pool(named("docket app"), APP_ROLE, 16).await?;
        refuse_unless_safe(&app).await?;
        let log: Log = PostgresLog::open(named("docket log"), app.clone()).await?.into();
        let projector = pool(named("docket projector"), "docket_projector", 8).await?;
        let reader = Reader::new(projections::reader::pool(named("docket reader"), APP_ROLE, 16).await?);
        let elsewhere = Progress::of(app.clone(), &models);
        let vault = Vault::new(app.clone());
        let tokens = Tokens::new(&vault.secret("access_token").await?);
        let portal = PortalTokens::new(&vault.secret("portal_token").await?);
        let clock: Clock = Arc::new(chrono::Utc::now);
        let commands = match config.does(Duty::Api) {
            true => Commands::new(log.clone(), clock),
            false => Commands::remembering(log.clone(), clock, FEW_STATES),
        };
        let engine = config.does(Duty::Project).then(|| Engine::start(log.clone(), owner.clone(), projector.clone(), models));
        // Workers of this very process say at once how far they are; those of another are asked for it.
        let progress = engine.as_ref().map_or(elsewhere, |engine| engine.progress().clone());
        // Connections of its own: a storm of notices must not take those that handlers wait for.
        let outbox = pool(named("docket notices"), APP_ROLE, 6).await?;
        let notices = Notices::new(commands.clone(), outbox.clone(), &config.means())?;
        let telephony = Telephony::new(commands.clone(), app.clone());
        let threecx = ThreeCx::new(app.clone(), &config.threecx())?;
        let checker = Checker::new(commands.clone(), app.clone(), projector.clone(), owner.clone());
        let tools = || Tools {
            commands: commands.clone(),
            reader: reader.clone(),
            progress: progress.clone(),
            notices: notices.clone(),
            checker: checker.clone(),
            threecx: threecx.clone(),
        };
        let processes = config.does(Duty::Process).then(|| Processes::start(tools()));
        let reader = reader.at_most(LONGEST_QUESTION);
        let limits = Limits::new(config.rate_limit, config.rate_limit_tenant, config.rate_limit_address);
        let accesses = Desk::open(commands.clone());
        Ok(Self(Arc::new(Rooms {
            config,
            commands,
            reader,
            progress,
            vault,
            tokens,
            portal,
            passwords: Passwords::default(),
            limits,
            behind: Behind::default(),
            notices,
            threecx,
            checker,
            telephony,
            metrics: recorder(),
            owner,
            projector,
            app,
            outbox,
            leaving: watch::Sender::new(false),
            accesses,
            feed: Arc::new(Feed::of(log.clone())),
            boards: Boards::default(),
            runtime: Handle::current(),
            engine,
            processes: Mutex::new(processes),
            log,
            postgres,
        })))
    }

    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The screens' workers, if this process has them.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// Lets a task go on by itself, on the threads on which the house works.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work.in_current_span());
    }

    /// Does work that is brought to its end even if the caller goes away meanwhile.
    pub async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let done = self.runtime.spawn(work.in_current_span()).await;
        passing(Point::BeforeAnswer);
        done.unwrap_or_else(|gone| Err(Error::internal(gone)))
    }

    /// Carries out a command, whether or not the caller waits for its answer.
    pub async fn execute(&self, who: &Principal, ask: Ask) -> Result<commands::Answer, Error> {
        Ok(self.carry_out(who, ask).await??)
    }

    /// The same, with the command's own error. A task of its own, but on the thread that asks: the log does its work at home, so
    /// nothing here touches a connection, and what is remembered already need not change threads to be decided upon.
    pub async fn carry_out(&self, who: &Principal, ask: Ask) -> Result<Result<commands::Answer, commands::Error>, Error> {
        tracing::Span::current().record("command", ask.command.name());
        let (commands, who) = (self.commands.clone(), who.clone());
        let work = async move { commands.execute(&who, ask).await };
        let done = tokio::spawn(work.in_current_span()).await;
        passing(Point::BeforeAnswer);
        done.map_err(Error::internal)
    }

    /// Carries out commands in their order, whether or not the caller waits for their answers.
    pub async fn execute_all(
        &self,
        who: &Principal,
        asks: Vec<Ask>,
    ) -> Result<Vec<Result<commands::Answer, commands::Error>>, Error> {
        let (commands, who) = (self.commands.clone(), who.clone());
        self.finish(async move { Ok(commands.execute_all(&who, asks).await) }).await
    }

    /// Waits until what people look at reflects this position.
    pub async fn wait_for(&self, position: Position) -> Result<(), Error> {
        if position > self.log().head().await?.position {
            return Err(Error::stale(format!("Docket-Min-Position: the log has not come to {position} yet")));
        }
        places::leave();
        match self.progress.wait_for(position, PATIENCE).await {
            true => Ok(()),
            false => Err(Error::unavailable(format!("what you asked for is not computed up to {position} yet; try again"))),
        }
    }

    /// Whether what people look at reflects a command by now, after waiting for it.
    pub async fn shows(&self, done: &commands::Answer) -> bool {
        match done.position {
            Some(position) => self.wait_for(position).await.is_ok(),
            None => true,
        }
    }

    /// Finishes what was begun and closes everything, our own PostgreSQL last.
    pub async fn close(&self) {
        let processes = self.processes.lock().map(|mut processes| processes.take()).unwrap_or_default();
        if let Some(processes) = processes {
            processes.stop().await;
        }
        self.accesses.close().await;
        if let Some(engine) = &self.engine {
            engine.shutdown().await;
        }
        self.log().close().await;
        for pool in [&self.outbox, &self.app, &self.projector, &self.owner] {
            pool.close().await;
        }
        if let Some(postgres) = &self.postgres {
            postgres.stop();
        }
    }
}

/// The database that was named, or our own.
pub async fn database(config: &Config) -> Result<(PgConnectOptions, Option<PrivatePostgres>), NotOpened> {
    if let Some(url) = &config.database_url {
        return Ok((url.parse()?, None));
    }
    let home = config.home.clone();
    let postgres = tokio::task::spawn_blocking(move || PrivatePostgres::start(&home)).await.map_err(std::io::Error::other)??;
    let options = postgres.options();
    let mut conn = PgConnection::connect_with(&options.clone().database("postgres")).await?;
    let known: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = 'docket')").fetch_one(&mut conn).await?;
    if !known {
        match sqlx::query("create database docket").execute(&mut conn).await {
            // Another process of ours was faster.
            Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == "42P04" || code == "23505") => {}
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
    }
    conn.close().await?;
    Ok((options.database("docket"), Some(postgres)))
}

/// One recorder for the whole program; tests open several houses.
fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    let make = || {
        const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        const COUNTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_size".into()), COUNTS))
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // An error means that the program around us (a benchmark) records by itself.
        let _ = metrics::set_global_recorder(recorder);
        handle
    };
    RECORDER.get_or_init(make).clone()
}
