//! Makes one call for a workload and looks again. What Kanto-CM refuses is settled by looking at what it holds.

use std::thread;
use std::time::{Duration, Instant};

use log::{info, warn};

use super::observe::Observer;
use crate::container::{Observed, Role, Spec, Status, Update};
use crate::kanto_cm::{CallError, Client, KantoCm};
use crate::reconcile::{Call, Row, Target, Workload};
use crate::state::StateStore;
use crate::sys::signals::StopSignal;
use crate::text::printable;

/// A Create that may pull and is refused sooner than this may have met what an interrupted call left behind, which is gone afterwards.
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

/// What a call brought.
pub(super) enum Answer {
    /// It took effect; `Some`: this is the container or stand-in now.
    Effect(Option<Observed>),
    /// Kanto-CM refused it, in its own words; the container as it is now.
    Refused(String, Option<Observed>),
    /// Something that it needs is missing, for now: nothing was asked.
    NotBegun(String),
    /// Somebody else was faster: the container is this now.
    Overtaken(Observed),
    /// Somebody else has changed the container since it was looked at.
    Changed(Observed),
    /// The id that healing wanted is somebody else's.
    Taken,
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
                let stop = may_run.then_some(self.stop_timeout);
                self.remove_unneeded(w, id, *target, stop)
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
                .filter(|observed| observed.state.status != Status::Dead)
        };
        Ok(match there {
            Some(there) if there.listed.is_same(&spec.listed()) && row != Row::Missing => {
                Answer::Effect(Some(there))
            }
            Some(_) if target == Target::Ruined => Answer::Taken,
            Some(there)
                if target == Target::Container && row != Row::TakenDown && row != Row::Restore =>
            {
                Answer::Overtaken(there)
            }
            Some(there) => Answer::Refused(
                format!(
                    "another program has created a container with the id {}",
                    there.id()
                ),
                None,
            ),
            None => Answer::Refused(reason, None),
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
        // Kanto-CM can miss the end of a process that it stops: it then refuses, and lists the container as running or, if it was
        // restarted meanwhile, as stopped; a second Remove is answered at once. (Its id is ruined by that: what comes after it is healed.)
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
    fn remove_unneeded(
        &self,
        w: &Workload,
        id: &str,
        target: Target,
        stop: Option<Duration>,
    ) -> Result<Answer, CallError> {
        match self.uninterruptible.remove(id, stop) {
            Ok(()) => Ok(Answer::Effect(None)),
            Err(CallError::Refused(reason)) => {
                if self.get(id)?.is_none() {
                    return Ok(Answer::Effect(None));
                }
                let what = match target {
                    Target::Ruined | Target::Container => "the container with the ruined id",
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

/// What a person follows.
fn announce(w: &Workload, row: Row, call: &Call) {
    let name = printable(&w.name);
    match (row, call) {
        (Row::Stage, _) => {
            let differences = &w.attempt.differences;
            let keys: Vec<&str> = differences
                .iter()
                .map(|difference| difference.key)
                .collect();
            info!("{name}: replacing it, as it differs in {}", keys.join(", "));
        }
        (Row::WithoutBackup, _) => {
            warn!("{name}: replacing it without a backup, as it does not run");
        }
        (Row::RollBack, _) => {
            let noted = w.entry.as_ref().map_or("", |entry| &entry.reason);
            let why = w.attempt.failure.as_deref().unwrap_or(noted);
            warn!("{name}: rolling back: {}", printable(why));
        }
        (Row::Recreate, _) => warn!("{name}: creating it again, as it does not start"),
        (Row::EarlierId, _) => info!(
            "{name}: removing its earlier container, which has the id {}",
            printable(call.id())
        ),
        (Row::Prune, Call::Remove { .. }) => {
            info!("{name}: removing it, as its manifest is gone");
        }
        (Row::Heal, Call::Create { spec, .. }) => {
            let id = w.observed.as_ref().map_or("", Observed::id);
            warn!(
                "{name}: an interrupted Start has ruined the id {}, going on as {}",
                printable(id),
                printable(&spec.id)
            );
        }
        (
            _,
            Call::Create {
                spec,
                target: Target::Container,
            },
        ) => {
            info!("{name}: creating it from {}", printable(&spec.image.name));
        }
        (_, Call::Start { .. }) => info!("{name}: starting it"),
        (_, Call::Update { .. }) => info!("{name}: updating it in place"),
        _ => {}
    }
}

/// Takes over what a call brought.
pub(super) fn apply(w: &mut Workload, row: Row, call: &Call, answer: Answer) {
    match answer {
        Answer::Effect(now) => {
            w.took_effect(row, call);
            put(w, call, now);
            w.was_looked_at(call);
        }
        Answer::Refused(reason, now) => {
            w.was_refused(call, &reason);
            if now.is_some() {
                put(w, call, now);
            }
        }
        Answer::NotBegun(reason) => w.cannot_begin(reason),
        Answer::Overtaken(now) => {
            if let Call::Start { .. } | Call::Unpause { .. } = call {
                w.attempt.started = Some(now.restart_count);
            }
            w.observed = Some(now);
        }
        Answer::Changed(now) => {
            w.attempt.failure = Some(
                "another program changed the container while it was being replaced".to_owned(),
            );
            w.observed = Some(now);
        }
        Answer::Taken => w.id_was_taken(call.id()),
    }
}

/// The slot that the call is about.
fn put(w: &mut Workload, call: &Call, now: Option<Observed>) {
    let role = match call {
        Call::Create { target, .. } | Call::Remove { target, .. } => match target {
            Target::Staged => Some(Role::Staged),
            Target::Backup => Some(Role::Backup),
            Target::Ruined | Target::Earlier if matches!(call, Call::Remove { .. }) => return,
            Target::Container | Target::Ruined | Target::Earlier => None,
        },
        _ => None,
    };
    match role {
        Some(Role::Staged) => w.staged = now,
        Some(Role::Backup) => w.backup = now,
        None => w.observed = now,
    }
}
