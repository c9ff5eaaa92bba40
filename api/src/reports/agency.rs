//! An agency on paper: its record, how both its scores come about, how they went, and the cases it has.

use super::{Gathered, Moment, answer, filed, said, sums::Cases};
use crate::agencies::Agency;
use crate::auth::Caller;
use crate::extract::Id;
use crate::{Error, House};
use ::reports::agency::{Moment as Point, Reason, Score, Step, Trend};
use ::reports::figures::{Amount, At, Count, Points};
use ::reports::head::{Fact, Tone};
use ::reports::{AgencyReport, Kind};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Datelike, Days, Months, NaiveTime, TimeDelta, Utc};
use domain::AgencyId;
use domain::cases::score::{SCORE_1, SCORE_2_DAYS};
use domain::explain::{Arithmetic, Explanation, Field, Term, rounded};
use domain::organization::role::Permission;
use projections::cases::agency_directory;
use projections::cases::agency_explained::explain;
use projections::cases::agency_score::{AgencyScore, Formula, scores};
use projections::cases::worklist_page::{CaseFilter, CaseOrder};
use rust_decimal::{Decimal, dec, prelude::ToPrimitive};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// An agency as PDF: its record, both scores with their reasons and sums, how they went, and its cases.
#[utoipa::path(get, path = "/api/v1/reports/dca/{id}/pdf", tag = "reports",
    params(("id" = Uuid, Path, description = "The agency.")), responses((status = 200, content((Vec<u8> = "application/pdf")))))]
pub async fn agency(house: web::Data<House>, caller: Caller, id: Id) -> Result<HttpResponse, Error> {
    let (id, sees_cases) = (AgencyId(id.0), caller.may(Permission::ReadCases));
    let made = answer(&house, &caller, Kind::Agency, move |conn, moment| Box::pin(gathered(conn, moment, id, sees_cases)));
    made.await
}

async fn gathered(conn: &mut PgConnection, moment: &Moment, id: AgencyId, sees_cases: bool) -> Gathered<AgencyReport> {
    let (tenant, now) = (moment.tenant, moment.now);
    let Some(row) = agency_directory::card(conn, tenant, id).await? else { return Ok(Err(Error::missing("agency"))) };
    let Some(score) = scores(conn, tenant, &[id], None, now).await?.pop() else { return Ok(Err(Error::missing("agency"))) };
    let shown = Agency::of(row, &score);
    let mut explained = Vec::new();
    let mut last = None;
    for formula in [Formula::Score1, Formula::Score2] {
        let explanation = explain(conn, tenant, id, formula, None, now).await?;
        last = last.max(explanation.terms.iter().filter_map(|term| term.occurred_at).max());
        explained.push(summed(explanation));
    }
    let trend = trend(conn, moment, id, shown.created_at, last).await?;
    let mut cases = None;
    if sees_cases {
        let filter = CaseFilter { agency: Some(id), ..CaseFilter::default() };
        match Cases::read(conn, tenant, &filter, CaseOrder::default(), now).await? {
            Ok(read) => cases = Some(read),
            Err(error) => return Ok(Err(error)),
        }
    }
    let report = AgencyReport {
        head: moment.head("Agency report", shown.name.clone()),
        tiles: vec![
            Fact::new("Performance score", shown.performance_score),
            Fact::new("Cases now", format!("{} of {}", Count(shown.active_cases_count.into()), Count(shown.max_capacity.into()))),
            Fact::new("Completed", Count(shown.total_cases_completed)),
            match shown.is_active {
                true => Fact::new("State", "active"),
                false => Fact::new("State", "inactive").tone(Tone::Quiet),
            },
        ],
        facts: facts(&shown),
        record: record(&shown),
        scores: explained,
        trend,
        total: cases.as_ref().map(Cases::total).unwrap_or_default(),
        cases: cases.map(|cases| cases.lines),
    };
    Ok(Ok((format!("agency-{}", filed(&shown.name)), report)))
}

fn facts(agency: &Agency) -> Vec<Fact> {
    let upper = agency.max_debt_amount.map_or_else(|| "no upper limit".to_owned(), |most| Amount(most).to_string());
    vec![
        Fact::perhaps("Contact", agency.contact_person.as_ref()),
        Fact::perhaps("E-mail", agency.email.as_ref()),
        Fact::perhaps("Phone", agency.phone.as_ref()),
        Fact::perhaps("Website", agency.website_url.as_ref()),
        Fact::new("Takes debts from", Amount(agency.min_debt_amount)),
        Fact::new("… up to", upper),
        Fact::new("Score shown as", &agency.score_formula),
        Fact::at("Registered", Some(agency.created_at)),
        Fact::at("Details changed", Some(agency.updated_at)),
        Fact::new("Id", agency.id).tone(Tone::Quiet),
    ]
}

