//! Tests: the examples of RFC 7396, and what goes beyond it.

#![allow(clippy::unwrap_used)]

use serde_json::{json, Value as Json};

use super::*;
use crate::container::Spec;
use crate::manifests_parser::parse::{parse_files, parse_manifest, Parsed};
use crate::random::Random;

fn files<'t>(texts: &[&'t str]) -> Vec<SourceFile<'t>> {
    let file = |(index, text): (usize, &&'t str)| SourceFile {
        name: index.to_string(),
        text,
    };
    texts.iter().enumerate().map(file).collect()
}

fn merged(texts: &[&str]) -> Json {
    let files = files(texts);
    let objects: Vec<Raw<'_>> = files.iter().map(|file| file.object().unwrap()).collect();
    let merged = merge(&files, &objects, Format::ContainerManagement).unwrap();
    serde_json::from_str(&merged.text[..merged.length]).unwrap()
}

/// Parses a manifest with drop-ins that are named a, b, ….
fn parsed(texts: &[&str]) -> Parsed {
    let names = ["", "a", "b", "c"].into_iter();
    let files = names.zip(texts.iter().map(|text| text.as_bytes()));
    parse_files("app", &files.collect::<Vec<_>>())
}

fn spec(texts: &[&str]) -> Spec {
    let parsed = parsed(texts);
    assert!(parsed.warnings.is_empty(), "{:?}", parsed.warnings);
    parsed.container.unwrap()
}

fn errors(texts: &[&str]) -> Vec<String> {
    parsed(texts).container.unwrap_err().texts()
}

