//! What a 3CX answers, read as far as it can be believed: wrong types spoil the answer, odd words only the entry they stand in.

use chrono::{DateTime, TimeDelta, Utc};
use domain::calls::extension::Number;
use domain::calls::presence::PresenceState;
use domain::{Email, Text};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

/// A part of a list as OData has it.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub value: Vec<T>,
    /// There is more, whatever the server takes for a page. Where it says to go on is not believed.
    #[serde(rename = "@odata.nextLink", default)]
    pub next: Option<IgnoredAny>,
}

/// Leave to ask, for a while.
#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserEntry {
    pub number: String,
    #[serde(default)]
    email_address: Option<String>,
    #[serde(default)]
    current_profile_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CallEntry {
    id: Value,
    #[serde(default)]
    caller: Option<String>,
    #[serde(default)]
    callee: Option<String>,
    status: String,
    #[serde(default)]
    last_change_status: Option<DateTime<Utc>>,
    #[serde(default)]
    established_at: Option<DateTime<Utc>>,
    #[serde(default)]
    server_now: Option<DateTime<Utc>>,
}

/// What a telephone system knows at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub users: Vec<PbxUser>,
    pub calls: Vec<PbxCall>,
    /// The numbers of users that can be nobody's here, each with the reason.
    pub unusable: Vec<(String, String)>,
}

/// A user of a telephone system.
#[derive(Clone, Debug, PartialEq)]
pub struct PbxUser {
    pub number: Number,
    pub email: Option<Email>,
    /// What their profile says; none for a profile that is not known.
    pub state: Option<PresenceState>,
}

/// A call that is going on.
#[derive(Clone, Debug, PartialEq)]
pub struct PbxCall {
    pub key: Text<255>,
    pub caller: End,
    pub callee: End,
    /// `Ringing` until somebody has answered, then `OnCall`.
    pub state: PresenceState,
    /// How long it has been so, by the telephone system's own clock.
    pub for_so_long: Option<TimeDelta>,
}

/// One end of a call: `101 Ada Lovelace`, `10001 Trunk (+15551230001)` or a bare number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct End {
    /// The number within the telephone system.
    pub dn: String,
    /// The number outside, where it is named.
    pub outside: Option<String>,
}

/// Reads a page.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<Page<T>, String> {
    object(bytes)
}

/// Reads a token, which becomes part of a header.
pub(super) fn token(bytes: &[u8]) -> Result<String, String> {
    let Token { access_token } = object(bytes)?;
    let fit = !access_token.is_empty() && access_token.bytes().all(|byte| byte.is_ascii_graphic());
    fit.then_some(access_token).ok_or_else(|| "access_token is not what it should be".to_owned())
}

/// Reads an object; what is wrong with it is named by the way to it.
fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err("it did not answer with a JSON object".into());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let object = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        match error.inner().classify() {
            // The rule and not the value: what stands there is somebody's name or number.
            serde_json::error::Category::Data => format!("{path} is not what it should be"),
            _ => "its answer is not valid JSON, or breaks off".to_owned(),
        }
    })?;
    reader.end().map_err(|_| "something follows its answer".to_owned())?;
    Ok(object)
}

