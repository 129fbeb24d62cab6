use super::*;

fn parse_words(words: &str) -> Result<Options, String> {
    parse(words.split_whitespace().map(OsString::from).collect())
}

fn deploy(path: &str) -> Command {
    Command::Deploy {
        layers: vec![path.into()],
        dry_run: false,
    }
}

#[test]
fn nothing_given_is_the_defaults() {
    let options = parse_words("").unwrap();
    assert_eq!(
        options,
        Options {
            command: deploy(MANIFESTS_PATH),
            socket_cm: SOCKET_CM.into(),
            show_values: false,
            strict: false,
            differing: Differing::ByRecord,
            prune: false,
            state: Some(STATE.into()),
            jobs: 16,
            connect_timeout: Duration::from_secs(30),
            create_timeout: Duration::from_secs(600),
            cm_grace: Duration::from_secs(60),
            stop_timeout: Duration::from_secs(10),
            settle: Duration::from_secs(3),
            output: Output::Text,
            log_level: None,
        }
    );
}

#[test]
fn every_option_with_a_value_takes_it_after_an_equals_sign() {
    for (option, value) in [
        ("--socket-cm", "/cm.sock"),
        ("--state", "/s"),
        ("--stop-timeout", "4"),
        ("--jobs", "3"),
        ("--connect-timeout", "1"),
        ("--create-timeout", "2"),
        ("--cm-grace", "0"),
        ("--settle", "0"),
        ("--output", "json"),
        ("--render --format", "internal"),
    ] {
        let apart = parse_words(&format!("{option} {value}")).unwrap();
        assert_eq!(parse_words(&format!("{option}={value}")), Ok(apart));
    }
    let with_value = option_names().filter(|name| takes_value(name) && name.len() > 2);
    assert_eq!(with_value.count(), 10, "add the option above");
    let options = parse_words("in=full").unwrap();
    assert_eq!(options.command, deploy("in=full"));
}

#[test]
fn every_option_is_taken() {
    let options = parse_words(
        "-s /cm.sock -n --strict -j 3 --connect-timeout=1 --create-timeout 2 --cm-grace 0 --settle=0 -o json -vv --reapply --prune --state=/s --stop-timeout 4 /m",
    )
    .unwrap();
    assert_eq!(
        options,
        Options {
            command: Command::Deploy {
                layers: vec!["/m".into()],
                dry_run: true
            },
            socket_cm: "/cm.sock".into(),
            show_values: false,
            strict: true,
            differing: Differing::Reapply,
            prune: true,
            state: Some("/s".into()),
            jobs: 3,
            connect_timeout: Duration::from_secs(1),
            create_timeout: Duration::from_secs(2),
            cm_grace: Duration::ZERO,
            stop_timeout: Duration::from_secs(4),
            settle: Duration::ZERO,
            output: Output::Json,
            log_level: Some(LevelFilter::Trace),
        }
    );
    assert_eq!(
        parse_words("--socket-cm=/a").unwrap().socket_cm,
        PathBuf::from("/a")
    );
    assert_eq!(
        parse_words("-q").unwrap().log_level,
        Some(LevelFilter::Error)
    );
    assert_eq!(
        parse_words("-v").unwrap().log_level,
        Some(LevelFilter::Debug)
    );
    assert_eq!(
        parse_words("-v --verbose").unwrap().log_level,
        Some(LevelFilter::Trace)
    );
    assert_eq!(parse_words("-h").unwrap().command, Command::Help);
    assert_eq!(parse_words("--version").unwrap().command, Command::Version);
}

#[test]
fn paths() {
    assert_eq!(parse_words("a.json").unwrap().command, deploy("a.json"));
    assert_eq!(
        parse_words("-- --dry-run").unwrap().command,
        deploy("--dry-run")
    );
    let validate = parse_words("--validate a b -- -c").unwrap().command;
    assert_eq!(
        validate,
        Command::Validate(vec!["a".into(), "b".into(), "-c".into()])
    );
    assert_eq!(
        parse_words("--validate").unwrap().command,
        Command::Validate(vec![MANIFESTS_PATH.into()])
    );
}

#[cfg(feature = "filewatcher")]
#[test]
fn a_daemon_waits_as_long_as_it_takes() {
    for (words, command, patience) in [
        ("-d /m", Command::Daemon(vec!["/m".into()]), Duration::MAX),
        (
            "--daemon",
            Command::Daemon(vec![MANIFESTS_PATH.into()]),
            Duration::MAX,
        ),
        (
            "--worker -d /m",
            Command::Work(vec!["/m".into()]),
            Duration::MAX,
        ),
        (
            "-d --connect-timeout 7",
            Command::Daemon(vec![MANIFESTS_PATH.into()]),
            Duration::from_secs(7),
        ),
    ] {
        let options = parse_words(words).unwrap();
        assert_eq!(options.command, command, "{words}");
        assert_eq!(options.connect_timeout, patience, "{words}");
    }
    for (words, message) in [
        ("-d -n", "--dry-run and --daemon exclude each other"),
        (
            "-d --validate",
            "--validate and --daemon exclude each other",
        ),
        ("-d --daemon", "--daemon is given twice"),
        ("--worker", "unknown option \"--worker\""),
    ] {
        assert_eq!(parse_words(words), Err(message.to_owned()), "{words}");
    }
}

#[cfg(not(feature = "filewatcher"))]
#[test]
fn without_the_feature_there_is_no_daemon() {
    let message = "--daemon: this program was built without the feature filewatcher".to_owned();
    assert_eq!(parse_words("-d"), Err(message));
    assert!(!HELP.contains("--daemon"));
}

