//! Who is measured, how often, in turns.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::common;
use crate::deployer::Deployer;

/// This deployer, and another one where there is one.
pub(crate) struct Rounds {
    ours: Deployer,
    other: Option<Deployer>,
    count: u64,
    stop: Arc<AtomicBool>,
}

/// Something of this deployer, and of the other one.
#[derive(Debug, Clone)]
pub(crate) struct Both<T> {
    pub(crate) ours: T,
    pub(crate) other: Option<T>,
}

impl Rounds {
    /// `ROUNDS` of them (5).
    pub(crate) fn from_environment() -> Rounds {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register(signal, Arc::clone(&stop)).expect("a handler");
        }
        Rounds {
            ours: Deployer::ours(),
            other: Deployer::other(),
            count: common::number("ROUNDS", 5).max(1),
            stop,
        }
    }

    /// What each measured, in all rounds.
    pub(crate) fn in_turns<T>(
        &self,
        mut measured: impl FnMut(&Deployer) -> Vec<T>,
    ) -> Both<Vec<T>> {
        let mut both = Both {
            ours: Vec::new(),
            other: self.other.as_ref().map(|_| Vec::new()),
        };
        for _ in 0..self.count {
            both.ours
                .extend(self.unless_stopped(&mut measured, &self.ours));
            if let (Some(all), Some(other)) = (&mut both.other, &self.other) {
                all.extend(self.unless_stopped(&mut measured, other));
            }
        }
        both
    }

    /// What each measured, once.
    pub(crate) fn once<T>(&self, mut measured: impl FnMut(&Deployer) -> T) -> Both<T> {
        let ours = self.unless_stopped(&mut measured, &self.ours);
        let other = self.other.as_ref();
        Both {
            ours,
            other: other.map(|other| self.unless_stopped(&mut measured, other)),
        }
    }

    /// A panic, unlike a signal, has everything tidied up.
    fn unless_stopped<T>(
        &self,
        measured: &mut impl FnMut(&Deployer) -> T,
        deployer: &Deployer,
    ) -> T {
        let result = measured(deployer);
        assert!(!self.stop.load(Ordering::Relaxed), "a signal said to end");
        result
    }
}

impl<T> Both<T> {
    pub(crate) fn map<'a, U>(&'a self, of: impl Fn(&'a T) -> U) -> Both<U> {
        Both {
            ours: of(&self.ours),
            other: self.other.as_ref().map(&of),
        }
    }
}
