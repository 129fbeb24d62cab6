//! Reads the manifests of a directory, or a single one: the only part of the parser that touches the disk.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::slice;
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::across;
use super::directory::{judge_ways, warn_about_directory, warn_if_empty};
use super::manifests::{Invalid, Manifest, Manifests, Version};
use super::overlooked::overlooked;
use super::parse::parse_manifest;
use super::problem::{Problem, Problems};
use crate::digest::digest;
use crate::sort::sort;
use crate::text::printable;
use crate::trust::others;

/// Largest manifest in bytes: eighty times as much as the largest known one. What is read takes a multiple of it in memory.
const MAX_SIZE: u64 = 256 * 1024;

/// Why a file cannot be read that somebody has a lease on. The kernel ends it after a time.
const LEASED: &str =
    "cannot be read now: another program holds a lease on it, as Samba does for its clients";
const LEASE_TRIES: u32 = 10;
const LEASE_PAUSE: Duration = Duration::from_millis(50);

/// Why a manifests directory (or a single manifest's path) cannot be read.
#[derive(Debug)]
pub struct ScanError {
    /// What was to be read.
    pub path: PathBuf,
    /// The operating system's reason.
    pub error: io::Error,
}

impl ScanError {
    /// Is there nothing at that path (yet)?
    pub fn is_missing(&self) -> bool {
        is_missing(&self.error)
    }
}

/// Is there no such name, or no directory where one would have to be?
pub(crate) fn is_missing(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(Errno::ENOTDIR as i32)
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot read manifests from {}: {}",
            printable(&self.path.to_string_lossy()),
            self.error
        )
    }
}

impl std::error::Error for ScanError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Reads every manifest of a directory, or the one manifest that `path` is.
pub fn read_manifests(path: &Path) -> Result<Manifests, ScanError> {
    let mut manifests = Manifests::default();
    warn_about_directory(path, &mut manifests);
    let read = each_file(path, &mut |file, path, content| {
        add(file, path, content, &mut manifests);
    });
    read.map_err(|error| ScanError {
        path: path.to_owned(),
        error,
    })?;
    across::judge(&mut manifests);
    manifests.overlooked.extend(overlooked(path));
    warn_if_empty(slice::from_ref(&path), &mut manifests);
    judge_ways(path, &mut manifests);
    Ok(manifests)
}

/// The versions of all files that [`read_manifests`] would read, valid or not, with their paths; and whether one of them could not
/// be opened just now, without anything that would tell when it can be.
pub fn read_versions(path: &Path) -> Result<(Vec<(PathBuf, Version)>, bool), ScanError> {
    let mut versions = Vec::new();
    let mut is_leased = false;
    each_file(path, &mut |_, path, content| {
        is_leased |= matches!(&content, Err(reason) if reason == LEASED);
        versions.push((path, version(&content)));
    })
    .map_err(|error| ScanError {
        path: path.to_owned(),
        error,
    })?;
    Ok((versions, is_leased))
}

/// Reads several paths, each a directory or a single manifest. Each directory is a set of its own, and so are all the
/// single files together: within a set no two manifests may be for one container. Files are named with their directory.
/// Who else can write them is not judged: they are checked for a machine on which they get other modes.
pub fn read_all(paths: &[PathBuf]) -> Result<Manifests, ScanError> {
    let (mut all, mut single) = (Manifests::default(), Manifests::default());
    for (index, path) in paths.iter().enumerate() {
        if paths[..index].contains(path) {
            continue;
        }
        let mut own = Manifests::default();
        let is_directory = path.is_dir();
        let set = if is_directory { &mut own } else { &mut single };
        let read = each_file(path, &mut |file, path, mut content| {
            if let Ok(content) = &mut content {
                content.writers = None;
            }
            add(file, path, content, set);
        });
        read.map_err(|error| ScanError {
            path: path.clone(),
            error,
        })?;
        across::judge(&mut own);
        own.overlooked.extend(overlooked(path));
        append(&mut all, own);
    }
    across::judge(&mut single);
    append(&mut all, single);
    warn_if_empty(paths, &mut all);
    for manifest in &mut all.valid {
        manifest.file.clone_from(&manifest.path);
    }
    for invalid in &mut all.invalid {
        invalid.file.clone_from(&invalid.path);
    }
    Ok(all)
}

fn append(all: &mut Manifests, more: Manifests) {
    all.valid.extend(more.valid);
    all.invalid.extend(more.invalid);
    all.directory_warnings.extend(more.directory_warnings);
    all.overlooked.extend(more.overlooked);
}

/// What a file holds, or why it cannot be read.
type ContentOrReason = Result<Content, String>;

/// Reads each file of a directory that could be a manifest, in byte order of the names, or the one file that `path` is.
fn each_file(path: &Path, take: &mut dyn FnMut(&Path, PathBuf, ContentOrReason)) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return each_file_of_directory(path, take);
    }
    match read_file(path).transpose() {
        Some(content) => take(path, path.to_owned(), content),
        None if metadata.is_file() => return Err(ErrorKind::NotFound.into()),
        None => {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "neither a directory nor a regular file",
            ))
        }
    }
    Ok(())
}

