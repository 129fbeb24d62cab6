//! A soak test: the daemon against the simulated Kanto-CM for as long as `MINUTES` says (2 by default). Phases of chaos, each
//! followed by a calm in which everything has to become as the manifests say, and the daemon must not have grown.
//!
//! `SEED` (printed) makes the same things happen again, as far as that does not depend on who is faster.

#![allow(
    clippy::print_stdout, // a program for people
    clippy::print_stderr
)]

mod calm;
mod chaos;
#[allow(dead_code)] // it is for all benchmarks
#[path = "../common/mod.rs"]
mod common;
mod daemon;
mod directory;
#[allow(dead_code, unused_imports)] // it is for all tests
#[path = "../../tests/common/mod.rs"]
mod harness;
mod log;
mod manifest;
mod phases;
mod random;
mod world;

use std::fs;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use signal_hook::consts::{SIGINT, SIGTERM};
use tempfile::TempDir;

use phases::Phase;
use world::{Counts, World};

fn main() -> ExitCode {
    let mut code = ExitCode::FAILURE;
    harness::apart::undisturbed(|| code = run());
    code
}

fn run() -> ExitCode {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seed = common::number("SEED", now.expect("a year").as_secs());
    let length = Duration::from_secs(60 * common::number("MINUTES", 2));
    println!("SEED={seed}, for {} s", length.as_secs());
    let base = TempDir::new().expect("a temporary directory");
    let mut world = World::new(seed, base.path());
    let (phases, problems) = soak(&mut world, length);
    println!("{}", phases::shown(&phases));
    match problems {
        None => {
            let grown = phases::grown(&phases);
            for growth in &grown {
                println!("{growth}");
            }
            let ended = world.end_daemon();
            match &ended {
                Ok(()) => println!("SEED={seed}: through"),
                Err(error) => println!("{error}"),
            }
            ExitCode::from(u8::from(!grown.is_empty() || ended.is_err()))
        }
        Some(problems) => {
            report(world, base, seed, &problems);
            ExitCode::FAILURE
        }
    }
}

/// Phase after phase. What is wrong after the last one, if something is.
fn soak(world: &mut World, length: Duration) -> (Vec<Phase>, Option<Vec<String>>) {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).expect("a handler");
    }
    let (begin, mut phases) = (Instant::now(), Vec::new());
    while begin.elapsed() < length && !stop.load(Ordering::Relaxed) {
        let early = begin.elapsed() < length / 4;
        let phase = catch_unwind(AssertUnwindSafe(|| phase(world, early)));
        match phase {
            Ok(Ok(phase)) => phases.push(phase),
            Ok(Err(problems)) => return (phases, Some(problems)),
            Err(_) => return (phases, Some(vec!["panicked, see above".to_owned()])),
        }
    }
    (phases, None)
}

fn phase(world: &mut World, early: bool) -> Result<Phase, Vec<String>> {
    world.log.clear();
    world.cm.clear_calls();
    world.cm.clear_history();
    world.counts = Counts::default();
    for _ in 0..20 + world.random.below(60) {
        world.look_after_cm();
        world.act(early).map_err(|error| vec![error])?;
        let pause = match world.random.below(8) {
            0 => world.ms(2000),
            1..=3 => world.ms(300),
            _ => world.ms(30),
        };
        std::thread::sleep(pause);
    }
    world.calm_down().map(|idle| Phase {
        counts: world.counts.clone(),
        idle,
    })
}

/// Prints what is wrong and all that led to it, and keeps the directories.
fn report(mut world: World, base: TempDir, seed: u64, problems: &[String]) {
    let base = base.into_path();
    let containers = world.cm.state_if_running().map(|state| state.containers);
    let containers = containers.unwrap_or_default();
    let containers = containers.iter().map(|container| {
        let (id, name, image, status) = (
            &container.id,
            &container.name,
            &container.image,
            &container.status,
        );
        format!("{id} {name} {image} {status} {}", container.whole["config"])
    });
    let report = format!(
        "SEED={seed}\n--- problems\n{}\n--- containers\n{}\n--- the last phase\n{}",
        problems.join("\n"),
        containers.collect::<Vec<_>>().join("\n"),
        world.log.shown(&world.cm),
    );
    println!("{report}");
    let _ = fs::write(base.join("report.txt"), report);
    let simulator = world.cm.directory().display().to_string();
    println!("see {} and {simulator}", base.display());
    let _ = world.end_daemon();
    world.cm.kill();
    std::mem::forget(world.cm); // it would remove its directory
}
