//! Whoever may do everything: signs in, sets companies up, and asks for single things on behalf of a fault.

use crate::http::{once, request};
use crate::journal::{Fate, Journal, lock};
use crate::mix::Company;
use crate::server::Server;
use crate::{Outcome, client};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The first super admin (see api/src/bootstrap.rs).
const ADMIN: &str = "admin@docket.local";
/// How long a single thing may take, whatever happens meanwhile.
const PATIENCE: Duration = Duration::from_secs(90);
/// The pause before it is asked for again.
const AGAIN: Duration = Duration::from_millis(25);

/// A signed-in super admin, who may act in any company. All clients ask under this name.
pub struct Desk {
    journal: Arc<Journal>,
    password: String,
    token: Mutex<String>,
    turn: tokio::sync::Mutex<()>,
}

impl Desk {
    /// Signs in by the password that the first start printed.
    pub async fn open(server: &Server, journal: Arc<Journal>) -> Outcome<Self> {
        let said = server.said();
        let password = said.split("with the password ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let password = password.ok_or("the server printed no first password")?.to_owned();
        let desk = Self { journal, password, token: Mutex::default(), turn: tokio::sync::Mutex::default() };
        desk.sign_in(server.address).await?;
        Ok(desk)
    }

    pub fn token(&self) -> String {
        lock(&self.token).clone()
    }

    pub async fn sign_in(&self, server: SocketAddr) -> Outcome<()> {
        let body = json!({ "email": ADMIN, "password": self.password }).to_string();
        let session = once(server, &request("POST", "/api/v1/auth/token", &[], &body)).await?;
        *lock(&self.token) = session["access_token"].as_str().ok_or("no access token")?.to_owned();
        Ok(())
    }

    /// After this token was refused: one of those who noticed signs in for all.
    pub async fn sign_in_again(&self, refused: &str, server: SocketAddr) {
        let _turn = self.turn.lock().await;
        if refused.ends_with(&self.token()) {
            // Whoever asked tries again anyway, and comes back here if this fails.
            let _ = self.sign_in(server).await;
        }
    }

    /// A company with agencies, and cases that all clients share.
    pub async fn company(&self, server: SocketAddr, dice: &mut StdRng) -> Outcome<Company> {
        let mut id = || uuid::Builder::from_random_bytes(dice.random()).into_uuid();
        let company = Company { tenant: id(), agencies: vec![id(), id(), id()], shared: vec![id(), id(), id()] };
        let tenant = company.tenant;
        let mut wanted = vec![("RegisterCompany", tenant, json!({ "name": format!("Company {}", &tenant.to_string()[..8]) }))];
        for (n, agency) in company.agencies.iter().enumerate() {
            wanted.push(("RegisterAgency", *agency, json!({ "name": format!("Agency {n}"), "maxCapacity": 1_000_000 })));
        }
        for (n, case) in company.shared.iter().enumerate() {
            let customer = json!({ "name": format!("Everybody's {n}") });
            let data = json!({ "customer": customer, "overdueAmount": 1_000_000, "priority": "P2", "autoAssign": false });
            wanted.push(("OpenCase", *case, data));
        }
        for (command, on, data) in wanted {
            let fate = self.ask(server, tenant, command, on, data, None).await?;
            if !matches!(fate, Fate::Ok { .. }) {
                return Err(format!("a company cannot be set up: {command}: {fate:?}").into());
            }
        }
        Ok(company)
    }

    /// Asks for one thing until there is a yes or a no.
    pub async fn ask(
        &self,
        server: SocketAddr,
        tenant: Uuid,
        command: &str,
        on: Uuid,
        data: Value,
        at: Option<String>,
    ) -> Outcome<Fate> {
        let key = format!("chaos 0 {}", self.journal.tick());
        let number = self.journal.sending(0, &key, command, tenant, on, &data);
        let body = json!({ "key": key, "command": command, "on": on, "data": data, "at": at }).to_string();
        let (began, acting) = (Instant::now(), tenant.to_string());
        loop {
            let token = format!("Bearer {}", self.token());
            let mut headers = vec![("Authorization", token.as_str())];
            // A company is not there to act in before it is registered.
            if command != "RegisterCompany" {
                headers.push(("Docket-Tenant", acting.as_str()));
            }
            match client::once(server, &request("POST", "/api/commands", &headers, &body)).await {
                Fate::Unknown if began.elapsed() > PATIENCE => return Err(format!("{command} is not answered").into()),
                Fate::Unknown => tokio::time::sleep(AGAIN).await,
                fate => {
                    self.journal.answered(number, fate.clone());
                    return Ok(fate);
                }
            }
        }
    }
}
