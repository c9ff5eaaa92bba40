//! Calls whose people are not known yet, beside who holds which extension: the to-do list of the process attribution.

use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table, wall};
use domain::calls::call::{CallEvent, CallFacts};
use domain::calls::extension::{Extension, ExtensionEvent};
use domain::{CallId, Fact, Instant, TenantId, UserId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The to-do list.
pub struct Attributions;

/// A call in which an extension took part that nobody is known to have held. The columns are explained in
/// `migrations/read/attributions.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unattributed {
    pub tenant_id: TenantId,
    pub call_id: CallId,
    pub extensions: Vec<Uuid>,
    pub began_at: Instant,
    pub position: Position,
}

/// The primary key of such a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct UnattributedKey {
    pub tenant_id: TenantId,
    pub call_id: CallId,
}

impl UnattributedKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, call_id: CallId(event.stream.id) }
    }
}

impl Row for Unattributed {
    const TABLE: &'static str = "unattributed_calls";
    const KEY: &'static [&'static str] = &["tenant_id", "call_id"];
    type Key = UnattributedKey;

    fn key(&self) -> UnattributedKey {
        UnattributedKey { tenant_id: self.tenant_id, call_id: self.call_id }
    }
}

/// An extension that somebody ever held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holders {
    pub tenant_id: TenantId,
    pub extension_id: Uuid,
    pub terms: Vec<Term>,
    pub position: Position,
}

/// Somebody held it for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    pub user: UserId,
    pub from: Option<Instant>,
    pub until: Option<Instant>,
}

/// The primary key of an extension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct HoldersKey {
    pub tenant_id: TenantId,
    pub extension_id: Uuid,
}

impl HoldersKey {
    fn of(event: &Recorded) -> Self {
        Self { tenant_id: event.stream.tenant, extension_id: event.stream.id }
    }
}

impl Row for Holders {
    const TABLE: &'static str = "extension_holders";
    const KEY: &'static [&'static str] = &["tenant_id", "extension_id"];
    type Key = HoldersKey;

    fn key(&self) -> HoldersKey {
        HoldersKey { tenant_id: self.tenant_id, extension_id: self.extension_id }
    }
}

