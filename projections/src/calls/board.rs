//! What a call centre is doing at this moment: who is at their telephone, which calls are on, and what today has come to so far.

use crate::Viewer;
use chrono::NaiveDate;
use domain::calls::presence::PresenceState;
use domain::organization::role::Reach;
use domain::{Instant, LocationId, TenantId, UserId};
use eventlog::Position;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The read models from which a board is made.
pub const MODELS: &[&str] = &["call_records", "presences", "agents", "shifts", "locations"];
/// The kinds of things by which it changes.
pub const CATEGORIES: &[&str] = &["call", "presence", "agent", "shift", "call_centre", "location"];

/// Which part of it is wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BoardFilter {
    pub location: Option<LocationId>,
    pub queue: Option<String>,
}

/// What is seen, all of it at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardRows {
    /// The last event that all of it surely reflects.
    pub position: Position,
    pub agents: Vec<AgentNow>,
    pub telephones: Vec<BusyTelephone>,
    pub today: Vec<TodayRow>,
    pub places: BTreeMap<LocationId, String>,
}

/// Somebody who takes calls, and what their telephone does.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentNow {
    pub agent_id: UserId,
    pub name: Option<String>,
    pub extension: Option<String>,
    pub location_id: Option<LocationId>,
    pub team: Option<String>,
    /// None if nothing was ever said of their telephone, or they have none.
    pub state: Option<PresenceState>,
    pub since: Option<Instant>,
    /// They began a shift and have not ended it.
    pub on_shift: bool,
    /// The break they are on.
    pub on_break: Option<String>,
}

/// A telephone that rings or on which somebody talks.
#[derive(Clone, Debug, PartialEq)]
pub struct BusyTelephone {
    pub extension: String,
    pub source_id: Option<Uuid>,
    pub call_key: Option<String>,
    pub agent_id: Option<UserId>,
    pub agent_name: Option<String>,
    pub location_id: Option<LocationId>,
    pub queue_name: Option<String>,
    pub rings: bool,
    pub since: Instant,
}

/// What the calls of today come to in one place and queue. An agent's own have no queue and no service level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TodayRow {
    /// The nil id if they are everybody's.
    pub agent_id: Uuid,
    /// The nil id if nowhere in particular.
    pub location_id: Uuid,
    /// Empty for calls that came through none.
    pub queue_name: String,
    pub calls: i64,
    pub inbound: i64,
    pub outbound: i64,
    pub answered: i64,
    pub missed: i64,
    pub abandoned: i64,
    pub transferred: i64,
    pub voicemail: i64,
    /// Inbound calls alone.
    pub inbound_abandoned: i64,
    pub inbound_in_target: i64,
    pub talk_seconds: i64,
    pub ring_seconds: i64,
    pub after_call_seconds: i64,
    pub appointments: i64,
    /// Those of the answered calls alone.
    pub handled_appointments: i64,
    pub resolved_first: i64,
    pub complaints: i64,
    pub escalations: i64,
    pub follow_ups: i64,
}

impl TodayRow {
    /// Both together; place and queue stay as they are.
    pub fn plus(mut self, other: &TodayRow) -> Self {
        self.calls += other.calls;
        self.inbound += other.inbound;
        self.outbound += other.outbound;
        self.answered += other.answered;
        self.missed += other.missed;
        self.abandoned += other.abandoned;
        self.transferred += other.transferred;
        self.voicemail += other.voicemail;
        self.inbound_abandoned += other.inbound_abandoned;
        self.inbound_in_target += other.inbound_in_target;
        self.talk_seconds += other.talk_seconds;
        self.ring_seconds += other.ring_seconds;
        self.after_call_seconds += other.after_call_seconds;
        self.appointments += other.appointments;
        self.handled_appointments += other.handled_appointments;
        self.resolved_first += other.resolved_first;
        self.complaints += other.complaints;
        self.escalations += other.escalations;
        self.follow_ups += other.follow_ups;
        self
    }
}

