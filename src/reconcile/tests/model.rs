//! A small Kanto-CM: it stores containers, starts and removes them, and can refuse, ruin ids, and let containers fail.

use std::sync::Arc;
use std::time::Instant;

use super::super::{next_call, Call, Desired, Done, Next, Policy, Row, Target, Workload};
use crate::container::{Observed, Role, StandIn, State, Status};
use crate::state::Entry;

/// The world: what survives a run that is killed.
#[derive(Clone)]
pub(super) struct World {
    pub(super) containers: Vec<Observed>,
    pub(super) entry: Option<Entry>,
    pub(super) boot: u32,
    /// Versions (by their first variable) that end at once, and those whose Create is refused.
    pub(super) failing: Vec<String>,
    pub(super) refused: Vec<String>,
    pub(super) ruined_ids: Vec<String>,
    /// Calls made so far, as words.
    pub(super) calls: Vec<String>,
    pub(super) rows: Vec<Row>,
}

impl World {
    pub(super) fn new(containers: Vec<Observed>) -> World {
        World {
            containers,
            entry: None,
            boot: 1,
            failing: Vec::new(),
            refused: Vec::new(),
            ruined_ids: Vec::new(),
            calls: Vec::new(),
            rows: Vec::new(),
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<&Observed> {
        self.containers
            .iter()
            .find(|container| container.id() == id)
    }

    /// The workload of the one manifest, as a List shows it.
    pub(super) fn workload(&self, desired: Option<Arc<Desired>>) -> Workload {
        let mut w = Workload {
            name: "a".to_owned(),
            desired,
            entry: self.entry.clone(),
            ..Workload::default()
        };
        for container in &self.containers {
            match container.listed.stand_in() {
                Some(StandIn {
                    role: Role::Staged, ..
                }) => w.staged = Some(container.clone().into()),
                Some(StandIn {
                    role: Role::Backup, ..
                }) => w.backup = Some(container.clone().into()),
                None => match &w.observed {
                    Some(older) if older.listed.is_same(&container.listed) => {
                        let older = w.observed.replace(container.clone().into());
                        w.ruined.extend(older.map(|older| older.id().to_owned()));
                    }
                    _ => w.observed = Some(container.clone().into()),
                },
            }
        }
        w
    }

    /// A run that is killed after `calls` calls; `None`: it comes to its end, which is returned.
    pub(super) fn run(
        &mut self,
        desired: Option<Arc<Desired>>,
        calls: Option<usize>,
    ) -> Option<(Done, Workload)> {
        let mut w = self.workload(desired);
        let mut now = Instant::now();
        let mut left = calls;
        for _ in 0..200 {
            let policy = Policy {
                boot: format!("boot {}", self.boot),
                ..super::policy()
            };
            let step = next_call(&w, &policy, now);
            self.rows.push(step.row);
            match step.next {
                Next::Done(done) => return Some((done, w)),
                Next::Wait(until) => {
                    now = until;
                    self.calls.push("wait".to_owned());
                }
                Next::Watch { watch, action } => {
                    w.attempt.watch = Some(watch);
                    w.attempt.actions.extend(action);
                }
                Next::Note(note) => {
                    w.noted(note);
                    self.entry.clone_from(&w.entry);
                }
                Next::Call(call) => {
                    if left == Some(0) {
                        return None;
                    }
                    left = left.map(|left| left - 1);
                    self.calls.push(format!("{:?} {}", call.verb(), call.id()));
                    self.make(step.row, &call, &mut w);
                    self.check_nothing_lost();
                }
            }
        }
        panic!("no end: {:?}\n{:?}", self.calls, self.rows);
    }

    /// At every moment Kanto-CM holds some configuration of the container, once it held one.
    fn check_nothing_lost(&self) {
        assert!(!self.containers.is_empty(), "lost: {:?}", self.calls);
    }

    fn make(&mut self, row: Row, call: &Call, w: &mut Workload) {
        match self.answer(call) {
            Ok(()) => {
                w.took_effect(row, call);
                if let Call::Create { spec, target } = call {
                    let created = self.find(&spec.id).cloned().map(Arc::new);
                    match target {
                        Target::Staged => w.staged = created,
                        Target::Backup => w.backup = created,
                        Target::Container | Target::Healed | Target::Ruined | Target::Earlier => {
                            w.observed = created;
                        }
                    }
                }
            }
            Err(reason) => w.was_refused(call, &reason),
        }
        self.look_again(w);
    }

    fn look_again(&self, w: &mut Workload) {
        for slot in [&mut w.observed, &mut w.staged, &mut w.backup] {
            *slot = slot
                .take()
                .and_then(|container| self.find(container.id()).cloned().map(Arc::new));
        }
    }

    fn answer(&mut self, call: &Call) -> Result<(), String> {
        match call {
            Call::Create { spec, .. } => {
                if self.find(&spec.id).is_some() {
                    return Err(format!("container with id {} exists", spec.id));
                }
                if self.refused.contains(&spec.env[0]) {
                    return Err("no such image".to_owned());
                }
                self.containers.push(super::observed(spec, Status::Created));
                Ok(())
            }
            Call::Start { id } => self.start(id),
            Call::Unpause { id } => self.set(id, Status::Running),
            Call::Remove { id, target } => {
                let container = self.find(id).ok_or("not found")?;
                if container.is_up() && *target != Target::Container {
                    return Err("it runs".to_owned());
                }
                self.containers.retain(|container| container.id() != id);
                Ok(())
            }
            Call::Update { .. } | Call::AwaitRemove { .. } | Call::Look { .. } => Ok(()),
        }
    }

    fn start(&mut self, id: &str) -> Result<(), String> {
        if self.ruined_ids.iter().any(|ruined| ruined == id) {
            return Err(format!("container with ID = {id} already exists"));
        }
        let container = self.find(id).ok_or("not found")?;
        let ends = self.failing.contains(&container.listed.env[0]);
        self.set(
            id,
            if ends {
                Status::Exited
            } else {
                Status::Running
            },
        )
    }

    fn set(&mut self, id: &str, status: Status) -> Result<(), String> {
        let container = self
            .containers
            .iter_mut()
            .find(|container| container.id() == id);
        let container = container.ok_or("not found")?;
        container.state = State {
            status,
            exit_code: i64::from(status == Status::Exited),
            ..State::default()
        };
        Ok(())
    }
}
