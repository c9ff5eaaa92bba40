//! What follows from what a telephone system knows: whose telephone each is, and what it is doing.
//!
//! Users are matched with accounts by their e-mail addresses. Nothing is taken away from anybody whom the telephone system does not
//! know: a telephone that an agent of ours holds stays theirs, and the conflict is told.

use super::{PbxCall, PbxUser, Snapshot};
use commands::calls::presence::NotePresence;
use domain::calls::extension::Number;
use domain::calls::presence::PresenceState;
use domain::{Instant, SourceId, Text, UserId};
use std::collections::{BTreeMap, HashMap};

/// What Docket knows of those whom the telephone system names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ours {
    /// Accounts of the company by e-mail address, folded.
    pub accounts: HashMap<String, Account>,
    /// Who holds which telephone now.
    pub holders: HashMap<Number, UserId>,
}

/// An account, and how its person works.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub user: UserId,
    pub open: bool,
    pub works: Works,
}

/// How somebody works.
#[derive(Clone, Debug, PartialEq)]
pub enum Works {
    /// They are no agent.
    Not,
    /// With this telephone, if they have one.
    With(Option<Number>),
    /// They were an agent once.
    HasLeft,
}

/// What is to be done about one user, or why nothing is.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Enrol(UserId),
    /// They get this telephone.
    Change(UserId),
    Nothing,
    Unknown(&'static str),
    Conflict(String),
}

/// What is to be done about all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Who gives a telephone back first, because the telephone system says that it is another's and theirs is another one.
    pub releases: Vec<UserId>,
    /// One for each user, by number.
    pub steps: Vec<(PbxUser, Step)>,
}

/// Whose telephone each is to be.
pub fn plan(snapshot: &Snapshot, ours: &Ours) -> Plan {
    let mut users = snapshot.users.clone();
    users.sort_by(|a, b| (a.number.as_str().len(), &a.number).cmp(&(b.number.as_str().len(), &b.number)));
    let mut spoken: HashMap<String, usize> = HashMap::new();
    for email in users.iter().filter_map(|user| user.email.as_ref()) {
        *spoken.entry(email.folded()).or_default() += 1;
    }
    let known = |user: &PbxUser| -> Result<&Account, Step> {
        let Some(email) = &user.email else { return Err(Step::Unknown("it has no e-mail address")) };
        if spoken.get(&email.folded()).is_some_and(|times| *times > 1) {
            return Err(Step::Conflict("several users of the telephone system have this e-mail address".into()));
        }
        match ours.accounts.get(&email.folded()) {
            None => Err(Step::Unknown("no account has this e-mail address")),
            Some(Account { open: false, .. }) => Err(Step::Unknown("the account is closed")),
            Some(Account { works: Works::HasLeft, .. }) => Err(Step::Conflict("the agent has left; enrol them again".into())),
            Some(account) => Ok(account),
        }
    };
    // Who moves from one telephone to another lets go of the old one, so that others can have it in whatever order.
    let mut movers: BTreeMap<UserId, &Number> = BTreeMap::new();
    for user in &users {
        if let Ok(Account { user: id, works: Works::With(Some(old)), .. }) = known(user)
            && *old != user.number
        {
            movers.insert(*id, old);
        }
    }
    let wanted: HashMap<&Number, UserId> =
        users.iter().filter_map(|user| known(user).ok().map(|account| (&user.number, account.user))).collect();
    let steps = users
        .iter()
        .map(|user| (user.clone(), known(user).map_or_else(|step| step, |account| step(user, account, ours, &movers))));
    let lets_go = |(id, old): &(&UserId, &&Number)| wanted.get(**old).is_some_and(|next| next != *id);
    let releases = movers.iter().filter(lets_go).map(|(id, _)| *id).collect();
    Plan { releases, steps: steps.collect() }
}

fn step(user: &PbxUser, account: &Account, ours: &Ours, movers: &BTreeMap<UserId, &Number>) -> Step {
    match ours.holders.get(&user.number) {
        Some(holder) if *holder != account.user && !movers.contains_key(holder) => {
            return Step::Conflict(format!("extension {} belongs to another agent", user.number));
        }
        _ => {}
    }
    match &account.works {
        Works::With(Some(number)) if *number == user.number => Step::Nothing,
        Works::With(_) => Step::Change(account.user),
        Works::Not | Works::HasLeft => Step::Enrol(account.user),
    }
}

/// What every telephone is doing: in a call, or what its profile says. `now` is by Docket's own clock, and so is what comes of it.
pub fn presences(snapshot: &Snapshot, source: SourceId, now: Instant) -> Vec<NotePresence> {
    let mut busy: HashMap<&str, (&PbxCall, Option<&str>)> = HashMap::new();
    for call in &snapshot.calls {
        for (end, other) in [(&call.caller, &call.callee), (&call.callee, &call.caller)] {
            // Who talks and is rung at the same time talks.
            let first = busy.get(end.dn.as_str()).is_none_or(|(known, _)| rank(known) < rank(call));
            if first && !end.dn.is_empty() {
                busy.insert(&end.dn, (call, other.shown()));
            }
        }
    }
    let note = |user: &PbxUser| {
        let in_call = busy.get(user.number.as_str());
        let state = in_call.map(|(call, _)| call.state).or(user.state)?;
        let since = in_call.and_then(|(call, _)| call.for_so_long).map_or(now, |so_long| now - so_long);
        Some(NotePresence {
            extension: user.number.clone(),
            state,
            source_id: Some(source),
            call_key: in_call.map(|(call, _)| call.key.clone()),
            other_number: in_call.and_then(|(_, other)| other.and_then(|number| Text::try_from(number).ok())),
            queue_name: None,
            at: Some(since),
        })
    };
    snapshot.users.iter().filter_map(note).collect()
}

