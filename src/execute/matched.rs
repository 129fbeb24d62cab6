//! Matches the manifests with what Kanto-CM lists, and prepares a workload for each.

use std::collections::HashMap;
use std::sync::Arc;

use super::deployment::Deployment;
use super::inbox::{Inputs, Prunes};
use super::slot::{counted, Slot};
use crate::container::{differences, Observed};
use crate::reconcile::{is_stale, prune_only_claimed, Desired, Matching, Trigger, Workload};

impl Deployment<'_> {
    /// One slot a manifest, in the order of the files; then those of containers without one.
    pub(super) fn slots(&self, inputs: &Inputs, observed: &[Observed]) -> Vec<Slot> {
        let desired: Vec<Arc<Desired>> = inputs
            .manifests
            .iter()
            .map(|input| input.desired.clone())
            .collect();
        let mut workloads = {
            let mut state = self.store.state();
            state.retain(&mut |entry| !is_stale(entry, &self.policy.boot));
            let matching = Matching {
                desired: &desired,
                observed,
                state: &state,
                pruned: (inputs.prunes > Prunes::None).then_some(&self.policy.directory),
            };
            matching.workloads()
        };
        if inputs.prunes == Prunes::Claimed {
            prune_only_claimed(&mut workloads);
        }
        let unfit: HashMap<String, String> = (self.check)(observed).into_iter().collect();
        let slot = |(index, workload): (usize, Workload)| {
            let input = inputs.manifests.get(index);
            let file = input.map(|input| input.file.clone()).unwrap_or_default();
            let reason = unfit.get(&file).cloned();
            let workload = self.prepared(workload, input.and_then(|input| input.trigger), reason);
            let is_active = input.map_or(true, |input| input.trigger.is_some());
            let request = input.map_or(0, |input| input.request);
            Slot::new(workload, file, request, is_active, self.stop.derive())
        };
        workloads.into_iter().enumerate().map(slot).collect()
    }

    /// `unfit`: why it fails for what Kanto-CM lists.
    fn prepared(
        &self,
        mut workload: Workload,
        trigger: Option<Trigger>,
        unfit: Option<String>,
    ) -> Workload {
        workload.entry = workload.entry.take().map(|entry| {
            if self.reapply {
                entry.without_content()
            } else {
                counted(entry, trigger)
            }
        });
        workload.attempt.trigger = trigger.unwrap_or_default();
        workload.attempt.failure = unfit;
        if let (Some(desired), Some(observed)) = (&workload.desired, &workload.observed) {
            workload.attempt.differences =
                differences(&desired.listed, &observed.listed, self.show_values);
        }
        workload
    }
}
