//! Does what the table names.
//!
//! [`Deployment::run`] tells the whole story: connect, look at what Kanto-CM has, and let every workload go on until the table
//! has nothing left to say. Before the first changing call it takes the lock, waits until Kanto-CM is ready, and looks again. A
//! connection that breaks says nothing about any container: connect again, look again, go on.
//!
//! | file | |
//! | --- | --- |
//! | `inbox` | the manifests to deploy, handed over while a deployment runs |
//! | `scheduler` | threads that carry workloads on, step by step |
//! | `slot` | a workload's place in the scheduler |
//! | `calls` | makes one call and looks again |
//! | `preflight` | looks for what a replacement would surely fail for |
//! | `other_directory` | warns where two directories ask for one container |
//! | `observe` | what /proc says of a container's process |
//! | `outcome` | what became of each |
//! | `rounds` | what all connections have come to so far |
//! | `lock` | keeps other deployers away |

mod calls;
mod inbox;
mod lock;
mod observe;
mod other_directory;
mod outcome;
mod preflight;
mod rounds;
mod scheduler;
mod slot;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use log::{info, warn};

use crate::cm_ready::{self, Ready};
use crate::container::{differences, Observed};
use crate::kanto_cm::{connect, CallError, Client, ConnectError, KantoCm, Waiting};
use crate::reconcile::{
    is_stale, keep_unclaimed, Desired, Done, Matching, Policy, Trigger, Workload,
};
use crate::state::{self, Entry, StateStore};
use crate::sys::signals::StopSignal;
use calls::Caller;
pub use inbox::{Inbox, Input, Inputs, Prunes};
use lock::{Lock, LockError};
use observe::Observer;
pub use outcome::Outcome;
use rounds::{identity, Run};
use scheduler::{End, Scheduler};
use slot::Slot;

/// A connection that breaks this often in a row, with nothing done in between, is not coming back to stay.
const MAX_ROUNDS: u32 = 5;
/// Before the next one; longer with each that has brought nothing.
const FRUITLESS_PAUSE: Duration = Duration::from_millis(100);
/// After a signal, a Kanto-CM that is gone is waited for so long before a replacement is left as it is: the next run goes on.
const LAST_WAIT: Duration = Duration::from_secs(30);

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
    /// Decides differently.
    pub policy: Policy,
    /// What was applied before.
    pub store: &'a StateStore,
    /// Ends the run early.
    pub stop: &'a StopSignal,
    /// Asked what a List means for the manifests.
    pub check: &'a Check<'a>,
    /// Newer inputs are taken while the deployment runs.
    pub inbox: Option<&'a Inbox>,
    /// Told of every workload that is done.
    pub on_end: &'a (dyn Fn(Outcome) + Sync),
    /// Told when nothing is left to do about containers without a manifest, with the newest request that this holds for.
    pub on_others_done: &'a (dyn Fn(u32) + Sync),
}

/// Looks at what Kanto-CM lists, and says which manifests fail for that (by their files), and why.
pub type Check<'a> = dyn Fn(&[Observed]) -> Vec<(String, String)> + Sync + 'a;

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
enum RoundError {
    Lost(String),
    Hangs,
    Locked(String),
    Stopped,
}

impl From<CallError> for RoundError {
    fn from(error: CallError) -> RoundError {
        match error {
            CallError::Hangs => RoundError::Hangs,
            CallError::GivenUp => RoundError::Stopped,
            // A List or Get has no business being refused or late: look again over a new connection.
            CallError::Refused(_) | CallError::NoAnswer | CallError::Lost(_) => {
                RoundError::Lost(error.to_string())
            }
        }
    }
}

