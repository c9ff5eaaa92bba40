//! The person or company that owes: personal facts, kept together so that they can be sealed and forgotten together.

use crate::{Email, Link, Text};
use serde::{Deserialize, Serialize};

/// Who owes (E.T3 `customer_*`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Customer {
    pub name: Text<255>,
    #[serde(default)]
    pub email: Option<Email>,
    #[serde(default)]
    pub phone: Option<Text<64>>,
    #[serde(default)]
    pub address: Option<Text<1000>>,
    #[serde(default)]
    pub social: SocialLinks,
}

/// Where the customer is found on social media.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SocialLinks {
    pub facebook: Option<Link>,
    pub twitter: Option<Link>,
    pub instagram: Option<Link>,
    pub linkedin: Option<Link>,
}

/// Changes to a customer: absent stays, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CustomerChanges {
    pub name: Option<Text<255>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub email: Option<Option<Email>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub phone: Option<Option<Text<64>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub address: Option<Option<Text<1000>>>,
    pub social: SocialChanges,
}

/// Changes to the links: absent stays, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SocialChanges {
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub facebook: Option<Option<Link>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub twitter: Option<Option<Link>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub instagram: Option<Option<Link>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub linkedin: Option<Option<Link>>,
}

impl SocialChanges {
    fn over(self, old: &SocialLinks) -> SocialLinks {
        SocialLinks {
            facebook: self.facebook.unwrap_or_else(|| old.facebook.clone()),
            twitter: self.twitter.unwrap_or_else(|| old.twitter.clone()),
            instagram: self.instagram.unwrap_or_else(|| old.instagram.clone()),
            linkedin: self.linkedin.unwrap_or_else(|| old.linkedin.clone()),
        }
    }
}

impl CustomerChanges {
    /// The customer with these changes.
    pub fn over(self, old: &Customer) -> Customer {
        Customer {
            name: self.name.unwrap_or_else(|| old.name.clone()),
            email: self.email.unwrap_or_else(|| old.email.clone()),
            phone: self.phone.unwrap_or_else(|| old.phone.clone()),
            address: self.address.unwrap_or_else(|| old.address.clone()),
            social: self.social.over(&old.social),
        }
    }
}

/// Tells `null` (clear it) from absent (leave it).
pub fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