impl Snapshot {
    pub(super) fn of(users: Vec<UserEntry>, calls: Vec<CallEntry>) -> Self {
        let mut known = Self::default();
        for UserEntry { number, email_address, current_profile_name } in users {
            let email = email_address.filter(|address| !address.trim().is_empty()).map(Email::try_from).transpose();
            let state = current_profile_name.as_deref().and_then(PresenceState::named);
            match (Number::try_from(number.clone()), email) {
                (Ok(number), Ok(email)) => known.users.push(PbxUser { number, email, state }),
                (Err(rule), _) => known.unusable.push((short(&number), format!("its number {rule}"))),
                (_, Err(rule)) => known.unusable.push((number, format!("its e-mail address {rule}"))),
            }
        }
        known.calls = calls.into_iter().filter_map(call).collect();
        known
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

/// A call with a name of its own; others cannot be told apart.
fn call(entry: CallEntry) -> Option<PbxCall> {
    let key = match entry.id {
        Value::String(id) => id,
        Value::Number(id) => id.to_string(),
        _ => return None,
    };
    let state = match PresenceState::named(&entry.status) {
        Some(PresenceState::Ringing) => PresenceState::Ringing,
        // Whatever else a call is called (transferring, on hold, parked), those who are in it are not free.
        _ if entry.status.eq_ignore_ascii_case("initiating") => PresenceState::Ringing,
        _ => PresenceState::OnCall,
    };
    let since = match state {
        PresenceState::Ringing => entry.last_change_status.or(entry.established_at),
        _ => entry.established_at.or(entry.last_change_status),
    };
    let for_so_long = since.zip(entry.server_now).map(|(since, now)| (now - since).clamp(TimeDelta::zero(), TimeDelta::days(2)));
    let end = |text: Option<String>| text.as_deref().map(End::read).unwrap_or_default();
    Some(PbxCall { key: Text::try_from(key).ok()?, caller: end(entry.caller), callee: end(entry.callee), state, for_so_long })
}

impl End {
    fn read(text: &str) -> Self {
        let text = text.trim();
        let dn = text.split_whitespace().next().unwrap_or_default().to_owned();
        let bracketed = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')).map(|(_, number)| number.trim());
        let outside = bracketed.filter(|number| number.chars().filter(char::is_ascii_digit).count() >= 3).map(str::to_owned);
        Self { dn, outside }
    }

    /// The number by which somebody at the other end knows it.
    pub fn shown(&self) -> Option<&str> {
        self.outside.as_deref().or(Some(self.dn.as_str())).filter(|number| !number.is_empty())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn refusal(text: &str) -> String {
        read::<UserEntry>(text.as_bytes()).err().unwrap()
    }

    #[test]
    fn an_answer_is_what_was_asked_for_or_nothing() {
        let page = read::<UserEntry>(br#"{"@odata.context": "x", "value": [{"Number": "101", "Mobile": 7}]}"#).unwrap();
        assert_eq!((page.value.len(), page.next.is_some()), (1, false));
        assert_eq!(refusal("<html>Sign in</html>"), "it did not answer with a JSON object");
        assert_eq!(refusal(""), "it did not answer with a JSON object");
        assert_eq!(refusal(r#"{"value": [{"Number": "101"}"#), "its answer is not valid JSON, or breaks off");
        assert_eq!(refusal(r#"{"value": [{"Number": "101"}, {"Number": 102}]}"#), "value[1].Number is not what it should be");
        assert_eq!(refusal(r#"{"value": {}}"#), "value is not what it should be");
        assert_eq!(refusal(r#"{"error": {"code": ""}}"#), ". is not what it should be");
        assert_eq!(token(br#"{"token_type": "Bearer", "expires_in": 60, "access_token": "ey.J0"}"#), Ok("ey.J0".to_owned()));
        assert!([&b"{}"[..], br#"{"access_token": ""}"#, br#"{"access_token": "a\r\nb"}"#].iter().all(|odd| token(odd).is_err()));
        assert_eq!(refusal(r#"{"value": []} and more"#), "something follows its answer");
    }

    #[test]
    fn odd_words_spoil_only_the_entry_they_stand_in() {
        let entry = |number: &str, email: Option<&str>, profile: &str| UserEntry {
            number: number.into(),
            email_address: email.map(str::to_owned),
            current_profile_name: Some(profile.into()),
        };
        let users = vec![
            entry("101", Some("ada@example.com"), "Out of office"),
            entry("102", Some(" "), "Dancing"),
            entry("103", Some("nonsense"), "Available"),
            entry("", None, "Available"),
        ];
        let Snapshot { users, unusable, .. } = Snapshot::of(users, vec![]);
        assert_eq!((users[0].state, users[0].email.is_some()), (Some(PresenceState::Away), true));
        assert_eq!((users[1].state, users[1].email.is_some()), (None, false));
        assert_eq!((unusable[0].0.as_str(), unusable[1].0.as_str(), unusable.len()), ("103", "", 2));
    }

    #[test]
    fn a_call_tells_who_is_in_it_and_since_when() {
        let read = |entry: Value| call(serde_json::from_value(entry).unwrap());
        let talking =
            read(json!({"Id": 17, "Caller": "10001 Trunk (+15551230001)", "Callee": "101 Ada Lovelace", "Status": "Talking",
            "EstablishedAt": "2026-01-05T08:00:00Z", "LastChangeStatus": "2026-01-05T08:00:09Z",
            "ServerNow": "2026-01-05T08:01:00+00:00"}));
        let talking = talking.unwrap();
        assert_eq!((talking.key.as_str(), talking.state, talking.callee.dn.as_str()), ("17", PresenceState::OnCall, "101"));
        assert_eq!((talking.caller.shown(), talking.for_so_long), (Some("+15551230001"), Some(TimeDelta::seconds(60))));
        let ringing = read(json!({"Id": "a", "Caller": "102 Bob", "Callee": "101", "Status": "Routing"})).unwrap();
        assert_eq!((ringing.state, ringing.caller.shown(), ringing.for_so_long), (PresenceState::Ringing, Some("102"), None));
        assert_eq!(read(json!({"Id": null, "Status": "Talking"})), None);
    }
}
