//! `--render`: what comes out of layers and drop-ins, and of Kanto-CM's containers.

use serde_json::{json, Value};
use simulated_kanto_cm::Process;

use super::{deploy_layers, path, setting, two_layers};
use crate::common::following::Place;
use crate::common::{changes, kanto_cm, manifest, run, Run};

fn render(place: &Place, arguments: &[&str], layers: &[&str]) -> Run {
    let layers: Vec<String> = layers.iter().map(|layer| path(place, layer)).collect();
    let layers: Vec<&str> = layers.iter().map(String::as_str).collect();
    run(&[&["--render"], arguments, &layers].concat())
}

fn from_kanto_cm(cm: &Process, arguments: &[&str]) -> Run {
    let socket = cm.socket();
    let first = [
        "--render",
        "--from-kanto-cm",
        "-s",
        socket.to_str().unwrap(),
    ];
    run(&[&first[..], arguments].concat())
}

#[test]
fn what_is_rendered_is_a_manifest_and_renders_to_itself() {
    let place = two_layers();
    place.remove("low/b.json");
    place.make("high/a.json.d");
    place.write("high/a.json.d/50-device.json", &setting("TOKEN=secret"));
    for format in ["cm", "internal"] {
        let rendered = render(&place, &["--format", format], &["low", "high"]);
        rendered.expect_code(0).expect_log(&format!(
            "a: from {}, {}",
            path(&place, "low/a.json"),
            path(&place, "high/a.json.d/50-device.json")
        ));
        place.make("again");
        place.write("again/another.json", &rendered.stdout);
        run(&["--validate", &path(&place, "again")]).expect_code(0);
        let again = render(&place, &["--format", format], &["again"]);
        assert_eq!(again.expect_code(0).stdout, rendered.stdout);
        let manifest: Value = serde_json::from_str(&rendered.stdout).unwrap();
        assert_eq!(
            manifest["config"]["env"],
            json!(["VERSION=1", "TOKEN=secret"])
        );
        let is_cm = manifest["container_name"] == "a" && manifest.get("host_config").is_none();
        assert_eq!(is_cm, format == "cm");
    }
}

#[test]
fn the_deployed_container_is_as_it_was_rendered() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    place.make("high/a.json.d");
    place.write("high/a.json.d/1.json", &setting("X=1"));
    place.make("rendered");
    for name in ["a", "b"] {
        let file = format!("low/{name}.json");
        place.write(
            &format!("{name}.out"),
            &render(&place, &["-q"], &[&file]).stdout,
        );
    }
    place.rename("b.out", "rendered/b.json");
    let merged = render(
        &place,
        &["-q", "--format", "internal"],
        &["low/a.json", "high"],
    );
    place.write("rendered/a.json", &merged.stdout);
    deploy_layers(&cm, &place, &["low", "high"], &[]).expect_code(0);
    cm.clear_calls();
    deploy_layers(&cm, &place, &["rendered"], &["--reapply"]).expect_code(0);
    assert!(
        changes(&cm.calls()).is_empty(),
        "{:?}",
        changes(&cm.calls())
    );
}

#[test]
fn several_manifests_are_several_documents() {
    let place = two_layers();
    let rendered = render(&place, &["-q"], &["low", "high"]);
    let documents = serde_json::Deserializer::from_str(&rendered.stdout).into_iter::<Value>();
    let names: Vec<Value> = documents
        .map(|one| one.unwrap()["container_name"].clone())
        .collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn an_invalid_manifest_is_not_rendered() {
    let place = two_layers();
    place.write("high/a.json", "{}");
    let rendered = render(&place, &[], &["low", "high"]);
    rendered
        .expect_code(1)
        .expect_log("high/a.json:1:1: image.name");
    let manifest: Value = serde_json::from_str(&rendered.stdout).unwrap();
    assert_eq!(manifest["container_name"], "b");
    let missing = render(&place, &[], &["missing"]);
    missing
        .expect_code(4)
        .expect_log("cannot read manifests from");
    assert_eq!(missing.stdout, "");
}

#[test]
fn a_container_of_kanto_cm_becomes_a_manifest_that_takes_it_over() {
    let (cm, place) = (kanto_cm().start(), two_layers());
    let mut by_hand = manifest("c");
    by_hand["config"] = json!({ "env": ["TOKEN=secret"], "cmd": ["/simulated/run", "1"] });
    by_hand["host_config"] = json!({ "resources": { "memory": "200M", "memory_swap": "-1" } });
    place.write("low/c.json", &by_hand.to_string());
    deploy_layers(&cm, &place, &["low"], &["--state", "none"]).expect_code(0);
    cm.clear_calls();
    let all = from_kanto_cm(&cm, &[]);
    let documents =
        serde_json::Deserializer::from_str(&all.expect_code(0).stdout).into_iter::<Value>();
    assert_eq!(documents.count(), 3);
    for format in ["cm", "internal"] {
        let one = from_kanto_cm(&cm, &["--format", format, "c"]);
        let rendered: Value = serde_json::from_str(&one.expect_code(0).stdout).unwrap();
        assert_eq!(rendered["config"], by_hand["config"]);
        place.make("taken");
        place.write("taken/c.json", &one.stdout);
        deploy_layers(&cm, &place, &["taken"], &["--state", "none", "--reapply"]).expect_code(0);
    }
    assert!(
        changes(&cm.calls()).is_empty(),
        "{:?}",
        changes(&cm.calls())
    );
    from_kanto_cm(&cm, &["c", "none-such"])
        .expect_code(1)
        .expect_log("Kanto-CM has no container with the name or id none-such");
}

#[test]
fn without_kanto_cm_its_containers_are_not_rendered() {
    let place = two_layers();
    let socket = path(&place, "none.sock");
    run(&[
        "--render",
        "--from-kanto-cm",
        "--connect-timeout",
        "0",
        "-s",
        &socket,
    ])
    .expect_code(3);
    run(&["--from-kanto-cm"])
        .expect_code(2)
        .expect_log("go with --render");
    run(&["--render", "--format", "yaml"]).expect_code(2);
    run(&["--render", "--validate"]).expect_code(2);
}
