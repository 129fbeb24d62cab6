//! What the containers of the checks do, in the simulator's words and in those of a shell.

use std::path::Path;

use crate::machine::has_signal;

/// What a container does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    /// Runs until SIGTERM, then ends with this code.
    Run(i64),
    /// Ignores every signal but SIGKILL.
    Ignore,
    /// Ends with this code, so many milliseconds after its start.
    Exit(i64, u64),
    /// It is not there.
    Missing,
}

impl Does {
    /// The command for the simulator.
    pub(crate) fn simulated(self) -> Vec<String> {
        let words = match self {
            Self::Run(code) => format!("/simulated/run 0 {code}"),
            Self::Ignore => "/simulated/stubborn".to_owned(),
            Self::Exit(code, after) => format!("/simulated/exit {code} {after}"),
            Self::Missing => "/simulated/missing".to_owned(),
        };
        words.split(' ').map(str::to_owned).collect()
    }

    /// The command for a real container.
    pub(crate) fn real(self) -> Vec<String> {
        let script = match self {
            Self::Run(code) => format!("trap 'exit {code}' TERM; while :; do sleep 0.02; done"),
            Self::Ignore => "trap '' TERM; while :; do sleep 1; done".to_owned(),
            Self::Exit(code, after) => {
                let (seconds, millis) = (after / 1000, after % 1000);
                format!("sleep {seconds}.{millis:03}; exit {code}")
            }
            Self::Missing => return self.simulated(),
        };
        vec!["sh".to_owned(), "-c".to_owned(), script]
    }

    /// Whether a real process has come so far that a signal does to it what it should.
    pub(crate) fn is_set_up(self, process: &Path) -> bool {
        match self {
            Self::Run(_) => has_signal(process, "SigCgt:", 15),
            Self::Ignore => has_signal(process, "SigIgn:", 15),
            Self::Exit(..) | Self::Missing => true,
        }
    }
}
