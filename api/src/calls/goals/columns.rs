//! The six targets of a goal and what was reached of each, in the fields in which the specification names them (B.T4).

use domain::calls::goal::{Target, Targets};
use projections::calls::goal_queries::Reached;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

/// Each target and its actual; `null` where none is set, or where there is nothing to measure. The figures with their formulas are in
/// `targets`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GoalColumns {
    #[schema(value_type = Option<f64>, example = 40)]
    calls_per_day_target: Option<Decimal>,
    #[schema(value_type = Option<f64>, example = 38.5)]
    calls_per_day_actual: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    talk_time_percentage_target: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    talk_time_percentage_actual: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    first_call_resolution_target: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    first_call_resolution_actual: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    customer_satisfaction_target: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    customer_satisfaction_actual: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    appointment_conversion_target: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    appointment_conversion_actual: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    quality_score_target: Option<Decimal>,
    #[schema(value_type = Option<f64>)]
    quality_score_actual: Option<Decimal>,
}

impl GoalColumns {
    /// The targets that are set, and what was reached of all six.
    pub fn of(targets: &Targets, reached: &Reached) -> Self {
        let actual = |target: Target| {
            let (points, counts) = reached.sums(target);
            target.formula().figure(points, counts).value
        };
        Self {
            calls_per_day_target: targets.calls_per_day,
            calls_per_day_actual: actual(Target::CallsPerDay),
            talk_time_percentage_target: targets.talk_time_percentage,
            talk_time_percentage_actual: actual(Target::TalkTimePercentage),
            first_call_resolution_target: targets.first_call_resolution,
            first_call_resolution_actual: actual(Target::FirstCallResolution),
            customer_satisfaction_target: targets.customer_satisfaction,
            customer_satisfaction_actual: actual(Target::CustomerSatisfaction),
            appointment_conversion_target: targets.appointment_conversion,
            appointment_conversion_actual: actual(Target::AppointmentConversion),
            quality_score_target: targets.quality_score,
            quality_score_actual: actual(Target::QualityScore),
        }
    }
}
