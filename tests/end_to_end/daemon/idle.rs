//! While nothing happens it costs nothing, and a deployment leaves nothing behind.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use simulated_kanto_cm::Method;

use crate::common::apart::undisturbed;
use crate::common::daemon::{Daemon, From};
use crate::common::following::{text, Following, Place};
use crate::common::{finish_pull, kanto_cm};

/// Idleness shows only in time.
const WHILE: Duration = Duration::from_secs(3);

/// Nothing wakes the daemon while this is done again and again.
#[track_caller]
fn sleeps_through(following: &Following, act: impl Fn(u32)) {
    following.daemon.wait_until_asleep();
    assert_eq!(following.daemon.process().status("Threads:"), 1);
    let before = following.daemon.switches();
    let begin = Instant::now();
    let mut round = 0;
    while begin.elapsed() < WHILE {
        round += 1;
        act(round);
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(following.daemon.switches(), before);
    assert_eq!(following.daemon.process().status("Threads:"), 1);
    following.expect_changes(&[]);
}

#[test]
fn one_thread_sleeps_while_others_write_around_the_directory() {
    undisturbed(|| {
        let place = Place::with(&["a"]);
        place.make("neighbour");
        place.make("m/below");
        let following = place.follow("m", &[]);
        sleeps_through(&following, |round| {
            for around in ["", "neighbour/", "m/below/"] {
                following.write(&format!("{around}{round}.json"), &text("x", round));
                following.rename(&format!("{around}{round}.json"), &format!("{around}a.json"));
                following.append(&format!("{around}a.json"), " ");
                following.remove(&format!("{around}a.json"));
                following.make(&format!("{around}new/new"));
                following.remove_all(&format!("{around}new"));
            }
            fs::read(following.at("m/a.json")).unwrap();
            assert_eq!(fs::read_dir(following.at("m")).unwrap().count(), 2);
        });
        // And yet it watches.
        following.put("m/a.json", 2);
        following.expect_replaced("a", 2);
    });
}

#[test]
fn it_sleeps_while_others_write_around_layers_and_a_layer_is_missing() {
    undisturbed(|| {
        let place = Place::with(&["a"]);
        place.make("low/a.json.d");
        place.write("low/a.json.d/1.json", "{}");
        place.make("missing");
        place.make("neighbour");
        let [low, missing] = ["low", "missing/m"].map(|path| place.at(path));
        let layers = [&low, &missing].map(|path| path.to_str().unwrap());
        let following = place.follow("m", &layers);
        sleeps_through(&following, |_| {
            following.write("x.json", "{}");
            following.write("neighbour/x.json", "{}");
            following.remove("neighbour/x.json");
            fs::read(following.at("low/a.json.d/1.json")).unwrap();
        });
        // And yet it watches.
        following.write("low/a.json.d/1.json", "{ \"host_name\": \"h\" }");
        following.daemon.wait_for(From::Log, "changed: a.json", 1);
        following.make("missing/m");
        following
            .daemon
            .wait_for(From::Log, "missing/m exists now", 1);
    });
}

#[test]
fn it_sleeps_while_others_write_beside_what_a_symlink_leads_to() {
    undisturbed(|| {
        let place = Place::with(&["b"]);
        place.make("files");
        place.put("files/a.json", 1);
        place.link("../files/a.json", "m/a.json");
        place.link("m", "current");
        let following = place.follow("current", &[]);
        sleeps_through(&following, |round| {
            following.put("files/b.json", round);
            following.remove("files/b.json");
            following.write("log", "all the time");
        });
    });
}

#[test]
fn it_sleeps_while_others_write_beside_the_socket_of_kanto_cm() {
    undisturbed(|| {
        let following = Following::new(&["a"]);
        let at = |name: &str| following.cm.directory().join(name);
        sleeps_through(&following, |round| {
            fs::write(at("new"), round.to_string()).unwrap();
            fs::rename(at("new"), at("pid")).unwrap();
            fs::remove_file(at("pid")).unwrap();
            fs::create_dir_all(at("other/new")).unwrap();
            fs::remove_dir_all(at("other")).unwrap();
            drop(UnixStream::connect(following.cm.socket()));
        });
        // And yet it watches.
        following.cm.clean_stop();
        following.cm.start_again();
        following
            .daemon
            .wait_for(From::Log, "Kanto-CM was restarted", 1);
    });
}

#[test]
fn it_sleeps_while_its_directory_is_missing() {
    undisturbed(|| {
        let place = Place::new();
        place.make("x/m");
        place.make("neighbour");
        place.put("x/m/a.json", 1);
        let following = place.follow("x/m", &[]);
        following.rename("x/m", "elsewhere");
        let status = format!("waiting for {}", following.at("x/m").display());
        following.daemon.wait_for_status(&status);
        sleeps_through(&following, |round| {
            following.put("elsewhere/a.json", round);
            following.put("neighbour/a.json", round);
            following.put("a.json", round);
            if round == 1 {
                following.cm.exit_container("a", 1);
            }
        });
    });
}

/// What a process has open, by its numbers; not what it has from whoever runs the tests.
fn open_files(pid: u32) -> Vec<(u32, PathBuf)> {
    let mut open = all_open_files(&pid.to_string());
    let inherited = all_open_files("self");
    open.retain(|file| !inherited.contains(file));
    open
}

fn all_open_files(process: &str) -> Vec<(u32, PathBuf)> {
    let entries = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let open = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let number = path.file_name()?.to_str()?.parse().ok()?;
        Some((number, fs::read_link(path).ok()?))
    });
    let mut open: Vec<_> = open.collect();
    open.sort();
    open
}

