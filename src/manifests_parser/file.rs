//! Reads the file of one manifest, of a bounded size, in a bounded time, and only if it is a regular file.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::manifest::FileStamp;
use crate::digest::digest;
use crate::sys::files;
use crate::sys::trust::others;

/// Largest manifest in bytes: eighty times as much as the largest known one. Parsing takes a multiple of it in memory.
const MAX_SIZE: u64 = 256 * 1024;

/// Why a file cannot be read while another program has a lease on it. The kernel ends the lease after a time.
pub(super) const LEASED: &str =
    "cannot be read now: another program holds a lease on it, as Samba does for its clients";
const LEASE_TRIES: u32 = 10;
const LEASE_PAUSE: Duration = Duration::from_millis(50);

/// A manifest as it lies on the disk.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    modified: (i64, i64),
    /// Who else can change the file, as the end of a sentence.
    pub(super) untrusted_writers: Option<String>,
}

/// A file's content, or why it cannot be read.
pub(super) type ContentOrReason = Result<Content, String>;

/// Reads a regular file. `None`: the file is gone, or it is something else. Such a thing is not even opened, because that
/// can block, or make a device do something.
pub(super) fn read_file(path: &Path) -> Option<ContentOrReason> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return None,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let reason = || Err("a symlink to a file that does not exist".to_owned());
            return path.is_symlink().then(reason);
        }
        Err(error) => return Some(Err(cannot_be_read(&error))),
    }
    match open_leased(path).and_then(read_open_file) {
        Ok(Some(content)) if content.bytes.len() as u64 > MAX_SIZE => {
            Some(Err("larger than 256 KiB, which no manifest is".to_owned()))
        }
        Ok(content) => content.map(Ok),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) if error.kind() == ErrorKind::WouldBlock => Some(Err(LEASED.to_owned())),
        Err(error) => Some(Err(cannot_be_read(&error))),
    }
}

/// Opens a file for reading. The kernel asks a program that has a lease on it to give the lease back, which takes time.
fn open_leased(path: &Path) -> io::Result<File> {
    let mut tries = 1;
    loop {
        match files::open(path) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && tries < LEASE_TRIES => {
                tries += 1;
            }
            opened => return opened,
        }
        thread::sleep(LEASE_PAUSE);
    }
}

/// Reads one byte more than a manifest may have, at most. `None`: it is no regular file.
fn read_open_file(file: File) -> io::Result<Option<Content>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    Ok(Some(Content {
        bytes,
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        untrusted_writers: others(&metadata),
    }))
}

fn cannot_be_read(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Makes the stamp of a file from its content, or from the reason why it cannot be read.
pub(super) fn stamp(content: &ContentOrReason) -> FileStamp {
    match content {
        Ok(content) => FileStamp {
            content: digest(&content.bytes),
            modified: content.modified,
        },
        Err(reason) => FileStamp {
            content: digest(reason.as_bytes()),
            ..FileStamp::default()
        },
    }
}
