//! What /proc tells of a process.

use std::fs;

/// A process to look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// The number in that line of `status`.
    pub(crate) fn status(self, key: &str) -> u64 {
        number(&self.read("status"), key)
    }

    /// What it has had written to a disk.
    pub(crate) fn written_bytes(self) -> u64 {
        number(&self.read("io"), "write_bytes:")
    }

    /// kB that are its own, shared with nobody.
    pub(crate) fn private_kb(self) -> u64 {
        let rollup = self.read("smaps_rollup");
        number(&rollup, "Private_Clean:") + number(&rollup, "Private_Dirty:")
    }

    /// How often its threads were woken, or had to give way to others.
    pub(crate) fn switches(self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0)).expect("its threads");
        // One that has ended meanwhile is not counted.
        let statuses =
            tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("status")).ok());
        let switches = |status: String| {
            number(&status, "voluntary_ctxt_switches:")
                + number(&status, "nonvoluntary_ctxt_switches:")
        };
        statuses.map(switches).sum()
    }

    pub(crate) fn open_files(self) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.0)).expect("its open files");
        files.count()
    }

    /// Its children.
    pub(crate) fn children(self) -> Vec<u32> {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.0));
        let children = children.unwrap_or_default();
        let numbers = children.split_whitespace();
        numbers.filter_map(|pid| pid.parse().ok()).collect()
    }

    /// It and all that it has started.
    pub(crate) fn tree(self) -> Vec<Process> {
        let children = self.children().into_iter().map(Process);
        let below = children.flat_map(Process::tree);
        std::iter::once(self).chain(below).collect()
    }

    fn read(self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.0);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

fn number(text: &str, key: &str) -> u64 {
    let line = text.lines().find(|line| line.starts_with(key));
    let word = line.and_then(|line| line.split_whitespace().nth(1));
    word.and_then(|word| word.parse().ok())
        .unwrap_or_else(|| panic!("no {key} in {text}"))
}
