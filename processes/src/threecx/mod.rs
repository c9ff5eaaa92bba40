//! Asking a 3CX what it knows of its users and of the calls that are going on, and putting it on record.
//!
//! It is asked over its XAPI (v20). Whoever answers there is believed nothing but what was asked for: an answer has a largest size
//! and comes in time, a list ends, nobody is followed elsewhere, and nothing is put on record before everything has come.

pub mod plan;
pub mod rounds;
pub mod sync;

mod answer;

pub use answer::{PbxCall, PbxUser, Snapshot};

use crate::notices::NotSetUp;
use crate::notices::addresses::Addresses;
use crate::notices::webhook::{client, reason};
use answer::{CallEntry, Page, UserEntry};
use domain::{SourceId, TenantId};
use ipnet::IpNet;
use reqwest::{Client, RequestBuilder, Url};
use serde::de::DeserializeOwned;
use sqlx::PgPool;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The largest answer that is read.
const LARGEST: usize = 4 << 20;
/// Users that are asked for at once.
const TOP: usize = 100;
/// How often the next ones are asked for.
const PAGES: usize = 200;
/// How long all of it may take: less than a caller waits.
const IN_ALL: Duration = Duration::from_secs(60);
/// The fields of a user that are asked for.
const FIELDS: &str = "Number,FirstName,LastName,EmailAddress,CurrentProfileName";

/// How telephone systems are asked.
#[derive(Clone, Debug)]
pub struct Means {
    /// Networks of the inside in which telephone systems may stand.
    pub allowed: Vec<IpNet>,
    /// How long one answer may take.
    pub patience: Duration,
}

/// Asks telephone systems. Cheap to clone.
#[derive(Clone)]
pub struct ThreeCx {
    pub addresses: Addresses,
    client: Client,
    vault: PgPool,
    under_way: Arc<Mutex<HashSet<(TenantId, SourceId)>>>,
}

/// Where a telephone system is asked, and as whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Door {
    pub base: String,
    /// With it, its key is the secret for a token that is asked for first (v20); without it, the key itself is the token.
    pub client: Option<String>,
}

/// Leave to ask one telephone system; nobody else asks it until this is dropped.
pub struct Turn {
    of: ThreeCx,
    whose: (TenantId, SourceId),
}

/// Why nothing is known of a telephone system: what it was asked for, and what came instead.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
#[error("{asked}: {why}")]
pub struct Trouble {
    /// The list, with the page of it that failed: `Users, page 2`.
    pub asked: String,
    pub why: String,
}

impl ThreeCx {
    /// With its keys in the vault, on connections of the role `docket_app`.
    pub fn new(vault: PgPool, means: &Means) -> Result<Self, NotSetUp> {
        let addresses = Addresses::allowing(&means.allowed);
        Ok(Self { client: client(&addresses, means.patience)?, addresses, vault, under_way: Arc::default() })
    }

    /// The turn to ask a telephone system, unless it is being asked.
    pub fn turn(&self, tenant: TenantId, source: SourceId) -> Option<Turn> {
        let whose = (tenant, source);
        let first = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(whose);
        first.then(|| Turn { of: self.clone(), whose })
    }

    /// The key by which a telephone system answers, if it asks for one.
    pub async fn key(&self, tenant: TenantId, source: SourceId) -> Result<Option<String>, sqlx::Error> {
        let found =
            sqlx::query_scalar!("select key from vault.source_keys where tenant_id = $1 and source_id = $2", tenant.0, source.0);
        found.fetch_optional(&self.vault).await
    }

    /// All of its users and the calls that are going on.
    pub async fn ask(&self, door: &Door, key: Option<&str>) -> Result<Snapshot, Trouble> {
        let asking = async {
            let base = door.base.as_str();
            let token = match &door.client {
                Some(client) => Some(self.token(base, client, key).await?),
                None => key.map(str::to_owned),
            };
            let users = self.users(base, token.as_deref()).await?;
            let calls = self.list::<CallEntry>(base, token.as_deref(), "ActiveCalls", &[], "ActiveCalls").await?;
            Ok(Snapshot::of(users, calls.value))
        };
        let late = || Trouble { asked: "all of it".into(), why: format!("it took longer than {IN_ALL:?}") };
        tokio::time::timeout(IN_ALL, asking).await.unwrap_or_else(|_| Err(late()))
    }

