//! Stop: its options, its exit codes, and what starts again after it.

use std::time::{Duration, Instant};

use serde_json::json;
use simulated_kanto_cm::proto::types::StopOptions;

use crate::common::stop_options;
use crate::does::Does;
use crate::subject::{with_policy, Subject};

fn signal(signal: &str) -> StopOptions {
    StopOptions {
        signal: signal.into(),
        ..StopOptions::default()
    }
}

#[test]
fn the_exit_code_is_the_programs_own() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(7), json!({}));
    cm.client.stop(&id, None).unwrap();
    let container = cm.get(&id);
    let state = &container.state;
    assert_eq!((state.status.as_str(), state.exit_code), ("Stopped", 7));
    assert!(!state.exited && !state.running && state.pid == -1 && state.error.is_empty());
    assert!(container.manually_stopped && container.network_settings.is_none());
    assert_eq!(
        cm.refusal(cm.client.stop(&id, None)),
        "cannot perform stop operation for container: a, with state: Stopped"
    );
    cm.client.start(&id).unwrap();
    assert!(!cm.get(&id).manually_stopped);
}

#[test]
fn what_was_never_started_cannot_be_stopped() {
    let cm = Subject::new();
    let id = cm.made("a", Does::Run(0), json!({}));
    assert_eq!(
        cm.refusal(cm.client.stop(&id, None)),
        "cannot perform stop operation for container: a, with state: Created"
    );
}

#[test]
fn without_force_it_runs_on_and_with_force_it_is_killed() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Ignore, json!({}));
    let begin = Instant::now();
    assert_eq!(
        cm.refusal(cm.client.stop(&id, stop_options(1, false))),
        "could not stop container with ID = a with SIGTERM"
    );
    assert!(begin.elapsed() >= Duration::from_secs(1));
    let container = cm.get(&id);
    assert!(container.state.running && !container.manually_stopped);
    let begin = Instant::now();
    cm.client.stop(&id, stop_options(1, true)).unwrap();
    let elapsed = begin.elapsed();
    assert!(
        elapsed >= Duration::from_secs(1) && elapsed < Duration::from_millis(1900),
        "{elapsed:?}"
    );
    let state = cm.get(&id).state;
    assert_eq!((state.status.as_str(), state.exit_code), ("Stopped", 137));
}

#[test]
fn signals_by_name_and_number() {
    let cm = Subject::new();
    for (short, name, code) in [("a", "SIGKILL", 137), ("b", "9", 137), ("c", "15", 5)] {
        let id = cm.run(short, Does::Run(5), json!({}));
        cm.client.stop(&id, Some(signal(name))).unwrap();
        assert_eq!(cm.get(&id).state.exit_code, code, "{name}");
    }
}

#[test]
fn invalid_options() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), json!({}));
    let negative = "the timeout = -1 shouldn't be negative";
    assert_eq!(
        cm.refusal(cm.client.stop(&id, stop_options(-1, true))),
        negative
    );
    assert_eq!(
        cm.refusal(cm.client.remove_with(&id, true, stop_options(-1, true))),
        negative
    );
    for invalid in ["SIGNONE", "0", "256", "TERM"] {
        assert_eq!(
            cm.refusal(cm.client.stop(&id, Some(signal(invalid)))),
            format!("invalid signal = {invalid}")
        );
    }
    assert!(cm.get(&id).state.running);
}

#[test]
fn what_a_policy_starts_again_after_a_stop() {
    let cm = Subject::new();
    for (short, kind, code, again) in [
        ("a", "always", 0, true),
        ("b", "on-failure", 1, true),
        ("c", "on-failure", 0, false),
        ("d", "unless-stopped", 1, false),
        ("e", "no", 1, false),
    ] {
        let policy = with_policy(kind);
        let id = cm.run(short, Does::Run(code), policy);
        cm.client.stop(&id, None).unwrap();
        if again {
            let running = cm.wait_for_status(&id, "Running");
            assert_eq!(
                (running.restart_count, running.manually_stopped),
                (1, true),
                "{kind}"
            );
        }
    }
    // Half a second is over by now for those that stay as they are.
    for short in ["c", "d", "e"] {
        assert_eq!(cm.get(&cm.id(short)).state.status, "Stopped", "{short}");
    }
}
