//! Which goals were reached: looked at once their time is over, because what is a rate or an average may be met today and missed
//! tomorrow; put on record once, and told to whoever wants to know (B.W7).

use crate::later::Later;
use crate::report_schedule::latest_day;
use crate::{Duty, Unable};
use chrono::Days;
use commands::calls::suggestion::NoteGoalReached;
use commands::{Answer, Ask, Commands, Error, Principal};
use domain::TenantId;
use domain::calls::centre::CallCentre;
use projections::Viewer;
use projections::calls::goal_queries;
use projections::calls::scheduled_reports::call_centres;
use projections::reader::Reader;
use std::time::Duration;

/// How often goals are looked at.
const LOOK: Duration = Duration::from_secs(300);
/// For so many days after a goal's time it may still turn out to have been reached: reviews and calls come in late.
const LATE: u64 = 8;

/// Puts on record which goals were reached.
pub struct GoalNotices {
    commands: Commands,
    reader: Reader,
    looked: Later<()>,
}

impl GoalNotices {
    pub fn new(commands: Commands, reader: Reader) -> Self {
        Self { commands, reader, looked: Later::new() }
    }

    async fn look(&self, tenant: TenantId) -> Result<usize, Unable> {
        let centre = self.commands.recent::<CallCentre>(tenant, tenant).await.map_err(Unable::log)?;
        let now = self.commands.now();
        let Some(last) = latest_day(&centre, now).filter(|_| centre.values().goal_notices) else { return Ok(0) };
        let first = last.checked_sub_days(Days::new(LATE - 1)).unwrap_or(last);
        let everyone = Viewer::process();
        let seen = everyone.clone();
        let look = self.reader.as_viewer(tenant, &everyone, move |conn| {
            Box::pin(async move {
                let goals = goal_queries::over(conn, tenant, first, last).await?;
                let reached = goal_queries::reached(conn, tenant, &seen, &goals, now).await?;
                Ok(goals.into_iter().zip(reached).map(|(goal, reached)| (goal.goal_id, reached.tally(&goal.targets()))).collect())
            })
        });
        let judged: Vec<_> = look.await?;
        let reached = judged.into_iter().filter(|(_, (met, set))| met == set);
        let asks = reached.map(|(goal, (met, set))| Ask::new(NoteGoalReached { met, set }).on(goal));
        let mut noted = 0;
        for answer in self.commands.execute_all(&Principal::process(tenant, "goal_notices"), asks.collect()).await {
            match answer {
                Ok(Answer { unchanged, .. }) => noted += usize::from(!unchanged),
                // It was paused, revised or let go of a moment ago.
                Err(Error::Refused { .. }) => {}
                Err(error) => tracing::warn!(%tenant, %error, "a goal that was reached cannot be put on record"),
            }
        }
        Ok(noted)
    }
}

impl Duty for GoalNotices {
    async fn step(&mut self) -> Result<usize, Unable> {
        if !self.looked.take((), LOOK) {
            return Ok(0);
        }
        let mut noted = 0;
        for tenant in self.reader.every_tenant(|conn| Box::pin(call_centres(conn))).await? {
            noted += self.look(tenant).await?;
        }
        Ok(noted)
    }
}
