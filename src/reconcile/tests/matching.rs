//! Which container is whose.

use super::super::Matching;
use super::*;
use crate::state::{Entry, State};

/// A version of the container with this id and name.
fn called(id: &str, name: &str, number: u32) -> Spec {
    let mut spec = version(id, number);
    name.clone_into(&mut spec.name);
    spec
}

fn state(entries: &[(&str, &str)]) -> State {
    let mut state = State::default();
    for (name, id) in entries {
        state.put(Entry {
            name: (*name).to_owned(),
            id: (*id).to_owned(),
            created: true,
            ..Entry::default()
        });
    }
    state
}

/// The ids of the containers that belong to `x` (which gives the id `x2`) and `y` (which gives `x1`); empty: none.
#[track_caller]
fn expect(observed: &[Observed], state: &State, expected: [&str; 2]) {
    let desired = [called("x2", "x", 2), called("x1", "y", 2)].map(Desired::new);
    let matching = Matching {
        desired: &desired,
        observed,
        state,
        pruned: None,
    };
    let workloads = matching.workloads();
    let found = workloads.iter().take(2).map(|w| {
        assert_eq!(w.conflict, None);
        w.observed.as_deref().map_or("", Observed::id)
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

/// Two manifests exchange ids that healing has changed, and one of the containers is gone.
#[test]
fn an_id_that_healing_made_of_a_given_one_is_not_found_by_its_name() {
    let state = state(&[("x", "x1-2"), ("y", "x2-2")]);
    let y = observed(&called("x2-2", "y", 1), Status::Running);
    expect(std::slice::from_ref(&y), &state, ["x2-2", ""]);
    let x = observed(&called("x1-2", "x", 1), Status::Running);
    expect(std::slice::from_ref(&x), &state, ["", "x1-2"]);
    expect(&[x, y], &state, ["x2-2", "x1-2"]);
}

/// `x` lived under an id that `y` has now.
#[test]
fn a_container_with_the_name_of_another_manifests_is_not_found_by_a_stand_in() {
    let state = state(&[("x", "x2-3"), ("y", "x1-4")]);
    let y = observed(&called("x1-4", "y", 2), Status::Created);
    let backup = stand_in(&called("x1-4", "x", 1), Role::Backup).unwrap();
    expect(&[y, backup], &state, ["", "x1-4"]);
}

/// Two manifests exchange ids, and one container lives under an id that healing has made: it is the other manifest's now.
#[test]
fn an_id_that_healing_made_of_a_given_one_is_not_left_over() {
    let mut state = state(&[("y", "x2")]);
    let x = observed(&called("x1-2", "x", 1), Status::Running);
    state.put(Entry {
        name: "x".to_owned(),
        id: "x1-2".to_owned(),
        created: true,
        made: x.listed.digest(),
        ..Entry::default()
    });
    let y = observed(&called("x2", "y", 1), Status::Running);
    let observed = [x, y];
    let desired = [called("x2", "x", 2), called("x1", "y", 2)].map(Desired::new);
    let workloads = Matching {
        desired: &desired,
        observed: &observed,
        state: &state,
        pruned: None,
    }
    .workloads();
    assert_eq!(workloads[0].earlier_id, "");
    let ids = workloads.iter().take(2).map(|w| {
        assert_eq!(w.conflict, None);
        w.observed.as_deref().map_or("", Observed::id)
    });
    assert_eq!(ids.collect::<Vec<_>>(), ["x2", "x1-2"]);
}

/// What somebody else has made so many of: the time grows with their number, and not with its square.
#[test]
fn many_stand_ins_are_paired_in_a_moment() {
    const PAIRS: u32 = 20_000;
    let pair = |number| {
        let spec = called(&format!("id{number}"), "x", number);
        [Role::Staged, Role::Backup].map(|role| observed(&spec.as_stand_in(role), Status::Created))
    };
    let all: Vec<Observed> = (0..PAIRS).flat_map(pair).collect();
    let matching = Matching {
        desired: &[],
        observed: &all,
        state: &State::default(),
        pruned: None,
    };
    let begin = Instant::now();
    let workloads = matching.workloads();
    assert!(
        begin.elapsed() < Duration::from_secs(30),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(workloads.len(), PAIRS as usize);
    for workload in workloads {
        let (staged, backup) = (workload.staged.unwrap(), workload.backup.unwrap());
        assert_eq!(staged.id()[9..], backup.id()[9..]);
    }
}
