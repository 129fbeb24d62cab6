//! Many manifests, and a List of more than gRPC's default limit of 4 MiB.

use serde_json::json;
use simulated_kanto_cm::{Existing, Left, Method};

use crate::common::{count, deploy, image, kanto_cm, Manifests};

#[test]
fn two_hundred_manifests() {
    let names: Vec<String> = (0..200).map(|n| format!("c{n:03}")).collect();
    let manifests = Manifests::new().with_all(&names);
    let cm = kanto_cm().start();
    let run = deploy(&cm, &manifests, &["--cm-grace", "0"]);
    run.expect_code(0);
    assert!(
        run.stdout.ends_with("200 manifests: 200 deployed\n"),
        "{}",
        run.stdout
    );
    let calls = cm.calls();
    let (creates, starts) = (count(&calls, Method::Create), count(&calls, Method::Start));
    assert_eq!(
        (creates, starts, count(&calls, Method::List)),
        (200, 200, 2),
        "one List to plan, one to settle"
    );
    assert!(cm
        .state()
        .containers
        .iter()
        .all(|container| container.running));
    cm.clear_calls();
    deploy(&cm, &manifests, &[]).expect_code(0);
    assert_eq!(cm.calls().len(), 1);
}

#[test]
fn a_list_of_more_than_four_mebibytes() {
    let env: Vec<String> = (0..200)
        .map(|n| format!("V{n}={}", "x".repeat(500)))
        .collect();
    let container = |n: usize| json!({ "id": format!("big{n}"), "image": { "name": image("big") }, "config": { "env": env } });
    let containers = (0..60).map(|n| Existing::new(container(n), Left::Running));
    let cm = kanto_cm().containers(containers).start();
    deploy(&cm, &Manifests::new().with("a"), &[]).expect_code(0);
    assert!(cm.state().runs("a"));
}
