//! Remote file systems: inotify reports what this machine does on them, but not what other machines do.
//!
//! Limit: the type alone decides, so a local disk behind FUSE counts as remote, too.

use std::path::Path;

use crate::sys::disk::file_system_type;

/// `statfs` magic numbers (as in linux/magic.h and the file systems' own headers) and names for people.
const REMOTE: [(u32, &str); 21] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE or virtiofs"),
    (0x786f_4256, "vboxsf"),
    (0xbacb_acbc, "vmhgfs"),
    (0x7c7c_6673, "prl_fs"),
    (0x00c0_ffee, "hostfs"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564c, "NCP"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x0bd0_0bd0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x1983_0326, "BeeGFS"),
    (0x2003_0528, "OrangeFS"),
];

/// Returns the name of the remote file system that has this magic number.
fn remote_name(magic: u32) -> Option<&'static str> {
    let found = REMOTE.iter().find(|(number, _)| *number == magic);
    found.map(|(_, name)| *name)
}

/// Reads the name of the remote file system that holds `path`; `None` also if `path` does not exist.
pub(super) fn read_remote_fs(path: &Path) -> Option<&'static str> {
    file_system_type(path).and_then(remote_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_that_other_machines_change_are_remote() {
        assert_eq!(remote_name(0x6969), Some("NFS"));
        assert_eq!(remote_name(0xfe53_4d42), Some("SMB2"));
        assert_eq!(remote_name(0x0102_1997), Some("9p"));
        assert_eq!(remote_name(0x6573_5546), Some("FUSE or virtiofs"));
        for (local, name) in [
            (0xef53, "ext4"),
            (0x0102_1994, "tmpfs"),
            (0x9123_683e, "btrfs"),
            (0x5846_5342, "XFS"),
            (0x794c_7630, "overlayfs"),
            (0xf2f5_2010, "F2FS"),
            (0x2405_1905, "UBIFS"),
            (0x4d44, "FAT"),
        ] {
            assert_eq!(remote_name(local), None, "{name}");
        }
    }

    #[test]
    fn each_number_is_listed_once() {
        let mut numbers: Vec<u32> = REMOTE.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), REMOTE.len());
    }

    #[test]
    fn a_local_file_system_has_no_name() {
        assert_eq!(read_remote_fs(Path::new("/proc")), None);
        assert_eq!(read_remote_fs(Path::new("/nonexistent")), None);
    }
}
