//! Advisories: each that docs/security.md names has a statement in dist/supply/advisories.json, with a reason.

use std::collections::BTreeSet;

use serde_json::Value;

use super::read;

/// Why an advisory does not affect a program, in the words of the VEX.
const JUSTIFICATIONS: [&str; 5] = [
    "code_not_present",
    "code_not_reachable",
    "protected_at_runtime",
    "requires_configuration",
    "requires_environment",
];

fn is_advisory(word: &str) -> bool {
    let number = word
        .strip_prefix("CVE-")
        .or_else(|| word.strip_prefix("RUSTSEC-"));
    number.is_some_and(|number| number.starts_with("20"))
}

fn text<'a>(statement: &'a Value, key: &str) -> &'a str {
    statement[key].as_str().unwrap_or_default()
}

#[test]
fn every_advisory_has_a_statement() {
    let page = read("docs/security.md");
    let words = page.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let named: BTreeSet<&str> = words.filter(|word| is_advisory(word)).collect();
    assert!(named.len() > 10, "{named:?}");
    let statements: Value = serde_json::from_str(&read("dist/supply/advisories.json")).unwrap();
    let statements = statements.as_array().unwrap();
    let stated: Vec<&str> = statements
        .iter()
        .map(|statement| text(statement, "id"))
        .collect();
    assert_eq!(stated.iter().copied().collect::<BTreeSet<_>>(), named);
    assert_eq!(stated.len(), named.len(), "an advisory is there twice");
}

#[test]
fn every_statement_has_its_reason() {
    let components = read("dist/supply/components.py") + &read("Cargo.lock");
    let statements: Value = serde_json::from_str(&read("dist/supply/advisories.json")).unwrap();
    for statement in statements.as_array().unwrap() {
        let justification = text(statement, "justification");
        match text(statement, "state") {
            "resolved" => assert_eq!(justification, "", "{statement}"),
            "not_affected" => assert!(JUSTIFICATIONS.contains(&justification), "{statement}"),
            _ => panic!("{statement}"),
        }
        assert!(text(statement, "detail").ends_with('.'), "{statement}");
        let component = format!("\"{}\"", text(statement, "component"));
        assert!(components.contains(&component), "{statement}");
    }
}
