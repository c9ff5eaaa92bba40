//! Which cases wait for an agency that Docket is to find for them.

use crate::cases::sla_board::TenantKey;
use crate::cases::worklist::CaseKey;
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::cases::case::CaseEvent;
use domain::cases::policy::PolicyEvent;
use domain::organization::tenant::TenantEvent;
use domain::{AgencyId, CaseId, Fact, Instant, TenantId};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// The to-do list of automatic assignment.
pub struct AllocationQueue;

/// A case that is to be assigned automatically whenever it is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    pub tenant_id: TenantId,
    pub case_id: CaseId,
    pub waiting: bool,
    pub overdue_amount: Decimal,
    pub currency: String,
    pub rejected_by: Vec<AgencyId>,
    /// Why no agency was found so far.
    pub noted: Option<String>,
    pub since: Instant,
    /// The event since which it waits, and its place in the log.
    pub cause: Uuid,
    pub position: Position,
}

impl Row for Allocation {
    const TABLE: &'static str = "allocation_queue";
    const KEY: &'static [&'static str] = &["tenant_id", "case_id"];
    type Key = CaseKey;

    fn key(&self) -> CaseKey {
        CaseKey { tenant_id: self.tenant_id, case_id: self.case_id }
    }
}

/// Whether automatic assignment rests in a company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllocationSwitch {
    pub tenant_id: TenantId,
    pub importing: bool,
    /// What the versions of the settings say, oldest first.
    pub dated: Vec<DatedSwitch>,
}

/// Whether cases are assigned automatically from an instant on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatedSwitch {
    pub version: u32,
    pub since: Instant,
    pub enabled: bool,
}

impl Row for AllocationSwitch {
    const TABLE: &'static str = "allocation_switches";
    const KEY: &'static [&'static str] = &["tenant_id"];
    type Key = TenantKey;

    fn key(&self) -> TenantKey {
        TenantKey { tenant_id: self.tenant_id }
    }
}

impl ReadModel for AllocationQueue {
    const NAME: &'static str = "allocation_queue";
    const VERSION: i32 = 3;
    const CATEGORIES: &'static [&'static str] = &["case", "tenant", "policy"];
    const SQL: &'static str = include_str!("../../../migrations/read/allocation_queue.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<Allocation>(), table::<AllocationSwitch>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        match fact {
            Fact::Case(fact) if concerns(fact) => keys.want::<Allocation>(CaseKey::of(event)),
            _ => {
                if let Some((tenant_id, _)) = switched(event, fact) {
                    keys.want::<AllocationSwitch>(TenantKey { tenant_id });
                }
            }
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        if let Some((tenant_id, change)) = switched(event, fact) {
            let on = || AllocationSwitch { tenant_id, importing: false, dated: vec![] };
            let switch = rows.or_new(&TenantKey { tenant_id }, on)?;
            match change {
                Switched::Importing(importing) => switch.importing = importing,
                Switched::Dated(dated) => switch.dated.push(dated),
                Switched::Withdrawn(version) => switch.dated.retain(|dated| dated.version != version),
            }
        }
        let Fact::Case(fact) = fact else { return Ok(()) };
        let key = CaseKey::of(event);
        match fact {
            CaseEvent::Opened { auto_assign: true, overdue, .. } => rows.put(Allocation {
                tenant_id: key.tenant_id,
                case_id: key.case_id,
                waiting: true,
                overdue_amount: overdue.amount.value(),
                currency: overdue.currency.to_string(),
                rejected_by: vec![],
                noted: None,
                since: event.occurred_at,
                cause: event.event_id,
                position: event.position,
            }),
            CaseEvent::Deleted { .. } => rows.remove::<Allocation>(&key),
            _ if concerns(fact) => {
                if let Some(row) = rows.get_mut::<Allocation>(&key)? {
                    row.follow(event, fact);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Whether it may change that a case waits, or for what; most of what happens to a case does not.
fn concerns(fact: &CaseEvent) -> bool {
    use CaseEvent::*;
    matches!(
        fact,
        Opened { auto_assign: true, .. }
            | Deleted { .. }
            | Assigned { .. }
            | LeftUnassigned { .. }
            | Rejected { .. }
            | Reopened { .. }
            | Updated { overdue: Some(_), .. }
    )
}

enum Switched {
    Importing(bool),
    Dated(DatedSwitch),
    Withdrawn(u32),
}

fn switched(event: &Recorded, fact: &Fact) -> Option<(TenantId, Switched)> {
    match fact {
        Fact::Tenant(TenantEvent::ImportBegan {}) => Some((TenantId(event.stream.id), Switched::Importing(true))),
        Fact::Tenant(TenantEvent::ImportEnded {}) => Some((TenantId(event.stream.id), Switched::Importing(false))),
        Fact::Policy(PolicyEvent::Published { version, from, values }) => {
            let dated = DatedSwitch { version: *version, since: *from, enabled: values.ai_assignment_enabled };
            Some((event.stream.tenant, Switched::Dated(dated)))
        }
        Fact::Policy(PolicyEvent::Withdrawn { version }) => Some((event.stream.tenant, Switched::Withdrawn(*version))),
        _ => None,
    }
}

impl Allocation {
    fn follow(&mut self, event: &Recorded, fact: &CaseEvent) {
        match fact {
            CaseEvent::Assigned { .. } => {
                self.waiting = false;
                self.noted = None;
            }
            CaseEvent::LeftUnassigned { reason } => self.noted = Some(reason.clone()),
            CaseEvent::Rejected { agency, .. } => {
                if !self.rejected_by.contains(agency) {
                    self.rejected_by.push(*agency);
                }
                self.wait(event);
            }
            CaseEvent::Reopened { .. } => self.wait(event),
            CaseEvent::Updated { overdue: Some(overdue), .. } => {
                self.overdue_amount = overdue.amount.value();
                self.currency = overdue.currency.to_string();
            }
            _ => {}
        }
    }

    fn wait(&mut self, event: &Recorded) {
        self.waiting = true;
        self.noted = None;
        self.since = event.occurred_at;
        self.cause = event.event_id;
        self.position = event.position;
    }
}

/// Cases for which no agency has been looked for yet, over all companies where automatic assignment does not rest, those that
/// wait longest first.
pub async fn due(conn: &mut PgConnection, now: Instant, limit: u32) -> sqlx::Result<Vec<Allocation>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(q) as "waiting!: Json<Allocation>" from allocation_queue q
           where waiting and noted is null and tenant_id not in (
             select tenant_id from allocation_switches s where s.importing or not coalesce(
               (select enabled from jsonb_to_recordset(s.dated) d (version integer, since timestamptz, enabled boolean)
                where since <= $1 or version = 1 order by since desc, version desc limit 1), true))
           order by position limit $2"#,
        now,
        i64::from(limit),
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|waiting| waiting.0).collect())
}

