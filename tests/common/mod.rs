//! The harness: the release binary as a child, a directory of manifests, and what a run printed.

pub(crate) mod agent;
pub(crate) mod apart;
pub(crate) mod daemon;
pub(crate) mod following;
pub(crate) mod hostile;
mod kanto_cm;
mod manifests;
pub(crate) mod process;
pub(crate) mod replacing;
mod run;
pub(crate) mod schema;
pub(crate) mod worker;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use simulated_kanto_cm::{Call, Method, Process};

pub(crate) use kanto_cm::{endless_pull, finish_pull, kanto_cm, stops_in, LONG};
pub(crate) use manifests::{image, manifest, manifest_after, manifest_running, Manifests};
pub(crate) use run::{Run, Running};

/// The binary under test: the one that `make test` built with the release profile, or cargo's own.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("KAD_BINARY").map_or_else(
        || env!("CARGO_BIN_EXE_kanto-auto-deployer").into(),
        PathBuf::from,
    )
}

/// A command line for the binary, with its output captured.
pub(crate) fn command(arguments: &[&str]) -> Command {
    // Whoever runs the tests may have had some ignored, which is inherited.
    command_with("--default-signal=HUP,INT,QUIT,TERM", arguments)
}

/// A command line for the binary, with this option for `env`.
pub(crate) fn command_with(env_option: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("env");
    command
        .arg(env_option)
        .arg(binary())
        // Not the machine's own record.
        .args(
            ["--state", "none"]
                .iter()
                .filter(|_| !arguments.contains(&"--state")),
        )
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("RUST_LOG")
        .env_remove("JOURNAL_STREAM");
    command
}

/// A command line that deploys `manifests` to `cm`. It settles for one second; later arguments may say otherwise.
pub(crate) fn deploy_command(cm: &Process, manifests: &Manifests, arguments: &[&str]) -> Command {
    let all = deploy_arguments(cm, manifests.path(), arguments);
    command(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

pub(crate) fn deploy_arguments(cm: &Process, manifests: &Path, arguments: &[&str]) -> Vec<String> {
    let (socket, state) = (cm.socket(), state_file(cm));
    let plain = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let mut all = vec!["-v".to_owned(), "--socket-cm".to_owned(), plain(&socket)];
    if !arguments.contains(&"--state") {
        all.extend(["--state".to_owned(), plain(&state)]);
    }
    if !arguments.contains(&"--settle") {
        all.extend(["--settle".to_owned(), "1".to_owned()]);
    }
    all.extend(arguments.iter().map(ToString::to_string));
    all.push(plain(manifests));
    all
}

/// The same, run by a shell after this script.
pub(crate) fn after(script: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{script}; exec \"$@\""), "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// The record of what was deployed to `cm`.
pub(crate) fn state_file(cm: &Process) -> std::path::PathBuf {
    cm.directory().join("applied.json")
}

/// Deploys and waits for the end.
pub(crate) fn deploy(cm: &Process, manifests: &Manifests, arguments: &[&str]) -> Run {
    Running::spawn(deploy_command(cm, manifests, arguments)).wait()
}

/// Runs the binary with these arguments.
pub(crate) fn run(arguments: &[&str]) -> Run {
    Running::spawn(command(arguments)).wait()
}

/// The calls as `Method id`, without Lists and Gets.
pub(crate) fn changes(calls: &[Call]) -> Vec<String> {
    calls
        .iter()
        .filter(|call| call.method.changes())
        .map(|call| format!("{} {}", call.method, call.id))
        .collect()
}

/// How many calls of that method there were.
pub(crate) fn count(calls: &[Call], method: Method) -> usize {
    calls.iter().filter(|call| call.method == method).count()
}
