//! What a manifest of the soak asks for, and whether a container is that.

use serde_json::{json, Value};
use simulated_kanto_cm::ContainerView;

use crate::random::Random;

/// Tags of an image. Few: what was pulled once is known for good.
const TAGS: u64 = 4;

/// A manifest.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    name: String,
    /// `None`: it has none, and Kanto-CM gives it one.
    id: Option<String>,
    tag: u64,
    /// In its environment. No two are the same.
    serial: u64,
    program: Program,
    restart: &'static str,
    memory: Option<&'static str>,
    port: Option<u64>,
    /// Names this container in `extra_hosts`.
    provider: Option<String>,
}

/// What its container does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Run,
    StopsSlowly,
    /// Ends soon after each start.
    Crashes,
    /// Ends soon after the settling time.
    CrashesLate,
    /// The command does not exist.
    Missing,
}

impl Manifest {
    /// One that asks for something that works.
    pub(crate) fn good(name: &str, serial: u64, random: &mut Random) -> Manifest {
        let id = match random.below(8) {
            0 => None,
            1 => Some(format!("{name}-other")),
            _ => Some(name.to_owned()),
        };
        let port = random.one_in(4).then(|| port(name));
        Manifest {
            name: name.to_owned(),
            id,
            tag: random.below(TAGS),
            serial,
            program: random.pick(&[Program::Run, Program::Run, Program::StopsSlowly]),
            restart: random.pick(&[
                "always",
                "unless-stopped",
                "unless-stopped",
                "on-failure",
                "no",
            ]),
            memory: random.pick(&[None, None, Some("64M"), Some("128M")]),
            port,
            provider: random.one_in(5).then(|| format!("c{}", random.below(4))),
        }
    }

    /// One that may ask for something that does not work.
    pub(crate) fn any(name: &str, serial: u64, random: &mut Random) -> Manifest {
        let good = Manifest::good(name, serial, random);
        let program = match random.below(12) {
            0 => Program::Crashes,
            1 => Program::Missing,
            2 => Program::CrashesLate,
            _ => good.program,
        };
        Manifest { program, ..good }
    }

    /// Other resources or another restart policy: nothing for which a container must be replaced.
    pub(crate) fn updated(&self, random: &mut Random) -> Manifest {
        Manifest {
            restart: random.pick(&["always", "unless-stopped"]),
            memory: random.pick(&[Some("32M"), Some("96M"), Some("256M")]),
            ..self.clone()
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_good(&self) -> bool {
        matches!(self.program, Program::Run | Program::StopsSlowly)
    }

    pub(crate) fn image(&self) -> String {
        format!("registry.example/{}:{}", self.name, self.tag)
    }

    fn cmd(&self) -> &'static [&'static str] {
        match self.program {
            Program::Run => &[],
            Program::StopsSlowly => &["/simulated/run", "700"],
            Program::Crashes => &["/simulated/exit", "3", "200"],
            Program::CrashesLate => &["/simulated/exit", "4", "1500"],
            Program::Missing => &["/simulated/missing"],
        }
    }

    fn env(&self) -> String {
        format!("SERIAL={}", self.serial)
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        let mut manifest = json!({
            "container_name": self.name,
            "image": { "name": self.image() },
            "config": { "env": [self.env()], "cmd": self.cmd() },
            "host_config": { "restart_policy": { "type": self.restart } },
        });
        if let Some(id) = &self.id {
            manifest["container_id"] = json!(id);
        }
        let host_config = &mut manifest["host_config"];
        if let Some(memory) = self.memory {
            host_config["resources"] = json!({ "memory": memory });
        }
        if let Some(port) = self.port {
            host_config["port_mappings"] = json!([{ "container_port": 80, "host_port": port }]);
        }
        if let Some(provider) = &self.provider {
            host_config["extra_hosts"] = json!([format!("{provider}:container_{provider}-host")]);
        }
        manifest.to_string()
    }

    /// What is not as it asks for.
    pub(crate) fn differences(&self, container: &ContainerView) -> Vec<String> {
        let host_config = &container.whole["host_config"];
        let memory = host_config["resources"]["memory"].as_str().unwrap_or("");
        let restart = host_config["restart_policy"]["type"].as_str();
        let env = &container.whole["config"]["env"];
        let has_env = env
            .as_array()
            .is_some_and(|env| env.contains(&Value::from(self.env())));
        let facts = [
            (container.running, format!("is {}", container.status)),
            (
                container.image == self.image(),
                format!("has the image {}, not {}", container.image, self.image()),
            ),
            (has_env, format!("has env {env}, not {}", self.env())),
            (
                restart == Some(self.restart),
                format!("has the restart policy {restart:?}, not {}", self.restart),
            ),
            (
                memory == self.memory.unwrap_or(""),
                format!("has memory {memory:?}, not {:?}", self.memory),
            ),
        ];
        let problems = facts.into_iter().filter(|(is_right, _)| !is_right);
        problems
            .map(|(_, what)| format!("{} ({}) {what}", self.name, container.id))
            .collect()
    }
}

/// A port of its own for every name.
fn port(name: &str) -> u64 {
    let place = |byte: u8| u64::from(byte - b'0');
    name.bytes().fold(0, |all, byte| all * 10 + place(byte)) + 20_000
}
