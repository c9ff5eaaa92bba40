//! A company that uses Docket: its name, its plan, how many people may sign in, and whether history is being imported.

use crate::{Aggregate, Decision, Kind, Refusal, Text, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What happens to a company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TenantEvent {
    /// A company was set up.
    #[serde(rename = "tenant.registered")]
    Registered { details: TenantDetails },
    /// Its details are now these.
    #[serde(rename = "tenant.updated")]
    Updated { details: TenantDetails },
    /// A person has one of its seats.
    #[serde(rename = "tenant.seat_taken")]
    SeatTaken { user: UserId },
    /// The seat of a person is free again.
    #[serde(rename = "tenant.seat_freed")]
    SeatFreed { user: UserId },
    /// A history is being imported; what only time would cause waits until it is in.
    #[serde(rename = "tenant.import_began")]
    ImportBegan {},
    /// The import is through.
    #[serde(rename = "tenant.import_ended")]
    ImportEnded {},
}

/// What is known of a company (D.T2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantDetails {
    pub name: Text<255>,
    pub subscription_plan: Text<64>,
    pub is_active: bool,
    /// How many active users it may have, 1 to 1,000,000.
    pub max_users: u32,
    /// How many conversation channels it may have, 0 to 1,000,000.
    pub max_channels: u32,
    /// What it uses Docket for; unsaid at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
}

/// Whether a company's data is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Nothing may be simulated, and this cannot be taken back.
    Production,
    /// Everything may be simulated and wiped away.
    Sandbox,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TenantRefusal {
    #[error("no such company")]
    Unknown,
    #[error("a company with this id exists already")]
    AlreadyRegistered,
    #[error("the company is not active")]
    Inactive,
    #[error("{field} must be from {min} to 1000000")]
    LimitOutOfRange { field: &'static str, min: u32 },
    #[error("a company in production stays in production (environment)")]
    InProduction,
    #[error("all {max_users} seats of the company are taken (max_users)")]
    NoSeatLeft { max_users: u32 },
}

impl Refusal for TenantRefusal {
    fn code(&self) -> &'static str {
        match self {
            TenantRefusal::Unknown => "unknown_company",
            TenantRefusal::AlreadyRegistered => "already_registered",
            TenantRefusal::Inactive => "company_inactive",
            TenantRefusal::LimitOutOfRange { .. } => "limit_out_of_range",
            TenantRefusal::InProduction => "in_production",
            TenantRefusal::NoSeatLeft { .. } => "no_seat_left",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            TenantRefusal::Unknown => Kind::Missing,
            TenantRefusal::AlreadyRegistered => Kind::Taken { field: "id" },
            TenantRefusal::Inactive => Kind::Conflict { state: "inactive", allowed: vec!["UpdateCompany"] },
            TenantRefusal::LimitOutOfRange { field, .. } => Kind::Invalid { field },
            TenantRefusal::InProduction => Kind::Invalid { field: "environment" },
            TenantRefusal::NoSeatLeft { .. } => Kind::Taken { field: "max_users" },
        }
    }
}

/// A company as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tenant {
    details: Option<TenantDetails>,
    seats: BTreeSet<UserId>,
    importing: bool,
}

impl Aggregate for Tenant {
    const CATEGORY: &'static str = "tenant";
    type Event = TenantEvent;
    type Refusal = TenantRefusal;

    fn evolve(&mut self, event: &TenantEvent) {
        match event {
            TenantEvent::Registered { details } | TenantEvent::Updated { details } => self.details = Some(details.clone()),
            TenantEvent::SeatTaken { user } => {
                self.seats.insert(*user);
            }
            TenantEvent::SeatFreed { user } => {
                self.seats.remove(user);
            }
            TenantEvent::ImportBegan {} => self.importing = true,
            TenantEvent::ImportEnded {} => self.importing = false,
        }
    }
}

impl Tenant {
    pub fn register(&self, details: TenantDetails) -> Decision<Tenant> {
        match &self.details {
            Some(_) => Err(TenantRefusal::AlreadyRegistered),
            None => details.check().map(|()| vec![TenantEvent::Registered { details }]),
        }
    }

    pub fn details(&self) -> Result<&TenantDetails, TenantRefusal> {
        self.details.as_ref().ok_or(TenantRefusal::Unknown)
    }

    /// Changes its details. Fewer seats than people stops further ones and sends nobody away.
    pub fn update(&self, details: TenantDetails) -> Decision<Tenant> {
        let known = self.details()?;
        details.check()?;
        if known.environment == Some(Environment::Production) && details.environment != known.environment {
            return Err(TenantRefusal::InProduction);
        }
        Ok(if *known == details { vec![] } else { vec![TenantEvent::Updated { details }] })
    }

