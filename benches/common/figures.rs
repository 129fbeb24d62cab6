//! What was measured, beside what it may be (the gate) and what it should be (the target).

use std::fmt::Display;
use std::process::ExitCode;

use super::table::table;

/// All figures of a benchmark.
#[derive(Default)]
pub(crate) struct Figures {
    lines: Vec<Vec<String>>,
    /// Counts that are off.
    off: Vec<String>,
}

/// A figure that was just added.
pub(crate) struct Added<'a>(&'a mut Figures);

impl Figures {
    /// The next ones are about this.
    pub(crate) fn topic(&mut self, topic: &str) {
        self.lines.push(Vec::new());
        self.lines.push(vec![topic.to_owned()]);
    }

    pub(crate) fn add(&mut self, what: &str, figure: impl Display) -> Added<'_> {
        self.lines
            .push(vec![format!("  {what}"), figure.to_string()]);
        Added(self)
    }

    /// As a table.
    pub(crate) fn shown(&self) -> String {
        let head = ["", "measured", "gate", "target"].map(str::to_owned);
        let mut lines = vec![head.to_vec()];
        lines.extend(self.lines.iter().cloned());
        table(&lines)
    }

    /// A failure if a count is off. Times and sizes depend on the machine.
    pub(crate) fn verdict(&self) -> ExitCode {
        for line in &self.off {
            println!("{line}");
        }
        ExitCode::from(u8::from(!self.off.is_empty()))
    }
}

impl Added<'_> {
    /// What it may be, and what it should be.
    pub(crate) fn budget(&mut self, gate: &str, target: &str) {
        if let Some(line) = self.0.lines.last_mut() {
            line.extend([gate.to_owned(), target.to_owned()]);
        }
    }

    /// It is a count, and may not be more than this.
    pub(crate) fn count_of(&mut self, figure: u64, most: u64) {
        self.budget(&most.to_string(), &most.to_string());
        if figure > most {
            let what = self.0.lines.last().map(|line| line[0].trim().to_owned());
            let what = what.unwrap_or_default();
            self.0.off.push(format!("{what}: {figure}, not {most}"));
        }
    }
}
