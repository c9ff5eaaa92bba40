//! Retention: once a day, what is older than it has to be kept is proposed to somebody; what they approved is let go of (B.N7).

use crate::later::Later;
use crate::{Duty, Unable};
use commands::calls::call::{DisposeCall, RemoveRecording};
use commands::calls::disposal::ProposeDisposal;
use commands::calls::disposal::{CarryOutDisposal, DisposeGoal, DisposeHeldRecord, DisposeJournal, DisposeReview, DisposeShift};
use commands::{Answer, Ask, Commands, Error, Principal};
use domain::calls::centre::CallCentre;
use domain::calls::disposal::{Disposable, Disposal, Kept, MOST, due_before, proposed_again};
use domain::organization::role::Permission;
use domain::{TenantId, Text};
use eventlog::Position;
use projections::calls::disposals::{self, DisposalRow};
use projections::calls::due::{self, Belongings, Due};
use projections::reader::Reader;
use projections::{Progress, Viewer};
use std::time::Duration;
use uuid::Uuid;

/// How often companies are looked through. What is due follows from the day, so that all but the day's first look find nothing new,
/// unless a hold was released or there was more than [`TOGETHER`].
const AGAIN: Duration = Duration::from_secs(60 * 60);
/// Things of a kind that are proposed in one go, over several proposals.
const TOGETHER: u32 = 10 * MOST as u32;
/// Proposals that are carried out in one step.
const AT_ONCE: u32 = 5;
/// How long a proposal that was just carried out, or could not be, is left alone.
const PAUSE: Duration = Duration::from_secs(30);
/// How long it is waited until the screens show what was written about calls before they went.
const PATIENCE: Duration = Duration::from_secs(10);
/// The screens that are asked what goes with a call.
const BELONGINGS: [&str; 2] = ["journals", "reviews"];

/// Proposes what is due, and carries out what was approved.
pub struct RetentionSweep {
    commands: Commands,
    reader: Reader,
    progress: Progress,
    looked: Later<()>,
    attempted: Later<(TenantId, Uuid, Position)>,
}

impl RetentionSweep {
    pub fn new(commands: Commands, reader: Reader, progress: Progress) -> Self {
        Self { commands, reader, progress, looked: Later::new(), attempted: Later::new() }
    }

    /// Proposes what is due of one kind, the oldest first. Answers with how many proposals that made.
    async fn propose(&self, tenant: TenantId, kind: Disposable) -> Result<usize, Unable> {
        let now = self.commands.now();
        let centre = self.commands.recent::<CallCentre>(tenant, tenant).await.map_err(Unable::log)?;
        let before = due_before(centre.day_of(now).day, kind.days(&centre.values().retention));
        let wanted = Due { kind, before, zone: centre.zone().name().to_owned(), refused_before: proposed_again(now) };
        let everyone = Viewer::process();
        let look = self
            .reader
            .as_viewer(tenant, &everyone, move |conn| Box::pin(async move { due::due(conn, tenant, &wanted, TOGETHER).await }));
        let (count, things) = look.await?;
        let asks = things.chunks(MOST).map(|things| {
            let id = Disposal::id(tenant, kind, before, things[0]);
            let key = format!("retention_sweep {} {before} {}", kind.word(), things[0]);
            Ask::new(ProposeDisposal { kind, before, count, things: things.to_vec() }).on(id).key(key)
        });
        let answers = self.commands.execute_all(&who(tenant), asks.collect()).await;
        let mut made = 0;
        for answer in answers {
            match answer {
                Ok(Answer { replayed, .. }) => made += usize::from(!replayed),
                // Another server found a little more or a little less that begins with the same thing.
                Err(Error::Refused { code: "already_proposed", .. } | Error::KeyReused { .. }) => {}
                Err(error) => tracing::warn!(%tenant, kind = kind.word(), %error, "what is due cannot be proposed"),
            }
        }
        Ok(made)
    }

