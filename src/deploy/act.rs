//! The calls for one container: create it, change it in place, make it run, remove it.
//!
//! What Kanto-CM refuses is settled by looking at what it holds; the text of a refusal decides about one thing only,
//! whether healing is tried.

use std::time::{Duration, Instant};

use log::{info, warn};

use super::applied::Applied;
use super::board::{is_prepared_first, Board, Shift, Task};
use super::calls::{create, get, or_runs_already, start_once, verdict};
use super::forgiven::Forgiven;
use super::heal::{heal, is_ruined, remove_ruined};
use super::neighbours::Neighbours;
use super::outcome::{Done, Ran};
use crate::container::{differences, is_containerd_id, Container};
use crate::kanto_cm::{CallError, KantoCm, Update};
use crate::manifests_parser::Manifest;
use crate::plan::{Action, Step};
use crate::text::printable;

/// What one worker needs.
#[derive(Clone, Copy)]
pub(super) struct Act<'a, 'b> {
    pub(super) cm: &'a dyn KantoCm,
    /// The same, but no signal ends a call.
    pub(super) to_the_end: &'a dyn KantoCm,
    pub(super) steps: &'a [Step],
    pub(super) manifests: &'a [Manifest],
    pub(super) board: &'a Board<'b>,
    pub(super) applied: &'a Applied,
    pub(super) forgiven: &'a Forgiven,
    pub(super) neighbours: &'a Neighbours<'a>,
    /// How long a new container is watched before it takes another one's place for good; 0: not at all.
    pub(super) settle: Duration,
    /// Grace period before SIGKILL.
    pub(super) stop_timeout: Duration,
    /// What Kanto-CM is to start by itself is left to it for the settling time.
    pub(super) waits: bool,
    /// The process ids in its List mean something here.
    pub(super) sees_processes: bool,
}

impl Act<'_, '_> {
    /// Does tasks until there are none.
    pub(super) fn work(&self, shift: Shift) {
        while let Some(task) = self.board.take(shift) {
            match task {
                Task::Prepare(i) => self.prepare(i),
                Task::Run(i) => self.run(i),
                Task::Judge(i, watched) => self.judge(i, watched),
                Task::Abandon(i) => self.abandon(i),
            }
        }
    }

    /// What step `i` wants: its manifest's container, or that of an interrupted replacement.
    pub(super) fn wanted(&self, i: usize) -> &Container {
        let orphan = self.steps[i].orphan.as_deref();
        orphan.unwrap_or_else(|| &self.manifests[i].container)
    }

    fn prepare(&self, i: usize) {
        if let Err(error) = self.remove_helpers(&self.steps[i].helpers.stale) {
            return self.failed(i, error, Duration::ZERO);
        }
        match &self.steps[i].action {
            Action::Replace(replacement) => self.stage(i, replacement),
            _ => self.create(i),
        }
    }

    fn create(&self, i: usize) {
        let wanted = self.wanted(i);
        info!(
            "{}: creating it from {}",
            wanted.name,
            printable(&wanted.image.name)
        );
        let begin = Instant::now();
        match create(self.cm, wanted) {
            Ok(created) => {
                let id = &created.container.container.id;
                if created.by_us && self.steps[i].orphan.is_none() {
                    self.applied.made(wanted, id, true);
                }
                self.board.created(i, id, created.by_us, begin.elapsed());
            }
            Err(error) => {
                // If it is there next time, this run has created it.
                match error {
                    CallError::Lost(_) => self
                        .board
                        .note(i, |outcome| outcome.configured = Some(true)),
                    CallError::GivenUp if self.steps[i].orphan.is_none() => {
                        self.applied.gave_up(wanted);
                    }
                    _ => {}
                }
                self.failed(i, error, begin.elapsed());
            }
        }
    }

    fn run(&self, i: usize) {
        let name = &self.steps[i].name;
        for &provider in self.steps[i].after.iter().filter(|&&provider| {
            self.board.has_failed(provider)
                && !matches!(self.steps[provider].action, Action::Remove(_))
        }) {
            warn!(
                "{name}: starting without {}, which failed",
                self.steps[provider].name
            );
        }
        let begin = Instant::now();
        let made = match &self.steps[i].action {
            Action::Replace(replacement) if replacement.is_under_way() => {
                return self.replace(i, replacement)
            }
            // One that has failed is tidied up after, no more.
            _ if self.board.has_failed(i) => self.tidy_up(i).map(|()| Ran::default()),
            Action::Replace(replacement) => return self.replace(i, replacement),
            _ => self.make_it_run(i),
        };
        match made {
            Ok(ran) => {
                let watch = ran.watch.filter(|_| !self.settle.is_zero());
                self.board
                    .finished(i, Ran { watch, ..ran }, begin.elapsed());
            }
            Err(error) => self.failed(i, error, begin.elapsed()),
        }
    }

    /// A refusal is a verdict on this manifest; a call without an answer is none on any, and ends the round.
    pub(super) fn failed(&self, i: usize, error: CallError, took: Duration) {
        let reason = match verdict(error, took) {
            Ok(reason) => reason,
            Err(CallError::GivenUp) => return self.board.gave_up(),
            Err(error) => return self.board.broke(error),
        };
        self.board.finished(
            i,
            Ran {
                failure: Some(reason),
                ..Ran::default()
            },
            took,
        );
    }

