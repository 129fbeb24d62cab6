//! The simulated Kanto-CM itself, one module a topic.

mod common;

mod callers;
mod create;
mod daemon_end;
mod daemon_start;
mod faults;
mod history;
mod left_behind;
mod network;
mod power_cut;
mod races;
mod remove_update;
mod start;
mod stop;
