//! What nobody has to ask for: deadlines put on record when they pass, shifts settled that nobody ended, agencies found for cases
//! that wait for one, reports made, figures checked, what is too old proposed to be let go of, and notices sent to those outside who
//! want to be told.
//!
//! A process is a to-do read model and a step that attempts one idempotent command for every due row. The event that results
//! clears the row; a refusal is written down and the row left alone for a while.

pub mod auto_assignment;
pub mod calls;
pub mod coaching_reminders;
pub mod goal_notices;
pub mod notices;
pub mod report_schedule;
pub mod retention;
pub mod shift_clock;
pub mod sla_clock;
pub mod threecx;
pub mod verification;

mod later;

use commands::Commands;
use notices::Notices;
use projections::Progress;
use projections::reader::Reader;
use report_schedule::{ReportMaker, ReportSchedule};
use std::time::Duration;
use threecx::ThreeCx;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use verification::{Checker, DailyCheck};

/// How often a process looks for work when nothing wakes it.
const PATROL: Duration = Duration::from_millis(500);

/// The running processes.
pub struct Processes {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// What they work with.
#[derive(Clone)]
pub struct Tools {
    pub commands: Commands,
    pub reader: Reader,
    /// How far the screens are.
    pub progress: Progress,
    pub notices: Notices,
    pub checker: Checker,
    pub threecx: ThreeCx,
}

impl Processes {
    /// Starts all of them. Several servers may run them at once: their commands are idempotent.
    pub fn start(tools: Tools) -> Self {
        let Tools { commands, reader, progress, notices, checker, threecx } = tools;
        let (stop, stopped) = watch::channel(false);
        let sla_clock = sla_clock::SlaClock::new(commands.clone(), reader.clone());
        let retention = retention::RetentionSweep::new(commands.clone(), reader.clone(), progress.clone());
        let auto_assignment = auto_assignment::AutoAssignment::new(commands.clone(), reader.clone());
        let shift_clock = shift_clock::ShiftClock::new(commands.clone(), reader.clone());
        let report_schedule = ReportSchedule::new(ReportMaker::new(commands.clone(), reader.clone(), progress));
        let daily_check = DailyCheck::new(commands.clone(), reader.clone(), checker);
        let sync_rounds = threecx::rounds::SyncRounds::new(commands.clone(), reader.clone(), threecx);
        let goal_notices = goal_notices::GoalNotices::new(commands.clone(), reader.clone());
        let coaching_reminders = coaching_reminders::CoachingReminders::new(commands.clone(), reader.clone());
        let attribution = calls::attribution::Attribution::new(commands, reader);
        let tasks = vec![
            tokio::spawn(patrol("sla_clock", sla_clock, stopped.clone())),
            tokio::spawn(patrol("shift_clock", shift_clock, stopped.clone())),
            tokio::spawn(patrol("report_schedule", report_schedule, stopped.clone())),
            tokio::spawn(patrol("daily_check", daily_check, stopped.clone())),
            tokio::spawn(patrol("auto_assignment", auto_assignment, stopped.clone())),
            tokio::spawn(patrol("attribution", attribution, stopped.clone())),
            tokio::spawn(patrol("retention_sweep", retention, stopped.clone())),
            tokio::spawn(patrol("threecx_sync", sync_rounds, stopped.clone())),
            tokio::spawn(patrol("goal_notices", goal_notices, stopped.clone())),
            tokio::spawn(patrol("coaching_reminders", coaching_reminders, stopped.clone())),
            tokio::spawn(patrol("notice_reader", notices::reading::NoticeReader::new(notices.clone()), stopped.clone())),
            tokio::spawn(patrol("deliverer", notices::delivering::Deliverer::new(notices), stopped)),
        ];
        Self { stop, tasks }
    }

    /// Lets each finish its step and stops.
    pub async fn stop(self) {
        // Nobody listening means that they have ended already.
        let _ = self.stop.send(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a process ended badly");
            }
        }
    }
}

/// One process: how it does what is due now.
pub trait Duty: Send + 'static {
    /// Attempts what is due. Returns how much was done; anything above 0 means: look again at once.
    fn step(&mut self) -> impl Future<Output = Result<usize, Unable>> + Send;

    /// Brings to its end what a step left under way.
    fn end(&mut self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// Why a process could not even look for work.
#[derive(Debug, thiserror::Error)]
pub enum Unable {
    #[error("the to-do list cannot be read: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the log cannot be read: {0}")]
    Log(String),
}

impl Unable {
    fn log(why: impl ToString) -> Self {
        Unable::Log(why.to_string())
    }
}

async fn patrol(name: &'static str, mut duty: impl Duty, mut stopped: watch::Receiver<bool>) {
    loop {
        let pause = match duty.step().await {
            Ok(0) => PATROL,
            // What was done shows in the to-do list only when the projector has seen it.
            Ok(_) => Duration::from_millis(50),
            Err(error) => {
                tracing::error!(process = name, %error, "a process cannot work");
                Duration::from_secs(5)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopped.changed() => break,
        }
    }
    duty.end().await;
}
