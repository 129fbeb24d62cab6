//! What a check sees of this machine: time, commands, processes and their signals.

use std::env;
use std::fmt::Debug;
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::{getsockopt, sockopt};

/// How long a check waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it looks meanwhile: a real daemon reports nothing by itself.
const LOOK: Duration = Duration::from_millis(10);

/// Waits until `look` finds something. What it sees instead is for the message when that takes too long.
#[track_caller]
pub(crate) fn wait<T, E: Debug>(what: &str, look: impl Fn() -> Result<T, E>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) => assert!(
                Instant::now() < end,
                "waited {PATIENCE:?} for {what}; at last: {seen:?}"
            ),
        }
        thread::sleep(LOOK);
    }
}

/// Runs the shell command that an environment variable holds.
pub(crate) fn shell(variable: &str) {
    let command = env::var(variable).expect("the variable was there before");
    let status = Command::new("sh").args(["-c", &command]).status().unwrap();
    assert!(status.success(), "{variable}: {command}: {status}");
}

/// Whether a thread of the daemon behind a socket blocks SIGUSR1 and not SIGTERM: its start is over then.
pub(crate) fn shows_ready(socket: &Path) -> bool {
    let peer = UnixStream::connect(socket)
        .and_then(|stream| Ok(getsockopt(&stream, sockopt::PeerCredentials)?));
    let Ok(peer) = peer else { return false };
    let tasks = fs::read_dir(format!("/proc/{}/task", peer.pid()));
    tasks.into_iter().flatten().flatten().any(|task| {
        let blocks = |signal| has_signal(&task.path(), "SigBlk:", signal);
        blocks(10) && !blocks(15)
    })
}

/// Whether a mask in the `status` of a process or thread has a signal.
pub(crate) fn has_signal(task: &Path, mask: &str, signal: u32) -> bool {
    let status = fs::read_to_string(task.join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(mask));
    let bits = line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_some_and(|bits| bits & (1 << (signal - 1)) != 0)
}
