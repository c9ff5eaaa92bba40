//! Reports that people put together (B.E15): measures, dimensions and filters from closed lists, as JSON or as CSV.

use super::asked::{Granularity, Period, every_agent, ids, word};
use super::shown::{Figures, Heading, ReportRow, in_order, rows};
use super::{Answered, MOST_ROWS, ask};
use crate::auth::Caller;
use crate::csv::{self, Cell};
use crate::error::Error;
use crate::extract::Body;
use crate::face::Enveloped;
use crate::{Answer, House};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use chrono::NaiveDate;
use domain::calls::call::{CallPriority, CallStatus, CallType, Direction, Outcome};
use domain::calls::measures::Measure;
use domain::organization::role::Permission;
use projections::calls::figures::{Dimension, Question, Slice};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// The most measures, dimensions, and entries of a filter.
const MOST_MEASURES: usize = 30;
const MOST_DIMENSIONS: usize = 5;
const MOST_NAMED: usize = 200;
/// The most rows of which the first may be asked for.
const MOST_SORTED: i64 = 100_000;

/// A report that is put together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"measures": ["handled", "fcrRate"], "dimensions": ["location"], "from": "2026-03-01", "to": "2026-03-31",
    "granularity": "week", "filters": {"directions": ["inbound"]}, "orderBy": {"measure": "handled", "descending": true}}))]
pub struct CustomReport {
    /// What is measured: names of figures, as `GET /api/formulas` and every report show them.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 30)]
    measures: Vec<Measure>,
    /// By what it is split: agent, location, team, queue, direction, callType, status, outcome, priority, campaign, hour, weekday,
    /// day, week, month, quarter, year.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 5)]
    dimensions: Vec<Dimension>,
    /// The first day in the reporting time zone; 30 days before the last if absent.
    #[serde(default)]
    from: Option<NaiveDate>,
    /// The last day; today if absent.
    #[serde(default)]
    to: Option<NaiveDate>,
    /// One more dimension of time.
    #[serde(default)]
    granularity: Option<Granularity>,
    #[serde(default)]
    filters: CustomFilters,
    /// By what the rows are sorted; by what they are about if absent.
    #[serde(default)]
    order_by: Option<CustomOrder>,
    /// The first so many rows.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10000)]
    limit: Option<u32>,
    /// CSV needs the permission to export.
    #[serde(default)]
    format: CustomFormat,
}

/// What is counted; an empty list means everything.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CustomFilters {
    /// E-mail addresses or ids.
    agents: Vec<String>,
    #[schema(value_type = Vec<Uuid>)]
    locations: Vec<Uuid>,
    teams: Vec<String>,
    queues: Vec<String>,
    #[schema(value_type = Vec<String>)]
    directions: Vec<Direction>,
    #[schema(value_type = Vec<String>)]
    call_types: Vec<CallType>,
    #[schema(value_type = Vec<String>)]
    statuses: Vec<CallStatus>,
    #[schema(value_type = Vec<String>)]
    outcomes: Vec<Outcome>,
    #[schema(value_type = Vec<String>)]
    priorities: Vec<CallPriority>,
    #[schema(value_type = Vec<Uuid>)]
    campaigns: Vec<Uuid>,
}

/// By what rows are sorted.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomOrder {
    #[schema(value_type = String, example = "handled")]
    measure: Measure,
    #[serde(default)]
    descending: bool,
}

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CustomFormat {
    #[default]
    Json,
    Csv,
}

/// A report as it was put together.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomAnswer {
    #[serde(flatten)]
    heading: Heading,
    #[schema(value_type = Vec<String>)]
    measures: Vec<Measure>,
    #[schema(value_type = Vec<String>)]
    dimensions: Vec<Dimension>,
    /// How many rows there are before the limit.
    #[schema(example = 12)]
    total_rows: usize,
    rows: Vec<ReportRow>,
    totals: Figures,
}

/// Put a report together: measures, dimensions, filters, days and granularity from closed lists; JSON or CSV.
///
/// Measures of shifts and reviews can be split and narrowed by agent, location, team and days only. At most 10,000 rows, and at most
/// 3 such reports at once for a company.
#[utoipa::path(post, path = "/api/reports/custom", tag = "reports of calls", request_body = CustomReport,
    responses((status = 200, content((Enveloped<CustomAnswer> = "application/json"), (String = "text/csv")))))]
