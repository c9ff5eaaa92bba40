//! What a caller may rely on, one promise at a time.

use crate::ground::{Ground, TENANT, append, event, sound, stream};
use chrono::SubsecRound;
use domain::{Actor, StreamId, TenantId};
use eventlog::{AppendError, Position, StreamAppend};
use std::sync::Arc;
use uuid::Uuid;

pub async fn what_is_appended_is_read_back(on: Arc<Ground>) {
    let log = &on.log;
    assert_eq!(log.head().await.unwrap().position, Position::START);
    let mut asked = append(&[(stream(1), 0)]);
    asked.actor = Actor::Operator;
    asked.cause = Some(Uuid::from_u128(9));
    asked.streams[0].events.push(event("case.closed"));
    asked.streams[0].events[1].occurred_at = "2012-10-09T14:50:17.1234567Z".parse().unwrap();
    let receipt = log.append(asked.clone()).await.unwrap();
    assert_eq!((receipt.stream.clone(), receipt.version, receipt.replayed), (stream(1), 2, false));
    assert_eq!(receipt.position.to_i64(), 2);

    let read = sound(log).await;
    for (read, asked_event) in read.iter().zip(&asked.streams[0].events) {
        assert_eq!((&read.stream, &read.name, read.schema), (&stream(1), &asked_event.name, 1));
        assert_eq!((read.event_id, &read.body), (asked_event.id, &asked_event.body));
        assert_eq!(read.occurred_at, asked_event.occurred_at.trunc_subsecs(6));
        assert_eq!((&read.actor, read.cause, &read.key), (&Actor::Operator, asked.cause, &asked.key));
        assert_eq!(read.recorded_at, receipt.recorded_at);
    }
    assert_eq!(log.read(receipt.position, 10).await.unwrap(), []);
    assert_eq!(log.read(Position::START, 1).await.unwrap(), read[..1]);
    assert_eq!(*log.changes().borrow(), receipt.position);

    log.append(append(&[(stream(2), 0), (stream(1), 2)])).await.unwrap();
    let histories = log.read_streams(&[(stream(1), 1), (stream(3), 0), (stream(2), 0)]).await.unwrap();
    let places: Vec<_> = histories.iter().map(|event| (event.stream.clone(), event.version)).collect();
    assert_eq!(places, [(stream(1), 2), (stream(1), 3), (stream(2), 1)]);
    sound(log).await;
}

pub async fn one_command_over_several_streams_is_all_or_nothing(on: Arc<Ground>) {
    on.log.append(append(&[(stream(1), 0)])).await.unwrap();
    let refused = on.log.append(append(&[(stream(2), 0), (stream(1), 0), (stream(3), 0)])).await;
    assert_eq!(refused, Err(AppendError::Conflict { stream: stream(1), expected: 0 }));
    assert_eq!(sound(&on.log).await.len(), 1);

    let receipt = on.log.append(append(&[(stream(2), 0), (stream(1), 1), (stream(3), 0)])).await.unwrap();
    assert_eq!((receipt.stream, receipt.version, receipt.position.to_i64()), (stream(2), 1, 4));
    let order: Vec<_> = sound(&on.log).await.into_iter().skip(1).map(|event| event.stream).collect();
    assert_eq!(order, [stream(2), stream(1), stream(3)]);
}

pub async fn a_stream_without_events_is_only_looked_at(on: Arc<Ground>) {
    on.log.append(append(&[(stream(1), 0)])).await.unwrap();
    let looking_at = |expected| {
        let mut asked = append(&[(stream(1), expected), (stream(2), 0)]);
        asked.streams[0].events.clear();
        asked
    };
    let refused = on.log.append(looking_at(0)).await;
    assert_eq!(refused, Err(AppendError::Conflict { stream: stream(1), expected: 0 }));
    let receipt = on.log.append(looking_at(1)).await.unwrap();
    assert_eq!((receipt.stream, receipt.version, receipt.position.to_i64()), (stream(2), 1, 2));
    // Looking leaves no trace for those that come later in the batch.
    let mut second = looking_at(1);
    second.streams[1].stream = stream(3);
    let verdicts = on.log.append_all(vec![second, append(&[(stream(1), 1)])]).await;
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    assert_eq!(sound(&on.log).await.len(), 4);
}

