//! What is done over one connection: wait until Kanto-CM is ready, plan, act, settle.

use std::thread;
use std::time::Duration;

use log::{info, warn};

use super::act::Act;
use super::board::{is_open, Board};
use super::deployer::{Broken, Deployer};
use super::lock;
use super::outcome::Outcome;
use super::settle::{self, Settled};
use crate::cm_ready::{self, has_vanished, Ready};
use crate::kanto_cm::{CallError, Client, Existing, KantoCm, Peer, Update};
use crate::manifests_parser::Manifest;
use crate::plan::{Plan, Step};

/// Kanto-CM notices the end of a process sooner.
const NOTICE: Duration = Duration::from_millis(500);

/// One replacement can lead to another when it is through, and that is all.
const MOST_PLANS: u32 = 4;

impl Deployer<'_> {
    /// Plans, acts and settles over one connection, beginning with the List `existing`.
    pub(super) fn round(
        &self,
        cm: &Client,
        mut existing: Vec<Existing>,
        manifests: &[Manifest],
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), Broken> {
        let peer = cm.peer();
        let mut plan = self.plan(manifests, &existing);
        align(&plan, manifests.len(), outcomes);
        let mut lock = None;
        if has_to_be_ready(&plan, &existing, peer, outcomes) {
            lock = Some(self.lock_until_ready(cm, &mut existing)?);
            plan = self.plan_anew(manifests, &existing, peer);
            if Self::wait_for_removes(cm, &plan)? {
                existing = cm.list()?;
                plan = self.plan_anew(manifests, &existing, peer);
            }
        }
        self.warn_about_providers(manifests, &existing, outcomes);
        self.carry_out_all(cm, plan, manifests, outcomes)?;
        self.applied.forget_gone(manifests, &existing);
        drop(lock);
        Ok(())
    }

    /// Carries the plan out, and what it turns out to lead to.
    fn carry_out_all(
        &self,
        cm: &Client,
        mut plan: Plan,
        manifests: &[Manifest],
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), Broken> {
        let mut settles = !self.settle.is_zero();
        for plans in 1.. {
            align(&plan, manifests.len(), outcomes);
            self.carry_out(cm, &plan, settles, manifests, outcomes)?;
            let leads_on = plan.steps.iter().any(|step| step.again) && plans < MOST_PLANS;
            let existing = if leads_on {
                cm.list()?
            } else {
                match settle::settle(cm, self.settle, self.stop, outcomes)? {
                    Settled::All => break,
                    // What was left to Kanto-CM and did not come up is started now.
                    Settled::StartTheRest(existing) => {
                        settles = false;
                        existing
                    }
                }
            };
            plan = self.plan_anew(manifests, &existing, cm.peer());
        }
        Ok(())
    }

    /// Keeps other deployers away, and waits until Kanto-CM is ready. `existing` is what it holds then.
    fn lock_until_ready(
        &self,
        cm: &Client,
        existing: &mut Vec<Existing>,
    ) -> Result<lock::Lock, Broken> {
        let lock = lock::lock(self.socket, self.connect_timeout, self.stop)?;
        if lock.waited {
            self.applied.read_anew();
        }
        let expects_some = !self.applied.record().is_empty();
        match cm_ready::wait(cm, cm.peer(), self.cm_grace, expects_some, self.stop)? {
            Ready::Long if !lock.waited => {}
            Ready::Long | Ready::ByNow => *existing = cm.list()?,
            Ready::Stopped => return Err(Broken::Stopped),
        }
        // A process that is gone may have ended this moment, and Kanto-CM be about to notice.
        if sees_processes(cm.peer()) && existing.iter().any(has_vanished) {
            if self.stop.sleep(NOTICE) {
                return Err(Broken::Stopped);
            }
            *existing = cm.list()?;
        }
        Ok(lock)
    }

    /// Removes that an interrupted run has begun may be under way. An Update that changes nothing is answered when they are
    /// over. `true`: look anew.
    fn wait_for_removes(cm: &Client, plan: &Plan) -> Result<bool, Broken> {
        let removing: Vec<&String> = plan
            .steps
            .iter()
            .filter_map(|step| step.helpers.removing.as_ref())
            .collect();
        for id in &removing {
            match cm.update(id, &Update::default()) {
                Ok(()) | Err(CallError::Refused(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(!removing.is_empty())
    }

    /// A plan made of what a Kanto-CM that is ready lists.
    fn plan_anew(&self, manifests: &[Manifest], existing: &[Existing], peer: Option<Peer>) -> Plan {
        let mut plan = self.plan(manifests, existing);
        if sees_processes(peer) {
            let vanished: Vec<&Existing> =
                existing.iter().filter(|one| has_vanished(one)).collect();
            plan.fail_vanished(&vanished);
        }
        plan
    }

    /// Creates, starts and replaces, `jobs` at a time; this thread is one of the workers. `settles`: what Kanto-CM is to start
    /// by itself is left to it for the settling time.
    fn carry_out(
        &self,
        cm: &Client,
        plan: &Plan,
        settles: bool,
        manifests: &[Manifest],
        outcomes: &mut [Outcome],
    ) -> Result<(), Broken> {
        for (step, outcome) in plan.steps.iter().zip(outcomes.iter_mut()) {
            outcome.take_up(step, settles);
        }
        let board = Board::new(&plan.steps, &mut outcomes[..plan.steps.len()], self.stop);
        let act = Act {
            cm,
            to_the_end: &cm.unstoppable(),
            steps: &plan.steps,
            manifests,
            board: &board,
            applied: &self.applied,
            settle: self.settle,
            stop_timeout: self.stop_timeout,
            settles,
            sees_processes: sees_processes(cm.peer()),
        };
        thread::scope(|scope| {
            for _ in 1..self.jobs.min(board.tasks()) {
                if let Err(error) = thread::Builder::new().spawn_scoped(scope, move || act.work()) {
                    warn!("going on with fewer jobs: {error}");
                    break;
                }
            }
            act.work();
        });
        match board.into_end() {
            Ok(true) if self.stop.received().is_none() => Ok(()),
            Ok(_) => Err(Broken::Stopped),
            Err(_) if self.stop.received().is_some() => Err(Broken::Stopped),
            Err(error) => {
                info!("looking anew at what Kanto-CM holds");
                Err(error.into())
            }
        }
    }
}

/// One outcome a step: those of containers without a manifest, behind the `manifests` ones, are found by name.
fn align(plan: &Plan, manifests: usize, outcomes: &mut Vec<Outcome>) {
    for (i, step) in plan.steps.iter().enumerate().skip(manifests) {
        let known = (i..outcomes.len()).find(|&at| outcomes[at].name == step.name);
        match known {
            Some(at) => outcomes.swap(i, at),
            None => outcomes.insert(
                i,
                Outcome {
                    name: step.name.clone(),
                    ..Outcome::default()
                },
            ),
        }
    }
}

/// Whether it matters if Kanto-CM is ready: something is to be changed, or it lists a container as running whose process
/// is gone, as it does at first after a power cut.
fn has_to_be_ready(
    plan: &Plan,
    existing: &[Existing],
    peer: Option<Peer>,
    outcomes: &[Outcome],
) -> bool {
    let is_something_open = |(step, outcome): (&Step, &Outcome)| is_open(step, outcome);
    plan.steps.iter().zip(outcomes).any(is_something_open)
        || sees_processes(peer) && existing.iter().any(has_vanished)
}

fn sees_processes(peer: Option<Peer>) -> bool {
    peer.is_some_and(|peer| peer.shares_pid_namespace())
}
