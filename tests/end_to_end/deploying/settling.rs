//! What was started is watched for a while.

use simulated_kanto_cm::{Fault, Method, Phase, What};

use crate::common::{
    changes, count, deploy, kanto_cm, manifest, manifest_running, state_file, Manifests,
};

#[test]
fn what_ends_or_restarts_has_failed() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new()
        .with("good")
        .with_json(
            "ends",
            &manifest_running("ends", "no", &["/simulated/exit", "3"]),
        )
        .with_json(
            "loops",
            &manifest_running("loops", "always", &["/simulated/exit", "0"]),
        );
    let run = deploy(&cm, &manifests, &[]);
    run.expect_code(1)
        .expect_log("error: ends: it exited after its start, with exit code 3");
    run.expect_log("error: loops: crash loop");
    assert!(
        run.stdout.contains("good   created, started  "),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.ends_with("3 manifests: 1 deployed, 2 failed\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn without_settling_nothing_is_watched() {
    let cm = kanto_cm().start();
    let manifests =
        Manifests::new().with_json("a", &manifest_running("a", "no", &["/simulated/exit", "3"]));
    deploy(&cm, &manifests, &["--settle", "0", "--cm-grace", "0"]).expect_code(0);
    let looks = count(&cm.calls(), Method::Get);
    assert_eq!(looks, 1, "the one right after its Start");
}

#[test]
fn a_job_may_finish_and_is_done_for_this_boot() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json(
        "job",
        &manifest_running("job", "on-failure", &["/simulated/exit", "0"]),
    );
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["job  created, started, finished", "1 manifest: 1 deployed"]);
    for options in [&[][..], &["--state", "none"]] {
        let expected = match options {
            [] => ["job  up to date", "1 manifest: 1 up to date"],
            // Nobody knows in which boot it ended.
            _ => ["job  started, finished", "1 manifest: 1 deployed"],
        };
        deploy(&cm, &manifests, options)
            .expect_code(0)
            .expect_lines(&expected);
    }
    // Another boot.
    let state = std::fs::read_to_string(state_file(&cm)).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&state).unwrap();
    state["containers"][0]["ran_in"] = serde_json::json!("an earlier boot");
    std::fs::write(state_file(&cm), state.to_string()).unwrap();
    deploy(&cm, &manifests, &[])
        .expect_code(0)
        .expect_lines(&["job  started, finished", "1 manifest: 1 deployed"]);
}

#[test]
fn what_its_restart_policy_starts_is_left_to_kanto_cm() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    deploy(&cm, &manifests, &[]).expect_code(0);
    // The pause before a restart grows; the fifth one, 1.6 s, is long enough to be met.
    for _ in 0..5 {
        cm.wait_until(|state| state.runs("a"));
        cm.exit_container("a", 1);
    }
    cm.clear_calls();
    deploy(&cm, &manifests, &["--settle", "4"])
        .expect_code(0)
        .expect_lines(&["a  restarted by Kanto-CM", "1 manifest: 1 deployed"]);
    assert_eq!(changes(&cm.calls()), [""; 0]);
}

#[test]
fn what_was_started_a_moment_ago_is_watched_too() {
    let cm = kanto_cm().start();
    let ending = manifest_running("a", "no", &["/simulated/exit", "3", "2500"]);
    let manifests = Manifests::new().with_json("a", &ending);
    deploy(&cm, &manifests, &["--settle", "0"]).expect_code(0);
    cm.clear_calls();
    // At a glance it runs.
    deploy(&cm, &manifests, &["--settle", "3"])
        .expect_code(1)
        .expect_lines(&[
            "a  failed: it exited after its start, with exit code 3",
            "1 manifest: 1 failed",
        ]);
    assert_eq!(changes(&cm.calls()), [""; 0]);
}

#[test]
fn what_its_restart_policy_does_not_start_is_started() {
    let cm = kanto_cm().running(&manifest("a")).start();
    cm.wait_until(|state| state.phase == Phase::Ready);
    // Kanto-CM has lost its restart policy over its own crash.
    cm.exit_container("a", 1);
    deploy(&cm, &Manifests::new().with("a"), &[])
        .expect_code(0)
        .expect_lines(&["a  started", "1 manifest: 1 deployed"]);
    assert_eq!(changes(&cm.calls()), ["Start a"]);
    assert!(cm.state().runs("a"));
}

