//! What /proc says of the process that a container is listed with.

use std::time::{Duration, SystemTime};

use crate::container::{Observed, Process, Status};
use crate::kanto_cm::{process_age, Peer};

/// Looks at processes, if the process ids in Kanto-CM's List mean something here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observer {
    sees_processes: bool,
    /// What was started later than so long ago is young.
    settle: Duration,
}

impl Observer {
    pub(super) fn new(peer: Option<Peer>, settle: Duration) -> Observer {
        Observer {
            sees_processes: peer.is_some_and(|peer| peer.shares_pid_namespace()),
            settle,
        }
    }

    /// Adds to each container what is known of its process.
    pub(super) fn all(self, listed: Vec<Observed>) -> Vec<Observed> {
        let observe = |observed| self.observe(observed);
        listed.into_iter().map(observe).collect()
    }

    /// Adds to the container what is known of its process.
    pub(super) fn observe(self, mut observed: Observed) -> Observed {
        if observed.state.status == Status::Running {
            observed.process = self.process(&observed);
        }
        observed
    }

    fn process(self, observed: &Observed) -> Process {
        let pid = observed.state.pid;
        if self.sees_processes {
            match process_age(pid, observed.id()) {
                Ok(Some(age)) => return Process::RunsFor(age),
                Ok(None) => {}
                Err(_) => return Process::Gone,
            }
        }
        let moment = SystemTime::now().checked_sub(self.settle);
        if moment.is_some_and(|moment| observed.state.is_started_after(moment)) {
            Process::Recent
        } else {
            Process::Unseen
        }
    }

    /// Is it listed as running although its process is gone, as far as one can see?
    pub(super) fn may_have_vanished(self, observed: &Observed) -> bool {
        !self.sees_processes || observed.process == Process::Gone
    }
}
