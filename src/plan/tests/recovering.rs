//! The table of what an interrupted replacement is brought to, row by row. The container has the id `x` and the name `a`.

use std::fmt::Write as _;

use super::*;

/// The containers of a List: the container and its two helpers, by the level that each holds.
fn list(container: Option<&str>, next: Option<&str>, prev: Option<&str>) -> Vec<Existing> {
    let container = container.map(|held| listed(&level(held), "x", Status::Running));
    let next = next.map(|held| helper(Role::Next, &level(held), "x"));
    let prev = prev.map(|held| helper(Role::Prev, &level(held), "x"));
    [container, next, prev].into_iter().flatten().collect()
}

/// The one step for the manifest `wanted`, or for what has none, with `rolled_back` recorded.
fn step(wanted: Option<&str>, existing: &[Existing], rolled_back: Option<&str>) -> Step {
    let manifests: Vec<Manifest> = wanted.map(level).into_iter().collect();
    let entries: Vec<Entry> = rolled_back
        .map(|content| entry(&level(content), "x", EntryState::RolledBack))
        .into_iter()
        .collect();
    let mut plan = plan_with(&manifests, existing, &record(&entries), &Rules::default());
    assert_eq!(plan.steps.len(), 1, "{plan:?}");
    plan.steps.remove(0)
}

/// What is to be done, in a few words: the way a replacement begins, and which helpers go when.
pub(super) fn told(step: &Step) -> String {
    let mut told = match &step.action {
        Action::Replace(replacement) => match &replacement.begin {
            Begin::Old { staged, held, .. } => format!("replace staged={staged} held={held}"),
            Begin::Nothing => "create new".to_owned(),
            Begin::New(_) => "settle new".to_owned(),
            Begin::Back(_, reason) => format!("roll back ({reason})"),
            Begin::Restore => "restore old".to_owned(),
        },
        _ => step.words().join(" "),
    };
    for (word, ids) in [
        ("first", &step.helpers.stale),
        ("last", &step.helpers.spent),
    ] {
        if !ids.is_empty() {
            let _ = write!(told, " {word}-{}", ids.join("+"));
        }
    }
    if let Some(id) = &step.helpers.removing {
        let _ = write!(told, " waits-for-{id}");
    }
    if step.again {
        told += " again";
    }
    if step.verdict.is_some() {
        told += " failed";
    }
    told.trim().to_owned()
}

