//! Attribution: a call in which an extension took part gets its people once it is known who held that extension.

use crate::{Duty, Unable};
use commands::calls::call::AttributeCall;
use commands::{Ask, Commands, Error, Principal};
use domain::{CallId, TenantId};
use projections::calls::attributions::{self, Place};
use projections::reader::Reader;
use std::collections::{BTreeMap, BTreeSet};

/// How many calls are looked at in one step.
const TOGETHER: u32 = 500;

/// Finds people for calls that came in before their telephones were in the directory.
pub struct Attribution {
    commands: Commands,
    reader: Reader,
    /// How far the list was gone through. Whatever is done twice after a start changes nothing.
    place: Place,
    /// Companies that were passed over because a history is being imported into them.
    passed_over: BTreeSet<TenantId>,
}

impl Attribution {
    pub fn new(commands: Commands, reader: Reader) -> Self {
        Self { commands, reader, place: Place::default(), passed_over: BTreeSet::new() }
    }

    /// Goes through the list once more if an import has ended meanwhile.
    async fn return_to_those_passed_over(&mut self) -> Result<(), Unable> {
        if self.passed_over.is_empty() {
            return Ok(());
        }
        let importing = self.reader.every_tenant(|conn| Box::pin(attributions::importing(conn))).await?;
        if !self.passed_over.is_subset(&importing) {
            self.passed_over.clear();
            self.place = Place::default();
        }
        Ok(())
    }
}

impl Duty for Attribution {
    async fn step(&mut self) -> Result<usize, Unable> {
        self.return_to_those_passed_over().await?;
        let after = self.place;
        let due = self.reader.every_tenant(move |conn| Box::pin(attributions::due(conn, after, TOGETHER))).await?;
        let Some(last) = due.last().map(|due| due.place) else { return Ok(0) };
        let mut by_tenant: BTreeMap<TenantId, Vec<(CallId, Ask)>> = BTreeMap::new();
        for due in due {
            if due.importing {
                self.passed_over.insert(due.tenant);
                continue;
            }
            // One key for each piece of news about each state of the call, so that two servers attribute it once.
            let key = format!("attribution {} {} {}", due.call, due.place.call, due.place.holder);
            by_tenant.entry(due.tenant).or_default().push((due.call, Ask::new(AttributeCall {}).on(due.call).key(key)));
        }
        let mut done = 0;
        for (tenant, asks) in by_tenant {
            let (calls, asks): (Vec<_>, Vec<_>) = asks.into_iter().unzip();
            let answers = self.commands.execute_all(&Principal::process(tenant, "attribution"), asks).await;
            for (call, answer) in calls.into_iter().zip(answers) {
                match answer {
                    Ok(answer) => done += usize::from(!answer.unchanged),
                    // Nobody knows: all of them are looked at again.
                    Err(error @ (Error::Busy | Error::Unavailable(_))) => return Err(Unable::log(error)),
                    Err(error) => tracing::info!(%tenant, %call, %error, "a call could not be attributed"),
                }
            }
        }
        self.place = last;
        metrics::counter!("docket_calls_attributed_total").increment(done as u64);
        Ok(done)
    }
}
