//! What happens beside the manifests.

use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;

use super::*;

/// All that others do in a directory, short of deleting what lies in it.
fn work_in(probe: &Probe, directory: &str) {
    let at = |name: &str| format!("{directory}/{name}");
    probe.write(&at("file"));
    probe.write(&at("file"));
    probe.rename(&at("file"), &at("moved"));
    probe.make(&at("new/deep"));
    probe.link("moved", &at("link"));
    probe.hard_link(&at("moved"), &at("hard"));
    for name in ["moved", "new"] {
        fs::set_permissions(probe.at(&at(name)), Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn other_directories() {
    let mut probe = Probe::new("a/d/m", &["a/d/m/", "a/d/n/", "a/x/", "y/"]);
    for directory in [".", "a", "a/d", "a/d/n", "a/x", "y"] {
        probe.sleeps_through(|p| work_in(p, directory));
    }
    for directory in ["", "a/", "a/d/n/", "a/x/", "y/"] {
        probe.sleeps_through(|p| p.remove(&format!("{directory}moved")));
    }
    probe.notices(|p| p.write("a/d/m/a.json"));
}

#[test]
fn deleting_right_beside_an_empty_directory_is_the_price_of_noticing_its_own_end() {
    let mut probe = Probe::new("d/m", &["d/m/", "d/x", "d/y", "d/z"]);
    probe.notices(|p| p.remove("d/x"));
    probe.notices(|p| p.write("d/m/a.json"));
    probe.sleeps_through(|p| p.remove("d/y"));
    probe.notices(|p| p.remove("d/m/a.json"));
    probe.notices(|p| p.remove("d/z"));
}

#[test]
fn ancestors_of_what_is_missing() {
    let mut probe = Probe::new("a/b/c/m", &["a/b/", "a/x/"]);
    for directory in [".", "a", "a/x"] {
        probe.sleeps_through(|p| work_in(p, directory));
    }
    probe.notices(|p| p.make("a/b/c"));
    probe.sleeps_through(|p| work_in(p, "a/b"));
    probe.notices(|p| p.make("a/b/c/m"));
    probe.sleeps_through(|p| work_in(p, "a/b/c"));
    probe.notices(|p| p.write("a/b/c/m/a.json"));
}

#[test]
fn beside_the_target_of_a_symlink() {
    let entries = ["d/m/", "t/u/", "t/u/x", "d/m/a.json -> ../../t/u/x"];
    let mut probe = Probe::new("d/m", &entries);
    for directory in ["t/u", "t"] {
        probe.sleeps_through(|p| work_in(p, directory));
        probe.sleeps_through(|p| p.remove(&format!("{directory}/moved")));
    }
    probe.notices(|p| p.write("t/u/x"));
}

#[test]
fn reading() {
    let mut probe = Probe::new("d/m", &["d/m/", "d/m/a.json"]);
    probe.sleeps_through(|p| {
        fs::read_dir(p.at("d/m")).unwrap().for_each(drop);
        let mut file = File::open(p.at("d/m/a.json")).unwrap();
        file.read_to_end(&mut Vec::new()).unwrap();
        fs::metadata(p.at("d/m/a.json")).unwrap();
    });
}

#[test]
fn below_the_directory() {
    let mut probe = Probe::new("d/m", &["d/m/sub/", "d/m/sub.json/"]);
    probe.sleeps_through(|p| work_in(p, "d/m/sub"));
    probe.sleeps_through(|p| work_in(p, "d/m/sub.json"));
}

#[test]
fn a_deleted_file_that_is_still_written_to() {
    let mut probe = Probe::new("d/m", &["d/m/", "d/m/log", "d/m/a.json"]);
    let open = |name: &str| File::options().write(true).open(probe.at(name)).unwrap();
    let mut files = [open("d/m/log"), open("d/m/a.json")];
    probe.notices(|p| p.remove("d/m/log"));
    probe.notices(|p| p.remove("d/m/a.json"));
    for file in &mut files {
        probe.sleeps_through(|_| file.write_all(b"x").unwrap());
    }
    probe.sleeps_through(|_| drop(files));
}
