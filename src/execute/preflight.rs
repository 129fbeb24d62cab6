//! Looks, before a replacement touches the old container, for what it would surely fail for: a full disk, and files that the new
//! container needs. Only what Kanto-CM sees counts, as far as it can be seen from here.

use std::fs;
use std::path::Path;

use super::calls::Caller;
use crate::container::Spec;
use crate::reconcile::{Row, Workload};
use crate::sys::disk::free_bytes;
use crate::sys::{errno, Errno};
use crate::text::printable;

/// What a unit's sandbox may hide or replace: Kanto-CM and containerd may each see something else there.
const HIDDEN: [&str; 7] = [
    "/dev",
    "/home",
    "/proc",
    "/root",
    "/run/user",
    "/tmp",
    "/var/tmp",
];
/// Bytes that Kanto-CM needs for its files of three containers.
const MIN_FREE: u64 = 256 * 1024;
/// Linux follows as many.
const MAX_SYMLINKS: u32 = 40;

/// Why the replacement is not to begin or go on for now. `file`: the manifest's. `has_providers`: containers that start before
/// it may bring the files along, so those are looked at only when they have started.
pub(super) fn check(
    caller: &Caller,
    w: &Workload,
    file: &str,
    row: Row,
    has_providers: bool,
) -> Result<(), String> {
    let is_staging = match row {
        Row::Stage => true,
        Row::TakeDown | Row::WithoutBackup if !w.attempt.is_past_return => false,
        _ => return Ok(()),
    };
    if is_staging {
        caller.store.check_writable()?;
    }
    let Some(root) = caller.client.peer().and_then(|peer| peer.root()) else {
        return Ok(());
    };
    check_disk(&root, caller.client.home())?;
    let staged = w.new_configuration();
    let desired = w.desired.as_ref().map(|desired| &desired.spec);
    match staged.as_deref().or(desired) {
        Some(new) if !(is_staging && has_providers) => check_files(&root, file, new),
        _ => Ok(()),
    }
}

/// With a full disk Kanto-CM answers every Create with success, and loses the container.
fn check_disk(root: &str, home: &str) -> Result<(), String> {
    let free = resolve(root, home).map(|path| free_bytes(Path::new(&path)));
    if !matches!(free, Ok(Some(free)) if free < MIN_FREE) {
        return Ok(());
    }
    let path = printable(home);
    Err(format!(
        "Kanto-CM's disk is full, at {path}: free some space"
    ))
}

/// A hook that comes after the container's end keeps nothing from starting.
fn check_files(root: &str, file: &str, new: &Spec) -> Result<(), String> {
    let mounts = new.mounts.iter().map(|mount| (mount.source.as_str(), true));
    let hooks = new
        .hooks
        .iter()
        .map(|hook| (hook.path.as_str(), hook.kind != "Poststop"));
    for (index, (path, is_needed)) in mounts.chain(hooks).enumerate() {
        if is_needed && is_missing(root, path) {
            let (key, index) = match index.checked_sub(new.mounts.len()) {
                Some(index) => ("path", index),
                None => ("source", index),
            };
            let list = if key == "path" { "hooks" } else { "mounts" };
            let path = printable(path);
            return Err(format!("{file}: {list}[{index}].{key}: {path} does not exist where Kanto-CM runs: create it, or correct the manifest"));
        }
    }
    Ok(())
}

/// Is there surely nothing at the path?
fn is_missing(root: &str, path: &str) -> bool {
    let Err(Unresolved::Missing(missing)) = resolve(root, path) else {
        return false;
    };
    let is_in = |directory: &&str| {
        let rest = missing.strip_prefix(*directory);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    path.starts_with('/') && !HIDDEN.iter().any(is_in)
}

/// Why a path does not lead anywhere.
#[derive(Debug, PartialEq, Eq)]
enum Unresolved {
    /// There is nothing by this path of the process.
    Missing(String),
    /// It cannot be seen from here.
    Unknown,
}

/// The path from here, symlinks followed as a process follows them whose root directory is `root`.
fn resolve(root: &str, path: &str) -> Result<String, Unresolved> {
    let (mut at, mut rest) = (String::new(), path.to_owned());
    let mut links = 0;
    while !rest.is_empty() {
        let (part, behind) = rest.split_once('/').unwrap_or((&rest, ""));
        let parent = at.len();
        let mut behind = behind.to_owned();
        if part == ".." {
            at.truncate(at.rfind('/').unwrap_or(0));
        } else if !matches!(part, "" | ".") {
            at = at + "/" + part;
            match fs::read_link(format!("{root}{at}")) {
                Ok(target) => {
                    links += 1;
                    let target = target.to_str().filter(|_| links <= MAX_SYMLINKS);
                    let target = target.ok_or(Unresolved::Unknown)?;
                    at.truncate(if target.starts_with('/') { 0 } else { parent });
                    behind = format!("{target}/{behind}");
                }
                Err(error) => match errno(&error) {
                    Some(Errno::EINVAL) => {} // no link
                    Some(Errno::ENOENT | Errno::ENOTDIR) => {
                        return Err(Unresolved::Missing(at + "/" + &behind))
                    }
                    _ => return Err(Unresolved::Unknown),
                },
            }
        }
        rest = behind;
    }
    Ok(root.to_owned() + &at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_lead_to_places_below_the_root() {
        let directory = tempfile::TempDir::new().unwrap();
        let root = directory.path().to_str().unwrap();
        let at = |path: &str| directory.path().join(path);
        fs::create_dir_all(at("data/real")).unwrap();
        fs::create_dir_all(at("var")).unwrap();
        fs::write(at("data/file"), "").unwrap();
        for (target, link) in [
            ("/data", "var/absolute"),
            ("../data/real", "var/relative"),
            ("/tmp/x", "var/hidden"),
            ("loop", "loop"),
            ("/nowhere", "var/dangling"),
        ] {
            symlink(target, at(link)).unwrap();
        }
        for (path, is_gone) in [
            ("/", false),
            ("/data/real/", false),
            ("/data//./file", false),
            ("/data/../var", false),
            ("/var/absolute/real", false),
            ("/var/relative/../file", false),
            ("/../data", false),
            ("/data/none", true),
            ("/data/file/none", true),
            ("/var/absolute/none", true),
            ("/var/dangling", true),
            // Here it is not known.
            ("/loop", false),
            ("/var/hidden", false),
            ("/tmp/none", false),
            ("/run/user/0/none", false),
            ("/run/none", true),
            ("/tmpfile", true),
            ("/..//data/./file/..", false),
            ("none", false),
            ("", false),
        ] {
            assert_eq!(is_missing(root, path), is_gone, "{path}");
        }
    }
}
