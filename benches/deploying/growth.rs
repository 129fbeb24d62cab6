//! What each manifest more costs. It is to stay the same: more, the more there are, would be a quadratic step.

use crate::common::figures::Figures;
use crate::compared::{add, Unit};
use crate::rounds::Both;
use crate::FEW;

/// What runs for so many manifests took: what, and how much of that.
pub(crate) struct Size {
    pub(crate) count: usize,
    pub(crate) took: Vec<(&'static str, Both<u64>)>,
}

/// From one size to the next.
pub(crate) fn note(what: &str, sizes: &[Size], figures: &mut Figures) {
    // Below a few, what all need together outweighs it.
    let many: Vec<&Size> = sizes.iter().filter(|size| size.count >= FEW).collect();
    if many.len() > 1 {
        figures.topic(&format!("each manifest more, {what}"));
    }
    for pair in many.windows(2) {
        for ((what, small), (_, large)) in pair[0].took.iter().zip(&pair[1].took) {
            let what = format!("{} to {}: {what}", pair[0].count, pair[1].count);
            let more = u64::try_from(pair[1].count.saturating_sub(pair[0].count));
            let more = more.expect("a count").max(1);
            let each = |small: u64, large: u64| large.saturating_sub(small) / more;
            let each = Both {
                ours: each(small.ours, large.ours),
                other: small.other.zip(large.other).map(|(s, l)| each(s, l)),
            };
            add(figures, &what, Unit::Plain, &each);
        }
    }
}
