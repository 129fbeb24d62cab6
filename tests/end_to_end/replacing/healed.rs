//! Ids that are ruined where a replacement meets them: the container goes on under the next one, which counts as its own.

use std::fs;

use serde_json::Value;
use simulated_kanto_cm::{Fault, Method, Process, What};

use crate::common::replacing::ids;
use crate::common::{changes, deploy, deploy_command, kanto_cm, Manifests, Run, Running};
use crate::recovering::interrupted::{called, running, version};

/// A simulator that holds the container of this manifest. It will miss the container's end when it removes it, which ruins
/// the id.
fn holding(manifest: &Value) -> (Process, Manifests) {
    let cm = kanto_cm().lost_exit_ms(0).start();
    let manifests = Manifests::new().with_json("a", manifest);
    deploy(&cm, &manifests, &["--settle", "0"]).expect_code(0);
    cm.fault(Fault::at(Method::Remove, What::LoseExit));
    cm.clear_calls();
    (cm, manifests)
}

/// A run that is killed in the middle of a Start.
fn deploy_killed(cm: &Process, manifests: &Manifests, id: &str) {
    cm.fault(Fault::at(Method::Start, What::KillCallerDuring).of(id));
    let running = Running::spawn(deploy_command(cm, manifests, &[]));
    cm.set_caller(running.pid());
    assert_eq!(running.wait().code, None);
}

/// There is one container: this version, under this id, running. The next run leaves it alone, with this exit code.
#[track_caller]
fn demand(cm: &Process, manifests: &Manifests, id: &str, version: u32, code: i32) {
    let state = cm.state();
    assert_eq!(ids(cm), [id]);
    assert!(state.runs(id), "{state:?}");
    let env = &state.containers[0].whole["config"]["env"];
    assert_eq!(env[1], format!("VERSION={version}"));
    cm.clear_calls();
    deploy(cm, manifests, &[]).expect_code(code);
    assert_eq!(changes(&cm.calls()), [""; 0]);
}

fn change(cm: &Process, manifests: Manifests, manifest: &Value) -> (Manifests, Run) {
    let manifests = manifests.with_json("a", manifest);
    let run = deploy(cm, &manifests, &[]);
    (manifests, run)
}

#[test]
fn a_new_container_goes_on_under_the_next_id() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    deploy_killed(&cm, &manifests, "a");
    // Somebody has removed it since; its id is ruined all the same.
    cm.kill();
    fs::remove_dir_all(cm.home().join("kanto-cm/containers/a")).unwrap();
    cm.start_again();
    cm.clear_calls();
    assert!(cm.containers().is_empty());
    deploy(&cm, &manifests, &[]).expect_code(0).expect_lines(&[
        "a  created, healed as a-2, started",
        "1 manifest: 1 deployed",
    ]);
    demand(&cm, &manifests, "a-2", 1, 0);
}

#[test]
fn an_existing_one_goes_on_under_the_next_id_again_and_again() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    for id in ["a", "a-2", "a-3"] {
        deploy_killed(&cm, &manifests, id);
    }
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  healed as a-4, started", "1 manifest: 1 deployed"]);
    demand(&cm, &manifests, "a-4", 1, 0);
}

#[test]
fn the_new_one_of_a_replacement_is_committed_under_the_next_id() {
    let (cm, manifests) = holding(&version("a", 1));
    let (manifests, run) = change(&cm, manifests, &version("a", 2));
    run.expect_code(0)
        .expect_log("an interrupted call has ruined the id a, going on as a-2");
    demand(&cm, &manifests, "a-2", 2, 0);
}

#[test]
fn the_new_one_of_a_replacement_goes_on_and_on() {
    let (cm, manifests) = holding(&version("a", 1));
    let manifests = manifests.with_json("a", &version("a", 2));
    deploy_killed(&cm, &manifests, "a-2");
    deploy(&cm, &manifests, &[]).expect_code(0);
    demand(&cm, &manifests, "a-3", 2, 0);
}

#[test]
fn a_healed_id_is_kept_by_later_replacements() {
    let (cm, manifests) = holding(&version("a", 1));
    let (manifests, _) = change(&cm, manifests, &version("a", 2));
    cm.clear_calls();
    let (manifests, run) = change(&cm, manifests, &version("a", 3));
    run.expect_code(0);
    assert_eq!(
        changes(&cm.calls()),
        [
            "Create kad-next.a-2",
            "Create kad-prev.a-2",
            "Remove a-2",
            "Create a-2",
            "Start a-2",
            "Remove kad-next.a-2",
            "Remove kad-prev.a-2",
        ]
    );
    demand(&cm, &manifests, "a-2", 3, 0);
}

#[test]
fn a_healed_replacement_that_is_rolled_back_keeps_the_next_id() {
    for bad in [&["/simulated/missing"][..], &["/simulated/exit", "3"]] {
        let (cm, manifests) = holding(&version("a", 1));
        let (manifests, run) = change(&cm, manifests, &running(version("a", 2), bad));
        run.expect_code(1);
        demand(&cm, &manifests, "a-2", 1, 1);
    }
}

#[test]
fn the_old_one_of_a_roll_back_goes_on_under_the_next_id() {
    // The new one has an id of its own, which is not ruined.
    let new = called(version("a", 2), "b", "a");
    for bad in [&["/simulated/missing"][..], &["/simulated/exit", "3"]] {
        let (cm, manifests) = holding(&version("a", 1));
        let (manifests, run) = change(&cm, manifests, &running(new.clone(), bad));
        run.expect_code(1);
        let line = run.stdout.lines().next().unwrap_or_default();
        let is_reported = line.starts_with("a  rolled back, healed as a-2, failed: ");
        assert!(is_reported, "{}", run.stdout);
        demand(&cm, &manifests, "a-2", 1, 1);
        // It is the one that the next manifest is for.
        let (manifests, run) = change(&cm, manifests, &version("a", 3));
        run.expect_code(0);
        demand(&cm, &manifests, "a-2", 3, 0);
    }
}

#[test]
fn a_container_without_an_id_of_its_own_is_healed_too() {
    let nameless = |n| called(version("a", n), Value::Null, "a");
    let (cm, manifests) = holding(&nameless(1));
    let id = cm.containers()[0].id.clone();
    let (manifests, run) = change(&cm, manifests, &nameless(2));
    run.expect_code(0);
    let healed = format!("{id}-2");
    demand(&cm, &manifests, &healed, 2, 0);
    let (manifests, run) = change(&cm, manifests, &nameless(3));
    run.expect_code(0);
    demand(&cm, &manifests, &healed, 3, 0);
}

#[test]
fn a_healed_one_without_an_id_is_recognised_by_its_stand_ins() {
    let nameless = |n| called(version("a", n), Value::Null, "a");
    let (cm, manifests) = holding(&nameless(1));
    let id = cm.containers()[0].id.clone();
    let manifests = manifests.with_json("a", &nameless(2));
    deploy_killed(&cm, &manifests, &format!("{id}-2"));
    assert_eq!(cm.containers().len(), 3, "two stand-ins and the new one");
    deploy(&cm, &manifests, &[]).expect_code(0);
    demand(&cm, &manifests, &format!("{id}-3"), 2, 0);
}
