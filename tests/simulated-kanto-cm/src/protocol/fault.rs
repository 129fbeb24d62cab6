//! Faults: what goes wrong with a call, and with which one.

use serde::{Deserialize, Serialize};

use super::Method;

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
    /// Remove of what runs: the simulator kills itself when containerd has given up the container, but not yet its task. That
    /// ruins the id: every Start fails with `task X: already exists`.
    LeaveTask,
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
