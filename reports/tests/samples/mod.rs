//! Reports to try the press with: ordinary ones, and ones that somebody wrote who wishes us ill.

use chrono::{DateTime, Days, TimeZone, Utc};
use reports::agency::{Moment, Reason, Score, Step, Trend};
use reports::case::{Clock, Effect, Happening, Payment, Recovery, Term};
use reports::figures::{Amount, At, Count, Day, Points};
use reports::head::{Bar, Fact, Tone};
use reports::worklist::{CaseLine, Row, Sums};
use reports::{AgencyReport, CaseReport, Head, WorklistReport};
use rust_decimal::{Decimal, dec};

pub fn day(n: u64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 9, 30, 0).unwrap() + Days::new(n)
}

fn head(title: &str, about: &str) -> Head {
    Head::new("Consolidated Collections plc".into(), title, about.into(), "#4D148C", 4711, day(20))
}

/// An ordinary case, with `name` wherever people write something.
pub fn case(name: &str) -> CaseReport {
    let term = |reason: &str, points| Term { reason: reason.into(), detail: Some(name.into()), points: Points(points) };
    let happened = [(1, 0), (2, 0), (3, 2), (4, 3), (5, 9)];
    CaseReport {
        head: head("Case report", name),
        tiles: vec![
            Fact::new("Status", "completed"),
            Fact::new("SLA", "At Risk").tone(Tone::Warning),
            Fact::new("Balance", "14,750.00 USD"),
            Fact::new("Due", "2026-03-12 09:30"),
        ],
        facts: vec![Fact::new("Agency", name), Fact::new("Priority", "P2"), Fact::perhaps("Outcome", None::<String>)],
        customer: vec![Fact::new("Name", name), Fact::new("E-mail", name), Fact::new("Address", name)],
        notes: Some(name.into()),
        documents: vec![name.into()],
        clock: Clock::new([day(1), day(9), day(11)], ("completed", day(10)), happened.into_iter().map(|(n, on)| (n, day(on)))),
        currency: "USD".into(),
        overdue: Amount(dec!(15000)),
        paid: Amount(dec!(250)),
        balance: Amount(dec!(14750)),
        credit: Amount(dec!(0)),
        payments: vec![Payment {
            number: 4,
            at: At(day(3)),
            amount: Amount(dec!(250)),
            reference: Some(name.into()),
            who: name.into(),
        }],
        effects: Some(vec![Effect {
            agency: name.into(),
            at: At(day(10)),
            position: 4700,
            settings: 2,
            terms: vec![term("completion", dec!(0)), term("completed_at_risk", dec!(-5))],
            points: Points(dec!(-5)),
            floored: Points(dec!(-5)),
        }]),
        recovery: Recovery {
            formula: "recovery.score@1".into(),
            value: "64.50".into(),
            terms: vec![term("amount", dec!(10)), term("base", dec!(54.5))],
        },
        history: happened
            .into_iter()
            .map(|(number, on)| Happening {
                number,
                at: At(day(on)),
                who: name.into(),
                words: name.into(),
                position: 4000 + number,
            })
            .collect(),
    }
}

fn line(n: usize, name: &str) -> CaseLine {
    let (sla, tone) = [("On Track", Tone::Good), ("At Risk", Tone::Warning), ("Breached", Tone::Bad)][n % 3];
    let overdue = Decimal::from(1000 + n * 37) + dec!(0.25);
    CaseLine {
        number: format!("CASE-2026-{n:06}"),
        customer: Some(format!("{name} {n}")),
        agency: (!n.is_multiple_of(4)).then(|| "Swift Debt Solutions".to_owned()),
        status: ["open", "assigned", "in progress", "delayed", "completed", "closed"][n % 6].to_owned(),
        priority: format!("P{}", n % 3 + 1),
        sla,
        tone,
        due: Day(day(n as u64 % 40)),
        opened: Day(day(n as u64 % 30)),
        overdue: Amount(overdue),
        paid: Amount(dec!(250)),
        balance: Amount(overdue - dec!(250)),
        currency: "USD".into(),
    }
}

/// So many cases.
pub fn worklist(cases: usize, name: &str) -> WorklistReport {
    let bar = |label: &str, count: usize, tone| Bar::new(label, count as i64, tone);
    WorklistReport {
        head: head("All cases", "every case").wide(),
        asked: vec![Fact::new("Filter", name), Fact::new("Order", "newest first")],
        total: Count(cases as i64),
        by_status: vec![bar("open", cases / 6, Tone::Plain), bar("closed", cases - cases / 6, Tone::Plain)],
        by_priority: vec![bar("P1", cases, Tone::Plain), bar("P2", 0, Tone::Plain), bar("P3", 0, Tone::Plain)],
        by_sla: vec![
            bar("On Track", cases / 3, Tone::Good),
            bar("At Risk", cases / 3, Tone::Warning),
            bar("Breached", cases / 3, Tone::Bad),
        ],
        crossed: vec![Row { label: "open".into(), counts: [cases, 0, 0, cases].map(|count| Count(count as i64)) }],
        amounts: vec![Sums {
            currency: "USD".into(),
            cases: Count(cases as i64),
            overdue: Amount(dec!(630000)),
            paid: Amount(dec!(157500)),
            balance: Amount(dec!(472500)),
            credit: Amount(dec!(0)),
            rate: Some("25.00".into()),
            share: 0.25,
        }],
        cases: (0..cases).map(|n| line(n, name)).collect(),
    }
}

/// An agency with these many cases.
pub fn agency(cases: usize, name: &str) -> AgencyReport {
    let moment = |n: u64| Moment {
        label: format!("{:02}", n + 1),
        at: At(day(n * 30)),
        score_1: (100 + n).to_string(),
        score_2: format!("{}.25", 90 + n),
        height_1: (100 + n) as f64 / 120.0,
        height_2: (90 + n) as f64 / 120.0,
    };
    let score = |formula| Score {
        formula,
        over: "over all history".into(),
        value: "105".into(),
        reasons: vec![Reason { reason: "quick_completion".into(), times: Count(2), points: Points(dec!(10)) }],
        steps: vec![
            Step { what: "all points".into(), value: "+5".into() },
            Step { what: "100 + points".into(), value: "105".into() },
        ],
    };
    AgencyReport {
        head: head("Agency report", name),
        tiles: vec![Fact::new("Score", "105"), Fact::new("Active cases", "7 of 50")],
        facts: vec![Fact::new("Name", name), Fact::new("Contact", name)],
        record: vec![Fact::new("Completed", "48"), Fact::new("Rejected", "3")],
        scores: vec![score("agency.score@1"), score("agency.score@2")],
        trend: Trend { every: "month", until: "the last is this moment", moments: (0..12).map(moment).collect() },
        cases: Some((0..cases).map(|n| line(n, name)).collect()),
        total: Count(cases as i64),
    }
}
