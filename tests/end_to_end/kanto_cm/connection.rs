//! Kanto-CM that comes late, not at all, goes away in the middle, answers late or not at all.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::{Duration, Instant};

use simulated_kanto_cm::{Fault, Method, What};

use crate::common::{after, deploy, deploy_command, kanto_cm, manifest, run, Manifests, Running};

#[test]
fn kanto_cm_that_comes_late_is_waited_for() {
    let cm = kanto_cm().prepare();
    let manifests = Manifests::new().with("a");
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    let run = running.wait_doing("waiting for Kanto-CM", |_| cm.start_again());
    run.expect_code(0);
    assert!(cm.state().runs("a"));
}

#[test]
fn kanto_cm_that_never_comes_is_exit_code_3() {
    let manifests = Manifests::new().with("a");
    let socket = manifests.path().join("no.sock");
    let begin = Instant::now();
    let run = run(&[
        "--connect-timeout=1",
        "--socket-cm",
        socket.to_str().unwrap(),
        manifests.path().to_str().unwrap(),
    ]);
    assert!(begin.elapsed() >= Duration::from_secs(1));
    run.expect_code(3)
        .expect_log("Kanto-CM cannot be reached: cannot connect to")
        .expect_log("no.sock: No such file or directory (os error 2): see systemctl status container-management");
    run.expect_lines(&["a  not finished", "1 manifest: 1 not finished"]);
}

#[test]
fn a_socket_that_nobody_answers_at_is_exit_code_3() {
    let manifests = Manifests::new().with("a");
    let socket = manifests.path().join("deaf.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let run = run(&[
        "--connect-timeout=1",
        "--socket-cm",
        socket.to_str().unwrap(),
        manifests.path().to_str().unwrap(),
    ]);
    run.expect_code(3).expect_log("Kanto-CM cannot be reached");
}

#[test]
fn what_is_no_socket_is_not_waited_for() {
    let manifests = Manifests::new().with("a");
    let fifo = manifests.path().join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let link = manifests.path().join("link");
    std::os::unix::fs::symlink(manifests.path(), &link).unwrap();
    for path in [
        manifests.path(),
        &manifests.file("a"),
        &fifo,
        &link,
        "/dev/null".as_ref(),
    ] {
        let socket = path.to_str().unwrap();
        let run = run(&[
            "--connect-timeout=100",
            "-s",
            socket,
            manifests.path().to_str().unwrap(),
        ]);
        let message = format!("Kanto-CM cannot be reached: {socket} is no socket, see --socket-cm");
        run.expect_code(3).expect_log(&message);
        assert!(run.took < Duration::from_secs(50), "{:?}", run.took);
    }
}

/// Root may open any socket, unless a capability is taken from it.
#[test]
fn a_socket_that_the_user_may_not_open_is_not_waited_for() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    fs::set_permissions(cm.socket(), Permissions::from_mode(0o000)).unwrap();
    let script = match fs::metadata("/proc/self").unwrap().uid() {
        0 => "exec setpriv --bounding-set=-dac_override \"$@\"",
        _ => "true",
    };
    let command = deploy_command(&cm, &manifests, &["--connect-timeout=100"]);
    let run = Running::spawn(after(script, &command)).wait();
    run.expect_code(3)
        .expect_log("Permission denied (os error 13): run this program as root");
    assert!(run.took < Duration::from_secs(50), "{:?}", run.took);
}

#[test]
fn an_empty_directory_needs_no_kanto_cm() {
    let manifests = Manifests::new();
    let run = run(&[
        "--socket-cm",
        "/nowhere/cm.sock",
        manifests.path().to_str().unwrap(),
    ]);
    run.expect_code(0).expect_lines(&["no manifests"]);
}

#[test]
fn kanto_cm_that_dies_in_the_middle_is_waited_for() {
    for (method, what) in [
        (Method::Create, What::KillBefore),
        (Method::Create, What::KillDuring),
        (Method::Create, What::KillAfter),
        (Method::Start, What::KillBefore),
        (Method::Start, What::KillDuring),
        (Method::Start, What::KillAfter),
    ] {
        let cm = kanto_cm().restore_ms(100).start();
        cm.fault(Fault::at(method, what.clone()).nth(2));
        let manifests = Manifests::new().with("a").with("b").with("c");
        let running = Running::spawn(deploy_command(&cm, &manifests, &["--jobs", "1"]));
        cm.wait_for_end();
        cm.start_again();
        running.wait().expect_code(0);
        let state = cm.state();
        assert_eq!(state.containers.len(), 3, "{method} {what:?}: {state:?}");
        assert!(
            ["a", "b", "c"].iter().all(|name| state.runs(name)),
            "{method} {what:?}: {state:?}"
        );
    }
}

