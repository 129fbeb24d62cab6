//! The calls, what they answer, and how they can fail.

use std::time::Duration;

use crate::container::{Observed, Spec, Update};
use crate::text::printable;

/// The calls that this program makes. One client serves any number of threads.
pub trait KantoCm: Sync {
    /// All containers, in no particular order. Deadline: 10 s.
    fn list(&self) -> Result<Vec<Observed>, CallError>;
    /// One container; `None` where Kanto-CM has none of that id. Deadline: 10 s.
    fn get(&self, id: &str) -> Result<Option<Observed>, CallError>;
    /// Pulls the image and stores the container; nothing runs yet. The only call that may be given up half-way.
    fn create(&self, container: &Spec) -> Result<Observed, CallError>;
    /// Runs a container. Never cancelled, for that would ruin its id.
    fn start(&self, id: &str) -> Result<(), CallError>;
    /// Lets a paused container go on. Never cancelled.
    fn unpause(&self, id: &str) -> Result<(), CallError>;
    /// Changes a container in place. Never cancelled.
    fn update(&self, id: &str, update: &Update) -> Result<(), CallError>;
    /// Removes a container. One that runs is stopped first if `stop` is given: by SIGTERM, and after that time (a second at
    /// least, for Kanto-CM takes 0 for 30 s) by SIGKILL. Never cancelled.
    fn remove(&self, id: &str, stop: Option<Duration>) -> Result<(), CallError>;
}

/// Why a call brought no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// Kanto-CM answered, and said no: its own words.
    Refused(String),
    /// No answer within the deadline. Whether the work was done is not known.
    NoAnswer,
    /// The connection broke. Whether the work was done is not known.
    Lost(String),
    /// Given up by us, for a signal said to end.
    GivenUp,
    /// Neither this call nor a List in between was answered: Kanto-CM is deadlocked.
    Hangs,
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CallError::Refused(reason) => f.write_str(&printable(reason)),
            CallError::NoAnswer => f.write_str("Kanto-CM has not answered in time"),
            CallError::Lost(reason) => {
                write!(f, "the connection to Kanto-CM broke: {}", printable(reason))
            }
            CallError::GivenUp => f.write_str("given up"),
            CallError::Hangs => f.write_str("Kanto-CM hangs, restart it"),
        }
    }
}
