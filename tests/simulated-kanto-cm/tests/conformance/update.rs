//! Update and Rename.

use serde_json::{json, to_value, Value};
use simulated_kanto_cm::proto::types::UpdateOptions;

use crate::common::{policy, resources};
use crate::does::Does;
use crate::subject::Subject;

fn host(cm: &Subject, id: &str) -> Value {
    to_value(&*cm.get(id).host_config).unwrap()
}

#[test]
fn resources_change_in_place() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), json!({}));
    let pid = cm.get(&id).state.pid;
    for (memory, swap) in [("200M", ""), ("200M", "400M"), ("100M", "-1")] {
        cm.client.update(&id, resources(memory, swap)).unwrap();
        assert_eq!(
            host(&cm, &id)["resources"],
            json!({"memory": memory, "memory_swap": swap, "memory_reservation": ""})
        );
    }
    cm.client.update(&id, UpdateOptions::default()).unwrap();
    assert_eq!(
        host(&cm, &id)["resources"]["memory"],
        "100M",
        "an absent part is left"
    );
    cm.client.update(&id, resources("", "")).unwrap();
    assert!(host(&cm, &id)["resources"].is_null());
    let state = cm.get(&id).state;
    assert_eq!((state.running, state.pid), (true, pid));
}

#[test]
fn policies_change_in_place() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), json!({}));
    cm.client.update(&id, policy("no")).unwrap();
    assert_eq!(host(&cm, &id)["restart_policy"]["type"], "no");
    cm.kill_process(&id);
    let ended = cm.wait_for_status(&id, "Exited");
    assert_eq!(ended.restart_count, 0);
}

#[test]
fn refusals_change_nothing() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), json!({}));
    let before = cm.get(&id);
    assert_eq!(
        cm.refusal(cm.client.update(&id, resources("-1", ""))),
        "invalid format of memory - -1"
    );
    assert_eq!(
        cm.refusal(cm.client.update(&id, policy("unknown"))),
        "unsupported restart policy type unknown"
    );
    let mut both = policy("no");
    both.resources = resources("2M", "").resources;
    assert_eq!(
        cm.refusal(cm.client.update(&id, both)),
        "minimum memory allowed is 3M"
    );
    assert_eq!(cm.get(&id), before);
}

#[test]
fn names() {
    let cm = Subject::new();
    let id = cm.run("a", Does::Run(0), json!({"name": "cfm-first"}));
    assert_eq!(
        cm.refusal(cm.client.rename(&id, "a b")),
        "invalid container name format : a b"
    );
    let other = cm
        .create(cm.spec("b", Does::Run(0), json!({"name": "cfm-second"})))
        .unwrap();
    cm.client.rename(&id, &other.name).unwrap();
    let renamed = cm.get(&id);
    assert_eq!(
        (renamed.name.as_str(), renamed.host_name.as_str()),
        ("cfm-second", "cfm-first-host")
    );
    assert!(renamed.state.running);
    cm.client.rename(&id, "").unwrap();
    assert_eq!(cm.get(&id).name, "cfm-second");
}
