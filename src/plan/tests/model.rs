//! Carries a plan out on a List, as if every call succeeded and everything that is started went on running.

use super::random::World;
use super::*;

/// A run plans again where a step leads to another one, and then no more often than this in all.
const MOST_PLANS: usize = 4;

impl World {
    /// Plans and does what is planned, until the run is over. What it planned first.
    pub(super) fn run(&mut self) -> Plan {
        self.existing.retain(|one| one.state.status != Status::Dead); // they are on their way out
        let first = self.plan();
        self.carry_out(&first);
        let mut leads_on = first.steps.iter().any(|step| step.again);
        for _ in 1..MOST_PLANS {
            if leads_on {
                let plan = self.plan();
                self.carry_out(&plan);
                leads_on = plan.steps.iter().any(|step| step.again);
            }
        }
        first
    }

    fn carry_out(&mut self, plan: &Plan) {
        for (i, step) in plan.steps.iter().enumerate() {
            let wanted = self
                .manifests
                .get(i)
                .map(|manifest| manifest.container.clone());
            let wanted = wanted.or_else(|| step.orphan.as_deref().cloned());
            self.do_step(step, wanted.as_ref());
        }
        for (step, manifest) in plan.steps.iter().zip(self.manifests.clone()) {
            self.note(step, &manifest);
        }
    }

    fn do_step(&mut self, step: &Step, wanted: Option<&Container>) {
        self.remove(&step.helpers.stale);
        self.remove(&step.leftovers);
        if let (Some(update), Some(id)) = (&step.update, step.action.id()) {
            let host = &mut self.one(id).container.host_config;
            if let Some(policy) = &update.restart_policy {
                host.restart_policy.clone_from(policy);
            }
            if let Some(resources) = &update.resources {
                host.resources.clone_from(resources);
            }
        }
        match &step.action {
            Action::Create => self.create(wanted.expect("something to create")),
            Action::Start(one) | Action::Unpause(one) | Action::LeaveToKantoCm(one) => {
                self.one(&one.container.id).state.status = Status::Running;
            }
            Action::Replace(replacement) => self.replace(replacement),
            Action::Remove(gone) => {
                self.remove(std::slice::from_ref(&gone.container.id));
                self.record.remove(&gone.container.name);
            }
            Action::Nothing { .. } | Action::Fail => {}
        }
        self.remove(&step.helpers.spent);
    }

    fn replace(&mut self, replacement: &Replacement) {
        let goes = match &replacement.begin {
            Begin::Old { old: one, .. } | Begin::Back(one, _) => Some(one.container.id.clone()),
            Begin::Nothing | Begin::New(_) | Begin::Restore => None,
        };
        self.remove(goes.as_slice());
        match &replacement.begin {
            Begin::New(one) => self.one(&one.container.id).state.status = Status::Running,
            Begin::Old { .. } | Begin::Nothing => self.create(&replacement.new),
            Begin::Back(..) | Begin::Restore => self.create(&replacement.old),
        }
        self.remove(&[replacement.next.clone(), replacement.prev.clone()]);
    }

    /// What is as its manifest asks is recorded as applied.
    fn note(&mut self, step: &Step, manifest: &Manifest) {
        let is_kept = step.verdict.is_some() || step.leaves_differences() || step.again;
        if is_kept || matches!(step.action, Action::Fail) {
            return;
        }
        let wanted = &manifest.container;
        let is_it =
            |one: &&Existing| one.container.name == wanted.name && one.container.helper().is_none();
        let one = self
            .existing
            .iter()
            .find(is_it)
            .expect("the manifest's container");
        let entry = entry(manifest, &one.container.id, EntryState::Applied);
        self.record.put(entry);
    }

    fn create(&mut self, wanted: &Container) {
        let mut container = wanted.clone().with_defaults();
        if container.id.is_empty() {
            container.id = format!("made-up-for-{}", container.name);
        }
        let id = &container.id;
        let is_free = self.existing.iter().all(|one| one.container.id != *id);
        assert!(
            is_free,
            "a Create of {id}, which is there: {:?}",
            self.existing
        );
        let state = State {
            status: Status::Running,
            ..State::default()
        };
        self.existing.push(Existing {
            container,
            state,
            ..Existing::default()
        });
    }

    fn remove(&mut self, ids: &[String]) {
        self.existing.retain(|one| !ids.contains(&one.container.id));
    }

    fn one(&mut self, id: &str) -> &mut Existing {
        let mut all = self.existing.iter_mut();
        all.find(|one| one.container.id == id)
            .expect("a container that is there")
    }
}
