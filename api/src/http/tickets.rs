//! How many long answers (exports, reports) are made at once: a few for each company, so that nobody else has to wait for them.

use crate::error::Error;
use domain::TenantId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// For one company.
const EACH: usize = 3;
/// In all. Each holds a connection, of which there are 16.
const ALL: usize = 8;
/// Seconds after which it is worth asking again.
const WAIT: u64 = 5;

/// The tickets that are out, by company. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tickets(Arc<Mutex<HashMap<TenantId, usize>>>);

/// Leave to make one long answer; dropped when it is made, or nobody wants it any more.
pub struct Ticket {
    tickets: Tickets,
    tenant: TenantId,
}

impl Tickets {
    /// A ticket, if there is one left.
    pub fn take(&self, tenant: TenantId) -> Result<Ticket, Error> {
        let mut out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = out.get(&tenant).copied().unwrap_or_default();
        if own >= EACH || out.values().sum::<usize>() >= ALL {
            return Err(Error::throttled(
                format!("as many exports and reports as may run at once are running; wait {WAIT} s"),
                WAIT,
            ));
        }
        out.insert(tenant, own + 1);
        Ok(Ticket { tickets: self.clone(), tenant })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut out = self.tickets.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = out.get_mut(&self.tenant) {
            *own -= 1;
            if *own == 0 {
                out.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    fn company(n: u128) -> TenantId {
        TenantId(Uuid::from_u128(n))
    }

    #[test]
    fn a_company_that_has_all_its_tickets_takes_none_from_others() {
        let tickets = Tickets::default();
        let held: Vec<Ticket> = (0..EACH).map(|_| tickets.take(company(1)).unwrap()).collect();
        assert_eq!(tickets.take(company(1)).err().and_then(|error| error.retry_after), Some(WAIT));
        assert!(tickets.take(company(2)).is_ok());
        drop(held);
        assert!(tickets.take(company(1)).is_ok());
        assert!(tickets.0.lock().unwrap().is_empty(), "nothing is kept of those who have none");
    }

    #[test]
    fn there_are_so_many_in_all() {
        let tickets = Tickets::default();
        let held: Vec<Ticket> = (0..ALL).map(|n| tickets.take(company((n / 2) as u128)).unwrap()).collect();
        assert!(tickets.take(company(99)).is_err());
        drop(held);
        assert!(tickets.take(company(99)).is_ok());
    }
}
