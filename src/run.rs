//! What the program does: validate, say what it would do, or deploy; then report.

mod entries;
mod prepare;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use log::{error, warn, LevelFilter};

use crate::cli::{self, Command, Differing, Options, HELP};
use crate::deploy::{Applied, Deployer, Outcome, Unfinished};
use crate::exit::Exit;
use crate::kanto_cm::Peer;
use crate::logger;
use crate::manifests_parser::{self, missing_providers, Invalid, Manifest, Manifests, ScanError};
use crate::plan::{holds_back, Rules};
use crate::record::Record;
use crate::report::{Entry, Report, Status};
use crate::signals::StopSignal;

/// Runs the program with the arguments (without the program's name).
pub fn run(arguments: Vec<OsString>) -> Exit {
    let options = match cli::parse(arguments) {
        Ok(options) => options,
        Err(problem) => {
            logger::init(Some(LevelFilter::Error));
            return usage(&problem);
        }
    };
    logger::init(options.log_level);
    match &options.command {
        Command::Help => {
            print_out(HELP);
            Exit::AsWanted
        }
        Command::Version => {
            print_out(concat!(
                "kanto-auto-deployer ",
                env!("CARGO_PKG_VERSION"),
                "\n"
            ));
            Exit::AsWanted
        }
        Command::Validate(paths) => validate(&options, paths),
        Command::Deploy {
            manifests_path,
            dry_run,
        } => with_kanto_cm(&options, manifests_path, *dry_run),
    }
}

fn usage(problem: &str) -> Exit {
    error!("{problem}");
    error!("see kanto-auto-deployer --help");
    Exit::Usage
}

fn validate(options: &Options, paths: &[PathBuf]) -> Exit {
    let mut manifests = match manifests_parser::read_all(paths) {
        Ok(manifests) => manifests,
        Err(error) => return unreadable(options, &error),
    };
    for (i, problem) in missing_providers(&manifests.valid, &|_| false) {
        manifests.valid[i].warnings.push(problem);
    }
    let directory = prepare::prepare(&mut manifests, options.strict);
    let entries = manifests.valid.iter().map(entries::of_checked).collect();
    let exit = Exit::of(None, directory.is_err() || !manifests.invalid.is_empty());
    report(options, &manifests.invalid, entries, exit, directory.err())
}

fn with_kanto_cm(options: &Options, path: &Path, dry_run: bool) -> Exit {
    if options.prune && path.is_file() {
        let text = "--prune takes a directory: a single manifest says nothing about the others";
        return usage(text);
    }
    let stop = note_signals();
    let mut manifests = match manifests_parser::read_manifests(path) {
        Ok(manifests) => manifests,
        Err(error) => return unreadable(options, &error),
    };
    let passed = prepare::prepare(&mut manifests, options.strict);
    if options.prune && holds_back(&manifests.valid, manifests.invalid.len()) {
        warn!("nothing is pruned while the directory is empty or a file in it holds no valid manifest");
    }
    let deployer = deployer(options, path, &manifests, &stop);
    // With nothing to deploy only what an interrupted run has left behind is of interest, if Kanto-CM is there.
    let is_idle = manifests.valid.is_empty() && !deployer.applied.is_something_unfinished();
    let (entries, unfinished) = if is_idle && Peer::at(&options.socket_cm).is_err() {
        (Vec::new(), None)
    } else if dry_run {
        dry_run_all(&deployer, &manifests.valid)
    } else {
        deploy_all(&deployer, &manifests.valid)
    };
    let failed = entries.iter().any(|entry| entry.status == Status::Failed);
    let exit = Exit::of(
        unfinished.as_ref(),
        failed || passed.is_err() || !manifests.invalid.is_empty(),
    );
    let error = unfinished
        .map(|unfinished| unfinished.to_string())
        .or(passed.err());
    report(options, &manifests.invalid, entries, exit, error)
}

fn note_signals() -> StopSignal {
    StopSignal::install().unwrap_or_else(|error| {
        warn!("cannot handle signals: {error}");
        StopSignal::default()
    })
}

