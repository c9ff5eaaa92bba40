//! The reader: follows the log from a place of its own and makes notices of what companies want to be told, each exactly once.

use super::centre_news::{Told, told};
use super::{Notices, every_tenant};
use crate::{Duty, Unable};
use domain::cases::case::CaseEvent;
use domain::cases::policy::Policy;
use domain::notices::endpoint::EndpointEvent;
use domain::notices::kind::NoticeKind;
use domain::organization::tenant::TenantEvent;
use domain::{Actor, AgencyId, Fact, Instant, TenantId};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// How many events are looked at in one transaction.
const TOGETHER: i64 = 500;
/// How many such transactions make a step.
const BATCHES: usize = 20;
/// What is told this late is told as history: a case that was assigned an hour ago is no news any more.
const OLD: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// All events that a notice, or who gets it, depends on.
const TYPES: [&str; 16] = [
    "case.sla_at_risk",
    "case.sla_breached",
    "case.assigned",
    "case.rejected",
    "verification.ended",
    "verification.failed",
    "goal.reached",
    "coaching.suggested",
    "tenant.import_began",
    "tenant.import_ended",
    "endpoint.added",
    "endpoint.changed",
    "endpoint.paused",
    "endpoint.resumed",
    "endpoint.disabled",
    "endpoint.removed",
];

/// Makes notices. Only one server does so at a time; the others find its place taken and look again later.
pub struct NoticeReader {
    notices: Notices,
}

/// An event that was read, with what was known of its case or goal at the beginning.
struct Read {
    position: i64,
    tenant: TenantId,
    stream: Uuid,
    event: Uuid,
    recorded_at: Instant,
    occurred_at: Instant,
    actor: String,
    fact: Fact,
    opened: Option<Vec<u8>>,
}

/// Who is told of what.
#[derive(Clone, Default)]
pub(super) struct Listener {
    pub(super) kinds: BTreeSet<NoticeKind>,
    pub(super) active: bool,
}

/// What the reader knows of the companies of a batch, and what it made of it.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) importing: BTreeSet<TenantId>,
    pub(super) imports_changed: BTreeSet<TenantId>,
    pub(super) listeners: BTreeMap<(TenantId, Uuid), Listener>,
    pub(super) changed: BTreeSet<(TenantId, Uuid)>,
    pub(super) notices: Vec<Notice>,
    /// The number of a notice above, and an endpoint that is told it.
    pub(super) deliveries: Vec<(usize, Uuid)>,
    policies: BTreeMap<TenantId, Arc<Policy>>,
}

pub(super) struct Notice {
    pub(super) tenant: TenantId,
    pub(super) event: Uuid,
    pub(super) kind: NoticeKind,
    pub(super) case: Option<Uuid>,
    pub(super) number: Option<String>,
    pub(super) agency: Option<AgencyId>,
    pub(super) due_at: Option<Instant>,
    pub(super) occurred_at: Instant,
    pub(super) position: i64,
    pub(super) simulated: bool,
    /// What it is about if not a case, and what it says then.
    pub(super) subject: Option<Uuid>,
    pub(super) summary: Option<String>,
}

impl NoticeReader {
    pub fn new(notices: Notices) -> Self {
        Self { notices }
    }

    /// One batch; how many events it read, or `None` if another server has the place.
    async fn read_on(&self) -> Result<Option<usize>, Unable> {
        let end = self.notices.commands.log().head().await.map_err(Unable::log)?.position.to_i64();
        // A look before the lock, which would have to be written down.
        let seen = sqlx::query_scalar!("select position from outbox.reader").fetch_one(&self.notices.pool).await?;
        if seen >= end {
            return Ok(Some(0));
        }
        let mut tx = every_tenant(&self.notices.pool).await?;
        let place = sqlx::query_scalar!("select position from outbox.reader for update skip locked");
        let Some(place) = place.fetch_optional(&mut *tx).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        // Another server may have come further than the end as it was asked for above.
        if place >= end {
            tx.rollback().await?;
            return Ok(Some(0));
        }
        let events = read(&mut tx, place, end).await?;
        // Fewer than there may be: nothing else of interest is there up to the end.
        let reached = if events.len() as i64 == TOGETHER { events.last().map_or(end, |last| last.position) } else { end };
        let mut batch = Batch::known(&mut tx, &events).await?;
        let count = events.len();
        for event in events {
            batch.take(&self.notices, event).await?;
        }
        batch.write(&mut tx).await?;
        sqlx::query!("update outbox.reader set position = $1", reached).execute(&mut *tx).await?;
        tx.commit().await?;
        metrics::counter!("docket_notices_recorded_total").increment(batch.notices.len() as u64);
        Ok(Some(count))
    }
}

