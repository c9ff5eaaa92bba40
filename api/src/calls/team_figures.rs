//! The figures of a team (B.T5), each made of sums of calls, shifts and reviews, or of the people who work in it.

use super::explained::ExplainedFigure;
use super::reports::asked::{Granularity, Period};
use super::reports::shown::Figures;
use chrono::{Datelike, Days, Months, NaiveDate};
use domain::calls::formulas::{
    AGENTS_COUNT, CERTIFICATIONS_COUNT, EXPERIENCE_MONTHS, Figure, Formula, HOURS_TOTAL, REVIEWS_COUNT, TEAM_GOAL_ACHIEVEMENT,
};
use domain::calls::measures::{Measure, Sums};
use domain::explain::Term;
use domain::{Instant, TenantId};
use projections::Viewer;
use projections::calls::figures::people::{self, Aim, Person, Talk};
use projections::calls::figures::{Group, Groups, Question};
use rust_decimal::{Decimal, dec};
use serde::Deserialize;
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a figure is made of.
#[derive(Clone, Copy)]
enum Of {
    Measure(Measure),
    /// The seconds of a measure, in hours.
    Hours(Measure),
    TotalAgents,
    ActiveAgents,
    Experience,
    Certifications,
    Talks,
    MeetingGoals,
    GoalAchievement,
}

macro_rules! figures {
    ($($name:ident = $word:literal, $of:expr;)*) => {
        /// One figure of a team.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum TeamFigure { $($name),* }

        impl TeamFigure {
            pub const ALL: &'static [TeamFigure] = &[$(TeamFigure::$name),*];

            pub fn word(self) -> &'static str {
                match self { $(TeamFigure::$name => $word),* }
            }

            fn of(self) -> Of {
                match self { $(TeamFigure::$name => $of),* }
            }
        }
    };
}

figures! {
    TotalAgents = "totalAgents", Of::TotalAgents;
    ActiveAgents = "activeAgents", Of::ActiveAgents;
    AverageExperienceMonths = "averageExperienceMonths", Of::Experience;
    TotalCallsHandled = "totalCallsHandled", Of::Measure(Measure::Handled);
    TotalCallsMissed = "totalCallsMissed", Of::Measure(Measure::Missed);
    TotalTalkTimeHours = "totalTalkTimeHours", Of::Hours(Measure::TalkSeconds);
    TotalAvailableHours = "totalAvailableHours", Of::Hours(Measure::AvailableSeconds);
    AverageQualityScore = "averageQualityScore", Of::Measure(Measure::QaPercentage);
    AverageCustomerSatisfaction = "averageCustomerSatisfaction", Of::Measure(Measure::AverageSatisfaction);
    FirstCallResolutionRate = "firstCallResolutionRate", Of::Measure(Measure::FcrRate);
    ComplaintRate = "complaintRate", Of::Measure(Measure::ComplaintRate);
    CallsPerAgentPerDay = "callsPerAgentPerDay", Of::Measure(Measure::CallsPerAgentDay);
    UtilizationRate = "utilizationRate", Of::Measure(Measure::Utilization);
    AppointmentConversionRate = "appointmentConversionRate", Of::Measure(Measure::AppointmentConversion);
    AttendanceRate = "attendanceRate", Of::Measure(Measure::AttendanceRate);
    PunctualityRate = "punctualityRate", Of::Measure(Measure::PunctualityRate);
    ScheduleAdherenceRate = "scheduleAdherenceRate", Of::Measure(Measure::ScheduleAdherence);
    AgentsMeetingGoals = "agentsMeetingGoals", Of::MeetingGoals;
    TeamGoalAchievementRate = "teamGoalAchievementRate", Of::GoalAchievement;
    TrainingHoursCompleted = "trainingHoursCompleted", Of::Hours(Measure::TrainingSeconds);
    CertificationsEarned = "certificationsEarned", Of::Certifications;
    CoachingSessionsConducted = "coachingSessionsConducted", Of::Talks;
}

const HOUR: Decimal = dec!(3600);

