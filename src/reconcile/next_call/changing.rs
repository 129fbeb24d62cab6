//! Rows about a container that differs from what its manifest asks for.

use super::steps::{call, failed, unfinished};
use super::Table;
use crate::container::{is_containerd_id, Difference, Listed, Observed, Role, Spec, Update};
use crate::reconcile::action::Action;
use crate::reconcile::call::{Call, Row, Step, Target};
use crate::reconcile::workload::Desired;
use crate::text::printable;

impl Table<'_> {
    pub(super) fn change(
        &self,
        observed: &Observed,
        desired: &Desired,
        differences: &[Difference],
    ) -> Step {
        let id = observed.id();
        if self.policy.is_stopping {
            return unfinished();
        }
        if let Some(update) = update_in_place(&desired.listed, differences) {
            if self.w.attempt.actions.contains(&Action::Updated) {
                let difference = &differences[0];
                let reason =
                    format!("Kanto-CM answered the Update, but did not apply it: {difference}");
                return self.run(Row::Failed, |_| failed(Row::Failed, reason.clone()));
            }
            let id = id.to_owned();
            return call(Row::UpdateInPlace, Call::Update { id, update });
        }
        if !is_containerd_id(id) {
            let keys: Vec<&str> = differences
                .iter()
                .map(|difference| difference.key)
                .collect();
            let (keys, id) = (keys.join(", "), printable(id));
            return failed(
                Row::UnsafeId,
                format!("it differs in {keys}, but cannot be replaced safely: Kanto-CM takes its id {id} for a path when it removes it"),
            );
        }
        let new = Spec {
            id: self.w.id_to_have(id),
            ..desired.spec.clone()
        };
        self.create_or_fail(Row::Stage, new.as_stand_in(Role::Staged), Target::Staged)
    }
}

/// The Update that makes of a container what a Create would have made; `None` where it takes more than that.
fn update_in_place(desired: &Listed, differences: &[Difference]) -> Option<Update> {
    let is_policy =
        |difference: &Difference| difference.key.starts_with("host_config.restart_policy.");
    let is_limit = |difference: &Difference| difference.key.starts_with("host_config.resources.");
    if !differences
        .iter()
        .all(|difference| is_policy(difference) || is_limit(difference))
    {
        return None;
    }
    // An Update fills nothing in, and takes "unlimited" as it is.
    let host = desired.to_spec(String::new()).host_config;
    Some(Update {
        restart_policy: differences
            .iter()
            .any(is_policy)
            .then_some(host.restart_policy),
        resources: differences.iter().any(is_limit).then_some(host.resources),
    })
}
