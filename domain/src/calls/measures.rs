//! What can be measured of calls, shifts and reviews: a closed list of figures, each with its formula and the two sums it is made of.

use super::formulas::*;
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Where the sums of a measure come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Calls, whoever took them.
    Calls,
    /// Inbound calls and how long they waited: there is no such thing for one agent.
    Queues,
    /// Calls and the agents who took them.
    Agents,
    Shifts,
    Reviews,
}

macro_rules! sums {
    ($($(#[$doc:meta])* $field:ident: $kind:ty,)*) => {
        /// What calls, shifts and reviews add up to. Figures are made of sums and never of other figures.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Sums {
            $($(#[$doc])* pub $field: $kind,)*
        }

        impl AddAssign<&Sums> for Sums {
            fn add_assign(&mut self, other: &Sums) {
                $(self.$field += other.$field;)*
            }
        }
    };
}

sums! {
    calls: i64,
    inbound: i64,
    outbound: i64,
    /// Calls in which somebody talked.
    handled: i64,
    missed: i64,
    abandoned: i64,
    transferred: i64,
    voicemail: i64,
    talk_seconds: i64,
    ring_seconds: i64,
    hold_seconds: i64,
    acw_seconds: i64,
    appointments: i64,
    resolved_first: i64,
    complaints: i64,
    escalations: i64,
    follow_ups: i64,
    /// The same among calls that were handled, which is what rates of these are made of.
    handled_appointments: i64,
    handled_resolved: i64,
    handled_complaints: i64,
    handled_escalations: i64,
    satisfaction_sum: i64,
    satisfaction_count: i64,
    quality_sum: Decimal,
    quality_count: i64,
    /// Calls that an agent who is known handled, and the days on which one did, each agent's by themselves.
    agent_handled: i64,
    agent_days: i64,
    /// Inbound calls that were answered in time.
    inbound_in_target: i64,
    inbound_abandoned: i64,
    shifts_due: i64,
    shifts_absent: i64,
    shifts_begun: i64,
    shifts_late: i64,
    scheduled_seconds: i64,
    missed_seconds: i64,
    available_seconds: i64,
    break_seconds: i64,
    lunch_seconds: i64,
    training_seconds: i64,
    meeting_seconds: i64,
    tardiness_minutes: i64,
    early_departure_minutes: i64,
    /// Calls that were handled within shifts, and their seconds.
    shift_handled: i64,
    shift_talk_seconds: i64,
    shift_acw_seconds: i64,
    reviews: i64,
    review_points: i64,
}

macro_rules! measures {
    ($($name:ident = $word:literal, $source:ident, $formula:ident, $points:expr $(, $counts:expr)?;)*) => {
        /// One thing that can be measured.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum Measure {
            $($name,)*
        }

        impl Measure {
            pub const ALL: &'static [Measure] = &[$(Measure::$name),*];

            /// The word under which it is asked for and shown.
            pub fn word(self) -> &'static str {
                match self { $(Measure::$name => $word,)* }
            }

            pub fn source(self) -> Source {
                match self { $(Measure::$name => Source::$source,)* }
            }

            pub fn formula(self) -> &'static Formula {
                match self { $(Measure::$name => &$formula,)* }
            }

            /// Its two sums: points, and counts where it is a ratio.
            pub fn parts(self, sums: &Sums) -> (Decimal, Decimal) {
                match self {
                    $(Measure::$name => {
                        let points: fn(&Sums) -> Decimal = $points;
                        #[allow(unused_mut, unused_assignments)]
                        let mut counts: fn(&Sums) -> Decimal = |_| Decimal::ZERO;
                        $(counts = $counts;)?
                        (points(sums), counts(sums))
                    })*
                }
            }
        }
    };
}

