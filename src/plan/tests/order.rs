//! What starts after what.

use super::*;

fn after(manifests: &[Manifest]) -> Vec<Vec<usize>> {
    plan(manifests, &[])
        .steps
        .into_iter()
        .map(|step| step.after)
        .collect()
}

#[test]
fn providers_start_first() {
    let order = after(&[
        named("c", &["b"]),
        named("b", &["a"]),
        named("a", &[]),
        named("d", &["nobody", "d"]),
    ]);
    assert_eq!(order, [vec![1], vec![2], vec![], vec![]]);
}

#[test]
fn what_runs_already_is_not_waited_for() {
    let (a, b) = (named("a", &[]), named("b", &["a"]));
    let running = listed(&a, "1", Status::Running);
    let plan = plan(&[a, b], &[running]);
    assert!(plan.steps[1].after.is_empty());
}

#[test]
fn a_cycle_falls_back_to_the_order_of_the_files() {
    let manifests = [
        named("before", &["x"]),
        named("x", &["z"]),
        named("y", &["x"]),
        named("z", &["y", "behind"]),
        named("behind", &[]),
    ];
    let plan = plan(&manifests, &[]);
    let order: Vec<Vec<usize>> = plan.steps.iter().map(|step| step.after.clone()).collect();
    assert_eq!(order, [vec![1], vec![], vec![1], vec![4, 2], vec![]]);
    assert_eq!(cyclic(&manifests), [1, 2, 3]);
}
