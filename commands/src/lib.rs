//! What may be asked: one struct for every wish, who may ask it, and the one way in which all of them are carried out.

pub mod calls;
pub mod cases;
pub mod command;
pub mod error;
pub mod execute;
pub mod memory;
pub mod menu;
pub mod notices;
pub mod organization;
pub mod principal;
pub mod work;

mod batch;

pub use command::{AnyCommand, Command, On};
pub use error::Error;
pub use execute::{Answer, Ask, Clock, Commands, Envelope};
pub use menu::{MENU, MenuItem};
pub use principal::Principal;
pub use work::Work;
