//! The file system that holds a path: its type, and its free space.

use std::path::Path;

#[cfg(feature = "filewatcher")]
use nix::sys::statfs::{statfs, FsType};
use nix::sys::statvfs::statvfs;

/// The magic number of the file system's type (linux/magic.h); `None` also if `path` does not exist.
#[cfg(feature = "filewatcher")]
pub(crate) fn file_system_type(path: &Path) -> Option<u32> {
    Some(magic(statfs(path).ok()?.filesystem_type()))
}

/// The number's type differs between the architectures and may have a sign; its 32 bits do not differ.
#[cfg(feature = "filewatcher")]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unnecessary_cast
)]
fn magic(FsType(number): FsType) -> u32 {
    number as u32
}

/// Free bytes; `None` where they are not known or not limited.
#[allow(clippy::useless_conversion)] // on some machines the counts have 32 bits
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let disk = statvfs(path).ok()?;
    // Where there is no limit, all counts are 0.
    if disk.blocks() == 0 {
        return None;
    }
    Some(u64::from(disk.blocks_free()) * u64::from(disk.fragment_size()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "filewatcher")]
    fn the_type_is_read() {
        assert_eq!(file_system_type(Path::new("/proc")), Some(0x9fa0));
        assert_eq!(file_system_type(Path::new("/nonexistent")), None);
    }

    #[test]
    fn a_file_system_without_blocks_has_no_limit() {
        assert_eq!(free_bytes(Path::new("/proc")), None);
        assert_eq!(free_bytes(Path::new("/nonexistent")), None);
        assert!(free_bytes(Path::new("/")).is_some());
    }
}