impl TeamFigure {
    /// The measures behind all of them.
    pub fn measures() -> Vec<Measure> {
        TeamFigure::ALL.iter().filter_map(|figure| figure.measured()).collect()
    }

    /// The measure it is made of, if it is one of calls, shifts or reviews.
    pub fn measured(self) -> Option<Measure> {
        match self.of() {
            Of::Measure(measure) | Of::Hours(measure) => Some(measure),
            _ => None,
        }
    }

    pub fn formula(self) -> &'static Formula {
        match self.of() {
            Of::Measure(measure) => measure.formula(),
            Of::Hours(_) => &HOURS_TOTAL,
            Of::TotalAgents | Of::ActiveAgents | Of::MeetingGoals => &AGENTS_COUNT,
            Of::GoalAchievement => &TEAM_GOAL_ACHIEVEMENT,
            Of::Experience => &EXPERIENCE_MONTHS,
            Of::Certifications => &CERTIFICATIONS_COUNT,
            Of::Talks => &REVIEWS_COUNT,
        }
    }

    /// The explanation of its measure as one of itself.
    pub fn over(self, explained: ExplainedFigure) -> ExplainedFigure {
        let mut terms = explained.into_terms();
        if let Of::Hours(_) = self.of() {
            terms.push(Term { detail: Some("seconds in an hour".into()), ..Term::of("hour", Decimal::ZERO, HOUR) });
        }
        ExplainedFigure::of(self.word(), self.formula(), terms)
    }
}

/// Everything that figures of teams are made of, split or not.
#[derive(Default)]
pub struct Crew {
    pub groups: Groups,
    /// The agents one sees, wherever they work now, by their ids.
    people: Vec<Person>,
    active: BTreeMap<Group, BTreeSet<Uuid>>,
    talks: BTreeMap<Group, Vec<Talk>>,
    /// The goals of agents that are in force.
    aims: Vec<Aim>,
    /// Only these places and teams, if any are named.
    locations: Vec<Uuid>,
    teams: Vec<String>,
}

/// The place and the team of a group; neither for all together.
#[derive(Clone, Copy)]
struct Place<'g>(Option<(Option<Uuid>, Option<&'g str>)>);

impl<'g> Place<'g> {
    fn of(group: &'g Group) -> Self {
        Self(match group.as_slice() {
            [location, team, ..] => Some((location.as_deref().and_then(|id| Uuid::try_parse(id).ok()), team.as_deref())),
            _ => None,
        })
    }
}

impl Crew {
    /// All but the sums of calls, shifts and reviews.
    pub async fn read(
        conn: &mut PgConnection,
        tenant: TenantId,
        viewer: &Viewer,
        question: &Question,
        now: Instant,
    ) -> sqlx::Result<Self> {
        Ok(Self {
            groups: Groups::new(),
            people: people::people(conn, tenant, viewer, question).await?,
            active: people::active(conn, tenant, viewer, question).await?,
            talks: people::talks(conn, tenant, viewer, question).await?,
            aims: people::aims(conn, tenant, viewer, question, now).await?,
            locations: question.slice.locations.clone(),
            teams: question.slice.teams.clone(),
        })
    }

    /// All groups as one, with their sums.
    pub fn together(self, whole: Sums) -> Self {
        let all = Group::new();
        let active = self.active.into_values().flatten().collect();
        let mut talks: Vec<Talk> = self.talks.into_values().flatten().collect();
        talks.sort_by_key(|talk| (talk.on, talk.review_id));
        Self {
            groups: Groups::from([(all.clone(), whole)]),
            active: BTreeMap::from([(all.clone(), active)]),
            talks: BTreeMap::from([(all, talks)]),
            ..self
        }
    }

    /// Whether something that is recorded of this place and team counts in the group.
    fn counts(&self, place: Place<'_>, location: Option<Uuid>, team: Option<&str>) -> bool {
        let among = self.locations.is_empty() || location.is_some_and(|location| self.locations.contains(&location));
        let of = self.teams.is_empty() || team.is_some_and(|team| self.teams.iter().any(|known| known == team));
        among && of && place.0.is_none_or(|there| there == (location, team))
    }

