//! The shape every rule book has: a state, the events that change it, and the decisions it can take.

use crate::{Instant, Refusal};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// One consistent thing with a history: a case, an agency, a user.
///
/// State holds only what a decision reads. `evolve` is the only writer of state; it never fails and never decides.
pub trait Aggregate: Default + Clone + Debug + Send + Sync + 'static {
    /// The word its streams are filed under, for example `case`.
    const CATEGORY: &'static str;
    type Event: Serialize + DeserializeOwned + Clone + Debug + PartialEq + Send + Sync + 'static;
    type Refusal: Refusal;

    fn evolve(&mut self, event: &Self::Event);

    /// The deadlines that have passed by `until` and are not yet on record, dated at their own due instants.
    fn settle(&self, _until: Instant) -> Vec<Dated<Self::Event>> {
        Vec::new()
    }
}

/// An event with the instant at which it happened, where that is not the instant of the command.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated<E> {
    pub at: Instant,
    pub event: E,
}

/// What follows from a wish: the events it causes (none: it was so already), or the reason why not.
pub type Decision<A> = Result<Vec<<A as Aggregate>::Event>, <A as Aggregate>::Refusal>;

/// The state that a history leads to.
pub fn fold<'e, A: Aggregate>(events: impl IntoIterator<Item = &'e A::Event>) -> A {
    let mut state = A::default();
    for event in events {
        state.evolve(event);
    }
    state
}
