//! The binary with `--daemon`, running: what it prints, logs and reports to systemd can be waited for.

mod looks;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use simulated_kanto_cm::Process;
use tempfile::TempDir;

use super::process::wait_for_end;
use super::{after, command, deploy_arguments, Manifests};

/// Nothing that is waited for may take longer.
const LIMIT: Duration = Duration::from_secs(60);

/// A daemon. It is killed, with the worker process for it, when this is dropped before its end.
pub(crate) struct Daemon {
    child: Child,
    said: Arc<Said>,
    readers: Vec<thread::JoinHandle<()>>,
    /// Who deployed for it when it was killed.
    orphan: Option<u32>,
    _notify: TempDir,
}

/// All lines that came, with where they came from.
#[derive(Default)]
struct Said {
    lines: Mutex<Vec<(From, String)>>,
    more: Condvar,
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// Standard output.
    Out,
    /// Standard error.
    Log,
    /// What systemd received: `READY=1`, `STATUS=…`.
    Notify,
}

impl Daemon {
    /// Follows `manifests` and deploys them to `cm`; settles for one second, unless the arguments say otherwise.
    pub(crate) fn start(cm: &Process, manifests: &Manifests, arguments: &[&str]) -> Daemon {
        Daemon::start_at(cm, manifests.path(), arguments)
    }

    /// Follows whatever becomes of this path.
    pub(crate) fn start_at(cm: &Process, path: &Path, arguments: &[&str]) -> Daemon {
        Daemon::start_with(cm, path, arguments, &[])
    }

