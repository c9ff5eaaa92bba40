//! What stands in a journal: words that may speak of a patient, marks by which it is found, and a supervisor's remarks.

use super::JournalRefusal;
use crate::calls::calendar::optional_day;
use crate::calls::call::FollowUpType;
use crate::cases::customer::given;
use crate::{Personal, Text};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The most entries a list in a journal may have.
const MOST: usize = 50;

/// A supervisor's rating from 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Score(u8);

impl Score {
    pub fn value(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Score {
    type Error = &'static str;
    fn try_from(points: i64) -> Result<Self, Self::Error> {
        match u8::try_from(points) {
            Ok(points @ 1..=100) => Ok(Self(points)),
            _ => Err("must be a whole number from 1 to 100"),
        }
    }
}

impl From<Score> for i64 {
    fn from(score: Score) -> i64 {
        score.0.into()
    }
}

/// The words of a journal, which may speak of a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JournalWords {
    /// Why they called.
    pub call_summary: Text<1000>,
    #[serde(default)]
    pub detailed_notes: Option<Text<20_000>>,
    #[serde(default)]
    pub patient_concern: Option<Text<4000>>,
    #[serde(default)]
    pub resolution_provided: Option<Text<4000>>,
    #[serde(default)]
    pub action_items: Vec<Text<500>>,
    #[serde(default)]
    pub follow_up_notes: Option<Text<4000>>,
}

/// By what a journal is found and sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JournalMarks {
    pub follow_up_required: bool,
    pub follow_up_type: Option<FollowUpType>,
    pub follow_up_date: Option<NaiveDate>,
    pub call_tags: Vec<Text<64>>,
    pub department_involved: Vec<Text<128>>,
    pub referral_made: bool,
    pub referral_type: Option<Text<128>>,
}

/// Other words; absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WordChanges {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_summary: Option<Text<1000>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub detailed_notes: Option<Option<Text<20_000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub patient_concern: Option<Option<Text<4000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub resolution_provided: Option<Option<Text<4000>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_items: Option<Vec<Text<500>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub follow_up_notes: Option<Option<Text<4000>>>,
}

/// Other marks; absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MarkChanges {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_required: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub follow_up_type: Option<Option<FollowUpType>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub follow_up_date: Option<Option<NaiveDate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_tags: Option<Vec<Text<64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department_involved: Option<Vec<Text<128>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral_made: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub referral_type: Option<Option<Text<128>>>,
}

/// Everything that may be changed in a journal; absent stays, `null` clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JournalChanges {
    pub words: WordChanges,
    pub marks: MarkChanges,
}

/// What a supervisor says to a journal (B.T2 "Quality and training").
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remarks {
    pub score: Score,
    pub coaching_notes: Option<Personal<Text<4000>>>,
    pub training_opportunities: Vec<Text<255>>,
    pub commendation_worthy: bool,
    pub improvement_areas: Vec<Text<255>>,
}

impl WordChanges {
    /// The words with these changes.
    pub fn over(self, old: JournalWords) -> JournalWords {
        JournalWords {
            call_summary: self.call_summary.unwrap_or(old.call_summary),
            detailed_notes: self.detailed_notes.unwrap_or(old.detailed_notes),
            patient_concern: self.patient_concern.unwrap_or(old.patient_concern),
            resolution_provided: self.resolution_provided.unwrap_or(old.resolution_provided),
            action_items: self.action_items.unwrap_or(old.action_items),
            follow_up_notes: self.follow_up_notes.unwrap_or(old.follow_up_notes),
        }
    }

    /// What has to be changed in the old words to get the new ones; `None` if nothing.
    pub(super) fn between(old: &JournalWords, new: &JournalWords) -> Option<Self> {
        let changes = Self {
            call_summary: differing(&old.call_summary, &new.call_summary),
            detailed_notes: differing(&old.detailed_notes, &new.detailed_notes),
            patient_concern: differing(&old.patient_concern, &new.patient_concern),
            resolution_provided: differing(&old.resolution_provided, &new.resolution_provided),
            action_items: differing(&old.action_items, &new.action_items),
            follow_up_notes: differing(&old.follow_up_notes, &new.follow_up_notes),
        };
        (changes != Self::default()).then_some(changes)
    }
}

