//! When somebody could do with coaching: a closed list of rules over what calls, shifts and reviews of some weeks come to.
//!
//! A rule says what it looks at, from when on it speaks, and what it saw; nothing else is ever suggested, and nothing is guessed.

use super::formulas::{
    ADHERENCE, AVERAGE_HANDLE_SECONDS, CATEGORY_MEAN, COMPLAINT_RATE, FCR, Figure, Formula, MISSED_RATE, PUNCTUALITY,
    QA_PERCENTAGE, SATISFACTION,
};
use super::review::Category;
use crate::explain::rounded;
use rust_decimal::{Decimal, dec};
use serde::Serialize;

/// Name and version of the list.
pub const RULES: &str = "coaching.rules@1";

/// What an agent's weeks come to: of each figure the points and the counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentFacts {
    pub handled: i64,
    pub missed: i64,
    pub resolved_first: i64,
    pub complaints: i64,
    pub handle_seconds: i64,
    pub satisfaction: (i64, i64),
    pub reviews: i64,
    pub review_points: i64,
    /// Points and how often they were given, in the order of [`Category::ALL`].
    pub categories: [(i64, i64); 8],
    /// Shifts that are over: worked, or absent from.
    pub shifts_due: i64,
    pub shifts_begun: i64,
    pub shifts_late: i64,
    pub planned_seconds: i64,
    pub missed_seconds: i64,
}

/// What all agents that are looked at come to together: what one's handling time is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TeamFacts {
    pub handled: i64,
    pub handle_seconds: i64,
}

impl TeamFacts {
    /// What these agents come to together.
    pub fn of<'f>(agents: impl IntoIterator<Item = &'f AgentFacts>) -> Self {
        agents.into_iter().fold(Self::default(), |team, agent| Self {
            handled: team.handled + agent.handled,
            handle_seconds: team.handle_seconds + agent.handle_seconds,
        })
    }
}

/// Which kind of record shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    Calls,
    Reviews,
    Shifts,
}

/// One reason for coaching.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Opportunity {
    /// The rule that speaks.
    pub rule: &'static str,
    /// What it says.
    pub says: String,
    pub figure: Figure,
    /// From here on the rule speaks.
    pub threshold: Decimal,
    /// How many calls, reviews or shifts the figure is made of.
    pub of: i64,
    pub evidence: Evidence,
    /// How far the figure is from the threshold, as a part of the threshold: the worst come first.
    pub weight: Decimal,
}

/// Figures over fewer calls say nothing.
const ENOUGH_CALLS: i64 = 20;
const ENOUGH_SATISFACTION: i64 = 5;
const ENOUGH_REVIEWS: i64 = 2;
const ENOUGH_SHIFTS: i64 = 3;

