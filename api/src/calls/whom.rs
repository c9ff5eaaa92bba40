//! People as a question names them: by id, or by the address they have now, whatever address stands in what is on record of them.

use super::reports::asked;
use crate::House;
use crate::auth::Caller;
use crate::error::Error;
use actix_web::web;
use commands::calls::who::AgentRef;
use domain::reservation::Reservation;
use domain::{TenantId, UserId};
use uuid::Uuid;

/// The person who is meant. Whoever has no account any more is found by the address they had last as an agent. If nobody is known
/// as that, it is an id that nobody has, so that nothing is found.
pub async fn whom(house: &web::Data<House>, caller: &Caller, named: Option<String>) -> Result<Option<UserId>, Error> {
    let Some(named) = named else { return Ok(None) };
    let known = match AgentRef::try_from(named.trim().to_owned()) {
        Ok(agent) => person(house, caller.tenant(), &agent).await?,
        Err(_) => return Ok(Some(UserId(Uuid::nil()))),
    };
    let last = match known {
        Some(_) => None,
        None => asked::agent(house, caller, named.trim()).await?.map(UserId),
    };
    Ok(known.or(last).or(Some(UserId(Uuid::nil()))))
}

/// The person behind an address or an id, as the log has them.
pub async fn person(house: &web::Data<House>, tenant: TenantId, agent: &AgentRef) -> Result<Option<UserId>, Error> {
    let email = match agent {
        AgentRef::Id(id) => return Ok(Some(*id)),
        AgentRef::Email(email) => email.clone(),
    };
    let here = House::clone(house);
    let read = async move { Ok(here.commands.state_of::<Reservation>(Reservation::of_email(&email)).await?.0) };
    let held = house.finish(read).await?;
    Ok(held.holder.filter(|(theirs, _)| *theirs == tenant).map(|(_, user)| UserId(user)))
}
