//! Signals that come while the watcher does something, and not while it sleeps.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

use nix::libc::O_NONBLOCK;
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::common::daemon::Daemon;
use crate::common::following::{Following, Place};
use crate::common::{command, deploy_arguments, kanto_cm};

/// Follows `m`, and logs to a pipe from which only the test reads.
fn logging_to_a_pipe() -> (Following, File) {
    let place = Place::with(&["a", "b"]);
    mkfifo(&place.at("log"), Mode::S_IRWXU).unwrap();
    let pipe = File::options()
        .read(true)
        .write(true)
        .custom_flags(O_NONBLOCK)
        .open(place.at("log"));
    let pipe = pipe.unwrap();
    let cm = kanto_cm().start();
    let all = deploy_arguments(&cm, &place.at("m"), &["--settle", "0", "--daemon"]);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut command = command(&all);
    let log = File::options().write(true).open(place.at("log")).unwrap();
    command.stderr(Stdio::from(log));
    let daemon = Daemon::spawn(command);
    (place.followed_by(cm, daemon), pipe)
}

/// Until there is room for nothing more.
fn fill(pipe: &mut File) {
    for length in [4096, 1] {
        while pipe.write(&vec![b'x'; length]).is_ok() {}
    }
}

fn empty(pipe: &mut File) {
    let mut buffer = vec![0; 65536];
    loop {
        match pipe.read(&mut buffer) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Waits until the daemon waits for room in its log.
#[track_caller]
fn wait_until_stuck(daemon: &Daemon) {
    let is_in_write = || {
        let call = std::fs::read_to_string(format!("/proc/{}/syscall", daemon.pid())).unwrap();
        call.split(' ').nth(1) == Some("0x2")
    };
    daemon.look_until("its standstill", || is_in_write().then_some(()));
}

#[test]
fn a_signal_right_before_it_falls_asleep_is_not_lost() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let (mut following, mut log) = logging_to_a_pipe();
        fill(&mut log);
        following.remove("m/a.json");
        wait_until_stuck(&following.daemon);
        following.daemon.signal(signal);
        empty(&mut log);
        following.daemon.expect_end(0);
    }
}