impl ReadModel for Attributions {
    const NAME: &'static str = "attributions";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["call", "extension"];
    const SQL: &'static str = include_str!("../../../migrations/read/attributions.sql");
    const WALLS: &'static [(&'static str, &'static str)] =
        &[("unattributed_calls", wall::EVERYTHING), ("extension_holders", wall::EVERYTHING)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<Unattributed>(), table::<Holders>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        match fact {
            Fact::Call(fact) if facts(fact).is_some() => keys.want::<Unattributed>(UnattributedKey::of(event)),
            Fact::Call(CallEvent::Disposed { .. }) => keys.want::<Unattributed>(UnattributedKey::of(event)),
            Fact::Extension(_) => keys.want::<Holders>(HoldersKey::of(event)),
            _ => {}
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        match fact {
            Fact::Call(CallEvent::Disposed { .. }) => rows.remove::<Unattributed>(&UnattributedKey::of(event)),
            Fact::Call(fact) => {
                let Some(facts) = facts(fact) else { return Ok(()) };
                let UnattributedKey { tenant_id, call_id } = UnattributedKey::of(event);
                let extensions = unknown(tenant_id, facts);
                match extensions.is_empty() {
                    true => rows.remove::<Unattributed>(&UnattributedKey { tenant_id, call_id }),
                    false => {
                        let (began_at, position) = (facts.started_at, event.position);
                        rows.put(Unattributed { tenant_id, call_id, extensions, began_at, position })
                    }
                }
            }
            Fact::Extension(fact) => {
                let key = HoldersKey::of(event);
                let none =
                    Holders { tenant_id: key.tenant_id, extension_id: key.extension_id, terms: vec![], position: event.position };
                let row = rows.or_new::<Holders>(&key, || none)?;
                row.position = event.position;
                match fact {
                    ExtensionEvent::Assigned { user, from, .. } => row.terms.push(Term { user: *user, from: *from, until: None }),
                    ExtensionEvent::Released { until, .. } => {
                        if let Some(last) = row.terms.last_mut() {
                            last.until = Some(*until);
                        }
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn facts(fact: &CallEvent) -> Option<&CallFacts> {
    match fact {
        CallEvent::Recorded { facts, .. }
        | CallEvent::LegAdded { facts, .. }
        | CallEvent::LegCorrected { facts, .. }
        | CallEvent::Attributed { facts, .. } => Some(facts),
        _ => None,
    }
}

/// The extensions of a call that nobody is known to have held.
fn unknown(tenant: TenantId, facts: &CallFacts) -> Vec<Uuid> {
    let agent = facts.extension.iter().filter(|_| facts.agent.is_none());
    let missed = facts.missed_extensions.iter().filter(|_| facts.missed_by.len() < facts.missed_extensions.len());
    let mut ids: Vec<Uuid> = agent.chain(missed).map(|extension| Extension::id(tenant, extension.as_str())).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A call that may have people now, and how far the list was gone through with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    pub tenant: TenantId,
    pub call: CallId,
    pub place: Place,
    /// A history is being imported into the company: what is put on record now would be later than what is still to come.
    pub importing: bool,
}

/// How far the list was gone through: up to which change of a telephone, and there up to which call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub holder: i64,
    pub call: i64,
}

/// Calls with an extension of which it became known, after their people were looked for last, that somebody held it when they
/// began: of every company, in the order in which that became known. Without news of telephones there is nothing to look through.
pub async fn due(conn: &mut PgConnection, after: Place, limit: u32) -> sqlx::Result<Vec<Due>> {
    let found = sqlx::query!(
        r#"select u.tenant_id, u.call_id, h.position as holder, u.position as call, coalesce(s.importing, false) as "importing!"
           from extension_holders h join unattributed_calls u on u.tenant_id = h.tenant_id and u.extensions @> array[h.extension_id]
           left join allocation_switches s on s.tenant_id = u.tenant_id
           where h.position >= $1 and (h.position, u.position) > ($1, $2) and u.position < h.position and exists (
             select from jsonb_to_recordset(h.terms) as t ("from" timestamptz, until timestamptz)
             where (t."from" is null or t."from" <= u.began_at) and (t.until is null or u.began_at < t.until))
           order by h.position, u.position limit $3"#,
        after.holder,
        after.call,
        i64::from(limit),
    );
    let due = found.fetch_all(conn).await?.into_iter();
    Ok(due
        .map(|row| Due {
            tenant: TenantId(row.tenant_id),
            call: CallId(row.call_id),
            place: Place { holder: row.holder, call: row.call },
            importing: row.importing,
        })
        .collect())
}

/// The companies into which a history is being imported.
pub async fn importing(conn: &mut PgConnection) -> sqlx::Result<BTreeSet<TenantId>> {
    let found = sqlx::query_scalar!("select tenant_id from allocation_switches where importing").fetch_all(conn).await?;
    Ok(found.into_iter().map(TenantId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::calls::LocalDay;
    use domain::calls::call::{CallStatus, Direction};

    fn facts(extension: &str, missed: &[&str]) -> CallFacts {
        CallFacts {
            rule: "call.legs@1".into(),
            direction: Direction::Inbound,
            status: CallStatus::Completed,
            queue_name: None,
            agent: None,
            extension: Some(extension.try_into().unwrap()),
            caller_number: None,
            caller_name: None,
            called_number: None,
            started_at: at_day(1),
            answered_at: Some(at_day(1)),
            ended_at: None,
            local: LocalDay { day: at_day(1).date_naive(), hour: 0 },
            ring_seconds: Some(0),
            talk_seconds: None,
            transfer_count: 0,
            location: None,
            location_name: None,
            missed_by: vec![],
            missed_extensions: missed.iter().map(|number| (*number).try_into().unwrap()).collect(),
            legs: 1,
        }
    }

    #[test]
    fn a_call_waits_while_somebody_in_it_is_not_known() {
        let call = Uuid::from_u128(8);
        let key = UnattributedKey { tenant_id: TENANT, call_id: CallId(call) };
        let mut story = Story::default();
        let attributed = |facts: CallFacts| CallEvent::Attributed { agent: None, was: facts.clone(), facts };
        story.add(1, "call", call, attributed(facts("101", &["102"])));
        let row = story.rows::<Attributions>().get::<Unattributed>(&key).unwrap().unwrap().clone();
        let mut both = vec![Extension::id(TENANT, "101"), Extension::id(TENANT, "102")];
        both.sort_unstable();
        assert_eq!(row.extensions, both);
        story.add(2, "call", call, attributed(CallFacts { extension: None, ..facts("101", &[]) }));
        assert_eq!(story.rows::<Attributions>().get::<Unattributed>(&key).unwrap(), None);
    }

    #[test]
    fn who_held_an_extension_when() {
        let (id, user) = (Extension::id(TENANT, "101"), UserId(Uuid::from_u128(3)));
        let mut story = Story::default();
        story.add(0, "extension", id, ExtensionEvent::Assigned { number: "101".try_into().unwrap(), user, from: None });
        story.add(1, "extension", id, ExtensionEvent::Released { user, until: at_day(1) });
        let key = HoldersKey { tenant_id: TENANT, extension_id: id };
        let row = story.rows::<Attributions>().get::<Holders>(&key).unwrap().unwrap().clone();
        assert_eq!(row.terms, [Term { user, from: None, until: Some(at_day(1)) }]);
    }
}
