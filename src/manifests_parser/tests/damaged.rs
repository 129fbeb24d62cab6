//! Tests: a damaged, huge or hostile manifest is explained, in no time and without a panic.

use std::time::Instant;

use super::super::parse::parse_manifest;

const LEDA: &[u8] = include_bytes!("../../../tests/cases/01-leda/databroker.json");

/// Panics if the parser returns neither a container nor an explanation.
fn check_damaged(bytes: &[u8]) {
    match parse_manifest("damaged", bytes).container {
        Ok(container) => assert!(!container.name.is_empty() && !container.image.name.is_empty()),
        Err(errors) => {
            for error in errors.iter() {
                assert!(error.location.span.is_some() && !error.message.is_empty());
            }
        }
    }
}

#[test]
fn no_beginning_of_a_manifest_makes_it_panic_or_pass() {
    let manifest = LEDA;
    for length in 0..manifest.len() {
        let parsed = parse_manifest("damaged", &manifest[..length]);
        assert!(parsed.container.is_err(), "the first {length} bytes");
        check_damaged(&manifest[..length]);
    }
}

#[test]
fn no_single_damaged_byte_makes_it_panic() {
    let manifest = LEDA;
    for index in 0..manifest.len() {
        for byte in *b"\0 \"\\{}[],:0-9e.nt\xff\xc3\n" {
            let mut damaged = manifest.to_vec();
            damaged[index] = byte;
            check_damaged(&damaged);
        }
        let mut shorter = manifest.to_vec();
        shorter.remove(index);
        check_damaged(&shorter);
    }
}

#[test]
fn diagnostics_are_counted_and_the_first_are_kept() {
    let many = |head: &str, item: &str| {
        let text = format!("{head}{}]}}", vec![item; 1_000].join(","));
        parse_manifest("many", text.as_bytes())
    };
    let errors = many(r#"{"image":{"name":"i"},"hooks":["#, "7").container;
    let errors = errors.expect_err("numbers are no hooks");
    assert_eq!((errors.len(), errors.more()), (100, 900));
    assert_eq!(errors.texts()[100], "and 900 more");
    let missing = many(r#"{"mounts":["#, r#"{"source":"/s"}"#).container;
    let missing = missing.expect_err("keys are missing");
    let advice = &missing[0].message;
    assert!(advice.len() < 5_000, "{} bytes", advice.len());
    assert!(advice.contains(" more; use the CM format"), "{advice}");
}

#[test]
fn huge_and_hostile_manifests_are_checked_in_no_time() {
    let started = Instant::now();
    let repeated = |head: &str, item: &str, tail: &str| {
        let text = format!(
            "{head}{}{tail}",
            vec![item; 250_000 / (item.len() + 1)].join(",")
        );
        parse_manifest("huge", text.as_bytes())
    };
    let head = r#"{"image":{"name":"r.io/i:1"},"mount_points":["#;
    assert!(repeated(head, "0", "]}").container.is_err());
    assert!(repeated(head, "{}", "]}").container.is_err());
    assert!(repeated("{", r#""a":0"#, "}").container.is_err());
    let head = r#"{"image":{"name":"r.io/i:1"},"host_config":{"port_mappings":["#;
    let ports = repeated(
        head,
        r#"{"host_port":1,"container_port":1,"host_ip":"x"}"#,
        "]}}",
    );
    let warnings = ports.warnings.len() + ports.warnings.more();
    assert_eq!(warnings, ports.locations.ports.len());
    assert!(ports.warnings.len() <= 100);
    assert!(repeated(
        r#"{"image":{"name":"r.io/i:1"},"x":"#,
        &"[".repeat(225_000),
        "}"
    )
    .container
    .is_err());
    assert!(
        started.elapsed().as_secs() < 60,
        "took {:?}",
        started.elapsed()
    );
}
