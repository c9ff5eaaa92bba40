//! A site of a company, where its people sit and its calls arrive.

use crate::{Aggregate, Decision, Kind, Refusal, Text};
use serde::{Deserialize, Serialize};

/// What happens to a location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LocationEvent {
    /// The company has a new site.
    #[serde(rename = "location.added")]
    Added { name: Text<255>, timezone: String },
    /// Its name or time zone is now this.
    #[serde(rename = "location.changed")]
    Changed { name: Text<255>, timezone: String },
    /// It is no longer used.
    #[serde(rename = "location.removed")]
    Removed {},
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum LocationRefusal {
    #[error("no such location")]
    Unknown,
    #[error("a location with this id exists already")]
    AlreadyAdded,
    #[error("timezone must be an IANA zone such as America/Detroit")]
    UnknownTimezone,
}

impl Refusal for LocationRefusal {
    fn code(&self) -> &'static str {
        match self {
            LocationRefusal::Unknown => "unknown_location",
            LocationRefusal::AlreadyAdded => "already_added",
            LocationRefusal::UnknownTimezone => "unknown_timezone",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            LocationRefusal::Unknown => Kind::Missing,
            LocationRefusal::AlreadyAdded => Kind::Taken { field: "id" },
            LocationRefusal::UnknownTimezone => Kind::Invalid { field: "timezone" },
        }
    }
}

/// A location as its decisions see it: name and time zone while it is used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Location {
    known: Option<(Text<255>, String)>,
    ever: bool,
}

impl Aggregate for Location {
    const CATEGORY: &'static str = "location";
    type Event = LocationEvent;
    type Refusal = LocationRefusal;

    fn evolve(&mut self, event: &LocationEvent) {
        self.ever = true;
        self.known = match event {
            LocationEvent::Added { name, timezone } | LocationEvent::Changed { name, timezone } => {
                Some((name.clone(), timezone.clone()))
            }
            LocationEvent::Removed {} => None,
        };
    }
}

impl Location {
    pub fn add(&self, name: Text<255>, timezone: String) -> Decision<Location> {
        check(&timezone)?;
        if self.ever { Err(LocationRefusal::AlreadyAdded) } else { Ok(vec![LocationEvent::Added { name, timezone }]) }
    }

    /// Changes what is given; the rest stays.
    pub fn change(&self, name: Option<Text<255>>, timezone: Option<String>) -> Decision<Location> {
        let (old_name, old_zone) = self.known.as_ref().ok_or(LocationRefusal::Unknown)?;
        let (name, timezone) = (name.unwrap_or_else(|| old_name.clone()), timezone.unwrap_or_else(|| old_zone.clone()));
        check(&timezone)?;
        Ok(match (&name, &timezone) == (old_name, old_zone) {
            true => vec![],
            false => vec![LocationEvent::Changed { name, timezone }],
        })
    }

    pub fn remove(&self) -> Decision<Location> {
        self.known.as_ref().ok_or(LocationRefusal::Unknown).map(|_| vec![LocationEvent::Removed {}])
    }

    /// Its name, while it is used.
    pub fn name(&self) -> Result<&Text<255>, LocationRefusal> {
        self.known.as_ref().map(|(name, _)| name).ok_or(LocationRefusal::Unknown)
    }
}

fn check(timezone: &str) -> Result<(), LocationRefusal> {
    timezone.parse::<chrono_tz::Tz>().map(|_| ()).map_err(|_| LocationRefusal::UnknownTimezone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};

    fn added() -> LocationEvent {
        LocationEvent::Added { name: "Wixom".try_into().unwrap(), timezone: "America/Detroit".into() }
    }

    #[test]
    fn a_location_is_added_changed_and_removed() {
        let name = || "Wixom".try_into().unwrap();
        given::<Location>([]).when(|l| l.add(name(), "America/Detroit".into())).then([added()]);
        given::<Location>([]).when(|l| l.add(name(), "Wixom".into())).refused(LocationRefusal::UnknownTimezone);
        given([added()]).when(|l: &Location| l.change(Some(name()), None)).then([]);
        given([added(), LocationEvent::Removed {}]).when(|l: &Location| l.remove()).refused(LocationRefusal::Unknown);
        round_trips("location.added", added());
    }
}
