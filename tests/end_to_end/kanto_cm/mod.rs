//! A Kanto-CM that comes late, is still loading, goes away, hangs or sends nonsense.

mod answers;
mod connection;
mod hanging;
mod hostile;
mod readiness;
