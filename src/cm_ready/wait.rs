//! Waits until Kanto-CM has restored its containers.

use std::time::{Duration, Instant};

use log::{info, warn};

use super::process;
use super::watch::Watch;
use crate::kanto_cm::{CallError, KantoCm, Peer};
use crate::sys::proc::exists;
use crate::sys::signals::StopSignal;

const LOOK_EVERY: Duration = Duration::from_millis(300);

/// The result of the waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// Ready for long: a List taken before still holds.
    Long,
    /// Ready by now: List again.
    ByNow,
    /// A signal ended the waiting.
    Stopped,
}

/// Has Kanto-CM, the process `peer`, restored its containers? If its process cannot be inspected, it counts as ready once it is
/// older than `grace`.
pub fn is_ready(peer: Option<Peer>, grace: Duration) -> bool {
    let shows_sign = || peer.and_then(|peer| process::handles_signals(peer.pid));
    let is_old = peer
        .and_then(|peer| peer.age())
        .is_some_and(|age| age >= grace);
    grace.is_zero() || shows_sign().unwrap_or(is_old)
}

/// Waits until Kanto-CM, the process `peer`, is ready for changing calls, `grace` at most. 0: does not wait. `expects_some`:
/// it held containers before.
pub fn wait(
    cm: &dyn KantoCm,
    peer: Option<Peer>,
    grace: Duration,
    expects_some: bool,
    stop: &StopSignal,
) -> Result<Ready, CallError> {
    if grace.is_zero() {
        return Ok(Ready::Long);
    }
    let is_old = peer
        .and_then(|peer| peer.age())
        .is_some_and(|age| age >= grace);
    let handles_signals = || peer.and_then(|peer| process::handles_signals(peer.pid));
    match handles_signals() {
        // One that is old and yet does not handle signals has been restoring all the time.
        Some(true) | None if is_old => return Ok(Ready::Long),
        Some(true) => return Ok(Ready::ByNow),
        _ => {}
    }
    let message = match handles_signals() {
        None => "cannot see whether Kanto-CM has restored its containers: waiting until they stay the same",
        Some(_) if is_old => {
            "Kanto-CM is still starting: waiting until it has restored its containers"
        }
        Some(_) => "Kanto-CM has just started: waiting until it has restored its containers",
    };
    info!("{message}");
    let begin = Instant::now();
    let sees_processes = peer.is_some_and(|peer| peer.shares_pid_namespace());
    let exists = if sees_processes { exists } else { |_| true };
    let mut watch = Watch::new(begin, exists, expects_some);
    loop {
        let existing = cm.list()?;
        let is_quiet = watch.is_quiet(Instant::now(), &existing);
        // Where the sign can be seen, nothing else ends the waiting.
        if handles_signals().unwrap_or(is_quiet) {
            return Ok(Ready::ByNow);
        }
        if begin.elapsed() >= grace {
            warn!(
                "Kanto-CM still seems to restore containers after the {} s of --cm-grace, going on",
                grace.as_secs()
            );
            return Ok(Ready::ByNow);
        }
        if stop.sleep(LOOK_EVERY) {
            return Ok(Ready::Stopped);
        }
    }
}