    /// The groups in which anything happened.
    pub fn known(&self) -> BTreeSet<Group> {
        self.groups.keys().chain(self.active.keys()).chain(self.talks.keys()).cloned().collect()
    }

    /// The figures of a group: location, team and the stretch of time, or nothing for all together.
    pub fn figures(&self, group: &Group, granularity: Granularity, period: &Period) -> Figures {
        let stretch = stretch(group.get(2).cloned().flatten(), granularity, period);
        let sums = self.groups.get(group).cloned().unwrap_or_default();
        let mut shown = Figures::default();
        for figure in TeamFigure::ALL {
            let Figure { value, error, .. } = self.figure(*figure, group, &sums, stretch);
            shown.figures.insert(figure.word(), value);
            if let Some(error) = error {
                shown.errors.insert(figure.word(), error);
            }
        }
        shown
    }

    fn figure(&self, figure: TeamFigure, group: &Group, sums: &Sums, stretch: (NaiveDate, NaiveDate)) -> Figure {
        match figure.of() {
            Of::Measure(measure) => measure.figure(sums),
            Of::Hours(measure) => HOURS_TOTAL.figure(measure.parts(sums).0, HOUR),
            _ => {
                let terms = self.terms_of(figure, group, stretch);
                let points: Decimal = terms.iter().map(|term| term.points).sum();
                figure.formula().figure(points, terms.iter().map(|term| term.counts).sum::<Decimal>())
            }
        }
    }

    /// What a figure over people is made of, over all of the period.
    pub fn terms(&self, figure: TeamFigure, period: &Period) -> Vec<Term> {
        self.terms_of(figure, &Group::new(), (period.from, period.to))
    }

    fn terms_of(&self, figure: TeamFigure, group: &Group, (first, last): (NaiveDate, NaiveDate)) -> Vec<Term> {
        let place = Place::of(group);
        // Where they work now; everything else counts where it was recorded.
        let now = |person: &&Person| {
            self.counts(place, person.agent.location_id.map(|location| location.0), person.agent.team.as_deref())
        };
        let theirs = self.people.iter().filter(now);
        // Whoever is enrolled took calls before too (`Agent`), unless it is known that they were hired later.
        let there = |person: &&Person| person.agent.is_active && person.agent.hired_on.is_none_or(|hired| hired <= last);
        let of = |person: &Person, reason: &str, points: Decimal, counts: Decimal| Term {
            event_id: person.event_id,
            position: Some(person.agent.position.to_i64()),
            occurred_at: Some(person.agent.updated_at),
            about: Some(person.agent.agent_id.0),
            ..Term::of(reason, points, counts)
        };
        match figure.of() {
            Of::TotalAgents => theirs.filter(there).map(|p| of(p, "agent", Decimal::ONE, Decimal::ZERO)).collect(),
            Of::ActiveAgents => {
                let known = |agent: &Uuid| {
                    let nth = self.people.binary_search_by_key(agent, |person| person.agent.agent_id.0).ok()?;
                    self.people.get(nth)
                };
                // Of somebody who works elsewhere now no more may be seen than that they were here.
                let term = |agent: &Uuid| match known(agent) {
                    Some(person) => of(person, "agent", Decimal::ONE, Decimal::ZERO),
                    None => Term { about: Some(*agent), ..Term::of("agent", Decimal::ONE, Decimal::ZERO) },
                };
                self.active.get(group).into_iter().flatten().map(term).collect()
            }
            Of::Experience => {
                let months = |person: &Person| person.agent.hired_on.map(|hired| whole_months(hired, last));
                theirs.filter(there).filter_map(|p| Some(of(p, "months", months(p)?.into(), Decimal::ONE))).collect()
            }
            Of::Certifications => self
                .people
                .iter()
                .flat_map(|person| person.agent.certifications.iter().map(move |passed| (person, passed)))
                .filter(|(_, passed)| (first..=last).contains(&passed.on))
                .filter(|(_, passed)| self.counts(place, passed.location.map(|location| location.0), passed.team.as_deref()))
                .map(|(person, passed)| Term {
                    detail: Some(passed.name.clone()),
                    ..of(person, "certification", Decimal::ONE, Decimal::ZERO)
                })
                .collect(),
            Of::Talks => {
                let talk = |talk: &Talk| Term {
                    event_id: Some(talk.event_id),
                    position: Some(talk.position),
                    about: Some(talk.review_id),
                    detail: Some(format!("talked about on {}", talk.on)),
                    ..Term::of("review", Decimal::ONE, Decimal::ZERO)
                };
                self.talks.get(group).into_iter().flatten().map(talk).collect()
            }
            Of::MeetingGoals | Of::GoalAchievement => {
                // Whoever has several goals meets them only all together.
                let mut agents: BTreeMap<Uuid, (bool, &Aim)> = BTreeMap::new();
                for aim in self.aims.iter().filter(|aim| aim.from <= last && first <= aim.to) {
                    if self.counts(place, aim.location, aim.team.as_deref()) {
                        let known = agents.entry(aim.agent_id.0).or_insert((true, aim));
                        *known = (known.0 && aim.met, aim);
                    }
                }
                let counts = if matches!(figure.of(), Of::GoalAchievement) { Decimal::ONE } else { Decimal::ZERO };
                let term = |(agent, (met, aim)): (Uuid, (bool, &Aim))| Term {
                    event_id: Some(aim.event_id),
                    position: Some(aim.position),
                    about: Some(agent),
                    ..Term::of("agent with goals", if met { Decimal::ONE } else { Decimal::ZERO }, counts)
                };
                let terms = agents.into_iter().map(term);
                terms.filter(|term| !(term.points.is_zero() && term.counts.is_zero())).collect()
            }
            Of::Measure(_) | Of::Hours(_) => Vec::new(),
        }
    }
}