fn of_kind<'a>(open: &'a [(u32, PathBuf)], kind: &str) -> Vec<&'a PathBuf> {
    let mut files: Vec<&PathBuf> = open.iter().map(|(_, file)| file).collect();
    files.retain(|file| file.to_string_lossy().starts_with(kind));
    files.sort();
    files.dedup();
    files
}

#[test]
fn a_deployment_leaves_no_process_and_nothing_open() {
    let following = Following::new(&["a"]);
    following.daemon.wait_until_asleep();
    let open = open_files(following.daemon.pid());
    for number in 2..5 {
        following.put("m/a.json", number);
        following.expect_replaced("a", number);
        following.daemon.wait_until_asleep();
        assert_eq!(following.daemon.worker(), None);
        assert_eq!(open_files(following.daemon.pid()), open);
    }
    // The pair that signals wake it by.
    assert_eq!(of_kind(&open, "socket:").len(), 2, "{open:?}");
    assert_eq!(
        of_kind(&open, "anon_inode:"),
        [&PathBuf::from("anon_inode:inotify")]
    );
}

/// The image of `b` is being pulled, for as long as the test wants.
fn pulling(variables: &[(&str, &str)]) -> (Following, u32) {
    let cm = kanto_cm().endless_pull("b").start();
    let place = Place::with(&["a"]);
    let daemon = Daemon::start_with(&cm, &place.at("m"), &["--settle", "0"], variables);
    let following = place.followed_by(cm, daemon);
    following.put("m/b.json", 1);
    following.cm.wait_for_call(Method::Create, "b");
    let worker = following.daemon.worker().unwrap();
    (following, worker)
}

#[test]
fn the_worker_inherits_no_open_file() {
    let (following, worker) = pulling(&[]);
    let watchers = open_files(following.daemon.pid());
    let watchers: Vec<&PathBuf> = watchers.iter().map(|(_, file)| file).collect();
    for (number, file) in open_files(worker) {
        let is_meant = number <= 2;
        assert!(
            is_meant || !watchers.contains(&&file),
            "{number}: {}",
            file.display()
        );
    }
}

#[test]
fn the_worker_does_not_inherit_systemds_variables() {
    let (following, worker) = pulling(&[("WATCHDOG_USEC", "60000000"), ("OTHER", "stays")]);
    let variables = |pid: u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap();
        String::from_utf8_lossy(&environment).into_owned()
    };
    assert!(variables(following.daemon.pid()).contains("WATCHDOG_USEC="));
    let own = variables(worker);
    assert!(own.contains("OTHER=stays"), "{own:?}");
    for variable in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
        assert!(!own.contains(variable), "{own:?}");
    }
}

#[test]
fn the_watcher_has_one_thread_and_no_connection() {
    let (following, worker) = pulling(&[]);
    assert_eq!(following.daemon.process().status("Threads:"), 1);
    let open = open_files(following.daemon.pid());
    assert_eq!(of_kind(&open, "socket:").len(), 2, "{open:?}");
    assert!(!of_kind(&open_files(worker), "socket:").is_empty());
    finish_pull(&following.cm, "b");
    following.expect_deployed("b", 1);
}

#[test]
fn the_worker_of_a_killed_watcher_ends() {
    let (following, worker) = pulling(&[]);
    following.daemon.signal(Signal::SIGKILL);
    let is_gone = || fs::metadata(format!("/proc/{worker}/exe")).is_err();
    following
        .daemon
        .look_until("its end", || is_gone().then_some(()));
}
