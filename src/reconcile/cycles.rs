//! Circles in a graph of what has to come before what. Pure.

/// Members of a circle come one after another, in their order.
pub(super) fn break_cycles(before: &mut [Vec<usize>]) {
    let members = members(before);
    break_cycle(before, &members);
}

/// Members of cycles, and what lies on a way from one cycle to another, in order. Nodes that wait for nothing, or for which
/// nothing waits, are removed until none is left.
pub(super) fn members(after: &[Vec<usize>]) -> Vec<usize> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); after.len()];
    for (index, earlier) in after.iter().enumerate() {
        for &earlier in earlier {
            before[earlier].push(index);
        }
    }
    let mut remaining: Vec<bool> = vec![true; after.len()];
    remove_free(after, &before, &mut remaining);
    remove_free(&before, after, &mut remaining);
    (0..after.len()).filter(|&index| remaining[index]).collect()
}

/// Removes every node that has no `edges` to a remaining node, then looks at the nodes that lead `back` from it.
fn remove_free(edges: &[Vec<usize>], back: &[Vec<usize>], remaining: &mut [bool]) {
    let mut counts: Vec<usize> = edges
        .iter()
        .map(|to| to.iter().filter(|&&t| remaining[t]).count())
        .collect();
    let mut free: Vec<usize> = (0..edges.len())
        .filter(|&node| remaining[node] && counts[node] == 0)
        .collect();
    while let Some(node) = free.pop() {
        remaining[node] = false;
        for &next in back[node].iter().filter(|&&next| remaining[next]) {
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
        after[member].retain(|other| cycle.binary_search(other).is_err());
        if position > 0 {
            after[member].push(cycle[position - 1]);
        }
    }
}
