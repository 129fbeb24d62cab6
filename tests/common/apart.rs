//! Namespaces: what a test does to the machine without any other noticing.

use std::fs;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use nix::mount::{mount, umount, umount2, MntFlags, MsFlags};
use nix::sched::{unshare, CloneFlags};
use simulated_kanto_cm::Process;

use super::{command, deploy_arguments};

/// A mount, until it is dropped. It must be possible to unmount it then, so nobody may be using it.
pub(crate) struct Mounted(Option<PathBuf>);

/// Runs a test with mounts that only it and the processes that it starts see. Without the permission for that it is not run.
pub(crate) fn in_own_mounts(test: impl FnOnce() + Send) {
    in_thread(|| {
        if unshare_mounts() {
            test();
        }
    });
}

/// Runs a test so that nobody else's mounts wake its daemon, if that is permitted.
pub(crate) fn undisturbed(test: impl FnOnce() + Send) {
    in_thread(|| {
        unshare_mounts();
        test();
    });
}

/// For the namespace is the thread's.
fn in_thread(test: impl FnOnce() + Send) {
    thread::scope(|scope| {
        if let Err(panic) = scope.spawn(test).join() {
            resume_unwind(panic);
        }
    });
}

fn unshare_mounts() -> bool {
    let (none, private) = (None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE);
    let is_apart =
        unshare(CloneFlags::CLONE_NEWNS).is_ok() && mount(none, "/", none, private, none).is_ok();
    if is_apart {
        forget_containers();
    }
    is_apart
}

/// Whoever ends a container of this machine removes the directory that it was mounted on, which unmounts it here as well.
fn forget_containers() {
    let mounts = fs::read_to_string("/proc/thread-self/mounts").expect("the mounts");
    for mount in mounts.lines().rev() {
        let mut words = mount.split(' ');
        let (on, kind) = (words.nth(1).unwrap_or("/"), words.next());
        if on != "/" && matches!(kind, Some("overlay" | "nsfs")) {
            let _ = umount2(on, MntFlags::MNT_DETACH);
        }
    }
}

impl Mounted {
    pub(crate) fn bind(from: &Path, on: PathBuf) -> Mounted {
        let none = None::<&str>;
        mount(Some(from), &on, none, MsFlags::MS_BIND, none).expect("a mount");
        Mounted(Some(on))
    }

    pub(crate) fn empty(on: PathBuf) -> Mounted {
        Mounted::of_size(on, "50%")
    }

    /// An empty one that holds so much.
    pub(crate) fn of_size(on: PathBuf, size: &str) -> Mounted {
        mount_memory(&on, MsFlags::empty(), size);
        Mounted(Some(on))
    }

    /// From now on it holds so much.
    pub(crate) fn resize(&self, size: &str) {
        mount_memory(self.0.as_ref().expect("mounted"), MsFlags::MS_REMOUNT, size);
    }

    /// Unmounts it, and demands that nobody is in the way of that.
    #[track_caller]
    pub(crate) fn unmount(mut self) {
        let on = self.0.take().expect("mounted");
        umount(&on).unwrap_or_else(|error| panic!("cannot unmount {}: {error}", on.display()));
    }
}

fn mount_memory(on: &Path, flags: MsFlags, size: &str) {
    let options = format!("size={size}");
    mount(
        None::<&str>,
        on,
        Some("tmpfs"),
        flags,
        Some(options.as_str()),
    )
    .expect("a mount");
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(on) = &self.0 {
            let _ = umount(on);
        }
    }
}

/// A command line for the daemon in a user namespace that this script, which must end with `exec "$@"`, prepares; `root`: as
/// root of that. `None`: that is not permitted here.
pub(crate) fn daemon_apart(root: bool, script: &str, cm: &Process, path: &Path) -> Option<Command> {
    let apart: &[&str] = if root {
        &["--user", "--map-root-user"]
    } else {
        &["--user"]
    };
    let mut trial = Command::new("unshare");
    trial
        .args(apart)
        .args(["sh", "-c", script, "sh", "true"])
        .stderr(Stdio::null());
    if !trial.status().is_ok_and(|status| status.success()) {
        return None;
    }
    let mut all = vec!["--daemon".to_owned()];
    all.extend(deploy_arguments(cm, path, &["--settle", "0"]));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let inner = command(&all);
    let mut outer = Command::new("unshare");
    outer
        .args(apart)
        .args(["sh", "-c", script, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (key, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(key, value),
            None => outer.env_remove(key),
        };
    }
    Some(outer)
}