measures! {
    Calls = "calls", Calls, CALLS_COUNT, |s| s.calls.into();
    Inbound = "inbound", Calls, CALLS_COUNT, |s| s.inbound.into();
    Outbound = "outbound", Calls, CALLS_COUNT, |s| s.outbound.into();
    Handled = "handled", Calls, CALLS_COUNT, |s| s.handled.into();
    Missed = "missed", Calls, CALLS_COUNT, |s| s.missed.into();
    Abandoned = "abandoned", Calls, CALLS_COUNT, |s| s.abandoned.into();
    Transferred = "transferred", Calls, CALLS_COUNT, |s| s.transferred.into();
    Voicemail = "voicemail", Calls, CALLS_COUNT, |s| s.voicemail.into();
    TalkSeconds = "talkSeconds", Calls, SECONDS_TOTAL, |s| s.talk_seconds.into();
    RingSeconds = "ringSeconds", Calls, SECONDS_TOTAL, |s| s.ring_seconds.into();
    HoldSeconds = "holdSeconds", Calls, SECONDS_TOTAL, |s| s.hold_seconds.into();
    AfterCallSeconds = "afterCallSeconds", Calls, SECONDS_TOTAL, |s| s.acw_seconds.into();
    AppointmentsScheduled = "appointmentsScheduled", Calls, CALLS_COUNT, |s| s.appointments.into();
    ResolvedFirst = "resolvedFirst", Calls, CALLS_COUNT, |s| s.resolved_first.into();
    Complaints = "complaints", Calls, CALLS_COUNT, |s| s.complaints.into();
    Escalations = "escalations", Calls, CALLS_COUNT, |s| s.escalations.into();
    FollowUps = "followUps", Calls, CALLS_COUNT, |s| s.follow_ups.into();
    FcrRate = "fcrRate", Calls, FCR, |s| s.handled_resolved.into(), |s| s.handled.into();
    ComplaintRate = "complaintRate", Calls, COMPLAINT_RATE, |s| s.handled_complaints.into(), |s| s.handled.into();
    AppointmentConversion = "appointmentConversion", Calls, APPOINTMENT_CONVERSION,
        |s| s.handled_appointments.into(), |s| s.handled.into();
    EscalationRate = "escalationRate", Calls, ESCALATION_RATE,
        |s| s.handled_escalations.into(), |s| s.handled.into();
    AverageSatisfaction = "averageSatisfaction", Calls, SATISFACTION,
        |s| s.satisfaction_sum.into(), |s| s.satisfaction_count.into();
    AverageQuality = "averageQuality", Calls, CALL_QUALITY, |s| s.quality_sum, |s| s.quality_count.into();
    AverageHandleSeconds = "averageHandleSeconds", Calls, AVERAGE_HANDLE_SECONDS,
        |s| (s.talk_seconds + s.acw_seconds).into(), |s| s.handled.into();
    AverageTalkSeconds = "averageTalkSeconds", Calls, AVERAGE_TALK_SECONDS, |s| s.talk_seconds.into(), |s| s.handled.into();
    AverageAnswerSeconds = "averageAnswerSeconds", Calls, AVERAGE_ANSWER_SECONDS,
        |s| s.ring_seconds.into(), |s| s.handled.into();
    ServiceLevel = "serviceLevel", Queues, SERVICE_LEVEL, |s| s.inbound_in_target.into(), |s| s.inbound.into();
    AbandonmentRate = "abandonmentRate", Queues, ABANDONMENT, |s| s.inbound_abandoned.into(), |s| s.inbound.into();
    CallsPerAgentDay = "callsPerAgentDay", Agents, PER_AGENT_DAY, |s| s.agent_handled.into(), |s| s.agent_days.into();
    Utilization = "utilization", Shifts, UTILIZATION,
        |s| (s.shift_talk_seconds + s.shift_acw_seconds).into(), |s| s.available_seconds.into();
    UtilizationLiteral = "utilizationLiteral", Shifts, UTILIZATION_1,
        |s| (s.shift_talk_seconds + s.shift_acw_seconds).into(), |s| s.available_seconds.into();
    TalkShare = "talkShare", Shifts, TALK_SHARE, |s| s.shift_talk_seconds.into(), |s| s.available_seconds.into();
    CallsPerHour = "callsPerHour", Shifts, CALLS_PER_HOUR, |s| s.shift_handled.into(), |s| s.available_seconds.into();
    CallsPerHourLiteral = "callsPerHourLiteral", Shifts, CALLS_PER_HOUR_1,
        |s| s.shift_handled.into(), |s| s.available_seconds.into();
    AttendanceRate = "attendanceRate", Shifts, ATTENDANCE, |s| s.shifts_absent.into(), |s| s.shifts_due.into();
    PunctualityRate = "punctualityRate", Shifts, PUNCTUALITY, |s| s.shifts_late.into(), |s| s.shifts_begun.into();
    ScheduleAdherence = "scheduleAdherence", Shifts, ADHERENCE, |s| s.missed_seconds.into(), |s| s.scheduled_seconds.into();
    ShiftsDue = "shiftsDue", Shifts, SHIFTS_COUNT, |s| s.shifts_due.into();
    ShiftsAbsent = "shiftsAbsent", Shifts, SHIFTS_COUNT, |s| s.shifts_absent.into();
    ShiftsLate = "shiftsLate", Shifts, SHIFTS_COUNT, |s| s.shifts_late.into();
    AvailableSeconds = "availableSeconds", Shifts, SECONDS_TOTAL, |s| s.available_seconds.into();
    BreakSeconds = "breakSeconds", Shifts, SECONDS_TOTAL, |s| s.break_seconds.into();
    LunchSeconds = "lunchSeconds", Shifts, SECONDS_TOTAL, |s| s.lunch_seconds.into();
    TrainingSeconds = "trainingSeconds", Shifts, SECONDS_TOTAL, |s| s.training_seconds.into();
    MeetingSeconds = "meetingSeconds", Shifts, SECONDS_TOTAL, |s| s.meeting_seconds.into();
    TardinessMinutes = "tardinessMinutes", Shifts, MINUTES_TOTAL, |s| s.tardiness_minutes.into();
    EarlyDepartureMinutes = "earlyDepartureMinutes", Shifts, MINUTES_TOTAL, |s| s.early_departure_minutes.into();
    Reviews = "reviews", Reviews, REVIEWS_COUNT, |s| s.reviews.into();
    QaPercentage = "qaPercentage", Reviews, QA_PERCENTAGE, |s| s.review_points.into(), |s| dec!(40) * Decimal::from(s.reviews);
}

