//! The sample company's call centre: two sites, six agents around the clock, a fortnight of calls, and it goes on.

pub mod cast;
mod deeds;
mod fortnight;
mod judged;
mod lines;
mod live;
mod roster;
mod ways;
mod wish;

use crate::house::House;
use cast::{AGENTS, MANAGER, SITES, SUPERVISOR, ZONE};
use chrono::{Days, NaiveDate, TimeDelta};
use commands::organization::tenant::{BeginImport, EndImport};
use commands::{Ask, Commands, Principal};
use deeds::Desk;
use domain::organization::location::Location;
use domain::{Instant, TenantId, UserId};
use roster::{Stint, stints};
use serde_json::json;
use wish::{By, Wish, wish};

/// The calls: seed, how many, and over how many days.
const SEED: u64 = 77;
const CALLS: usize = 1_550;
const DAYS: u64 = 14;
/// How far ahead the roster is planned.
const AHEAD: u64 = 7;
/// The last thing that is written, by which a second start knows that all is there.
const DONE: &str = "demo call centre";

/// The call centre, for those who work in it.
pub struct Office {
    commands: Commands,
    tenant: TenantId,
    supervisor: UserId,
    manager: UserId,
    desk: Desk,
}

impl Office {
    /// Fills the call centre if it is not, and brings the roster up to this day.
    pub async fn open(house: &House, tenant: TenantId) -> Result<Self, String> {
        super::let_in(house, tenant, &cast::accounts()).await?;
        let office = Self {
            commands: house.commands.clone(),
            tenant,
            supervisor: cast::id(tenant, SUPERVISOR.0),
            manager: cast::id(tenant, MANAGER.0),
            desk: Desk { tenant, source: cast::source(tenant) },
        };
        let now = office.commands.now();
        let today = now.with_timezone(&ZONE).date_naive();
        // What is told of the past comes late, so meanwhile nothing of it settles itself.
        let who = Principal::operator(tenant);
        house.commands.execute(&who, Ask::new(BeginImport {})).await.map_err(|error| error.to_string())?;
        let filled = house.log().find(tenant, DONE).await.map_err(|error| error.to_string())?.is_some();
        if filled {
            office.roster(&stints(today - Days::new(3), 3 + AHEAD), now).await?;
        } else {
            office.furnish(now).await?;
            office.fill(today, now).await?;
        }
        house.commands.execute(&who, Ask::new(EndImport {})).await.map_err(|error| error.to_string())?;
        Ok(office)
    }

    /// Goes on for as long as it is polled.
    pub async fn go_on(self) {
        live::go_on(self).await;
    }

    /// Sites, settings, the telephone system, and who has which telephone.
    async fn furnish(&self, now: Instant) -> Result<(), String> {
        let (before, by) = (now - TimeDelta::days(40), By::Manager);
        let mut wishes = Vec::new();
        for (n, name) in SITES.iter().enumerate() {
            let data = json!({"name": name, "timezone": ZONE.name()});
            let site = cast::site(self.tenant, n);
            let known = self.commands.state::<Location>(self.tenant, site).await.map_err(|error| error.to_string())?.1 > 0;
            if !known {
                wishes.push(wish(by, before, format!("demo site {n}"), "AddLocation", site, data)?);
            }
        }
        let settings = json!({"reportingTimezone": ZONE.name(), "serviceLevelSeconds": 20, "qaQuotaPerAgent": 2});
        wishes.push(wish(by, before, "demo settings".into(), "ConfigureCallCentre", self.tenant, settings)?);
        let system = json!({"name": "3CX Ann Arbor", "timezone": ZONE.name(), "locationId": cast::site(self.tenant, 0)});
        wishes.push(wish(by, before, "demo source".into(), "AddSource", self.desk.source, system)?);
        for (n, agent) in AGENTS.iter().enumerate() {
            let on = cast::id(self.tenant, agent.email);
            let hired = before.date_naive() - Days::new(200 + 150 * n as u64);
            let profile = json!({"extension": agent.extension, "locationId": cast::site(self.tenant, agent.site),
                "team": agent.team, "hiredOn": hired});
            wishes.push(wish(by, before, format!("demo agent {n}"), "EnrolAgent", on, profile)?);
        }
        self.in_order(wishes).await?;
        let staff = json!({"location": cast::site(self.tenant, 0)});
        let joins = wish(by, now, "demo staff".into(), "JoinLocation", self.supervisor, staff)?;
        self.in_order(vec![joins]).await.map(|_| ())
    }

    /// The fortnight, through the same commands that everybody uses, each at its business time.
    async fn fill(&self, today: NaiveDate, now: Instant) -> Result<(), String> {
        let first = today - Days::new(DAYS);
        let stints = stints(first, DAYS + AHEAD);
        let calls = fortnight::calls(SEED, first, DAYS + 1, CALLS, &stints, now);
        let each = |what: &dyn Fn(&fortnight::Made) -> Result<Vec<Wish>, String>| -> Result<Vec<Wish>, String> {
            let lists = calls.iter().map(what).collect::<Result<Vec<_>, _>>()?;
            Ok(lists.into_iter().flatten().collect())
        };
        let records = self.all_of(each(&|call| self.desk.records(call))?).await?;
        self.all_of(self.desk.garbled(now - TimeDelta::days(1))?).await?;
        // Two people do something about a call now and then: the supervisor's own goes of `all_of` come after the agents'.
        let deeds = self.all_of(each(&|call| self.desk.deeds(call, now))?).await?;
        let journals = calls.iter().filter(|call| call.spoken()).step_by(12).map(|call| self.desk.journal(call, now));
        self.in_order(journals.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()).await?;
        self.roster(&stints, now).await?;
        let month = now - TimeDelta::days(DAYS as i64);
        self.all_of(self.desk.goals(today, month)?).await?;
        self.in_order(self.desk.reviews(&calls, now)?).await?;
        self.in_order(self.desk.campaign(&calls, today, now)?).await?;
        let passed = json!({"name": "HIPAA basics", "on": first});
        let ada = cast::id(self.tenant, AGENTS[0].email);
        self.in_order(vec![wish(By::Manager, now, DONE.into(), "CertifyAgent", ada, passed)?]).await?;
        tracing::info!(calls = calls.len(), records, deeds, "the sample call centre is filled");
        Ok(())
    }

    /// Plans these shifts, and lets people come and go as far as it is time.
    async fn roster(&self, stints: &[Stint], now: Instant) -> Result<(), String> {
        let lists = stints.iter().map(|stint| roster::wishes(self.tenant, stint, now)).collect::<Result<Vec<_>, _>>()?;
        let (plans, deeds): (Vec<Wish>, Vec<Wish>) = lists.into_iter().flatten().partition(|wish| wish.by == By::Manager);
        // Nobody comes to a shift that is not planned.
        self.all_of(plans).await?;
        self.all_of(deeds).await.map(|_| ())
    }

    /// Asks for one thing; what is refused is no matter, the centre goes on.
    async fn ask(&self, by: By, ask: Ask) {
        let name = ask.command.name();
        if let Err(error) = self.commands.execute(&self.principal(by), ask).await {
            tracing::debug!(command = name, %error, "the sample call centre was refused something");
        }
    }
}
