//! The process that deploys, seen from the watcher. It is never killed: it ends when it has no more orders.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use log::error;

use super::protocol::{Finished, Order};
use crate::cli::WORKER;
use crate::sys::notify;

/// This very program, also when its file was replaced by another version meanwhile.
const PROGRAM: &str = "/proc/self/exe";

/// A process that deploys.
pub(super) struct Worker {
    child: Child,
    /// `None`: no more orders will come.
    orders: Option<ChildStdin>,
    results: ChildStdout,
    /// The beginning of a result.
    unread: Vec<u8>,
}

/// What a process that deploys has written.
#[derive(Default)]
pub(super) struct Output {
    pub(super) finished: Vec<Finished>,
    /// Some of it is no result.
    pub(super) is_invalid: bool,
    /// It has ended.
    pub(super) is_over: bool,
}

impl Worker {
    /// Starts one, with the arguments of this process.
    pub(super) fn spawn(arguments: &[OsString]) -> io::Result<Worker> {
        let mut command = Command::new(PROGRAM);
        command
            .arg0(env!("CARGO_PKG_NAME"))
            .arg(WORKER)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        for variable in notify::VARIABLES {
            command.env_remove(variable);
        }
        let mut child = command.spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(orders), Some(results)) => Ok(Worker {
                child,
                orders: Some(orders),
                results,
                unread: Vec::new(),
            }),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Does it take orders?
    pub(super) fn is_open(&self) -> bool {
        self.orders.is_some()
    }

    /// For poll: something was written.
    pub(super) fn results(&self) -> BorrowedFd<'_> {
        self.results.as_fd()
    }

    /// An order that cannot be given means that the process has ended, which shows in its results.
    pub(super) fn order(&mut self, order: &Order) {
        if let (Some(orders), Ok(line)) = (&mut self.orders, serde_json::to_string(order)) {
            if let Err(error) = orders.write_all((line + "\n").as_bytes()) {
                error!("cannot write to the worker process: {error}");
            }
        }
    }

    /// There is nothing more to do for it.
    pub(super) fn close(&mut self) {
        self.orders = None;
    }

    /// Reads what there is; blocks where there is nothing.
    pub(super) fn read(&mut self) -> Output {
        let mut output = Output::default();
        let mut buffer = [0; 4096];
        match self.results.read(&mut buffer) {
            Ok(0) => output.is_over = true,
            Ok(length) => self.unread.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                error!("cannot read from the worker process: {error}");
                output.is_over = true;
            }
        }
        while let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            match serde_json::from_slice(&line) {
                Ok(finished) => output.finished.push(finished),
                Err(error) => {
                    error!("the worker process wrote a line that is no result: {error}");
                    output.is_invalid = true;
                }
            }
        }
        output
    }

    /// Waits for the end of one that is over.
    pub(super) fn reap(mut self) -> io::Result<ExitStatus> {
        self.orders = None;
        self.child.wait()
    }
}
