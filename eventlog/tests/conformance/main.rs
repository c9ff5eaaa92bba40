//! What every log must keep to, asked of the one in PostgreSQL and of the one in memory alike.
//!
//! `DOCKET_CONFORMANCE=full` runs the storm with 64 writers × 10,000 appends.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod contract;
mod ground;
mod lasting;
mod storm;

/// Each story once per log, on a ground of its own that is removed afterwards.
macro_rules! stories {
    ($($file:ident: $($story:ident),+;)+) => {
        mod memory { $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $story() { crate::ground::in_memory(crate::$file::$story).await }
        )+)+ }
        mod postgres { $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $story() { crate::ground::in_postgres(crate::$file::$story).await }
        )+)+ }
    };
}

/// Stories that only a lasting log can tell.
macro_rules! lasting_stories {
    ($($file:ident: $($story:ident),+;)+) => {
        mod postgres_only { $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $story() { crate::ground::in_postgres(crate::$file::$story).await }
        )+)+ }
    };
}

stories! {
    contract:
        what_is_appended_is_read_back,
        one_command_over_several_streams_is_all_or_nothing,
        a_stream_without_events_is_only_looked_at,
        a_version_too_low_conflicts,
        a_version_too_high_conflicts,
        a_key_seen_before_gets_the_first_answer,
        a_key_with_another_body_is_refused,
        a_conflict_in_a_batch_takes_its_dependants_and_no_others,
        a_batch_in_the_wrong_order_conflicts,
        a_malformed_append_spoils_no_other,
        the_same_ids_of_two_tenants_are_two_streams,
        more_than_one_call_can_carry_keeps_its_order,
        whoever_goes_away_undoes_nothing;
    storm:
        exactly_one_writer_wins_each_version,
        many_writers_and_a_follower;
}

lasting_stories! {
    lasting:
        nothing_recorded_can_be_changed,
        the_app_writes_only_through_the_one_door,
        people_with_sql_see_one_tenant,
        an_unsafe_database_is_refused,
        a_hole_stops_the_reader,
        another_process_is_heard,
        closing_finishes_what_was_taken;
    storm:
        several_processes_while_connections_are_killed;
}
