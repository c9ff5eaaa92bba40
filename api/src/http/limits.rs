//! How often one may ask: generous limits for each user, each tenant, and each address of callers who have not signed in.

use super::{places::Places, tickets::Tickets};
use crate::error::Error;
use crate::live::Seats;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use domain::{TenantId, UserId};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::num::NonZeroU32;

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// The limits of one process.
pub struct Limits {
    users: Option<Limiter<UserId>>,
    tenants: Option<Limiter<TenantId>>,
    addresses: Option<Limiter<String>>,
    /// How much of it is worked on at once.
    pub places: Places,
    /// How many long answers are made at once.
    pub tickets: Tickets,
    /// How many listen.
    pub seats: Seats,
}

/// What is left to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until all of it is there again.
    pub reset: u64,
    /// Seconds to wait, if it was too often.
    pub wait: Option<u64>,
}

impl Limits {
    /// Requests a minute; 0 means no limit.
    pub fn new(user: u32, tenant: u32, address: u32) -> Self {
        Self {
            users: limiter(user),
            tenants: limiter(tenant),
            addresses: limiter(address),
            places: Places::default(),
            tickets: Tickets::default(),
            seats: Seats::default(),
        }
    }

    pub fn of_address(&self, address: &str) -> Option<Allowance> {
        self.addresses.as_ref().map(|limiter| ask(limiter, &address.to_owned()))
    }

    /// The tighter one of the user's and their tenant's.
    pub fn of_user(&self, user: UserId, tenant: TenantId) -> Option<Allowance> {
        let user = self.users.as_ref().map(|limiter| ask(limiter, &user));
        if user.is_some_and(|user| user.wait.is_some()) {
            return user;
        }
        let tenant = self.tenants.as_ref().map(|limiter| ask(limiter, &tenant));
        user.into_iter().chain(tenant).min_by_key(|allowance| (allowance.wait.is_none(), allowance.remaining))
    }

    /// Forgets those who have not asked for a while.
    pub fn sweep(&self) {
        self.users.iter().for_each(RateLimiter::retain_recent);
        self.tenants.iter().for_each(RateLimiter::retain_recent);
        self.addresses.iter().for_each(RateLimiter::retain_recent);
        self.places.sweep();
    }
}

fn limiter<K: Hash + Eq + Clone>(a_minute: u32) -> Option<Limiter<K>> {
    let quota = Quota::per_minute(NonZeroU32::new(a_minute)?);
    Some(RateLimiter::dashmap(quota).with_middleware())
}

fn ask<K: Hash + Eq + Clone>(limiter: &Limiter<K>, key: &K) -> Allowance {
    match limiter.check_key(key) {
        Ok(state) => {
            let (limit, remaining) = (state.quota().burst_size().get(), state.remaining_burst_capacity());
            let reset = state.quota().replenish_interval() * (limit - remaining.min(limit));
            Allowance { limit, remaining, reset: reset.as_secs_f64().ceil() as u64, wait: None }
        }
        Err(not_until) => {
            let wait = not_until.wait_time_from(DefaultClock::default().now()).as_secs_f64().ceil() as u64;
            let limit = not_until.quota().burst_size().get();
            Allowance { limit, remaining: 0, reset: 60, wait: Some(wait.max(1)) }
        }
    }
}

/// Leaves the allowance where the answer's headers are made; an error if it is used up.
pub fn note(request: &HttpRequest, allowance: Option<Allowance>) -> Result<(), Error> {
    let Some(allowance) = allowance else { return Ok(()) };
    request.extensions_mut().insert(allowance);
    match allowance.wait {
        Some(seconds) => {
            Err(Error::throttled(format!("more than {} requests a minute; wait {seconds} s", allowance.limit), seconds))
        }
        None => Ok(()),
    }
}

impl Allowance {
    pub fn mark(self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(self.limit));
        headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(self.remaining));
        headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(self.reset));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_counted_down_and_then_says_how_long_to_wait() {
        let limits = Limits::new(3, 0, 0);
        let user = UserId::default();
        let left: Vec<_> = (0..3).map(|_| limits.of_user(user, TenantId::SYSTEM).map(|a| (a.remaining, a.wait))).collect();
        assert_eq!(left, [Some((2, None)), Some((1, None)), Some((0, None))]);
        assert!(limits.of_user(user, TenantId::SYSTEM).is_some_and(|a| a.wait.is_some_and(|wait| (1..=20).contains(&wait))));
        assert_eq!(limits.of_address("::1"), None);
    }
}
