//! A deployment from the connection to the verdict. A connection that breaks is no verdict on a container: connect anew,
//! ask anew whether Kanto-CM is ready, look at what it holds, and go on.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use log::warn;

use super::applied::Applied;
use super::forgiven::Forgiven;
use super::lock::{Lock, SharedLock};
use super::neighbours::Neighbours;
use super::outcome::{Done, Outcome, Replacing};
use crate::container::is_reserved;
use crate::kanto_cm::{connect, CallError, Client, ConnectError, Existing, Waiting};
use crate::manifests_parser::{bridge_host_name, missing_providers, Manifest};
use crate::plan::{plan, Occasion, Plan, Rules};
use crate::signals::StopSignal;

/// A connection that breaks this often in a row, with nothing done in between, is not coming back to stay.
const MOST_ROUNDS: u32 = 5;
/// After a signal, a Kanto-CM that is gone is waited for so long before a replacement is left as it is: the next run takes it up.
const LAST_WAIT: Duration = Duration::from_secs(30);

/// How to deploy.
#[derive(Debug)]
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
    /// Grace period before SIGKILL when a container is removed; a second at least.
    pub stop_timeout: Duration,
    /// How many calls run at a time.
    pub jobs: usize,
    /// Warnings about a manifest count as errors.
    pub strict: bool,
    /// What to decide differently.
    pub rules: Rules,
    /// What was applied before.
    pub applied: &'a Applied,
    /// Keeps other deployers away.
    pub lock: &'a SharedLock,
    /// What is tried again.
    pub forgiven: Forgiven,
    /// The manifests that are not deployed.
    pub neighbours: Neighbours<'a>,
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

impl<'a> Deployer<'a> {
    /// Connects and decides, and changes nothing. `outcomes` has one entry a step of the plan then.
    pub fn dry_run(
        &self,
        manifests: &[Manifest],
        outcomes: &mut Vec<Outcome>,
    ) -> Result<Plan, Unfinished> {
        let (_, existing) = self.connect(self.stop, None)?;
        self.warn_about_providers(manifests, &existing, outcomes);
        let plan = self.plan(manifests, &existing);
        outcomes.resize(plan.steps.len(), Outcome::default());
        Ok(plan)
    }

    /// Makes every manifest's container exist and run as its manifest asks. `outcomes` begins with one entry a manifest; what
    /// is done to containers without one comes behind. It tells what was done also when this fails.
    pub fn deploy(
        &self,
        manifests: &[Manifest],
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), Unfinished> {
        let mut lock = None;
        if self.rules.occasion == Occasion::Touch {
            self.forgiven.forgive(manifests);
        }
        let result = self.deploy_in_rounds(manifests, outcomes, &mut lock);
        for outcome in outcomes.iter_mut().filter(|_| result.is_ok()) {
            if let Some(ran) = outcome.unanswered.take() {
                // A Remove: there is no step for it any more.
                outcome.ran(ran);
            }
        }
        let existing = result.as_deref().unwrap_or_default();
        self.record_all(manifests, existing, outcomes, lock.as_ref());
        drop(lock);
        for outcome in outcomes {
            // A roll back that came to no end has more to say.
            let is_all = outcome.failure.is_none() || outcome.failure == outcome.verdict;
            outcome.is_rolled_back = outcome.verdict.is_some() && is_all;
            outcome.failure = outcome.failure.take().or(outcome.verdict.take());
        }
        result.map(drop)
    }

