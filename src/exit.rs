//! The exit codes, and which one a run gets.

use std::process::ExitCode;

use crate::execute::RunError;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: every manifest is up to date.
    UpToDate,
    /// 1: at least one manifest failed; the others were deployed.
    ManifestFailed,
    /// 2: usage error.
    Usage,
    /// 3: Kanto-CM could not be reached, or was lost for good.
    KantoCmUnreachable,
    /// 4: the manifests directory cannot be read.
    ManifestsUnreadable,
    /// 128 and the number: a signal ended the run early.
    Signal(u8),
}

impl Exit {
    /// Returns the code of a run. That it did not finish counts more than the results of single manifests.
    pub fn of(error: Option<&RunError>, something_failed: bool) -> Exit {
        match error {
            Some(RunError::Unreachable(_)) => Exit::KantoCmUnreachable,
            Some(RunError::Stopped(signal)) => Exit::Signal(*signal),
            None if something_failed => Exit::ManifestFailed,
            None => Exit::UpToDate,
        }
    }

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::UpToDate => 0,
            Exit::ManifestFailed => 1,
            Exit::Usage => 2,
            Exit::KantoCmUnreachable => 3,
            Exit::ManifestsUnreadable => 4,
            Exit::Signal(number) => 128 + number,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
