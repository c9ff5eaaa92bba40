//! An agency as it is written in requests and answers.

use crate::shape;
use chrono::{DateTime, Utc};
use commands::cases::agency::{RegisterAgency, UpdateAgency};
use domain::cases::agency::AgencyDetails;
use domain::cases::customer::given;
use domain::cases::score::{SCORE_1, SCORE_2};
use domain::{AgencyId, Amount, Email, Instant, Link, Text};
use projections::cases::agency_directory::AgencyRow;
use projections::cases::agency_score::AgencyScore;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A score before and after it is kept within its bounds.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Points {
    /// 100 and all points.
    #[schema(value_type = f64, example = 135)]
    pub raw: Decimal,
    /// From 0 to 120.
    #[schema(value_type = f64, example = 120)]
    pub value: Decimal,
}

/// An agency with its record and scores.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Agency {
    pub id: Uuid,
    #[schema(example = "Swift Debt Solutions")]
    pub name: String,
    #[schema(example = "Maria Keller")]
    pub contact_person: Option<String>,
    #[schema(example = "desk@swift.example")]
    pub email: Option<String>,
    #[schema(example = "+49 30 5550147")]
    pub phone: Option<String>,
    #[schema(example = "https://swift.example")]
    pub website_url: Option<String>,
    /// The score by the formula that the settings name.
    #[schema(value_type = f64, example = 120)]
    pub performance_score: Decimal,
    /// That formula.
    #[schema(example = "agency.score@1")]
    pub score_formula: String,
    /// By `agency.score@1`, over all history.
    pub score_1: Points,
    /// By `agency.score@2`, over the last 90 days; two decimals.
    #[schema(value_type = f64, example = 104.25)]
    pub score_2: Decimal,
    /// How many cases it has now.
    #[schema(example = 7)]
    pub active_cases_count: u32,
    /// How many cases it may have at once.
    #[schema(example = 50)]
    pub max_capacity: u32,
    #[schema(value_type = f64, example = 100.00)]
    pub min_debt_amount: Decimal,
    /// `null`: no upper limit.
    #[schema(value_type = Option<f64>, example = 50000.00)]
    pub max_debt_amount: Option<Decimal>,
    pub is_active: bool,
    #[schema(example = 48)]
    pub total_cases_completed: i64,
    #[schema(example = 3)]
    pub total_cases_rejected: i64,
    #[schema(example = 2)]
    pub total_delays: i64,
    /// Completions quick enough for the reward.
    #[schema(example = 21)]
    pub quick_completions: i64,
    /// Days of processing over the settings' threshold, of all completions together.
    #[schema(example = 14)]
    pub slow_days: i64,
    /// Completions of cases that were at risk.
    #[schema(example = 4)]
    pub at_risk_completions: i64,
    /// Completions of cases whose SLA was breached.
    #[schema(example = 1)]
    pub breached_completions: i64,
    /// Seconds from assignment to completion, of all completions together.
    #[schema(example = 20736000)]
    pub processing_seconds: i64,
    /// Mean days from assignment to completion; `null` without completions.
    #[schema(value_type = Option<f64>, example = 5.00)]
    pub avg_completion_time_days: Option<Decimal>,
    pub created_at: DateTime<Utc>,
    /// When its details last changed.
    pub updated_at: DateTime<Utc>,
    /// To be sent back as `If-Match`.
    #[schema(example = 3)]
    pub version: i64,
}

impl Agency {
    pub fn of(row: AgencyRow, score: &AgencyScore) -> Self {
        let tally = &score.tally;
        Self {
            id: row.agency_id.0,
            name: row.name,
            contact_person: row.contact_person,
            email: row.email,
            phone: row.phone,
            website_url: row.website_url,
            performance_score: score.performance,
            score_formula: score.formula.to_owned(),
            score_1: Points { raw: score.raw(), value: score.score_1 },
            score_2: score.score_2,
            active_cases_count: row.active_cases,
            max_capacity: row.max_capacity,
            min_debt_amount: row.min_debt_amount,
            max_debt_amount: row.max_debt_amount,
            is_active: row.is_active,
            total_cases_completed: tally.completed,
            total_cases_rejected: tally.rejected,
            total_delays: tally.delays,
            quick_completions: tally.quick,
            slow_days: tally.slow_days,
            at_risk_completions: tally.at_risk,
            breached_completions: tally.breached,
            processing_seconds: tally.processing_seconds,
            avg_completion_time_days: score.average_days(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        }
    }

    /// An agency that has done nothing yet.
    pub fn new(id: AgencyId, formula: &str, now: Instant) -> Self {
        let (whole, exact) = (dec!(100), dec!(100.00));
        Self {
            id: id.0,
            name: String::new(),
            contact_person: None,
            email: None,
            phone: None,
            website_url: None,
            performance_score: if formula == SCORE_2 { exact } else { whole },
            score_formula: if formula == SCORE_2 { SCORE_2 } else { SCORE_1 }.to_owned(),
            score_1: Points { raw: whole, value: whole },
            score_2: exact,
            active_cases_count: 0,
            max_capacity: 0,
            min_debt_amount: Amount::default().value(),
            max_debt_amount: None,
            is_active: true,
            total_cases_completed: 0,
            total_cases_rejected: 0,
            total_delays: 0,
            quick_completions: 0,
            slow_days: 0,
            at_risk_completions: 0,
            breached_completions: 0,
            processing_seconds: 0,
            avg_completion_time_days: None,
            created_at: now,
            updated_at: now,
            version: 0,
        }
    }

    /// The same with what the log knows of it.
    pub fn described(self, details: &AgencyDetails, is_active: bool, version: i64) -> Self {
        Self {
            name: details.name.to_string(),
            contact_person: details.contact_person.as_ref().and_then(|p| p.known()).map(|name| name.to_string()),
            email: details.email.as_ref().and_then(|p| p.known()).map(|email| email.to_string()),
            phone: details.phone.as_ref().and_then(|p| p.known()).map(|phone| phone.to_string()),
            website_url: details.website_url.as_ref().map(|link| link.as_str().to_owned()),
            max_capacity: details.max_capacity,
            min_debt_amount: details.min_debt_amount.value(),
            max_debt_amount: details.max_debt_amount.map(Amount::value),
            is_active,
            version,
            ..self
        }
    }
}

/// A new agency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Swift Debt Solutions", "contact_person": "Maria Keller", "email": "desk@swift.example",
    "max_capacity": 50, "min_debt_amount": 100.00, "max_debt_amount": "50000.00"}))]
