//! Follows the manifests directory (`--daemon`): deploys, and then does nothing until something changes.
//!
//! The watcher (`daemon`) is one thread that sleeps in poll(2) (`sleep`). It notices events (`watch`, `watches`, `paths`, `survey`,
//! `remote_fs`), waits until the burst is over (`debounce`), and reads which files have changed. `schedule` and `backoff` decide
//! what to deploy when. The watcher never speaks gRPC: that leaves threads and memory behind for good. A child process of the same
//! program, the worker (`worker`, and `run::serve` in it), deploys, and ends when there is nothing left to deploy. The two speak
//! `protocol`.

mod backoff;
mod changes;
mod daemon;
mod debounce;
mod paths;
pub mod protocol;
mod remote_fs;
mod schedule;
mod sleep;
mod survey;
mod watch;
mod watches;
mod worker;

pub use daemon::run;
