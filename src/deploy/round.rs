//! What is done over one connection: wait until Kanto-CM is ready, plan, act, settle.

use std::thread;
use std::time::Duration;

use log::{info, warn};

use super::act::Act;
use super::board::{is_open, Board, Shift};
use super::calls::wait_for_remove;
use super::deployer::{is_under_way, Broken, Deployer};
use super::lock::Lock;
use super::outcome::Outcome;
use super::settle::{self, Settled};
use crate::cm_ready::{self, has_vanished, Ready};
use crate::kanto_cm::{Client, Existing, KantoCm, Peer};
use crate::manifests_parser::Manifest;
use crate::plan::{Plan, Step};
use crate::signals::StopSignal;

/// Kanto-CM notices the end of a process sooner.
const NOTICE: Duration = Duration::from_millis(500);

/// One replacement can lead to another when it is through, and that is all.
const MOST_PLANS: u32 = 4;

impl<'a> Deployer<'a> {
    /// Plans, acts and settles over one connection, beginning with the List `existing`. Before the first changing call other
    /// deployers are kept away, by `lock`, and Kanto-CM is waited for until it is ready. Tells what it held when the last plan
    /// was made.
    pub(super) fn round(
        &self,
        cm: &Client,
        mut existing: Vec<Existing>,
        manifests: &[Manifest],
        outcomes: &mut Vec<Outcome>,
        lock: &mut Option<Lock<'a>>,
        stop: &StopSignal,
    ) -> Result<Vec<Existing>, Broken> {
        let mut waits = !self.settle.is_zero();
        let mut is_ready = false;
        let mut has_warned = false;
        for plans in 1.. {
            let mut plan = self.plan(manifests, &existing);
            align(&plan, manifests.len(), outcomes);
            if has_to_be_ready(&plan, &existing, cm.peer(), outcomes)
                || self.doubts_list(manifests, &existing)
            {
                if !is_ready {
                    self.lock_until_ready(cm, &mut existing, lock, stop)?;
                    is_ready = true;
                }
                plan = self.plan_ready(cm, manifests, &mut existing, stop)?;
                align(&plan, manifests.len(), outcomes);
            }
            if !std::mem::replace(&mut has_warned, true) {
                self.warn_about_providers(manifests, &existing, outcomes);
            }
            self.carry_out(cm, &plan, waits, manifests, outcomes)?;
            self.follow(manifests, outcomes);
            let leads_on =
                |(step, outcome): (&Step, &Outcome)| step.again && outcome.failure.is_none();
            if plan.steps.iter().zip(&*outcomes).any(leads_on) && plans < MOST_PLANS {
                existing = cm.list()?;
                continue;
            }
            match settle::settle(cm, self.settle, self.stop, outcomes)? {
                Settled::All => break,
                // What was left to Kanto-CM and did not come up is started now.
                Settled::StartTheRest(listed) => {
                    waits = false;
                    existing = listed;
                }
            }
        }
        Ok(existing)
    }

    /// Nothing is listed, nothing is wanted, and yet a replacement is known to have been begun: Kanto-CM may be loading.
    fn doubts_list(&self, manifests: &[Manifest], existing: &[Existing]) -> bool {
        manifests.is_empty() && existing.is_empty() && self.applied.is_something_unfinished()
    }

    /// Keeps other deployers away, and waits until Kanto-CM is ready. `existing` is what it holds then.
    fn lock_until_ready(
        &self,
        cm: &Client,
        existing: &mut Vec<Existing>,
        lock: &mut Option<Lock<'a>>,
        stop: &StopSignal,
    ) -> Result<(), Broken> {
        let mut is_stale = false;
        if lock.is_none() {
            let read_anew = || self.applied.read_anew();
            let taken = self
                .lock
                .take(self.socket, self.connect_timeout, stop, &read_anew)?;
            is_stale = taken.is_stale;
            *lock = Some(taken.lock);
        }
        let expects_some = !self.applied.record().is_empty();
        match cm_ready::wait(cm, cm.peer(), self.cm_grace, expects_some, stop)? {
            Ready::Long if !is_stale => {}
            Ready::Long | Ready::ByNow => *existing = cm.list()?,
            Ready::Stopped => return Err(Broken::Stopped),
        }
        Ok(())
    }

    /// A plan made of what a Kanto-CM that is ready lists, looked at twice where that is called for.
    fn plan_ready(
        &self,
        cm: &Client,
        manifests: &[Manifest],
        existing: &mut Vec<Existing>,
        stop: &StopSignal,
    ) -> Result<Plan, Broken> {
        let sees_processes = sees_processes(cm.peer());
        // A process that is gone may have ended this moment, and Kanto-CM be about to notice.
        if sees_processes && existing.iter().any(has_vanished) {
            if stop.sleep(NOTICE) {
                return Err(Broken::Stopped);
            }
            *existing = cm.list()?;
        }
        let mut plan = self.plan(manifests, existing);
        if wait_for_removes(cm, &plan)? {
            *existing = cm.list()?;
            plan = self.plan(manifests, existing);
        }
        if sees_processes {
            let vanished: Vec<&Existing> =
                existing.iter().filter(|one| has_vanished(one)).collect();
            plan.fail_vanished(&vanished);
        }
        Ok(plan)
    }

    /// Creates, starts and replaces. `waits`: what Kanto-CM is to start by itself is left to it for the settling time.
    fn carry_out(
        &self,
        cm: &Client,
        plan: &Plan,
        waits: bool,
        manifests: &[Manifest],
        outcomes: &mut [Outcome],
    ) -> Result<(), Broken> {
        for (step, outcome) in plan.steps.iter().zip(outcomes.iter_mut()) {
            outcome.take_up(step, waits);
        }
        let board = Board::new(&plan.steps, &mut outcomes[..plan.steps.len()], self.stop);
        let act = Act {
            cm,
            to_the_end: &cm.unstoppable(),
            steps: &plan.steps,
            manifests,
            board: &board,
            applied: self.applied,
            forgiven: &self.forgiven,
            neighbours: &self.neighbours,
            settle: self.settle,
            stop_timeout: self.stop_timeout,
            waits,
            sees_processes: sees_processes(cm.peer()),
        };
        work(&act, self.jobs);
        match board.into_end() {
            Ok(true) if self.stop.received().is_none() => Ok(()),
            Ok(_) => Err(Broken::Stopped),
            Err(_) if self.stop.received().is_some() && !is_under_way(outcomes) => {
                Err(Broken::Stopped)
            }
            Err(error) => {
                info!("looking anew at what Kanto-CM holds");
                Err(error.into())
            }
        }
    }
}

/// Removes that an interrupted run has begun may be under way. `true`: look anew.
fn wait_for_removes(cm: &Client, plan: &Plan) -> Result<bool, Broken> {
    let removing = plan
        .steps
        .iter()
        .filter_map(|step| step.helpers.removing.as_ref());
    let mut is_any = false;
    for id in removing {
        wait_for_remove(cm, id)?;
        is_any = true;
    }
    Ok(is_any)
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

/// Does all that is on the board, `jobs` at a time; this thread is one of the workers.
fn work(act: &Act, jobs: usize) {
    // What has settled is not to wait behind a pull: one more worker does nothing but judge.
    let judges = usize::from(act.board.has_replacements());
    thread::scope(|scope| {
        for worker in 1..jobs.min(act.board.tasks()) + judges {
            let shift = if worker <= judges {
                Shift::Judging
            } else {
                Shift::All
            };
            let begin = move || act.work(shift);
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, begin) {
                warn!("going on with fewer jobs: {error}");
                break;
            }
        }
        act.work(Shift::All);
    });
}
