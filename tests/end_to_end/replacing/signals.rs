//! SIGTERM and SIGINT during a replacement: until the old container is touched it is given up, afterwards it is brought to
//! its end. Either way one configuration runs, no stand-in is left, and nothing that must not be is cut off.

use nix::sys::signal::Signal;
use serde_json::{json, Value};
use simulated_kanto_cm::{Fault, Method, Outcome, Process, What};

use crate::common::replacing::{
    calls_that_replace, calls_that_roll_back, configuration, expect_clean, expect_running,
    nth_call, recorded_state, second_versions, started_at, version, version_running,
    wait_for_nth_call, wait_for_success,
};
use crate::common::{
    changes, count, deploy, deploy_command, endless_pull, kanto_cm, stops_in, Manifests, Run,
    Running, LONG,
};

const BOTH: [(Signal, i32); 2] = [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)];

fn only(manifest: &Value) -> Manifests {
    Manifests::new().with_json("a", manifest)
}

/// A deployment that gets a signal in a call, which is held up until the signal was sent.
fn signal_in(
    cm: &Process,
    manifests: &Manifests,
    (method, id, nth): (Method, &str, usize),
    signal: Signal,
) -> Run {
    let n = u32::try_from(nth).unwrap();
    cm.fault(Fault::at(method, What::DelayMs(500)).of(id).nth(n));
    let running = Running::spawn(deploy_command(cm, manifests, &[]));
    wait_for_nth_call(cm, method, id, nth);
    running.signal(signal);
    running.wait()
}

#[test]
fn a_pull_is_given_up_and_the_old_one_not_touched() {
    for (signal, code) in BOTH {
        let cm = kanto_cm().first_versions(&["a"]).start();
        let started = started_at(&cm, "a");
        let mut new = version("a", 2);
        new["image"]["name"] = json!("registry.example/a:2");
        cm.set_image(endless_pull("registry.example/a:2"));
        let manifests = only(&new);
        let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
        cm.wait_for_call(Method::Create, "kad-next.a");
        running.signal(signal);
        running
            .wait()
            .expect_code(code)
            .expect_lines(&["a  not finished", "1 manifest: 1 not finished"]);
        let pull = |calls: &[simulated_kanto_cm::Call]| {
            let pull = nth_call(calls, Method::Create, "kad-next.a", 1)?;
            (pull.outcome == Outcome::Cancelled).then_some(())
        };
        cm.wait_for_calls("a pull that was given up", pull);
        assert_eq!(count(&cm.calls(), Method::Create), 1);
        assert_eq!(started_at(&cm, "a"), started);
        expect_running(&cm, "a", 1);
        expect_clean(&cm);
    }
}

#[test]
fn before_the_old_one_is_touched_it_is_given_up() {
    // The Create of the second stand-in is held up.
    for (signal, code) in BOTH {
        let cm = kanto_cm().first_versions(&["a"]).start();
        let before = configuration(&cm, "a");
        let held_up = (Method::Create, "kad-prev.a", 1);
        let run = signal_in(&cm, &second_versions(&["a"]), held_up, signal);
        run.expect_code(code);
        // Given up on both sides: what Kanto-CM makes of that is seen when it is through.
        cm.wait_until(|state| state.containers.len() == 1);
        assert_eq!(configuration(&cm, "a"), before);
        expect_running(&cm, "a", 1);
        expect_clean(&cm);
        deploy(&cm, &second_versions(&["a"]), &[]).expect_code(0);
        expect_running(&cm, "a", 2);
    }
}

#[test]
fn from_the_remove_on_it_is_brought_to_its_end() {
    let steps = [
        (Method::Remove, "a", 1),
        (Method::Create, "a", 1),
        (Method::Start, "a", 1),
        (Method::Remove, "kad-next.a", 1),
        (Method::Remove, "kad-prev.a", 1),
    ];
    for (step, (signal, code)) in steps.iter().flat_map(|step| BOTH.map(|both| (*step, both))) {
        let cm = kanto_cm().first_versions(&["a"]).start();
        let run = signal_in(&cm, &second_versions(&["a"]), step, signal);
        run.expect_code(code)
            .expect_lines(&["a  replaced", "1 manifest: 1 deployed"])
            .expect_log(&format!("signal {}: finishing a first", signal as i32));
        assert_eq!(
            changes(&cm.calls()),
            calls_that_replace("a", "a"),
            "{step:?}"
        );
        assert_eq!(recorded_state(&cm, "a"), "applied");
        expect_running(&cm, "a", 2);
        expect_clean(&cm);
    }
}

#[test]
fn a_roll_back_is_brought_to_its_end() {
    let steps = [
        (Method::Remove, "a", 1),
        (Method::Create, "a", 1),
        (Method::Start, "a", 1),
        (Method::Remove, "a", 2),
        (Method::Create, "a", 2),
        (Method::Start, "a", 2),
        (Method::Remove, "kad-next.a", 1),
        (Method::Remove, "kad-prev.a", 1),
    ];
    let missing = only(&version_running("a", 2, &["/simulated/missing"]));
    for (step, (signal, code)) in steps.iter().flat_map(|step| BOTH.map(|both| (*step, both))) {
        let cm = kanto_cm().first_versions(&["a"]).start();
        let before = configuration(&cm, "a");
        let run = signal_in(&cm, &missing, step, signal);
        run.expect_code(code)
            .expect_log("no such file or directory");
        assert!(
            run.stdout.starts_with("a  rolled back, failed: "),
            "{}",
            run.stdout
        );
        assert_eq!(
            changes(&cm.calls()),
            calls_that_roll_back("a", "a"),
            "{step:?}"
        );
        assert_eq!(recorded_state(&cm, "a"), "rolled-back");
        assert_eq!(configuration(&cm, "a"), before);
        expect_running(&cm, "a", 1);
        expect_clean(&cm);
    }
}

#[test]
fn a_slow_stop_is_waited_for() {
    for (signal, code) in BOTH {
        let cm = kanto_cm().first_versions(&["a"]).start();
        cm.set_image(stops_in("a", LONG));
        let manifests = second_versions(&["a"]);
        let command = deploy_command(&cm, &manifests, &["--stop-timeout", "3600"]);
        let running = Running::spawn(command);
        cm.wait_for_call(Method::Remove, "a");
        // More than one signal does not hurry it.
        for _ in 0..3 {
            running.signal(signal);
        }
        cm.change(|setup| setup.put_image(stops_in("a", 0)));
        running.wait().expect_code(code);
        expect_running(&cm, "a", 2);
        expect_clean(&cm);
    }
}

#[test]
fn it_settles_to_the_end() {
    for (fails, (signal, code)) in [(false, BOTH[0]), (true, BOTH[1]), (true, BOTH[0])] {
        let cm = kanto_cm().first_versions(&["a"]).start();
        let manifests = second_versions(&["a"]);
        let running = Running::spawn(deploy_command(&cm, &manifests, &["--settle", "2"]));
        wait_for_success(&cm, Method::Start, "a");
        running.signal(signal);
        if fails {
            cm.exit_container("a", 3);
        }
        running.wait().expect_code(code);
        let (calls, number) = if fails {
            (calls_that_roll_back("a", "a"), 1)
        } else {
            (calls_that_replace("a", "a"), 2)
        };
        assert_eq!(changes(&cm.calls()), calls);
        expect_running(&cm, "a", number);
        expect_clean(&cm);
    }
}
