//! Clients go away in the middle of everything: at any byte of a request, right after it, or at any byte of the answer.

use crate::Outcome;
use crate::client;
use crate::desk::Desk;
use crate::http::request;
use crate::journal::{Fate, Journal};
use crate::mix::Mix;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::Setup;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Those who go away, at the same time.
const RESTLESS: usize = 24;
/// After so many the oracle is asked.
const SPELL: usize = 1_000;
/// What is only looked at, and not waited for either.
const LOOKS: [&str; 4] = ["/api/v1/cases?limit=50", "/api/v1/dashboard/stats", "/api/v1/dcas", "/api/commands"];
/// How long a command may take that was cancelled and is asked for again.
const PATIENCE: Duration = Duration::from_secs(30);

/// A round is a command that is asked for, cancelled, and asked for again; beside it others ask and stay.
pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let mut world = stage.world(&Setup { clients: 4, ..Setup::default() }).await?;
    let mut numbers = 1_000..;
    while world.row.rounds < rounds {
        let spell = SPELL.min(rounds - world.row.rounds);
        world.load.start();
        let mut leaving = JoinSet::new();
        for (nth, number) in (0..RESTLESS.min(spell)).zip(&mut numbers) {
            let leaver = Leaver {
                desk: world.desk.clone(),
                journal: world.journal.clone(),
                server: world.servers[0].address,
                mix: Mix::new(number, &mut world.dice, &world.companies),
                dice: StdRng::from_rng(&mut world.dice),
            };
            leaving.spawn(leaver.leave(spell / RESTLESS + usize::from(nth < spell % RESTLESS)));
        }
        while let Some(left) = leaving.join_next().await {
            world.row.broken.extend(left?);
        }
        world.load.stop(PATIENCE).await;
        world.row.rounds += spell;
        world.judge().await?;
    }
    world.close().await
}

/// Somebody who goes away, thinks better of it, and asks again for the same.
struct Leaver {
    desk: Arc<Desk>,
    journal: Arc<Journal>,
    server: SocketAddr,
    mix: Mix,
    dice: StdRng,
}

impl Leaver {
    /// Answers with what went wrong.
    async fn leave(mut self, times: usize) -> Option<String> {
        for _ in 0..times {
            let token = format!("Bearer {}", self.desk.token());
            let asked = self.mix.next();
            let tenant = asked.tenant.to_string();
            let headers = [("Authorization", token.as_str()), ("Docket-Tenant", tenant.as_str())];
            if self.dice.random_ratio(1, 4) {
                let look = LOOKS[self.dice.random_range(0..LOOKS.len())];
                self.go(&request("GET", look, &headers, "")).await;
            }
            let number = self.journal.sending(self.mix.client, &asked.key, asked.command, asked.tenant, asked.on, &asked.data);
            let body = json!({ "key": asked.key, "command": asked.command, "on": asked.on, "data": asked.data }).to_string();
            let wish = request("POST", "/api/commands", &headers, &body);
            self.go(&wish).await;
            let began = Instant::now();
            let fate = loop {
                match client::once(self.server, &wish).await {
                    Fate::Unknown if began.elapsed() > PATIENCE => {
                        return Some(format!("after it was cancelled {} was not answered any more", asked.key));
                    }
                    Fate::Unknown => sleep(Duration::from_millis(25)).await,
                    fate => break fate,
                }
            };
            self.journal.answered(number, fate.clone());
            self.mix.heard(&asked, &fate);
        }
        None
    }

    /// Sends a request and goes away, by the dice. That it fails on the way is what it is for.
    async fn go(&mut self, request: &[u8]) {
        let Ok(mut stream) = TcpStream::connect(self.server).await else { return };
        // With or without a word.
        if self.dice.random() {
            let _ = stream.set_zero_linger();
        }
        match self.dice.random_range(0..4) {
            0 => {
                let _ = stream.write_all(&request[..self.dice.random_range(0..request.len())]).await;
            }
            1 => drop(stream.write_all(request).await),
            2 => {
                let _ = stream.write_all(request).await;
                // While it is being worked on.
                sleep(Duration::from_micros(self.dice.random_range(0..6_000))).await;
            }
            _ => {
                let _ = stream.write_all(request).await;
                let mut some = vec![0; self.dice.random_range(1..600)];
                let _ = timeout(Duration::from_secs(1), stream.read_exact(&mut some)).await;
            }
        }
    }
}
