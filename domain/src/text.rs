//! Words as people type them, checked once when they come in.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Words of 1 to `MAX` characters, trimmed, without control characters other than line breaks and tabs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Text<const MAX: usize>(Box<str>);

impl<const MAX: usize> Text<MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let length = text.trim().chars().count();
        if let Some(bad) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(format!("must not contain the control character U+{:04X}", bad as u32));
        }
        match length {
            0 => Err("must not be empty".into()),
            n if n > MAX => Err(format!("must have at most {MAX} characters, has {n}")),
            _ if text.trim().len() == text.len() => Ok(Self(text.into())),
            _ => Ok(Self(text.trim().into())),
        }
    }
}

impl<const MAX: usize> TryFrom<&str> for Text<MAX> {
    type Error = String;
    fn try_from(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> String {
        text.0.into()
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An e-mail address: something, an @, and a domain with a dot or `localhost`; at most 254 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Email(Text<254>);

impl Email {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The form by which two spellings of one address are told to be the same.
    pub fn folded(&self) -> String {
        self.0.as_str().to_lowercase()
    }
}

impl TryFrom<String> for Email {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let text = Text::try_from(text)?;
        let bad = || Err("must be an e-mail address such as name@example.com".to_owned());
        match text.as_str().split_once('@') {
            Some((name, host)) if !name.is_empty() && !host.is_empty() => {
                let clean = !text.as_str().contains(char::is_whitespace) && !host.contains('@');
                let known = host == "localhost" || host.split('.').count() > 1 && host.split('.').all(|p| !p.is_empty());
                if clean && known { Ok(Self(text)) } else { bad() }
            }
            _ => bad(),
        }
    }
}

impl TryFrom<&str> for Email {
    type Error = String;
    fn try_from(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0.into()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A web address: `http` or `https`, at most 2,000 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Link(Text<2000>);

impl Link {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for Link {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let text = Text::try_from(text)?;
        let host = text.as_str().strip_prefix("https://").or_else(|| text.as_str().strip_prefix("http://"));
        match host {
            Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(Self(text)),
            _ => Err("must be a web address that begins with http:// or https://".into()),
        }
    }
}

impl From<Link> for String {
    fn from(link: Link) -> String {
        link.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_counted_and_free_of_nul() {
        assert_eq!(Text::<5>::try_from("  ab ").map(String::from), Ok("ab".into()));
        assert!(Text::<5>::try_from("").is_err());
        assert!(Text::<5>::try_from("abcdef").is_err());
        assert!(Text::<5>::try_from("a\0b").is_err_and(|rule| rule.contains("U+0000")));
        assert!(Text::<5>::try_from("äöüßé").is_ok());
    }

    #[test]
    fn addresses_need_a_name_and_a_host() {
        for good in ["a@b.c", "root@localhost", "first.last+tag@sub.example.com"] {
            assert!(Email::try_from(good).is_ok(), "{good}");
        }
        for bad in ["a", "@b.c", "a@", "a@b", "a@b..c", "a b@c.d", "a@b@c.d"] {
            assert!(Email::try_from(bad).is_err(), "{bad}");
        }
        assert!(Link::try_from("https://example.com/a".to_owned()).is_ok());
        assert!(Link::try_from("javascript:alert(1)".to_owned()).is_err());
    }
}
