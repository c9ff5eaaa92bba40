//! How the world speaks with Docket: HTTP, the command line, and the house that holds everything together.

pub mod agencies;
pub mod answer;
pub mod audit;
pub mod auth;
pub mod bootstrap;
pub mod calls;
pub mod cases;
pub mod cli;
pub mod commands;
pub mod companies;
pub mod config;
pub mod csv;
pub mod dashboard;
pub mod demo;
pub mod error;
pub mod exports;
pub mod extract;
pub mod face;
pub mod house;
pub mod http;
pub mod import;
pub mod live;
pub mod locations;
pub mod notices;
pub mod openapi;
pub mod paged;
pub mod params;
pub mod portal;
pub mod private_postgres;
pub mod reports;
pub mod route;
pub mod routes;
pub mod server;
pub mod settings;
pub mod shape;
pub mod signing_in;
pub mod status;
pub mod testing;
pub mod users;
pub mod who;

#[cfg(test)]
mod stories;

pub use answer::Answer;
pub use config::Config;
pub use error::Error;
pub use face::Face;
pub use house::House;
pub use server::{Running, start};
