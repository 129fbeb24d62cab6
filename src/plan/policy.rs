//! What a container's restart policy means for one whose process has ended.

use crate::kanto_cm::{Existing, Status};

/// Does its restart policy start it again, now that its process has ended by itself?
pub fn is_restarted_by_policy(existing: &Existing) -> bool {
    let policy = &existing.container.host_config.restart_policy;
    match policy.kind.as_str() {
        "always" => true,
        "unless-stopped" => !existing.manually_stopped,
        "on-failure" => {
            let most = policy.maximum_retry_count;
            existing.state.exit_code != 0 && (most == 0 || existing.restart_count < most)
        }
        _ => false,
    }
}

/// Did it do its work and end, never to be started again by its restart policy? After a power cut Kanto-CM gives those
/// that vanished the exit code 0 too, and an error.
pub fn is_finished_job(existing: &Existing) -> bool {
    let policy = existing.container.host_config.restart_policy.kind.as_str();
    let state = &existing.state;
    state.status == Status::Exited
        && state.exit_code == 0
        && state.error.is_empty()
        && matches!(policy, "no" | "on-failure")
}
