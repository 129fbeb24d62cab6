//! The phases that were, as a table, and whether the daemon has grown from one to the next.

use crate::calm::Idle;
use crate::common::table::table;
use crate::world::Counts;

/// More private memory than this in the last quarter than in the second one is a leak.
const MOST_GROWTH_KB: u64 = 256;

/// A phase that ended well.
pub(crate) struct Phase {
    pub(crate) counts: Counts,
    pub(crate) idle: Idle,
}

impl Phase {
    fn cells(&self, number: usize) -> Vec<String> {
        let Counts {
            operations,
            restarts,
            deaths,
            kills,
            daemons,
        } = self.counts;
        let Idle {
            took,
            containers,
            threads,
            open_files,
            rss_kb,
            rss_anon_kb,
            switches,
            said: _,
        } = &self.idle;
        vec![
            number.to_string(),
            operations.to_string(),
            restarts.to_string(),
            deaths.to_string(),
            kills.to_string(),
            daemons.to_string(),
            containers.to_string(),
            format!("{:.1}", took.as_secs_f64()),
            threads.to_string(),
            open_files.to_string(),
            rss_kb.to_string(),
            rss_anon_kb.to_string(),
            switches.to_string(),
        ]
    }
}

/// All phases as a table.
pub(crate) fn shown(phases: &[Phase]) -> String {
    let head = [
        "phase",
        "operations",
        "CM restarts",
        "CM deaths",
        "kills",
        "daemons",
        "containers",
        "calm after s",
        "threads",
        "fds",
        "RSS kB",
        "RssAnon kB",
        "switches",
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    let phases = phases.iter().enumerate();
    lines.extend(phases.map(|(i, phase)| phase.cells(i + 1)));
    table(&lines)
}

/// What has grown that must not grow.
pub(crate) fn grown(phases: &[Phase]) -> Vec<String> {
    let mut problems = Vec::new();
    let Some(first) = phases.first() else {
        return problems;
    };
    for (i, phase) in phases.iter().enumerate() {
        let (idle, number) = (&phase.idle, i + 1);
        if idle.threads != 1 {
            problems.push(format!("{} threads after phase {number}", idle.threads));
        }
        if idle.open_files > first.idle.open_files {
            let (now, then) = (idle.open_files, first.idle.open_files);
            problems.push(format!(
                "{now} open files after phase {number}, {then} after the first"
            ));
        }
        if idle.switches > 0 {
            let (switches, said) = (idle.switches, idle.said.join("\n"));
            problems.push(format!(
                "woken {switches} times in the calm of phase {number}:\n{said}"
            ));
        }
    }
    let quarter = |n: usize| {
        let of_it = &phases[n * phases.len() / 4..(n + 1) * phases.len() / 4];
        of_it.iter().map(|phase| phase.idle.rss_anon_kb).max()
    };
    if let (Some(second), Some(last)) = (quarter(1), quarter(3)) {
        if last > second + MOST_GROWTH_KB {
            problems.push(format!(
                "RssAnon of {last} kB in the last quarter, {second} kB in the second"
            ));
        }
    }
    problems
}
