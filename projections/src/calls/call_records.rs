//! The records of calls, and what they come to by agent and day, and by hour.

use super::call_row::{CallRow, CallRowKey};
use super::call_sums::{AgentDay, CallCount, CallHour, Counted, Places};
use crate::cases::sla_board::TenantKey;
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use domain::calls::call::CallEvent;
use domain::calls::centre::{CallCentreEvent, CallCentreValues};
use domain::{Fact, TenantId};
use eventlog::Recorded;
use serde::{Deserialize, Serialize};

/// The records of calls.
pub struct CallRecords;

/// Within how many seconds a company wants its calls answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallTarget {
    pub tenant_id: TenantId,
    pub service_level_seconds: u32,
}

impl Row for CallTarget {
    const TABLE: &'static str = "call_targets";
    const KEY: &'static [&'static str] = &["tenant_id"];
    type Key = TenantKey;

    fn key(&self) -> TenantKey {
        TenantKey { tenant_id: self.tenant_id }
    }
}

impl ReadModel for CallRecords {
    const NAME: &'static str = "call_records";
    const VERSION: i32 = 3;
    const CATEGORIES: &'static [&'static str] = &["call", "call_centre"];
    const SQL: &'static str = include_str!("../../../migrations/read/call_records.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[
        ("calls", wall::AGENT_AND_LOCATION),
        ("agent_days", wall::AGENT_AND_LOCATION),
        ("call_hours", wall::LOCATION_ONLY),
        ("call_counts", wall::LOCATION_ONLY),
    ];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<CallRow>(), table::<AgentDay>(), table::<CallHour>(), table::<CallCount>(), table::<CallTarget>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        let tenant_id = event.stream.tenant;
        match fact {
            Fact::CallCentre(_) => keys.want::<CallTarget>(TenantKey { tenant_id }),
            Fact::Call(fact) => {
                keys.want::<CallRow>(CallRowKey::of(event));
                keys.want::<CallTarget>(TenantKey { tenant_id });
                let (facts, was) = match fact {
                    CallEvent::Recorded { facts, .. } => (Some(facts), None),
                    CallEvent::LegAdded { facts, was, .. }
                    | CallEvent::LegCorrected { facts, was, .. }
                    | CallEvent::Attributed { facts, was, .. } => (Some(facts), Some(was)),
                    _ => (None, None),
                };
                facts.into_iter().chain(was).for_each(|facts| Places::of_facts(tenant_id, facts).want(keys));
            }
            _ => {}
        }
    }

    /// What people say of a call changes sums of which the event does not tell; the call's row does.
    fn keys_by_rows(rows: &mut Rows, event: &Recorded, fact: &Fact) {
        let Fact::Call(_) = fact else { return };
        let known = rows.get::<CallRow>(&CallRowKey::of(event)).ok().flatten();
        if let Some(places) = known.map(|row| Counted::of(row).places()) {
            places.want(&mut rows.keys());
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let target = TenantKey { tenant_id: event.stream.tenant };
        let fact = match fact {
            Fact::Call(fact) => fact,
            Fact::CallCentre(CallCentreEvent::Configured { values }) => {
                let service_level_seconds = values.service_level_seconds;
                return rows.put(CallTarget { tenant_id: target.tenant_id, service_level_seconds });
            }
            _ => return Ok(()),
        };
        let key = CallRowKey::of(event);
        let before = rows.get::<CallRow>(&key)?.map(Counted::of);
        match fact {
            CallEvent::Disposed { .. } => rows.remove::<CallRow>(&key)?,
            CallEvent::Recorded { call_key, source, facts, .. } => {
                let known = rows.get::<CallTarget>(&target)?.map(|target| target.service_level_seconds);
                let seconds = known.unwrap_or_else(|| CallCentreValues::default().service_level_seconds);
                rows.put(CallRow::recorded(event, call_key, *source, facts, seconds))?;
            }
            _ => rows.must::<CallRow>(&key)?.follow(event, fact),
        }
        let after = rows.get::<CallRow>(&key)?.map(Counted::of);
        if before != after {
            before.map_or(Ok(()), |before| before.count(rows, -1))?;
            after.map_or(Ok(()), |after| after.count(rows, 1))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "call_records_tests.rs"]
mod tests;
