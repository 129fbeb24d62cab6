//! Reads the file of one manifest, of a bounded size, in a bounded time, and only if it is a regular file.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::manifest::FileStamp;
use crate::digest::digest;
use crate::sys::files;
use crate::sys::trust::others;

/// Largest manifest in bytes: eighty times as much as the largest known one. Parsing takes a multiple of it in memory.
const MAX_SIZE: u64 = 256 * 1024;

/// The device number of `/dev/null`, on every Linux.
const DEV_NULL: u64 = 0x103;

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
            _ => cannot_be_read(&error),
        },
    };
    Some(Err(reason))
}

/// Does the path lead to `/dev/null`?
pub(super) fn is_dev_null(path: &Path) -> bool {
    let metadata = fs::metadata(path);
    metadata.is_ok_and(|it| it.file_type().is_char_device() && it.rdev() == DEV_NULL)
}

pub(super) fn cannot_be_read(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Makes the stamp of a manifest that has drop-ins or lies in one of several layers. It changes whenever one of its files is changed
/// or touched, comes or goes.
pub(super) fn stamp_of_all(files: &[(PathBuf, ContentOrReason)]) -> FileStamp {
    let mut contents = Vec::new();
    let (mut seconds, mut nanoseconds) = (0_i64, 0_i64);
    for (path, content) in files {
        let stamp = stamp(content);
        contents.extend_from_slice(path.as_os_str().as_bytes());
        contents.push(0);
        contents.extend_from_slice(&stamp.content.to_le_bytes());
        seconds = seconds.wrapping_add(stamp.modified.0);
        nanoseconds = nanoseconds.wrapping_add(stamp.modified.1);
    }
    FileStamp {
        content: digest(&contents),
        modified: (seconds, nanoseconds),
    }
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
