//! Automatic assignment: an open case that waits for an agency gets the best one with room, never one that gave it back.

use crate::later::Later;
use crate::{Duty, Unable};
use commands::cases::case::{AllocateCase, LeaveUnassigned};
use commands::{Ask, Commands, Error, Principal};
use domain::{CaseId, Text};
use eventlog::Position;
use projections::cases::agency_directory::{Candidate, candidates};
use projections::cases::allocation_queue::{self, Allocation};
use projections::reader::Reader;
use std::time::Duration;

/// How many cases are looked at in one step.
const TOGETHER: u32 = 100;
/// How long a case that was just attempted is left alone, until the read models have seen what came of it.
const PAUSE: Duration = Duration::from_secs(5);
/// How often a case that found no agency is tried again: room may have come free.
const AGAIN: Duration = Duration::from_secs(60);

/// Finds agencies for cases (E.W1), again after a rejection.
pub struct AutoAssignment {
    commands: Commands,
    reader: Reader,
    attempted: Later<(CaseId, Position)>,
    tried_again: Later<CaseId>,
    /// How far the cases for which no agency was found have been looked through.
    noted_up_to: Position,
}

impl AutoAssignment {
    pub fn new(commands: Commands, reader: Reader) -> Self {
        Self { commands, reader, attempted: Later::new(), tried_again: Later::new(), noted_up_to: Position::START }
    }

    async fn allocate(&self, case: Allocation) -> Result<usize, Unable> {
        let now = self.commands.now();
        let (tenant, amount, spared) = (case.tenant_id, case.overdue_amount, case.rejected_by.clone());
        let find = self
            .reader
            .as_tenant(tenant, move |conn| Box::pin(async move { candidates(conn, tenant, amount, &spared, now).await }));
        let candidates: Vec<Candidate> = find.await?;
        let who = Principal::process(tenant, "auto_assignment");
        for candidate in &candidates {
            let reason = reason(candidate);
            let command = AllocateCase { agency_id: candidate.agency_id, outside_range: !candidate.in_range, reason };
            let key = format!("auto_assignment {} {} {}", case.case_id, case.position, candidate.agency_id);
            match self.commands.execute(&who, Ask::new(command).on(case.case_id).key(key).because_of(case.cause)).await {
                Ok(_) => return Ok(1),
                // Somebody else was faster with its last place, or with the case itself.
                Err(
                    Error::Refused { code: "agency_full" | "agency_inactive" | "outside_debt_range" | "gave_it_back", .. }
                    | Error::KeyReused { .. },
                ) => {}
                Err(error) => {
                    tracing::info!(%tenant, case = %case.case_id, %error, "a case could not be assigned automatically");
                    return Ok(0);
                }
            }
        }
        let reason = Text::try_from(why_none(&case)).unwrap_or_else(|_| unreachable!("a short sentence"));
        let ask = Ask::new(LeaveUnassigned { reason }).on(case.case_id).because_of(case.cause);
        if let Err(error) = self.commands.execute(&who, ask).await {
            tracing::info!(%tenant, case = %case.case_id, %error, "a case could not be left unassigned");
        }
        Ok(0)
    }
}

impl Duty for AutoAssignment {
    async fn step(&mut self) -> Result<usize, Unable> {
        let (now, after) = (self.commands.now(), self.noted_up_to);
        let due = self.reader.every_tenant(move |conn| Box::pin(allocation_queue::due(conn, now, TOGETHER))).await?;
        let noted = self.reader.every_tenant(move |conn| Box::pin(allocation_queue::noted(conn, now, after, TOGETHER))).await?;
        // Round and round, so that those who wait in vain do not keep the others from being tried again.
        self.noted_up_to =
            noted.last().filter(|_| noted.len() == TOGETHER as usize).map_or(Position::START, |case| case.position);
        let mut done = 0;
        for case in due {
            if self.attempted.take((case.case_id, case.position), PAUSE) {
                done += self.allocate(case).await?;
            }
        }
        for case in noted {
            if self.tried_again.take(case.case_id, AGAIN) {
                done += self.allocate(case).await?;
            }
        }
        Ok(done)
    }
}

fn reason(candidate: &Candidate) -> Text<1000> {
    let Candidate { formula, performance, active_cases, max_capacity, in_range, .. } = candidate;
    let range = if *in_range { "" } else { "; no agency's debt range holds the amount, this is the fallback" };
    let text = format!("best {formula} {performance}, {active_cases} of {max_capacity} places taken{range}");
    Text::try_from(text).unwrap_or_else(|_| unreachable!("a short sentence"))
}

fn why_none(case: &Allocation) -> String {
    match case.rejected_by.len() {
        0 => "no active agency has room".into(),
        n => format!("no active agency has room but the {n} that gave it back"),
    }
}
