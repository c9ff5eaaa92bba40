//! Stories: what people do with Docket from outside, against a real server and a real PostgreSQL.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod client;
mod house;
mod mailbox;
mod pbx;
mod receiver;

mod architecture;

mod agencies;
mod assignment;
mod audit;
mod bad_input;
mod calls;
mod cases;
mod commands;
mod contract;
mod deadlines;
mod explanations;
mod exports;
mod imports;
mod live;
mod live_load;
mod notices;
mod openapi;
mod organization;
mod permissions;
mod polling;
mod portal;
mod races;
mod read_models;
mod reports;
mod restatements;
mod restore;
mod settings;
mod signing_in;
mod status;
mod testing;