pub async fn a_version_too_low_conflicts(on: Arc<Ground>) {
    on.log.append(append(&[(stream(1), 0)])).await.unwrap();
    on.log.append(append(&[(stream(1), 1)])).await.unwrap();
    let refused = on.log.append(append(&[(stream(1), 1)])).await;
    assert_eq!(refused, Err(AppendError::Conflict { stream: stream(1), expected: 1 }));
    sound(&on.log).await;
}

pub async fn a_version_too_high_conflicts(on: Arc<Ground>) {
    on.log.append(append(&[(stream(1), 0)])).await.unwrap();
    for expected in [2, 5] {
        let refused = on.log.append(append(&[(stream(1), expected)])).await;
        assert_eq!(refused, Err(AppendError::Conflict { stream: stream(1), expected }));
    }
    let refused = on.log.append(append(&[(stream(2), 1)])).await;
    assert_eq!(refused, Err(AppendError::Conflict { stream: stream(2), expected: 1 }));
    assert_eq!(sound(&on.log).await.len(), 1);
}

pub async fn a_key_seen_before_gets_the_first_answer(on: Arc<Ground>) {
    on.log.append(append(&[(stream(9), 0)])).await.unwrap();
    let mut asked = append(&[(stream(1), 0), (stream(2), 0)]);
    asked.streams[0].events.push(event("case.closed"));
    let first = on.log.append(asked.clone()).await.unwrap();
    assert_eq!((first.version, first.position.to_i64()), (2, 4));
    on.log.append(append(&[(stream(1), 2)])).await.unwrap();

    // Neither later events nor versions that meanwhile are too low change it.
    let again = on.log.append(asked.clone()).await.unwrap();
    assert!(again.replayed);
    assert_eq!(eventlog::Receipt { replayed: false, ..again.clone() }, first);
    assert_eq!(on.log.find(TENANT, &asked.key).await.unwrap(), Some((again, asked.fingerprint)));
    assert_eq!(on.log.find(TENANT, "never used").await.unwrap(), None);
    assert_eq!(on.log.find(TenantId::SYSTEM, &asked.key).await.unwrap(), None);

    // Twice in one batch, and together with something new.
    let twice = append(&[(stream(3), 0)]);
    let verdicts = on.log.append_all(vec![twice.clone(), asked, twice, append(&[(stream(3), 1)])]).await;
    let replayed: Vec<_> = verdicts.iter().map(|verdict| verdict.as_ref().unwrap().replayed).collect();
    assert_eq!(replayed, [false, true, true, false]);
    assert_eq!(sound(&on.log).await.len(), 7);
}

pub async fn a_key_with_another_body_is_refused(on: Arc<Ground>) {
    let asked = append(&[(stream(1), 0)]);
    on.log.append(asked.clone()).await.unwrap();
    let mut other = append(&[(stream(1), 1)]);
    other.key = asked.key.clone();
    other.fingerprint = [2; 32];
    assert_eq!(on.log.append(other.clone()).await, Err(AppendError::KeyReused { key: asked.key.clone() }));
    // Another tenant's keys are its own.
    let tenant = TenantId(Uuid::from_u128(8));
    other.tenant = tenant;
    other.streams[0].stream = StreamId { tenant, ..stream(1) };
    other.streams[0].expected = 0;
    on.log.append(other).await.unwrap();
    assert_eq!(sound(&on.log).await.len(), 2);
}

pub async fn a_conflict_in_a_batch_takes_its_dependants_and_no_others(on: Arc<Ground>) {
    on.log.append(append(&[(stream(1), 0)])).await.unwrap();
    let verdicts = on
        .log
        .append_all(vec![
            append(&[(stream(2), 0)]),
            append(&[(stream(3), 0), (stream(1), 0)]), // someone was faster
            append(&[(stream(3), 1)]),                 // builds on it
            append(&[(stream(4), 0), (stream(3), 2)]), // builds on that
            append(&[(stream(4), 0)]),
            append(&[(stream(2), 1), (stream(4), 1)]), // builds on what passed
        ])
        .await;
    let conflict = |number, expected| Some(AppendError::Conflict { stream: stream(number), expected });
    let errors: Vec<_> = verdicts.iter().map(|verdict| verdict.clone().err()).collect();
    assert_eq!(errors, [None, conflict(1, 0), conflict(3, 1), conflict(3, 2), None, None]);
    let positions: Vec<_> = verdicts.iter().flatten().map(|receipt| receipt.position.to_i64()).collect();
    assert_eq!(positions, [2, 3, 5]);
    assert_eq!(sound(&on.log).await.len(), 5);
}

