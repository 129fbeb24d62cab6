//! The release binary against the simulated Kanto-CM, over a real unix socket. One module a behaviour.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod agent;
mod answers;
mod command_line;
mod connection;
mod daemon;
mod deploying;
mod equality;
mod healing;
mod hostile;
mod interrupted;
mod limits;
mod locking;
mod manifests;
mod order;
mod other_agents;
mod others;
mod output;
mod ports;
mod preflight;
mod pruning;
mod pruning_fuse;
mod readiness;
mod recording;
mod recovering;
mod recovering_answers;
mod recovering_kanto_cm;
mod recovering_others;
mod recovering_pruned;
mod recovering_rows;
mod replacing;
mod replacing_busy;
mod replacing_every_state;
mod replacing_healed;
mod replacing_meanwhile;
mod replacing_others;
mod replacing_signals;
mod replacing_signals_several;
mod rolled_back;
mod rolling_back;
mod rolling_back_badly;
mod rolling_back_reasons;
mod scale;
mod secrets;
mod settling;
mod signals;
mod standard_error;
mod state_file;
mod updating;