impl Deployment<'_> {
    /// Makes every manifest's container exist and run as its manifest asks. Returns what became of those that were not done
    /// when this failed; of the others, `on_end` is called.
    pub fn run(&self, inputs: Inputs) -> (Vec<Outcome>, Result<(), Unfinished>) {
        let mut run = Run {
            inputs,
            ..Run::default()
        };
        let result = self.run_in_rounds(&mut run);
        if result.is_ok() && run.inputs.is_complete {
            run.forget_gone(self.store, &self.policy.directory);
        }
        self.store.save_at_end();
        let result = result.map_err(|unfinished| match unfinished {
            Unfinished::Unreachable(reason) => Unfinished::Unreachable(run.hide_secrets(&reason)),
            stopped @ Unfinished::Stopped(_) => stopped,
        });
        (run.unfinished(), result)
    }

    /// Says what would be done, and changes nothing.
    pub fn dry_run(&self, inputs: &Inputs) -> (Vec<Outcome>, Result<(), Unfinished>) {
        let (client, listed) = match self.connect(self.stop, None) {
            Ok((client, listed, _)) => (client, listed),
            Err(unfinished) => return (Vec::new(), Err(unfinished)),
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

    fn run_in_rounds(&self, run: &mut Run) -> Result<(), Unfinished> {
        let never = StopSignal::default();
        let mut fruitless = 0;
        while fruitless < MAX_ROUNDS {
            // What is past its point of no return is brought to its end, whatever signals come.
            let is_committed = run
                .slots
                .iter()
                .any(|slot| slot.workload.attempt.is_committed);
            let stop = if is_committed { &never } else { self.stop };
            let end_soon = is_committed.then_some((self.stop, LAST_WAIT));
            let connected = self.connect(stop, end_soon)?;
            let before = run.count_actions();
            match self.round(connected, run, stop) {
                Ok(()) if self.stop.received().is_some() => return Err(self.stopped()),
                Ok(()) => return Ok(()),
                Err(RoundError::Hangs) => {
                    return Err(Unfinished::Unreachable(CallError::Hangs.to_string()))
                }
                Err(RoundError::Locked(reason)) => return Err(Unfinished::Unreachable(reason)),
                Err(RoundError::Stopped) => return Err(self.stopped()),
                Err(RoundError::Lost(reason)) => warn!("{}", run.hide_secrets(&reason)),
            }
            let is_getting_on = run.count_actions() > before;
            fruitless = if is_getting_on { 0 } else { fruitless + 1 };
            stop.sleep(FRUITLESS_PAUSE * fruitless);
        }
        Err(Unfinished::Unreachable(format!(
            "the connection to Kanto-CM broke {MAX_ROUNDS} times in a row without progress: see its log"
        )))
    }

    /// What is done over one connection.
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
                let end;
                (run.inputs, run.slots, end) = scheduler.run(Caller {
                    client: &client,
                    uninterruptible: &client.unstoppable(),
                    store: self.store,
                    observer,
                    stop_timeout: self.stop_timeout,
                });
                match end {
                    End::Done => return Ok(()),
                    End::NeedsLock => {}
                    End::Broken(error) => {
                        info!("listing the containers again");
                        return Err(error.into());
                    }
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

    /// Another deployer may have written the state file. What this run has noted meanwhile is in no file yet.
    fn read_state_again(&self, run: &Run) {
        self.store.read_again();
        let workloads = run.slots.iter().map(|slot| &slot.workload);
        for workload in workloads.filter(|workload| workload.attempt.has_noted) {
            self.store.put(&workload.name, workload.entry.clone());
        }
    }

    fn has_lock(&self, run: &Run) -> bool {
        run.lock
            .as_ref()
            .is_some_and(|lock| lock.holds_for(self.socket))
    }

    fn take_lock(&self, stop: &StopSignal) -> Result<Lock, RoundError> {
        Lock::take(self.socket, self.connect_timeout, stop).map_err(|error| match error {
            LockError::Busy(reason) => RoundError::Locked(reason),
            LockError::Stopped => RoundError::Stopped,
        })
    }

    /// Waits until Kanto-CM has restored its containers. `Some`: what it lists then; `None`: it was ready long before.
    fn wait_until_ready(
        &self,
        client: &Client,
        stop: &StopSignal,
    ) -> Result<Option<Vec<Observed>>, RoundError> {
        let expects_some = !self.store.state().entries().is_empty();
        match cm_ready::wait(client, client.peer(), self.cm_grace, expects_some, stop)? {
            Ready::Long => Ok(None),
            Ready::ByNow => Ok(Some(client.list()?)),
            Ready::Stopped => Err(RoundError::Stopped),
        }
    }

    /// The client, its first List, and whether Kanto-CM was ready before that.
    fn connect(
        &self,
        stop: &StopSignal,
        end_soon: Option<(&StopSignal, Duration)>,
    ) -> Result<(Client, Vec<Observed>, bool), Unfinished> {
        let waiting = Waiting {
            socket: self.socket,
            connect_timeout: self.connect_timeout,
            jobs: self.jobs,
            create_timeout: self.create_timeout,
            stop,
            end_soon,
            is_ready: &|peer| cm_ready::is_ready(peer, self.cm_grace),
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

    /// One slot a manifest, in the order of the files; then those of containers without one.
    fn slots(&self, inputs: &Inputs, observed: &[Observed]) -> Vec<Slot> {
        let desired: Vec<Desired> = inputs
            .manifests
            .iter()
            .map(|input| input.desired.clone())
            .collect();
        let mut workloads = {
            let mut state = self.store.state();
            state.retain(&mut |entry| !is_stale(entry, &self.policy.boot));
            let matching = Matching {
                desired: &desired,
                observed,
                state: &state,
                pruned: (inputs.prunes > Prunes::None).then_some(&self.policy.directory),
            };
            matching.workloads()
        };
        if inputs.prunes == Prunes::Claimed {
            keep_unclaimed(&mut workloads);
        }
        let unfit = (self.check)(observed);
        let slot = |(index, workload): (usize, Workload)| {
            let input = inputs.manifests.get(index);
            let file = input.map(|input| input.file.clone()).unwrap_or_default();
            let reason = unfit
                .iter()
                .find(|(input, _)| *input == file)
                .map(|(_, reason)| reason.clone());
            let workload = self.prepared(workload, input.and_then(|input| input.trigger), reason);
            let is_active = input.map_or(true, |input| input.trigger.is_some());
            let request = input.map_or(0, |input| input.request);
            Slot::new(workload, file, request, is_active, self.stop.derive())
        };
        workloads.into_iter().enumerate().map(slot).collect()
    }

    /// `unfit`: why it fails for what Kanto-CM lists.
    fn prepared(
        &self,
        mut workload: Workload,
        trigger: Option<Trigger>,
        unfit: Option<String>,
    ) -> Workload {
        workload.entry = workload.entry.take().map(|entry| {
            if self.reapply {
                entry.without_content()
            } else {
                counted(entry, trigger)
            }
        });
        workload.attempt.trigger = trigger.unwrap_or_default();
        workload.attempt.failure = unfit;
        if let (Some(desired), Some(observed)) = (&workload.desired, &workload.observed) {
            workload.attempt.differences =
                differences(&desired.listed, &observed.listed, self.show_values);
        }
        workload
    }

    fn ended(&self, slot: &Slot) {
        // What a signal has ended is reported at the end.
        if slot.done() != Some(&Done::Unfinished) {
            (self.on_end)(outcome::of(slot));
        }
    }
}

/// What counts of an entry: a touched manifest is tried again although it was rolled back.
fn counted(entry: Entry, trigger: Option<Trigger>) -> Entry {
    if trigger == Some(Trigger::Touch) && entry.outcome == state::Outcome::RolledBack {
        entry.without_content()
    } else {
        entry
    }
}
