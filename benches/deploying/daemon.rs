//! The daemon: what it costs while nothing changes, and how soon it follows a change.

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{kill, Signal};
use nix::unistd::Pid;
use simulated_kanto_cm::now_ms;

use crate::common::figures::Figures;
use crate::compared::{add, add_median, samples, Unit};
use crate::deployer::Deployer;
use crate::harness::process::Process;
use crate::harness::Manifests;
use crate::kanto_cm::KantoCm;
use crate::manifests::{manifest, manifests, name, variable};
use crate::rounds::{Both, Rounds};
use crate::FEW;

/// Nothing that is waited for may take longer.
const LIMIT: Duration = Duration::from_secs(120);
/// After what was to be done: whoever polls has seen it by then.
const CALM: Duration = Duration::from_secs(3);
const CHANGES: u32 = 5;
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A daemon, until it is dropped.
struct Daemon<'a> {
    child: Child,
    deployer: &'a Deployer,
}

/// What a daemon and its children cost.
struct Cost {
    switches: u64,
    threads: u64,
    resident_kb: u64,
    private_kb: u64,
    changes: Vec<Change>,
}

/// How long after a manifest was changed.
struct Change {
    first_call_ms: Option<u64>,
    replaced_ms: u64,
}

pub(crate) fn measure(cm: &KantoCm, rounds: &Rounds, idle: Duration, figures: &mut Figures) {
    let costs = rounds.once(|deployer| cost(cm, deployer, idle));
    cm.remove_own().expect("a new beginning");
    let costs = Both {
        ours: costs.ours.unwrap_or_else(|why| panic!("{why}")),
        other: costs.other.and_then(|cost| {
            let cost = cost.map_err(|why| figures.note(format!("The other daemon: {why}")));
            cost.ok()
        }),
    };
    note_idle(&costs, idle, figures);
    note_changes(&costs, cm.is_simulated(), figures);
}

fn note_idle(costs: &Both<Cost>, idle: Duration, figures: &mut Figures) {
    let of = |number: fn(&Cost) -> u64| costs.map(number);
    figures.topic(&format!("daemon, idle with {FEW} manifests"));
    let what = format!("wake-ups in {} s", idle.as_secs());
    let (switches, threads) = (of(|cost| cost.switches), of(|cost| cost.threads));
    add(figures, &what, Unit::Plain, &switches).count_of(switches.ours, 0);
    add(figures, "threads", Unit::Plain, &threads).count_of(threads.ours, 1);
    let resident = of(|cost| cost.resident_kb);
    add(figures, "resident memory, kB", Unit::Plain, &resident).budget("5000", "2000");
    let private = of(|cost| cost.private_kb);
    add(figures, "shared with nobody, kB", Unit::Plain, &private);
}

fn note_changes(costs: &Both<Cost>, are_calls_known: bool, figures: &mut Figures) {
    figures.topic(&format!(
        "daemon, change of one of {FEW} manifests, {CHANGES} times"
    ));
    let changes = costs.map(|cost| cost.changes.iter().collect::<Vec<_>>());
    if are_calls_known {
        let first = samples(&changes, |change| change.first_call_ms.unwrap_or(0) * 1000);
        add_median(figures, "first changing call, ms", Unit::Ms, &first).budget("500", "250");
    }
    let replaced = samples(&changes, |change| change.replaced_ms * 1000);
    add_median(figures, "the new one runs, ms", Unit::Ms, &replaced);
}

/// An error: it did not do what it should.
fn cost(cm: &KantoCm, deployer: &Deployer, idle: Duration) -> Result<Cost, String> {
    cm.remove_own().expect("a new beginning");
    deployer.forget();
    let manifests = manifests(FEW, cm);
    let mut daemon = Daemon::start(deployer, cm, &manifests);
    daemon.wait_until("all run", || cm.running() == FEW)?;
    sleep(CALM);
    let switches = daemon.sum(Process::switches);
    sleep(idle);
    let mut cost = Cost {
        switches: daemon.sum(Process::switches).saturating_sub(switches),
        threads: daemon.sum(|process| process.status("Threads:")),
        resident_kb: daemon.sum(|process| process.status("VmRSS:")),
        private_kb: daemon.sum(Process::private_kb),
        changes: Vec::new(),
    };
    for version in 2..CHANGES + 2 {
        cost.changes.push(daemon.change(cm, &manifests, version)?);
        sleep(CALM);
    }
    Ok(cost)
}

impl<'a> Daemon<'a> {
    fn start(deployer: &'a Deployer, cm: &KantoCm, manifests: &Manifests) -> Daemon<'a> {
        let mut command = deployer.command(cm.socket(), manifests.path());
        let child = command.arg("--daemon").spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Daemon { child, deployer }
    }

    /// A manifest changes, and its container follows.
    fn change(
        &mut self,
        cm: &KantoCm,
        manifests: &Manifests,
        version: u32,
    ) -> Result<Change, String> {
        cm.forget_calls();
        let begin = now_ms();
        manifests.put(&name(0), &manifest(0, version, cm.image()));
        self.wait_until("the new one runs", || {
            let running = cm.look_at(&name(0)).running;
            running.is_some_and(|env| env.contains(&variable(version)))
        })?;
        let replaced_ms = now_ms() - begin;
        let calls = cm.calls().unwrap_or_default();
        let first = calls.iter().find(|call| call.method.changes());
        Ok(Change {
            first_call_ms: first.map(|call| call.begin_ms.saturating_sub(begin)),
            replaced_ms,
        })
    }

    fn wait_until(&mut self, what: &str, is_so: impl Fn() -> bool) -> Result<(), String> {
        let begin = Instant::now();
        while !is_so() {
            let has_ended = matches!(self.child.try_wait(), Ok(Some(_)));
            if has_ended || begin.elapsed() > LIMIT {
                let said = self.deployer.said();
                return Err(format!("waited in vain until {what}\n{said}"));
            }
            sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Over all its processes.
    fn sum(&self, number: impl Fn(Process) -> u64) -> u64 {
        let tree = Process(self.child.id()).tree();
        tree.into_iter().map(number).sum()
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap_or_default());
        let _ = kill(pid, Signal::SIGTERM);
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(10) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            sleep(LOOK_EVERY);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
