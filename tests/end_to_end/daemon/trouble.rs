//! Where nothing reports changes, or something cannot be read: one warning, and a look from time to time. Without the permission
//! for a user namespace these tests pass.

use std::fs::{set_permissions, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use nix::sys::signal::Signal;

use crate::common::apart::daemon_apart;
use crate::common::daemon::{Daemon, From};
use crate::common::following::{Following, Place};
use crate::common::kanto_cm;

/// Follows `m` after this script, in a user namespace.
#[track_caller]
fn follow_apart(place: Place, root: bool, script: &str) -> Option<Following> {
    let cm = kanto_cm().start();
    let command = daemon_apart(root, script, &cm, &place.at("m"))?;
    Some(place.followed_by(cm, Daemon::spawn(command)))
}

fn chmod(path: &Path, mode: u32) {
    set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn logged(following: &Following, text: &str) -> usize {
    let log = following.daemon.lines(From::Log);
    log.iter().filter(|line| line.contains(text)).count()
}

#[test]
fn without_an_inotify_instance_it_polls() {
    let none_left = "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$@\"";
    let Some(following) = follow_apart(Place::with(&["a"]), true, none_left) else {
        return;
    };
    let reason = "cannot make an inotify instance: Too many open files";
    following.daemon.wait_for(From::Log, reason, 1);
    following.put("m/a.json", 2);
    following.expect_replaced("a", 2);
    assert_eq!(logged(&following, reason), 1);
    let raised = Command::new("nsenter")
        .args(["--user", "--preserve-credentials", "--target"])
        .arg(following.daemon.pid().to_string())
        .args(["sh", "-c", "echo 9 > /proc/sys/user/max_inotify_instances"])
        .status();
    if raised.is_ok_and(|status| status.success()) {
        following.daemon.signal(Signal::SIGHUP);
        following
            .daemon
            .wait_for(From::Log, "are noticed at once from now on", 1);
        let begin = Instant::now();
        following.put("m/a.json", 3);
        following.expect_replaced("a", 3);
        assert!(begin.elapsed().as_secs() < 8, "not at the next look");
    }
}

#[test]
fn an_unreadable_directory_is_one_warning() {
    let Some(following) = follow_apart(Place::with(&["a"]), false, "exec \"$@\"") else {
        return;
    };
    chmod(&following.at("m"), 0);
    let reason = "cannot read manifests from";
    following.daemon.wait_for(From::Log, reason, 1);
    following.daemon.signal(Signal::SIGHUP);
    following.daemon.wait_for(From::Notify, "READY=1", 2);
    following.daemon.wait_for_status(&format!(
        "cannot read manifests from {}: Permission denied (os error 13)",
        following.at("m").display()
    ));
    assert_eq!(logged(&following, reason), 1);
    following.expect_changes(&[]);
    chmod(&following.at("m"), 0o755);
    following.daemon.signal(Signal::SIGHUP);
    following.daemon.wait_for(From::Log, "can be read now", 1);
    following.put("m/a.json", 2);
    following.expect_replaced("a", 2);
}

#[test]
fn an_unreadable_manifest_leaves_its_container_alone() {
    let Some(following) = follow_apart(Place::with(&["a", "b"]), false, "exec \"$@\"") else {
        return;
    };
    chmod(&following.at("m/a.json"), 0);
    following
        .daemon
        .wait_for_status("1 container up to date, 1 invalid: a.json");
    let reason = "error: a.json: cannot be read: Permission denied";
    following.daemon.wait_for(From::Log, reason, 1);
    chmod(&following.at("m/a.json"), 0o644);
    following.daemon.wait_for_status("2 containers up to date");
    following.expect_nothing_until("m/z.json");
}