/// Cases for which no agency was found, from after a position: to be tried again when an agency may have room, chunk by chunk.
pub async fn noted(conn: &mut PgConnection, now: Instant, after: Position, limit: u32) -> sqlx::Result<Vec<Allocation>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(q) as "waiting!: Json<Allocation>" from allocation_queue q
           where waiting and noted is not null and position > $2 and tenant_id not in (
             select tenant_id from allocation_switches s where s.importing or not coalesce(
               (select enabled from jsonb_to_recordset(s.dated) d (version integer, since timestamptz, enabled boolean)
                where since <= $1 or version = 1 order by since desc, version desc limit 1), true))
           order by position limit $3"#,
        now,
        after.to_i64(),
        i64::from(limit),
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|waiting| waiting.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{AGENCY, CASE, Story, TENANT, at_day};
    use domain::cases::policy::PolicyValues;

    fn row(story: &Story) -> Option<Allocation> {
        let key = CaseKey { tenant_id: TENANT, case_id: CASE };
        story.rows::<AllocationQueue>().get::<Allocation>(&key).unwrap().cloned()
    }

    #[test]
    fn a_case_waits_until_it_is_assigned_and_again_after_a_rejection() {
        let mut story = Story::opened(0);
        assert!(row(&story).unwrap().waiting);
        story.case(0, CaseEvent::LeftUnassigned { reason: "no agency has room".into() });
        assert_eq!(row(&story).unwrap().noted.as_deref(), Some("no agency has room"));
        story.assigned(1);
        assert!(!row(&story).unwrap().waiting);
        story.rejected(2);
        let waiting = row(&story).unwrap();
        assert_eq!((waiting.waiting, waiting.noted), (true, None));
        assert_eq!((waiting.rejected_by, waiting.cause), (vec![AGENCY], story.last().event_id));
        story.case(3, CaseEvent::Deleted { reason: "paid".into(), agency: None });
        assert_eq!(row(&story), None);
    }

    #[test]
    fn it_rests_during_imports_and_where_it_is_switched_off() {
        let mut story = Story::default();
        story.policy(0, 1, PolicyValues { ai_assignment_enabled: false, ..Default::default() });
        story.tenant(1, TenantEvent::ImportBegan {});
        let switch = |story: &Story| {
            let key = TenantKey { tenant_id: TENANT };
            story.rows::<AllocationQueue>().get::<AllocationSwitch>(&key).unwrap().unwrap().clone()
        };
        let first = DatedSwitch { version: 1, since: at_day(0), enabled: false };
        assert_eq!(switch(&story), AllocationSwitch { tenant_id: TENANT, importing: true, dated: vec![first.clone()] });
        story.tenant(2, TenantEvent::ImportEnded {});
        story.policy(9, 2, PolicyValues::default());
        assert_eq!((switch(&story).importing, switch(&story).dated.len()), (false, 2));
        story.add(3, "policy", TENANT.0, PolicyEvent::Withdrawn { version: 2 });
        assert_eq!(switch(&story).dated, [first]);
    }
}
