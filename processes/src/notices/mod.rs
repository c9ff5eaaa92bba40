//! Telling the outside: each notice is recorded once, in one transaction with the reader's place in the log, and then sent until it
//! has arrived.
//!
//! [`reading`] makes notices of events, [`delivering`] sends them, [`ledger`] shows them to people. None of it is a read model, so
//! nothing that is computed anew ever sends anything.

pub mod addresses;
pub mod delivering;
pub mod ledger;
pub mod reading;
pub mod signature;

mod centre_news;
mod claim;
mod mail;
mod message;
mod outcome;
mod recording;
mod schedule;
pub(crate) mod webhook;

use crate::notices::addresses::Addresses;
use commands::Commands;
use ipnet::IpNet;
use signature::Secrets;
use sqlx::{PgPool, Postgres, Transaction};
use std::time::Duration;

pub use ledger::Ledger;
pub use mail::Letterbox;

/// How notices are sent.
#[derive(Clone, Debug)]
pub struct Means {
    /// Networks of the inside that may be sent to all the same.
    pub allowed: Vec<IpNet>,
    /// The mail server, as a URL.
    pub smtp_url: Option<String>,
    /// Whom mail is from.
    pub smtp_from: Option<String>,
    /// How long after the first failed attempt the second comes; later pauses are multiples of it.
    pub first_pause: Duration,
    /// How long one attempt may take.
    pub patience: Duration,
}

/// Why notices cannot be sent as it is set up.
#[derive(Debug, thiserror::Error)]
pub enum NotSetUp {
    #[error("mail: {0}")]
    Mail(String),
    #[error("webhooks: {0}")]
    Webhooks(String),
}

/// All that notices are read, sent and shown with. Cheap to clone.
#[derive(Clone)]
pub struct Notices {
    pub addresses: Addresses,
    pub secrets: Secrets,
    pub ledger: Ledger,
    /// None: no mail server is set up.
    pub letterbox: Option<Letterbox>,
    pub(crate) commands: Commands,
    pub(crate) pool: PgPool,
    pub(crate) webhooks: webhook::Webhooks,
    pub(crate) first_pause: Duration,
    pub(crate) patience: Duration,
}

impl Notices {
    /// On connections of the role `docket_app`.
    pub fn new(commands: Commands, pool: PgPool, means: &Means) -> Result<Self, NotSetUp> {
        let addresses = Addresses::allowing(&means.allowed);
        Ok(Self {
            webhooks: webhook::Webhooks::new(addresses.clone(), means.patience)?,
            letterbox: Letterbox::new(means)?,
            addresses,
            secrets: Secrets::new(pool.clone()),
            ledger: Ledger::new(pool.clone()),
            commands,
            pool,
            first_pause: means.first_pause,
            patience: means.patience,
        })
    }
}

/// A transaction over the notices of every company: only for Docket's own processes.
pub(crate) async fn every_tenant(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    // A server that freezes in it must not keep the others from their work for ever; and a plan made while the tables were empty
    // would walk through all of them ever after.
    pool.begin_with(
        "begin; set local docket.every_tenant = 'on'; set local idle_in_transaction_session_timeout = '30s';
         set local plan_cache_mode = 'force_custom_plan'; set local enable_seqscan = off; set local jit = off",
    )
    .await
}
