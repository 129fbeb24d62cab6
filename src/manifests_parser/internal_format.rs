//! What is particular to the internal state representation, the exact shape of the API's `Spec` message: no key may
//! be left out (but `extra_capabilities`, which the API got later), not even those of the runtime state.

use super::problem::Bounded;
use super::reader::Reader;

/// Top-level keys that only this format has.
pub(super) const OWN_KEYS: [&str; 3] = ["id", "name", "mounts"];

/// The runtime state, which must be there and is no part of what to deploy.
pub(super) fn skip_runtime_state(reader: &mut Reader<'_, '_>) {
    reader.ignore(&[
        "resolv_conf_path",
        "hosts_path",
        "hostname_path",
        "created",
        "manually_stopped",
        "restart_count",
    ]);
    reader.object_or_ignore("network_settings", |settings| {
        settings.ignore(&[
            "networks",
            "sandbox_id",
            "sandbox_key",
            "network_controller_id",
        ]);
    });
    reader.object_or_ignore("state", |state| {
        state.ignore(&[
            "pid",
            "started_at",
            "error",
            "exit_code",
            "finished_at",
            "exited",
            "dead",
            "restarting",
        ]);
        state.ignore(&["paused", "running", "status"]);
        // The API says oomKilled, the documented example oom_killed.
        state.ignore(&[if state.has("oomKilled") {
            "oomKilled"
        } else {
            "oom_killed"
        }]);
    });
}

/// What to say about keys that were left out.
pub(super) fn advice(missing: &Bounded<String>) -> String {
    format!(
        "the internal format allows no key to be left out, and {} missing: {}; use the CM format (container_id, \
         container_name, mount_points), where all but the image's name may be left out",
        if missing.len() == 1 { "one is".to_owned() } else { format!("{} are", missing.len() + missing.more()) },
        missing.texts().join(", "),
    )
}
