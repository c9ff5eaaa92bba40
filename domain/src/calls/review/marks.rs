//! The eight categories of a review, and what their points add up to (B.F6, B.F7).

use super::ReviewRefusal;
use crate::calls::formulas::{QA_PERCENTAGE, QA_TOTAL};
use crate::cases::customer::given;
use crate::explain::{Explanation, Term};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The points a review can bring.
pub const MOST: u32 = 40;

/// One of the eight things a review looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    GreetingProfessionalism,
    ActiveListening,
    ProblemResolution,
    ProductKnowledge,
    CommunicationClarity,
    EmpathyPatience,
    CallControl,
    ClosingEffectiveness,
}

impl Category {
    pub const ALL: [Category; 8] = [
        Category::GreetingProfessionalism,
        Category::ActiveListening,
        Category::ProblemResolution,
        Category::ProductKnowledge,
        Category::CommunicationClarity,
        Category::EmpathyPatience,
        Category::CallControl,
        Category::ClosingEffectiveness,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Category::GreetingProfessionalism => "greeting_professionalism",
            Category::ActiveListening => "active_listening",
            Category::ProblemResolution => "problem_resolution",
            Category::ProductKnowledge => "product_knowledge",
            Category::CommunicationClarity => "communication_clarity",
            Category::EmpathyPatience => "empathy_patience",
            Category::CallControl => "call_control",
            Category::ClosingEffectiveness => "closing_effectiveness",
        }
    }

    /// The name of its field in a body.
    pub fn field(self) -> &'static str {
        match self {
            Category::GreetingProfessionalism => "marks.greetingProfessionalism",
            Category::ActiveListening => "marks.activeListening",
            Category::ProblemResolution => "marks.problemResolution",
            Category::ProductKnowledge => "marks.productKnowledge",
            Category::CommunicationClarity => "marks.communicationClarity",
            Category::EmpathyPatience => "marks.empathyPatience",
            Category::CallControl => "marks.callControl",
            Category::ClosingEffectiveness => "marks.closingEffectiveness",
        }
    }
}

/// Points of one to five in each category; a category may be left out and then counts 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Marks {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeting_professionalism: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_listening: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem_resolution: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_knowledge: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communication_clarity: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empathy_patience: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_control: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing_effectiveness: Option<u8>,
}

/// Other points; what is absent stays, `null` takes a category's points away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkChanges {
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub greeting_professionalism: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub active_listening: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub problem_resolution: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub product_knowledge: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub communication_clarity: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub empathy_patience: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub call_control: Option<Option<u8>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub closing_effectiveness: Option<Option<u8>>,
}

impl From<&Marks> for MarkChanges {
    /// Exactly the points that are given there.
    fn from(marks: &Marks) -> Self {
        Self {
            greeting_professionalism: marks.greeting_professionalism.map(Some),
            active_listening: marks.active_listening.map(Some),
            problem_resolution: marks.problem_resolution.map(Some),
            product_knowledge: marks.product_knowledge.map(Some),
            communication_clarity: marks.communication_clarity.map(Some),
            empathy_patience: marks.empathy_patience.map(Some),
            call_control: marks.call_control.map(Some),
            closing_effectiveness: marks.closing_effectiveness.map(Some),
        }
    }
}

impl Marks {
    pub fn of(&self, category: Category) -> Option<u8> {
        match category {
            Category::GreetingProfessionalism => self.greeting_professionalism,
            Category::ActiveListening => self.active_listening,
            Category::ProblemResolution => self.problem_resolution,
            Category::ProductKnowledge => self.product_knowledge,
            Category::CommunicationClarity => self.communication_clarity,
            Category::EmpathyPatience => self.empathy_patience,
            Category::CallControl => self.call_control,
            Category::ClosingEffectiveness => self.closing_effectiveness,
        }
    }

