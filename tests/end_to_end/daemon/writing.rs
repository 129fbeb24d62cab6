//! Manifests that are written in pieces, at once, or over others: what is deployed is what they are in the end.

use std::fs;
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use simulated_kanto_cm::Method;

use crate::common::count;
use crate::common::daemon::From;
use crate::common::following::{created, text, Following};

/// Well within the quiet period.
const PACE: Duration = Duration::from_millis(40);
/// So long an interval may have been taken for the end of the writing.
const TOO_SLOW: Duration = Duration::from_millis(160);

/// Writes again and again without a break. False: there was one, for this machine has other things to do.
fn write_swiftly(times: u32, mut write: impl FnMut(u32)) -> bool {
    let mut longest = Duration::ZERO;
    let mut last = Instant::now();
    for i in 0..times {
        write(i);
        longest = longest.max(last.elapsed());
        last = Instant::now();
        thread::sleep(PACE);
    }
    longest < TOO_SLOW
}

#[test]
fn what_is_only_written_on_the_way_is_never_deployed() {
    let following = Following::new(&["a"]);
    let mut number = 1;
    loop {
        let was_swift = write_swiftly(10, |_| {
            number += 1;
            following.put("m/a.json", number);
        });
        following.wait_for_version("a", number);
        if was_swift {
            break following.expect_replaced("a", number);
        }
        following.daemon.wait_until_idle();
        following.cm.clear_calls();
    }
}

#[test]
fn half_a_manifest_is_not_reported_if_the_rest_comes_soon() {
    let following = Following::new(&["a"]);
    let mut number = 1;
    loop {
        number += 1;
        let logged = following.daemon.lines(From::Log).len();
        let whole = text("a", number);
        let pieces: Vec<&str> = [0..30, 30..60, 60..90, 90..whole.len()]
            .map(|part| &whole[part])
            .to_vec();
        let mut next = pieces.iter();
        let was_swift = write_swiftly(5, |i| match i {
            0 => following.write("m/a.json", ""),
            _ => following.append("m/a.json", next.next().unwrap()),
        });
        following.wait_for_version("a", number);
        if was_swift {
            let log = following.daemon.lines(From::Log).split_off(logged);
            assert!(!log.iter().any(|line| line.contains("error")), "{log:?}");
            break;
        }
    }
}

#[test]
fn half_a_manifest_leaves_its_container_alone() {
    let following = Following::new(&["a"]);
    let whole = text("a", 2);
    for (i, half) in [&whole[..50], ""].iter().enumerate() {
        following.write("m/a.json", half);
        following
            .daemon
            .wait_for(From::Log, "error: a.json:1:", i + 1);
        following.daemon.wait_for_status("1 invalid: a.json");
    }
    following.expect_changes(&[]);
    following.append("m/a.json", &whole);
    following.expect_replaced("a", 2);
    following.daemon.wait_for_status("1 container up to date");
}

#[test]
fn the_second_half_of_a_new_one_may_come_late() {
    let following = Following::new(&["a"]);
    let whole = text("b", 1);
    following.write("m/b.json", &whole[..50]);
    following
        .daemon
        .wait_for_status("1 container up to date, 1 invalid: b.json");
    following.append("m/b.json", &whole[50..]);
    following.expect_deployed("b", 1);
}

#[test]
fn who_never_stops_writing_is_not_waited_for() {
    let following = Following::new(&["a"]);
    thread::scope(|scope| {
        let (done, is_done) = channel::<()>();
        let following = &following;
        scope.spawn(move || {
            while is_done.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
                following.write("m/log", "all the time");
            }
        });
        following.put("m/a.json", 2);
        following.cm.wait_for_call(Method::Create, "a");
        drop(done);
    });
    following.expect_replaced("a", 2);
}

#[test]
fn a_file_that_is_renamed_over_a_manifest_takes_its_place() {
    let following = Following::new(&["a", "b"]);
    for number in 2..4 {
        following.write("m/.a.json.part", &text("a", number));
        following.rename("m/.a.json.part", "m/a.json");
        following.expect_replaced("a", number);
    }
}

#[test]
fn a_hard_link_can_be_written_by_its_other_name() {
    let following = Following::new(&[]);
    following.put("b.json", 1);
    fs::hard_link(following.at("b.json"), following.at("m/b.json")).unwrap();
    following.expect_deployed("b", 1);
    following.put("b.json", 2);
    following.expect_replaced("b", 2);
}

#[test]
fn a_hundred_files_at_once_are_one_deployment() {
    let following = Following::new(&[]);
    let names: Vec<String> = (0..100).map(|i| format!("c{i}")).collect();
    let copy = |name: &String| following.put(&format!("m/{name}.json"), 1);
    let before = following.daemon.lines(From::Out).len();
    following.at_once(|| names.iter().take(50).for_each(copy));
    names.iter().skip(50).for_each(copy);
    following
        .daemon
        .wait_for_status("100 containers up to date");
    following.daemon.wait_until_idle();
    let state = following.cm.state();
    assert!(names.iter().all(|name| state.runs(name)));
    let calls = following.cm.calls();
    assert_eq!(
        (created(&calls).len(), count(&calls, Method::Start)),
        (100, 100)
    );
    let printed = following.daemon.lines(From::Out).split_off(before);
    let deployments = printed
        .iter()
        .filter(|line| line.contains("deployed"))
        .count();
    assert!(deployments <= 3, "{printed:?}");
}
