//! The release binary against the simulated Kanto-CM, over a real unix socket. One module a behaviour.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod agent;
mod command_line;
mod connection;
mod deploying;
mod healing;
mod locking;
mod manifests;
mod order;
mod other_agents;
mod output;
mod pruning;
mod pruning_fuse;
mod readiness;
mod recording;
mod scale;
mod settling;
mod signals;
mod standard_error;
mod updating;