    fn make_it_run(&self, i: usize) -> Result<Ran, CallError> {
        let step = &self.steps[i];
        self.tidy_up(i)?;
        let refused = match (&step.update, step.action.id()) {
            (Some(update), Some(id)) => self.update(i, id, update)?,
            _ => None,
        };
        let ran = match (
            self.act_on(i, &step.action),
            &step.way_back,
            step.action.id(),
        ) {
            (Err(CallError::Refused(reason)), Some(way_back), Some(id)) => {
                return self.put_back(i, way_back, id, &reason)
            }
            (result, _, _) => result?,
        };
        if ran.failure.is_none() {
            self.remove_helpers(&step.helpers.spent)?;
        }
        // It runs all the same, as it was.
        let failure = ran.failure.or(refused);
        Ok(Ran { failure, ..ran })
    }

    /// Removes what an interrupted run has left behind, and nobody needs.
    pub(super) fn tidy_up(&self, i: usize) -> Result<(), CallError> {
        let step = &self.steps[i];
        // What was prepared has removed them, and may have made new ones of that name.
        if !is_prepared_first(step) || self.board.has_failed(i) {
            self.remove_helpers(&step.helpers.stale)?;
        }
        let is_pruned = matches!(step.action, Action::Remove(_));
        for leftover in step.leftovers.iter().filter(|_| !is_pruned) {
            remove_ruined(self.to_the_end, leftover)?;
        }
        Ok(())
    }

    /// Makes a container run, whatever it takes.
    pub(super) fn act_on(&self, i: usize, action: &Action) -> Result<Ran, CallError> {
        match action {
            Action::LeaveToKantoCm(_) if self.waits => Ok(Ran::default()),
            Action::Create => self.start(i, &self.board.id_of(i)),
            Action::Start(existing) | Action::LeaveToKantoCm(existing) => {
                self.start(i, &existing.container.id)
            }
            Action::Unpause(paused) => {
                let id = &paused.container.id;
                let hoped = Ran::of(Done::Unpaused, paused.restart_count);
                self.noting(
                    i,
                    &hoped,
                    or_runs_already(self.cm, id, hoped.clone(), self.cm.unpause(id)),
                )
            }
            Action::Remove(gone) => self.prune(i, gone),
            Action::Nothing { .. } | Action::Fail | Action::Replace(_) => Ok(Ran::default()),
        }
    }

    /// Changes a container in place, and looks whether it is as a Create would have made it; tells why not.
    fn update(&self, i: usize, id: &str, update: &Update) -> Result<Option<String>, CallError> {
        let wanted = self.wanted(i);
        info!("{}: changing it in place", wanted.name);
        let hoped = Ran {
            done: vec![Done::Updated],
            ..Ran::default()
        };
        match self.noting(
            i,
            &hoped,
            self.cm.update(id, update).map(|()| hoped.clone()),
        ) {
            Err(error @ CallError::Refused(_)) => return Ok(Some(error.to_string())),
            result => drop(result?),
        }
        let now = get(self.cm, id)?.unwrap_or_default();
        if let Some(difference) = differences(wanted, &now.container).first() {
            return Ok(Some(format!(
                "Kanto-CM has not taken the change over: {difference}"
            )));
        }
        self.applied.made(wanted, id, false);
        self.board.note(i, |outcome| {
            outcome.done.push(Done::Updated);
            outcome.configured.get_or_insert(false);
        });
        Ok(None)
    }

    /// Starts a container; one whose id turns out to be ruined is healed.
    fn start(&self, i: usize, id: &str) -> Result<Ran, CallError> {
        let wanted = self.wanted(i);
        info!("{}: starting it", wanted.name);
        match self.noting(i, &Ran::of(Done::Started, 0), start_once(self.cm, id)) {
            Err(CallError::Refused(reason)) => self.heal_if_ruined(self.cm, &wanted.id, id, reason),
            result => result,
        }
    }

    /// The same, whatever signals come.
    pub(super) fn start_to_the_end(&self, i: usize, id: &str) -> Result<Ran, CallError> {
        match start_once(self.to_the_end, id) {
            Err(CallError::Refused(reason)) => {
                self.heal_if_ruined(self.to_the_end, &self.wanted(i).id, id, reason)
            }
            result => result,
        }
    }

    /// A Start was refused, for this reason.
    fn heal_if_ruined(
        &self,
        cm: &dyn KantoCm,
        wanted_id: &str,
        id: &str,
        reason: String,
    ) -> Result<Ran, CallError> {
        if is_ruined(&reason) && is_containerd_id(id) {
            if let Some(ruined) = get(cm, id)? {
                let beside = self.neighbours.now();
                let is_claimed = |id: &str| {
                    let mut all = beside.all().chain(self.manifests);
                    all.any(|manifest| manifest.container.id == id)
                };
                return heal(cm, wanted_id, ruined, &is_claimed);
            }
        }
        Err(CallError::Refused(reason))
    }

    /// Keeps in mind what a call was to bring, where the connection broke: the next List shows whether it did.
    pub(super) fn noting(
        &self,
        i: usize,
        hoped: &Ran,
        result: Result<Ran, CallError>,
    ) -> Result<Ran, CallError> {
        if let Err(CallError::Lost(_)) = result {
            self.board
                .note(i, |outcome| outcome.unanswered = Some(hoped.clone()));
        }
        result
    }
}