const MISTAKES: &[(&str, &str)] = &[
    (
        "--dryrun",
        "unknown option \"--dryrun\", did you mean --dry-run?",
    ),
    ("-x", "unknown option \"-x\""),
    ("--frobnicate", "unknown option \"--frobnicate\""),
    ("-n --dry-run", "--dry-run is given twice"),
    ("-s /a --socket-cm /b", "--socket-cm is given twice"),
    ("--strict=yes", "--strict is given twice, or takes no value"),
    ("-s", "--socket-cm needs a value"),
    ("--settle", "--settle needs a value"),
    (
        "--settle x",
        "--settle: expected a whole number of seconds from 0 to 4294967295, found \"x\"",
    ),
    (
        "--settle -1",
        "--settle: expected a whole number of seconds from 0 to 4294967295, found \"-1\"",
    ),
    (
        "--create-timeout 0",
        "--create-timeout: expected a whole number of seconds from 1 to 4294967295, found \"0\"",
    ),
    (
        "-j 0",
        "--jobs: expected a number from 1 to 1000, found \"0\"",
    ),
    ("-o yaml", "--output: expected text or json, found \"yaml\""),
    ("-q -v", "-q and -v exclude each other"),
    ("--state", "--state needs a value"),
    ("--state=", "--state: expected a path, found nothing"),
    ("--state a --state b", "--state is given twice"),
    ("--stop-timeout", "--stop-timeout needs a value"),
    (
        "--stop-timeout 0",
        "--stop-timeout: expected a whole number of seconds from 1 to 4294967295, found \"0\"",
    ),
    (
        "--stop-timeout 1.5",
        "--stop-timeout: expected a whole number of seconds from 1 to 4294967295, found \"1.5\"",
    ),
    ("--prune --prune", "--prune is given twice"),
    (
        "--reapply=yes",
        "--reapply is given twice, or takes no value",
    ),
    (
        "--reaply",
        "unknown option \"--reaply\", did you mean --reapply?",
    ),
    (
        "--keep-existing --reapply",
        "--keep-existing and --reapply exclude each other",
    ),
    (
        "--prune --keep-existing",
        "--keep-existing and --prune exclude each other",
    ),
    (
        "--validate -n",
        "--validate and --dry-run exclude each other",
    ),
];

#[test]
fn what_is_wrong_is_named() {
    for (words, message) in MISTAKES {
        assert_eq!(parse_words(words), Err((*message).to_owned()), "{words}");
    }
}

#[test]
fn an_empty_path_is_a_mistake() {
    for words in [
        &[""][..],
        &["-d", ""],
        &["--validate", "a", ""],
        &["--", ""],
    ] {
        if words[0] == "-d" && cfg!(not(feature = "filewatcher")) {
            continue;
        }
        let message = "MANIFESTS_PATH: expected a path, found nothing";
        let parsed = parse(words.iter().map(Into::into).collect());
        assert_eq!(parsed, Err(message.to_owned()), "{words:?}");
    }
}

#[test]
fn a_path_that_is_too_long_for_a_socket_is_a_mistake() {
    let socket = |length: usize| format!("/{}", "x".repeat(length - 1));
    let parsed = parse_words(&format!("-s {}", socket(107))).unwrap();
    assert_eq!(parsed.socket_cm, PathBuf::from(socket(107)));
    let message = "--socket-cm: the path of a socket has 107 bytes at most, this one has 108: \
        name it by a shorter symlink";
    let parsed = parse_words(&format!("--validate --socket-cm={}", socket(108)));
    assert_eq!(parsed, Err(message.to_owned()));
}

#[test]
fn what_to_do_with_what_differs() {
    for (words, expected) in [
        ("", Differing::ByRecord),
        ("--prune", Differing::ByRecord),
        ("--keep-existing", Differing::Keep),
        ("--reapply", Differing::Reapply),
        ("--reapply --prune", Differing::Reapply),
    ] {
        let options = parse_words(words).unwrap();
        assert_eq!(options.differing, expected, "{words}");
        assert_eq!(options.prune, words.contains("--prune"), "{words}");
    }
}

#[test]
fn the_record_lies_in_a_file_or_nowhere() {
    for (words, expected) in [
        ("", Some(STATE)),
        ("--state none", None),
        ("--state=none", None),
        ("--state ./none", Some("./none")),
        ("--state /a/b.json", Some("/a/b.json")),
    ] {
        let state = parse_words(words).unwrap().state;
        assert_eq!(state, expected.map(PathBuf::from), "{words}");
    }
}

#[test]
fn help_names_every_default() {
    let defaults = parse_words("").unwrap();
    for default in [
        MANIFESTS_PATH.to_owned(),
        SOCKET_CM.to_owned(),
        defaults.jobs.to_string(),
        defaults.connect_timeout.as_secs().to_string(),
        defaults.create_timeout.as_secs().to_string(),
        defaults.cm_grace.as_secs().to_string(),
        defaults.settle.as_secs().to_string(),
        defaults.stop_timeout.as_secs().to_string(),
        STATE.to_owned(),
    ] {
        assert!(HELP.contains(&format!("[default: {default}]")), "{default}");
    }
}

#[test]
fn several_paths_are_layers_in_every_mode() {
    let layers = vec!["/a".into(), "/b".into()];
    for (mode, command) in [
        ("--validate", Command::Validate(layers.clone())),
        #[cfg(feature = "filewatcher")]
        ("-d", Command::Daemon(layers.clone())),
        (
            "-n",
            Command::Deploy {
                layers,
                dry_run: true,
            },
        ),
    ] {
        let options = parse_words(&format!("{mode} /a /b")).unwrap();
        assert_eq!(options.command, command);
    }
}
