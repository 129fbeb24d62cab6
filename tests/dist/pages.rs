//! The pages: README, docs and the like. Their links lead somewhere, and what they name (options, targets, files) exists.

use std::collections::BTreeSet;

use super::documents::long_options;
use super::help::options;
use super::page::{pages, Page, LISTS};
use super::{path, read};

/// A page of more lines asks for a second one.
const MAX_LINES: usize = 150;
const SIMULATOR: &str = "tests/simulated-kanto-cm";

/// Options of other programs that the pages name.
const OTHERS: [&str; 18] = [
    "--all-targets",
    "--ccl-ap",
    "--deployment-enable",
    "--example",
    "--examples",
    "--fuzz-dir",
    "--grpc-serv-ap",
    "--lib",
    "--locked",
    "--log-file",
    "--no-default-features",
    "--now",
    "--package",
    "--release",
    "--test",
    "--things-enable",
    // An example, and ours that nobody types.
    "--name",
    "--worker",
];

#[track_caller]
fn expect_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    assert!(pages.len() > 15, "the pages are gone");
    let mut problems = Vec::new();
    for page in &pages {
        for link in page.links() {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.name.clone(),
                file => page.resolve(file),
            };
            let linked = pages.iter().find(|page| page.name == target);
            let has_anchor = linked.is_some_and(|page| page.anchors().contains(anchor));
            if !path(&target).exists() || !(anchor.is_empty() || has_anchor) {
                problems.push(format!("{}: {link} leads nowhere", page.name));
            }
        }
    }
    expect_none(&problems);
}

#[test]
fn every_page_can_be_reached_from_the_readme() {
    let pages = pages();
    let mut reached: Vec<&Page> = pages
        .iter()
        .filter(|page| page.name == "README.md")
        .collect();
    let mut next = 0;
    while let Some(page) = reached.get(next).copied() {
        next += 1;
        for link in page.links() {
            let target = page.resolve(link.split('#').next().unwrap());
            let linked = pages.iter().find(|page| page.name == target);
            reached.extend(
                linked.filter(|linked| reached.iter().all(|page| page.name != linked.name)),
            );
        }
    }
    let is_reached = |page: &&Page| reached.iter().any(|known| known.name == page.name);
    // GitHub shows the policy at a place of its own.
    let left = pages
        .iter()
        .filter(|page| !is_reached(page) && page.name != ".github/SECURITY.md");
    let left: Vec<String> = left
        .map(|page| format!("{} is not linked", page.name))
        .collect();
    expect_none(&left);
}

#[test]
fn every_option_exists() {
    let simulator = read(&format!("{SIMULATOR}/src/options.rs"));
    let help = options();
    let mut known: BTreeSet<&str> = help.iter().map(|option| option.long).collect();
    known.extend(long_options(&simulator));
    let (mut problems, mut unused) = (Vec::new(), BTreeSet::from(OTHERS));
    // Figures and changes name those of compilers and of earlier versions.
    for page in pages().iter().filter(|page| !LISTS.contains(&&*page.name)) {
        let code: Vec<String> = page.code();
        for option in code.iter().flat_map(|code| long_options(code)) {
            unused.remove(option);
            if !known.contains(option) && !OTHERS.contains(&option) {
                problems.push(format!("{}: there is no option {option}", page.name));
            }
        }
    }
    problems.extend(
        unused
            .iter()
            .map(|option| format!("no page names {option}: take it off the list")),
    );
    expect_none(&problems);
}

#[test]
fn every_target_of_make_exists_and_is_in_its_help() {
    let makefile = read("Makefile");
    let name = |line: &str| -> Option<String> {
        let (name, _) = line.split_once(':')?;
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        (is_name && !name.is_empty()).then(|| name.to_owned())
    };
    let lines: Vec<&str> = makefile.lines().collect();
    let targets: BTreeSet<String> = lines.iter().filter_map(|line| name(line)).collect();
    let mut problems = Vec::new();
    for page in pages() {
        for code in page.code() {
            let mut words = code.split(' ');
            if words.next() != Some("make") {
                continue;
            }
            let named = words.take_while(|word| !word.starts_with(['#', '&', '|']));
            for target in named.filter(|word| !word.is_empty() && !word.contains('=')) {
                if !targets.contains(target) {
                    problems.push(format!("{}: make has no target {target}", page.name));
                }
            }
        }
    }
    // A part of another one, and what happens without a name.
    for target in targets
        .iter()
        .filter(|target| !matches!(target.as_str(), "all" | "demo-plan"))
    {
        let at = lines
            .iter()
            .position(|line| name(line).as_ref() == Some(target))
            .unwrap();
        if !lines[at - 1].starts_with("## ") {
            problems.push(format!("Makefile: no ## comment above {target}"));
        }
    }
    expect_none(&problems);
}

/// In code that is the path of a file or folder here: placeholders and other code are not.
fn is_path(code: &str) -> bool {
    let roots = [
        "src/",
        "tests/",
        "docs/",
        "dist/",
        "proto/",
        "examples/",
        "benches/",
        ".ci/",
    ];
    let is_of_grpc = code.starts_with("src/core/");
    !is_of_grpc
        && roots.iter().any(|root| code.starts_with(root))
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
}

#[test]
fn every_file_exists() {
    let mut problems = Vec::new();
    for page in pages() {
        for code in page.code().iter().filter(|code| is_path(code)) {
            let places = [code.clone(), format!("{SIMULATOR}/{code}")];
            if !places.iter().any(|place| path(place).exists()) {
                problems.push(format!("{}: there is no {code}", page.name));
            }
        }
    }
    let facts = read("docs/kanto-cm.md");
    let facts = facts
        .lines()
        .filter(|line| line.contains(" | seen | ") || line.contains(" | read | "));
    for fact in facts {
        let (_, modules) = fact.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        for module in modules.split('`').skip(1).step_by(2) {
            if !path(&format!("{SIMULATOR}/src/{module}.rs")).exists() {
                problems.push(format!(
                    "docs/kanto-cm.md: the simulator has no module {module}"
                ));
            }
        }
    }
    expect_none(&problems);
}

#[test]
fn no_page_is_too_long() {
    let pages = pages();
    let long = pages.iter().filter(|page| !LISTS.contains(&&*page.name));
    let long = long.map(|page| (&page.name, page.text.lines().count()));
    let long = long.filter(|(_, lines)| *lines > MAX_LINES);
    let long: Vec<String> = long
        .map(|(name, lines)| format!("{name} has {lines} lines"))
        .collect();
    expect_none(&long);
}
