//! How the world speaks with Docket: HTTP, the command line, and the house that holds everything together.

pub mod answer;
pub mod auth;
pub mod bootstrap;
pub mod cli;
pub mod config;
pub mod demo;
pub mod error;
pub mod extract;
pub mod face;
pub mod house;
pub mod http;
pub mod import;
pub mod openapi;
pub mod private_postgres;
pub mod route;
pub mod routes;
pub mod server;
pub mod status;

#[cfg(test)]
mod stories;

pub use answer::Answer;
pub use config::Config;
pub use error::Error;
pub use face::Face;
pub use house::House;
pub use server::{Running, start};
