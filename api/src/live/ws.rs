//! The live feed over a WebSocket.

use super::hello;
use super::listener::Heard;
use super::seats::Seat;
use crate::error::{Error, Kind};
use actix_web::HttpRequest;
use actix_web::http::header;
use actix_ws::{CloseCode, Closed, Message, MessageStream, Session};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The largest message that is read: whoever listens has nothing to say.
const LARGEST: usize = 4_096;
/// How long somebody may take nothing before the connection is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page of another site must be among those that may call: browsers keep other pages from reading answers, but from no
/// WebSocket. It would need a token all the same, and a program without a browser says nothing of where it comes from.
pub fn welcome(request: &HttpRequest, origins: &[String]) -> Result<(), Error> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let own = origin.split_once("://").is_some_and(|(_, site)| Some(site) == host);
    match own || origins.iter().any(|known| known == "*" || known == origin) {
        true => Ok(()),
        false => Err(Error::forbidden("pages of this origin may not call (DOCKET_CORS_ORIGINS)")),
    }
}

/// Passes on what is heard until one of both sides ends it.
///
/// The seat is held until then: whoever reads nothing keeps what waits for them, and their connection.
pub async fn speak(mut session: Session, messages: MessageStream, mut heard: mpsc::Receiver<Heard>, _seat: Arc<Seat>) {
    let mut messages = messages.max_frame_size(LARGEST);
    let mut code = CloseCode::Normal;
    loop {
        let spoken = tokio::select! {
            said = messages.recv() => match said {
                Some(Ok(Message::Ping(bytes))) => in_time(session.pong(&bytes)).await,
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => Ok(()),
            },
            next = heard.recv() => match next {
                Some(Heard::End(why)) => {
                    code = close_code(why.kind);
                    in_time(session.text(json!({"type": "end", "reason": why.message}).to_string())).await
                }
                Some(next) => tell(&mut session, next).await,
                None => break,
            },
        };
        if spoken.is_err() {
            return;
        }
    }
    // Whoever is gone need not be told.
    let _ = timeout(PATIENCE, session.close(Some(code.into()))).await;
}

/// Those who were ended by the server or by their own slowness may come again at once, others with another token.
fn close_code(why: Kind) -> CloseCode {
    match why {
        Kind::Unavailable => CloseCode::Restart,
        Kind::TooSlow => CloseCode::Again,
        _ => CloseCode::Policy,
    }
}

/// What is said, or the end of it if nobody takes it for too long.
async fn in_time(said: impl Future<Output = Result<(), Closed>>) -> Result<(), Closed> {
    within(PATIENCE, said).await
}

async fn within(patience: Duration, said: impl Future<Output = Result<(), Closed>>) -> Result<(), Closed> {
    timeout(patience, said).await.unwrap_or(Err(Closed))
}

async fn tell(session: &mut Session, heard: Heard) -> Result<(), Closed> {
    match heard {
        Heard::Hello(at) => in_time(session.text(hello(at))).await,
        Heard::News(news, entirely) => {
            for news in news {
                in_time(session.text(news.told(entirely).to_owned())).await?;
            }
            Ok(())
        }
        Heard::Told(told) => in_time(session.text(told.as_ref())).await,
        Heard::Still(at) => in_time(session.text(json!({"type": "heartbeat", "position": at}).to_string())).await,
        Heard::End(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[tokio::test]
    async fn whoever_takes_nothing_for_too_long_is_given_up() {
        assert!(within(Duration::from_millis(5), std::future::pending()).await.is_err());
        assert!(in_time(std::future::ready(Ok(()))).await.is_ok());
    }

    #[test]
    fn a_page_of_another_site_is_not_welcome_unless_it_was_named() {
        let from = |origin: &str, known: &[&str]| {
            let request =
                TestRequest::default().insert_header((header::ORIGIN, origin)).insert_header((header::HOST, "desk:8000"));
            let known: Vec<String> = known.iter().map(|&known| known.to_owned()).collect();
            welcome(&request.to_http_request(), &known).is_ok()
        };
        assert!(
            !from("https://evil.example", &[]) && !from("null", &[]) && !from("https://evil.example", &["https://a.example"])
        );
        assert!(from("http://desk:8000", &[]) && from("https://a.example", &["https://a.example"]) && from("null", &["*"]));
        assert!(welcome(&TestRequest::default().to_http_request(), &[]).is_ok(), "a program");
    }
}