/// Everything the rules have to say of an agent, the worst first.
pub fn opportunities(agent: &AgentFacts, team: TeamFacts) -> Vec<Opportunity> {
    let mut found: Vec<Opportunity> = Vec::new();
    let reviews = |rule, says: String, points, reviews, threshold| {
        below(rule, says, &QA_PERCENTAGE, (points, reviews * 40), threshold, (Evidence::Reviews, reviews, ENOUGH_REVIEWS))
    };
    let of_reviews = "reviews come to less than 70 per cent of the points";
    found.extend(reviews("low_quality", of_reviews.into(), agent.review_points, agent.reviews, dec!(70)));
    for (category, (points, given)) in Category::ALL.into_iter().zip(agent.categories) {
        let says = format!("{} has less than 3 points on average", category.word().replace('_', " "));
        let evidence = (Evidence::Reviews, given, ENOUGH_REVIEWS);
        found.extend(below(weak(category), says, &CATEGORY_MEAN, (points, given), dec!(3), evidence));
    }
    let calls = (Evidence::Calls, agent.handled, ENOUGH_CALLS);
    let fcr = "fewer than 60 per cent of the calls are resolved at the first contact";
    found.extend(below("low_first_call_resolution", fcr.into(), &FCR, (agent.resolved_first, agent.handled), dec!(60), calls));
    let asked = (Evidence::Calls, agent.satisfaction.1, ENOUGH_SATISFACTION);
    let content = "callers are less content than 3.5 of 5 on average";
    found.extend(below("low_satisfaction", content.into(), &SATISFACTION, agent.satisfaction, dec!(3.5), asked));
    let complaints = "more than 5 per cent of the calls are complaints";
    found.extend(above("complaints", complaints.into(), &COMPLAINT_RATE, (agent.complaints, agent.handled), dec!(5), calls));
    let rung = agent.handled.saturating_add(agent.missed);
    let missed = "more than 15 per cent of the calls that rang were not taken";
    let rang = (Evidence::Calls, rung, ENOUGH_CALLS);
    found.extend(above("missed_calls", missed.into(), &MISSED_RATE, (agent.missed, rung), dec!(15), rang));
    // Where nobody's calls take any time, none takes long.
    let usual = AVERAGE_HANDLE_SECONDS.of(team.handle_seconds, team.handled).ok().flatten();
    if let Some(usual) = usual.filter(|usual| *usual > Decimal::ZERO) {
        let says = format!("calls take half as long again as the usual {} seconds", rounded(usual, 0));
        let half_more = usual * dec!(1.5);
        let own = (agent.handle_seconds, agent.handled);
        found.extend(above("long_calls", says, &AVERAGE_HANDLE_SECONDS, own, half_more, calls));
    }
    let adherence = "more than 10 per cent of the planned time was missed";
    let kept = (agent.missed_seconds, agent.planned_seconds);
    // An absence misses all of a shift that nobody began.
    let due = (Evidence::Shifts, agent.shifts_due, ENOUGH_SHIFTS);
    found.extend(below("low_adherence", adherence.into(), &ADHERENCE, kept, dec!(90), due));
    let late = "every third shift or more began late";
    let begun = (Evidence::Shifts, agent.shifts_begun, ENOUGH_SHIFTS);
    let punctual = (agent.shifts_late, agent.shifts_begun);
    found.extend(below("often_late", late.into(), &PUNCTUALITY, punctual, dec!(66.67), begun));
    found.sort_by(|one, other| other.weight.cmp(&one.weight).then(one.rule.cmp(other.rule)));
    found
}

fn weak(category: Category) -> &'static str {
    match category {
        Category::GreetingProfessionalism => "weak_greeting_professionalism",
        Category::ActiveListening => "weak_active_listening",
        Category::ProblemResolution => "weak_problem_resolution",
        Category::ProductKnowledge => "weak_product_knowledge",
        Category::CommunicationClarity => "weak_communication_clarity",
        Category::EmpathyPatience => "weak_empathy_patience",
        Category::CallControl => "weak_call_control",
        Category::ClosingEffectiveness => "weak_closing_effectiveness",
    }
}

/// What a figure is made of, how much of it there is, and how much is enough to say anything.
type Seen = (Evidence, i64, i64);

fn below(
    rule: &'static str,
    says: String,
    formula: &Formula,
    sums: (i64, i64),
    threshold: Decimal,
    seen: Seen,
) -> Option<Opportunity> {
    speak(rule, says, formula, sums, threshold, seen, |value| value < threshold)
}

fn above(
    rule: &'static str,
    says: String,
    formula: &Formula,
    sums: (i64, i64),
    threshold: Decimal,
    seen: Seen,
) -> Option<Opportunity> {
    speak(rule, says, formula, sums, threshold, seen, |value| value > threshold)
}