/// Everything that is on somebody's board.
pub async fn rows(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &BoardFilter,
    day: NaiveDate,
) -> sqlx::Result<BoardRows> {
    let position = position(conn).await?;
    let today = match viewer.reach {
        Reach::Own => vec![together(own(conn, tenant, Some(viewer.user), day).await?.iter(), filter)],
        Reach::Locations(_) | Reach::Tenant => everybodys(conn, tenant, viewer, filter, day).await?,
    };
    Ok(BoardRows {
        position,
        agents: agents(conn, tenant, viewer, filter, day).await?,
        telephones: telephones(conn, tenant, viewer, filter).await?,
        today,
        places: places(conn, tenant).await?,
    })
}

/// The sums of all calls, whoever took them, by place and queue.
async fn everybodys(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &BoardFilter,
    day: NaiveDate,
) -> sqlx::Result<Vec<TodayRow>> {
    let found = sqlx::query_as!(
        TodayRow,
        r#"select '00000000-0000-0000-0000-000000000000'::uuid as "agent_id!", location_id, queue_name,
             sum(calls)::bigint as "calls!",
             coalesce(sum(calls) filter (where call_direction = 'inbound'), 0)::bigint as "inbound!",
             coalesce(sum(calls) filter (where call_direction = 'outbound'), 0)::bigint as "outbound!",
             sum(answered)::bigint as "answered!", sum(missed)::bigint as "missed!", sum(abandoned)::bigint as "abandoned!",
             sum(transferred)::bigint as "transferred!", sum(voicemail)::bigint as "voicemail!",
             coalesce(sum(abandoned) filter (where call_direction = 'inbound'), 0)::bigint as "inbound_abandoned!",
             coalesce(sum(wait_in_target) filter (where call_direction = 'inbound'), 0)::bigint as "inbound_in_target!",
             sum(talk_seconds)::bigint as "talk_seconds!", sum(ring_seconds)::bigint as "ring_seconds!",
             sum(acw_seconds)::bigint as "after_call_seconds!", sum(appointments)::bigint as "appointments!",
             sum(handled_appointments)::bigint as "handled_appointments!",
             sum(resolved_first)::bigint as "resolved_first!", sum(complaints)::bigint as "complaints!",
             sum(escalations)::bigint as "escalations!", sum(follow_ups)::bigint as "follow_ups!"
           from call_hours
           where tenant_id = $1 and day = $2 and ($3 or location_id = any($4))
             and ($5::uuid is null or location_id = $5) and ($6::text is null or queue_name = $6)
           group by location_id, queue_name order by location_id, queue_name"#,
        tenant.0,
        day,
        viewer.everything(),
        &viewer.locations(),
        filter.location.map(|location| location.0),
        filter.queue,
    );
    found.fetch_all(conn).await
}

/// The sums of agents' calls, each agent's by themselves: of one of them, or of all.
async fn own(conn: &mut PgConnection, tenant: TenantId, agent: Option<Uuid>, day: NaiveDate) -> sqlx::Result<Vec<TodayRow>> {
    let found = sqlx::query_as!(
        TodayRow,
        r#"select agent_id, location_id, '' as "queue_name!", sum(calls)::bigint as "calls!", sum(inbound)::bigint as "inbound!",
             sum(outbound)::bigint as "outbound!", sum(answered)::bigint as "answered!", sum(missed)::bigint as "missed!",
             sum(abandoned)::bigint as "abandoned!", sum(transferred)::bigint as "transferred!", sum(voicemail)::bigint as "voicemail!",
             0::bigint as "inbound_abandoned!", 0::bigint as "inbound_in_target!",
             sum(talk_seconds)::bigint as "talk_seconds!", sum(ring_seconds)::bigint as "ring_seconds!",
             sum(acw_seconds)::bigint as "after_call_seconds!", sum(appointments)::bigint as "appointments!",
             sum(handled_appointments)::bigint as "handled_appointments!", sum(resolved_first)::bigint as "resolved_first!",
             sum(complaints)::bigint as "complaints!", sum(escalations)::bigint as "escalations!",
             sum(follow_ups)::bigint as "follow_ups!"
           from agent_days where tenant_id = $1 and day = $2 and ($3::uuid is null or agent_id = $3)
           group by agent_id, location_id order by agent_id, location_id"#,
        tenant.0,
        day,
        agent,
    );
    found.fetch_all(conn).await
}

