//! How every command of the menu is written, for the description of the interface.

mod call;
mod calls;
mod campaigns;
mod ingest;
mod journals;
mod workforce;

use crate::cases::forms::{ageing_days, amount, currency, currency_or_null, level, links, payment, priority};
use crate::shape;
use ::commands::{MENU, On};
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::{RefOr, Schema};

/// One envelope for each command: its name, what it is about, and its data.
pub fn envelopes() -> RefOr<Schema> {
    let all: Vec<Value> = MENU.iter().filter_map(|item| envelope(item.name, item.on, item.example)).collect();
    serde_json::from_value(json!({"oneOf": all})).unwrap_or_else(|_| RefOr::T(Schema::default()))
}

fn envelope(name: &str, on: On, example: &str) -> Option<Value> {
    let data = data(name)?;
    let mut required = vec!["command"];
    if data["required"].as_array().is_some_and(|fields| !fields.is_empty()) {
        required.push("data");
    }
    let about = if on == On::Existing { json!("string") } else { json!(["string", "null"]) };
    if on == On::Existing {
        required.push("on");
    }
    let mut shown = json!({"command": name, "data": serde_json::from_str::<Value>(example).ok()?});
    if on == On::Existing {
        shown["on"] = json!("0190a5d2-0000-7000-8000-000000000001");
    }
    Some(json!({"type": "object", "title": name, "required": required, "additionalProperties": false, "example": shown,
    "properties": {
        "key": {"type": ["string", "null"], "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$",
            "description": "Repeating a command under the same key gives its first answer again."},
        "command": {"type": "string", "enum": [name]},
        "on": {"type": about, "format": "uuid",
            "description": "What it is about; for something new its id, if you want to choose it."},
        "at": {"type": ["string", "null"], "format": "date-time",
            "description": "Business time, from 1970 to tomorrow; needs the permission to import history."},
        "data": data,
    }}))
}

/// Fields of an object; those whose names end in `!` must be there.
fn fields(all: &[(&str, Value)]) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, form) in all {
        let bare = name.trim_end_matches('!');
        if bare != *name {
            required.push(bare);
        }
        properties.insert(bare.to_owned(), form.clone());
    }
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn or_null(mut form: Value) -> Value {
    let kind = form["type"].take();
    form["type"] = json!([kind, "null"]);
    if let Some(words) = form.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    form
}

fn text<const MAX: usize>() -> Value {
    json!(shape::text::<MAX>())
}

fn words<const MAX: usize>() -> Value {
    json!(shape::text_or_null::<MAX>())
}

fn whole(least: u32) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": 1_000_000})
}

fn kinds() -> Value {
    let words = domain::notices::kind::NoticeKind::ALL.map(|kind| kind.word());
    json!({"type": "array", "items": {"type": "string", "enum": words}, "minItems": 1})
}

fn instant() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn yes_or_no() -> Value {
    json!({"type": "boolean"})
}

fn link() -> Value {
    json!(shape::link_or_null())
}

fn social() -> Value {
    fields(&[("facebook", link()), ("twitter", link()), ("instagram", link()), ("linkedin", link())])
}

fn customer(name: (&str, Value)) -> Value {
    let address = ("address", words::<1000>());
    fields(&[name, ("email", json!(shape::email_or_null())), ("phone", words::<64>()), address, ("social", social())])
}

fn roles() -> Value {
    json!({"type": "array", "minItems": 1, "uniqueItems": true,
        "items": {"type": "string", "enum": domain::organization::role::Role::ALL}})
}

fn time_zone() -> Value {
    let mut zone = json!(shape::time_zone());
    zone["type"] = json!("string");
    if let Some(zones) = zone["enum"].as_array_mut() {
        zones.pop();
    }
    zone
}

fn agency(name: (&str, Value), rest: &[(&str, Value)]) -> Value {
    let (person, email) = (("contactPerson", words::<255>()), ("email", json!(shape::email_or_null())));
    let known = [name, person, email, ("phone", words::<64>()), ("websiteUrl", link())];
    fields(&[&known[..], &[("maxDebtAmount", json!(shape::amount_or_null()))], rest].concat())
}

fn company(name: (&str, Value)) -> Value {
    let room = [("maxUsers", or_null(whole(1))), ("maxChannels", or_null(whole(0)))];
    let environment = or_null(json!({"type": "string", "enum": ["production", "sandbox"]}));
    let rest = [("subscriptionPlan", words::<64>()), ("isActive", or_null(yes_or_no())), ("environment", environment)];
    fields(&[&[name][..], &rest, &room].concat())
}