fn speak(
    rule: &'static str,
    says: String,
    formula: &Formula,
    (points, counts): (i64, i64),
    threshold: Decimal,
    (evidence, of, enough): Seen,
    speaks: impl FnOnce(Decimal) -> bool,
) -> Option<Opportunity> {
    let value = formula.of(points, counts).ok().flatten().filter(|_| of >= enough)?;
    let figure = formula.figure(points, counts);
    let weight = rounded(((value - threshold) / threshold).abs(), 4);
    speaks(value).then_some(Opportunity { rule, says, figure, threshold: rounded(threshold, 2), of, evidence, weight })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody of whom there is nothing to say.
    fn good() -> AgentFacts {
        AgentFacts {
            handled: 100,
            missed: 5,
            resolved_first: 80,
            complaints: 2,
            handle_seconds: 30_000,
            satisfaction: (45, 10),
            reviews: 4,
            review_points: 140,
            categories: [(16, 4); 8],
            shifts_due: 20,
            shifts_begun: 20,
            shifts_late: 1,
            planned_seconds: 576_000,
            missed_seconds: 1_000,
        }
    }

    const TEAM: TeamFacts = TeamFacts { handled: 1_000, handle_seconds: 250_000 };

    fn rules(agent: &AgentFacts) -> Vec<&'static str> {
        opportunities(agent, TEAM).into_iter().map(|found| found.rule).collect()
    }

    #[test]
    fn each_rule_speaks_from_its_threshold_on_and_not_before() {
        assert_eq!(rules(&good()), [""; 0]);
        let cases: [(&str, AgentFacts, AgentFacts); 8] = [
            // 70 per cent of 4 × 40 are 112 points.
            ("low_quality", AgentFacts { review_points: 112, ..good() }, AgentFacts { review_points: 111, ..good() }),
            (
                "low_first_call_resolution",
                AgentFacts { resolved_first: 60, ..good() },
                AgentFacts { resolved_first: 59, ..good() },
            ),
            (
                "low_satisfaction",
                AgentFacts { satisfaction: (35, 10), ..good() },
                AgentFacts { satisfaction: (34, 10), ..good() },
            ),
            ("complaints", AgentFacts { complaints: 5, ..good() }, AgentFacts { complaints: 6, ..good() }),
            // 15 of 100 that rang; 18 of 103 are more.
            ("missed_calls", AgentFacts { handled: 85, missed: 15, ..good() }, AgentFacts { missed: 18, ..good() }),
            ("long_calls", AgentFacts { handle_seconds: 37_500, ..good() }, AgentFacts { handle_seconds: 37_501, ..good() }),
            ("low_adherence", AgentFacts { missed_seconds: 57_600, ..good() }, AgentFacts { missed_seconds: 57_601, ..good() }),
            ("often_late", AgentFacts { shifts_late: 6, ..good() }, AgentFacts { shifts_late: 7, ..good() }),
        ];
        for (rule, silent, speaking) in cases {
            assert_eq!(rules(&silent), [""; 0], "{rule} does not speak yet");
            assert_eq!(rules(&speaking), [rule], "{rule} speaks");
        }
        let mut weak = good();
        weak.categories[6] = (11, 4);
        assert_eq!(rules(&weak), ["weak_call_control"]);
        weak.categories[6] = (12, 4);
        assert_eq!(rules(&weak), [""; 0]);
    }

    #[test]
    fn little_says_nothing() {
        let few = AgentFacts {
            handled: 19,
            missed: 0,
            resolved_first: 0,
            complaints: 19,
            handle_seconds: 99_999,
            ..AgentFacts::default()
        };
        assert_eq!(rules(&few), [""; 0]);
        assert_eq!(
            rules(&AgentFacts { handled: 20, resolved_first: 20, handle_seconds: 99_999, ..few }),
            ["complaints", "long_calls"]
        );
        let one = AgentFacts {
            reviews: 1,
            review_points: 8,
            categories: [(1, 1); 8],
            shifts_due: 2,
            shifts_begun: 2,
            shifts_late: 2,
            ..AgentFacts::default()
        };
        assert_eq!(rules(&one), [""; 0]);
        let away = AgentFacts { shifts_due: 3, planned_seconds: 86_400, missed_seconds: 86_400, ..AgentFacts::default() };
        assert_eq!(rules(&away), ["low_adherence"], "whoever never came missed all of it");
        assert_eq!(opportunities(&AgentFacts::default(), TeamFacts::default()), []);
        let brief = AgentFacts { handled: 20, resolved_first: 20, ..AgentFacts::default() };
        assert_eq!(opportunities(&brief, TeamFacts { handled: 40, handle_seconds: 0 }), [], "calls that take no time");
    }

    #[test]
    fn the_worst_comes_first_with_its_figure() {
        let poor = AgentFacts { review_points: 64, resolved_first: 55, ..good() };
        let found = opportunities(&poor, TEAM);
        assert_eq!(found[0].rule, "low_quality");
        assert_eq!((found[0].figure.value, found[0].threshold, found[0].weight), (Some(dec!(40)), dec!(70), dec!(0.4286)));
        assert_eq!((found[1].figure.formula, found[1].of), ("calls.fcr@1", 100));
    }
}