/// The days of a stretch that begins there, as far as they are in the period.
fn stretch(begins: Option<String>, granularity: Granularity, period: &Period) -> (NaiveDate, NaiveDate) {
    let Some(begins) = begins.and_then(|day| day.parse::<NaiveDate>().ok()) else { return (period.from, period.to) };
    let next = match granularity {
        Granularity::Whole => None,
        Granularity::Day => begins.checked_add_days(Days::new(1)),
        Granularity::Week => begins.checked_add_days(Days::new(7)),
        Granularity::Month => begins.checked_add_months(Months::new(1)),
        Granularity::Quarter => begins.checked_add_months(Months::new(3)),
        Granularity::Year => begins.checked_add_months(Months::new(12)),
    };
    let last = next.and_then(|next| next.pred_opt()).unwrap_or(period.to);
    (begins.max(period.from), last.min(period.to))
}

/// Whole months from one day to another; none if it is not later.
fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    let months = (to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32 - i32::from(to.day() < from.day());
    months.max(0).unsigned_abs()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_whole_and_stretches_end_where_the_next_begins() {
        assert_eq!(whole_months(day("2025-03-02"), day("2026-03-01")), 11);
        assert_eq!(whole_months(day("2025-03-01"), day("2026-03-01")), 12);
        assert_eq!(whole_months(day("2026-03-02"), day("2026-03-01")), 0);
        let period = Period { from: day("2026-02-10"), to: day("2026-03-20"), timezone: "UTC".into() };
        let of = |begins: &str, granularity| stretch(Some(begins.into()), granularity, &period);
        assert_eq!(of("2026-02-01", Granularity::Month), (day("2026-02-10"), day("2026-02-28")));
        assert_eq!(of("2026-03-16", Granularity::Week), (day("2026-03-16"), day("2026-03-20")));
        assert_eq!(stretch(None, Granularity::Whole, &period), (period.from, period.to));
    }

    #[test]
    fn every_figure_has_the_word_that_it_is_asked_by() {
        for figure in TeamFigure::ALL {
            let read: TeamFigure = serde_json::from_value(figure.word().into()).unwrap();
            assert_eq!(read, *figure);
        }
    }
}
