//! The commands: validate manifests, plan a deployment, deploy, or watch; then report.

mod deployment;
mod entries;
mod prepare;
mod render;
#[cfg(feature = "filewatcher")]
mod worker;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use log::{error, warn, LevelFilter};

use crate::cli::{self, Command, Options, HELP};
use crate::exit::Exit;
#[cfg(feature = "filewatcher")]
use crate::filewatcher;
use crate::logger;
use crate::manifests_parser::{self, missing_providers, InvalidManifest, ScanError};
use crate::report::{Entry, Report, Status};
use crate::sort::sort_by;
use crate::sys::limits;
use crate::sys::signals::{StopSignal, TERMINATION_SIGNALS};
use deployment::Deployer;

/// Runs the program with the arguments (without the program's name).
pub fn run(arguments: Vec<OsString>) -> Exit {
    #[cfg(feature = "filewatcher")]
    let worker_arguments = arguments.clone();
    let options = match cli::parse(arguments) {
        Ok(options) => options,
        Err(problem) => {
            logger::init(Some(LevelFilter::Error));
            return usage(&problem);
        }
    };
    logger::init(options.log_level);
    if let Err(problem) = limits::check_own() {
        error!("{problem}");
        return Exit::KantoCmUnreachable;
    }
    #[cfg(feature = "filewatcher")]
    return run_command(&options, worker_arguments);
    #[cfg(not(feature = "filewatcher"))]
    run_command(&options)
}

/// A function of its own, so that a small stack is enough for the check of the limits.
#[inline(never)]
fn run_command(
    options: &Options,
    #[cfg(feature = "filewatcher")] worker_arguments: Vec<OsString>,
) -> Exit {
    match &options.command {
        Command::Help => {
            print_out(HELP);
            Exit::UpToDate
        }
        Command::Version => {
            print_out(concat!(
                "kanto-auto-deployer ",
                env!("CARGO_PKG_VERSION"),
                "\n"
            ));
            Exit::UpToDate
        }
        Command::Validate(paths) => validate(options, paths),
        Command::Render(layers, format) => render::render_manifests(options, layers, *format),
        Command::RenderFromKantoCm(names, format) => {
            render::render_containers(options, names, *format)
        }
        Command::Deploy { layers, dry_run } => deploy_once(options, layers, *dry_run),
        #[cfg(feature = "filewatcher")]
        Command::Daemon(layers) if is_pruned_by_file(options, layers) => {
            usage(PRUNE_TAKES_A_DIRECTORY)
        }
        #[cfg(feature = "filewatcher")]
        Command::Daemon(layers) => match deployment::read_state(options, layers) {
            Ok(_) => filewatcher::run(layers, options, worker_arguments, &print_out),
            Err(problem) => usage(&problem),
        },
        #[cfg(feature = "filewatcher")]
        Command::Work(layers) => worker::work(options, layers),
    }
}

fn usage(problem: &str) -> Exit {
    error!("{problem}");
    error!("see kanto-auto-deployer --help");
    Exit::Usage
}

fn validate(options: &Options, paths: &[PathBuf]) -> Exit {
    let mut manifests = match manifests_parser::read_for_validation(paths) {
        Ok(manifests) => manifests,
        Err(error) => return report_unreadable(options, &error),
    };
    for (i, problem) in missing_providers(&manifests.valid, &|_| false) {
        manifests.valid[i].warnings.push(problem);
    }
    let directory = prepare::prepare(&mut manifests, options.strict);
    let entries = manifests.valid.iter().map(entries::of_checked).collect();
    let exit = Exit::of(None, directory.is_err() || !manifests.invalid.is_empty());
    report(options, &manifests.invalid, entries, exit, directory.err())
}

fn deploy_once(options: &Options, layers: &[PathBuf], dry_run: bool) -> Exit {
    if is_pruned_by_file(options, layers) {
        return usage(PRUNE_TAKES_A_DIRECTORY);
    }
    let deployer = match Deployer::new(options, layers) {
        Ok(deployer) => deployer,
        Err(problem) => return usage(&problem),
    };
    let stop = note_signals(&TERMINATION_SIGNALS);
    let mut manifests = match manifests_parser::read_layers(layers) {
        Ok(manifests) => manifests,
        Err(error) => return report_unreadable(options, &error),
    };
    let directory = prepare::prepare(&mut manifests, options.strict);
    if options.prune {
        prepare::may_prune(&manifests);
    }
    let (entries, unfinished) = if deployer.has_nothing_to_do(&manifests.valid) {
        (Vec::new(), None)
    } else {
        deployer.deploy(&manifests.valid, manifests.is_complete(), dry_run, &stop)
    };
    let failed = entries.iter().any(|entry| entry.status == Status::Failed);
    let exit = Exit::of(
        unfinished.as_ref(),
        failed || directory.is_err() || !manifests.invalid.is_empty(),
    );
    let error = unfinished
        .map(|unfinished| unfinished.to_string())
        .or(directory.err());
    report(options, &manifests.invalid, entries, exit, error)
}

/// The usage error about `--prune` with the path of a file.
const PRUNE_TAKES_A_DIRECTORY: &str =
    "--prune takes a directory: a single manifest says nothing about the others";

fn is_pruned_by_file(options: &Options, layers: &[PathBuf]) -> bool {
    options.prune && layers.iter().any(|path| path.is_file())
}

fn note_signals(signals: &[i32]) -> StopSignal {
    StopSignal::install(signals).unwrap_or_else(|error| {
        warn!("cannot handle signals: {error}");
        StopSignal::default()
    })
}

fn report_unreadable(options: &Options, error: &ScanError) -> Exit {
    report(
        options,
        &[],
        Vec::new(),
        Exit::ManifestsUnreadable,
        Some(error.to_string()),
    )
}

/// Prints the result, logs failures, and returns the exit code. `error` is about the run as a whole.
fn report(
    options: &Options,
    invalid: &[InvalidManifest],
    entries: Vec<Entry>,
    exit: Exit,
    error: Option<String>,
) -> Exit {
    let mut manifests = entries;
    let is_checked = matches!(options.command, Command::Validate(_));
    let of_invalid = |invalid| entries::of_invalid(invalid, is_checked);
    manifests.extend(invalid.iter().map(of_invalid));
    print_out(&render_report(options, manifests, exit, error));
    exit
}

/// Renders the result, and logs its failures.
fn render_report(
    options: &Options,
    mut manifests: Vec<Entry>,
    exit: Exit,
    error: Option<String>,
) -> String {
    sort_by(&mut manifests, |a, b| {
        (a.file.is_none(), &a.file).cmp(&(b.file.is_none(), &b.file))
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
    report.render(options.output)
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
                "{name}: differs from its manifest and is left as it is: {} (--reapply applies the manifest)",
                keys.join(", ")
            );
        }
    }
}

fn print_out(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        let error = limits::named(&error);
        error!("cannot write the result to standard output: {error}");
    }
}
