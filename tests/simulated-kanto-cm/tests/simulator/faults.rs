//! Faults, the journal, and the manners of `Process`.

use std::process::{Command, Stdio};
use std::thread;

use crate::common::*;
use serde_json::json;
use simulated_kanto_cm::proto::containers::ListContainersRequest;
use simulated_kanto_cm::{methods, Fault, Method, Outcome, Setup, What};

#[test]
fn a_call_that_fails_does_nothing() {
    let (simulator, client) = started(Setup::default());
    simulator.fault(
        Fault::at(
            Method::Create,
            What::FailWith("no space left on device".into()),
        )
        .of("a"),
    );
    client.create(plain("b")).unwrap();
    assert_eq!(
        refusal(client.create(plain("a"))),
        "no space left on device"
    );
    assert!(simulator.container("a").is_none());
    client.create(plain("a")).unwrap();
}

#[test]
fn the_nth_call_so_many_times() {
    let (simulator, client) = started(Setup::default());
    simulator.fault(
        Fault::at(Method::List, What::FailWith("x".into()))
            .nth(2)
            .times(2),
    );
    assert!(client.list().is_ok());
    assert!(client.list().is_err());
    assert!(client.list().is_err());
    assert!(client.list().is_ok());
    simulator.fault(Fault::at(Method::List, What::FailWith("x".into())).always());
    assert!(client.list().is_err());
    simulator.clear_faults();
    assert!(client.list().is_ok());
}

#[test]
fn the_nth_change_whatever_the_call() {
    let (simulator, client) = started(Setup::default());
    simulator.fault(Fault::at_any(What::FailWith("x".into())).nth(2));
    simulator.fault(Fault::at_any(What::FailWith("y".into())).of("b").nth(2));
    client.create(plain("a")).unwrap();
    assert!(client.list().is_ok() && client.get("a").is_ok());
    assert_eq!(refusal(client.start("a")), "x");
    client.start("a").unwrap();
    client.create(plain("b")).unwrap();
    client.stop("a", None).unwrap();
    assert_eq!(refusal(client.start("b")), "y");
    client.remove("b").unwrap();
}

