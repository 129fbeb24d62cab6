//! Single calls, and what their answers mean. What Kanto-CM refuses is settled by looking at what it holds.

use std::thread;
use std::time::{Duration, Instant};

use log::warn;

use super::outcome::{Done, Ran, Watched};
use crate::container::{is_same_but_for_id, Container};
use crate::kanto_cm::{CallError, Existing, KantoCm, Status, Update};
use crate::text::printable;

/// A Create refused sooner than this may have met what an interrupted call left behind, which is gone afterwards.
const LEFTOVER_REFUSAL: Duration = Duration::from_secs(1);
const MOST_CREATES: u32 = 3;
/// An interrupted call needs some time to end. Twice as long before the third try.
const CREATE_PAUSE: Duration = Duration::from_millis(100);

/// What a failure says about one manifest. An error says nothing about it: the round has to end, or the work on this one.
pub(super) fn verdict(error: CallError, took: Duration) -> Result<String, CallError> {
    match error {
        CallError::Refused(_) => Ok(error.to_string()),
        CallError::NoAnswer => Ok(format!(
            "not created within {} s, see --create-timeout",
            took.as_secs()
        )),
        CallError::Lost(_) | CallError::GivenUp | CallError::Hangs => Err(error),
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
        match get(cm, &wanted.id)? {
            // Its Remove is at its end.
            Some(dead) if dead.state.status == Status::Dead => wait_for_remove(cm, &wanted.id)?,
            Some(container) => {
                return Ok(Created {
                    container,
                    by_us: false,
                })
            }
            None => {}
        }
        if begin.elapsed() >= LEFTOVER_REFUSAL || tries == MOST_CREATES {
            return Err(CallError::Refused(reason));
        }
        thread::sleep(CREATE_PAUSE * tries);
        tries += 1;
    }
}

/// Starts a container.
pub(super) fn start_once(cm: &dyn KantoCm, id: &str) -> Result<Ran, CallError> {
    or_runs_already(cm, id, Ran::of(Done::Started, 0), cm.start(id))
}

/// What a call brought that was to bring `ran`. A container that runs although the call was refused is fine: somebody else
/// was faster, and it has to keep running from now on.
pub(super) fn or_runs_already(
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

/// Creates a container. One that is there already is taken if it is the same one.
pub(super) fn create_exactly(cm: &dyn KantoCm, wanted: &Container) -> Result<Existing, CallError> {
    let created = create(cm, wanted)?;
    let is_same = || {
        is_same_but_for_id(
            &created.container.container,
            &wanted.clone().with_defaults(),
        )
    };
    if created.by_us || is_same() {
        return Ok(created.container);
    }
    let id = &wanted.id;
    Err(CallError::Refused(format!(
        "somebody else has made another container with the id {id}"
    )))
}

/// A Remove of the container may be under way: an Update that changes nothing is answered when that is over.
pub(super) fn wait_for_remove(cm: &dyn KantoCm, id: &str) -> Result<(), CallError> {
    match cm.update(id, &Update::default()) {
        Err(CallError::Refused(_)) => Ok(()), // there is no such container any more
        result => result,
    }
}

/// Removes a container that does not run and nobody needs; `what` it is, for people. Nothing is lost with it, and one that
/// stays does no harm.
pub(super) fn remove_unneeded(cm: &dyn KantoCm, id: &str, what: &str) -> Result<(), CallError> {
    match cm.remove(id, None) {
        Err(CallError::Refused(reason)) => {
            if get(cm, id)?.is_some() {
                warn!(
                    "cannot remove {what} {}: {}",
                    printable(id),
                    printable(&reason)
                );
            }
            Ok(())
        }
        result => result,
    }
}