fn deployer<'a>(
    options: &'a Options,
    path: &Path,
    manifests: &Manifests,
    stop: &'a StopSignal,
) -> Deployer<'a> {
    let directory = directory_of(path);
    let is_reapplied = options.differing == Differing::Reapply;
    let rules = Rules {
        keep_existing: options.differing == Differing::Keep,
        reapply: is_reapplied,
        prune: options.prune.then(|| directory.clone()),
        invalid: manifests.invalid.len(),
    };
    Deployer {
        socket: &options.socket_cm,
        connect_timeout: options.connect_timeout,
        create_timeout: options.create_timeout,
        cm_grace: options.cm_grace,
        settle: options.settle,
        stop_timeout: options.stop_timeout,
        jobs: options.jobs,
        strict: options.strict,
        rules,
        applied: Applied::new(read_record(options), directory, is_reapplied),
        stop,
    }
}

fn read_record(options: &Options) -> Record {
    options
        .state
        .as_ref()
        .map_or_else(Record::none, |path| Record::read(path))
}

/// The manifests directory, the same however it was typed.
fn directory_of(path: &Path) -> String {
    let directory = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(path)
    };
    let base = std::env::current_dir().unwrap_or_default();
    // Symlinks stay: one that leads to another version of the directory tomorrow makes it no other directory.
    let whole: PathBuf = base.join(directory).components().collect();
    whole.to_string_lossy().into_owned()
}

fn dry_run_all(deployer: &Deployer, manifests: &[Manifest]) -> (Vec<Entry>, Option<Unfinished>) {
    let mut outcomes = vec![Outcome::default(); manifests.len()];
    match deployer.dry_run(manifests, &mut outcomes) {
        Ok(plan) => (entries::planned(manifests, &outcomes, &plan), None),
        Err(unfinished) => (
            manifests.iter().map(entries::of_valid).collect(),
            Some(unfinished),
        ),
    }
}

fn deploy_all(deployer: &Deployer, manifests: &[Manifest]) -> (Vec<Entry>, Option<Unfinished>) {
    let mut outcomes = vec![Outcome::default(); manifests.len()];
    let unfinished = deployer.deploy(manifests, &mut outcomes).err();
    (
        entries::deployed(manifests, &outcomes, unfinished.is_none()),
        unfinished,
    )
}

fn unreadable(options: &Options, error: &ScanError) -> Exit {
    report(
        options,
        &[],
        Vec::new(),
        Exit::ManifestsUnreadable,
        Some(error.to_string()),
    )
}

/// Prints the result, logs what failed, and hands the exit code on. `error`: about the run as a whole.
fn report(
    options: &Options,
    invalid: &[Invalid],
    entries: Vec<Entry>,
    exit: Exit,
    error: Option<String>,
) -> Exit {
    let mut manifests = entries;
    manifests.extend(invalid.iter().map(entries::of_invalid));
    manifests.sort_by(|one, other| {
        (one.file.is_none(), &one.file).cmp(&(other.file.is_none(), &other.file))
    });
    log_result(&manifests);
    if let Some(error) = &error {
        error!("{error}");
    }
    let dry_run = matches!(options.command, Command::Deploy { dry_run: true, .. });
    let report = Report {
        exit_code: exit.code(),
        dry_run,
        error,
        manifests,
    };
    print_out(&report.render(options.output));
    exit
}

fn log_result(entries: &[Entry]) {
    for entry in entries {
        let name = &entry.label;
        if let (Status::Failed, Some(reason)) = (entry.status, &entry.reason) {
            error!("{name}: {reason}");
        }
        if entry.is_left {
            let keys: Vec<&str> = entry
                .differences
                .iter()
                .map(|difference| difference.key)
                .collect();
            warn!(
                "{name}: differs from its manifest and is left as it is: {}",
                keys.join(", ")
            );
        }
    }
}

fn print_out(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        error!("cannot write the result to standard output: {error}");
    }
}
