//! What /proc shows of a process.

use std::fs;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing that is waited for may take longer.
const LIMIT: Duration = Duration::from_secs(60);

/// A process to look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// The number in that line of `status`.
    pub(crate) fn status(self, key: &str) -> u64 {
        number(&self.read("status"), key)
    }

    /// Is it `sleeping`, `stopped`…, as `status` says?
    pub(crate) fn is(self, state: &str) -> bool {
        line(&self.read("status"), "State:").contains(state)
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

    /// Its children.
    pub(crate) fn children(self) -> Vec<u32> {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.0));
        let children = children.unwrap_or_default();
        let numbers = children.split_whitespace();
        numbers.filter_map(|pid| pid.parse().ok()).collect()
    }

    pub(crate) fn read(self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.0);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

/// The number in the line that begins with `key`.
pub(crate) fn number(text: &str, key: &str) -> u64 {
    let word = line(text, key).split_whitespace().nth(1);
    word.and_then(|word| word.parse().ok())
        .unwrap_or_else(|| panic!("no number in {key} of {text}"))
}

fn line<'a>(text: &'a str, key: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(key));
    line.unwrap_or_else(|| panic!("no {key} in {text}"))
}

/// Looks until something is there. `said`: for the message when it never comes.
#[track_caller]
pub(crate) fn look_until<T>(
    what: &str,
    said: &dyn Fn() -> String,
    mut found: impl FnMut() -> Option<T>,
) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begin.elapsed() < LIMIT, "{what} never came:\n{}", said());
        thread::sleep(Duration::from_millis(20)); // who is looked at must be able to fall asleep
    }
}

/// Waits until a process has ended.
#[track_caller]
pub(crate) fn wait_for_end(child: &mut Child, said: &dyn Fn() -> String) -> ExitStatus {
    look_until("its end", said, || child.try_wait().expect("its status"))
}
