//! The units: defaults in step with the program, and nothing that would kill it in the middle of a Start.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use kanto_auto_deployer::cli::{self, Command, MANIFESTS_PATH, STATE};

use super::read;

const ONE_SHOT: &str = "kanto-auto-deployer";
const DAEMON: &str = "kanto-auto-deployer-daemon";
const BOOT_CHECK: &str = "kanto-auto-deployer-boot-check";
const ALL: [&str; 3] = [ONE_SHOT, DAEMON, BOOT_CHECK];

fn unit(name: &str) -> String {
    read(&format!("dist/systemd/{name}.service"))
}

/// The values of a setting, in order.
fn values<'a>(unit: &'a str, setting: &str) -> Vec<&'a str> {
    let of = |line: &'a str| line.strip_prefix(setting)?.strip_prefix('=');
    unit.lines().filter_map(of).collect()
}

/// The arguments of `ExecStart` with the unit's own values of its variables, and these `options`.
fn arguments(unit: &str, options: &str) -> Vec<OsString> {
    let [command] = values(unit, "ExecStart")[..] else {
        panic!("{unit}");
    };
    let environment = values(unit, "Environment");
    let path = environment
        .iter()
        .find_map(|line| line.strip_prefix("\"MANIFESTS_PATH=")?.strip_suffix('"'));
    assert!(environment.contains(&"OPTIONS="), "{unit}");
    let command = command.replace("$OPTIONS", options);
    let command = command.replace("$MANIFESTS_PATH", path.unwrap());
    command
        .split_whitespace()
        .skip(1)
        .map(OsString::from)
        .collect()
}

#[test]
fn what_is_started_is_a_command_line_with_the_defaults() {
    for name in ALL {
        let given = cli::parse(arguments(&unit(name), "")).unwrap();
        let (plain, command) = match &given.command {
            Command::Daemon(layers) => (vec!["--daemon".into()], layers),
            Command::Deploy { layers, .. } => (Vec::new(), layers),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(command, &[Path::new(MANIFESTS_PATH)], "{name}");
        assert_eq!(given, cli::parse(plain).unwrap(), "{name}");
        assert_eq!(name == DAEMON, matches!(given.command, Command::Daemon(_)));
    }
}

#[test]
fn the_example_in_the_environment_file_is_a_command_line() {
    let file = read("dist/systemd/kanto-auto-deployer.default");
    let options = values(&file, "#OPTIONS");
    assert!(
        cli::parse(arguments(&unit(DAEMON), options[0]))
            .unwrap()
            .prune
    );
    assert_eq!(values(&file, "#MANIFESTS_PATH"), [MANIFESTS_PATH]);
}

#[test]
fn the_record_and_the_manifests_are_where_the_program_looks() {
    for name in ALL {
        let unit = unit(name);
        let directory: PathBuf = ["/var/lib", values(&unit, "StateDirectory")[0]]
            .iter()
            .collect();
        assert_eq!(Path::new(STATE).parent(), Some(&*directory), "{name}");
        let mounts: &[&str] = if name == DAEMON {
            &[]
        } else {
            &[MANIFESTS_PATH]
        };
        assert_eq!(values(&unit, "RequiresMountsFor"), mounts, "{name}");
    }
}

#[test]
fn what_it_may_take_is_limited_and_enough() {
    let jobs = cli::parse(Vec::new()).unwrap().jobs;
    for name in ALL {
        let unit = unit(name);
        assert_eq!(values(&unit, "LimitCORE"), ["0"], "{name}");
        assert_eq!(values(&unit, "MemoryMax"), ["256M"], "{name}");
        let tasks: usize = values(&unit, "TasksMax")[0].parse().unwrap();
        // Of gRPC's core up to 23 threads on 16 cores, and so many are asked for where fewer than twice as many are left.
        assert!(tasks > 2 * 2 * (23 + jobs), "{name}");
    }
}

#[test]
fn nothing_is_killed_in_the_middle_of_a_start() {
    for name in ALL {
        let unit = unit(name);
        assert_eq!(values(&unit, "SendSIGKILL"), ["no"], "{name}");
        assert_eq!(values(&unit, "KillMode"), ["mixed"], "{name}");
        assert_eq!(values(&unit, "TimeoutStartSec"), ["infinity"], "{name}");
        // At shutdown, too, Kanto-CM is there until this has ended.
        let after = values(&unit, "After")[0];
        assert!(after
            .split(' ')
            .any(|unit| unit == "container-management.service"));
    }
}

#[test]
fn all_are_shut_in_alike() {
    let sandbox = |name: &str| {
        let unit = unit(name);
        let (_, rest) = unit.split_once("\n\n# What it gets").unwrap();
        rest.split_once("\n[Install]").unwrap().0.to_owned()
    };
    assert!(sandbox(ONE_SHOT).contains("\nProtectSystem=strict\n"));
    assert_eq!(sandbox(ONE_SHOT), sandbox(DAEMON));
    assert_eq!(sandbox(ONE_SHOT), sandbox(BOOT_CHECK));
    // Each would hide the processes that are looked at in /proc.
    for name in ALL {
        for setting in ["ProtectProc", "ProcSubset", "PrivatePIDs"] {
            assert_eq!(values(&unit(name), setting), [""; 0], "{name}");
        }
    }
}