    /// With variables in its environment.
    pub(crate) fn start_with(
        cm: &Process,
        path: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Daemon {
        let mut all = vec!["--daemon".to_owned()];
        all.extend(deploy_arguments(cm, path, arguments));
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let mut command = telling_its_pid(&command(&all));
        command.envs(variables.iter().copied());
        Daemon::spawn(command)
    }

    /// By this command, which becomes the daemon.
    pub(crate) fn spawn(mut command: Command) -> Daemon {
        let notify = TempDir::new().expect("a temporary directory");
        let socket = notify.path().join("notify");
        let receiver = UnixDatagram::bind(&socket).expect("a socket");
        if command.get_envs().all(|(name, _)| name != "NOTIFY_SOCKET") {
            command.env("NOTIFY_SOCKET", &socket);
        }
        let mut child = command.spawn().expect("the binary");
        let said = Arc::new(Said::default());
        let mut readers = vec![said.follow(From::Out, child.stdout.take().expect("captured"))];
        if let Some(log) = child.stderr.take() {
            readers.push(said.follow(From::Log, log));
        }
        let listener = Arc::clone(&said);
        thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(length) = receiver.recv(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                listener.add(From::Notify, &text);
            }
        });
        Daemon {
            child,
            said,
            readers,
            orphan: None,
            _notify: notify,
        }
    }

    /// Waits until the first deployment is through.
    #[track_caller]
    pub(crate) fn ready(self) -> Daemon {
        self.wait_for(From::Notify, "READY=1", 1);
        self
    }

    /// Waits until so many lines from there contain this, and returns the last of them.
    #[track_caller]
    pub(crate) fn wait_for(&self, from: From, text: &str, times: usize) -> String {
        let matching = |lines: &[(From, String)]| {
            let mut lines = lines
                .iter()
                .filter(|(f, line)| *f == from && line.contains(text));
            lines.nth(times - 1).map(|(_, line)| line.clone())
        };
        self.wait(&format!("{times} of {from:?} {text:?}"), matching)
    }

    /// Waits until the last status that systemd received is this.
    #[track_caller]
    pub(crate) fn wait_for_status(&self, status: &str) {
        let expected = format!("STATUS={status}");
        self.wait(&expected, |lines| {
            let last = lines
                .iter()
                .rev()
                .find(|(_, line)| line.starts_with("STATUS="));
            last.is_some_and(|(_, line)| *line == expected)
                .then_some(())
        });
    }

    #[track_caller]
    fn wait<T>(&self, what: &str, found: impl Fn(&[(From, String)]) -> Option<T>) -> T {
        let lines = self.said.lines.lock().expect("lines");
        let (lines, late) = self
            .said
            .more
            .wait_timeout_while(lines, LIMIT, |lines| found(lines).is_none())
            .expect("lines");
        if let Some(found) = found(&lines) {
            return found;
        }
        let shown = shown(&lines);
        drop(lines);
        panic!("waited for {what} in vain ({}):\n{shown}", late.timed_out());
    }

    /// All lines that came from there so far.
    pub(crate) fn lines(&self, from: From) -> Vec<String> {
        let lines = self.said.lines.lock().expect("lines");
        let of = lines.iter().filter(|(f, _)| *f == from);
        of.map(|(_, line)| line.clone()).collect()
    }

    /// Everything, for messages.
    pub(crate) fn shown(&self) -> String {
        self.said.shown()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// Kills it, and nothing but it: who deploys for it goes on.
    pub(crate) fn kill(&mut self) {
        self.orphan = self.worker();
        self.signal(Signal::SIGKILL);
        self.child.wait().expect("its status");
    }

    /// Waits until who deployed for the daemon that was killed has ended by itself.
    #[track_caller]
    pub(crate) fn wait_for_orphan(&self) {
        let orphan = self.orphan.expect("somebody who deployed");
        self.look_until("its end", || (!is_worker(orphan)).then_some(()));
    }

    /// Ends it by SIGTERM, and demands exit code 0.
    #[track_caller]
    pub(crate) fn end(self) -> Vec<String> {
        self.signal(Signal::SIGTERM);
        self.wait_for_end(0)
    }

    /// Waits until it ends, with this code. What it logged.
    #[track_caller]
    pub(crate) fn wait_for_end(self, code: i32) -> Vec<String> {
        self.ended(code).lines(From::Log)
    }

    /// Waits until it ends, with this code. All that it printed and logged is known then.
    #[track_caller]
    pub(crate) fn ended(mut self, code: i32) -> Daemon {
        self.expect_end(code);
        for reader in self.readers.drain(..) {
            reader.join().expect("all that it said");
        }
        self
    }

    /// Waits until it ends, with this code.
    #[track_caller]
    pub(crate) fn expect_end(&mut self, code: i32) {
        let said = Arc::clone(&self.said);
        let status = wait_for_end(&mut self.child, &|| said.shown());
        assert_eq!(status.code(), Some(code), "{}", self.shown());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(orphan) = self.orphan.filter(|pid| is_worker(*pid)) {
            send(orphan, Signal::SIGKILL);
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            for pid in self.worker().into_iter().chain([self.child.id()]) {
                let pid = i32::try_from(pid).expect("a pid");
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            let _ = self.child.wait();
        }
    }
}

impl Said {
    fn follow(
        self: &Arc<Self>,
        from: From,
        stream: impl Read + Send + 'static,
    ) -> thread::JoinHandle<()> {
        let said = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                said.add(from, &line);
            }
        })
    }

    fn shown(&self) -> String {
        shown(&self.lines.lock().expect("lines"))
    }

    fn add(&self, from: From, text: &str) {
        let mut lines = self.lines.lock().expect("lines");
        lines.extend(text.lines().map(|line| (from, line.to_owned())));
        self.more.notify_all();
    }
}

/// Is there a process of that id, and does it deploy for a daemon?
fn is_worker(pid: u32) -> bool {
    let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    words
        .split(|byte| *byte == 0)
        .any(|word| word == b"--worker")
}

/// Sends a signal to a process.
pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).expect("a pid");
    kill(Pid::from_raw(pid), signal).expect("a process to signal");
}

/// The same command, whose process finds its pid in its environment: so does systemd say whom it watches over.
fn telling_its_pid(command: &Command) -> Command {
    after("export WATCHDOG_PID=${WATCHDOG_PID:-$$}", command)
}

fn shown(lines: &[(From, String)]) -> String {
    let lines = lines
        .iter()
        .map(|(from, line)| format!("{from:?}: {line}\n"));
    lines.collect()
}
