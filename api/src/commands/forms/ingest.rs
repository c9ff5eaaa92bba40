//! How the commands about telephone systems and their records are written.

use super::{fields, id, or_null, text, time_zone, words};
use domain::calls::cdr::Field;
use serde_json::{Value, json};

fn layout() -> Value {
    json!({"type": ["array", "null"], "items": {"type": "string", "enum": Field::ALL}, "minItems": 2, "uniqueItems": true})
}

fn key() -> Value {
    json!({"type": "string", "enum": ["callid", "historyid"]})
}

pub(super) fn data(command: &str) -> Option<Value> {
    let base_url = || json!(crate::shape::link_or_null());
    let form = match command {
        "AddSource" => fields(&[
            ("name!", text::<255>()),
            ("timezone", time_zone()),
            ("fields", layout()),
            ("key", key()),
            ("locationId", or_null(id())),
            ("baseUrl", base_url()),
            ("clientId", words::<255>()),
        ]),
        "ChangeSource" => fields(&[
            ("name", words::<255>()),
            ("timezone", or_null(time_zone())),
            ("fields", layout()),
            ("key", or_null(key())),
            ("locationId", or_null(id())),
            ("baseUrl", base_url()),
            ("clientId", words::<255>()),
            ("evenSo", json!({"type": "boolean"})),
        ]),
        "RecordCdr" => fields(&[
            ("source!", id()),
            ("line", json!({"type": ["string", "null"]})),
            ("record", json!({"type": ["object", "null"], "additionalProperties": true})),
        ]),
        "HoldRecord" => {
            let raw = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name], "additionalProperties": false});
            let digits = json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"});
            let either = json!({"oneOf": [raw("text"), raw("base64")]});
            fields(&[("source!", id()), ("raw!", either), ("sha256!", digits), ("reason!", text::<1000>())])
        }
        "ReplayHeldRecord" => fields(&[("raw", words::<1_048_576>())]),
        "DismissHeldRecord" => fields(&[("reason!", text::<1000>())]),
        "RemoveSource" | "RotateSourceSecret" => fields(&[]),
        _ => return None,
    };
    Some(form)
}
