//! How commands about shifts, goals and reviews are written.

use super::{fields, id, instant, or_null, text, words, yes_or_no};
use domain::calls::goal::Target;
use domain::calls::review::Category;
use serde_json::{Value, json};

fn day() -> Value {
    json!({"type": "string", "format": "date"})
}

fn time() -> Value {
    json!({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"})
}

/// Somebody by e-mail address or id.
fn person() -> Value {
    json!({"type": "string", "minLength": 3, "maxLength": 254})
}

fn count() -> Value {
    json!({"type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX})
}

fn percent() -> Value {
    json!({"type": ["number", "string", "null"], "minimum": 0, "maximum": 100})
}

fn word(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

fn list(form: Value) -> Value {
    json!({"type": "array", "items": form})
}

/// The bare field of a category or a target, without the object it stands in.
fn bare(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn marks() -> Value {
    let points = || json!({"type": ["integer", "null"], "minimum": 1, "maximum": 5});
    fields(&Category::ALL.map(|category| (bare(category.field()), points())))
}

fn targets() -> Value {
    let value = || json!({"type": ["number", "string", "null"], "minimum": 0.01, "maximum": 9999.99});
    fields(&Target::ALL.map(|target| (target.word(), value())))
}

fn plan() -> [(&'static str, Value); 4] {
    [
        ("developmentAreas", or_null(list(text::<255>()))),
        ("coachingFocus", words::<2000>()),
        ("improvementPlan", words::<5000>()),
        ("recognitionEarned", or_null(list(text::<255>()))),
    ]
}

fn goal(whose: &[(&str, Value)]) -> Value {
    let rest = [
        ("period!", word(&["daily", "weekly", "monthly", "quarterly"])),
        ("periodStartDate!", day()),
        ("targets!", targets()),
        ("plan", fields(&plan())),
    ];
    fields(&[whose, &rest].concat())
}

fn review_type() -> Value {
    word(&["random", "targeted", "complaint_follow_up", "new_agent", "coaching"])
}

fn content() -> Value {
    fields(&[
        ("reviewDate", or_null(day())),
        ("reviewType", or_null(review_type())),
        ("marks", or_null(marks())),
        ("strengthsObserved", words::<5000>()),
        ("improvementAreas", words::<5000>()),
        ("specificCoachingPoints", words::<5000>()),
        ("recognitionWorthy", or_null(yes_or_no())),
        ("actionItemsRequired", or_null(list(text::<500>()))),
        ("followUpReviewNeeded", or_null(yes_or_no())),
        ("followUpDate", or_null(day())),
        ("additionalTrainingRecommended", or_null(list(text::<500>()))),
    ])
}

fn reported() -> Value {
    let names = ["callsHandled", "callsMissed", "totalTalkTimeSeconds", "totalAvailableTimeSeconds", "totalAfterCallWorkSeconds"];
    or_null(fields(&names.map(|name| (name, count()))))
}

fn breaks() -> Value {
    let seconds = || json!({"type": "integer", "minimum": 0});
    or_null(fields(&["break", "lunch", "training", "meeting"].map(|kind| (kind, seconds()))))
}

pub(super) fn data(command: &str) -> Option<Value> {
    let aims =
        [("callTarget", count()), ("appointmentTarget", count()), ("qualityTarget", percent()), ("notes", words::<2000>())];
    let form = match command {
        "ScheduleShift" => {
            let when = [("agent!", person()), ("date!", day()), ("startTime!", time()), ("endTime!", time())];
            fields(&[&when[..], &aims].concat())
        }
        "RescheduleShift" => fields(&[&[("startTime", or_null(time())), ("endTime", or_null(time()))][..], &aims].concat()),
        "BeginBreak" => fields(&[("kind!", word(&["break", "lunch", "training", "meeting"]))]),
        "EndShift" => fields(&[("reported", reported()), ("notes", words::<2000>())]),
        "MarkAbsent" | "WithdrawShift" => fields(&[("reason", words::<1000>())]),
        "CorrectShift" => fields(&[
            ("actualStart", or_null(instant())),
            ("actualEnd", or_null(instant())),
            ("breaks", breaks()),
            ("reason!", text::<1000>()),
        ]),
        "SetGoal" => goal(&[("agent!", person())]),
        "SetTeamGoal" => goal(&[("location!", id()), ("team", words::<64>())]),
        "UpdateGoal" => {
            let rest = [
                ("targets", or_null(targets())),
                ("reason", words::<1000>()),
                ("status", or_null(word(&["active", "paused", "completed"]))),
                ("reviewed", yes_or_no()),
                ("note", words::<2000>()),
            ];
            fields(&[&plan()[..], &rest].concat())
        }
        "DraftReview" => fields(&[
            ("agent!", person()),
            ("callId", or_null(id())),
            ("reviewType!", review_type()),
            ("content", content()),
            ("complete", yes_or_no()),
        ]),
        "ChangeReview" => content(),
        "DiscussReview" => fields(&[("on", or_null(day())), ("notes", words::<5000>())]),
        "AcknowledgeReview" => fields(&[("comment", words::<5000>())]),
        "DisputeReview" => fields(&[("reason!", text::<5000>())]),
        "ResolveDispute" => fields(&[("marks", or_null(marks())), ("reason!", text::<5000>())]),
        "StartShift" | "EndBreak" | "SettleShift" | "CompleteReview" => fields(&[]),
        _ => return None,
    };
    Some(form)
}
