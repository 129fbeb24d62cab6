//! Random numbers that a seed determines (splitmix64).

/// A source of random numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number under `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Is it the one case among so many?
    pub(crate) fn one_in(&mut self, cases: u64) -> bool {
        self.below(cases) == 0
    }

    /// One of these, of which there is at least one.
    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        let length = u64::try_from(of.len()).expect("a length");
        let index = usize::try_from(self.below(length)).expect("an index");
        of[index].clone()
    }

    /// One of these, each as likely as its number says.
    pub(crate) fn pick_weighted<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let mut rest = self.below(of.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in of {
            match rest.checked_sub(*weight) {
                Some(less) => rest = less,
                None => return *item,
            }
        }
        unreachable!("less than the sum of all")
    }
}
