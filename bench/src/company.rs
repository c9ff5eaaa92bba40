//! A made-up collection company: cases that are opened, given to agencies, noted on, paid and completed, all of it interleaved.

use serde_json::{Value, json};
use uuid::Uuid;

/// Cases that go through their stages side by side.
pub const COHORT: usize = 500;
/// What happens to a case, in this order.
const STAGES: usize = 8;
/// Those who bring cases in side by side; each has agencies of its own.
pub const LANES: usize = 2;
const AGENCIES: usize = 200;
const FIRST: [&str; 8] = ["Ana", "Boris", "Chen", "Dilan", "Emma", "Farid", "Grace", "Hugo"];
const LAST: [&str; 10] = ["Keller", "Okafor", "Silva", "Novak", "Haddad", "Larsen", "Moreau", "Tanaka", "Weber", "Yilmaz"];

/// Its agencies and cases, by number.
pub struct Company {
    pub agencies: Vec<Uuid>,
    pub cases: Vec<Uuid>,
}

impl Company {
    pub fn with_cases(cases: usize) -> Self {
        let names = |count| (0..count).map(|_| Uuid::now_v7()).collect();
        Self { agencies: names(AGENCIES), cases: names(cases) }
    }

    /// Commands by which the agencies are registered.
    pub fn registrations(&self) -> Vec<Value> {
        let register = |(n, agency): (usize, &Uuid)| {
            command(
                "RegisterAgency",
                *agency,
                json!({ "name": format!("{} Collections {n}", LAST[n % LAST.len()]), "maxCapacity": 100_000 }),
            )
        };
        self.agencies.iter().enumerate().map(register).collect()
    }

    pub fn cohorts(&self) -> usize {
        self.cases.len().div_ceil(COHORT)
    }

    /// What happens to the cases of a cohort: stage by stage, one command for each case.
    pub fn stages(&self, cohort: usize) -> impl Iterator<Item = Vec<Value>> {
        let numbers = cohort * COHORT..((cohort + 1) * COHORT).min(self.cases.len());
        (0..STAGES).map(move |stage| numbers.clone().filter_map(|n| self.stage(stage, n)).collect())
    }

    /// Events on the log once all of it has happened: ten for each case, and the agencies.
    pub fn events(&self) -> usize {
        let each = |n: &usize| 8 + usize::from(is_paid_thrice(*n)) + if is_completed(*n) { 2 } else { 0 };
        AGENCIES + (0..self.cases.len()).map(|n| each(&n)).sum::<usize>()
    }

    /// The cases that are not completed at the end.
    pub fn running(&self) -> Vec<Uuid> {
        self.cases.iter().enumerate().filter(|(n, _)| !is_completed(*n)).map(|(_, case)| *case).collect()
    }

    fn stage(&self, stage: usize, n: usize) -> Option<Value> {
        let case = self.cases[n];
        let lane = n / COHORT % LANES;
        let agency = self.agencies[n % (AGENCIES / LANES) * LANES + lane];
        Some(match stage {
            0 => command("OpenCase", case, opening(n)),
            1 => command("AssignAgency", case, json!({ "agencyId": agency, "reason": "next in turn" })),
            2 => command("AcceptCase", case, json!({})),
            3 | 5 => command("RecordPayment", case, payment(n, stage)),
            4 => command(
                "UpdateCase",
                case,
                json!({ "notes": format!("Spoke with the debtor; instalment {n} agreed, next call in a week.") }),
            ),
            6 if is_paid_thrice(n) => command("RecordPayment", case, payment(n, stage)),
            7 if is_completed(n) => command("CompleteCase", case, json!({ "outcome": "paid in full" })),
            _ => return None,
        })
    }
}

fn is_paid_thrice(n: usize) -> bool {
    !n.is_multiple_of(5)
}

fn is_completed(n: usize) -> bool {
    n % 5 < 3
}

fn command(name: &str, on: Uuid, data: Value) -> Value {
    json!({ "command": name, "on": on, "data": data })
}

fn opening(n: usize) -> Value {
    let (first, last) = (FIRST[n / 10 % FIRST.len()], LAST[n % LAST.len()]);
    json!({
        "caseNumber": format!("MADE-{n:07}"),
        "customer": { "name": format!("{first} {last}"), "email": format!("{first}.{last}.{n}@example.com"), "phone": format!("+1 555 {n:07}") },
        "overdueAmount": format!("{}.{:02}", 50 + n * 7919 % 20_000, n % 100),
        "ageingDays": n * 31 % 180, "priority": format!("P{}", n % 3 + 1), "autoAssign": false,
    })
}

fn payment(n: usize, stage: usize) -> Value {
    json!({ "amount": format!("{}.{:02}", 10 + n * 13 % 400, n % 100), "reference": format!("bank transfer {n}-{stage}") })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn as_many_events_as_its_commands_lead_to() {
        // The last cohort is not full.
        let company = Company::with_cases(COHORT * 2 + 3);
        let mut events = company.registrations().len();
        for stage in (0..company.cohorts()).flat_map(|cohort| company.stages(cohort)) {
            assert!(stage.len() <= COHORT);
            let on: HashSet<&str> = stage.iter().map(|command| command["on"].as_str().unwrap()).collect();
            assert_eq!(on.len(), stage.len(), "no case twice in one stage");
            // Opening takes the case's number too, an agency takes a case and gives it back.
            let each = |command: &Value| match command["command"].as_str().unwrap() {
                "OpenCase" | "AssignAgency" | "CompleteCase" => 2,
                _ => 1,
            };
            events += stage.iter().map(each).sum::<usize>();
        }
        assert_eq!(events, company.events());
        assert_eq!(Company::with_cases(1000).events(), AGENCIES + 10 * 1000);
    }

    #[test]
    fn what_is_completed_does_not_run() {
        let company = Company::with_cases(COHORT);
        let completed: HashSet<String> =
            company.stages(0).flatten().filter(|c| c["command"] == "CompleteCase").map(|c| c["on"].to_string()).collect();
        let running = company.running();
        assert_eq!(completed.len() + running.len(), COHORT);
        assert!(running.iter().all(|case| !completed.contains(&format!("\"{case}\""))));
    }
}
