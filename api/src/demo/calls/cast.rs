//! The people, sites and queues of the sample call centre: invented names, one telephone each.

use chrono::Weekday::{self, *};
use chrono_tz::Tz;
use domain::organization::role::Role;
use domain::{LocationId, SourceId, TenantId, UserId};
use uuid::Uuid;

/// The clocks by which the centre reckons, and those of its telephone system.
pub const ZONE: Tz = Tz::America__Detroit;

/// The sites. The supervisor looks after the first.
pub const SITES: [&str; 2] = ["Ann Arbor", "Wixom"];

/// The queues, each with its number within the telephone system and what its callers mostly want.
pub const QUEUES: [(&str, &str, &str); 3] =
    [("Appointments", "800", "appointment"), ("Billing", "801", "billing"), ("Prescriptions", "802", "prescription")];

/// Somebody who takes calls.
pub struct Agent {
    pub email: &'static str,
    pub name: (&'static str, &'static str),
    pub extension: &'static str,
    /// Among [`SITES`].
    pub site: usize,
    pub team: &'static str,
    /// From, until and lunch, as hours and minutes of the day.
    pub hours: [(u32, u32); 3],
    pub off: [Weekday; 2],
}

const EARLY: [(u32, u32); 3] = [(6, 0), (14, 30), (10, 15)];
const LATE: [(u32, u32); 3] = [(14, 0), (22, 30), (18, 15)];
const NIGHT: [(u32, u32); 3] = [(22, 0), (6, 30), (2, 15)];

const fn agent(
    email: &'static str,
    name: (&'static str, &'static str),
    extension: &'static str,
    site: usize,
    team: &'static str,
    hours: [(u32, u32); 3],
    off: [Weekday; 2],
) -> Agent {
    Agent { email, name, extension, site, team, hours, off }
}

/// Two for each part of the day, of whom one at least is in on every day of the week.
pub const AGENTS: [Agent; 6] = [
    agent("ada@docket.local", ("Ada", "Lindgren"), "101", 0, "early", EARLY, [Sat, Sun]),
    agent("ben@docket.local", ("Ben", "Asante"), "102", 1, "early", EARLY, [Tue, Wed]),
    agent("cleo@docket.local", ("Cleo", "Marchetti"), "103", 0, "late", LATE, [Sat, Sun]),
    agent("dev@docket.local", ("Dev", "Raman"), "104", 1, "late", LATE, [Wed, Thu]),
    agent("edith@docket.local", ("Edith", "Novotny"), "105", 0, "night", NIGHT, [Sun, Mon]),
    agent("finn@docket.local", ("Finn", "Gallagher"), "106", 1, "night", NIGHT, [Thu, Fri]),
];

/// Who looks after the first site, and who looks after all of it.
pub const SUPERVISOR: (&str, &str, &str, Role) = ("sofia@docket.local", "Sofia", "Reyes", Role::Supervisor);
pub const MANAGER: (&str, &str, &str, Role) = ("marcus@docket.local", "Marcus", "Feld", Role::Manager);

/// Everybody's account.
pub fn accounts() -> Vec<(&'static str, &'static str, &'static str, Role)> {
    let agents = AGENTS.iter().map(|agent| (agent.email, agent.name.0, agent.name.1, Role::Agent));
    [SUPERVISOR, MANAGER].into_iter().chain(agents).collect()
}

pub fn id(tenant: TenantId, email: &str) -> UserId {
    UserId(Uuid::new_v5(&tenant.0, email.as_bytes()))
}

pub fn site(tenant: TenantId, n: usize) -> LocationId {
    LocationId(Uuid::new_v5(&tenant.0, format!("site {}", SITES[n]).as_bytes()))
}

pub fn source(tenant: TenantId) -> SourceId {
    SourceId(Uuid::new_v5(&tenant.0, b"telephone system"))
}
