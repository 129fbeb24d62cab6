//! Two directories of manifests that ask for one container with different content replace it back and forth.

use log::warn;

use super::deployment::Deployment;
use crate::container::Observed;
use crate::reconcile::{Row, Workload};
use crate::state::ContentState;
use crate::text::printable;

/// Warns where what another directory has deployed is about to be changed.
pub(super) fn warn_about(deployment: &Deployment, w: &Workload, row: Row) {
    let desired = match &w.desired {
        Some(desired) if matches!(row, Row::Stage | Row::UpdateInPlace) => desired,
        _ => return,
    };
    let state = deployment.store.state();
    let id = w.observed.as_deref().map_or("", Observed::id);
    let Some(entry) = state.entry(&w.name, id) else {
        return;
    };
    let is_other = !entry.is_of(&deployment.policy.directory) && !entry.directory.is_empty();
    if is_other && entry.digest != desired.digest && entry.content_state != ContentState::Removed {
        let (name, other) = (printable(&w.name), printable(&entry.directory));
        warn!("{name}: changing what {other} has deployed: keep its manifest in one directory, or each run changes it back");
    }
}
