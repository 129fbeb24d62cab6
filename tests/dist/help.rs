//! The help, taken apart.

use kanto_auto_deployer::cli::HELP;

/// What the help says of an option.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Described {
    /// `-s`.
    pub(super) short: Option<&'static str>,
    /// `--socket-cm`.
    pub(super) long: &'static str,
    /// `PATH`.
    pub(super) value: Option<&'static str>,
    /// On one line, without the default.
    pub(super) text: String,
    pub(super) default: Option<String>,
}

impl Described {
    /// `-s, --socket-cm PATH`.
    pub(super) fn head(&self) -> String {
        let short = self.short.map(|short| format!("{short}, "));
        let value = self.value.map(|value| format!(" {value}"));
        format!(
            "{}{}{}",
            short.unwrap_or_default(),
            self.long,
            value.unwrap_or_default()
        )
    }

    /// `-s` and `--socket-cm`.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.short.into_iter().chain([self.long])
    }

    /// May it be given more than once?
    pub(super) fn is_repeatable(&self) -> bool {
        self.short
            .is_some_and(|short| self.text.contains(&format!("{short}{}", &short[1..])))
    }
}

/// All options, in the help's order. Each begins with a dash, and ends before the next one or the end of its section.
pub(super) fn options() -> Vec<Described> {
    let mut options: Vec<Described> = Vec::new();
    let mut is_option = false;
    for line in HELP.lines() {
        let text = line.trim_start();
        if text.starts_with('-') {
            let (head, text) = text.split_once("  ").unwrap();
            options.push(described(head, text.trim_start()));
            is_option = true;
        } else if line.starts_with(' ') && is_option {
            let last = &mut options.last_mut().unwrap().text;
            *last = format!("{last} {text}");
        } else {
            is_option = false;
        }
    }
    for option in &mut options {
        take_default(option);
    }
    options
}

fn described(head: &'static str, text: &str) -> Described {
    let (names, value) = match head.rsplit_once(' ') {
        Some((names, value)) if !value.starts_with('-') => (names, Some(value)),
        _ => (head, None),
    };
    let (short, long) = match names.split_once(", ") {
        Some((short, long)) => (Some(short), long),
        None => (None, names),
    };
    Described {
        short,
        long,
        value,
        text: text.to_owned(),
        default: None,
    }
}

fn take_default(option: &mut Described) {
    if let Some((text, default)) = option.text.clone().split_once(" [default: ") {
        text.clone_into(&mut option.text);
        option.default = Some(default.trim_end_matches(']').to_owned());
    }
}

#[test]
fn the_help_is_understood() {
    let options = options();
    let socket = options.iter().find(|option| option.long == "--socket-cm");
    let expected = Described {
        short: Some("-s"),
        long: "--socket-cm",
        value: Some("PATH"),
        text: "Kanto-CM's socket".to_owned(),
        default: Some("/run/container-management/container-management.sock".to_owned()),
    };
    assert_eq!(socket, Some(&expected));
    assert_eq!(expected.head(), "-s, --socket-cm PATH");
    let repeatable = options.iter().filter(|option| option.is_repeatable());
    assert_eq!(
        repeatable.map(|option| option.long).collect::<Vec<_>>(),
        ["--verbose"]
    );
    let longest = HELP.lines().map(str::len).max();
    assert!(longest <= Some(80), "{longest:?}");
    for option in &options {
        assert!(option.long.starts_with("--"), "{option:?}");
        assert!(!option.text.contains('['), "{option:?}");
    }
}
