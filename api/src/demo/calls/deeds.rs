//! What people do about calls: say what came of them, write journals, escalate, plan to ring back.

use super::cast::QUEUES;
use super::fortnight::Made;
use super::wish::{By, Wish, wish};
use chrono::TimeDelta;
use domain::calls::call::Call;
use domain::calls::cdr::{Field, KeyField, Layout};
use domain::{Instant, SourceId, TenantId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

/// Records that nobody can understand, each wrong in its own way.
const GARBLED: [&str; 4] = [
    "Call 1244,00:02:11,2026/02/30 09:10:00,,,TerminatedBySrc",
    "H1,G2,,2026/03/02 10:00:00,2026/03/02 09:59:00,2026/03/02 10:04:00,,,,,,,,,,,,,,,,,,,,,",
    "H2,,,2026/03/02 10:00:00,,2026/03/02 10:00:30,TerminatedBySrc,,,,,,,,,,,,,,,,,,,,",
    "H3,G4,minus two,2026/03/02 10:00:00,,2026/03/02 10:00:30,,,,,,,,,,,,,,,,,,,,,",
];

/// Where the records of a telephone system go.
pub struct Desk {
    pub tenant: TenantId,
    pub source: SourceId,
}

impl Desk {
    pub fn id(&self, call: &Made) -> Uuid {
        Call::id(self.tenant, self.source, &call.key).0
    }

    /// A record comes in.
    pub fn record(&self, line: String, at: Instant, key: String) -> Result<Wish, String> {
        let layout = Layout { source: self.source, fields: Field::ALL.to_vec(), zone: super::cast::ZONE, key: KeyField::CallId };
        let on = commands::calls::record::target(self.tenant, self.source, &layout.line(&line), &line);
        wish(By::Telephones, at, key, "RecordCdr", on, json!({"source": self.source, "line": line}))
    }

    /// All records of a call, when it has ended.
    pub fn records(&self, call: &Made) -> Result<Vec<Wish>, String> {
        let lines = call.lines().enumerate();
        lines.map(|(n, line)| self.record(line, call.ended, format!("demo {} {n}", call.key))).collect()
    }

    /// Records that end in quarantine.
    pub fn garbled(&self, at: Instant) -> Result<Vec<Wish>, String> {
        let lines = GARBLED.iter().enumerate();
        lines.map(|(n, line)| self.record((*line).to_owned(), at, format!("demo garbled {n}"))).collect()
    }

    /// What is said and done about a call by `until`.
    pub fn deeds(&self, call: &Made, until: Instant) -> Result<Vec<Wish>, String> {
        let mut wishes = Vec::new();
        let Some(agent) = call.agent.filter(|_| call.spoken()) else { return Ok(wishes) };
        // What comes of a call follows from the call.
        let mut luck = StdRng::seed_from_u64(self.id(call).as_u128() as u64);
        let me = By::Agent(agent);
        let mut at = call.ended;
        let mut ask = |after: i64, by: By, name: &str, data: Value| -> Result<(), String> {
            at += TimeDelta::seconds(after);
            if at <= until {
                wishes.push(wish(by, at, format!("demo {} {name}", call.key), name, self.id(call), data)?);
            }
            Ok(())
        };
        if luck.random_range(0..100) < 93 {
            let (after, said) = wrap_up(call, &mut luck);
            ask(after, me, "CompleteCall", said)?;
        }
        match luck.random_range(0..100) {
            0..2 => ask(5, me, "EscalateCall", json!({"reason": "asks for the manager", "priority": "urgent"}))?,
            2..9 => {
                let date = call.began.date_naive() + chrono::Days::new(luck.random_range(1..9));
                ask(5, me, "PlanFollowUp", json!({"type": "callback", "date": date, "notes": "after ten"}))?;
            }
            9..24 => {
                let seconds = (call.ended - call.began).num_seconds();
                let reference = format!("recordings/{}/{}.wav", call.began.date_naive(), call.key);
                ask(30, By::Supervisor, "AttachRecording", json!({"reference": reference, "seconds": seconds}))?;
            }
            _ => {}
        }
        Ok(wishes)
    }
}

/// What agents write down, by queue: why they called, what troubled them, and what was done about it.
const WORDS: [[&str; 3]; 3] = [
    ["Asked for an appointment because of a rash", "A rash on both arms since Monday", "Appointment made"],
    ["Does not understand the invoice", "Charged twice for one visit", "Explained, and one charge taken back"],
    ["Wants to know when the prescription is ready", "Runs out of ointment at the weekend", "The pharmacy has it tomorrow"],
];

impl Desk {
    /// A journal of this call: every fourth stays a draft, the others are reviewed a day later, some of them approved at once.
    pub fn journal(&self, call: &Made, until: Instant) -> Result<Vec<Wish>, String> {
        let Some(agent) = call.agent.filter(|_| call.spoken()) else { return Ok(vec![]) };
        let on = Uuid::new_v5(&self.tenant.0, format!("journal {}", call.key).as_bytes());
        let [summary, concern, resolution] = WORDS[call.queue % WORDS.len()];
        let lot = on.as_u128() % 4;
        let (written, reviewed) = (call.ended + TimeDelta::minutes(4), call.ended + TimeDelta::hours(22));
        let words = json!({"callRecordId": self.id(call), "callSummary": summary, "patientConcern": concern,
            "resolutionProvided": resolution, "callTags": [QUEUES[call.queue].2], "submit": lot != 0});
        let mut wishes = Vec::new();
        if written <= until {
            wishes.push(wish(By::Agent(agent), written, format!("demo journal {}", call.key), "WriteJournal", on, words)?);
        }
        if lot > 1 && reviewed <= until {
            let score = 60 + (on.as_u128() >> 8) % 40;
            let review = json!({"reviewScore": score, "coachingNotes": "Name the concern first", "approve": lot == 3});
            let by = if super::cast::AGENTS[agent].site == 0 { By::Supervisor } else { By::Manager };
            wishes.push(wish(by, reviewed, format!("demo journal review {}", call.key), "ReviewJournal", on, review)?);
        }
        Ok(wishes)
    }
}

/// What an agent says of a call, and how many seconds later.
pub fn wrap_up(call: &Made, luck: &mut StdRng) -> (i64, Value) {
    let work = luck.random_range(10..90);
    let kind = match luck.random_range(0..10) {
        0 => "general",
        1 => "follow_up",
        _ => QUEUES[call.queue].2,
    };
    let appointment = kind == "appointment" && luck.random_range(0..10) < 6;
    let outcome = match luck.random_range(0..10) {
        _ if appointment => "appointment_scheduled",
        0 => "callback_scheduled",
        1 => "transfer_required",
        _ => "information_provided",
    };
    let mut said = json!({
        "callType": kind,
        "outcome": outcome,
        "firstCallResolution": luck.random_range(0..100) < 74,
        "complaint": luck.random_range(0..100) < 3,
        "afterCallWorkSeconds": work,
        "holdSeconds": if luck.random_range(0..4) == 0 { luck.random_range(5..80) } else { 0 },
    });
    if luck.random_range(0..10) < 4 {
        said["customerSatisfactionScore"] = json!([3, 4, 4, 5, 5, 5, 2, 4][luck.random_range(0..8)]);
    }
    if appointment {
        let date = call.began.date_naive() + chrono::Days::new(luck.random_range(2..20));
        said["appointment"] = json!({"date": date, "type": "check-up"});
    }
    (work, said)
}