pub async fn custom(
    house: web::Data<House>,
    caller: Caller,
    request: HttpRequest,
    body: Body<CustomReport>,
) -> Result<HttpResponse, Error> {
    let wanted = body.0;
    if wanted.format == CustomFormat::Csv && !caller.may(Permission::ExportData) {
        return Err(Error::forbidden("your role does not allow this"));
    }
    wanted.check()?;
    let period = Period::read(&house, &caller, wanted.from, wanted.to).await?;
    let mut slice = wanted.filters.slice(&house, &caller, &period).await?;
    let mut dimensions = wanted.dimensions.clone();
    dimensions.extend(wanted.granularity.and_then(Granularity::dimension).filter(|stretch| !wanted.dimensions.contains(stretch)));
    // The totals are those of the same calls as the rows.
    slice.of_agents = dimensions.iter().any(|dimension| matches!(dimension, Dimension::Agent | Dimension::Team));
    let _ticket = house.limits.tickets.take(caller.tenant())?;
    let question = Question { measures: wanted.measures.clone(), dimensions: dimensions.clone(), slice };
    let most = if wanted.limit.is_some() { MOST_SORTED } else { MOST_ROWS };
    let Some(Answered { groups, whole, names, position }) = ask(&house, &caller, question, most).await? else {
        return Err(Error::invalid(
            "dimensions",
            match wanted.limit {
                None => format!("make more than {MOST_ROWS} rows; split by less, or ask for the first with limit"),
                Some(_) => format!("make more than {MOST_SORTED} rows of which the first are wanted; split by less or narrow it"),
            },
        ));
    };
    let mut found = rows(&dimensions, &groups, &wanted.measures, &names);
    let (total_rows, limit) = (found.len(), wanted.limit.map_or(MOST_ROWS as usize, |limit| limit as usize));
    in_order(&dimensions, &mut found);
    if let Some(CustomOrder { measure, descending }) = wanted.order_by {
        let value = |row: &ReportRow| row.figures.figures.get(measure.word()).copied().flatten();
        // Whatever could not be measured comes last, either way.
        found.sort_by_key(|row| {
            let value = value(row);
            (value.is_none(), value.map(|value| if descending { -value } else { value }))
        });
    }
    found.truncate(limit);
    let heading = Heading::of(&period, &caller.viewer(), &wanted.measures, house.commands.now(), position);
    let totals = Figures::of(&wanted.measures, &whole);
    if wanted.format == CustomFormat::Csv {
        return table(&wanted.measures, &dimensions, found, &period, position);
    }
    let answer = CustomAnswer { heading, measures: wanted.measures, dimensions, total_rows, rows: found, totals };
    Ok(Answer::ok(answer).respond_to(&request))
}

impl CustomReport {
    fn check(&self) -> Result<(), Error> {
        let twice = |words: &[&str]| words.iter().collect::<BTreeSet<_>>().len() < words.len();
        let measures: Vec<_> = self.measures.iter().map(|measure| measure.word()).collect();
        let dimensions: Vec<_> = self.dimensions.iter().map(|dimension| dimension.word()).collect();
        match () {
            () if measures.is_empty() => Err(Error::invalid("measures", "must name at least one")),
            () if measures.len() > MOST_MEASURES => Err(Error::invalid("measures", format!("must name at most {MOST_MEASURES}"))),
            () if twice(&measures) => Err(Error::invalid("measures", "must not name anything twice")),
            () if dimensions.len() > MOST_DIMENSIONS => {
                Err(Error::invalid("dimensions", format!("must name at most {MOST_DIMENSIONS}")))
            }
            () if twice(&dimensions) => Err(Error::invalid("dimensions", "must not name anything twice")),
            () if self.limit.is_some_and(|limit| !(1..=MOST_ROWS as u32).contains(&limit)) => {
                Err(Error::invalid("limit", format!("must be from 1 to {MOST_ROWS}")))
            }
            () if self.order_by.is_some_and(|order| !self.measures.contains(&order.measure)) => {
                Err(Error::invalid("orderBy.measure", "must be among the measures"))
            }
            () => self.filters.check(),
        }
    }
}

impl CustomFilters {
    fn check(&self) -> Result<(), Error> {
        let named = [
            ("agents", self.agents.len()),
            ("locations", self.locations.len()),
            ("teams", self.teams.len()),
            ("queues", self.queues.len()),
            ("campaigns", self.campaigns.len()),
        ];
        if let Some((field, _)) = named.into_iter().find(|(_, named)| *named > MOST_NAMED) {
            return Err(Error::invalid(format!("filters.{field}"), format!("must name at most {MOST_NAMED}")));
        }
        for (field, words) in [("filters.agents", &self.agents), ("filters.teams", &self.teams), ("filters.queues", &self.queues)]
        {
            words.iter().try_for_each(|each| word(field, Some(each)))?;
        }
        ids("filters.locations", self.locations.clone())?;
        ids("filters.campaigns", self.campaigns.clone()).map(drop)
    }

