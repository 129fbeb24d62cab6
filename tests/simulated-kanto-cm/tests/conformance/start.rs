//! Start: what a container looks like that runs, and the Starts that fail.

use serde_json::json;

use crate::does::Does;
use crate::subject::{with_policy, Subject};

#[test]
fn what_runs_has_a_process_an_address_and_files() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), json!({}));
    let container = cm.get(&id);
    let state = &container.state;
    assert_eq!((state.status.as_str(), state.running), ("Running", true));
    assert!(state.pid > 0 && !state.exited && !state.paused && !state.dead);
    assert!(state.started_at.ends_with('Z') && state.finished_at.is_empty());
    let bridge = &container.network_settings.networks["bridge"];
    assert!(!bridge.ip_address.is_empty() && !bridge.gateway.is_empty());
    assert!(container.hosts_path.ends_with(&format!("{id}/hosts")));
    assert!(container
        .resolv_conf_path
        .ends_with(&format!("{id}/resolv.conf")));
    assert!(container.hostname_path.ends_with(&format!("{id}/hostname")));
    cm.client.stop(&id, None).unwrap();
    let stopped = cm.get(&id);
    assert!(stopped.network_settings.is_none());
    assert_eq!(stopped.hosts_path, container.hosts_path, "the paths stay");
}

#[test]
fn what_runs_or_is_paused_is_not_started() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), json!({}));
    assert_eq!(
        cm.refusal(cm.client.start(&id)),
        "the container with id = a is already running"
    );
    cm.client.pause(&id).unwrap();
    assert_eq!(
        cm.refusal(cm.client.start(&id)),
        "the container with id = a is paused - cannot start it - try unpausing it instead"
    );
}

#[test]
fn a_command_that_does_not_exist() {
    let cm = Subject::new();
    let id = cm.made("a", Does::Missing, json!({}));
    for _ in 0..2 {
        let text = crate::common::refusal(cm.client.start(&id));
        assert!(
            text.starts_with("failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ")
                && text.contains("/simulated/missing") && text.ends_with("no such file or directory: unknown"),
            "{text}"
        );
        let container = cm.get(&id);
        let state = &container.state;
        assert_eq!((state.status.as_str(), &state.error), ("Stopped", &text));
        assert_eq!((state.exit_code, state.pid, state.exited), (0, -1, false));
        assert!(container.network_settings.is_none());
    }
}

#[test]
fn a_start_answers_ok_for_what_ends_at_once() {
    let cm = Subject::new();
    let policy = with_policy("no");
    let id = cm.run("a", Does::Exit(3, 0), policy);
    let container = cm.wait_for_status(&id, "Exited");
    let state = &container.state;
    assert_eq!((state.exit_code, state.exited, state.pid), (3, true, -1));
    assert!(!state.running && state.error.is_empty() && !state.finished_at.is_empty());
    // A real daemon clears them a little later.
    cm.wait_for(&id, |container| container.network_settings.is_none());
}

#[test]
fn start_writes_the_machines_name_and_the_runtime() {
    let cm = Subject::new();
    let more = json!({"host_name": "given", "host_config": {"network_mode": "host", "runtime": "io.containerd.runc.v1"}});
    let id = cm.made("a", Does::Run(0), more);
    let before = cm.get(&id);
    assert_eq!(before.host_name, "given");
    assert_eq!(before.host_config.runtime, "io.containerd.runc.v1");
    cm.client.start(&id).unwrap();
    let running = cm.get(&id);
    assert_ne!(running.host_name, "given");
    assert_eq!(running.host_config.runtime, "io.containerd.runc.v2");
    assert!(running.network_settings.networks["host"]
        .ip_address
        .is_empty());
}
