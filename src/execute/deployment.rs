//! What a deployment needs, and why it may not come to its end.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::inbox::Inbox;
use super::outcome::Outcome;
use crate::container::Observed;
use crate::reconcile::Policy;
use crate::state::StateStore;
use crate::sys::signals::StopSignal;

/// How to deploy.
pub struct Deployment<'a> {
    /// Kanto-CM's socket.
    pub socket: &'a Path,
    /// How long to wait for Kanto-CM to answer.
    pub connect_timeout: Duration,
    /// Deadline of one Create.
    pub create_timeout: Duration,
    /// A Kanto-CM younger than this is first watched until it has restored its containers; 0: never.
    pub cm_grace: Duration,
    /// Time between SIGTERM and SIGKILL when a container is removed; a second at least.
    pub stop_timeout: Duration,
    /// How many Creates and Starts run at a time.
    pub jobs: usize,
    /// What the state file knows from earlier runs does not count.
    pub reapply: bool,
    /// Differences name the values of variables.
    pub show_values: bool,
    /// What the command line and this boot mean for decisions.
    pub policy: Policy,
    /// What was applied before.
    pub store: &'a StateStore,
    /// Ends the run early.
    pub stop: &'a StopSignal,
    /// Called with each List; returns which manifests fail for it.
    pub check: &'a Check<'a>,
    /// Newer inputs are taken while the deployment runs.
    pub inbox: Option<&'a Inbox>,
    /// Called with every workload that is done.
    pub on_end: &'a (dyn Fn(Outcome) + Sync),
    /// Called when nothing is left to do about containers without a manifest, with the newest request that this holds for.
    pub on_others_done: &'a (dyn Fn(u32) + Sync),
}

/// Looks at what Kanto-CM lists, and says which manifests fail for that (by their files), and why.
pub type Check<'a> = dyn Fn(&[Observed]) -> Vec<(String, String)> + Sync + 'a;

/// Why a deployment did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunError {
    /// Kanto-CM cannot be reached, is lost for good, hangs, or is taken by another deployer; which, in a sentence.
    Unreachable(String),
    /// This signal said to end.
    Stopped(u8),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Unreachable(reason) => f.write_str(reason),
            RunError::Stopped(signal) => write!(f, "ended by signal {signal}"),
        }
    }
}
