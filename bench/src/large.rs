//! The large database: a hundred thousand cases and a million events, brought in over HTTP while the read models follow, and
//! what can only be told on such a size.

use crate::company::{Company, LANES};
use crate::docket::{Docket, Resting};
use crate::limits::{Limits, sequential_read};
use crate::load::{Requests, Shape, together};
use crate::plan::{Part, Plan};
use crate::postgres::Server;
use crate::table::{Book, number};
use crate::{Outcome, full_log, rebuild};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// Commands a second beside which screens are read.
const WRITES: u32 = 2_000;
/// Looks a second at each of the four screens.
const LOOKS: u32 = 125;

/// Fills it and measures on it what the plan wants.
pub async fn run(server: &Server, plan: &Plan, book: &mut Book) -> Outcome<()> {
    if !plan.wants_any(&[Part::Reads, Part::Memory, Part::Rebuild, Part::FullLog]) {
        return Ok(());
    }
    eprintln!("the large database");
    let docket = Docket::start(server, plan, "large", "api,project,process").await?;
    let fresh = docket.process().memory()?;
    let company = Company::with_cases(plan.large);
    fill(&docket, &company, book).await?;
    if plan.wants(Part::Memory) {
        let memory = docket.process().memory()?;
        book.note("memory", memory.now);
        book.note("memory peak", memory.peak);
        book.remark(format!(
            "Memory is what the kernel counts as resident: {:.0} MiB of it are the program file itself. Just started it was {:.0} MiB.",
            memory.program, fresh.now
        ));
    }
    if plan.wants(Part::Reads) {
        let waited = docket.database().vacuumed().await?;
        eprintln!("  autovacuum done after {:.0} s", waited.as_secs_f64());
        server.checkpoint().await?;
        reads(plan, book, &docket, &company).await?;
        docket.settle().await?;
    }
    let resting = docket.stop().await?;
    if plan.wants(Part::Rebuild) {
        rebuilds(server, plan, book, &resting).await?;
    }
    match plan.wants(Part::FullLog) {
        true => full_log::run(server, plan, book, resting, &company).await,
        false if plan.keep => Ok(()),
        false => server.drop(resting.database).await,
    }
}

async fn fill(docket: &Docket, company: &Company, book: &mut Book) -> Outcome<()> {
    let began = Instant::now();
    let before = docket.events().await?;
    let desk = docket.signed_in().await?;
    let lines = |commands: Vec<serde_json::Value>| desk.lines(&commands.iter().map(ToString::to_string).collect::<Vec<_>>());
    docket.send_all(std::iter::once(lines(company.registrations()))).await?;
    let lane = |lane: usize| {
        let cohorts = (lane..company.cohorts()).step_by(LANES);
        docket.send_all(cohorts.flat_map(|cohort| company.stages(cohort)).filter(|stage| !stage.is_empty()).map(lines))
    };
    futures::future::try_join_all((0..LANES).map(lane)).await?;
    let commands = began.elapsed();
    let behind = docket.settle().await?;
    docket.recorded(before, company.events()).await?;
    let events = company.events() as f64;
    eprintln!(
        "  filled: {} events in {:.1} s, shown {:.1} s later",
        number(events),
        commands.as_secs_f64(),
        behind.as_secs_f64()
    );
    book.remark(format!(
        "The large database: {} events over {} cases (opened, assigned, accepted, noted, paid, most completed), sent to `docket serve` as NDJSON \
         at {} events/s while the read models followed.",
        number(events),
        number(company.cases.len() as f64),
        number(events / commands.as_secs_f64()),
    ));
    Ok(())
}

/// What people look at all day, beside the writes.
async fn reads(plan: &Plan, book: &mut Book, docket: &Docket, company: &Company) -> Outcome<()> {
    let desk = docket.signed_in().await?;
    let get = |path: String| desk.get(&path);
    let agency = |n: usize| company.agencies[n % company.agencies.len()];
    let case = |n: usize| company.cases[n * 7919 % company.cases.len()];
    let page = |n: usize| {
        let wanted = match n % 8 {
            0 | 1 => String::new(),
            2 => "&page=2".into(),
            3 => "&status=in_progress".into(),
            4 => "&priority=P1&status=assigned".into(),
            5 => format!("&dca_id={}", agency(n)),
            6 => "&sort=sla_due_date&order=asc".into(),
            _ => "&sla_status=on_track".into(),
        };
        get(format!("/api/v1/cases/?limit=20{wanted}"))
    };
    let many = |look: &dyn Fn(usize) -> Vec<u8>| -> Requests { Arc::new((0..2_000).map(look).collect()) };
    let looks = [
        ("worklist page", many(&page)),
        ("case card", many(&|n| get(format!("/api/v1/cases/{}", case(n))))),
        ("agency score", many(&|n| get(format!("/api/v1/dcas/{}/score", agency(n))))),
        ("dashboard", many(&|_| get("/api/v1/dashboard/stats".into()))),
    ];
    let at = |connections, rate| Shape { connections, lasting: plan.long(), rate: Some(rate) };
    let before = docket.events().await?;
    let running: Vec<Uuid> = company.running();
    let mut loads = vec![docket.load(desk.single(&running), at(16, WRITES))];
    loads.extend(looks.iter().map(|(_, requests)| docket.load(requests.clone(), at(4, LOOKS))));
    book.remark(format!(
        "Screens: {} looks a second in all, the same number at each of the four, beside {WRITES} commands a second, all on the large \
         database, once PostgreSQL's autovacuum had been there. The worklist is asked for as people do: first and second page, by status, by agency, by due date, by SLA status.",
        LOOKS * 4
    ));
    let mut answers = together(loads).await?.into_iter();
    if let Some(writes) = answers.next() {
        book.note("writes beside", writes.per_second());
        docket.recorded(before, writes.good_at_all).await?;
    }
    for ((name, _), answers) in looks.iter().zip(answers) {
        book.note(name, answers.p99());
    }
    Ok(())
}

async fn rebuilds(server: &Server, plan: &Plan, book: &mut Book, resting: &Resting) -> Outcome<()> {
    let mut limits = Limits::open(&server.database("fold").await?).await?;
    server.checkpoint().await?;
    let (per_second, events) = sequential_read(&resting.database).await?;
    book.note("sequential read", per_second);
    book.note("bare fold", limits.fold(plan.lasting()).await?);
    let program = &resting.program;
    let models = resting.database.names("select model from projection.checkpoints order by model").await?;
    let mut slowest = ("", 0.0);
    for model in &models {
        let seconds = rebuild::rebuild(program, &resting.database, Some(model)).await?;
        eprintln!("  {model}: {seconds:.2} s");
        if seconds > slowest.1 {
            slowest = (model, seconds);
        }
        if model == "worklist" {
            book.note("rebuild", events as f64 / seconds);
            book.note("bare fold", limits.fold(plan.lasting()).await?);
        }
    }
    book.note("slowest rebuild", slowest.1);
    book.note("rebuild of all", rebuild::rebuild(program, &resting.database, None).await?);
    book.note("bare fold", limits.fold(plan.lasting()).await?);
    book.remark(format!(
        "The slowest read model to compute anew is {}. Rebuilds are `docket rebuild`, from its first event to its swap.",
        slowest.0
    ));
    Ok(())
}
