//! A deployment from the connection to the verdict. A connection that breaks is no verdict on a container: connect anew,
//! ask anew whether Kanto-CM is ready, look at what it holds, and go on.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use log::{info, warn};

use super::act::Act;
use super::board::{is_open, Board};
use super::lock;
use super::outcome::Outcome;
use super::settle::{self, Settled};
use crate::cm_ready::{self, Ready};
use crate::kanto_cm::{
    connect, CallError, Client, ConnectError, Existing, KantoCm, Peer, Status, Waiting,
};
use crate::manifests_parser::{missing_providers, Manifest};
use crate::plan::{plan, Plan};
use crate::signals::StopSignal;

/// A connection that breaks this often in a row, with nothing done in between, is not coming back to stay.
const MOST_ROUNDS: u32 = 5;

/// Kanto-CM notices the end of a process sooner.
const NOTICE: Duration = Duration::from_millis(500);

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
    /// Kanto-CM cannot be reached, is lost for good, hangs, or is taken by another deployer; which, in a sentence.
    Unreachable(String),
    /// This signal said to end.
    Stopped(u8),
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfinished::Unreachable(reason) => f.write_str(reason),
            Unfinished::Stopped(signal) => write!(f, "ended by signal {signal}"),
        }
    }
}

/// A round's end other than success.
pub(super) enum Broken {
    Lost(String),
    Hangs,
    /// By another deployer, for too long.
    Locked(String),
    Stopped,
}

impl From<CallError> for Broken {
    fn from(error: CallError) -> Broken {
        match error {
            CallError::Hangs => Broken::Hangs,
            CallError::GivenUp => Broken::Stopped,
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
        let mut fruitless = 0;
        while fruitless < MOST_ROUNDS {
            let (client, existing) = self.connect()?;
            let done = count_done(outcomes);
            match self.round(&client, client.peer(), existing, manifests, outcomes) {
                Ok(()) => return Ok(()),
                Err(Broken::Hangs) => {
                    return Err(Unfinished::Unreachable(CallError::Hangs.to_string()))
                }
                Err(Broken::Locked(reason)) => return Err(Unfinished::Unreachable(reason)),
                Err(Broken::Stopped) => return Err(self.stopped()),
                Err(Broken::Lost(reason)) => warn!("{reason}"),
            }
            fruitless = if count_done(outcomes) > done {
                0
            } else {
                fruitless + 1
            };
        }
        let reason =
            format!("the connection to Kanto-CM broke {MOST_ROUNDS} times, and nothing got done");
        Err(Unfinished::Unreachable(reason))
    }

    fn connect(&self) -> Result<(Client, Vec<Existing>), Unfinished> {
        let waiting = Waiting {
            socket: self.socket,
            connect_timeout: self.connect_timeout,
            create_timeout: self.create_timeout,
            stop: self.stop,
        };
        connect(&waiting).map_err(|error| match error {
            ConnectError::TimedOut(reason) => {
                Unfinished::Unreachable(format!("Kanto-CM cannot be reached: {reason}"))
            }
            ConnectError::Stopped => self.stopped(),
        })
    }

    fn stopped(&self) -> Unfinished {
        Unfinished::Stopped(self.stop.received().unwrap_or_default())
    }

    /// Plans, acts and settles over one connection, beginning with the List `existing`.
    fn round(
        &self,
        cm: &dyn KantoCm,
        peer: Option<Peer>,
        mut existing: Vec<Existing>,
        manifests: &[Manifest],
        outcomes: &mut [Outcome],
    ) -> Result<(), Broken> {
        let mut plan = plan(manifests, &existing);
        let mut lock = None;
        if has_to_be_ready(&plan, &existing, peer, outcomes) {
            let waited = lock
                .insert(lock::lock(self.socket, self.connect_timeout, self.stop)?)
                .waited;
            match cm_ready::wait(cm, peer, self.cm_grace, self.stop)? {
                Ready::Long if !waited => {}
                Ready::Long | Ready::ByNow => existing = cm.list()?,
                Ready::Stopped => return Err(Broken::Stopped),
            }
            self.look_twice_at_vanished(cm, peer, &mut existing)?;
            plan = plan_anew(manifests, &existing, peer);
        }
        self.warn_about_providers(manifests, &existing, outcomes);
        let mut settles = !self.settle.is_zero();
        loop {
            self.carry_out(cm, &plan, settles, manifests, outcomes)?;
            match settle::settle(cm, self.settle, self.stop, outcomes)? {
                Settled::All => return Ok(()),
                // What was left to Kanto-CM and did not come up is started now.
                Settled::StartTheRest(listed) => existing = listed,
            }
            plan = plan_anew(manifests, &existing, peer);
            settles = false;
        }
    }

    /// A process that is gone may have ended this moment, and Kanto-CM be about to notice.
    fn look_twice_at_vanished(
        &self,
        cm: &dyn KantoCm,
        peer: Option<Peer>,
        existing: &mut Vec<Existing>,
    ) -> Result<(), Broken> {
        if sees_processes(peer) && existing.iter().any(has_vanished) {
            if self.stop.sleep(NOTICE) {
                return Err(Broken::Stopped);
            }
            *existing = cm.list()?;
        }
        Ok(())
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
                outcomes[i].failure = Some(problem.in_file(&manifests[i].file).to_string());
            } else {
                warn!("{}", problem.in_file(&manifests[i].file));
            }
            outcomes[i].warnings.push(warning);
        }
    }

    /// Creates and starts, `jobs` at a time; this thread is one of the workers. `settles`: what Kanto-CM is to start by
    /// itself is left to it for the settling time.
    fn carry_out(
        &self,
        cm: &dyn KantoCm,
        plan: &Plan,
        settles: bool,
        manifests: &[Manifest],
        outcomes: &mut [Outcome],
    ) -> Result<(), Broken> {
        for (step, outcome) in plan.steps.iter().zip(outcomes.iter_mut()) {
            outcome.take_up(step, settles);
        }
        let watches = !self.settle.is_zero();
        let board = Board::new(&plan.steps, outcomes, self.stop);
        thread::scope(|scope| {
            let board = &board;
            let act = Act {
                cm,
                steps: &plan.steps,
                manifests,
                board,
                settles,
                watches,
            };
            for _ in 1..self.jobs.min(board.tasks()) {
                if let Err(error) = thread::Builder::new().spawn_scoped(scope, move || act.work()) {
                    warn!("going on with fewer jobs: {error}");
                    break;
                }
            }
            act.work();
        });
        match board.into_end() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Broken::Stopped),
            Err(_) if self.stop.received().is_some() => Err(Broken::Stopped),
            Err(error) => {
                info!("looking anew at what Kanto-CM holds");
                Err(error.into())
            }
        }
    }
}

