//! The command line: its options, their defaults, and what is wrong with what was typed.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use log::LevelFilter;
use pico_args::Arguments;

use crate::text::nearest;

/// Where manifests lie unless another path is given.
pub const MANIFESTS_PATH: &str = "/data/var/containers/manifests";
/// Where the record of what was applied lies unless another file is given.
pub const STATE: &str = "/var/lib/kanto-auto-deployer/applied.json";
/// Kanto-CM's own default.
pub const SOCKET_CM: &str = "/run/container-management/container-management.sock";

/// The options that take a value, by their long names.
const WITH_VALUE: [&str; 9] = [
    "--socket-cm",
    "--state",
    "--stop-timeout",
    "--jobs",
    "--connect-timeout",
    "--create-timeout",
    "--cm-grace",
    "--settle",
    "--output",
];

/// What `--help` prints.
pub const HELP: &str = "\
Makes Eclipse Kanto container-management (Kanto-CM) run the containers whose
manifests (*.json) lie in a directory: what does not exist is created, what does
not run is started, and what a changed manifest asks for takes the place of what
is there, or is rolled back.

Usage: kanto-auto-deployer [OPTIONS] [MANIFESTS_PATH]
       kanto-auto-deployer --validate [--strict] [MANIFESTS_PATH]...

  MANIFESTS_PATH  directory of *.json manifests, or one manifest file
                  [default: /data/var/containers/manifests]

Options:
  -s, --socket-cm PATH        Kanto-CM's socket
                              [default: /run/container-management/container-management.sock]
  -n, --dry-run               say what would be done and why, change nothing
      --validate              check the manifests, without Kanto-CM
      --strict                take warnings about a manifest for errors
      --keep-existing         never touch a container that exists, only start it
      --reapply               decide as if there were no record: apply again what
                              differs, try again what was rolled back
      --prune                 remove what was deployed from here when its manifest
                              is gone
      --state FILE            record of what was applied; none: do without
                              [default: /var/lib/kanto-auto-deployer/applied.json]
  -j, --jobs N                creates (image pulls) and starts at a time [default: 16]
      --connect-timeout SECS  wait for Kanto-CM to answer [default: 30]
      --create-timeout SECS   deadline of one create, image pull included [default: 600]
      --cm-grace SECS         wait until a Kanto-CM younger than this has restored
                              its containers; 0: never [default: 60]
      --stop-timeout SECS     grace period before SIGKILL when a container is
                              replaced or removed [default: 10]
      --settle SECS           watch what was started this long, and roll a replacement
                              back that fails; 0: do not [default: 3]
  -o, --output text|json      form of the result on standard output [default: text]
  -q, --quiet                 log errors only
  -v, --verbose               log more; -vv: everything, gRPC included
  -h, --help                  print this
  -V, --version               print the version

The log goes to standard error; RUST_LOG=error|warn|info|debug|trace sets its level.

Exit codes: 0 all manifests are as wanted, 1 a manifest failed, 2 usage,
3 Kanto-CM not reachable, 4 manifests not readable, 128 + N ended by signal N.
";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
    /// Check manifests.
    Validate(Vec<PathBuf>),
    /// Deploy, or with `dry_run` say what would be done.
    Deploy {
        /// Directory or file.
        manifests_path: PathBuf,
        /// Change nothing.
        dry_run: bool,
    },
}

/// Form of the result on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What to do with a container that differs from its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// What the record says: a manifest that has changed is applied, what somebody else has changed stays.
    ByRecord,
    /// It stays.
    Keep,
    /// The manifest is applied, as if there were no record.
    Reapply,
}

/// The command line, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What to do.
    pub command: Command,
    /// Kanto-CM's socket.
    pub socket_cm: PathBuf,
    /// Warnings about a manifest are errors.
    pub strict: bool,
    /// What to do with a container that differs from its manifest.
    pub differing: Differing,
    /// Containers whose manifests are gone are removed.
    pub prune: bool,
    /// Record of what was applied; `None`: there is none.
    pub state: Option<PathBuf>,
    /// Calls at a time.
    pub jobs: usize,
    /// How long to wait for Kanto-CM.
    pub connect_timeout: Duration,
    /// Deadline of one Create.
    pub create_timeout: Duration,
    /// A younger Kanto-CM is watched first.
    pub cm_grace: Duration,
    /// Grace period before SIGKILL.
    pub stop_timeout: Duration,
    /// How long to watch what was started.
    pub settle: Duration,
    /// Form of the result.
    pub output: Output,
    /// Log level, where an option gives one.
    pub log_level: Option<LevelFilter>,
}

