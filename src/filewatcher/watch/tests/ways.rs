//! What happens on the way to the directory.

use std::fs::File;

use super::changes::exchange;
use super::*;

#[test]
fn nothing_is_there_yet() {
    let mut probe = Probe::new("a/b/c/m", &[]);
    probe.notices(|p| p.make("a"));
    probe.notices(|p| p.make("a/b/c"));
    probe.notices(|p| p.make("a/b/c/m"));
    probe.notices(|p| p.write("a/b/c/m/a.json"));
}

#[test]
fn all_comes_at_once() {
    let mut probe = Probe::new("a/b/c/m", &["new/b/c/m/", "new/b/c/m/a.json"]);
    probe.notices(|p| p.rename("new", "a"));
    probe.notices(|p| p.write("a/b/c/m/a.json"));
}

#[test]
fn parents_go_and_come_while_the_directory_is_missing() {
    let mut probe = Probe::new("a/b/m", &["a/b/"]);
    let held = (File::open(probe.at("a")), File::open(probe.at("a/b")));
    probe.notices(|p| p.remove_all("a"));
    probe.notices(|p| p.make("a/b"));
    probe.notices(|p| {
        p.remove_all("a/b");
        p.make("a/b/m");
    });
    probe.notices(|p| p.write("a/b/m/a.json"));
    probe.notices(|p| p.remove_all("a/b/m"));
    probe.notices(|p| p.rename("a", "z"));
    probe.sleeps_through(|p| p.make("z/b/m"));
    probe.notices(|p| p.rename("z", "a"));
    probe.notices(|p| p.write("a/b/m/a.json"));
    drop(held);
}

#[test]
fn parents_that_somebody_is_in_go_and_come() {
    let mut probe = Probe::new("a/b/m", &["a/b/"]);
    let held = (File::open(probe.at("a")), File::open(probe.at("a/b")));
    probe.notices(|p| {
        p.remove_all("a/b");
        p.make("a/b/m");
    });
    probe.notices(|p| {
        p.remove_all("a");
        p.make("a/b/m");
    });
    probe.notices(|p| p.write("a/b/m/a.json"));
    drop(held);
}

#[test]
fn a_file_is_where_a_directory_should_be() {
    let mut probe = Probe::new("a/m", &["a", "d/m/"]);
    probe.sleeps_through(|p| p.write("a"));
    probe.notices(|p| exchange(p, "a", "d"));
    probe.notices(|p| p.write("a/m/a.json"));
    probe.notices(|p| exchange(p, "a", "d"));
    probe.notices(|p| p.remove("a"));
    probe.notices(|p| p.make("a"));
}

#[test]
fn ancestors_are_renamed() {
    let mut probe = Probe::new("a/b/c/m", &["a/b/c/m/", "z/c/m/"]);
    probe.notices(|p| p.rename("a", "x"));
    probe.sleeps_through(|p| p.write("x/b/c/m/a.json"));
    probe.notices(|p| p.rename("x", "a"));
    probe.notices(|p| exchange(p, "a/b", "z"));
    probe.sleeps_through(|p| p.write("z/c/m/a.json"));
    probe.notices(|p| p.write("a/b/c/m/a.json"));
}

#[test]
fn a_symlink_on_the_way_is_swapped() {
    let entries = ["one/m/", "two/m/", "current -> one", "next -> two"];
    let mut probe = Probe::new("current/m", &entries);
    probe.notices(|p| p.write("one/m/a.json"));
    probe.notices(|p| p.rename("next", "current"));
    probe.notices(|p| p.write("two/m/a.json"));
    probe.sleeps_through(|p| p.write("one/m/b.json"));
    probe.notices(|p| p.remove("current"));
    probe.notices(|p| p.link("one", "current"));
    probe.notices(|p| p.write("one/m/a.json"));
    probe.sleeps_through(|p| p.write("two/m/b.json"));
    probe.notices(|p| p.rename("current", "gone"));
    probe.notices(|p| p.rename("gone", "current"));
}

#[test]
fn a_symlink_that_has_another_name_is_removed() {
    let mut probe = Probe::new("current/m", &["one/m/", "current -> one"]);
    probe.hard_link("current", "other");
    probe.watch.follow();
    probe.watch.take_events();
    probe.notices(|p| p.remove("current"));
}

#[test]
fn a_symlink_to_what_is_missing() {
    let mut probe = Probe::new("current/m", &["x/", "current -> x/../one"]);
    probe.notices(|p| p.make("one"));
    probe.notices(|p| p.make("one/m"));
    probe.notices(|p| p.write("one/m/a.json"));
    // The way leads over `x`, too.
    let held = File::open(probe.at("x")).unwrap();
    probe.notices(|p| p.remove_all("x"));
    probe.notices(|p| p.make("x"));
    probe.notices(|p| p.write("one/m/a.json"));
    drop(held);
}

#[test]
fn a_loop_of_symlinks_is_cut() {
    let mut probe = Probe::new("a/m", &["a -> b", "b -> a", "one/m/"]);
    probe.notices(|p| p.remove("b"));
    probe.notices(|p| p.link("one", "b"));
    probe.notices(|p| p.write("one/m/a.json"));
}

#[test]
fn a_relative_path_and_the_root() {
    let watch = Watch::new(&["m".into()], Path::new("cm.sock"));
    assert_eq!(watch.layers, [env::current_dir().unwrap().join("m")]);
    let mut watch = Watch::new(&["/".into()], Path::new("/"));
    watch.follow();
    assert_eq!(watch.look_every(), None);
    assert!(!watch.leads_elsewhere());
}
