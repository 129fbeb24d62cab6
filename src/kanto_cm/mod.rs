//! Kanto container-management (Kanto-CM) as the rest of the program sees it: the calls we make of it, what it answers,
//! how a call can fail, and which process answers. The only module that names grpcio.

mod api;
mod channel;
mod client;
mod connect;
mod convert;
mod patience;
mod peer;
mod proto;

pub use api::{CallError, KantoCm};
pub use client::Client;
pub use connect::{connect, ConnectError, Waiting};
pub use grpcio::redirect_log;
pub use peer::{process_age, Gone, Peer};
