//! A container as Kanto-CM lists it at one moment: its configuration, its state, and what /proc says of its process.

use std::time::{Duration, SystemTime};

use super::Listed;

/// A container that Kanto-CM has.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Its configuration.
    pub listed: Listed,
    /// What it does now.
    pub state: State,
    /// How often its restart policy has started it again since its last Start.
    pub restart_count: i64,
    /// Somebody called Stop.
    pub manually_stopped: bool,
    /// What is known of the process that it is listed with.
    pub process: Process,
}

/// The process of a container that is listed as running.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Process {
    /// The container does not run, or its process cannot be seen from here (another pid namespace).
    #[default]
    Unseen,
    /// It cannot be seen, but by the wall clock it was started a moment ago. A clock that steps can only add this doubt.
    Recent,
    /// It runs, for so long by the machine's uptime. The wall clock may step.
    RunsFor(Duration),
    /// There is no process of this container under that pid: Kanto-CM has missed its end, or has not looked yet.
    Gone,
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

impl Observed {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.listed.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.listed.name
    }

    /// Does it have a process, frozen or not?
    pub fn is_up(&self) -> bool {
        matches!(self.state.status, Status::Running | Status::Paused)
    }

    /// Does it keep others from its host ports? What its restart policy starts again has them at any moment.
    pub fn holds_ports(&self) -> bool {
        self.is_up() || self.state.status == Status::Exited && self.is_restarted_by_policy()
    }

    /// Does its restart policy start it again, now that its process has ended by itself?
    pub fn is_restarted_by_policy(&self) -> bool {
        let policy = &self.listed.host_config.restart_policy;
        match policy.kind.as_str() {
            "always" => true,
            "unless-stopped" => !self.manually_stopped,
            "on-failure" => {
                let limit = policy.maximum_retry_count;
                self.state.exit_code != 0 && (limit == 0 || self.restart_count < limit)
            }
            _ => false,
        }
    }

    /// Is it a job that did its work and ended? After a power cut Kanto-CM gives containers whose processes vanished the exit
    /// code 0 too, and an error.
    pub fn is_finished_job(&self) -> bool {
        let policy = self.listed.host_config.restart_policy.kind.as_str();
        self.state.status == Status::Exited
            && self.state.exit_code == 0
            && self.state.error.is_empty()
            && matches!(policy, "no" | "on-failure")
    }
}
