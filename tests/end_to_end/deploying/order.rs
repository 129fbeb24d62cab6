//! Side by side, and providers before the containers that name them in `extra_hosts`.

use serde_json::json;
use simulated_kanto_cm::{Call, Fault, Image, Left, Method, What};

use crate::common::{
    deploy, deploy_command, image, kanto_cm, manifest, manifest_after, run, Manifests, Running,
};

/// Kanto-CM knows the container; no manifest does.
#[test]
fn a_host_name_that_a_container_without_a_manifest_shares_is_a_warning() {
    let mut other = manifest("other");
    other["host_name"] = json!("b-host");
    let manifests = Manifests::new()
        .with_json("a", &manifest_after("a", &["b"]))
        .with("b");
    let warning = "b.json and the container other have the host_name \"b-host\": Kanto-CM writes no entry while both run";
    for (left, is_shared) in [(Left::Running, true), (Left::Created, false)] {
        let cm = kanto_cm().left(&other, left).start();
        let run = deploy(&cm, &manifests, &["--strict"]);
        run.expect_code(0);
        assert_eq!(run.stderr.matches(warning).count(), usize::from(is_shared));
    }
}

fn call<'a>(calls: &'a [Call], method: Method, id: &str) -> &'a Call {
    let found = calls
        .iter()
        .find(|call| call.method == method && call.id == id);
    found.unwrap_or_else(|| panic!("no {method} of {id} in {calls:?}"))
}

fn end(call: &Call) -> u64 {
    call.end_ms.expect("an end")
}

/// How many calls of that method were under way at the same moment, at most.
fn most_at_once(calls: &[Call], method: Method) -> usize {
    let of_method: Vec<&Call> = calls.iter().filter(|call| call.method == method).collect();
    let at = |ms: u64| {
        of_method
            .iter()
            .filter(|call| call.begin_ms <= ms && ms < end(call))
            .count()
    };
    of_method
        .iter()
        .map(|call| at(call.begin_ms))
        .max()
        .unwrap_or(0)
}

#[test]
fn providers_start_first_and_are_found() {
    let cm = kanto_cm().start_ms(100).start();
    let manifests = Manifests::new()
        .with_json("a", &manifest_after("a", &["b", "c"]))
        .with_json("b", &manifest_after("b", &["c"]))
        .with("c");
    deploy(&cm, &manifests, &[]).expect_code(0);
    let calls = cm.calls();
    let start = |id| call(&calls, Method::Start, id);
    assert!(end(start("c")) <= start("b").begin_ms);
    assert!(end(start("b")) <= start("a").begin_ms);
    let state = cm.state();
    let a = state.container("a").unwrap();
    assert_eq!(a.hosts.len(), 2);
    assert!(
        a.hosts.iter().all(|host| host.address.is_some()),
        "{:?}",
        a.hosts
    );
}

#[test]
fn a_slow_pull_keeps_nobody_back_but_its_dependents() {
    let cm = kanto_cm()
        .images([Image::new(image("slow")).pull_ms(800)])
        .start();
    let manifests = Manifests::new()
        .with_json("dependent", &manifest_after("dependent", &["slow"]))
        .with("other")
        .with("slow");
    deploy(&cm, &manifests, &[]).expect_code(0);
    let calls = cm.calls();
    let pulled = end(call(&calls, Method::Create, "slow"));
    assert!(end(call(&calls, Method::Start, "other")) < pulled);
    assert!(
        call(&calls, Method::Start, "dependent").begin_ms
            >= end(call(&calls, Method::Start, "slow"))
    );
}

#[test]
fn a_dependent_starts_although_its_provider_failed() {
    let cm = kanto_cm().failing_pull("provider", "no such image").start();
    let manifests = Manifests::new()
        .with_json("a", &manifest_after("a", &["provider"]))
        .with("provider");
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(1)
        .expect_log("a: starting without provider, which failed");
    assert!(cm.state().runs("a"));
}

#[test]
fn a_provider_that_failed_before_a_reconnect_has_failed() {
    let cm = kanto_cm().failing_pull("provider", "no such image").start();
    cm.fault(Fault::at(Method::Start, What::KillBefore).of("a"));
    let manifests = Manifests::new()
        .with_json("a", &manifest_after("a", &["provider"]))
        .with("provider");
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_end();
    cm.start_again();
    running.wait().expect_code(1);
    assert!(cm.state().runs("a"));
}

#[test]
fn a_cycle_is_started_in_the_order_of_the_files() {
    let cm = kanto_cm().start_ms(50).start();
    let manifests = Manifests::new()
        .with_json("a", &manifest_after("a", &["b"]))
        .with_json("b", &manifest_after("b", &["a"]));
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_log("order of their files: a, b");
    let calls = cm.calls();
    assert!(end(call(&calls, Method::Start, "a")) <= call(&calls, Method::Start, "b").begin_ms);
}

#[test]
fn a_cycle_shows_without_kanto_cm_too() {
    let manifests = Manifests::new()
        .with_json("a", &manifest_after("a", &["b"]))
        .with_json("b", &manifest_after("b", &["a"]));
    let path = manifests.path().to_str().unwrap();
    run(&["--validate", path])
        .expect_code(0)
        .expect_log("order of their files: a, b");
    run(&["--validate", "--strict", path])
        .expect_code(1)
        .expect_log("order of their files: a, b");
}

#[test]
fn a_missing_provider_is_a_warning() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &manifest_after("a", &["ghost"]));
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_log("host_config.extra_hosts[0]")
        .expect_log("ghost-host");
    deploy(&cm, &manifests, &["--strict"]).expect_code(1);
    let provided = manifests.with("ghost");
    let run = deploy(&cm, &provided, &["--strict"]);
    run.expect_code(0);
    assert!(!run.stderr.contains("ghost-host"));
}

#[test]
fn jobs_bound_what_runs_side_by_side() {
    let names = ["a", "b", "c", "d"];
    for (jobs, expected) in [("1", 1), ("2", 2), ("16", 4)] {
        let images = names.map(|name| Image::new(image(name)).pull_ms(300));
        let cm = kanto_cm().images(images).start();
        let manifests = Manifests::new().with_all(&names);
        deploy(&cm, &manifests, &["--jobs", jobs]).expect_code(0);
        assert_eq!(
            most_at_once(&cm.calls(), Method::Create),
            expected,
            "--jobs {jobs}"
        );
    }
}

#[test]
fn starts_run_side_by_side() {
    let cm = kanto_cm().start_ms(400).start();
    cm.fault(Fault::at(Method::Start, What::DelayMs(400)).always());
    deploy(&cm, &Manifests::new().with("a").with("b").with("c"), &[]).expect_code(0);
    assert_eq!(most_at_once(&cm.calls(), Method::Start), 3);
}
