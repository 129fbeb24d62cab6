//! Help, mistakes, and directories that cannot be read; and that the pages show what the program says.

use kanto_auto_deployer::cli::HELP;

use crate::common::{run, Manifests};

#[test]
fn help_and_version_go_to_standard_output() {
    assert_eq!(run(&["--help"]).expect_code(0).stdout, HELP);
    let version = concat!("kanto-auto-deployer ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(run(&["-V"]).expect_code(0).stdout, version);
}

#[test]
fn a_mistake_is_named_and_leads_to_the_help() {
    let run = run(&["--dryrun"]);
    run.expect_code(2)
        .expect_log("error: unknown option \"--dryrun\", did you mean --dry-run?");
    run.expect_log("see kanto-auto-deployer --help");
    assert_eq!(run.stdout, "");
}

/// No Kanto-CM is there: nothing is connected to.
#[test]
fn what_excludes_each_other_is_a_mistake() {
    for (arguments, message) in [
        (
            ["--keep-existing", "--reapply"],
            "--keep-existing and --reapply exclude each other",
        ),
        (
            ["--keep-existing", "--prune"],
            "--keep-existing and --prune exclude each other",
        ),
        (
            ["--stop-timeout", "0"],
            "--stop-timeout: expected a whole number of seconds from 1",
        ),
        (["--state", ""], "--state: expected a path"),
        (
            [
                "--prune",
                concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
            ],
            "--prune takes a directory",
        ),
    ] {
        let run = run(&arguments);
        run.expect_code(2)
            .expect_log(message)
            .expect_log("see kanto-auto-deployer --help");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_directory_that_cannot_be_read_is_exit_code_4() {
    let manifests = Manifests::new();
    let missing = manifests.path().join("missing");
    run(&[missing.to_str().unwrap()])
        .expect_code(4)
        .expect_log("cannot read manifests from")
        .expect_log("missing");
    run(&["--validate", "/dev/null"]).expect_code(4);
    let json = run(&["-o", "json", missing.to_str().unwrap()])
        .expect_code(4)
        .json();
    assert_eq!(json["exit_code"], 4);
    assert!(
        json["error"]
            .as_str()
            .unwrap()
            .starts_with("cannot read manifests from"),
        "{json}"
    );
}

#[test]
fn the_page_of_manifests_shows_what_the_program_prints() {
    let manifests = Manifests::new().with_text(
        "broker.json",
        r#"{
  "container_name": "broker",
  "image": { "name": "ghcr.io/eclipse/kuksa.val/databroker:0.4.1" },
  "host_config": {
    "restart_polcy": { "type": "always" },
    "port_mappings": [ { "proto": "tcp", "container_port": 55555, "host_port": 305555 } ]
  },
  "config": { "env": [ "1LEVEL=info" ] }
}"#,
    );
    let socket = manifests.path().join("none.sock");
    let run = run(&[
        "-s",
        socket.to_str().unwrap(),
        manifests.path().to_str().unwrap(),
    ]);
    let page = include_str!("../../../docs/manifests.md");
    assert_eq!(run.stderr.lines().count(), 3);
    for line in run.stderr.lines() {
        assert!(page.lines().any(|shown| shown == line), "{line}");
    }
}
