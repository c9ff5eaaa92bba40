//! The SLA clock: when a deadline has passed and nobody has touched the case since, it has it put on record.

use crate::later::Later;
use crate::{Duty, Unable};
use commands::cases::case::SettleCase;
use commands::{Ask, Commands, Principal};
use domain::{CaseId, Instant, TenantId};
use projections::cases::sla_board;
use projections::reader::Reader;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many deadlines are settled in one step.
const TOGETHER: u32 = 500;
/// How long a deadline that could not be settled is left alone.
const PAUSE: Duration = Duration::from_secs(30);

/// Asks for settlement at due instants. The settlement itself is the case's own rule and dated at the deadline.
pub struct SlaClock {
    commands: Commands,
    reader: Reader,
    attempted: Later<(TenantId, CaseId, Instant)>,
}

impl SlaClock {
    pub fn new(commands: Commands, reader: Reader) -> Self {
        Self { commands, reader, attempted: Later::new() }
    }
}

impl Duty for SlaClock {
    async fn step(&mut self) -> Result<usize, Unable> {
        let now = self.commands.now();
        let due = self.reader.every_tenant(move |conn| Box::pin(sla_board::due(conn, now, TOGETHER))).await?;
        let mut by_tenant: BTreeMap<TenantId, Vec<Ask>> = BTreeMap::new();
        for row in due {
            if self.attempted.take((row.tenant_id, row.case_id, row.since), PAUSE) {
                // One key for each deadline, so that two clocks settle it once.
                let key = format!("sla_clock {} {}", row.case_id, row.since.timestamp_micros());
                by_tenant.entry(row.tenant_id).or_default().push(Ask::new(SettleCase {}).on(row.case_id).key(key));
            }
        }
        let mut settled = 0;
        for (tenant, asks) in by_tenant {
            let cases: Vec<_> = asks.iter().map(|ask| ask.on).collect();
            let answers = self.commands.execute_all(&Principal::process(tenant, "sla_clock"), asks).await;
            for (case, answer) in cases.into_iter().zip(answers) {
                match answer {
                    Ok(_) => settled += 1,
                    Err(error) => tracing::warn!(%tenant, ?case, %error, "a deadline could not be settled"),
                }
            }
        }
        metrics::counter!("docket_sla_settlements_total").increment(settled as u64);
        Ok(settled)
    }
}
