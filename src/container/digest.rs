//! What a manifest says, in a few characters: for the state file.

use super::flatten::{flatten, Value};
use super::{Listed, Spec};
use crate::digest::digest;

impl Listed {
    /// Digest of the values in which this configuration differs from that of a container that has nothing but a name. White
    /// space, the order of keys, spelled-out defaults and the manifest's format do not change it. Nor do keys that only a later
    /// version of this program knows. The id counts where there is one.
    pub fn digest_with_id(&self) -> String {
        let plain = Spec {
            name: self.name.clone(),
            ..Spec::default()
        };
        let mut bytes = Vec::new();
        add(&mut bytes, "id", &Value::Scalar(self.id.clone()));
        add(&mut bytes, "name", &Value::Scalar(self.name.clone()));
        let values = flatten(self).into_iter();
        for ((key, value), (_, default)) in values.zip(flatten(&plain.with_defaults())) {
            if value != default {
                add(&mut bytes, key, &value);
            }
        }
        format!("{:016x}", digest(&bytes))
    }

    /// The same digest without the id: of a container that Kanto-CM lists, to notice later changes.
    pub fn digest(&self) -> String {
        self.with_id("").digest_with_id()
    }
}

/// No value can look like the beginning of another: none holds a NUL, for Kanto-CM would not start such a container.
fn add(bytes: &mut Vec<u8>, key: &str, value: &Value) {
    let items = match value {
        Value::Scalar(text) => std::slice::from_ref(text),
        Value::List(items) => items,
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

    fn digest(spec: &Spec) -> String {
        spec.listed().digest_with_id()
    }

    #[test]
    fn digests_stay_the_same_in_every_version() {
        // State files hold them: with another value, every container that was changed elsewhere would be replaced once.
        assert_eq!(digest(&container()), "a341911762d58f14");
        let mut full = container();
        full.id = "x".into();
        full.env = vec!["B=2".into(), "A=1".into()];
        full.cmd = vec!["run".into(), "--fast".into()];
        full.host_config.resources.memory = "10M".into();
        assert_eq!(digest(&full), "ae5fa142ede7f043");
    }

    #[test]
    fn defaults_and_order_do_not_count_and_values_do() {
        let mut spelled_out = container().with_defaults();
        assert_eq!(digest(&spelled_out), digest(&container()));
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
        assert_ne!(digest(&pinned), digest(&container()));
    }

    #[test]
    fn one_value_is_not_taken_for_two() {
        let mut single = container();
        single.cmd = vec!["a b".into()];
        let mut two = container();
        two.cmd = vec!["a".into(), "b".into()];
        assert_ne!(digest(&single), digest(&two));
    }
}