    async fn slice(&self, house: &House, caller: &Caller, period: &Period) -> Result<Slice, Error> {
        let agents = match self.agents.is_empty() {
            true => Vec::new(),
            false => every_agent(house, caller, "filters.agents", self.agents.clone()).await?,
        };
        let words = |words: Vec<&'static str>| words.into_iter().map(str::to_owned).collect();
        Ok(Slice {
            agents,
            locations: self.locations.clone(),
            teams: self.teams.clone(),
            queues: self.queues.clone(),
            directions: words(self.directions.iter().map(|word| word.word()).collect()),
            call_types: words(self.call_types.iter().map(|word| word.word()).collect()),
            statuses: words(self.statuses.iter().map(|word| word.word()).collect()),
            outcomes: words(self.outcomes.iter().map(|word| word.word()).collect()),
            priorities: words(self.priorities.iter().map(|word| word.word()).collect()),
            campaigns: self.campaigns.clone(),
            ..Slice::days(period.from, period.to)
        })
    }
}

/// The rows as a file: what a row is about in columns of its own, and the formula above every figure.
fn table(
    measures: &[Measure],
    dimensions: &[Dimension],
    rows: Vec<ReportRow>,
    period: &Period,
    position: i64,
) -> Result<HttpResponse, Error> {
    let parts = |dimension: Dimension| match dimension {
        Dimension::Agent => &["id", "email", "name"][..],
        Dimension::Location | Dimension::Campaign => &["id", "name"][..],
        _ => &[][..],
    };
    let mut head = Vec::new();
    for dimension in dimensions {
        match parts(*dimension) {
            [] => head.push(dimension.word().to_owned()),
            parts => head.extend(parts.iter().map(|part| format!("{} {part}", dimension.word()))),
        }
    }
    head.extend(measures.iter().map(|measure| format!("{} ({})", measure.word(), measure.formula().name)));
    let line = |row: ReportRow| {
        let mut cells = Vec::with_capacity(head.len());
        for dimension in dimensions {
            let value = row.group.get(dimension.word()).unwrap_or(&Value::Null);
            match parts(*dimension) {
                [] => cells.push(cell(value)),
                parts => cells.extend(parts.iter().map(|part| cell(value.get(*part).unwrap_or(&Value::Null)))),
            }
        }
        cells.extend(measures.iter().map(|measure| figure(&row.figures, *measure)));
        cells
    };
    let lines = rows.into_iter().map(line).collect();
    csv::table(&format!("report-{}-{}", period.from, period.to), &head, lines, position)
}

/// A figure, or why there is none: what does not fit is an error and never nothing.
fn figure(figures: &Figures, measure: Measure) -> Cell {
    match figures.errors.get(measure.word()) {
        Some(error) => Cell::Words(error.clone()),
        None => Cell::from(figures.figures.get(measure.word()).copied().flatten()),
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Figure(String::new()),
        Value::String(words) => Cell::Words(words.clone()),
        other => Cell::Figure(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::calls::measures::Sums;

    #[test]
    fn a_figure_that_does_not_fit_leaves_its_error_in_the_file() {
        let measures = [Measure::UtilizationLiteral, Measure::Utilization, Measure::FcrRate];
        let sums = Sums { available_seconds: 1, shift_talk_seconds: 100, ..Sums::default() };
        let shown = Figures::of(&measures, &sums);
        let cells = measures.map(|measure| match figure(&shown, measure) {
            Cell::Words(words) | Cell::Figure(words) => words,
        });
        assert_eq!(cells, ["shift.utilization@1 comes to 10000.00, which must be below 1000", "10000.00", ""]);
    }

    #[test]
    fn empty_words_and_the_nil_id_are_refused_by_their_field() {
        let refused = |filters: CustomFilters| filters.check().err().and_then(|error| error.details?.field).unwrap_or_default();
        let none = CustomFilters::default;
        assert_eq!(refused(CustomFilters { queues: vec!["8000".into(), String::new()], ..none() }), "filters.queues");
        assert_eq!(refused(CustomFilters { teams: vec![" ".into()], ..none() }), "filters.teams");
        assert_eq!(refused(CustomFilters { locations: vec![Uuid::nil()], ..none() }), "filters.locations");
        assert_eq!(refused(CustomFilters { campaigns: vec![Uuid::nil()], ..none() }), "filters.campaigns");
        assert!(CustomFilters { teams: vec!["morning".into()], ..none() }.check().is_ok());
    }
}
