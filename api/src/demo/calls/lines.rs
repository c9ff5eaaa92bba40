//! Records as a 3CX writes them: one line of 27 fields for each leg of a call.

use super::cast::{AGENTS, QUEUES, ZONE};
use chrono::TimeDelta;
use domain::Instant;
use domain::calls::cdr::Field;

/// The number that people ring.
const OURS: &str = "+17345550100";

/// One end of a leg.
#[derive(Clone, Debug)]
pub enum End {
    Outside { number: String, name: String },
    Agent(usize),
    Queue(usize),
    Menu,
    Voicemail,
    Nobody,
}

impl End {
    /// Type, number within the system, number as shown, and name.
    fn told(&self) -> [String; 4] {
        let own = |kind: &str, dn: &str, shown: String, name: String| [kind.into(), dn.into(), shown, name];
        match self {
            End::Outside { number, name } => own("Line", "10000", number.clone(), name.clone()),
            End::Agent(n) => {
                let agent = &AGENTS[*n];
                let name = format!("{} {}", agent.name.0, agent.name.1);
                own("Extension", agent.extension, format!("Ext.{}", agent.extension), name)
            }
            End::Queue(n) => own("Queue", QUEUES[*n].1, QUEUES[*n].1.into(), QUEUES[*n].0.into()),
            End::Menu => own("IVR", "850", "850".into(), "Welcome".into()),
            End::Voicemail => own("VMail", "999", "999".into(), "Voice mail".into()),
            End::Nobody => Default::default(),
        }
    }
}

/// A leg, with times in seconds after the call began.
#[derive(Clone, Debug)]
pub struct Leg {
    pub from: End,
    pub to: End,
    pub last: End,
    pub start: i64,
    pub answered: Option<i64>,
    pub end: i64,
    pub terminated: &'static str,
    pub changed: &'static str,
    pub polled: Vec<usize>,
}

impl Leg {
    pub fn of(from: End, to: End, last: End, start: i64, answered: Option<i64>, end: i64) -> Self {
        Self { from, to, last, start, answered, end, terminated: "TerminatedByDst", changed: "", polled: vec![] }
    }

    /// Its line, as the n-th of its call.
    pub fn line(&self, key: &str, n: usize, began: Instant) -> String {
        let clock = |seconds: i64| {
            let at = (began + TimeDelta::seconds(seconds)).with_timezone(&ZONE);
            at.format("%Y/%m/%d %H:%M:%S").to_string()
        };
        let length = self.end - self.start;
        let [from, to, last] = [&self.from, &self.to, &self.last].map(End::told);
        let dialled = match &self.to {
            End::Outside { number, .. } => number.clone(),
            End::Agent(other) if matches!(self.from, End::Agent(_)) => AGENTS[*other].extension.to_owned(),
            _ => OURS.to_owned(),
        };
        let polled: Vec<&str> = self.polled.iter().map(|agent| AGENTS[*agent].extension).collect();
        let value = |field: Field| match field {
            Field::HistoryId => format!("{key}.{n}"),
            Field::CallId => key.to_owned(),
            Field::Duration => format!("{:02}:{:02}:{:02}", length / 3600, length / 60 % 60, length % 60),
            Field::TimeStart => clock(self.start),
            Field::TimeAnswered => self.answered.map(clock).unwrap_or_default(),
            Field::TimeEnd => clock(self.end),
            Field::ReasonTerminated => self.terminated.to_owned(),
            Field::ReasonChanged => self.changed.to_owned(),
            Field::DialNo => dialled.clone(),
            Field::FromType => from[0].clone(),
            Field::FromDn => from[1].clone(),
            Field::FromNo => from[2].clone(),
            Field::FromDispname => from[3].clone(),
            Field::ToType => to[0].clone(),
            Field::ToDn => to[1].clone(),
            Field::ToNo => to[2].clone(),
            Field::ToDispname => to[3].clone(),
            Field::FinalType => last[0].clone(),
            Field::FinalDn => last[1].clone(),
            Field::FinalNumber => last[2].clone(),
            Field::FinalDispname => last[3].clone(),
            Field::MissedQueueCalls => polled.join(";"),
            Field::BillCode | Field::BillRate | Field::BillCost | Field::BillName | Field::Chain => String::new(),
        };
        Field::ALL.map(value).join(",")
    }
}
