//! Which module imports which: as docs/architecture.md says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{path, read};

/// What is allowed, by the module; what is not a module (`all`) allows everything.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let page = read("docs/architecture.md");
    let (_, section) = page.split_once("## Which module may import which").unwrap();
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split('`').skip(1).step_by(2);
        words.map(ToOwned::to_owned).collect()
    };
    let any = section
        .lines()
        .find(|line| line.contains("Any module may import"));
    let any = words(any.unwrap());
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let mut allowed = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        for module in words(cells[0]) {
            let mut imports = words(cells[1]);
            imports.extend(any.iter().cloned());
            allowed.insert(module, imports);
        }
    }
    allowed
}

/// Adds what the Rust files of a folder import of the crate, without those of tests.
fn add_imports(file: &Path, imports: &mut BTreeSet<String>) {
    if file.is_dir() {
        for entry in fs::read_dir(file).unwrap() {
            let entry = entry.unwrap().path();
            if entry.file_stem().is_some_and(|stem| stem != "tests") {
                add_imports(&entry, imports);
            }
        }
        return;
    }
    let text = fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    for import in text.split("crate::").skip(1) {
        let names = match import.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap(),
            None => import
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .next()
                .unwrap(),
        };
        let names = names
            .split(',')
            .map(|name| name.split("::").next().unwrap().trim());
        imports.extend(names.filter(|name| !name.is_empty()).map(ToOwned::to_owned));
    }
}

#[test]
fn no_module_imports_what_the_architecture_does_not_allow() {
    let allowed = allowed();
    let mut problems = Vec::new();
    for entry in fs::read_dir(path("src")).unwrap() {
        let file = entry.unwrap().path();
        let module = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if matches!(&*module, "main" | "lib" | "run" | "random" | "grpc_core") {
            continue;
        }
        let mut imports = BTreeSet::new();
        add_imports(&file, &mut imports);
        let Some(allowed) = allowed.get(&module) else {
            problems.push(format!("{module} is not in the table"));
            continue;
        };
        // `random` is there for tests only.
        let others = imports
            .iter()
            .filter(|name| **name != module && *name != "random" && !allowed.contains(*name));
        problems.extend(others.map(|name| format!("{module} imports {name}")));
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn only_sys_calls_the_operating_system() {
    let mut problems = Vec::new();
    let mut folders = vec![path("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            let stem = file.file_stem().unwrap().to_str().unwrap();
            if matches!(stem, "sys" | "grpc_core" | "tests") {
                continue;
            }
            if file.is_dir() {
                folders.push(file);
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let crates = ["libc::", "nix::", "sd_notify::", "signal_hook::"];
            // `std::os::unix::` is part of Rust's library.
            let text = text.replace("os::unix::", "");
            let calls = crates.iter().filter(|name| text.contains(**name));
            problems.extend(calls.map(|name| format!("{} names {name}", file.display())));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
