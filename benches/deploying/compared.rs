//! Figures of both deployers in one line.

use crate::common::figures::{Added, Figures};
use crate::common::samples::Samples;
use crate::rounds::Both;

/// How a number is shown.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Plain,
    /// From microseconds.
    Ms,
}

impl Unit {
    pub(crate) fn shown(self, number: u64) -> String {
        match self {
            Unit::Plain => number.to_string(),
            Unit::Ms => format!("{}.{}", number / 1000, number % 1000 / 100),
        }
    }
}

/// A number of each.
pub(crate) fn add<'a>(
    figures: &'a mut Figures,
    what: &str,
    unit: Unit,
    both: &Both<u64>,
) -> Added<'a> {
    let added = figures.add(what, unit.shown(both.ours));
    match both.other {
        Some(other) => added.beside(&unit.shown(other), &ratio(both.ours, other)),
        None => added,
    }
}

/// The median of each.
pub(crate) fn add_median<'a>(
    figures: &'a mut Figures,
    what: &str,
    unit: Unit,
    both: &Both<Samples>,
) -> Added<'a> {
    add(figures, what, unit, &both.map(Samples::median))
}

/// Of what was measured, one kind of number. Another deployer may have brought none.
pub(crate) fn samples<T>(both: &Both<Vec<T>>, number: impl Fn(&T) -> u64) -> Both<Samples> {
    let samples = |all: &Vec<T>| Samples::new(all.iter().map(&number).collect());
    let other = both.other.as_ref().filter(|all| !all.is_empty());
    Both {
        ours: samples(&both.ours),
        other: other.map(samples),
    }
}

#[allow(clippy::cast_precision_loss)] // two digits are shown
fn ratio(ours: u64, other: u64) -> String {
    match other {
        0 => "-".to_owned(),
        other => format!("{:.2}", ours as f64 / other as f64),
    }
}
