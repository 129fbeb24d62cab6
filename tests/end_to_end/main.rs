//! The release binary against the simulated Kanto-CM, over a real unix socket. A folder for each topic, a file for each
//! behaviour, and a test for each sentence.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod command_line;
mod daemon;
mod deploying;
mod environment;
mod kanto_cm;
mod layers;
mod output;
mod pruning;
mod recovering;
mod replacing;
mod rolling_back;
mod state_file;
