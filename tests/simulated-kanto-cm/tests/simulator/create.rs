//! Create: ids, names, pulls, and the ways in which it fails.

use std::time::Instant;

use crate::common::*;
use grpcio::Error;
use serde_json::json;
use simulated_kanto_cm::proto::containers::CreateContainerRequest;
use simulated_kanto_cm::{methods, Fault, Image, Method, Outcome, Setup, What};

fn slow_image(pull_ms: u64) -> Setup {
    Setup {
        images: vec![Image::new("registry/image:1").pull_ms(pull_ms)],
        ..Setup::default()
    }
}

#[test]
fn the_answer_is_the_full_container_and_nothing_runs() {
    let (simulator, client) = started(Setup::default());
    let container = client
        .create(container(
            "a",
            json!({"name": "n", "host_config": {"resources": {"memory": "200M"}}}),
        ))
        .unwrap();
    assert_eq!(container.state.status, "Created");
    assert_eq!(container.state.pid, -1);
    assert_eq!(container.host_name, "n-host");
    assert_eq!(container.host_config.resources.memory_swap, "400M");
    assert!(!container.created.is_empty());
    let seen = simulator.container("n").unwrap();
    assert_eq!(
        (seen.id.as_str(), seen.status.as_str(), seen.running),
        ("a", "Created", false)
    );
    assert_eq!(
        seen.whole["host_config"]["restart_policy"]["type"],
        "unless-stopped"
    );
}

#[test]
fn ids_are_unique_and_names_are_not() {
    let (_simulator, client) = started(Setup::default());
    client.create(container("a", json!({"name": "n"}))).unwrap();
    assert_eq!(
        refusal(client.create(plain("a"))),
        "container with id = a already exists"
    );
    client.create(container("b", json!({"name": "n"}))).unwrap();
    let first = client.create(plain("")).unwrap().id;
    let second = client.create(plain("")).unwrap().id;
    assert_eq!((first.len(), second.len()), (36, 36));
    assert_ne!(first, second);
    assert_eq!(client.list().unwrap().len(), 4);
}

#[test]
fn what_is_invalid_is_refused_and_leaves_nothing() {
    let (simulator, client) = started(Setup::default());
    assert!(
        refusal(client.create(container("a", json!({"image": {"name": ""}})))).contains("image")
    );
    assert!(refusal(client.create(container("a", json!({"name": "a b"})))).contains("name format"));
    assert!(simulator.containers().is_empty());
    client.create(plain("a")).unwrap();
}

#[test]
fn a_create_without_an_image_takes_the_daemon_down() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    assert_eq!(unanswered(client.create(json!({"id": "b"}))), UNAVAILABLE);
    simulator.wait_for_end();
    assert_eq!(simulator.calls().last().unwrap().outcome, Outcome::Lost);
    simulator.start_again();
    let state = simulator.state();
    assert_eq!(state.containers.len(), 1);
    assert!(state.runs("a"), "it ran on");
}

#[test]
fn a_request_without_a_container_takes_the_daemon_down_too() {
    let (simulator, client) = started(Setup::default());
    let empty = CreateContainerRequest::default();
    let call = client.begin(&methods::create(), &empty);
    simulator.wait_for_end();
    assert!(futures_executor::block_on(call).is_err());
}

#[test]
fn odd_ids_are_created_and_never_start() {
    let (_simulator, client) = started(Setup::default());
    for id in ["a b", "UP/x", "..", "a--b", "_a", "a_-b", &"x".repeat(77)] {
        client.create(container(id, json!({"name": "n"}))).unwrap();
        let text = refusal(client.start(id));
        assert!(
            text.contains("must match") || text.contains("greater than maximum length"),
            "{id}: {text}"
        );
        let state = client.get(id).unwrap().unwrap().state;
        assert_eq!((state.status.as_str(), &state.error), ("Stopped", &text));
    }
}

#[test]
fn a_long_host_name_is_created_and_never_starts() {
    let (_simulator, client) = started(Setup::default());
    client
        .create(container("a", json!({"name": "n".repeat(59)})))
        .unwrap();
    client.start("a").unwrap();
    client
        .create(container("b", json!({"name": "n".repeat(60)})))
        .unwrap();
    assert!(refusal(client.start("b")).contains("sethostname"));
}

#[test]
fn removing_the_id_dot_dot_deletes_the_daemons_home() {
    let (simulator, client) = started(Setup::default());
    client.run(plain("a"));
    client
        .create(container("..", json!({"name": "n"})))
        .unwrap();
    assert!(simulator
        .home()
        .join("kanto-cm/containers/a/config.json")
        .exists());
    client.remove("..").unwrap();
    assert!(!simulator.home().join("kanto-cm").exists());
    simulator.kill();
    simulator.start_again();
    assert!(simulator.containers().is_empty());
}

