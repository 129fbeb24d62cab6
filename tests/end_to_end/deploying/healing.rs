//! An id that an interrupted call has ruined: the container goes on under the next one.

use serde_json::json;
use simulated_kanto_cm::{methods, Call, Fault, Image, Method, Outcome, Process, What};

use crate::common::agent::Agent;
use crate::common::{
    changes, deploy, deploy_command, image, kanto_cm, manifest, Manifests, Running,
};

/// A Kanto-CM that holds the container `a`, whose id is ruined.
fn with_ruined_id(manifests: &Manifests) -> Process {
    let cm = kanto_cm().start();
    cm.fault(Fault::at(Method::Start, What::KillDuring).of("a"));
    deploy(&cm, manifests, &["--connect-timeout", "0"]).expect_code(3);
    cm.wait_for_end();
    cm.start_again();
    cm.clear_calls();
    assert_eq!(cm.state().ruined_ids, ["a"]);
    cm
}

#[test]
fn a_ruined_container_goes_on_under_the_next_id() {
    let mut wanted = manifest("a");
    wanted["config"] = json!({ "env": ["A=1"] });
    wanted["host_config"] = json!({ "resources": { "memory": "10M", "memory_swap": "-1" } });
    let manifests = Manifests::new().with_json("a", &wanted);
    let cm = with_ruined_id(&manifests);
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(0)
        .expect_log("warning: a: an interrupted call has ruined the id a, going on as a-2");
    run.expect_lines(&["a  healed as a-2, started", "1 manifest: 1 deployed"]);
    assert_eq!(
        changes(&cm.calls()),
        ["Start a", "Create a-2", "Remove a", "Start a-2"]
    );
    let state = cm.state();
    assert_eq!(state.containers.len(), 1);
    assert_eq!(
        (
            state.containers[0].id.as_str(),
            state.containers[0].name.as_str()
        ),
        ("a-2", "a")
    );
    assert!(state.runs("a-2"));
    cm.clear_calls();
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
    assert_eq!(cm.calls().len(), 1, "and stays there");
}

#[test]
fn an_id_is_ruined_too_by_what_the_network_or_containerd_kept_of_it() {
    for words in [
        "endpoint with name a-ep already exists in network bridge",
        "task a: already exists",
        "failed to start shim: mkdir /run/io.containerd.runtime.v2.task/kanto-cm/a: file exists: unknown",
    ] {
        let cm = kanto_cm().start();
        cm.fault(Fault::at(Method::Start, What::FailWith(words.to_owned())).of("a"));
        deploy(&cm, &Manifests::new().with("a"), &[])
            .expect_code(0)
            .expect_lines(&[
                "a  created, healed as a-2, started",
                "1 manifest: 1 deployed",
            ]);
    }
}

#[test]
fn a_remove_that_left_the_task_behind_ruins_the_id_of_the_replacement() {
    let manifests = Manifests::new().with("a");
    let cm = kanto_cm().start();
    deploy(&cm, &manifests, &[]).expect_code(0);
    let mut changed = manifest("a");
    changed["config"] = json!({ "env": ["A=1"] });
    let manifests = manifests.with_json("a", &changed);
    cm.fault(Fault::at(Method::Remove, What::LeaveTask).of("a"));
    deploy(&cm, &manifests, &["--connect-timeout", "0"]).expect_code(3);
    cm.wait_for_end();
    cm.start_again();
    assert_eq!(cm.state().ruined_ids, ["a"]);
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(0).expect_log("has ruined the id a");
    assert_eq!(cm.state().containers.len(), 1);
    assert!(cm.state().runs("a-2"));
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
}

#[test]
fn healing_interrupted_anywhere_is_taken_up_again() {
    for (method, id) in [
        (Method::Create, "a-2"),
        (Method::Remove, "a"),
        (Method::Start, "a-2"),
    ] {
        for what in [What::KillBefore, What::KillDuring, What::KillAfter] {
            let manifests = Manifests::new().with("a");
            let cm = with_ruined_id(&manifests);
            cm.fault(Fault::at(method, what.clone()).of(id));
            deploy(&cm, &manifests, &["--connect-timeout", "0"]).expect_code(3);
            cm.wait_for_end();
            cm.start_again();
            deploy(&cm, &manifests, &[]).expect_code(0);
            let state = cm.state();
            assert_eq!(state.containers.len(), 1, "{method} {what:?}: {state:?}");
            assert!(state.runs("a"), "{method} {what:?}: {state:?}");
        }
    }
}

#[test]
fn a_refusal_for_another_reason_is_not_healed() {
    let cm = kanto_cm().start();
    cm.fault(Fault::at(
        Method::Start,
        What::FailWith("out of memory".to_owned()),
    ));
    let run = deploy(&cm, &Manifests::new().with("a"), &[]);
    run.expect_code(1)
        .expect_lines(&["a  created, failed: out of memory", "1 manifest: 1 failed"]);
    assert_eq!(changes(&cm.calls()), ["Create a", "Start a"]);
}

#[test]
fn a_hook_that_fails_with_the_words_of_a_ruined_id_ruins_none() {
    for words in [
        "directory already exists",
        "container with ID = a already exists",
        "task a: already exists",
        "snapshot \"a-snapshot\": already exists",
    ] {
        let cm = kanto_cm().start();
        let mut hooked = manifest("a");
        let script = format!("echo '{words}' >&2; exit 1");
        hooked["hooks"] =
            json!([{ "type": 0, "path": "/bin/sh", "args": ["sh", "-c", script], "timeout": 5 }]);
        let manifests = Manifests::new().with_json("a", &hooked);
        for calls in [&["Create a", "Start a"][..], &["Start a"]] {
            cm.clear_calls();
            let run = deploy(&cm, &manifests, &[]);
            run.expect_code(1).expect_log("already exists");
            assert_eq!(changes(&cm.calls()), calls, "{words}");
        }
    }
}

