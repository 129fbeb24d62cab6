//! One sort for all types. Each instance of the standard library's takes 2 to 4 kB of the program; what this one has for each type
//! takes 200 bytes.

use std::cmp::Ordering;

/// Sorts by `compare`. Items that are equal keep their order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut sources = sources(items.len(), &|a, b| compare(&items[a], &items[b]));
    // Along each cycle of the permutation: every place gets the item that belongs there.
    for start in 0..items.len() {
        let mut place = start;
        loop {
            let source = std::mem::replace(&mut sources[place], place);
            if source == start {
                break;
            }
            items.swap(place, source);
            place = source;
        }
    }
}

/// Sorts by the items' own order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Which of `count` items comes to each place.
fn sources(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut sources: Vec<usize> = (0..count).collect();
    sources.sort_unstable_by(|&a, &b| compare(a, b).then(a.cmp(&b)));
    sources
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut random = Random::new(3);
        for length in 0..200 {
            let items: Vec<(usize, usize)> = (0..length).map(|at| (random.below(20), at)).collect();
            let (mut ours, mut expected) = (items.clone(), items);
            sort_by(&mut ours, |a, b| a.0.cmp(&b.0));
            expected.sort_by_key(|item| item.0);
            assert_eq!(ours, expected);
            sort(&mut ours);
            expected.sort_unstable();
            assert_eq!(ours, expected);
        }
    }
}