fn each_file_of_directory(
    path: &Path,
    take: &mut dyn FnMut(&Path, PathBuf, ContentOrReason),
) -> io::Result<()> {
    for name in manifest_names(path)? {
        let full = path.join(&name);
        if let Some(content) = read_file(&full).transpose() {
            take(Path::new(&name), full, content);
        }
    }
    Ok(())
}

/// The names in a directory that manifests can have, in byte order.
pub(crate) fn manifest_names(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = names(directory)?;
    names.retain(|name| is_manifest_name(name));
    Ok(names)
}

/// All names in a directory, in byte order.
pub(super) fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        names.push(entry?.file_name());
    }
    sort(&mut names);
    Ok(names)
}

/// Editors put a dot, `#` or `~` before the names of their temporary files, or end them with something else.
pub(super) fn is_manifest_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.ends_with(b".json") && name.len() > 5 && !matches!(name[0], b'.' | b'#' | b'~')
}

/// A manifest as it lies on the disk.
struct Content {
    bytes: Vec<u8>,
    modified: (i64, i64),
    /// Who else can change it.
    writers: Option<String>,
}

/// The content of a regular file; nothing when there is none of that name any more, or something else. What is no
/// regular file is not opened: that alone can block, or set a device going.
fn read_file(path: &Path) -> Result<Option<Content>, String> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let dangling = fs::symlink_metadata(path).is_ok();
            return if dangling {
                Err("a symlink to a file that does not exist".to_owned())
            } else {
                Ok(None)
            };
        }
        Err(error) => return Err(cannot_be_read(&error)),
    }
    // Not blocking, in case that it became a FIFO this very moment.
    let flags = (OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits();
    match open_leased(path, flags) {
        Ok(file) => read_open_file(file)
            .map_err(|error| cannot_be_read(&error))?
            .transpose(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Err(LEASED.to_owned()),
        Err(error) => Err(cannot_be_read(&error)),
    }
}

/// Opens a file to be read. Who has a lease on it is asked by that to give it back, and is given some time.
fn open_leased(path: &Path, flags: i32) -> io::Result<File> {
    let mut tries = 1;
    loop {
        let opened = File::options().read(true).custom_flags(flags).open(path);
        match opened {
            Err(error) if error.kind() == ErrorKind::WouldBlock && tries < LEASE_TRIES => {
                tries += 1;
            }
            opened => return opened,
        }
        thread::sleep(LEASE_PAUSE);
    }
}

fn read_open_file(file: File) -> io::Result<Option<Result<Content, String>>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let length = file.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    if length as u64 > MAX_SIZE {
        return Ok(Some(Err(
            "larger than 256 KiB, which no manifest is".to_owned()
        )));
    }
    let modified = (metadata.mtime(), metadata.mtime_nsec());
    Ok(Some(Ok(Content {
        bytes,
        modified,
        writers: others(&metadata),
    })))
}

fn cannot_be_read(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

fn version(content: &ContentOrReason) -> Version {
    match content {
        Ok(content) => Version {
            content: digest(&content.bytes),
            modified: content.modified,
        },
        Err(reason) => Version {
            content: digest(reason.as_bytes()),
            ..Version::default()
        },
    }
}

fn add(file: &Path, path: PathBuf, content: ContentOrReason, manifests: &mut Manifests) {
    let (file, version) = (file.to_owned(), version(&content));
    let content = match content {
        Ok(content) => content,
        Err(reason) => {
            return manifests.invalid.push(Invalid {
                file,
                path,
                problems: Problem::of_file(reason).into(),
                warnings: Problems::default(),
                version,
            });
        }
    };
    let parsed = parse_manifest(&stem(&path), &content.bytes);
    let mut warnings = parsed.warnings;
    if let Some(who) = content.writers {
        let message = format!("the file {who} what runs as root");
        warnings.push_first(Problem::of_file(message));
    }
    match parsed.container {
        Ok(container) => {
            let (format, anchors) = (parsed.format, parsed.anchors);
            manifests.valid.push(Manifest {
                file,
                path,
                container,
                warnings,
                format,
                version,
                anchors,
            });
        }
        Err(problems) => manifests.invalid.push(Invalid {
            file,
            path,
            problems,
            warnings,
            version,
        }),
    }
}

/// The file's name without `.json`, or without whatever else stands behind its last dot.
fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_manifests() {
        let is = |name: &str| is_manifest_name(OsStr::new(name));
        assert!(is("a.json") && is("a b.json") && is("json.json"));
        for other in [
            ".json",
            ".a.json",
            "#a.json",
            "~a.json",
            "a.json~",
            "a.JSON",
            "a.json.disabled",
            "ajson",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
