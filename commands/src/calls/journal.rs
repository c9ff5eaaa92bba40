//! Everything that may be asked about journals. Somebody else's journal is missing for whoever looks after nobody.

use crate::{Command, Error, On, Work};
use chrono::NaiveDate;
use domain::calls::AgentCard;
use domain::calls::agent::Agent;
use domain::calls::call::{Call, CallRefusal, FollowUpType};
use domain::calls::journal::{Journal, JournalChanges, JournalMarks, JournalRefusal, JournalWords, MarkChanges};
use domain::calls::journal::{Remarks, Reviewer, Score, WordChanges};
use domain::cases::customer::given;
use domain::organization::role::{Permission, Reach};
use domain::organization::user::User;
use domain::{CallId, Personal, StreamId, TenantId, Text, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Writes down what a call was about, as a draft unless it is submitted at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WriteJournal {
    #[serde(alias = "callId")]
    pub call_record_id: CallId,
    /// Whose journal it is, if a supervisor writes it; otherwise one's own.
    #[serde(default)]
    pub agent_id: Option<UserId>,
    pub call_summary: Text<1000>,
    #[serde(default)]
    pub detailed_notes: Option<Text<20_000>>,
    #[serde(default)]
    pub patient_concern: Option<Text<4000>>,
    #[serde(default)]
    pub resolution_provided: Option<Text<4000>>,
    #[serde(default)]
    pub action_items: Vec<Text<500>>,
    /// It goes without saying where a type, a date or notes are given.
    #[serde(default)]
    pub follow_up_required: Option<bool>,
    #[serde(default)]
    pub follow_up_type: Option<FollowUpType>,
    #[serde(default)]
    pub follow_up_date: Option<NaiveDate>,
    #[serde(default)]
    pub follow_up_notes: Option<Text<4000>>,
    #[serde(default)]
    pub call_tags: Vec<Text<64>>,
    #[serde(default)]
    pub department_involved: Vec<Text<128>>,
    /// It goes without saying where a type is given.
    #[serde(default)]
    pub referral_made: Option<bool>,
    #[serde(default)]
    pub referral_type: Option<Text<128>>,
    #[serde(default)]
    pub submit: bool,
}

impl WriteJournal {
    fn content(&self) -> (JournalWords, JournalMarks) {
        let words = JournalWords {
            call_summary: self.call_summary.clone(),
            detailed_notes: self.detailed_notes.clone(),
            patient_concern: self.patient_concern.clone(),
            resolution_provided: self.resolution_provided.clone(),
            action_items: self.action_items.clone(),
            follow_up_notes: self.follow_up_notes.clone(),
        };
        let followed = self.follow_up_type.is_some() || self.follow_up_date.is_some() || self.follow_up_notes.is_some();
        let marks = JournalMarks {
            follow_up_required: self.follow_up_required.unwrap_or(followed),
            follow_up_type: self.follow_up_type,
            follow_up_date: self.follow_up_date,
            call_tags: self.call_tags.clone(),
            department_involved: self.department_involved.clone(),
            referral_made: self.referral_made.unwrap_or(self.referral_type.is_some()),
            referral_type: self.referral_type.clone(),
        };
        (words, marks)
    }
}

impl Command for WriteJournal {
    const NAME: &'static str = "WriteJournal";
    const MAY: Permission = Permission::EditCallJournals;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"callRecordId":"0190a5d2-0000-7000-8000-000000000001","callSummary":"Asked for an appointment because of a rash","patientConcern":"Rash on both arms since Monday","resolutionProvided":"Appointment made","actionItems":["Send the questionnaire"],"followUpType":"callback","followUpDate":"2026-03-05","callTags":["rash","new patient"],"departmentInvolved":["Dermatology"]}"#;
    type Target = Journal;

    fn reads(&self, tenant: TenantId, on: Uuid) -> Vec<StreamId> {
        vec![StreamId::of::<Journal>(tenant, on), StreamId::of::<Call>(tenant, self.call_record_id)]
    }

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let call = work.load::<Call>(self.call_record_id).await?;
        let (agent, location) = call.belongs_to()?;
        if !work.who().reaches(agent, location) {
            return Err(CallRefusal::Unknown.into());
        }
        let myself = work.who().actor.person();
        let whose = match self.agent_id {
            Some(other) if Some(other) != myself && !work.who().may(Permission::ReviewJournals) => {
                return Err(Error::Forbidden(Permission::ReviewJournals));
            }
            named => named.or(myself),
        };
        let nobody = || Error::Invalid { field: "agentId".into(), rule: "must name whose journal it is".into() };
        let card = card(whose.ok_or_else(nobody)?, work).await?.ok_or_else(nobody)?;
        if !work.who().reaches(Some(card.user), card.location) {
            return Err(nobody());
        }
        let (words, marks) = self.content();
        let (call, submit) = (self.call_record_id, self.submit);
        work.change::<Journal>(on, |journal, _| journal.write(call, card, words, marks, submit)).await?;
        Ok(())
    }
}

/// Changes a draft; absent stays, `null` clears.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChangeJournal {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_summary: Option<Text<1000>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub detailed_notes: Option<Option<Text<20_000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub patient_concern: Option<Option<Text<4000>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub resolution_provided: Option<Option<Text<4000>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_items: Option<Vec<Text<500>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_required: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub follow_up_type: Option<Option<FollowUpType>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub follow_up_date: Option<Option<NaiveDate>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub follow_up_notes: Option<Option<Text<4000>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_tags: Option<Vec<Text<64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department_involved: Option<Vec<Text<128>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral_made: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub referral_type: Option<Option<Text<128>>>,
}

