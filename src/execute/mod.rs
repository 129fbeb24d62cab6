//! Does what the table names.
//!
//! [`Deployment::run`] is the whole story: connect, look at what Kanto-CM has, and let every workload go on until the table
//! has nothing left to say. Before the first changing call it takes the lock, waits until Kanto-CM is ready, and looks again. A
//! connection that breaks says nothing about any container: connect again, look again, go on.
//!
//! | file | |
//! | --- | --- |
//! | `deployment` | what a deployment needs |
//! | `connection` | reaches Kanto-CM and waits until it is ready |
//! | `lock` | keeps other deployers away |
//! | `inbox` | the manifests to deploy, handed over while a deployment runs |
//! | `matched` | from the manifests and what Kanto-CM lists to a workload each |
//! | `scheduler` | threads that carry workloads on, step by step |
//! | `newer_inputs` | what newer manifests change in workloads that are under way |
//! | `slot` | a workload's place in the scheduler |
//! | `calls` | makes one call and looks again |
//! | `announce` | what the log says of a call |
//! | `answer` | what a call brought, and what that changes |
//! | `preflight` | looks for what a replacement would surely fail for |
//! | `other_directory` | warns where two directories ask for one container |
//! | `observe` | what /proc says of a container's process |
//! | `outcome` | what became of each |
//! | `rounds` | what all connections have come to so far |

mod announce;
mod answer;
mod calls;
mod connection;
mod deployment;
mod inbox;
mod lock;
mod matched;
mod newer_inputs;
mod observe;
mod other_directory;
mod outcome;
mod preflight;
mod rounds;
mod scheduler;
mod slot;

use std::time::Duration;

use log::{info, warn};

use crate::container::Observed;
use crate::kanto_cm::{CallError, Client, KantoCm};
use crate::reconcile::Done;
use crate::sys::signals::StopSignal;
use calls::Caller;
use connection::RoundError;
pub use deployment::{Check, Deployment, RunError};
pub use inbox::{Inbox, Input, Inputs, Prunes};
use observe::Observer;
pub use outcome::Outcome;
use rounds::{identity, Run};
use scheduler::{End, Scheduler};
use slot::Slot;

/// A connection that breaks this often in a row, with nothing done in between, is not coming back to stay.
const MAX_ROUNDS: u32 = 5;
/// Before the next one; longer with each that has brought nothing.
const FRUITLESS_PAUSE: Duration = Duration::from_millis(100);
/// How long a replacement under way waits, after a signal, for a Kanto-CM that is gone. The next run goes on with it.
const LAST_WAIT: Duration = Duration::from_secs(30);