#[test]
fn kanto_cm_that_dies_for_good_is_exit_code_3() {
    let cm = kanto_cm().start();
    cm.fault(Fault::at(Method::Start, What::KillBefore).of("b"));
    let manifests = Manifests::new().with("a").with("b");
    let run = deploy(&cm, &manifests, &["--connect-timeout", "1", "--jobs", "1"]);
    run.expect_code(3).expect_log("Kanto-CM cannot be reached");
    assert!(
        run.stdout.contains("b  created, not finished\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_connection_that_breaks_after_every_step_gets_there() {
    let cm = kanto_cm().start();
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    for name in names {
        cm.fault(Fault::at(Method::Start, What::DropAnswer).of(name));
    }
    let manifests = Manifests::new().with_all(&names);
    deploy(&cm, &manifests, &["--jobs", "1"]).expect_code(0);
    assert!(names.iter().all(|name| cm.state().runs(name)));
}

#[test]
fn a_connection_that_breaks_again_and_again_ends_the_run() {
    let cm = kanto_cm().start();
    // The look at what a Start has brought, and then at how the container has settled.
    cm.fault(Fault::at(Method::Get, What::DropAnswer).always());
    let run = deploy(&cm, &Manifests::new().with("a"), &["--cm-grace", "0"]);
    run.expect_code(3)
        .expect_log("the connection to Kanto-CM broke 5 times in a row without progress");
}

#[test]
fn a_socket_path_may_hold_anything() {
    let cm = kanto_cm().start();
    let manifests = Manifests::new().with("a");
    let link = cm.directory().join("a b%20#?.sock");
    std::os::unix::fs::symlink(cm.socket(), &link).unwrap();
    run(&[
        "--settle=0",
        "-s",
        link.to_str().unwrap(),
        manifests.path().to_str().unwrap(),
    ])
    .expect_code(0);
    assert!(cm.state().runs("a"));
}

#[test]
fn a_socket_whose_backlog_is_full_is_no_trap() {
    let manifests = Manifests::new().with("a");
    let socket = manifests.path().join("full.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    nix::sys::socket::listen(&listener, nix::sys::socket::Backlog::new(0).unwrap()).unwrap();
    let _waiting = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    let run = run(&[
        "--connect-timeout=1",
        "-s",
        socket.to_str().unwrap(),
        manifests.path().to_str().unwrap(),
    ]);
    run.expect_code(3)
        .expect_log("Kanto-CM cannot be reached: cannot connect to");
    assert!(run.took < Duration::from_secs(10), "{:?}", run.took);
}

#[test]
fn a_restart_while_settling_is_no_verdict() {
    let cm = kanto_cm().restore_ms(1_500).start();
    let manifests = Manifests::new().with("a").with("b");
    let running = Running::spawn(deploy_command(&cm, &manifests, &["--settle", "2"]));
    cm.wait_until(|state| state.runs("a") && state.runs("b"));
    cm.clean_stop();
    cm.start_again();
    running
        .wait()
        .expect_code(0)
        .expect_log("listing the containers again");
    let state = cm.state();
    assert!(state.runs("a") && state.runs("b"), "{state:?}");
}

#[test]
fn a_connection_that_always_breaks_at_one_call_is_given_up() {
    let cm = kanto_cm().start();
    let changed = |level: &str| {
        let mut manifest = manifest("a");
        manifest["config"] = serde_json::json!({ "env": [level] });
        Manifests::new().with_json("a", &manifest)
    };
    deploy(&cm, &changed("LEVEL=1"), &[]).expect_code(0);
    let fault = || cm.fault(Fault::at(Method::Remove, What::KillBefore).of("kad-next.a"));
    fault();
    let manifests = changed("LEVEL=2");
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    // The one in which it was replaced, and five that brought nothing.
    for _ in 0..6 {
        cm.wait_for_end();
        cm.start_again();
        fault();
    }
    let run = running.wait();
    run.expect_code(3)
        .expect_log("the connection to Kanto-CM broke 5 times in a row without progress");
}
