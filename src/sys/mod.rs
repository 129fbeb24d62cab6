//! Primitives of the operating system: no other module calls nix, signal-hook or sd-notify.
//!
//! | file | |
//! | --- | --- |
//! | `signals` | SIGTERM, SIGINT and others: noted when they arrive |
//! | `proc` | what /proc shows of a process and of the machine |
//! | `notify` | readiness and status for the service manager |
//! | `limits` | resource limits, checked before they are met |
//! | `trust` | who else can change what lies at a path |
//!
//! Limits: Linux only.

pub mod limits;
#[cfg(feature = "filewatcher")]
pub mod notify;
pub(crate) mod proc;
pub mod signals;
pub mod trust;
