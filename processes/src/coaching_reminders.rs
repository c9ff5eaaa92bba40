//! Coaching reminders: every Monday at the hour of the reports, for each agent of whose last thirty days a rule has something to say
//! (B.W7, B.E27).

use crate::later::Later;
use crate::report_schedule::latest_day;
use crate::{Duty, Unable};
use chrono::{Datelike, Days, NaiveDate};
use commands::calls::suggestion::SuggestCoaching;
use commands::{Answer, Ask, Commands, Error, Principal};
use domain::calls::centre::CallCentre;
use domain::calls::coaching::{RULES, TeamFacts, opportunities};
use domain::calls::suggestion::{Reason, Suggestion};
use domain::{Instant, TenantId};
use projections::Viewer;
use projections::calls::coaching::{self as queries, AgentWeeks, CoachingFilter};
use projections::calls::scheduled_reports::call_centres;
use projections::reader::Reader;
use std::collections::HashMap;
use std::time::Duration;

/// How often it is looked whether a week has begun.
const LOOK: Duration = Duration::from_secs(60);
/// So many days are looked at, as on the screen of coaching opportunities.
const DAYS: u64 = 30;

/// Says who could do with coaching.
pub struct CoachingReminders {
    commands: Commands,
    reader: Reader,
    looked: Later<()>,
    /// The week for which this server has looked at all agents of a company.
    done: HashMap<TenantId, NaiveDate>,
}

/// The Monday whose reminders were due last at an instant.
pub fn week(centre: &CallCentre, now: Instant) -> Option<NaiveDate> {
    let morning = latest_day(centre, now)?.succ_opt()?;
    morning.checked_sub_days(Days::new(morning.weekday().num_days_from_monday().into()))
}

impl CoachingReminders {
    pub fn new(commands: Commands, reader: Reader) -> Self {
        Self { commands, reader, looked: Later::new(), done: HashMap::new() }
    }

    /// Looks at all agents of a company; false if something has to be looked at again.
    async fn remind(&self, tenant: TenantId, week: NaiveDate) -> Result<(usize, bool), Unable> {
        let Some(until) = week.pred_opt() else { return Ok((0, true)) };
        let from = until.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(until);
        let filter = CoachingFilter { location: None, from, until };
        let everyone = Viewer::process();
        let seen = everyone.clone();
        let look = self.reader.as_viewer(tenant, &everyone, move |conn| {
            Box::pin(async move { queries::agents(conn, tenant, &seen, &filter).await })
        });
        let agents = look.await?;
        let asks = suggestions(tenant, week, (from, until), &agents);
        let (mut said, mut all) = (0, true);
        for answer in self.commands.execute_all(&Principal::process(tenant, "coaching_reminders"), asks).await {
            match answer {
                Ok(Answer { unchanged, .. }) => said += usize::from(!unchanged),
                // They take no calls any more.
                Err(Error::Refused { .. } | Error::Invalid { .. }) => {}
                Err(error) => {
                    tracing::warn!(%tenant, %error, "a coaching reminder cannot be put on record");
                    all = false;
                }
            }
        }
        Ok((said, all))
    }
}

/// What is to be said of whom.
fn suggestions(tenant: TenantId, week: NaiveDate, days: (NaiveDate, NaiveDate), agents: &[AgentWeeks]) -> Vec<Ask> {
    let team = TeamFacts::of(agents.iter().map(|agent| &agent.facts));
    let (from, until) = days;
    let ask = |weeks: &AgentWeeks| {
        let reasons: Vec<Reason> = opportunities(&weeks.facts, team).into_iter().map(Reason::from).collect();
        let agent = weeks.agent_id;
        let suggest = SuggestCoaching { agent, week, from, until, rules: RULES.to_owned(), reasons };
        (!suggest.reasons.is_empty()).then(|| Ask::new(suggest).on(Suggestion::id(tenant, agent, week)))
    };
    agents.iter().filter_map(ask).collect()
}

impl Duty for CoachingReminders {
    async fn step(&mut self) -> Result<usize, Unable> {
        if !self.looked.take((), LOOK) {
            return Ok(0);
        }
        let now = self.commands.now();
        let mut said = 0;
        for tenant in self.reader.every_tenant(|conn| Box::pin(call_centres(conn))).await? {
            let centre = self.commands.recent::<CallCentre>(tenant, tenant).await.map_err(Unable::log)?;
            let Some(week) = week(&centre, now).filter(|_| centre.values().coaching_reminders) else { continue };
            if self.done.get(&tenant) == Some(&week) {
                continue;
            }
            let (reminded, all) = self.remind(tenant, week).await?;
            said += reminded;
            if all {
                self.done.insert(tenant, week);
            }
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::UserId;
    use domain::calls::centre::{CallCentreEvent, CallCentreValues};
    use domain::calls::coaching::AgentFacts;

    #[test]
    fn a_week_begins_on_monday_at_the_hour_of_the_reports() {
        let values = CallCentreValues { reporting_timezone: "America/Detroit".into(), ..Default::default() };
        let centre: CallCentre = domain::aggregate::fold(&[CallCentreEvent::Configured { values }]);
        let at = |now: &str| week(&centre, now.parse().unwrap()).unwrap().to_string();
        assert_eq!(at("2026-03-09T11:59:59Z"), "2026-03-02");
        assert_eq!(at("2026-03-09T12:00:00Z"), "2026-03-09");
        assert_eq!(at("2026-03-15T23:00:00Z"), "2026-03-09");
    }

    #[test]
    fn nothing_is_said_of_whoever_does_well() {
        let weeks = |agent: u128, resolved_first: i64| AgentWeeks {
            agent_id: UserId(uuid::Uuid::from_u128(agent)),
            email: None,
            name: None,
            location_id: None,
            location_name: None,
            team: None,
            facts: AgentFacts { handled: 20, resolved_first, ..Default::default() },
        };
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let days = (day("2026-01-31"), day("2026-03-01"));
        let asks = suggestions(TenantId::SYSTEM, day("2026-03-02"), days, &[weeks(1, 20), weeks(2, 3)]);
        assert_eq!(asks.len(), 1);
    }
}
