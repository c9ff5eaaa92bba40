//! The order in which things are measured: all of them in every round, so that a slow minute of the machine hits all alike.

use crate::crud::Crud;
use crate::docket::{Docket, Shape};
use crate::limits::{Limits, TOGETHER, sequential_read};
use crate::load::{Answers, Load};
use crate::postgres::Server;
use crate::table::{Book, Line, Target};
use crate::{Outcome, Plan, history};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Commands a second at which freshness is taken.
const STEADY: u32 = 2_000;
/// Looks a second at which reads are taken.
const GENTLE: u32 = 200;

const fn line(what: &'static str, figure: &'static str, unit: &'static str, target: Target) -> Line {
    Line { what, figure, unit, target }
}

/// The table.
pub const LINES: [Line; 23] = [
    line("CRUD (actix-web + sqlx), 64 connections", "CRUD 64", "/s", Target::None),
    line("… p99", "CRUD 64 p99", "ms", Target::None),
    line("CRUD, 1 connection", "CRUD 1", "/s", Target::None),
    line("limit: unnest of 500 rows, 1 connection", "unnest-500", "rows/s", Target::None),
    line("limit: pgbench, one row a transaction, 64 clients", "pgbench", "/s", Target::None),
    line("limit: sequential read of the log", "sequential read", "events/s", Target::None),
    line("limit: bare keyed fold of 500", "bare fold", "events/s", Target::None),
    line("**one-event commands, 64 connections**", "Docket 64", "/s", Target::AtLeastTimes(2.0, "CRUD 64")),
    line("… p99", "Docket 64 p99", "ms", Target::AtMostTimes(1.0, "CRUD 64 p99")),
    line("**one-event commands, 1 connection**", "Docket 1", "/s", Target::AtLeastTimes(0.7, "CRUD 1")),
    line("the same by its route, answered with the case's card, 64 connections", "Docket card 64", "/s", Target::None),
    line("… p99", "Docket card 64 p99", "ms", Target::None),
    line("**NDJSON batches of 500**, 2 connections", "batches", "commands/s", Target::AtLeastTimes(0.3, "unnest-500")),
    line("**import** of the help desk's history", "import", "lines/s", Target::AtLeastTimes(0.2, "unnest-500")),
    line("**rebuild of the worklist**", "rebuild", "events/s", Target::AtLeastTimes(0.5, "bare fold")),
    line("**rebuild of all read models**", "rebuild of all", "s", Target::AtMostTimes(3.0, "slowest rebuild")),
    line("… the slowest of them", "slowest rebuild", "s", Target::None),
    line("**commit → visible row** at 2,000 commands/s, p99 of the slowest model", "freshness", "ms", Target::AtMost(100.0)),
    line("… commands answered then", "steady", "/s", Target::AtLeast(1_900.0)),
    line("**worklist page** at 200 looks/s, p99", "worklist page", "ms", Target::AtMost(10.0)),
    line("**case card** at 200 looks/s, p99", "case card", "ms", Target::AtMost(10.0)),
    line("**agency score** at 200 looks/s, p99", "agency score", "ms", Target::AtMost(10.0)),
    line("**dashboard** at 200 looks/s, p99", "dashboard", "ms", Target::AtMost(10.0)),
];

/// Measures everything; the figures, and what a reader of them should know.
pub async fn run(server: &Server, plan: &Plan) -> Outcome<(Book, Vec<String>)> {
    let mut book = Book::default();
    let crud = Crud::start(&server.database("crud").await?, plan.cases).await?;
    let mut limits = Limits::open(&server.database("limits").await?).await?;
    let docket = Docket::start(&server.database("docket").await?, plan).await?;
    let mut notes = notes();

    for round in 1..=plan.rounds {
        eprintln!("round {round} of {}", plan.rounds);
        peers(server, plan, &mut book, &crud, &mut limits).await?;
        commands(server, plan, &mut book, &docket).await?;
        if plan.history.is_file() {
            server.checkpoint().await?;
            book.note("import", history::import_once(server, &plan.history).await?);
        }
    }
    if !plan.history.is_file() {
        notes.push(format!("No import: {} is not there (--history names another).", plan.history.display()));
    }
    eprintln!("at the end");
    freshness(plan, &mut book, &docket).await?;
    reads(plan, &mut book, &docket).await?;
    let (per_second, events) = sequential_read(&docket.house().owner).await?;
    book.note("sequential read", per_second);
    rebuilds(&mut book, &docket, events).await?;
    notes.push(format!(
        "Rebuilds, reads and the sequential read are taken once, at the end, over the {events} events then on the log."
    ));
    if let Some(peak) = peak_memory() {
        notes.push(format!("Most memory ever used by this process (Docket, CRUD peer and load generator together): {peak}."));
    }
    docket.stop().await;
    crud.stop().await;
    Ok((book, notes))
}

