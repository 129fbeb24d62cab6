//! Until the image of the new container is there nothing is done to the old one: not while it is pulled, not if it is not to
//! be had, and not if somebody else changes it meanwhile.

use serde_json::json;
use simulated_kanto_cm::{methods, Fault, Image, Left, Method, Process, What};

use crate::common::agent::Agent;
use crate::common::replacing::{
    calls_that_replace, changes_of, configuration, existing, expect_clean, expect_running,
    started_at, version, version_of,
};
use crate::common::{
    changes, deploy, deploy_command, endless_pull, kanto_cm, Manifests, Run, Running,
};

const NEW_IMAGE: &str = "registry.example/a:2";

/// The second version of `a`, of another image than the first.
fn with_new_image() -> Manifests {
    let mut manifest = version("a", 2);
    manifest["image"]["name"] = json!(NEW_IMAGE);
    Manifests::new().with_json("a", &manifest)
}

fn with_first_version(left: Left, new_image: Image) -> Process {
    kanto_cm()
        .images([new_image])
        .left(&version("a", 1), left)
        .offline()
        .start()
}

/// A deployment during whose pull something happens.
fn while_pulling(left: Left, then: impl FnOnce(&Process)) -> (Process, Run) {
    let cm = with_first_version(left, endless_pull(NEW_IMAGE));
    let manifests = with_new_image();
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_call(Method::Create, "kad-next.a");
    then(&cm);
    cm.change(|setup| setup.put_image(Image::new(NEW_IMAGE)));
    let run = running.wait();
    (cm, run)
}

#[test]
fn the_old_one_runs_on_while_the_new_image_is_pulled() {
    let (cm, run) = while_pulling(Left::Running, |cm| {
        expect_running(cm, "a", 1);
        assert_eq!(changes(&cm.calls()), ["Create kad-next.a"]);
    });
    run.expect_code(0);
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
    let calls = cm.calls();
    let of = |method, id: &str| {
        let mut those = calls.iter().filter(|call| call.method == method);
        those.find(|call| call.id == id).unwrap().clone()
    };
    let staged = of(Method::Create, "kad-next.a").end_ms.unwrap();
    assert!(staged <= of(Method::Remove, "a").begin_ms);
    expect_running(&cm, "a", 2);
}

#[test]
fn an_image_that_is_there_is_not_pulled() {
    // Its pull would fail.
    let local = Image::new(NEW_IMAGE).in_store(0).pull_fails("no network");
    let cm = with_first_version(Left::Running, local);
    deploy(&cm, &with_new_image(), &[]).expect_code(0);
    expect_running(&cm, "a", 2);
    assert_eq!(cm.container("a").unwrap().image, NEW_IMAGE);
}

#[test]
fn without_the_new_image_the_old_one_runs_on() {
    // One that did not run is made to.
    for (left, made_to_run) in [
        (Left::Running, None),
        (Left::Paused, Some("Unpause a")),
        (Left::ManuallyStopped, Some("Start a")),
        (Left::Created, Some("Start a")),
    ] {
        let cm = with_first_version(left, Image::new(NEW_IMAGE).pull_fails("no such image"));
        let before = configuration(&cm, "a");
        let run = deploy(&cm, &with_new_image(), &[]);
        let line = match made_to_run {
            None => "a  failed: no such image",
            Some("Unpause a") => "a  unpaused, failed: no such image",
            Some(_) => "a  started, failed: no such image",
        };
        run.expect_code(1)
            .expect_log("error: a: no such image")
            .expect_lines(&[
                line,
                "     differs: image.name is \"registry.example/a:1\", the manifest says \"registry.example/a:2\"",
                "     differs: config.env is [\"VERSION=…\"], the manifest says [\"VERSION=…\"]",
                "1 manifest: 1 failed",
            ]);
        assert_eq!(configuration(&cm, "a"), before);
        expect_running(&cm, "a", 1);
        expect_clean(&cm);
        let calls = cm.changing_calls();
        let own: Vec<_> = calls
            .iter()
            .filter(|call| call.id == "a")
            .cloned()
            .collect();
        assert_eq!(changes(&own), Vec::from_iter(made_to_run), "{left:?}");
    }
}

