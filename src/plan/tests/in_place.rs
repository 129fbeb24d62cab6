//! What is changed in place, and how.

use super::deciding::{for_all, step, Recorded::Nothing, STATES};
use super::*;
use crate::kanto_cm::Update;

/// The manifest, and what of it differs.
fn with_limits(memory: &str, policy: &str, env: &str) -> Manifest {
    let mut one = level(env);
    one.container.host_config.resources.memory = memory.to_owned();
    one.container.host_config.restart_policy.kind = policy.to_owned();
    one
}

#[test]
fn restart_policy_and_resources_alone_are_changed_in_place() {
    let wanted = with_limits("10M", "always", "info");
    let parts = |update: &Update| (update.restart_policy.is_some(), update.resources.is_some());
    for (existing, expected) in [
        (with_limits("10M", "no", "info"), Some((true, false))),
        (with_limits("20M", "always", "info"), Some((false, true))),
        (with_limits("", "no", "info"), Some((true, true))),
        (with_limits("10M", "no", "debug"), None),
        (with_limits("20M", "always", "debug"), None),
        (with_limits("", "no", "debug"), None),
    ] {
        for (status, runs) in STATES {
            let existing = [listed(&existing, "x", status)];
            let step = step(&wanted, &existing, Nothing, false);
            assert_eq!(step.update.as_ref().map(parts), expected, "{existing:?}");
            if expected.is_none() {
                assert_eq!(step.words(), ["replace"]);
            } else if status != Status::Exited {
                assert_eq!(step.words(), [&["update"], runs].concat());
            }
        }
    }
}

#[test]
fn what_is_kept_is_not_changed_in_place_either() {
    let wanted = with_limits("10M", "always", "info");
    let existing = [listed(
        &with_limits("20M", "no", "info"),
        "x",
        Status::Running,
    )];
    for_all(|recorded, keep_existing| {
        let step = step(&wanted, &existing, recorded, keep_existing);
        let keeps = keep_existing || recorded.keeps_it();
        assert_eq!(step.update.is_none(), keeps, "{recorded:?} {keep_existing}");
        assert_eq!(
            step.leaves_differences(),
            keeps,
            "{recorded:?} {keep_existing}"
        );
    });
}

#[test]
fn an_update_says_what_create_would_have_made() {
    for (memory, swap, sent) in [
        ("200M", "", ("200M", "400M")),
        ("200M", "300M", ("200M", "300M")),
        ("200M", "-1", ("200M", "-1")),
        ("", "", ("", "")),
    ] {
        let mut wanted = with_limits(memory, "always", "info");
        wanted.container.host_config.resources.memory_swap = swap.to_owned();
        let existing = [listed(
            &with_limits("10M", "always", "info"),
            "x",
            Status::Running,
        )];
        let step = step(&wanted, &existing, Nothing, false);
        let resources = step.update.unwrap().resources.unwrap();
        let is = (resources.memory.as_str(), resources.memory_swap.as_str());
        assert_eq!(is, sent, "{memory:?} {swap:?}");
    }
}
