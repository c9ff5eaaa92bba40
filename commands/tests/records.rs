//! Records of calls in one go and one by one, more than once and under way at the same time: the same calls.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ground;

use commands::calls::record::{RecordCdr, target};
use commands::{Ask, Error};
use domain::calls::call::Call;
use domain::calls::cdr::{Field, KeyField, Layout};
use domain::{SourceId, StreamId};
use ground::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

const SOURCE: SourceId = SourceId(Uuid::from_u128(0x5C));

async fn ground() -> Ground {
    let ground = Ground::new().await;
    ground
        .ok(ask(
            "AddSource",
            SOURCE.0,
            json!({"name": "Office", "fields": ["callid", "time-start", "time-end", "to-dn", "to-type"]}),
        ))
        .await;
    ground
}

fn layout() -> Layout {
    let fields = vec![Field::CallId, Field::TimeStart, Field::TimeEnd, Field::ToDn, Field::ToType];
    Layout { source: SOURCE, fields, zone: "UTC".parse().unwrap(), key: KeyField::CallId }
}

fn asked(line: &str) -> Ask {
    let on = target(TENANT, SOURCE, &layout().line(line), line);
    Ask::new(RecordCdr { source: SOURCE, line: Some(line.to_owned()), record: None }).on(on)
}

fn line() -> impl Strategy<Value = String> {
    let good = (0..4u8, 0..5u8, 0..5u8, 101..104u8)
        .prop_map(|(call, start, end, to)| format!("C{call},2026-01-05 08:00:0{start},2026-01-05 08:01:0{end},{to},Extension"));
    prop_oneof![8 => good, 1 => "[a-z,]{0,8}"]
}

/// What is on record of every call, and how much is in quarantine.
async fn came_of(ground: &Ground) -> (Vec<String>, usize) {
    let mut calls = vec![];
    for n in 0..4 {
        let id = Call::id(TENANT, SOURCE, &format!("C{n}"));
        let (call, _) = ground.commands.state::<Call>(TENANT, id).await.unwrap();
        calls.push(call.facts().map(|facts| serde_json::to_string(facts).unwrap()).unwrap_or_default());
    }
    let held = ground.everything().await.iter().filter(|event| event.name == "held_record.held").count();
    (calls, held)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn together_or_alone_the_same_calls(lines in vec(line(), 0..40), cut in 0..40usize) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let (alone, together, apart) = (ground().await, ground().await, ground().await);
            for line in &lines {
                alone.ok(asked(line)).await;
            }
            for answer in together.commands.execute_all(&process(), lines.iter().map(|line| asked(line)).collect()).await {
                answer.unwrap();
            }
            // Two processes at the same time, each with all of it.
            let other = apart.another();
            let (cut, who) = (cut.min(lines.len()), process());
            let mut turned = lines.clone();
            turned.rotate_left(cut);
            let both = (
                apart.commands.execute_all(&who, lines.iter().map(|line| asked(line)).collect()),
                other.commands.execute_all(&who, turned.iter().map(|line| asked(line)).collect()),
            );
            let (first, second) = tokio::join!(both.0, both.1);
            for answer in first.into_iter().chain(second) {
                answer.unwrap();
            }
            let expected = came_of(&alone).await;
            assert_eq!(came_of(&together).await, expected);
            assert_eq!(came_of(&apart).await, expected);
            let events = together.everything().await.len();
            for answer in together.commands.execute_all(&process(), lines.iter().map(|line| asked(line)).collect()).await {
                assert!(answer.unwrap().unchanged);
            }
            assert_eq!(together.everything().await.len(), events);
        });
    }
}

#[tokio::test]
async fn a_record_of_a_source_that_is_not_there_is_refused() {
    let ground = ground().await;
    let nowhere = ask("RecordCdr", Uuid::now_v7(), json!({"source": Uuid::now_v7(), "line": "x"}));
    assert_eq!(ground.refused(nowhere).await, "unknown_source");
    let both = ask("RecordCdr", Uuid::now_v7(), json!({"source": SOURCE, "line": "x", "record": {}}));
    assert!(matches!(ground.run(both).await, Err(Error::Invalid { field, .. }) if field == "line"));
    // Without an id of the asker's, what it is about follows from the record all the same.
    let named = ground.ok(new("RecordCdr", json!({"source": SOURCE, "line": "C9,2026-01-05 08:00:00,,101,Extension"}))).await;
    assert_eq!(named.id, Call::id(TENANT, SOURCE, "C9").0);
    assert_eq!(ground.names::<Call>(named.id).await, ["call.recorded"]);
    ground.ok(ask("RemoveSource", SOURCE.0, json!({}))).await;
    assert_eq!(ground.refused(asked("C9,2026-01-05 08:00:00,,102,Extension")).await, "unknown_source");
    let stream = StreamId::of::<Call>(TENANT, named.id);
    assert_eq!(ground.log.read_streams(&[(stream, 0)]).await.unwrap().len(), 1);
}
