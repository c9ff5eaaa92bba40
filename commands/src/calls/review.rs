//! What may be asked about reviews: written by those who conduct them, acknowledged or disputed by those they are about.

use super::people::{agent_card, asker, reached};
use super::who::AgentRef;
use crate::{Command, Error, On, Work};
use chrono::NaiveDate;
use domain::calls::call::{Call, CallRefusal};
use domain::calls::centre::CallCentre;
use domain::calls::review::{Draft, DraftChanges, MarkChanges, Review, ReviewContent, ReviewRefusal, ReviewType, Reviewer};
use domain::organization::role::Permission;
use domain::{CallId, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Begins a review of an agent, about one of their calls or in general. With `complete` it counts at once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftReview {
    /// By e-mail address or id.
    #[serde(alias = "agentEmail", alias = "agentId")]
    pub agent: AgentRef,
    #[serde(default, alias = "callRecordId")]
    pub call_id: Option<CallId>,
    pub review_type: ReviewType,
    /// Everything else that it says.
    #[serde(default)]
    pub content: DraftChanges,
    #[serde(default)]
    pub complete: bool,
}

impl Command for DraftReview {
    const NAME: &'static str = "DraftReview";
    const MAY: Permission = Permission::ConductQaReviews;
    const ON: On = On::New;
    const EXAMPLE: &'static str = r#"{"agent":"ada@example.com","reviewType":"random","content":{"marks":{"activeListening":4,"callControl":3},"strengthsObserved":"calm"},"complete":true}"#;
    type Target = Review;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let agent = agent_card(&self.agent, work).await?;
        let who = asker(work).await?.ok_or(Error::Forbidden(Permission::ConductQaReviews))?;
        let (user, email, name) = who;
        let today = today(work).await?;
        if let Some(call) = self.call_id {
            let (taken_by, place) = work.load::<Call>(call).await?.belongs_to()?;
            reached(taken_by, place, work, CallRefusal::Unknown)?;
            if taken_by != Some(agent.user) {
                return Err(Error::Invalid { field: "callId".into(), rule: "must be a call that the agent took or made".into() });
            }
        }
        let content = ReviewContent::about(self.call_id, today, self.review_type).with(self.content.clone());
        let draft = Draft { agent, reviewer: Reviewer { user, email, name }, content };
        work.change::<Review>(on, |review, _| review.draft(draft, today)).await?;
        if self.complete {
            work.change::<Review>(on, |review, _| review.complete()).await?;
        }
        Ok(())
    }
}

/// The day it is on the clocks of the reporting zone.
async fn today(work: &mut Work) -> Result<NaiveDate, Error> {
    let (tenant, at) = (work.stamp().tenant, work.stamp().at);
    Ok(work.load::<CallCentre>(tenant).await?.day_of(at).day)
}

/// Whoever does not see a review is told that there is none: it is seen by its reviewer, by the agent, and by those who look after them.
async fn reachable(on: Uuid, work: &mut Work) -> Result<(), Error> {
    let review = work.load::<Review>(on).await?;
    let (agent, _) = review.known()?;
    match review.reviewer().is_some() && review.reviewer() == work.who().actor.person() {
        true => Ok(()),
        false => reached(Some(agent.user), agent.location, work, ReviewRefusal::Unknown),
    }
}

/// Changes a draft; absent stays, `null` clears.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeReview(pub DraftChanges);

/// Lets a review count.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteReview {}

/// Puts on record that a review was talked about with the agent.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiscussReview {
    /// When; today on the clocks of the reporting zone if it is not said.
    pub on: Option<NaiveDate>,
    pub notes: Option<Text<5000>>,
}

/// The agent takes note of a review.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AcknowledgeReview {
    pub comment: Option<Text<5000>>,
}

/// The agent disagrees with a review.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisputeReview {
    pub reason: Text<5000>,
}

/// Ends a dispute: with other points, or without; a category that is absent keeps its points, `null` takes them away.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveDispute {
    #[serde(default)]
    pub marks: Option<MarkChanges>,
    pub reason: Text<5000>,
}

impl Command for ChangeReview {
    const NAME: &'static str = "ChangeReview";
    const MAY: Permission = Permission::ConductQaReviews;
    const EXAMPLE: &'static str =
        r#"{"marks":{"closingEffectiveness":5},"followUpReviewNeeded":true,"followUpDate":"2026-04-01"}"#;
    type Target = Review;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        let today = today(work).await?;
        work.change::<Review>(on, |review, _| review.change(self.0.clone(), today)).await?;
        Ok(())
    }
}

impl Command for DiscussReview {
    const NAME: &'static str = "DiscussReview";
    const MAY: Permission = Permission::ConductQaReviews;
    const EXAMPLE: &'static str = r#"{"on":"2026-03-10","notes":"she agrees"}"#;
    type Target = Review;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        reachable(on, work).await?;
        let today = today(work).await?;
        let day = self.on.unwrap_or(today);
        if day > today {
            return Err(Error::Invalid { field: "on".into(), rule: "must not be in the future".into() });
        }
        work.change::<Review>(on, |review, _| review.discuss(day, self.notes.clone())).await?;
        Ok(())
    }
}

/// A command that is one decision about a review within reach.
macro_rules! of_a_review {
    ($($name:ident, $may:ident, $example:literal, |$asked:ident, $review:ident, $stamp:ident| $decide:expr;)*) => {$(
        impl Command for $name {
            const NAME: &'static str = stringify!($name);
            const MAY: Permission = Permission::$may;
            const EXAMPLE: &'static str = $example;
            type Target = Review;

            async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
                reachable(on, work).await?;
                let $asked = self;
                work.change::<Review>(on, |$review, $stamp| $decide).await?;
                Ok(())
            }
        }
    )*};
}

of_a_review! {
    CompleteReview, ConductQaReviews, "{}", |_asked, review, _stamp| review.complete();
    AcknowledgeReview, ViewOwnPerformance, r#"{"comment":"thank you"}"#,
        |asked, review, stamp| review.acknowledge(stamp.actor.person(), asked.comment.clone());
    DisputeReview, ViewOwnPerformance, r#"{"reason":"the line was bad"}"#,
        |asked, review, stamp| review.dispute(stamp.actor.person(), asked.reason.clone());
    ResolveDispute, ConductQaReviews, r#"{"marks":{"callControl":4},"reason":"heard again"}"#,
        |asked, review, stamp| review.resolve(stamp.actor.person(), asked.marks.as_ref(), asked.reason.clone());
}
