//! The SLA board: which running cases are on track, at risk or breached, what is due next, and what the SLA clock has to note.

use crate::cases::case_counts::{SlaCounts, counts, running, sla_at};
use crate::cases::worklist::CaseKey;
use crate::cases::worklist_page::{CaseFilter, word};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use chrono::TimeDelta;
use domain::cases::case::{CaseEvent, Priority};
use domain::cases::sla::{SlaStatus, SlaWindow};
use domain::organization::tenant::TenantEvent;
use domain::{AgencyId, CaseId, Fact, Instant, TenantId};
use eventlog::Recorded;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

/// The SLA board.
pub struct SlaBoard;

/// A case's clock. The columns are explained in `migrations/read/sla_board.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlaClock {
    pub tenant_id: TenantId,
    pub case_id: CaseId,
    pub priority: Priority,
    pub agency_id: Option<AgencyId>,
    pub running: bool,
    pub at_risk_at: Instant,
    pub due_at: Instant,
    pub recorded: Option<SlaStatus>,
    pub next_at: Option<Instant>,
}

impl Row for SlaClock {
    const TABLE: &'static str = "sla_board";
    const KEY: &'static [&'static str] = &["tenant_id", "case_id"];
    type Key = CaseKey;

    fn key(&self) -> CaseKey {
        CaseKey { tenant_id: self.tenant_id, case_id: self.case_id }
    }
}

/// A company that imports a history right now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SlaImport {
    pub tenant_id: TenantId,
    pub since: Instant,
}

/// The primary key of what there is once for each company.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TenantKey {
    pub tenant_id: TenantId,
}

impl Row for SlaImport {
    const TABLE: &'static str = "sla_board_imports";
    const KEY: &'static [&'static str] = &["tenant_id"];
    type Key = TenantKey;

    fn key(&self) -> TenantKey {
        TenantKey { tenant_id: self.tenant_id }
    }
}

