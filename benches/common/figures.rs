//! What was measured, beside what it may be (the gate) and what it should be (the target), and beside what another program
//! needs.

use std::fmt::Display;
use std::process::ExitCode;

use super::table::table;

const HEAD: [&str; 6] = ["", "measured", "gate", "target", "other", "ratio"];

/// All figures of a benchmark.
#[derive(Default)]
pub(crate) struct Figures {
    lines: Vec<Vec<String>>,
    /// There are figures of another program.
    has_other: bool,
    notes: Vec<String>,
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
        let mut line = vec![format!("  {what}"), figure.to_string()];
        line.resize(HEAD.len(), String::new());
        self.lines.push(line);
        Added(self)
    }

    /// Something to know, printed once.
    pub(crate) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// As a table.
    pub(crate) fn shown(&self) -> String {
        let columns = if self.has_other { HEAD.len() } else { 4 };
        let head = HEAD[..columns].iter().map(ToString::to_string);
        let mut lines = vec![head.collect()];
        lines.extend(self.lines.iter().cloned());
        let notes = self.notes.iter().map(|note| format!("\n{note}"));
        table(&lines) + &notes.collect::<String>()
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
    pub(crate) fn budget(self, gate: &str, target: &str) -> Self {
        self.set(2, [gate.to_owned(), target.to_owned()])
    }

    /// What the other program needs, and what share of that this one does.
    pub(crate) fn beside(self, other: &str, ratio: &str) -> Self {
        self.0.has_other = true;
        self.set(4, [other.to_owned(), ratio.to_owned()])
    }

    /// It is a count, and may not be more than this.
    pub(crate) fn count_of(self, figure: u64, most: u64) -> Self {
        let added = self.budget(&most.to_string(), &most.to_string());
        if figure > most {
            let what = added.0.lines.last().map(|line| line[0].trim().to_owned());
            let what = what.unwrap_or_default();
            added.0.off.push(format!("{what}: {figure}, not {most}"));
        }
        added
    }

    fn set(self, column: usize, cells: [String; 2]) -> Self {
        if let Some(line) = self.0.lines.last_mut() {
            line.splice(column..column + 2, cells);
        }
        self
    }
}
