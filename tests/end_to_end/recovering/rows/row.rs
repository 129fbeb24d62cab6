//! One row: containers and stand-ins as an interrupted run has left them, a manifest, a record, and what has to come of it.

use std::fs;

use serde_json::{json, Value};
use simulated_kanto_cm::{Existing, Left, Process};

use crate::common::replacing::ids;
use crate::common::{changes, deploy, image, kanto_cm, state_file, Manifests};
use crate::recovering::interrupted::version;

/// What there is, and what has to come of it.
pub(super) struct Row<'a> {
    holds: &'a [Held],
    /// What the record says of version 2.
    record: Option<Value>,
    /// The version that the manifest asks for; 0: there is no manifest.
    manifest: u32,
    calls: &'a [&'a str],
    /// The version that runs in the end, and the exit code.
    ends: (u32, i32),
}

/// Id and name, version, and how it was left.
pub(super) type Held = (&'static str, u32, Left);

/// A manifest that asks for version 2, nothing recorded, and version 2 in the end.
pub(super) fn row<'a>(holds: &'a [Held], calls: &'a [&'a str]) -> Row<'a> {
    Row {
        holds,
        record: None,
        manifest: 2,
        calls,
        ends: (2, 0),
    }
}

impl Row<'_> {
    pub(super) fn manifest(self, manifest: u32) -> Self {
        Row { manifest, ..self }
    }

    pub(super) fn record(self, record: Value) -> Self {
        let record = Some(record);
        Row { record, ..self }
    }

    pub(super) fn ends(self, version: u32, code: i32) -> Self {
        let ends = (version, code);
        Row { ends, ..self }
    }

    #[track_caller]
    pub(super) fn check(&self) {
        let cm = self.simulator();
        let manifests = self.manifests();
        if let Some(state) = &self.record {
            fs::write(state_file(&cm), record(&manifests, state)).unwrap();
        }
        let (version, code) = self.ends;
        let run = deploy(&cm, &manifests, &[]);
        run.expect_code(code);
        assert_eq!(changes(&cm.calls()), self.calls, "{}", run.stderr);
        demand(&cm, version);
        cm.clear_calls();
        // Without a manifest there is nothing more to be said.
        let code = if self.manifest == 0 { 0 } else { code };
        deploy(&cm, &manifests, &[]).expect_code(code);
        assert_eq!(changes(&cm.calls()), [""; 0], "and that is all");
    }

    fn simulator(&self) -> Process {
        let all = self.holds.iter().chain(&[("other", 1, Left::Running)]);
        let held = |&(id, version, left): &Held| Existing::new(container(id, version), left);
        kanto_cm().containers(all.map(held)).start()
    }

    fn manifests(&self) -> Manifests {
        let manifests = Manifests::new().with_json("other", &no_policy(version("other", 1)));
        match self.manifest {
            0 => manifests,
            wanted => manifests.with_json("a", &no_policy(version("a", wanted))),
        }
    }
}

/// Exactly these containers, `a` running with this version.
#[track_caller]
fn demand(cm: &Process, version: u32) {
    let state = cm.state();
    assert_eq!(ids(cm), ["a", "other"]);
    assert!(state.runs("a"), "{state:?}");
    let env = &state.container("a").unwrap().whole["config"]["env"];
    assert_eq!(env[1], format!("VERSION={version}"));
}

/// What ends stays so: no row depends on who is faster.
fn no_policy(mut manifest: Value) -> Value {
    manifest["host_config"]["restart_policy"] = json!({ "type": "no" });
    manifest
}

/// As Kanto-CM holds it: a stand-in has the host name of what it stands for.
fn container(id: &str, version: u32) -> Value {
    let unit = id.rsplit_once('.').map_or(id, |(_, unit)| unit);
    json!({
        "id": id,
        "name": id,
        "host_name": format!("{unit}-host"),
        "domain_name": format!("{unit}-domain"),
        "image": { "name": image(unit) },
        "config": { "env": [format!("UNIT={unit}"), format!("VERSION={version}")] },
        "host_config": { "restart_policy": { "type": "no" } },
    })
}

/// A record that says this of version 2 of `a`: what a run wrote, with the state changed.
fn record(manifests: &Manifests, state: &Value) -> String {
    let scratch = kanto_cm().start();
    let applied = Manifests::new().with_json("a", &no_policy(version("a", 2)));
    deploy(&scratch, &applied, &["--settle", "0"]).expect_code(0);
    let text = fs::read_to_string(state_file(&scratch)).unwrap();
    let mut record: Value = serde_json::from_str(&text).unwrap();
    let entry = record["containers"][0].as_object_mut().unwrap();
    entry.insert("directory".to_owned(), json!(manifests.path()));
    entry.extend(state.as_object().unwrap().clone());
    record.to_string()
}

pub(super) fn rolled_back() -> Value {
    json!({ "state": "rolled-back", "reason": "it was bad" })
}

pub(super) fn trying(times: u32) -> Value {
    let boots: Vec<String> = (0..times).map(|number| format!("boot {number}")).collect();
    json!({ "state": "trying", "boots": boots })
}
