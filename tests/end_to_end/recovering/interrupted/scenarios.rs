//! What is replaced by what. A container and those that take its place share the unit that their `env` names, and differ in
//! the version there.

use serde_json::{json, Value};
use simulated_kanto_cm::{Fault, Method, Process, What};

use crate::common::{manifest, manifest_after};

/// Files of a manifests directory: name and content.
pub(crate) type Files = Vec<(String, String)>;

/// A change of manifests, the next one if that comes before the next run, and what is to come of it.
pub(crate) struct Scenario {
    pub(crate) old: Files,
    pub(crate) new: Files,
    /// What the directory holds at the run after the interrupted one, if that is not `new`.
    pub(crate) later: Option<Files>,
    pub(crate) ends: Ends,
    /// `--settle` of the runs that bring the change.
    pub(crate) settle: &'static str,
    /// Done to the old containers before the change.
    pub(crate) before: fn(&Process),
    /// What goes wrong besides.
    pub(crate) also: Option<Fault>,
    /// Of the runs after the interrupted one.
    pub(crate) arguments: &'static [&'static str],
    /// Exit code of these runs.
    pub(crate) code: i32,
    /// The highest version there is in the end if nothing interrupts.
    pub(crate) version: u32,
}

/// Which configuration is there in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// The one that the manifests ask for.
    New,
    /// The old one, for the new one does not run.
    RolledBack,
    /// That depends on how far the interrupted run has come.
    Either,
}

impl Scenario {
    pub(crate) fn of(old: &[Value], new: &[Value]) -> Scenario {
        Scenario {
            old: files(old),
            new: files(new),
            later: None,
            ends: Ends::New,
            settle: "1",
            before: |_| {},
            also: None,
            arguments: &[],
            code: 0,
            version: 2,
        }
    }

    fn rolled_back(self) -> Scenario {
        Scenario {
            ends: Ends::RolledBack,
            code: 1,
            version: 1,
            ..self
        }
    }

    /// Exit code of the run that brings the change, if it gets that far.
    pub(crate) fn first_code(&self) -> i32 {
        i32::from(self.is_rolled_back())
    }

    /// Does the run after the interrupted one find the new container at fault?
    pub(crate) fn is_rolled_back(&self) -> bool {
        self.ends == Ends::RolledBack
    }

    fn followed_by(self, later: Files, ends: Ends) -> Scenario {
        Scenario {
            later: Some(later),
            ends,
            ..self
        }
    }

    /// Whether a new container has settled is of no interest.
    pub(crate) fn unsettled(self) -> Scenario {
        Scenario {
            settle: "0",
            ..self
        }
    }
}

fn files(manifests: &[Value]) -> Files {
    let file = |(i, manifest): (usize, &Value)| (format!("{i}.json"), manifest.to_string());
    manifests.iter().enumerate().map(file).collect()
}

/// A manifest of this version of a unit; its id and name are the unit's.
pub(crate) fn version(unit: &str, version: u32) -> Value {
    versioned(manifest(unit), unit, version)
}

fn versioned(mut manifest: Value, unit: &str, version: u32) -> Value {
    manifest["config"]["env"] = json!([format!("UNIT={unit}"), format!("VERSION={version}")]);
    manifest
}

/// The same with another id and name; `null`: none.
pub(crate) fn called(mut manifest: Value, id: impl Into<Value>, name: &str) -> Value {
    manifest["container_id"] = id.into();
    manifest["container_name"] = json!(name);
    manifest
}

/// The same with this command.
pub(crate) fn running(mut manifest: Value, cmd: &[&str]) -> Value {
    manifest["config"]["cmd"] = json!(cmd);
    manifest
}

/// The same with this restart policy.
pub(crate) fn with_policy(mut manifest: Value, policy: &str) -> Value {
    manifest["host_config"]["restart_policy"] = json!({ "type": policy });
    manifest
}

/// The manifest gives an id.
pub(crate) fn pinned() -> Scenario {
    Scenario::of(&[version("a", 1)], &[version("a", 2)])
}

/// The manifest gives none.
pub(crate) fn anonymous() -> Scenario {
    let nameless = |n| called(version("a", n), Value::Null, "a");
    Scenario::of(&[nameless(1)], &[nameless(2)])
}

/// Another id, the same name.
pub(crate) fn other_id() -> Scenario {
    let new = called(version("a", 2), "b", "a");
    Scenario::of(&[version("a", 1)], &[new])
}

