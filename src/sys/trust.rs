//! Finds out whether another user than root and the one of this process can change what lies at a path.
//!
//! Limits: access control lists are seen as far as they show in the mode bits, and so are the capabilities of others not at all.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use nix::unistd::geteuid;

use crate::text::printable_path;

/// Linux follows as many.
const MAX_SYMLINKS: u32 = 40;

/// Who can change something.
#[derive(Debug)]
pub struct Other {
    /// What is said of the path: `/x belongs to user 1000, who thereby decides`.
    pub sentence: String,
    /// Somebody else's symlink leads away from the path.
    pub is_link: bool,
    /// It is what the path leads to, and not something on the way.
    pub is_end: bool,
}

/// Root, this user, and whoever `/` belongs to: root, as a user namespace shows it.
pub fn is_trusted(uid: u32) -> bool {
    let is_owner_of_all = || fs::metadata("/").is_ok_and(|root| root.uid() == uid);
    uid == 0 || uid == geteuid().as_raw() || is_owner_of_all()
}

/// Who but its owner and root can write a file, or put files into a directory, or owns it (`belongs to user 7, who thereby
/// decides`). A group that has the number of the owner is taken for the owner's own, as user-private groups are.
pub fn others(metadata: &Metadata) -> Option<String> {
    let owner = metadata.uid();
    if !is_trusted(owner) {
        return Some(format!("belongs to user {owner}, who thereby decides"));
    }
    let who = writers(metadata.mode(), owner, metadata.gid())?;
    Some(format!("can be written by {who}, who thereby decide"))
}

fn writers(mode: u32, owner: u32, group: u32) -> Option<&'static str> {
    if mode & 0o002 != 0 {
        Some("every user")
    } else if mode & 0o020 != 0 && group != 0 && group != owner {
        Some("the users of its group")
    } else {
        None
    }
}

/// Where a path leads, and who can change that.
#[derive(Debug, Default)]
pub struct Way {
    /// Without symlinks, as far as it exists.
    pub end: PathBuf,
    /// The first on the way. What lies in a sticky directory is its owner's.
    pub other: Option<Other>,
}

/// Goes the way that a path is, as the kernel would.
pub fn follow(path: &Path) -> Way {
    let mut way = Way::default();
    let (mut rest, mut links) = (Vec::new(), 0);
    let here = std::env::current_dir().unwrap_or_default();
    turn(&mut way.end, &mut rest, &here.join(path));
    while let Some(name) = rest.pop() {
        if name == ".." {
            way.end.pop();
            continue;
        }
        let next = way.end.join(name);
        let mut target = None;
        if let Ok(metadata) = fs::symlink_metadata(&next) {
            let is_link = metadata.is_symlink();
            if is_link && links < MAX_SYMLINKS {
                links += 1;
                target = fs::read_link(&next).ok();
            }
            if way.other.is_none() {
                way.other = other_at(&next, &metadata, rest.is_empty() && !is_link);
            }
        }
        match target {
            Some(target) => turn(&mut way.end, &mut rest, &target),
            None => way.end = next,
        }
    }
    way
}

/// The mode of a symlink says nothing, nor does that of a sticky directory of what lies in it.
fn other_at(path: &Path, metadata: &Metadata, is_end: bool) -> Option<Other> {
    let is_link = metadata.is_symlink();
    let is_sticky = metadata.is_dir() && metadata.mode() & 0o1000 != 0;
    if (is_link || is_sticky) && is_trusted(metadata.uid()) {
        return None;
    }
    let who = others(metadata)?;
    Some(Other {
        sentence: format!("{} {who}", printable_path(path)),
        is_link,
        is_end,
    })
}

/// Goes on with a path, such as that of a symlink. `..` is the directory above the one that was reached.
fn turn(at: &mut PathBuf, rest: &mut Vec<OsString>, path: &Path) {
    if path.is_absolute() {
        *at = PathBuf::from("/");
    }
    let names = path
        .components()
        .rev()
        .filter_map(|component| match component {
            Component::Normal(_) | Component::ParentDir => Some(component.as_os_str().to_owned()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        });
    rest.extend(names);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_are_everybody_or_a_foreign_group() {
        assert_eq!(writers(0o100_644, 1000, 100), None);
        assert_eq!(writers(0o100_664, 0, 0), None);
        assert_eq!(writers(0o100_664, 1000, 1000), None);
        assert_eq!(writers(0o100_664, 0, 100), Some("the users of its group"));
        assert_eq!(writers(0o100_602, 0, 0), Some("every user"));
        assert_eq!(writers(0o041_777, 0, 0), Some("every user"));
    }
}
