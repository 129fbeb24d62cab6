//! Editors, as the system calls that they save a file with: each save is one replacement, and what lies beside the file
//! meanwhile is no manifest.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use crate::common::daemon::From;
use crate::common::following::{text, Following, Place};

/// An editor saves twice, for after the first time the file may be another one.
#[track_caller]
fn saves(save: impl Fn(&Place, &str)) {
    let following = Following::new(&["a", "b"]);
    for number in 2..4 {
        save(&following, &text("a", number));
        following.expect_replaced("a", number);
    }
    following.daemon.wait_for_status("2 containers up to date");
    let log = following.daemon.lines(From::Log);
    assert!(!log.iter().any(|line| line.contains("error")), "{log:?}");
}

/// Writes a new file and waits until it is on the disk.
fn write_synced(place: &Place, path: &str, text: &str) {
    let mut file = File::create(place.at(path)).unwrap();
    for part in text.as_bytes().chunks(64) {
        file.write_all(part).unwrap();
    }
    file.sync_all().unwrap();
}

#[test]
fn vim_renames_the_file_to_its_backup_and_writes_a_new_one() {
    saves(|place, text| {
        place.write("m/.a.json.swp", "b0VIM 9.1");
        place.write("m/4913", "");
        place.remove("m/4913");
        place.rename("m/a.json", "m/a.json~");
        write_synced(place, "m/a.json", text);
        fs::set_permissions(place.at("m/a.json"), Permissions::from_mode(0o644)).unwrap();
        place.remove("m/a.json~");
        place.remove("m/.a.json.swp");
    });
}

#[test]
fn vim_copies_the_file_to_its_backup_and_writes_in_place() {
    saves(|place, text| {
        place.write("m/.a.json.swp", "b0VIM 9.1");
        fs::copy(place.at("m/a.json"), place.at("m/a.json~")).unwrap();
        write_synced(place, "m/a.json", text);
        place.remove("m/.a.json.swp");
    });
}

#[test]
fn nano_writes_in_place() {
    saves(|place, text| {
        place.write("m/.a.json.swp", "b0nano");
        fs::copy(place.at("m/a.json"), place.at("m/a.json~")).unwrap();
        place.write("m/a.json", "");
        place.append("m/a.json", text);
        place.append("m/a.json", "\n");
        place.remove("m/.a.json.swp");
    });
}

#[test]
fn sed_renames_a_new_file_over_the_old_one() {
    saves(|place, text| {
        place.write("m/sedUq3fXv", text);
        fs::set_permissions(place.at("m/sedUq3fXv"), Permissions::from_mode(0o644)).unwrap();
        place.rename("m/sedUq3fXv", "m/a.json");
    });
}

#[test]
fn sed_makes_a_backup_by_a_rename() {
    saves(|place, text| {
        place.write("m/sedUq3fXv", text);
        place.rename("m/a.json", "m/a.json.bak");
        place.rename("m/sedUq3fXv", "m/a.json");
    });
}

#[test]
fn vs_code_truncates_and_writes_in_place() {
    saves(|place, text| {
        File::options()
            .write(true)
            .truncate(true)
            .open(place.at("m/a.json"))
            .unwrap();
        write_synced(place, "m/a.json", text);
    });
}

#[test]
fn vs_code_renames_a_new_file_over_the_old_one() {
    saves(|place, text| {
        write_synced(place, "m/a.json.vsctmp", text);
        place.rename("m/a.json.vsctmp", "m/a.json");
    });
}

#[test]
fn emacs_locks_saves_by_itself_and_keeps_a_backup() {
    saves(|place, text| {
        place.link("user@host.1234:1700000000", "m/.#a.json");
        place.write("m/#a.json#", &text[..20]);
        let _ = fs::remove_file(place.at("m/a.json~"));
        place.rename("m/a.json", "m/a.json~");
        write_synced(place, "m/a.json", text);
        place.remove("m/#a.json#");
        place.remove("m/.#a.json");
    });
}

#[test]
fn gedit_and_rsync_rename_what_they_wrote_under_a_hidden_name() {
    for hidden in ["m/.goutputstream-X7Q2P3", "m/.a.json.Zk3Wq1"] {
        saves(|place, text| {
            write_synced(place, hidden, text);
            place.rename(hidden, "m/a.json");
        });
    }
}

#[test]
fn a_file_that_is_gone_for_a_while_keeps_its_container() {
    let following = Following::new(&["a", "b"]);
    following.rename("m/a.json", "m/a.json~");
    following.daemon.wait_for(
        From::Log,
        "gone: a.json; without --prune, containers stay",
        1,
    );
    following.expect_changes(&[]);
    following.put("m/a.json", 2);
    following.expect_replaced("a", 2);
}
