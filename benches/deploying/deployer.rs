//! The programs that are measured: this one, and another one with the same command line as far as
//! `[MANIFESTS_PATH] --socket-cm SOCKET --daemon` goes.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::harness;

/// A program that deploys.
pub(crate) struct Deployer {
    pub(crate) is_ours: bool,
    program: PathBuf,
    arguments: Vec<OsString>,
    /// Its record, if it is ours, and what it said last.
    files: TempDir,
}

impl Deployer {
    /// The one of this project. What it starts counts at once, as with one that does not watch what it starts.
    pub(crate) fn ours() -> Deployer {
        let mut ours = Deployer::new(harness::binary());
        ours.is_ours = true;
        ours.arguments = ["--settle", "0", "--state"].map(OsString::from).to_vec();
        ours.arguments.push(ours.record().into());
        ours
    }

    /// `BENCH_VS`, with `BENCH_VS_ARGS`.
    pub(crate) fn other() -> Option<Deployer> {
        let mut other = Deployer::new(std::env::var_os("BENCH_VS")?.into());
        let arguments = std::env::var("BENCH_VS_ARGS").unwrap_or_default();
        other.arguments = arguments.split_whitespace().map(OsString::from).collect();
        Some(other)
    }

    fn new(program: PathBuf) -> Deployer {
        Deployer {
            is_ours: false,
            program,
            arguments: Vec::new(),
            files: TempDir::new().expect("a temporary directory"),
        }
    }

    /// It has never deployed anything.
    pub(crate) fn forget(&self) {
        let _ = fs::remove_file(self.record());
    }

    /// A command line that deploys.
    pub(crate) fn command(&self, socket: &Path, manifests: &Path) -> Command {
        let said = fs::File::create(self.said_file()).expect("a file");
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg("--socket-cm")
            .arg(socket)
            .arg(manifests)
            .stdin(Stdio::null())
            .stdout(said.try_clone().expect("a file"))
            .stderr(said)
            .env_remove("RUST_LOG")
            .env_remove("RUST_BACKTRACE") // some would pay 40 MB and 50 ms for an error
            .env_remove("JOURNAL_STREAM")
            .env_remove("NOTIFY_SOCKET");
        command
    }

    /// What it said last, for messages.
    pub(crate) fn said(&self) -> String {
        let said = fs::read(self.said_file()).unwrap_or_default();
        String::from_utf8_lossy(&said).into_owned()
    }

    fn record(&self) -> PathBuf {
        self.files.path().join("applied.json")
    }

    fn said_file(&self) -> PathBuf {
        self.files.path().join("said")
    }
}
