//! Who held which extension when, looked up before a call's facts are reckoned.

use crate::{Error, Work};
use domain::calls::AgentCard;
use domain::calls::agent::Agent;
use domain::calls::call::{CallFacts, Leg};
use domain::calls::cdr::legs::{self, Setting};
use domain::calls::centre::CallCentre;
use domain::calls::extension::Extension;
use domain::calls::source::SourceDetails;
use domain::{Instant, StreamId, TenantId, Text};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// All that the facts of one call depend on besides its legs.
pub(super) struct Directory {
    holders: HashMap<(Text<64>, Instant), AgentCard>,
    centre: Arc<CallCentre>,
}

impl Directory {
    /// Looks up who is named in these legs, at the instants that matter.
    pub async fn of(legs: &[&Leg], work: &mut Work) -> Result<Self, Error> {
        let tenant = work.stamp().tenant;
        let centre = work.load::<CallCentre>(tenant).await?;
        let instants: BTreeSet<Instant> = legs.iter().flat_map(|leg| [Some(leg.started_at), leg.answered_at]).flatten().collect();
        let mut holders = HashMap::new();
        for extension in legs::extensions(&mut legs.iter().copied()) {
            let held = work.load_stream::<Extension>(stream(tenant, &extension)).await?;
            for at in &instants {
                let Some(user) = held.holder_at(*at) else { continue };
                if let Some(card) = work.load::<Agent>(user).await?.card_at(*at) {
                    holders.insert((extension.clone(), *at), card);
                }
            }
        }
        Ok(Self { holders, centre })
    }

    /// What follows from the legs.
    pub fn facts(&self, legs: &mut dyn Iterator<Item = &Leg>, source: &SourceDetails) -> Option<CallFacts> {
        let who = |extension: &Text<64>, at: Instant| self.holders.get(&(extension.clone(), at)).cloned();
        let day_of = |at: Instant| self.centre.day_of(at);
        let location = source.location.zip(source.location_name.clone());
        legs::facts(legs, &Setting { who: &who, day_of: &day_of, location })
    }
}

/// The history of an extension.
pub(super) fn stream(tenant: TenantId, extension: &Text<64>) -> StreamId {
    StreamId::of::<Extension>(tenant, Extension::id(tenant, extension.as_str()))
}
