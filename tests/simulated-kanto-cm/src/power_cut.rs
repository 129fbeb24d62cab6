//! What a power cut takes with it. The test writes it into the home, the next life of the simulator reads it.

use serde::{Deserialize, Serialize};

/// The name of its file in the home directory.
pub(crate) const FILE: &str = "power-cut";

/// A power cut. `PowerCut::default()` ends every process and loses nothing that was written.
///
/// The daemon syncs the files of its store, never their directories: the last writes can be missing, while containerd and
/// other programs have theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PowerCut {
    /// How many of the last writes of the daemon's store are lost. Saving a configuration is one, deleting it another.
    pub lost_writes: usize,
    /// Also lost are the writes from this moment on, on the scale of [`Call::begin_ms`](crate::Call::begin_ms).
    pub lost_since_ms: Option<u64>,
    /// The process id of what is listed as running until the daemon notices; `None`: one that no Linux gives out. One that
    /// exists belongs to another process: 1, the test's own, the id of a thread.
    pub stale_pid: Option<i64>,
}

impl PowerCut {
    /// One that loses the last writes.
    pub fn losing(writes: usize) -> Self {
        Self {
            lost_writes: writes,
            ..Self::default()
        }
    }

    /// One that loses what was written from this moment on, on the scale of [`Call::begin_ms`](crate::Call::begin_ms).
    pub fn losing_since(at_ms: u64) -> Self {
        Self {
            lost_since_ms: Some(at_ms),
            ..Self::default()
        }
    }

    /// The same with this process id for what was running.
    #[must_use]
    pub fn stale_pid(mut self, pid: i64) -> Self {
        self.stale_pid = Some(pid);
        self
    }
}