pub struct NewAgency {
    /// A UUID of your own; one is made if there is none.
    pub id: Option<Uuid>,
    #[schema(schema_with = shape::text::<255>)]
    pub name: Text<255>,
    #[serde(default)]
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    pub contact_person: Option<Text<255>>,
    #[serde(default)]
    #[schema(schema_with = shape::email_or_null, required = false)]
    pub email: Option<Email>,
    #[serde(default)]
    #[schema(schema_with = shape::text_or_null::<64>, required = false)]
    pub phone: Option<Text<64>>,
    #[serde(default)]
    #[schema(schema_with = shape::link_or_null, required = false)]
    pub website_url: Option<Link>,
    /// How many cases it may have at once.
    #[serde(default = "hundred")]
    #[schema(minimum = 0, maximum = 1_000_000, default = 100)]
    pub max_capacity: u32,
    /// The smallest debt it takes on.
    #[serde(default)]
    #[schema(schema_with = shape::amount_or_null, required = false)]
    pub min_debt_amount: Option<Amount>,
    /// The largest debt it takes on; `null` or absent: no upper limit.
    #[serde(default)]
    #[schema(schema_with = shape::amount_or_null, required = false)]
    pub max_debt_amount: Option<Amount>,
}

fn hundred() -> u32 {
    100
}

impl From<NewAgency> for RegisterAgency {
    fn from(new: NewAgency) -> Self {
        Self {
            name: new.name,
            contact_person: new.contact_person,
            email: new.email,
            phone: new.phone,
            website_url: new.website_url,
            max_capacity: new.max_capacity,
            min_debt_amount: new.min_debt_amount.unwrap_or_default(),
            max_debt_amount: new.max_debt_amount,
        }
    }
}

/// Changes to an agency: absent stays, `null` clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"max_capacity": 80, "max_debt_amount": null}))]
pub struct AgencyChanges {
    #[serde(default, deserialize_with = "some")]
    #[schema(schema_with = shape::text::<255>, required = false)]
    pub name: Option<Text<255>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    pub contact_person: Option<Option<Text<255>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::email_or_null, required = false)]
    pub email: Option<Option<Email>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::text_or_null::<64>, required = false)]
    pub phone: Option<Option<Text<64>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::link_or_null, required = false)]
    pub website_url: Option<Option<Link>>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = u32, required = false, minimum = 0, maximum = 1_000_000)]
    pub max_capacity: Option<u32>,
    /// `null`: no lower limit, which is 0.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::amount_or_null, required = false)]
    pub min_debt_amount: Option<Option<Amount>>,
    /// `null`: no upper limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::amount_or_null, required = false)]
    pub max_debt_amount: Option<Option<Amount>>,
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = bool, required = false)]
    pub is_active: Option<bool>,
}

/// What cannot be cleared may be absent but not `null`.
fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl From<AgencyChanges> for UpdateAgency {
    fn from(changes: AgencyChanges) -> Self {
        Self {
            name: changes.name,
            contact_person: changes.contact_person,
            email: changes.email,
            phone: changes.phone,
            website_url: changes.website_url,
            max_capacity: changes.max_capacity,
            min_debt_amount: changes.min_debt_amount.map(Option::unwrap_or_default),
            max_debt_amount: changes.max_debt_amount,
            is_active: changes.is_active,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::extract::json;

    #[test]
    fn absent_stays_null_clears_and_what_cannot_be_cleared_says_so() {
        let changes: AgencyChanges = json(br#"{"email": null, "max_debt_amount": "12.50"}"#).unwrap();
        assert_eq!((changes.email, changes.phone.is_none()), (Some(None), true));
        assert_eq!(changes.max_debt_amount.unwrap().unwrap().value().to_string(), "12.50");
        for field in ["name", "max_capacity", "is_active"] {
            let error = json::<AgencyChanges>(format!(r#"{{"{field}": null}}"#).as_bytes()).unwrap_err();
            assert!(error.message.starts_with(field), "{error}");
        }
        let error = json::<NewAgency>(br#"{"max_capacity": 3}"#).unwrap_err();
        assert_eq!(error.message, "name: is required");
    }

    #[test]
    fn a_new_agency_takes_any_debt_and_a_hundred_cases() {
        let command = RegisterAgency::from(json::<NewAgency>(br#"{"name": "Swift", "min_debt_amount": null}"#).unwrap());
        assert_eq!((command.max_capacity, command.min_debt_amount, command.max_debt_amount), (100, Amount::default(), None));
    }
}
