//! Whom a wish is about and whether whoever asks has a say there: what is out of reach is as if it were not there.

use crate::{Error, Work};
use domain::calls::AgentCard;
use domain::calls::agent::{Agent, AgentRefusal};
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

/// An agent who takes calls, as they are now, within the reach of whoever asks.
pub(super) async fn agent_card(agent: UserId, work: &mut Work) -> Result<AgentCard, Error> {
    let known = work.load::<Agent>(agent).await?;
    let card = known.card()?;
    reached(Some(agent), card.location, work, AgentRefusal::Unknown)?;
    if known.is_active() { Ok(card) } else { Err(AgentRefusal::HasLeft.into()) }
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
