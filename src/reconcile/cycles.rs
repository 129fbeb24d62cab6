//! Circles in a graph of what has to come before what. Pure.

/// Members of a circle come one after another, in their order.
pub(super) fn break_cycles(before: &mut [Vec<usize>]) {
    let members = members(before);
    break_cycle(before, &members);
}

/// Members of cycles (and what lies on a way from one cycle to another), in order: what is left after taking away, again
/// and again, what waits for nothing and what nothing waits for.
pub(super) fn members(after: &[Vec<usize>]) -> Vec<usize> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); after.len()];
    for (i, ones) in after.iter().enumerate() {
        for &one in ones {
            before[one].push(i);
        }
    }
    let mut left: Vec<bool> = vec![true; after.len()];
    take_away(after, &before, &mut left);
    take_away(&before, after, &mut left);
    (0..after.len()).filter(|&i| left[i]).collect()
}

/// Takes away every node that has no `edges` to a node that is left, and goes on along `back`.
fn take_away(edges: &[Vec<usize>], back: &[Vec<usize>], left: &mut [bool]) {
    let mut counts: Vec<usize> = edges
        .iter()
        .map(|to| to.iter().filter(|&&t| left[t]).count())
        .collect();
    let mut free: Vec<usize> = (0..edges.len())
        .filter(|&i| left[i] && counts[i] == 0)
        .collect();
    while let Some(node) = free.pop() {
        left[node] = false;
        for &next in back[node].iter().filter(|&&next| left[next]) {
            counts[next] -= 1;
            if counts[next] == 0 {
                free.push(next);
            }
        }
    }
}

/// Each member after the one before it, and none after a member otherwise.
fn break_cycle(after: &mut [Vec<usize>], cycle: &[usize]) {
    for (position, &member) in cycle.iter().enumerate() {
        after[member].retain(|one| cycle.binary_search(one).is_err());
        if position > 0 {
            after[member].push(cycle[position - 1]);
        }
    }
}