fn record(agency: &Agency) -> Vec<Fact> {
    vec![
        Fact::new("Completed", Count(agency.total_cases_completed)),
        Fact::new("… quickly", Count(agency.quick_completions)),
        Fact::new("… at risk", Count(agency.at_risk_completions)),
        Fact::new("… breached", Count(agency.breached_completions)),
        Fact::new("Days over the threshold", Count(agency.slow_days)),
        Fact::perhaps("Mean days to complete", agency.avg_completion_time_days),
        Fact::new("Rejected", Count(agency.total_cases_rejected)),
        Fact::new("Delayed", Count(agency.total_delays)),
    ]
}

/// The terms by their reasons, and the sum step by step.
fn summed(Explanation { formula, value, terms, arithmetic }: Explanation) -> Score {
    let mut reasons: BTreeMap<&str, (i64, Decimal)> = BTreeMap::new();
    for term in &terms {
        let sums = reasons.entry(&term.reason).or_default();
        *sums = (sums.0 + 1, sums.1 + term.points);
    }
    let reason = |(reason, (times, points)): (&str, (i64, Decimal))| Reason {
        reason: said(reason),
        times: Count(times),
        points: Points(points),
    };
    let reasons = reasons.into_iter().map(reason).collect();
    let mut steps = Vec::new();
    step(&arithmetic, &terms, &mut steps);
    let (over, value) = match formula {
        SCORE_1 => ("over all history".to_owned(), value.normalize()),
        _ => (format!("over the last {SCORE_2_DAYS} days"), value),
    };
    Score { formula, over, value: value.to_string(), reasons, steps }
}

/// Writes down what each node of the tree comes to, those it needs first.
fn step(node: &Arithmetic, terms: &[Term], steps: &mut Vec<Step>) {
    let figure = |value: Decimal| Plain(value).to_string();
    let part = |node: &Arithmetic| match node.evaluate(terms) {
        less if less.is_sign_negative() && !less.is_zero() => format!("({})", figure(less)),
        value => figure(value),
    };
    let of = |nodes: &[Arithmetic], sign: &str| nodes.iter().map(part).collect::<Vec<_>>().join(sign);
    let (needs, what): (&[Arithmetic], String) = match node {
        Arithmetic::Nothing | Arithmetic::Value { .. } => return,
        Arithmetic::Sum { field: Field::Points, at_least: None, .. } => (&[], "all points".into()),
        Arithmetic::Sum { field: Field::Points, at_least: Some(floor), .. } => {
            (&[], format!("all points, no event below {}", figure(*floor)))
        }
        Arithmetic::Sum { field: Field::Counts, .. } => (&[], "cases handled".into()),
        Arithmetic::Add { of: parts } => (parts, of(parts, " + ")),
        Arithmetic::Multiply { of: parts } => (parts, of(parts, " × ")),
        Arithmetic::Divide { of: parts } => (parts, of(parts, " ÷ ")),
        Arithmetic::Max { of: parts } => (parts, format!("the greater of {}", of(parts, " and "))),
        Arithmetic::Clamp { min, max, of: parts } => (parts, format!("kept within {} and {}", figure(*min), figure(*max))),
        Arithmetic::Floor { of: parts } => (parts, "whole ones only".into()),
        Arithmetic::Round { digits, of: parts } => (parts, format!("rounded to {digits} decimals")),
    };
    needs.iter().for_each(|node| step(node, terms, steps));
    let value = match node {
        Arithmetic::Round { .. } => node.evaluate(terms).to_string(),
        _ => figure(node.evaluate(terms)),
    };
    steps.push(Step { what, value });
}

/// A number on the way: at most four decimals, no zeros at its end, a minus as wide as a plus.
struct Plain(Decimal);

impl std::fmt::Display for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&rounded(self.0, 4).normalize().to_string().replace('-', "\u{2212}"))
    }
}

