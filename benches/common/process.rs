//! What only measurements want to know of a process.

use std::fs;

use crate::harness::process::{number, Process};

impl Process {
    /// What it has had written to a disk.
    pub(crate) fn written_bytes(self) -> u64 {
        number(&self.read("io"), "write_bytes:")
    }

    /// kB that are its own, shared with nobody.
    pub(crate) fn private_kb(self) -> u64 {
        let rollup = self.read("smaps_rollup");
        number(&rollup, "Private_Clean:") + number(&rollup, "Private_Dirty:")
    }

    pub(crate) fn open_files(self) -> usize {
        let files = fs::read_dir(format!("/proc/{}/fd", self.0)).expect("its open files");
        files.count()
    }

    /// It and all that it has started.
    pub(crate) fn tree(self) -> Vec<Process> {
        let children = self.children().into_iter().map(Process);
        let below = children.flat_map(Process::tree);
        std::iter::once(self).chain(below).collect()
    }
}
