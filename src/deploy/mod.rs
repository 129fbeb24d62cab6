//! Carries a plan out: creates and starts side by side, replaces with a way back, watches what was started, and takes up the
//! thread again when the connection breaks.

mod act;
mod applied;
mod board;
mod calls;
mod deployer;
mod forgiven;
mod heal;
mod lock;
mod neighbours;
mod outcome;
mod remove;
mod replace;
mod roll_back;
mod round;
mod settle;

pub use applied::Applied;
pub use deployer::{Deployer, Unfinished};
pub use forgiven::Forgiven;
pub use lock::SharedLock;
pub use neighbours::{AtWork, Neighbours};
pub use outcome::{Done, Outcome};
