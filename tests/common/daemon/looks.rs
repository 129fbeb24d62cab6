//! What can be seen of the daemon from outside: its processes, its sleep, its watches.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{Daemon, LIMIT};

impl Daemon {
    /// The process that deploys for it, while there is one.
    pub(crate) fn worker(&self) -> Option<u32> {
        let pid = self.child.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.unwrap_or_default();
        children
            .split(' ')
            .find_map(|child| child.trim().parse().ok())
    }

    /// The process that deploys for it, as soon as there is one.
    #[track_caller]
    pub(crate) fn wait_for_worker(&self) -> u32 {
        self.look_until("a process that deploys", || self.worker())
    }

    /// Waits until the process that deploys has ended.
    #[track_caller]
    pub(crate) fn wait_until_idle(&self) {
        self.look_until("its idleness", || self.worker().is_none().then_some(()));
    }

    #[track_caller]
    pub(super) fn look_until<T>(&self, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = found() {
                return found;
            }
            let shown = || self.shown();
            assert!(begin.elapsed() < LIMIT, "{what} never came:\n{}", shown());
            thread::sleep(Duration::from_millis(20)); // it must be able to fall asleep
        }
    }

    /// Waits until it sleeps, and nothing is being deployed.
    #[track_caller]
    pub(crate) fn wait_until_asleep(&self) {
        self.wait_until_idle();
        let mut before = 0;
        self.look_until("sleep", || {
            // Not only about to fall asleep.
            let is_asleep = self.switches() == before && self.line("State:").contains("sleeping");
            before = self.switches();
            is_asleep.then_some(())
        });
    }

    /// Waits until it was woken since it had this many `switches`.
    #[track_caller]
    pub(crate) fn wait_until_woken(&self, before: u64) {
        self.look_until("a wake-up", || (self.switches() != before).then_some(()));
    }

    /// Waits until it watches what lies at this path.
    #[track_caller]
    pub(crate) fn wait_until_watched(&self, path: &Path) {
        let inode = fs::metadata(path).expect("something to watch").ino();
        let mark = format!(" ino:{inode:x} ");
        self.look_until("its watch", || self.marks().contains(&mark).then_some(()));
    }

    /// What its inotify instance watches, as the kernel lists it.
    fn marks(&self) -> String {
        let infos = fs::read_dir(format!("/proc/{}/fdinfo", self.pid())).expect("its files");
        let read = |info: std::io::Result<fs::DirEntry>| fs::read_to_string(info.ok()?.path()).ok();
        let infos: Vec<String> = infos.filter_map(read).collect();
        infos.join("\n")
    }

    /// How often it was woken, or had to give way to others.
    pub(crate) fn switches(&self) -> u64 {
        self.number("voluntary_ctxt_switches:") + self.number("nonvoluntary_ctxt_switches:")
    }

    /// The number in that line of /proc/PID/status.
    pub(crate) fn number(&self, key: &str) -> u64 {
        let line = self.line(key);
        let word = line.split_whitespace().nth(1);
        word.and_then(|word| word.parse().ok()).expect("a number")
    }

    /// That line of /proc/PID/status.
    pub(crate) fn line(&self, key: &str) -> String {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("its status");
        let line = status.lines().find(|line| line.starts_with(key));
        line.unwrap_or_else(|| panic!("no {key} in {status}"))
            .to_owned()
    }
}
