//! What every telephone of a call centre is doing, as its telephone system said last.

use crate::page::{Listing, Page};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, Viewer, table, wall};
use domain::calls::presence::{PresenceEvent, PresenceState};
use domain::{Fact, Instant, LocationId, SourceId, TenantId, UserId};
use eventlog::{Position, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

/// The telephones.
pub struct Presences;

/// A telephone. The columns are explained in `migrations/read/presences.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PresenceRow {
    pub tenant_id: TenantId,
    pub extension: String,
    pub agent_id: Option<UserId>,
    pub agent_email: Option<String>,
    pub agent_name: Option<String>,
    pub location_id: Option<LocationId>,
    pub location_name: Option<String>,
    pub team: Option<String>,
    pub state: PresenceState,
    pub since: Instant,
    pub call_key: Option<String>,
    pub other_number: Option<String>,
    pub queue_name: Option<String>,
    pub source_id: Option<SourceId>,
    pub noted_at: Instant,
    pub version: i64,
    pub position: Position,
}

/// The primary key of a telephone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PresenceKey {
    pub tenant_id: TenantId,
    pub extension: String,
}

impl Row for PresenceRow {
    const TABLE: &'static str = "presences";
    const KEY: &'static [&'static str] = &["tenant_id", "extension"];
    type Key = PresenceKey;

    fn key(&self) -> PresenceKey {
        PresenceKey { tenant_id: self.tenant_id, extension: self.extension.clone() }
    }
}

impl ReadModel for Presences {
    const NAME: &'static str = "presences";
    const VERSION: i32 = 1;
    const CATEGORIES: &'static [&'static str] = &["presence"];
    const SQL: &'static str = include_str!("../../../migrations/read/presences.sql");
    const WALLS: &'static [(&'static str, &'static str)] = &[("presences", wall::AGENT_AND_LOCATION)];

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<PresenceRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Presence(PresenceEvent::Changed { extension, .. }) = fact {
            keys.want::<PresenceRow>(PresenceKey { tenant_id: event.stream.tenant, extension: extension.to_string() });
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Presence(PresenceEvent::Changed { extension, source, agent, reading }) = fact else { return Ok(()) };
        let agent = agent.as_ref();
        rows.put(PresenceRow {
            tenant_id: event.stream.tenant,
            extension: extension.to_string(),
            agent_id: agent.map(|agent| agent.user),
            agent_email: agent.and_then(|agent| agent.email.known()).map(ToString::to_string),
            agent_name: agent.and_then(|agent| agent.name.known()).map(ToString::to_string),
            location_id: agent.and_then(|agent| agent.location),
            location_name: agent.and_then(|agent| agent.location_name.as_ref()).map(ToString::to_string),
            team: agent.and_then(|agent| agent.team.as_ref()).map(ToString::to_string),
            state: reading.state,
            since: reading.at,
            call_key: reading.call_key.as_ref().map(ToString::to_string),
            other_number: reading.other_number.as_ref().and_then(|number| number.known()).map(ToString::to_string),
            queue_name: reading.queue_name.as_ref().map(ToString::to_string),
            source_id: *source,
            noted_at: event.occurred_at,
            version: event.version,
            position: event.position,
        })
    }
}

/// Which telephones are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PresenceFilter {
    pub state: Option<PresenceState>,
    pub location: Option<LocationId>,
    pub team: Option<String>,
}

/// The telephones that somebody sees, by number: the short ones first, as a list of extensions is read.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &PresenceFilter,
    page: Page,
) -> sqlx::Result<Listing<PresenceRow>> {
    let (state, location) = (filter.state.map(PresenceState::word), filter.location.map(|location| location.0));
    let (everything, locations) = (viewer.everything(), viewer.locations());
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from presences
           where tenant_id = $1 and ($2 or agent_id = $3 or location_id = any($4))
             and ($5::text is null or state = $5) and ($6::uuid is null or location_id = $6) and ($7::text is null or team = $7)"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        state,
        location,
        filter.team,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let (offset, limit) = page.bounds();
    let rows = sqlx::query_scalar!(
        r#"select to_json(p) as "presence!: Json<PresenceRow>" from presences p
           where tenant_id = $1 and ($2 or agent_id = $3 or location_id = any($4))
             and ($5::text is null or state = $5) and ($6::uuid is null or location_id = $6) and ($7::text is null or team = $7)
           order by length(extension), extension offset $8 limit $9"#,
        tenant.0,
        everything,
        viewer.user,
        &locations,
        state,
        location,
        filter.team,
        offset,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter().map(|row| row.0).collect();
    Ok(Listing { rows, total, next: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{Story, TENANT, at_day};
    use domain::Personal;
    use domain::calls::AgentCard;
    use domain::calls::presence::{Presence, Reading};
    use uuid::Uuid;

    #[test]
    fn a_telephone_is_shown_as_it_was_said_last() {
        let ada = AgentCard {
            user: UserId(Uuid::from_u128(7)),
            email: Personal::new("ada@example.com".try_into().unwrap()),
            name: Personal::new("Ada Lovelace".try_into().unwrap()),
            location: Some(LocationId(Uuid::from_u128(9))),
            location_name: Some("Wixom".try_into().unwrap()),
            team: Some("morning".try_into().unwrap()),
        };
        let said = |state, call: Option<&str>, day| PresenceEvent::Changed {
            extension: "101".try_into().unwrap(),
            source: Some(SourceId(Uuid::from_u128(5))),
            agent: Some(ada.clone()),
            reading: Reading {
                state,
                call_key: call.map(|key| key.try_into().unwrap()),
                other_number: call.map(|_| Personal::new("+15551230001".try_into().unwrap())),
                queue_name: call.map(|_| "Appointments".try_into().unwrap()),
                at: at_day(day),
            },
        };
        let mut story = Story::default();
        let id = Presence::id(TENANT, "101");
        story.add(1, "presence", id, said(PresenceState::OnCall, Some("C1"), 0));
        let key = PresenceKey { tenant_id: TENANT, extension: "101".into() };
        let busy = story.rows::<Presences>().get::<PresenceRow>(&key).unwrap().unwrap().clone();
        assert_eq!((busy.state, busy.since, busy.noted_at), (PresenceState::OnCall, at_day(0), at_day(1)));
        assert_eq!((busy.call_key.as_deref(), busy.queue_name.as_deref()), (Some("C1"), Some("Appointments")));
        assert_eq!((busy.agent_id, busy.location_id), (Some(ada.user), ada.location));
        story.add(2, "presence", id, said(PresenceState::Available, None, 2));
        let free = story.rows::<Presences>().get::<PresenceRow>(&key).unwrap().unwrap().clone();
        assert_eq!((free.state, free.call_key, free.other_number, free.version), (PresenceState::Available, None, None, 2));
        assert_eq!(free.agent_email.as_deref(), Some("ada@example.com"));
    }
}
