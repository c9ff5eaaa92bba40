//! How the commands about campaigns are written.

use super::{fields, id, or_null, text, whole, words, yes_or_no};
use domain::calls::campaign::CampaignOutcome;
use serde_json::{Value, json};

fn day() -> Value {
    json!({"type": "string", "format": "date"})
}

fn purpose() -> Value {
    json!({"type": "string", "enum": ["outbound_appointments", "follow_up", "satisfaction_survey", "retention"]})
}

fn level() -> Value {
    json!({"type": "string", "enum": ["urgent", "high", "normal", "low"]})
}

fn percentage() -> Value {
    let pattern = "^(100([.]0{1,2})?|[0-9]{1,2}([.][0-9]{1,2})?)$";
    json!({"type": ["number", "string", "null"], "minimum": 0, "maximum": 100, "multipleOf": 0.01, "pattern": pattern})
}

fn lines() -> Value {
    json!({"type": "array", "items": text::<500>(), "maxItems": 50})
}

/// People by e-mail address or id.
fn people() -> Value {
    json!({"type": "array", "maxItems": 500, "items": person()})
}

fn person() -> Value {
    let pattern =
        "^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[^\\s@\\x00-\\x1f\\x7f-\\x9f]+@[a-z0-9-]{1,60}[.][a-z]{2,20})$";
    json!({"type": "string", "pattern": pattern, "maxLength": 254, "description": "An e-mail address or the id of the account."})
}

pub(super) fn data(command: &str) -> Option<Value> {
    let form = match command {
        "CreateCampaign" => fields(&[
            ("campaignName!", text::<255>()),
            ("campaignType!", purpose()),
            ("startDate!", day()),
            ("endDate!", day()),
            ("targetAudience!", text::<2000>()),
            ("targetCallCount", or_null(whole(0))),
            ("targetConversionRate", percentage()),
            ("assignedAgents", people()),
            ("priorityLevel", level()),
            ("callScript", words::<10_000>()),
            ("talkingPoints", lines()),
            ("requiredDocumentation", lines()),
            ("trainingMaterials", lines()),
            ("campaignNotes", words::<10_000>()),
            ("managedBy", or_null(id())),
        ]),
        "ChangeCampaign" => fields(&[
            ("campaignName", words::<255>()),
            ("campaignType", or_null(purpose())),
            ("startDate", or_null(day())),
            ("endDate", or_null(day())),
            ("targetAudience", words::<2000>()),
            ("targetCallCount", or_null(whole(0))),
            ("targetConversionRate", percentage()),
            ("priorityLevel", or_null(level())),
            ("callScript", words::<10_000>()),
            ("talkingPoints", or_null(lines())),
            ("requiredDocumentation", or_null(lines())),
            ("trainingMaterials", or_null(lines())),
            ("campaignNotes", words::<10_000>()),
            ("managedBy", or_null(id())),
        ]),
        "AssignCampaign" => fields(&[("agents!", people())]),
        "StartCampaign" | "ResumeCampaign" => fields(&[]),
        "PauseCampaign" => fields(&[("reason", words::<1000>())]),
        "CompleteCampaign" => fields(&[("notes", words::<1000>())]),
        "CancelCampaign" => fields(&[("reason!", text::<1000>())]),
        "LogCampaignCall" => fields(&[
            ("outcome!", json!({"type": "string", "enum": CampaignOutcome::ALL.map(CampaignOutcome::word)})),
            ("callId", or_null(id())),
            ("agent", or_null(person())),
            ("number", words::<64>()),
            ("completed", or_null(yes_or_no())),
            ("successful", or_null(yes_or_no())),
            ("notes", words::<2000>()),
        ]),
        "KeepReport" => {
            let kind = json!({"type": "string", "enum": ["daily", "weekly", "monthly"]});
            let zone = text::<64>();
            fields(&[
                ("kind!", kind),
                ("day!", day()),
                ("from!", day()),
                ("timezone!", zone),
                ("report!", json!({"type": "object"})),
            ])
        }
        _ => return None,
    };
    Some(form)
}
