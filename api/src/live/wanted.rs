//! Of what somebody wants to hear and may: kinds and names of events, and from where on.

use super::news::{self, News};
use crate::auth::Caller;
use crate::error::Error;
use crate::extract;
use actix_web::http::header::HeaderMap;
use domain::organization::role::Permission;
use domain::{LocationId, TenantId};
use eventlog::Position;
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::IntoParams;

/// Of what one wants to hear; what is absent does not matter.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// All that came after this position, and then what comes. Without it: from now on.
    #[param(value_type = Option<i64>, minimum = 0, example = 1042)]
    after: Option<String>,
    /// Stored names of events, separated by commas.
    #[param(max_length = 2000, example = "case.rejected,case.completed")]
    types: Option<String>,
    /// Kinds of things, separated by commas: case, agency, policy, user, location, endpoint, tenant, portal.
    #[param(max_length = 200, example = "case,agency")]
    categories: Option<String>,
    /// The access token, where no header can be set.
    #[param(format = "password")]
    #[serde(rename = "access_token")]
    _access_token: Option<String>,
}

/// Which part of the board of the call centre one wants to watch.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WatchedBoard {
    /// Only this place.
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    /// Only calls that came through this queue.
    #[param(min_length = 1, max_length = 255, example = "Appointments")]
    queue: Option<String>,
    /// The access token, where no header can be set.
    #[param(format = "password")]
    #[serde(rename = "access_token")]
    _access_token: Option<String>,
}

impl WatchedBoard {
    pub fn read(self) -> (Option<LocationId>, Option<String>) {
        (self.location_id, self.queue)
    }
}

/// The access token in an address.
pub fn token(query: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "access_token").map(|(_, token)| token.into_owned())
}

/// What somebody hears of.
#[derive(Debug)]
pub struct Interest {
    tenant: TenantId,
    categories: BTreeSet<&'static str>,
    names: Option<BTreeSet<String>>,
    /// Whether they hear all that the audit trail says.
    pub entirely: bool,
}

impl Wanted {
    /// Reads what is wanted; a word that is not known is refused, and what the caller may not read too.
    pub fn read(self, caller: &Caller, headers: &HeaderMap) -> Result<(Interest, Option<Position>), Error> {
        let after = match extract::last_event_id(headers)? {
            Some(position) => Some(position),
            None => self.after.as_deref().map(|text| extract::position("after", text)).transpose()?,
        };
        let may = |category: &str| news::permission(category).is_some_and(|permission| caller.may(permission));
        let not_allowed = || Error::forbidden("your role does not allow this");
        let readable: BTreeSet<_> = news::categories().filter(|category| may(category)).collect();
        let categories = match words(self.categories.as_deref()) {
            None => readable,
            Some(wanted) => {
                if wanted.iter().any(|word| news::permission(word).is_none()) {
                    let known: Vec<_> = news::categories().collect();
                    return Err(Error::invalid("categories", format!("must be among {}", known.join(", "))));
                }
                if !wanted.iter().all(|word| may(word)) {
                    return Err(not_allowed());
                }
                readable.into_iter().filter(|category| wanted.contains(*category)).collect()
            }
        };
        let names = words(self.types.as_deref());
        for name in names.iter().flatten() {
            let category = name.split('.').next().unwrap_or_default();
            if news::permission(category).is_none() || !news::is_known(name) {
                return Err(Error::invalid("types", format!("{name:.64} is no stored name such as case.rejected")));
            }
            if !may(category) {
                return Err(not_allowed());
            }
        }
        let (tenant, entirely) = (caller.tenant(), caller.may(Permission::ReadAudit));
        Ok((Interest { tenant, categories, names, entirely }, after))
    }
}

/// Words between commas.
fn words(text: Option<&str>) -> Option<BTreeSet<String>> {
    text.map(|text| text.split(',').map(|word| word.trim().to_owned()).collect())
}

impl Interest {
    /// Whether this is something to hear of.
    pub fn is_in(&self, news: &News) -> bool {
        let stream = &news.event.stream;
        stream.tenant == self.tenant
            && self.categories.contains(stream.category.as_ref())
            && self.names.as_ref().is_none_or(|names| names.contains(&news.event.name))
    }
}
