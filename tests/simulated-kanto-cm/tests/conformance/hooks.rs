//! Hooks: their standard error is in the refusal of a Start.

use serde_json::{json, Value};

use crate::common::refusal;
use crate::does::Does;
use crate::subject::Subject;

const REFUSED: &str = "failed to create shim task: OCI runtime create failed: runc create failed: ";

fn with_hook(cm: &Subject, short: &str, kind: &str, path: &str, script: &str) -> String {
    let hook = json!({"type": kind, "path": path, "args": ["sh", "-c", script]});
    let more: Value = json!({ "hooks": [hook] });
    cm.made(short, Does::Run(0), more)
}

#[test]
fn a_hook_that_succeeds() {
    let cm = Subject::new();
    let id = with_hook(&cm, "a", "Prestart", "/bin/sh", "echo fine >&2");
    cm.client.start(&id).unwrap();
}

#[test]
fn a_hook_before_the_start_that_fails() {
    let cm = Subject::new();
    let script = "echo out; echo container with ID = x already exists >&2; exit 3";
    let id = with_hook(&cm, "a", "Prestart", "/bin/sh", script);
    for _ in 0..2 {
        let text = refusal(cm.client.start(&id));
        assert!(
            text.starts_with(&format!(
                "{REFUSED}unable to start container process: error during container init: "
            )) && text.ends_with(
                "error running hook #0: error running hook: exit status 3, stdout: out\n, \
                     stderr: container with ID = x already exists: unknown"
            ),
            "{text:?}"
        );
        let state = cm.get(&id).state;
        assert_eq!((state.status.as_str(), &state.error), ("Stopped", &text));
    }
}

#[test]
fn a_hook_that_is_not_there() {
    let cm = Subject::new();
    let id = with_hook(&cm, "a", "Prestart", "/none/hook", "");
    let text = refusal(cm.client.start(&id));
    assert!(
        text.ends_with(
            "error running hook #0: fork/exec /none/hook: no such file or directory: unknown"
        ),
        "{text:?}"
    );
    assert_eq!(cm.get(&id).state.status, "Stopped");
}

#[test]
fn a_hook_after_the_start_that_fails() {
    let cm = Subject::new();
    let id = with_hook(&cm, "a", "Poststart", "/bin/sh", "echo late >&2; exit 1");
    let text = refusal(cm.client.start(&id));
    assert_eq!(
        text,
        format!("{REFUSED}error running hook #0: error running hook: exit status 1, stdout: , stderr: late: unknown")
    );
    assert_eq!(cm.get(&id).state.status, "Stopped");
}
