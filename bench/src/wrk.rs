//! The same load by wrk, where it is installed, to see that our own generator takes no more of the machine than it does.

use crate::Outcome;
use crate::load::Shape;
use crate::peer::{PAYMENT, Peer};
use crate::postgres::Server;
use crate::process::processor_of;
use crate::table::Book;
use std::time::Duration;
use tokio::process::Command;
use uuid::Uuid;

/// Measures a peer by wrk and by our own generator: one thread, 64 connections.
pub async fn generators(server: &Server, peer: &Peer, lasting: Duration, book: &mut Book) -> Outcome<()> {
    let spent = || processor_of(std::process::id());
    server.checkpoint().await?;
    let (before, _) = spent()?;
    let ours = peer.pay(Shape { connections: 64, lasting, rate: None }).await?;
    book.note("CRUD by us", ours.per_second());
    book.note("our processor", (spent()?.0 - before) * 1e6 / ours.good_at_all as f64);
    server.checkpoint().await?;
    let (_, before) = spent()?;
    if let Some((requests, per_second)) = wrk(peer, lasting).await? {
        book.note("CRUD by wrk", per_second);
        book.note("wrk processor", (spent()?.1 - before) * 1e6 / requests);
    }
    Ok(())
}

/// Requests of one kind sent by wrk, and how many a second; `None` if it is not installed.
async fn wrk(peer: &Peer, lasting: Duration) -> Outcome<Option<(f64, f64)>> {
    let script = std::env::temp_dir().join(format!("bench_{}.lua", std::process::id()));
    let lua = format!("wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = '{PAYMENT}'\n");
    tokio::fs::write(&script, lua).await?;
    let url = format!("http://{}/cases/{}/payments", peer.process.address, Uuid::now_v7());
    let seconds = format!("{}s", lasting.as_secs().max(1));
    let run = Command::new("wrk").args(["-t1", "-c64", "-d", &seconds, "-s"]).arg(&script).arg(url).output().await;
    tokio::fs::remove_file(&script).await?;
    let output = match run {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        output => output?,
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if said.contains("Non-2xx") {
        return Err(format!("wrk was refused: {said}").into());
    }
    let requests = said.lines().find_map(|line| line.split_once(" requests in ")?.0.trim().parse().ok());
    let per_second = said.lines().find_map(|line| line.strip_prefix("Requests/sec:")?.trim().parse().ok());
    match (requests, per_second) {
        (Some(requests), Some(per_second)) => Ok(Some((requests, per_second))),
        _ => Err(format!("wrk failed: {said}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
