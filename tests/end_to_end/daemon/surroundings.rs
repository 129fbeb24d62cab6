//! What whoever starts the daemon leaves it with: signals that are ignored, a path that is no socket.

use std::fs;

use simulated_kanto_cm::{Process, Setup};

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_running, version};
use crate::common::{after, command, deploy_arguments, Manifests};

/// A daemon for `a`, started after this script.
fn daemon_after(script: &str, cm: &Process, manifests: &Manifests) -> Daemon {
    let mut all = vec!["--daemon".to_owned()];
    all.extend(deploy_arguments(cm, manifests.path(), &["--settle", "0"]));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    Daemon::spawn(after(script, &command(&all)))
}

#[test]
fn a_parent_that_ignores_the_ends_of_children_does_no_harm() {
    let cm = Process::start(Setup::default());
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    let daemon = daemon_after("trap '' CHLD", &cm, &manifests).ready();
    for number in 2..4 {
        daemon.wait_until_idle();
        manifests.put("a", &version("a", number));
        daemon.wait_for(
            From::Out,
            "a  replaced",
            usize::try_from(number - 1).unwrap(),
        );
        expect_running(&cm, "a", number);
    }
    daemon.wait_until_idle();
    let log = daemon.end().join("\n");
    assert!(!log.contains("error"), "{log}");
}

#[test]
fn what_is_no_socket_is_reported_and_waited_at() {
    let cm = Process::prepare(Setup::default());
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    fs::create_dir(cm.socket()).unwrap();
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    let reason = format!(
        "waiting for Kanto-CM: {} is no socket, see --socket-cm",
        cm.socket().display()
    );
    daemon.wait_for(From::Log, &reason, 1);
    fs::remove_dir(cm.socket()).unwrap();
    cm.start_again();
    daemon.ready().end();
    expect_running(&cm, "a", 1);
}
