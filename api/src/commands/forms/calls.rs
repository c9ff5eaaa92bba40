//! How the commands of the call centre are written.

use super::text;
use super::{fields, id, instant, or_null, time_zone, whole, words, yes_or_no};
use domain::calls::access::Seen;
use domain::calls::disposal::Disposable;
use domain::calls::presence::PresenceState;
use serde_json::{Value, json};

fn ids() -> Value {
    json!({"type": "array", "items": id(), "minItems": 1, "maxItems": 1_000})
}

fn word_of<const N: usize>(words: [&str; N]) -> Value {
    json!({"type": "string", "enum": &words[..]})
}

fn day() -> Value {
    json!({"type": "string", "format": "date"})
}

pub(super) fn data(command: &str) -> Option<Value> {
    let form = match command {
        "ConfigureCallCentre" => {
            let days = || or_null(whole(1));
            fields(&[
                ("reportingTimezone", or_null(time_zone())),
                ("serviceLevelSeconds", or_null(whole(1))),
                ("serviceLevelTarget", or_null(json!({"type": "number", "minimum": 0, "maximum": 100}))),
                ("qaQuotaPerAgent", or_null(whole(0))),
                ("reportSchedule", or_null(yes_or_no())),
                ("reportTime", json!({"type": ["string", "null"], "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"})),
                ("coachingReminders", or_null(yes_or_no())),
                ("goalNotices", or_null(yes_or_no())),
                (
                    "retention",
                    fields(&[("calls", days()), ("recordings", days()), ("journals", days()), ("performance", days())]),
                ),
            ])
        }
        "EnrolAgent" => fields(&[
            ("extension", words::<32>()),
            ("locationId", or_null(id())),
            ("team", words::<64>()),
            ("hiredOn", or_null(day())),
        ]),
        "ChangeAgent" => fields(&[
            ("extension", words::<32>()),
            ("locationId", or_null(id())),
            ("team", words::<64>()),
            ("hiredOn", or_null(day())),
            ("from", or_null(instant())),
        ]),
        "NoteAccesses" => {
            let looks = fields(&[
                ("what!", word_of(Seen::ALL.map(Seen::word))),
                ("ids!", ids()),
                ("route!", text::<255>()),
                ("at!", instant()),
            ]);
            fields(&[("user!", id()), ("entries!", json!({"type": "array", "items": looks, "minItems": 1}))])
        }
        "ProposeDisposal" => fields(&[
            ("kind!", word_of(Disposable::ALL.map(Disposable::word))),
            ("before!", day()),
            ("count!", whole(1)),
            ("things!", ids()),
        ]),
        "ApproveDisposal" => fields(&[]),
        "RefuseDisposal" | "DisposeJournal" | "DisposeReview" | "DisposeShift" | "DisposeGoal" | "DisposeHeldRecord" => {
            fields(&[("reason!", text::<1000>())])
        }
        "CarryOutDisposal" => {
            let kept = fields(&[("id!", id()), ("reason!", text::<1000>())]);
            fields(&[("disposed!", whole(0)), ("kept!", json!({"type": "array", "items": kept}))])
        }
        "NoteGoalReached" => fields(&[("met!", whole(0)), ("set!", whole(0))]),
        "SuggestCoaching" => {
            let reason = fields(&[
                ("rule!", text::<255>()),
                ("says!", text::<1000>()),
                ("value", json!({"type": ["number", "null"]})),
                ("threshold!", json!({"type": "number"})),
                ("of!", whole(0)),
            ]);
            fields(&[
                ("agent!", id()),
                ("week!", day()),
                ("from!", day()),
                ("until!", day()),
                ("rules!", text::<255>()),
                ("reasons!", json!({"type": "array", "items": reason, "minItems": 1})),
            ])
        }
        "NoteSourceSync" => {
            let done = fields(&[("users!", whole(0)), ("calls!", whole(0))]);
            let failed = fields(&[("asked!", text::<255>()), ("why!", text::<1000>())]);
            let result = json!({"oneOf": [fields(&[("done!", done)]), fields(&[("failed!", failed)])]});
            fields(&[("result!", result)])
        }
        "CertifyAgent" => fields(&[("name!", text::<255>()), ("on!", day())]),
        "RemoveAgent" => fields(&[]),
        "NotePresence" => fields(&[
            ("extension!", text::<32>()),
            ("state!", json!({"type": "string", "enum": PresenceState::ALL})),
            ("sourceId", or_null(id())),
            ("callKey", words::<255>()),
            ("otherNumber", words::<255>()),
            ("queueName", words::<255>()),
            ("at", or_null(instant())),
        ]),
        "BeginVerification" => fields(&[("run!", id()), ("rebuild", yes_or_no()), ("askedBy", or_null(id()))]),
        "EndVerification" => fields(&[
            ("run!", id()),
            ("result", json!({"type": ["object", "null"], "description": "What it found: models, differing, differences."})),
            ("reason", words::<1000>()),
        ]),
        _ => return None,
    };
    Some(form)
}
