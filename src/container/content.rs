//! What a manifest says, in a few characters: for the record of what was applied.

use super::compare::{flatten, Value};
use super::Spec;
use crate::digest::digest as digest_of;

/// A digest of the values in which `container`, with Kanto-CM's defaults filled in, is not as one that has nothing but its
/// name. So white space, the order of keys, defaults that are spelled out, the format of the manifest, and keys that a later
/// version of this program knows besides do not change it. The id counts where there is one.
pub fn digest(container: &Spec) -> String {
    let plain = Spec {
        name: container.name.clone(),
        ..Spec::default()
    };
    let mut bytes = Vec::new();
    add(&mut bytes, "id", &Value::One(container.id.clone()));
    add(&mut bytes, "name", &Value::One(container.name.clone()));
    let values = flatten(container).into_iter();
    for ((key, value), (_, default)) in values.zip(flatten(&plain.with_defaults())) {
        if value != default {
            add(&mut bytes, key, &value);
        }
    }
    format!("{:016x}", digest_of(&bytes))
}

/// The same whatever its id: of a container as Kanto-CM lists it, by which a later change shows.
pub fn digest_but_for_id(container: &Spec) -> String {
    digest(&Spec {
        id: String::new(),
        ..container.clone()
    })
}

/// No value can look like the beginning of another: none holds a NUL, for Kanto-CM would not start such a container.
fn add(bytes: &mut Vec<u8>, key: &str, value: &Value) {
    let items = match value {
        Value::One(text) => std::slice::from_ref(text),
        Value::Many(items) => items,
    };
    bytes.extend_from_slice(key.as_bytes());
    for item in items {
        bytes.push(0);
        bytes.extend_from_slice(item.as_bytes());
    }
    bytes.extend_from_slice(b"\0\0");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::Image;

    fn container() -> Spec {
        Spec {
            name: "a".into(),
            image: Image {
                name: "i:1".into(),
                ..Image::default()
            },
            ..Spec::default()
        }
    }

    fn content(container: &Spec) -> String {
        digest(&container.clone().with_defaults())
    }

    #[test]
    fn it_is_kept_over_versions_of_this_program() {
        // In records everywhere: another value here has every changed-elsewhere container replaced once.
        assert_eq!(content(&container()), "a341911762d58f14");
        let mut full = container();
        full.id = "x".into();
        full.env = vec!["B=2".into(), "A=1".into()];
        full.cmd = vec!["run".into(), "--fast".into()];
        full.host_config.resources.memory = "10M".into();
        assert_eq!(content(&full), "ae5fa142ede7f043");
    }

    #[test]
    fn defaults_and_order_do_not_count_and_values_do() {
        let mut spelled_out = container().with_defaults();
        assert_eq!(digest(&spelled_out), content(&container()));
        spelled_out.env = vec!["A=1".into(), "B=2".into()];
        let mut other = spelled_out.clone();
        other.env.reverse();
        assert_eq!(digest(&spelled_out), digest(&other));
        other.env.pop();
        assert_ne!(digest(&spelled_out), digest(&other));
        let pinned = Spec {
            id: "x".into(),
            ..container()
        };
        assert_ne!(content(&pinned), content(&container()));
    }

    #[test]
    fn one_value_is_not_taken_for_two() {
        let mut one = container();
        one.cmd = vec!["a b".into()];
        let mut two = container();
        two.cmd = vec!["a".into(), "b".into()];
        assert_ne!(content(&one), content(&two));
    }
}