#[test]
fn it_is_tried_again_when_the_image_is_to_be_had() {
    let cm = with_first_version(
        Left::Running,
        Image::new(NEW_IMAGE).pull_fails("no such image"),
    );
    let manifests = with_new_image();
    deploy(&cm, &manifests, &[]).expect_code(1);
    cm.set_image(Image::new(NEW_IMAGE));
    cm.clear_calls();
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert_eq!(changes(&cm.calls()), calls_that_replace("a", "a"));
}

#[test]
fn what_kanto_cm_does_not_accept_leaves_the_old_one_alone() {
    // One that the deployer does not know of.
    let refusal = What::FailWith("not in this Kanto-CM".to_owned());
    for stand_in in ["kad-next.a", "kad-prev.a"] {
        let cm = with_first_version(Left::Running, Image::new(NEW_IMAGE));
        let started = started_at(&cm, "a");
        cm.fault(
            Fault::at(Method::Create, refusal.clone())
                .of(stand_in)
                .always(),
        );
        deploy(&cm, &with_new_image(), &[])
            .expect_code(1)
            .expect_log("not in this Kanto-CM");
        assert_eq!(started_at(&cm, "a"), started, "{stand_in}");
        expect_running(&cm, "a", 1);
        expect_clean(&cm);
    }
}

/// Another agent's calls, by what they do.
fn change_its_memory(cm: &Process) {
    let update = json!({ "id": "a", "updateOptions": { "resources": { "memory": "64M" } } });
    Agent::new(cm).call(&methods::update(), update);
}

fn rename_it(cm: &Process) {
    let rename = json!({ "id": "a", "name": "renamed" });
    Agent::new(cm).call(&methods::rename(), rename);
}

fn replace_it(cm: &Process) {
    let agent = Agent::new(cm);
    agent.call(&methods::remove(), json!({ "id": "a", "force": true }));
    let third = existing(&version("a", 3), Left::Created).container;
    agent.call(&methods::create(), json!({ "container": third }));
    agent.call(&methods::start(), json!({ "id": "a" }));
}

#[test]
fn what_somebody_else_makes_of_it_meanwhile_stays() {
    let changes = [
        (change_its_memory as fn(&Process), "VERSION=1"),
        (rename_it, "VERSION=1"),
        (replace_it, "VERSION=3"),
    ];
    for (change, version) in changes {
        let mut after = json!(null);
        let (cm, run) = while_pulling(Left::Running, |cm| {
            change(cm);
            after = json!([configuration(cm, "a"), started_at(cm, "a")]);
        });
        run.expect_code(1).expect_log(
            "error: a: another program changed the container while it was being replaced",
        );
        let now = json!([configuration(&cm, "a"), started_at(&cm, "a")]);
        assert_eq!(now, after);
        assert_eq!(version_of(&cm, "a"), version);
        assert!(cm.state().runs("a"));
        expect_clean(&cm);
    }
}

#[test]
fn one_that_was_removed_meanwhile_is_simply_created() {
    let (cm, run) = while_pulling(Left::Running, |cm| {
        Agent::new(cm).call(&methods::remove(), json!({ "id": "a", "force": true }));
    });
    run.expect_code(0);
    expect_running(&cm, "a", 2);
    expect_clean(&cm);
    assert_eq!(
        changes_of(&cm.calls(), "a")
            .iter()
            .filter(|call| *call == "Remove a")
            .count(),
        1
    );
}

#[test]
fn one_that_was_stopped_meanwhile_is_replaced_all_the_same() {
    let (cm, run) = while_pulling(Left::Running, |cm| {
        Agent::new(cm).call(&methods::stop(), json!({ "id": "a" }));
    });
    run.expect_code(0);
    expect_running(&cm, "a", 2);
}

#[test]
fn a_pull_that_takes_too_long_leaves_the_old_one_alone() {
    let cm = with_first_version(Left::Running, endless_pull(NEW_IMAGE));
    let started = started_at(&cm, "a");
    deploy(&cm, &with_new_image(), &["--create-timeout", "1"])
        .expect_code(1)
        .expect_log("error: a: Create did not finish within 1 s: raise --create-timeout if the image is large");
    assert_eq!(started_at(&cm, "a"), started);
    expect_running(&cm, "a", 1);
    expect_clean(&cm);
}
