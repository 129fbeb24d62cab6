//! The state file on the disk: read with distrust, written so that there is always a whole one, after a power cut too.
//!
//! What is no state file of this program is never overwritten: a mistyped `--state` must not cost a file.
//!
//! Limits: two deployers that write the same file at the same moment get in each other's way. Those for one Kanto-CM take turns
//! by its lock. Every write sets the file's owner and mode. A symlink at its path is followed.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::{fmt, fs, str};

use log::info;
use serde::Deserialize;

use super::Entry;
use crate::sys::trust::{follow, Other};
use crate::sys::{errno, files, limits, Errno};
use crate::text::printable_path;

/// Of what is written, and the newest that is understood.
const VERSION: u64 = 1;
/// Largest file in bytes: some ten thousand containers.
const MAX_SIZE: u64 = 4 * 1024 * 1024;
/// How every state file begins. The number is that of its version.
const HEADER: &[u8] = b"{\"version\":1,\"containers\":[";
/// Why the state file could not be written: the action, the path and the operating system's reason in one line.
#[derive(Debug)]
pub enum SaveError {
    /// No space is left: Kanto-CM, too, would lose what it creates now, if it stores that there.
    Full(String),
    /// Anything else.
    Other(String),
}

impl SaveError {
    pub(super) fn new(action: &str, path: &Path, error: &io::Error) -> SaveError {
        let text = format!("cannot {action} {}: {}", shown(path), limits::named(error));
        match errno(error) {
            Some(Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG) => SaveError::Full(text),
            _ => SaveError::Other(text),
        }
    }
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (SaveError::Full(text) | SaveError::Other(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for SaveError {}

/// What every version has. Other fields are ignored, as a later program may add some to version 1.
#[derive(Deserialize)]
struct Head {
    version: u64,
}

#[derive(Deserialize)]
struct Body {
    containers: Vec<Entry>,
}

/// Why there are no entries, in a sentence.
pub(super) enum ReadError {
    /// What is there is no state file.
    NotOurs(String),
    /// A state file that cannot be understood.
    Damaged(String),
    /// Nobody knows what it holds.
    Unreadable(String),
}

/// The entries as they are in the file, none where there is no file. `is_ours`: nothing else can be at that path.
pub(super) fn read_entries(path: &Path, is_ours: bool) -> Result<Vec<Entry>, ReadError> {
    let shown = shown(path);
    let cannot = |reason: String| format!("cannot read the state file {shown}: {reason}");
    let other = follow(path).other;
    if let Some(Other {
        sentence,
        is_end: false,
        is_link,
    }) = other
    {
        let reason = format!("{sentence} where {shown} is");
        return Err(if is_link {
            ReadError::NotOurs(reason)
        } else {
            ReadError::Unreadable(cannot(reason))
        });
    }
    let bytes = match files::read_regular(path, MAX_SIZE) {
        Ok(Some((bytes, _))) => bytes,
        Ok(None) => {
            let reason = format!("{shown} is not a regular file");
            return Err(ReadError::NotOurs(reason));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(ReadError::Unreadable(cannot(error.to_string()))),
    };
    let parsed = match other {
        Some(other) => Err(format!("{} what it says", other.sentence)),
        None => parse(&bytes),
    };
    parsed.map_err(|reason| {
        if is_ours || has_header(&bytes) {
            ReadError::Damaged(cannot(reason))
        } else {
            ReadError::NotOurs(format!("{shown} is no state file, and is not overwritten"))
        }
    })
}

/// Does it begin as a state file does? One that a power cut has left empty, short or full of zeros does, too.
fn has_header(bytes: &[u8]) -> bool {
    let is_solid = |byte: &u8| !byte.is_ascii_whitespace() && *byte != 0;
    let solid = bytes.iter().copied().filter(is_solid);
    let mut head: Vec<u8> = solid.take(HEADER.len()).collect();
    if let Some(version) = head.get_mut(11).filter(|byte| byte.is_ascii_digit()) {
        *version = b'1';
    }
    HEADER.starts_with(&head)
}

fn parse(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    if bytes.len() as u64 > MAX_SIZE {
        return Err("larger than 4 MiB, which no state file is".to_owned());
    }
    // Where, but not what: that would be the file's own text, of any length.
    let damaged = |error: serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        format!("damaged at line {line}, column {column}")
    };
    let text = str::from_utf8(bytes).map_err(|_| "damaged: not UTF-8")?;
    let head: Head = serde_json::from_str(text).map_err(damaged)?;
    match head.version {
        VERSION => {
            let body: Body = serde_json::from_str(text).map_err(damaged)?;
            Ok(body.containers)
        }
        0 => Err("damaged: there is no version 0".to_owned()),
        newer => Err(format!(
            "written by a newer version of this program (format {newer}, known is {VERSION})"
        )),
    }
}

/// The file's text: the same for the same entries.
fn render(entries: &[Entry]) -> String {
    let mut text = format!("{{\"version\":{VERSION},\"containers\":[");
    for (index, entry) in entries.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text += &serde_json::to_string(entry).expect("plain values have a JSON form");
    }
    text.push_str("\n]}\n");
    text
}

/// Replaces the file. Only its owner may read it: it contains Kanto-CM's error texts, and digests of values that may include
/// passwords. A symlink at `path` stays one, and what it leads to is replaced. Directories that are missing are
/// made. What is there and is no regular file is left alone, and what is damaged is kept.
pub(super) fn write_entries(
    path: &Path,
    entries: &[Entry],
    is_damaged: bool,
) -> Result<(), SaveError> {
    let failed = |error: io::Error| SaveError::new("write the state file", path, &error);
    let path = &follow(path).end;
    let (Some(directory), Some(_)) = (path.parent(), path.file_name()) else {
        return Err(failed(ErrorKind::InvalidInput.into()));
    };
    match fs::symlink_metadata(path) {
        Ok(metadata) => files::require_regular(&metadata).map_err(failed)?,
        // Anything but a missing file shows again in what follows.
        Err(_) => files::make_private_directory(directory).map_err(|error| {
            SaveError::new("create the state file's directory", directory, &error)
        })?,
    }
    if is_damaged {
        keep_aside(path).map_err(failed)?;
    }
    files::replace(path, render(entries).as_bytes()).map_err(failed)
}

fn keep_aside(path: &Path) -> io::Result<()> {
    let aside = files::beside(path, "", ".damaged");
    match fs::rename(path, &aside) {
        Ok(()) => info!("the old state file is kept as {}", shown(&aside)),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    printable_path(path)
}
