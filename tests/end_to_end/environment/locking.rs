//! One deployer at a time.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::Signal;
use simulated_kanto_cm::{Fault, Image, Method, Phase, What};
use tempfile::TempDir;

use crate::common::replacing::wait_for_nth_call;
use crate::common::{
    count, deploy, deploy_command, image, kanto_cm, manifest, run, Manifests, Running,
};

#[test]
fn a_second_deployer_waits_and_then_looks_again() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    cm.fault(Fault::at(Method::Start, What::DelayMs(2_000)));
    let first = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_call(Method::Start, "a");
    let second = deploy(&cm, &manifests, &[]);
    second
        .expect_code(0)
        .expect_log("another deployer is at work, waiting")
        .expect_lines(&["a  up to date", "1 manifest: 1 up to date"]);
    first.wait().expect_code(0);
    assert_eq!(count(&cm.calls(), Method::Start), 1);
}

#[test]
fn a_deployer_that_takes_too_long_is_exit_code_3() {
    let cm = kanto_cm().endless_pull("a").start();
    let manifests = Manifests::new().with("a");
    let first = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_call(Method::Create, "a");
    let second = deploy(&cm, &manifests, &["--connect-timeout", "1"]);
    second
        .expect_code(3)
        .expect_log("error: another deployer is at work: it holds the lock on ");
    assert!(second.took < Duration::from_secs(20), "{:?}", second.took);
    let third = Running::spawn(deploy_command(&cm, &manifests, &[]));
    third
        .signal_when_logged("another deployer is at work", Signal::SIGTERM)
        .expect_code(143);
    first.signal(Signal::SIGTERM);
    first.wait().expect_code(143);
    assert_eq!(count(&cm.calls(), Method::Create), 1);
}

#[test]
fn a_run_that_changes_nothing_needs_no_lock() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    deploy(&cm, &manifests, &[]).expect_code(0);
    let slow = Manifests::new().with("slow");
    cm.set_image(Image::new(image("slow")).pull_ms(100_000));
    let first = Running::spawn(deploy_command(&cm, &slow, &[]));
    cm.wait_for_call(Method::Create, "slow");
    deploy(&cm, &manifests, &["--connect-timeout", "0"]).expect_code(0);
    first.signal(Signal::SIGTERM);
    first.wait().expect_code(143);
}

#[test]
fn a_change_that_is_due_after_settling_needs_the_lock() {
    let cm = kanto_cm()
        .endless_pull("slow")
        .running(&manifest("a"))
        .start();
    cm.wait_until(|state| state.phase == Phase::Ready);
    // Kanto-CM has lost its restart policy over its own crash.
    cm.exit_container("a", 1);
    let slow = Manifests::new().with("slow");
    let first = Running::spawn(deploy_command(&cm, &slow, &[]));
    cm.wait_for_call(Method::Create, "slow");
    let manifests = Manifests::new().with("a");
    let second = deploy(
        &cm,
        &manifests,
        &["--settle", "1", "--connect-timeout", "1"],
    );
    second
        .expect_code(3)
        .expect_log("a: watching it for 1 s")
        .expect_log("error: another deployer is at work: it holds the lock on ");
    assert_eq!(count(&cm.calls(), Method::Start), 0, "{}", cm.journal());
    first.signal(Signal::SIGTERM);
    first.wait().expect_code(143);
    deploy(&cm, &manifests, &["--settle", "1"]).expect_code(0);
    assert_eq!(count(&cm.calls(), Method::Start), 1, "{}", cm.journal());
}

/// Demands that a deployer is kept away from that socket.
#[track_caller]
fn expect_locked(socket: &Path) {
    let socket = socket.to_str().unwrap();
    let manifests = Manifests::new().with("b");
    let path = manifests.path().to_str().unwrap();
    run(&["--connect-timeout", "1", "--socket-cm", socket, path])
        .expect_code(3)
        .expect_log("error: another deployer is at work: it holds the lock on ");
}

#[test]
fn all_names_of_a_socket_have_one_lock() {
    let cm = kanto_cm().endless_pull("a").start();
    let elsewhere = TempDir::new().unwrap();
    let (file, directory) = (
        elsewhere.path().join("link.sock"),
        elsewhere.path().join("directory"),
    );
    symlink(cm.socket(), &file).unwrap();
    symlink(cm.directory(), &directory).unwrap();
    let manifests = Manifests::new().with("a");
    let first = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_call(Method::Create, "a");
    for socket in [file, directory.join("cm.sock")] {
        expect_locked(&socket);
    }
    first.signal(Signal::SIGTERM);
    first.wait().expect_code(143);
}

/// As where the directory is made at each start of Kanto-CM (`RuntimeDirectory=`).
#[test]
fn a_directory_that_was_made_again_is_locked_again() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    cm.fault(Fault::at(Method::Create, What::KillBefore));
    let first = Running::spawn(deploy_command(&cm, &manifests, &[]));
    cm.wait_for_end();
    let (directory, aside) = (cm.directory(), cm.directory().with_extension("aside"));
    fs::rename(directory, &aside).unwrap();
    fs::create_dir(directory).unwrap();
    for file in fs::read_dir(&aside).unwrap() {
        let name = file.unwrap().file_name();
        fs::rename(aside.join(&name), directory.join(&name)).unwrap();
    }
    fs::remove_dir(&aside).unwrap();
    cm.start_again_with(|setup| setup.put_image(Image::new(image("a")).pull_ms(100_000)));
    // The first one ended with Kanto-CM.
    wait_for_nth_call(&cm, Method::Create, "a", 2);
    expect_locked(&cm.socket());
    first.signal(Signal::SIGTERM);
    first.wait().expect_code(143);
}