/// Each row: the manifest, the container, `kad-next`, `kad-prev` by their levels, what was rolled back, and what to do.
type Row = (
    &'static str,
    [&'static str; 3],
    Option<&'static str>,
    &'static str,
);

#[rustfmt::skip]
const WITH_MANIFEST: [Row; 25] = [
    // The container, no kad-prev.
    ("new", ["old", "new", ""], None, "replace staged=true held=false"),
    ("new", ["old", "odd", ""], None, "replace staged=false held=false first-kad-next.x"),
    ("new", ["new", "new", ""], None, "first-kad-next.x"),
    ("new", ["old", "new", ""], Some("new"), "first-kad-next.x failed"),
    // The container and kad-prev: it was committed.
    ("new", ["new", "", "old"], None, "first-kad-prev.x"),
    ("new", ["odd", "", "old"], None, "replace staged=false held=false first-kad-prev.x"),
    // The container equals kad-prev.
    ("new", ["old", "new", "old"], None, "replace staged=true held=true waits-for-x"),
    ("new", ["old", "odd", "old"], None, "replace staged=false held=true first-kad-next.x waits-for-x"),
    ("new", ["old", "new", "old"], Some("new"), "last-kad-next.x+kad-prev.x waits-for-x failed"),
    ("old", ["old", "new", "old"], None, "last-kad-next.x+kad-prev.x waits-for-x"),
    ("old", ["old", "new", "old"], Some("new"), "last-kad-next.x+kad-prev.x waits-for-x"),
    // The container equals kad-next.
    ("new", ["new", "new", "old"], None, "settle new"),
    ("new", ["new", "new", "old"], Some("new"), "roll back (exit code 3) again"),
    ("new", ["new", "new", "old"], Some("odd"), "settle new"),
    ("odd", ["new", "new", "old"], None, "settle new again"),
    ("odd", ["new", "new", "old"], Some("new"), "roll back (exit code 3) again"),
    // The container equals neither.
    ("new", ["odd", "new", "old"], None, "replace staged=true held=false first-kad-prev.x"),
    ("odd", ["odd", "new", "old"], None, "first-kad-next.x+kad-prev.x"),
    ("new", ["odd", "new", "old"], Some("new"), "first-kad-next.x+kad-prev.x failed"),
    // No container, kad-prev.
    ("new", ["", "new", "old"], None, "create new"),
    ("new", ["", "new", "old"], Some("new"), "restore old again"),
    ("odd", ["", "new", "old"], None, "restore old again"),
    ("new", ["", "", "old"], None, "restore old again"),
    // No container, only kad-next.
    ("new", ["", "new", ""], None, "create start last-kad-next.x"),
    ("odd", ["", "new", ""], None, "create start first-kad-next.x"),
];

fn level_of(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Whether a run goes on after a roll back that was finished makes no difference: the manifest counts as failed then.
fn but_for_again(told: &str) -> String {
    if told.starts_with("roll back") {
        told.replace(" again", "")
    } else {
        told.to_owned()
    }
}

#[test]
fn every_row_with_a_manifest() {
    for (wanted, [container, next, prev], rolled_back, expected) in WITH_MANIFEST {
        let existing = list(level_of(container), level_of(next), level_of(prev));
        let step = step(Some(wanted), &existing, rolled_back);
        let is = (but_for_again(&told(&step)), step.orphan.is_some());
        let case = format!("{wanted}: {container:?} {next:?} {prev:?} {rolled_back:?}\n{step:?}");
        assert_eq!(is, (but_for_again(expected), false), "{case}");
    }
}

#[test]
fn every_row_without_a_manifest() {
    for ([container, next, prev], rolled_back, expected) in [
        (["old", "new", ""], None, "first-kad-next.x"),
        (["new", "", "old"], None, "first-kad-prev.x"),
        (
            ["old", "new", "old"],
            None,
            "last-kad-next.x+kad-prev.x waits-for-x",
        ),
        (["new", "new", "old"], None, "settle new"),
        (
            ["new", "new", "old"],
            Some("new"),
            "roll back (exit code 3)",
        ),
        (["odd", "new", "old"], None, "first-kad-next.x+kad-prev.x"),
        (["", "new", "old"], None, "restore old"),
        (["", "", "old"], None, "restore old"),
        (["", "new", ""], None, "create start last-kad-next.x"),
    ] {
        let existing = list(level_of(container), level_of(next), level_of(prev));
        let step = step(None, &existing, rolled_back);
        let case = format!("{container:?} {next:?} {prev:?} {rolled_back:?}\n{step:?}");
        assert_eq!(told(&step), expected, "{case}");
        let orphan = step.orphan.as_ref().expect(&case);
        assert_eq!(
            (orphan.name.as_str(), step.name.as_str()),
            ("a", "a"),
            "{case}"
        );
    }
}

#[test]
fn a_helper_is_never_a_container() {
    let helpers = list(None, Some("new"), Some("old"));
    let mut named_as_one = level("new");
    named_as_one.container.id.clear();
    named_as_one.container.name = "kad-next.a".to_owned();
    let plan = plan(&[named_as_one], &helpers);
    assert_eq!(plan.steps[0].words(), ["create", "start"]);
}

#[test]
fn one_that_is_dead_is_none() {
    let mut existing = list(Some("old"), Some("new"), Some("old"));
    existing[0].state.status = Status::Dead;
    assert_eq!(told(&step(Some("new"), &existing, None)), "create new");
}

#[test]
fn what_comes_back_is_what_the_helper_holds() {
    let existing = list(None, Some("new"), Some("old"));
    for (rolled_back, env) in [(None, "LEVEL=new"), (Some("new"), "LEVEL=old")] {
        let step = step(Some("new"), &existing, rolled_back);
        let Action::Replace(replacement) = step.action else {
            panic!("{step:?}")
        };
        let put = match replacement.begin {
            Begin::Restore => &replacement.old,
            _ => &replacement.new,
        };
        let is = (
            put.id.as_str(),
            put.name.as_str(),
            put.host_name.as_str(),
            &*put.env[0],
        );
        assert_eq!(is, ("x", "a", "a-host", env));
    }
}

#[test]
fn a_healed_one_is_the_same_one() {
    let mut existing = list(Some("new"), Some("new"), Some("old"));
    existing[0].container.id = "x-2".to_owned();
    let step = step(Some("new"), &existing, None);
    assert_eq!(told(&step), "settle new");
    assert_eq!(step.action.id(), Some("x-2"));
}

#[test]
fn what_an_earlier_run_has_recorded_does_not_count_if_so_told() {
    let existing = list(None, Some("new"), Some("old"));
    let rules = Rules {
        reapply: true,
        ..Rules::default()
    };
    let earlier = record(&[entry(&level("new"), "x", EntryState::RolledBack)]);
    let told_with =
        |record: &Record| told(&plan_with(&[level("new")], &existing, record, &rules).steps[0]);
    assert_eq!(told_with(&earlier), "create new");
    let mut this_run = earlier;
    this_run.put(entry(&level("new"), "x", EntryState::RolledBack));
    assert_eq!(told_with(&this_run), "restore old again");
}
