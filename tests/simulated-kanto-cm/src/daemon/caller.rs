//! Who waits for a call's answer: a client that may go away, or nobody. And the ways in which the simulator dies.

use std::thread;
use std::time::Duration;

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;

/// How often a waiting call looks whether its caller is still there: grpcio offers no event for it.
const LOOK: Duration = Duration::from_millis(5);

/// The other side of a call.
pub(crate) struct Caller {
    is_gone: Option<Box<dyn FnMut() -> bool + Send>>,
    kill_half_way: bool,
}

impl Caller {
    /// A client; `is_gone` tells whether it has gone away or its deadline has passed.
    pub(crate) fn client(is_gone: impl FnMut() -> bool + Send + 'static) -> Self {
        Self {
            is_gone: Some(Box::new(is_gone)),
            kill_half_way: false,
        }
    }

    /// The daemon itself.
    pub(crate) fn nobody() -> Self {
        Self {
            is_gone: None,
            kill_half_way: false,
        }
    }

    /// The simulator shall die in the middle of this call.
    pub(crate) fn kill_half_way(&mut self) {
        self.kill_half_way = true;
    }

    /// Whether nobody waits for the answer any more, though somebody did.
    pub(crate) fn gone(&mut self) -> bool {
        self.is_gone.as_mut().is_some_and(|is_gone| is_gone())
    }

    /// How long a wait may go on before it looks again.
    pub(crate) fn look_after(&self) -> Duration {
        if self.is_gone.is_some() {
            LOOK
        } else {
            Duration::MAX
        }
    }

    /// The call is in its middle.
    pub(crate) fn half_way(&self) {
        if self.kill_half_way {
            kill_self();
        }
    }
}

/// Ends this process as a crash would: at once, with nothing tidied up.
pub(crate) fn kill_self() -> ! {
    let _ = kill(Pid::this(), Signal::SIGKILL);
    loop {
        thread::park();
    }
}
