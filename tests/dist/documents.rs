//! The man page and the table of options.

use std::collections::BTreeSet;
use std::fs;

use kanto_auto_deployer::cli::{MANIFESTS_PATH, WORKER};

use super::help::{options, Described};
use super::{path, read};

/// The man page's text without its formatting.
fn man_page() -> String {
    let page = read("dist/man/kanto-auto-deployer.8");
    ["\\fB", "\\fI", "\\fR"]
        .iter()
        .fold(page.replace("\\-", "-"), |page, font| {
            page.replace(font, "")
        })
}

/// Each option's line and what is said about it.
fn man_items(page: &str) -> Vec<(&str, &str)> {
    let (_, options) = page.split_once(".SH OPTIONS\n").unwrap();
    let (options, _) = options.split_once("\n.PP\n").unwrap();
    let items = options.split(".TP\n").skip(1);
    items.map(|item| item.split_once('\n').unwrap()).collect()
}

#[test]
fn the_man_page_describes_every_option_and_its_default() {
    let page = man_page();
    let items = man_items(&page);
    let heads: Vec<&str> = items.iter().map(|(head, _)| *head).collect();
    let expected: Vec<_> = options().iter().map(Described::head).collect();
    assert_eq!(heads, expected);
    for (option, (head, text)) in options().iter().zip(&items) {
        let mut lines = text.lines();
        let default = lines.find_map(|line| line.strip_prefix("Default: "));
        let expected = option.default.as_ref().map(|default| format!("{default}."));
        assert_eq!(default, expected.as_deref(), "{head}");
    }
    assert!(page.contains(&format!("Default: {MANIFESTS_PATH}.")));
    let version = concat!("\"kanto-auto-deployer ", env!("CARGO_PKG_VERSION"), "\"");
    assert!(page.lines().next().unwrap().contains(version));
}

/// The rows of a page that describe options: the cells of each, the first one being the options' heads.
fn option_rows(page: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let page = read(page).replace("\\|", "/");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| -") && !line.starts_with("| ---"));
    let split = |row: &str| {
        let mut cells = row.trim_matches('|').split(" | ").map(str::trim);
        let heads = cells.next().unwrap().split("; ");
        let heads = heads.map(|head| head.replace('/', "|")).collect();
        (heads, cells.map(ToOwned::to_owned).collect())
    };
    rows.map(split).collect()
}

#[test]
fn the_readme_shows_options_that_exist() {
    let known: BTreeSet<String> = options().iter().map(Described::head).collect();
    let rows = option_rows("README.md");
    assert_eq!(rows.len(), 5);
    for head in rows.iter().flat_map(|(heads, _)| heads) {
        assert!(known.contains(head), "{head}");
    }
}

#[test]
fn the_page_of_options_has_every_option_and_default() {
    let rows = option_rows("docs/options.md");
    // Two of one -v.
    let expected = options().into_iter().map(|option| option.head());
    let expected: BTreeSet<String> = expected.chain(["-vv".to_owned()]).collect();
    let found: Vec<&String> = rows.iter().flat_map(|(heads, _)| heads).collect();
    assert_eq!(
        found.iter().copied().cloned().collect::<BTreeSet<_>>(),
        expected
    );
    assert_eq!(found.len(), expected.len());
    for option in options() {
        let row = rows
            .iter()
            .find(|(heads, _)| heads.contains(&option.head()));
        let default = row.unwrap().1[0].trim_matches('`');
        if let Some(expected) = &option.default {
            assert_eq!(default, expected, "{}", option.long);
        }
    }
    assert!(read("docs/options.md").contains(&format!("| MANIFESTS_PATH | `{MANIFESTS_PATH}` |")));
}

/// The words of a text that look like long options.
pub(super) fn long_options(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 2)
}

#[test]
fn no_other_option_is_named_and_the_inner_one_is_not() {
    let known: BTreeSet<&str> = options().iter().map(|option| option.long).collect();
    let mut texts = vec![("man page".to_owned(), man_page())];
    for entry in fs::read_dir(path("dist/systemd")).unwrap() {
        let file = entry.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        texts.push((file.display().to_string(), text));
    }
    assert!(texts.len() > 3);
    for (name, text) in &texts {
        assert!(!text.contains(WORKER), "{name}");
        // systemctl's own.
        let text = text.replace("systemctl enable --now", "");
        for option in long_options(&text) {
            assert!(known.contains(option), "{name}: {option}");
        }
    }
}

#[test]
fn the_page_of_json_and_the_schema_have_every_status_and_action() {
    let page = read("docs/json.md");
    let between = |file: &str, begin: &str, end: &str| -> String {
        let source = read(file);
        let (_, rest) = source.split_once(begin).unwrap();
        rest.split_once(end).unwrap().0.to_owned()
    };
    let statuses = between("src/report.rs", "pub enum Status {", "\n}");
    let variants = statuses
        .lines()
        .filter_map(|line| line.trim().strip_suffix(','));
    let kebab = |variant: &str| -> String {
        let lower = |c: char| {
            format!(
                "{}{}",
                if c.is_uppercase() { "-" } else { "" },
                c.to_lowercase()
            )
        };
        variant.chars().map(lower).collect::<String>()[1..].to_owned()
    };
    let mut words: Vec<String> = variants.map(kebab).collect();
    let actions = between("src/reconcile/action.rs", "pub fn word(", "\n    }\n");
    let texts = actions.split('"').skip(1).step_by(2);
    words.extend(texts.map(|text| text.to_lowercase().replace(' ', "-")));
    let schema = read("docs/result.schema.json");
    assert!(words.len() > 15, "{words:?}");
    for word in words {
        let ways = [format!("`{word}`"), format!("\"action\":\"{word}\"")];
        let is_on_page = ways.iter().any(|way| page.contains(way));
        assert!(is_on_page, "{word} is not on the page");
        let is_in_schema = schema.contains(&format!("\"{word}\""));
        assert!(is_in_schema, "{word} is not in the schema");
    }
}
