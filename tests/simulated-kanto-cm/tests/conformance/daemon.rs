//! What the daemon's own end and start make of containers.

use serde_json::json;

use crate::common::{policy, resources};
use crate::does::Does;
use crate::subject::{with_policy, End, Subject};

const POLICIES: [&str; 4] = ["no", "on-failure", "unless-stopped", "always"];

#[test]
fn a_clean_stop_stops_all_and_the_next_start_starts_some() {
    let Some(cm) = Subject::that_ends(End::CleanStop) else {
        return;
    };
    let ids: Vec<String> = POLICIES
        .iter()
        .map(|kind| cm.run(kind, Does::Run(0), with_policy(kind)))
        .collect();
    let failed = cm.run("failed", Does::Run(1), with_policy("on-failure"));
    let created = cm.made("created", Does::Run(0), json!({}));
    let by_hand = cm.run("by-hand", Does::Run(0), json!({}));
    cm.client.stop(&by_hand, None).unwrap();
    let paused = cm.run("paused", Does::Run(0), json!({}));
    cm.client.pause(&paused).unwrap();
    cm.client.unpause(&paused).unwrap();
    cm.restart(End::CleanStop);
    let status = |id: &str| cm.get(id).state.status.clone();
    assert_eq!([status(&ids[0]), status(&ids[1])], ["Stopped", "Stopped"]);
    for id in [&ids[2], &ids[3], &failed, &paused] {
        let container = cm.wait_for_status(id, "Running");
        assert!(!container.manually_stopped);
        assert_eq!(container.restart_count, 0);
    }
    assert_eq!(status(&created), "Created");
    let container = cm.get(&by_hand);
    assert_eq!(
        (container.state.status.as_str(), container.manually_stopped),
        ("Stopped", true)
    );
    let job = cm.get(&ids[1]);
    assert_eq!((job.state.exit_code, job.manually_stopped), (0, false));
}

#[test]
fn a_job_that_has_ended_stays_ended() {
    let Some(cm) = Subject::that_ends(End::CleanStop) else {
        return;
    };
    let done = cm.run("done", Does::Exit(0, 0), with_policy("on-failure"));
    let never = cm.run("never", Does::Exit(1, 0), with_policy("no"));
    cm.wait_for_status(&done, "Exited");
    cm.wait_for_status(&never, "Exited");
    cm.restart(End::CleanStop);
    for (id, code) in [(&done, 0), (&never, 1)] {
        let state = cm.get(id).state;
        assert_eq!((state.status.as_str(), state.exit_code), ("Exited", code));
    }
}

#[test]
fn after_a_crash_containers_run_on() {
    let Some(cm) = Subject::that_ends(End::Kill) else {
        return;
    };
    let id = cm.run("a", Does::Run(7), json!({}));
    let paused = cm.run("paused", Does::Run(0), json!({}));
    cm.client.pause(&paused).unwrap();
    let (before, paused_before) = (cm.get(&id), cm.get(&paused));
    cm.restart(End::Kill);
    assert_eq!(cm.get(&id), before);
    assert_eq!(cm.get(&paused), paused_before);
    cm.client.unpause(&paused).unwrap();
    cm.client.stop(&id, None).unwrap();
    assert_eq!(cm.get(&id).state.exit_code, 7);
    cm.client.start(&id).unwrap();
}

#[test]
fn after_a_crash_restart_policies_are_forgotten() {
    let Some(cm) = Subject::that_ends(End::Kill) else {
        return;
    };
    let forgotten = cm.run("forgotten", Does::Run(0), with_policy("always"));
    let same = cm.run("same", Does::Run(0), with_policy("always"));
    let limited = cm.run("limited", Does::Run(0), with_policy("always"));
    let changed = cm.run("changed", Does::Run(0), with_policy("always"));
    cm.restart(End::Kill);
    // An Update that changes no policy arms none.
    cm.client.update(&same, policy("always")).unwrap();
    cm.client.update(&limited, resources("200M", "")).unwrap();
    cm.client
        .update(&changed, policy("unless-stopped"))
        .unwrap();
    let ids = [&forgotten, &same, &limited, &changed];
    for id in ids {
        cm.kill_process(id);
    }
    cm.wait_for(&changed, |container| {
        container.state.running && container.restart_count == 1
    });
    for id in &ids[..3] {
        let ended = cm.wait_for_status(id, "Exited");
        assert_eq!((ended.state.exit_code, ended.restart_count), (137, 0));
    }
    cm.client.start(&forgotten).unwrap();
    cm.kill_process(&forgotten);
    cm.wait_for(&forgotten, |container| {
        container.state.running && container.restart_count == 1
    });
}

#[test]
fn what_ended_while_the_daemon_was_away_is_noticed() {
    let Some(cm) = Subject::that_ends(End::PowerCut) else {
        return;
    };
    let policies: Vec<String> = POLICIES
        .iter()
        .map(|kind| cm.run(kind, Does::Run(0), with_policy(kind)))
        .collect();
    cm.restart(End::PowerCut);
    for id in &policies[2..] {
        cm.wait_for_status(id, "Running");
    }
    for id in &policies[..2] {
        let state = cm.get(id).state;
        assert_eq!(
            (state.status.as_str(), state.exit_code, state.pid),
            ("Exited", 0, -1)
        );
        assert_eq!(
            cm.short(&state.error),
            format!(
                "task for containerd container id = {} not found - container is also deleted",
                cm.short(id)
            )
        );
        cm.client.start(id).unwrap();
    }
}