#[test]
fn a_container_whose_id_has_a_slash_is_gone_after_a_restart() {
    let (simulator, client) = started(Setup::default());
    client
        .create(container("UP/x", json!({"name": "n"})))
        .unwrap();
    client.create(plain("a")).unwrap();
    simulator.clean_stop();
    simulator.start_again();
    let ids: Vec<String> = simulator
        .containers()
        .into_iter()
        .map(|container| container.id)
        .collect();
    assert_eq!(ids, ["a"]);
    assert!(!simulator.home().join("kanto-cm/containers/UP").exists());
}

#[test]
fn pulls_run_side_by_side_and_list_answers_meanwhile() {
    let (simulator, client) = started(slow_image(400));
    let begin = Instant::now();
    let calls: Vec<_> = ["a", "b", "c", "d"]
        .iter()
        .map(|id| client.begin(&methods::create(), &create_request(plain(id))))
        .collect();
    simulator.wait_for_call(Method::Create, "d");
    assert!(client.list().unwrap().is_empty());
    for call in calls {
        futures_executor::block_on(call).unwrap();
    }
    assert!(
        begin.elapsed().as_millis() < 1200,
        "one after the other they take 1.6 s"
    );
    assert_eq!(client.list().unwrap().len(), 4);
    let again = Instant::now();
    client.create(plain("e")).unwrap();
    assert!(again.elapsed().as_millis() < 350, "the image is there");
}

#[test]
fn a_second_create_of_the_id_during_the_pull_fails() {
    let (simulator, client) = started(slow_image(60_000));
    let first = client.begin(&methods::create(), &create_request(plain("a")));
    simulator.wait_for_call(Method::Create, "a");
    assert_eq!(
        refusal(client.create(plain("a"))),
        "failed to create containerIO"
    );
    simulator.change(|setup| setup.put_image(Image::new("registry/image:1")));
    futures_executor::block_on(first).unwrap();
    client.start("a").unwrap();
}

#[test]
fn a_create_whose_deadline_passes_makes_the_next_one_fail() {
    let (simulator, client) = started(slow_image(20_000));
    assert_eq!(
        unanswered(client.within(100).create(plain("a"))),
        DEADLINE_EXCEEDED
    );
    simulator.wait_for_calls("the end of the pull", |calls| {
        (calls[0].outcome == Outcome::Cancelled).then_some(())
    });
    assert!(simulator.containers().is_empty());
    assert!(simulator.state().images.is_empty());
    simulator.set_image(Image::new("registry/image:1"));
    assert_eq!(
        refusal(client.create(plain("a"))),
        "failed to create containerIO"
    );
    client.create(plain("a")).unwrap();
}

#[test]
fn a_create_whose_caller_cancels_creates_nothing() {
    let (simulator, client) = started(slow_image(20_000));
    let mut call = client.begin(&methods::create(), &create_request(plain("a")));
    simulator.wait_for_call(Method::Create, "a");
    call.cancel();
    simulator.wait_for_calls("the end of the pull", |calls| {
        (calls[0].outcome == Outcome::Cancelled).then_some(())
    });
    assert!(matches!(
        futures_executor::block_on(call),
        Err(Error::RpcFailure(_))
    ));
    assert!(simulator.containers().is_empty());
}

#[test]
fn pulls_fail_as_the_setup_says() {
    let setup = Setup {
        images: vec![
            Image::new("never").pull_fails("no such image"),
            Image::new("later").pull_fails_at_first(2, "no route to host"),
            Image::new("here").in_store(0).pull_fails("not asked"),
        ],
        offline: true,
        ..Setup::default()
    };
    let (simulator, client) = started(setup);
    let with_image = |id: &str, image: &str| container(id, json!({"image": {"name": image}}));
    for _ in 0..3 {
        assert_eq!(
            refusal(client.create(with_image("a", "never"))),
            "no such image"
        );
    }
    assert_eq!(
        refusal(client.create(with_image("b", "later"))),
        "no route to host"
    );
    assert_eq!(
        refusal(client.create(with_image("b", "later"))),
        "no route to host"
    );
    client.create(with_image("b", "later")).unwrap();
    client.create(with_image("c", "here")).unwrap();
    assert!(refusal(client.create(with_image("d", "other/image")))
        .contains("lookup other: no such host"));
    assert_eq!(simulator.containers().len(), 2);
}

#[test]
fn a_kill_leaves_a_snapshot_that_makes_creates_fail() {
    let (simulator, client) = started(Setup::default());
    simulator.fault(Fault::at(Method::Create, What::KillDuring));
    unanswered(client.create(plain("a")));
    simulator.wait_for_end();
    simulator.start_again();
    assert!(simulator.containers().is_empty());
    expect_leftovers_of_a(&client);
    client.run(plain("a"));
}

#[test]
fn messages_of_more_than_four_mebibytes_come_through() {
    let (_simulator, client) = started(Setup::default());
    let long = format!("A={}", "x".repeat(5 << 20));
    for id in ["a", "b"] {
        client
            .create(container(id, json!({"config": {"env": [long]}})))
            .unwrap();
    }
    assert_eq!(client.list().unwrap().len(), 2);
}
