//! How many may listen at once: so many for each person and each company, and so many in all.

use crate::error::Error;
use domain::{TenantId, UserId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// For one person: every window of theirs, and some that are not closed yet.
pub const PERSON: usize = 20;
/// For one company.
pub const COMPANY: usize = 500;
/// In all. Each may keep some hundred kilobytes waiting for somebody slow.
pub const ALL: usize = 2_000;
/// Seconds after which it is worth asking again.
const WAIT: u64 = 10;

/// The seats that are taken, by person and by company. Cheap to clone.
#[derive(Clone, Default)]
pub struct Seats(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    all: usize,
    each: HashMap<Uuid, usize>,
}

/// A seat; whoever leaves gives it back.
pub struct Seat {
    seats: Seats,
    whose: [Uuid; 2],
}

impl Seats {
    /// A seat, if there is one left.
    pub fn take(&self, person: UserId, company: TenantId) -> Result<Seat, Error> {
        let whose = [person.0, company.0];
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |whose: &Uuid| taken.each.get(whose).copied().unwrap_or_default();
        let full = |who| Error::throttled(format!("{who} listens as often as may be at once; wait {WAIT} s"), WAIT);
        match () {
            _ if of(&person.0) >= PERSON => return Err(full("this account")),
            _ if of(&company.0) >= COMPANY => return Err(full("your company")),
            _ if taken.all >= ALL => return Err(full("everybody together")),
            () => {}
        }
        taken.all += 1;
        whose.iter().for_each(|whose| *taken.each.entry(*whose).or_default() += 1);
        metrics::gauge!("docket_live_listeners").set(taken.all as f64);
        Ok(Seat { seats: self.clone(), whose })
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        for whose in &self.whose {
            if let Some(seats) = taken.each.get_mut(whose) {
                *seats -= 1;
                if *seats == 0 {
                    taken.each.remove(whose);
                }
            }
        }
        metrics::gauge!("docket_live_listeners").set(taken.all as f64);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ids(person: u128, company: u128) -> (UserId, TenantId) {
        (UserId(Uuid::from_u128(person)), TenantId(Uuid::from_u128(1_000_000 + company)))
    }

    #[test]
    fn a_person_and_a_company_and_all_have_so_many_and_give_them_back() {
        let seats = Seats::default();
        let take = |person: usize, company: usize| {
            let (person, company) = ids(person as u128, company as u128);
            seats.take(person, company)
        };
        let why = |person, company| take(person, company).err().unwrap();
        let mut held: Vec<Seat> = (0..PERSON).map(|_| take(1, 1).unwrap()).collect();
        assert!(why(1, 1).message.starts_with("this account") && why(1, 1).retry_after == Some(WAIT));
        held.extend((PERSON..COMPANY).map(|n| take(2 + n, 1).unwrap()));
        assert!(why(2, 1).message.starts_with("your company"));
        held.extend((COMPANY..ALL).map(|n| take(2 + n, 2 + n / COMPANY).unwrap()));
        assert!(why(9_999, 9_999).message.starts_with("everybody"));
        assert_eq!(seats.taken(), ALL);
        drop(held);
        assert!(take(1, 1).is_ok());
        assert!(seats.0.lock().unwrap().each.is_empty(), "nothing is kept of those who have none");
    }
}
