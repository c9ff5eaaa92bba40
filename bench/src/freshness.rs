//! How soon people see what was just recorded: commit to visible row while 2,000 commands a second go on.

use crate::Outcome;
use crate::docket::{Desk, Docket};
use crate::http::Connection;
use crate::load::{Shape, p99};
use crate::plan::{Part, Plan};
use crate::postgres::Server;
use crate::table::Book;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Commands a second that go on meanwhile.
const STEADY: u32 = 2_000;
/// Those who look again and again, each this often: together every 20 ms.
const PROBERS: u32 = 4;
const EVERY: Duration = Duration::from_millis(80);

pub async fn run(server: &Server, plan: &Plan, book: &mut Book) -> Outcome<()> {
    if !plan.wants(Part::Freshness) {
        return Ok(());
    }
    eprintln!("freshness");
    let docket = Docket::start(server, plan, "fresh", "api,project,process").await?;
    let cases = docket.open_cases(plan.cases).await?;
    // A fresh process: its read models' own account of their last 1,000 batches shall be of this load alone.
    let docket = docket.stop().await?.wake().await?;
    let (watched, paid) = cases.split_at(cases.len() / 10);
    let desk = Arc::new(docket.signed_in().await?);
    let until = Instant::now() + plan.long();
    let prober = |nth: u32| {
        let mine = watched.iter().skip(nth as usize).step_by(PROBERS as usize).copied().collect();
        tokio::spawn(probe(docket.process().address, desk.clone(), mine, EVERY * nth / PROBERS, until))
    };
    let probers: Vec<_> = (0..PROBERS).map(prober).collect();
    let shape = Shape { connections: 16, lasting: plan.long(), rate: Some(STEADY) };
    let steady = docket.pay(desk.single(paid), 1, shape).await?;
    let mut waits = Vec::new();
    for prober in probers {
        waits.extend(prober.await??);
    }
    waits.sort_by(f64::total_cmp);
    book.note("steady", steady.per_second());
    book.note("freshness", p99(&waits));
    book.note("freshness median", waits[waits.len() / 2]);
    let slowest = "select (max(freshness_p99_ms) * 1000)::bigint from projection.checkpoints";
    book.note("freshness by models", docket.database.number(slowest).await? as f64 / 1000.0);
    book.remark(format!(
        "Commit → visible: {} times a payment was acknowledged and the card of its case asked for with `Docket-Min-Position`, which waits \
         until every read model shows that position; the time is from the acknowledgement to the card. The models' own account takes the \
         oldest event of each batch, from its `recorded_at` to its commit.",
        waits.len()
    ));
    docket.stop().await?;
    Ok(())
}

/// Pays and looks; milliseconds from the acknowledgement to the answer that shows it.
async fn probe(
    address: std::net::SocketAddr,
    desk: Arc<Desk>,
    cases: Vec<Uuid>,
    offset: Duration,
    until: Instant,
) -> Outcome<Vec<f64>> {
    let payments = desk.single(&cases);
    let mut connection = Connection::open(address).await?;
    let mut clock = tokio::time::interval_at(tokio::time::Instant::now() + offset, EVERY);
    let mut waits = Vec::new();
    for (case, payment) in cases.iter().zip(payments.iter()).cycle() {
        clock.tick().await;
        if Instant::now() >= until {
            break;
        }
        let answer = connection.ask(payment).await?;
        let acknowledged = Instant::now();
        let done: Value = serde_json::from_slice(answer.body)?;
        let position = done["data"]["position"].as_i64().ok_or_else(|| format!("no position in {done}"))?;
        let shown = connection.ask(&desk.get_after(&format!("/api/v1/cases/{case}"), position)).await?;
        if shown.status != 200 {
            return Err(format!("{}: {}", shown.status, String::from_utf8_lossy(shown.body)).into());
        }
        waits.push(acknowledged.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(waits)
}
