//! The commands of a test, one JSON line each on standard input, each answered with one on standard output. When the input
//! is closed the test is gone, and the simulator ends.

use std::io::{self, BufRead};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;

use crate::daemon::Daemon;
use crate::protocol::{Command, Line};
use crate::setup::Setup;

/// The first line is the setup.
pub(crate) fn read_setup() -> Result<Setup, String> {
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    match serde_json::from_str(&line) {
        Ok(Command::Setup { setup }) => Ok(setup),
        Ok(_) => Err("the first command must be the setup".to_owned()),
        Err(error) => Err(format!("no setup on standard input: {error}")),
    }
}

/// Obeys until the input is closed.
pub(crate) fn obey(daemon: &Arc<Daemon>) {
    let reported = Arc::new(Reported::default());
    let (watched, reports) = (daemon.clone(), reported.clone());
    thread::spawn(move || report_changes(&watched, &reports));
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let answer = match serde_json::from_str(&line) {
            Ok(command) => carry_out(daemon, &reported, command),
            Err(error) => Line::Done {
                error: Some(format!("{error}: {line}")),
            },
        };
        daemon.journal.report(&answer);
    }
}

/// Whether the test knows that its view of the state is old. A change is reported once for each state that it asks for.
#[derive(Default)]
struct Reported {
    of_a_change: AtomicBool,
}

fn report_changes(daemon: &Daemon, reported: &Reported) {
    let mut version = 0;
    loop {
        version = daemon.wait_for_change(version);
        if !reported.of_a_change.swap(true, Ordering::SeqCst) {
            daemon.journal.report(&Line::Changed);
        }
    }
}

fn carry_out(daemon: &Daemon, reported: &Reported, command: Command) -> Line {
    let done = |result: Result<(), String>| Line::Done {
        error: result.err(),
    };
    match command {
        Command::Setup { .. } => done(Err("the setup was given already".to_owned())),
        Command::State => {
            // In this order: a change in between is reported once too often rather than not at all.
            reported.of_a_change.store(false, Ordering::SeqCst);
            Line::State {
                state: daemon.state(),
            }
        }
        Command::Change { setup } => {
            daemon.change(setup);
            done(Ok(()))
        }
        Command::SetImage { image } => {
            daemon.set_image(image);
            done(Ok(()))
        }
        Command::ForgetImage { name } => {
            daemon.forget_image(&name);
            done(Ok(()))
        }
        Command::Exit { id, code } => done(daemon.exit(&id, code)),
        Command::Fault { fault } => {
            daemon.add_fault(fault);
            done(Ok(()))
        }
        Command::ClearFaults => {
            daemon.clear_faults();
            done(Ok(()))
        }
        Command::SetCaller { pid } => {
            daemon.set_caller(pid);
            done(Ok(()))
        }
    }
}
