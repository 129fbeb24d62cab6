//! The completions, made from the help. `UPDATE_DIST=1 cargo test --release --locked --test dist` writes them again.

use std::env;
use std::fmt::Write;
use std::fs;

use super::help::{options, Described};
use super::{path, read};

const NOTE: &str =
    "Made from the help by tests/dist/completions.rs, which says how to make it again.";

/// What can stand for a value.
enum Values {
    Files,
    Words(Vec<&'static str>),
    Any,
}

fn values(name: &'static str) -> Values {
    match name {
        "PATH" | "FILE" => Values::Files,
        words if words.contains('|') => Values::Words(words.split('|').collect()),
        "N" | "SECS" => Values::Any,
        other => panic!("what is completed for {other}?"),
    }
}

#[track_caller]
fn compare(file: &str, made: &str) {
    let file = format!("dist/completions/{file}");
    if env::var_os("UPDATE_DIST").is_some() {
        fs::write(path(&file), made).unwrap();
    }
    assert!(
        read(&file) == made,
        "{file}: write it again with UPDATE_DIST=1 cargo test --release --locked --test dist"
    );
}

/// Where nothing is named, bash completes files by itself.
#[test]
fn bash() {
    let (mut free, mut chosen) = (Vec::new(), String::new());
    for option in options() {
        let names: Vec<&str> = option.names().collect();
        match option.value.map(values) {
            Some(Values::Any) => free.push(names.join(" | ")),
            Some(Values::Words(words)) => writeln!(
                chosen,
                "        {})\n            mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$cur\")\n            ;;",
                names.join(" | "),
                words.join(" ")
            )
            .unwrap(),
            Some(Values::Files) | None => {}
        }
    }
    let files = options().into_iter().filter(|option| {
        let values = option.value.map(values);
        matches!(values, Some(Values::Files))
    });
    let files: Vec<&str> = files
        .flat_map(|option| option.names().collect::<Vec<_>>())
        .collect();
    let all: Vec<&str> = options().iter().flat_map(Described::names).collect();
    compare(
        "kanto-auto-deployer.bash",
        &format!(
            "# {NOTE}
_kanto_auto_deployer() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}
    # --name=value comes as three words.
    if [[ $cur == '=' ]]; then
        cur=
    elif [[ $prev == '=' ]]; then
        prev=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    COMPREPLY=()
    case $prev in
        {files}) ;;
{chosen}        {free})
            compopt +o default
            ;;
        *)
            if [[ $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '{all}' -- \"$cur\")
            fi
            ;;
    esac
}}
complete -o default -F _kanto_auto_deployer kanto-auto-deployer
",
            files = files.join(" | "),
            free = free.join(" | "),
            all = all.join(" "),
        ),
    );
}

#[test]
fn zsh() {
    let mut made = format!("#compdef kanto-auto-deployer\n# {NOTE}\n_arguments \\\n");
    for option in options() {
        let equals = if option.value.is_some() { "=" } else { "" };
        let long = format!("{}{equals}", option.long);
        let text = option.text.replace('\'', r"'\''");
        let names = match option.short {
            _ if option.is_repeatable() => format!("'*'{{{}}}'", names(&option, &long)),
            Some(short) => format!("'({short} {})'{{{}}}'", option.long, names(&option, &long)),
            None => format!("'{long}"),
        };
        let action = option.value.map(|name| match values(name) {
            Values::Files => format!(":{name}:_files"),
            Values::Words(words) => format!(":FORM:({})", words.join(" ")),
            Values::Any => format!(":{name}: "),
        });
        writeln!(
            made,
            "    {names}[{text}]{}' \\",
            action.unwrap_or_default()
        )
        .unwrap();
    }
    made += "    '*:MANIFESTS_PATH:_files'\n";
    compare("_kanto-auto-deployer", &made);
}

fn names(option: &Described, long: &str) -> String {
    format!("{},{long}", option.short.unwrap_or_default())
}

#[test]
fn fish() {
    let mut made = format!("# {NOTE}\n");
    for option in options() {
        let short = option.short.map(|short| format!(" -s {}", &short[1..]));
        let value = option.value.map(|name| match values(name) {
            Values::Files => " -r -F".to_owned(),
            Values::Words(words) => format!(" -x -a '{}'", words.join(" ")),
            Values::Any => " -x".to_owned(),
        });
        writeln!(
            made,
            "complete -c kanto-auto-deployer{} -l {}{} -d '{}'",
            short.unwrap_or_default(),
            &option.long[2..],
            value.unwrap_or_default(),
            option.text.replace('\'', r"\'")
        )
        .unwrap();
    }
    compare("kanto-auto-deployer.fish", &made);
}