impl Duty for NoticeReader {
    async fn step(&mut self) -> Result<usize, Unable> {
        let mut done = 0;
        for _ in 0..BATCHES {
            match self.read_on().await? {
                Some(read) if read as i64 == TOGETHER => done += read,
                Some(read) => return Ok(done + read),
                None => return Ok(done),
            }
        }
        Ok(done)
    }
}

async fn read(conn: &mut PgConnection, after: i64, up_to: i64) -> Result<Vec<Read>, Unable> {
    let types = TYPES.map(str::to_owned);
    let rows = sqlx::query!(
        r#"select e.position, e.tenant_id, e.stream_id, e.event_id, e.type as name, e.recorded_at, e.occurred_at, e.actor, e.body,
             o.body as "opened?"
           from log.events e left join lateral (
             select f.body from log.events f
             where f.tenant_id = e.tenant_id and f.stream_id = e.stream_id and f.category = e.category and f.version = 1
             offset 0) o on e.category in ('case', 'goal')
           where e.position > $1 and e.position <= $2 and e.type = any($3)
           order by e.position limit $4"#,
        after,
        up_to,
        &types,
        TOGETHER,
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| {
        let fact =
            Fact::read(&row.name, &row.body).map_err(|error| Unable::log(format!("position {}: {error}", row.position)))?;
        Ok(Read {
            position: row.position,
            tenant: TenantId(row.tenant_id),
            stream: row.stream_id,
            event: row.event_id,
            recorded_at: row.recorded_at,
            occurred_at: row.occurred_at,
            actor: row.actor,
            fact,
            opened: row.opened,
        })
    });
    read.collect()
}

impl Batch {
    async fn known(conn: &mut PgConnection, events: &[Read]) -> Result<Self, Unable> {
        let tenants: BTreeSet<Uuid> = events.iter().map(|event| event.tenant.0).collect();
        let tenants: Vec<Uuid> = tenants.into_iter().collect();
        let mut batch = Self::default();
        let importing = sqlx::query_scalar!("select tenant_id from outbox.importing where tenant_id = any($1)", &tenants);
        batch.importing.extend(importing.fetch_all(&mut *conn).await?.into_iter().map(TenantId));
        let listeners = sqlx::query!(
            "select tenant_id, endpoint_id, kinds, active from outbox.listeners where tenant_id = any($1)",
            &tenants
        );
        for row in listeners.fetch_all(&mut *conn).await? {
            let kinds = row.kinds.iter().filter_map(|word| NoticeKind::of_word(word)).collect();
            batch.listeners.insert((TenantId(row.tenant_id), row.endpoint_id), Listener { kinds, active: row.active });
        }
        Ok(batch)
    }

    async fn take(&mut self, notices: &Notices, event: Read) -> Result<(), Unable> {
        match &event.fact {
            Fact::Tenant(TenantEvent::ImportBegan {}) => {
                self.importing.insert(event.tenant);
                self.imports_changed.insert(event.tenant);
            }
            Fact::Tenant(TenantEvent::ImportEnded {}) => {
                self.importing.remove(&event.tenant);
                self.imports_changed.insert(event.tenant);
            }
            Fact::Endpoint(fact) => self.hear((event.tenant, event.stream), fact),
            Fact::Case(fact) => {
                if let Some(notice) = self.news(&event, fact)
                    && self.wanted(notices, &notice).await?
                {
                    self.tell(notice);
                }
            }
            fact => {
                if let Some(notice) = self.centre_news(&event, fact) {
                    self.tell(notice);
                }
            }
        }
        Ok(())
    }

    fn hear(&mut self, endpoint: (TenantId, Uuid), fact: &EndpointEvent) {
        let listener = self.listeners.entry(endpoint).or_default();
        match fact {
            EndpointEvent::Added { details } => {
                *listener = Listener { kinds: details.kinds.clone(), active: true };
            }
            EndpointEvent::Changed { details } => listener.kinds.clone_from(&details.kinds),
            EndpointEvent::Paused {} | EndpointEvent::Disabled { .. } => listener.active = false,
            EndpointEvent::Resumed {} => listener.active = true,
            EndpointEvent::SecretRotated {} => {}
            EndpointEvent::Removed {} => drop(self.listeners.remove(&endpoint)),
        }
        self.changed.insert(endpoint);
    }

