//! What a client asks for next: by its own dice, so that the same seed asks the same things.

use crate::journal::Fate;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// The longest pause between an answer and the next request, in milliseconds.
const PAUSE: u64 = 20;
/// A client comes back to its last cases and lets the older ones rest.
const CASES: usize = 12;

/// A command about to be sent.
#[derive(Clone, Debug)]
pub struct Asked {
    pub key: String,
    pub command: &'static str,
    pub tenant: Uuid,
    pub on: Uuid,
    pub at: Option<String>,
    pub data: Value,
}

/// One company that the clients work for.
#[derive(Clone, Debug)]
pub struct Company {
    pub tenant: Uuid,
    pub agencies: Vec<Uuid>,
    /// Cases that all clients work on, so that they get in each other's way.
    pub shared: Vec<Uuid>,
}

/// One client's dice and what it works on.
pub struct Mix {
    pub client: u32,
    dice: StdRng,
    companies: Vec<Company>,
    /// Which company each of its cases belongs to.
    cases: Vec<(usize, Uuid)>,
    asked: u64,
    pause: u64,
}

impl Mix {
    pub fn new(client: u32, dice: &mut StdRng, companies: &[Company]) -> Self {
        let dice = StdRng::from_rng(dice);
        Self { client, dice, companies: companies.to_vec(), cases: Vec::new(), asked: 0, pause: PAUSE }
    }

    /// A client that does not rest.
    pub fn restless(mut self) -> Self {
        self.pause = 0;
        self
    }

    pub fn pause(&mut self) -> Duration {
        Duration::from_millis(self.dice.random_range(0..=self.pause))
    }

    /// The next command.
    pub fn next(&mut self) -> Asked {
        self.asked += 1;
        let key = format!("chaos {} {}", self.client, self.asked);
        let asked = |command, tenant, on, data| Asked { key: key.clone(), command, tenant, on, at: None, data };
        if self.cases.len() < 2 || self.dice.random_ratio(1, 6) {
            let company = self.dice.random_range(0..self.companies.len());
            let case = self.id();
            self.cases.push((company, case));
            if self.cases.len() > CASES {
                self.cases.remove(0);
            }
            return asked("OpenCase", self.companies[company].tenant, case, self.opening());
        }
        let (company, case) = self.case();
        let agency = self.companies[company].agencies.choose(&mut self.dice).copied().unwrap_or_default();
        let (command, data) = match self.dice.random_range(0..100) {
            0..30 => ("RecordPayment", json!({ "amount": self.dice.random_range(1..50_000) as f64 / 100.0, "reference": key })),
            30..45 => ("UpdateCase", json!({ "notes": format!("note {key}") })),
            45..60 => ("AssignAgency", json!({ "agencyId": agency })),
            60..70 => ("AcceptCase", json!({})),
            70..74 => ("DelayCase", json!({ "reason": key })),
            74..78 => ("ResumeCase", json!({})),
            78..81 => ("EscalateCase", json!({ "reason": key })),
            81..86 => ("RejectCase", json!({ "reason": key })),
            86..93 => ("CompleteCase", json!({ "outcome": key })),
            93..95 => ("CloseCase", json!({})),
            95..97 => ("ReopenCase", json!({ "reason": key })),
            // Two that must be refused: a sum that breaks a rule, and a case of the other company.
            97..99 => ("RecordPayment", json!({ "amount": -1, "reference": key })),
            _ => {
                let other = &self.companies[(company + 1) % self.companies.len()];
                return asked("AcceptCase", other.tenant, case, json!({}));
            }
        };
        asked(command, self.companies[company].tenant, case, data)
    }

    /// Learns what became of it: a case that was not opened is not worked on.
    pub fn heard(&mut self, asked: &Asked, fate: &Fate) {
        if asked.command == "OpenCase" && !matches!(fate, Fate::Ok { .. }) {
            self.cases.retain(|(_, case)| *case != asked.on);
        }
    }

    fn case(&mut self) -> (usize, Uuid) {
        if self.dice.random_ratio(1, 8) {
            let company = self.dice.random_range(0..self.companies.len());
            if let Some(case) = self.companies[company].shared.choose(&mut self.dice) {
                return (company, *case);
            }
        }
        self.cases.choose(&mut self.dice).copied().unwrap_or_default()
    }

    fn opening(&mut self) -> Value {
        let priority = ["P1", "P2", "P3"].choose(&mut self.dice);
        json!({
            "customer": { "name": format!("Debtor {} {}", self.client, self.asked) },
            "overdueAmount": self.dice.random_range(10_000..5_000_000) as f64 / 100.0,
            "ageingDays": self.dice.random_range(0..200),
            "priority": priority,
            // Some wait for an agency that Docket finds by itself.
            "autoAssign": self.dice.random_ratio(1, 4),
        })
    }

    /// A new id that follows from the dice.
    fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.dice.random()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn asked(seed: u64) -> Vec<Asked> {
        let id = Uuid::from_u128;
        let company = |n| Company { tenant: id(n), agencies: vec![id(n + 1)], shared: vec![id(n + 2)] };
        let mut mix = Mix::new(3, &mut StdRng::seed_from_u64(seed), &[company(10), company(20)]);
        let yes = Fate::Ok { id: id(1), version: 1, position: Some(1), unchanged: false, replayed: false };
        let ask = |_| {
            let asked = mix.next();
            mix.heard(&asked, &yes);
            asked
        };
        (0..500).map(ask).collect()
    }

    #[test]
    fn the_same_dice_ask_the_same_things_under_keys_of_their_own() {
        assert_eq!(format!("{:?}", asked(1)), format!("{:?}", asked(1)));
        assert_ne!(format!("{:?}", asked(1)), format!("{:?}", asked(2)));
        assert_eq!(asked(1).iter().map(|asked| &asked.key).collect::<BTreeSet<_>>().len(), 500);
    }

    #[test]
    fn everything_is_asked_for_in_both_companies() {
        let asked = asked(1);
        let commands: BTreeSet<_> = asked.iter().map(|asked| (asked.command, asked.tenant)).collect();
        assert!(commands.len() >= 22, "{commands:?}");
    }
}
