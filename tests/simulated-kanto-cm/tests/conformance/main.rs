//! The same checks of behaviour against the simulator and, by hand, against a real Kanto-CM: where they differ, the
//! simulator is wrong.
//!
//! Without more they run against simulators of their own. `CONFORMANCE_SOCKET=PATH` names a real one; then count as well:
//! - `CONFORMANCE_IMAGE`: an image that it holds or can pull, with `sh` and without an entry point
//! - `CONFORMANCE_STOP`, `CONFORMANCE_KILL`, `CONFORMANCE_START`: shell commands that end the daemon with SIGTERM and wait,
//!   that kill it with SIGKILL, that start it. Without them the checks that need them are skipped
//! - `CONFORMANCE_POWER_CUT`: a shell command that ends the daemon, containerd and every container as a power cut does
//!
//! The checks make containers whose ids begin with `cfm`, and remove them. A real daemon that is busy now and then misses the
//! end of a process (`could not stop … with SIGKILL`, see `What::LoseExit`): a check that fails so is run again by its name.

#![allow(clippy::needless_pass_by_value)] // values are made in place

#[path = "../simulator/common/mod.rs"]
mod common;

mod create;
mod daemon;
mod does;
mod ends;
mod hooks;
mod machine;
mod network;
mod pause;
mod refusals;
mod remove;
mod start;
mod stop;
mod subject;
mod update;
