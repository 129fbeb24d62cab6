//! One manifest's file: what is known of it, and whether it is queued, running or in backoff.

use std::time::{Duration, Instant};

use crate::filewatcher::backoff::backoff;
use crate::filewatcher::protocol::End;
use crate::manifests_parser::FileStamp;
use crate::reconcile::Trigger;

/// A manifest's file.
#[derive(Debug, Default)]
pub(super) struct File {
    /// As the last look found it, or as the worker has read it since.
    pub(super) version: FileStamp,
    /// The container's name; the key as long as that is not known.
    pub(super) name: String,
    pub(super) state: State,
    /// Kanto-CM has answered for it, good or bad, or it was found to be invalid.
    pub(super) has_answer: bool,
    /// The next order for it, at once or after a backoff.
    pub(super) queued: Option<Queued>,
    /// The newest request that has it, while that is running.
    pub(super) running: Option<u32>,
    /// The strongest trigger of the requests that are running for it.
    trigger: Trigger,
    /// Failures since it was last ordered for another reason than a failure.
    failures: u32,
}

/// How the last deployment ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Pending,
    UpToDate,
    Failed,
    /// Waits for a change.
    RolledBack,
    /// Waits for a change, of another file perhaps.
    Invalid,
}

/// The strongest first: the worker tries more because of it.
pub(super) const TRIGGERS: [Trigger; 5] = [
    Trigger::Change,
    Trigger::Touch,
    Trigger::Start,
    Trigger::CmRestarted,
    Trigger::Retry,
];

/// An order for a file that was not given yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Queued {
    trigger: Trigger,
    /// The worker has not seen this content.
    pub(super) is_new: bool,
    /// The end of the backoff, if the file is in one.
    not_before: Option<Instant>,
}

impl File {
    /// Creates a file that was not there before, to be ordered at once.
    pub(super) fn new(key: &str, version: FileStamp, trigger: Trigger) -> File {
        let mut file = File {
            version,
            name: key.to_owned(),
            ..File::default()
        };
        file.queue(trigger, true);
        file
    }

    /// Is it being deployed, or about to be ordered?
    pub(super) fn is_open(&self) -> bool {
        self.running.is_some() || self.queued.is_some() && self.retry_at().is_none()
    }

    /// Is it queued with new content?
    pub(super) fn is_queued_as_new(&self) -> bool {
        self.queued.is_some_and(|queued| queued.is_new)
    }

    /// The trigger to order it with now, if it is to be ordered.
    pub(super) fn due_trigger(&self, now: Instant) -> Option<Trigger> {
        let queued = self.queued?;
        (queued.not_before <= Some(now)).then_some(queued.trigger)
    }

    /// The end of its backoff.
    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.queued?.not_before
    }

    /// Has it ordered at once. A stronger trigger that the worker has not acted upon is kept.
    pub(super) fn queue(&mut self, trigger: Trigger, is_new: bool) {
        let before = self.queued;
        self.queued = Some(Queued {
            trigger: before.map_or(trigger, |before| stronger(before.trigger, trigger)),
            is_new: is_new || self.is_queued_as_new(),
            not_before: None,
        });
        self.failures = 0;
    }

    /// Ends the backoff, without forgetting the failures.
    pub(super) fn hurry(&mut self, now: Instant) {
        if let Some(queued) = &mut self.queued {
            queued.not_before = queued.not_before.min(Some(now));
        }
    }

    /// Notes that this request has it now.
    pub(super) fn ordered(&mut self, number: u32, trigger: Trigger) {
        self.queued = None;
        self.trigger = match self.running.replace(number) {
            Some(_) => stronger(self.trigger, trigger),
            None => trigger,
        };
    }

    /// Compares what the worker has read with what the last look found. `true`: they differ, and the files are to be looked at.
    /// The next look then finds a change if it is another content again, or if a newer request is running.
    pub(super) fn was_read_as(&mut self, content: u64) -> bool {
        if content == self.version.content || self.is_queued_as_new() {
            return false;
        }
        if self.running.is_none() {
            self.version.content = content;
        }
        true
    }

    /// Takes over how its newest request ended. Returns the backoff, if there is one (spread by `random`).
    pub(super) fn ended(&mut self, end: End, now: Instant, random: u64) -> Option<Duration> {
        self.has_answer |= !matches!(end, End::NotBegun | End::Unfinished);
        self.state = match end {
            End::UpToDate => State::UpToDate,
            End::RolledBack => State::RolledBack,
            End::Failed | End::NotBegun | End::Unfinished => State::Failed,
        };
        if self.state != State::Failed || self.queued.is_some() {
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        let backoff = backoff(self.failures, random);
        self.queued = Some(Queued {
            trigger: match end {
                // Nobody has acted upon the trigger yet.
                End::NotBegun => self.trigger,
                _ => Trigger::Retry,
            },
            is_new: false,
            not_before: Some(now + backoff),
        });
        Some(backoff)
    }
}

fn stronger(a: Trigger, b: Trigger) -> Trigger {
    let is_either = |trigger: &Trigger| [a, b].contains(trigger);
    TRIGGERS.into_iter().find(is_either).unwrap_or(a)
}
