//! The shift clock: a shift that nobody ended or began is settled some hours after its end, so that no sum grows for ever (B.W3).

use crate::later::Later;
use crate::{Duty, Unable};
use commands::calls::shift::SettleShift;
use commands::{Ask, Commands, Error, Principal};
use domain::{ShiftId, TenantId};
use projections::calls::shift_queries::unsettled;
use projections::reader::Reader;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many shifts are settled in one step.
const TOGETHER: u32 = 500;
/// How often it is looked whether any are due: after hours, a minute is no matter. Nor does it look within the first minute, in
/// which a server that was down takes in what people say happened meanwhile.
const LOOK: Duration = Duration::from_secs(60);
/// How long a shift that could not be settled is left alone.
const PAUSE: Duration = Duration::from_secs(600);

/// Asks for settlement of what is due. How a shift is settled is its own rule.
pub struct ShiftClock {
    commands: Commands,
    reader: Reader,
    looked: Later<()>,
    attempted: Later<(TenantId, ShiftId, i64)>,
}

impl ShiftClock {
    pub fn new(commands: Commands, reader: Reader) -> Self {
        let mut clock = Self::at_once(commands, reader);
        clock.looked.take((), LOOK);
        clock
    }

    /// One that looks already at its first step.
    pub fn at_once(commands: Commands, reader: Reader) -> Self {
        Self { commands, reader, looked: Later::new(), attempted: Later::new() }
    }
}

impl Duty for ShiftClock {
    async fn step(&mut self) -> Result<usize, Unable> {
        if !self.looked.take((), LOOK) {
            return Ok(0);
        }
        let now = self.commands.now();
        let due = self.reader.every_tenant(move |conn| Box::pin(unsettled(conn, now, TOGETHER))).await?;
        let mut by_tenant: BTreeMap<TenantId, Vec<(ShiftId, Ask)>> = BTreeMap::new();
        for row in due {
            if self.attempted.take((row.tenant_id, row.shift_id, row.version), PAUSE) {
                // One key for each state of a shift, so that two clocks settle it once; who corrects it may leave it open again.
                let key = format!("shift_clock {} {}", row.shift_id, row.version);
                let ask = Ask::new(SettleShift {}).on(row.shift_id).key(key);
                by_tenant.entry(row.tenant_id).or_default().push((row.shift_id, ask));
            }
        }
        let mut settled = 0;
        for (tenant, asks) in by_tenant {
            let (shifts, asks): (Vec<_>, Vec<_>) = asks.into_iter().unzip();
            let answers = self.commands.execute_all(&Principal::process(tenant, "shift_clock"), asks).await;
            for (shift, answer) in shifts.into_iter().zip(answers) {
                match answer {
                    Ok(answer) => settled += usize::from(!answer.unchanged && !answer.replayed),
                    // Somebody dated what they did ahead of this clock; it will be settled later.
                    Err(error @ Error::OutOfOrder { .. }) => {
                        tracing::info!(%tenant, %shift, %error, "a shift is not settled yet")
                    }
                    Err(error) => tracing::warn!(%tenant, %shift, %error, "a shift could not be settled"),
                }
            }
        }
        if settled == TOGETHER as usize {
            // There may be more.
            self.looked = Later::new();
        }
        metrics::counter!("docket_shifts_settled_total").increment(settled as u64);
        Ok(settled)
    }
}
