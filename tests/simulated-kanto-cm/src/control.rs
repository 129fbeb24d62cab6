//! The commands of a test, one JSON line each on standard input, each answered with one on standard output. When the input
//! is closed the test is gone, and the simulator ends.

use std::io::{self, BufRead};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;

use crate::daemon::Daemon;
use crate::protocol::{Command, Line};
use crate::setup::Setup;

/// The first line tells what to be.
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
    let told = Arc::new(Told::default());
    let (teller, tells) = (daemon.clone(), told.clone());
    thread::spawn(move || tell_of_changes(&teller, &tells));
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let answer = match serde_json::from_str(&line) {
            Ok(command) => carry_out(daemon, &told, command),
            Err(error) => Line::Done {
                error: Some(format!("{error}: {line}")),
            },
        };
        daemon.journal.tell(&answer);
    }
}

/// Whether the test knows that its view of the state is old. It is told once for each state that it asks for.
#[derive(Default)]
struct Told {
    of_a_change: AtomicBool,
}

fn tell_of_changes(daemon: &Daemon, told: &Told) {
    let mut version = 0;
    loop {
        version = daemon.wait_for_change(version);
        if !told.of_a_change.swap(true, Ordering::SeqCst) {
            daemon.journal.tell(&Line::Changed);
        }
    }
}

fn carry_out(daemon: &Daemon, told: &Told, command: Command) -> Line {
    let done = |result: Result<(), String>| Line::Done {
        error: result.err(),
    };
    match command {
        Command::Setup { .. } => done(Err("the setup was given already".to_owned())),
        Command::State => {
            // In this order: a change in between is told of once too often rather than not at all.
            told.of_a_change.store(false, Ordering::SeqCst);
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