    /// Lets go of what was approved, but for what must be kept by now.
    async fn carry_out(&self, row: DisposalRow) -> Result<bool, Unable> {
        let (tenant, id) = (row.tenant_id, row.disposal_id);
        let everyone = Viewer::process();
        let look = self
            .reader
            .as_viewer(tenant, &everyone, move |conn| Box::pin(async move { disposals::things(conn, tenant, id).await }));
        let things = look.await?;
        // An approval is somebody's word, with whose permission the house acts.
        let mut who = who(tenant);
        who.permissions.insert(Permission::ManageRetention);
        let because = |ask: Ask| match row.decision {
            Some(decision) => ask.because_of(decision),
            None => ask,
        };
        let reason = Text::try_from(format!("older than {}, as was approved", row.before)).map_err(Unable::log)?;
        let asks = things.iter().map(|thing| {
            let reason = reason.clone();
            let ask = match row.kind {
                Disposable::Calls => Ask::new(DisposeCall { reason, proposal: Some(id) }),
                Disposable::Recordings => Ask::new(RemoveRecording { reason }),
                Disposable::Journals => Ask::new(DisposeJournal { reason }),
                Disposable::HeldRecords => Ask::new(DisposeHeldRecord { reason }),
                Disposable::Shifts => Ask::new(DisposeShift { reason }),
                Disposable::Goals => Ask::new(DisposeGoal { reason }),
                Disposable::Reviews => Ask::new(DisposeReview { reason }),
            };
            because(ask.on(*thing).key(format!("disposal {id} {thing}")))
        });
        let answers = self.commands.execute_all(&who, asks.collect()).await;
        let (mut disposed, mut kept, mut gone) = (0, Vec::new(), Vec::new());
        for (thing, answer) in things.into_iter().zip(answers) {
            match answer {
                Ok(Answer { unchanged, .. }) => {
                    disposed += u32::from(!unchanged);
                    gone.push(thing);
                }
                Err(Error::Refused { code: "on_hold", message, .. }) => kept.push(Kept { id: thing, reason: shortened(message) }),
                // It went by itself.
                Err(Error::Refused { .. }) => gone.push(thing),
                Err(error) => {
                    tracing::warn!(%tenant, %id, %error, "what was approved cannot be carried out yet");
                    return Ok(false);
                }
            }
        }
        if row.kind == Disposable::Calls && !self.let_go_of_belongings(&who, &row, gone, &reason).await? {
            return Ok(false);
        }
        let ask = because(Ask::new(CarryOutDisposal { disposed, kept }).on(id).key(format!("disposal {id}")));
        match self.commands.execute(&who, ask).await {
            // Another server that was at it as well may have counted otherwise: what had gone when it came was not its doing.
            Ok(_) | Err(Error::KeyReused { .. } | Error::Refused { code: "wrong_state", .. }) => Ok(true),
            Err(error) => {
                tracing::warn!(%tenant, %id, %error, "what came of a proposal cannot be put on record yet");
                Ok(false)
            }
        }
    }

    /// Lets go of what was written about calls that are gone (B.T2, B.T7); false if that has to wait. Nothing can be written about
    /// them any more, so once the screens are where the log is now, they know all of it.
    async fn let_go_of_belongings(
        &self,
        who: &Principal,
        row: &DisposalRow,
        calls: Vec<Uuid>,
        reason: &Text<1000>,
    ) -> Result<bool, Unable> {
        let (tenant, id) = (row.tenant_id, row.disposal_id);
        let head = self.commands.log().head().await.map_err(Unable::log)?.position;
        if !self.progress.wait_for_models(&BELONGINGS, head, PATIENCE).await {
            tracing::warn!(%tenant, %id, "what was written about calls that are gone is not shown yet");
            return Ok(false);
        }
        let everyone = Viewer::process();
        let look = self
            .reader
            .as_viewer(tenant, &everyone, move |conn| Box::pin(async move { due::of_calls(conn, tenant, &calls).await }));
        let Belongings { journals, reviews } = look.await?;
        let key = |thing: Uuid| format!("disposal {id} {thing}");
        let journals =
            journals.into_iter().map(|journal| Ask::new(DisposeJournal { reason: reason.clone() }).on(journal).key(key(journal)));
        let reviews =
            reviews.into_iter().map(|review| Ask::new(DisposeReview { reason: reason.clone() }).on(review).key(key(review)));
        let because = |ask: Ask| match row.decision {
            Some(decision) => ask.because_of(decision),
            None => ask,
        };
        for answer in self.commands.execute_all(who, journals.chain(reviews).map(because).collect()).await {
            match answer {
                // A refusal: it went by itself.
                Ok(_) | Err(Error::Refused { .. }) => {}
                Err(error) => {
                    tracing::warn!(%tenant, %id, %error, "what was written about calls that are gone cannot go yet");
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

impl Duty for RetentionSweep {
    async fn step(&mut self) -> Result<usize, Unable> {
        let mut done = 0;
        for row in self.reader.every_tenant(|conn| Box::pin(disposals::approved(conn, AT_ONCE))).await? {
            if self.attempted.take((row.tenant_id, row.disposal_id, row.position), PAUSE) {
                done += usize::from(self.carry_out(row).await?);
            }
        }
        if !self.looked.take((), AGAIN) {
            return Ok(done);
        }
        for tenant in self.reader.every_tenant(|conn| Box::pin(due::companies(conn))).await? {
            for kind in Disposable::ALL {
                done += self.propose(tenant, kind).await?;
            }
        }
        Ok(done)
    }
}

fn who(tenant: TenantId) -> Principal {
    Principal::process(tenant, "retention_sweep")
}

/// Why something must be kept, in as many words as there is room for.
fn shortened(message: String) -> Text<1000> {
    let short: String = message.chars().take(1_000).collect();
    Text::try_from(short).unwrap_or_else(|_| unreachable!("a sentence of ours"))
}
