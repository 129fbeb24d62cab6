//! How a container is made to run, and what is looked at while it settles.

use super::super::call::Row;
use super::super::{Expectation, Watch};
use super::super::{Trigger, Workload};
use super::rows::{digest, entry, expect, workload, RUNS};
use super::*;
use crate::container::Process;
use crate::state::{ContentState, Entry};
use std::sync::Arc;

#[test]
fn a_job_is_done_for_its_boot() {
    let mut job = version("a", 2);
    job.host_config.restart_policy.kind = "no".to_owned();
    let mut w = workload(None, None, None, None);
    w.observed = Some(observed(&job, Status::Exited).into());
    w.desired = desired(job.clone());
    expect(&w, Row::UpToDate, "Start a");
    let ran_in = |boot: &str| {
        entry(&digest(&job), ContentState::Applied).map(|entry| Entry {
            ran_in: boot.to_owned(),
            made: job.listed().digest(),
            reason: String::new(),
            ..entry
        })
    };
    w.entry = ran_in("earlier");
    expect(&w, Row::UpToDate, "Start a");
    w.entry = ran_in("boot");
    expect(&w, Row::UpToDate, "UpToDate { is_left: false }");
    w.attempt.trigger = Trigger::Touch;
    expect(&w, Row::UpToDate, "Start a");
    // Kanto-CM was restarted: it was ended by that, not by itself.
    w.attempt.trigger = Trigger::CmRestarted;
    w.observed = Some(observed(&job, Status::Stopped).into());
    expect(&w, Row::UpToDate, "Start a");
}

/// `w` was looked at when its settle time was over, and its process is gone.
fn looked_at(w: &Workload, was_gone: bool) -> Workload {
    let mut w = w.clone();
    w.observed.as_mut().map(Arc::make_mut).unwrap().process = Process::Gone;
    w.attempt.watch = Some(Watch {
        until: Instant::now(),
        expects: Expectation::Runs(0),
        has_looked: true,
        was_gone,
    });
    w
}

/// On a slow machine Kanto-CM needs some seconds to notice that a process has ended.
#[test]
fn a_process_that_is_gone_is_looked_at_once_more() {
    let mut found = workload(Some((2, RUNS)), None, None, Some(2));
    let mut replaced = workload(Some((2, RUNS)), Some(2), Some(1), Some(2));
    replaced.entry = entry(&digest(&version("a", 2)), ContentState::Trying).map(|entry| Entry {
        boots: vec!["boot".to_owned()],
        ..entry
    });
    for w in [&found, &replaced] {
        assert_eq!(words(&step(&looked_at(w, false))), "watch");
    }
    found.observed.as_mut().map(Arc::make_mut).unwrap().process = Process::Gone;
    let Next::Watch { watch, .. } = step(&found).next else {
        panic!("{found:#?}");
    };
    assert!(watch.was_gone, "the second look is the last one");
    let verdict = words(&step(&looked_at(&found, true)));
    assert!(verdict.contains("its process 1 is gone"), "{verdict}");
    let verdict = words(&step(&looked_at(&replaced, true)));
    assert_eq!(verdict, "note Some(RolledBack)");
}
