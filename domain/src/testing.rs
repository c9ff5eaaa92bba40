//! The words in which rules are tested: given a history, when this is asked, then that follows.

use crate::{Aggregate, Decision, aggregate::fold};
use std::fmt::Debug;

/// A thing with this history.
pub fn given<A: Aggregate>(history: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let history: Vec<_> = history.into_iter().collect();
    Given(fold(&history))
}

pub struct Given<A: Aggregate>(A);

impl<A: Aggregate> Given<A> {
    pub fn when(self, ask: impl FnOnce(&A) -> Decision<A>) -> Answered<A> {
        Answered(ask(&self.0))
    }
}

pub struct Answered<A: Aggregate>(Decision<A>);

impl<A: Aggregate> Answered<A>
where
    A::Refusal: PartialEq + Debug,
{
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = A::Event>) {
        assert_eq!(self.0, Ok(expected.into_iter().collect()));
    }

    #[track_caller]
    pub fn refused(self, expected: A::Refusal) {
        assert_eq!(self.0, Err(expected));
    }
}

/// An event survives being written down and read back; its stored name is the one given.
#[track_caller]
pub fn round_trips<E>(name: &str, event: E)
where
    E: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    match crate::event::encode(&event) {
        Ok(stored) => {
            assert_eq!(stored.name, name);
            match crate::event::decode::<E>(&stored.name, &stored.body) {
                Ok(read) => assert_eq!(read, event),
                Err(error) => panic!("{name} cannot be read back: {error}"),
            }
        }
        Err(error) => panic!("{name} cannot be written: {error}"),
    }
}
