//! Where the calls are reported: to the test as they begin and end, so that the journal outlives the simulator, and to people
//! who asked for it.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use nix::time::{clock_gettime, ClockId};
use serde_json::Value;

use crate::protocol::{Call, Line, Method, Outcome};

/// Milliseconds on a clock that all processes of the machine share and that is never set.
///
/// # Panics
/// Never on Linux.
pub fn now_ms() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("Linux has this clock");
    u64::try_from(now.tv_sec() * 1000 + now.tv_nsec() / 1_000_000).unwrap_or_default()
}

/// Reports calls and anything else that a test should know.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    last: AtomicU64,
    control: bool,
    verbose: bool,
}

impl Journal {
    /// `control`: lines for a test on standard output. `verbose`: lines for people on standard error.
    pub(crate) fn new(control: bool, verbose: bool) -> Self {
        Self {
            last: AtomicU64::new(0),
            control,
            verbose,
        }
    }

    /// Whether a test listens.
    pub(crate) fn has_test(&self) -> bool {
        self.control
    }

    /// Writes one line for the test. It is in the pipe when this returns, even if the process dies then.
    pub(crate) fn report(&self, line: &Line) {
        if self.control {
            let mut text = serde_json::to_string(line).expect("a line has only string keys");
            text.push('\n');
            let mut output = io::stdout().lock();
            // A test that is gone reads no more: the closed input ends this process.
            let _ = output
                .write_all(text.as_bytes())
                .and_then(|()| output.flush());
        }
    }

    /// A call came in.
    pub(crate) fn begun(&self, method: Method, id: &str, name: &str, request: Value) -> Call {
        let call = Call {
            number: self.last.fetch_add(1, Ordering::Relaxed) + 1,
            method,
            id: id.to_owned(),
            name: name.to_owned(),
            request,
            begin_ms: now_ms(),
            end_ms: None,
            outcome: Outcome::Pending,
        };
        if self.control {
            self.report(&Line::Begun { call: call.clone() });
        }
        call
    }

    /// The call is over.
    pub(crate) fn ended(&self, mut call: Call, outcome: Outcome) {
        call.end_ms = Some(now_ms());
        call.outcome = outcome;
        if self.verbose {
            let _ = writeln!(io::stderr(), "{call}");
        }
        let Call {
            number,
            id,
            outcome,
            ..
        } = call;
        self.report(&Line::Ended {
            number,
            id,
            end_ms: call.end_ms.unwrap_or_default(),
            outcome,
        });
    }
}
