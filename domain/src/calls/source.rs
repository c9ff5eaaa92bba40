//! A telephone system that sends records of its calls: how they are read, where it stands, and where it can be asked.

use super::cdr::{Field, KeyField, Layout};
use crate::{Aggregate, Decision, Kind, Link, LocationId, Refusal, SourceId, Text};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What happens to a telephone system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SourceEvent {
    /// Its records are taken in from now on.
    #[serde(rename = "source.added")]
    Added { details: SourceDetails },
    /// What comes in from now on is read in this way.
    #[serde(rename = "source.changed")]
    Changed { details: SourceDetails },
    /// Its first record became part of a call. From now on it matters how its records are read.
    #[serde(rename = "source.heard")]
    Heard {},
    /// It proves itself by a new secret.
    #[serde(rename = "source.secret_rotated")]
    SecretRotated {},
    /// Its records are not taken in any more.
    #[serde(rename = "source.removed")]
    Removed {},
}

/// What is known of a telephone system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceDetails {
    pub name: Text<255>,
    /// The zone of its clock times (IANA).
    pub timezone: String,
    /// The order of the fields in its lines.
    pub fields: Vec<Field>,
    /// The field that tells its calls apart.
    pub key: KeyField,
    /// Where its calls belong that no agent had.
    #[serde(default)]
    pub location: Option<LocationId>,
    #[serde(default)]
    pub location_name: Option<Text<255>>,
    /// Where it answers questions.
    #[serde(default)]
    pub base_url: Option<Link>,
    /// As whom Docket asks there for leave to ask; without it, its key alone opens every door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Text<255>>,
}

/// What is to be different; what is absent stays, an inner `None` clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceChanges {
    pub name: Option<Text<255>>,
    pub timezone: Option<String>,
    pub fields: Option<Vec<Field>>,
    pub key: Option<KeyField>,
    pub location: Option<Option<(LocationId, Text<255>)>>,
    pub base_url: Option<Option<Link>>,
    pub client_id: Option<Option<Text<255>>>,
    /// Change how records are read although some are on record. Should one of those come again, it will be another leg or another
    /// call than the one that it was.
    pub even_so: bool,
}

#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SourceRefusal {
    #[error("no such source")]
    Unknown,
    #[error("a source with this id exists already")]
    AlreadyAdded,
    #[error("timezone must be an IANA zone such as America/Detroit")]
    UnknownTimezone,
    #[error("fields must name {0}")]
    FieldMissing(&'static str),
    #[error("fields must name {0} once")]
    FieldTwice(&'static str),
    #[error(
        "{0} cannot be changed any more, because a record that is here already would become another call if it came again; evenSo says that this is wanted"
    )]
    HasSent(&'static str),
}

impl Refusal for SourceRefusal {
    fn code(&self) -> &'static str {
        match self {
            SourceRefusal::Unknown => "unknown_source",
            SourceRefusal::AlreadyAdded => "already_added",
            SourceRefusal::UnknownTimezone => "unknown_timezone",
            SourceRefusal::FieldMissing(_) => "field_missing",
            SourceRefusal::FieldTwice(_) => "field_twice",
            SourceRefusal::HasSent(_) => "has_sent_records",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            SourceRefusal::Unknown => Kind::Missing,
            SourceRefusal::AlreadyAdded => Kind::Taken { field: "id" },
            SourceRefusal::UnknownTimezone => Kind::Invalid { field: "timezone" },
            SourceRefusal::FieldMissing(_) | SourceRefusal::FieldTwice(_) => Kind::Invalid { field: "fields" },
            SourceRefusal::HasSent(field) => Kind::Invalid { field },
        }
    }
}

/// A telephone system as its decisions see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    details: Option<SourceDetails>,
    ever: bool,
    heard: bool,
}

impl Aggregate for Source {
    const CATEGORY: &'static str = "source";
    type Event = SourceEvent;
    type Refusal = SourceRefusal;

    fn evolve(&mut self, event: &SourceEvent) {
        self.ever = true;
        match event {
            SourceEvent::Added { details } | SourceEvent::Changed { details } => self.details = Some(details.clone()),
            SourceEvent::Heard {} => self.heard = true,
            SourceEvent::SecretRotated {} => {}
            SourceEvent::Removed {} => self.details = None,
        }
    }
}

impl Source {
    pub fn add(&self, details: SourceDetails) -> Decision<Source> {
        if self.ever {
            return Err(SourceRefusal::AlreadyAdded);
        }
        details.check().map(|()| vec![SourceEvent::Added { details }])
    }

    /// Takes down that one of its records became part of a call; only the first says anything new.
    pub fn hear(&self) -> Decision<Source> {
        self.details()?;
        Ok(if self.heard { vec![] } else { vec![SourceEvent::Heard {}] })
    }

    /// Changes what is given; the rest stays. How records are read stays too once there are some, unless it is to change even so.
    pub fn change(&self, changes: SourceChanges) -> Decision<Source> {
        let known = self.details()?;
        let mut details = known.clone();
        details.name = changes.name.unwrap_or(details.name);
        details.timezone = changes.timezone.unwrap_or(details.timezone);
        details.fields = changes.fields.unwrap_or(details.fields);
        details.key = changes.key.unwrap_or(details.key);
        details.base_url = changes.base_url.unwrap_or(details.base_url);
        details.client_id = changes.client_id.unwrap_or(details.client_id);
        if let Some(location) = changes.location {
            (details.location, details.location_name) = location.unzip();
        }
        details.check()?;
        if self.heard && !changes.even_so {
            known.same_reading(&details)?;
        }
        Ok(if details == *known { vec![] } else { vec![SourceEvent::Changed { details }] })
    }