#[test]
fn a_job_runs_once_whatever_else_has_to_be_started() {
    let cm = kanto_cm().running(&manifest("a")).start();
    cm.wait_until(|state| state.phase == Phase::Ready);
    cm.exit_container("a", 1); // and Kanto-CM does not start it again
    let job = manifest_running("job", "no", &["/simulated/exit", "0"]);
    let manifests = Manifests::new().with("a").with_json("job", &job);
    deploy(&cm, &manifests, &[]).expect_code(0).expect_lines(&[
        "a    started",
        "job  created, started, finished",
        "2 manifests: 2 deployed",
    ]);
    assert_eq!(count(&cm.calls(), Method::Start), 2);
}

/// A replacement that fails puts it back as it was: done.
#[test]
fn a_failed_replacement_does_not_run_a_finished_job_again() {
    let cm = kanto_cm().start();
    let job = |cmd: &[&str]| manifest_running("job", "no", cmd);
    let manifests = Manifests::new().with_json("job", &job(&["/simulated/exit", "0"]));
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.put("job", &job(&["/simulated/exit", "3"]));
    cm.clear_calls();
    for _ in 0..3 {
        deploy(&cm, &manifests, &[]).expect_code(1);
    }
    // That of the new one.
    assert_eq!(count(&cm.calls(), Method::Start), 1, "{}", cm.journal());
    // Another boot.
    let state = std::fs::read_to_string(state_file(&cm)).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&state).unwrap();
    state["containers"][0]["ran_in"] = serde_json::json!("an earlier boot");
    std::fs::write(state_file(&cm), state.to_string()).unwrap();
    deploy(&cm, &manifests, &[]).expect_code(1);
    assert_eq!(count(&cm.calls(), Method::Start), 2, "{}", cm.journal());
}

#[test]
fn a_failed_replacement_lets_an_unfinished_job_go_on() {
    let cm = kanto_cm().start();
    let job = |cmd: &[&str]| manifest_running("job", "no", cmd);
    let manifests = Manifests::new().with_json("job", &job(&["/simulated/run"]));
    deploy(&cm, &manifests, &[]).expect_code(0);
    manifests.put("job", &job(&["/simulated/exit", "3"]));
    deploy(&cm, &manifests, &[]).expect_code(1);
    assert!(cm.state().runs("job"), "{}", cm.journal());
}

#[test]
fn a_job_runs_once_though_the_connection_breaks() {
    let cm = kanto_cm().start();
    cm.fault(Fault::at(Method::List, What::DropAnswer).nth(2));
    let job = manifest_running("job", "no", &["/simulated/exit", "0"]);
    let manifests = Manifests::new().with_json("job", &job);
    deploy(&cm, &manifests, &["--cm-grace", "0"])
        .expect_code(0)
        .expect_lines(&["job  created, started, finished", "1 manifest: 1 deployed"]);
    assert_eq!(count(&cm.calls(), Method::Start), 1);
}

#[test]
fn what_was_started_without_an_answer_is_watched_too() {
    for (code, expected) in [("0", 0), ("3", 1)] {
        let cm = kanto_cm().start();
        cm.fault(Fault::at(Method::Start, What::DropAnswer));
        let manifests = Manifests::new().with_json(
            "a",
            &manifest_running("a", "no", &["/simulated/exit", code, "400"]),
        );
        deploy(&cm, &manifests, &["--settle", "2"]).expect_code(expected);
        assert_eq!(count(&cm.calls(), Method::Start), 1);
    }
}

#[test]
fn restarts_before_the_start_do_not_count() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    deploy(&cm, &manifests, &[]).expect_code(0);
    for _ in 0..3 {
        cm.wait_until(|state| state.runs("a"));
        cm.exit_container("a", 1);
    }
    // It is started at once, without a settling time to leave it to Kanto-CM, which is faster all the same.
    cm.fault(Fault::at(Method::Start, What::DelayMs(3_000)));
    deploy(&cm, &manifests, &["--settle", "0"])
        .expect_code(0)
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
}
