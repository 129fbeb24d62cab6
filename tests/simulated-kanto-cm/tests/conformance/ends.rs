//! Ends of programs, and what restart policies make of them.

use serde_json::json;

use crate::common::policy;
use crate::does::Does;
use crate::subject::{with_policy, Subject};

#[test]
fn which_policies_start_what_has_ended() {
    let cm = Subject::new();
    for (short, kind, code, again) in [
        ("a", "no", 1, false),
        ("b", "on-failure", 0, false),
        ("c", "on-failure", 3, true),
        ("d", "unless-stopped", 0, true),
        ("e", "always", 0, true),
    ] {
        let id = cm.run(short, Does::Exit(code, 0), with_policy(kind));
        let ended = cm.wait_for(&id, |container| {
            container.state.exited && (!again || container.restart_count >= 2)
        });
        assert_eq!(ended.state.exit_code, code, "{kind}");
        assert_eq!(ended.state.status, "Exited", "{kind}");
        if !again {
            assert_eq!(ended.restart_count, 0, "{kind}");
        }
    }
}

#[test]
fn a_limit_of_restarts() {
    let cm = Subject::new();
    let limited = json!({"host_config": {"restart_policy": {"type": "on-failure", "maximum_retry_count": 2}}});
    let id = cm.run("a", Does::Exit(1, 0), limited);
    // The third restart would come after 400 ms more: the fourth container shows when that is over.
    cm.wait_for(&id, |container| {
        container.restart_count == 2 && container.state.exited
    });
    let other = cm.run("b", Does::Exit(1, 0), json!({}));
    cm.wait_for(&other, |container| container.restart_count == 4);
    assert_eq!(cm.get(&id).restart_count, 2);
}

#[test]
fn a_crash_loop_cannot_be_stopped_but_started_and_counts_anew() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Exit(1, 0), json!({}));
    cm.wait_for(&id, |container| {
        container.restart_count == 4 && container.state.exited
    });
    assert_eq!(
        cm.refusal(cm.client.stop(&id, None)),
        "cannot perform stop operation for container: a, with state: Exited"
    );
    cm.client.start(&id).unwrap();
    cm.wait_for(&id, |container| container.restart_count == 1);
}

#[test]
fn a_kill_from_outside_is_an_end() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), with_policy("no"));
    cm.kill_process(&id);
    let ended = cm.wait_for_status(&id, "Exited");
    assert_eq!(
        (ended.state.exit_code, ended.manually_stopped),
        (137, false)
    );
}

#[test]
fn a_new_policy_starts_what_has_ended_or_was_stopped() {
    let cm = Subject::new();
    let job = cm.run("job", Does::Exit(0, 100), with_policy("no"));
    cm.wait_for_status(&job, "Exited");
    let stopped = cm.run("stopped", Does::Run(0), json!({}));
    cm.client.stop(&stopped, None).unwrap();
    let created = cm.made("created", Does::Run(0), json!({}));
    for id in [&job, &stopped, &created] {
        cm.client.update(id, policy("always")).unwrap();
    }
    cm.wait_for(&job, |container| container.restart_count >= 1);
    cm.wait_for_status(&stopped, "Running");
    assert_eq!(cm.get(&created).state.status, "Created");
}
