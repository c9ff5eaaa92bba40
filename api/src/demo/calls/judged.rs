//! How the work of the sample call centre is judged: goals, reviews of calls, a campaign and who was reached in it.

use super::cast::{AGENTS, MANAGER, SITES, id, site};
use super::deeds::Desk;
use super::fortnight::Made;
use super::wish::{By, Wish, wish};
use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use domain::Instant;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

/// Those who call for the campaign.
const CALLERS: [usize; 4] = [0, 1, 2, 3];

const STRENGTHS: [&str; 4] = ["calm and friendly", "asked the right questions", "closed the call well", "listened to the end"];

impl Desk {
    fn named(&self, what: String) -> Uuid {
        Uuid::new_v5(&self.tenant.0, what.as_bytes())
    }

    /// What each agent shall reach this month, and the first site this week.
    pub fn goals(&self, today: NaiveDate, at: Instant) -> Result<Vec<Wish>, String> {
        let month = today.with_day(1).unwrap_or(today);
        let monday = today - Days::new(today.weekday().num_days_from_monday().into());
        let targets = json!({"callsPerDay": 14, "firstCallResolution": 72, "customerSatisfaction": 4, "qualityScore": 80});
        let goal = |(n, agent): (usize, &super::cast::Agent)| {
            let data = json!({"agent": id(self.tenant, agent.email), "period": "monthly", "periodStartDate": month,
                "targets": targets, "plan": {"coachingFocus": "resolving more at the first call"}});
            wish(By::Manager, at, format!("demo goal {n} {month}"), "SetGoal", self.named(format!("goal {n} {month}")), data)
        };
        let mut goals = AGENTS.iter().enumerate().map(goal).collect::<Result<Vec<_>, _>>()?;
        let team = json!({"locationId": site(self.tenant, 0), "period": "weekly", "periodStartDate": monday,
            "targets": {"firstCallResolution": 72, "appointmentConversion": 30}});
        let on = self.named(format!("goal {} {monday}", SITES[0]));
        goals.push(wish(By::Manager, at, format!("demo team goal {monday}"), "SetTeamGoal", on, team)?);
        Ok(goals)
    }

    /// Two reviews of each agent's calls: one talked about and acknowledged, the other not yet, or disputed.
    pub fn reviews(&self, calls: &[Made], until: Instant) -> Result<Vec<Wish>, String> {
        let mut wishes = Vec::new();
        for agent in 0..AGENTS.len() {
            let theirs: Vec<&Made> = calls.iter().filter(|call| call.agent == Some(agent) && call.spoken()).collect();
            let chosen = [theirs.get(theirs.len() / 4), theirs.get(theirs.len() * 2 / 3)].into_iter().flatten();
            for (n, call) in chosen.enumerate() {
                let on = self.named(format!("review {}", call.key));
                let by = if AGENTS[agent].site == 0 { By::Supervisor } else { By::Manager };
                let mut luck = StdRng::seed_from_u64(on.as_u128() as u64);
                let mut at = call.ended;
                let mut ask = |hours: i64, by: By, name: &str, data: Value| -> Result<(), String> {
                    at += TimeDelta::hours(hours);
                    if at <= until {
                        wishes.push(wish(by, at, format!("demo review {} {name}", call.key), name, on, data)?);
                    }
                    Ok(())
                };
                let draft = json!({"agent": id(self.tenant, AGENTS[agent].email), "callId": self.id(call), "reviewType": "random",
                    "content": {"marks": marks(&mut luck), "strengthsObserved": STRENGTHS[agent % STRENGTHS.len()]},
                    "complete": true});
                ask(20, by, "DraftReview", draft)?;
                match (n, agent) {
                    (0, _) => {
                        ask(24, by, "DiscussReview", json!({"notes": "she agrees with most of it"}))?;
                        ask(2, By::Agent(agent), "AcknowledgeReview", json!({"comment": "thank you"}))?;
                    }
                    (_, 3) => ask(5, By::Agent(agent), "DisputeReview", json!({"reason": "the line was bad"}))?,
                    _ => {}
                }
            }
        }
        Ok(wishes)
    }

