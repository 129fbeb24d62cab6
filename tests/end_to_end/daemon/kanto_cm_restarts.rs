//! Kanto-CM is restarted while the daemon sleeps or deploys: what the restart leaves stopped is started.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use simulated_kanto_cm::{Fault, Image, Method, Process, What};

use crate::common::daemon::{Daemon, From};
use crate::common::replacing::{expect_running, recorded_state, version};
use crate::common::{
    changes, command, finish_pull, image, kanto_cm, manifest_running, state_file, Manifests, LONG,
};

const RESTARTED: &str = "Kanto-CM was restarted: looking at all containers";
fn running(policy: &str) -> serde_json::Value {
    manifest_running(policy, policy, &["/simulated/run"])
}

/// A container of each restart policy, and a job that ends at once.
fn policies() -> Manifests {
    let job = manifest_running("job", "no", &["/simulated/exit", "0", "0"]);
    ["no", "on-failure", "unless-stopped", "always"]
        .iter()
        .fold(Manifests::new(), |manifests, policy| {
            manifests.with_json(policy, &running(policy))
        })
        .with_json("job", &job)
}

/// Follows them on this Kanto-CM until it has nothing more to do.
fn follow(cm: &Process, manifests: &Manifests, arguments: &[&str]) -> Daemon {
    let arguments = [&["--settle", "0"], arguments].concat();
    let daemon = Daemon::start(cm, manifests, &arguments).ready();
    daemon.wait_until_asleep();
    cm.clear_calls();
    daemon
}

/// Waits until the daemon has looked at what a restarted Kanto-CM has. What it did, in order, each call once.
fn changes_after_restart(cm: &Process, daemon: &Daemon) -> Vec<String> {
    daemon.wait_for(From::Log, RESTARTED, 1);
    cm.wait_for_call(Method::List, "");
    daemon.wait_until_asleep();
    let mut changes = changes(&cm.calls());
    changes.sort();
    changes.dedup(); // a Create may meet what an interrupted call has left behind
    changes
}

fn count_restarts(daemon: &Daemon) -> usize {
    let log = daemon.lines(From::Log);
    log.iter().filter(|line| line.contains(RESTARTED)).count()
}

fn count_calls(cm: &Process, method: Method, id: &str) -> usize {
    let calls = cm.calls();
    let is_it = |call: &&simulated_kanto_cm::Call| call.method == method && call.id == id;
    calls.iter().filter(is_it).count()
}

#[test]
fn what_a_restart_leaves_stopped_is_started() {
    type Restart = fn(&Process);
    let all: [(Restart, &[&str]); 3] = [
        (Process::clean_stop, &["Start no", "Start on-failure"]),
        (Process::power_cut, &["Start no", "Start on-failure"]),
        (Process::kill, &[]), // the containers run on
    ];
    for (end, expected) in all {
        let cm = kanto_cm().start();
        let manifests = policies();
        let daemon = follow(&cm, &manifests, &[]);
        end(&cm);
        cm.start_again();
        assert_eq!(changes_after_restart(&cm, &daemon), expected);
        for name in ["no", "on-failure", "unless-stopped", "always"] {
            assert!(cm.state().runs(name), "{name}");
        }
        daemon.wait_for_status("5 containers up to date");
        assert_eq!(count_restarts(&daemon), 1, "{}", daemon.shown());
        daemon.end();
    }
}

#[test]
fn it_is_looked_at_when_it_has_restored_its_containers() {
    let cm = kanto_cm().start();
    let manifests = policies();
    let daemon = follow(&cm, &manifests, &[]);
    cm.clean_stop();
    cm.start_again_with(|setup| setup.restore_ms = LONG);
    daemon.wait_for(From::Log, "Kanto-CM has just started: waiting", 1);
    assert_eq!(changes(&cm.calls()), [""; 0]);
    cm.change(|setup| setup.restore_ms = 0);
    let expected = ["Start no", "Start on-failure"];
    assert_eq!(changes_after_restart(&cm, &daemon), expected);
    daemon.end();
}

#[test]
fn one_restart_after_another() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("no", &running("no"));
    let daemon = follow(&cm, &manifests, &[]);
    for round in 1..4 {
        cm.clean_stop();
        cm.start_again();
        cm.wait_until_running("no");
        daemon.wait_until_asleep();
        assert_eq!(changes(&cm.calls()), ["Start no"], "{round}");
        assert_eq!(count_restarts(&daemon), round, "{}", daemon.shown());
        cm.clear_calls();
    }
    daemon.end();
}

