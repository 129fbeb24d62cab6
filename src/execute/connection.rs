//! Reaches Kanto-CM, keeps other deployers away, and waits until Kanto-CM has restored its containers.

use std::time::Duration;

use super::deployment::{Deployment, RunError};
use super::lock::{Lock, LockError};
use super::rounds::Run;
use crate::cm_ready::{self, Ready};
use crate::container::Observed;
use crate::kanto_cm::{connect, CallError, Client, ConnectError, KantoCm, Waiting};
use crate::sys::signals::StopSignal;

/// A round's end other than success.
pub(super) enum RoundError {
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
    pub(super) fn has_lock(&self, run: &Run) -> bool {
        run.lock
            .as_ref()
            .is_some_and(|lock| lock.holds_for(self.socket))
    }

    pub(super) fn take_lock(&self, stop: &StopSignal) -> Result<Lock, RoundError> {
        Lock::take(self.socket, self.connect_timeout, stop).map_err(|error| match error {
            LockError::Busy(reason) => RoundError::Locked(reason),
            LockError::Stopped => RoundError::Stopped,
        })
    }

    /// Waits until Kanto-CM has restored its containers. `Some`: what it lists then; `None`: it was ready long before.
    pub(super) fn wait_until_ready(
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
    pub(super) fn connect(
        &self,
        stop: &StopSignal,
        end_soon: Option<(&StopSignal, Duration)>,
    ) -> Result<(Client, Vec<Observed>, bool), RunError> {
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
                RunError::Unreachable(format!("Kanto-CM cannot be reached: {reason}"))
            }
            ConnectError::Stopped => self.stopped(),
        })
    }

    pub(super) fn stopped(&self) -> RunError {
        RunError::Stopped(self.stop.received().unwrap_or_default())
    }
}
