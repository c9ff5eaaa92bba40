//! The seal of one event: a hash that anybody can recompute from what is shown of it, and that changes if anything in it changes.
//!
//! The leaf is SHA-256 over one zero byte (RFC 6962) and the canonical record: each field behind its length (4 bytes,
//! big-endian), in the order of [`record`]. PostgreSQL computes the same in `log.leaf`; the conformance suite compares.

use crate::Recorded;
use sha2::{Digest, Sha256};

/// The leaf of an event, computed from everything in it but the leaf it bears.
pub fn leaf(event: &Recorded) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(record(event));
    hash.finalize().into()
}

/// The canonical record: numbers are big-endian, texts UTF-8, instants microseconds since 1970, a missing cause is empty.
pub fn record(event: &Recorded) -> Vec<u8> {
    let actor = event.actor.to_string();
    let cause = event.cause.map(|id| *id.as_bytes());
    let fields: [&[u8]; 14] = [
        &event.position.to_i64().to_be_bytes(),
        event.stream.tenant.0.as_bytes(),
        event.stream.category.as_bytes(),
        event.stream.id.as_bytes(),
        &event.version.to_be_bytes(),
        event.event_id.as_bytes(),
        event.name.as_bytes(),
        &event.schema.to_be_bytes(),
        &event.recorded_at.timestamp_micros().to_be_bytes(),
        &event.occurred_at.timestamp_micros().to_be_bytes(),
        actor.as_bytes(),
        cause.as_ref().map_or(&[], |id| id.as_slice()),
        event.key.as_bytes(),
        &event.body,
    ];
    let mut record = Vec::with_capacity(fields.iter().map(|field| 4 + field.len()).sum());
    for field in fields {
        // Nothing longer than 1 GB gets as far as this: PostgreSQL takes no such value.
        record.extend_from_slice(&(field.len() as u32).to_be_bytes());
        record.extend_from_slice(field);
    }
    record
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Position;
    use domain::{Actor, StreamId, TenantId, UserId};
    use uuid::Uuid;

    /// The same event was hashed by PostgreSQL and by Python's hashlib: this value never changes.
    const GOLDEN: &str = "de46b9dd326d562c9cfc75920ecf1fcba7a1527c8219b8e8ae04b745a0926de0";

    fn event() -> Recorded {
        let at = |text: &str| text.parse().unwrap();
        Recorded {
            position: Position::from_i64(258),
            stream: StreamId::new(TenantId(Uuid::from_u128(1)), "case", Uuid::from_u128(2)),
            version: 3,
            event_id: Uuid::from_u128(4),
            name: "case.rejected".into(),
            schema: 1,
            recorded_at: at("2026-03-01T10:00:00.123456Z"),
            occurred_at: at("1969-12-31T23:59:59.5Z"),
            actor: Actor::User(UserId(Uuid::from_u128(5))),
            cause: Some(Uuid::from_u128(6)),
            key: "schlüssel".into(),
            body: br#"{"reason":"no answer"}"#.to_vec(),
            leaf: [0; 32],
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_leaf_is_what_it_always_was() {
        assert_eq!(hex(&leaf(&event())), GOLDEN);
    }

    #[test]
    fn whatever_changes_in_an_event_changes_its_leaf() {
        let changes: [fn(&mut Recorded); 13] = [
            |e| e.position = Position::from_i64(259),
            |e| e.stream.tenant = TenantId::SYSTEM,
            |e| e.stream.category = "cas".into(),
            |e| e.stream.id = Uuid::nil(),
            |e| e.version = 4,
            |e| e.event_id = Uuid::nil(),
            |e| e.name = "case.accepted".into(),
            |e| e.schema = 2,
            |e| e.recorded_at += chrono::TimeDelta::microseconds(1),
            |e| e.occurred_at += chrono::TimeDelta::microseconds(1),
            |e| e.actor = Actor::Operator,
            |e| e.cause = None,
            |e| e.body.push(b' '),
        ];
        for change in changes {
            let mut changed = event();
            change(&mut changed);
            assert_ne!(leaf(&changed), leaf(&event()));
        }
    }
}
