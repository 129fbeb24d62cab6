//! What passes between a test and its simulator: one JSON line per command and answer, and lines in between that report
//! calls and changes. Also the types in which the tests see all that.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::history::Change;
use crate::setup::{Image, Setup};

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

/// What goes wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Nothing is done, the answer is this error.
    FailWith(String),
    /// The work begins this much later.
    DelayMs(u64),
    /// The work is done, the answer comes this much later.
    DelayAnswerMs(u64),
    /// Nothing is done, no answer ever comes.
    Hang,
    /// The work is done, then every connection is cut instead of answering.
    DropAnswer,
    /// The simulator kills itself with SIGKILL before the work.
    KillBefore,
    /// It kills itself half-way: Create has a snapshot but no container, Start has begun for containerd, Stop and Remove
    /// have killed the process but saved nothing.
    KillDuring,
    /// It kills itself when the work is done and saved, before the answer.
    KillAfter,
    /// The caller is killed with SIGKILL before the work: nothing is done. This and the next two wait for
    /// [`Process::set_caller`](crate::Process::set_caller), and go on when the caller's connection is closed.
    KillCallerBefore,
    /// The caller is killed half-way, which interrupts the call: a Create while it pulls, a Start that has begun for
    /// containerd, a Stop before the process has ended, a Remove before it tidies up. What needs no containerd is done.
    KillCallerDuring,
    /// The caller is killed when the work is done and saved, before the answer.
    KillCallerAfter,
    /// Stop, or Remove of what runs: the process ends and the daemon misses it. The call fails after the timeout of its
    /// stop options, twice that with `force` (see [`Setup::lost_exit_ms`]); the container stays listed as running. A Remove
    /// after it succeeds and ruins the id.
    LoseExit,
    /// Stop, or Remove of what runs: the process ends by itself, with this code, just before. A Stop fails, and the restart
    /// policy may start the container again. A Remove succeeds, but the next Create of the id fails with `failed to create
    /// containerIO`, and unless there is one, the container is back, `Exited`, when the daemon starts again.
    MeetExit(i64),
}

/// A fault that waits for a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// The call it waits for; `None`: any that changes something.
    pub method: Option<Method>,
    /// Only for the container with this id or name.
    pub container: Option<String>,
    /// It strikes at the n-th matching call from now, counted from 1.
    pub nth: u32,
    /// How many calls it strikes, from that one on.
    pub times: u32,
    /// What happens.
    pub what: What,
}

impl Fault {
    /// Strikes at the next call of this method.
    pub fn at(method: Method, what: What) -> Self {
        Self::waiting_for(Some(method), what)
    }

    /// Strikes at the next call that changes something, whatever its method: all but Get and List.
    pub fn at_any(what: What) -> Self {
        Self::waiting_for(None, what)
    }

    fn waiting_for(method: Option<Method>, what: What) -> Self {
        Self {
            method,
            container: None,
            nth: 1,
            times: 1,
            what,
        }
    }

    /// Only for the container with this id or name.
    #[must_use]
    pub fn of(mut self, container: impl Into<String>) -> Self {
        self.container = Some(container.into());
        self
    }

    /// At the n-th matching call from now, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = nth;
        self
    }

    /// At this many matching calls in a row.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// At every matching call from now on.
    #[must_use]
    pub fn always(self) -> Self {
        self.times(u32::MAX)
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