impl ReadModel for SlaBoard {
    const NAME: &'static str = "sla_board";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["case", "tenant"];
    const SQL: &'static str = include_str!("../../../migrations/read/sla_board.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<SlaClock>(), table::<SlaImport>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        match fact {
            Fact::Case(fact) if concerns(fact) => keys.want::<SlaClock>(CaseKey::of(event)),
            Fact::Tenant(TenantEvent::ImportBegan {} | TenantEvent::ImportEnded {}) => {
                keys.want::<SlaImport>(TenantKey { tenant_id: TenantId(event.stream.id) });
            }
            _ => {}
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let importer = TenantId(event.stream.id);
        match fact {
            Fact::Tenant(TenantEvent::ImportBegan {}) => rows.put(SlaImport { tenant_id: importer, since: event.occurred_at }),
            Fact::Tenant(TenantEvent::ImportEnded {}) => rows.remove::<SlaImport>(&TenantKey { tenant_id: importer }),
            Fact::Case(CaseEvent::Deleted { .. }) => rows.remove::<SlaClock>(&CaseKey::of(event)),
            Fact::Case(CaseEvent::Opened { priority, sla, .. }) => rows.put(SlaClock::starting(event, *priority, sla)),
            Fact::Case(fact) if concerns(fact) => {
                rows.must::<SlaClock>(&CaseKey::of(event))?.follow(fact);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Whether it has to do with a case's clock; most of what happens to a case has not.
fn concerns(fact: &CaseEvent) -> bool {
    use CaseEvent::*;
    match fact {
        Opened { .. } | PriorityChanged { .. } | Reopened { .. } | Assigned { .. } | Rejected { .. } => true,
        SlaAtRisk { .. } | SlaBreached { .. } | Completed { .. } | Deleted { .. } => true,
        Updated { .. } | LeftUnassigned { .. } | Accepted { .. } | Delayed { .. } | Resumed { .. } => false,
        Escalated { .. } | PaymentReceived { .. } | Closed {} => false,
    }
}

impl SlaClock {
    fn starting(event: &Recorded, priority: Priority, sla: &SlaWindow) -> Self {
        let mut clock = Self {
            tenant_id: event.stream.tenant,
            case_id: CaseId(event.stream.id),
            priority,
            agency_id: None,
            running: true,
            at_risk_at: sla.at_risk_at,
            due_at: sla.due_at,
            recorded: None,
            next_at: None,
        };
        clock.wind();
        clock
    }

    fn follow(&mut self, fact: &CaseEvent) {
        match fact {
            CaseEvent::PriorityChanged { to, sla, .. } => {
                self.priority = *to;
                self.restart(sla);
            }
            CaseEvent::Reopened { sla, .. } => {
                self.agency_id = None;
                self.running = true;
                self.restart(sla);
            }
            CaseEvent::Assigned { agency, .. } => self.agency_id = Some(*agency),
            CaseEvent::Rejected { .. } => self.agency_id = None,
            CaseEvent::SlaAtRisk { .. } => self.recorded = Some(SlaStatus::AtRisk),
            CaseEvent::SlaBreached { .. } => self.recorded = Some(SlaStatus::Breached),
            CaseEvent::Completed { .. } => self.running = false,
            _ => {}
        }
        self.wind();
    }

    fn restart(&mut self, sla: &SlaWindow) {
        self.at_risk_at = sla.at_risk_at;
        self.due_at = sla.due_at;
        self.recorded = None;
    }

    /// Sets when the next deadline is to be noted; a breach is one only strictly after the due instant.
    fn wind(&mut self) {
        self.next_at = match (self.running, self.recorded) {
            (false, _) | (_, Some(SlaStatus::Breached)) => None,
            (true, Some(SlaStatus::AtRisk)) => Some(self.due_at + TimeDelta::microseconds(1)),
            (true, _) => Some(self.at_risk_at),
        };
    }
}

/// The board as of an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    pub counts: SlaCounts,
    pub due_next: Vec<BoardCase>,
}

/// A running case on the board.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardCase {
    pub case_id: CaseId,
    pub case_number: String,
    pub customer_name: Option<String>,
    pub agency_id: Option<AgencyId>,
    pub agency_name: Option<String>,
    pub priority: Priority,
    pub at_risk_at: Instant,
    pub due_at: Instant,
    pub sla: SlaStatus,
}

/// How many running cases stand where at `now`, and those whose due instant comes next, of one priority or agency if named.
pub async fn board(
    conn: &mut PgConnection,
    tenant: TenantId,
    priority: Option<Priority>,
    agency: Option<AgencyId>,
    now: Instant,
    limit: u32,
) -> sqlx::Result<Board> {
    let counts = match agency {
        None => {
            let filter = CaseFilter { priority, ..CaseFilter::default() };
            let counted = counts(conn, tenant).await?;
            running(conn, tenant, &filter, &counted, now).await?
        }
        Some(agency) => of_agency(conn, tenant, priority, agency, now).await?,
    };
    let (priority, agency) = (priority.map(word), agency.map(|agency| agency.0));
    let due = sqlx::query!(
        r#"select to_json(s) as "clock!: Json<SlaClock>", c.case_number, c.customer_name, a.name as "agency_name?"
           from (select * from sla_board
                 where tenant_id = $1 and running and due_at >= $2 and ($3::text is null or priority = $3)
                   and ($4::uuid is null or agency_id = $4)
                 order by due_at, case_id limit $5) s
           join cases c on c.tenant_id = s.tenant_id and c.case_id = s.case_id
           left join agencies a on a.tenant_id = s.tenant_id and a.agency_id = s.agency_id
           order by s.due_at, s.case_id"#,
        tenant.0,
        now,
        priority,
        agency,
        i64::from(limit),
    );
    let on_board = due.fetch_all(conn).await?.into_iter().map(|row| {
        let clock = row.clock.0;
        BoardCase {
            case_id: clock.case_id,
            case_number: row.case_number,
            customer_name: row.customer_name,
            agency_id: clock.agency_id,
            agency_name: row.agency_name,
            priority: clock.priority,
            at_risk_at: clock.at_risk_at,
            due_at: clock.due_at,
            sla: sla_at(clock.at_risk_at, clock.due_at, now),
        }
    });
    Ok(Board { counts, due_next: on_board.collect() })
}

/// How many running cases of an agency stand where.
async fn of_agency(
    conn: &mut PgConnection,
    tenant: TenantId,
    priority: Option<Priority>,
    agency: AgencyId,
    now: Instant,
) -> sqlx::Result<SlaCounts> {
    let counts = sqlx::query_as!(
        SlaCounts,
        r#"select count(*) filter (where at_risk_at > $2) as "on_track!",
             count(*) filter (where at_risk_at <= $2 and due_at >= $2) as "at_risk!",
             count(*) filter (where due_at < $2) as "breached!"
           from sla_board
           where tenant_id = $1 and running and agency_id = $4 and ($3::text is null or priority = $3)"#,
        tenant.0,
        now,
        priority.map(word),
        agency.0,
    );
    counts.fetch_one(conn).await
}

/// A case one of whose deadlines has passed and is not on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    pub tenant_id: TenantId,
    pub case_id: CaseId,
    /// The instant since which it is to be noted.
    pub since: Instant,
}