#[test]
fn a_start_refused_because_it_runs_already_is_a_success() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    // The deployer's Start is held up until somebody else has started the container.
    cm.fault(Fault::at(Method::Start, What::DelayMs(2_000)));
    let first = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_call(Method::Start, "a");
    Agent::new(&cm).call(&methods::start(), json!({ "id": "a" }));
    first
        .wait()
        .expect_code(0)
        .expect_lines(&["a  created", "1 manifest: 1 deployed"]);
    let refused = |call: &Call| matches!(&call.outcome, Outcome::Error(text) if text.contains("already running"));
    assert_eq!(cm.calls().iter().filter(|call| refused(call)).count(), 1);
}

#[test]
fn an_id_that_belongs_to_somebody_else_is_left_alone() {
    let manifests = Manifests::new().with("a");
    let cm = with_ruined_id(&manifests);
    let manifests = manifests.with("a-3");
    let other = manifest("a-2");
    let another = Manifests::new().with_json("other", &other);
    deploy(&cm, &another, &["--settle", "0"]).expect_code(0);
    cm.clear_calls();
    // a-3 is a manifest's, which is still being pulled.
    cm.set_image(Image::new(image("a-3")).pull_ms(1_000));
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(0);
    let state = cm.state();
    assert!(
        state.runs("a-2") && state.runs("a-3") && state.runs("a-4"),
        "{state:?}"
    );
    assert_eq!(state.container("a-4").unwrap().name, "a");
    assert!(!changes(&cm.calls())
        .iter()
        .any(|call| call == "Start a-2" || call == "Remove a-2"));
}

#[test]
fn a_container_that_fails_under_a_fresh_id_is_kept() {
    let manifests = Manifests::new().with("a");
    let cm = with_ruined_id(&manifests);
    cm.fault(Fault::at(Method::Start, What::FailWith("out of memory".to_owned())).of("a-2"));
    deploy(&cm, &manifests, &[]).expect_code(1).expect_lines(&[
        "a  healed as a-2, failed: out of memory",
        "1 manifest: 1 failed",
    ]);
    assert_eq!(cm.state().containers.len(), 1, "nothing is lost");
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert!(cm.state().runs("a-2"));
}

/// The id between them is somebody else's: that they belong together only the state file knows.
#[test]
fn a_ruined_id_is_removed_by_the_next_run() {
    for id in [json!("a"), json!(null)] {
        let mut wanted = manifest("a");
        wanted["container_id"] = id.clone();
        let manifests = Manifests::new().with_json("a", &wanted);
        let others = json!({ "id": "a-2", "name": "other", "image": { "name": image("o") } });
        let cm = kanto_cm().running(&others).start();
        cm.fault(Fault::at(Method::Start, What::KillDuring).of("a"));
        deploy(&cm, &manifests, &["--connect-timeout", "0"]).expect_code(3);
        cm.wait_for_end();
        cm.start_again();
        let old = cm.container("a").expect("what was created").id;
        cm.fault(Fault::at(Method::Remove, What::FailWith("busy".to_owned())).of(&old));
        deploy(&cm, &manifests, &[])
            .expect_code(0)
            .expect_log("cannot remove the container with the ruined id");
        assert_eq!(cm.containers().len(), 3, "{id}");
        deploy(&cm, &manifests, &[]).expect_code(0);
        let left = cm.containers();
        assert_eq!(left.len(), 2, "{id}: {left:?}");
        assert!(
            cm.state().runs("a") && cm.state().runs("other"),
            "{id}: {left:?}"
        );
        assert!(
            cm.container(&old)
                .map_or(true, |container| container.id != old),
            "{id}"
        );
    }
}

/// Which of the two is the manifest's container, only the state file knows once their ids have nothing in common.
#[test]
fn a_ruined_id_stays_known_when_the_manifest_gives_another() {
    for last_id in ["new", "newer"] {
        let mut wanted = manifest("a");
        wanted["container_id"] = json!("old");
        let manifests = Manifests::new().with_json("a", &wanted);
        let cm = kanto_cm().start();
        cm.fault(Fault::at(Method::Start, What::KillDuring));
        deploy(&cm, &manifests, &["--connect-timeout", "0"]).expect_code(3);
        cm.wait_for_end();
        cm.start_again();
        let busy = What::FailWith("busy".to_owned());
        cm.fault(Fault::at(Method::Remove, busy).of("old").times(2));
        deploy(&cm, &manifests, &[])
            .expect_code(0)
            .expect_lines(&["a  healed as old-2, started", "1 manifest: 1 deployed"]);
        wanted["container_id"] = json!("new");
        manifests.put("a", &wanted);
        deploy(&cm, &manifests, &[])
            .expect_code(0)
            .expect_lines(&["a  replaced", "1 manifest: 1 deployed"]);
        assert_eq!(cm.containers().len(), 2, "the old one stays");
        wanted["container_id"] = json!(last_id);
        manifests.put("a", &wanted);
        deploy(&cm, &manifests, &[])
            .expect_code(0)
            .expect_log("a: removing its earlier container, which has the id old");
        let left = cm.containers();
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(cm.state().runs(last_id), "{left:?}");
    }
}
