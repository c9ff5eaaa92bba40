//! Life goes on in the sample tenant: every few seconds somebody opens a case or does the next sensible thing with one.

use super::simulation::opening;
use commands::cases::case::{AcceptCase, CloseCase, CompleteCase, DelayCase, OpenCase, RecordPayment, RejectCase, ResumeCase};
use commands::{AnyCommand, Ask, Commands, Principal};
use domain::cases::case::{Case, Status};
use domain::{Amount, CaseId, Text};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rust_decimal::Decimal;
use std::time::Duration;

/// One case is worked on every so often.
const PACE: Duration = Duration::from_secs(3);

/// Works on cases for as long as it is polled. `cases` are those that are known already; new ones join them.
pub async fn go_on(commands: Commands, people: Vec<Principal>, mut cases: Vec<CaseId>) {
    let mut luck = StdRng::from_os_rng();
    let mut opened = cases.len();
    loop {
        tokio::time::sleep(PACE).await;
        let Some(who) = people.choose(&mut luck) else { return };
        let ask = match luck.random_range(0..100) < 30 || cases.is_empty() {
            true => {
                opened += 1;
                let Ok(new) = opening(opened * 31, &mut luck) else { continue };
                Some(Ask::new(OpenCase { auto_assign: true, ..new }))
            }
            false => {
                let case = cases[luck.random_range(0..cases.len())];
                next(&commands, who, case, &mut luck).await
            }
        };
        let Some(ask) = ask else { continue };
        let name = ask.command.name();
        match commands.execute(who, ask).await {
            Ok(answer) if name == "OpenCase" => cases.push(CaseId(answer.id)),
            Ok(answer) if name == "CloseCase" => cases.retain(|case| case.0 != answer.id),
            Ok(_) => {}
            Err(error) => tracing::debug!(command = name, %error, "the sample tenant was refused something"),
        }
        if cases.len() > 400 {
            cases.drain(..100);
        }
    }
}

/// The next sensible thing to do with a case.
async fn next(commands: &Commands, who: &Principal, case: CaseId, luck: &mut StdRng) -> Option<Ask> {
    let (state, _) = commands.state::<Case>(who.tenant, case).await.ok()?;
    let text = |words: &str| Text::try_from(words).ok();
    let lot = luck.random_range(0..100);
    let ask =
        |command: Box<dyn AnyCommand>| Some(Ask { command, on: Some(case.0), key: None, at: None, expected: None, cause: None });
    match state.status() {
        Status::Assigned(_) if lot < 12 => ask(Box::new(RejectCase { reason: text("outside our region")? })),
        Status::Assigned(_) => ask(Box::new(AcceptCase {})),
        Status::InProgress(_) if lot < 30 => {
            let amount = Amount::try_from(Decimal::new(luck.random_range(1_000..60_000), 2)).ok()?;
            ask(Box::new(RecordPayment { amount, currency: None, reference: None }))
        }
        Status::InProgress(_) if lot < 45 => ask(Box::new(DelayCase { reason: text("waiting for documents")? })),
        Status::InProgress(_) => ask(Box::new(CompleteCase { outcome: text("settled with the debtor") })),
        Status::Delayed(_) => ask(Box::new(ResumeCase {})),
        Status::Completed => ask(Box::new(CloseCase {})),
        _ => None,
    }
}
