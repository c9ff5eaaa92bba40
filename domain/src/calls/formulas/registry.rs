//! The list of all formulas of the call centre, as `GET /api/formulas` shows it.

use super::{Column, Formula, Shape};
use rust_decimal::{Decimal, dec};

const fn formula(
    name: &'static str,
    unit: &'static str,
    digits: u32,
    shape: Shape,
    inputs: &'static [&'static str],
    says: &'static str,
) -> Formula {
    Formula { name, says, inputs, unit, digits, shape, column: None }
}

const fn ratio(
    name: &'static str,
    unit: &'static str,
    times: Decimal,
    empty: Option<Decimal>,
    inputs: &'static [&'static str],
    says: &'static str,
) -> Formula {
    formula(name, unit, 2, Shape::Ratio { times, empty }, inputs, says)
}

/// The percentage of something among calls, shifts or agents; no figure where there are none of them.
const fn rate(name: &'static str, inputs: &'static [&'static str], says: &'static str) -> Formula {
    ratio(name, "percent", dec!(100), None, inputs, says)
}

/// An average; no figure where there is nothing to average.
const fn mean(name: &'static str, unit: &'static str, inputs: &'static [&'static str], says: &'static str) -> Formula {
    ratio(name, unit, Decimal::ONE, None, inputs, says)
}

