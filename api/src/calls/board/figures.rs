//! What the calls of today come to on a board: counters, and the figures that the formulas make of them.

use domain::calls::formulas::{self, Formula};
use projections::calls::board::TodayRow;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

/// What calls come to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counters {
    #[schema(example = 120)]
    calls: i64,
    inbound: i64,
    outbound: i64,
    /// Those in which somebody talked.
    answered: i64,
    /// Nobody took them; of one agent: those that rang at their place and that they did not take.
    missed: i64,
    /// The caller gave up.
    abandoned: i64,
    transferred: i64,
    voicemail: i64,
    talk_seconds: i64,
    ring_seconds: i64,
    after_call_seconds: i64,
    appointments: i64,
    resolved_first: i64,
    complaints: i64,
    escalations: i64,
    follow_ups: i64,
    average_answer_seconds: ShownFigure,
    average_talk_seconds: ShownFigure,
    average_handle_seconds: ShownFigure,
    appointment_conversion: ShownFigure,
    /// Not of one agent's calls: who else was called first is not in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    service_level: Option<ShownFigure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    abandonment: Option<ShownFigure>,
}

/// A figure with its formula; without a value if there is nothing to measure.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShownFigure {
    #[schema(example = "calls.average_answer_seconds@1")]
    formula: &'static str,
    // A merge patch cannot say null, so what is not there is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, nullable = false, example = 7.25)]
    value: Option<Decimal>,
}

impl ShownFigure {
    fn of(formula: &Formula, points: i64, counts: i64) -> Self {
        let figure = formula.figure(points, counts);
        Self { formula: figure.formula, value: figure.value }
    }
}

impl Counters {
    /// What these rows come to together; `of_all`: they are everybody's calls and not one agent's.
    pub fn of<'r>(rows: impl Iterator<Item = &'r TodayRow>, of_all: bool) -> Self {
        let sum = rows.fold(TodayRow::default(), |sum, row| sum.plus(row));
        let among_all = |formula, points| of_all.then(|| ShownFigure::of(formula, points, sum.inbound));
        Self {
            calls: sum.calls,
            inbound: sum.inbound,
            outbound: sum.outbound,
            answered: sum.answered,
            missed: sum.missed,
            abandoned: sum.abandoned,
            transferred: sum.transferred,
            voicemail: sum.voicemail,
            talk_seconds: sum.talk_seconds,
            ring_seconds: sum.ring_seconds,
            after_call_seconds: sum.after_call_seconds,
            appointments: sum.appointments,
            resolved_first: sum.resolved_first,
            complaints: sum.complaints,
            escalations: sum.escalations,
            follow_ups: sum.follow_ups,
            average_answer_seconds: ShownFigure::of(&formulas::AVERAGE_ANSWER_SECONDS, sum.ring_seconds, sum.answered),
            average_talk_seconds: ShownFigure::of(&formulas::AVERAGE_TALK_SECONDS, sum.talk_seconds, sum.answered),
            average_handle_seconds: ShownFigure::of(
                &formulas::AVERAGE_HANDLE_SECONDS,
                sum.talk_seconds + sum.after_call_seconds,
                sum.answered,
            ),
            appointment_conversion: ShownFigure::of(&formulas::APPOINTMENT_CONVERSION, sum.handled_appointments, sum.answered),
            service_level: among_all(&formulas::SERVICE_LEVEL, sum.inbound_in_target),
            abandonment: among_all(&formulas::ABANDONMENT, sum.inbound_abandoned),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_are_made_of_the_sums_and_not_of_figures() {
        let row = |calls, answered, in_target, ring_seconds| TodayRow {
            calls,
            inbound: calls,
            answered,
            inbound_in_target: in_target,
            ring_seconds,
            ..TodayRow::default()
        };
        let rows = [row(10, 8, 8, 80), row(1, 1, 0, 100)];
        let all = serde_json::to_value(Counters::of(rows.iter(), true)).unwrap();
        assert_eq!((&all["calls"], &all["answered"]), (&json!(11), &json!(9)));
        assert_eq!(all["serviceLevel"].to_string(), r#"{"formula":"calls.service_level@1","value":72.73}"#);
        assert_eq!(all["averageAnswerSeconds"]["value"].to_string(), "20.00");
        let in_vain = TodayRow { appointments: 2, handled_appointments: 1, ..row(2, 1, 0, 1) };
        let conversion = serde_json::to_value(Counters::of([in_vain].iter(), true)).unwrap()["appointmentConversion"].clone();
        assert_eq!(conversion["value"].to_string(), "100.00", "an appointment without a talk is none of the handled calls'");
        let own = serde_json::to_value(Counters::of(rows.iter(), false)).unwrap();
        assert_eq!((own.get("serviceLevel"), own.get("abandonment")), (None, None));
    }

    #[test]
    fn without_a_call_there_is_no_figure_and_no_null() {
        let none = serde_json::to_string(&Counters::of([].iter(), true)).unwrap();
        assert!(!none.contains("null") && !none.contains("\"value\""), "{none}");
    }
}
