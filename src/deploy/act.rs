//! The calls for one manifest: create its container and make it run.
//!
//! What Kanto-CM refuses is settled by looking at what it holds; the text of a refusal decides about one thing only,
//! whether healing is tried.

use std::time::{Duration, Instant};

use log::{info, warn};

use super::board::{Board, Task};
use super::heal::{heal, remove_ruined};
use super::outcome::{Done, Ran, Watched};
use crate::container::{is_containerd_id, Container};
use crate::kanto_cm::{CallError, Existing, KantoCm, Status};
use crate::manifests_parser::Manifest;
use crate::plan::{Action, Step};
use crate::text::printable;

/// A Create refused sooner than this may have met what an interrupted call left behind, which is gone afterwards.
const LEFTOVER_REFUSAL: Duration = Duration::from_secs(1);
const MOST_CREATES: u32 = 3;

/// What one worker needs.
#[derive(Clone, Copy)]
pub(super) struct Act<'a, 'b> {
    pub(super) cm: &'a dyn KantoCm,
    pub(super) steps: &'a [Step],
    pub(super) manifests: &'a [Manifest],
    pub(super) board: &'a Board<'b>,
    /// What Kanto-CM is to start by itself is left to it for the settling time.
    pub(super) settles: bool,
    /// What was started is watched afterwards.
    pub(super) watches: bool,
}

impl Act<'_, '_> {
    /// Does tasks until there are none.
    pub(super) fn work(&self) {
        while let Some(task) = self.board.take() {
            match task {
                Task::Create(i) => self.create(i),
                Task::Run(i) => self.run(i),
            }
        }
    }

    fn create(&self, i: usize) {
        let wanted = &self.manifests[i].container;
        info!(
            "{}: creating it from {}",
            wanted.name,
            printable(&wanted.image.name)
        );
        let begin = Instant::now();
        match create(self.cm, wanted) {
            Ok(created) => {
                let id = &created.container.container.id;
                self.board.created(i, id, created.by_us, begin.elapsed());
            }
            Err(error) => self.failed(i, error, begin.elapsed()),
        }
    }

    fn run(&self, i: usize) {
        let name = &self.manifests[i].container.name;
        for &provider in self.steps[i]
            .after
            .iter()
            .filter(|&&provider| self.board.has_failed(provider))
        {
            warn!(
                "{name}: starting without {}, which failed",
                self.manifests[provider].container.name
            );
        }
        let begin = Instant::now();
        match self.make_it_run(i) {
            Ok(ran) => {
                let watch = ran.watch.filter(|_| self.watches);
                self.board
                    .finished(i, Ran { watch, ..ran }, begin.elapsed());
            }
            Err(error) => self.failed(i, error, begin.elapsed()),
        }
    }

    /// A refusal is a verdict on this manifest; a call without an answer is none on any, and ends the round.
    fn failed(&self, i: usize, error: CallError, took: Duration) {
        let reason = match error {
            CallError::Refused(_) => error.to_string(),
            CallError::NoAnswer => format!(
                "not created within {} s, see --create-timeout",
                took.as_secs()
            ),
            CallError::Lost(_) | CallError::GivenUp | CallError::Hangs => {
                return self.board.broke(error)
            }
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
        if let Some(leftover) = &step.leftover {
            remove_ruined(self.cm, leftover)?;
        }
        match &step.action {
            Action::LeaveToKantoCm(_) if self.settles => Ok(Ran::default()),
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
            Action::Nothing { .. } | Action::Fail => Ok(Ran::default()),
        }
    }

    /// Starts a container; one whose id turns out to be ruined is healed.
    fn start(&self, i: usize, id: &str) -> Result<Ran, CallError> {
        let wanted = &self.manifests[i].container;
        info!("{}: starting it", wanted.name);
        let reason = match self.noting(i, &Ran::of(Done::Started, 0), start_once(self.cm, id)) {
            Err(CallError::Refused(reason)) => reason,
            result => return result,
        };
        if reason.contains("already exists") && is_containerd_id(id) {
            if let Some(ruined) = get(self.cm, id)? {
                let is_claimed = |id: &str| {
                    self.manifests
                        .iter()
                        .any(|manifest| manifest.container.id == id)
                };
                return heal(self.cm, wanted, &ruined, &is_claimed);
            }
        }
        Err(CallError::Refused(reason))
    }

    /// Keeps in mind what a call was to bring, where the connection broke: the next List shows whether it did.
    fn noting(
        &self,
        i: usize,
        hoped: &Ran,
        result: Result<Ran, CallError>,
    ) -> Result<Ran, CallError> {
        if let Err(CallError::Lost(_)) = result {
            self.board.unanswered(i, hoped.clone());
        }
        result
    }
}

/// A container that is there now.
pub(super) struct Created {
    pub(super) container: Existing,
    /// Somebody else may have been faster.
    pub(super) by_us: bool,
}

/// Creates a container. What an interrupted call left behind is got over; what somebody else created meanwhile is taken.
pub(super) fn create(cm: &dyn KantoCm, wanted: &Container) -> Result<Created, CallError> {
    let mut tries = 1;
    loop {
        let begin = Instant::now();
        let reason = match cm.create(wanted) {
            Ok(container) => {
                return Ok(Created {
                    container,
                    by_us: true,
                })
            }
            Err(CallError::Refused(reason)) => reason,
            Err(error) => return Err(error),
        };
        if wanted.id.is_empty() {
            return Err(CallError::Refused(reason));
        }
        if let Some(container) = get(cm, &wanted.id)? {
            return Ok(Created {
                container,
                by_us: false,
            });
        }
        if begin.elapsed() >= LEFTOVER_REFUSAL || tries == MOST_CREATES {
            return Err(CallError::Refused(reason));
        }
        tries += 1;
    }
}

/// Starts a container.
pub(super) fn start_once(cm: &dyn KantoCm, id: &str) -> Result<Ran, CallError> {
    or_runs_already(cm, id, Ran::of(Done::Started, 0), cm.start(id))
}

/// What a call brought that was to bring `ran`. A container that runs although the call was refused is fine: somebody else
/// was faster, and it has to keep running from now on.
fn or_runs_already(
    cm: &dyn KantoCm,
    id: &str,
    ran: Ran,
    called: Result<(), CallError>,
) -> Result<Ran, CallError> {
    let error = match called {
        Ok(()) => return Ok(ran),
        Err(error) => error,
    };
    if matches!(error, CallError::Refused(_)) {
        if let Some(existing) = get(cm, id)?.filter(|one| one.state.status == Status::Running) {
            let watch = Some(Watched::Runs(existing.restart_count));
            return Ok(Ran {
                watch,
                ..Ran::default()
            });
        }
    }
    Err(error)
}

/// A Get has no business being late: without its answer nothing is known.
pub(super) fn get(cm: &dyn KantoCm, id: &str) -> Result<Option<Existing>, CallError> {
    cm.get(id).map_err(|error| match error {
        CallError::NoAnswer => CallError::Lost("a Get was not answered".to_owned()),
        error => error,
    })
}