impl Command for ChangeJournal {
    const NAME: &'static str = "ChangeJournal";
    const MAY: Permission = Permission::EditCallJournals;
    const EXAMPLE: &'static str = r#"{"callSummary":"Asked for an appointment for two","followUpRequired":false}"#;
    type Target = Journal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        within_sight(on, work).await?;
        let asked = self.clone();
        let changes = JournalChanges {
            words: WordChanges {
                call_summary: asked.call_summary,
                detailed_notes: asked.detailed_notes,
                patient_concern: asked.patient_concern,
                resolution_provided: asked.resolution_provided,
                action_items: asked.action_items,
                follow_up_notes: asked.follow_up_notes,
            },
            marks: MarkChanges {
                follow_up_required: asked.follow_up_required,
                follow_up_type: asked.follow_up_type,
                follow_up_date: asked.follow_up_date,
                call_tags: asked.call_tags,
                department_involved: asked.department_involved,
                referral_made: asked.referral_made,
                referral_type: asked.referral_type,
            },
        };
        work.change::<Journal>(on, |journal, _| journal.change(changes)).await?;
        Ok(())
    }
}

/// Hands a draft in to be reviewed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitJournal {}

impl Command for SubmitJournal {
    const NAME: &'static str = "SubmitJournal";
    const MAY: Permission = Permission::EditCallJournals;
    const EXAMPLE: &'static str = "{}";
    type Target = Journal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        within_sight(on, work).await?;
        work.change::<Journal>(on, |journal, _| journal.submit()).await?;
        Ok(())
    }
}

/// Rates a journal, with remarks for its agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewJournal {
    pub review_score: Score,
    #[serde(default)]
    pub coaching_notes: Option<Text<4000>>,
    #[serde(default)]
    pub training_opportunities: Vec<Text<255>>,
    #[serde(default)]
    pub commendation_worthy: bool,
    #[serde(default)]
    pub improvement_areas: Vec<Text<255>>,
    /// It stands as it is, once it is rated.
    #[serde(default)]
    pub approve: bool,
}

impl Command for ReviewJournal {
    const NAME: &'static str = "ReviewJournal";
    const MAY: Permission = Permission::ReviewJournals;
    const EXAMPLE: &'static str = r#"{"reviewScore":85,"coachingNotes":"Name the concern first","trainingOpportunities":["Empathy"],"commendationWorthy":true}"#;
    type Target = Journal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        within_sight(on, work).await?;
        let by = reviewer(work).await?;
        let remarks = Remarks {
            score: self.review_score,
            coaching_notes: self.coaching_notes.clone().map(Personal::new),
            training_opportunities: self.training_opportunities.clone(),
            commendation_worthy: self.commendation_worthy,
            improvement_areas: self.improvement_areas.clone(),
        };
        let approver = self.approve.then(|| by.clone());
        work.change::<Journal>(on, |journal, _| journal.review(by, remarks)).await?;
        if let Some(by) = approver {
            work.change::<Journal>(on, |journal, _| journal.approve(by)).await?;
        }
        Ok(())
    }
}

/// Lets a reviewed journal stand as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveJournal {}

impl Command for ApproveJournal {
    const NAME: &'static str = "ApproveJournal";
    const MAY: Permission = Permission::ReviewJournals;
    const EXAMPLE: &'static str = "{}";
    type Target = Journal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        within_sight(on, work).await?;
        let by = reviewer(work).await?;
        work.change::<Journal>(on, |journal, _| journal.approve(by)).await?;
        Ok(())
    }
}

/// Gives a journal back to its agent to be worked over.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnJournal {
    pub reason: Text<1000>,
}

impl Command for ReturnJournal {
    const NAME: &'static str = "ReturnJournal";
    const MAY: Permission = Permission::ReviewJournals;
    const EXAMPLE: &'static str = r#"{"reason":"The resolution is missing"}"#;
    type Target = Journal;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        within_sight(on, work).await?;
        let by = reviewer(work).await?;
        work.change::<Journal>(on, |journal, _| journal.give_back(by, self.reason.clone())).await?;
        Ok(())
    }
}

/// One's own, or any for whoever looks after others (B.R3).
async fn within_sight(on: Uuid, work: &mut Work) -> Result<(), Error> {
    let journal = work.load::<Journal>(on).await?;
    let whose = journal.agent()?.user;
    let own = work.who().actor.person() == Some(whose);
    if own || work.who().reach != Reach::Own { Ok(()) } else { Err(JournalRefusal::Unknown.into()) }
}

/// Somebody as they are now: the agent, or whoever has only an account.
async fn card(whose: UserId, work: &mut Work) -> Result<Option<AgentCard>, Error> {
    if let Ok(card) = work.load::<Agent>(whose).await?.card() {
        return Ok(Some(card));
    }
    let account = work.load::<User>(whose).await?;
    let Ok(details) = account.details() else { return Ok(None) };
    Ok(name_of(&account).map(|name| AgentCard {
        user: whose,
        email: details.email.clone(),
        name: Personal::new(name),
        location: details.location,
        location_name: None,
        team: None,
    }))
}

fn name_of(account: &User) -> Option<Text<255>> {
    let details = account.details().ok()?;
    let names = [Some(&details.first_name), details.last_name.as_ref()];
    let names: Vec<_> = names.into_iter().flatten().filter_map(Personal::known).map(Text::as_str).collect();
    names.join(" ").chars().take(255).collect::<String>().try_into().ok()
}

/// Whoever asks, as they are now.
async fn reviewer(work: &mut Work) -> Result<Reviewer, Error> {
    let Some(user) = work.who().actor.person() else { return Ok(Reviewer::default()) };
    let account = work.load::<User>(user).await?;
    let email = account.details().ok().map(|details| details.email.clone());
    Ok(Reviewer { user: Some(user), email, name: name_of(&account).map(Personal::new) })
}
