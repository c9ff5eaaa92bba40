//! The engine keeps its promises: nothing lost, nothing doubled, nothing blocked, and every row provable.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "engine/world.rs"]
mod world;

use domain::{Instant, TenantId};
use eventlog::Position;
use projections::engine::{model, set_up, status, verify};
use projections::{Reader, rebuild};
use sqlx::{AssertSqlSafe, Executor};
use std::time::Duration;
use uuid::Uuid;
use world::{Sites, World, body};

#[tokio::test(flavor = "multi_thread")]
async fn stored_rows_are_the_fresh_fold_and_settle_waits_for_them() {
    let world = World::new().await;
    let engine = world.engine(vec![model::<Sites<1>>()]);
    for n in 0..30 {
        let id = world.add(&format!("Site {n}")).await;
        world.append(id, 1, &[("location.changed", &body(&format!("Site {n} b")))]).await;
        if n % 3 == 0 {
            world.append(id, 2, &[("location.removed", "{}")]).await;
        }
    }
    assert!(engine.settle().await);
    assert_eq!(world.count("select count(*) from read.sites").await, 20);
    assert_eq!(world.count("select events from read.site_counts").await, 70);
    world.proven(model::<Sites<1>>()).await;

    // How fresh a batch was is noted with the next one, and those above may have been a single one.
    world.add("One more").await;
    assert!(engine.settle().await);
    let status = engine.status().await.unwrap();
    assert_eq!((status[0].lag_events, status[0].parked, &status[0].stopped), (0, 0, &None));
    assert!(status[0].freshness_p99_ms.is_some_and(|p99| p99 < 5_000.0), "{status:?}");
    assert!(!engine.wait_for(Position::from_i64(72), Duration::from_millis(50)).await);
    engine.shutdown().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_engines_on_one_database_lose_and_double_nothing() {
    let world = World::new().await;
    let (one, two) = (world.engine(vec![model::<Sites<1>>()]), world.engine(vec![model::<Sites<1>>()]));
    for n in 0..40 {
        world.add(&format!("Site {n}")).await;
        if n == 20 {
            one.shutdown().await;
        }
    }
    assert!(two.settle().await);
    let three = world.engine(vec![model::<Sites<1>>()]);
    world.add("last").await;
    // Whichever leads, whoever waits hears of it.
    assert!(two.settle().await && three.settle().await);
    assert_eq!(world.count("select events from read.site_counts").await, 41);
    world.proven(model::<Sites<1>>()).await;
    two.shutdown().await;
    three.shutdown().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_stream_blocks_no_other_and_a_rebuild_takes_it_up_again() {
    let world = World::new().await;
    let [fine, nonsense, unreadable, long] =
        [world.add("fine").await, world.add("a").await, world.add("b").await, world.add("c").await];
    world.append(nonsense, 1, &[("location.changed", &body("nonsense"))]).await;
    world.append(unreadable, 1, &[("location.changed", r#"{"name":7}"#)]).await;
    // Longer than the column: only the database notices.
    world.append(long, 1, &[("location.changed", &body(&"x".repeat(60)))]).await;
    for (id, version) in [(fine, 1), (nonsense, 2), (unreadable, 2)] {
        world.append(id, version, &[("location.changed", &body("later"))]).await;
    }
    let engine = world.engine(vec![model::<Sites<1>>()]);
    assert!(engine.settle().await);
    assert_eq!(world.names().await, ["a", "b", "c", "later"]);
    assert_eq!(status(&world.projector, &world.log).await.unwrap()[0].parked, 3);
    // What could be applied of the first batch counts; the undone event does not.
    assert_eq!(world.count("select events from read.site_counts").await, 5);
    world.add("after").await;
    assert!(engine.settle().await);

    // A rebuild by the same rules parks the same things.
    rebuild(&world.owner, &world.log, &[model::<Sites<1>>()], |_, _, _| ()).await.unwrap();
    assert_eq!(world.names().await, ["a", "after", "b", "c", "later"]);
    assert_eq!(status(&world.projector, &world.log).await.unwrap()[0].parked, 3);
    engine.shutdown().await;

    // Rules that understand, and a wider column.
    rebuild(&world.owner, &world.log, &[model::<Sites<3>>()], |_, _, _| ()).await.unwrap();
    assert_eq!(world.names().await, ["after", "b", "later", "later", &"x".repeat(60)]);
    assert_eq!(status(&world.projector, &world.log).await.unwrap()[0].parked, 1);
    world.proven(model::<Sites<3>>()).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_overtaken_writes_nothing_and_claims_anew() {
    let world = World::new().await;
    let engine = world.engine(vec![model::<Sites<1>>()]);
    world.add("one").await;
    assert!(engine.settle().await);
    let epoch = world.count("select epoch from projection.checkpoints").await;
    world.owner.execute("update projection.checkpoints set epoch = epoch + 1").await.unwrap();
    world.add("two").await;
    assert!(engine.settle().await);
    assert_eq!(world.count("select epoch from projection.checkpoints").await, epoch + 2);
    world.proven(model::<Sites<1>>()).await;

    // Rows changed behind the worker's back are read again after a claim: it forgot what it knew.
    world.owner.execute("update read.site_counts set events = 100").await.unwrap();
    world.owner.execute("update projection.checkpoints set epoch = epoch + 1").await.unwrap();
    world.add("three").await;
    assert!(engine.settle().await);
    assert_eq!(world.count("select events from read.site_counts").await, 101);
    engine.shutdown().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_loses_its_connection_at_any_moment_loses_and_doubles_nothing() {
    let world = World::new().await;
    let engine = world.engine(vec![model::<Sites<1>>()]);
    for n in 0..60 {
        world.add(&format!("Site {n}")).await;
        if n % 6 == 0 {
            let kill = "select pg_terminate_backend(pid) from pg_stat_activity
                        where datname = current_database() and application_name = 'docket projects sites'";
            world.owner.execute(kill).await.unwrap();
            tokio::time::sleep(Duration::from_millis(n * 5)).await;
        }
    }
    assert!(engine.settle().await);
    assert_eq!(world.count("select events from read.site_counts").await, 60);
    world.proven(model::<Sites<1>>()).await;
    engine.shutdown().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_runs_beside_appends_and_readers() {
    let world = World::new().await;
    let engine = world.engine(vec![model::<Sites<1>>()]);
    let app = projections::reader::pool(world.options.clone(), "docket_app", 2).await.unwrap();
    let (reader, tenant) = (Reader::new(app), world.tenant);
    let appending = async {
        for n in 0..150 {
            world.add(&format!("Site {n}")).await;
        }
    };
    let reading = async {
        for _ in 0..100 {
            let count = sqlx::query_scalar::<_, i64>("select count(*) from sites");
            let seen = reader.as_tenant(tenant, |conn| Box::pin(count.fetch_one(conn))).await.unwrap();
            assert!(seen >= 1);
        }
    };
    let rebuilding = async {
        for _ in 0..5 {
            rebuild(&world.owner, &world.log, &[model::<Sites<1>>()], |_, _, _| ()).await.unwrap();
        }
    };
    world.add("first").await;
    assert!(engine.settle().await);
    tokio::join!(appending, reading, rebuilding);
    assert!(engine.settle().await);
    assert_eq!(world.count("select events from read.site_counts").await, 151);
    assert_eq!(world.count("select generation::bigint from projection.checkpoints").await, 6);
    assert_eq!(world.count("select count(*) from pg_namespace where nspname like 'shadow%'").await, 0);
    assert_eq!(world.count("select count(*) from read.site_names").await, 151);
    world.proven(model::<Sites<1>>()).await;
    engine.shutdown().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_finds_every_row_that_was_tampered_with() {
    let world = World::new().await;
    let engine = world.engine(vec![model::<Sites<1>>()]);
    let [changed, gone, _] = [world.add("changed").await, world.add("gone").await, world.add("fine").await];
    assert!(engine.settle().await);
    engine.shutdown().await;
    world.proven(model::<Sites<1>>()).await;
    for sql in [
        format!("update read.sites set share = share + 0.01 where location_id = '{changed}'"),
        format!("delete from read.sites where location_id = '{gone}'"),
        format!("insert into read.site_counts values ('{}', 1)", Uuid::now_v7()),
    ] {
        world.owner.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    let found = verify(&world.projector, &world.log, &[model::<Sites<1>>()]).await.unwrap();
    let mut kinds: Vec<_> = found.iter().map(|d| (d.table, d.stored.is_some(), d.fresh.is_some())).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [("site_counts", true, false), ("sites", false, true), ("sites", true, true)]);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raised_version_fills_a_new_generation_and_swaps_it_in() {
    let world = World::new().await;
    let old = world.engine(vec![model::<Sites<1>>()]);
    world.add("one").await;
    assert!(old.settle().await);
    old.shutdown().await;
    // Left over from a program that was killed while filling.
    world.owner.execute("create schema shadow_sites_2; create table shadow_sites_2.sites ()").await.unwrap();
    set_up(&world.owner, &[model::<Sites<2>>()]).await.unwrap();
    assert_eq!(world.names().await, ["one"]);
    let new = world.engine(vec![model::<Sites<2>>()]);
    world.add("two").await;
    assert!(new.settle().await);
    assert_eq!(world.names().await, ["one", "two"]);
    assert_eq!(new.status().await.unwrap()[0].version, 2);
    assert_eq!(world.count("select count(*) from pg_class where relname = 'site_names'").await, 0);
    world.proven(model::<Sites<2>>()).await;
    new.shutdown().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_event_stops_the_model_loudly_after_all_that_came_before() {
    let world = World::new().await;
    let engine = world.engine(vec![model::<Sites<1>>()]);
    let id = world.add("one").await;
    let unknown = world.append(id, 1, &[("location.teleported", "{}")]).await;
    assert!(!engine.wait_for(unknown, Duration::from_secs(10)).await);
    // Those who settle do not wait for what does not move.
    assert!(engine.settle().await);
    let status = engine.status().await.unwrap();
    assert!(status[0].stopped.as_ref().is_some_and(|why| why.contains("location.teleported")), "{status:?}");
    assert_eq!((status[0].lag_events, world.names().await), (1, vec!["one".to_owned()]));
    engine.shutdown().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_one_tenant_and_changes_nothing() {
    let mut world = World::new().await;
    let engine = world.engine(vec![model::<Sites<1>>()]);
    world.add("ours").await;
    let ours = std::mem::replace(&mut world.tenant, TenantId(Uuid::now_v7()));
    world.add("theirs").await;
    assert!(engine.settle().await);
    let app = projections::reader::pool(world.options.clone(), "docket_app", 2).await.unwrap();
    let reader = Reader::new(app.clone());
    let names = || sqlx::query_scalar::<_, String>("select name from sites order by name");
    assert_eq!(reader.as_tenant(ours, move |c| Box::pin(names().fetch_all(c))).await.unwrap(), ["ours"]);
    assert_eq!(reader.every_tenant(move |c| Box::pin(names().fetch_all(c))).await.unwrap(), ["ours", "theirs"]);
    let views = || sqlx::query_scalar::<_, String>("select name from site_names");
    assert_eq!(reader.as_tenant(ours, move |c| Box::pin(views().fetch_all(c))).await.unwrap(), ["ours"]);
    // Nobody named, nothing seen; and the settings of one question do not reach the next.
    assert_eq!(names().fetch_all(&app).await.unwrap(), Vec::<String>::new());
    let write = reader.every_tenant(|c| Box::pin(async move { c.execute("delete from sites").await.map(|_| ()) }));
    assert!(write.await.is_err());
    let analyst = projections::reader::pool(world.options.clone(), "docket_analyst", 1).await.unwrap();
    assert_eq!(Reader::new(analyst).every_tenant(move |c| Box::pin(names().fetch_all(c))).await.unwrap(), Vec::<String>::new());
    // Nobody waits for a question that takes too long, and PostgreSQL does not go on with it.
    let slow = || sqlx::query_scalar::<_, String>("select pg_sleep(20)::text");
    let hurried = reader.clone().at_most(Duration::from_millis(50));
    let late = hurried.every_tenant(move |c| Box::pin(slow().fetch_one(c))).await.unwrap_err();
    assert_eq!(late.as_database_error().and_then(|error| error.code()).as_deref(), Some("57014"), "{late}");
    let instant: Instant = reader.every_tenant(|c| Box::pin(sqlx::query_scalar("select now()").fetch_one(c))).await.unwrap();
    assert!(instant.timestamp() > 0);
    engine.shutdown().await;
    world.end().await;
}
