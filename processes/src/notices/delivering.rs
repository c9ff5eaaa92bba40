//! The deliverer: takes what is due, sends several at once, but never many to one endpoint, and writes down how each attempt ended.

use super::Notices;
use super::claim::{Claim, Settled};
use super::mail::Letterbox;
use super::message::Message;
use super::outcome::Outcome;
use super::webhook::Parcel;
use crate::{Duty, Unable};
use commands::notices::endpoint::DisableEndpoint;
use commands::{Ask, Principal};
use domain::notices::endpoint::{Endpoint, Standing, Target};
use domain::{EndpointId, Text};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Attempts under way at once.
const TOGETHER: usize = 64;
/// … of them to one endpoint, so that one that hangs keeps nobody else waiting.
const EACH: usize = 8;
/// How long it waits for an attempt to end before it looks for more that is due.
const GLANCE: Duration = Duration::from_millis(50);
/// … and for others that end just after it, so that several are taken anew at once.
const TOGETHER_AGAIN: Duration = Duration::from_millis(2);
/// How long a step goes on while there is work.
const ROUND: Duration = Duration::from_secs(1);

/// Sends notices. Several servers may do so at once: each takes its own.
pub struct Deliverer {
    notices: Notices,
    attempts: JoinSet<EndpointId>,
    under_way: HashMap<EndpointId, usize>,
}

impl Deliverer {
    pub fn new(notices: Notices) -> Self {
        Self { notices, attempts: JoinSet::new(), under_way: HashMap::new() }
    }

    /// Attempts that have not ended yet.
    pub fn under_way(&self) -> usize {
        self.attempts.len()
    }

    async fn take(&mut self) -> Result<usize, Unable> {
        let room = TOGETHER.saturating_sub(self.attempts.len());
        if room == 0 {
            return Ok(0);
        }
        let claims = self.notices.claim(room, EACH, &self.under_way).await?;
        let taken = claims.len();
        for claim in claims {
            *self.under_way.entry(claim.endpoint).or_default() += 1;
            let notices = self.notices.clone();
            self.attempts.spawn(async move {
                let endpoint = claim.endpoint;
                notices.attempt(claim).await;
                endpoint
            });
        }
        Ok(taken)
    }

    fn ended(&mut self, ended: Result<EndpointId, tokio::task::JoinError>) {
        match ended {
            Ok(endpoint) => {
                if let Some(count) = self.under_way.get_mut(&endpoint) {
                    *count -= 1;
                }
                self.under_way.retain(|_, count| *count > 0);
            }
            Err(error) => {
                // Whose it was is not known; counting anew is better than counting wrong.
                tracing::error!(%error, "an attempt at a delivery ended badly");
                self.under_way.clear();
            }
        }
    }
}

impl Duty for Deliverer {
    async fn step(&mut self) -> Result<usize, Unable> {
        let (began, mut done) = (Instant::now(), 0);
        loop {
            done += self.take().await?;
            if self.attempts.is_empty() || began.elapsed() > ROUND {
                // What is under way counts: others may be due beside it soon.
                return Ok(done + self.attempts.len());
            }
            let mut patience = GLANCE;
            while let Ok(Some(ended)) = tokio::time::timeout(patience, self.attempts.join_next()).await {
                self.ended(ended);
                patience = TOGETHER_AGAIN;
            }
        }
    }

    /// Those under way come to their end; what does not is tried again by whoever is there then.
    async fn end(&mut self) {
        let all = async { while self.attempts.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(5), all).await.is_err() {
            tracing::info!(under_way = self.attempts.len(), "attempts at deliveries are left to be made again");
        }
    }
}

impl Notices {
    async fn attempt(&self, claim: Claim) {
        let outcome = self.try_once(&claim).await;
        tracing::debug!(delivery = %claim.id, attempt = claim.attempts, ?outcome, "a notice was tried");
        match self.settle(&claim, outcome).await {
            Ok(Settled::Done) => {}
            Ok(Settled::Disable(reason)) => self.disable(&claim, &reason).await,
            // The lease ends, and it is tried again with the same id.
            Err(error) => tracing::error!(delivery = %claim.id, %error, "the outcome of a delivery could not be written down"),
        }
    }

    async fn try_once(&self, claim: &Claim) -> Outcome {
        let endpoint = match self.commands.recent::<Endpoint>(claim.tenant, claim.endpoint).await {
            Ok(endpoint) => endpoint,
            Err(error) => return Outcome::later(format!("its endpoint could not be looked up: {error}")),
        };
        let Ok(details) = endpoint.details() else { return Outcome::Skipped("the endpoint was removed".into()) };
        match (endpoint.standing(), &details.target) {
            (Standing::Paused, _) => Outcome::Skipped("the endpoint is paused".into()),
            (Standing::Disabled { .. }, _) => Outcome::Skipped("the endpoint is disabled".into()),
            (Standing::Active, Target::Webhook { url }) => self.post(claim, url.as_str()).await,
            (Standing::Active, Target::Email { address }) => match (&self.letterbox, address.known()) {
                (Some(letterbox), Some(address)) => self.mail(letterbox, claim, address, &claim.message).await,
                (None, _) => Outcome::Skipped("no mail server is set up (--smtp-url)".into()),
                (_, None) => Outcome::Skipped("its address is no longer known".into()),
            },
        }
    }

    async fn mail(&self, letterbox: &Letterbox, claim: &Claim, address: &domain::Email, message: &Message) -> Outcome {
        // The server may take its time over each step of the talk; all of it must end before somebody else may try.
        let sending = letterbox.send(address, claim.id, message);
        let late = || Outcome::later("the mail server did not answer in time");
        tokio::time::timeout(self.patience, sending).await.unwrap_or_else(|_| late())
    }

    async fn post(&self, claim: &Claim, url: &str) -> Outcome {
        let secrets = match self.secrets.in_use(claim.tenant, claim.endpoint).await {
            Ok(secrets) => secrets,
            Err(error) => {
                tracing::warn!(%error, "a secret could not be read");
                return Outcome::later("its secret could not be read");
            }
        };
        let timestamp = self.commands.now().timestamp();
        let parcel = Parcel { id: claim.id.to_string(), timestamp, body: claim.message.body(), secrets: &secrets };
        self.webhooks.send(url, parcel).await
    }

    async fn disable(&self, claim: &Claim, reason: &str) {
        let Ok(reason) = Text::try_from(reason.chars().take(1000).collect::<String>()) else { return };
        let who = Principal::process(claim.tenant, "deliverer");
        let ask = Ask::new(DisableEndpoint { reason }).on(claim.endpoint);
        // A test tells of no event.
        let ask = if claim.message.kind.is_some() { ask.because_of(claim.message.event) } else { ask };
        if let Err(error) = self.commands.execute(&who, ask).await {
            tracing::warn!(tenant = %claim.tenant, endpoint = %claim.endpoint, %error, "an endpoint could not be disabled");
        }
    }
}
