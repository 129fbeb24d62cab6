//! `.ci/build-dependencies` on machines that have other commands and package managers than this one. Every command is a stub.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use super::path;

/// A folder of stubs that is the whole PATH.
struct Machine {
    bin: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// A script cannot run while another thread's new process still has it open for writing.
static TURN: Mutex<()> = Mutex::new(());

/// How a script ended, and which package managers it called with what.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    success: bool,
    stderr: String,
    calls: String,
}

const ROOT: &str = "echo 0";
const USER: &str = "echo 1000";
const COMPILER: &str = "echo /usr/lib/libstdc++.a";
const COMPILER_WITHOUT_STATIC_LIBRARY: &str = "echo libstdc++.a";

impl Machine {
    fn new(stubs: &[(&str, &str)]) -> Machine {
        let machine = Machine {
            bin: tempfile::tempdir().unwrap(),
            _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        };
        for (name, body) in stubs {
            machine.add(name, body);
        }
        machine
    }

    fn add(&self, name: &str, body: &str) {
        let file = self.bin.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Adds a package manager that records its calls and ends with this exit code.
    fn add_manager(&self, name: &str, exit_code: u8) {
        let body = format!(
            "echo \"{name} $*\" >>{}; exit {exit_code}",
            self.log().display()
        );
        self.add(name, &body);
    }

    fn log(&self) -> PathBuf {
        self.bin.path().join("calls.log")
    }

    fn build_dependencies(&self, variables: &[(&str, &str)]) -> Ended {
        let mut command = Command::new(path(".ci/build-dependencies"));
        command.env_clear().env("PATH", self.bin.path());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        Ended {
            success: output.status.success(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            calls: fs::read_to_string(self.log()).unwrap_or_default(),
        }
    }
}

fn nothing_to_do() -> Ended {
    Ended {
        success: true,
        stderr: String::new(),
        calls: String::new(),
    }
}

fn installed(packages: &str) -> Ended {
    let calls = format!("apt-get update\napt-get install -y --no-install-recommends {packages}\n");
    Ended {
        calls,
        ..nothing_to_do()
    }
}

fn reported(sentence: &str) -> Ended {
    Ended {
        success: false,
        stderr: format!("kanto-auto-deployer {sentence}\n"),
        ..nothing_to_do()
    }
}

#[test]
fn nothing_is_installed_where_everything_is_there() {
    for manager in ["apt-get", "dnf", "pacman", "apk", "zypper"] {
        let machine = Machine::new(&[("id", USER), ("cmake", ""), ("c++", COMPILER)]);
        machine.add_manager(manager, 0);
        assert_eq!(machine.build_dependencies(&[]), nothing_to_do());
    }
}

#[test]
fn every_package_manager_has_its_sentence() {
    for (manager, install) in [
        ("apt-get", "apt-get install cmake g++"),
        ("dnf", "dnf install cmake gcc-c++ libstdc++-static"),
        ("pacman", "pacman -S cmake gcc"),
        ("apk", "apk add cmake g++"),
        ("zypper", "zypper install cmake gcc-c++"),
    ] {
        let machine = Machine::new(&[("id", USER)]);
        machine.add_manager(manager, 0);
        let sentence = format!("needs cmake and a C++ compiler; install them with: {install}");
        assert_eq!(machine.build_dependencies(&[]), reported(&sentence));
    }
    assert_eq!(
        Machine::new(&[]).build_dependencies(&[]),
        reported("needs cmake and a C++ compiler; install them")
    );
}

#[test]
fn root_installs_with_apt_get_only() {
    let machine = Machine::new(&[("id", ROOT), ("env", "shift; \"$@\"")]);
    machine.add_manager("dnf", 0);
    assert!(!machine.build_dependencies(&[]).success);
    machine.add_manager("apt-get", 0);
    assert_eq!(machine.build_dependencies(&[]), installed("cmake g++"));
}

#[test]
fn a_user_installs_with_sudo() {
    let machine = Machine::new(&[("id", USER), ("env", "shift; \"$@\""), ("cmake", "")]);
    machine.add_manager("apt-get", 0);
    assert!(!machine.build_dependencies(&[]).success);
    machine.add("sudo", "\"$@\"");
    assert_eq!(machine.build_dependencies(&[]), installed("g++"));
}

#[test]
fn a_failed_installation_is_reported() {
    let sentence = "needs cmake; install it with: apt-get install cmake";
    for sudo in ["exit 1", "\"$@\""] {
        let machine = Machine::new(&[("id", USER), ("sudo", sudo), ("c++", COMPILER)]);
        machine.add_manager("apt-get", 100);
        let ended = machine.build_dependencies(&[]);
        assert_eq!(ended.stderr, reported(sentence).stderr);
        assert!(!ended.success);
    }
}

#[test]
fn cxx_names_the_compiler() {
    let machine = Machine::new(&[("id", ROOT), ("env", "shift; \"$@\""), ("cmake", "")]);
    machine.add("c++", COMPILER);
    machine.add_manager("apt-get", 0);
    let with = |cxx| machine.build_dependencies(&[("CXX", cxx)]);
    assert_eq!(with("clang++"), installed("clang"));
    fs::remove_file(machine.log()).unwrap();
    assert_eq!(with("clang++-19 -m64"), installed("clang-19"));
    fs::remove_file(machine.log()).unwrap();
    assert_eq!(
        with("/opt/sdk/bin/sdk-c++"),
        reported(
            "cannot be built: CXX is /opt/sdk/bin/sdk-c++, and there is no /opt/sdk/bin/sdk-c++"
        )
    );
    machine.add("clang++", COMPILER);
    assert_eq!(with("clang++"), nothing_to_do());
}

#[test]
fn a_compiler_that_cargo_does_not_find_is_named() {
    let machine = Machine::new(&[("id", USER), ("cmake", ""), ("clang++", COMPILER)]);
    assert_eq!(
        machine.build_dependencies(&[]),
        reported("finds clang++, but no c++: set CXX=clang++ (and CC, if there is no cc)")
    );
    assert_eq!(
        machine.build_dependencies(&[("CXX", "clang++")]),
        nothing_to_do()
    );
}

#[test]
fn the_static_library_belongs_to_it() {
    let machine = Machine::new(&[("id", USER), ("cmake", "")]);
    machine.add("c++", COMPILER_WITHOUT_STATIC_LIBRARY);
    machine.add_manager("dnf", 0);
    assert_eq!(
        machine.build_dependencies(&[]),
        reported("needs a static libstdc++; install it with: dnf install gcc-c++ libstdc++-static")
    );
    let shared = machine.build_dependencies(&[("CXXSTDLIB", "stdc++")]);
    assert_eq!(shared, nothing_to_do());
}
