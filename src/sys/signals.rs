//! Signals that end the program: a handler notes them, and the work checks them where it can end cleanly.

#[cfg(feature = "filewatcher")]
use std::io::Read;
#[cfg(feature = "filewatcher")]
use std::os::unix::net::UnixStream;
#[cfg(feature = "filewatcher")]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

#[cfg(feature = "filewatcher")]
use signal_hook::consts::SIGCHLD;
use signal_hook::consts::SIGXFSZ;
pub(crate) use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use super::proc::ignored_signals;

/// How soon a signal ends a pause.
const CHECK: Duration = Duration::from_millis(50);

/// The signals that end a process by default, even in the middle of a Start.
pub const TERMINATION_SIGNALS: [i32; 4] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT];

/// The signal that ends the work, once it came. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct StopSignal {
    own: Arc<AtomicUsize>,
    /// That of the whole process.
    all: Option<Arc<AtomicUsize>>,
}

impl StopSignal {
    /// Notes these signals from now on; they no longer end the process. An ignored signal stays ignored, as `nohup` needs it.
    pub fn install(signals: &[i32]) -> io::Result<StopSignal> {
        let stop = StopSignal::default();
        let ignored = ignored_signals();
        // A write beyond the limit of file sizes then fails, and does not end the process.
        signal_hook::flag::register(SIGXFSZ, Arc::default())?;
        for &signal in signals {
            if !is_in(ignored, signal) {
                let number = usize::try_from(signal).unwrap_or_default();
                signal_hook::flag::register_usize(signal, Arc::clone(&stop.own), number)?;
            }
        }
        Ok(stop)
    }

    /// Makes a signal that can be raised by itself.
    #[must_use]
    pub fn derive(&self) -> StopSignal {
        StopSignal {
            own: Arc::default(),
            all: Some(Arc::clone(&self.own)),
        }
    }

    /// Acts as if SIGTERM had come.
    pub fn raise(&self) {
        let number = usize::try_from(SIGTERM).unwrap_or_default();
        self.own.store(number, Ordering::Relaxed);
    }

    /// The number of the signal that came last.
    pub fn received(&self) -> Option<u8> {
        let number = |number: &AtomicUsize| match number.load(Ordering::Relaxed) {
            0 => None,
            number => u8::try_from(number).ok(),
        };
        number(&self.own).or_else(|| self.all.as_deref().and_then(number))
    }

    /// Sleeps, or returns early with `true` when a signal comes (or came before).
    pub fn sleep(&self, duration: Duration) -> bool {
        let begin = Instant::now();
        loop {
            if self.received().is_some() {
                return true;
            }
            let remaining = duration.saturating_sub(begin.elapsed());
            if remaining.is_zero() {
                return false;
            }
            thread::sleep(remaining.min(CHECK));
        }
    }
}

/// The signals of the daemon: those that end it, and SIGHUP, which makes it look again.
#[cfg(feature = "filewatcher")]
#[derive(Debug)]
pub struct DaemonSignals {
    /// The signals that end it.
    pub stop: StopSignal,
    /// Readable when a signal has come.
    pub wake: UnixStream,
    reload: Arc<AtomicBool>,
}

#[cfg(feature = "filewatcher")]
impl DaemonSignals {
    /// Notes signals from now on.
    pub fn install() -> io::Result<DaemonSignals> {
        let (wake, waker) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let reload = Arc::default();
        let ignored = ignored_signals();
        let stop = StopSignal::install(&[SIGTERM, SIGINT, SIGQUIT])?;
        if !is_in(ignored, SIGHUP) {
            signal_hook::flag::register(SIGHUP, Arc::clone(&reload))?;
        }
        if is_in(ignored, SIGCHLD) {
            // A process that ignores it never gets the exit status of a child.
            signal_hook::flag::register(SIGCHLD, Arc::default())?;
        }
        // Registered after the flags: a flag is set before the pipe wakes the loop.
        for signal in TERMINATION_SIGNALS {
            if !is_in(ignored, signal) {
                signal_hook::low_level::pipe::register(signal, waker.try_clone()?)?;
            }
        }
        Ok(DaemonSignals { stop, wake, reload })
    }

    /// Has SIGHUP come since the last call?
    pub fn reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }

    /// Empties the pipe.
    pub fn drain(&mut self) {
        while self.wake.read(&mut [0; 64]).is_ok_and(|length| length > 0) {}
    }
}

fn is_in(mask: u64, signal: i32) -> bool {
    mask >> (signal - 1) & 1 == 1
}
