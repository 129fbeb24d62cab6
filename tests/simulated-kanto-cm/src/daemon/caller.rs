//! Who waits for a call's answer: a client that may go away, or nobody. And the ways in which it or the simulator dies.

use std::thread;
use std::time::Duration;

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;

use super::{Daemon, Failure, Guard, Waited};

/// How often a waiting call looks whether its caller is still there: grpcio offers no event for it.
const LOOK: Duration = Duration::from_millis(5);

/// How long a fault waits to learn whom to kill, and then for the end of its connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who dies in the middle of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Simulator,
    Caller,
}

/// The other side of a call.
pub(crate) struct Caller {
    is_gone: Option<Box<dyn FnMut() -> bool + Send>>,
    dies_half_way: Option<Victim>,
    exit: Exit,
}

/// What becomes of the end of the process that a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The daemon hears of it.
    Noticed,
    /// It comes before the daemon listens for it.
    Missed,
    /// The process ends by itself, with this code, just before the call would end it.
    Met(i64),
    /// The simulator dies between the end of the process and that of its task.
    LeftAsTask,
}

impl Caller {
    /// A client; `is_gone` returns whether it has gone away or its deadline has passed.
    pub(crate) fn client(is_gone: impl FnMut() -> bool + Send + 'static) -> Self {
        Self {
            is_gone: Some(Box::new(is_gone)),
            dies_half_way: None,
            exit: Exit::Noticed,
        }
    }

    /// The daemon itself.
    pub(crate) fn nobody() -> Self {
        Self {
            is_gone: None,
            dies_half_way: None,
            exit: Exit::Noticed,
        }
    }

    /// Somebody shall die in the middle of this call.
    pub(crate) fn dies_half_way(&mut self, victim: Victim) {
        self.dies_half_way = Some(victim);
    }

    /// This shall become of the end of the process that this call ends.
    pub(crate) fn set_exit(&mut self, exit: Exit) {
        self.exit = exit;
    }

    pub(super) fn exit(&self) -> Exit {
        self.exit
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

    /// The call is where a crash of the daemon does the most harm.
    pub(crate) fn half_way(&self) {
        if self.dies_half_way == Some(Victim::Simulator) {
            kill_self();
        }
    }
}

impl Daemon {
    /// The process that is killed as the caller.
    pub(crate) fn set_caller(&self, pid: u32) {
        let mut world = self.world.lock();
        world.caller = Some(pid);
        self.changed(&mut world);
    }

    /// The call is where the end of its caller interrupts it: lets it die there if it shall.
    pub(super) fn may_lose_caller(
        &self,
        world: &mut Guard<'_>,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        if caller.dies_half_way != Some(Victim::Caller) {
            return Ok(());
        }
        caller.dies_half_way = None;
        self.kill_caller_locked(world, caller)
    }

    /// Kills the caller if it was to die half-way and has not come so far.
    pub(crate) fn kill_late_caller(&self, caller: &mut Caller) -> Result<(), Failure> {
        self.may_lose_caller(&mut self.world.lock(), caller)
    }

    /// Kills the caller.
    pub(crate) fn kill_caller(&self, caller: &mut Caller) -> Result<(), Failure> {
        self.kill_caller_locked(&mut self.world.lock(), caller)
    }

    /// Kills the process that the test names, and waits until the call has no caller any more.
    fn kill_caller_locked(
        &self,
        world: &mut Guard<'_>,
        caller: &mut Caller,
    ) -> Result<(), Failure> {
        if self.wait(world, PATIENCE, caller, |world| world.caller.is_some()) == Waited::TimedOut {
            return Err("a fault should kill the caller, but the test does not name it".into());
        }
        let pid = world.caller.take().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        match self.wait(world, PATIENCE, caller, |_| false) {
            Waited::CallerGone => Ok(()),
            _ => Err(format!("killed the process {pid:?}, but it was not the caller").into()),
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
