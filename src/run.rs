//! What the program does: validate, say what it would do, or deploy; then report.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use log::{error, warn};

use crate::cli::{self, Command, Options, HELP};
use crate::deploy::{Deployer, Outcome, Unfinished};
use crate::exit::Exit;
use crate::logger;
use crate::manifests_parser::{
    self, missing_providers, Format, Invalid, Manifest, Manifests, ScanError,
};
use crate::plan::{Action, Plan};
use crate::report::{Difference, Entry, Report, Status};
use crate::signals::StopSignal;
use crate::text::printable;

/// Runs the program with the arguments (without the program's name).
pub fn run(arguments: Vec<OsString>) -> Exit {
    let options = match cli::parse(arguments) {
        Ok(options) => options,
        Err(problem) => {
            logger::init(None);
            error!("{problem}");
            error!("see kanto-auto-deployer --help");
            return Exit::Usage;
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

fn validate(options: &Options, paths: &[PathBuf]) -> Exit {
    let mut manifests = match manifests_parser::read_all(paths) {
        Ok(manifests) => manifests,
        Err(error) => return unreadable(&error),
    };
    for (i, problem) in missing_providers(&manifests.valid, &|_| false) {
        manifests.valid[i].warnings.push(problem);
    }
    let directory_is_fine = prepare(&mut manifests, options.strict);
    let valid = manifests
        .valid
        .iter()
        .map(|manifest| Entry {
            status: Status::Valid,
            ..entry(manifest)
        })
        .collect();
    let all_valid = manifests.invalid.is_empty() && directory_is_fine;
    let exit = if all_valid {
        Exit::AsWanted
    } else {
        Exit::ManifestFailed
    };
    report(options, &manifests.invalid, valid, exit, None)
}

fn with_kanto_cm(options: &Options, path: &Path, dry_run: bool) -> Exit {
    let stop = match StopSignal::install() {
        Ok(stop) => stop,
        Err(error) => {
            warn!("cannot handle signals: {error}");
            StopSignal::default()
        }
    };
    let mut manifests = match manifests_parser::read_manifests(path) {
        Ok(manifests) => manifests,
        Err(error) => return unreadable(&error),
    };
    let directory_is_fine = prepare(&mut manifests, options.strict);
    let mut outcomes = vec![Outcome::default(); manifests.valid.len()];
    let deployer = Deployer {
        socket: &options.socket_cm,
        connect_timeout: options.connect_timeout,
        create_timeout: options.create_timeout,
        cm_grace: options.cm_grace,
        settle: options.settle,
        jobs: options.jobs,
        strict: options.strict,
        stop: &stop,
    };
    let (entries, result) = if manifests.valid.is_empty() {
        (Vec::new(), Ok(())) // nothing to ask Kanto-CM for
    } else if dry_run {
        match deployer.dry_run(&manifests.valid, &mut outcomes) {
            Ok(plan) => (planned_entries(&manifests.valid, &outcomes, &plan), Ok(())),
            Err(unfinished) => (manifests.valid.iter().map(entry).collect(), Err(unfinished)),
        }
    } else {
        let result = deployer.deploy(&manifests.valid, &mut outcomes);
        (
            deployed_entries(&manifests.valid, &outcomes, result.is_ok()),
            result,
        )
    };
    let failed = entries.iter().any(|entry| entry.status == Status::Failed);
    let exit = match &result {
        Err(Unfinished::Unreachable(_)) => Exit::KantoCmUnreachable,
        Err(Unfinished::Stopped) => Exit::Signal(stop.received().unwrap_or_default()),
        Ok(()) if failed || !manifests.invalid.is_empty() || !directory_is_fine => {
            Exit::ManifestFailed
        }
        Ok(()) => Exit::AsWanted,
    };
    report(options, &manifests.invalid, entries, exit, result.err())
}

/// Says what is wrong or odd about the manifests; with `strict`, what is odd is wrong. Tells whether the directory itself
/// passes.
fn prepare(manifests: &mut Manifests, strict: bool) -> bool {
    if strict {
        let (odd, fine): (Vec<_>, Vec<_>) = std::mem::take(&mut manifests.valid)
            .into_iter()
            .partition(|manifest| !manifest.warnings.is_empty());
        manifests.valid = fine;
        manifests
            .invalid
            .extend(odd.into_iter().map(|manifest| Invalid {
                file: manifest.file,
                path: manifest.path,
                problems: manifest.warnings,
                warnings: Vec::new(),
                version: manifest.version,
            }));
        manifests
            .invalid
            .sort_by(|one, other| one.path.cmp(&other.path));
    }
    for warning in &manifests.directory_warnings {
        warn!("{warning}");
    }
    for manifest in &manifests.valid {
        if manifest.format == Format::ContainerManagement {
            let file = printable(&manifest.file.to_string_lossy());
            warn!("{file}: in the Container Management format, converted to the internal one");
        }
        manifest
            .warnings
            .iter()
            .for_each(|problem| warn!("{}", problem.in_file(&manifest.file)));
    }
    for invalid in &manifests.invalid {
        invalid
            .problems
            .iter()
            .for_each(|problem| error!("{}", problem.in_file(&invalid.file)));
        invalid
            .warnings
            .iter()
            .for_each(|problem| warn!("{}", problem.in_file(&invalid.file)));
    }
    !strict || manifests.directory_warnings.is_empty()
}

fn unreadable(error: &ScanError) -> Exit {
    error!("{error}");
    Exit::ManifestsUnreadable
}

fn entry(manifest: &Manifest) -> Entry {
    Entry {
        file: manifest.path.to_string_lossy().into_owned(),
        name: Some(manifest.container.name.clone()),
        warnings: manifest.warnings.iter().map(ToString::to_string).collect(),
        ..Entry::default()
    }
}

fn invalid_entry(invalid: &Invalid) -> Entry {
    Entry {
        file: invalid.path.to_string_lossy().into_owned(),
        status: Status::Invalid,
        errors: invalid.problems.iter().map(ToString::to_string).collect(),
        warnings: invalid.warnings.iter().map(ToString::to_string).collect(),
        ..Entry::default()
    }
}

fn planned_entries(manifests: &[Manifest], outcomes: &[Outcome], plan: &Plan) -> Vec<Entry> {
    plan.warnings.iter().for_each(|warning| warn!("{warning}"));
    let planned = |((manifest, outcome), step): ((&Manifest, &Outcome), &crate::plan::Step)| {
        let mut entry = entry(manifest);
        entry.warnings.extend(outcome.warnings.iter().cloned());
        entry.differences = step.differences.iter().map(difference).collect();
        entry.id = step.action.id().map(ToOwned::to_owned);
        entry.reason = outcome
            .failure
            .clone()
            .or_else(|| Some(step.reason.clone()));
        entry.status = match &step.action {
            _ if outcome.failure.is_some() => Status::Failed,
            Action::Fail => Status::Failed,
            Action::Nothing { .. } => Status::AsWanted,
            action => {
                entry.actions = action.words().iter().map(ToString::to_string).collect();
                Status::Planned
            }
        };
        entry
    };
    manifests
        .iter()
        .zip(outcomes)
        .zip(&plan.steps)
        .map(planned)
        .collect()
}

fn deployed_entries(manifests: &[Manifest], outcomes: &[Outcome], complete: bool) -> Vec<Entry> {
    let deployed = |(manifest, outcome): (&Manifest, &Outcome)| {
        let mut entry = entry(manifest);
        entry.warnings.extend(outcome.warnings.iter().cloned());
        entry.id.clone_from(&outcome.id);
        entry.actions = outcome.done.iter().map(ToString::to_string).collect();
        entry.reason.clone_from(&outcome.failure);
        entry.seconds = outcome.took.as_secs_f64();
        entry.differences = outcome.differences.iter().map(difference).collect();
        entry.status = match (&outcome.failure, complete || outcome.finished) {
            (Some(_), _) => Status::Failed,
            (None, false) => Status::Unfinished,
            (None, true) if outcome.done.is_empty() => Status::AsWanted,
            (None, true) => Status::Deployed,
        };
        entry
    };
    manifests.iter().zip(outcomes).map(deployed).collect()
}

fn difference(difference: &crate::container::Difference) -> Difference {
    Difference {
        key: difference.key,
        wanted: difference.wanted.to_string(),
        existing: difference.existing.to_string(),
    }
}

/// Prints the result, logs what failed, and hands the exit code on.
fn report(
    options: &Options,
    invalid: &[Invalid],
    entries: Vec<Entry>,
    exit: Exit,
    unfinished: Option<Unfinished>,
) -> Exit {
    let mut manifests = entries;
    manifests.extend(invalid.iter().map(invalid_entry));
    manifests.sort_by(|one, other| one.file.cmp(&other.file));
    log_result(&manifests);
    let error = unfinished.map(|unfinished| match unfinished {
        Unfinished::Unreachable(reason) => format!("Kanto-CM cannot be reached: {reason}"),
        Unfinished::Stopped => "ended by a signal".to_owned(),
    });
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
        let name = entry.name.as_deref().unwrap_or(&entry.file);
        if let (Status::Failed, Some(reason)) = (entry.status, &entry.reason) {
            error!("{name}: {reason}");
        }
        if !entry.differences.is_empty() {
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
        warn!("cannot write to standard output: {error}");
    }
}
