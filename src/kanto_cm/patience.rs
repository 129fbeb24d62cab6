//! How long the client waits for an answer, and how an answer wakes it.

use std::sync::Arc;
use std::task::Wake;
use std::thread::Thread;
use std::time::Duration;

/// How long the client waits for an answer.
pub(super) struct Patience {
    /// `None`: the call must not be interrupted.
    pub(super) deadline: Option<Duration>,
    /// A stop signal ends the call.
    pub(super) stoppable: bool,
    /// Names the call in the log, where it can take long.
    pub(super) label: Option<String>,
}

impl Patience {
    pub(super) fn query(deadline: Duration) -> Patience {
        Patience {
            deadline: Some(deadline),
            stoppable: true,
            label: None,
        }
    }
}

/// Wakes the thread that waits for an answer.
pub(super) struct Unpark(pub(super) Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
