//! How campaigns do (B.E30): calls, outcomes and conversion for each campaign and each of its agents, and every reason for a figure.

use super::body::{WantedPerformance, calls_of, in_order};
use crate::auth::Caller;
use crate::calls::explained::{ExplainedFigure, MOST_TERMS, too_many};
use crate::error::Error;
use crate::extract::{Id, Params};
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::web;
use chrono::NaiveDate;
use domain::CampaignId;
use domain::calls::campaign::{CampaignStatus, CampaignType};
use domain::calls::formulas::{CALLS_COUNT, CAMPAIGN_CONVERSION, Figure, Formula};
use domain::explain::Term;
use projections::Page;
use projections::calls::campaign_queries::{self as queries, Tally};
use projections::calls::campaigns::{CampaignCallRow, CampaignRow};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How campaigns do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CampaignsPerformance {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    /// Whose calls are counted: everybody's, or one's own.
    #[schema(example = "everybody")]
    calls_of: &'static str,
    /// How many campaigns there are. The totals are over all of them; at most 100, the latest, are shown.
    #[schema(example = 3)]
    total: i64,
    campaigns: Vec<CampaignPerformance>,
    totals: CampaignCounts,
}

/// How a campaign does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CampaignPerformance {
    id: Uuid,
    #[schema(example = "Spring check-ups")]
    campaign_name: String,
    #[schema(value_type = String, example = "outbound_appointments")]
    campaign_type: CampaignType,
    #[schema(value_type = String, example = "active")]
    campaign_status: CampaignStatus,
    target_call_count: Option<u32>,
    #[schema(value_type = Option<f64>, example = 12.5)]
    target_conversion_rate: Option<Decimal>,
    #[serde(flatten)]
    counts: CampaignCounts,
    agents: Vec<CampaignAgentCounts>,
}

/// What came of calls.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CampaignCounts {
    #[schema(value_type = Object, example = json!({"formula": "calls.count@1", "value": 120}))]
    calls_attempted: Counted,
    #[schema(value_type = Object, example = json!({"formula": "calls.count@1", "value": 80}))]
    calls_completed: Counted,
    #[schema(value_type = Object, example = json!({"formula": "calls.count@1", "value": 12}))]
    successful_outcomes: Counted,
    #[schema(value_type = Object, example = json!({"formula": "campaign.conversion@1", "value": 15.00}))]
    conversion_rate: Conversion,
    /// Calls by what came of them.
    #[schema(value_type = Object, example = json!({"appointment_scheduled": 12, "no_answer": 40}))]
    outcomes: BTreeMap<String, i64>,
}

/// A number of calls; shown with its formula.
#[derive(Debug, Default)]
struct Counted(i64);

impl Serialize for Counted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CALLS_COUNT.figure(self.0, 0).serialize(serializer)
    }
}

/// Successes among completed calls.
#[derive(Debug, Default)]
struct Conversion {
    successful: i64,
    completed: i64,
}

impl Serialize for Conversion {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let figure: Figure = CAMPAIGN_CONVERSION.figure(self.successful, self.completed);
        figure.serialize(serializer)
    }
}

/// What came of an agent's calls.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CampaignAgentCounts {
    agent_id: Uuid,
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    #[serde(flatten)]
    counts: CampaignCounts,
}

impl CampaignCounts {
    fn add(&mut self, tally: &Tally) {
        self.calls_attempted.0 += tally.attempted;
        self.calls_completed.0 += tally.completed;
        self.successful_outcomes.0 += tally.successful;
        self.conversion_rate.successful += tally.successful;
        self.conversion_rate.completed += tally.completed;
        *self.outcomes.entry(tally.outcome.clone()).or_default() += tally.attempted;
    }

    fn of<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> Self {
        let mut counts = Self::default();
        tallies.into_iter().for_each(|tally| counts.add(tally));
        counts
    }
}

impl CampaignPerformance {
    fn of(row: CampaignRow, tallies: &[Tally]) -> Self {
        let agents = tallies.chunk_by(|one, other| one.agent_id == other.agent_id);
        let agents = agents.filter_map(|of_agent| {
            let first = of_agent.first()?;
            Some(CampaignAgentCounts {
                agent_id: first.agent_id,
                email: of_agent.iter().find_map(|tally| tally.agent_email.clone()),
                name: of_agent.iter().find_map(|tally| tally.agent_name.clone()),
                counts: CampaignCounts::of(of_agent),
            })
        });
        Self {
            id: row.campaign_id.0,
            campaign_name: row.name,
            campaign_type: row.campaign_type,
            campaign_status: row.status,
            target_call_count: row.target_call_count,
            target_conversion_rate: row.target_conversion_rate,
            counts: CampaignCounts::of(tallies),
            agents: agents.collect(),
        }
    }
}

/// How many campaigns are shown, and counted at once.
const SHOWN: u32 = 100;

