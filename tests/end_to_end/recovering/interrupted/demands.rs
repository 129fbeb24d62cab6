//! What has to come of a replacement, whatever interrupted it.

use std::collections::BTreeSet;

use serde_json::Value;
use simulated_kanto_cm::{ContainerView, Process, StoredContainer};

use super::cases::{Case, Record};
use super::scenarios::Ends;
use crate::common::{changes, Run};

/// What Kanto-CM holds and changes by itself, by the API's field names.
const STATE: [&str; 10] = [
    "id",
    "created",
    "state",
    "restart_count",
    "manually_stopped",
    "network_settings",
    "hosts_path",
    "hostname_path",
    "resolv_conf_path",
    "started_before",
];

/// What Kanto-CM holds, but for the containers' states: ids and configurations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Vec<(String, Value)>);

impl Kept {
    /// What is there now.
    pub(crate) fn of(cm: &Process) -> Kept {
        let mut all: Vec<_> = cm.containers().iter().map(kept).collect();
        all.sort_by_key(|(_, configuration)| configuration["name"].to_string());
        Kept(all)
    }

    /// The same configurations, under the same ids or those that healing makes of them, or any where no manifest gives one.
    fn is_like(&self, other: &Kept) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(own, other)| {
                own.1 == other.1
                    && (base(&own.0) == base(&other.0) || is_uuid(&own.0) && is_uuid(&other.0))
            })
    }

    /// Each version that the containers say they are.
    fn versions(&self) -> BTreeSet<u32> {
        self.0
            .iter()
            .map(|(_, container)| marked(container).1)
            .collect()
    }

    /// The units that the containers say they are.
    fn units(&self) -> BTreeSet<String> {
        self.0
            .iter()
            .map(|(_, container)| marked(container).0)
            .collect()
    }
}

fn kept(container: &ContainerView) -> (String, Value) {
    let mut configuration = container.whole.clone();
    let keys = configuration.as_object_mut().unwrap();
    keys.retain(|key, _| !STATE.contains(&key.as_str()));
    (container.id.clone(), configuration)
}

/// Unit and version, as the environment says; version 0: not a container of the tests.
fn marked(configuration: &Value) -> (String, u32) {
    let env = configuration["config"]["env"].as_array();
    let word = |key: &str| {
        let mut words = env.into_iter().flatten().filter_map(Value::as_str);
        words
            .find_map(|word| word.strip_prefix(key))
            .unwrap_or_default()
    };
    (
        word("UNIT=").to_owned(),
        word("VERSION=").parse().unwrap_or(0),
    )
}

/// `a` of `a`, and of `a-2`, `a-3`… which healing makes of it.
fn base(id: &str) -> &str {
    let healed = id
        .rsplit_once('-')
        .filter(|(_, number)| number.parse::<u32>().is_ok());
    healed.map_or(id, |(base, _)| base)
}

fn is_uuid(id: &str) -> bool {
    id.len() >= 36 && id.matches('-').count() >= 4
}

impl Case<'_> {
    /// The next run brings it to its end, and leaves nothing to do.
    pub(crate) fn demand_recovery(&self) {
        self.run_later().expect_code(self.scenario.code);
        self.demand_end();
    }

    /// It has come to its end.
    pub(crate) fn demand_end(&self) {
        self.demand_containers();
        // A call whose caller was killed may be under way still.
        let before = self.cm.calls().len();
        let run = self.run_later();
        run.expect_code(self.scenario.code);
        self.demand_nothing_done(before, &run);
        self.demand_containers();
        self.demand_history();
    }

    /// What was rolled back is tried again where no record says so.
    fn demand_nothing_done(&self, before: usize, run: &Run) {
        if self.scenario.is_rolled_back() && self.record == Record::None {
            return;
        }
        let done = changes(&self.cm.calls()[before..]);
        assert!(done.is_empty(), "{done:?}\n{}", run.stderr);
        if self.scenario.is_rolled_back() {
            assert!(
                run.stdout.contains("tried and rolled back"),
                "{}",
                run.stdout
            );
        }
    }

    /// Exactly the desired containers, with the right configurations, all running.
    fn demand_containers(&self) {
        let (now, containers) = (Kept::of(&self.cm), self.cm.containers());
        let is_right = match self.scenario.ends {
            Ends::New => now.is_like(&self.after),
            Ends::RolledBack => now.is_like(&self.before),
            Ends::Either => now.is_like(&self.before) || now.is_like(&self.after),
        };
        assert!(
            is_right,
            "{now:#?}\nis not as it was before {:#?}\nor should be after: {:#?}",
            self.before, self.after
        );
        assert!(
            containers.iter().all(|container| container.running),
            "{containers:#?}"
        );
    }

    /// The old or the new configuration of each unit was stored at every moment.
    fn demand_history(&self) {
        let units = self.before.units();
        let history = self.cm.history();
        for moment in &history[self.moments - 1..] {
            let stored: BTreeSet<String> = moment
                .containers
                .iter()
                .filter_map(|container| unit(container))
                .collect();
            assert_eq!(stored, units, "{moment:#?}");
        }
    }

    /// What comes of it without an interruption is what the scenario is about.
    pub(crate) fn demand_version(&self, after: &Kept) {
        let versions = after.versions();
        assert!(
            !versions.contains(&0),
            "stand-ins, or no version: {after:?}"
        );
        assert_eq!(versions.last(), Some(&self.scenario.version), "{after:?}");
        if self.scenario.is_rolled_back() {
            assert!(after.is_like(&self.before), "{after:?}");
        }
    }
}

/// The unit whose configuration this holds. One that is dead holds none.
fn unit(stored: &StoredContainer) -> Option<String> {
    let (unit, version) = marked(&stored.whole);
    (version > 0 && stored.status != "Dead").then_some(unit)
}
