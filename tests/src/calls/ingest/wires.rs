//! Over a socket and from files: thousands of lines, shuffled, repeated, torn, and each where it belongs.

use super::{line, switchboard};
use crate::house::House;
use api::calls::files::Files;
use domain::SourceId;
use flate2::{Compression, write::GzEncoder};
use processes::calls::listener::Listener;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// A folder that goes away with the story.
pub(super) struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("docket-cdr-{}", Uuid::now_v7().simple()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// So many calls of one leg each.
pub(super) fn lines(from: usize, to: usize) -> Vec<String> {
    (from..to)
        .map(|n| line(&format!("C{n}"), n as u32 % 60, Some(n as u32 % 20), 20 + n as u32 % 40, &format!("{}", 101 + n % 20)))
        .collect()
}

pub(super) async fn calls(house: &House) -> i64 {
    let count = sqlx::query_scalar("select count(*) from log.events where type = 'call.recorded'");
    count.fetch_one(&house.rooms().owner).await.unwrap()
}

async fn held(house: &House) -> Value {
    house.settle().await;
    house.admin.get("/api/3cx/quarantine?status=waiting&limit=100").await.ok()["data"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_over_a_socket_are_taken_from_many_at_once() {
    let house = House::open().await;
    let board = switchboard(&house.admin, serde_json::json!({})).await;
    let start = |allowed: Vec<ipnet::IpNet>| {
        let intake = house.rooms().telephony.intake.clone();
        Listener::start(intake, house.tenant, SourceId(board.id), "127.0.0.1:0".parse().unwrap(), allowed)
    };
    let listener = start(vec!["127.0.0.0/8".parse().unwrap()]).await.unwrap();
    let all = lines(0, 3_000);
    let began = Instant::now();
    let mut senders = vec![];
    for part in 0..4 {
        // Each sends its own quarter and some of its neighbour's.
        let mine: Vec<String> =
            all.iter().enumerate().filter(|(n, _)| n % 4 == part || n % 16 == (part + 1) % 4).map(|(_, l)| l.clone()).collect();
        let address = listener.address;
        senders.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            for (n, line) in mine.iter().enumerate() {
                let end = if n % 7 == 0 { "\r\n" } else { "\n" };
                stream.write_all(format!("{line}{end}").as_bytes()).await.unwrap();
            }
            if part == 3 {
                stream.write_all(b"not a record\n\xff\xff\n\n").await.unwrap();
                stream.write_all(b"Call C1,C1,00:00:2").await.unwrap();
            }
            stream.shutdown().await.unwrap();
            assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0, "it is ended in good order");
        }));
    }
    for sender in senders {
        sender.await.unwrap();
    }
    eprintln!("3000 records over a socket in {:?}", began.elapsed());
    assert_eq!(calls(&house).await, 3_000, "whoever sees the end has all of it on record");
    let mut unfinished = TcpStream::connect(listener.address).await.unwrap();
    unfinished.write_all(b"Call 7,").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    listener.stop().await;
    assert!(unfinished.read(&mut [0; 8]).await.is_err(), "whoever was not heard out gets no receipt");
    let held = held(&house).await;
    let reasons: Vec<&str> = held["items"].as_array().unwrap().iter().map(|item| item["reason"].as_str().unwrap()).collect();
    assert_eq!(held["total"], 3, "{held}");
    for reason in ["must have 27 fields, has 1", "must be UTF-8", "the connection ended in this line"] {
        assert!(reasons.contains(&reason), "{reasons:?}");
    }
    let elsewhere = start(vec!["10.0.0.0/8".parse().unwrap()]).await.unwrap();
    // Broken before it is even there, or at the first look.
    if let Ok(mut stream) = TcpStream::connect(elsewhere.address).await {
        assert!(stream.read(&mut [0; 8]).await.is_err(), "an orderly end would say that all of it is on record");
    }
    elsewhere.stop().await;
    assert_eq!(calls(&house).await, 3_000, "whoever may not connect is not listened to");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_lines_of_a_source_that_was_removed_for_recorded() {
    let house = House::open().await;
    let board = switchboard(&house.admin, serde_json::json!({})).await;
    let (intake, source) = (house.rooms().telephony.intake.clone(), SourceId(board.id));
    let listener = Listener::start(intake, house.tenant, source, "127.0.0.1:0".parse().unwrap(), vec![]).await.unwrap();
    let mut stream = TcpStream::connect(listener.address).await.unwrap();
    let text = |line: &String| format!("{line}\n");
    stream.write_all(lines(0, 1).iter().map(text).collect::<String>().as_bytes()).await.unwrap();
    while calls(&house).await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.admin.delete(&format!("/api/3cx/sources/{}", board.id)).await.is(200);
    stream.write_all(lines(1, 2).iter().map(text).collect::<String>().as_bytes()).await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut [0; 8])).await.expect("it is told at once");
    assert!(told.is_err(), "the connection is broken: {told:?}");
    listener.stop().await;
    assert_eq!(calls(&house).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_places_are_taken_the_connection_that_was_silent_longest_makes_room() {
    let house = House::open().await;
    let board = switchboard(&house.admin, serde_json::json!({})).await;
    let (intake, source) = (house.rooms().telephony.intake.clone(), SourceId(board.id));
    let listener = Listener::start(intake, house.tenant, source, "127.0.0.1:0".parse().unwrap(), vec![]).await.unwrap();
    let mut silent = vec![];
    for _ in 0..64 {
        silent.push(TcpStream::connect(listener.address).await.unwrap());
    }
    let mut last = TcpStream::connect(listener.address).await.unwrap();
    last.write_all(format!("{}\n", lines(0, 1)[0]).as_bytes()).await.unwrap();
    last.shutdown().await.unwrap();
    assert_eq!(last.read(&mut [0; 8]).await.unwrap(), 0, "it is heard");
    assert_eq!(calls(&house).await, 1);
    assert!(silent[0].read(&mut [0; 8]).await.is_err(), "it is broken");
    listener.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_without_the_source_it_listens_for() {
    let house = House::with(|config| {
        config.cdr_listen = Some("127.0.0.1:0".parse().unwrap());
        config.cdr_source = Some(Uuid::now_v7());
    });
    let house = house.await;
    assert!(house.running().listener.is_none());
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_once_and_gone_on_with() {
    let house = House::open().await;
    let board = switchboard(&house.admin, serde_json::json!({})).await;
    let files = Files::of(house.rooms(), SourceId(board.id)).await.unwrap();
    let folder = Folder::new();
    let all = lines(0, 5_000);
    let heading = "historyid,callid,duration,time-start\n";
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let path = folder.file("a.csv", format!("{heading}{}", text(&all[..3_000])));
    let taken = files.take(&path, false).await.unwrap();
    eprintln!("{}", taken.sentence());
    assert_eq!((taken.tally.recorded, taken.tally.held, taken.cut), (3_000, 0, None));
    let again = files.take(&path, false).await.unwrap();
    assert_eq!(again.tally.total(), 0, "it is not read again from the beginning");

    // It grows, and ends in the middle of a line; the rest comes later.
    let (torn, rest) = all[4_000].split_at(40);
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(format!("{}{torn}", text(&all[3_000..4_000])).as_bytes()).unwrap();
    let grown = files.take(&path, false).await.unwrap();
    assert_eq!(grown.tally.recorded, 1_000);
    assert!(grown.cut.is_some());
    file.write_all(format!("{rest}\n{}", all[4_001]).as_bytes()).unwrap();
    let ended = files.take(&path, true).await.unwrap();
    assert_eq!((ended.tally.recorded, ended.cut), (1, None), "while it may grow, a line is whole only at its end");
    let ended = files.take(&path, false).await.unwrap();
    assert_eq!((ended.tally.recorded, ended.cut), (1, None), "a last line that can be understood is taken");

    // The same again, packed, with what is missing; and another file under the name of the first.
    let mut packed = GzEncoder::new(vec![], Compression::fast());
    packed.write_all(text(&all).as_bytes()).unwrap();
    folder.file("b.csv.gz", packed.finish().unwrap());
    folder.file(".hidden", "nothing");
    folder.file("a.csv", format!("{}garbage\n", text(&all[4_990..])));
    let found = Files::among(&folder.0).unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    let replaced = files.take(&found[0], false).await.unwrap();
    assert_eq!((replaced.tally.recorded, replaced.tally.held), (10, 1));
    let packed = files.take(&found[1], false).await.unwrap();
    eprintln!("{}", packed.sentence());
    assert_eq!((packed.tally.recorded, packed.tally.unchanged), (988, 4_012));
    assert_eq!(calls(&house).await, 5_000);
    assert_eq!(held(&house).await["total"], 1);
    assert!(Files::of(house.rooms(), SourceId(Uuid::now_v7())).await.is_err());
    house.is_healthy().await;
}