/// What was kept of what was due, in per cent; where nothing was due, nothing was missed.
const fn kept(name: &'static str, inputs: &'static [&'static str], says: &'static str) -> Formula {
    formula(name, "percent", 2, Shape::Kept { empty: Some(Decimal::ONE_HUNDRED) }, inputs, says)
}

const fn within(formula: Formula, below: Decimal) -> Formula {
    Formula { column: Some(Column { digits: 2, below }), ..formula }
}

macro_rules! formulas {
    ($($name:ident = $formula:expr;)*) => {
        $(pub const $name: Formula = $formula;)*
        /// Every formula of the call centre.
        pub const FORMULAS: &[&Formula] = &[$(&$name),*];
    };
}

formulas! {
    RING_SECONDS = formula("call.ring_seconds@1", "seconds", 0, Shape::Total, &["whole seconds from start to answer"],
        "Answer less start in whole seconds, half a second rounded up; none for a call that was not answered (B.F1).");
    TALK_SECONDS = formula("call.talk_seconds@1", "seconds", 0, Shape::Total, &["whole seconds from answer to end"],
        "End less answer in whole seconds, half a second rounded up; none if either is missing (B.F2). Time on hold is part of it.");
    UTILIZATION_1 = within(ratio("shift.utilization@1", "percent", dec!(100), Some(Decimal::ZERO),
        &["talk seconds + after-call seconds", "available seconds"],
        "Talk and after-call work as a percentage of the available time, kept with two decimals below 1000; 0 with no available \
         time (B.F3 as written)."), dec!(1000));
    UTILIZATION = ratio("shift.utilization@2", "percent", dec!(100), Some(Decimal::ZERO),
        &["talk seconds + after-call seconds", "available seconds"],
        "Talk and after-call work as a percentage of the available time, exact and without a limit; 0 with no available time.");
    TALK_SHARE = ratio("shift.talk_share@1", "percent", dec!(100), Some(Decimal::ZERO), &["talk seconds", "available seconds"],
        "Talk alone as a percentage of the available time; 0 with no available time.");
    CALLS_PER_HOUR_1 = within(formula("shift.calls_per_hour@1", "calls per hour", 2, Shape::PerWholeHour,
        &["calls handled", "available seconds"],
        "Calls handled by whole available hours: 5400 s count as one hour, less than 3600 s give 0 (B.F4 as written, its \
         division by zero guarded)."), dec!(10000));
    CALLS_PER_HOUR = ratio("shift.calls_per_hour@2", "calls per hour", dec!(3600), Some(Decimal::ZERO),
        &["calls handled", "available seconds"],
        "Calls handled by available hours, exact: 5400 s are one hour and a half; 0 with no available time.");
    ATTENDANCE = kept("shift.attendance@1", &["shifts absent from", "shifts due"],
        "100 less the percentage of due shifts that nobody came to; 100 with no shift due. A shift is due once it began or was \
         marked absent.");
    PUNCTUALITY_1 = kept("shift.punctuality@1", &["shifts begun late", "shifts begun"],
        "100 less the percentage of begun shifts with a minute or more of tardiness; 100 with none begun.");
    PUNCTUALITY = formula("shift.punctuality@2", "percent", 2, Shape::Kept { empty: None }, &["shifts begun late", "shifts begun"],
        "100 less the percentage of begun shifts with a minute or more of tardiness; no figure with none begun.");
    ADHERENCE = kept("shift.adherence@1", &["scheduled seconds missed", "scheduled seconds"],
        "100 less the percentage of scheduled time that was missed: before coming late, after leaving early, or all of an \
         absence; 100 with nothing scheduled.");
    FCR = rate("calls.fcr@1", &["calls handled and resolved at first", "calls handled"],
        "Handled calls that were resolved at the first contact as a percentage of the calls handled, that is answered.");
    COMPLAINT_RATE = rate("calls.complaint_rate@1", &["complaint calls handled", "calls handled"],
        "Handled calls in which somebody complained as a percentage of the calls handled.");
    APPOINTMENT_CONVERSION = rate("calls.appointment_conversion@1", &["calls handled with an appointment scheduled", "calls handled"],
        "Handled calls with a scheduled appointment as a percentage of the calls handled.");
    ESCALATION_RATE = rate("calls.escalation_rate@1", &["calls handled and escalated", "calls handled"],
        "Handled calls that needed an escalation as a percentage of the calls handled.");
    SATISFACTION = mean("calls.satisfaction@1", "points from 1 to 5", &["satisfaction points", "calls with satisfaction points"],
        "Mean satisfaction over the calls that have one.");
    CALL_QUALITY = mean("calls.quality@1", "points from 1 to 100", &["quality points", "calls with quality points"],
        "Mean quality score over the calls that have one.");
    PER_AGENT_DAY = mean("calls.per_agent_day@1", "calls", &["calls handled", "agent days"],
        "Calls handled by days on which an agent handled at least one, each agent's days counted by themselves.");
    SERVICE_LEVEL = rate("calls.service_level@1", &["inbound calls answered in time", "inbound calls"],
        "Inbound calls answered within the centre's seconds as a percentage of all inbound calls.");
    ABANDONMENT = rate("calls.abandonment@1", &["inbound calls abandoned", "inbound calls"],
        "Inbound calls given up by the caller as a percentage of all inbound calls.");
    MISSED_RATE = rate("calls.missed_rate@1", &["calls missed", "calls handled + calls missed"],
        "Calls that rang in vain at an agent's place as a percentage of those that rang there and of those that they handled.");
    FORECAST = mean("calls.forecast@1", "calls", &["calls of that hour in the four weeks before", "four weeks"],
        "Mean number of calls in the same hour on the same weekday of the last four weeks that are over.");
    AVERAGE_HANDLE_SECONDS = mean("calls.average_handle_seconds@1", "seconds",
        &["talk seconds + after-call seconds", "calls handled"],
        "Talk (time on hold is part of it) and after-call work by calls handled.");
    AVERAGE_TALK_SECONDS = mean("calls.average_talk_seconds@1", "seconds", &["talk seconds", "calls handled"],
        "Talk by calls handled.");
    AVERAGE_ANSWER_SECONDS = mean("calls.average_answer_seconds@1", "seconds", &["ring seconds", "calls handled"],
        "Seconds until the answer by calls handled.");
    GOAL_ACHIEVEMENT = rate("goal.achievement@1", &["targets met", "targets set"],
        "Targets met as a percentage of the targets that are set (B.F5). A target is met by a figure that, rounded to two \
         decimals, is at least the target; a figure that cannot be measured meets nothing.");
    TEAM_GOAL_ACHIEVEMENT = rate("team.goal_achievement@1", &["agents who meet all their targets", "agents with goals"],
        "Agents who meet every target of all their goals in force as a percentage of the agents who have one.");
    QA_TOTAL = formula("qa.total@1", "points", 0, Shape::Total, &["points of the eight categories"],
        "Sum of the eight categories, 1 to 5 each; one that was not given counts 0, so at most 40 (B.F6).");
    QA_PERCENTAGE = rate("qa.percentage@1", &["qa.total@1", "40 for each review"],
        "Points as a percentage of the 40 that a review can bring (B.F7); over several reviews their mean.");
    CATEGORY_MEAN = mean("qa.category@1", "points from 1 to 5", &["points of a category", "reviews with points in it"],
        "Mean points of one of the eight categories over the reviews that give it any.");
    CAMPAIGN_CONVERSION = rate("campaign.conversion@1", &["successful outcomes", "calls completed"],
        "Successful outcomes as a percentage of the calls completed, not of those attempted.");
    CALLS_COUNT = formula("calls.count@1", "calls", 0, Shape::Total, &["calls"], "How many calls are as the figure's name says.");
    SHIFTS_COUNT = formula("shifts.count@1", "shifts", 0, Shape::Total, &["shifts"],
        "How many shifts are as the figure's name says.");
    REVIEWS_COUNT = formula("reviews.count@1", "reviews", 0, Shape::Total, &["reviews"], "How many reviews were completed.");
    CERTIFICATIONS_COUNT = formula("certifications.count@1", "certifications", 0, Shape::Total, &["certifications"],
        "How many examinations were passed.");
    AGENTS_COUNT = formula("agents.count@1", "agents", 0, Shape::Total, &["agents"],
        "How many agents are as the figure's name says.");
    SECONDS_TOTAL = formula("seconds.total@1", "seconds", 0, Shape::Total, &["whole seconds"],
        "The seconds that the figure's name says, added up.");
    MINUTES_TOTAL = formula("minutes.total@1", "minutes", 0, Shape::Total, &["whole minutes"],
        "The minutes that the figure's name says, added up.");
    HOURS_TOTAL = ratio("hours.total@1", "hours", Decimal::ONE, Some(Decimal::ZERO), &["whole seconds", "3600 once"],
        "The seconds that the figure's name says, added up, in hours.");
    EXPERIENCE_MONTHS = mean("agents.experience_months@1", "months", &["months since they were hired", "agents with a known day"],
        "Mean of the whole months since agents were hired, over those of whom the day is known.");
}
