//! After an interruption, a dry run says what the next run does.

use simulated_kanto_cm::{Fault, Method, Process, What};

use crate::common::replacing::{second_versions, version, version_running};
use crate::common::{deploy, deploy_command, kanto_cm, Manifests, Running};

/// A first version of `a`, and a deployer that was killed after the n-th call of this kind for this id.
fn killed_after(manifests: &Manifests, method: Method, id: &str, nth: u32) -> Process {
    let cm = kanto_cm().first_versions(&["a"]).start();
    cm.fault(Fault::at(method, What::KillCallerAfter).of(id).nth(nth));
    let running = Running::spawn(deploy_command(&cm, manifests, &[]));
    cm.set_caller(running.pid());
    let run = running.wait();
    assert_eq!(run.code, None, "it was not killed\n{}", run.stderr);
    cm
}

/// The first line of a dry run, and then that of the run itself.
#[track_caller]
fn expect_plan_and_result(cm: &Process, manifests: &Manifests, plan: &str, result: &str) {
    for (options, expected) in [(&["--dry-run"][..], plan), (&[], result)] {
        let run = deploy(cm, manifests, options);
        let first = run.stdout.lines().next().unwrap_or_default();
        assert!(
            first.starts_with(expected),
            "{}\n{}",
            run.stdout,
            run.stderr
        );
    }
}

#[test]
fn of_a_replacement_whose_old_container_is_still_there() {
    let manifests = second_versions(&["a"]);
    let cm = killed_after(&manifests, Method::Create, "kad-prev.a", 1);
    let plan = "a  replace: its replacement was interrupted before the old container was removed";
    expect_plan_and_result(&cm, &manifests, plan, "a  replaced");
}

#[test]
fn of_a_replacement_whose_old_container_is_gone() {
    let manifests = second_versions(&["a"]);
    let cm = killed_after(&manifests, Method::Remove, "a", 1);
    let plan = "a  replace: its replacement was interrupted after the old container was removed";
    expect_plan_and_result(&cm, &manifests, plan, "a  replaced");
}

#[test]
fn of_a_rollback_whose_old_container_is_not_back() {
    let manifests =
        Manifests::new().with_json("a", &version_running("a", 2, &["/simulated/missing"]));
    let cm = killed_after(&manifests, Method::Remove, "a", 2);
    let plan = "a  restore: its replacement failed, and the rollback was interrupted";
    expect_plan_and_result(
        &cm,
        &manifests,
        plan,
        "a  restored, failed: tried and rolled back",
    );
}

#[test]
fn of_a_rollback_whose_old_container_is_back_and_does_not_run() {
    let manifests =
        Manifests::new().with_json("a", &version_running("a", 2, &["/simulated/missing"]));
    let cm = killed_after(&manifests, Method::Create, "a", 2);
    let plan = "a  start: it has never run";
    expect_plan_and_result(&cm, &manifests, plan, "a  failed: tried and rolled back");
}

#[test]
fn of_a_replacement_whose_manifest_has_changed_since() {
    let cm = killed_after(&second_versions(&["a"]), Method::Create, "kad-next.a", 1);
    let manifests = Manifests::new().with_json("a", &version("a", 3));
    let plan = "a  replace: it differs in config.env";
    expect_plan_and_result(&cm, &manifests, plan, "a  replaced");
}

#[test]
fn of_a_replacement_whose_manifest_is_the_old_one_again() {
    let cm = killed_after(&second_versions(&["a"]), Method::Create, "kad-prev.a", 1);
    let manifests = Manifests::new().with_json("a", &version("a", 1));
    expect_plan_and_result(&cm, &manifests, "a  up to date", "a  up to date");
}
