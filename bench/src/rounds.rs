//! What can be measured in turns is: all of it in every round, so that a slow minute of the machine hits all alike.

use crate::docket::Docket;
use crate::limits::{Events, Limits, TOGETHER};
use crate::load::{Answers, Shape};
use crate::peer::Peer;
use crate::plan::{Kind, Part, Plan};
use crate::postgres::Server;
use crate::process::Process;
use crate::table::Book;
use crate::{Outcome, history, wrk};
use uuid::Uuid;

/// Those who are measured in turns; absent is what this run does not need.
struct Field {
    crud: Option<Peer>,
    cqrs: Option<Peer>,
    limits: Option<Limits>,
    docket: Option<(Docket, Vec<Uuid>)>,
    api_only: Option<(Docket, Vec<Uuid>)>,
}

/// Measures everything that the plan wants.
pub async fn run(server: &Server, plan: &Plan, book: &mut Book) -> Outcome<()> {
    remarks(book);
    if plan.wants(Part::Import) && !plan.history.is_file() {
        book.remark(format!("The help desk's history was not imported: {} is not there.", plan.history.display()));
    }
    let mut field = Field::open(server, plan).await?;
    let rounds = if field.is_empty() && !plan.wants(Part::Import) { 0 } else { plan.rounds };
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        field.round(server, plan, book).await?;
    }
    field.close().await?;
    if plan.wants(Part::Import) {
        eprintln!("a long history");
        long_import(server, plan, book).await?;
    }
    Ok(())
}

/// Memory must not grow with the length of a history.
async fn long_import(server: &Server, plan: &Plan, book: &mut Book) -> Outcome<()> {
    let file = std::env::temp_dir().join(format!("bench_{}.commands.ndjson", std::process::id()));
    history::write_long(plan, &file)?;
    server.checkpoint().await?;
    let import = history::import(server, plan, &file).await;
    std::fs::remove_file(&file)?;
    let import = import?;
    book.note("long import", import.per_second);
    book.note("long import events", import.events);
    book.note("long import peak", import.peak);
    Ok(())
}

impl Field {
    async fn open(server: &Server, plan: &Plan) -> Outcome<Self> {
        let commands = plan.wants(Part::Commands);
        let crud = plan.wants_any(&[Part::Commands, Part::ApiOnly, Part::Wrk]);
        let limits = plan.wants_any(&[Part::Limits, Part::Batches, Part::Import]);
        let mut field = Self { crud: None, cqrs: None, limits: None, docket: None, api_only: None };
        if crud {
            field.crud = Some(Peer::start(server, Kind::Crud, plan.cases).await?);
        }
        if commands {
            field.cqrs = Some(Peer::start(server, Kind::Cqrs, plan.cases).await?);
        }
        if limits {
            field.limits = Some(Limits::open(&server.database("limits").await?).await?);
        }
        if commands || plan.wants(Part::Batches) {
            field.docket = Some(opened(Docket::start(server, plan, "docket", "api,project,process").await?, plan).await?);
        }
        if plan.wants(Part::ApiOnly) {
            field.api_only = Some(opened(Docket::start(server, plan, "api_only", "api").await?, plan).await?);
        }
        Ok(field)
    }

    fn is_empty(&self) -> bool {
        self.crud.is_none() && self.limits.is_none() && self.docket.is_none()
    }

    async fn round(&mut self, server: &Server, plan: &Plan, book: &mut Book) -> Outcome<()> {
        if plan.wants_any(&[Part::Commands, Part::ApiOnly]) {
            self.many(server, plan, book).await?;
        }
        if plan.wants(Part::Commands) {
            self.few(server, plan, book).await?;
        }
        if let Some(crud) = &self.crud
            && plan.wants(Part::Wrk)
        {
            wrk::generators(server, crud, plan.lasting(), book).await?;
        }
        self.in_bulk(server, plan, book).await
    }

    /// 64 connections at once.
    async fn many(&self, server: &Server, plan: &Plan, book: &mut Book) -> Outcome<()> {
        let shape = shape(plan, 64);
        if let Some(crud) = &self.crud {
            server.checkpoint().await?;
            note(book, ["CRUD 64", "CRUD 64 p99", "CRUD 64 processor"], &crud.process, crud.pay(shape)).await?;
        }
        if let Some((docket, cases)) = &self.docket {
            server.checkpoint().await?;
            let requests = docket.signed_in().await?.single(cases);
            let names = ["Docket 64", "Docket 64 p99", "Docket 64 processor"];
            note(book, names, docket.process(), docket.pay(requests, 1, shape)).await?;
            docket.settle().await?;
        }
        if let Some(cqrs) = &self.cqrs {
            server.checkpoint().await?;
            let names = ["cqrs-es 64", "cqrs-es 64 p99", "cqrs-es 64 processor"];
            note(book, names, &cqrs.process, cqrs.pay(shape)).await?;
        }
        if let Some((docket, cases)) = &self.api_only {
            server.checkpoint().await?;
            let requests = docket.signed_in().await?.single(cases);
            let names = ["api only 64", "api only 64 p99", "api only 64 processor"];
            note(book, names, docket.process(), docket.pay(requests, 1, shape)).await?;
        }
        Ok(())
    }

