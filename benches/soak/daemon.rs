//! The daemon under test. What it logs, prints and reports to systemd goes into the soak's log.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use simulated_kanto_cm::Process as Simulator;

use crate::harness;
use crate::harness::process::Process;
use crate::log::Log;

/// How long it may take to end: what is under way is brought to its end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Daemon {
    child: Child,
    /// The last status that systemd received.
    status: Arc<Mutex<String>>,
}

impl Daemon {
    pub(crate) fn start(cm: &Simulator, manifests: &Path, log: &Arc<Log>) -> Daemon {
        let plain = |path: &Path| path.to_str().expect("a plain path").to_owned();
        let (socket, state) = (plain(&cm.socket()), plain(&harness::state_file(cm)));
        let mut command = harness::command(&[
            "--daemon",
            "--prune",
            "-v",
            "--settle",
            "1",
            "--stop-timeout",
            "2",
            "--socket-cm",
            &socket,
            "--state",
            &state,
            &plain(manifests),
        ]);
        let notify = cm.directory().join("notify");
        let _ = std::fs::remove_file(&notify);
        let receiver = UnixDatagram::bind(&notify).expect("a socket");
        let mut child = command
            .env("NOTIFY_SOCKET", &notify)
            .spawn()
            .expect("the binary");
        follow(log, "out  ", child.stdout.take().expect("captured"));
        follow(log, "log  ", child.stderr.take().expect("captured"));
        let status = Arc::default();
        let daemon = Daemon {
            child,
            status: Arc::clone(&status),
        };
        let log = Arc::clone(log);
        thread::spawn(move || listen(&receiver, &status, &log));
        // Before it has said something, SIGTERM ends it as it ends any program.
        let begin = Instant::now();
        while daemon.status().is_empty() && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
        daemon
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    pub(crate) fn status(&self) -> String {
        self.status.lock().expect("a status").clone()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(self.child.id(), signal);
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("its status")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let children = self.process().children();
            for pid in children.into_iter().chain([self.child.id()]) {
                send(pid, Signal::SIGKILL);
            }
            let _ = self.child.wait();
        }
    }
}

/// To one that may have ended.
pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).expect("a pid");
    let _ = kill(Pid::from_raw(pid), signal);
}

fn follow(log: &Arc<Log>, from: &'static str, stream: impl Read + Send + 'static) {
    let log = Arc::clone(log);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            log.add(format!("{from} {line}"));
        }
    });
}

/// Until the socket's file is gone and another one is there: a daemon that has ended says nothing more.
fn listen(receiver: &UnixDatagram, status: &Mutex<String>, log: &Log) {
    let mut buffer = vec![0; 65536];
    while let Ok(length) = receiver.recv(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        for line in text.lines() {
            if let Some(sentence) = line.strip_prefix("STATUS=") {
                sentence.clone_into(&mut status.lock().expect("a status"));
            }
            log.add(format!("note  {line}"));
        }
    }
}
