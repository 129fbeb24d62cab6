//! A marker stands in every place that may hold a password, and in no output: of variables and hooks only the names are
//! printed, of decryption keys nothing.

use std::fs;

use serde_json::{json, Value};
use simulated_kanto_cm::{Fault, Method, Process, What};

use crate::common::hostile::{answer, frame, greeting, headers, Answer, Hostile};
use crate::common::{
    command, deploy, image, kanto_cm, manifest, run, state_file, Manifests, Run, Running,
};

/// A manifest of the container `a` with this marker in every secret place.
fn with_secrets(marker: &str) -> Value {
    let mut manifest = manifest("a");
    manifest["config"] = json!({ "env": [format!("TOKEN={marker}-env"), "LEVEL=info"] });
    manifest["image"]["decrypt_config"] =
        json!({ "keys": [format!("/etc/key.pem:pass={marker}-key")] });
    manifest["hooks"] =
        json!([{ "path": "/bin/true", "type": 2, "env": [format!("HOOK={marker}-hook")] }]);
    manifest
}

/// Neither of two markers is in what a run printed, nor in its state file.
#[track_caller]
fn expect_no_marker(cm: &Process, run: &Run) {
    let state = fs::read_to_string(state_file(cm)).unwrap_or_default();
    for text in [&run.stdout, &run.stderr, &state] {
        for marker in ["old-marker", "new-marker"] {
            assert!(!text.contains(marker), "{marker} in {text}");
        }
    }
}

/// A container made from the old secrets, and the manifest with the new ones.
fn old_and_new() -> (Process, Manifests) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with_json("a", &with_secrets("old-marker"));
    let run = deploy(&cm, &manifests, &["-vv"]);
    run.expect_code(0);
    expect_no_marker(&cm, &run);
    manifests.put("a", &with_secrets("new-marker"));
    (cm, manifests)
}

#[test]
fn a_dry_run_shows_values_of_variables_only_when_asked() {
    let (cm, manifests) = old_and_new();
    for output in ["text", "json"] {
        let plain = deploy(&cm, &manifests, &["--dry-run", "-vv", "-o", output]);
        expect_no_marker(&cm, &plain);
        for key in ["config.env", "image.decrypt_config.keys", "hooks", "TOKEN="] {
            assert!(plain.stdout.contains(key), "{key} in {}", plain.stdout);
        }
        let shown = deploy(&cm, &manifests, &["-n", "--show-values", "-o", output]);
        for value in ["old-marker-env", "new-marker-env", "new-marker-hook"] {
            assert!(shown.stdout.contains(value), "{value} in {}", shown.stdout);
        }
        assert!(!shown.stdout.contains("marker-key"), "{}", shown.stdout);
    }
}

#[test]
fn what_kanto_cm_says_is_printed_and_kept_without_secrets() {
    for (method, status) in [(Method::Create, "failed"), (Method::Start, "rolled back")] {
        let (cm, manifests) = old_and_new();
        let text = "bad TOKEN=new-marker-env, /etc/key.pem:pass=new-marker-key, new-marker-hook: old-marker-env";
        let fault = Fault::at(method, What::FailWith(text.to_owned()));
        let fault = match method {
            Method::Create => fault.always(),
            _ => fault.of("a"),
        };
        cm.fault(fault);
        for output in ["text", "json"] {
            let run = deploy(&cm, &manifests, &["-vv", "-o", output]);
            run.expect_code(1);
            expect_no_marker(&cm, &run);
            assert!(run.stdout.contains(status), "{}", run.stdout);
            assert!(run.stdout.contains("bad TOKEN=…"), "{}", run.stdout);
            assert!(run.stdout.contains("/etc/key.pem:…"), "{}", run.stdout);
        }
    }
}

#[test]
fn an_invalid_manifest_is_explained_without_secrets() {
    let invalid = [
        json!({ "config": { "env": "TOKEN=new-marker" } }),
        json!({ "config": { "env": [["TOKEN=new-marker"], { "TOKEN": "new-marker" }, "MY-TOKEN=new-marker"] } }),
        json!({ "config": { "env": ["TOKEN: new-marker", "-----BEGIN\nnew-marker", "A=b\nnew-marker"] } }),
        json!({ "config": { "env": { "TOKEN": "new-marker" } } }),
        json!({ "environment": { "TOKEN": "new-marker" }, "env": ["TOKEN=new-marker"] }),
        json!({ "image": { "name": image("a"), "decrypt_config": { "keys": "/k:pass=new-marker" } } }),
        json!({ "hooks": [{ "path": "/h", "type": 0, "env": "TOKEN=new-marker" }] }),
        json!({ "config": { "env": [], "ENV": ["TOKEN=new-marker"] } }),
    ];
    let cm = kanto_cm().start();
    let mut manifests = Manifests::new();
    for (index, invalid) in invalid.iter().enumerate() {
        let mut manifest = manifest(&format!("m{index}"));
        let all = manifest.as_object_mut().unwrap();
        all.extend(invalid.as_object().unwrap().clone());
        manifests = manifests.with_json(&format!("m{index}"), &manifest);
    }
    let path = manifests.path().to_str().unwrap();
    for output in ["text", "json"] {
        let run = run(&["--validate", "--strict", "-vv", "-o", output, path]);
        run.expect_code(1);
        expect_no_marker(&cm, &run);
        assert_eq!(
            run.stdout.matches("invalid").count(),
            invalid.len() + usize::from(output == "text")
        );
    }
}

/// UNAVAILABLE means a broken connection where that is broken, too: as here, where the server says GOAWAY first.
#[test]
fn what_ends_a_connection_is_logged_without_secrets() {
    let cm = Hostile::start(
        greeting(),
        Box::new(|method, id| {
            if method != "Create" {
                return Answer::Bytes(answer(id, &[]));
            }
            let goaway = frame(7, 0, 0, &[id.to_be_bytes(), [0; 4]].concat());
            let text = r#"bad "TOKEN=old\"marker-env""#;
            let status = [("grpc-status", "14"), ("grpc-message", text)];
            Answer::Bytes([goaway, headers(id, true, &status)].concat())
        }),
    );
    let mut manifest = manifest("a");
    manifest["config"] = json!({ "env": ["TOKEN=old\"marker-env"] });
    let manifests = Manifests::new().with_json("a", &manifest);
    let (socket, path) = (cm.socket(), manifests.path());
    let (socket, path) = (socket.to_str().unwrap(), path.to_str().unwrap());
    let arguments = ["--cm-grace=0", "--connect-timeout=1", "-s", socket, path];
    let run = Running::spawn(command(&arguments)).wait();
    run.expect_code(3)
        .expect_log(r#"the connection to Kanto-CM broke: bad "TOKEN=…""#);
    assert!(!run.stderr.contains("marker"), "{}", run.stderr);
}
