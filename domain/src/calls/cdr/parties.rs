//! Who takes part in a leg: what kind of thing they are, by the word 3CX has for it or, where it has none, by their number.

use super::{Field, Flaw, Values, text};
use crate::calls::call::{Party, PartyKind};
use crate::{Personal, Text};

impl Party {
    pub(super) fn read(values: &Values, kind: Field, dn: Field, number: Field, name: Field) -> Result<Party, Flaw> {
        let dn: Option<Text<64>> = text(values, dn)?;
        let number: Option<Text<255>> = text(values, number)?;
        let kind = match values.get(kind) {
            Some(word) => Some(kind_of(word)),
            None => guess(dn.as_ref().map(Text::as_str), number.as_ref().map(Text::as_str)),
        };
        let name = text(values, name)?.map(Personal::new);
        Ok(Party { kind, dn: dn.map(|dn| bare(dn.as_str()).unwrap_or(dn)), number: number.map(Personal::new), name })
    }

    pub fn is(&self, kind: PartyKind) -> bool {
        self.kind == Some(kind)
    }

    /// Nothing is said of it.
    pub fn is_nobody(&self) -> bool {
        *self == Party::default()
    }

    /// Its number within the telephone system, if it is somebody's telephone there.
    pub fn extension(&self) -> Option<Text<64>> {
        let number = || self.number.as_ref().and_then(Personal::known).and_then(|number| bare(number.as_str()));
        self.kind.filter(|kind| *kind == PartyKind::Extension).and_then(|_| self.dn.clone().or_else(number))
    }

    /// The number by which people know it.
    pub fn shown_number(&self) -> Option<Personal<Text<255>>> {
        let dn = || self.dn.as_ref().and_then(|dn| Text::try_from(dn.as_str()).ok()).map(Personal::new);
        self.number.clone().or_else(dn)
    }
}

/// The extensions in a list such as `101;102` or `Ext.101 (Ann), Ext.102 (Bob)`; what is no extension is left out.
pub fn polled(list: &str) -> Vec<Text<64>> {
    let mut found: Vec<Text<64>> = vec![];
    for part in list.split([';', ',', '|']) {
        let part = part.split_once('(').map_or(part, |(number, _)| number).trim();
        let plain = !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if let Some(extension) = plain.then(|| bare(part)).flatten()
            && !found.contains(&extension)
        {
            found.push(extension);
        }
    }
    found
}

/// 3CX writes `Ext.101` in some fields and `101` in others.
fn bare(number: &str) -> Option<Text<64>> {
    let number = number.trim();
    let bare = match number.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("ext.") => &number[4..],
        _ => number,
    };
    Text::try_from(bare).ok()
}

fn kind_of(word: &str) -> PartyKind {
    let letters: String = word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    match letters.as_str() {
        "extension" | "ext" | "user" => PartyKind::Extension,
        "line" | "lineset" | "externalline" | "external" | "provider" | "trunk" | "siptrunk" | "gateway" | "bridge"
        | "voipline" | "pstnline" | "outboundrule" => PartyKind::External,
        "queue" | "callqueue" => PartyKind::Queue,
        "ringgroup" | "group" => PartyKind::RingGroup,
        "ivr" | "digitalreceptionist" | "script" | "callflow" | "callflowapp" | "menu" | "routepoint" => PartyKind::Menu,
        "vmail" | "voicemail" | "vmailbox" => PartyKind::Voicemail,
        "fax" | "faxserver" => PartyKind::Fax,
        _ => PartyKind::Other,
    }
}

/// Older versions name no types: `Ext.101` and two to four digits are extensions, what is longer comes from outside.
fn guess(dn: Option<&str>, number: Option<&str>) -> Option<PartyKind> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let inner = |text: &str| (2..=4).contains(&text.len()) && digits(text) == text.len();
    let number_is = number.map(|number| {
        let marked = number.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("ext."));
        (marked || inner(number), digits(number) >= 5)
    });
    match number_is {
        Some((true, _)) => Some(PartyKind::Extension),
        Some((_, true)) => Some(PartyKind::External),
        _ => dn.filter(|dn| inner(dn)).map(|_| PartyKind::Extension),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_word_and_by_number() {
        assert_eq!(
            [kind_of("Extension"), kind_of("LineSet"), kind_of("Ring Group")],
            [PartyKind::Extension, PartyKind::External, PartyKind::RingGroup]
        );
        assert_eq!(
            [kind_of("VMail"), kind_of("call_flow_app"), kind_of("Toaster")],
            [PartyKind::Voicemail, PartyKind::Menu, PartyKind::Other]
        );
        assert_eq!(guess(Some("101"), Some("Ext.101")), Some(PartyKind::Extension));
        assert_eq!(guess(Some("10000"), Some("+15551230001")), Some(PartyKind::External));
        assert_eq!([guess(None, None), guess(Some("x"), None)], [None, None]);
        assert_eq!(guess(Some("101"), None), Some(PartyKind::Extension));
    }

    #[test]
    fn the_polled_are_a_list_of_extensions() {
        let numbers = |list: &str| polled(list).iter().map(|e| e.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(numbers("101;102;101"), ["101", "102"]);
        assert_eq!(numbers("Ext.101 (Ann Lee), Ext.102 (Bob)"), ["101", "102"]);
        assert!(numbers(" ; ,, | (x) a b").is_empty());
    }
}