#[test]
fn a_call_that_is_late_can_be_given_up() {
    let (simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    simulator.fault(Fault::at(Method::Start, What::DelayMs(60_000)));
    assert_eq!(unanswered(client.within(100).start("a")), DEADLINE_EXCEEDED);
    simulator.wait_for_calls("the end", |calls| {
        (calls.last()?.outcome == Outcome::Cancelled).then_some(())
    });
    assert_eq!(simulator.container("a").unwrap().status, "Created");
    simulator.fault(Fault::at(Method::Start, What::DelayMs(50)));
    client.start("a").unwrap();
}

#[test]
fn a_call_that_hangs_is_pending() {
    let (simulator, client) = started(Setup::default());
    simulator.fault(Fault::at(Method::List, What::Hang));
    let call = client.begin(&methods::list(), &ListContainersRequest::default());
    simulator.wait_for_call(Method::List, "");
    assert!(client.list().is_ok(), "only that one");
    assert_eq!(simulator.calls()[0].outcome, Outcome::Pending);
    drop(call);
    simulator.wait_for_calls("its end", |calls| {
        (calls[0].outcome == Outcome::Cancelled).then_some(())
    });
}

#[test]
fn a_dropped_answer_is_a_broken_connection_and_the_work_is_done() {
    let (simulator, client) = started(Setup::default());
    simulator.fault(Fault::at(Method::Create, What::DropAnswer));
    assert_eq!(unanswered(client.create(plain("a"))), UNAVAILABLE);
    // grpcio may try the broken connection once more before it makes a new one.
    let listed = std::iter::repeat_with(|| client.list())
        .take(1000)
        .find_map(Result::ok);
    assert_eq!(listed.unwrap().len(), 1);
    assert_eq!(simulator.calls()[0].outcome, Outcome::AnswerDropped);
    assert!(simulator.is_running());
}

#[test]
fn kills_before_during_and_after_a_start() {
    for (what, status, ruined) in [
        (What::KillBefore, "Created", false),
        (What::KillDuring, "Created", true),
        (What::KillAfter, "Running", false),
    ] {
        let (simulator, client) = started(Setup::default());
        client.create(plain("a")).unwrap();
        simulator.fault(Fault::at(Method::Start, what.clone()));
        assert_eq!(unanswered(client.start("a")), UNAVAILABLE);
        simulator.wait_for_end();
        assert_eq!(simulator.calls().last().unwrap().outcome, Outcome::Lost);
        simulator.start_again();
        let state = simulator.state();
        assert_eq!(state.container("a").unwrap().status, status, "{what:?}");
        assert_eq!(!state.ruined_ids.is_empty(), ruined, "{what:?}");
    }
}

#[test]
fn kills_at_every_changing_call() {
    for what in [What::KillBefore, What::KillDuring, What::KillAfter] {
        for method in [
            Method::Stop,
            Method::Remove,
            Method::Update,
            Method::Pause,
            Method::Rename,
            Method::Create,
        ] {
            let (simulator, client) = started(Setup::default());
            client.run(plain("a"));
            simulator.fault(Fault::at(method, what.clone()));
            let result = match method {
                Method::Stop => client.stop("a", None),
                Method::Remove => client.remove("a"),
                Method::Update => client.update("a", policy("no")),
                Method::Pause => client.pause("a"),
                Method::Rename => client.rename("a", "b"),
                _ => client.create(plain("new")).map(drop),
            };
            assert_eq!(unanswered(result), UNAVAILABLE, "{method} {what:?}");
            simulator.wait_for_end();
            simulator.start_again();
            let done = match method {
                Method::Stop => simulator.container("a").unwrap().status == "Stopped",
                Method::Remove => simulator.container("a").is_none(),
                Method::Update => {
                    simulator.container("a").unwrap().whole["host_config"]["restart_policy"]["type"]
                        == "no"
                }
                Method::Pause => simulator.container("a").unwrap().status == "Paused",
                Method::Rename => simulator.container("a").unwrap().name == "b",
                _ => simulator.container("new").is_some(),
            };
            assert_eq!(done, what == What::KillAfter, "{method} {what:?}");
        }
    }
}

#[test]
fn the_journal_tells_all_of_a_call() {
    let (simulator, client) = started(Setup::default());
    let id = client
        .create(container("", json!({"name": "n"})))
        .unwrap()
        .id;
    client.start(&id).unwrap();
    client
        .remove_with(&id, true, stop_options(7, true))
        .unwrap();
    let _ = client.start("x");
    let calls = simulator.calls();
    let recorded: Vec<_> = calls
        .iter()
        .map(|call| {
            (
                call.number,
                call.method,
                call.id.as_str(),
                call.name.as_str(),
            )
        })
        .collect();
    assert_eq!(
        recorded,
        [
            (1, Method::Create, &*id, "n"),
            (2, Method::Start, &*id, "n"),
            (3, Method::Remove, &*id, "n"),
            (4, Method::Start, "x", "")
        ]
    );
    assert_eq!(
        calls[0].request["container"]["image"]["name"],
        "registry/image:1"
    );
    assert_eq!(calls[2].request["stopOptions"]["timeout"], 7);
    assert_eq!(
        calls[3].outcome,
        Outcome::Error("no such container with id = x exists".into())
    );
    assert!(calls
        .iter()
        .all(|call| call.end_ms.unwrap() >= call.begin_ms));
    assert_eq!(simulator.changing_calls().len(), 4);
    simulator.clear_calls();
    client.list().unwrap();
    let calls = simulator.calls();
    assert_eq!(
        (calls.len(), calls[0].number, calls[0].method),
        (1, 5, Method::List)
    );
    assert!(simulator.changing_calls().is_empty());
}

#[test]
fn waiting_lasts_over_a_restart() {
    let (simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| simulator.wait_until_running("a"));
        simulator.kill();
        simulator.start_again();
        client.start("a").unwrap();
    });
}

#[test]
fn the_simulator_and_its_own_home_end_with_its_input() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_simulated-kanto-cm"))
        .args(["--control".as_ref(), directory.path().join("s").as_os_str()])
        .env("TMPDIR", directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let setup = serde_json::to_string(&json!({"command": "setup", "setup": {}})).unwrap();
    std::io::Write::write_all(
        child.stdin.as_mut().unwrap(),
        format!("{setup}\n").as_bytes(),
    )
    .unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let left: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(left, ["s"], "its home is gone");
}

#[test]
fn a_caller_that_is_killed_is_gone() {
    let (simulator, _client) = started(Setup::default());
    simulator.fault(Fault::at(Method::List, What::Hang));
    let mut caller = Command::new(env!("CARGO_BIN_EXE_simulated-kanto-cm"))
        .args(["--list".as_ref(), simulator.socket().as_os_str()])
        .spawn()
        .unwrap();
    simulator.wait_for_call(Method::List, "");
    caller.kill().unwrap();
    caller.wait().unwrap();
    simulator.wait_for_calls("its end", |calls| {
        (calls[0].outcome == Outcome::Cancelled).then_some(())
    });
}

#[test]
fn a_table_for_people() {
    let (simulator, client) = started(Setup::default());
    client.run(container("a", json!({"name": "n"})));
    let output = Command::new(env!("CARGO_BIN_EXE_simulated-kanto-cm"))
        .args(["--list".as_ref(), simulator.socket().as_os_str()])
        .output()
        .unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("a   n     registry/image:1  Running  0"),
        "{table}"
    );
}
