//! The command line: its options, their defaults, and the errors of what was typed.

mod help;
mod values;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::Duration;

use log::LevelFilter;
use pico_args::Arguments;

use crate::text::nearest;
pub use help::HELP;
use help::{option_names, takes_value};
use values::{jobs, output, path, render_format, seconds, secs, socket, state, value};

/// The default path of the manifests.
pub const MANIFESTS_PATH: &str = "/data/var/containers/manifests";
/// The default path of the state file.
pub const STATE: &str = "/var/lib/kanto-auto-deployer/applied.json";
/// Kanto-CM's own default.
pub const SOCKET_CM: &str = "/run/container-management/container-management.sock";

/// Makes this process the one that deploys for the watcher. It is not in the help: nobody is to type it.
pub const WORKER: &str = "--worker";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
    /// Check manifests.
    Validate(Vec<PathBuf>),
    /// Print the manifests of these layers as they would be deployed.
    Render(Vec<PathBuf>, RenderFormat),
    /// Print manifests of the containers with these names or ids that Kanto-CM has; of all, if there is no name.
    RenderFromKantoCm(Vec<String>, RenderFormat),
    /// Deploy, or with `dry_run` say what would be done.
    Deploy {
        /// Layers, from the lowest precedence to the highest: directories or files.
        layers: Vec<PathBuf>,
        /// Change nothing.
        dry_run: bool,
    },
    /// Deploy, and then follow these layers.
    #[cfg(feature = "filewatcher")]
    Daemon(Vec<PathBuf>),
    /// Deploy from these layers what the watcher orders.
    #[cfg(feature = "filewatcher")]
    Work(Vec<PathBuf>),
}

/// Form of the result on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// In which format manifests are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenderFormat {
    /// That of Kanto-CM's own manifests: what differs from the defaults.
    Cm,
    /// That of the API: everything.
    Internal,
}

/// What to do with a container that differs from its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// The state file decides: a changed manifest is applied, and a change by another program stays.
    ByRecord,
    /// It stays.
    Keep,
    /// The manifest is applied, as if there were no state file.
    Reapply,
}

/// The command line, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What to do.
    pub command: Command,
    /// Kanto-CM's socket.
    pub socket_cm: PathBuf,
    /// The values of environment variables are printed.
    pub show_values: bool,
    /// Warnings about a manifest are errors.
    pub strict: bool,
    /// What to do with a container that differs from its manifest.
    pub differing: Differing,
    /// Containers whose manifests are gone are removed.
    pub prune: bool,
    /// The state file; `None`: there is none.
    pub state: Option<PathBuf>,
    /// Calls at a time.
    pub jobs: usize,
    /// How long to wait for Kanto-CM; [`Duration::MAX`]: for ever.
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

/// Takes the arguments (without the program's name) apart. An error names the argument and its fault.
pub fn parse(arguments: Vec<OsString>) -> Result<Options, String> {
    let mut before = arguments;
    let after: Vec<OsString> = match before.iter().position(|argument| argument == "--") {
        Some(at) => before.split_off(at).into_iter().skip(1).collect(),
        None => Vec::new(),
    };
    let mut arguments = Arguments::from_vec(before.into_iter().flat_map(split_value).collect());
    let help = arguments.contains(["-h", "--help"]);
    let version = arguments.contains(["-V", "--version"]);
    let mode = mode(&mut arguments)?;
    let mut options = Options {
        command: Command::Help,
        socket_cm: value(&mut arguments, ["-s", "--socket-cm"], socket)?
            .unwrap_or_else(|| SOCKET_CM.into()),
        show_values: arguments.contains("--show-values"),
        strict: arguments.contains("--strict"),
        differing: differing(&mut arguments)?,
        prune: arguments.contains("--prune"),
        state: value(&mut arguments, ["", "--state"], state)?.unwrap_or_else(|| Some(STATE.into())),
        jobs: value(&mut arguments, ["-j", "--jobs"], jobs)?.unwrap_or(16),
        connect_timeout: seconds(&mut arguments, "--connect-timeout", 0, mode.patience())?,
        create_timeout: seconds(&mut arguments, "--create-timeout", 1, secs(600))?,
        cm_grace: seconds(&mut arguments, "--cm-grace", 0, secs(60))?,
        stop_timeout: seconds(&mut arguments, "--stop-timeout", 1, secs(10))?,
        settle: seconds(&mut arguments, "--settle", 0, secs(3))?,
        output: value(&mut arguments, ["-o", "--output"], output)?.unwrap_or(Output::Text),
        log_level: log_level(&mut arguments)?,
    };
    let mut paths = paths(arguments.finish())?;
    paths.extend(after.into_iter().map(PathBuf::from));
    for given in &paths {
        path(given.as_os_str()).map_err(|problem| format!("MANIFESTS_PATH: {problem}"))?;
    }
    if help || version {
        options.command = if help {
            Command::Help
        } else {
            Command::Version
        };
        return Ok(options);
    }
    if paths.is_empty() && !matches!(mode, Mode::RenderFromKantoCm(_)) {
        paths.push(MANIFESTS_PATH.into());
    }
    if options.differing == Differing::Keep && options.prune {
        return Err("--keep-existing and --prune exclude each other".to_owned());
    }
    options.command = command(paths, mode);
    Ok(options)
}

