//! Manifests that are symlinks.

use super::*;

#[test]
fn a_target_is_written_and_replaced() {
    let entries = ["d/m/", "t/", "t/x", "t/new", "d/m/a.json -> ../../t/x"];
    let mut probe = Probe::new("d/m", &entries);
    probe.notices(|p| p.write("t/x"));
    probe.notices(|p| p.rename("t/new", "t/x"));
    probe.notices(|p| p.write("t/x"));
    probe.notices(|p| p.remove("t/x"));
    probe.notices(|p| p.write("t/x"));
    probe.notices(|p| p.write("t/x"));
    probe.notices(|p| p.rename("t", "u"));
    probe.notices(|p| p.rename("u", "t"));
    probe.notices(|p| p.write("t/x"));
    probe.notices(|p| p.remove("d/m/a.json"));
    probe.sleeps_through(|p| p.write("t/x"));
}

#[test]
fn kubernetes_swaps_the_directory_behind_all() {
    let entries = [
        "d/m/..1/",
        "d/m/..2/",
        "d/m/..1/a.json",
        "d/m/..2/a.json",
        "d/m/..data -> ..1",
        "d/m/a.json -> ..data/a.json",
    ];
    let mut probe = Probe::new("d/m", &entries);
    probe.notices(|p| p.write("d/m/..1/a.json"));
    probe.notices(|p| p.link("..2", "d/m/..new"));
    probe.notices(|p| p.rename("d/m/..new", "d/m/..data"));
    probe.notices(|p| p.write("d/m/..2/a.json"));
    probe.sleeps_through(|p| p.write("d/m/..1/a.json"));
    probe.notices(|p| p.remove_all("d/m/..1"));
}

#[test]
fn the_same_from_outside() {
    let entries = [
        "t/1/",
        "t/2/",
        "t/1/x",
        "t/2/x",
        "t/now -> 1",
        "t/next -> 2",
    ];
    let mut probe = Probe::new(
        "d/m",
        &[&["d/m/", "d/m/a.json -> ../../t/now/x"], &entries[..]].concat(),
    );
    probe.notices(|p| p.write("t/1/x"));
    probe.notices(|p| p.rename("t/next", "t/now"));
    probe.notices(|p| p.write("t/2/x"));
    probe.sleeps_through(|p| p.write("t/1/x"));
}

#[test]
fn a_chain() {
    let entries = [
        "d/m/",
        "x",
        "y",
        "2 -> x",
        "1 -> 2",
        "d/m/a.json -> ../../1",
    ];
    let mut probe = Probe::new("d/m", &entries);
    probe.notices(|p| p.write("x"));
    probe.notices(|p| {
        p.remove("2");
        p.link("y", "2");
    });
    probe.notices(|p| p.write("y"));
    probe.sleeps_through(|p| p.write("x"));
    probe.notices(|p| p.remove("1"));
    probe.notices(|p| p.link("x", "1"));
    probe.notices(|p| p.write("x"));
}

#[test]
fn what_leads_nowhere_may_lead_somewhere_soon() {
    let mut probe = Probe::new("d/m", &["d/m/", "d/m/a.json -> ../../t/u/x"]);
    probe.notices(|p| p.make("t"));
    probe.notices(|p| p.make("t/u"));
    probe.notices(|p| p.write("t/u/x"));
    probe.notices(|p| p.write("t/u/x"));
    probe.sleeps_through(|p| p.write("t/u/y"));
}

#[test]
fn loops_are_cut() {
    let mut probe = Probe::new(
        "d/m",
        &["d/m/", "d/m/a.json -> b.json", "d/m/b.json -> a.json"],
    );
    probe.notices(|p| p.remove("d/m/b.json"));
    probe.notices(|p| p.write("d/m/b.json"));
    probe.notices(|p| p.link("self.json", "d/m/self.json"));
}

#[test]
fn two_manifests_in_one_file() {
    let entries = [
        "d/m/",
        "t/",
        "t/x",
        "d/m/a.json -> ../../t/x",
        "d/m/b.json -> ../../t/x",
    ];
    let mut probe = Probe::new("d/m", &entries);
    probe.notices(|p| p.write("t/x"));
    probe.notices(|p| p.remove("d/m/a.json"));
    probe.notices(|p| p.write("t/x"));
    probe.notices(|p| p.remove("d/m/b.json"));
    probe.sleeps_through(|p| p.write("t/x"));
}

#[test]
fn one_directory_for_several_reasons() {
    // `t` is passed by the one, and lacks the target of the other.
    let entries = [
        "d/m/",
        "t/",
        "t/x",
        "d/m/a.json -> ../../t/y",
        "d/m/b.json -> ../../t/x",
    ];
    let mut probe = Probe::new("d/m", &entries);
    probe.notices(|p| p.write("t/y"));
    probe.notices(|p| p.write("t/y"));
    probe.sleeps_through(|p| p.write("t/z"));
    // The directory itself is passed, and lacks a target.
    probe.notices(|p| p.link("../m/missing", "d/m/c.json"));
    probe.notices(|p| p.write("d/m/missing"));
    probe.notices(|p| p.write("d/m/missing"));
}

#[test]
fn what_is_no_manifest_is_not_followed() {
    let entries = [
        "d/m/",
        "t/",
        "t/x",
        "d/m/a.txt -> ../../t/x",
        "d/m/.a.json -> ../../t/x",
    ];
    let mut probe = Probe::new("d/m", &entries);
    probe.sleeps_through(|p| p.write("t/x"));
    probe.notices(|p| p.link("/dev/null", "d/m/null.json"));
    probe.notices(|p| p.link("../../t", "d/m/t.json"));
    probe.sleeps_through(|p| {
        fs::write("/dev/null", "x").unwrap();
        p.write("t/new");
        p.write("t/x");
    });
}

#[test]
fn a_single_manifest_that_is_a_symlink() {
    let mut probe = Probe::new("a.json", &["t/", "a.json -> t/x"]);
    probe.notices(|p| p.write("t/x"));
    probe.notices(|p| p.write("t/x"));
    probe.sleeps_through(|p| p.write("t/y"));
    probe.notices(|p| p.remove("a.json"));
    probe.sleeps_through(|p| p.write("t/x"));
    probe.notices(|p| p.link("t/y", "a.json"));
    probe.notices(|p| p.write("t/y"));
}
