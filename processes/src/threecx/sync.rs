//! Puts on record what a telephone system knows: agents with their telephones first, then what the telephones are doing.
//!
//! All of it is asked for before anything is recorded, and doing it again changes nothing, so that a run that was cut off is made good
//! by the next one.

use super::plan::{Account, Ours, Step, Works, plan, presences};
use super::{Door, Snapshot, ThreeCx, Trouble};
use commands::calls::agent::{ChangeAgent, EnrolAgent};
use commands::{Ask, Commands, Error, Principal};
use domain::calls::agent::{Agent, AgentRefusal};
use domain::calls::extension::{Extension, Number};
use domain::organization::user::User;
use domain::reservation::Reservation;
use domain::{Aggregate, Email, SourceId, StreamId, TenantId, UserId};
use eventlog::Position;
use std::collections::HashMap;

/// Histories that are read together.
const TOGETHER: usize = 500;

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Pbx(#[from] Trouble),
    #[error("it is being asked already")]
    UnderWay,
    #[error("the vault does not answer: {0}")]
    Vault(#[from] sqlx::Error),
    #[error("{0}")]
    Commands(#[from] Error),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Synced {
    /// How many users and calls the telephone system has.
    pub users: usize,
    pub calls: usize,
    /// Telephones that do something else than was known.
    pub presences: usize,
    /// One for each user, by number.
    pub items: Vec<Item>,
    /// Where in the log the last of it stands.
    pub position: Option<Position>,
}

/// What came of one user.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub extension: String,
    pub email: Option<String>,
    pub user: Option<UserId>,
    pub outcome: Outcome,
    pub reason: Option<String>,
}

/// What became of a user of a telephone system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Enrolled,
    Changed,
    Unchanged,
    /// Nobody here is known by what the telephone system says.
    Unknown,
    /// What the telephone system says contradicts what is on record.
    Conflict,
    /// What the telephone system says cannot be.
    Unusable,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Enrolled => "enrolled",
            Outcome::Changed => "changed",
            Outcome::Unchanged => "unchanged",
            Outcome::Unknown => "unknown",
            Outcome::Conflict => "conflict",
            Outcome::Unusable => "unusable",
        }
    }
}

/// Asks one telephone system and puts on record what it says, as far as `who` may.
pub async fn sync(pbx: &ThreeCx, commands: &Commands, who: &Principal, source: SourceId, door: &Door) -> Result<Synced, Failure> {
    let _turn = pbx.turn(who.tenant, source).ok_or(Failure::UnderWay)?;
    let key = pbx.key(who.tenant, source).await?;
    // What is said of the telephones was so at this instant at the earliest. What is said over another way while we ask is newer.
    let asked_at = commands.now();
    let snapshot = pbx.ask(door, key.as_deref()).await?;
    let ours = ours(commands, who.tenant, &snapshot).await?;
    let mut synced = Synced { users: snapshot.users.len(), calls: snapshot.calls.len(), ..Synced::default() };
    enrol(commands, who, &snapshot, &ours, &mut synced).await?;
    let notes = presences(&snapshot, source, asked_at);
    let asks = notes
        .into_iter()
        .map(|note| {
            let id = note.id(who.tenant);
            Ask::new(note).on(id)
        })
        .collect();
    for answer in commands.execute_all(who, asks).await {
        // What the telephone system said a moment later over another way counts more, and was put on record then.
        let done = answer?;
        synced.presences += usize::from(!done.unchanged);
        synced.position = synced.position.max(done.position);
    }
    for (number, reason) in snapshot.unusable {
        let (email, user, reason) = (None, None, Some(reason));
        synced.items.push(Item { extension: number, email, user, outcome: Outcome::Unusable, reason });
    }
    Ok(synced)
}

