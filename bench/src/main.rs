//! How fast is Docket, and how fast is what people write instead? One run on one machine prints one table.

mod company;
mod cqrs;
mod crud;
mod docket;
mod freshness;
mod full_log;
mod history;
mod http;
mod large;
mod limits;
mod lines;
mod load;
mod peer;
mod plan;
mod postgres;
mod process;
mod rebuild;
mod rounds;
mod table;
mod wrk;

use clap::Parser;
use plan::{Arguments, Role};
use std::time::Instant;

/// What any step comes to; a benchmark that cannot go on says why and ends.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let Arguments { plan, role } = Arguments::parse();
    if let Some(Role::Peer { kind }) = role {
        return peer::serve(kind, &plan.server).await;
    }
    let plan = plan.settled();
    let began = Instant::now();
    let server = postgres::Server::new(plan.server.clone());
    let machine = server.machine().await?;
    let busy = postgres::busy().await;
    eprintln!("{machine}");
    let mut book = table::Book::default();
    let done = everything(&server, &plan, &mut book).await;
    if !plan.keep {
        server.sweep().await?;
    }
    done?;
    if let (Some(before), Some(after)) = (busy, postgres::busy().await) {
        // Whoever compiles beside a benchmark shall read it in the result.
        book.remark(format!(
            "The machine was {before:.0} % busy with other things just before the run and {after:.0} % just after it."
        ));
    }
    let head = format!(
        "{machine}\n\n{} round(s) of {} s, {} cases; {:.0} s in all.",
        plan.rounds,
        plan.seconds,
        plan.cases,
        began.elapsed().as_secs_f64()
    );
    let lines: Vec<_> = lines::LINES.iter().filter(|line| plan.wants_any(line.parts)).collect();
    let page = format!("{head}\n\n{}", book.page(&lines));
    println!("\n{page}");
    if let Some(file) = &plan.markdown {
        std::fs::write(
            file,
            format!("# How fast Docket is\n\nWritten by `./dev bench --markdown {}`.\n\n{page}", file.display()),
        )?;
    }
    Ok(())
}

async fn everything(server: &postgres::Server, plan: &plan::Plan, book: &mut table::Book) -> Outcome<()> {
    rounds::run(server, plan, book).await?;
    freshness::run(server, plan, book).await?;
    large::run(server, plan, book).await
}