/// The command that an option selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Deploy,
    Validate,
    DryRun,
    Render(RenderFormat),
    RenderFromKantoCm(RenderFormat),
    #[cfg(feature = "filewatcher")]
    Daemon,
    #[cfg(feature = "filewatcher")]
    Work,
}

impl Mode {
    /// How long to wait for Kanto-CM unless an option says so.
    fn patience(self) -> Duration {
        match self {
            #[cfg(feature = "filewatcher")]
            Mode::Daemon | Mode::Work => Duration::MAX,
            _ => secs(30),
        }
    }
}

fn mode(arguments: &mut Arguments) -> Result<Mode, String> {
    let known = [
        ("--validate", arguments.contains("--validate")),
        ("--dry-run", arguments.contains(["-n", "--dry-run"])),
        ("--daemon", arguments.contains(["-d", "--daemon"])),
        ("--render", arguments.contains("--render")),
    ];
    let mut given = known
        .iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| *name);
    let (first, second) = (given.next(), given.next());
    #[cfg(feature = "filewatcher")]
    let is_worker = first == Some("--daemon") && arguments.contains(WORKER);
    if let (Some(first), Some(second)) = (first, second) {
        return Err(format!("{first} and {second} exclude each other"));
    }
    let from_kanto_cm = arguments.contains("--from-kanto-cm");
    let format = value(arguments, ["", "--format"], render_format)?;
    let is_render = first == Some("--render");
    if !is_render && (from_kanto_cm || format.is_some()) {
        return Err("--from-kanto-cm and --format go with --render".to_owned());
    }
    let format = format.unwrap_or(RenderFormat::Cm);
    match first {
        Some("--render") if from_kanto_cm => Ok(Mode::RenderFromKantoCm(format)),
        Some("--render") => Ok(Mode::Render(format)),
        Some("--validate") => Ok(Mode::Validate),
        Some("--dry-run") => Ok(Mode::DryRun),
        #[cfg(feature = "filewatcher")]
        Some(_) if is_worker => Ok(Mode::Work),
        #[cfg(feature = "filewatcher")]
        Some(_) => Ok(Mode::Daemon),
        #[cfg(not(feature = "filewatcher"))]
        Some(_) => {
            Err("--daemon: this program was built without the feature filewatcher".to_owned())
        }
        None => Ok(Mode::Deploy),
    }
}

fn command(layers: Vec<PathBuf>, mode: Mode) -> Command {
    match mode {
        #[cfg(feature = "filewatcher")]
        Mode::Daemon => Command::Daemon(layers),
        #[cfg(feature = "filewatcher")]
        Mode::Work => Command::Work(layers),
        Mode::Validate => Command::Validate(layers),
        Mode::Render(format) => Command::Render(layers, format),
        Mode::RenderFromKantoCm(format) => {
            let names = layers
                .iter()
                .map(|name| name.to_string_lossy().into_owned());
            Command::RenderFromKantoCm(names.collect(), format)
        }
        Mode::Deploy | Mode::DryRun => Command::Deploy {
            layers,
            dry_run: mode == Mode::DryRun,
        },
    }
}

/// `--name=value` as two arguments, where the option takes a value.
fn split_value(argument: OsString) -> Vec<OsString> {
    let bytes = argument.as_bytes();
    let Some(at) = bytes.iter().position(|byte| *byte == b'=') else {
        return vec![argument];
    };
    let (name, value) = (&bytes[..at], &bytes[at + 1..]);
    if takes_value(&String::from_utf8_lossy(name)) {
        return vec![
            OsStr::from_bytes(name).to_owned(),
            OsStr::from_bytes(value).to_owned(),
        ];
    }
    vec![argument]
}

/// Takes the arguments that no option has taken: paths, or mistyped options.
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

#[cfg(test)]
mod tests;
