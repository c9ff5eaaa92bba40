//! How the commands about journals are written.

use super::{fields, id, or_null, text, words, yes_or_no};
use domain::calls::call::FollowUpType;
use serde_json::{Value, json};

/// Up to fifty short texts.
fn list<const MAX: usize>() -> Value {
    json!({"type": "array", "maxItems": 50, "items": text::<MAX>()})
}

/// What a journal says, beside its summary.
fn journal(first: &[(&str, Value)], list_or_null: fn(Value) -> Value) -> Value {
    let kinds: Vec<&str> = FollowUpType::ALL.iter().map(|kind| kind.word()).collect();
    let rest = [
        ("detailedNotes", words::<20_000>()),
        ("patientConcern", words::<4000>()),
        ("resolutionProvided", words::<4000>()),
        ("actionItems", list_or_null(list::<500>())),
        ("followUpRequired", or_null(yes_or_no())),
        ("followUpType", or_null(json!({"type": "string", "enum": kinds}))),
        ("followUpDate", or_null(json!({"type": "string", "format": "date"}))),
        ("followUpNotes", words::<4000>()),
        ("callTags", list_or_null(list::<64>())),
        ("departmentInvolved", list_or_null(list::<128>())),
        ("referralMade", or_null(yes_or_no())),
        ("referralType", words::<128>()),
    ];
    fields(&[first, &rest].concat())
}

pub(super) fn data(command: &str) -> Option<Value> {
    let form = match command {
        "WriteJournal" => journal(
            &[("callRecordId!", id()), ("agentId", or_null(id())), ("callSummary!", text::<1000>()), ("submit", yes_or_no())],
            |list| list,
        ),
        "ChangeJournal" => journal(&[("callSummary", words::<1000>())], or_null),
        "ReviewJournal" => fields(&[
            ("reviewScore!", json!({"type": "integer", "minimum": 1, "maximum": 100})),
            ("coachingNotes", words::<4000>()),
            ("trainingOpportunities", list::<255>()),
            ("commendationWorthy", yes_or_no()),
            ("improvementAreas", list::<255>()),
            ("approve", yes_or_no()),
        ]),
        "ReturnJournal" => fields(&[("reason!", text::<1000>())]),
        "SubmitJournal" | "ApproveJournal" => fields(&[]),
        _ => return None,
    };
    Some(form)
}
