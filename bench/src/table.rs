//! The one table: each figure with what it is measured against, the target, and whether it is met.

use crate::plan::Part;
use std::collections::BTreeMap;
use std::fmt::Write;

/// All figures of all rounds, and what a reader of them should know.
#[derive(Default)]
pub struct Book {
    figures: BTreeMap<&'static str, Vec<f64>>,
    remarks: Vec<String>,
}

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
    /// The parts of the run in which it is measured.
    pub parts: &'static [Part],
}

/// A target beside what was reached.
struct Verdict {
    beside: String,
    ratio: String,
    target: String,
    met: Option<bool>,
}

impl Book {
    pub fn note(&mut self, figure: &'static str, value: f64) {
        eprintln!("  {figure}: {}", number(value));
        self.figures.entry(figure).or_default().push(value);
    }

    pub fn remark(&mut self, remark: impl Into<String>) {
        self.remarks.push(remark.into());
    }

    /// The middle one of the rounds.
    pub fn median(&self, figure: &str) -> Option<f64> {
        let mut values = self.figures.get(figure)?.clone();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() % 2 {
            0 => Some((values.get(middle.checked_sub(1)?)? + values.get(middle)?) / 2.0),
            _ => values.get(middle).copied(),
        }
    }

    /// How far the rounds are apart, as a part of the median.
    fn spread(&self, figure: &str) -> String {
        let values = self.figures.get(figure).map_or(&[][..], Vec::as_slice);
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
        match self.median(figure) {
            Some(median) if values.len() > 1 => format!("{:.0} %", 100.0 * (high - low) / median),
            _ => String::new(),
        }
    }

    fn verdict(&self, line: &Line, value: f64) -> Verdict {
        let times = |sign: &str, times: f64, other: &'static str, met: fn(f64, f64) -> bool| {
            let ratio = self.median(other).map(|median| value / median);
            Verdict {
                beside: self
                    .median(other)
                    .map_or(format!("{other}: not measured"), |median| format!("{other} {}", number(median))),
                ratio: ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
                target: format!("{sign} {times} ×"),
                met: Some(ratio.is_some_and(|ratio| met(ratio, times))),
            }
        };
        let plain = |target: String, met| Verdict { beside: String::new(), ratio: String::new(), target, met };
        match line.target {
            Target::AtLeastTimes(least, other) => times("≥", least, other, |ratio, least| ratio >= least),
            Target::AtMostTimes(most, other) => times("≤", most, other, |ratio, most| ratio <= most),
            Target::AtMost(most) => plain(format!("≤ {most} {}", line.unit), Some(value <= most)),
            Target::AtLeast(least) => plain(format!("≥ {least} {}", line.unit), Some(value >= least)),
            Target::None => plain(String::new(), None),
        }
    }

    /// Table and remarks as Markdown.
    pub fn page(&self, lines: &[&Line]) -> String {
        let mut page =
            "| what | figure | spread | beside | ratio | target | |\n| --- | ---: | ---: | --- | ---: | --- | --- |\n".to_owned();
        let (mut met, mut judged) = (0, 0);
        for line in lines {
            let row = match self.median(line.figure) {
                None => {
                    judged += usize::from(!matches!(line.target, Target::None));
                    format!("| {} | – | | | | | not measured |", line.what)
                }
                Some(value) => {
                    let verdict = self.verdict(line, value);
                    judged += usize::from(verdict.met.is_some());
                    met += usize::from(verdict.met == Some(true));
                    let word = verdict.met.map_or("", |met| if met { "met" } else { "**missed**" });
                    let (figure, spread) = (number(value), self.spread(line.figure));
                    let Verdict { beside, ratio, target, .. } = verdict;
                    format!("| {} | {figure} {} | {spread} | {beside} | {ratio} | {target} | {word} |", line.what, line.unit)
                }
            };
            // Writing to a string cannot fail.
            let _ = writeln!(page, "{row}");
        }
        let _ = writeln!(
            page,
            "\n{met} of {judged} targets met. The figure is the median of the rounds, the spread (max − min) ÷ median.\n"
        );
        page + &self.remarks.iter().map(|remark| format!("- {remark}\n")).collect::<String>()
    }
}

/// Three digits that matter, thousands as k.
pub fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 100_000.0 => format!("{:.0} k", value / 1000.0),
        v if v >= 1_000.0 => format!("{:.1} k", value / 1000.0),
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(figures: &[(&'static str, &[f64])], target: Target) -> String {
        let mut book = Book::default();
        figures.iter().for_each(|(name, values)| values.iter().for_each(|value| book.note(name, *value)));
        book.page(&[&Line { what: "it", figure: "ours", unit: "/s", target, parts: &[] }])
    }

    #[test]
    fn medians_are_compared_and_their_spread_is_shown() {
        let twice = || Target::AtLeastTimes(2.0, "peer");
        let shown = page(&[("ours", &[200.0, 300.0, 100.0]), ("peer", &[50.0, 150.0])], twice());
        assert!(shown.contains("| it | 200 /s | 100 % | peer 100 | 2.00 | ≥ 2 × | met |\n"), "{shown}");
        assert!(shown.contains("\n1 of 1 targets met."), "{shown}");
        let shown = page(&[("ours", &[199.0]), ("peer", &[100.0])], twice());
        assert!(shown.contains("| it | 199 /s |  | peer 100 | 1.99 | ≥ 2 × | **missed** |\n"), "{shown}");
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        let shown = page(&[("ours", &[1.0])], Target::AtMostTimes(1.0, "peer"));
        assert!(shown.contains("peer: not measured") && shown.contains("**missed**"), "{shown}");
        let shown = page(&[], Target::AtMost(10.0));
        assert!(shown.contains("not measured") && shown.contains("\n0 of 1 targets met."), "{shown}");
        assert!(page(&[("ours", &[f64::NAN])], Target::AtMost(10.0)).contains("**missed**"));
    }
}
