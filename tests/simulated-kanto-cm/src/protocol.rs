//! What passes between a test and its simulator: one JSON line per command and answer, and lines in between that report
//! calls and changes. Also the types in which the tests see all that.

mod fault;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::history::Change;
use crate::setup::{Image, Setup};

pub use fault::{Fault, What};

/// A method of the service Containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Method {
    Create,
    Get,
    List,
    Start,
    Stop,
    Update,
    Pause,
    Unpause,
    Rename,
    Remove,
}

impl Method {
    /// Whether the method changes anything.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Get | Self::List)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, to)
    }
}

/// A call that the simulator received.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Counts from 1 over the whole life of a `Process`, restarts and cleared journals included.
    pub number: u64,
    /// What was called.
    pub method: Method,
    /// The container's id; for a Create without one the id it was given, once answered. Empty for List.
    pub id: String,
    /// The container's name when the call came in, as far as there was such a container.
    pub name: String,
    /// The whole request, by the API's field names.
    pub request: Value,
    /// When it came in, in milliseconds since an arbitrary instant that is the same for every call of a machine.
    pub begin_ms: u64,
    /// When it ended, on the same scale.
    pub end_ms: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
}

impl fmt::Display for Call {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:>4} {:<8}", self.number, self.method.to_string())?;
        if !self.id.is_empty() || !self.name.is_empty() {
            write!(to, " {} ({})", self.id, self.name)?;
        }
        match self.end_ms {
            Some(end) => write!(to, " {} ms", end.saturating_sub(self.begin_ms))?,
            None => write!(to, " begun at {} ms", self.begin_ms)?,
        }
        write!(to, " {}", self.outcome)
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It has not ended.
    Pending,
    /// It was answered with success.
    Ok,
    /// It was answered with this error.
    Error(String),
    /// The caller went away or its deadline passed.
    Cancelled,
    /// The work was done, then the connection was cut, or the caller killed, instead of answering.
    AnswerDropped,
    /// The simulator ended before the call did.
    Lost,
}

impl fmt::Display for Outcome {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pending => to.write_str("pending"),
            Self::Ok => to.write_str("ok"),
            Self::Error(text) => write!(to, "error: {text}"),
            Self::Cancelled => to.write_str("cancelled"),
            Self::AnswerDropped => to.write_str("answer dropped"),
            Self::Lost => to.write_str("lost"),
        }
    }
}

/// How far the daemon's start has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// List is empty, the stored containers are not read yet.
    Loading,
    /// What ran before is being started again.
    Restoring,
    /// The start is over.
    Ready,
}

/// The whole state of a simulator at one moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// How far its start has come.
    pub phase: Phase,
    /// A Create or Remove came while it was restoring: it hangs for good.
    pub deadlocked: bool,
    /// Its containers, by id.
    pub containers: Vec<ContainerView>,
    /// The images that containerd holds.
    pub images: Vec<String>,
    /// The ids that can never be started again.
    pub ruined_ids: Vec<String>,
}

impl State {
    /// The container with this id, else the one with this name.
    pub fn container(&self, id_or_name: &str) -> Option<&ContainerView> {
        let by = |same: fn(&ContainerView) -> &str| {
            self.containers.iter().find(|c| same(c) == id_or_name)
        };
        by(|c| &c.id).or_else(|| by(|c| &c.name))
    }

    /// Whether the container with this id or name is there and running.
    pub fn runs(&self, id_or_name: &str) -> bool {
        self.container(id_or_name)
            .is_some_and(|container| container.running)
    }
}

/// A container as the tests see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContainerView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of its image.
    pub image: String,
    /// `Created`, `Running`, `Stopped`, `Paused`, `Exited`…
    pub status: String,
    /// Whether it runs and is not paused.
    pub running: bool,
    /// Its process: 1 while it runs, one that does not exist after a power cut, else 0 or -1.
    pub pid: i64,
    /// How often its restart policy has started it since the last Start.
    pub restart_count: i64,
    /// What ended its last run.
    pub exit_code: i64,
    /// Its `extra_hosts` as the last Start or change of the network resolved them.
    pub hosts: Vec<Host>,
    /// The ports it publishes while it runs, as `0.0.0.0:8080/tcp`.
    pub ports: Vec<String>,
    /// Its address on the bridge, while it has one.
    pub address: Option<String>,
    /// Everything, by the API's field names.
    pub whole: Value,
}

/// One entry of `extra_hosts` in a running container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The name before the colon.
    pub name: String,
    /// What it leads to; `None` when the entry is missing from the container's /etc/hosts.
    pub address: Option<String>,
}

/// From the test to the simulator.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum Command {
    /// The first line: now start.
    Setup { setup: Setup },
    /// Changes the setup, as far as it is not about the beginning.
    Change { setup: Setup },
    /// Answer with the state, and report the next change after it.
    State,
    /// Adds an image or replaces it, in the store only if it is said to be there.
    SetImage { image: Image },
    /// Takes an image out of the store.
    ForgetImage { name: String },
    /// The container's process ends by itself. Answered when the daemon has noticed.
    Exit { id: String, code: i64 },
    /// Something shall go wrong.
    Fault { fault: Fault },
    /// Forget what should go wrong.
    ClearFaults,
    /// The process that a fault kills as the caller.
    SetCaller { pid: u32 },
}

/// From the simulator to the test.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(crate) enum Line {
    /// The socket is open.
    Listening,
    /// A call began.
    Begun { call: Call },
    /// A call ended. `number` is the simulator's own.
    Ended {
        number: u64,
        id: String,
        end_ms: u64,
        outcome: Outcome,
    },
    /// What is on the disk has changed.
    Stored { change: Change },
    /// The state differs from the one last answered.
    Changed,
    /// Answer to `Command::State`.
    State { state: State },
    /// Answer to the other commands: done, or why not.
    Done { error: Option<String> },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_commands_survive_the_way() {
        let line = Line::Ended {
            number: 3,
            id: "a".into(),
            end_ms: 5,
            outcome: Outcome::Error("no".into()),
        };
        let text = serde_json::to_string(&line).unwrap();
        assert!(!text.contains('\n'));
        assert!(matches!(
            serde_json::from_str(&text).unwrap(),
            Line::Ended { number: 3, .. }
        ));
        let command = Command::Fault {
            fault: Fault::at(Method::Stop, What::DelayMs(7)).of("x").nth(2),
        };
        let text = serde_json::to_string(&command).unwrap();
        assert!(
            matches!(serde_json::from_str(&text).unwrap(), Command::Fault { fault } if fault.nth == 2)
        );
    }
}
