//! What was stored and what ran at every moment.

use crate::common::*;
use serde_json::json;
use simulated_kanto_cm::{Existing, Fault, Left, Method, Moment, Process, Setup, What};

/// Each moment as `id:name:status`, one after another.
fn moments(simulator: &Process) -> Vec<String> {
    let text = |moment: &Moment| {
        let containers = moment.containers.iter();
        let all: Vec<String> = containers
            .map(|container| format!("{}:{}:{}", container.id, container.name, container.status))
            .collect();
        all.join(" ")
    };
    simulator.history().iter().map(text).collect()
}

#[test]
fn every_change_is_a_moment() {
    let (simulator, client) = started(Setup {
        containers: vec![Existing::new(plain("old"), Left::Created)],
        ..Setup::default()
    });
    client.run(plain("a"));
    client.list().unwrap();
    client.rename("a", "b").unwrap();
    client.update("a", resources("200M", "")).unwrap();
    client.stop("a", None).unwrap();
    client.remove("a").unwrap();
    let expected = [
        "old:old:Created",
        "a:a:Created old:old:Created",
        "a:a:Running old:old:Created",
        "a:b:Running old:old:Created",
        "a:b:Running old:old:Created",
        "a:b:Stopped old:old:Created",
        "old:old:Created",
    ];
    assert_eq!(moments(&simulator), expected);
    let history = simulator.history();
    let memory = |at: usize| {
        let container = history[at].container("a").unwrap();
        container.whole["host_config"]["resources"]["memory"].clone()
    };
    assert_eq!((memory(3), memory(4)), (json!(null), json!("200M")));
    let alive: Vec<bool> = history.iter().map(|moment| moment.runs("a")).collect();
    assert_eq!(alive, [false, false, true, true, true, false, false]);
}

#[test]
fn moments_have_times_on_the_scale_of_the_calls() {
    let (simulator, client) = started(Setup::default());
    client.run(with_command("a", "/simulated/run 200"));
    client.stop("a", None).unwrap();
    client.start("a").unwrap();
    let calls = simulator.calls();
    let history = simulator.history();
    let at: Vec<u64> = history.iter().map(|moment| moment.at_ms).collect();
    assert_eq!(at.len(), 5);
    assert!(at.windows(2).all(|pair| pair[0] <= pair[1]));
    let stop = &calls[2];
    assert!(
        at[3] >= stop.begin_ms + 190,
        "it ran until its process had ended"
    );
    assert!(at[3] <= stop.end_ms.unwrap() && at[4] >= calls[3].begin_ms);
}

#[test]
fn no_moment_is_lost_when_the_simulator_dies() {
    let (simulator, client) = started(Setup::default());
    for (what, id) in [
        (What::KillBefore, "before"),
        (What::KillDuring, "during"),
        (What::KillAfter, "after"),
    ] {
        simulator.fault(Fault::at(Method::Create, what));
        unanswered(client.create(plain(id)));
        simulator.wait_for_end();
        simulator.start_again();
        simulator.wait_ready();
    }
    simulator.fault(Fault::at(Method::Remove, What::KillAfter));
    unanswered(client.remove("after"));
    simulator.wait_for_end();
    assert_eq!(moments(&simulator), ["", "after:after:Created", ""]);
    simulator.start_again();
    client.create(plain("a")).unwrap();
    assert_eq!(moments(&simulator).last().unwrap(), "a:a:Created");
}

#[test]
fn what_a_simulator_finds_is_a_moment_of_its_own() {
    let (simulator, client) = started(Setup::default());
    client.run(with_policy("a", "/bin/true", "no"));
    simulator.kill();
    simulator.start_again();
    assert_eq!(simulator.history().len(), 3, "nothing differs");
    simulator.power_cut();
    simulator.start_again();
    let history = simulator.history();
    let found = history[3].container("a").unwrap();
    assert_eq!((found.status.as_str(), found.alive), ("Running", false));
    assert_eq!(history[4].container("a").unwrap().status, "Exited");
}

#[test]
fn a_container_destroyed_while_loading_is_gone_at_that_moment() {
    let (simulator, client) = started(Setup {
        load_ms: 60_000,
        containers: vec![Existing::new(plain("a"), Left::Created)],
        ..Setup::default()
    });
    refusal(client.create(plain("a")));
    assert_eq!(moments(&simulator), ["a:a:Created", ""]);
}

#[test]
fn an_id_that_leads_upwards_takes_all_with_it() {
    let (simulator, client) = started(Setup::default());
    client.create(plain("a")).unwrap();
    client
        .create(container("..", json!({"name": "n"})))
        .unwrap();
    client.remove("..").unwrap();
    let expected = ["", "a:a:Created", "..:n:Created a:a:Created", ""];
    assert_eq!(moments(&simulator), expected[..]);
}
