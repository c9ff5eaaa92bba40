//! A peer of Docket in a process of its own: the same request on the same HTTP server, answered in another way.

use crate::http::request;
use crate::load::{Answers, Load, Requests, Shape};
use crate::plan::Kind;
use crate::postgres::{Database, Server};
use crate::process::{ANSWERS, Process};
use crate::{Outcome, cqrs, crud};
use actix_web::{App, HttpServer, web};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::process::Command;
use uuid::Uuid;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    pub amount: Decimal,
    pub reference: Option<String>,
}

/// What is answered.
#[derive(Serialize)]
pub struct Created {
    pub id: Uuid,
}

/// The body of every payment, of Docket's too.
pub const PAYMENT: &str = r#"{"amount":1.25,"reference":"bench"}"#;

/// Serves as a peer until it is stopped.
pub async fn serve(kind: Kind, database: &str) -> Outcome<()> {
    let path = "/cases/{id}/payments";
    match kind {
        Kind::Crud => {
            let pool = web::Data::new(crud::pool(database).await?);
            listen(move |app| {
                app.app_data(pool.clone()).route(path, web::post().to(crud::pay));
            })
            .await
        }
        Kind::Cqrs => {
            let cases = web::Data::new(cqrs::framework(database).await?);
            listen(move |app| {
                app.app_data(cases.clone()).route(path, web::post().to(cqrs::pay));
            })
            .await
        }
    }
}

async fn listen(routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static) -> Outcome<()> {
    let server = HttpServer::new(move || App::new().configure(routes.clone())).bind(("127.0.0.1", 0))?;
    println!("The peer {ANSWERS}{}", server.addrs().first().ok_or("no address")?);
    Ok(server.run().await?)
}

/// A running peer with a database of its own, and payments for its cases.
pub struct Peer {
    pub process: Process,
    pub requests: Requests,
    database: Database,
    table: &'static str,
}

impl Peer {
    pub async fn start(server: &Server, kind: Kind, cases: usize) -> Outcome<Self> {
        let (name, table) = match kind {
            Kind::Crud => ("crud", "payments"),
            Kind::Cqrs => ("cqrs", "events"),
        };
        let database = server.database(name).await?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--server", &database.url, "peer", name]);
        let process = Process::start(name, command).await?;
        let post = |_| {
            let path = format!("/cases/{}/payments", Uuid::now_v7());
            request("POST", &path, None, "application/json", PAYMENT)
        };
        Ok(Self { process, requests: Arc::new((0..cases).map(post).collect()), database, table })
    }

    /// Sends payments and sees to it that just those that were acknowledged are kept.
    pub async fn pay(&self, shape: Shape) -> Outcome<Answers> {
        let before = self.rows().await?;
        let load = Load { address: self.process.address, requests: self.requests.clone(), shape };
        let answers = load.run().await?;
        match self.rows().await? - before == answers.good_at_all as i64 {
            true => Ok(answers),
            false => Err(format!("the peer's table {} does not hold what was acknowledged", self.table).into()),
        }
    }

    pub async fn rows(&self) -> Outcome<i64> {
        self.database.number(&format!("select count(*) from {}", self.table)).await
    }

    pub async fn stop(mut self) -> Outcome<()> {
        self.process.stop().await
    }
}
