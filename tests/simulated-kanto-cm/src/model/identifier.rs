//! What may be called what: Kanto-CM's rule for names, containerd's rule for ids.

/// What containerd's refusals of an id begin with.
const PREFIX: &str = "create container failed validation: container.ID: ";
/// The longest id that containerd takes.
const LONGEST_ID: usize = 76;
/// The longest host name that the kernel takes.
pub(crate) const LONGEST_HOST_NAME: usize = 64;

/// Whether a name matches `^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$`.
pub(crate) fn is_name(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(first) && name.chars().all(|c| first(c) || c == '.' || c == '-')
}

/// Whether a declaration matches `^[a-zA-Z_]([a-zA-Z0-9_]*)(|=(.*))$`, where the dot is no line feed.
pub(crate) fn is_variable(declaration: &str) -> bool {
    let (name, value) = declaration.split_once('=').unwrap_or((declaration, ""));
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !value.contains('\n')
}

/// Why containerd would refuse an id, if it would. Kanto-CM asks it at Start, not at Create.
pub(crate) fn refused_by_containerd(id: &str) -> Option<String> {
    if id.len() > LONGEST_ID {
        return Some(format!(
            "{PREFIX}identifier {id:?} greater than maximum length ({LONGEST_ID} characters): invalid argument"
        ));
    }
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if id.split(['.', '_', '-']).all(word) {
        return None;
    }
    Some(format!(
        "{PREFIX}identifier {id:?} must match ^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "_a", "A-b.c_", "9", &"x".repeat(300)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", ".a", "a b", "a/b", "ä"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn ids_by_containerds_rule() {
        for good in ["a", "a-b", "a.b_c-9", &"x".repeat(76)] {
            assert_eq!(refused_by_containerd(good), None, "{good}");
        }
        for bad in [
            "",
            "a--b",
            "_a",
            "a_-b",
            "a-",
            "a b",
            "UP/x",
            "..",
            &"x".repeat(77),
        ] {
            assert!(refused_by_containerd(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn variables() {
        for good in ["A", "_a=b=c", "a9=", "A= x y"] {
            assert!(is_variable(good), "{good}");
        }
        for bad in ["", "=a", "9a=b", "a-b=c", "a b"] {
            assert!(!is_variable(bad), "{bad}");
        }
    }
}