    /// Its users, page by page. A user who slipped from one page to the next while they were read counts once.
    async fn users(&self, base: &str, key: Option<&str>) -> Result<Vec<UserEntry>, Trouble> {
        let (mut users, mut seen, mut skip) = (Vec::new(), HashSet::new(), 0);
        for page in 1..=PAGES {
            let asked = format!("Users, page {page}");
            let query = [("$select", FIELDS.to_owned()), ("$top", TOP.to_string()), ("$skip", skip.to_string())];
            let Page { value, next } = self.list::<UserEntry>(base, key, "Users", &query, &asked).await?;
            let came = value.len();
            if came > TOP {
                return Err(Trouble { asked, why: format!("it gives more than the {TOP} users that it was asked for") });
            }
            skip += came;
            let known = users.len();
            users.extend(value.into_iter().filter(|user| seen.insert(user.number.clone())));
            if came == 0 || came < TOP && next.is_none() {
                return Ok(users);
            }
            if users.len() == known {
                return Err(Trouble { asked, why: "it gives the same users again".into() });
            }
        }
        Err(Trouble { asked: "Users".into(), why: format!("it has more than {} pages of them, or they have no end", PAGES) })
    }

    /// Leave to ask, which lasts longer than asking may take.
    async fn token(&self, base: &str, client: &str, secret: Option<&str>) -> Result<String, Trouble> {
        let trouble = |why: String| Trouble { asked: "a token".to_owned(), why };
        let secret = secret.ok_or_else(|| trouble("there is no key (apiKey) to ask for it with".into()))?;
        let url = self.address(base, &["connect", "token"], &[]).map_err(trouble)?;
        let pairs = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        let bytes = answer_of(request).await.map_err(trouble)?;
        answer::token(&bytes).map_err(trouble)
    }

    async fn list<T: DeserializeOwned>(
        &self,
        base: &str,
        key: Option<&str>,
        list: &str,
        query: &[(&str, String)],
        asked: &str,
    ) -> Result<Page<T>, Trouble> {
        let trouble = |why: String| Trouble { asked: asked.to_owned(), why };
        let url = self.address(base, &["xapi", "v1", list], query).map_err(trouble)?;
        let request = key.into_iter().fold(self.client.get(url), |request, key| request.bearer_auth(key));
        let bytes = answer_of(request).await.map_err(trouble)?;
        answer::read(&bytes).map_err(trouble)
    }

    /// Where something is asked. Names are checked as they are looked up, digits here.
    fn address(&self, base: &str, below: &[&str], query: &[(&str, String)]) -> Result<Url, String> {
        let mut url = self.addresses.read(base).map_err(|unfit| format!("the address {unfit}"))?;
        url.set_fragment(None);
        url.set_query(None);
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(below);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.of.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.whose);
    }
}

/// A whole answer that says that all is well, or else why there is none.
async fn answer_of(request: RequestBuilder) -> Result<Vec<u8>, String> {
    let mut answer = request.header("accept", "application/json").send().await.map_err(|error| reason(&error))?;
    let status = answer.status();
    if status.is_redirection() {
        return Err(format!("it answered {}, and redirections are not followed", status.as_u16()));
    }
    if !status.is_success() {
        return Err(format!("it answered {}", status.as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(format!("its answer is larger than {} MiB", LARGEST >> 20));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What went wrong once it had begun to answer.
fn broken(error: &reqwest::Error) -> String {
    match error.is_timeout() {
        true => "it did not come to the end of its answer in time".into(),
        false => "the connection broke in the middle of its answer".into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_list_is_asked_for_below_the_address_that_was_given() {
        let means = Means { allowed: vec!["127.0.0.0/8".parse().unwrap()], patience: Duration::from_secs(1) };
        let nowhere = PgPool::connect_lazy("postgres://nowhere.invalid/none").unwrap();
        let pbx = ThreeCx::new(nowhere, &means).unwrap();
        let at = |base: &str| pbx.address(base, &["xapi", "v1", "Users"], &[("$top", "5".into())]).map(String::from);
        assert_eq!(at("https://pbx.example.com:5001").unwrap(), "https://pbx.example.com:5001/xapi/v1/Users?%24top=5");
        assert_eq!(at("http://127.0.0.1/house/?a=b#c").unwrap(), "http://127.0.0.1/house/xapi/v1/Users?%24top=5");
        assert!(at("http://10.0.0.1/").unwrap_err().contains("own network"));
        let whose = (TenantId::SYSTEM, SourceId::default());
        let turn = pbx.turn(whose.0, whose.1);
        assert!(turn.is_some() && pbx.turn(whose.0, whose.1).is_none(), "one at a time");
        drop(turn);
        assert!(pbx.turn(whose.0, whose.1).is_some());
        assert!(at("http://me:secret@pbx.example.com/").unwrap_err().contains("password"));
    }
}
