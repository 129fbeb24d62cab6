//! Carries a plan out: creates and starts side by side, watches what was started, and takes up the thread again when the
//! connection breaks.

mod act;
mod board;
mod deployer;
mod heal;
mod lock;
mod outcome;
mod settle;

pub use deployer::{Deployer, Unfinished};
pub use outcome::{Done, Outcome};
