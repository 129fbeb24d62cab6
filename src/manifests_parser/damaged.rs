//! Tests: a damaged, huge or hostile manifest is explained, in no time and without a panic.

use std::time::Instant;

use super::parse::parse_manifest;

const LEDA: &[u8] = include_bytes!("../../tests/cases/01-leda/databroker.json");

/// What is neither a container nor an explanation would be a silent loss.
fn judge_damaged(bytes: &[u8]) {
    match parse_manifest("damaged", bytes).container {
        Ok(container) => assert!(!container.name.is_empty() && !container.image.name.is_empty()),
        Err(problems) => assert!(problems
            .iter()
            .all(|problem| problem.line > 0 && !problem.message.is_empty())),
    }
}

#[test]
fn no_beginning_of_a_manifest_makes_it_panic_or_pass() {
    let manifest = LEDA;
    for length in 0..manifest.len() {
        let parsed = parse_manifest("damaged", &manifest[..length]);
        assert!(parsed.container.is_err(), "the first {length} bytes");
        judge_damaged(&manifest[..length]);
    }
}

#[test]
fn no_single_damaged_byte_makes_it_panic() {
    let manifest = LEDA;
    for index in 0..manifest.len() {
        for byte in *b"\0 \"\\{}[],:0-9e.nt\xff\xc3\n" {
            let mut damaged = manifest.to_vec();
            damaged[index] = byte;
            judge_damaged(&damaged);
        }
        let mut shorter = manifest.to_vec();
        shorter.remove(index);
        judge_damaged(&shorter);
    }
}

#[test]
fn huge_and_hostile_manifests_are_judged_in_no_time() {
    let started = Instant::now();
    let repeated = |head: &str, item: &str, tail: &str| {
        let text = format!(
            "{head}{}{tail}",
            vec![item; 250_000 / (item.len() + 1)].join(",")
        );
        parse_manifest("huge", text.as_bytes())
    };
    let head = r#"{"image":{"name":"i"},"mount_points":["#;
    assert!(repeated(head, "0", "]}").container.is_err());
    assert!(repeated(head, "{}", "]}").container.is_err());
    assert!(repeated("{", r#""a":0"#, "}").container.is_err());
    let head = r#"{"image":{"name":"i"},"host_config":{"port_mappings":["#;
    let ports = repeated(
        head,
        r#"{"host_port":1,"container_port":1,"host_ip":"x"}"#,
        "]}}",
    );
    assert_eq!(ports.warnings.len(), ports.anchors.ports.len());
    assert!(
        repeated(r#"{"image":{"name":"i"},"x":"#, &"[".repeat(225_000), "}")
            .container
            .is_err()
    );
    assert!(
        started.elapsed().as_secs() < 60,
        "took {:?}",
        started.elapsed()
    );
}