    /// A campaign of the last nine days, for which all outbound calls of its agents are logged.
    pub fn campaign(&self, calls: &[Made], today: NaiveDate, until: Instant) -> Result<Vec<Wish>, String> {
        let (first, last) = (today - Days::new(9), today + Days::new(21));
        let on = self.named(format!("campaign {first}"));
        let began = until - TimeDelta::days(9);
        let agents: Vec<_> = CALLERS.iter().map(|agent| id(self.tenant, AGENTS[*agent].email)).collect();
        let details = json!({"campaignName": "Skin checks before winter", "campaignType": "outbound_appointments",
            "startDate": first, "endDate": last, "targetAudience": "Patients not seen for a year", "targetCallCount": 120,
            "targetConversionRate": 35, "assignedAgents": agents, "managedBy": id(self.tenant, MANAGER.0),
            "talkingPoints": ["Twenty minutes are enough", "Free parking"]});
        let mut wishes = vec![
            wish(By::Manager, began - TimeDelta::days(2), "demo campaign".into(), "CreateCampaign", on, details)?,
            wish(By::Manager, began, "demo campaign starts".into(), "StartCampaign", on, json!({}))?,
        ];
        for call in calls.iter().filter(|call| call.way.outbound() && call.began > began) {
            let Some(agent) = call.agent.filter(|agent| CALLERS.contains(agent)) else { continue };
            let mut luck = StdRng::seed_from_u64(self.id(call).as_u128() as u64);
            let outcome = match (call.spoken(), luck.random_range(0..10)) {
                (false, 0..7) => "no_answer",
                (false, _) => "voicemail",
                (true, 0..4) => "appointment_scheduled",
                (true, 4..6) => "callback_scheduled",
                (true, 6..9) => "declined",
                (true, _) => "wrong_number",
            };
            let data = json!({"outcome": outcome, "callId": self.id(call), "number": call.number});
            let (at, key) = (call.ended + TimeDelta::minutes(3), format!("demo campaign {}", call.key));
            wishes.push(wish(By::Agent(agent), at, key, "LogCampaignCall", on, data)?);
        }
        Ok(wishes)
    }
}

fn marks(luck: &mut StdRng) -> Value {
    let mut mark = || luck.random_range(3..=5);
    json!({"greetingProfessionalism": mark(), "activeListening": mark(), "problemResolution": mark(),
        "productKnowledge": mark(), "communicationClarity": mark(), "empathyPatience": mark(),
        "callControl": mark(), "closingEffectiveness": mark()})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{SEED, fortnight, roster};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everything_that_is_asked_for_can_be_read_and_no_key_is_used_twice() {
        let until: Instant = "2026-11-22T15:00:00Z".parse().unwrap();
        let today = until.date_naive();
        let stints = roster::stints(today - Days::new(14), 22);
        let calls = fortnight::calls(SEED, today - Days::new(14), 15, 1_550, &stints, until);
        let desk = Desk { tenant: Default::default(), source: Default::default() };
        let mut wishes = desk.garbled(until).unwrap();
        for call in &calls {
            wishes.extend(desk.records(call).unwrap());
            wishes.extend(desk.deeds(call, until).unwrap());
            wishes.extend(desk.journal(call, until).unwrap());
        }
        for stint in &stints {
            wishes.extend(roster::wishes(desk.tenant, stint, until).unwrap());
        }
        wishes.extend(desk.goals(today, until).unwrap());
        wishes.extend(desk.reviews(&calls, until).unwrap());
        wishes.extend(desk.campaign(&calls, today, until).unwrap());
        let keys: BTreeSet<&str> = wishes.iter().map(|wish| wish.ask.key.as_deref().unwrap()).collect();
        assert_eq!(keys.len(), wishes.len());
        assert!(wishes.iter().all(|wish| wish.at <= until), "nothing is asked for in the future");
        let many = |name: &str| wishes.iter().filter(|wish| wish.ask.command.name() == name).count();
        assert!(many("CompleteCall") > 900 && many("DraftReview") == 12 && many("LogCampaignCall") > 20);
    }
}
