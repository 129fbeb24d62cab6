//! The values that options take.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use pico_args::Arguments;

use super::{Output, RenderFormat};

/// In bytes, the zero behind them left out.
const MAX_SOCKET: usize = 107;

/// The value of an option, if it is given.
pub(super) fn value<T>(
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

pub(super) fn seconds(
    arguments: &mut Arguments,
    name: &'static str,
    least: u32,
    default: Duration,
) -> Result<Duration, String> {
    let parse = |text: &OsStr| {
        let number = text.to_str().and_then(|text| text.parse().ok());
        let number = number.filter(|seconds: &u32| *seconds >= least);
        number.map(|seconds| secs(seconds.into())).ok_or_else(|| {
            format!(
                "expected a whole number of seconds from {least} to {}, found {text:?}",
                u32::MAX
            )
        })
    };
    Ok(value(arguments, ["", name], parse)?.unwrap_or(default))
}

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn path(text: &OsStr) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err("expected a path, found nothing".to_owned());
    }
    Ok(PathBuf::from(text))
}

/// The kernel takes no longer path for a socket.
pub(super) fn socket(text: &OsStr) -> Result<PathBuf, String> {
    if text.len() > MAX_SOCKET {
        return Err(format!(
            "the path of a socket has {MAX_SOCKET} bytes at most, this one has {}: name it by a shorter symlink",
            text.len()
        ));
    }
    path(text)
}

pub(super) fn state(text: &OsStr) -> Result<Option<PathBuf>, String> {
    Ok(if text == "none" {
        None
    } else {
        Some(path(text)?)
    })
}

pub(super) fn jobs(text: &OsStr) -> Result<usize, String> {
    let jobs = text
        .to_str()
        .and_then(|text| text.parse().ok())
        .filter(|jobs| (1..=1000).contains(jobs));
    jobs.ok_or_else(|| format!("expected a number from 1 to 1000, found {text:?}"))
}

pub(super) fn output(text: &OsStr) -> Result<Output, String> {
    match text.to_str() {
        Some("text") => Ok(Output::Text),
        Some("json") => Ok(Output::Json),
        _ => Err(format!("expected text or json, found {text:?}")),
    }
}

pub(super) fn render_format(text: &OsStr) -> Result<RenderFormat, String> {
    match text.to_str() {
        Some("cm") => Ok(RenderFormat::Cm),
        Some("internal") => Ok(RenderFormat::Internal),
        _ => Err(format!("expected cm or internal, found {text:?}")),
    }
}
