//! A program that runs once, from its start to its end: how long, at the cost of how much CPU time and memory.
//!
//! The peak of the memory is asked for while the process is held in its exit (by ptrace), when it still has its memory and all that it
//! ever had is counted. `ru_maxrss` would not do: it includes what the measuring process was before the exec.

use std::process::{Command, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::ptrace::{self, Event, Options};
use nix::sys::resource::{getrusage, UsageWho};
use nix::sys::signal::{kill, Signal};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{waitpid, WaitStatus};
use nix::unistd::Pid;

use crate::harness::process::Process;

/// What a run came to.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) status: ExitStatus,
    pub(crate) wall_us: u64,
    /// User and system time, of its children too.
    pub(crate) cpu_us: u64,
    /// Most resident memory. 0, as what was written: it ended at once, or may not be traced.
    pub(crate) peak_kb: u64,
    /// To a disk; what lies in memory (tmpfs) does not count.
    pub(crate) written_bytes: u64,
}

/// Runs a command. SIGTERM ends it when it takes longer than that. No other child may end meanwhile.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Run {
    let cpu_us = cpu_us_of_children();
    let begin = Instant::now();
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
    let is_traced = ptrace::seize(pid, Options::PTRACE_O_TRACEEXIT).is_ok();
    let (done, finished) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || end_when_late(pid, &finished, limit));
    let look = |process: Process| (process.status("VmHWM:"), process.written_bytes());
    let (peak_kb, written_bytes) = if is_traced {
        at_exit(pid, look)
    } else {
        (0, 0)
    };
    let status = child.wait().expect("an exit status");
    let wall_us = u64::try_from(begin.elapsed().as_micros()).expect("a time");
    drop(done);
    watchdog.join().expect("a watchdog");
    Run {
        status,
        wall_us,
        cpu_us: cpu_us_of_children() - cpu_us,
        peak_kb,
        written_bytes,
    }
}

fn cpu_us_of_children() -> u64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("Linux has this");
    let time = usage.user_time() + usage.system_time();
    u64::try_from(time.num_microseconds()).expect("a time")
}

/// Lets it run until it is about to end, and looks at it then.
fn at_exit<T>(pid: Pid, look: impl Fn(Process) -> T) -> T {
    loop {
        match waitpid(pid, None).expect("a child") {
            WaitStatus::PtraceEvent(_, _, event) if event == Event::PTRACE_EVENT_EXIT as i32 => {
                let process = Process(u32::try_from(pid.as_raw()).expect("a pid"));
                let seen = look(process);
                ptrace::detach(pid, None).expect("a child that was stopped");
                return seen;
            }
            WaitStatus::Stopped(_, signal) => {
                ptrace::cont(pid, signal).expect("a child that was stopped");
            }
            WaitStatus::PtraceEvent(..) => {
                ptrace::cont(pid, None).expect("a child that was stopped");
            }
            ended => panic!("was killed: {ended:?}"),
        }
    }
}

fn end_when_late(pid: Pid, finished: &mpsc::Receiver<()>, limit: Duration) {
    for (signal, limit) in [
        (Signal::SIGTERM, limit),
        (Signal::SIGKILL, Duration::from_secs(20)),
    ] {
        if finished.recv_timeout(limit) != Err(mpsc::RecvTimeoutError::Timeout) {
            return;
        }
        let _ = kill(pid, signal);
    }
}
