//! The daemon against the simulated Kanto-CM: how soon a change of manifests leads to the first call, and what it costs while
//! nothing changes. See README.md.
//!
//! Known limit: times are whole milliseconds.

#![allow(clippy::print_stdout)] // a program for people

#[allow(dead_code)] // the soak uses the rest
mod common;
#[allow(dead_code, unused_imports)] // it is for all tests
#[path = "../tests/common/mod.rs"]
mod harness;

use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use common::figures::Figures;
use common::samples::Samples;
use harness::daemon::{Daemon, From};
use harness::process;
use harness::replacing::version;
use harness::{kanto_cm, Manifests};
use simulated_kanto_cm::{now_ms, Call, Method, Process};

/// As many as a small vehicle has.
const FEW: usize = 8;
/// As many as are changed at once.
const MANY: usize = 100;
/// A replacement counts at once.
const ARGUMENTS: [&str; 2] = ["--settle", "0"];

fn main() -> ExitCode {
    let samples = common::number("SAMPLES", 100);
    let idle = Duration::from_secs(common::number("IDLE_SECS", 10));
    let mut figures = Figures::default();
    measure_changes(samples, &mut figures);
    measure_few(idle, &mut figures);
    measure_burst(idle, &mut figures);
    println!("{}", figures.shown());
    figures.verdict()
}

/// One manifest changes, again and again.
fn measure_changes(samples: u64, figures: &mut Figures) {
    let (cm, manifests, daemon) = deployed(FEW);
    let (mut first, mut changing) = (Vec::new(), Vec::new());
    for number in 2..samples + 2 {
        cm.clear_calls();
        let begin = now_ms();
        manifests.put(
            "c0",
            &version("c0", u32::try_from(number).unwrap_or_default()),
        );
        daemon.wait_for(From::Out, "c0  replaced", first.len() + 1);
        daemon.wait_until_idle();
        let calls = cm.calls();
        first.push(since(begin, &calls, |_| true));
        changing.push(since(begin, &calls, |call| call.method.changes()));
    }
    daemon.end();
    figures.topic(&format!(
        "change of one of {FEW} manifests, {samples} times"
    ));
    let (first, changing) = (Samples::new(first), Samples::new(changing));
    figures.add("first call, ms: 50th percentile", first.percentile(50));
    figures
        .add("first call, ms: 99th percentile", first.percentile(99))
        .budget("500", "250");
    figures.add("first call, ms: longest", first.max());
    figures.add(
        "first changing call, ms: 50th percentile",
        changing.percentile(50),
    );
    figures.add(
        "first changing call, ms: 99th percentile",
        changing.percentile(99),
    );
}

/// When the first call of that kind began.
fn since(begin: u64, calls: &[Call], is_it: impl Fn(&Call) -> bool) -> u64 {
    let first = calls.iter().find(|call| is_it(call));
    first.expect("a call").begin_ms.saturating_sub(begin)
}

/// It has deployed a few, and then nothing happens.
fn measure_few(idle: Duration, figures: &mut Figures) {
    let (_cm, _manifests, daemon) = deployed(FEW);
    figures.topic(&format!(
        "idle with {FEW} manifests, after the first deployment"
    ));
    measure_idle(&daemon, idle, figures);
    daemon.end();
}

/// Many change at once, and then nothing happens.
fn measure_burst(idle: Duration, figures: &mut Figures) {
    let (cm, manifests, daemon) = deployed(MANY);
    cm.clear_calls();
    let batches = batches(&daemon);
    let begin = now_ms();
    for i in 0..MANY {
        let name = format!("c{i}");
        manifests.put(&name, &version(&name, 2));
    }
    let written = now_ms() - begin;
    daemon.wait_for(From::Out, "  replaced", MANY);
    daemon.wait_until_idle();
    let calls = cm.calls();
    let count = |method| calls.iter().filter(|call| call.method == method).count();
    figures.topic(&format!("change of {MANY} manifests at once, --settle 0"));
    figures.add("all written, ms", written);
    figures.add("first call, ms", since(begin, &calls, |_| true));
    figures.add(
        "last container replaced, ms",
        last_end(&calls, Method::Start) - begin,
    );
    figures.add("last call, ms", last_end(&calls, Method::Remove) - begin);
    figures.add("batches", self::batches(&daemon) - batches);
    figures.add("Lists", count(Method::List));
    figures.add("all calls", calls.len());
    figures.topic(&format!("idle with {MANY} manifests, after that"));
    measure_idle(&daemon, idle, figures);
    daemon.end();
}

fn last_end(calls: &[Call], method: Method) -> u64 {
    let of_it = calls.iter().filter(|call| call.method == method);
    of_it.filter_map(|call| call.end_ms).max().expect("a call")
}

/// How many there were: each has printed its result.
fn batches(daemon: &Daemon) -> usize {
    let is_summary = |line: &&String| {
        let mut words = line.split(' ');
        let is_number = words.next().is_some_and(|word| word.parse::<u32>().is_ok());
        is_number
            && words
                .next()
                .is_some_and(|word| word.starts_with("manifest"))
    };
    daemon.lines(From::Out).iter().filter(is_summary).count()
}

/// A daemon that has deployed so many manifests.
fn deployed(count: usize) -> (Process, Manifests, Daemon) {
    let cm = kanto_cm().start();
    let manifests = Manifests::new();
    for i in 0..count {
        let name = format!("c{i}");
        manifests.put(&name, &version(&name, 1));
    }
    let daemon = Daemon::start(&cm, &manifests, &ARGUMENTS).ready();
    daemon.wait_for_status(&format!("{count} containers up to date"));
    daemon.wait_until_idle();
    (cm, manifests, daemon)
}

fn measure_idle(daemon: &Daemon, idle: Duration, figures: &mut Figures) {
    let process = process::Process(daemon.pid());
    let before = process.switches();
    sleep(idle);
    let switches = process.switches() - before;
    figures
        .add(&format!("wake-ups in {} s", idle.as_secs()), switches)
        .count_of(switches, 0);
    let threads = process.status("Threads:");
    figures.add("threads", threads).count_of(threads, 1);
    figures
        .add("resident memory (VmRSS), kB", process.status("VmRSS:"))
        .budget("5000", "2000");
    figures.add(
        "of it not of a file (RssAnon), kB",
        process.status("RssAnon:"),
    );
    figures.add("shared with nobody, kB", process.private_kb());
    figures.add("open files", process.open_files());
}
