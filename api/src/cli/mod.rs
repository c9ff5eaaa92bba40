//! What can be asked of `docket` on the command line.

mod import;
mod ingest;
mod prove;
mod serve;
mod show;
mod typeset;

use crate::auth::Vault;
use crate::config::{Config, LogFormat};
use crate::house::House;
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// One backend for operations teams that live by calls, conversations and cases.
#[derive(Parser)]
#[command(name = "docket", version, about, propagate_version = true)]
pub struct Arguments {
    #[command(flatten)]
    pub config: Config,
    #[command(subcommand)]
    pub wish: Wish,
}

/// The wishes.
#[derive(Subcommand)]
pub enum Wish {
    /// Answer HTTP, keep what people look at up to date, and do what nobody has to ask for.
    Serve,
    /// The same with a lively sample company to look around in.
    Demo,
    /// Bring in histories: files of commands, one a line (.gz or plain). Safe to cut off and run again.
    Import {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The company, by id or by a name; a new name makes a new company.
        #[arg(long, default_value = "default")]
        tenant: String,
    },
    /// Take in records of calls from files.
    Ingest {
        #[command(subcommand)]
        what: ingest::Ingest,
    },
    /// Compute what people look at anew from the log, beside what is in use, and put it in its place.
    Rebuild {
        /// Which (all if none is named).
        names: Vec<String>,
    },
    /// Compute everything once more from the log alone and name every row that differs.
    Verify,
    /// Bring the database up to date, and do nothing else.
    Migrate,
    /// Put a new key in the place of one that Docket made for itself, such as access_token, by which it signs who signed in.
    RotateSecret {
        /// Its name.
        name: String,
    },
    /// Print the description of the HTTP interface.
    Openapi,
    /// Print every route with who may use it.
    Routes,
    /// Read a report's JSON and write its pages; the server asks for it.
    #[command(hide = true)]
    Typeset { kind: ::reports::Kind },
}

/// Does what was asked.
pub async fn run(arguments: Arguments) -> ExitCode {
    let Arguments { config, wish } = arguments;
    speak(&config);
    let done = match wish {
        Wish::Serve => serve::serve(config).await,
        Wish::Demo => serve::demo(config).await,
        Wish::Import { files, tenant } => import::import(config, files, &tenant).await,
        Wish::Ingest { what } => ingest::ingest(config, what).await,
        Wish::Rebuild { names } => prove::rebuild(config, &names).await,
        Wish::Verify => prove::verify(config).await,
        Wish::Migrate => migrate(config).await,
        Wish::RotateSecret { name } => rotate_secret(config, &name).await,
        Wish::Openapi => show::openapi(),
        Wish::Routes => show::routes(),
        Wish::Typeset { kind } => typeset::typeset(kind),
    };
    done.unwrap_or_else(|error| {
        eprintln!("docket: {error}");
        ExitCode::FAILURE
    })
}

/// Why it could not be done, as a sentence.
type Done = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// Opens the house without its duties, does one thing in it, and closes it again, whatever came of it.
async fn within(config: Config, work: impl AsyncFnOnce(&House) -> Done) -> Done {
    let house = House::open(config).await?;
    let done = tokio::select! {
        done = work(&house) => done,
        () = crate::server::stop_signal() => Err("stopped".into()),
    };
    house.close().await;
    done
}

async fn migrate(mut config: Config) -> Done {
    config.roles.clear();
    within(config, async |_| {
        println!("The database is up to date.");
        Ok(ExitCode::SUCCESS)
    })
    .await
}

async fn rotate_secret(mut config: Config, name: &str) -> Done {
    config.roles.clear();
    within(config, async |house| match Vault::rotate(&house.owner, name).await? {
        Ok(()) => {
            println!("{name} is new. Restart every docket serve now: until then it signs and accepts by the old one.");
            Ok(ExitCode::SUCCESS)
        }
        Err(known) => Err(format!("there is no secret {name}; there are {}", known.join(", ")).into()),
    })
    .await
}

/// Log lines go to standard error, so that what a command prints can be piped on.
fn speak(config: &Config) {
    // Not EnvFilter, which can also go by what spans hold: every request would pay for that.
    let filter = config.log.parse().unwrap_or_else(|_| Targets::new().with_default(Level::INFO));
    let lines = tracing_subscriber::fmt().with_max_level(Level::TRACE).with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    let begun = match config.log_format {
        LogFormat::Json => lines.json().flatten_event(true).finish().with(filter).try_init(),
        LogFormat::Text => lines.with_target(false).finish().with(filter).try_init(),
    };
    // Somebody else (a test) speaks already.
    drop(begun);
}