impl MarkChanges {
    /// The marks with these changes.
    pub fn over(self, old: JournalMarks) -> JournalMarks {
        JournalMarks {
            follow_up_required: self.follow_up_required.unwrap_or(old.follow_up_required),
            follow_up_type: self.follow_up_type.unwrap_or(old.follow_up_type),
            follow_up_date: self.follow_up_date.unwrap_or(old.follow_up_date),
            call_tags: self.call_tags.unwrap_or(old.call_tags),
            department_involved: self.department_involved.unwrap_or(old.department_involved),
            referral_made: self.referral_made.unwrap_or(old.referral_made),
            referral_type: self.referral_type.unwrap_or(old.referral_type),
        }
    }

    /// What has to be changed in the old marks to get the new ones; `None` if nothing.
    pub(super) fn between(old: &JournalMarks, new: &JournalMarks) -> Option<Self> {
        let changes = Self {
            follow_up_required: differing(&old.follow_up_required, &new.follow_up_required),
            follow_up_type: differing(&old.follow_up_type, &new.follow_up_type),
            follow_up_date: differing(&old.follow_up_date, &new.follow_up_date),
            call_tags: differing(&old.call_tags, &new.call_tags),
            department_involved: differing(&old.department_involved, &new.department_involved),
            referral_made: differing(&old.referral_made, &new.referral_made),
            referral_type: differing(&old.referral_type, &new.referral_type),
        };
        (changes != Self::default()).then_some(changes)
    }
}

fn differing<T: PartialEq + Clone>(old: &T, new: &T) -> Option<T> {
    (old != new).then(|| new.clone())
}

impl JournalChanges {
    /// Words and marks with these changes. Who says that no follow-up is required any more takes back when and how; who says when
    /// or how says that one is. The same goes for referrals.
    pub(super) fn over(mut self, words: &JournalWords, marks: &JournalMarks) -> (JournalWords, JournalMarks) {
        let named = matches!(self.marks.follow_up_type, Some(Some(_)))
            || matches!(self.marks.follow_up_date, Some(Some(_)))
            || matches!(self.words.follow_up_notes, Some(Some(_)));
        match self.marks.follow_up_required {
            None if named => self.marks.follow_up_required = Some(true),
            Some(false) => {
                self.marks.follow_up_type.get_or_insert(None);
                self.marks.follow_up_date.get_or_insert(None);
                self.words.follow_up_notes.get_or_insert(None);
            }
            _ => {}
        }
        match (self.marks.referral_made, &self.marks.referral_type) {
            (None, Some(Some(_))) => self.marks.referral_made = Some(true),
            (Some(false), None) => self.marks.referral_type = Some(None),
            _ => {}
        }
        (self.words.over(words.clone()), self.marks.over(marks.clone()))
    }
}

/// Whether words and marks go together.
pub(super) fn check(words: &JournalWords, marks: &JournalMarks) -> Result<(), JournalRefusal> {
    if !marks.follow_up_required {
        let given = [
            ("followUpType", marks.follow_up_type.is_some()),
            ("followUpDate", marks.follow_up_date.is_some()),
            ("followUpNotes", words.follow_up_notes.is_some()),
        ];
        if let Some((field, _)) = given.into_iter().find(|(_, given)| *given) {
            return Err(JournalRefusal::NoFollowUp { field });
        }
    }
    optional_day("followUpDate", marks.follow_up_date)?;
    if !marks.referral_made && marks.referral_type.is_some() {
        return Err(JournalRefusal::NoReferral);
    }
    few("actionItems", words.action_items.len())?;
    few("callTags", marks.call_tags.len())?;
    few("departmentInvolved", marks.department_involved.len())
}

/// Whether a list is short enough.
pub(super) fn few(field: &'static str, entries: usize) -> Result<(), JournalRefusal> {
    if entries <= MOST { Ok(()) } else { Err(JournalRefusal::TooMany { field, most: MOST }) }
}
