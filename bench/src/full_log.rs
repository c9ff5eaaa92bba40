//! Whether a log of five million events makes the next command dearer than an empty one.

use crate::Outcome;
use crate::company::Company;
use crate::docket::{Docket, Resting};
use crate::load::Shape;
use crate::plan::Plan;
use crate::postgres::Server;
use crate::table::{Book, number};
use std::time::Instant;

/// Events of another company, as many as are lacking: the columns that events have, streams of 50, dense positions, true leaves.
/// Nobody looks at them, so the read models are moved past them in the same transaction.
const FILLER: &str = "
    begin;
    select from log.turn for update;
    insert into log.events (position, tenant_id, category, stream_id, version, event_id, type, schema, recorded_at, occurred_at,
      actor, cause, command_key, fingerprint, body, leaf)
    select e.position, tenant, 'case', stream, version, event_id, type, 1, at, at, actor, null, key, sha256(body), body,
      log.leaf(e.position, tenant, 'case', stream, version, event_id, type, 1::smallint, at, at, actor, null, key, body)
    from (
      select last_position + n as position, '00000000-0000-7000-8000-00000000f111'::uuid as tenant,
        ('01900000-0000-7000-8000-' || lpad(to_hex((last_position + n) / 50), 12, '0'))::uuid as stream,
        (last_position + n) % 50 + 1 as version,
        ('01900000-0000-7000-9000-' || lpad(to_hex(last_position + n), 12, '0'))::uuid as event_id,
        'case.payment_received' as type, last_recorded_at as at, 'operator' as actor, 'filler-' || (last_position + n) as key,
        convert_to('{\"amount\":\"1.25\",\"currency\":\"USD\",\"reference\":\"filler ' || n || '\"}', 'UTF8') as body
      from log.head, generate_series(1, $COUNT) n
    ) e;
    update projection.checkpoints set position = (select last_position from log.head);
    commit;";
/// How many are written in one transaction.
const AT_ONCE: i64 = 500_000;

/// Fills the log of the large database and measures one-event commands on it and on an empty one, in turns.
pub async fn run(server: &Server, plan: &Plan, book: &mut Book, resting: Resting, company: &Company) -> Outcome<()> {
    let began = Instant::now();
    let mut lacking = plan.full - resting.database.number("select last_position from log.head").await?;
    while lacking > 0 {
        let count = lacking.min(AT_ONCE);
        resting.database.run(&FILLER.replace("$COUNT", &count.to_string())).await?;
        lacking -= count;
    }
    // Otherwise PostgreSQL would begin to do so by itself in the middle of the measurement.
    resting.database.run("vacuum (analyze) log.events").await?;
    server.checkpoint().await?;
    eprintln!("  log filled up to {} events in {:.1} s", number(plan.full as f64), began.elapsed().as_secs_f64());

    let full = resting.wake().await?;
    let empty = Docket::start(server, plan, "empty", "api,project,process").await?;
    let cases = empty.open_cases(plan.cases).await?;
    let running: Vec<_> = company.running().into_iter().take(plan.cases).collect();
    let shape = Shape { connections: 64, lasting: plan.lasting(), rate: None };
    for round in 0..=plan.rounds {
        for (docket, cases, name) in [(&empty, &cases, "empty log"), (&full, &running, "full log")] {
            server.checkpoint().await?;
            let requests = docket.signed_in().await?.single(cases);
            let answers = docket.pay(requests, 1, shape).await?;
            // In the first round the one remembers the cases it has just opened, the other must still get to know its own.
            if round > 0 {
                book.note(name, answers.per_second());
            }
            docket.settle().await?;
        }
    }
    book.remark(format!(
        "The full log: the large database, filled up to {} events with those of another company, past which the read models were moved \
         (tables of the large database's size); the empty one holds little more than its {} opened cases.",
        number(plan.full as f64),
        number(plan.cases as f64)
    ));
    empty.stop().await?;
    full.stop().await?;
    Ok(())
}