/// One agent's calls of one place, or of all, together.
fn together<'r>(rows: impl Iterator<Item = &'r TodayRow>, filter: &BoardFilter) -> TodayRow {
    let there = |row: &&TodayRow| filter.location.is_none_or(|location| location.0 == row.location_id);
    rows.filter(there).fold(TodayRow::default(), |sum, row| sum.plus(row))
}

/// Everything of a company from which the own boards of its agents are cut, all of it at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct CompanyRows {
    pub position: Position,
    agents: Vec<AgentNow>,
    telephones: Vec<BusyTelephone>,
    /// By agent.
    today: Vec<TodayRow>,
    places: BTreeMap<LocationId, String>,
}

/// Reads all of it at once, so that nobody has to ask for each agent: for whoever sees everything.
pub async fn company(conn: &mut PgConnection, tenant: TenantId, day: NaiveDate) -> sqlx::Result<CompanyRows> {
    let (process, all) = (Viewer::process(), BoardFilter::default());
    Ok(CompanyRows {
        position: position(conn).await?,
        agents: agents(conn, tenant, &process, &all, day).await?,
        telephones: telephones(conn, tenant, &process, &all).await?,
        today: own(conn, tenant, None, day).await?,
        places: places(conn, tenant).await?,
    })
}

impl CompanyRows {
    /// What of it is on an agent's own board: as [`rows`] shows it to them, and nothing of anybody else.
    pub fn own(&self, user: Uuid, filter: &BoardFilter) -> BoardRows {
        let there = |location: Option<LocationId>| filter.location.is_none() || location == filter.location;
        let theirs = |agent: &&AgentNow| agent.agent_id.0 == user && there(agent.location_id);
        let at_theirs = |telephone: &&BusyTelephone| {
            let queued = filter.queue.is_none() || telephone.queue_name == filter.queue;
            telephone.agent_id.is_some_and(|agent| agent.0 == user) && there(telephone.location_id) && queued
        };
        let first = self.today.partition_point(|row| row.agent_id < user);
        let today = self.today[first..].iter().take_while(|row| row.agent_id == user);
        BoardRows {
            position: self.position,
            agents: self.agents.iter().filter(theirs).cloned().collect(),
            telephones: self.telephones.iter().filter(at_theirs).cloned().collect(),
            today: vec![together(today, filter)],
            places: self.places.clone(),
        }
    }
}

/// The last event that all of a board's rows surely reflect.
async fn position(conn: &mut PgConnection) -> sqlx::Result<Position> {
    let models: Vec<String> = MODELS.iter().map(|&model| model.to_owned()).collect();
    let position = sqlx::query_scalar!(
        r#"select coalesce(min(position), 0) as "position!" from projection.checkpoints where model = any($1)"#,
        &models,
    );
    Ok(Position::from_i64(position.fetch_one(conn).await?))
}

/// A number that is another once a model of a board was computed anew: its rows may have changed without any event.
pub async fn generations(conn: &mut PgConnection) -> sqlx::Result<i64> {
    let models: Vec<String> = MODELS.iter().map(|&model| model.to_owned()).collect();
    let found = sqlx::query_scalar!(
        r#"select coalesce(sum(generation), 0)::bigint as "generations!" from projection.checkpoints where model = any($1)"#,
        &models,
    );
    found.fetch_one(conn).await
}

/// Those who take calls, with the telephone that each holds now and the shift that they are on, which may have begun yesterday.
async fn agents(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &BoardFilter,
    day: NaiveDate,
) -> sqlx::Result<Vec<AgentNow>> {
    let found = sqlx::query!(
        r#"select a.agent_id, a.name, a.extension, a.location_id, a.team, p.state as "state?", p.since as "since?",
             s.shift_id is not null as "on_shift!", s.open_break as "on_break?"
           from agents a
           left join presences p on p.tenant_id = a.tenant_id and p.extension = a.extension and p.agent_id = a.agent_id
           left join lateral (select t.shift_id, t.open_break from shifts t
             where t.tenant_id = a.tenant_id and t.agent_id = a.agent_id and t.shift_date >= $6 and t.shift_status = 'active'
             order by t.shift_date desc limit 1) s on true
           where a.tenant_id = $1 and a.is_active and ($2 or a.agent_id = $3 or a.location_id = any($4))
             and ($5::uuid is null or a.location_id = $5)
           order by a.agent_id"#,
        tenant.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        filter.location.map(|location| location.0),
        day.pred_opt().unwrap_or(day),
    );
    let found = found.fetch_all(conn).await?.into_iter().map(|row| AgentNow {
        agent_id: UserId(row.agent_id),
        name: row.name,
        extension: row.extension,
        location_id: row.location_id.map(LocationId),
        team: row.team,
        state: row.state.as_deref().and_then(PresenceState::named),
        since: row.since,
        on_shift: row.on_shift,
        on_break: row.on_break,
    });
    Ok(found.collect())
}

