//! How figures look on paper: money with two decimals and its thousands apart, points with their sign, instants in UTC.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// Money, such as `1,250.00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount(pub Decimal);

/// Points of a score, such as `+5` or `−2.5`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points(pub Decimal);

/// A number of things, such as `12,345`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count(pub i64);

/// An instant to the minute, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(pub DateTime<Utc>);

/// The day of an instant, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub DateTime<Utc>);

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&grouped(&format!("{:.2}", self.0)))
    }
}

impl std::fmt::Display for Points {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let points = self.0.normalize();
        let sign = if points > Decimal::ZERO { "+" } else { "" };
        write!(f, "{sign}{}", grouped(&points.to_string()))
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&grouped(&self.0.to_string()))
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d %H:%M"))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

macro_rules! written_out {
    ($($figure:ty),*) => {$(
        impl Serialize for $figure {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}
written_out!(Amount, Points, Count, At, Day);

/// The digits before the point in threes, and a minus that is as wide as a plus.
fn grouped(number: &str) -> String {
    let (minus, number) = number.strip_prefix('-').map_or(("", number), |digits| ("\u{2212}", digits));
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut out = String::from(minus);
    for (nth, digit) in whole.chars().enumerate() {
        if nth > 0 && (whole.len() - nth).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rust_decimal::dec;

    #[test]
    fn figures_are_written_as_people_read_them() {
        let amounts = [dec!(0), dec!(7.5), dec!(999.99), dec!(1000), dec!(-1234567.8)].map(|amount| Amount(amount).to_string());
        assert_eq!(amounts, ["0.00", "7.50", "999.99", "1,000.00", "\u{2212}1,234,567.80"]);
        let points = [dec!(5.00), dec!(0), dec!(-2.50), dec!(-1200)].map(|points| Points(points).to_string());
        assert_eq!(points, ["+5", "0", "\u{2212}2.5", "\u{2212}1,200"]);
        assert_eq!(Count(10_000).to_string(), "10,000");
        let at: DateTime<Utc> = "2026-11-21T23:59:59.9Z".parse().unwrap();
        assert_eq!((At(at).to_string(), Day(at).to_string()), ("2026-11-21 23:59".into(), "2026-11-21".into()));
        assert_eq!(serde_json::to_string(&Amount(dec!(1))).unwrap(), "\"1.00\"");
    }
}
