//! Follows the manifests directory (`--daemon`): deploys, and then does nothing until something changes.
//!
//! The watcher (`daemon`) is one thread that sleeps in poll(2) (`sleep`). It sees that something has happened (`watch`, `paths`, `silent`),
//! waits until it is quiet (`quiet`), reads which files are new, and decides what is to be deployed when (`schedule`,
//! `pauses`). It never speaks gRPC: that leaves threads and memory behind for good. A child process of the same program
//! (`worker`, and `run::serve` in it) deploys, for as long as there is something to deploy; `messages` is what the two say
//! to each other.

mod daemon;
mod marks;
pub mod messages;
mod news;
mod paths;
mod pauses;
mod quiet;
mod schedule;
mod silent;
mod sleep;
mod survey;
mod watch;
mod worker;

pub use daemon::run;
