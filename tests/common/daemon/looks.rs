//! What can be seen of the daemon from outside: its processes, its sleep, its watches.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::super::process::{look_until, Process};
use super::Daemon;

impl Daemon {
    /// The process that deploys for it, while there is one.
    pub(crate) fn worker(&self) -> Option<u32> {
        self.process().children().first().copied()
    }

    /// The process that deploys for it, as soon as there is one.
    #[track_caller]
    pub(crate) fn wait_for_worker(&self) -> u32 {
        self.look_until("a process that deploys", || self.worker())
    }

    /// Waits until the worker process has ended.
    #[track_caller]
    pub(crate) fn wait_until_idle(&self) {
        self.look_until("its idleness", || self.worker().is_none().then_some(()));
    }

    #[track_caller]
    pub(crate) fn look_until<T>(&self, what: &str, found: impl FnMut() -> Option<T>) -> T {
        look_until(what, &|| self.shown(), found)
    }

    /// Waits until it sleeps, and nothing is being deployed.
    #[track_caller]
    pub(crate) fn wait_until_asleep(&self) {
        self.wait_until_idle();
        let mut before = 0;
        self.look_until("sleep", || {
            // Not only about to fall asleep.
            let is_asleep = self.switches() == before && self.process().is("sleeping");
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
        self.process().switches()
    }

    /// What /proc shows of it.
    pub(crate) fn process(&self) -> Process {
        Process(self.pid())
    }
}