async fn enrol(
    commands: &Commands,
    who: &Principal,
    snapshot: &Snapshot,
    ours: &Ours,
    synced: &mut Synced,
) -> Result<(), Failure> {
    let plan = plan(snapshot, ours);
    let releases =
        plan.releases.iter().map(|user| Ask::new(ChangeAgent { extension: Some(None), ..Default::default() }).on(*user));
    let told = releases.len();
    let gets = plan.steps.iter().filter_map(|(user, step)| {
        let number = user.number.clone();
        match step {
            Step::Enrol(id) => Some(Ask::new(EnrolAgent { extension: Some(number), ..Default::default() }).on(*id)),
            Step::Change(id) => Some(Ask::new(ChangeAgent { extension: Some(Some(number)), ..Default::default() }).on(*id)),
            Step::Nothing | Step::Unknown(_) | Step::Conflict(_) => None,
        }
    });
    let asks: Vec<Ask> = releases.chain(gets).collect();
    let mut answers = commands.execute_all(who, asks).await.into_iter();
    for answer in answers.by_ref().take(told) {
        synced.position = synced.position.max(answer.map_or_else(|error| unsure(error).map(|_| None), |done| Ok(done.position))?);
    }
    for (user, step) in plan.steps {
        let (id, outcome, reason) = match step {
            Step::Enrol(id) | Step::Change(id) => {
                let well = if matches!(step, Step::Enrol(_)) { Outcome::Enrolled } else { Outcome::Changed };
                match answers.next().unwrap_or(Err(Error::Busy)) {
                    Ok(done) => {
                        synced.position = synced.position.max(done.position);
                        (Some(id), if done.unchanged { Outcome::Unchanged } else { well }, None)
                    }
                    Err(error) => (Some(id), Outcome::Conflict, Some(unsure(error)?)),
                }
            }
            Step::Nothing => (ours.holders.get(&user.number).copied(), Outcome::Unchanged, None),
            Step::Unknown(why) => (None, Outcome::Unknown, Some(why.to_owned())),
            Step::Conflict(why) => (None, Outcome::Conflict, Some(why)),
        };
        let email = user.email.map(String::from);
        synced.items.push(Item { extension: user.number.into(), email, user: id, outcome, reason });
    }
    Ok(())
}

/// The reason why not, unless nobody knows whether it was done.
fn unsure(error: Error) -> Result<String, Error> {
    match error {
        Error::Busy | Error::Unavailable(_) => Err(error),
        error => Ok(error.to_string()),
    }
}

/// What is on record of those whom the telephone system names: from the log, so that what was done a moment ago counts.
async fn ours(commands: &Commands, tenant: TenantId, snapshot: &Snapshot) -> Result<Ours, Error> {
    let emails: Vec<&Email> = snapshot.users.iter().filter_map(|user| user.email.as_ref()).collect();
    let names: HashMap<StreamId, &Email> = emails.into_iter().map(|email| (Reservation::of_email(email), email)).collect();
    let mut people: HashMap<UserId, String> = HashMap::new();
    for (stream, reserved) in states::<Reservation>(commands, names.keys().cloned().collect()).await? {
        if let (Some((home, holder)), Some(email)) = (reserved.holder, names.get(&stream))
            && home == tenant
        {
            people.insert(UserId(holder), email.folded());
        }
    }
    let of_all = |category: fn(TenantId, UserId) -> StreamId| people.keys().map(|user| category(tenant, *user)).collect();
    let users = states::<User>(commands, of_all(StreamId::of::<User>)).await?;
    let agents = states::<Agent>(commands, of_all(StreamId::of::<Agent>)).await?;
    let mut ours = Ours::default();
    for (user, email) in people {
        let open = users.get(&StreamId::of::<User>(tenant, user)).is_some_and(User::is_active);
        let works = agents.get(&StreamId::of::<Agent>(tenant, user)).map_or(Works::Not, works);
        ours.accounts.insert(email, Account { user, open, works });
    }
    let extension = |number: &Number| StreamId::of::<Extension>(tenant, Extension::id(tenant, number.as_str()));
    let numbers: Vec<&Number> = snapshot.users.iter().map(|user| &user.number).collect();
    let held = states::<Extension>(commands, numbers.iter().map(|number| extension(number)).collect()).await?;
    for number in numbers {
        if let Some(holder) = held.get(&extension(number)).and_then(Extension::holder) {
            ours.holders.insert(number.clone(), holder);
        }
    }
    Ok(ours)
}

fn works(agent: &Agent) -> Works {
    match agent.profile() {
        Ok(profile) if agent.is_active() => Works::With(profile.extension.clone()),
        Ok(_) => Works::HasLeft,
        Err(AgentRefusal::Unknown) => Works::Not,
        Err(_) => Works::HasLeft,
    }
}

/// The states of many things, straight from the log.
async fn states<A: Aggregate>(commands: &Commands, streams: Vec<StreamId>) -> Result<HashMap<StreamId, A>, Error> {
    let mut states: HashMap<StreamId, A> = HashMap::new();
    let unread = |why: String| Error::Unavailable(why);
    for some in streams.chunks(TOGETHER) {
        let wanted: Vec<(StreamId, i64)> = some.iter().map(|stream| (stream.clone(), 0)).collect();
        for event in commands.log().read_streams(&wanted).await.map_err(|error| unread(error.to_string()))? {
            let fact = domain::event::decode::<A::Event>(&event.name, &event.body).map_err(|error| unread(error.to_string()))?;
            states.entry(event.stream).or_default().evolve(&fact);
        }
    }
    Ok(states)
}
