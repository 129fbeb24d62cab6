//! Reports for the service manager (`Type=notify`). Without a service manager, nothing happens.

use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use log::{log, warn, Level};
use sd_notify::NotifyState;

/// Reports the state of the daemon to systemd.
#[derive(Debug, Default)]
pub struct Notifier {
    status: String,
    is_ready: bool,
}

impl Notifier {
    /// Sends a sentence about the state of the containers, unless it is the same as before.
    pub fn status(&mut self, status: String) {
        if self.status != status {
            send(&[NotifyState::Status(&status)]);
            self.status = status;
        }
    }

    /// Reports that the first deployment is over, once.
    pub fn ready(&mut self) {
        if !std::mem::replace(&mut self.is_ready, true) {
            send(&[NotifyState::Ready]);
        }
    }

    /// Reports that SIGHUP came. Before the daemon is ready, nothing is sent.
    pub fn reloading(&self) {
        if !self.is_ready {
            return;
        }
        match NotifyState::monotonic_usec_now() {
            Ok(now) => send(&[NotifyState::Reloading, now]),
            Err(_) => send(&[NotifyState::Reloading]),
        }
    }

    /// Reports that the work that SIGHUP asked for has begun.
    pub fn reloaded(&self) {
        if self.is_ready {
            send(&[NotifyState::Ready]);
        }
    }

    /// Reports that the daemon is about to end.
    pub fn stopping(&self) {
        send(&[NotifyState::Stopping]);
    }

    /// Reports that the daemon is alive.
    pub fn alive(&self) {
        send(&[NotifyState::Watchdog]);
    }
}

/// How often the daemon has to report that it is alive: half the time after which systemd would restart it. `None`: systemd does
/// not ask for it.
pub fn watchdog() -> Option<Duration> {
    for name in &VARIABLES[1..] {
        let text = env::var_os(name).unwrap_or_else(|| "0".into());
        if text
            .to_str()
            .map_or(true, |text| text.parse::<u64>().is_err())
        {
            warn!("{name}: expected a number, found {text:?}: systemd gets no sign of life; unset it, or let systemd set it");
        }
    }
    let mut microseconds = 0;
    sd_notify::watchdog_enabled(false, &mut microseconds)
        .then(|| Duration::from_micros(microseconds) / 2)
}

/// The variables by which systemd asks a process for reports.
pub const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

static HAS_WARNED: AtomicBool = AtomicBool::new(false);

fn send(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(false, states) {
        let socket = env::var_os(VARIABLES[0]).unwrap_or_default();
        let level = if HAS_WARNED.swap(true, Ordering::Relaxed) {
            Level::Debug
        } else {
            Level::Warn
        };
        log!(level, "cannot notify systemd: {}: expected its socket, found {socket:?}: {error}; unset it, or let systemd set it", VARIABLES[0]);
    }
}
