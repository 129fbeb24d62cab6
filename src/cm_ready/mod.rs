//! Is Kanto-CM through with loading and restoring its containers?
//!
//! Its socket opens before it has begun. A Create in the meantime can delete a stored container, and a Create or Remove
//! deadlocks Kanto-CM for good, and nothing in its API tells. So before a run's first changing call its process is
//! asked ([`process`]): one that is old enough, or that handles signals by now, is ready. Where that does not decide,
//! its List is watched until nothing happens in it any more ([`watch`]).

mod process;
mod watch;

use std::path::Path;
use std::time::{Duration, Instant};

use log::{info, warn};

use crate::kanto_cm::{process_of, CallError, KantoCm};
use crate::signals::StopSignal;
use watch::Watch;

const LOOK_EVERY: Duration = Duration::from_millis(300);

/// What the waiting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// Ready at once: a List taken before still holds.
    AtOnce,
    /// Ready by now: List anew.
    AfterWaiting,
    /// A signal said to end.
    Stopped,
}

/// Waits until Kanto-CM is ready for changing calls, `grace` at most; a process older than `grace` is ready as it is.
pub fn wait(
    cm: &dyn KantoCm,
    socket: &Path,
    grace: Duration,
    stop: &StopSignal,
) -> Result<Ready, CallError> {
    let pid = process_of(socket);
    let is_ready = || {
        pid.is_some_and(|pid| process::is_older_than(pid, grace) || process::handles_signals(pid))
    };
    if grace.is_zero() || is_ready() {
        return Ok(Ready::AtOnce);
    }
    info!("Kanto-CM has just started: waiting until it has restored its containers");
    let begin = Instant::now();
    let mut watch = Watch::new(begin, process::exists);
    loop {
        let existing = cm.list()?;
        if watch.is_quiet(Instant::now(), &existing) {
            return Ok(Ready::AfterWaiting);
        }
        if begin.elapsed() >= grace {
            warn!(
                "Kanto-CM still seems to restore containers after {} s, going on",
                grace.as_secs()
            );
            return Ok(Ready::AfterWaiting);
        }
        if stop.sleep(LOOK_EVERY) {
            return Ok(Ready::Stopped);
        }
        if is_ready() {
            return Ok(Ready::AfterWaiting);
        }
    }
}
