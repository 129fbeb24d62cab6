//! What the watcher and the worker process for it say to each other; here the test is the watcher.

use std::fs::File;

use nix::fcntl::{Flock, FlockArg};
use serde_json::{json, Value};
use simulated_kanto_cm::{Call, Fault, Method, Outcome, What};

use crate::common::changes;
use crate::common::following::text;
use crate::common::worker::{deploy, Work};

/// How the files of a request ended.
fn ends(result: &Value) -> Value {
    let results = result["results"].as_array().unwrap();
    results
        .iter()
        .map(|result| json!([result["file"], result["name"], result["end"]]))
        .collect()
}

#[test]
fn it_deploys_what_is_ordered_and_nothing_else() {
    let mut work = Work::begin();
    work.place.write("m/invalid.json", "{");
    work.order(&deploy(7, &["a.json", "invalid.json", "gone.json"]));
    let result = work.result();
    assert_eq!(result["number"], 7);
    assert_eq!(ends(&result), json!([["a.json", "a", "up-to-date"]]));
    assert_eq!(result["invalid"][0]["file"], "invalid.json");
    let report = result["report"].as_str().unwrap();
    assert!(
        report.starts_with("a             created, started"),
        "{report}"
    );
    assert!(
        report.ends_with("2 manifests: 1 deployed, 1 invalid\n"),
        "{report}"
    );
    assert_eq!(changes(&work.cm.calls()), ["Create a", "Start a"]);
    work.end();
}

#[test]
fn it_reports_what_is_wrong_once() {
    let mut work = Work::begin();
    work.place.write("m/invalid.json", "{");
    work.order(&deploy(1, &["a.json"]));
    let first = work.result();
    let mut again = deploy(2, &["a.json"]);
    again["deploy"]["reported"] = first["invalid"].clone();
    work.order(&again);
    let second = work.result();
    assert_eq!(second["invalid"], first["invalid"]);
    assert!(
        !second["report"].as_str().unwrap().contains("invalid.json"),
        "{second}"
    );
    let log = work.end();
    assert_eq!(log.matches("error: invalid.json:").count(), 1, "{log}");
}

#[test]
fn requests_run_side_by_side() {
    let mut work = Work::begin();
    work.order(&deploy(1, &["slow.json"]));
    work.cm.wait_for_call(Method::Create, "slow");
    work.order(&deploy(2, &["a.json", "b.json"]));
    let second = work.result();
    assert_eq!(second["number"], 2);
    assert!(work.cm.state().runs("a") && work.cm.state().runs("b"));
    work.finish_pulls();
    let first = work.result();
    assert_eq!(ends(&first), json!([["slow.json", "slow", "up-to-date"]]));
    work.end();
}

#[test]
fn a_new_spec_cancels_the_pull_for_the_old_one() {
    let mut work = Work::begin();
    work.order(&deploy(1, &["slow.json", "a.json"]));
    work.cm.wait_for_call(Method::Create, "slow");
    work.place.write("m/slow.json", &text("slow", 2));
    work.order(&deploy(2, &["slow.json"]));
    work.cm
        .wait_for_calls("a pull that is cancelled, and another one", |calls| {
            let of_slow = calls
                .iter()
                .filter(|call| call.id == "slow" && call.method == Method::Create);
            let outcomes: Vec<&Outcome> = of_slow.map(|call| &call.outcome).collect();
            matches!(outcomes[..], [Outcome::Cancelled, _]).then_some(())
        });
    // The file belongs to the newer request.
    assert_eq!(ends(&work.result()), json!([["a.json", "a", "up-to-date"]]));
    work.finish_pulls();
    let second = work.result();
    assert_eq!(second["number"], 2);
    assert_eq!(ends(&second), json!([["slow.json", "slow", "up-to-date"]]));
    work.end();
}

#[test]
fn an_order_to_stop_cancels_pulls() {
    let mut work = Work::begin();
    work.order(&deploy(1, &["slow.json"]));
    work.cm.wait_for_call(Method::Create, "slow");
    work.order(&json!("stop"));
    let result = work.result();
    assert_eq!(ends(&result), json!([["slow.json", "slow", "not-begun"]]));
    work.cm.wait_for_calls("a pull that is cancelled", |calls| {
        let is_cancelled = |call: &Call| call.id == "slow" && call.outcome == Outcome::Cancelled;
        calls.iter().any(is_cancelled).then_some(())
    });
    work.end();
}

#[test]
fn a_directory_that_is_gone_is_said_to_be_and_nothing_is_begun() {
    let mut work = Work::begin();
    work.place.rename("m", "elsewhere");
    work.order(&deploy(1, &["a.json"]));
    let result = work.result();
    assert_eq!(ends(&result), json!([["a.json", "a.json", "not-begun"]]));
    assert_eq!(result["invalid"], Value::Null);
    work.place.rename("elsewhere", "m");
    work.order(&deploy(2, &["a.json"]));
    assert_eq!(ends(&work.result()), json!([["a.json", "a", "up-to-date"]]));
    work.end();
}

