//! The options of Stop and Remove: what is filled in and what is refused.

use std::time::Duration;

use crate::proto::types::StopOptions;
use crate::setup::Program;

/// The timeout where none, or 0, is given.
const DEFAULT_TIMEOUT: i64 = 30;
/// What a process killed with SIGKILL ends with.
const KILLED: i64 = 137;
const SIGKILL: i64 = 9;
/// The signals of Linux by number, from 1 on.
const SIGNALS: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// Options that are complete and valid.
#[derive(Clone, Debug)]
pub(crate) struct Stopping {
    timeout: Duration,
    force: bool,
    signal: i64,
    signal_name: String,
}

/// How the stopping of a process goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    /// How long it takes.
    pub(crate) takes: Duration,
    /// The exit code; `None`: it runs on.
    pub(crate) code: Option<i64>,
}

impl Stopping {
    /// Fills in what is missing and checks the rest. `force` is that of a Remove without options.
    pub(crate) fn new(options: Option<&StopOptions>, force: bool) -> Result<Self, String> {
        let timeout = options.map_or(0, |options| options.timeout);
        let timeout = if timeout == 0 {
            DEFAULT_TIMEOUT
        } else {
            timeout
        };
        let Ok(seconds) = u64::try_from(timeout) else {
            return Err(format!("the timeout = {timeout} shouldn't be negative"));
        };
        let signal = options.map_or("", |options| &options.signal);
        let signal = if signal.is_empty() { "SIGTERM" } else { signal };
        let Some(number) = number(signal) else {
            return Err(format!("invalid signal = {signal}"));
        };
        Ok(Self {
            timeout: Duration::from_secs(seconds),
            force: options.map_or(force, |options| options.force),
            signal: number,
            signal_name: signal.to_owned(),
        })
    }

    /// What happens to a container with this program. A paused one cannot handle its signal, but it can be killed.
    pub(crate) fn course(&self, program: Program, paused: bool) -> Course {
        if self.signal == SIGKILL {
            return Course {
                takes: Duration::ZERO,
                code: Some(KILLED),
            };
        }
        match after_signal(program) {
            Some((takes, code)) if takes <= self.timeout && !paused => Course {
                takes,
                code: Some(code),
            },
            _ => Course {
                takes: self.timeout,
                code: self.force.then_some(KILLED),
            },
        }
    }

    /// How long the daemon waits for an end that it has missed.
    pub(crate) fn waits_in_vain(&self) -> Duration {
        let kills_at_last = self.force && self.signal != SIGKILL;
        self.timeout * if kills_at_last { 2 } else { 1 }
    }

    /// What it says then.
    pub(crate) fn failure_in_vain(&self, id: &str) -> String {
        let signal = if self.force {
            "SIGKILL"
        } else {
            &self.signal_name
        };
        format!("could not stop container with ID = {id} with {signal}")
    }

    /// What the daemon says when the container runs on.
    pub(crate) fn failure(&self, id: &str) -> String {
        format!(
            "could not stop container with ID = {id} with {}",
            self.signal_name
        )
    }
}

/// How a program ends that gets a signal other than SIGKILL: after which time, with which code. `None`: it goes on.
pub(crate) fn after_signal(program: Program) -> Option<(Duration, i64)> {
    match program {
        Program::Run { stop_ms, code } => Some((Duration::from_millis(stop_ms), code)),
        Program::Exit { .. } | Program::Missing => Some((Duration::ZERO, 0)),
        Program::Stubborn => None,
    }
}

fn number(signal: &str) -> Option<i64> {
    if let Ok(number) = signal.parse() {
        return (1..=255).contains(&number).then_some(number);
    }
    let at = SIGNALS.iter().position(|name| *name == signal)?;
    i64::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(timeout: i64, force: bool, signal: &str) -> StopOptions {
        StopOptions {
            timeout,
            force,
            signal: signal.into(),
            ..StopOptions::default()
        }
    }

    fn course(options: &StopOptions, program: Program) -> (u64, Option<i64>) {
        let course = Stopping::new(Some(options), false)
            .unwrap()
            .course(program, false);
        (course.takes.as_secs(), course.code)
    }

    #[test]
    fn refused_options() {
        assert!(Stopping::new(Some(&options(-1, true, "")), true)
            .unwrap_err()
            .contains("negative"));
        assert!(Stopping::new(Some(&options(1, true, "SIGNONE")), true)
            .unwrap_err()
            .contains("invalid signal"));
        assert!(Stopping::new(Some(&options(1, true, "0")), true).is_err());
        assert!(Stopping::new(Some(&options(1, true, "10")), true).is_ok());
    }

    #[test]
    fn zero_means_thirty_seconds() {
        assert_eq!(
            course(&options(0, false, ""), Program::Stubborn),
            (30, None)
        );
        assert_eq!(
            course(&options(0, true, ""), Program::Stubborn),
            (30, Some(137))
        );
        let stopping = Stopping::new(None, true).unwrap();
        let none = stopping.course(Program::Stubborn, false);
        assert_eq!(
            none,
            Course {
                takes: Duration::from_secs(30),
                code: Some(137)
            }
        );
    }

    #[test]
    fn an_end_that_is_missed() {
        let in_vain = |options: &StopOptions| {
            let stopping = Stopping::new(Some(options), false).unwrap();
            (
                stopping.waits_in_vain().as_secs(),
                stopping.failure_in_vain("a"),
            )
        };
        let failure = |signal| format!("could not stop container with ID = a with {signal}");
        assert_eq!(in_vain(&options(2, true, "")), (4, failure("SIGKILL")));
        assert_eq!(in_vain(&options(2, false, "")), (2, failure("SIGTERM")));
        assert_eq!(
            in_vain(&options(2, true, "SIGKILL")),
            (2, failure("SIGKILL"))
        );
    }

    #[test]
    fn programs() {
        let run = Program::Run {
            stop_ms: 500,
            code: 7,
        };
        let stopping = Stopping::new(None, false).unwrap();
        assert_eq!(stopping.course(run, false).code, Some(7));
        assert_eq!(course(&options(1, false, "SIGKILL"), run), (0, Some(137)));
        assert_eq!(
            course(&options(2, true, "15"), Program::Stubborn),
            (2, Some(137))
        );
        assert_eq!(course(&options(2, false, ""), Program::Stubborn), (2, None));
    }

    #[test]
    fn a_paused_program_is_killed_at_the_end_of_the_timeout() {
        let paused = |options: &StopOptions| {
            let stopping = Stopping::new(Some(options), false).unwrap();
            let course = stopping.course(Program::default(), true);
            (course.takes.as_secs(), course.code)
        };
        assert_eq!(paused(&options(2, true, "")), (2, Some(137)));
        assert_eq!(paused(&options(2, false, "")), (2, None));
        assert_eq!(paused(&options(2, false, "SIGKILL")), (0, Some(137)));
    }
}
