#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use tempfile::TempDir;

use super::*;

struct Tree {
    root: TempDir,
}

impl Tree {
    /// Directories end with `/`, symlinks are `name -> target`.
    fn new(entries: &[&str]) -> Tree {
        let root = TempDir::new().unwrap();
        for entry in entries {
            if let Some((name, target)) = entry.split_once(" -> ") {
                symlink(target, root.path().join(name)).unwrap();
            } else if entry.ends_with('/') {
                fs::create_dir_all(root.path().join(entry)).unwrap();
            } else {
                fs::write(root.path().join(entry), "").unwrap();
            }
        }
        Tree { root }
    }

    /// What is named on the way, from below the root on: one word each, in order, without what is named again. The end.
    fn walk(&self, path: &str) -> (String, String) {
        let root = self.root.path();
        let mut words: Vec<String> = Vec::new();
        let mut watch = |path: &Path, kind: Kind| {
            if let Ok(path) = path.strip_prefix(root) {
                words.push(format!("{}:{kind:?}", path.display()));
            }
        };
        let mut inodes = Vec::new();
        let end = Walk::new(
            root,
            Path::new(path),
            Kind::Directory,
            &mut watch,
            &mut inodes,
        )
        .go();
        words.dedup();
        let end = format!("{end:?}").replace(&format!("{}", root.display()), "");
        (words.join(" "), end)
    }

    fn end(&self, path: &str) -> String {
        self.walk(path).1
    }
}

#[test]
fn each_is_named_before_it_is_looked_at() {
    let tree = Tree::new(&["a/b/"]);
    let (words, end) = tree.walk("a/b");
    assert_eq!(
        words,
        "a:Passed a/b:Passed a/b:Directory a:Above a/b:Directory a:Above"
    );
    assert_eq!(end, r#"Directory("/a/b")"#);
}

#[test]
fn what_comes_between_two_looks_is_watched_as_what_it_is() {
    let tree = Tree::new(&[]);
    let path = tree.root.path().join("late");
    let mut kinds = Vec::new();
    let mut watch = |next: &Path, kind: Kind| {
        if kind == Kind::Waiting {
            fs::write(&path, "").unwrap();
        } else if next == path {
            kinds.push(kind);
        }
    };
    let (from, mut inodes) = (tree.root.path(), Vec::new());
    let late = Path::new("late");
    let end = Walk::new(from, late, Kind::Directory, &mut watch, &mut inodes).go();
    assert!(matches!(end, End::File(_)), "{end:?}");
    assert_eq!(kinds, [Kind::Passed, Kind::File]);
    assert_eq!(inodes.len(), 1);
}

#[test]
fn symlinks_are_followed_from_where_they_lie() {
    let tree = Tree::new(&["a/b/", "a/up -> ../c", "c/", "c/d -> ./f", "c/f"]);
    let (words, end) = tree.walk("a/up/d");
    let way =
        "a:Passed a/up:Passed a/up:Leaf :Above c:Passed c/d:Passed c/d:Leaf c/f:Passed c/f:File";
    assert_eq!(words, way);
    assert_eq!(end, r#"File("/c/f")"#);
    assert_eq!(tree.end("a/up/../a/b"), r#"Directory("/a/b")"#);
    assert_eq!(tree.end("a/up/.."), r#"Directory("")"#);
    assert_eq!(tree.end("a/../../../../../../.."), r#"Directory("/")"#);
}

#[test]
fn an_absolute_symlink_begins_at_the_root() {
    let tree = Tree::new(&["a/"]);
    symlink(tree.root.path().join("a"), tree.root.path().join("l")).unwrap();
    symlink("/", tree.root.path().join("r")).unwrap();
    assert_eq!(tree.end("l"), r#"Directory("/a")"#);
    assert_eq!(tree.end("r"), r#"Directory("/")"#);
    assert_eq!(tree.end("r/../proc/self/stat/x"), "Nothing");
}

#[test]
fn what_is_missing_is_waited_for_where_it_would_come() {
    let tree = Tree::new(&["a/b/", "a/l -> b/x/y", "f"]);
    let (words, end) = tree.walk("a/b/x/y");
    assert_eq!(
        words,
        "a:Passed a/b:Passed a/b/x:Passed a:Above a/b:Waiting"
    );
    assert_eq!(end, r#"Waiting("/a/b")"#);
    assert_eq!(tree.end("a/l"), r#"Waiting("/a/b")"#);
    assert_eq!(tree.end("x"), r#"Waiting("")"#);
}

#[test]
fn what_is_in_the_way_is_watched_for_going() {
    let tree = Tree::new(&["f"]);
    let _socket = UnixListener::bind(tree.root.path().join("s")).unwrap();
    let nothing = |words: &str| (words.to_owned(), "Nothing".to_owned());
    assert_eq!(tree.walk("f/x"), nothing("f:Passed f:Leaf"));
    assert_eq!(tree.walk("s"), nothing("s:Passed s:Leaf"));
    assert_eq!(tree.walk("s/x"), nothing("s:Passed s:Leaf"));
}

#[test]
fn the_kernels_limit_of_symlinks() {
    let tree = Tree::new(&["a/", "a/l -> b", "a/b -> l", "0 -> a"]);
    assert_eq!(tree.end("a/l"), "Nothing");
    for number in 1..=40 {
        symlink(
            (number - 1).to_string(),
            tree.root.path().join(number.to_string()),
        )
        .unwrap();
    }
    assert_eq!(tree.end("39"), r#"Directory("/a")"#);
    assert_eq!(tree.end("40"), "Nothing");
    assert!(fs::metadata(tree.root.path().join("39")).is_ok());
    assert!(fs::metadata(tree.root.path().join("40")).is_err());
}

#[test]
fn what_flickers_is_believed_in_the_end() {
    let tree = Tree::new(&[]);
    let path = tree.root.path().join("f");
    let mut named = 0;
    let mut watch = |_: &Path, kind: Kind| {
        named += 1;
        if kind == Kind::Leaf || kind == Kind::File {
            fs::remove_file(&path).unwrap();
        } else if !path.exists() && kind == Kind::Waiting {
            fs::write(&path, "").unwrap();
        }
    };
    Walk::new(
        tree.root.path(),
        Path::new("f"),
        Kind::Directory,
        &mut watch,
        &mut Vec::new(),
    )
    .go();
    assert!(named < 30, "{named}");
}

#[test]
fn a_name_that_cannot_be_is_unreachable() {
    let tree = Tree::new(&[]);
    let end = tree.end(&"x".repeat(300));
    assert!(end.starts_with("Unreachable("), "{end}");
}
