//! Limits, signals, locks and other users of the machine: a deployment copes with them or names them.

mod limits;
mod locking;
mod other_users;
mod signals;
