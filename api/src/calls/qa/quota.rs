//! How many reviews each agent has had in a month, and how many are missing (B.S1).

use crate::auth::Caller;
use crate::calls::formulas::ShownFigure;
use crate::calls::today;
use crate::error::Error;
use crate::extract::Params;
use crate::face::Enveloped;
use crate::paged::{Paged, Part};
use crate::params::{PageLimit, PageNumber, Skip};
use crate::{Answer, House};
use actix_web::web;
use chrono::{Datelike, NaiveDate};
use domain::calls::formulas::{Figure, QA_PERCENTAGE};
use domain::calls::goal::Period;
use projections::calls::review_queries::{self as queries, Quota};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedQuota {
    /// Such as `2026-03`; this month if it is not said.
    month: Option<String>,
    #[param(value_type = Option<u32>, minimum = 1)]
    page: Option<PageNumber>,
    #[param(value_type = Option<u32>, minimum = 0)]
    skip: Option<Skip>,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<PageLimit>,
}

/// The reviews of a month that an agent has had.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentQuota {
    agent_id: Uuid,
    agent_email: Option<String>,
    agent_name: Option<String>,
    location_id: Option<Uuid>,
    location: Option<String>,
    team: Option<String>,
    #[schema(example = "2026-03")]
    month: String,
    /// How many there should be.
    #[schema(example = 5)]
    quota: u32,
    completed: i64,
    drafts: i64,
    missing: i64,
    /// Over the completed ones.
    #[schema(value_type = ShownFigure)]
    percentage_score: Figure,
}

impl AgentQuota {
    fn of(row: Quota, month: &str, quota: u32) -> Self {
        Self {
            agent_id: row.agent_id.0,
            agent_email: row.agent_email,
            agent_name: row.agent_name,
            location_id: row.location_id.map(|location| location.0),
            location: row.location_name,
            team: row.team,
            month: month.to_owned(),
            quota,
            completed: row.completed,
            drafts: row.drafts,
            missing: (i64::from(quota) - row.completed).max(0),
            percentage_score: QA_PERCENTAGE.figure(row.points, row.completed * 40),
        }
    }
}

/// How many reviews the agents one sees have had in a month, those with the fewest first.
#[utoipa::path(get, path = "/api/qa/quota", tag = "quality", params(WantedQuota),
    responses((status = 200, body = Enveloped<Paged<AgentQuota>>)))]
pub async fn quota(
    house: web::Data<House>,
    caller: Caller,
    wanted: Params<WantedQuota>,
) -> Result<Answer<Paged<AgentQuota>>, Error> {
    let WantedQuota { month, page, skip, limit } = wanted.0;
    let part = Part::<i64>::read(page, skip, limit, None)?;
    let (tenant, viewer) = (caller.tenant(), caller.viewer());
    let (centre, today) = today::centre(&house, tenant).await?;
    let days = month_of(month.as_deref(), today).ok_or_else(|| Error::invalid("month", "must be a month such as 2026-03"))?;
    let (seen, page) = (viewer.clone(), part.page());
    let found = house
        .reader
        .as_viewer(tenant, &viewer, move |conn| Box::pin(async move { queries::quota(conn, tenant, &seen, days, page).await }));
    let (month, quota) = (days.0.format("%Y-%m").to_string(), centre.values().qa_quota_per_agent);
    Ok(Answer::ok(part.shown(found.await?, |row| AgentQuota::of(row, &month, quota))))
}

/// The first and the last day of a month.
fn month_of(asked: Option<&str>, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let first = match asked {
        None => today.with_day(1)?,
        Some(text) if text.len() == 7 => format!("{text}-01").parse().ok()?,
        Some(_) => return None,
    };
    Period::Monthly.last_day(first).map(|last| (first, last))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_month_has_a_first_and_a_last_day() {
        let today = "2026-03-08".parse().unwrap();
        let shown = |asked| month_of(asked, today).map(|(first, last)| format!("{first} {last}"));
        assert_eq!(shown(None).as_deref(), Some("2026-03-01 2026-03-31"));
        assert_eq!(shown(Some("2024-02")).as_deref(), Some("2024-02-01 2024-02-29"));
        for bad in ["2026-13", "2026", "2026-3-1", "march", "", "1969-12"] {
            assert_eq!(shown(Some(bad)), None, "{bad}");
        }
    }
}
