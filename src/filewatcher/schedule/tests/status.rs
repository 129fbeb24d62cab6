//! How things stand, in a sentence.

use super::*;

fn status(ends: &[(&str, End)], invalid: &[&str]) -> String {
    let files = ends.iter().map(|(file, _)| *file);
    let files: Vec<&str> = files.chain(invalid.iter().copied()).collect();
    let mut world = World::new(false, &files);
    world.look();
    world.ended_with(1, ends, invalid);
    world.schedule.status()
}

#[test]
fn the_status_counts_containers_and_names_those_in_trouble() {
    let of = |files: &[&'static str], end: End| -> Vec<(&'static str, End)> {
        files.iter().map(|file| (*file, end)).collect()
    };
    let five = of(&["a", "b", "c", "d", "e"], End::UpToDate);
    let with = |more: &[(&'static str, End)]| [&five, more].concat();
    assert_eq!(status(&[], &[]), "no manifests");
    assert_eq!(status(&five[..1], &[]), "1 container up to date");
    assert_eq!(status(&five, &[]), "5 containers up to date");
    assert_eq!(
        status(&with(&[("f", End::Failed)]), &[]),
        "5 containers up to date, 1 failed: container-f"
    );
    assert_eq!(
        status(&of(&["f", "g"], End::RolledBack), &[]),
        "2 rolled back: container-f, container-g"
    );
    assert_eq!(status(&[], &["x", "y"]), "2 invalid: x, y");
    assert_eq!(
        status(&with(&[("f", End::Failed), ("g", End::RolledBack)]), &["x"]),
        "5 containers up to date, 1 failed: container-f, 1 rolled back: container-g, 1 invalid: x"
    );
}

#[test]
fn the_status_counts_what_is_being_deployed_as_that_only() {
    let mut world = World::new(false, &["a", "b", "c"]);
    assert_eq!(world.schedule.status(), "no manifests");
    world.changes();
    assert_eq!(world.schedule.status(), "3 being deployed");
    world.next();
    assert_eq!(world.schedule.status(), "3 being deployed");
    let ends = [("a", End::UpToDate), ("b", End::Failed)];
    world.ended_with(1, &ends, &["c"]);
    world.change(&["b", "c"]);
    assert_eq!(
        world.schedule.status(),
        "1 container up to date, 2 being deployed"
    );
}

#[test]
fn an_invalid_file_is_called_by_its_name_and_a_container_by_its_own() {
    let mut world = World::new(false, &["a"]);
    world.look();
    world.ended(1, End::Failed);
    assert_eq!(world.schedule.status(), "1 failed: container-a");
    world.change(&["a"]);
    world.ended_with(2, &[], &["a"]);
    assert_eq!(world.schedule.status(), "1 invalid: a");
}
