//! What only a log on disk has to promise: that nobody changes it, and that every door but one is locked.

use crate::ground::{Ground, TENANT, append, sound, stream};
use domain::{StreamId, TenantId};
use eventlog::{AppendError, Position, ReadError, postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

async fn refused(connection: &mut PgConnection, sql: &str) -> String {
    let outcome = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await;
    outcome.expect_err(sql).to_string()
}

pub async fn nothing_recorded_can_be_changed(on: Arc<Ground>) {
    on.log.append(append(&[(stream(1), 0)])).await.unwrap();
    let mut owner = PgConnection::connect_with(&on.owner()).await.unwrap();
    for sql in [
        "update log.events set type = 'case.forgotten'",
        "update log.events set type = 'case.forgotten' where false",
        "delete from log.events",
        "truncate log.events",
        "truncate log.events cascade",
        "set session_replication_role = replica; delete from log.events",
        "delete from log.turn",
        "insert into log.turn default values",
    ] {
        let said = refused(&mut owner, sql).await;
        assert!(said.contains("the log is append-only"), "{sql}: {said}");
    }
    assert_eq!(sound(&on.log).await.len(), 1);
}

pub async fn the_app_writes_only_through_the_one_door(on: Arc<Ground>) {
    on.log.append(append(&[(stream(1), 0)])).await.unwrap();
    for role in ["docket_app", "docket_projector", "docket_auditor", "docket_analyst"] {
        let pool = on.pool(role).await;
        let mut connection = pool.acquire().await.unwrap();
        for sql in [
            "insert into log.events select * from log.events",
            "update log.events set version = 2",
            "delete from log.events",
            "truncate log.events",
            "select from log.turn for update",
            "drop table log.events",
            "alter table log.events disable trigger all",
            "alter table log.events no force row level security",
            "create table log.other ()",
            "select log.place('{}', 0, now())",
        ] {
            let said = refused(&mut connection, sql).await;
            assert!(said.contains("permission denied") || said.contains("must be owner"), "{role}, {sql}: {said}");
        }
        // Giving the role back leads to the role again.
        sqlx::query("reset role").execute(&mut *connection).await.unwrap();
        let now: String = sqlx::query_scalar("select current_user::text").fetch_one(&mut *connection).await.unwrap();
        assert_eq!(now, role);
        if role != "docket_app" {
            assert!(refused(&mut connection, "select log.append('{}')").await.contains("permission denied"));
        }
    }
    assert_eq!(sound(&on.log).await.len(), 1);
}

pub async fn people_with_sql_see_one_tenant(on: Arc<Ground>) {
    let theirs = StreamId { tenant: TenantId(Uuid::from_u128(8)), ..stream(1) };
    let mut asked = append(&[(stream(1), 0), (theirs, 0), (stream(2), 0)]);
    asked.streams[2].events[0].body = br#"{"nul":"\u0000"}"#.to_vec();
    on.log.append(asked).await.unwrap();
    let seen = |role: &'static str, tenant: String| {
        let on = on.clone();
        async move {
            let mut tx = on.pool(role).await.begin().await.unwrap();
            sqlx::query("select set_config('docket.tenant', $1, true)").bind(tenant).execute(&mut *tx).await.unwrap();
            let rows: Vec<(i64, Option<String>)> =
                sqlx::query_as("select position, body->>'amount' from log.readable order by 1")
                    .fetch_all(&mut *tx)
                    .await
                    .unwrap();
            rows
        }
    };
    let (shown, cannot_be_shown) = (Some("10.00".to_owned()), None::<String>);
    for role in ["docket_auditor", "docket_analyst"] {
        assert_eq!(seen(role, TENANT.to_string()).await, [(1, shown.clone()), (3, cannot_be_shown.clone())]);
        assert_eq!(seen(role, Uuid::from_u128(8).to_string()).await, [(2, shown.clone())]);
        assert_eq!(seen(role, String::new()).await, []);
    }
    assert_eq!(seen("docket_projector", String::new()).await.len(), 3);
}

pub async fn an_unsafe_database_is_refused(on: Arc<Ground>) {
    use postgres::{NotSafe, refuse_unless_safe};
    on.log.append(append(&[(stream(1), 0), (stream(2), 0)])).await.unwrap();
    let app = on.pool(postgres::APP_ROLE).await;
    refuse_unless_safe(&app).await.unwrap();

    let owner = sqlx::PgPool::connect_with(on.owner()).await.unwrap();
    assert!(matches!(refuse_unless_safe(&owner).await, Err(NotSafe::Powerful { .. })));
    let hasty = on.owner().options([("synchronous_commit", "off")]);
    let hasty = postgres::pool(hasty, postgres::APP_ROLE, 1).await.unwrap();
    assert!(matches!(refuse_unless_safe(&hasty).await, Err(NotSafe::Forgetful { .. })));
    tear_out_the_first(&on).await;
    assert!(matches!(refuse_unless_safe(&app).await, Err(NotSafe::Damaged { count: 1, last: 2 })));
}

/// What only the owner can do, and only by taking the lock off first.
async fn tear_out_the_first(on: &Ground) {
    let mut owner = PgConnection::connect_with(&on.owner()).await.unwrap();
    let sql = "alter table log.events disable trigger append_only; delete from log.events where position = 1;
               alter table log.events enable always trigger append_only";
    sqlx::raw_sql(sql).execute(&mut owner).await.unwrap();
}

pub async fn a_hole_stops_the_reader(on: Arc<Ground>) {
    on.log.append(append(&[(stream(1), 0), (stream(2), 0)])).await.unwrap();
    tear_out_the_first(&on).await;
    let found = Position::from_i64(2);
    assert_eq!(on.log.read(Position::START, 10).await, Err(ReadError::Hole { after: Position::START, found }));
}

pub async fn another_process_is_heard(on: Arc<Ground>) {
    let other = on.another_process().await;
    let mut changes = other.changes();
    let mut expected = 0;
    // The second round: after the listening connection was cut, too.
    for round in 0..2 {
        for _ in 0..5 {
            let position = on.log.append(append(&[(stream(1), expected)])).await.unwrap().position;
            expected += 1;
            let heard = tokio::time::timeout(Duration::from_secs(5), changes.wait_for(|seen| *seen >= position)).await;
            heard.unwrap_or_else(|_| panic!("round {round}: {position} was not heard")).unwrap();
        }
        let owner = sqlx::PgPool::connect_with(on.owner()).await.unwrap();
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'docket listener' and datname = current_database()")
            .execute(&owner)
            .await
            .unwrap();
    }
}

pub async fn closing_finishes_what_was_taken(on: Arc<Ground>) {
    let log = on.another_process().await;
    let appending: Vec<_> = (0..200)
        .map(|number| {
            let log = log.clone();
            tokio::spawn(async move { log.append(append(&[(stream(number), 0)])).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(5)).await;
    log.close().await;
    assert!(matches!(log.append(append(&[(stream(1), 1)])).await, Err(AppendError::Unavailable(_))));
    let mut recorded = 0;
    for verdict in futures::future::join_all(appending).await {
        match verdict.unwrap() {
            Ok(_) => recorded += 1,
            Err(AppendError::Unavailable(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(sound(&on.log).await.len(), recorded);
}