/// Takes the arguments (without the program's name) apart. An error says what is wrong with which.
pub fn parse(arguments: Vec<OsString>) -> Result<Options, String> {
    let mut before = arguments;
    let after: Vec<OsString> = match before.iter().position(|argument| argument == "--") {
        Some(at) => before.split_off(at).into_iter().skip(1).collect(),
        None => Vec::new(),
    };
    let mut arguments = Arguments::from_vec(before.into_iter().flat_map(split_value).collect());
    let help = arguments.contains(["-h", "--help"]);
    let version = arguments.contains(["-V", "--version"]);
    let validate = arguments.contains("--validate");
    let dry_run = arguments.contains(["-n", "--dry-run"]);
    let mut options = Options {
        command: Command::Help,
        socket_cm: value(&mut arguments, ["-s", "--socket-cm"], path)?
            .unwrap_or_else(|| SOCKET_CM.into()),
        strict: arguments.contains("--strict"),
        differing: differing(&mut arguments)?,
        prune: arguments.contains("--prune"),
        state: value(&mut arguments, ["", "--state"], state)?.unwrap_or_else(|| Some(STATE.into())),
        jobs: value(&mut arguments, ["-j", "--jobs"], jobs)?.unwrap_or(16),
        connect_timeout: seconds(&mut arguments, "--connect-timeout", 0, 30)?,
        create_timeout: seconds(&mut arguments, "--create-timeout", 1, 600)?,
        cm_grace: seconds(&mut arguments, "--cm-grace", 0, 60)?,
        stop_timeout: seconds(&mut arguments, "--stop-timeout", 1, 10)?,
        settle: seconds(&mut arguments, "--settle", 0, 3)?,
        output: value(&mut arguments, ["-o", "--output"], output)?.unwrap_or(Output::Text),
        log_level: log_level(&mut arguments)?,
    };
    let mut paths = paths(arguments.finish())?;
    paths.extend(after.into_iter().map(PathBuf::from));
    if help || version {
        options.command = if help {
            Command::Help
        } else {
            Command::Version
        };
        return Ok(options);
    }
    if paths.is_empty() {
        paths.push(MANIFESTS_PATH.into());
    }
    if options.differing == Differing::Keep && options.prune {
        return Err("--keep-existing and --prune exclude each other".to_owned());
    }
    options.command = command(paths, validate, dry_run)?;
    Ok(options)
}

fn command(mut paths: Vec<PathBuf>, validate: bool, dry_run: bool) -> Result<Command, String> {
    if validate && dry_run {
        return Err("--validate and --dry-run exclude each other".to_owned());
    }
    if validate {
        return Ok(Command::Validate(paths));
    }
    if let Some(extra) = paths.get(1) {
        return Err(format!(
            "one MANIFESTS_PATH is enough (only --validate takes several): {:?}",
            extra.display()
        ));
    }
    Ok(Command::Deploy {
        manifests_path: paths.swap_remove(0),
        dry_run,
    })
}

/// `--name=value` as two arguments, where the option takes a value.
fn split_value(argument: OsString) -> Vec<OsString> {
    let bytes = argument.as_bytes();
    let Some(at) = bytes.iter().position(|byte| *byte == b'=') else {
        return vec![argument];
    };
    let (name, value) = (&bytes[..at], &bytes[at + 1..]);
    if WITH_VALUE.iter().any(|known| known.as_bytes() == name) {
        return vec![
            OsStr::from_bytes(name).to_owned(),
            OsStr::from_bytes(value).to_owned(),
        ];
    }
    vec![argument]
}

