//! How the commands about calls are written.

use super::{fields, id, or_null, text, words, yes_or_no};
use domain::calls::call::{CallPriority, CallType, FollowUpType, Outcome};
use serde::Serialize;
use serde_json::{Value, json};

fn day() -> Value {
    json!({"type": "string", "format": "date"})
}

fn one_of<T: Serialize>(all: &[T]) -> Value {
    json!({"type": "string", "enum": all})
}

fn from_to(least: u32, most: u32) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

fn tags() -> Value {
    json!({"type": "array", "items": text::<64>(), "maxItems": 50})
}

fn appointment() -> Value {
    or_null(fields(&[("date", or_null(day())), ("type", words::<64>())]))
}

/// What can be said of a call. Yes, no and seconds are never unsaid at its end; later they may be left as they are.
fn said(later: bool) -> Vec<(&'static str, Value)> {
    let plain = |form: Value| if later { or_null(form) } else { form };
    let mut all = vec![
        ("callType", or_null(one_of(CallType::ALL))),
        ("outcome", or_null(one_of(Outcome::ALL))),
        ("priority", or_null(one_of(CallPriority::ALL))),
        ("customerSatisfactionScore", or_null(from_to(1, 5))),
        ("patientMrn", words::<64>()),
        ("appointment", appointment()),
        ("providerRequested", words::<255>()),
        ("firstCallResolution", plain(yes_or_no())),
        ("complaint", plain(yes_or_no())),
        ("afterCallWorkSeconds", plain(from_to(0, 86_400))),
        ("holdSeconds", plain(from_to(0, 86_400))),
        ("complianceNotes", words::<10_000>()),
        ("campaign", or_null(id())),
        ("tags", plain(tags())),
    ];
    if later {
        all.extend([("reason!", text::<1000>()), ("qualityScore", or_null(from_to(1, 100)))]);
    }
    all
}

pub(super) fn data(command: &str) -> Option<Value> {
    let reason = || ("reason!", text::<1000>());
    let form = match command {
        "CompleteCall" => fields(&said(false)),
        "AmendCall" => fields(&said(true)),
        "CategorizeCall" => {
            let evidence = fields(&[
                ("speaks_for!", json!({"type": "string"})),
                ("found!", json!({"type": "string"})),
                ("weight!", json!({"type": ["number", "string"]})),
            ]);
            fields(&[
                ("formula!", json!({"type": "string"})),
                ("callType", or_null(one_of(CallType::ALL))),
                ("outcome", or_null(one_of(Outcome::ALL))),
                ("priority", or_null(one_of(CallPriority::ALL))),
                ("tags", tags()),
                ("evidence", json!({"type": "array", "items": evidence})),
            ])
        }
        "AttachRecording" => fields(&[("reference!", text::<1000>()), ("seconds", or_null(from_to(0, 1_000_000)))]),
        "ReviewRecording" => fields(&[("notes!", text::<10_000>()), ("score", or_null(from_to(1, 100)))]),
        "EscalateCall" => fields(&[("to", or_null(id())), reason(), ("priority", one_of(CallPriority::ALL))]),
        "PlanFollowUp" => fields(&[("type!", one_of(FollowUpType::ALL)), ("date!", day()), ("notes", words::<10_000>())]),
        "MarkFollowUpDone" => fields(&[("notes", words::<10_000>())]),
        "DisposeCall" => fields(&[reason(), ("proposal", or_null(id()))]),
        "RemoveRecording" | "HoldCall" | "ReleaseCall" => fields(&[reason()]),
        "AttributeCall" => fields(&[]),
        _ => return None,
    };
    Some(form)
}