/// Another name, the same id.
pub(crate) fn other_name() -> Scenario {
    let new = called(version("a", 2), "a", "b");
    Scenario::of(&[version("a", 1)], &[new])
}

/// The old container does not run.
pub(crate) fn stopped() -> Scenario {
    let job = |n| with_policy(version("a", n), "no");
    Scenario {
        before: |cm| {
            cm.clean_stop();
            cm.start_again();
            assert_eq!(cm.container("a").unwrap().status, "Stopped");
        },
        ..Scenario::of(&[job(1)], &[job(2)])
    }
}

/// The old container ends again and again.
pub(crate) fn crash_looping() -> Scenario {
    let old = running(version("a", 1), &["/simulated/exit", "1"]);
    Scenario::of(&[old], &[version("a", 2)])
}

/// The new container ends while it settles.
pub(crate) fn failing() -> Scenario {
    let new = running(version("a", 2), &["/simulated/exit", "1", "50"]);
    Scenario::of(&[version("a", 1)], &[new]).rolled_back()
}

/// The new container does not start.
pub(crate) fn missing() -> Scenario {
    let new = running(version("a", 2), &["/simulated/missing"]);
    Scenario::of(&[version("a", 1)], &[new]).rolled_back()
}

/// Three at once, of which one names another in its `extra_hosts`, and the third has no id.
pub(crate) fn several() -> Scenario {
    let all = |n| {
        [
            version("a", n),
            versioned(manifest_after("b", &["a"]), "b", n),
            called(version("c", n), Value::Null, "c"),
        ]
    };
    Scenario::of(&all(1), &all(2))
}

/// The same with this host port.
fn with_port(mut manifest: Value, port: u32) -> Value {
    let mapping = json!({ "host_port": port, "container_port": 80 });
    manifest["host_config"]["port_mappings"] = json!([mapping]);
    manifest
}

/// One has the host port of another from now on, which has none any more.
pub(crate) fn port_handed_on() -> Scenario {
    Scenario::of(
        &[version("a", 1), with_port(version("b", 1), 8080)],
        &[with_port(version("a", 2), 8080), version("b", 2)],
    )
}

/// Two exchange their host ports.
pub(crate) fn ports_exchanged() -> Scenario {
    let both = |n, a, b| [with_port(version("a", n), a), with_port(version("b", n), b)];
    Scenario::of(&both(1, 8080, 8081), &both(2, 8081, 8080))
}

/// Two were to exchange their host ports, and one of them does not run.
pub(crate) fn ports_exchanged_in_vain() -> Scenario {
    let mut scenario = ports_exchanged();
    let failing = running(
        with_port(version("b", 2), 8080),
        &["/simulated/exit", "1", "50"],
    );
    scenario.new = files(&[with_port(version("a", 2), 8081), failing]);
    scenario.rolled_back()
}

/// The manifest changes once more before the next run.
pub(crate) fn changed_again() -> Scenario {
    Scenario {
        version: 3,
        ..pinned().followed_by(files(&[version("a", 3)]), Ends::New)
    }
}

/// What cannot run is given up for the manifest of before.
pub(crate) fn taken_back() -> Scenario {
    let later = files(&[version("a", 1)]);
    let new = running(version("a", 2), &["/simulated/exit", "1", "50"]);
    Scenario {
        version: 1,
        ..Scenario::of(&[version("a", 1)], &[new]).followed_by(later, Ends::New)
    }
}

/// The manifest is gone at the next run, another one is not.
pub(crate) fn removed() -> Scenario {
    let other = version("other", 1);
    let scenario = Scenario::of(
        &[other.clone(), version("a", 1)],
        &[other.clone(), version("a", 2)],
    );
    scenario.followed_by(files(&[other]), Ends::Either)
}

/// The manifest is invalid at the next run, another one is not.
pub(crate) fn invalid() -> Scenario {
    let mut scenario = removed();
    let file = ("1.json".to_owned(), "{ not JSON".to_owned());
    scenario
        .later
        .iter_mut()
        .for_each(|later| later.push(file.clone()));
    Scenario {
        code: 1,
        ..scenario
    }
}

/// At the next run what exists is to stay.
pub(crate) fn kept() -> Scenario {
    Scenario {
        ends: Ends::Either,
        arguments: &["--keep-existing"],
        ..pinned()
    }
}

/// Kanto-CM misses the end of the old container while it removes it, which ruins the id.
pub(crate) fn ruined(scenario: Scenario) -> Scenario {
    Scenario {
        also: Some(Fault::at(Method::Remove, What::LoseExit)),
        ..scenario
    }
}
