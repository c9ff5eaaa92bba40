//! Files that are renamed, shortened, unreadable or away while they are followed: nothing is lost, and nothing holds up the rest.

use super::wires::{Folder, calls, lines};
use super::{Switchboard, switchboard};
use crate::house::House;
use api::calls::files::{Failed, Files, Following, Taken};
use domain::SourceId;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

async fn ground() -> (House, Switchboard, Files) {
    let house = House::open().await;
    let board = switchboard(&house.admin, serde_json::json!({})).await;
    let files = Files::of(house.rooms(), SourceId(board.id)).await.unwrap();
    (house, board, files)
}

/// What was new at this look: how many records were recorded, and how many were here already.
async fn look(following: &mut Following) -> Vec<(usize, usize)> {
    let counts = |taken: Taken| (taken.tally.recorded, taken.tally.unchanged);
    following.look().await.into_iter().map(|(_, came)| counts(came.unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_followed_may_be_renamed_and_end_in_a_line() {
    let (house, _, files) = ground().await;
    let (folder, all) = (Folder::new(), lines(0, 40));
    let (path, moved) = (folder.file("live.csv", text(&all[..10])), folder.0.join("elsewhere"));
    let mut following = Following::of(files, vec![path.clone()]);
    assert_eq!(look(&mut following).await, [(10, 0)]);
    assert_eq!(look(&mut following).await, [], "what has not changed is not read again");

    // It is renamed, and whoever writes it goes on for a while.
    append(&path, &text(&all[10..15]));
    std::fs::create_dir(&moved).unwrap();
    let moved = moved.join("old.csv");
    std::fs::rename(&path, &moved).unwrap();
    assert_eq!(look(&mut following).await, [(5, 0)]);
    append(&moved, &text(&all[15..18]));
    folder.file("live.csv", text(&all[18..22]));
    assert_eq!(look(&mut following).await, [(7, 0)], "the rest of the old one and the new one");

    // Its last line has no end.
    append(&path, &all[22]);
    assert_eq!(look(&mut following).await, [(0, 0)], "more of it may come");
    assert_eq!(look(&mut following).await, []);
    following.quiet = Duration::ZERO;
    assert_eq!(look(&mut following).await, [(1, 0)], "nothing more came");
    assert_eq!(look(&mut following).await, []);
    append(&path, &format!("\n{}", text(&all[23..24])));
    assert_eq!(look(&mut following).await, [(1, 1)]);
    assert_eq!(calls(&house).await, 24);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_gained_before_it_was_renamed_or_shortened_is_taken() {
    let (house, _, files) = ground().await;
    let (folder, all) = (Folder::new(), lines(0, 100));
    let path = folder.file("cdr.csv", text(&all[..60]));
    let counts = async |path: &Path| {
        let tally = files.take(path, false).await.unwrap().tally;
        (tally.recorded, tally.unchanged)
    };
    assert_eq!(counts(&path).await, (60, 0));
    append(&path, &text(&all[60..65]));
    let old = folder.0.join("cdr.csv.1");
    std::fs::rename(&path, &old).unwrap();
    folder.file("cdr.csv", text(&all[65..68]));
    folder.file("other.csv", text(&all[90..]));
    assert_eq!(counts(&path).await, (8, 0), "first what came before it was renamed");
    assert_eq!(counts(&old).await, (0, 0), "it is known under its new name");
    assert_eq!(counts(&path).await, (0, 0));

    // Shortened, and with other lines after the same beginning.
    let same = folder.file("same.csv", text(&all[..60]));
    assert_eq!(counts(&same).await, (0, 60));
    folder.file("same.csv", text(&[&all[..40], &all[70..75]].concat()));
    assert_eq!(counts(&same).await, (5, 40));
    assert_eq!(calls(&house).await, 73);
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_holds_up_no_other() {
    let (house, board, files) = ground().await;
    let (folder, all) = (Folder::new(), lines(0, 10));
    folder.file("a.csv.gz", b"\x1f\x8b and then no gzip");
    folder.file("b.csv", text(&all[..4]));
    let away = folder.0.join("away").join("c.csv");
    let mut following = Following::of(files, vec![folder.0.clone(), away.clone()]);
    let news = following.look().await;
    assert_eq!(news.iter().map(|(_, came)| came.is_ok()).collect::<Vec<_>>(), [false, true, false]);
    assert!(news.iter().all(|(_, came)| came.as_ref().err().is_none_or(Failed::is_of_a_file)), "{news:?}");
    assert_eq!(following.look().await.len(), 0, "it is told once");
    std::fs::create_dir(away.parent().unwrap()).unwrap();
    std::fs::write(&away, text(&all[4..7])).unwrap();
    assert_eq!(look(&mut following).await, [(3, 0)], "it is there now");
    following.patience = Duration::ZERO;
    assert!(matches!(&following.look().await[..], [(_, Err(_))]), "it is tried again");

    // The program takes the others too, and says by its exit code that something is left.
    folder.file("d.csv", text(&all[7..]));
    let done = tokio::process::Command::new(env!("CARGO_BIN_EXE_docket-of-the-stories"))
        .args(["ingest", "cdr", "--source", &board.id.to_string()])
        .arg(&folder.0)
        .env("DATABASE_URL", house.database_url())
        .output();
    let done = done.await.unwrap();
    assert_eq!(done.status.code(), Some(2), "{done:?}");
    assert_eq!(calls(&house).await, 10, "{done:?}");
    house.is_healthy().await;
}
