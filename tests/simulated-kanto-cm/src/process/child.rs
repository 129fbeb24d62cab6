//! One life of the simulator: its process, its input, the thread that listens to its output.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{self, ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;

use super::mirror::{Mirror, Reported};
use crate::protocol::{Command, Line};
use crate::setup::Setup;

/// How long anything may take before the test fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// A clean stop may have to wait for a container that ignores SIGTERM.
const STOP_PATIENCE: Duration = Duration::from_secs(90);

/// How a simulator ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Terminate,
    Kill,
    ByItself,
}

/// A simulator's process.
pub(super) struct Child {
    process: process::Child,
    input: ChildStdin,
    listener: Option<JoinHandle<()>>,
    mirror: Arc<Mirror>,
}

impl Child {
    /// Starts the program and waits until its socket is open.
    pub(super) fn start(
        program: &Path,
        socket: &Path,
        home: &Path,
        setup: Setup,
        mirror: &Arc<Mirror>,
    ) -> Self {
        mirror.begin();
        let mut process = process::Command::new(program)
            .arg("--control")
            .arg("--home")
            .arg(home)
            .arg(socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        let input = process.stdin.take().expect("it was asked for");
        let output = process.stdout.take().expect("it was asked for");
        let listens = mirror.clone();
        let listener = Some(thread::spawn(move || listen(output, &listens)));
        let mut child = Self {
            process,
            input,
            listener,
            mirror: mirror.clone(),
        };
        child
            .send(&Command::Setup { setup })
            .expect("the simulator takes its setup");
        child
            .await_report("the simulator to open its socket", |reported| {
                reported.listening.then_some(())
            })
            .unwrap_or_else(|error| {
                let _ = child.process.kill();
                panic!("{error}")
            });
        child
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Gives a command and waits for its answer.
    pub(super) fn ask(&mut self, command: &Command) -> Result<Line, String> {
        {
            let mut reported = self.mirror.lock();
            reported.answer = None;
            reported.changed = false;
        }
        self.send(command)?;
        self.await_report(&format!("the answer to {command:?}"), |reported| {
            reported.answer.take()
        })
    }

    fn send(&mut self, command: &Command) -> Result<(), String> {
        let mut line = serde_json::to_vec(command).expect("a command has only string keys");
        line.push(b'\n');
        self.input
            .write_all(&line)
            .map_err(|error| format!("the simulator takes no commands: {error}"))
    }

    fn await_report<T>(
        &self,
        what: &str,
        mut look: impl FnMut(&mut Reported) -> Option<T>,
    ) -> Result<T, String> {
        let end = Instant::now() + PATIENCE;
        let mut reported = self.mirror.lock();
        loop {
            if let Some(found) = look(&mut reported) {
                return Ok(found);
            }
            if reported.silent {
                return Err(format!("the simulator has ended; waited for {what}"));
            }
            if !self.mirror.wait(&mut reported, end) {
                return Err(format!("waited {PATIENCE:?} for {what}"));
            }
        }
    }

    /// Ends the process, or waits for its end, and takes in all that it has reported.
    pub(super) fn end(&mut self, how: End, journal: impl FnOnce() -> String) {
        match how {
            End::Terminate => {
                let pid = Pid::from_raw(i32::try_from(self.pid()).expect("process ids are small"));
                let _ = kill(pid, Signal::SIGTERM);
            }
            End::Kill => drop(self.process.kill()),
            End::ByItself => {}
        }
        if let Err(error) = self.await_silence(how) {
            let _ = self.process.kill();
            panic!("{error}\n{}", journal());
        }
        let status = self.reap();
        let clean = status.code() == Some(0);
        assert!(
            how != End::ByItself || !clean,
            "the simulator ended cleanly by itself"
        );
    }

    /// Its output ends when it does.
    fn await_silence(&self, how: End) -> Result<(), String> {
        let patience = if how == End::Terminate {
            STOP_PATIENCE
        } else {
            PATIENCE
        };
        let end = Instant::now() + patience;
        let mut reported = self.mirror.lock();
        while !reported.silent {
            if !self.mirror.wait(&mut reported, end) {
                return Err(format!(
                    "waited {patience:?} for the simulator to end ({how:?})"
                ));
            }
        }
        Ok(())
    }

    fn reap(&mut self) -> ExitStatus {
        let status = self.process.wait().expect("a child can be waited for");
        if let Some(listener) = self.listener.take() {
            listener.join().expect("the listener does not panic");
        }
        status
    }

    /// For a drop, perhaps in a panic.
    pub(super) fn kill_quietly(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn listen(output: ChildStdout, mirror: &Mirror) {
    let (mut output, mut line) = (BufReader::new(output), String::new());
    loop {
        line.clear();
        // A simulator that is killed may leave the last line unfinished.
        if output.read_line(&mut line).is_err() || !line.ends_with('\n') {
            break;
        }
        match serde_json::from_str(&line) {
            Ok(line) => mirror.take_in(line),
            Err(error) => panic!("the simulator says {line:?}: {error}"),
        }
    }
    mirror.fall_silent();
}
