//! What was done to a container, and what it is watched for.

use std::time::Instant;

/// Something that was done to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Created.
    Created,
    /// Started.
    Started,
    /// Resumed after a pause.
    Unpaused,
    /// Created again under this id, as the old one was ruined.
    Healed(String),
    /// Started by Kanto-CM itself, as its restart policy says.
    RestartedByKantoCm,
    /// Ran to its end with exit code 0, as a job may.
    Finished,
    /// Its restart policy or resources changed in place.
    Updated,
    /// Put in the place of another one.
    Replaced,
    /// Put back after the one in its place had failed.
    RolledBack,
    /// Put back after a replacement that was interrupted.
    Restored,
    /// Removed, as its manifest is gone.
    Removed,
}

/// A container that is watched: after its Start, or until Kanto-CM has started it again as its restart policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    /// When the settle time is over.
    pub until: Instant,
    /// What must hold then.
    pub expects: Expectation,
    /// The container was looked at since `until`.
    pub has_looked: bool,
    /// Its process was gone at an earlier look, and Kanto-CM had not noticed.
    pub was_gone: bool,
}

/// What the settle time has to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// It runs, with no higher restart count than this.
    Runs(i64),
    /// Kanto-CM has started it again.
    IsRestarted,
}

impl Action {
    /// What it is called in the result.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Created => "created",
            Action::Started => "started",
            Action::Unpaused => "unpaused",
            Action::Healed(_) => "healed",
            Action::RestartedByKantoCm => "restarted by Kanto-CM",
            Action::Finished => "finished",
            Action::Updated => "updated",
            Action::Replaced => "replaced",
            Action::RolledBack => "rolled back",
            Action::Restored => "restored",
            Action::Removed => "removed",
        }
    }
}
