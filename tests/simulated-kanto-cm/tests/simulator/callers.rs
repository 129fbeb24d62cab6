//! Callers that are killed before, during and after their calls. The caller is this test itself, run once more as a process
//! of its own.

use std::env;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::common::*;
use simulated_kanto_cm::{Fault, Method, Outcome, Process, Setup, What};

const SOCKET: &str = "SIMULATED_KANTO_CM_SOCKET";
const CALL: &str = "SIMULATED_KANTO_CM_CALL";

/// Also the caller of the other tests, when they run this one as a process of its own.
#[test]
fn a_caller_that_is_not_killed_gets_its_call_done() {
    if let Some(socket) = env::var_os(SOCKET) {
        return call(&PathBuf::from(socket));
    }
    for method in METHODS {
        let (simulator, _client) = with_a(method);
        assert!(spawn(&simulator, method).wait().unwrap().success());
        assert!(is_done(&simulator, method), "{method}");
    }
}

fn call(socket: &Path) {
    let client = Client::of(socket);
    let _ = match &*env::var(CALL).unwrap() {
        "Create" => client.create(plain("new")).map(drop),
        "Start" => client.start("a"),
        "Stop" => client.stop("a", None),
        "Remove" => client.remove("a"),
        "Update" => client.update("a", resources("200M", "")),
        "Pause" => client.pause("a"),
        "Rename" => client.rename("a", "b"),
        call => panic!("no call {call}"),
    };
}

fn spawn(simulator: &Process, method: Method) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "callers::a_caller_that_is_not_killed_gets_its_call_done",
        ])
        .env(SOCKET, simulator.socket())
        .env(CALL, method.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Has a caller killed by this fault, and returns when the simulator is through with its call.
fn kill_at(simulator: &Process, method: Method, what: What) -> ExitStatus {
    simulator.fault(Fault::at(method, what));
    simulator.clear_calls();
    let mut caller = spawn(simulator, method);
    simulator.set_caller(caller.id());
    let status = caller.wait().unwrap();
    simulator.wait_for_calls("the end of the call", |calls| {
        (calls.first()?.outcome != Outcome::Pending).then_some(())
    });
    status
}

/// A simulator with a container `a` that the method can do something to.
fn with_a(method: Method) -> (Process, Client) {
    let (simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    if method != Method::Start {
        client.start("a").unwrap();
    }
    (simulator, client)
}

fn is_done(simulator: &Process, method: Method) -> bool {
    let container = simulator.container("a");
    match method {
        Method::Create => simulator.container("new").is_some(),
        Method::Start => container.unwrap().status == "Running",
        Method::Stop => container.unwrap().status == "Stopped",
        Method::Remove => container.is_none(),
        Method::Update => container.unwrap().whole["host_config"]["resources"].is_object(),
        Method::Pause => container.unwrap().status == "Paused",
        _ => container.unwrap().name == "b",
    }
}

const METHODS: [Method; 7] = [
    Method::Create,
    Method::Start,
    Method::Stop,
    Method::Remove,
    Method::Update,
    Method::Pause,
    Method::Rename,
];

#[test]
fn killed_before_nothing_is_done_and_after_all_is() {
    for method in METHODS {
        for (what, done, outcome) in [
            (What::KillCallerBefore, false, Outcome::Cancelled),
            (What::KillCallerAfter, true, Outcome::AnswerDropped),
        ] {
            let (simulator, _client) = with_a(method);
            let status = kill_at(&simulator, method, what.clone());
            assert_eq!(status.signal(), Some(9), "{method} {what:?}");
            assert_eq!(simulator.calls()[0].outcome, outcome, "{method} {what:?}");
            assert_eq!(is_done(&simulator, method), done, "{method} {what:?}");
            assert!(simulator.state().ruined_ids.is_empty());
        }
    }
}

#[test]
fn killed_during_a_create_it_makes_one_more_create_fail() {
    let (simulator, client) = with_a(Method::Create);
    simulator.forget_image("registry/image:1");
    kill_at(&simulator, Method::Create, What::KillCallerDuring);
    assert_eq!(simulator.calls()[0].outcome, Outcome::Cancelled);
    assert!(simulator.container("new").is_none() && simulator.state().images.is_empty());
    assert_eq!(
        refusal(client.create(plain("new"))),
        "failed to create containerIO"
    );
    client.create(plain("new")).unwrap();
}

#[test]
fn killed_during_a_start_it_ruins_the_id() {
    let (simulator, _client) = with_a(Method::Start);
    kill_at(&simulator, Method::Start, What::KillCallerDuring);
    assert_eq!(simulator.container("a").unwrap().status, "Stopped");
    assert_eq!(simulator.state().ruined_ids, ["a"]);
}

#[test]
fn killed_during_a_stop_it_makes_one_remove_fail() {
    let (simulator, client) = with_a(Method::Stop);
    kill_at(&simulator, Method::Stop, What::KillCallerDuring);
    assert!(simulator.state().runs("a"));
    assert!(refusal(client.remove("a")).contains("failed precondition"));
    client.remove("a").unwrap();
}

#[test]
fn killed_during_a_remove_it_leaves_pieces_behind() {
    let (simulator, client) = with_a(Method::Remove);
    kill_at(&simulator, Method::Remove, What::KillCallerDuring);
    assert!(simulator.container("a").is_none());
    assert!(refusal(client.create(plain("a"))).contains("snapshot"));
    assert!(refusal(client.create(plain("a"))).contains("containerIO"));
    client.create(plain("a")).unwrap();
    assert!(refusal(client.start("a")).contains("already exists"));
}

#[test]
fn killed_during_a_remove_it_leaves_the_snapshot() {
    let (simulator, client) = with_a(Method::Start);
    kill_at(&simulator, Method::Remove, What::KillCallerDuring);
    assert!(simulator.container("a").is_none());
    assert!(refusal(client.create(plain("a"))).contains("snapshot"));
    assert!(refusal(client.create(plain("a"))).contains("containerIO"));
    client.run(plain("a"));
}

#[test]
fn killed_during_what_changes_in_place() {
    for (method, done) in [
        (Method::Update, false),
        (Method::Pause, false),
        (Method::Rename, true),
    ] {
        let (simulator, _client) = with_a(method);
        kill_at(&simulator, method, What::KillCallerDuring);
        assert_eq!(is_done(&simulator, method), done, "{method}");
    }
}

#[test]
fn a_call_that_is_refused_has_its_caller_killed_all_the_same() {
    let (simulator, _client) = started(Setup::default());
    let status = kill_at(&simulator, Method::Start, What::KillCallerDuring);
    assert_eq!(status.signal(), Some(9));
    let refused = Outcome::Error("no such container with id = a exists".into());
    assert_eq!(simulator.calls()[0].outcome, refused);
}

#[test]
fn the_fault_waits_to_be_told_whom_to_kill() {
    let (simulator, _client) = with_a(Method::Stop);
    simulator.fault(Fault::at_any(What::KillCallerDuring));
    let mut caller = spawn(&simulator, Method::Stop);
    simulator.wait_for_call(Method::Stop, "a");
    assert!(caller.try_wait().unwrap().is_none());
    simulator.set_caller(caller.id());
    assert_eq!(caller.wait().unwrap().signal(), Some(9));
}
