//! The binary, running, and what a run came to.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use serde_json::Value;

use super::schema;

/// Nothing that a test starts may take longer.
const LIMIT: Duration = Duration::from_secs(120);

/// What a run of the binary came to.
pub(crate) struct Run {
    command: String,
    /// Exit code; `None`: ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Run {
    /// Demands an exit code; shows everything where it is another one.
    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) -> &Run {
        assert_eq!(self.code, Some(code), "{}", self.shown());
        self
    }

    /// Demands that a line of the log contains this.
    #[track_caller]
    pub(crate) fn expect_log(&self, text: &str) -> &Run {
        assert!(
            self.stderr.contains(text),
            "not logged: {text:?}\n{}",
            self.shown()
        );
        self
    }

    /// Demands these lines on standard output, times left out.
    #[track_caller]
    pub(crate) fn expect_lines(&self, expected: &[&str]) -> &Run {
        let lines: Vec<&str> = self.stdout.lines().map(without_time).collect();
        assert_eq!(lines, expected, "{}", self.shown());
        self
    }

    /// The JSON document on standard output, which follows its schema.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.shown()));
        schema::expect_result(&document);
        document
    }

    fn shown(&self) -> String {
        let Run {
            command,
            code,
            stdout,
            stderr,
            took,
        } = self;
        format!("$ {command}\nexit code {code:?} after {took:?}\n--- stdout\n{stdout}--- stderr\n{stderr}")
    }
}

/// `created, started  1.24 s` without the time.
fn without_time(line: &str) -> &str {
    let without = line
        .strip_suffix(" s")
        .and_then(|line| line.rsplit_once("  "));
    without
        .filter(|(_, time)| time.parse::<f64>().is_ok())
        .map_or(line, |(text, _)| text)
}

/// The binary, running.
pub(crate) struct Running {
    command: String,
    child: Child,
    begin: Instant,
}

impl Running {
    pub(crate) fn spawn(mut command: Command) -> Running {
        let shown = format!("{command:?}");
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{shown}: {error}"));
        Running {
            command: shown,
            child,
            begin: Instant::now(),
        }
    }

    /// The binary's process: `env` has become it by the time of its first call.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a pid");
        kill(Pid::from_raw(pid), signal).expect("a child to signal");
    }

    /// Sends a signal as soon as a line of the log contains `text`, and waits for the end.
    pub(crate) fn signal_when_logged(self, text: &str, signal: Signal) -> Run {
        self.wait_doing(text, |running| running.signal(signal))
    }

    /// Does something as soon as a line of the log contains `text`, and waits for the end.
    pub(crate) fn wait_doing(mut self, text: &str, then: impl FnOnce(&Running)) -> Run {
        let mut log = BufReader::new(self.child.stderr.take().expect("a captured log"));
        let (mut before, mut line) = (String::new(), String::new());
        while !line.contains(text) {
            line.clear();
            assert_ne!(
                log.read_line(&mut line).expect("UTF-8"),
                0,
                "never logged: {text}\n{before}"
            );
            before += &line;
        }
        then(&self);
        let rest = drain(Some(log));
        let run = self.wait();
        let stderr = before + &rest.join().expect("its standard error");
        Run { stderr, ..run }
    }

    /// Waits for the end; kills it and panics after two minutes.
    pub(crate) fn wait(mut self) -> Run {
        let stdout = drain(self.child.stdout.take());
        let stderr = drain(self.child.stderr.take());
        let pid = i32::try_from(self.child.id()).expect("a pid");
        let (done, finished) = std::sync::mpsc::channel::<()>();
        let watchdog = thread::spawn(move || {
            let late =
                finished.recv_timeout(LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
            if late {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            late
        });
        let status = self.child.wait().expect("an exit status");
        drop(done);
        let run = Run {
            command: self.command,
            code: status.code(),
            stdout: stdout.join().expect("its standard output"),
            stderr: stderr.join().expect("its standard error"),
            took: self.begin.elapsed(),
        };
        assert!(
            !watchdog.join().expect("a watchdog"),
            "took too long\n{}",
            run.shown()
        );
        run
    }
}

fn drain(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut stream) = stream {
            stream.read_to_string(&mut text).expect("UTF-8");
        }
        text
    })
}