impl Measure {
    /// The figure over these sums as it is shown.
    pub fn figure(self, sums: &Sums) -> Figure {
        let (points, counts) = self.parts(sums);
        self.formula().figure(points, counts)
    }

    /// The measure of this word.
    pub fn of_word(word: &str) -> Option<Measure> {
        Measure::ALL.iter().copied().find(|measure| measure.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_found_by_its_word_and_has_a_formula_that_is_listed() {
        for measure in Measure::ALL {
            assert_eq!(Measure::of_word(measure.word()), Some(*measure));
            assert_eq!(serde_json::to_value(measure).unwrap(), measure.word());
            let formula = measure.formula();
            assert_eq!(super::super::formulas::formula(formula.name), Some(formula), "{}", formula.name);
            let (_, counts) = measure.parts(&Sums { calls: 1, ..Sums::default() });
            assert!(formula.inputs.len() == 2 || counts.is_zero(), "{}", measure.word());
        }
        assert_eq!(Measure::of_word("happiness"), None);
    }

    #[test]
    fn figures_over_many_are_made_of_their_sums() {
        let one = Sums { handled: 8, handled_resolved: 1, quality_sum: dec!(180.5), quality_count: 2, ..Sums::default() };
        let other = Sums { handled: 2, resolved_first: 5, handled_resolved: 2, ..Sums::default() };
        let mut both = one.clone();
        both += &other;
        let value = |measure: Measure, sums: &Sums| measure.figure(sums).value.map(|value| value.to_string());
        assert_eq!(value(Measure::FcrRate, &one).as_deref(), Some("12.50"));
        assert_eq!(value(Measure::FcrRate, &both).as_deref(), Some("30.00"));
        assert_eq!(value(Measure::AverageQuality, &both).as_deref(), Some("90.25"));
        assert_eq!(value(Measure::AverageSatisfaction, &both), None);
        assert_eq!(value(Measure::Utilization, &both).as_deref(), Some("0.00"));
        let reviewed = Sums { reviews: 2, review_points: 62, ..Sums::default() };
        assert_eq!(value(Measure::QaPercentage, &reviewed).as_deref(), Some("77.50"));
    }
}
