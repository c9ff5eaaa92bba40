//! The one table: each figure with what it is measured against, the target, and whether it is met.

use std::collections::BTreeMap;

/// All figures of all rounds.
#[derive(Default)]
pub struct Book(BTreeMap<&'static str, Vec<f64>>);

/// What a line must reach.
pub enum Target {
    /// So many times the other's figure.
    AtLeastTimes(f64, &'static str),
    /// No more than so many times the other's figure.
    AtMostTimes(f64, &'static str),
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
    /// It is only there to compare with.
    None,
}

/// A line of the table.
pub struct Line {
    pub what: &'static str,
    pub figure: &'static str,
    pub unit: &'static str,
    pub target: Target,
}

impl Book {
    pub fn note(&mut self, figure: &'static str, value: f64) {
        eprintln!("  {figure}: {}", number(value));
        self.0.entry(figure).or_default().push(value);
    }

    /// The middle one of the rounds.
    pub fn median(&self, figure: &str) -> Option<f64> {
        let mut values = self.0.get(figure)?.clone();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() % 2 {
            0 => Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0),
            _ => values.get(middle).copied(),
        }
    }

    fn spread(&self, figure: &str) -> String {
        let values = self.0.get(figure).map_or(&[][..], Vec::as_slice);
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
        if values.len() > 1 { format!("{}–{}", number(low), number(high)) } else { String::new() }
    }

    /// The table as Markdown, ready for `docs/`.
    pub fn print(&self, lines: &[Line]) {
        println!("| what | median | spread | beside | ratio | target | |");
        println!("| --- | ---: | --- | --- | ---: | --- | --- |");
        let (mut met, mut judged) = (0, 0);
        for line in lines {
            let Some(value) = self.median(line.figure) else {
                println!("| {} | – | | | | | not measured |", line.what);
                judged += usize::from(!matches!(line.target, Target::None));
                continue;
            };
            let against = |other: &'static str| match self.median(other) {
                Some(median) => (format!("{other} {}", number(median)), value / median),
                None => (format!("{other} not measured"), f64::NAN),
            };
            let (beside, ratio, target, good) = match line.target {
                Target::AtLeastTimes(times, other) => {
                    let (beside, ratio) = against(other);
                    (beside, format!("{ratio:.2}"), format!("≥ {times} ×"), Some(ratio >= times))
                }
                Target::AtMostTimes(times, other) => {
                    let (beside, ratio) = against(other);
                    (beside, format!("{ratio:.2}"), format!("≤ {times} ×"), Some(ratio <= times))
                }
                Target::AtMost(most) => (String::new(), String::new(), format!("≤ {most} {}", line.unit), Some(value <= most)),
                Target::AtLeast(least) => {
                    (String::new(), String::new(), format!("≥ {least} {}", line.unit), Some(value >= least))
                }
                Target::None => (String::new(), String::new(), String::new(), None),
            };
            let verdict = match good {
                Some(true) => "met",
                Some(false) => "MISSED",
                None => "",
            };
            judged += usize::from(good.is_some());
            met += usize::from(good == Some(true));
            let (median, spread) = (number(value), self.spread(line.figure));
            println!("| {} | {median} {} | {spread} | {beside} | {ratio} | {target} | {verdict} |", line.what, line.unit);
        }
        println!("\n{met} of {judged} targets met.");
    }
}

/// Three digits that matter, thousands as k.
fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 100_000.0 => format!("{:.0} k", value / 1000.0),
        v if v >= 1_000.0 => format!("{:.1} k", value / 1000.0),
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
