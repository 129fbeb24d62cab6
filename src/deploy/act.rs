//! The calls for one manifest: create its container, make it run, heal its id.
//!
//! What Kanto-CM refuses is settled by looking at what it holds; the text of a refusal decides about one thing only,
//! whether healing is tried.

use std::time::{Duration, Instant};

use log::{info, warn};

use super::board::{Board, Task};
use super::outcome::{Done, Ran, Watched};
use crate::container::{is_containerd_id, is_same_or_healed_id, next_healed_id, Container};
use crate::kanto_cm::{CallError, Existing, KantoCm, Status};
use crate::manifests_parser::Manifest;
use crate::plan::{Action, Step};
use crate::text::printable;

/// A Create refused sooner than this may have met what an interrupted call left behind, which is gone afterwards.
const LEFTOVER_REFUSAL: Duration = Duration::from_secs(1);
const MOST_CREATES: u32 = 3;

/// What one worker needs.
pub(super) struct Act<'a, 'b> {
    pub(super) cm: &'a dyn KantoCm,
    pub(super) steps: &'a [Step],
    pub(super) manifests: &'a [Manifest],
    pub(super) board: &'a Board<'b>,
    /// What was started is watched afterwards.
    pub(super) settles: bool,
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
            Ok(Created { container, by_us }) => {
                self.board
                    .created(i, &container.container.id, by_us, begin.elapsed());
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
                let watch = ran.watch.filter(|_| self.settles);
                self.board
                    .finished(i, Ok(Ran { watch, ..ran }), begin.elapsed());
            }
            Err(error) => self.failed(i, error, begin.elapsed()),
        }
    }

    /// A refusal is a verdict on this manifest; a call without an answer is none on any, and ends the round.
    fn failed(&self, i: usize, error: CallError, took: Duration) {
        match error {
            CallError::Refused(_) => self.board.finished(i, Err(error.to_string()), took),
            CallError::NoAnswer => {
                let reason = format!(
                    "not created within {} s, see --create-timeout",
                    took.as_secs()
                );
                self.board.finished(i, Err(reason), took);
            }
            CallError::Lost(_) | CallError::GivenUp | CallError::Hangs => self.board.broke(error),
        }
    }

    fn make_it_run(&self, i: usize) -> Result<Ran, CallError> {
        let step = &self.steps[i];
        if let Some(leftover) = &step.leftover {
            remove_leftover(self.cm, leftover)?;
        }
        match &step.action {
            Action::Create => {
                let id = self.board.id_of(i).unwrap_or_default();
                self.start(i, &id)
            }
            Action::LeaveToKantoCm(_) if self.settles => Ok(Ran::default()),
            Action::Start(existing) | Action::LeaveToKantoCm(existing) => {
                self.start(i, &existing.container.id)
            }
            Action::Unpause(existing) => unpause(self.cm, existing),
            Action::Nothing { .. } | Action::Fail => Ok(Ran::default()),
        }
    }

    fn start(&self, i: usize, id: &str) -> Result<Ran, CallError> {
        start(self.cm, &self.manifests[i].container, id)
    }
}

/// A container that is there now.
struct Created {
    container: Existing,
    /// Somebody else may have been faster.
    by_us: bool,
}

fn create(cm: &dyn KantoCm, wanted: &Container) -> Result<Created, CallError> {
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

/// Starts a container; one whose id turns out to be ruined is healed.
pub(super) fn start(cm: &dyn KantoCm, wanted: &Container, id: &str) -> Result<Ran, CallError> {
    info!("{}: starting it", wanted.name);
    let reason = match cm.start(id) {
        Ok(()) => return Ok(started(None)),
        Err(CallError::Refused(reason)) => reason,
        Err(error) => return Err(error),
    };
    match get(cm, id)? {
        Some(existing) if existing.state.status == Status::Running => Ok(started(None)),
        Some(existing) if reason.contains("already exists") && is_containerd_id(id) => {
            heal(cm, wanted, &existing)
        }
        _ => Err(CallError::Refused(reason)),
    }
}

fn started(healed: Option<String>) -> Ran {
    let done = healed
        .iter()
        .cloned()
        .map(Done::Healed)
        .chain([Done::Started])
        .collect();
    Ran {
        done,
        id: healed,
        watch: Some(Watched::Runs(0)),
    }
}

/// The same configuration under a fresh id. The old one goes only once the new one is stored.
fn heal(cm: &dyn KantoCm, wanted: &Container, ruined: &Existing) -> Result<Ran, CallError> {
    let id = &ruined.container.id;
    let base = if is_same_or_healed_id(&wanted.id, id) {
        &wanted.id
    } else {
        id
    };
    let fresh = next_healed_id(base, id);
    warn!(
        "{}: an interrupted Start has ruined the id {id}, going on as {fresh}",
        wanted.name
    );
    create(cm, &ruined.container.to_create_again(fresh.clone()))?;
    remove_leftover(cm, id)?;
    cm.start(&fresh)?;
    Ok(started(Some(fresh)))
}

fn remove_leftover(cm: &dyn KantoCm, id: &str) -> Result<(), CallError> {
    match cm.remove(id) {
        Err(CallError::Refused(reason)) => {
            if get(cm, id)?.is_some() {
                warn!(
                    "cannot remove the container with the ruined id {id}: {}",
                    printable(&reason)
                );
            }
            Ok(())
        }
        result => result,
    }
}

fn unpause(cm: &dyn KantoCm, paused: &Existing) -> Result<Ran, CallError> {
    let id = &paused.container.id;
    let ran = Ran {
        done: vec![Done::Unpaused],
        id: None,
        watch: Some(Watched::Runs(paused.restart_count)),
    };
    match cm.unpause(id) {
        Err(CallError::Refused(reason)) => match get(cm, id)? {
            Some(existing) if existing.state.status == Status::Running => Ok(ran),
            _ => Err(CallError::Refused(reason)),
        },
        result => result.map(|()| ran),
    }
}

/// A Get has no business being late: without its answer nothing is known.
fn get(cm: &dyn KantoCm, id: &str) -> Result<Option<Existing>, CallError> {
    cm.get(id).map_err(|error| match error {
        CallError::NoAnswer => CallError::Lost("a Get was not answered".to_owned()),
        error => error,
    })
}
