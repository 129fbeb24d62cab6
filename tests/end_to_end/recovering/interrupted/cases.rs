//! One interruption at each single changing call of a replacement. How many calls there are is counted in a run that
//! nothing interrupts.

use std::fs;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread;

use simulated_kanto_cm::{Fault, Process, What};

use super::demands::Kept;
use super::scenarios::{Files, Scenario};
use crate::common::{changes, deploy_command, kanto_cm, Manifests, Run, Running};

/// So many cases of one test run side by side: they wait, most of the time.
const SIDE_BY_SIDE: usize = 6;

/// Whether the runs know what was applied before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Kept,
    None,
}

/// A simulator that holds the old containers, and a directory that asks for the new ones.
pub(crate) struct Case<'a> {
    pub(crate) scenario: &'a Scenario,
    /// At one of the calls that change something.
    pub(crate) fault: Fault,
    pub(crate) record: Record,
    pub(crate) cm: Process,
    /// What there was before, and what there is without an interruption.
    pub(crate) before: Kept,
    pub(crate) after: Kept,
    /// How many moments of its history the simulator has seen by now.
    pub(crate) moments: usize,
    manifests: Manifests,
}

impl<'a> Case<'a> {
    fn prepare(scenario: &'a Scenario, record: Record, fault: Fault) -> Case<'a> {
        let cm = kanto_cm().lost_exit_ms(0).start();
        let manifests = Manifests::new();
        fill(&manifests, &scenario.old);
        Running::spawn(deploy_command(&cm, &manifests, &["--settle", "0"]))
            .wait()
            .expect_code(0);
        (scenario.before)(&cm);
        fill(&manifests, &scenario.new);
        scenario
            .also
            .iter()
            .for_each(|fault| cm.fault(fault.clone()));
        cm.clear_calls();
        Case {
            before: Kept::of(&cm),
            after: Kept::default(),
            moments: cm.history().len(),
            scenario,
            fault,
            record,
            cm,
            manifests,
        }
    }

    /// A command line that brings the change.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut all = vec!["--settle", self.scenario.settle];
        if self.record == Record::None {
            all.extend(["--state", "none"]);
        }
        all.extend(arguments);
        deploy_command(&self.cm, &self.manifests, &all)
    }

    /// Begins to bring the change.
    fn spawn(&self, arguments: &[&str]) -> Running {
        Running::spawn(self.command(arguments))
    }

    /// Begins to bring the change, with the fault waiting for its call.
    pub(crate) fn spawn_with_fault(&self, arguments: &[&str]) -> Running {
        self.cm.fault(self.fault.clone());
        self.spawn(arguments)
    }

    /// A run after the interruption, by what the manifests say then.
    pub(crate) fn run_later(&self) -> Run {
        if let Some(later) = &self.scenario.later {
            fill(&self.manifests, later);
        }
        self.spawn(self.scenario.arguments).wait()
    }
}

fn fill(manifests: &Manifests, files: &Files) {
    for file in fs::read_dir(manifests.path()).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    for (name, content) in files {
        fs::write(manifests.path().join(name), content).unwrap();
    }
}

/// Does this for each changing call of a scenario and each of these faults.
pub(crate) fn at_each_call(scenario: &Scenario, whats: &[What], act: impl Fn(&Case) + Sync) {
    at_each_call_with(scenario, Record::Kept, whats, act);
}

/// The same, with or without a record. The cases run side by side; what went wrong in which comes at the end.
pub(crate) fn at_each_call_with(
    scenario: &Scenario,
    record: Record,
    whats: &[What],
    act: impl Fn(&Case) + Sync,
) {
    let (calls, after) = run_without_fault(scenario, record);
    let cases: Vec<(u32, &What)> = (1..)
        .zip(&calls)
        .flat_map(|(nth, _)| whats.iter().map(move |what| (nth, what)))
        .collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(&(nth, what)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let fault = Fault::at_any(what.clone()).nth(nth);
            let mut case = Case::prepare(scenario, record, fault);
            case.after = after.clone();
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| act(&case))) {
                let call = &calls[nth as usize - 1];
                let failure = failure(&case, call, panic.downcast_ref());
                failures.lock().unwrap().push(failure);
            }
        }
    };
    thread::scope(|scope| (0..SIDE_BY_SIDE).for_each(|_| drop(scope.spawn(work))));
    let failures = failures.into_inner().unwrap();
    let (failed, all) = (failures.len(), cases.len());
    assert!(
        failures.is_empty(),
        "{failed} of {all} cases\n{}",
        failures.join("\n")
    );
}

fn failure(case: &Case, call: &str, panic: Option<&String>) -> String {
    let (nth, what) = (case.fault.nth, &case.fault.what);
    let text = panic.map_or("", String::as_str);
    format!(
        "=== {what:?} at call {nth}, {call}: {text}\n--- calls\n{}",
        case.cm.journal()
    )
}

/// The changing calls of a run that nothing interrupts, and what comes of it.
fn run_without_fault(scenario: &Scenario, record: Record) -> (Vec<String>, Kept) {
    let case = Case::prepare(scenario, record, Fault::at_any(What::Hang));
    let run = case.spawn(&[]).wait();
    if scenario.later.is_none() {
        run.expect_code(scenario.first_code());
    }
    let calls = changes(&case.cm.calls());
    assert!(calls.len() >= 7, "a replacement has seven calls: {calls:?}");
    if scenario.later.is_some() {
        case.run_later().expect_code(scenario.code);
    }
    let after = Kept::of(&case.cm);
    case.demand_version(&after);
    (calls, after)
}
