//! A signal that comes when several replacements are at different points: each one ends as far as it has come.

use nix::sys::signal::Signal;
use serde_json::json;
use simulated_kanto_cm::{Fault, Method, Outcome, What};

use crate::common::replacing::{
    calls_that_replace, calls_that_roll_back, changes_of, expect_clean, expect_running, nth_call,
    second_versions, started_at, version, version_running, wait_for_success,
};
use crate::common::{
    deploy_command, endless_pull, kanto_cm, manifest_after, stops_in, Running, LONG,
};

const BOTH: [(Signal, i32); 2] = [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)];

/// `b` has its stand-ins and waits for `a`, which it names and which takes its time to start.
#[test]
fn one_that_is_prepared_and_waits_is_given_up() {
    for (signal, code) in BOTH {
        let cm = kanto_cm().first_versions(&["a", "b"]).start();
        let started = started_at(&cm, "b");
        let mut b = manifest_after("b", &["a"]);
        b["config"] = version("b", 2)["config"].clone();
        let manifests = second_versions(&["a"]).with_json("b", &b);
        cm.change(|setup| setup.start_ms = LONG);
        let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
        cm.wait_for_call(Method::Start, "a");
        wait_for_success(&cm, Method::Create, "kad-next.b");
        wait_for_success(&cm, Method::Create, "kad-prev.b");
        running.signal(signal);
        // It does not wait for the other one's Start.
        wait_for_success(&cm, Method::Remove, "kad-prev.b");
        cm.change(|setup| setup.start_ms = 0);
        running.wait().expect_code(code);
        expect_running(&cm, "a", 2);
        expect_running(&cm, "b", 1);
        assert_eq!(started_at(&cm, "b"), started);
        expect_clean(&cm);
    }
}

/// `a` is past its Remove, `b` pulls, and `c` waits for its turn.
#[test]
fn what_was_not_begun_is_not_begun() {
    for (signal, code) in BOTH {
        let cm = kanto_cm().first_versions(&["a", "b"]).start();
        let mut b = version("b", 2);
        b["image"]["name"] = json!("registry.example/b:2");
        cm.set_image(endless_pull("registry.example/b:2"));
        let manifests = second_versions(&["a"]).with_json("b", &b).with("c");
        cm.fault(Fault::at(Method::Remove, What::DelayMs(500)).of("a"));
        let running = Running::spawn(deploy_command(&cm, &manifests, &["--jobs", "1"]));
        cm.wait_for_call(Method::Create, "kad-next.b");
        cm.wait_for_call(Method::Remove, "a");
        running.signal(signal);
        running.wait().expect_code(code).expect_lines(&[
            "a  replaced",
            "b  not finished",
            "c  not finished",
            "3 manifests: 1 deployed, 2 not finished",
        ]);
        let calls = cm.calls();
        assert_eq!(changes_of(&calls, "a"), calls_that_replace("a", "a"));
        assert!(!changes_of(&calls, "b").contains(&"Remove b".to_owned()));
        expect_running(&cm, "a", 2);
        expect_running(&cm, "b", 1);
        expect_clean(&cm);
    }
}

#[test]
fn all_that_were_begun_are_brought_to_their_end() {
    let names = ["a", "b", "c"];
    let cm = kanto_cm().first_versions(&names).start();
    cm.change(|setup| setup.start_ms = LONG);
    let missing = version_running("c", 2, &["/simulated/missing"]);
    let manifests = second_versions(&["a", "b"]).with_json("c", &missing);
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    for name in names {
        cm.wait_for_call(Method::Start, name);
    }
    running.signal(Signal::SIGTERM);
    cm.change(|setup| setup.start_ms = 0);
    running.wait().expect_code(143);
    for (name, number) in [("a", 2), ("b", 2), ("c", 1)] {
        expect_running(&cm, name, number);
    }
    assert_eq!(changes_of(&cm.calls(), "c"), calls_that_roll_back("c", "c"));
    expect_clean(&cm);
}

#[test]
fn a_pull_is_given_up_while_another_one_is_waited_for() {
    for (signal, code) in BOTH {
        let cm = kanto_cm().first_versions(&["a", "b"]).start();
        cm.set_image(stops_in("a", LONG));
        cm.set_image(endless_pull("registry.example/b:2"));
        let mut b = version("b", 2);
        b["image"]["name"] = json!("registry.example/b:2");
        let manifests = second_versions(&["a"]).with_json("b", &b);
        let command = deploy_command(&cm, &manifests, &["--stop-timeout", "3600"]);
        let running = Running::spawn(command);
        cm.wait_for_call(Method::Remove, "a");
        cm.wait_for_call(Method::Create, "kad-next.b");
        running.signal(signal);
        cm.wait_for_calls("a pull that was given up", |calls| {
            let pull = nth_call(calls, Method::Create, "kad-next.b", 1)?;
            (pull.outcome == Outcome::Cancelled).then_some(())
        });
        assert_eq!(
            nth_call(&cm.calls(), Method::Remove, "a", 1)
                .unwrap()
                .outcome,
            Outcome::Pending
        );
        cm.change(|setup| setup.put_image(stops_in("a", 0)));
        running.wait().expect_code(code);
        expect_running(&cm, "a", 2);
        expect_running(&cm, "b", 1);
        expect_clean(&cm);
    }
}
