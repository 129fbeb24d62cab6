//! What the service manager gets (`Type=notify`), and what it asks for. Without one, nothing happens.

use std::time::Duration;

use log::debug;
use sd_notify::NotifyState;

/// Tells systemd how the daemon stands.
#[derive(Debug, Default)]
pub struct Notifier {
    status: String,
    is_ready: bool,
}

impl Notifier {
    /// A sentence about how things stand; sent when it is another one than before.
    pub fn status(&mut self, status: String) {
        if self.status != status {
            tell(&[NotifyState::Status(&status)]);
            self.status = status;
        }
    }

    /// The first deployment is through; sent once.
    pub fn ready(&mut self) {
        if !std::mem::replace(&mut self.is_ready, true) {
            tell(&[NotifyState::Ready]);
        }
    }

    /// SIGHUP came. Nothing is sent before the daemon is ready.
    pub fn reloading(&self) {
        if !self.is_ready {
            return;
        }
        match NotifyState::monotonic_usec_now() {
            Ok(now) => tell(&[NotifyState::Reloading, now]),
            Err(_) => tell(&[NotifyState::Reloading]),
        }
    }

    /// What SIGHUP asked for is begun.
    pub fn reloaded(&self) {
        if self.is_ready {
            tell(&[NotifyState::Ready]);
        }
    }

    /// The daemon is about to end.
    pub fn stopping(&self) {
        tell(&[NotifyState::Stopping]);
    }

    /// The daemon lives.
    pub fn alive(&self) {
        tell(&[NotifyState::Watchdog]);
    }
}

/// How often systemd wants to hear that the daemon lives: half the time after which it would restart it. `None`: it does not ask.
pub fn watchdog() -> Option<Duration> {
    let mut microseconds = 0;
    sd_notify::watchdog_enabled(false, &mut microseconds)
        .then(|| Duration::from_micros(microseconds) / 2)
}

/// What makes a process think that systemd wants to hear from it.
pub const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

fn tell(what: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(false, what) {
        debug!("cannot notify systemd: {error}");
    }
}
