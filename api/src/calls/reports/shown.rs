//! A report as it is shown: rows by what it is split by, each with its figures, and the formula of every figure beside them.

use super::asked::Period;
use chrono::{DateTime, NaiveDate, Utc};
use domain::calls::measures::{Measure, Sums};
use domain::organization::role::Reach;
use projections::Viewer;
use projections::calls::figures::names::Names;
use projections::calls::figures::{Dimension, Group, Groups};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What every report says of itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Heading {
    #[schema(example = "2026-03-01")]
    pub from: NaiveDate,
    #[schema(example = "2026-03-31")]
    pub to: NaiveDate,
    /// The zone by which days were told apart when calls were recorded last.
    #[schema(example = "America/Detroit")]
    pub timezone: String,
    /// How far one sees: `everything`, `locations` or `own`.
    #[schema(example = "everything")]
    pub reach: &'static str,
    pub as_of: DateTime<Utc>,
    /// The position of the log that all figures reflect.
    #[schema(example = 4711)]
    pub position: i64,
    /// Name and version of the formula of every figure.
    #[schema(value_type = Object, example = json!({"fcrRate": "calls.fcr@1"}))]
    pub formulas: BTreeMap<&'static str, &'static str>,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    #[serde(flatten)]
    pub heading: Heading,
    pub rows: Vec<ReportRow>,
    pub totals: Figures,
}

/// One row of a report: what it is about, and its figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportRow {
    /// `agent` (id, email, name), `location` (id, name), `team`, `day` …: as the report is split. `null`: of nobody, nowhere.
    #[serde(flatten)]
    #[schema(value_type = Object, example = json!({"team": "morning", "day": "2026-03-02"}))]
    pub group: Map<String, Value>,
    #[serde(flatten)]
    pub figures: Figures,
}

/// Figures by name, rounded as they are shown.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Figures {
    /// `null`: there was nothing to measure.
    #[schema(value_type = Object, example = json!({"handled": 812, "fcrRate": 71.43}))]
    pub figures: BTreeMap<&'static str, Option<Decimal>>,
    /// Figures that do not fit where their formula says they are kept.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object, required = false, example = json!({}))]
    pub errors: BTreeMap<&'static str, String>,
}

impl Heading {
    pub fn of(period: &Period, viewer: &Viewer, measures: &[Measure], now: DateTime<Utc>, position: i64) -> Self {
        let reach = match viewer.reach {
            Reach::Tenant => "everything",
            Reach::Locations(_) => "locations",
            Reach::Own => "own",
        };
        let formulas = measures.iter().map(|measure| (measure.word(), measure.formula().name)).collect();
        let Period { from, to, timezone } = period.clone();
        Self { from, to, timezone, reach, as_of: now, position, formulas }
    }
}

impl Figures {
    pub fn of(measures: &[Measure], sums: &Sums) -> Self {
        let mut shown = Self::default();
        for measure in measures {
            let figure = measure.figure(sums);
            shown.figures.insert(measure.word(), figure.value);
            if let Some(error) = figure.error {
                shown.errors.insert(measure.word(), error);
            }
        }
        shown
    }
}

/// All groups together.
pub fn total(groups: &Groups) -> Sums {
    let mut total = Sums::default();
    groups.values().for_each(|sums| total += sums);
    total
}

/// The groups by only some of their dimensions.
pub fn marginal(groups: &Groups, kept: &[usize]) -> Groups {
    let mut found = Groups::new();
    for (group, sums) in groups {
        let group: Group = kept.iter().map(|nth| group.get(*nth).cloned().flatten()).collect();
        *found.entry(group).or_default() += sums;
    }
    found
}

/// The rows of a report.
pub fn rows(dimensions: &[Dimension], groups: &Groups, measures: &[Measure], names: &Names) -> Vec<ReportRow> {
    let row = |(group, sums): (&Group, &Sums)| ReportRow {
        group: shown(dimensions, group, names),
        figures: Figures::of(measures, sums),
    };
    groups.iter().map(row).collect()
}

/// What a group is, in words.
pub fn shown(dimensions: &[Dimension], group: &Group, names: &Names) -> Map<String, Value> {
    let value = |(dimension, word): (&Dimension, &Option<String>)| {
        let value = match word {
            None => Value::Null,
            Some(word) => thing(*dimension, word, names),
        };
        (dimension.word().to_owned(), value)
    };
    dimensions.iter().zip(group).map(value).collect()
}

fn thing(dimension: Dimension, word: &str, names: &Names) -> Value {
    let id = uuid::Uuid::try_parse(word).unwrap_or_default();
    match dimension {
        Dimension::Agent => {
            let known = names.agents.get(&id);
            json!({"id": word, "email": known.and_then(|a| a.email.clone()), "name": known.and_then(|a| a.name.clone())})
        }
        Dimension::Location => json!({"id": word, "name": names.locations.get(&id)}),
        Dimension::Campaign => json!({"id": word, "name": names.campaigns.get(&id)}),
        Dimension::Hour | Dimension::Weekday => word.parse::<i64>().map_or(Value::Null, Value::from),
        _ => json!(word),
    }
}

/// Hours and weekdays in their own order, not in that of their digits.
pub fn in_order(dimensions: &[Dimension], rows: &mut [ReportRow]) {
    let number = |row: &ReportRow, dimension: &Dimension| row.group.get(dimension.word()).and_then(Value::as_i64);
    if dimensions.iter().any(|dimension| matches!(dimension, Dimension::Hour | Dimension::Weekday)) {
        rows.sort_by_key(|row| {
            let key = |dimension: &Dimension| (number(row, dimension), row.group.get(dimension.word()).map(ToString::to_string));
            dimensions.iter().map(key).collect::<Vec<_>>()
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn groups() -> Groups {
        let of = |team: &str, hour: &str, handled| {
            (vec![Some(team.to_owned()), Some(hour.to_owned())], Sums { handled, handled_resolved: 1, ..Sums::default() })
        };
        Groups::from([of("a", "10", 4), of("a", "9", 2), of("b", "10", 1)])
    }

    #[test]
    fn rows_add_up_to_their_margins_and_totals() {
        let teams = marginal(&groups(), &[0]);
        assert_eq!(teams[&vec![Some("a".to_owned())]].handled, 6);
        assert_eq!(total(&teams), total(&groups()));
        let figures = Figures::of(&[Measure::Handled, Measure::FcrRate, Measure::AverageQuality], &total(&groups()));
        assert_eq!(figures.figures["fcrRate"].unwrap().to_string(), "42.86");
        assert_eq!(figures.figures["averageQuality"], None);
    }

    #[test]
    fn hours_stand_in_their_order() {
        let by = [Dimension::Team, Dimension::Hour];
        let mut rows = rows(&by, &groups(), &[Measure::Handled], &Names::default());
        in_order(&by, &mut rows);
        let shown: Vec<_> = rows.iter().map(|row| (row.group["team"].clone(), row.group["hour"].clone())).collect();
        assert_eq!(shown, [(json!("a"), json!(9)), (json!("a"), json!(10)), (json!("b"), json!(10))]);
    }

    #[test]
    fn what_does_not_fit_its_column_is_said_and_not_cut_off() {
        let sums = Sums { available_seconds: 1, shift_talk_seconds: 100, ..Sums::default() };
        let figures = Figures::of(&[Measure::Utilization, Measure::UtilizationLiteral], &sums);
        assert_eq!(figures.figures["utilization"].unwrap().to_string(), "10000.00");
        assert!(figures.figures["utilizationLiteral"].is_none() && figures.errors.contains_key("utilizationLiteral"));
    }
}
