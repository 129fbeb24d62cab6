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

    /// kB that are its own, shared with nobody.
    pub(crate) fn private_kb(self) -> u64 {
        let rollup = self.read("smaps_rollup");
        number(&rollup, "Private_Clean:") + number(&rollup, "Private_Dirty:")
    }

    /// How often it was woken, or had to give way to others.
    pub(crate) fn switches(self) -> u64 {
        self.status("voluntary_ctxt_switches:") + self.status("nonvoluntary_ctxt_switches:")
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
