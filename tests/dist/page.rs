//! A page, taken apart.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{path, read};

/// Folders and files that hold pages; a list of changes or of figures is as long as it is.
const PAGES: [&str; 5] = [
    "docs",
    ".github",
    "README.md",
    "CONTRIBUTING.md",
    "src/grpc_core/README.md",
];
/// Pages that are lists.
pub(super) const LISTS: [&str; 2] = ["CHANGELOG.md", "benches/README.md"];

/// A page and its path.
pub(super) struct Page {
    pub(super) name: String,
    pub(super) text: String,
}

/// All pages by their paths, those of a folder in the order of their names.
pub(super) fn pages() -> Vec<Page> {
    let mut names = Vec::new();
    for name in PAGES.into_iter().chain(LISTS) {
        let Ok(folder) = fs::read_dir(path(name)) else {
            names.push(name.to_owned());
            continue;
        };
        for entry in folder {
            let file = entry.unwrap().file_name();
            names.push(format!("{name}/{}", file.to_str().unwrap()));
        }
    }
    names.retain(|name| Path::new(name).extension().is_some_and(|end| end == "md"));
    names.sort();
    let page = |name: String| Page {
        text: read(&name),
        name,
    };
    names.into_iter().map(page).collect()
}

impl Page {
    /// The lines outside of code blocks.
    fn prose(&self) -> Vec<&str> {
        let mut is_code = false;
        let is_prose = |line: &&str| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        };
        self.text.lines().filter(is_prose).collect()
    }

    /// The code spans of the prose, and the lines of code blocks without their prompts.
    pub(super) fn code(&self) -> Vec<String> {
        let prose = self.prose().join("\n");
        let spans = prose.split('`').skip(1).step_by(2);
        let indented = self.text.lines().filter(|line| line.starts_with("    "));
        let mut is_code = false;
        let fenced = self.text.lines().filter(|line| {
            is_code ^= line.trim_start().starts_with("```");
            is_code
        });
        let lines = indented.chain(fenced);
        let lines = lines.map(|line| line.trim_start().trim_start_matches("$ "));
        let plain = |code: &str| {
            code.replace('\n', " ")
                .trim_start_matches("sudo ")
                .to_owned()
        };
        spans.chain(lines).map(plain).collect()
    }

    /// Where its links lead, but for those to other sites.
    pub(super) fn links(&self) -> Vec<String> {
        let prose = self.prose().join("\n");
        let targets = prose.split("](").skip(1);
        let targets = targets.map(|rest| rest.split(')').next().unwrap().to_owned());
        targets.filter(|target| !target.contains("://")).collect()
    }

    /// What can stand behind a # in a link to it, as GitHub makes it of the headings.
    pub(super) fn anchors(&self) -> BTreeSet<String> {
        let prose = self.prose();
        let headings = prose.iter().filter_map(|line| {
            let heading = line.trim_start_matches('#');
            (heading.len() < line.len()).then(|| heading.trim())
        });
        let anchor = |heading: &str| {
            let lower = heading.to_lowercase().replace(' ', "-");
            lower
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                .collect()
        };
        headings.map(anchor).collect()
    }

    /// The path of something that it names relative to itself, without `..`.
    pub(super) fn resolve(&self, target: &str) -> String {
        let mut parts: Vec<&str> = self.name.split('/').collect();
        parts.pop();
        for part in target.split('/') {
            match part {
                ".." => drop(parts.pop()),
                "." | "" => {}
                part => parts.push(part),
            }
        }
        parts.join("/")
    }
}
