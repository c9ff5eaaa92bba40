//! Where `./dev chaos` makes this program die or misbehave on purpose. In every other build nothing here does anything.
//!
//! With the feature `chaos`, which a release build refuses, two environment variables take effect: `DOCKET_FAIL_AT=point:n` ends
//! the process, as `kill -9` would, the n-th time it comes by that point; `DOCKET_MUTANT=name` plants one known mistake, so that
//! the survival test can show that it would have noticed it.

#[cfg(all(feature = "chaos", not(debug_assertions)))]
compile_error!("the feature `chaos` plants mistakes; it has no place in a release build");

#[cfg(feature = "chaos")]
mod planting;
#[cfg(feature = "chaos")]
pub use planting::{keep_keys, plant};

/// A mistake that somebody could make, and that some system has been found to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// `synchronous_commit = off` for appends.
    AsynchronousCommit,
    /// Appends no longer take turns.
    NoTurn,
    /// The checkpoint is stored before, and apart from, the rows.
    CheckpointFirst,
    /// The checkpoint is moved without comparing where it was.
    NoCompareAndSet,
    /// The command key is kept apart from the append.
    KeyOutside,
    /// The answer is given before the commit.
    AnswerFirst,
    /// Followers rely on notifications alone.
    NoPolling,
    /// A transaction is begun within the handler's own future.
    CancellableBegin,
    /// An event that cannot be applied is passed over without a word.
    SilentPoison,
    /// A reader takes the end of the log for what it has read.
    HeadAsCeiling,
    /// The tenant is set for the session instead of the transaction.
    SessionTenant,
}

impl Mutant {
    pub const ALL: [Mutant; 11] = [
        Mutant::AsynchronousCommit,
        Mutant::NoTurn,
        Mutant::CheckpointFirst,
        Mutant::NoCompareAndSet,
        Mutant::KeyOutside,
        Mutant::AnswerFirst,
        Mutant::NoPolling,
        Mutant::CancellableBegin,
        Mutant::SilentPoison,
        Mutant::HeadAsCeiling,
        Mutant::SessionTenant,
    ];

    /// The name that `DOCKET_MUTANT` knows it by.
    pub const fn name(self) -> &'static str {
        match self {
            Mutant::AsynchronousCommit => "asynchronous_commit",
            Mutant::NoTurn => "no_turn",
            Mutant::CheckpointFirst => "checkpoint_first",
            Mutant::NoCompareAndSet => "no_compare_and_set",
            Mutant::KeyOutside => "key_outside",
            Mutant::AnswerFirst => "answer_first",
            Mutant::NoPolling => "no_polling",
            Mutant::CancellableBegin => "cancellable_begin",
            Mutant::SilentPoison => "silent_poison",
            Mutant::HeadAsCeiling => "head_as_ceiling",
            Mutant::SessionTenant => "session_tenant",
        }
    }
}

/// The points at which the process can be made to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    BeforeAppend,
    AfterAppend,
    BeforeAnswer,
    MidProjection,
    MidCheckpoint,
    MidSwap,
}

impl Point {
    pub const ALL: [Point; 6] = [
        Point::BeforeAppend,
        Point::AfterAppend,
        Point::BeforeAnswer,
        Point::MidProjection,
        Point::MidCheckpoint,
        Point::MidSwap,
    ];

    /// The name that `DOCKET_FAIL_AT` knows it by.
    pub const fn name(self) -> &'static str {
        match self {
            Point::BeforeAppend => "before_append",
            Point::AfterAppend => "after_append",
            Point::BeforeAnswer => "before_answer",
            Point::MidProjection => "mid_projection",
            Point::MidCheckpoint => "mid_checkpoint",
            Point::MidSwap => "mid_swap",
        }
    }
}

/// Whether this mistake is planted.
#[cfg(not(feature = "chaos"))]
#[inline(always)]
pub const fn planted(_: Mutant) -> bool {
    false
}

/// Whether this mistake is planted.
#[cfg(feature = "chaos")]
pub fn planted(mutant: Mutant) -> bool {
    static PLANTED: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    PLANTED.get_or_init(|| std::env::var("DOCKET_MUTANT").ok()).as_deref() == Some(mutant.name())
}

/// Ends the process here if that was asked for.
#[cfg(not(feature = "chaos"))]
#[inline(always)]
pub const fn passing(_: Point) {}

/// Ends the process here if that was asked for.
#[cfg(feature = "chaos")]
pub fn passing(point: Point) {
    use std::sync::atomic::{AtomicI64, Ordering};
    static WANTED: std::sync::OnceLock<Option<(String, AtomicI64)>> = std::sync::OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let wanted = std::env::var("DOCKET_FAIL_AT").ok()?;
        let (point, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some((point.to_owned(), AtomicI64::new(nth.parse().unwrap_or(1))))
    });
    if let Some((wanted, left)) = wanted
        && wanted == point.name()
        && left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}