    /// One at a time; and those who want to see what they have done.
    async fn few(&self, server: &Server, plan: &Plan, book: &mut Book) -> Outcome<()> {
        let (Some(crud), Some((docket, cases))) = (&self.crud, &self.docket) else { return Ok(()) };
        server.checkpoint().await?;
        book.note("CRUD 1", crud.pay(shape(plan, 1)).await?.per_second());
        let desk = docket.signed_in().await?;
        book.note("Docket 1", docket.pay(desk.single(cases), 1, shape(plan, 1)).await?.per_second());
        docket.settle().await?;
        let names = ["Docket card 64", "Docket card 64 p99", "Docket card 64 processor"];
        note(book, names, docket.process(), docket.pay(desk.by_route(cases), 1, shape(plan, 64))).await?;
        docket.settle().await?;
        Ok(())
    }

    async fn in_bulk(&mut self, server: &Server, plan: &Plan, book: &mut Book) -> Outcome<()> {
        let shape = Shape { lasting: plan.lasting() / 2, ..shape(plan, 2) };
        if let Some(limits) = &mut self.limits {
            server.checkpoint().await?;
            if plan.wants_any(&[Part::Batches, Part::Import]) {
                book.note("unnest-500", limits.unnest_events(Events::Plain, shape.lasting).await?);
                book.note("unnest-500 indexed", limits.unnest_events(Events::Indexed, shape.lasting).await?);
                book.note("unnest-500 narrow", limits.unnest(shape.lasting).await?);
            }
            if plan.wants(Part::Limits)
                && let Some(per_second) = limits.pgbench(shape.lasting).await?
            {
                book.note("pgbench", per_second);
            }
        }
        if let Some((docket, cases)) = &self.docket
            && plan.wants(Part::Batches)
        {
            server.checkpoint().await?;
            let batches = docket.signed_in().await?.batches(cases);
            book.note("batches", docket.pay(batches, TOGETHER, shape).await?.per_second() * TOGETHER as f64);
            let behind = docket.settle().await?;
            eprintln!("  (read models caught up after {:.1} s)", behind.as_secs_f64());
        }
        if plan.wants(Part::Import) && plan.history.is_file() {
            server.checkpoint().await?;
            let import = history::import(server, plan, &plan.history).await?;
            book.note("import", import.per_second);
            book.note("import events", import.events);
            book.note("import peak", import.peak);
        }
        Ok(())
    }

    async fn close(self) -> Outcome<()> {
        for peer in self.crud.into_iter().chain(self.cqrs) {
            peer.stop().await?;
        }
        for (docket, _) in self.docket.into_iter().chain(self.api_only) {
            docket.stop().await?;
        }
        Ok(())
    }
}

async fn opened(docket: Docket, plan: &Plan) -> Outcome<(Docket, Vec<Uuid>)> {
    let cases = docket.open_cases(plan.cases).await?;
    Ok((docket, cases))
}

fn shape(plan: &Plan, connections: usize) -> Shape {
    Shape { connections, lasting: plan.lasting(), rate: None }
}

/// Notes throughput, the slowest hundredth, and what each answer cost the server's process of processor time.
async fn note(
    book: &mut Book,
    [per_second, p99, processor]: [&'static str; 3],
    process: &Process,
    load: impl Future<Output = Outcome<Answers>>,
) -> Outcome<()> {
    let before = process.processor()?;
    let answers = load.await?;
    let spent = process.processor()? - before;
    book.note(per_second, answers.per_second());
    book.note(p99, answers.p99());
    book.note(processor, spent * 1e6 / answers.good_at_all as f64);
    Ok(())
}

fn remarks(book: &mut Book) {
    book.remark(
        "Docket is `docket serve`, the release build with its default settings (roles api, project, process) \
         but without limits on how often one may ask: token checked, permission, decide, leaf hash, durable, while eleven read models \
         follow. Every acknowledged command is counted on the log afterwards, every payment of the peers in their tables. \
         Before the next figure the read models are let catch up.",
    );
    book.remark(
        "unnest-500 writes rows with the columns of an event under a primary key alone, which we take to be what the design measured as \
         140 k rows/s; beside it with all of the log's indexes and, narrower, with five columns under a key of 16 bytes. The import counts the \
         events it records, not its lines, for those are the rows.",
    );
    book.remark(
        "All servers are processes of their own with a database of their own on one PostgreSQL; pools of 16 for the peers. The load comes \
         from one thread of our own generator on the same machine (prepared bytes over bare TCP), for the peers too; wrk stands beside it.",
    );
}