pub async fn a_batch_in_the_wrong_order_conflicts(on: Arc<Ground>) {
    let verdicts = on.log.append_all(vec![append(&[(stream(1), 1)]), append(&[(stream(1), 0)])]).await;
    assert_eq!(verdicts[0], Err(AppendError::Conflict { stream: stream(1), expected: 1 }));
    assert!(verdicts[1].is_ok());
    assert_eq!(sound(&on.log).await.len(), 1);
}

pub async fn a_malformed_append_spoils_no_other(on: Arc<Ground>) {
    let mut malformed = vec![append(&[(stream(1), 0)]); 8];
    malformed[0].key = String::new();
    malformed[1].key = "k".repeat(3_000);
    malformed[2].key = "nul\0".into();
    malformed[3].streams[0].events.clear();
    malformed[4].streams[0].events[0].name = "case.\0".into();
    malformed[5].streams[0].events[0].occurred_at = chrono::DateTime::<chrono::Utc>::MAX_UTC;
    malformed[6].tenant = TenantId::SYSTEM;
    malformed[7].streams.push(StreamAppend { stream: stream(1), expected: 1, events: vec![event("case.noted")] });
    let mut batch = malformed.clone();
    batch.push(append(&[(stream(1), 0)]));
    let verdicts = on.log.append_all(batch).await;
    for verdict in &verdicts[..8] {
        assert!(matches!(verdict, Err(AppendError::Unavailable(_))), "{verdict:?}");
    }
    assert!(verdicts[8].is_ok());
    assert_eq!(on.log.find(TENANT, "nul\0").await.unwrap(), None);
    // Bodies are bytes; whether they are good JSON is not the log's business.
    let mut strange = append(&[(stream(2), 0)]);
    strange.streams[0].events[0].body = b"{\"a\":\"\\u0000\"}\0\xff".to_vec();
    on.log.append(strange.clone()).await.unwrap();
    assert_eq!(sound(&on.log).await[1].body, strange.streams[0].events[0].body);
}

pub async fn the_same_ids_of_two_tenants_are_two_streams(on: Arc<Ground>) {
    let other = TenantId(Uuid::from_u128(8));
    let theirs = StreamId { tenant: other, ..stream(1) };
    let location = StreamId::new(TENANT, "location", Uuid::from_u128(1));
    on.log.append(append(&[(stream(1), 0), (theirs.clone(), 0), (location, 0)])).await.unwrap();
    let read = on.log.read_streams(&[(theirs.clone(), 0)]).await.unwrap();
    assert_eq!(read.iter().map(|event| &event.stream).collect::<Vec<_>>(), [&theirs]);
    assert_eq!(sound(&on.log).await.len(), 3);
}

pub async fn more_than_one_call_can_carry_keeps_its_order(on: Arc<Ground>) {
    let batch = (0..1_300).map(|version| append(&[(stream(1), version)])).collect();
    let verdicts = on.log.append_all(batch).await;
    let versions: Vec<_> = verdicts.into_iter().map(|verdict| verdict.unwrap().version).collect();
    assert_eq!(versions, (1..=1_300).collect::<Vec<_>>());
    assert_eq!(sound(&on.log).await.len(), 1_300);
}

pub async fn whoever_goes_away_undoes_nothing(on: Arc<Ground>) {
    let asked = append(&[(stream(1), 0)]);
    {
        let mut appending = std::pin::pin!(on.log.append(asked.clone()));
        // One poll hands it over; then the caller is gone.
        assert!(futures::poll!(&mut appending).is_pending() || !on.lasts());
    }
    let mut waited = 0;
    while on.log.find(TENANT, &asked.key).await.unwrap().is_none() {
        waited += 1;
        assert!(waited < 200, "it was handed over, so it is recorded");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(sound(&on.log).await.len(), 1);
}