    /// Brings the record up to date; without a lock only if nobody else is at work. `existing`: what Kanto-CM held, as far as
    /// that is known.
    fn record_all(
        &self,
        manifests: &[Manifest],
        existing: &[Existing],
        outcomes: &[Outcome],
        lock: Option<&Lock>,
    ) {
        let put = || {
            self.follow(manifests, outcomes);
            self.applied.put_all(manifests, outcomes);
            for outcome in outcomes {
                if outcome.done.contains(&Done::Removed) {
                    self.applied.forget(&outcome.name);
                }
            }
            // An invalid manifest may be one of these, an empty List may be that of a Kanto-CM that is loading, and beside other
            // deployments neither the List nor the directory is as it was.
            let is_alone = !self.rules.leave_orphans;
            if self.rules.invalid == 0 && !existing.is_empty() && is_alone {
                let beside = self.neighbours.now();
                self.applied
                    .forget_gone(manifests, &beside, existing, outcomes);
            }
        };
        put();
        let is_locked = lock.is_some();
        if !is_locked && self.applied.record().is_changed() {
            let read_anew = || self.applied.read_anew();
            let taken = self
                .lock
                .take(self.socket, Duration::ZERO, self.stop, &read_anew);
            let Ok(_taken) = taken else {
                return; // the next run will
            };
            put();
            return self.applied.save();
        }
        self.applied.save();
    }

    /// Healing gives containers other ids, also such that have no manifest, and old ones that came back.
    pub(super) fn follow(&self, manifests: &[Manifest], outcomes: &[Outcome]) {
        for (i, outcome) in outcomes.iter().enumerate() {
            let name = manifests
                .get(i)
                .map_or(&outcome.name, |one| &one.container.name);
            if let Some(id) = &outcome.id {
                self.applied.follow(name, id);
            }
        }
    }

    fn deploy_in_rounds(
        &self,
        manifests: &[Manifest],
        outcomes: &mut Vec<Outcome>,
        lock: &mut Option<Lock<'a>>,
    ) -> Result<Vec<Existing>, Unfinished> {
        let never = StopSignal::default();
        let mut fruitless = 0;
        while fruitless < MOST_ROUNDS {
            // What is past its point of no return is brought to its end, whatever signals come.
            let is_under_way = is_under_way(outcomes);
            let stop = if is_under_way { &never } else { self.stop };
            let end_soon = is_under_way.then_some((self.stop, LAST_WAIT));
            let (client, existing) = self.connect(stop, end_soon)?;
            let done = count_done(outcomes);
            match self.round(&client, existing, manifests, outcomes, lock, stop) {
                Ok(existing) => return Ok(existing),
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

    fn connect(
        &self,
        stop: &StopSignal,
        end_soon: Option<(&StopSignal, Duration)>,
    ) -> Result<(Client, Vec<Existing>), Unfinished> {
        let waiting = Waiting {
            socket: self.socket,
            connect_timeout: self.connect_timeout,
            create_timeout: self.create_timeout,
            stop,
            end_soon,
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

    pub(super) fn plan(&self, manifests: &[Manifest], existing: &[Existing]) -> Plan {
        let beside = self.neighbours.now();
        let record = self.applied.record();
        let settled = SystemTime::now().checked_sub(self.settle);
        let settled = settled.filter(|_| !self.settle.is_zero());
        let rules = Rules {
            forgiven: self.forgiven.names(),
            settled,
            ..self.rules.clone()
        };
        plan(manifests, &beside, existing, &record, &rules)
    }

    /// Whether somebody provides what `extra_hosts` names can be told only now that Kanto-CM's containers are known.
    pub(super) fn warn_about_providers(
        &self,
        manifests: &[Manifest],
        existing: &[Existing],
        outcomes: &mut [Outcome],
    ) {
        let beside = self.neighbours.now();
        let neighbours = beside
            .all()
            .filter_map(|one| bridge_host_name(&one.container));
        let existing = existing.iter().map(|one| &one.container);
        let existing = existing.filter(|one| !is_reserved(&one.id));
        let host_names: HashSet<String> = existing
            .map(|one| one.host_name.clone())
            .chain(neighbours)
            .collect();
        let exists = |host_name: &str| host_names.contains(host_name);
        for (i, problem) in missing_providers(manifests, &exists) {
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
}

/// Is there a replacement that no signal is to end?
pub(super) fn is_under_way(outcomes: &[Outcome]) -> bool {
    outcomes
        .iter()
        .any(|outcome| outcome.replacing == Replacing::UnderWay)
}

fn count_done(outcomes: &[Outcome]) -> usize {
    outcomes
        .iter()
        .map(|outcome| outcome.done.len() + usize::from(outcome.failure.is_some()))
        .sum()
}
