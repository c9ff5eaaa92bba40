//! The live feed as server-sent events, which browsers read with `EventSource` and people with `curl -N`.

use super::hello;
use super::listener::Heard;
use actix_web::HttpResponse;
use actix_web::http::header::{ContentEncoding, HeaderName};
use actix_web::web::Bytes;
use futures::{StreamExt, stream};
use serde_json::json;
use std::fmt::Write;
use std::ops::RangeInclusive;
use tokio::sync::mpsc;

/// Milliseconds after which a browser connects again, not the same for everybody, or all would come at once after a restart.
const RETRY: RangeInclusive<u32> = 500..=3_000;

/// The answer that goes on; only its head where nobody listens.
pub fn answer(heard: Option<mpsc::Receiver<Heard>>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.content_type("text/event-stream");
    // Compressed or gathered by a proxy, it would come late.
    answer.insert_header(ContentEncoding::Identity).insert_header((HeaderName::from_static("x-accel-buffering"), "no"));
    match heard {
        None => answer.finish(),
        Some(heard) => {
            let next = async |mut heard: mpsc::Receiver<Heard>| Some((heard.recv().await?, heard));
            answer.streaming(stream::unfold(heard, next).map(|heard| Ok::<_, std::io::Error>(written(heard))))
        }
    }
}

fn written(heard: Heard) -> Bytes {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match heard {
        Heard::Hello(at) => {
            let retry = rand::random_range(RETRY);
            write!(text, "retry: {retry}\nid: {at}\nevent: hello\ndata: {}\n\n", hello(at))
        }
        Heard::News(news, entirely) => news.iter().try_for_each(|news| {
            write!(text, "id: {}\nevent: {}\ndata: {}\n\n", news.position(), news.event.name, news.told(entirely))
        }),
        Heard::Told(told) => write!(text, "data: {told}\n\n"),
        // An id without data tells nobody anything, but whoever comes back later is spared what was not for them.
        Heard::Still(at) => write!(text, ": nothing new\nid: {at}\n\n"),
        Heard::End(why) => write!(text, "event: end\ndata: {}\n\n", json!({"type": "end", "reason": why.message})),
    };
    Bytes::from(text)
}
