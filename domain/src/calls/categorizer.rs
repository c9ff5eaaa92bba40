//! `call.categorizer@1`: what a call was about, from the words that were written about it and from its facts.
//!
//! Each rule of the list in `categorizer/rules.rs` is a phrase that speaks for something with a weight. A phrase counts once, however
//! often it comes, and not at all right after a "no", "not", "never" or "without". Type and outcome are those with the most weight, at
//! least 2; of those that are level, the first in the list of words. A priority needs 4 for urgent, 3 for high, 2 for low, and the
//! most urgent counts. A tag needs 1. The same words and facts always come to the same, and every reason is kept.

use crate::Personal;
use crate::calls::call::{CallFacts, CallPriority, CallStatus, CallType, Category, Evidence, Outcome};
use rust_decimal::Decimal;
use std::collections::BTreeSet;

mod rules;

use rules::{BEFORE, RULES};

/// The rule's name, as it stands with every category.
pub const RULE: &str = "call.categorizer@1";

/// What a phrase or a fact speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum For {
    Type(CallType),
    Outcome(Outcome),
    Priority(CallPriority),
    Tag(&'static str),
}

impl For {
    /// The same in a word, for example `type:billing`.
    pub fn word(self) -> String {
        match self {
            For::Type(kind) => format!("type:{}", kind.word()),
            For::Outcome(outcome) => format!("outcome:{}", outcome.word()),
            For::Priority(priority) => format!("priority:{}", priority.word()),
            For::Tag(tag) => format!("tag:{tag}"),
        }
    }
}

/// A reason: what it speaks for, what was found, and how much it weighs.
type Reason = (For, String, u32);

/// What the words and the facts of a call come to.
pub fn categorize_1<'t>(texts: impl IntoIterator<Item = &'t str>, facts: Option<&CallFacts>) -> Category {
    let mut reasons: Vec<Reason> = Vec::new();
    let texts: Vec<Vec<String>> = texts.into_iter().map(words).collect();
    for rule in RULES {
        if texts.iter().any(|words| rule.is_found_in(words)) {
            reasons.push((rule.speaks_for, rule.phrase.to_owned(), rule.weight));
        }
    }
    facts.into_iter().for_each(|facts| look(facts, &mut reasons));

    let weight = |wanted: For| reasons.iter().filter(|(speaks_for, ..)| *speaks_for == wanted).map(|(.., weight)| weight).sum();
    let most = |candidates: Vec<For>| {
        let weighed = candidates.into_iter().map(|candidate| (candidate, weight(candidate)));
        // `max_by_key` would take the last of those that are level.
        weighed
            .filter(|(_, weight): &(For, u32)| *weight >= 2)
            .rev()
            .max_by_key(|(_, weight)| *weight)
            .map(|(candidate, _)| candidate)
    };
    let call_type = match most(CallType::ALL.iter().map(|kind| For::Type(*kind)).collect()) {
        Some(For::Type(kind)) => Some(kind),
        _ => None,
    };
    let outcome = match most(Outcome::ALL.iter().map(|outcome| For::Outcome(*outcome)).collect()) {
        Some(For::Outcome(outcome)) => Some(outcome),
        _ => None,
    };
    let needed = [(CallPriority::Urgent, 4), (CallPriority::High, 3), (CallPriority::Low, 2)];
    let priority = needed.into_iter().find(|(priority, least)| weight(For::Priority(*priority)) >= *least).map(|found| found.0);
    let tags: BTreeSet<&str> =
        reasons.iter().filter_map(|reason| if let For::Tag(tag) = reason.0 { Some(tag) } else { None }).collect();
    let evidence = reasons.into_iter().map(|(speaks_for, found, weight)| Evidence {
        speaks_for: speaks_for.word(),
        found,
        weight: Decimal::from(weight),
    });
    Category {
        formula: RULE.to_owned(),
        call_type,
        outcome,
        priority,
        tags: tags.into_iter().filter_map(|tag| tag.try_into().ok()).collect(),
        evidence: Personal::new(evidence.collect()),
    }
}

/// What the telephone system says for itself.
fn look(facts: &CallFacts, reasons: &mut Vec<Reason>) {
    let mut because = |speaks_for, found: String, weight| reasons.push((speaks_for, found, weight));
    match facts.status {
        CallStatus::Voicemail => {
            because(For::Tag("voicemail"), "status voicemail".into(), 1);
            because(For::Outcome(Outcome::CallbackScheduled), "status voicemail".into(), 1);
        }
        CallStatus::Transferred => {
            because(For::Outcome(Outcome::TransferRequired), format!("{} transfers", facts.transfer_count), 2);
        }
        CallStatus::Abandoned => because(For::Tag("abandoned"), "status abandoned".into(), 1),
        CallStatus::Completed | CallStatus::Missed => {}
    }
    if facts.transfer_count > 2 {
        because(For::Tag("passed_around"), format!("{} transfers", facts.transfer_count), 1);
    }
    if let Some(seconds) = facts.talk_seconds.filter(|seconds| *seconds >= 900) {
        because(For::Tag("long_call"), format!("{seconds} seconds of talk"), 1);
    }
}

/// A phrase of which every word has to follow the one before; a word that ends in `*` is the beginning of one.
#[derive(Clone, Copy, Debug)]
struct Rule {
    phrase: &'static str,
    speaks_for: For,
    weight: u32,
}

impl Rule {
    fn is_found_in(&self, words: &[String]) -> bool {
        let phrase: Vec<&str> = self.phrase.split(' ').collect();
        let is = |pattern: &str, word: &str| match pattern.strip_suffix('*') {
            Some(beginning) => word.starts_with(beginning),
            None => word == pattern,
        };
        let denied = |at: usize| words[at.saturating_sub(2)..at].iter().any(|word| BEFORE.contains(&word.as_str()));
        let places = words.windows(phrase.len()).enumerate();
        let mut found = places.filter(|(_, place)| phrase.iter().zip(*place).all(|(pattern, word)| is(pattern, word)));
        found.any(|(at, _)| !denied(at))
    }
}

/// The words of a text in small letters. An apostrophe falls away, so `can't` is `cant`.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace(['\'', '’'], "");
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
#[path = "categorizer_tests.rs"]
mod tests;