    /// Puts on record that it has a new secret.
    pub fn rotate_secret(&self) -> Decision<Source> {
        self.details().map(|_| vec![SourceEvent::SecretRotated {}])
    }

    pub fn remove(&self) -> Decision<Source> {
        self.details().map(|_| vec![SourceEvent::Removed {}])
    }

    /// What is known of it, while its records are taken in.
    pub fn details(&self) -> Result<&SourceDetails, SourceRefusal> {
        self.details.as_ref().ok_or(SourceRefusal::Unknown)
    }
}

impl SourceDetails {
    /// How its records are read.
    pub fn layout(&self, source: SourceId) -> Layout {
        // Only known zones get on record; should one vanish from the library, UTC stands in.
        let zone = self.timezone.parse().unwrap_or(Tz::UTC);
        Layout { source, fields: self.fields.clone(), zone, key: self.key }
    }

    /// Whether the same record would be the same leg of the same call.
    fn same_reading(&self, other: &Self) -> Result<(), SourceRefusal> {
        let all = [
            ("timezone", self.timezone == other.timezone),
            ("fields", self.fields == other.fields),
            ("key", self.key == other.key),
        ];
        all.into_iter().find(|(_, same)| !same).map_or(Ok(()), |(field, _)| Err(SourceRefusal::HasSent(field)))
    }

    fn check(&self) -> Result<(), SourceRefusal> {
        if self.timezone.parse::<Tz>().is_err() {
            return Err(SourceRefusal::UnknownTimezone);
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.fields.iter().find(|field| !seen.insert(**field)) {
            return Err(SourceRefusal::FieldTwice(twice.word()));
        }
        let key = match self.key {
            KeyField::CallId => Field::CallId,
            KeyField::HistoryId => Field::HistoryId,
        };
        match [key, Field::TimeStart].into_iter().find(|needed| !seen.contains(needed)) {
            Some(missing) => Err(SourceRefusal::FieldMissing(missing.word())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{given, round_trips};
    use uuid::Uuid;

    fn details() -> SourceDetails {
        SourceDetails {
            name: "Main office".try_into().unwrap(),
            timezone: "America/Detroit".into(),
            fields: Field::ALL.to_vec(),
            key: KeyField::CallId,
            location: None,
            location_name: None,
            base_url: None,
            client_id: None,
        }
    }

    fn added() -> SourceEvent {
        SourceEvent::Added { details: details() }
    }

    #[test]
    fn a_source_says_how_its_records_are_read() {
        let refused = |details, why| given::<Source>([]).when(|s| s.add(details)).refused(why);
        refused(SourceDetails { timezone: "Mars".into(), ..details() }, SourceRefusal::UnknownTimezone);
        refused(SourceDetails { fields: vec![Field::CallId], ..details() }, SourceRefusal::FieldMissing("time-start"));
        refused(
            SourceDetails { key: KeyField::HistoryId, fields: vec![Field::TimeStart], ..details() },
            SourceRefusal::FieldMissing("historyid"),
        );
        refused(SourceDetails { fields: vec![Field::CallId, Field::CallId], ..details() }, SourceRefusal::FieldTwice("callid"));
        given::<Source>([]).when(|s| s.add(details())).then([added()]);
        given([added(), SourceEvent::Removed {}]).when(|s: &Source| s.add(details())).refused(SourceRefusal::AlreadyAdded);
        given([added(), SourceEvent::Removed {}]).when(|s: &Source| s.remove()).refused(SourceRefusal::Unknown);
        assert_eq!(details().layout(SourceId(Uuid::nil())).zone, Tz::America__Detroit);
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let site = (LocationId(Uuid::from_u128(1)), Text::try_from("Wixom").unwrap());
        let changes = SourceChanges { location: Some(Some(site.clone())), ..Default::default() };
        let changed = SourceDetails { location: Some(site.0), location_name: Some(site.1), ..details() };
        let event = SourceEvent::Changed { details: changed };
        given([added()]).when(|s: &Source| s.change(changes)).then([event.clone()]);
        given([added()]).when(|s: &Source| s.change(SourceChanges::default())).then([]);
        given([added()]).when(|s: &Source| s.rotate_secret()).then([SourceEvent::SecretRotated {}]);
        round_trips("source.changed", event);
    }
    #[test]
    fn how_records_are_read_stays_once_there_are_some() {
        let in_utc = || SourceChanges { timezone: Some("UTC".into()), ..Default::default() };
        let changed = || SourceEvent::Changed { details: SourceDetails { timezone: "UTC".into(), ..details() } };
        let heard = || [added(), SourceEvent::Heard {}];
        given([added()]).when(|s: &Source| s.hear()).then([SourceEvent::Heard {}]);
        given(heard()).when(|s: &Source| s.hear()).then([]);
        given([]).when(|s: &Source| s.hear()).refused(SourceRefusal::Unknown);
        given([added()]).when(|s: &Source| s.change(in_utc())).then([changed()]);
        given(heard()).when(|s: &Source| s.change(in_utc())).refused(SourceRefusal::HasSent("timezone"));
        given(heard()).when(|s: &Source| s.change(SourceChanges { even_so: true, ..in_utc() })).then([changed()]);
        let by_history = SourceChanges { key: Some(KeyField::HistoryId), ..Default::default() };
        given(heard()).when(|s: &Source| s.change(by_history)).refused(SourceRefusal::HasSent("key"));
        let fewer = SourceChanges { fields: Some(vec![Field::CallId, Field::TimeStart]), ..Default::default() };
        given(heard()).when(|s: &Source| s.change(fewer)).refused(SourceRefusal::HasSent("fields"));
        let same = SourceChanges { timezone: Some("America/Detroit".into()), ..Default::default() };
        given(heard()).when(|s: &Source| s.change(same)).then([]);
        round_trips("source.heard", SourceEvent::Heard {});
    }
}