    /// Gives a person a seat, if one is left (D.X3).
    pub fn seat(&self, user: UserId) -> Decision<Tenant> {
        let details = self.details()?;
        if !details.is_active {
            return Err(TenantRefusal::Inactive);
        }
        if self.seats.contains(&user) {
            return Ok(vec![]);
        }
        if self.seats.len() as u64 >= u64::from(details.max_users) {
            return Err(TenantRefusal::NoSeatLeft { max_users: details.max_users });
        }
        Ok(vec![TenantEvent::SeatTaken { user }])
    }

    pub fn unseat(&self, user: UserId) -> Decision<Tenant> {
        Ok(if self.seats.contains(&user) { vec![TenantEvent::SeatFreed { user }] } else { vec![] })
    }

    /// A history is being imported right now.
    pub fn is_importing(&self) -> bool {
        self.importing
    }

    pub fn begin_import(&self) -> Decision<Tenant> {
        self.details()?;
        Ok(if self.importing { vec![] } else { vec![TenantEvent::ImportBegan {}] })
    }

    pub fn end_import(&self) -> Decision<Tenant> {
        self.details()?;
        Ok(if self.importing { vec![TenantEvent::ImportEnded {}] } else { vec![] })
    }

    /// What it uses Docket for, if that was said.
    pub fn environment(&self) -> Option<Environment> {
        self.details.as_ref().and_then(|details| details.environment)
    }

    /// Its people may sign in.
    pub fn is_active(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.is_active)
    }
}

impl TenantDetails {
    fn check(&self) -> Result<(), TenantRefusal> {
        if !(1..=1_000_000).contains(&self.max_users) {
            return Err(TenantRefusal::LimitOutOfRange { field: "max_users", min: 1 });
        }
        if self.max_channels > 1_000_000 {
            return Err(TenantRefusal::LimitOutOfRange { field: "max_channels", min: 0 });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};
    use uuid::Uuid;

    fn registered(max_users: u32) -> TenantEvent {
        TenantEvent::Registered { details: details(max_users) }
    }

    fn details(max_users: u32) -> TenantDetails {
        TenantDetails {
            name: "Acme".try_into().unwrap(),
            subscription_plan: "basic".try_into().unwrap(),
            is_active: true,
            max_users,
            max_channels: 3,
            environment: None,
        }
    }

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    #[test]
    fn the_last_seat_is_given_once() {
        let taken = TenantEvent::SeatTaken { user: user(1) };
        given([registered(1)]).when(|t: &Tenant| t.seat(user(1))).then([taken.clone()]);
        given([registered(1), taken.clone()]).when(|t: &Tenant| t.seat(user(1))).then([]);
        given([registered(1), taken.clone()])
            .when(|t: &Tenant| t.seat(user(2)))
            .refused(TenantRefusal::NoSeatLeft { max_users: 1 });
        given([registered(1), taken, TenantEvent::SeatFreed { user: user(1) }])
            .when(|t: &Tenant| t.seat(user(2)))
            .then([TenantEvent::SeatTaken { user: user(2) }]);
    }

    #[test]
    fn limits_are_checked() {
        given::<Tenant>([])
            .when(|t| t.register(details(0)))
            .refused(TenantRefusal::LimitOutOfRange { field: "max_users", min: 1 });
        given([registered(1)]).when(|t: &Tenant| t.update(details(1))).then([]);
        given::<Tenant>([]).when(|t| t.update(details(1))).refused(TenantRefusal::Unknown);
    }

    #[test]
    fn a_company_in_production_stays_there() {
        let used_for = |environment| TenantDetails { environment, ..details(1) };
        let registered = |environment| TenantEvent::Registered { details: used_for(environment) };
        for other in [None, Some(Environment::Sandbox)] {
            given([registered(Some(Environment::Production))])
                .when(|t: &Tenant| t.update(used_for(other)))
                .refused(TenantRefusal::InProduction);
            let production = used_for(Some(Environment::Production));
            given([registered(other)])
                .when(|t: &Tenant| t.update(production.clone()))
                .then([TenantEvent::Updated { details: production }]);
        }
    }

    #[test]
    fn an_import_has_a_beginning_and_an_end() {
        given([registered(1)]).when(|t: &Tenant| t.end_import()).then([]);
        given([registered(1), TenantEvent::ImportBegan {}]).when(|t: &Tenant| t.begin_import()).then([]);
        given([registered(1), TenantEvent::ImportBegan {}]).when(|t: &Tenant| t.end_import()).then([TenantEvent::ImportEnded {}]);
        round_trips("tenant.import_began", TenantEvent::ImportBegan {});
        round_trips("tenant.registered", registered(5));
    }
}
