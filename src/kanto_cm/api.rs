//! The calls, what they answer, and how they can fail.

use std::time::{Duration, SystemTime};

use crate::container::{Resources, RestartPolicy, Spec};
use crate::text::printable;

/// The calls that this program makes. One client serves any number of threads.
pub trait KantoCm: Sync {
    /// All containers, in no particular order. Deadline: 10 s.
    fn list(&self) -> Result<Vec<Existing>, CallError>;
    /// One container; `None` where Kanto-CM has none of that id. Deadline: 10 s.
    fn get(&self, id: &str) -> Result<Option<Existing>, CallError>;
    /// Pulls the image and stores the container; nothing runs yet. The only call that may be given up half-way.
    fn create(&self, container: &Spec) -> Result<Existing, CallError>;
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

/// What Kanto-CM can change in a container that exists. A part that is absent stays as it is; with both absent the call does
/// nothing, but waits for another one that is at work on the container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// When it is started again.
    pub restart_policy: Option<RestartPolicy>,
    /// Its limits, as to be stored: nothing is filled in here, and an empty one lifts them all.
    pub resources: Option<Resources>,
}

/// A container as Kanto-CM lists it.
#[derive(Debug, Clone, Default)]
pub struct Existing {
    /// What it was made of.
    pub container: Spec,
    /// What it does now.
    pub state: State,
    /// How often its restart policy has started it again.
    pub restart_count: i64,
    /// Somebody called Stop.
    pub manually_stopped: bool,
}

/// What a container does now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Where it is in its life.
    pub status: Status,
    /// Process id; 0 or less: none.
    pub pid: i64,
    /// Of the last end of its process.
    pub exit_code: i64,
    /// What Kanto-CM or containerd said of the last failure.
    pub error: String,
    /// When it was last started, in UTC, as RFC 3339 has it; empty: never.
    pub started_at: String,
}

impl State {
    /// Was it started after that moment, by the wall clock? A time that cannot be read counts as long ago.
    pub fn is_started_after(&self, moment: SystemTime) -> bool {
        let started = humantime::parse_rfc3339(&self.started_at);
        started.is_ok_and(|started| started > moment)
    }
}

/// Where a container is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Status {
    /// Being created.
    Creating,
    /// Stored, never started.
    Created,
    /// Its process runs.
    Running,
    /// Stopped by somebody, or failed to start.
    Stopped,
    /// Frozen.
    Paused,
    /// Its process ended by itself.
    Exited,
    /// On its way out.
    Dead,
    /// Anything else.
    #[default]
    Unknown,
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