/// What is left when every option has been taken: paths, or something that was mistyped.
fn paths(left: Vec<OsString>) -> Result<Vec<PathBuf>, String> {
    for argument in &left {
        let text = argument.to_string_lossy();
        if text.len() < 2 || !text.starts_with('-') {
            continue;
        }
        let name = text.split_once('=').map_or(&*text, |(name, _)| name);
        if option_names().any(|known| known == name) {
            let hint = if text.contains('=') {
                ", or takes no value"
            } else {
                ""
            };
            return Err(format!("{name} is given twice{hint}"));
        }
        let long_names = option_names().filter(|known| known.len() > 2 && name.len() > 2);
        let hint = nearest(name, long_names)
            .map(|known| format!(", did you mean {known}?"))
            .unwrap_or_default();
        return Err(format!("unknown option {:?}{hint}", &*text));
    }
    Ok(left.into_iter().map(PathBuf::from).collect())
}

/// Every option that the help names.
fn option_names() -> impl Iterator<Item = &'static str> {
    HELP.lines()
        .skip_while(|line| *line != "Options:")
        .flat_map(|line| {
            line.split([' ', ','])
                .take_while(|word| word.is_empty() || word.starts_with('-'))
        })
        .filter(|word| word.starts_with('-'))
}

fn differing(arguments: &mut Arguments) -> Result<Differing, String> {
    let keep = arguments.contains("--keep-existing");
    match (keep, arguments.contains("--reapply")) {
        (true, true) => Err("--keep-existing and --reapply exclude each other".to_owned()),
        (true, false) => Ok(Differing::Keep),
        (false, true) => Ok(Differing::Reapply),
        (false, false) => Ok(Differing::ByRecord),
    }
}

fn log_level(arguments: &mut Arguments) -> Result<Option<LevelFilter>, String> {
    let quiet = arguments.contains(["-q", "--quiet"]);
    let mut verbose = 0;
    while arguments.contains("-vv") {
        verbose += 2;
    }
    while arguments.contains(["-v", "--verbose"]) {
        verbose += 1;
    }
    match (quiet, verbose) {
        (true, 1..) => Err("-q and -v exclude each other".to_owned()),
        (true, _) => Ok(Some(LevelFilter::Error)),
        (false, 0) => Ok(None),
        (false, 1) => Ok(Some(LevelFilter::Debug)),
        (false, _) => Ok(Some(LevelFilter::Trace)),
    }
}

/// The value of an option, if it is given.
fn value<T>(
    arguments: &mut Arguments,
    [short, name]: [&'static str; 2],
    parse: impl FnOnce(&OsStr) -> Result<T, String>,
) -> Result<Option<T>, String> {
    let text = |text: &OsStr| Ok::<OsString, String>(text.to_owned());
    let given = if short.is_empty() {
        arguments.opt_value_from_os_str(name, text)
    } else {
        arguments.opt_value_from_os_str([short, name], text)
    };
    match given {
        Ok(None) => Ok(None),
        Ok(Some(text)) => match parse(&text) {
            Ok(value) => Ok(Some(value)),
            Err(problem) => Err(format!("{name}: {problem}")),
        },
        Err(pico_args::Error::OptionWithoutAValue(_)) => Err(format!("{name} needs a value")),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

fn seconds(
    arguments: &mut Arguments,
    name: &'static str,
    least: u32,
    default: u32,
) -> Result<Duration, String> {
    let parse = |text: &OsStr| {
        let number = text.to_str().and_then(|text| text.parse().ok());
        number.filter(|seconds| *seconds >= least).ok_or_else(|| {
            format!(
                "expected a whole number of seconds from {least} to {}, found {text:?}",
                u32::MAX
            )
        })
    };
    let seconds = value(arguments, ["", name], parse)?.unwrap_or(default);
    Ok(Duration::from_secs(seconds.into()))
}

fn path(text: &OsStr) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("expected a path, found nothing".to_owned());
    }
    Ok(PathBuf::from(text))
}

fn state(text: &OsStr) -> Result<Option<PathBuf>, String> {
    Ok(if text == "none" {
        None
    } else {
        Some(path(text)?)
    })
}

fn jobs(text: &OsStr) -> Result<usize, String> {
    let jobs = text
        .to_str()
        .and_then(|text| text.parse().ok())
        .filter(|jobs| (1..=1000).contains(jobs));
    jobs.ok_or_else(|| format!("expected a number from 1 to 1000, found {text:?}"))
}

fn output(text: &OsStr) -> Result<Output, String> {
    match text.to_str() {
        Some("text") => Ok(Output::Text),
        Some("json") => Ok(Output::Json),
        _ => Err(format!("expected text or json, found {text:?}")),
    }
}

#[cfg(test)]
mod tests;
