//! Primitives of the operating system: no other module calls nix, signal-hook or sd-notify.
//!
//! | file | |
//! | --- | --- |
//! | `signals` | SIGTERM, SIGINT and others: noted when they arrive |
//! | `proc` | what /proc shows of a process and of the machine |
//! | `notify` | readiness and status for the service manager |
//! | `files` | bounded reads, writes by rename |
//! | `flock` | a lock on a directory |
//! | `poll` | waits for file descriptors |
//! | `socket` | who listens on a Unix socket |
//! | `disk` | type and free space of a file system |
//! | `limits` | resource limits, checked before they are met |
//! | `trust` | who else can change what lies at a path |
//!
//! Limits: Linux only.

use std::io;

pub(crate) use nix::errno::Errno;

pub(crate) mod disk;
pub(crate) mod files;
pub(crate) mod flock;
pub mod limits;
#[cfg(feature = "filewatcher")]
pub mod notify;
#[cfg(feature = "filewatcher")]
pub(crate) mod poll;
pub(crate) mod proc;
pub mod signals;
pub(crate) mod socket;
pub mod trust;

/// The operating system's number of an error.
pub(crate) fn errno(error: &io::Error) -> Option<Errno> {
    error.raw_os_error().map(Errno::from_raw)
}
