//! What may be asked about shifts: planned and corrected by those who manage the workforce, begun and ended by whoever works them.

use super::people::{agent_card, reached};
use super::who::AgentRef;
use crate::{Command, Error, On, Work};
use chrono::{NaiveDate, NaiveTime};
use domain::calls::AgentCard;
use domain::calls::agent::Agent;
use domain::calls::centre::CallCentre;
use domain::calls::shift::{BreakKind, Breaks, Reported, Roster, Shift, ShiftRefusal, ShiftTargets};
use domain::cases::customer::given;
use domain::organization::role::Permission;
use domain::organization::tenant::Tenant;
use domain::{Instant, StreamId, TenantId, Text, UserId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Puts a shift on the roster. An agent has one on a day at most; its id follows from both.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleShift {
    /// By e-mail address or id.
    #[serde(alias = "agentEmail", alias = "agentId")]
    pub agent: AgentRef,
    /// The day on which it begins, on the clocks of the reporting zone.
    pub date: NaiveDate,
    pub start_time: NaiveTime,
    /// At or before the start: on the day after.
    pub end_time: NaiveTime,
    #[serde(default)]
    pub call_target: Option<u32>,
    #[serde(default)]
    pub appointment_target: Option<u32>,
    #[serde(default)]
    pub quality_target: Option<Decimal>,
    #[serde(default)]
    pub notes: Option<Text<2000>>,
}

impl Command for ScheduleShift {
    const NAME: &'static str = "ScheduleShift";
    const MAY: Permission = Permission::ManageWorkforce;
    const ON: On = On::New;
    const EXAMPLE: &'static str =
        r#"{"agent":"ada@example.com","date":"2026-03-07","startTime":"22:00:00","endTime":"06:00:00","callTarget":40}"#;
    type Target = Shift;

    fn reads(&self, tenant: TenantId, on: Uuid) -> Vec<StreamId> {
        let AgentRef::Id(agent) = &self.agent else {
            return vec![Self::stream(tenant, on), StreamId::of::<CallCentre>(tenant, tenant)];
        };
        let days = [Some(self.date), self.date.pred_opt(), self.date.succ_opt()].into_iter().flatten();
        let shifts = days.map(|day| StreamId::of::<Shift>(tenant, Shift::id(tenant, *agent, day)));
        let others = [StreamId::of::<Agent>(tenant, *agent), StreamId::of::<CallCentre>(tenant, tenant)];
        [Self::stream(tenant, on)].into_iter().chain(shifts).chain(others).collect()
    }

    async fn decide(&self, _: Uuid, work: &mut Work) -> Result<(), Error> {
        let agent = agent_card(&self.agent, work).await?;
        let targets =
            ShiftTargets { calls: self.call_target, appointments: self.appointment_target, quality: self.quality_target };
        let roster = Roster { day: self.date, start: self.start_time, end: self.end_time, targets, notes: self.notes.clone() };
        let user = agent.user;
        let neighbours = around(user, self.date, work).await?;
        let zone = work.load::<CallCentre>(work.stamp().tenant).await?.zone();
        let plan = roster.plan(zone)?;
        let neighbours = each(&neighbours);
        let id = Shift::id(work.stamp().tenant, user, self.date);
        work.change::<Shift>(id, |shift, _| shift.schedule(agent, plan, &neighbours)).await?;
        Ok(())
    }
}

/// Changes times, targets or notes of a shift that nobody began; absent stays, `null` clears.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RescheduleShift {
    pub start_time: Option<NaiveTime>,
    pub end_time: Option<NaiveTime>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub call_target: Option<Option<u32>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub appointment_target: Option<Option<u32>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub quality_target: Option<Option<Decimal>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub notes: Option<Option<Text<2000>>>,
}

impl Command for RescheduleShift {
    const NAME: &'static str = "RescheduleShift";
    const MAY: Permission = Permission::ManageWorkforce;
    const EXAMPLE: &'static str = r#"{"startTime":"09:00:00","endTime":"17:30:00"}"#;
    type Target = Shift;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let agent = reachable(on, work).await?.user;
        let shift = work.load::<Shift>(on).await?;
        let (_, known) = shift.known()?;
        let targets = ShiftTargets {
            calls: self.call_target.unwrap_or(known.targets.calls),
            appointments: self.appointment_target.unwrap_or(known.targets.appointments),
            quality: self.quality_target.unwrap_or(known.targets.quality),
        };
        let roster = Roster {
            day: known.day,
            start: self.start_time.unwrap_or(known.start),
            end: self.end_time.unwrap_or(known.end),
            targets,
            notes: self.notes.clone().unwrap_or_else(|| known.notes.clone()),
        };
        let neighbours = around(agent, roster.day, work).await?;
        // Who gives other times means the clocks of today; who does not moves nothing, though the zone may have changed since.
        let zone = match (self.start_time.or(self.end_time), known.zone()) {
            (None, Some(zone)) => zone,
            _ => work.load::<CallCentre>(work.stamp().tenant).await?.zone(),
        };
        let plan = roster.plan(zone)?;
        let neighbours = each(&neighbours);
        work.change::<Shift>(on, |shift, _| shift.reschedule(plan, &neighbours)).await?;
        Ok(())
    }
}