/// How campaigns do (B.E30). Agents see those they call for, and of these their own calls.
#[utoipa::path(get, path = "/api/campaigns/performance", tag = "campaigns", params(WantedPerformance),
    responses((status = 200, body = Enveloped<CampaignsPerformance>)))]
pub async fn performance(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedPerformance>,
) -> Result<Answer<CampaignsPerformance>, Error> {
    let (filter, from, to) = (wanted.0.filter()?, wanted.0.from, wanted.0.to);
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            let (mut total, mut shown, mut totals) = (0, (Vec::new(), Vec::new()), CampaignCounts::default());
            for number in 1.. {
                let found = queries::list(conn, tenant, &seen, &filter, Page::number(number, SHOWN)).await?;
                let ids: Vec<Uuid> = found.rows.iter().map(|row| row.campaign_id.0).collect();
                let tallies = queries::tallies(conn, tenant, &seen, &ids, (from, to)).await?;
                tallies.iter().for_each(|tally| totals.add(tally));
                if number == 1 {
                    (total, shown) = (found.total, (found.rows, tallies));
                }
                if ids.len() < SHOWN as usize {
                    break;
                }
            }
            Ok((total, shown, totals))
        })
    });
    let (total, (rows, tallies), totals) = found.await?;
    let mut by_campaign: BTreeMap<CampaignId, Vec<Tally>> = BTreeMap::new();
    for tally in tallies {
        by_campaign.entry(tally.campaign_id).or_default().push(tally);
    }
    let campaign = |row: CampaignRow| {
        let tallies = by_campaign.remove(&row.campaign_id).unwrap_or_default();
        CampaignPerformance::of(row, &tallies)
    };
    Ok(Answer::ok(CampaignsPerformance {
        from,
        to,
        calls_of: calls_of(&viewer),
        total,
        campaigns: rows.into_iter().map(campaign).collect(),
        totals,
    }))
}

/// Which figure of a campaign is to be explained, and over which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedReasons {
    /// callsAttempted, callsCompleted, successfulOutcomes or conversionRate.
    #[param(value_type = String, required = false, example = "conversionRate")]
    figure: Option<CampaignFigure>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

/// A figure of a campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CampaignFigure {
    CallsAttempted,
    CallsCompleted,
    SuccessfulOutcomes,
    #[default]
    ConversionRate,
}

impl CampaignFigure {
    fn formula(self) -> &'static Formula {
        match self {
            CampaignFigure::ConversionRate => &CAMPAIGN_CONVERSION,
            _ => &CALLS_COUNT,
        }
    }

    /// What a call brings as points and counts; nothing if it does not matter.
    fn sums(self, call: &CampaignCallRow) -> Option<(Decimal, Decimal)> {
        let one = |yes: bool| if yes { Decimal::ONE } else { Decimal::ZERO };
        match self {
            CampaignFigure::CallsAttempted => Some((Decimal::ONE, Decimal::ZERO)),
            CampaignFigure::CallsCompleted => call.completed.then_some((Decimal::ONE, Decimal::ZERO)),
            CampaignFigure::SuccessfulOutcomes => call.successful.then_some((Decimal::ONE, Decimal::ZERO)),
            CampaignFigure::ConversionRate => call.completed.then_some((one(call.successful), Decimal::ONE)),
        }
    }
}

/// Why a figure of a campaign is what it is: every call that counts, and the sum to do again.
#[utoipa::path(get, path = "/api/campaigns/{id}/explain", tag = "campaigns",
    params(("id" = Uuid, Path, description = "The campaign."), WantedReasons),
    responses((status = 200, body = Enveloped<ExplainedFigure>)))]
pub async fn explain(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    wanted: Params<WantedReasons>,
) -> Result<Answer<ExplainedFigure>, Error> {
    let WantedReasons { figure, from, to } = wanted.0;
    in_order(from, to)?;
    let (figure, campaign) = (figure.unwrap_or_default(), CampaignId(id.0));
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let seen = viewer.clone();
    let found = house.reader.as_viewer(tenant, &viewer, move |conn| {
        Box::pin(async move {
            match queries::card(conn, tenant, &seen, campaign).await? {
                Some(_) => queries::evidence(conn, tenant, &seen, campaign, (from, to), MOST_TERMS + 1).await.map(Some),
                None => Ok(None),
            }
        })
    });
    let calls = found.await?.ok_or_else(|| Error::missing("campaign"))?;
    if calls.len() as i64 > MOST_TERMS {
        return Err(too_many());
    }
    let terms = calls.iter().filter_map(|call| {
        let (points, counts) = figure.sums(call)?;
        Some(Term {
            event_id: Some(call.event_id),
            position: Some(call.position.to_i64()),
            occurred_at: Some(call.occurred_at),
            detail: Some(format!("entry {}", call.log_id)),
            ..Term::of(call.outcome.word(), points, counts)
        })
    });
    let terms: Vec<Term> = terms.collect();
    let shown = serde_json::to_value(figure).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default();
    Ok(Answer::ok(ExplainedFigure::of(shown, figure.formula(), terms)))
}
