//! One form for lists whose order matters only in part: two lists mean the same exactly if their forms are equal.

use std::collections::HashSet;

use super::MountPoint;
use crate::sort::sort;

/// The mounts as texts, sorted as far as that changes nothing. Kanto-CM mounts in the order given, so two mounts keep their
/// order where one destination lies in the other or is the same.
pub(super) fn mounts(mounts: &[MountPoint]) -> Vec<String> {
    let mut sorted: Vec<(&str, String)> = Vec::new();
    for mount in mounts {
        let destination = mount.destination.as_str();
        let text = format!("{}:{destination}:{}", mount.source, mount.propagation_mode);
        // Behind the last related mount, and there before the first one with a greater text. Orders that mean the same give the
        // same list.
        let is_related = |(other, _): &(&str, String)| is_related(other, destination);
        let first = sorted.iter().rposition(is_related).map_or(0, |at| at + 1);
        let greater = sorted[first..].iter().position(|(_, other)| *other > text);
        let at = greater.map_or(sorted.len(), |offset| first + offset);
        sorted.insert(at, (destination, text));
    }
    let mut texts: Vec<String> = sorted.into_iter().map(|(_, text)| text).collect();
    texts.dedup();
    texts
}

/// Does one path lie in the other, or is it the same?
fn is_related(path: &str, other: &str) -> bool {
    let parts = |path| str::split(path, '/').filter(|part| !matches!(*part, "" | "."));
    parts(path)
        .zip(parts(other))
        .all(|(part, other)| part == other)
}

/// The variables, sorted; of several with one name the last.
pub(super) fn env(env: &[String]) -> Vec<String> {
    let mut names = HashSet::new();
    let last_first = env.iter().rev();
    let counts =
        last_first.filter(|variable| names.insert(variable.split('=').next().unwrap_or_default()));
    let mut variables: Vec<String> = counts.cloned().collect();
    sort(&mut variables);
    variables
}

/// The letters, the known ones once and in the order in which Kanto-CM's default has them.
pub(super) fn permissions(letters: &str) -> String {
    let known = "rwm".chars().filter(|letter| letters.contains(*letter));
    let others = letters.chars().filter(|letter| !"rwm".contains(*letter));
    known.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(destinations: &[&str]) -> Vec<String> {
        let mount = |destination: &&str| MountPoint {
            source: "/s".into(),
            destination: (*destination).into(),
            ..MountPoint::default()
        };
        mounts(&destinations.iter().map(mount).collect::<Vec<_>>())
    }

    #[test]
    fn mounts_keep_their_order_where_one_lies_in_another() {
        for (destinations, others, is_same) in [
            (vec!["/a", "/b"], vec!["/b", "/a"], true),
            (vec!["/a", "/ab"], vec!["/ab", "/a"], true),
            (vec!["/a", "/a"], vec!["/a"], true),
            (vec!["/a", "/a/b"], vec!["/a/b", "/a"], false),
            (vec!["/a/", "/a/b"], vec!["/a/b", "/a/"], false),
            (vec!["/a/.", "a/b"], vec!["a/b", "/a/."], false),
            (vec!["/", "/b"], vec!["/b", "/"], false),
            (vec!["/a", "//a/b/c"], vec!["//a/b/c", "/a"], false),
            (vec!["/a", "/a/b", "/c"], vec!["/c", "/a", "/a/b"], true),
            (vec!["/a/b", "/a", "/a/b"], vec!["/a", "/a/b"], false),
        ] {
            let (form, other) = (forms(&destinations), forms(&others));
            assert_eq!(form == other, is_same, "{form:?} {other:?}");
        }
    }

    /// Every order of these, and which of them mean the same by the rule itself: each related pair in the same order.
    #[test]
    fn equal_forms_are_equal_meanings() {
        let all = ["/z", "/a/b", "/a", "/b", "/a/c", "/b/a"];
        let mut orders: Vec<Vec<&str>> = vec![Vec::new()];
        for destination in all {
            let places = |order: Vec<&'static str>| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, destination);
                    longer
                })
            };
            orders = orders.into_iter().flat_map(places).collect();
        }
        let pairs = [("/a", "/a/b"), ("/a", "/a/c"), ("/b", "/b/a")];
        let meaning = |order: &[&str]| {
            let place = |path| order.iter().position(|destination| *destination == path);
            pairs.map(|(outer, inner)| place(outer) < place(inner))
        };
        let known: Vec<_> = orders
            .iter()
            .map(|order| (forms(order), meaning(order)))
            .collect();
        let (first, _) = &known[0];
        assert_eq!(first.len(), all.len());
        for (form, meaning) in &known {
            for (other_form, other_meaning) in &known {
                assert_eq!(form == other_form, meaning == other_meaning, "{form:?}");
            }
        }
    }

    #[test]
    fn of_variables_the_last_value_counts() {
        let form = |texts: &[&str]| env(&texts.iter().map(|&text| text.into()).collect::<Vec<_>>());
        assert_eq!(form(&["B=1", "A=1"]), ["A=1", "B=1"]);
        assert_eq!(form(&["A=1", "B=1", "A=2"]), ["A=2", "B=1"]);
        assert_eq!(form(&["A=2", "A"]), ["A"]);
        assert_eq!(form(&["A=1", "A1=1", "A=b=c"]), ["A1=1", "A=b=c"]);
    }

    #[test]
    fn permissions_are_a_set_of_letters() {
        for same in ["rwm", "mrw", "wmr", "rrwwm"] {
            assert_eq!(permissions(same), "rwm", "{same}");
        }
        assert_ne!(permissions("rw"), permissions("rwm"));
        assert_ne!(permissions("rwx"), permissions("rw"));
    }
}
