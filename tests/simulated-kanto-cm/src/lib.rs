//! A simulated Kanto container-management: a real gRPC server on a unix socket that behaves as the daemon does, its traps
//! included, and runs nothing but hooks. Tests drive it through [`Process`]; people run the example `simulated-kanto-cm`.
//!
//! - [`setup`]: what it gets before it starts
//! - [`PowerCut`]: what is lost with the power
//! - [`protocol`]: what tests see of it: calls, states, faults
//! - `history`: what tests see of what it has stored so far
//! - `model`: the daemon's rules that need no clock, disk or thread
//! - `daemon`: the containers, the calls, the daemon's start and stop
//! - `server`: the calls over gRPC
//! - `control`: the commands of a test, line by line
//! - `clock`: the wall clock, which a test can set
//! - `run`: the program: options, signals, life and death
//! - `process`: [`Process`], the program as a child of a test
//!
//! Known limits: no image content, no logs, no attach, no info service; ports are only claimed among the containers; a
//! program's clock starts again when the daemon does.

mod clock;
mod control;
mod daemon;
mod history;
mod journal;
mod model;
mod options;
mod power_cut;
mod process;
mod proto_serde;
pub mod protocol;
mod run;
mod server;
pub mod setup;
mod table;

pub use history::{Moment, StoredContainer};
pub use journal::now_ms;
pub use power_cut::PowerCut;
pub use process::Process;
pub use protocol::{Call, ContainerView, Fault, Host, Method, Outcome, Phase, State, What};
pub use run::run;
pub use setup::{Existing, Image, Left, Program, Setup};

/// The messages of Kanto-CM's API, generated from the project's `proto/`, for clients of the simulator.
#[allow(missing_docs, clippy::all, clippy::pedantic, unreachable_pub)]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/proto/mod.rs"));
}

/// The calls of the service Containers, for clients of the simulator.
pub mod methods {
    pub use crate::server::methods::*;
}
