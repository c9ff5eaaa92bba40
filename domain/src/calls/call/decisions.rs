//! What may be decided about a call, one function for every wish; none of them changes anything by itself.

use super::{Call, CallChanges, CallEvent, CallPriority, CallRefusal, Category, FollowUp, Known, WrapUp};
use crate::calls::call::{CallFacts, Leg, RawRecord};
use crate::{Decision, Personal, SourceId, Text, UserId};
use uuid::Uuid;

impl Call {
    /// Takes down a record. `facts` reckons what follows from all legs. A copy that came in before changes nothing, nor does
    /// anything that comes in after the call was disposed of.
    pub fn record(
        &self,
        call_key: Text<255>,
        source: SourceId,
        leg: Leg,
        raw: RawRecord,
        facts: impl FnOnce(&mut dyn Iterator<Item = &Leg>) -> Option<CallFacts>,
    ) -> Decision<Call> {
        if self.disposed {
            return Ok(vec![]);
        }
        let Some(known) = &self.known else {
            let recorded = |facts| CallEvent::Recorded { call_key, source, leg: leg.clone(), raw, facts };
            return Ok(facts(&mut [&leg].into_iter()).map(recorded).into_iter().collect());
        };
        if known.seen.contains(&leg.print) {
            return Ok(vec![]);
        }
        let was = known.facts.clone();
        let old = known.legs.get(&leg.key);
        let counts = old.is_none_or(|old| !old.outweighs(&leg));
        let others = known.legs.values().filter(|other| !counts || other.key != leg.key);
        let Some(facts) = facts(&mut others.chain(counts.then_some(&leg))) else { return Ok(vec![]) };
        Ok(vec![match old {
            None => CallEvent::LegAdded { leg, raw, facts, was },
            Some(_) => CallEvent::LegCorrected { leg, raw, facts, was },
        }])
    }

    /// Whether this very copy of a record is on record, or the call is past being recorded.
    pub fn has_seen(&self, print: Uuid) -> bool {
        self.disposed || self.known.as_ref().is_some_and(|known| known.seen.contains(&print))
    }

    /// Looks again at who its people were.
    pub fn attribute(&self, facts: impl FnOnce(&mut dyn Iterator<Item = &Leg>) -> Option<CallFacts>) -> Decision<Call> {
        let known = self.known()?;
        let facts = facts(&mut known.legs.values()).filter(|facts| *facts != known.facts);
        let attributed = |facts: CallFacts| CallEvent::Attributed { agent: facts.agent.clone(), facts, was: known.facts.clone() };
        Ok(facts.map(attributed).into_iter().collect())
    }

    /// What its agent says of it, once.
    pub fn complete(&self, wrap_up: WrapUp) -> Decision<Call> {
        let known = self.known()?;
        wrap_up.check()?;
        match known.completed {
            true if known.said == wrap_up => Ok(vec![]),
            true => Err(self.refused("completed")),
            false => Ok(vec![CallEvent::Completed { wrap_up }]),
        }
    }

    /// Changes what was said of it, for a reason.
    pub fn amend(&self, changes: CallChanges, reason: Text<1000>) -> Decision<Call> {
        let said = self.said()?;
        let changes = changes.different_from(said);
        said.with(&changes).check()?;
        Ok(if changes == CallChanges::default() { vec![] } else { vec![CallEvent::Amended { changes, reason }] })
    }

    /// Takes down what the categoriser makes of it; it has no say where a person spoke.
    pub fn categorize(&self, category: Category) -> Decision<Call> {
        let said = self.said()?;
        let missing: Vec<Text<64>> = category.tags.iter().filter(|tag| !said.tags.contains(tag)).cloned().collect();
        let applied = CallChanges {
            call_type: category.call_type.filter(|_| said.call_type.is_none()).map(Some),
            outcome: category.outcome.filter(|_| said.outcome.is_none()).map(Some),
            priority: category.priority.filter(|_| said.priority.is_none()).map(Some),
            tags: (!missing.is_empty()).then(|| said.tags.iter().cloned().chain(missing).collect()),
            ..CallChanges::default()
        };
        said.with(&applied).check()?;
        Ok(vec![CallEvent::Categorized { category, applied }])
    }

    /// Says where its recording is. One that must be kept is not replaced by another.
    pub fn attach_recording(&self, reference: Text<1000>, seconds: Option<u32>) -> Decision<Call> {
        match &self.known()?.recording {
            Some(old) if *old == reference => return Ok(vec![]),
            Some(_) => self.free()?,
            None => {}
        }
        Ok(vec![CallEvent::RecordingAttached { reference, seconds }])
    }