/// The agent's shifts of the days around this one.
async fn around(agent: UserId, day: NaiveDate, work: &mut Work) -> Result<Vec<Arc<Shift>>, Error> {
    let tenant = work.stamp().tenant;
    let mut neighbours = Vec::new();
    for day in [day.pred_opt(), day.succ_opt()].into_iter().flatten() {
        neighbours.push(work.load::<Shift>(Shift::id(tenant, agent, day)).await?);
    }
    Ok(neighbours)
}

fn each(shifts: &[Arc<Shift>]) -> Vec<&Shift> {
    shifts.iter().map(AsRef::as_ref).collect()
}

/// The agent of a shift; whoever does not reach them is told that there is no such shift.
async fn reachable(on: Uuid, work: &mut Work) -> Result<AgentCard, Error> {
    let shift = work.load::<Shift>(on).await?;
    let (agent, _) = shift.known()?;
    reached(Some(agent.user), agent.location, work, ShiftRefusal::Unknown)?;
    Ok(agent.clone())
}

/// The agent came.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartShift {}

impl Command for StartShift {
    const NAME: &'static str = "StartShift";
    const MAY: Permission = Permission::WorkCalls;
    const EXAMPLE: &'static str = "{}";
    type Target = Shift;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let agent = reachable(on, work).await?.user;
        let day = work.load::<Shift>(on).await?.known()?.1.day;
        let neighbours = around(agent, day, work).await?;
        work.change::<Shift>(on, |shift, stamp| shift.start(stamp.at, &each(&neighbours))).await?;
        Ok(())
    }
}

/// Settles a shift whose time is over and that nobody began or ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettleShift {}

impl Command for SettleShift {
    const NAME: &'static str = "SettleShift";
    const MAY: Permission = Permission::RunProcesses;
    const EXAMPLE: &'static str = "{}";
    type Target = Shift;

    async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
        let tenant = work.stamp().tenant;
        work.load::<Shift>(on).await?;
        // The rest of a history that is being imported may still say how the shift went.
        if work.load::<Tenant>(tenant).await?.is_importing() {
            return Ok(());
        }
        work.change::<Shift>(on, |shift, stamp| shift.settle_by_itself(stamp.at)).await?;
        Ok(())
    }
}

/// The agent takes no calls for a while.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginBreak {
    pub kind: BreakKind,
}

/// The agent takes calls again.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndBreak {}

/// The agent goes. What their own telephone counted may be handed in; it is shown beside what the calls say.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EndShift {
    pub reported: Option<Reported>,
    pub notes: Option<Text<2000>>,
}

/// Nobody came.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MarkAbsent {
    pub reason: Option<Text<1000>>,
}

/// Takes a shift off the roster that nobody worked.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WithdrawShift {
    pub reason: Option<Text<1000>>,
}

/// Sets times right by hand; what is absent stays as it was. Breaks are seconds of each kind.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CorrectShift {
    #[serde(default)]
    pub actual_start: Option<Instant>,
    #[serde(default)]
    pub actual_end: Option<Instant>,
    #[serde(default)]
    pub breaks: Option<Breaks>,
    pub reason: Text<1000>,
}

/// A command that is one decision about a shift within reach.
macro_rules! of_a_shift {
    ($($name:ident, $may:ident, $example:literal, |$asked:ident, $shift:ident, $stamp:ident| $decide:expr;)*) => {$(
        impl Command for $name {
            const NAME: &'static str = stringify!($name);
            const MAY: Permission = Permission::$may;
            const EXAMPLE: &'static str = $example;
            type Target = Shift;

            async fn decide(&self, on: Uuid, work: &mut Work) -> Result<(), Error> {
                reachable(on, work).await?;
                let $asked = self;
                work.change::<Shift>(on, |$shift, $stamp| $decide).await?;
                Ok(())
            }
        }
    )*};
}

of_a_shift! {
    BeginBreak, WorkCalls, r#"{"kind":"lunch"}"#, |asked, shift, stamp| shift.begin_break(asked.kind, stamp.at);
    EndBreak, WorkCalls, "{}", |_asked, shift, stamp| shift.end_break(stamp.at);
    EndShift, WorkCalls, r#"{"reported":{"callsHandled":41,"totalTalkTimeSeconds":14400},"notes":"quiet"}"#,
        |asked, shift, stamp| shift.end(stamp.at, asked.reported.clone(), asked.notes.clone());
    MarkAbsent, ManageWorkforce, r#"{"reason":"ill"}"#, |asked, shift, _stamp| shift.mark_absent(asked.reason.clone());
    WithdrawShift, ManageWorkforce, r#"{"reason":"a holiday"}"#, |asked, shift, _stamp| shift.withdraw(asked.reason.clone());
    CorrectShift, ManageWorkforce,
        r#"{"actualStart":"2026-03-08T03:00:00Z","actualEnd":"2026-03-08T10:00:00Z","breaks":{"lunch":1800},"reason":"the clock had stopped"}"#,
        |asked, shift, stamp| {
            let micros = |at: Option<Instant>| at.map(domain::micros);
            shift.correct(stamp.at, micros(asked.actual_start), micros(asked.actual_end), asked.breaks, asked.reason.clone())
        };
}
