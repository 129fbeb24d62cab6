//! Kanto-CM's socket: it comes, goes and is made again.

use std::os::unix::net::UnixListener;

use super::*;

impl Probe {
    /// A Kanto-CM starts: it listens at a new socket.
    fn listen(&self, path: &str) -> UnixListener {
        let _ = fs::remove_file(self.at(path));
        UnixListener::bind(self.at(path)).unwrap()
    }

    /// It is another socket afterwards.
    fn notices_new_socket(&mut self, change: impl FnOnce(&Probe)) {
        let before = self.watch.socket();
        self.notices(change);
        assert!(self.watch.socket().is_some());
        assert_ne!(self.watch.socket(), before);
    }
}

/// With a manifest, and this path of the socket.
fn probe(socket: &str, entries: &[&str]) -> Probe {
    let entries = [&["d/m/", "d/m/a.json"], entries].concat();
    Probe::with_socket("d/m", socket, &entries)
}

#[test]
fn a_kanto_cm_that_crashed_and_one_that_was_stopped_make_it_again() {
    let mut probe = probe("run/cm/cm.sock", &["run/cm/"]);
    let mut listener = None;
    probe.notices_new_socket(|p| listener = Some(p.listen("run/cm/cm.sock")));
    let first = probe.watch.socket();
    probe.sleeps_through(|_| drop(listener.take()));
    assert_eq!(probe.watch.socket(), first, "a crash leaves it");
    probe.notices_new_socket(|p| listener = Some(p.listen("run/cm/cm.sock")));
    // It listens still when it takes the socket away.
    probe.notices(|p| p.remove("run/cm/cm.sock"));
    assert_eq!(probe.watch.socket(), None);
    probe.sleeps_through(|_| drop(listener.take()));
    probe.notices_new_socket(|p| listener = Some(p.listen("run/cm/cm.sock")));
    probe.notices_new_socket(|p| {
        drop(p.listen("new.sock"));
        p.rename("new.sock", "run/cm/cm.sock");
    });
    drop(listener);
}

#[test]
fn its_directory_is_removed_and_made_again() {
    let mut probe = probe("run/cm/cm.sock", &["run/cm/", "run/other"]);
    let before = probe.listen("run/cm/cm.sock");
    probe.watch.follow();
    probe.watch.take_events();
    let held = fs::File::open(probe.at("run/cm")).unwrap();
    probe.notices(|p| p.remove_all("run/cm"));
    probe.notices(|p| p.make("run/cm"));
    probe.notices_new_socket(|p| drop(p.listen("run/cm/cm.sock")));
    probe.notices_new_socket(|p| {
        p.remove_all("run");
        p.make("run/cm");
        drop(p.listen("run/cm/cm.sock"));
    });
    drop((held, before));
}

#[test]
fn a_directory_that_is_moved_away_and_back_brings_the_same_socket() {
    let mut probe = probe("run/cm.sock", &["run/"]);
    let mut listener = None;
    probe.notices_new_socket(|p| listener = Some(p.listen("run/cm.sock")));
    let before = probe.watch.socket();
    probe.notices(|p| p.rename("run", "elsewhere"));
    assert_eq!(probe.watch.socket(), None);
    probe.notices(|p| p.rename("elsewhere", "run"));
    assert_eq!(probe.watch.socket(), before);
}

#[test]
fn symlinks_to_it() {
    let entries = ["1/", "2/", "run -> 1", "cm.sock -> run/real.sock"];
    let mut probe = probe("cm.sock", &entries);
    probe.notices_new_socket(|p| drop(p.listen("1/real.sock")));
    probe.sleeps_through(|p| drop(p.listen("2/real.sock")));
    probe.notices_new_socket(|p| {
        p.remove("run");
        p.link("2", "run");
    });
    probe.sleeps_through(|p| drop(p.listen("1/real.sock")));
    probe.notices_new_socket(|p| drop(p.listen("2/real.sock")));
}

#[test]
fn what_others_do_beside_it_is_of_no_interest() {
    let mut probe = probe("run/cm/cm.sock", &["run/cm/", "run/other/", "run/cm/pid"]);
    let work = |p: &Probe, directory: &str| {
        p.write(&format!("{directory}/new"));
        p.rename(&format!("{directory}/new"), &format!("{directory}/moved"));
        p.remove(&format!("{directory}/moved"));
        p.make(&format!("{directory}/x/y"));
        p.remove_all(&format!("{directory}/x"));
    };
    let listener = probe.listen("run/cm/cm.sock");
    probe.watch.follow();
    probe.watch.take_events();
    for directory in [".", "run", "run/cm", "run/other"] {
        probe.sleeps_through(|p| work(p, directory));
    }
    let connect = |p: &Probe| std::os::unix::net::UnixStream::connect(p.at("run/cm/cm.sock"));
    probe.sleeps_through(|p| drop(connect(p)));
    probe.sleeps_through(|_| drop(listener.accept()));
    // While it is missing, events of others only come from the directory that it has to come into, and in the one above.
    probe.notices(|p| p.remove("run/cm/cm.sock"));
    probe.sleeps_through(|p| work(p, "run/other"));
    probe.sleeps_through(|p| p.write("run/cm/pid"));
    probe.sleeps_through(|p| p.remove("run/cm/pid"));
    probe.notices(|p| p.write("run/cm/new"));
}

#[test]
fn what_is_no_socket_is_no_kanto_cm() {
    let mut probe = probe("run/cm.sock", &["run/"]);
    probe.notices(|p| p.write("run/cm.sock"));
    assert_eq!(probe.watch.socket(), None);
    probe.notices_new_socket(|p| drop(p.listen("run/cm.sock")));
}
