//! The rounds: every telephone system with a base URL and a key is asked every quarter of an hour what it knows, and what came of it
//! is put on record (B.W7).

use super::sync::{Failure, Synced, sync};
use super::{Door, ThreeCx, Trouble};
use crate::later::Later;
use crate::{Duty, Unable};
use chrono::TimeDelta;
use commands::calls::source_sync::{NoteSourceSync, SyncResult};
use commands::{Ask, Commands, Principal};
use domain::organization::role::Permission;
use domain::{SourceId, TenantId, Text};
use projections::calls::source_activity::{self, ToAsk};
use projections::reader::Reader;
use std::time::Duration;
use tokio::task::JoinSet;

/// How often each is asked.
const EVERY: TimeDelta = TimeDelta::minutes(15);
/// How often it is looked whether any is to be asked.
const LOOK: Duration = Duration::from_secs(15);
/// How long one that was just asked is left alone, whatever the screens show by then.
const PAUSE: Duration = Duration::from_secs(120);
/// So many are asked at once.
const AT_ONCE: usize = 4;

/// Asks the telephone systems whose turn it is.
pub struct SyncRounds {
    commands: Commands,
    reader: Reader,
    pbx: ThreeCx,
    looked: Later<()>,
    attempted: Later<(TenantId, SourceId)>,
    under_way: JoinSet<()>,
}

impl SyncRounds {
    pub fn new(commands: Commands, reader: Reader, pbx: ThreeCx) -> Self {
        let (looked, attempted, under_way) = (Later::new(), Later::new(), JoinSet::new());
        Self { commands, reader, pbx, looked, attempted, under_way }
    }

    fn begin(&mut self, ToAsk { tenant, source, base, client }: ToAsk) {
        let door = Door { base, client };
        let (commands, pbx) = (self.commands.clone(), self.pbx.clone());
        self.under_way.spawn(async move {
            // Whoever gave the house a key wants agents to have the telephones that the telephone system says they have.
            let mut who = process(tenant);
            who.permissions.insert(Permission::ManageWorkforce);
            match ask(&pbx, &commands, &who, source, &door).await {
                // Somebody else asks it at this moment.
                Ok(_) | Err(Failure::UnderWay) => {}
                Err(error) => tracing::warn!(%tenant, %source, %error, "a telephone system could not be asked"),
            }
        });
    }
}

impl Duty for SyncRounds {
    async fn step(&mut self) -> Result<usize, Unable> {
        while let Some(ended) = self.under_way.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "a telephone system could not be asked to the end");
            }
        }
        if self.under_way.len() >= AT_ONCE || !self.looked.take((), LOOK) {
            return Ok(0);
        }
        let since = self.commands.now() - EVERY;
        let all = self.reader.every_tenant(move |conn| Box::pin(source_activity::to_ask(conn, since))).await?;
        let mut begun = 0;
        for wanted in all {
            if self.under_way.len() >= AT_ONCE {
                break;
            }
            let has_key = self.pbx.key(wanted.tenant, wanted.source).await?.is_some();
            if has_key && self.attempted.take((wanted.tenant, wanted.source), PAUSE) {
                self.begin(wanted);
                begun += 1;
            }
        }
        Ok(begun)
    }

    /// What is cut off here is asked again by the next round, and all that was put on record holds.
    async fn end(&mut self) {
        self.under_way.shutdown().await;
    }
}

/// Asks one telephone system, puts on record what it says as far as `who` may, and that it was asked.
pub async fn ask(pbx: &ThreeCx, commands: &Commands, who: &Principal, source: SourceId, door: &Door) -> Result<Synced, Failure> {
    let done = sync(pbx, commands, who, source, door).await;
    let outcome = if done.is_ok() { "done" } else { "failed" };
    metrics::counter!("docket_threecx_syncs_total", "outcome" => outcome).increment(1);
    let result = match &done {
        Ok(Synced { users, calls, .. }) => SyncResult::Done { users: count(*users), calls: count(*calls) },
        Err(Failure::Pbx(Trouble { asked, why })) => SyncResult::Failed { asked: words(asked), why: words(why) },
        // Nothing that the telephone system could do anything about.
        Err(_) => return done,
    };
    let noted = commands.execute(&process(who.tenant), Ask::new(NoteSourceSync { result }).on(source)).await;
    match (done, noted) {
        (Ok(done), Ok(noted)) => Ok(Synced { position: done.position.max(noted.position), ..done }),
        (done, Ok(_)) => done,
        (done, Err(error)) => {
            tracing::warn!(%source, %error, "that a telephone system was asked cannot be put on record");
            done
        }
    }
}

fn process(tenant: TenantId) -> Principal {
    Principal::process(tenant, "threecx_sync")
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// As many words as there is room for, whatever the telephone system put into them.
fn words<const MAX: usize>(text: &str) -> Text<MAX> {
    let short: String = text.chars().filter(|c| !c.is_control()).take(MAX).collect();
    let said = Text::try_from(short).or_else(|_| Text::try_from("it cannot be said"));
    said.unwrap_or_else(|_| unreachable!("words of ours"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn whatever_went_wrong_can_be_put_on_record() {
        assert_eq!(words::<255>("Users, page 2").as_str(), "Users, page 2");
        assert_eq!(words::<255>("\0\n").as_str(), "it cannot be said");
        assert_eq!(words::<20>(&"ä".repeat(500)).as_str().chars().count(), 20);
    }
}