/// The scores at the ends of twelve months, or weeks for an agency younger than that: the last twelve, or if it has not done
/// anything for a year, those up to its last deed.
async fn trend(
    conn: &mut PgConnection,
    moment: &Moment,
    id: AgencyId,
    since: DateTime<Utc>,
    last: Option<DateTime<Utc>>,
) -> sqlx::Result<Trend> {
    let idle = last.filter(|last| *last < moment.now - TimeDelta::days(365));
    let (every, ends) = ends(idle.unwrap_or(moment.now), moment.now, since);
    let mut moments = Vec::new();
    for (label, at) in ends {
        // This moment's are those of the card, with everything on record.
        let asked = (at < moment.now).then_some(at);
        let score = scores(conn, moment.tenant, &[id], asked, moment.now).await?.pop();
        moments.extend(score.map(|score| point(label, at, &score)));
    }
    let until = if idle.is_some() { "up to its last deed" } else { "the last is this moment" };
    Ok(Trend { every, until, moments })
}

fn point(label: String, at: DateTime<Utc>, score: &AgencyScore) -> Point {
    let height = |value: Decimal| (value / dec!(120)).to_f64().unwrap_or_default().clamp(0.0, 1.0);
    Point {
        label,
        at: At(at),
        score_1: score.score_1.to_string(),
        score_2: score.score_2.to_string(),
        height_1: height(score.score_1),
        height_2: height(score.score_2),
    }
}

/// The last instants of twelve months or weeks, the last of them with `until` in it, as far as it existed then and as time has come.
fn ends(until: DateTime<Utc>, now: DateTime<Utc>, since: DateTime<Utc>) -> (&'static str, Vec<(String, DateTime<Utc>)>) {
    let (day, young) = (until.date_naive(), since > now - TimeDelta::weeks(12));
    let (every, first) = match young {
        true => ("week", day - Days::new(u64::from(day.weekday().num_days_from_monday()))),
        false => ("month", day.with_day(1).unwrap_or(day)),
    };
    let begun = |back: u32| match young {
        true => (first + Days::new(7)).checked_sub_days(Days::new(7 * u64::from(back))),
        false => (first + Months::new(1)).checked_sub_months(Months::new(back)),
    };
    let end = |back| begun(back).map(|next| next.and_time(NaiveTime::MIN).and_utc() - TimeDelta::microseconds(1));
    let label = |at: DateTime<Utc>| at.format(if young { "%d %b" } else { "%b %y" }).to_string();
    let ends = (0..12).rev().filter_map(end).map(|at| at.min(now)).filter(|at| *at >= since).map(|at| (label(at), at));
    (every, ends.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::cases::score::{score_1, score_2};

    fn term(reason: &str, points: Decimal, counts: u8) -> Term {
        Term {
            reason: reason.into(),
            points,
            counts: counts.into(),
            event_id: Some(uuid::Uuid::now_v7()),
            position: None,
            occurred_at: None,
            case_id: None,
            policy_version: Some(1),
            about: None,
            detail: None,
        }
    }

    #[test]
    fn the_steps_lead_to_the_score() {
        let terms =
            || vec![term("slow_processing", dec!(-60), 1), term("quick_completion", dec!(5), 1), term("delay", dec!(-3), 0)];
        let first = summed(score_1(terms()));
        let steps: Vec<_> = first.steps.iter().map(|step| (step.what.as_str(), step.value.as_str())).collect();
        assert_eq!(steps, [("all points", "−58"), ("100 + (−58)", "42"), ("kept within 0 and 120", "42")]);
        assert_eq!((first.value.as_str(), first.reasons.len()), ("42", 3));
        let second = summed(score_2(terms()));
        assert_eq!(second.steps.first().unwrap().what, "all points, no event below −10");
        assert_eq!((second.steps.last().unwrap().value.as_str(), second.value.as_str()), ("60.00", "60.00"));
    }

    #[test]
    fn months_and_weeks_end_where_the_next_begin() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-03-31T10:00:00Z");
        let (every, months) = ends(now, now, at("2020-01-01T00:00:00Z"));
        assert_eq!((every, months.len()), ("month", 12));
        assert_eq!(months[10].1, at("2026-02-28T23:59:59.999999Z"));
        assert_eq!(months[0], ("Apr 25".to_owned(), at("2025-04-30T23:59:59.999999Z")));
        assert_eq!(months[11], ("Mar 26".to_owned(), now), "this month has not ended yet");
        let (every, weeks) = ends(now, now, at("2026-03-10T00:00:00Z"));
        assert_eq!((every, weeks.len()), ("week", 4));
        assert_eq!((weeks[2].1, weeks[3].1), (at("2026-03-29T23:59:59.999999Z"), now));
        let (_, long_ago) = ends(at("2013-06-21T00:00:00Z"), now, at("2010-01-01T00:00:00Z"));
        assert_eq!((long_ago.len(), long_ago[11].1), (12, at("2013-06-30T23:59:59.999999Z")));
    }
}