/// The telephones that ring or on which somebody talks.
async fn telephones(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &BoardFilter,
) -> sqlx::Result<Vec<BusyTelephone>> {
    let (ringing, talking) = (PresenceState::Ringing.word(), PresenceState::OnCall.word());
    let found = sqlx::query!(
        r#"select extension, source_id, call_key, agent_id, agent_name, location_id, queue_name, state = $7 as "rings!", since
           from presences
           where tenant_id = $1 and ($2 or agent_id = $3 or location_id = any($4))
             and ($5::uuid is null or location_id = $5) and ($6::text is null or queue_name = $6) and state in ($7, $8)
           order by extension"#,
        tenant.0,
        viewer.everything(),
        viewer.user,
        &viewer.locations(),
        filter.location.map(|location| location.0),
        filter.queue,
        ringing,
        talking,
    );
    let found = found.fetch_all(conn).await?.into_iter().map(|row| BusyTelephone {
        extension: row.extension,
        source_id: row.source_id,
        call_key: row.call_key,
        agent_id: row.agent_id.map(UserId),
        agent_name: row.agent_name,
        location_id: row.location_id.map(LocationId),
        queue_name: row.queue_name,
        rings: row.rings,
        since: row.since,
    });
    Ok(found.collect())
}

/// What the sites are called.
async fn places(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<BTreeMap<LocationId, String>> {
    let found = sqlx::query!("select location_id, name from locations where tenant_id = $1", tenant.0);
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| (LocationId(row.location_id), row.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_board_is_cut_from_the_companys_rows_and_has_nothing_of_others() {
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (wixom, plymouth) = (LocationId(Uuid::from_u128(8)), LocationId(Uuid::from_u128(9)));
        let agent = |id, location_id| AgentNow {
            agent_id: UserId(id),
            name: None,
            extension: None,
            location_id: Some(location_id),
            team: None,
            state: None,
            since: None,
            on_shift: true,
            on_break: None,
        };
        let telephone = |extension: &str, id: Option<Uuid>, location_id| BusyTelephone {
            extension: extension.into(),
            source_id: None,
            call_key: None,
            agent_id: id.map(UserId),
            agent_name: None,
            location_id: Some(location_id),
            queue_name: None,
            rings: true,
            since: Instant::default(),
        };
        let today =
            |agent_id, location: LocationId, calls| TodayRow { agent_id, location_id: location.0, calls, ..TodayRow::default() };
        let company = CompanyRows {
            position: Position::from_i64(7),
            agents: vec![agent(ada, wixom), agent(bob, plymouth)],
            telephones: vec![
                telephone("101", Some(ada), wixom),
                telephone("102", Some(bob), plymouth),
                telephone("8", None, wixom),
            ],
            today: vec![today(ada, wixom, 3), today(ada, plymouth, 1), today(bob, plymouth, 5)],
            places: BTreeMap::from([(wixom, "Wixom".to_owned())]),
        };
        let all = company.own(ada, &BoardFilter::default());
        assert_eq!((all.agents.len(), all.telephones.len(), all.today.len(), all.today[0].calls), (1, 1, 1, 4));
        assert_eq!((all.telephones[0].extension.as_str(), all.today[0].agent_id, all.places.len()), ("101", Uuid::nil(), 1));
        let there = company.own(ada, &BoardFilter { location: Some(plymouth), queue: None });
        assert_eq!((there.agents.len(), there.telephones.len(), there.today[0].calls), (0, 0, 1));
        let nobody = company.own(Uuid::from_u128(3), &BoardFilter::default());
        assert_eq!((nobody.agents.len(), nobody.today), (0, vec![TodayRow::default()]));
    }
}