fn rank(call: &PbxCall) -> (bool, &Text<255>) {
    (call.state == PresenceState::OnCall, &call.key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::answer::End;
    use super::*;
    use chrono::TimeDelta;
    use uuid::Uuid;

    fn id(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn number(text: &str) -> Number {
        text.try_into().unwrap()
    }

    fn user(extension: &str, name: &str) -> PbxUser {
        let email = (!name.is_empty()).then(|| format!("{name}@Example.com").try_into().unwrap());
        PbxUser { number: number(extension), email, state: Some(PresenceState::Available) }
    }

    fn ours(people: &[(&str, u128, Works)]) -> Ours {
        let mut ours = Ours::default();
        for (name, n, works) in people {
            if let Works::With(Some(number)) = works {
                ours.holders.insert(number.clone(), id(*n));
            }
            let account = Account { user: id(*n), open: true, works: works.clone() };
            ours.accounts.insert(format!("{name}@example.com"), account);
        }
        ours
    }

    fn with(text: &str) -> Works {
        Works::With(Some(number(text)))
    }

    fn planned(users: &[PbxUser], ours: &Ours) -> (Vec<UserId>, Vec<Step>) {
        let Plan { releases, steps } = plan(&Snapshot { users: users.to_vec(), ..Default::default() }, ours);
        (releases, steps.into_iter().map(|(_, step)| step).collect())
    }

    #[test]
    fn whoever_has_an_account_gets_their_telephone_and_the_others_are_told_of() {
        let ours = ours(&[("ada", 1, Works::Not), ("bob", 2, with("102")), ("cy", 3, with("109")), ("dee", 4, Works::HasLeft)]);
        let users =
            [user("101", "ada"), user("102", "bob"), user("103", "cy"), user("104", "dee"), user("105", "eve"), user("106", "")];
        let (releases, steps) = planned(&users, &ours);
        assert_eq!(releases, []);
        assert_eq!(steps[..3], [Step::Enrol(id(1)), Step::Nothing, Step::Change(id(3))]);
        assert!(matches!(&steps[3], Step::Conflict(why) if why.contains("has left")), "{steps:?}");
        assert_eq!(steps[4..], [Step::Unknown("no account has this e-mail address"), Step::Unknown("it has no e-mail address")]);
    }

    #[test]
    fn those_who_swapped_their_telephones_let_go_first() {
        let ours = ours(&[("ada", 1, with("101")), ("bob", 2, with("102"))]);
        let (releases, steps) = planned(&[user("102", "ada"), user("101", "bob")], &ours);
        assert_eq!((releases, steps), (vec![id(1), id(2)], vec![Step::Change(id(2)), Step::Change(id(1))]));
        // Whose old telephone nobody wants just moves.
        let (releases, steps) = planned(&[user("103", "ada")], &ours);
        assert_eq!((releases, steps), (vec![], vec![Step::Change(id(1))]));
    }

    #[test]
    fn nobody_loses_a_telephone_to_whom_the_telephone_system_says_nothing() {
        let mut ours = ours(&[("ada", 1, Works::Not), ("bob", 2, with("101"))]);
        let (releases, steps) = planned(&[user("101", "ada")], &ours);
        assert!(releases.is_empty() && matches!(&steps[0], Step::Conflict(why) if why.contains("101")), "{steps:?}");
        let (_, steps) = planned(&[user("101", "bob"), user("102", "BOB")], &ours);
        assert!(steps.iter().all(|step| matches!(step, Step::Conflict(_))), "one address twice: {steps:?}");
        ours.accounts.values_mut().for_each(|account| account.open = false);
        assert_eq!(planned(&[user("101", "ada")], &ours).1, [Step::Unknown("the account is closed")]);
    }

    #[test]
    fn who_is_in_a_call_is_not_free() {
        let end = |dn: &str, outside: Option<&str>| End { dn: dn.into(), outside: outside.map(str::to_owned) };
        let call = |key: &str, caller, callee, state, seconds| PbxCall {
            key: key.try_into().unwrap(),
            caller,
            callee,
            state,
            for_so_long: Some(TimeDelta::seconds(seconds)),
        };
        let odd = PbxUser { state: None, ..user("104", "") };
        let snapshot = Snapshot {
            users: vec![user("101", "ada"), user("102", "bob"), user("103", "cy"), odd],
            calls: vec![
                call("1", end("10001", Some("+15551230001")), end("101", None), PresenceState::OnCall, 60),
                call("2", end("102", None), end("101", None), PresenceState::Ringing, 5),
            ],
            unusable: vec![],
        };
        let now: Instant = "2026-01-05T08:00:00Z".parse().unwrap();
        let source = SourceId(Uuid::from_u128(9));
        let told: Vec<_> = presences(&snapshot, source, now)
            .into_iter()
            .map(|note| {
                (note.extension.to_string(), note.state, note.call_key.map(String::from), (now - note.at.unwrap()).num_seconds())
            })
            .collect();
        let expected = [
            ("101".to_owned(), PresenceState::OnCall, Some("1".to_owned()), 60),
            ("102".to_owned(), PresenceState::Ringing, Some("2".to_owned()), 5),
            ("103".to_owned(), PresenceState::Available, None, 0),
        ];
        assert_eq!(told, expected);
    }
}