    /// The categories that have points.
    pub fn given(&self) -> impl Iterator<Item = (Category, u8)> + '_ {
        Category::ALL.into_iter().filter_map(|category| self.of(category).map(|points| (category, points)))
    }

    pub(super) fn check(&self) -> Result<(), ReviewRefusal> {
        match self.given().find(|(_, points)| !(1..=5).contains(points)) {
            Some((category, _)) => Err(ReviewRefusal::PointsOutOfRange { field: category.field() }),
            None => Ok(()),
        }
    }

    /// These with what is given in its place.
    pub fn with(&self, changes: &MarkChanges) -> Marks {
        Marks {
            greeting_professionalism: changes.greeting_professionalism.unwrap_or(self.greeting_professionalism),
            active_listening: changes.active_listening.unwrap_or(self.active_listening),
            problem_resolution: changes.problem_resolution.unwrap_or(self.problem_resolution),
            product_knowledge: changes.product_knowledge.unwrap_or(self.product_knowledge),
            communication_clarity: changes.communication_clarity.unwrap_or(self.communication_clarity),
            empathy_patience: changes.empathy_patience.unwrap_or(self.empathy_patience),
            call_control: changes.call_control.unwrap_or(self.call_control),
            closing_effectiveness: changes.closing_effectiveness.unwrap_or(self.closing_effectiveness),
        }
    }

    /// `qa.total@1`.
    pub fn total(&self) -> u32 {
        self.given().map(|(_, points)| u32::from(points)).sum()
    }

    /// `qa.percentage@1`.
    pub fn percentage(&self) -> Decimal {
        QA_PERCENTAGE.of(self.total(), MOST).ok().flatten().unwrap_or_default()
    }

    /// Both figures with every category they come from.
    pub fn explained(&self) -> [Explanation; 2] {
        let terms = |counts: u32| {
            let term = move |(nth, category): (usize, Category)| {
                let points = self.of(category).unwrap_or_default();
                // The most that a review can bring stands with its first category.
                Term::of(category.word(), points.into(), if nth == 0 { counts.into() } else { Decimal::ZERO })
            };
            Category::ALL.into_iter().enumerate().map(term).collect()
        };
        [QA_TOTAL.explain(terms(0)), QA_PERCENTAGE.explain(terms(MOST))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::dec;

    fn marks(points: [u8; 8]) -> Marks {
        let of = |n: usize| (points[n] > 0).then_some(points[n]);
        Marks {
            greeting_professionalism: of(0),
            active_listening: of(1),
            problem_resolution: of(2),
            product_knowledge: of(3),
            communication_clarity: of(4),
            empathy_patience: of(5),
            call_control: of(6),
            closing_effectiveness: of(7),
        }
    }

    #[test]
    fn points_add_up_to_forty_at_most_and_missing_ones_count_nothing() {
        for (points, total, percentage) in [
            ([5; 8], 40, dec!(100)),
            ([1; 8], 8, dec!(20)),
            ([5, 4, 3, 2, 1, 5, 4, 5], 29, dec!(72.5)),
            ([0, 4, 0, 0, 0, 5, 0, 0], 9, dec!(22.5)),
            ([0; 8], 0, dec!(0)),
        ] {
            let marks = marks(points);
            assert_eq!((marks.total(), marks.percentage()), (total, percentage), "{points:?}");
            let [explained, share] = marks.explained();
            assert_eq!((explained.value, share.value), (total.into(), percentage), "{points:?}");
            assert_eq!(explained.terms.len(), 8);
        }
    }

    #[test]
    fn every_category_is_from_one_to_five() {
        assert_eq!(marks([5, 1, 0, 3, 3, 3, 3, 3]).check(), Ok(()));
        let over = marks([1, 1, 1, 1, 1, 1, 6, 1]);
        assert_eq!(over.check(), Err(ReviewRefusal::PointsOutOfRange { field: "marks.callControl" }));
        let changes = MarkChanges { call_control: Some(Some(4)), product_knowledge: Some(None), ..MarkChanges::default() };
        assert_eq!(marks([1; 8]).with(&changes), marks([1, 1, 1, 0, 1, 1, 4, 1]));
        assert_eq!(serde_json::from_str::<MarkChanges>(r#"{"callControl":4,"productKnowledge":null}"#).unwrap(), changes);
        let none = Marks { empathy_patience: Some(0), ..Marks::default() };
        assert_eq!(none.check(), Err(ReviewRefusal::PointsOutOfRange { field: "marks.empathyPatience" }));
    }
}