fn count_done(outcomes: &[Outcome]) -> usize {
    outcomes
        .iter()
        .map(|outcome| outcome.done.len() + usize::from(outcome.failure.is_some()))
        .sum()
}

/// A plan made of what a Kanto-CM that is ready lists.
fn plan_anew(manifests: &[Manifest], existing: &[Existing], peer: Option<Peer>) -> Plan {
    let mut plan = plan(manifests, existing);
    if sees_processes(peer) {
        let vanished: Vec<&Existing> = existing.iter().filter(|one| has_vanished(one)).collect();
        plan.fail_vanished(&vanished);
    }
    plan
}

/// Whether it matters if Kanto-CM is ready: something is to be changed, or it lists a container as running whose process
/// is gone, as it does at first after a power cut.
fn has_to_be_ready(
    plan: &Plan,
    existing: &[Existing],
    peer: Option<Peer>,
    outcomes: &[Outcome],
) -> bool {
    let is_something_open = plan
        .steps
        .iter()
        .zip(outcomes)
        .any(|(step, outcome)| is_open(step, outcome));
    is_something_open || sees_processes(peer) && existing.iter().any(has_vanished)
}

fn sees_processes(peer: Option<Peer>) -> bool {
    peer.is_some_and(|peer| peer.shares_pid_namespace())
}

fn has_vanished(existing: &Existing) -> bool {
    existing.state.status == Status::Running && !cm_ready::exists(existing.state.pid)
}
