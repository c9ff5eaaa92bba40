//! Who could do with coaching, and what shows it (B.E27).

use crate::auth::Caller;
use crate::calls::formulas::ShownFigure;
use crate::calls::today;
use crate::calls::whom::whom;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use domain::calls::coaching::{Evidence, Opportunity, RULES, TeamFacts, opportunities};
use domain::calls::formulas::Figure;
use domain::{LocationId, UserId};
use projections::calls::coaching::{self as queries, AgentWeeks, CoachingFilter};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Whose weeks are looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedCoaching {
    /// An e-mail address or an id.
    #[serde(alias = "agentEmail", alias = "agentId")]
    agent: Option<String>,
    #[param(value_type = Option<Uuid>)]
    location_id: Option<LocationId>,
    team: Option<String>,
    /// The first day; 30 days before the last one if it is not said.
    from: Option<NaiveDate>,
    /// The last day; today if it is not said.
    to: Option<NaiveDate>,
}

/// What the rules have to say.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachingOpportunities {
    /// Name and version of the list of rules.
    #[schema(example = "coaching.rules@1")]
    rules: &'static str,
    from: NaiveDate,
    to: NaiveDate,
    as_of: DateTime<Utc>,
    /// How many agents were looked at.
    agents_looked_at: usize,
    /// Those of whom a rule has something to say, the worst first.
    agents: Vec<AgentToCoach>,
}

/// An agent who could do with coaching.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentToCoach {
    agent_id: Uuid,
    agent_email: Option<String>,
    agent_name: Option<String>,
    location_id: Option<Uuid>,
    location: Option<String>,
    team: Option<String>,
    opportunities: Vec<CoachingOpportunity>,
}

/// A reason for coaching.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoachingOpportunity {
    #[schema(example = "low_quality")]
    rule: &'static str,
    #[schema(example = "reviews come to less than 70 per cent of the points")]
    says: String,
    #[schema(value_type = ShownFigure)]
    figure: Figure,
    /// From here on the rule speaks.
    #[schema(value_type = f64, example = 70)]
    threshold: Decimal,
    /// How many calls, reviews or shifts the figure is made of.
    of: i64,
    /// `calls`, `reviews` or `shifts`.
    #[schema(value_type = String, example = "reviews")]
    evidence: Evidence,
    /// The latest of them, at most 20, for whoever wants to look at some.
    ids: Vec<Uuid>,
    /// How far the figure is from the threshold, as a part of the threshold.
    #[schema(value_type = f64, example = 0.43)]
    weight: Decimal,
}

/// What all of these agents come to together, and those of them who are asked for: what is usual does not depend on whom one looks at.
fn among(agents: Vec<AgentWeeks>, agent: Option<UserId>, team: Option<&str>) -> (TeamFacts, Vec<AgentWeeks>) {
    let usual = TeamFacts::of(agents.iter().map(|agent| &agent.facts));
    let asked = |of: &AgentWeeks| {
        agent.is_none_or(|agent| of.agent_id == agent) && team.is_none_or(|team| of.team.as_deref() == Some(team))
    };
    (usual, agents.into_iter().filter(asked).collect())
}

/// Who of the agents one sees could do with coaching.
#[utoipa::path(get, path = "/api/qa/coaching-opportunities", tag = "quality", params(WantedCoaching),
    responses((status = 200, body = Enveloped<CoachingOpportunities>)))]
pub async fn coaching(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedCoaching>,
) -> Result<Answer<CoachingOpportunities>, Error> {
    let WantedCoaching { agent, location_id, team, from, to } = wanted.0;
    let (tenant, viewer, now) = (caller.tenant(), caller.viewer(), house.commands.now());
    let (_, today) = today::centre(&house, tenant).await?;
    let (from, to) = today::days(from, to, today, 30)?;
    let agent = whom(&house, &caller, agent).await?;
    let filter = CoachingFilter { location: location_id, from, until: to };
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let (usual, agents) = among(queries::agents(conn, tenant, &seen, &filter).await?, agent, team.as_deref());
            let looked_at = agents.len();
            let mut spoken = Vec::new();
            for agent in agents {
                let found = opportunities(&agent.facts, usual);
                if !found.is_empty() {
                    let ids = queries::evidence(conn, tenant, &seen, agent.agent_id, &filter).await?;
                    spoken.push((agent, found, ids));
                }
            }
            Ok((looked_at, spoken))
        })
    });
    let (agents_looked_at, mut spoken) = found.await?;
    let worst = |found: &[Opportunity]| found.first().map_or(Decimal::ZERO, |found| found.weight);
    spoken.sort_by(|one, other| worst(&other.1).cmp(&worst(&one.1)).then(one.0.agent_id.cmp(&other.0.agent_id)));
    let agents = spoken.into_iter().map(|(agent, found, ids)| {
        let shown = found.into_iter().map(|found| CoachingOpportunity {
            ids: ids.of(found.rule, found.evidence),
            rule: found.rule,
            says: found.says,
            figure: found.figure,
            threshold: found.threshold,
            of: found.of,
            evidence: found.evidence,
            weight: found.weight,
        });
        AgentToCoach {
            agent_id: agent.agent_id.0,
            agent_email: agent.email,
            agent_name: agent.name,
            location_id: agent.location_id.map(|location| location.0),
            location: agent.location_name,
            team: agent.team,
            opportunities: shown.collect(),
        }
    });
    let agents = agents.collect();
    Ok(Answer::ok(CoachingOpportunities { rules: RULES, from, to, as_of: now, agents_looked_at, agents }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::calls::coaching::AgentFacts;

    #[test]
    fn what_is_usual_is_what_all_of_them_take() {
        let of = |n: u128, team: &str, handle_seconds: i64| AgentWeeks {
            agent_id: UserId(Uuid::from_u128(n)),
            email: None,
            name: None,
            location_id: None,
            location_name: None,
            team: Some(team.into()),
            facts: AgentFacts { handled: 100, handle_seconds, ..AgentFacts::default() },
        };
        let all = || vec![of(1, "morning", 60_000), of(2, "morning", 20_000), of(3, "evening", 20_000)];
        let usual = TeamFacts { handled: 300, handle_seconds: 100_000 };
        let ids = |agents: Vec<AgentWeeks>| agents.iter().map(|agent| agent.agent_id.0.as_u128()).collect::<Vec<_>>();
        for (agent, team, found) in [
            (None, None, vec![1, 2, 3]),
            (Some(1), None, vec![1]),
            (None, Some("morning"), vec![1, 2]),
            (Some(3), Some("morning"), vec![]),
        ] {
            let (facts, agents) = among(all(), agent.map(|n| UserId(Uuid::from_u128(n))), team);
            assert_eq!((facts, ids(agents)), (usual, found));
        }
        let (facts, agents) = among(all(), Some(UserId(Uuid::from_u128(1))), None);
        let spoken: Vec<_> = agents.iter().flat_map(|agent| opportunities(&agent.facts, facts)).map(|found| found.rule).collect();
        assert!(spoken.contains(&"long_calls"), "{spoken:?}");
    }
}
