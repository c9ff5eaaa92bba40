//! A name that only one thing may bear: a case number, an e-mail address.
//!
//! The stream is named by a hash of the value, so two who want the same name write to the same stream and one of them loses.
//! The value itself is not stored here.

use crate::{Aggregate, Decision, Kind, Refusal, StreamId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happens to a reserved name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ReservationEvent {
    /// The name now belongs to the holder.
    #[serde(rename = "reservation.taken")]
    Taken { kind: String, holder: Uuid, tenant: TenantId },
    /// The name is free again.
    #[serde(rename = "reservation.released")]
    Released { holder: Uuid },
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ReservationRefusal {
    #[error("{field} is taken already")]
    AlreadyTaken { field: &'static str },
}

impl Refusal for ReservationRefusal {
    fn code(&self) -> &'static str {
        "already_taken"
    }
    fn kind(&self) -> Kind {
        match self {
            ReservationRefusal::AlreadyTaken { field } => Kind::Taken { field },
        }
    }
}

/// Who holds the name, and in which tenant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reservation {
    pub holder: Option<(TenantId, Uuid)>,
}

impl Aggregate for Reservation {
    const CATEGORY: &'static str = "reservation";
    type Event = ReservationEvent;
    type Refusal = ReservationRefusal;

    fn evolve(&mut self, event: &ReservationEvent) {
        self.holder = match event {
            ReservationEvent::Taken { holder, tenant, .. } => Some((*tenant, *holder)),
            ReservationEvent::Released { .. } => None,
        };
    }
}

impl Reservation {
    /// The id of the stream that guards `value` among the names of `kind` in `tenant`.
    pub fn id(tenant: TenantId, kind: &str, value: &str) -> Uuid {
        Uuid::new_v5(&tenant.0, format!("{kind}\u{1f}{value}").as_bytes())
    }

    /// The stream that guards an e-mail address; addresses are unique over all tenants, because people sign in by them.
    pub fn of_email(email: &crate::Email) -> StreamId {
        let id = Self::id(TenantId::SYSTEM, "email", &email.folded());
        StreamId::of::<Reservation>(TenantId::SYSTEM, id)
    }

    /// Takes the name for `holder`; taking what one holds already changes nothing.
    pub fn take(&self, kind: &str, field: &'static str, tenant: TenantId, holder: Uuid) -> Decision<Reservation> {
        match self.holder {
            Some(held) if held == (tenant, holder) => Ok(vec![]),
            Some(_) => Err(ReservationRefusal::AlreadyTaken { field }),
            None => Ok(vec![ReservationEvent::Taken { kind: kind.to_owned(), holder, tenant }]),
        }
    }

    /// Gives the name back, if `holder` has it.
    pub fn release(&self, holder: Uuid) -> Decision<Reservation> {
        match self.holder {
            Some((_, held)) if held == holder => Ok(vec![ReservationEvent::Released { holder }]),
            _ => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::given;

    #[test]
    fn a_name_has_one_holder_at_a_time() {
        let (tenant, one, two) = (TenantId(Uuid::from_u128(1)), Uuid::from_u128(2), Uuid::from_u128(3));
        let taken = ReservationEvent::Taken { kind: "email".into(), holder: one, tenant };
        given::<Reservation>([]).when(|r| r.take("email", "email", tenant, one)).then([taken.clone()]);
        given([taken.clone()]).when(|r: &Reservation| r.take("email", "email", tenant, one)).then([]);
        given([taken.clone()])
            .when(|r: &Reservation| r.take("email", "email", tenant, two))
            .refused(ReservationRefusal::AlreadyTaken { field: "email" });
        given([taken, ReservationEvent::Released { holder: one }])
            .when(|r: &Reservation| r.take("email", "email", tenant, two))
            .then([ReservationEvent::Taken { kind: "email".into(), holder: two, tenant }]);
    }
}
