//! Files: read without blocking, replaced so that there is always a whole one, after a power cut too.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::mkdir;

use super::{errno, Errno};

/// Root only, or whoever this process runs as.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_DIRECTORY: u32 = 0o700;
const LEASE_TRIES: u32 = 10;
const LEASE_PAUSE: Duration = Duration::from_millis(50);

/// Is there no such name, or no directory where one would have to be?
pub(crate) fn is_missing(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || errno(error) == Some(Errno::ENOTDIR)
}

/// Reads a regular file, and one byte more than `max` at most. `None`: it is something else. Such a thing is not even opened,
/// because that can block, or make a device do something.
pub(crate) fn read_regular(path: &Path, max: u64) -> io::Result<Option<(Vec<u8>, Metadata)>> {
    if !fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let file = open_leased(path)?;
    // Something else may be there by now.
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(max + 1).read_to_end(&mut bytes)?;
    Ok(Some((bytes, metadata)))
}

/// Opens a file for reading: a FIFO does not block it, and a terminal does not become this process's own. The kernel asks a
/// program that has a lease on the file to give the lease back, which takes time.
fn open_leased(path: &Path) -> io::Result<File> {
    let flags = (OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits();
    let mut tries = 1;
    loop {
        match File::options().read(true).custom_flags(flags).open(path) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && tries < LEASE_TRIES => {
                tries += 1;
            }
            opened => return opened,
        }
        thread::sleep(LEASE_PAUSE);
    }
}

/// An error of the kind `InvalidInput` for anything but a regular file.
pub(crate) fn require_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::new(
        ErrorKind::InvalidInput,
        "not a regular file",
    ))
}

/// Replaces a file in its directory. Only its owner may read and write it, whatever the umask.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = beside(path, ".", ".new");
    // What an earlier process left or somebody planted there is not written to, be it a file or a link.
    let _ = fs::remove_file(&new);
    if let Err(error) = create(&new, content).and_then(|()| fs::rename(&new, path)) {
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    // The name lasts from here on; a file system that cannot do that has other ways, or none.
    let directory = path.parent().map(File::open);
    let _ = directory.map(|directory| directory?.sync_all());
    Ok(())
}

fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(PRIVATE_FILE))?;
    file.write_all(content)?;
    file.sync_all()
}

/// The path of a file in the same directory, with more in its name.
pub(crate) fn beside(path: &Path, before: &str, behind: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or(OsStr::new("")));
    name.push(behind);
    path.with_file_name(name)
}

/// Makes a directory, and those above it, for its owner only, whatever the umask.
pub(crate) fn make_private_directory(path: &Path) -> io::Result<()> {
    if path == Path::new("") || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        make_private_directory(above)?;
    }
    mkdir(path, Mode::S_IRWXU)?;
    fs::set_permissions(path, Permissions::from_mode(PRIVATE_DIRECTORY))
}
