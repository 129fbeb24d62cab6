//! A Kanto-CM that answers late, or not at all: a slow call is waited for, a Kanto-CM that hangs is not.

use std::time::Duration;

use simulated_kanto_cm::{Fault, Image, Method, What};

use crate::common::{count, deploy, image, kanto_cm, Manifests};

#[test]
fn an_answer_that_never_came_is_settled_by_looking() {
    for (method, what) in [
        (Method::Create, What::DropAnswer),
        (Method::Start, What::DropAnswer),
        (Method::List, What::DropAnswer),
    ] {
        let cm = kanto_cm().start();
        cm.fault(Fault::at(method, what));
        // Without an id: a Create that was sent twice would show as two containers.
        let nameless = serde_json::json!({ "image": { "name": image("a") } });
        deploy(
            &cm,
            &Manifests::new().with_json("a", &nameless).with("b"),
            &[],
        )
        .expect_code(0);
        let state = cm.state();
        assert_eq!(state.containers.len(), 2, "{method}: {state:?}");
        assert!(
            state.containers.iter().all(|container| container.running),
            "{method}: {state:?}"
        );
    }
}

#[test]
fn a_slow_list_is_asked_for_again() {
    let cm = kanto_cm().start();
    cm.fault(Fault::at(Method::List, What::DelayMs(15_000)));
    let run = deploy(&cm, &Manifests::new().with("a"), &[]);
    run.expect_code(0).expect_log("a List was not answered");
    assert!(cm.state().runs("a"));
}

#[test]
fn a_slow_start_is_waited_for() {
    let cm = kanto_cm().start_ms(3_000).start();
    deploy(
        &cm,
        &Manifests::new().with("a"),
        &["--create-timeout", "1", "--settle", "0"],
    )
    .expect_code(0);
    assert!(cm.state().runs("a"));
    assert_eq!(count(&cm.calls(), Method::Start), 1);
}

#[test]
fn kanto_cm_that_hangs_is_given_up_after_a_minute_and_a_list() {
    let cm = kanto_cm().start();
    cm.fault(Fault::at(Method::Start, What::Hang));
    cm.fault(Fault::at(Method::List, What::Hang).nth(3).always());
    let run = deploy(&cm, &Manifests::new().with("a"), &["--cm-grace", "0"]);
    run.expect_code(3)
        .expect_log("Start of a has not been answered for 60 s")
        .expect_log("Kanto-CM hangs, restart it");
    assert!(run.took < Duration::from_secs(80), "{:?}", run.took);
}

#[test]
fn a_pull_of_more_than_a_minute_is_no_hanging() {
    let cm = kanto_cm()
        .images([Image::new(image("a")).pull_ms(63_000)])
        .start();
    let run = deploy(
        &cm,
        &Manifests::new().with("a"),
        &["--settle", "0", "--cm-grace", "0"],
    );
    run.expect_code(0)
        .expect_log("Create of a has not been answered for 60 s, still waiting");
    // The first, the one under the lock, and the one that asks whether Kanto-CM lives.
    assert_eq!(count(&cm.calls(), Method::List), 3);
}

#[test]
fn without_answers_to_list_a_create_is_no_slow_pull() {
    let cm = kanto_cm().start();
    cm.fault(Fault::at(Method::Create, What::Hang));
    cm.fault(Fault::at(Method::List, What::Hang).nth(3).always());
    let manifests = Manifests::new().with("a");
    let run = deploy(
        &cm,
        &manifests,
        &["--create-timeout", "1", "--cm-grace", "0"],
    );
    run.expect_code(3)
        .expect_log("error: Kanto-CM hangs, restart it");
}