#[test]
fn what_is_deployed_is_what_the_file_holds_by_then() {
    let mut work = Work::begin();
    work.order(&deploy(1, &["a.json"]));
    work.result();
    work.place.write("m/a.json", &text("a", 2));
    work.order(&deploy(2, &["a.json"]));
    let result = work.result();
    let report = result["report"].as_str().unwrap();
    assert!(report.starts_with("a  replaced"), "{report}");
    work.end();
}

/// The watcher ends the orders when there is nothing more to do. With something under way it has died: pulls are given up, for the
/// next watcher may know better, and what cannot be is brought to its end.
#[test]
fn without_a_watcher_it_completes_what_it_has_begun() {
    let mut work = Work::begin();
    work.order(&deploy(1, &["slow.json", "a.json"]));
    work.cm.wait_for_call(Method::Create, "slow");
    work.cm.wait_until_running("a");
    work.close_orders();
    let result = work.result();
    let mut names = ends(&result).as_array().unwrap().clone();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names[1], json!(["slow.json", "slow", "not-begun"]));
    assert!(work.cm.state().runs("a") && work.cm.containers().len() == 1);
    work.end();
}

#[test]
fn what_it_cannot_understand_ends_it() {
    for garbage in ["deploy", "", r#"{"dance":1}"#, r#"{"deploy":-1}"#] {
        let mut work = Work::begin();
        work.order(&deploy(1, &["slow.json"]));
        work.cm.wait_for_call(Method::Create, "slow");
        work.order(&garbage);
        assert_eq!(
            ends(&work.result()),
            json!([["slow.json", "slow", "not-begun"]])
        );
        let log = work.wait_for_end();
        assert!(
            log.contains("error: the daemon wrote a line that is no order: "),
            "{log}"
        );
    }
}

#[test]
fn results_that_nobody_reads_do_not_keep_it_from_deploying() {
    let mut work = Work::begin_unheard();
    work.order(&deploy(1, &["a.json"]));
    work.cm.wait_until_running("a");
    work.order(&deploy(2, &["b.json"]));
    work.cm.wait_until_running("b");
    work.end();
}

/// Another deployer holds the lock, so the first request comes to nothing. The second one needs no lock.
#[test]
fn an_order_during_a_failing_deployment_is_done_next() {
    let mut work = Work::begin_with(&["--connect-timeout", "5"]);
    work.order(&deploy(1, &["b.json"]));
    work.result();
    let socket = work.cm.socket();
    let directory = File::open(socket.parent().unwrap()).unwrap();
    let _lock = Flock::lock(directory, FlockArg::LockExclusive).unwrap();
    work.order(&deploy(2, &["a.json"]));
    work.wait_until_logged("another deployer is at work");
    work.order(&deploy(3, &["b.json"]));
    let second = work.result();
    assert_eq!(second["number"], 2);
    assert_eq!(ends(&second), json!([["a.json", "a", "not-begun"]]));
    let third = work.result();
    assert_eq!(third["number"], 3);
    assert_eq!(ends(&third), json!([["b.json", "b", "up-to-date"]]));
    work.end();
}

#[test]
fn what_was_created_without_an_answer_is_pruned() {
    let mut work = Work::begin();
    work.cm
        .fault(Fault::at(Method::Create, What::KillAfter).of("a"));
    work.order(&deploy(1, &["a.json"]));
    work.cm.wait_for_end();
    work.order(&deploy(2, &["a.json"]));
    work.cm.start_again();
    assert_eq!(ends(&work.result()), json!([]));
    assert_eq!(ends(&work.result()), json!([["a.json", "a", "up-to-date"]]));
    work.place.remove("m/a.json");
    let mut pruning = deploy(3, &[]);
    pruning["deploy"]["prune"] = json!(["b.json", "slow.json"]);
    work.order(&pruning);
    let report = work.result()["report"].to_string();
    assert!(report.contains("a  removed"), "{report}");
    work.end();
}

#[test]
fn a_layer_that_went_after_the_watcher_had_looked_leaves_everything_as_it_is() {
    let mut work = Work::begin_with(&["/nowhere/manifests"]);
    work.order(&deploy(1, &["a.json"]));
    assert_eq!(work.result()["invalid"], Value::Null);
    assert_eq!(changes(&work.cm.calls()), [""; 0]);
    let mut knowing = deploy(2, &["a.json"]);
    knowing["deploy"]["lacks-layer"] = json!(true);
    work.order(&knowing);
    work.result();
    assert_eq!(changes(&work.cm.calls()), ["Create a", "Start a"]);
    work.end();
}