/// Appendix A of the RFC, each document as the value of a key.
#[test]
fn the_examples_of_the_rfc() {
    for (target, patch, result) in [
        (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
        (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
        (json!({"a":"b"}), json!({"a":null}), json!({})),
        (
            json!({"a":"b","b":"c"}),
            json!({"a":null}),
            json!({"b":"c"}),
        ),
        (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
        (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
        (
            json!({"a":{"b":"c"}}),
            json!({"a":{"b":"d","c":null}}),
            json!({"a":{"b":"d"}}),
        ),
        (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a":"b"}), json!(["c"]), json!(["c"])),
        (json!({"a":"foo"}), json!(null), json!(null)),
        (json!({"a":"foo"}), json!("bar"), json!("bar")),
        (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
        (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
        (
            json!({}),
            json!({"a":{"bb":{"ccc":null}}}),
            json!({"a":{"bb":{}}}),
        ),
    ] {
        let within = |value: &Json| json!({ "x": value }).to_string();
        let expected = match &result {
            Json::Null => json!({}),
            result => json!({ "x": result }),
        };
        let texts = [within(&target), within(&patch)];
        assert_eq!(
            merged(&[&texts[0], &texts[1]]),
            expected,
            "{target} {patch}"
        );
    }
}

/// The algorithm as the RFC has it.
fn reference(target: Json, patch: &Json) -> Json {
    let Json::Object(patch) = patch else {
        return patch.clone();
    };
    let mut object = match target {
        Json::Object(object) => object,
        _ => serde_json::Map::new(),
    };
    for (key, value) in patch {
        match object.remove(key) {
            _ if value.is_null() => {}
            before => {
                let value = reference(before.unwrap_or_default(), value);
                object.insert(key.clone(), value);
            }
        }
    }
    Json::Object(object)
}

fn random_object(random: &mut Random, depth: usize) -> Json {
    let mut object = serde_json::Map::new();
    for _ in 0..random.below(4) {
        let value = match random.below(6) {
            0 => Json::Null,
            1 => json!([1, { "a": null }]),
            2..=3 if depth < 3 => random_object(random, depth + 1),
            number => json!(number),
        };
        object.insert(random.pick(&["a", "b", "c", "é\""]).to_owned(), value);
    }
    Json::Object(object)
}

#[test]
fn it_does_as_the_rfc_says_with_any_number_of_files() {
    let mut random = Random::new(7);
    for _ in 0..3_000 {
        let count = 1 + random.below(4);
        let objects: Vec<Json> = (0..count).map(|_| random_object(&mut random, 0)).collect();
        let texts: Vec<String> = objects.iter().map(Json::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let expected = objects[1..].iter().fold(objects[0].clone(), reference);
        assert_eq!(merged(&texts), expected, "{texts:?}");
    }
}

const BASE: &str =
    r#"{ "image": { "name": "r.io/i:1" }, "config": { "env": [ "A=1", "B=2", "A=3" ] } }"#;

#[test]
fn variables_are_merged_by_their_names() {
    let env = |drop_in: &str| spec(&[BASE, drop_in]).env;
    let with = |entries: &str| env(&format!(r#"{{ "config": {{ "env": {entries} }} }}"#));
    assert_eq!(with("[]"), ["A=1", "B=2", "A=3"]);
    assert_eq!(with(r#"[ "A=4" ]"#), ["A=4", "B=2"]);
    assert_eq!(
        with(r#"[ "C=1", "B=", "C=2" ]"#),
        ["A=1", "B=", "A=3", "C=2"]
    );
    assert_eq!(with(r#"[ "A", "D" ]"#), ["B=2"]);
    assert_eq!(with(r#"[ "A", "A=5" ]"#), ["B=2", "A=5"]);
    assert_eq!(with("null"), [""; 0]);
    assert_eq!(env(r#"{ "config": null }"#), [""; 0]);
    let none = r#"{ "image": { "name": "r.io/i:1" } }"#;
    let drop_in = r#"{ "config": { "env": [ "X", "A=1" ] } }"#;
    assert_eq!(spec(&[none, drop_in]).env, ["A=1"]);
}

#[test]
fn an_error_names_the_drop_in_that_brought_the_value() {
    let network = r#"{ "host_config": {
  "network_mode": "brige" } }"#;
    let error = "a:2:19: host_config.network_mode: ";
    let errors_of = |texts: &[&str]| errors(texts).remove(0);
    assert!(errors_of(&[BASE, network]).starts_with(error));
    let other = r#"{ "host_config": { "privileged": false } }"#;
    assert!(errors_of(&[BASE, network, other]).starts_with(error));
    assert!(errors_of(&[BASE, other, network]).starts_with("b:2:19: "));
    let mended = r#"{ "host_config": { "network_mode": "bridge" } }"#;
    assert_eq!(
        spec(&[BASE, network, mended]).host_config.network_mode,
        "bridge"
    );
    let wrong = r#"{ "config": { "env": [ "C=1", 7 ] } }"#;
    assert!(errors_of(&[BASE, other, wrong]).starts_with("b:1:31: config.env[4]: expected a text"));
}

#[test]
fn what_a_drop_in_removed_is_missed_there() {
    let drop_in = r#"{ "config": {},
   "image": null }"#;
    let error = &errors(&[BASE, r#"{ "host_name": "h" }"#, drop_in])[0];
    assert!(error.starts_with("b:2:13: image.name: "), "{error}");
    let nothing = &errors(&[r#"{ "image": {} }"#, "{}"])[0];
    assert!(nothing.starts_with("1:12: image.name: "), "{nothing}");
    let again = r#"{ "image": { "name": "r.io/i:2" } }"#;
    assert_eq!(spec(&[BASE, drop_in, again]).image.name, "r.io/i:2");
}

#[test]
fn no_drop_in_and_an_empty_one_change_nothing() {
    let leda = include_str!("../../../tests/cases/01-leda/databroker.json");
    let alone = parse_manifest("app", leda.as_bytes());
    for drop_ins in [&[][..], &["{}"], &["{}", r#"{ "host_config": {} }"#]] {
        let with = parsed(&[&[leda], drop_ins].concat());
        assert_eq!(with.container, alone.container);
        assert_eq!(with.warnings, alone.warnings);
        assert_eq!(with.locations.ports, alone.locations.ports);
    }
}

#[test]
fn a_drop_in_may_have_the_other_format() {
    let internal = r#"{ "name": "x", "host_config": {
        "port_mappings": [ { "protocol": "udp", "host_port": 1, "container_port": 2 } ] },
        "hooks": [ { "type": "Poststop", "path": "/h", "args": [ "h" ] } ],
        "mounts": [ { "source": "/a", "destination": "/b" } ] }"#;
    let spec = spec(&[BASE, internal]);
    assert_eq!((&*spec.name, &*spec.mounts[0].source), ("x", "/a"));
    assert_eq!(spec.host_config.port_mappings[0].protocol, "udp");
    assert_eq!(spec.hooks[0].kind, "Poststop");
    let example = include_str!("../../../tests/cases/02-internal-example/databroker.json");
    let cm = r#"{ "container_name": "y", "resources": null, "host_config": { "resources": null,
        "port_mappings": [ { "proto": "udp", "host_ip": "1.1.1.1", "host_port": 1, "host_port_end": 1, "container_port": 2 } ] },
        "hooks": [ { "type": 0, "path": "/h", "args": [ "h" ], "env": [], "timeout": 1 } ] }"#;
    let parsed = parsed(&[example, cm]);
    let spec = parsed.container.unwrap();
    assert_eq!((&*spec.name, parsed.format), ("y", Format::Internal));
    assert_eq!(spec.host_config.port_mappings[0].protocol, "udp");
    assert_eq!(spec.hooks[0].kind, "Prestart");
}

#[test]
fn what_is_ambiguous_is_refused() {
    let both = r#"{ "name": "x", "container_name": "x" }"#;
    let error =
        "a:1:1: two formats are mixed: container_name of the CM format, name of the internal one";
    assert_eq!(errors(&[BASE, both]), [error]);
    let policy = |time: u64| {
        format!(
            r#"{{ "name": "x", "host_config": {{ "restart_policy": {{ "type": "always", "retry_timeout": {time} }} }} }}"#
        )
    };
    spec(&[BASE, &policy(999_999)]);
    let error = &errors(&[BASE, &policy(1_000_000)])[0];
    let start =
        "a:1:88: host_config.restart_policy.retry_timeout: means nanoseconds in the CM format";
    assert!(error.starts_with(start), "{error}");
}

#[test]
fn all_files_are_checked_before_they_are_merged() {
    let all = errors(&["{", "[]", r#"{ "a": 1, "#]);
    assert!(
        all[0].starts_with("1:") && all[0].contains("not valid JSON"),
        "{all:?}"
    );
    assert_eq!(all[1], "a:1:1: expected a JSON object");
    assert!(all[2].starts_with("b:1:"), "{all:?}");
    let twice = r#"{ "host_name": "a", "host_name": "b", "config": { "cmd": [], "cmd": [] } }"#;
    let list = r#"{ "hooks": [ { "path": "/a", "path": "/b" } ] }"#;
    assert_eq!(
        errors(&["{}", list]),
        ["a:1:38: hooks[0].path: the same key stands here for the second time"]
    );
    let all = errors(&[twice, twice]);
    let second_time = "the same key stands here for the second time";
    let expected = [
        "1:34: host_name",
        "a:1:34: host_name",
        "1:69: config.cmd",
        "a:1:69: config.cmd",
    ];
    let mut expected = expected.map(|place| format!("{place}: {second_time}"));
    expected.sort();
    let mut sorted = all.clone();
    sorted.retain(|error| error.contains(second_time));
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted, expected, "{all:?}");
}

#[test]
fn huge_and_hostile_drop_ins_are_refused_in_no_time() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(20_000), "}".repeat(20_000));
    let error = &errors(&[BASE, &deep])[0];
    assert!(error.ends_with("lies in too many objects"), "{error}");
    let keys: Vec<String> = (0..20_000)
        .map(|number| format!("\"k{number}\":0"))
        .collect();
    let wide = format!("{{{}}}", keys.join(","));
    let all = errors(&[BASE, &wide, &wide]);
    assert_eq!(all[0], "a:1:1: more than 2000 of them");
    let variables: Vec<String> = (0..20_000)
        .map(|number| format!("\"k{number}=0\""))
        .collect();
    let variables = format!(r#"{{"config":{{"env":[{}]}}}}"#, variables.join(","));
    let all = errors(&[BASE, &variables]);
    assert_eq!(all, ["a:1:18: config.env: more than 2000 of them"]);
}