    /// The notice that an event makes, if it is news and somebody listens.
    fn news(&self, event: &Read, fact: &CaseEvent) -> Option<Notice> {
        let kind = NoticeKind::of(fact)?;
        let (agency, due_at) = match fact {
            CaseEvent::SlaAtRisk { due_at, agency } | CaseEvent::SlaBreached { due_at, agency } => (*agency, Some(*due_at)),
            CaseEvent::Assigned { agency, .. } | CaseEvent::Rejected { agency, .. } => (Some(*agency), None),
            _ => return None,
        };
        let old = !kind.is_of_a_deadline() && event.recorded_at - event.occurred_at > OLD;
        if old || self.importing.contains(&event.tenant) || self.hearing(event.tenant, kind).next().is_none() {
            return None;
        }
        let number = match event.opened.as_deref().map(|body| Fact::read("case.opened", body)) {
            Some(Ok(Fact::Case(CaseEvent::Opened { number, .. }))) => number,
            _ => event.stream.to_string(),
        };
        // A deadline passes whoever plays at that moment.
        let played = event.actor.parse().is_ok_and(|actor: Actor| actor.is_simulation());
        let simulated = played && !kind.is_of_a_deadline();
        let (tenant, case, occurred_at, position) = (event.tenant, event.stream, event.occurred_at, event.position);
        let (event, case, number) = (event.event, Some(case), Some(number));
        let (subject, summary) = (None, None);
        Some(Notice { tenant, event, kind, case, number, agency, due_at, occurred_at, position, simulated, subject, summary })
    }

    /// The notice that an event of a call centre makes, if somebody listens. Whether it is wanted was asked before it was put on
    /// record (B.S1).
    fn centre_news(&self, event: &Read, fact: &Fact) -> Option<Notice> {
        let Told { kind, subject, summary } = told(fact, event.stream, event.opened.as_deref())?;
        if self.importing.contains(&event.tenant) || self.hearing(event.tenant, kind).next().is_none() {
            return None;
        }
        Some(Notice {
            tenant: event.tenant,
            event: event.event,
            kind,
            case: None,
            number: None,
            agency: None,
            due_at: None,
            occurred_at: event.occurred_at,
            position: event.position,
            simulated: false,
            subject: Some(subject),
            summary: Some(summary),
        })
    }

    fn hearing(&self, tenant: TenantId, kind: NoticeKind) -> impl Iterator<Item = Uuid> {
        let of_tenant = self.listeners.range((tenant, Uuid::nil())..=(tenant, Uuid::max()));
        of_tenant.filter(move |(_, listener)| listener.active && listener.kinds.contains(&kind)).map(|((_, id), _)| *id)
    }

    /// Whether the settings in force when it happened want it told (E.X4).
    async fn wanted(&mut self, notices: &Notices, notice: &Notice) -> Result<bool, Unable> {
        let policy = match self.policies.get(&notice.tenant) {
            Some(policy) => policy.clone(),
            None => {
                let (policy, _) = notices.commands.state::<Policy>(notice.tenant, notice.tenant).await.map_err(Unable::log)?;
                self.policies.insert(notice.tenant, policy.clone());
                policy
            }
        };
        let values = &policy.in_force(notice.occurred_at).values;
        Ok(match notice.kind {
            NoticeKind::SlaAtRisk => values.notify_sla_at_risk,
            NoticeKind::SlaBreached => values.notify_sla_breached,
            NoticeKind::Assigned => values.notify_assigned,
            NoticeKind::Rejected => values.notify_rejected,
            NoticeKind::VerificationFailed | NoticeKind::GoalReached | NoticeKind::CoachingDue => true,
        })
    }

    fn tell(&mut self, notice: Notice) {
        let nth = self.notices.len();
        let endpoints: Vec<_> = self.hearing(notice.tenant, notice.kind).collect();
        self.deliveries.extend(endpoints.into_iter().map(|endpoint| (nth, endpoint)));
        self.notices.push(notice);
    }
}