/// What the SLA clock has to note at `now`, over all companies but those that import a history; the longest overdue first.
pub async fn due(conn: &mut PgConnection, now: Instant, limit: u32) -> sqlx::Result<Vec<Overdue>> {
    let found = sqlx::query!(
        r#"select tenant_id, case_id, next_at as "since!" from sla_board s
           where next_at <= $1 and not exists (select from sla_board_imports i where i.tenant_id = s.tenant_id)
           order by next_at limit $2"#,
        now,
        i64::from(limit),
    );
    let overdue = |tenant_id, case_id, since| Overdue { tenant_id: TenantId(tenant_id), case_id: CaseId(case_id), since };
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| overdue(row.tenant_id, row.case_id, row.since)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{CASE, Story, TENANT, at_day};

    fn clock(story: &Story) -> Option<SlaClock> {
        let key = CaseKey { tenant_id: TENANT, case_id: CASE };
        story.rows::<SlaBoard>().get::<SlaClock>(&key).unwrap().cloned()
    }

    #[test]
    fn the_clock_waits_for_each_deadline_and_stops_at_the_completion() {
        let mut story = Story::opened(0);
        let opened = clock(&story).unwrap();
        assert_eq!(opened.next_at, Some(opened.at_risk_at));
        story.case(6, CaseEvent::SlaAtRisk { due_at: opened.due_at, agency: None });
        assert_eq!(clock(&story).unwrap().next_at, Some(opened.due_at + TimeDelta::microseconds(1)));
        story.case(7, CaseEvent::SlaBreached { due_at: opened.due_at, agency: None });
        assert_eq!(clock(&story).unwrap().next_at, None);
        story.completed(8, 3, SlaStatus::Breached);
        assert!(!clock(&story).unwrap().running);
        let sla = SlaWindow { started_at: at_day(9), at_risk_at: at_day(12), due_at: at_day(16), policy: 1 };
        story.case(9, CaseEvent::Reopened { reason: None, sla });
        assert_eq!(clock(&story).unwrap().next_at, Some(at_day(12)));
        story.case(10, CaseEvent::Deleted { reason: "twice".into(), agency: None });
        assert_eq!(clock(&story), None);
    }

    #[test]
    fn a_company_that_imports_is_left_alone() {
        let mut story = Story::opened(0);
        story.tenant(1, TenantEvent::ImportBegan {});
        let key = TenantKey { tenant_id: TENANT };
        assert!(story.rows::<SlaBoard>().get::<SlaImport>(&key).unwrap().is_some());
        story.tenant(2, TenantEvent::ImportEnded {});
        assert!(story.rows::<SlaBoard>().get::<SlaImport>(&key).unwrap().is_none());
    }
}