pub(crate) fn data(command: &str) -> Option<Value> {
    let form = match command {
        "OpenCase" => fields(&[
            ("caseNumber", words::<64>()),
            ("customer!", customer(("name!", text::<255>()))),
            ("overdueAmount!", json!(amount())),
            ("currency", json!(currency())),
            ("ageingDays", json!(ageing_days())),
            ("priority!", json!(priority())),
            ("notes", words::<10_000>()),
            ("documents", json!(links())),
            ("autoAssign", yes_or_no()),
        ]),
        "UpdateCase" => fields(&[
            ("customer", or_null(customer(("name", words::<255>())))),
            ("overdueAmount", json!(shape::amount_or_null())),
            ("currency", json!(currency_or_null())),
            ("ageingDays", or_null(json!(ageing_days()))),
            ("priority", or_null(json!(priority()))),
            ("notes", words::<10_000>()),
            ("documents", or_null(json!(links()))),
        ]),
        "AssignAgency" => fields(&[("agencyId!", id()), ("reason", words::<1000>())]),
        "AllocateCase" => fields(&[("agencyId!", id()), ("outsideRange!", yes_or_no()), ("reason!", text::<1000>())]),
        "RejectCase" | "DelayCase" | "DeleteCase" | "LeaveUnassigned" => fields(&[("reason!", text::<1000>())]),
        "ReopenCase" | "DeactivateUser" => fields(&[("reason", words::<1000>())]),
        "EscalateCase" => fields(&[("level", json!(level())), ("reason!", text::<1000>())]),
        "RecordPayment" => {
            fields(&[("amount!", json!(payment())), ("currency", json!(currency_or_null())), ("reference", words::<255>())])
        }
        "CompleteCase" => fields(&[("outcome", words::<1000>())]),
        "RegisterAgency" => {
            let room = [("maxCapacity", whole(0)), ("minDebtAmount", json!(amount()))];
            agency(("name!", text::<255>()), &room)
        }
        "UpdateAgency" => {
            let least = ("minDebtAmount", json!(shape::amount_or_null()));
            let room = [("maxCapacity", or_null(whole(0))), least, ("isActive", or_null(yes_or_no()))];
            agency(("name", words::<255>()), &room)
        }
        "ChangeSettings" => json!(crate::settings::SettingsChanges::schema()),
        "RestateScores" => {
            fields(&[("from!", instant()), ("until!", instant()), ("version!", whole(1)), ("reason!", text::<500>())])
        }
        "UndoRestatement" => fields(&[("restatement!", whole(1)), ("reason!", text::<500>())]),
        "RegisterCompany" => company(("name!", text::<255>())),
        "UpdateCompany" => company(("name", words::<255>())),
        "CreateUser" => fields(&[
            ("email!", json!(shape::email())),
            ("firstName!", text::<128>()),
            ("lastName", words::<128>()),
            ("roles!", roles()),
            ("locationId", or_null(id())),
            ("profileImageUrl", link()),
        ]),
        "UpdateUser" => fields(&[
            ("email", json!(shape::email_or_null())),
            ("firstName", words::<128>()),
            ("lastName", words::<128>()),
            ("roles", or_null(roles())),
            ("locationId", or_null(id())),
            ("profileImageUrl", link()),
            ("isActive", or_null(yes_or_no())),
        ]),
        "NoteSignIn" => fields(&[
            ("what!", json!({"type": "string", "enum": ["logged_in", "wrong_password", "refreshed", "logged_out"]})),
            ("address", words::<64>()),
        ]),
        "NoteVisit" => {
            fields(&[("what!", json!({"type": "string", "enum": ["signed_in", "refused"]})), ("address", words::<64>())])
        }
        "AddEndpoint" => fields(&[
            ("url", link()),
            ("email", json!(shape::email_or_null())),
            ("kinds", or_null(kinds())),
            ("description", words::<255>()),
        ]),
        "ChangeEndpoint" => fields(&[
            ("url", link()),
            ("email", json!(shape::email_or_null())),
            ("kinds", or_null(kinds())),
            ("description", words::<255>()),
            ("paused", or_null(yes_or_no())),
        ]),
        "DisableEndpoint" => fields(&[("reason!", text::<1000>())]),
        "JoinLocation" | "LeaveLocation" => fields(&[("location!", id())]),
        "AddLocation" => fields(&[("name!", text::<255>()), ("timezone", time_zone())]),
        "ChangeLocation" => fields(&[("name", words::<255>()), ("timezone", json!(shape::time_zone()))]),
        "AcceptCase"
        | "ResumeCase"
        | "CloseCase"
        | "SettleCase"
        | "ToggleAgency"
        | "ResetSettings"
        | "WithdrawSettings"
        | "BeginImport"
        | "EndImport"
        | "ReactivateUser"
        | "ChangePassword"
        | "RemoveLocation"
        | "RemoveEndpoint"
        | "RotateEndpointSecret" => fields(&[]),
        _ => {
            let parts = [calls::data, call::data, ingest::data, journals::data, workforce::data, campaigns::data];
            return parts.iter().find_map(|part| part(command));
        }
    };
    Some(form)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fits(path: &str, form: &Value, value: &Value) {
        let Some(object) = value.as_object() else { return };
        if form["additionalProperties"] == true || form["oneOf"].is_array() {
            return;
        }
        for field in object.keys() {
            let known = &form["properties"][field];
            assert!(known.is_object() || form["$ref"].is_string(), "{path}.{field} is not described");
            fits(&format!("{path}.{field}"), known, &value[field]);
        }
        for field in form["required"].as_array().into_iter().flatten() {
            assert!(object.contains_key(field.as_str().unwrap()), "{path} lacks {field}");
        }
    }

    #[test]
    fn every_command_is_described_and_its_example_fits() {
        for item in MENU {
            let form = data(item.name).unwrap_or_else(|| panic!("{} has no form", item.name));
            fits(item.name, &form, &serde_json::from_str(item.example).unwrap());
        }
        let shown = json!(envelopes());
        assert_eq!(shown["oneOf"].as_array().unwrap().len(), MENU.len());
    }

    #[test]
    fn what_a_form_requires_is_required() {
        for item in MENU {
            let form = data(item.name).unwrap();
            let required = form["required"].as_array().is_some_and(|fields| !fields.is_empty());
            assert_eq!((item.read)("{}").is_err(), required, "{}", item.name);
        }
    }
}
