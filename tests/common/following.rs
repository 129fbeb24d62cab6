//! A daemon that follows a directory, with the Kanto-CM that it deploys to, in a place where no other test does anything.

use std::fs;
use std::io::Write;
use std::ops::Deref;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;

use nix::sys::signal::Signal;
use simulated_kanto_cm::{Call, Method, Process, State};
use tempfile::TempDir;

use super::daemon::Daemon;
use super::replacing::{calls_that_replace, version};
use super::{changes, kanto_cm};

/// A directory for manifests and for what lies beside them. Its methods take paths within it.
pub(crate) struct Place(TempDir);

/// A daemon that follows something in its place.
pub(crate) struct Following {
    pub(crate) cm: Process,
    pub(crate) daemon: Daemon,
    place: Place,
}

/// The manifest of a version of a container.
pub(crate) fn text(name: &str, number: u32) -> String {
    version(name, number).to_string()
}

impl Place {
    pub(crate) fn new() -> Place {
        let place = Place(TempDir::new().expect("a temporary directory"));
        place.make("");
        place
    }

    /// The first versions of these in the directory `m`.
    pub(crate) fn with(names: &[&str]) -> Place {
        let place = Place::new();
        place.make("m");
        for name in names {
            place.put(&format!("m/{name}.json"), 1);
        }
        place
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        // One deeper: what other tests delete beside the temporary directory wakes who watches that.
        self.0.path().join("place").join(path)
    }

    /// Writes the manifest of that version of the container for which the file is named.
    pub(crate) fn put(&self, path: &str, number: u32) {
        let name = Path::new(path).file_stem().and_then(|stem| stem.to_str());
        self.write(path, &text(name.expect("a name"), number));
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).expect("a file to write");
    }

    /// Writes on at a file's end.
    pub(crate) fn append(&self, path: &str, text: &str) {
        let file = fs::File::options().append(true).open(self.at(path));
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
        written.expect("a file to write on");
    }

    pub(crate) fn make(&self, path: &str) {
        fs::create_dir_all(self.at(path)).expect("a directory to make");
    }

    pub(crate) fn link(&self, target: &str, path: &str) {
        symlink(target, self.at(path)).expect("a symlink to make");
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.at(from), self.at(to)).expect("a file to rename");
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.at(path)).expect("a file to remove");
    }

    pub(crate) fn remove_all(&self, path: &str) {
        fs::remove_dir_all(self.at(path)).expect("a directory to remove");
    }

    /// Sets the time of modification to now.
    pub(crate) fn touch(&self, path: &str) {
        let file = fs::File::options().append(true).open(self.at(path));
        let touched = file.and_then(|file| file.set_modified(std::time::SystemTime::now()));
        touched.expect("a file to touch");
    }

    /// Begins to follow `path`. Waits until the first deployment is through, and forgets its calls.
    #[track_caller]
    pub(crate) fn follow(self, path: &str, arguments: &[&str]) -> Following {
        self.follow_on(kanto_cm().start(), path, arguments)
    }

    /// The same with this Kanto-CM.
    #[track_caller]
    pub(crate) fn follow_on(self, cm: Process, path: &str, arguments: &[&str]) -> Following {
        let mut arguments = arguments.to_vec();
        if !arguments.contains(&"--settle") {
            arguments.extend(["--settle", "0"]);
        }
        let daemon = Daemon::start_at(&cm, &self.at(path), &arguments);
        self.followed_by(cm, daemon)
    }

    /// The same by a daemon that was started in another way.
    #[track_caller]
    pub(crate) fn followed_by(self, cm: Process, daemon: Daemon) -> Following {
        let daemon = daemon.ready();
        daemon.wait_until_idle();
        cm.clear_calls();
        Following {
            cm,
            daemon,
            place: self,
        }
    }
}

impl Following {
    /// Follows `m` with the first versions of these.
    #[track_caller]
    pub(crate) fn new(names: &[&str]) -> Following {
        Place::with(names).follow("m", &[])
    }

    /// Waits until that version of a container runs.
    pub(crate) fn wait_for_version(&self, name: &str, number: u32) {
        self.cm
            .wait_until(|state| runs_version(state, name, number));
    }

    /// Waits until a container runs in that version, and demands that nothing else was done than to make it so.
    #[track_caller]
    pub(crate) fn expect_replaced(&self, name: &str, number: u32) {
        self.wait_for_version(name, number);
        let calls = self.expect_changes(&calls_that_replace(name, name));
        assert_eq!(created(&calls), [format!("{name} VERSION={number}")]);
    }

    /// Waits until a container that was not there before runs in that version, and demands that nothing else was done.
    #[track_caller]
    pub(crate) fn expect_deployed(&self, name: &str, number: u32) {
        self.wait_for_version(name, number);
        self.expect_changes(&[format!("Create {name}"), format!("Start {name}")]);
    }

    /// Waits until nothing is being deployed. Demands these changing calls since the last time, and forgets them.
    #[track_caller]
    pub(crate) fn expect_changes(&self, expected: &[String]) -> Vec<Call> {
        self.daemon.wait_until_idle();
        let calls = self.cm.calls();
        assert_eq!(changes(&calls), expected, "{}", self.cm.journal());
        self.cm.clear_calls();
        calls
    }

    /// Demands that nothing has been done since the last time, by the time that a new manifest in the directory has been deployed.
    #[track_caller]
    pub(crate) fn expect_nothing_until(&self, new: &str) {
        self.put(new, 1);
        let name = Path::new(new).file_stem().and_then(|stem| stem.to_str());
        self.expect_deployed(name.expect("a name"), 1);
    }

    /// The daemon stands still meanwhile, and finds all that has happened at once.
    #[track_caller]
    pub(crate) fn at_once(&self, act: impl FnOnce()) {
        self.daemon.signal(Signal::SIGSTOP);
        let process = self.daemon.process();
        let is_stopped = || process.is("stopped").then_some(());
        self.daemon.look_until("its standstill", is_stopped);
        act();
        self.daemon.signal(Signal::SIGCONT);
    }
}

impl Deref for Following {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if thread::panicking() {
            let shown = format!("--- the daemon\n{}", self.daemon.shown());
            #[allow(clippy::print_stderr)] // the test's own, captured
            {
                eprintln!("{shown}");
            }
        }
    }
}

/// What was created, the stand-ins of replacements left out: `NAME VERSION=NUMBER`.
pub(crate) fn created(calls: &[Call]) -> Vec<String> {
    let creates = calls.iter().filter(|call| call.method == Method::Create);
    let lasting = creates.filter(|call| !call.id.starts_with("kad-"));
    lasting
        .map(|call| format!("{} {}", call.id, version_in(&call.request["container"])))
        .collect()
}

fn runs_version(state: &State, name: &str, number: u32) -> bool {
    let container = state.container(name);
    let is_it = container
        .is_some_and(|container| version_in(&container.whole) == format!("VERSION={number}"));
    is_it && state.runs(name)
}

fn version_in(container: &serde_json::Value) -> &str {
    container["config"]["env"][0].as_str().unwrap_or_default()
}
