//! Attribution: a call in which an extension took part gets its people once it is known who held that extension.

use crate::{Duty, Unable};
use commands::calls::call::AttributeCall;
use commands::{Ask, Commands, Error, Principal};
use projections::calls::attributions::{self, Place};
use projections::reader::Reader;

/// How many calls are looked at in one step.
const TOGETHER: u32 = 200;

/// Finds people for calls that came in before their telephones were in the directory.
pub struct Attribution {
    commands: Commands,
    reader: Reader,
    /// How far the list was gone through. Whatever is done twice after a start changes nothing.
    place: Place,
}

impl Attribution {
    pub fn new(commands: Commands, reader: Reader) -> Self {
        Self { commands, reader, place: Place::default() }
    }
}

impl Duty for Attribution {
    async fn step(&mut self) -> Result<usize, Unable> {
        let after = self.place;
        let due = self.reader.every_tenant(move |conn| Box::pin(attributions::due(conn, after, TOGETHER))).await?;
        let mut done = 0;
        for due in due {
            let who = Principal::process(due.tenant, "attribution");
            match self.commands.execute(&who, Ask::new(AttributeCall {}).on(due.call)).await {
                Ok(_) => done += 1,
                Err(error @ (Error::Busy | Error::Unavailable(_))) => return Err(Unable::log(error)),
                Err(error) => tracing::info!(tenant = %due.tenant, call = %due.call, %error, "a call could not be attributed"),
            }
            self.place = due.place;
        }
        Ok(done)
    }
}
