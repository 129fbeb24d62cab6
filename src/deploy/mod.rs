//! Carries a plan out: creates and starts side by side, watches what was started, and takes up the thread again when the
//! connection breaks.

mod act;
mod board;
mod outcome;
mod settle;

pub use outcome::{Done, Outcome};

use std::collections::HashSet;
use std::path::Path;
use std::thread;
use std::time::Duration;

use log::{info, warn};

use crate::cm_ready::{self, Ready};
use crate::kanto_cm::{connect, CallError, Client, ConnectError, Existing, KantoCm, Waiting};
use crate::manifests_parser::{missing_providers, Manifest};
use crate::plan::{plan, Plan};
use crate::signals::StopSignal;
use board::Board;

/// A connection that breaks this often in one run is not coming back to stay.
const MOST_ROUNDS: u32 = 5;

/// How to deploy.
#[derive(Debug, Clone)]
pub struct Deployer<'a> {
    /// Kanto-CM's socket.
    pub socket: &'a Path,
    /// How long to wait for Kanto-CM to answer.
    pub connect_timeout: Duration,
    /// Deadline of one Create.
    pub create_timeout: Duration,
    /// A Kanto-CM younger than this is first watched until it has restored its containers; 0: never.
    pub cm_grace: Duration,
    /// How long what was started is watched; 0: not at all.
    pub settle: Duration,
    /// How many calls run at a time.
    pub jobs: usize,
    /// Warnings about a manifest count as errors.
    pub strict: bool,
    /// Ends the run early.
    pub stop: &'a StopSignal,
}

/// Why a deployment did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    /// Kanto-CM cannot be reached, is lost for good, or hangs.
    Unreachable(String),
    /// A signal said to end.
    Stopped,
}

/// A round's end other than success.
enum Broken {
    Lost(String),
    For(Unfinished),
}

impl From<CallError> for Broken {
    fn from(error: CallError) -> Broken {
        match error {
            CallError::Hangs => Broken::For(Unfinished::Unreachable(error.to_string())),
            CallError::GivenUp => Broken::For(Unfinished::Stopped),
            // A List or Get has no business being refused or late: look again over a new connection.
            CallError::Refused(_) | CallError::NoAnswer | CallError::Lost(_) => {
                Broken::Lost(error.to_string())
            }
        }
    }
}

impl Deployer<'_> {
    /// Connects and decides, and changes nothing.
    pub fn dry_run(
        &self,
        manifests: &[Manifest],
        outcomes: &mut [Outcome],
    ) -> Result<Plan, Unfinished> {
        let (_, existing) = self.connect()?;
        self.warn_about_providers(manifests, &existing, outcomes);
        Ok(plan(manifests, &existing))
    }

    /// Makes every manifest's container exist and run. `outcomes` has one entry a manifest, and tells what was done for
    /// each also when this fails.
    pub fn deploy(
        &self,
        manifests: &[Manifest],
        outcomes: &mut [Outcome],
    ) -> Result<(), Unfinished> {
        for _ in 0..MOST_ROUNDS {
            let (client, existing) = self.connect()?;
            match self.round(&client, existing, manifests, outcomes) {
                Ok(()) => return Ok(()),
                Err(Broken::For(reason)) => return Err(reason),
                Err(Broken::Lost(reason)) => warn!("{reason}"),
            }
        }
        Err(Unfinished::Unreachable(format!(
            "the connection to Kanto-CM broke {MOST_ROUNDS} times"
        )))
    }

    fn connect(&self) -> Result<(Client, Vec<Existing>), Unfinished> {
        let waiting = Waiting {
            socket: self.socket,
            connect_timeout: self.connect_timeout,
            create_timeout: self.create_timeout,
            stop: self.stop,
        };
        connect(&waiting).map_err(|error| match error {
            ConnectError::TimedOut(reason) => Unfinished::Unreachable(reason),
            ConnectError::Stopped => Unfinished::Stopped,
        })
    }

    /// Plans from `existing`, acts, and settles, over one connection.
    fn round(
        &self,
        cm: &Client,
        existing: Vec<Existing>,
        manifests: &[Manifest],
        outcomes: &mut [Outcome],
    ) -> Result<(), Broken> {
        let mut existing = existing;
        let mut plan = plan(manifests, &existing);
        if plan.changes_anything() {
            match cm_ready::wait(cm, self.socket, self.cm_grace, self.stop)? {
                Ready::AtOnce => {}
                Ready::AfterWaiting => {
                    existing = cm.list()?;
                    plan = crate::plan::plan(manifests, &existing);
                }
                Ready::Stopped => return Err(Broken::For(Unfinished::Stopped)),
            }
        }
        self.warn_about_providers(manifests, &existing, outcomes);
        for warning in &plan.warnings {
            warn!("{warning}");
        }
        self.carry_out(cm, &plan, manifests, outcomes)?;
        settle::settle(cm, self.settle, self.stop, manifests, outcomes)
    }

    /// Whether somebody provides what `extra_hosts` names can be told only now that Kanto-CM's containers are known.
    fn warn_about_providers(
        &self,
        manifests: &[Manifest],
        existing: &[Existing],
        outcomes: &mut [Outcome],
    ) {
        let host_names: HashSet<&str> = existing
            .iter()
            .map(|one| one.container.host_name.as_str())
            .collect();
        for (i, problem) in
            missing_providers(manifests, &|host_name| host_names.contains(host_name))
        {
            let warning = problem.to_string();
            if outcomes[i].warnings.contains(&warning) {
                continue; // an earlier round said so
            }
            if self.strict {
                outcomes[i].failure = Some(warning.clone());
            } else {
                warn!("{}", problem.in_file(&manifests[i].file));
            }
            outcomes[i].warnings.push(warning);
        }
    }

    /// Creates and starts, `jobs` at a time.
    fn carry_out(
        &self,
        cm: &Client,
        plan: &Plan,
        manifests: &[Manifest],
        outcomes: &mut [Outcome],
    ) -> Result<(), Broken> {
        for (step, outcome) in plan.steps.iter().zip(outcomes.iter_mut()) {
            outcome.take_up(step);
        }
        let board = Board::new(&plan.steps, outcomes, self.stop);
        thread::scope(|scope| {
            for _ in 0..self.jobs.min(board.tasks()) {
                let settles = !self.settle.is_zero();
                let act = act::Act {
                    cm,
                    steps: &plan.steps,
                    manifests,
                    board: &board,
                    settles,
                };
                scope.spawn(move || act.work());
            }
        });
        match board.into_end() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Broken::For(Unfinished::Stopped)),
            Err(_) if self.stop.received().is_some() => Err(Broken::For(Unfinished::Stopped)),
            Err(error) => {
                info!("looking anew at what Kanto-CM holds");
                Err(error.into())
            }
        }
    }
}
