//! A run that deploys new manifests, one that finds all up to date, and one without Kanto-CM.

use std::path::Path;
use std::time::Duration;

use simulated_kanto_cm::{now_ms, Call, Method};

use crate::common::figures::Figures;
use crate::common::run::{run, Run};
use crate::common::samples::Samples;
use crate::compared::{add, add_median, samples, Unit};
use crate::deployer::Deployer;
use crate::growth::{self, Size};
use crate::kanto_cm::KantoCm;
use crate::manifests::manifests;
use crate::rounds::{Both, Rounds};
use crate::FEW;

const LIMIT: Duration = Duration::from_secs(120);
/// Runs that find all up to date, after each that deploys.
const UNCHANGED: usize = 3;

/// A run, and what the simulator saw of it.
struct Deployed {
    run: Run,
    /// From the start of the process to its first call.
    first_call_ms: u64,
    lists: u64,
    calls: u64,
    /// How many containers ran in the end.
    running: usize,
}

pub(crate) fn measure(cm: &KantoCm, rounds: &Rounds, counts: &[usize], figures: &mut Figures) {
    let (mut new_sizes, mut unchanged_sizes) = (Vec::new(), Vec::new());
    for &count in counts {
        let manifests = manifests(count, cm);
        let both = rounds.in_turns(|deployer| {
            cm.remove_own().expect("a new beginning");
            deployer.forget();
            let mut deploy = |_| deploy(deployer, cm, manifests.path(), count);
            vec![(0..=UNCHANGED).map(&mut deploy).collect::<Vec<_>>()]
        });
        let new = both.map(|rounds| rounds.iter().map(|runs| &runs[0]).collect());
        let unchanged = both.map(|rounds| rounds.iter().flat_map(|runs| &runs[1..]).collect());
        let s = if count == 1 { "" } else { "s" };
        figures.topic(&format!("{count} manifest{s}, all new"));
        let wall = ["other's", "other's"];
        new_sizes.push(note(&new, count, wall, cm, figures));
        figures.topic(&format!("{count} manifest{s}, all up to date"));
        let wall = ["other's", "half of it"];
        unchanged_sizes.push(note(&unchanged, count, wall, cm, figures));
        if let Some(most) = most_lists(&unchanged.ours, cm) {
            figures.add("Lists, at most", most).count_of(most, 1);
        }
    }
    cm.remove_own().expect("a new beginning");
    growth::note("all new", &new_sizes, figures);
    growth::note("all up to date", &unchanged_sizes, figures);
}

fn deploy(deployer: &Deployer, cm: &KantoCm, manifests: &Path, count: usize) -> Deployed {
    cm.forget_calls();
    let mut command = deployer.command(cm.socket(), manifests);
    let begin = now_ms();
    let run = run(&mut command, LIMIT);
    let calls = cm.calls().unwrap_or_default();
    let lists = |call: &&Call| call.method == Method::List;
    let number = |count: usize| u64::try_from(count).expect("a count");
    let first = calls.iter().map(|call| call.begin_ms).min();
    let done = Deployed {
        first_call_ms: first.unwrap_or(begin).saturating_sub(begin),
        lists: number(calls.iter().filter(lists).count()),
        calls: number(calls.len()),
        running: cm.running(),
        run,
    };
    let is_right = done.run.status.success() && done.running == count;
    assert!(is_right || !deployer.is_ours, "{}", deployer.said());
    done
}

/// `wall_budget`: gate and target of the wall time.
fn note(
    runs: &Both<Vec<&Deployed>>,
    count: usize,
    wall_budget: [&str; 2],
    cm: &KantoCm,
    figures: &mut Figures,
) -> Size {
    let of = |number: fn(&Run) -> u64| samples(runs, |deployed| number(&deployed.run));
    let (wall, cpu) = (of(|run| run.wall_us), of(|run| run.cpu_us));
    let peak = of(|run| run.peak_kb);
    let added = add_median(figures, "wall time, ms", Unit::Ms, &wall);
    if count == FEW {
        added.budget(wall_budget[0], wall_budget[1]);
    }
    add_median(figures, "CPU time, ms", Unit::Ms, &cpu);
    let added = add_median(figures, "peak memory, kB", Unit::Plain, &peak);
    if count == FEW {
        added.budget("6900", "4500");
    }
    let written = of(|run| run.written_bytes / 1024);
    add_median(figures, "written to disk, kB", Unit::Plain, &written);
    if cm.is_simulated() {
        let of = |number: fn(&Deployed) -> u64| samples(runs, |run| number(run));
        // A mean: whole milliseconds are too coarse for a median.
        let first = of(|run| run.first_call_ms * 1000).map(Samples::mean);
        add(figures, "start to first call, ms", Unit::Ms, &first);
        add_median(figures, "calls", Unit::Plain, &of(|run| run.calls));
    }
    note_failures(runs, count, figures);
    let took = vec![
        ("memory, bytes", peak.map(|kb| kb.median() * 1024)),
        ("CPU time, µs", cpu.map(Samples::median)),
        ("wall time, µs", wall.map(Samples::median)),
    ];
    Size { count, took }
}

/// Ours are not let pass.
fn note_failures(runs: &Both<Vec<&Deployed>>, count: usize, figures: &mut Figures) {
    for run in runs.other.iter().flatten() {
        let (running, status) = (run.running, run.run.status);
        if running != count || !status.success() {
            figures.note(format!(
                "The other one: {status}, {running} of {count} containers run; its figures say little."
            ));
        }
    }
}

fn most_lists(runs: &[&Deployed], cm: &KantoCm) -> Option<u64> {
    let most = runs.iter().map(|run| run.lists).max();
    most.filter(|_| cm.is_simulated())
}

/// Nobody listens at the socket.
pub(crate) fn measure_without_kanto_cm(rounds: &Rounds, figures: &mut Figures) {
    let socket = tempfile::TempDir::new().expect("a temporary directory");
    let socket = socket.path().join("nobody.sock");
    let manifests = crate::harness::Manifests::new();
    for number in 0..FEW {
        let manifest = crate::manifests::manifest(number, 1, "registry.example/none:1");
        manifests.put(&crate::manifests::name(number), &manifest);
    }
    let runs = rounds.in_turns(|deployer| {
        let mut command = deployer.command(&socket, manifests.path());
        if deployer.is_ours {
            command.args(["--connect-timeout", "1"]);
        }
        vec![run(&mut command, LIMIT)]
    });
    figures.topic(&format!(
        "{FEW} manifests, no Kanto-CM (--connect-timeout 1)"
    ));
    let of = |number: fn(&Run) -> u64| samples(&runs, number);
    let (cpu, peak) = (of(|run| run.cpu_us), of(|run| run.peak_kb));
    add_median(figures, "CPU time, ms", Unit::Ms, &cpu);
    add_median(figures, "peak memory, kB", Unit::Plain, &peak).budget("6900", "4500");
}