impl Deployment<'_> {
    /// Makes every manifest's container exist and run as its manifest asks. Returns what became of those that were not done
    /// when this failed; of the others, `on_end` is called.
    pub fn run(&self, inputs: Inputs) -> (Vec<Outcome>, Result<(), RunError>) {
        let mut run = Run {
            inputs,
            ..Run::default()
        };
        let result = self.run_in_rounds(&mut run);
        if result.is_ok() && run.inputs.is_complete {
            run.forget_gone(self.store, &self.policy.directory);
        }
        self.store.save_at_end();
        let result = result.map_err(|error| match error {
            RunError::Unreachable(reason) => RunError::Unreachable(run.hide_secrets(&reason)),
            stopped @ RunError::Stopped(_) => stopped,
        });
        (run.unfinished(), result)
    }

    /// Says what would be done, and changes nothing.
    pub fn dry_run(&self, inputs: &Inputs) -> (Vec<Outcome>, Result<(), RunError>) {
        let (client, listed) = match self.connect(self.stop, None) {
            Ok((client, listed, _)) => (client, listed),
            Err(error) => return (Vec::new(), Err(error)),
        };
        let observer = Observer::new(client.peer(), self.policy.settle);
        let containers = observer.all(listed);
        let planned = |slot| outcome::planned(slot, &self.policy);
        (
            self.slots(inputs, &containers)
                .iter()
                .map(planned)
                .collect(),
            Ok(()),
        )
    }

    fn run_in_rounds(&self, run: &mut Run) -> Result<(), RunError> {
        let never = StopSignal::default();
        let mut fruitless = 0;
        while fruitless < MAX_ROUNDS {
            // What is past its point of no return is brought to its end, whatever signals come.
            let is_past_return = run
                .slots
                .iter()
                .any(|slot| slot.workload.attempt.is_past_return);
            let stop = if is_past_return { &never } else { self.stop };
            let end_soon = is_past_return.then_some((self.stop, LAST_WAIT));
            let connected = self.connect(stop, end_soon)?;
            let before = run.count_actions();
            match self.round(connected, run, stop) {
                Ok(()) if self.stop.received().is_some() => return Err(self.stopped()),
                Ok(()) => return Ok(()),
                Err(RoundError::Hangs) => {
                    return Err(RunError::Unreachable(CallError::Hangs.to_string()))
                }
                Err(RoundError::Locked(reason)) => return Err(RunError::Unreachable(reason)),
                Err(RoundError::Stopped) => return Err(self.stopped()),
                Err(RoundError::Lost(reason)) => warn!("{}", run.hide_secrets(&reason)),
            }
            let is_getting_on = run.count_actions() > before;
            fruitless = if is_getting_on { 0 } else { fruitless + 1 };
            stop.sleep(FRUITLESS_PAUSE * fruitless);
        }
        Err(RunError::Unreachable(format!(
            "the connection to Kanto-CM broke {MAX_ROUNDS} times in a row without progress: see its log"
        )))
    }

    /// Deploys over one connection, until there is nothing left to do or the connection breaks.
    fn round(
        &self,
        (client, mut listed, mut was_ready): (Client, Vec<Observed>, bool),
        run: &mut Run,
        stop: &StopSignal,
    ) -> Result<(), RoundError> {
        let observer = Observer::new(client.peer(), self.policy.settle);
        if !was_ready && client.peer().is_some() {
            // Kanto-CM may have listed what was there before a power cut.
            listed = self.wait_until_ready(&client, stop)?.unwrap_or(listed);
            was_ready = true;
        }
        loop {
            if let Some(inputs) = self.inbox.and_then(Inbox::take) {
                run.inputs = inputs;
            }
            let containers = observer.all(listed);
            run.listed = containers.iter().map(identity).collect();
            let slots = run.resume(self.slots(&run.inputs, &containers));
            let is_locked = was_ready && self.has_lock(run);
            if is_locked || !slots.iter().any(|slot| slot.is_changing(&self.policy)) {
                let inputs = std::mem::take(&mut run.inputs);
                let scheduler = Scheduler::new(slots, &containers, inputs, self, is_locked);
                if self.schedule(scheduler, &client, observer, run)? {
                    return Ok(());
                }
            }
            if !self.has_lock(run) {
                run.lock = Some(self.take_lock(stop)?);
                self.read_state_again(run);
            }
            // Another deployer, or Kanto-CM itself, may have changed something since.
            let waited = if was_ready {
                None
            } else {
                self.wait_until_ready(&client, stop)?
            };
            listed = waited.map_or_else(|| client.list(), Ok)?;
            was_ready = true;
        }
    }

    /// Carries the workloads on. Returns whether nothing is left to do; if something is, that takes the lock.
    fn schedule(
        &self,
        scheduler: Scheduler,
        client: &Client,
        observer: Observer,
        run: &mut Run,
    ) -> Result<bool, RoundError> {
        let end;
        (run.inputs, run.slots, end) = scheduler.run(Caller {
            client,
            uninterruptible: &client.unstoppable(),
            store: self.store,
            observer,
            stop_timeout: self.stop_timeout,
        });
        match end {
            End::Done => Ok(true),
            End::NeedsLock => Ok(false),
            End::Broken(error) => {
                info!("listing the containers again");
                Err(error.into())
            }
        }
    }

    /// Another deployer may have written the state file. What this run has noted meanwhile is in no file yet.
    fn read_state_again(&self, run: &Run) {
        self.store.read_again();
        let workloads = run.slots.iter().map(|slot| &slot.workload);
        for workload in workloads.filter(|workload| workload.attempt.has_noted) {
            self.store.put(&workload.name, workload.entry.clone());
        }
    }

    fn ended(&self, slot: &Slot) {
        // What a signal has ended is reported at the end.
        if slot.done() != Some(&Done::Unfinished) {
            (self.on_end)(outcome::of(slot));
        }
    }
}
