//! Whom a wish is about and whether whoever asks has a say there: what is out of reach is as if it were not there.

use super::who::AgentRef;
use crate::{Error, Work};
use domain::calls::AgentCard;
use domain::organization::user::User;
use domain::{LocationId, Personal, Refusal, Text, UserId};

/// Refuses as for something missing what whoever asks does not reach.
pub(super) fn reached(
    whose: Option<UserId>,
    location: Option<LocationId>,
    work: &Work,
    missing: impl Refusal,
) -> Result<(), Error> {
    if work.who().reaches(whose, location) { Ok(()) } else { Err(missing.into()) }
}

/// An agent who takes calls, as they are now. One out of reach is refused in the same words as one whom nobody knows.
pub(super) async fn agent_card(agent: &AgentRef, work: &mut Work) -> Result<AgentCard, Error> {
    let card = agent.card("agent", work).await?;
    match work.who().reaches(Some(card.user), card.location) {
        true => Ok(card),
        false => {
            let rule = format!("no agent is known as {}", String::from(agent.clone()));
            Err(Error::Invalid { field: "agent".into(), rule })
        }
    }
}

/// The person who asks, with their name; nobody where one of Docket's own processes does.
pub(super) async fn asker(work: &mut Work) -> Result<Option<(UserId, Personal<domain::Email>, Personal<Text<255>>)>, Error> {
    let Some(user) = work.who().actor.person() else { return Ok(None) };
    let details = work.load::<User>(user).await?.details()?.clone();
    let names = [Some(&details.first_name), details.last_name.as_ref()];
    let full = names.into_iter().flatten().filter_map(Personal::known).map(Text::as_str).collect::<Vec<_>>().join(" ");
    let name = full.chars().take(255).collect::<String>().try_into();
    let name = name.map_err(|rule| Error::Invalid { field: "name".into(), rule })?;
    Ok(Some((user, details.email, Personal::new(name))))
}