    pub fn review_recording(&self, notes: Text<10_000>, score: Option<u8>) -> Decision<Call> {
        self.recorded("reviewed by its recording")?;
        if score.is_some_and(|score| !(1..=100).contains(&score)) {
            return Err(CallRefusal::OutOfRange { field: "score", rule: "must be from 1 to 100" });
        }
        Ok(vec![CallEvent::RecordingReviewed { notes: Personal::new(notes), score }])
    }

    /// Lets go of the recording, unless the call must be kept.
    pub fn remove_recording(&self, reason: Text<1000>) -> Decision<Call> {
        self.recorded("freed of its recording")?;
        self.free()?;
        Ok(vec![CallEvent::RecordingRemoved { reason }])
    }

    pub fn escalate(&self, to: Option<UserId>, reason: Text<1000>, priority: CallPriority) -> Decision<Call> {
        match self.known()?.escalated {
            Some(already) if already == (to, priority) => Ok(vec![]),
            _ => Ok(vec![CallEvent::Escalated { to, reason, priority }]),
        }
    }

    pub fn plan_follow_up(&self, follow_up: FollowUp) -> Decision<Call> {
        let known = self.known()?;
        follow_up.check()?;
        match &known.follow_up {
            Some(planned) if *planned == follow_up && !known.follow_up_done => Ok(vec![]),
            _ => Ok(vec![CallEvent::FollowUpPlanned { follow_up }]),
        }
    }

    pub fn follow_up_done(&self, notes: Option<Text<10_000>>) -> Decision<Call> {
        let known = self.known()?;
        match (&known.follow_up, known.follow_up_done) {
            (None, _) => Err(self.refused("followed up")),
            (Some(_), true) => Ok(vec![]),
            (Some(_), false) => Ok(vec![CallEvent::FollowUpDone { notes: notes.map(Personal::new) }]),
        }
    }

    /// Keeps it, however old it gets.
    pub fn hold(&self, reason: Text<1000>) -> Decision<Call> {
        match &self.known()?.hold {
            Some(already) if *already == reason => Ok(vec![]),
            _ => Ok(vec![CallEvent::Held { reason }]),
        }
    }

    pub fn release(&self, reason: Text<1000>) -> Decision<Call> {
        Ok(if self.known()?.hold.is_some() { vec![CallEvent::HoldReleased { reason }] } else { vec![] })
    }

    /// Nobody sees it any more. What must be kept is kept.
    pub fn dispose(&self, reason: Text<1000>, proposal: Option<Uuid>) -> Decision<Call> {
        if self.disposed {
            return Ok(vec![]);
        }
        self.free()?;
        Ok(vec![CallEvent::Disposed { reason, proposal }])
    }

    /// The commands its state allows.
    pub fn allowed(&self) -> Vec<&'static str> {
        let Some(known) = &self.known else { return vec![] };
        let mut allowed = vec!["AmendCall", "CategorizeCall", "AttachRecording", "EscalateCall", "PlanFollowUp", "HoldCall"];
        if !known.completed {
            allowed.push("CompleteCall");
        }
        if known.recording.is_some() {
            allowed.extend(["ReviewRecording", "RemoveRecording"]);
        }
        if known.follow_up.is_some() && !known.follow_up_done {
            allowed.push("MarkFollowUpDone");
        }
        if known.hold.is_some() {
            allowed.push("ReleaseCall");
        }
        allowed
    }

    fn known(&self) -> Result<&Known, CallRefusal> {
        self.known.as_deref().ok_or(CallRefusal::Unknown)
    }

    fn recorded(&self, asked: &'static str) -> Result<(), CallRefusal> {
        match self.known()?.recording {
            Some(_) => Ok(()),
            None => Err(self.refused(asked)),
        }
    }

    /// Whether it may go: nobody said that it must be kept.
    pub fn free(&self) -> Result<(), CallRefusal> {
        match &self.known()?.hold {
            Some(reason) => Err(CallRefusal::OnHold { reason: reason.as_str().to_owned() }),
            None => Ok(()),
        }
    }

    fn refused(&self, asked: &'static str) -> CallRefusal {
        match &self.known {
            None => CallRefusal::Unknown,
            Some(known) => {
                let state = if known.completed { "completed" } else { "recorded" };
                CallRefusal::WrongState { state, asked, allowed: self.allowed() }
            }
        }
    }
}
