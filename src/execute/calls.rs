//! Makes one call for a workload and looks again. What Kanto-CM refuses is settled by looking at what it holds.

use std::thread;
use std::time::{Duration, Instant};

use log::warn;

use super::announce::announce;
use super::answer::Answer;
use super::observe::Observer;
use crate::container::{Observed, Spec, Status, Update};
use crate::kanto_cm::{CallError, Client, KantoCm};
use crate::reconcile::{Call, Row, Target, Workload};
use crate::state::StateStore;
use crate::sys::signals::StopSignal;
use crate::text::printable;

/// A Create that may pull and is refused sooner than this may have met what an interrupted call left behind. That goes by itself.
const LEFTOVER_REFUSAL: Duration = Duration::from_secs(1);
const MAX_CREATES: u32 = 3;
/// An interrupted call needs some time to end. Twice as long before the third try.
const CREATE_PAUSE: Duration = Duration::from_millis(100);

/// What a thread needs to make calls.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) client: &'a Client,
    /// Nothing cancels its calls.
    pub(super) uninterruptible: &'a Client,
    pub(super) store: &'a StateStore,
    pub(super) observer: Observer,
    /// Time between SIGTERM and SIGKILL.
    pub(super) stop_timeout: Duration,
}

impl Caller<'_> {
    /// Makes the call that `row` names for `w`. An error is no answer about this workload: the connection broke, a signal came, or
    /// Kanto-CM hangs.
    pub(super) fn make(
        &self,
        w: &Workload,
        row: Row,
        call: &Call,
        cancel: &StopSignal,
    ) -> Result<Answer, CallError> {
        announce(w, row, call);
        match call {
            Call::Create { spec, target } => self.create(row, spec, *target, cancel),
            Call::Start { id } => self.start(id, self.uninterruptible.start(id)),
            Call::Unpause { id } => self.start(id, self.uninterruptible.unpause(id)),
            Call::Update { id, update } => self.update(id, update),
            Call::Remove {
                id,
                target: Target::Container,
            } => self.remove_container(w, row, id),
            Call::Remove { id, target } => {
                // What is pruned may run under a ruined id, too.
                let may_run = w.is_pruned || *target == Target::Earlier;
                let grace = may_run.then_some(self.stop_timeout);
                self.remove_leftover(w, id, *target, grace)
            }
            Call::AwaitRemove { id } => {
                self.await_remove(id)?;
                self.look(id)
            }
            Call::Look { id } => self.look(id),
        }
    }

    /// All containers.
    pub(super) fn list(&self) -> Result<Vec<Observed>, CallError> {
        Ok(self.observer.all(self.uninterruptible.list()?))
    }

    /// A Get has no business being late: without its answer nothing is known.
    fn get(&self, id: &str) -> Result<Option<Observed>, CallError> {
        match self.uninterruptible.get(id) {
            Ok(found) => Ok(found.map(|observed| self.observer.observe(observed))),
            Err(CallError::NoAnswer) => {
                Err(CallError::Lost("a Get was not answered in time".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    fn look(&self, id: &str) -> Result<Answer, CallError> {
        Ok(Answer::Effect(self.get(id)?))
    }

    fn create(
        &self,
        row: Row,
        spec: &Spec,
        target: Target,
        cancel: &StopSignal,
    ) -> Result<Answer, CallError> {
        let never = StopSignal::default();
        let may_pull = !matches!(row, Row::TakenDown | Row::Restore | Row::Heal);
        let cancel = if may_pull { cancel } else { &never };
        let cm = self.client.stopped_by(cancel.clone());
        let begin = Instant::now();
        let reason = match self.create_patiently(&cm, spec, may_pull)? {
            Ok(created) => return Ok(Answer::Effect(Some(self.observer.observe(created)))),
            Err(CallError::NoAnswer) => {
                let seconds = begin.elapsed().as_secs();
                format!("Create did not finish within {seconds} s: raise --create-timeout if the image is large")
            }
            Err(error) => error.to_string(),
        };
        let there = if spec.id.is_empty() {
            None
        } else {
            self.get(&spec.id)?
        };
        Ok(match there {
            Some(there) if there.state.status != Status::Dead => met(there, row, spec, target),
            _ => Answer::Refused(reason, None),
        })
    }

    /// What an interrupted call left behind is got over. The outer error is none about this container.
    #[allow(clippy::type_complexity)]
    fn create_patiently(
        &self,
        cm: &dyn KantoCm,
        spec: &Spec,
        may_pull: bool,
    ) -> Result<Result<Observed, CallError>, CallError> {
        let mut tries = 1;
        loop {
            let begin = Instant::now();
            let error = match cm.create(spec) {
                Ok(created) => return Ok(Ok(created)),
                Err(error @ (CallError::Refused(_) | CallError::NoAnswer)) => error,
                Err(error) => return Err(error),
            };
            let may_be_leftover = matches!(error, CallError::Refused(_)) && !spec.id.is_empty();
            let is_slow = may_pull && begin.elapsed() >= LEFTOVER_REFUSAL;
            if !may_be_leftover || is_slow || tries == MAX_CREATES {
                return Ok(Err(error));
            }
            match self.get(&spec.id)? {
                // Its Remove is at its end.
                Some(dead) if dead.state.status == Status::Dead => self.await_remove(&spec.id)?,
                Some(_) => return Ok(Err(error)),
                None => {}
            }
            thread::sleep(CREATE_PAUSE * tries);
            tries += 1;
        }
    }

    /// A container that runs although the call was refused is fine: somebody else was faster.
    fn start(&self, id: &str, called: Result<(), CallError>) -> Result<Answer, CallError> {
        match called {
            Ok(()) => self.look(id),
            Err(CallError::Refused(reason)) => Ok(match self.get(id)? {
                Some(now) if now.state.status == Status::Running => Answer::Overtaken(now),
                now => Answer::Refused(reason, now),
            }),
            Err(error) => Err(error),
        }
    }

    fn update(&self, id: &str, update: &Update) -> Result<Answer, CallError> {
        match self.uninterruptible.update(id, update) {
            Ok(()) => self.look(id),
            Err(CallError::Refused(reason)) => Ok(Answer::Refused(reason, self.get(id)?)),
            Err(error) => Err(error),
        }
    }

    /// What somebody else has done to the old container since it was looked at is not overridden.
    fn remove_container(&self, w: &Workload, row: Row, id: &str) -> Result<Answer, CallError> {
        if matches!(row, Row::TakeDown | Row::WithoutBackup | Row::Prune) {
            match self.get(id)? {
                None => return Ok(Answer::Effect(None)),
                Some(now)
                    if w.observed
                        .as_ref()
                        .is_some_and(|observed| !observed.listed.is_same(&now.listed)) =>
                {
                    return Ok(Answer::Changed(now))
                }
                Some(_) => {}
            }
        }
        // Kanto-CM can miss the end of a process that it stops. Then it refuses, and lists the container as running, or as
        // stopped if Kanto-CM was restarted meanwhile. It answers a second Remove at once. That ruins the id: what comes after it
        // is healed.
        let mut refused = String::new();
        for _ in 0..2 {
            match self.uninterruptible.remove(id, Some(self.stop_timeout)) {
                Ok(()) => return Ok(Answer::Effect(None)),
                Err(CallError::Refused(reason)) => refused = reason,
                Err(error) => return Err(error),
            }
            match self.get(id)? {
                None => return Ok(Answer::Effect(None)),
                Some(now) if now.is_up() && !self.observer.may_have_vanished(&now) => {
                    return Ok(Answer::Refused(refused, Some(now)));
                }
                Some(_) => {}
            }
        }
        let now = self.get(id)?;
        Ok(Answer::Refused(refused, now))
    }

    /// A stand-in, or a container under a ruined id. One that stays does no harm.
    fn remove_leftover(
        &self,
        w: &Workload,
        id: &str,
        target: Target,
        grace: Option<Duration>,
    ) -> Result<Answer, CallError> {
        match self.uninterruptible.remove(id, grace) {
            Ok(()) => Ok(Answer::Effect(None)),
            Err(CallError::Refused(reason)) => {
                if self.get(id)?.is_none() {
                    return Ok(Answer::Effect(None));
                }
                let what = match target {
                    Target::Ruined | Target::Healed | Target::Container => {
                        "the container with the ruined id"
                    }
                    Target::Earlier => "the container with its earlier id",
                    Target::Staged | Target::Backup => "the stand-in",
                };
                warn!(
                    "cannot remove {what} {}: {}",
                    printable(id),
                    printable(&w.hide_secrets(&reason))
                );
                Ok(Answer::Refused(reason, None))
            }
            Err(error) => Err(error),
        }
    }

    /// An Update that changes nothing is answered when a Remove that is under way is over.
    fn await_remove(&self, id: &str) -> Result<(), CallError> {
        match self.uninterruptible.update(id, &Update::default()) {
            Err(CallError::Refused(_)) => Ok(()), // there is no such container any more
            result => result,
        }
    }
}

/// A Create was refused, and a container has its id.
fn met(there: Observed, row: Row, spec: &Spec, target: Target) -> Answer {
    if there.listed.is_same(&spec.listed()) && row != Row::Missing {
        return Answer::Effect(Some(there));
    }
    match target {
        Target::Healed => Answer::Taken,
        Target::Container if row != Row::TakenDown && row != Row::Restore => {
            Answer::Overtaken(there)
        }
        _ => Answer::Refused(
            format!(
                "another program has created a container with the id {}",
                there.id()
            ),
            None,
        ),
    }
}
