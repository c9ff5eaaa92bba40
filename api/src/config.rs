//! All that can be set from outside, in one place, each with the default that suits most.

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use processes::notices::Means;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use uuid::Uuid;

/// The duties of a process of Docket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Duty {
    /// Answers HTTP.
    Api,
    /// Keeps what people look at up to date.
    Project,
    /// Does what nobody has to ask for.
    Process,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// The settings, from options or the environment.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// The PostgreSQL to use. Not given: Docket runs its own in its home directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Where Docket keeps its own PostgreSQL.
    #[arg(long, env = "DOCKET_HOME", default_value = ".docket", global = true)]
    pub home: PathBuf,
    /// The address to answer HTTP on.
    #[arg(long, env = "DOCKET_BIND", default_value = "127.0.0.1:8000", global = true)]
    pub bind: SocketAddr,
    /// What this process does.
    #[arg(long, env = "DOCKET_ROLES", value_enum, value_delimiter = ',', default_value = "api,project,process", global = true)]
    pub roles: Vec<Duty>,
    /// Web pages that may call the API, for example https://desk.example.com; `*` for any.
    #[arg(long, env = "DOCKET_CORS_ORIGINS", value_delimiter = ',', global = true)]
    pub cors_origins: Vec<String>,
    /// Requests a minute for each user (0: no limit).
    #[arg(long, env = "DOCKET_RATE_LIMIT", default_value_t = 60_000, global = true)]
    pub rate_limit: u32,
    /// Requests a minute for each tenant (0: no limit).
    #[arg(long, env = "DOCKET_RATE_LIMIT_TENANT", default_value_t = 600_000, global = true)]
    pub rate_limit_tenant: u32,
    /// Requests a minute for each address of callers who have not signed in (0: no limit).
    #[arg(long, env = "DOCKET_RATE_LIMIT_ADDRESS", default_value_t = 12_000, global = true)]
    pub rate_limit_address: u32,
    /// Offer the testing interface, in which admins play through what agencies might do. Not for companies in production.
    #[arg(long, env = "DOCKET_TESTING", global = true)]
    pub testing: bool,
    /// A proxy stands in front: believe what it says of the caller's address.
    #[arg(long, env = "DOCKET_BEHIND_PROXY", global = true)]
    pub behind_proxy: bool,
    /// Networks of the inside that notices may be sent to all the same, for example 10.1.0.0/16.
    #[arg(long, env = "DOCKET_NOTICES_ALLOW", value_delimiter = ',', global = true)]
    pub notices_allow: Vec<IpNet>,
    /// Milliseconds after which a notice that did not arrive is tried again; later pauses are multiples of it.
    #[arg(long, env = "DOCKET_NOTICES_RETRY_MS", default_value_t = 5_000, global = true)]
    pub notices_retry_ms: u64,
    /// Milliseconds that one attempt at sending a notice may take.
    #[arg(long, env = "DOCKET_NOTICES_TIMEOUT_MS", default_value_t = 15_000, global = true)]
    pub notices_timeout_ms: u64,
    /// The mail server for notices: smtp://user:password@host:port or smtps://…; not given: no mail is sent.
    #[arg(long, env = "DOCKET_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<String>,
    /// Whom notices by mail are from, for example "Docket <docket@example.com>".
    #[arg(long, env = "DOCKET_SMTP_FROM", global = true)]
    pub smtp_from: Option<String>,
    /// Networks of the inside in which telephone systems (3CX) may be asked, for example 10.1.0.0/16.
    #[arg(long, env = "DOCKET_THREECX_ALLOW", value_delimiter = ',', global = true)]
    pub threecx_allow: Vec<IpNet>,
    /// Milliseconds that one answer of a telephone system may take.
    #[arg(long, env = "DOCKET_THREECX_TIMEOUT_MS", default_value_t = 10_000, global = true)]
    pub threecx_timeout_ms: u64,
    /// The address to take records of calls on, a line each, as 3CX's active socket sends them.
    #[arg(long, env = "DOCKET_CDR_LISTEN", global = true)]
    pub cdr_listen: Option<SocketAddr>,
    /// The telephone system (source) whose records come in there.
    #[arg(long, env = "DOCKET_CDR_SOURCE", global = true)]
    pub cdr_source: Option<Uuid>,
    /// The networks from which they may come, for example 10.1.0.0/16; not given: from anywhere.
    #[arg(long, env = "DOCKET_CDR_ALLOW", value_delimiter = ',', global = true)]
    pub cdr_allow: Vec<IpNet>,
    /// What is written to the log, in the syntax of tracing's filters.
    #[arg(long, env = "DOCKET_LOG", default_value = "info,sqlx=warn,actix_server=warn", global = true)]
    pub log: String,
    /// How log lines look.
    #[arg(long, env = "DOCKET_LOG_FORMAT", value_enum, default_value = "text", global = true)]
    pub log_format: LogFormat,
    /// Seconds that running requests get to finish when Docket is asked to stop.
    #[arg(long, env = "DOCKET_DRAIN_SECONDS", default_value_t = 20, global = true)]
    pub drain_seconds: u64,
    /// The program that typesets reports; this very one if it is not given (tests are another program).
    #[arg(long, env = "DOCKET_PROGRAM", hide = true, global = true)]
    pub program: Option<PathBuf>,
    /// Seconds that typesetting a report may take.
    #[arg(long, env = "DOCKET_TYPESET_SECONDS", default_value_t = 60, hide = true, global = true)]
    pub typeset_seconds: u64,
}

impl Config {
    /// The defaults with this database, on a free port: what tests start from.
    pub fn for_tests(database_url: &str) -> Self {
        Self {
            database_url: Some(database_url.to_owned()),
            home: ".docket".into(),
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            roles: vec![Duty::Api, Duty::Project, Duty::Process],
            cors_origins: Vec::new(),
            rate_limit: 60_000,
            rate_limit_tenant: 600_000,
            rate_limit_address: 12_000,
            testing: false,
            behind_proxy: false,
            notices_allow: vec![IpNet::from(IpAddr::from(Ipv4Addr::LOCALHOST))],
            notices_retry_ms: 0,
            notices_timeout_ms: 1_000,
            smtp_url: None,
            smtp_from: None,
            threecx_allow: vec![IpNet::from(IpAddr::from(Ipv4Addr::LOCALHOST))],
            threecx_timeout_ms: 1_000,
            cdr_listen: None,
            cdr_source: None,
            cdr_allow: Vec::new(),
            log: "warn".into(),
            log_format: LogFormat::Text,
            drain_seconds: 2,
            program: None,
            typeset_seconds: 60,
        }
    }

    /// How notices are sent.
    pub fn means(&self) -> Means {
        Means {
            allowed: self.notices_allow.clone(),
            smtp_url: self.smtp_url.clone(),
            smtp_from: self.smtp_from.clone(),
            first_pause: Duration::from_millis(self.notices_retry_ms),
            patience: Duration::from_millis(self.notices_timeout_ms),
        }
    }

    /// How telephone systems are asked.
    pub fn threecx(&self) -> processes::threecx::Means {
        let patience = Duration::from_millis(self.threecx_timeout_ms);
        processes::threecx::Means { allowed: self.threecx_allow.clone(), patience }
    }

    pub fn does(&self, duty: Duty) -> bool {
        self.roles.contains(&duty)
    }
}
