//! What happens to the manifests and to their directory.

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::SystemTime;

use nix::fcntl::{renameat2, RenameFlags, AT_FDCWD};

use super::*;

pub(super) fn exchange(probe: &Probe, one: &str, other: &str) {
    let flags = RenameFlags::RENAME_EXCHANGE;
    renameat2(AT_FDCWD, &probe.at(one), AT_FDCWD, &probe.at(other), flags).unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn files_come_change_and_go() {
    let mut probe = Probe::new("d/m", &["d/m/", "new", "newer", "x"]);
    probe.notices(|p| p.write("d/m/a.json"));
    probe.notices(|p| p.write("d/m/a.json"));
    probe.notices(|p| p.rename("new", "d/m/a.json"));
    probe.notices(|p| p.write("d/m/a.json"));
    probe.notices(|p| p.rename("newer", "d/m/newer.json"));
    probe.notices(|p| p.hard_link("x", "d/m/b.json"));
    probe.notices(|p| p.rename("d/m/b.json", "d/m/c.json"));
    probe.notices(|p| p.rename("d/m/c.json", "c.json"));
    probe.notices(|p| p.remove("d/m/a.json"));
    probe.notices(|p| p.make("d/m/sub.json"));
    probe.notices(|p| p.link("nowhere", "d/m/l.json"));
}

#[test]
fn writing_in_place_is_noticed_before_the_file_is_closed() {
    let mut probe = Probe::new("d/m", &["d/m/", "d/m/a.json"]);
    let mut file = File::options()
        .append(true)
        .open(probe.at("d/m/a.json"))
        .unwrap();
    probe.notices(|_| file.write_all(b"x").unwrap());
    probe.notices(|_| file.set_len(0).unwrap());
    probe.notices(|_| drop(file));
}

#[test]
fn touch_and_chmod() {
    let mut probe = Probe::new("d/m", &["d/m/", "d/m/a.json"]);
    let file = File::open(probe.at("d/m/a.json")).unwrap();
    probe.notices(|_| file.set_modified(SystemTime::UNIX_EPOCH).unwrap());
    probe.notices(|p| set_mode(&p.at("d/m/a.json"), 0o600));
    probe.notices(|p| set_mode(&p.at("d/m"), 0o700));
}

#[test]
fn a_manifest_that_is_written_to_by_its_other_name() {
    let mut probe = Probe::new("d/m", &["d/m/", "x"]);
    probe.notices(|p| p.hard_link("x", "d/m/a.json"));
    probe.notices(|p| p.write("x"));
    probe.notices(|p| p.remove("d/m/a.json"));
    probe.sleeps_through(|p| p.write("x"));
}

#[test]
fn a_temporary_file_that_became_a_manifest_and_is_still_written_to() {
    let mut probe = Probe::empty();
    let mut file = File::create(probe.at("d/m/.new")).unwrap();
    probe.watch.take_events();
    probe.notices(|p| {
        p.hard_link("d/m/.new", "d/m/a.json");
        p.remove("d/m/.new");
    });
    probe.notices(|_| file.write_all(b"x").unwrap());
}

#[test]
fn the_directory_is_removed_and_made_again() {
    let mut probe = Probe::empty();
    probe.notices(|p| p.remove_all("d/m"));
    probe.notices(|p| p.make("d/m"));
    probe.notices(|p| p.write("d/m/a.json"));
    probe.notices(|p| p.remove_all("d"));
    probe.notices(|p| p.make("d"));
    probe.notices(|p| p.make("d/m"));
    probe.notices(|p| p.write("d/m/a.json"));
}

#[test]
fn the_directory_is_removed_while_somebody_is_in_it() {
    let mut probe = Probe::empty();
    let held = File::open(probe.at("d/m")).unwrap();
    probe.notices(|p| p.remove_all("d/m"));
    probe.notices(|p| p.make("d/m"));
    probe.notices(|p| p.write("d/m/a.json"));
    probe.sleeps_through(|_| drop(held));
}

#[test]
fn removed_and_made_again_before_anybody_looks() {
    let mut probe = Probe::empty();
    let held = File::open(probe.at("d/m")).unwrap();
    probe.notices(|p| {
        p.remove_all("d/m");
        p.make("d/m");
    });
    probe.notices(|p| p.write("d/m/a.json"));
    drop(held);
}

#[test]
fn the_directory_is_renamed_away_and_back() {
    let mut probe = Probe::empty();
    probe.notices(|p| p.rename("d/m", "d/n"));
    probe.sleeps_through(|p| p.write("d/n/a.json"));
    probe.notices(|p| p.rename("d/n", "d/m"));
    probe.notices(|p| p.write("d/m/a.json"));
}

#[test]
fn the_directory_is_exchanged() {
    let mut probe = Probe::new("d/m", &["d/m/", "d/n/"]);
    probe.notices(|p| exchange(p, "d/m", "d/n"));
    probe.sleeps_through(|p| p.write("d/n/a.json"));
    probe.notices(|p| p.write("d/m/a.json"));
    probe.notices(|p| {
        p.rename("d/m", "d/old");
        p.rename("d/n", "d/m");
    });
    probe.sleeps_through(|p| p.write("d/old/a.json"));
    probe.notices(|p| p.write("d/m/b.json"));
}

#[test]
fn a_single_manifest() {
    let mut probe = Probe::new("d/a.json", &["d/", "d/a.json", "d/new"]);
    probe.notices(|p| p.write("d/a.json"));
    probe.notices(|p| p.rename("d/new", "d/a.json"));
    probe.notices(|p| p.write("d/a.json"));
    probe.sleeps_through(|p| p.write("d/other"));
    probe.sleeps_through(|p| p.remove("d/other"));
    probe.notices(|p| set_mode(&p.at("d/a.json"), 0o600));
    let held = File::open(probe.at("d/a.json")).unwrap();
    probe.notices(|p| p.remove("d/a.json"));
    probe.notices(|p| p.write("d/a.json"));
    probe.notices(|p| p.rename("d/a.json", "d/b.json"));
    probe.notices(|p| p.rename("d/b.json", "d/a.json"));
    probe.notices(|p| p.rename("d", "e"));
    probe.notices(|p| p.rename("e", "d"));
    probe.sleeps_through(|_| drop(held));
    probe.notices(|p| p.write("d/a.json"));
}

#[test]
fn a_single_manifest_becomes_a_directory() {
    let mut probe = Probe::new("a.json", &["a.json", "d/"]);
    probe.notices(|p| exchange(p, "a.json", "d"));
    probe.notices(|p| p.write("a.json/b.json"));
    probe.sleeps_through(|p| p.write("d"));
}
