//! That somebody could do with coaching, said once a week with its reasons, so that a team leader need not look for it (B.W7).

use super::AgentCard;
use super::coaching::Opportunity;
use crate::explain::rounded;
use crate::{Aggregate, Decision, Kind, Refusal, TenantId, UserId};
use chrono::{Datelike, NaiveDate, Weekday};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SuggestionEvent {
    /// Rules spoke of an agent's weeks.
    #[serde(rename = "coaching.suggested")]
    Suggested {
        agent: AgentCard,
        /// The Monday on which it is said.
        week: NaiveDate,
        /// The days that were looked at.
        from: NaiveDate,
        until: NaiveDate,
        /// Name and version of the list of rules.
        rules: String,
        /// The worst first.
        reasons: Vec<Reason>,
    },
}

/// One reason: what a rule saw, without naming any call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub rule: String,
    pub says: String,
    /// The figure as it is shown, with two decimals.
    pub value: Option<Decimal>,
    /// From here on the rule speaks.
    pub threshold: Decimal,
    /// How many calls, reviews or shifts the figure is made of.
    pub of: i64,
}

impl From<Opportunity> for Reason {
    fn from(found: Opportunity) -> Self {
        let Opportunity { rule, says, figure, threshold, of, .. } = found;
        let value = figure.value.map(|value| rounded(value, 2));
        Self { rule: rule.to_owned(), says, value, threshold: rounded(threshold, 2), of }
    }
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SuggestionRefusal {
    #[error("week must be a Monday")]
    NoMonday,
    #[error("reasons must be from 1 to {MOST}")]
    Size,
}

/// The most reasons: a rule speaks once at most, and there are fewer.
const MOST: usize = 50;

impl Refusal for SuggestionRefusal {
    fn code(&self) -> &'static str {
        match self {
            SuggestionRefusal::NoMonday => "no_monday",
            SuggestionRefusal::Size => "too_few_or_too_many",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            SuggestionRefusal::NoMonday => Kind::Invalid { field: "week" },
            SuggestionRefusal::Size => Kind::Invalid { field: "reasons" },
        }
    }
}

/// A suggestion as its decisions see it: whether it was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suggestion {
    made: bool,
}

impl Aggregate for Suggestion {
    const CATEGORY: &'static str = "coaching";
    type Event = SuggestionEvent;
    type Refusal = SuggestionRefusal;

    fn evolve(&mut self, event: &SuggestionEvent) {
        let SuggestionEvent::Suggested { .. } = event;
        self.made = true;
    }
}

impl Suggestion {
    /// The suggestion about an agent in a week, whichever server makes it.
    pub fn id(tenant: TenantId, agent: UserId, week: NaiveDate) -> Uuid {
        Uuid::new_v5(&tenant.0, format!("coaching\u{1f}{agent}\u{1f}{week}").as_bytes())
    }

    /// Says it, once.
    pub fn suggest(
        &self,
        agent: AgentCard,
        week: NaiveDate,
        days: (NaiveDate, NaiveDate),
        rules: String,
        reasons: Vec<Reason>,
    ) -> Decision<Suggestion> {
        if week.weekday() != Weekday::Mon {
            return Err(SuggestionRefusal::NoMonday);
        }
        if !(1..=MOST).contains(&reasons.len()) {
            return Err(SuggestionRefusal::Size);
        }
        let (from, until) = days;
        Ok(if self.made { vec![] } else { vec![SuggestionEvent::Suggested { agent, week, from, until, rules, reasons }] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Personal;
    use crate::testing::{given, round_trips};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn agent() -> AgentCard {
        AgentCard {
            user: UserId(Uuid::from_u128(7)),
            email: Personal::new("ada@example.com".try_into().unwrap()),
            name: Personal::new("Ada Lovelace".try_into().unwrap()),
            location: None,
            location_name: None,
            team: None,
        }
    }

    fn reason() -> Reason {
        let says = "reviews come to less than 70 per cent of the points".into();
        Reason { rule: "low_quality".into(), says, value: Some(Decimal::new(625, 1)), threshold: 70.into(), of: 3 }
    }

    fn asked(suggestion: &Suggestion, week: &str, reasons: Vec<Reason>) -> Decision<Suggestion> {
        suggestion.suggest(agent(), day(week), (day("2026-02-01"), day("2026-03-01")), "coaching.rules@1".into(), reasons)
    }

    #[test]
    fn it_is_said_once_on_a_monday_and_for_a_reason() {
        let (week, from, until) = (day("2026-03-02"), day("2026-02-01"), day("2026-03-01"));
        let (rules, reasons) = ("coaching.rules@1".to_owned(), vec![reason()]);
        let suggested = SuggestionEvent::Suggested { agent: agent(), week, from, until, rules, reasons };
        given::<Suggestion>([]).when(|s| asked(s, "2026-03-02", vec![reason()])).then([suggested.clone()]);
        given([suggested.clone()]).when(|s: &Suggestion| asked(s, "2026-03-02", vec![reason()])).then([]);
        given::<Suggestion>([]).when(|s| asked(s, "2026-03-03", vec![reason()])).refused(SuggestionRefusal::NoMonday);
        given::<Suggestion>([]).when(|s| asked(s, "2026-03-02", vec![])).refused(SuggestionRefusal::Size);
        round_trips("coaching.suggested", suggested);
    }
}
