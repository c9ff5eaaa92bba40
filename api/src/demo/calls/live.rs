//! The telephones go on ringing: every few seconds a call begins, is taken or given up, ends, and somebody says what came of it.

use super::cast::AGENTS;
use super::deeds::wrap_up;
use super::fortnight::{Made, call, free};
use super::lines::End;
use super::roster::{Stint, stints};
use super::wish::By;
use super::{Office, ZONE};
use chrono::{Days, TimeDelta};
use commands::Ask;
use domain::Instant;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often something may happen.
const TICK: Duration = Duration::from_millis(700);
/// How often the roster is looked at.
const ROSTER: TimeDelta = TimeDelta::seconds(60);

/// What happens next in a call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    Answer,
    End,
    WrappedUp,
}

/// A call that is going on.
struct Going {
    call: Made,
    next: Next,
    due: Instant,
}

/// Works for as long as it is polled.
pub async fn go_on(office: Office) {
    let mut luck = StdRng::from_os_rng();
    let mut going: Vec<Going> = Vec::new();
    let (mut on_shift, mut looked) = (Vec::new(), Instant::UNIX_EPOCH);
    let mut present: BTreeSet<usize> = BTreeSet::new();
    let mut n = luck.random_range(0..9_000);
    loop {
        tokio::time::sleep(TICK).await;
        let now = office.commands.now();
        if now - looked > ROSTER {
            let first = looked == Instant::UNIX_EPOCH;
            on_shift = office.tend_roster(now).await;
            office.sign_on_and_off(&on_shift, &mut present, first, now).await;
            looked = now;
        }
        let (due, rest): (Vec<Going>, Vec<Going>) = going.into_iter().partition(|call| call.due <= now);
        going = rest;
        for call in due {
            going.extend(office.go_on_with(call, now, &mut luck).await);
        }
        let busy: Vec<usize> = going.iter().filter_map(|call| call.call.agent).collect();
        let free: Vec<usize> = free(&on_shift, now).filter(|agent| !busy.contains(agent)).collect();
        // While everybody speaks, only now and then somebody else rings, and gives up.
        if luck.random_range(0..100) < if free.is_empty() { 2 } else { 15 } {
            n += 1;
            let call = call(format!("L{}", now.timestamp_millis()), n, now, &free, 0, &mut luck);
            going.push(office.begin(shorter(call)).await);
        }
    }
}

/// Calls on the board are short, so that there is something to see.
fn shorter(mut call: Made) -> Made {
    let squeeze = |seconds: i64| if seconds < 12 { seconds } else { 12 + (seconds - 12) / 9 };
    for leg in &mut call.legs {
        (leg.start, leg.answered, leg.end) = (squeeze(leg.start), leg.answered.map(squeeze), squeeze(leg.end));
    }
    let end = call.legs.iter().map(|leg| leg.end).max().unwrap_or_default();
    call.ended = call.began + TimeDelta::seconds(end);
    call
}

impl Office {
    async fn tend_roster(&self, now: Instant) -> Vec<Stint> {
        let today = now.with_timezone(&ZONE).date_naive();
        let stints = stints(today - Days::new(1), 2 + super::AHEAD);
        if let Err(error) = self.roster(&stints, now).await {
            tracing::debug!(error, "the roster of the sample call centre stays as it is");
        }
        stints
    }

    /// Whoever came has a free telephone, whoever went has none. At first that is said of everybody.
    async fn sign_on_and_off(&self, stints: &[Stint], present: &mut BTreeSet<usize>, first: bool, now: Instant) {
        let here = |stint: &&Stint| stint.came.is_some_and(|(from, until)| from <= now && now < until);
        let here: BTreeSet<usize> = stints.iter().filter(here).map(|stint| stint.agent).collect();
        for agent in 0..AGENTS.len() {
            if first || here.contains(&agent) != present.contains(&agent) {
                let state = if here.contains(&agent) { "available" } else { "offline" };
                self.note(agent, state, None, now).await;
            }
        }
        *present = here;
    }

    async fn begin(&self, call: Made) -> Going {
        if let Some(agent) = call.agent {
            self.note(agent, "ringing", Some(&call), call.began).await;
        }
        // The last who answers is who has it; where nobody does, only its end is told.
        let answered = call.legs.iter().filter_map(|leg| leg.answered).max().filter(|_| call.agent.is_some());
        let (next, due) = match answered {
            Some(seconds) => (Next::Answer, call.began + TimeDelta::seconds(seconds)),
            None => (Next::End, call.ended),
        };
        Going { call, next, due }
    }

    async fn go_on_with(&self, Going { call, next, .. }: Going, now: Instant, luck: &mut StdRng) -> Option<Going> {
        match next {
            Next::Answer => {
                self.note(call.agent?, "on_call", Some(&call), now).await;
                let due = call.ended;
                Some(Going { call, next: Next::End, due })
            }
            Next::End => {
                for record in self.desk.records(&call).unwrap_or_default() {
                    self.ask(By::Telephones, record.ask).await;
                }
                let state = if call.spoken() { "wrap_up" } else { "available" };
                self.note(call.agent?, state, None, now).await;
                let due = now + TimeDelta::seconds(luck.random_range(5..15));
                call.spoken().then_some(Going { call, next: Next::WrappedUp, due })
            }
            Next::WrappedUp => {
                let agent = call.agent?;
                let (_, mut said) = wrap_up(&call, luck);
                said["afterCallWorkSeconds"] = json!((now - call.ended).num_seconds().clamp(0, 600));
                self.say(By::Agent(agent), "CompleteCall", self.desk.id(&call), said).await;
                self.note(agent, "available", None, now).await;
                None
            }
        }
    }

    /// What a telephone is doing now.
    async fn note(&self, agent: usize, state: &str, call: Option<&Made>, at: Instant) {
        let mut said = json!({"extension": AGENTS[agent].extension, "state": state, "sourceId": self.desk.source, "at": at});
        if let Some(call) = call {
            said["callKey"] = json!(call.key);
            said["otherNumber"] = json!(call.number);
            if let Some(End::Queue(queue)) = call.legs.iter().map(|leg| &leg.to).find(|to| matches!(to, End::Queue(_))) {
                said["queueName"] = json!(super::cast::QUEUES[*queue].0);
            }
        }
        let on = domain::calls::presence::Presence::id(self.tenant, AGENTS[agent].extension);
        self.say(By::Telephones, "NotePresence", on, said).await;
    }

    async fn say(&self, by: By, name: &str, on: uuid::Uuid, data: Value) {
        let read = commands::menu::find(name).map(|item| (item.read)(&data.to_string()));
        match read {
            Some(Ok(command)) => {
                let ask = Ask { command, on: Some(on), key: None, at: None, expected: None, cause: None };
                self.ask(by, ask).await;
            }
            other => tracing::debug!(name, ?other, "the sample call centre says something that nobody understands"),
        }
    }
}
