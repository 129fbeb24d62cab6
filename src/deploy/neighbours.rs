//! The manifests that a deployment is not about, and has to leave alone what belongs to them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::manifests_parser::Manifest;
use crate::plan::Beside;

/// All manifests but those that are deployed.
#[derive(Debug, Default)]
pub struct Neighbours<'a> {
    of_directory: Vec<Arc<Manifest>>,
    at_work: Option<(&'a AtWork, u64)>,
}

/// What the deployments of this process are about, side by side: each manifest as it is being deployed, whatever its file holds by
/// now.
#[derive(Debug, Default)]
pub struct AtWork(Mutex<Work>);

#[derive(Debug, Default)]
struct Work {
    /// With the number of their deployment.
    manifests: Vec<(u64, Arc<Manifest>)>,
    last_number: u64,
}

impl<'a> Neighbours<'a> {
    /// Of a deployment of `manifests`, which begins with this and is over when this is dropped. It finds `others` beside them in
    /// the directory.
    pub fn of(
        manifests: &[Manifest],
        others: Vec<Manifest>,
        at_work: &'a AtWork,
    ) -> Neighbours<'a> {
        let mut work = at_work.lock();
        work.last_number += 1;
        let number = work.last_number;
        let own = manifests.iter().map(|one| (number, Arc::new(one.clone())));
        work.manifests.extend(own);
        Neighbours {
            of_directory: others.into_iter().map(Arc::new).collect(),
            at_work: Some((at_work, number)),
        }
    }

    /// As they are at this moment. One that is being deployed while its file holds something else counts twice.
    pub(super) fn now(&self) -> Beside {
        let mut beside = Beside {
            before: self.of_directory.clone(),
            after: Vec::new(),
        };
        if let Some((at_work, own)) = self.at_work {
            for (number, manifest) in &at_work.lock().manifests {
                if *number < own {
                    beside.before.push(Arc::clone(manifest));
                } else if *number > own {
                    beside.after.push(Arc::clone(manifest));
                }
            }
        }
        beside
    }
}

impl Drop for Neighbours<'_> {
    fn drop(&mut self) {
        if let Some((at_work, own)) = self.at_work {
            at_work
                .lock()
                .manifests
                .retain(|(number, _)| *number != own);
        }
    }
}

impl AtWork {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
