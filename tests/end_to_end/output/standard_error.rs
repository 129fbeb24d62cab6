//! A log that cannot be written never ends a deployment.

use std::fs::OpenOptions;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use crate::common::{deploy_command, kanto_cm, Manifests, Running};

#[test]
fn a_full_disk() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let mut command = deploy_command(&cm, &manifests, &[]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    command.stderr(full);
    Running::spawn(command)
        .wait()
        .expect_code(0)
        .expect_lines(&["a  created, started", "1 manifest: 1 deployed"]);
    assert!(cm.state().runs("a"));
}

#[test]
fn a_closed_pipe() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let mut command = deploy_command(&cm, &manifests, &[]);
    let (reader, writer) = UnixStream::pair().unwrap();
    command.stderr(OwnedFd::from(writer));
    drop(reader);
    Running::spawn(command).wait().expect_code(0);
    assert!(cm.state().runs("a"));
}

#[test]
fn a_result_that_nobody_reads() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let mut command = deploy_command(&cm, &manifests, &[]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    command.stdout(Stdio::from(full));
    Running::spawn(command)
        .wait()
        .expect_code(0)
        .expect_log("cannot write the result to standard output");
    assert!(cm.state().runs("a"));
}
