//! Measured numbers.

/// Numbers of one kind, of which there is at least one.
#[derive(Debug, Clone)]
pub(crate) struct Samples(Vec<u64>);

impl Samples {
    pub(crate) fn new(mut numbers: Vec<u64>) -> Samples {
        assert!(!numbers.is_empty(), "nothing was measured");
        numbers.sort_unstable();
        Samples(numbers)
    }

    /// So many percent of them are this or less.
    pub(crate) fn percentile(&self, percent: usize) -> u64 {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0[rank.max(1) - 1]
    }

    pub(crate) fn median(&self) -> u64 {
        self.percentile(50)
    }

    pub(crate) fn max(&self) -> u64 {
        self.percentile(100)
    }

    pub(crate) fn mean(&self) -> u64 {
        let count = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        self.0.iter().sum::<u64>() / count
    }
}
