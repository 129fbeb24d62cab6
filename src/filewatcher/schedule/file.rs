//! What is known of one file.

use std::time::Instant;

use crate::filewatcher::messages::Cause;
use crate::manifests_parser::Version;

/// A manifest's file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) key: String,
    pub(super) version: Version,
    /// Its container's name, or what the file is called as long as that is not known.
    pub(super) name: String,
    pub(super) state: State,
    /// To be deployed as soon as it can be.
    pub(super) wanted: Option<Want>,
    /// A batch that is running has it.
    pub(super) is_running: bool,
    /// In a row.
    pub(super) failures: u32,
    /// When it is tried again.
    pub(super) retry_at: Option<Instant>,
    /// As what: what was not begun has not been tried.
    pub(super) retry_cause: Cause,
}

/// How the last deployment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    AsWanted,
    Failed,
    /// Waits for a change.
    RolledBack,
    /// Waits for a change.
    Invalid,
}

/// That a file is to be deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) cause: Cause,
    /// Its content is: a deployment that is under way is about something else.
    pub(super) is_new: bool,
}

impl Want {
    pub(super) fn new(cause: Cause, is_new: bool) -> Want {
        Want { cause, is_new }
    }
}

impl State {
    pub(super) fn word(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::AsWanted => "as wanted",
            State::Failed => "failed",
            State::RolledBack => "rolled back",
            State::Invalid => "invalid",
        }
    }
}

impl File {
    /// One that was not there before.
    pub(super) fn new(key: String, version: Version, cause: Cause, is_running: bool) -> File {
        File {
            version,
            name: key.clone(),
            key,
            state: State::Pending,
            wanted: Some(Want::new(cause, true)),
            is_running,
            failures: 0,
            retry_at: None,
            retry_cause: Cause::Retry,
        }
    }

    /// Is it being deployed, or to be without a pause?
    pub(super) fn is_open(&self) -> bool {
        self.is_running || self.wanted.is_some()
    }

    /// Somebody has changed it, or with the same content touched it.
    pub(super) fn changed(&mut self, version: Version, is_new: bool) {
        self.version = version;
        self.want(Want::new(Cause::Touch, is_new));
    }

    /// It is to be deployed, now and not after a pause.
    pub(super) fn want(&mut self, want: Want) {
        let before = self.wanted.unwrap_or(want);
        self.wanted = Some(Want {
            // Who wants to look at it again wants less than who has changed or touched it.
            cause: match want.cause {
                Cause::Retry => before.cause,
                cause => cause,
            },
            is_new: want.is_new || before.is_new,
        });
        self.failures = 0;
        self.retry_at = None;
    }
}
