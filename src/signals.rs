//! The signals that say to end: noted when they come, looked at where the work can end cleanly.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// How soon a signal ends a pause.
const CHECK: Duration = Duration::from_millis(50);

/// The signal that said to end, once one came. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(Arc<AtomicUsize>);

impl StopSignal {
    /// From now on SIGTERM, SIGINT, SIGHUP and SIGQUIT do not end the process (in the middle of a Start, say) but are noted.
    /// One that is ignored stays so: `nohup` wants it.
    pub fn install() -> io::Result<StopSignal> {
        let stop = StopSignal::default();
        let ignored = parse_ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGQUIT] {
            if ignored >> (signal - 1) & 1 == 0 {
                let number = usize::try_from(signal).unwrap_or_default();
                signal_hook::flag::register_usize(signal, Arc::clone(&stop.0), number)?;
            }
        }
        Ok(stop)
    }

    /// The number of the signal that came last.
    pub fn received(&self) -> Option<u8> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            number => u8::try_from(number).ok(),
        }
    }

    /// Sleeps, or returns early with `true` when a signal comes (or came before).
    pub fn sleep(&self, duration: Duration) -> bool {
        let begin = Instant::now();
        loop {
            if self.received().is_some() {
                return true;
            }
            let left = duration.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return false;
            }
            thread::sleep(left.min(CHECK));
        }
    }
}

/// The mask of ignored signals; bit 0 is signal 1.
fn parse_ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
