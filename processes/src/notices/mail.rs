//! One attempt at telling a person: a short mail over the operator's mail server, and what that server's answer means.

use super::message::Message;
use super::outcome::Outcome;
use super::{Means, NotSetUp};
use domain::Email;
use lettre::address::Address;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use reqwest::Url;
use uuid::Uuid;

/// The operator's mail server, and whom mail is from.
#[derive(Clone)]
pub struct Letterbox {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Letterbox {
    /// The one that is set up, if one is.
    pub(crate) fn new(means: &Means) -> Result<Option<Self>, NotSetUp> {
        let Some(url) = &means.smtp_url else { return Ok(None) };
        let from = means.smtp_from.as_deref().ok_or_else(|| NotSetUp::Mail("--smtp-from must say whom mail is from".into()))?;
        let from = from.parse().map_err(|error| NotSetUp::Mail(format!("--smtp-from: {error}")))?;
        // The URL may hold a password, which an error would repeat.
        let url = guarded(url).ok_or_else(|| NotSetUp::Mail("--smtp-url must be smtp://… or smtps://… with a host".into()))?;
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
            .map_err(|_| NotSetUp::Mail("--smtp-url must be smtp://… or smtps://… with a host".into()))?
            .timeout(Some(means.patience))
            .build();
        Ok(Some(Self { server, from }))
    }

    /// Whether mail can be addressed to it at all.
    pub fn takes(address: &Email) -> bool {
        address.as_str().parse::<Address>().is_ok()
    }

    /// Sends a mail. The id is part of the mail's own, by which a receiver can tell a repetition.
    pub(crate) async fn send(&self, to: &Email, id: Uuid, message: &Message) -> Outcome {
        let Ok(to) = to.as_str().parse::<Address>() else {
            return Outcome::Refused("it is no address that mail can be sent to".into());
        };
        let mail = MessageBuilder::new()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.subject())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(message.text());
        let mail = match mail {
            Ok(mail) => mail,
            Err(error) => return Outcome::Refused(format!("the mail could not be written: {error}")),
        };
        match self.server.send(mail).await {
            Ok(_) => Outcome::Delivered,
            Err(error) => judge(&error),
        }
    }
}

fn judge(error: &SmtpError) -> Outcome {
    match error.status() {
        Some(code) if error.is_permanent() => Outcome::Refused(format!("the mail server refused it: {code}")),
        Some(code) => Outcome::later(format!("the mail server put it off: {code}")),
        None if error.is_timeout() => Outcome::later("the mail server did not answer in time"),
        None => Outcome::later("the mail server could not be spoken with"),
    }
}

/// The URL with TLS wherever nobody says otherwise: what is said to the server includes the password. `tls=none` says otherwise.
fn guarded(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    if url.host_str().is_none_or(str::is_empty) || !matches!(url.scheme(), "smtp" | "smtps") {
        return None;
    }
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    match (url.scheme(), tls.as_deref()) {
        ("smtp", None) if url.username().is_empty() => url.set_query(Some("tls=opportunistic")),
        ("smtp", None) => url.set_query(Some("tls=required")),
        ("smtp", Some("none")) => url.set_query(None),
        _ => {}
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_password_is_never_said_in_the_clear_unless_somebody_asks_for_it() {
        let guarded = |url| guarded(url).unwrap();
        assert_eq!(guarded("smtp://mail.example.com"), "smtp://mail.example.com?tls=opportunistic");
        assert_eq!(guarded("smtp://me:pw@mail.example.com:587"), "smtp://me:pw@mail.example.com:587?tls=required");
        assert_eq!(guarded("smtp://me:pw@mail.example.com?tls=none"), "smtp://me:pw@mail.example.com");
        assert_eq!(guarded("smtps://me:pw@mail.example.com"), "smtps://me:pw@mail.example.com");
        assert_eq!(super::guarded("https://mail.example.com"), None);
    }

    #[test]
    fn what_is_set_up_wrongly_is_said_at_the_start_and_without_the_password() {
        let means = |url: &str, from: Option<&str>| Means {
            allowed: vec![],
            smtp_url: Some(url.into()),
            smtp_from: from.map(str::to_owned),
            first_pause: Default::default(),
            patience: Default::default(),
        };
        let from = Some("Docket <docket@example.com>");
        for url in ["smtps://me:pw@mail.example.com", "smtp://me:pw@mail.example.com", "smtp://mail.example.com?tls=none"] {
            assert!(matches!(Letterbox::new(&means(url, from)), Ok(Some(_))), "{url}");
        }
        for (url, from) in [
            ("smtps://me:pw@mail.example.com", None),
            ("smtps://me:pw@mail.example.com", Some("nobody")),
            ("http://me:pw@mail.example.com", from),
            ("smtp://me:pw@mail.example.com?tls=perhaps", from),
        ] {
            let said = Letterbox::new(&means(url, from)).map(|_| ()).unwrap_err().to_string();
            assert!(said.contains("--smtp-") && !said.contains("pw"), "{said}");
        }
    }

    #[test]
    fn an_address_that_would_break_a_header_is_not_taken() {
        let takes = |text: &str| Email::try_from(text).is_ok_and(|email| Letterbox::takes(&email));
        assert!(takes("team.lead@example.com"));
        for odd in ["a>,b@example.com", "a@exam<ple.com", "\"a\nb\"@example.com", "a,b@example.com"] {
            assert!(!takes(odd), "{odd}");
        }
    }
}
