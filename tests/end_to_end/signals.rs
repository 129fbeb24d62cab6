//! SIGTERM and SIGINT give a pull up at once, and never interrupt a Start.

use nix::sys::signal::Signal;
use simulated_kanto_cm::{Image, Method, Outcome, Process, Setup};

use crate::common::{count, deploy, deploy_command, image, Manifests, Running};

const BOTH: [(Signal, i32); 2] = [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)];

#[test]
fn a_pull_is_given_up() {
    for (signal, code) in BOTH {
        let images = vec![Image::new(image("a")).pull_ms(100_000)];
        let cm = Process::start(Setup {
            images,
            ..Setup::default()
        });
        let manifests = Manifests::new().with("a");
        let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
        cm.wait_for_call(Method::Create, "a");
        running.signal(signal);
        let run = running.wait();
        run.expect_code(code).expect_log("ended by a signal");
        run.expect_lines(&["a  not finished", "1 manifest: 1 not finished"]);
        cm.wait_until(|state| state.containers.is_empty());
        assert_eq!(count(&cm.calls(), Method::Start), 0);
    }
}

#[test]
fn a_start_is_waited_for() {
    for (signal, code) in BOTH {
        let cm = Process::start(Setup {
            start_ms: 1_500,
            ..Setup::default()
        });
        let manifests = Manifests::new().with("a").with("b");
        let running = Running::spawn(deploy_command(&cm, &manifests, &["--jobs", "1"]));
        cm.wait_for_call(Method::Start, "a");
        running.signal(signal);
        running.wait().expect_code(code);
        let calls = cm.calls();
        let start = calls
            .iter()
            .find(|call| call.method == Method::Start)
            .unwrap();
        assert_eq!(start.outcome, Outcome::Ok);
        assert_eq!(
            count(&calls, Method::Start),
            1,
            "nothing more is begun: {calls:?}"
        );
        assert!(cm.state().ruined_ids.is_empty());
        deploy(&cm, &manifests, &[]).expect_code(0);
    }
}

#[test]
fn waiting_for_kanto_cm_and_settling_end_at_once() {
    let cm = Process::prepare(Setup::default());
    let manifests = Manifests::new().with("a");
    let running = Running::spawn(deploy_command(&cm, &manifests, &[]));
    running
        .signal_when_logged("waiting for Kanto-CM", Signal::SIGTERM)
        .expect_code(143);
    cm.start_again();
    let manifests = Manifests::new().with("a");
    let running = Running::spawn(deploy_command(&cm, &manifests, &["--settle", "100"]));
    running
        .signal_when_logged("watching", Signal::SIGINT)
        .expect_code(130);
    assert!(cm.state().runs("a"));
}