#[test]
fn a_restart_during_a_replacement_is_got_over() {
    let cm = kanto_cm().first_versions(&["a"]).start();
    let manifests = Manifests::new()
        .with_json("a", &version("a", 1))
        .with_json("no", &running("no"));
    let daemon = follow(&cm, &manifests, &[]);
    cm.fault(Fault::at(Method::Start, What::KillDuring).of("a"));
    manifests.put("a", &version("a", 2));
    cm.wait_for_end();
    cm.start_again_with(|setup| setup.restore_ms = LONG);
    // The worker, which is waiting for it, learns of the restart before it goes on.
    daemon.wait_for(From::Log, "Kanto-CM has just started: waiting", 1);
    daemon.wait_for(From::Log, RESTARTED, 1);
    cm.change(|setup| setup.restore_ms = 0);
    daemon.wait_for(From::Out, "a   replaced, healed as a-2", 1);
    daemon.wait_for_status("2 containers up to date");
    expect_running(&cm, "a", 2);
    assert_eq!(recorded_state(&cm, "a"), "applied");
    daemon.end();
}

/// What belongs to the same request as a long pull does not wait for it.
#[test]
fn a_restart_during_a_pull_deploys_once() {
    let cm = kanto_cm().endless_pull("slow").start();
    let manifests = Manifests::new()
        .with_json("no", &running("no"))
        .with("slow");
    let daemon = Daemon::start(&cm, &manifests, &["--settle", "0"]);
    cm.wait_until_running("no");
    cm.wait_for_call(Method::Create, "slow");
    cm.clean_stop();
    cm.clear_calls();
    cm.start_again();
    daemon.wait_for(From::Log, RESTARTED, 1);
    cm.wait_until_running("no");
    cm.wait_for_call(Method::Create, "slow");
    cm.set_image(Image::new(image("slow")));
    finish_pull(&cm, "slow");
    daemon.wait_for_status("2 containers up to date");
    daemon.wait_until_asleep();
    for (method, id) in [
        (Method::Start, "no"),
        (Method::Create, "slow"),
        (Method::Start, "slow"),
    ] {
        assert_eq!(count_calls(&cm, method, id), 1, "{}", cm.journal());
    }
    daemon.end();
}

#[test]
fn a_job_that_was_touched_while_kanto_cm_was_gone_is_run_again() {
    let cm = kanto_cm().start();
    let manifests = policies();
    let daemon = follow(&cm, &manifests, &[]);
    cm.clean_stop();
    manifests.touch("job");
    daemon.wait_for(From::Log, "waiting for Kanto-CM: ", 1);
    cm.start_again_with(|setup| setup.restore_ms = LONG);
    daemon.wait_for(From::Log, RESTARTED, 1);
    cm.change(|setup| setup.restore_ms = 0);
    let expected = ["Start job", "Start no", "Start on-failure"];
    assert_eq!(changes_after_restart(&cm, &daemon), expected);
    daemon.end();
}

#[test]
fn what_failed_without_kanto_cm_is_tried_as_soon_as_it_is_there() {
    let cm = kanto_cm().prepare();
    let manifests = Manifests::new().with("a");
    let arguments = ["--settle", "0", "--connect-timeout", "1"];
    let daemon = Daemon::start(&cm, &manifests, &arguments);
    daemon.wait_for(From::Log, "trying again in", 2);
    daemon.wait_until_idle();
    let begin = Instant::now();
    cm.start_again();
    cm.wait_until_running("a");
    // The pause is ten seconds.
    assert!(begin.elapsed() < Duration::from_secs(7));
    assert_eq!(count_restarts(&daemon), 0, "{}", daemon.shown());
    daemon.end();
}

#[test]
fn by_a_relative_path_and_a_symlink() {
    let cm = kanto_cm().start();
    let manifests = policies();
    symlink("cm.sock", cm.directory().join("link")).unwrap();
    let (state, path) = (state_file(&cm), manifests.path());
    let mut command = command(&[
        "--daemon",
        "-v",
        "--socket-cm=./link",
        "--settle=0",
        "--state",
        state.to_str().unwrap(),
        path.to_str().unwrap(),
    ]);
    command.current_dir(cm.directory());
    let daemon = Daemon::spawn(command).ready();
    daemon.wait_until_asleep();
    cm.clean_stop();
    cm.clear_calls();
    cm.start_again();
    let expected = ["Start no", "Start on-failure"];
    assert_eq!(changes_after_restart(&cm, &daemon), expected);
    daemon.end();
}

#[test]
fn what_is_gone_after_a_restart_is_created_again() {
    let cm = kanto_cm().start();
    let manifests = policies().with_text("broken.json", "{");
    let daemon = follow(&cm, &manifests, &["--prune"]);
    cm.clean_stop();
    fs::remove_dir_all(cm.home().join("kanto-cm/containers/no")).unwrap();
    cm.start_again();
    let expected = ["Create no", "Start no", "Start on-failure"];
    assert_eq!(changes_after_restart(&cm, &daemon), expected);
    daemon.wait_for_status("5 containers up to date, 1 invalid: broken.json");
    let reports = daemon.lines(From::Log);
    let broken = reports.iter().filter(|line| line.contains("broken.json:"));
    assert_eq!(broken.count(), 1, "{reports:#?}");
    daemon.end();
}
