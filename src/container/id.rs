//! A container's id as healing counts it. Kanto-CM can ruin an id for good; the container then lives on under the next
//! generation of it: `app`, `app-2`, `app-3`, …

use std::fmt;

/// An id, split into what a manifest or Kanto-CM gave and what healing appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id<'a> {
    base: &'a str,
    generation: u32,
}

impl<'a> Id<'a> {
    /// The generation of `base` that `id` is; `None` if it is none.
    pub fn of(base: &'a str, id: &str) -> Option<Id<'a>> {
        if base.is_empty() {
            return None;
        }
        let generation = match id.strip_prefix(base)?.strip_prefix('-') {
            None if id == base => 1,
            None => return None,
            Some(digits) => {
                let number: u32 = digits.parse().ok()?;
                // `app-02` is somebody's own id.
                (number >= 2 && digits == number.to_string()).then_some(number)?
            }
        };
        Some(Id { base, generation })
    }

    /// Splits an id whose base is not known. Somebody may have chosen `app-2` as it is: only a manifest or the state file shows it.
    pub fn parse(id: &'a str) -> Id<'a> {
        id.rsplit_once('-')
            .and_then(|(base, _)| Id::of(base, id))
            .unwrap_or(Id {
                base: id,
                generation: 1,
            })
    }

    /// What healing makes of this id.
    #[must_use]
    pub fn next(self) -> Id<'a> {
        Id {
            generation: self.generation.saturating_add(1),
            ..self
        }
    }

    /// `id` as a generation of the same base; `None` if it is none.
    pub fn same_base(self, id: &str) -> Option<Id<'a>> {
        Id::of(self.base, id)
    }

    /// 1 for an id as it was given.
    pub fn generation(self) -> u32 {
        self.generation
    }

    /// Can healing have made one of these ids of the other?
    pub fn are_related(a: &str, b: &str) -> bool {
        Id::of(a, b).is_some() || Id::of(b, a).is_some() || Id::of(Id::parse(a).base, b).is_some()
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generation {
            1 => f.write_str(self.base),
            generation => write!(f, "{}-{generation}", self.base),
        }
    }
}

/// Does containerd take this id (`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`, at most 76 characters)? Kanto-CM's Create does not
/// check it, and its Remove takes it for a path.
pub fn is_containerd_id(id: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    id.len() <= 76 && id.split(['.', '_', '-']).all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_generation_of_its_base() {
        for (base, id, generation) in [
            ("a", "a", Some(1)),
            ("a", "a-2", Some(2)),
            ("a", "a-10", Some(10)),
            ("a", "a-1", None),
            ("a", "a-02", None),
            ("a", "a-x", None),
            ("a", "ab-2", None),
            ("a-2", "a-2-2", Some(2)),
            ("", "", None),
            ("", "-2", None),
        ] {
            assert_eq!(
                Id::of(base, id).map(Id::generation),
                generation,
                "{base} {id}"
            );
        }
    }

    #[test]
    fn the_next_generation_counts_on() {
        for (id, next) in [
            ("a", "a-2"),
            ("a-2", "a-3"),
            ("a-1", "a-1-2"),
            ("-2", "-2-2"),
        ] {
            assert_eq!(Id::parse(id).next().to_string(), next);
        }
        assert_eq!(
            Id::of("a-2", "a-2").map(|id| id.next().to_string()),
            Some("a-2-2".into())
        );
    }

    #[test]
    fn generations_of_one_base_are_related() {
        for (a, b) in [("a", "a-2"), ("a-3", "a-2"), ("a-2", "a-2-2"), ("a-2", "a")] {
            assert!(Id::are_related(a, b), "{a} {b}");
        }
        assert!(!Id::are_related("a", "b-2") && !Id::are_related("a-2", "ab-2"));
    }

    #[test]
    fn containerd_takes_words_joined_by_single_separators() {
        for good in ["a", "a-b", "A.b_c-1", &"x".repeat(76)] {
            assert!(is_containerd_id(good), "{good}");
        }
        for bad in [
            "",
            "..",
            "a--b",
            "_a",
            "a_-b",
            "a b",
            "UP/x",
            "é",
            &"x".repeat(77),
        ] {
            assert!(!is_containerd_id(bad), "{bad}");
        }
    }
}
