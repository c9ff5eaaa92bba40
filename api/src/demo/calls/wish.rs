//! What the people of the sample call centre ask for, in the words that everybody asks in, and who asks.

use super::Office;
use super::cast::AGENTS;
use commands::{Ask, Principal};
use domain::{Actor, Instant, UserId};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The telephone system.
    Telephones,
    /// One of [`AGENTS`].
    Agent(usize),
    Supervisor,
    Manager,
}

/// Something that somebody asks for at a business time.
#[derive(Debug)]
pub struct Wish {
    pub by: By,
    pub at: Instant,
    pub ask: Ask,
}

/// A wish about `on`. The key makes a second start of a half-filled company harmless.
pub fn wish(by: By, at: Instant, key: String, name: &str, on: impl Into<Uuid>, data: Value) -> Result<Wish, String> {
    let item = commands::menu::find(name).ok_or_else(|| format!("no command {name}"))?;
    let command = (item.read)(&data.to_string()).map_err(|error| format!("{name} {data}: {error}"))?;
    let at = domain::micros(at);
    Ok(Wish { by, at, ask: Ask { command, on: Some(on.into()), key: Some(key), at: Some(at), expected: None, cause: None } })
}

impl Office {
    pub fn principal(&self, by: By) -> Principal {
        let person = |id: UserId| Principal { actor: Actor::User(id), ..Principal::operator(self.tenant) };
        match by {
            By::Telephones => Principal::process(self.tenant, "cdr"),
            By::Agent(n) => person(self.agent(n)),
            By::Supervisor => person(self.supervisor),
            By::Manager => person(self.manager),
        }
    }

    /// Carries out what concerns different things: one go for each person, all of theirs in the order of time.
    pub async fn all_of(&self, wishes: Vec<Wish>) -> Result<usize, String> {
        let mut lists: BTreeMap<By, Vec<Wish>> = BTreeMap::new();
        for wish in wishes {
            lists.entry(wish.by).or_default().push(wish);
        }
        let mut recorded = 0;
        for (by, mut list) in lists {
            list.sort_by_key(|wish| wish.at);
            recorded += self.work(by, list.into_iter().map(|wish| wish.ask).collect()).await?;
        }
        Ok(recorded)
    }

    /// Carries out what several people do to the same things, strictly in the order of time.
    pub async fn in_order(&self, mut wishes: Vec<Wish>) -> Result<usize, String> {
        wishes.sort_by_key(|wish| wish.at);
        let mut recorded = 0;
        let mut wishes = wishes.into_iter().peekable();
        while let Some(first) = wishes.next() {
            let by = first.by;
            let mut asks = vec![first.ask];
            while let Some(next) = wishes.next_if(|next| next.by == by) {
                asks.push(next.ask);
            }
            recorded += self.work(by, asks).await?;
        }
        Ok(recorded)
    }

    async fn work(&self, by: By, asks: Vec<Ask>) -> Result<usize, String> {
        let mut recorded = 0;
        for answer in self.commands.execute_all(&self.principal(by), asks).await {
            match answer {
                Ok(_) => recorded += 1,
                Err(error @ commands::Error::Unavailable(_)) => return Err(error.to_string()),
                // A company that was filled half before has some of it already.
                Err(error) => tracing::warn!(?by, %error, "the sample call centre was refused something"),
            }
        }
        Ok(recorded)
    }

    fn agent(&self, n: usize) -> UserId {
        super::cast::id(self.tenant, AGENTS[n % AGENTS.len()].email)
    }
}
