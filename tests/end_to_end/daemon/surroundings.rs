//! What the daemon finds around it: signals that are ignored, a path that is no socket, a manifest that nobody may open.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use simulated_kanto_cm::Process;

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_running, version};
use crate::common::{after, command, deploy, deploy_arguments, kanto_cm, Manifests};

/// A daemon for `a`, started after this script.
fn daemon_after(script: &str, cm: &Process, manifests: &Manifests) -> Daemon {
    let mut all = vec!["--daemon".to_owned()];
    all.extend(deploy_arguments(cm, manifests.path(), &["--settle", "0"]));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    Daemon::spawn(after(script, &command(&all)))
}

#[test]
fn a_parent_that_ignores_the_ends_of_children_does_no_harm() {
    let cm = kanto_cm().start();
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
    let cm = kanto_cm().prepare();
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

/// Takes a write lease on a file, as Samba does, until its standard input ends. `None`: that is not possible here.
fn lease(path: &Path) -> Option<Child> {
    let script = "$SIG{IO} = 'IGNORE'; open(my $file, '+<', $ARGV[0]) or exit 1; \
        fcntl($file, 1024, 1) or exit 1; $| = 1; print \"leased\\n\"; <STDIN>";
    let mut holder = Command::new("perl")
        .args(["-e", script])
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut line = String::new();
    let out = holder.stdout.take().expect("captured");
    BufReader::new(out).read_line(&mut line).ok()?;
    (line == "leased\n").then_some(holder)
}

const LEASED: &str = "a.json: cannot be read now: another program holds a lease on it, as Samba";

#[test]
fn a_manifest_under_a_lease_is_read_when_that_ends() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &version("a", 1)).with("b");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]).ready();
    daemon.wait_until_idle();
    manifests.put("a", &version("a", 2));
    expect_replaced(&cm, 2);
    let Some(mut holder) = lease(&manifests.file("a")) else {
        return;
    };
    daemon.signal(nix::sys::signal::Signal::SIGHUP);
    daemon.wait_for(From::Log, LEASED, 1);
    expect_running(&cm, "a", 2);
    // Nothing reports this.
    drop(holder.stdin.take());
    holder.wait().unwrap();
    daemon.wait_for_status("2 containers up to date");
    daemon.end();
}

fn expect_replaced(cm: &Process, number: u32) {
    cm.wait_until_running("a");
    cm.wait_until(|state| {
        let container = state
            .containers
            .iter()
            .find(|container| container.id == "a");
        container.is_some_and(|container| container.running && is_version(&container.whole, number))
    });
}

fn is_version(whole: &serde_json::Value, number: u32) -> bool {
    whole["config"]["env"] == version("a", number)["config"]["env"]
}

#[test]
fn a_lease_that_is_given_back_is_waited_for_without_a_daemon() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let Some(mut holder) = lease(&manifests.file("a")) else {
        return;
    };
    deploy(&cm, &manifests, &[])
        .expect_code(1)
        .expect_log(LEASED);
    drop(holder.stdin.take());
    holder.wait().unwrap();
    deploy(&cm, &manifests, &[]).expect_code(0);
}
