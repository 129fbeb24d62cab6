//! What the command line and the moment say about deciding.

use std::collections::HashSet;
use std::time::Duration;

/// What holds for all workloads of a run.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// A container that differs from its manifest stays as it is.
    pub keep_existing: bool,
    /// How long a container is watched after its Start; 0: not at all.
    pub settle: Duration,
    /// A signal said to end: nothing is begun any more, and only what is past its point of no return goes on.
    pub is_stopping: bool,
    /// Identifies this boot of the machine.
    pub boot: String,
    /// The manifests directory.
    pub directory: String,
    /// The ids that manifests give: healing takes none of them.
    pub claimed_ids: HashSet<String>,
}