async fn peers(server: &Server, plan: &Plan, book: &mut Book, crud: &Crud, limits: &mut Limits) -> Outcome<()> {
    let rows = crud.rows().await?;
    server.checkpoint().await?;
    let at = |connections| Load {
        address: crud.address,
        requests: crud.requests.clone(),
        connections,
        lasting: plan.lasting(),
        rate: None,
    };
    let many = at(64).run().await?;
    book.note("CRUD 64", many.per_second());
    book.note("CRUD 64 p99", many.p99());
    let one = at(1).run().await?;
    book.note("CRUD 1", one.per_second());
    if crud.rows().await? - rows != (many.good_at_all + one.good_at_all) as i64 {
        return Err("the CRUD peer did not keep what it acknowledged".into());
    }
    server.checkpoint().await?;
    book.note("unnest-500", limits.unnest(plan.lasting() / 2).await?);
    book.note("bare fold", limits.fold(plan.lasting() / 2).await?);
    if let Some(tps) = limits.pgbench(plan.lasting() / 2).await? {
        book.note("pgbench", tps);
    }
    Ok(())
}

async fn commands(server: &Server, plan: &Plan, book: &mut Book, docket: &Docket) -> Outcome<()> {
    let shape = |connections| Shape { connections, lasting: plan.lasting(), rate: None };
    server.checkpoint().await?;
    let many = docket.pay(&docket.single, 1, shape(64)).await?;
    book.note("Docket 64", many.per_second());
    book.note("Docket 64 p99", many.p99());
    docket.settle().await?;
    book.note("Docket 1", docket.pay(&docket.single, 1, shape(1)).await?.per_second());
    docket.settle().await?;
    if docket.answers(&docket.by_route[0]).await {
        let cards: Answers = docket.pay(&docket.by_route, 1, shape(64)).await?;
        book.note("Docket card 64", cards.per_second());
        book.note("Docket card 64 p99", cards.p99());
        docket.settle().await?;
    }
    server.checkpoint().await?;
    let lasting = plan.lasting() / 2;
    let batches = docket.pay(&docket.batches, TOGETHER, Shape { lasting, ..shape(2) }).await?;
    book.note("batches", batches.per_second() * TOGETHER as f64);
    let behind = Instant::now();
    docket.settle().await?;
    eprintln!("  (read models caught up after {:.1} s)", behind.elapsed().as_secs_f64());
    Ok(())
}

async fn freshness(plan: &Plan, book: &mut Book, docket: &Docket) -> Outcome<()> {
    // Long enough that the models' last 1,000 batches are those of this load.
    let lasting = plan.lasting().max(Duration::from_secs(1)) * 3;
    let steady = docket.pay(&docket.single, 1, Shape { connections: 16, lasting, rate: Some(STEADY) }).await?;
    book.note("steady", steady.per_second());
    book.note("freshness", docket.freshness().await?);
    docket.settle().await
}

async fn reads(plan: &Plan, book: &mut Book, docket: &Docket) -> Outcome<()> {
    for (name, requests) in docket.looks() {
        if docket.answers(&requests[0]).await {
            let shape = Shape { connections: 4, lasting: plan.lasting(), rate: Some(GENTLE) };
            book.note(name, docket.load(Arc::clone(&requests), shape).run().await?.p99());
        }
    }
    Ok(())
}

async fn rebuilds(book: &mut Book, docket: &Docket, events: i64) -> Outcome<()> {
    let house = docket.house();
    let mut took = Vec::new();
    for model in projections::all() {
        let began = Instant::now();
        projections::rebuild(&house.owner, house.log(), &[model], |_, _, _| {}).await?;
        let seconds = began.elapsed().as_secs_f64();
        eprintln!("  {}: {seconds:.2} s", model.name);
        if model.name == "worklist" {
            book.note("rebuild", events as f64 / seconds);
        }
        took.push(seconds);
    }
    book.note("rebuild of all", took.iter().sum());
    book.note("slowest rebuild", took.into_iter().fold(0.0, f64::max));
    Ok(())
}

fn notes() -> Vec<String> {
    [
        "Docket is the whole product in its default duties (api, project, process): token checked, permission, decide, leaf hash, \
         durable, while eleven read models follow. Every acknowledged payment is counted on the log afterwards.",
        "One-event commands and batches go through POST /api/commands. Before the next figure the read models are let catch up.",
        "The load generator is our own (one thread, bare TCP, prepared bytes) and runs on the same machine, for the peers too.",
        "The peer cqrs-es + postgres-es comes with the next issue.",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: f64 = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok())?;
    Some(format!("{:.0} MiB", kilobytes / 1024.0))
}
