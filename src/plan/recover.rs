//! What to do where helpers are found: a replacement was interrupted, by a crash, a kill, a power cut or a lost connection.
//! The first row that holds counts.

use super::find::Found;
use super::helpers::Pair;
use super::replacement::{Begin, Replacement};
use super::step::{Action, Step};
use super::{usual, Rules};
use crate::container::{
    digest, digest_but_for_id, is_containerd_id, is_healed_either_way, is_same_but_for_id,
    is_same_or_healed_id, Container,
};
use crate::kanto_cm::Existing;
use crate::record::{Entry, EntryState};

/// What there is to decide about: one container, with or without a manifest that asks for it.
pub(super) struct Case<'a> {
    pub(super) wanted: Option<&'a Container>,
    pub(super) found: Found<'a>,
    pub(super) entry: Option<&'a Entry>,
    pub(super) rules: &'a Rules,
}

impl Case<'_> {
    /// The row that holds.
    pub(super) fn decide(&self) -> Step {
        let (next, prev) = (self.found.helpers.next, self.found.helpers.prev);
        let mut step = match (self.found.container, next, prev) {
            (Some(container), Some(next), Some(prev)) => self.interrupted(container, next, prev),
            (Some(container), next, prev) => self.as_usual(container, next, prev),
            (None, next, Some(prev)) => self.without_container(next, prev),
            (None, Some(next), None) => self.create_from(next),
            (None, None, None) => create(),
        };
        step.leftovers.clone_from(&self.found.leftovers);
        step
    }

    /// At most one helper: the replacement has not got as far as to touch the container, or is through. Or somebody else made
    /// the container.
    fn as_usual(
        &self,
        container: &Existing,
        next: Option<&Existing>,
        prev: Option<&Existing>,
    ) -> Step {
        let step = match self.wanted {
            Some(_) => self.usual(container),
            None => nothing(container),
        };
        self.tidying(step, next, prev, false)
    }

    /// The container and both helpers.
    fn interrupted(&self, container: &Existing, next: &Existing, prev: &Existing) -> Step {
        if is_held_by(container, prev) {
            return self.maybe_being_removed(container, next, prev);
        }
        if is_held_by(container, next) && !self.is_committed(next) {
            return self.take_up(container, next, prev);
        }
        self.as_usual(container, Some(next), Some(prev))
    }

    /// The old container is there. A Remove of it may be under way, or have been interrupted half-way: who carries this out
    /// waits for the end of it first, and the helpers stay until the container runs.
    fn maybe_being_removed(&self, container: &Existing, next: &Existing, prev: &Existing) -> Step {
        let mut step = self.tidying(self.usual(container), Some(next), Some(prev), true);
        step.helpers.removing = Some(container.container.id.clone());
        if !matches!(step.action, Action::Replace(_)) {
            step.helpers.spent = std::mem::take(&mut step.helpers.stale);
            step.way_back = self.replacement(Begin::Restore, next, prev).map(Box::new);
        }
        if let Action::LeaveToKantoCm(existing) = step.action {
            step.action = Action::Start(existing);
        }
        step
    }

    /// The new container is there: it has to settle, unless that was judged already.
    fn take_up(&self, container: &Existing, next: &Existing, prev: &Existing) -> Step {
        let existing = Box::new(container.clone());
        let (begin, reason) = match self.rolled_back(next) {
            Some(entry) => (
                Begin::Back(existing, entry.reason.clone()),
                "its replacement was to be rolled back when that was interrupted",
            ),
            None => (
                Begin::New(existing),
                "its replacement was interrupted before it had settled",
            ),
        };
        self.go_on(begin, next, prev, reason)
    }

    /// There is no container: the old one was removed.
    fn without_container(&self, next: Option<&Existing>, prev: &Existing) -> Step {
        let wanted_next =
            next.filter(|next| self.asks_for(next) && self.rolled_back(next).is_none());
        if let Some(next) = wanted_next {
            let reason = "its replacement was interrupted when the old one had been removed";
            return self.go_on(Begin::Nothing, next, prev, reason);
        }
        let reason = "its replacement was interrupted, and is not wanted any more";
        self.go_on(Begin::Restore, next.unwrap_or(prev), prev, reason)
    }

    /// There is no container and no way back: a new one is created, and the helper keeps its image until then.
    fn create_from(&self, next: &Existing) -> Step {
        let mut step = create();
        if self.wanted.is_none() {
            step.orphan = held(next).map(|held| Box::new(held.to_create_again(held.id.clone())));
        }
        let helper = next.container.id.clone();
        if self.wanted.is_none() || self.asks_for(next) {
            step.helpers.spent.push(helper);
        } else {
            step.helpers.stale.push(helper);
        }
        step
    }

    /// The step that brings a replacement that was begun to one of its ends.
    fn go_on(&self, begin: Begin, next: &Existing, prev: &Existing, reason: &str) -> Step {
        let is_asked_for = self.asks_for(next) && !matches!(begin, Begin::Restore);
        let Some(replacement) = self.replacement(begin, next, prev) else {
            return Step::new(Action::Fail, reason);
        };
        Step {
            orphan: self
                .wanted
                .is_none()
                .then(|| Box::new(replacement.new.clone())),
            again: self.wanted.is_some() && !is_asked_for,
            ..Step::new(Action::Replace(Box::new(replacement)), reason)
        }
    }

    /// The replacement that these helpers stand for.
    fn replacement(&self, begin: Begin, next: &Existing, prev: &Existing) -> Option<Replacement> {
        let (new, old) = (held(next)?, held(prev)?);
        Some(Replacement {
            begin,
            digest: self.digest_of(&new),
            new: new.to_create_again(new.id.clone()),
            old: old.to_create_again(old.id.clone()),
            next: next.container.id.clone(),
            prev: prev.container.id.clone(),
            has_manifest: self.wanted.is_some(),
        })
    }

    /// What is usual, and the helpers that it does not need go. `prev` counts only where it `holds` the container as it is.
    fn tidying(
        &self,
        mut step: Step,
        next: Option<&Existing>,
        prev: Option<&Existing>,
        holds: bool,
    ) -> Step {
        let mut stale = Pair { next, prev }.ids();
        if let Action::Replace(replacement) = &mut step.action {
            let (new, old) = (&replacement.next, &replacement.prev);
            if let Begin::Old { staged, held, .. } = &mut replacement.begin {
                *staged = stale.contains(new) && next.is_some_and(|next| self.asks_for(next));
                *held = stale.contains(old) && holds;
                stale.retain(|id| !(*staged && id == new || *held && id == old));
            }
        }
        step.helpers.stale = stale;
        step
    }

    fn usual(&self, container: &Existing) -> Step {
        match self.wanted {
            Some(wanted) => usual::decide(wanted, container, self.entry, self.rules),
            None => Step {
                orphan: Some(Box::new(container.container.clone())),
                ..usual::make_it_run(container)
            },
        }
    }

    /// Does the helper hold what the manifest asks for?
    fn asks_for(&self, next: &Existing) -> bool {
        let (Some(wanted), Some(next)) = (self.wanted, held(next)) else {
            return false;
        };
        (wanted.id.is_empty() || is_same_or_healed_id(&wanted.id, &next.id))
            && is_same_but_for_id(&wanted.clone().with_defaults(), &next)
    }

    /// Was what the helper holds tried, and rolled back?
    fn rolled_back(&self, next: &Existing) -> Option<&Entry> {
        self.recorded_as(EntryState::RolledBack, next)
    }

    /// Has what the helper holds settled already?
    fn is_committed(&self, next: &Existing) -> bool {
        self.recorded_as(EntryState::Applied, next).is_some()
    }

    fn recorded_as(&self, state: EntryState, next: &Existing) -> Option<&Entry> {
        let next = held(next)?;
        self.entry
            .filter(|entry| entry.state == state && entry.digest == self.digest_of(&next))
    }

    /// The digest of the manifest that `new` was made of, as far as it is known.
    fn digest_of(&self, new: &Container) -> String {
        if let Some(wanted) = self.wanted.filter(|wanted| !wanted.id.is_empty()) {
            return digest(&Container {
                id: wanted.id.clone(),
                ..new.clone()
            });
        }
        let pinned = digest(new);
        if self.entry.is_some_and(|entry| entry.digest == pinned) {
            return pinned;
        }
        digest_but_for_id(new)
    }
}

/// Helpers without a manifest go, and the container stays as it is.
pub(super) fn nothing(container: &Existing) -> Step {
    let id = container.container.id.clone();
    Step {
        orphan: Some(Box::new(container.container.clone())),
        ..Step::new(Action::Nothing { id }, "it has no manifest")
    }
}

fn create() -> Step {
    Step::new(Action::Create, "there is no such container")
}

fn held(helper: &Existing) -> Option<Container> {
    helper.container.held()
}

/// Is it the container that the helper stands for? A healing suffix makes no difference.
fn is_held_by(container: &Existing, helper: &Existing) -> bool {
    let container = &container.container;
    held(helper).is_some_and(|held| {
        is_containerd_id(&container.id)
            && is_healed_either_way(&held.id, &container.id)
            && is_same_but_for_id(&held, container)
    })
}
