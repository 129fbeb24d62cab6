//! Reads the file of one manifest, of a bounded size, in a bounded time, and only if it is a regular file.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::manifest::FileStamp;
use crate::digest::digest;
use crate::sys::files;
use crate::sys::trust::others;

/// Largest manifest in bytes: eighty times as much as the largest known one. Parsing takes a multiple of it in memory.
const MAX_SIZE: u64 = 256 * 1024;

/// Why a file cannot be read while another program has a lease on it. The kernel ends the lease after a time.
pub(super) const LEASED: &str =
    "cannot be read now: another program holds a lease on it, as Samba does for its clients";

/// A manifest as it lies on the disk.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    modified: (i64, i64),
    /// Who else can change the file, as the end of a sentence.
    pub(super) untrusted_writers: Option<String>,
}

/// A file's content, or why it cannot be read.
pub(super) type ContentOrReason = Result<Content, String>;

/// Reads a regular file. `None`: the file is gone, or it is something else.
pub(super) fn read_file(path: &Path) -> Option<ContentOrReason> {
    let reason = match files::read_regular(path, MAX_SIZE) {
        Ok(None) => return None,
        Ok(Some((bytes, metadata))) if bytes.len() as u64 <= MAX_SIZE => {
            return Some(Ok(Content {
                bytes,
                modified: (metadata.mtime(), metadata.mtime_nsec()),
                untrusted_writers: others(&metadata),
            }))
        }
        Ok(Some(_)) => "larger than 256 KiB, which no manifest is".to_owned(),
        Err(error) => match error.kind() {
            ErrorKind::NotFound if !path.is_symlink() => return None,
            ErrorKind::NotFound => "a symlink to a file that does not exist".to_owned(),
            ErrorKind::WouldBlock => LEASED.to_owned(),
            _ => format!("cannot be read: {error}"),
        },
    };
    Some(Err(reason))
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
