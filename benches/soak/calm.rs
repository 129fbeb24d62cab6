//! The calm after the chaos: nothing stands in the way any more, and the end state has to be the desired one.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use simulated_kanto_cm::{Image, Phase, State};

use crate::directory::Form;
use crate::manifest::Manifest;
use crate::world::{World, FOREIGN};

/// How long the way to the desired state may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The daemon is asked to look again so often, which ends its pauses.
const RELOAD_EVERY: Duration = Duration::from_secs(8);
/// After the last change: by then what there was to prune has been seen to.
const PRUNED: Duration = Duration::from_secs(7);
/// For so long it is watched doing nothing.
const IDLE: Duration = Duration::from_secs(2);

/// What the daemon was like when it had nothing to do.
#[derive(Debug, Clone)]
pub(crate) struct Idle {
    /// How long the way to the desired state took.
    pub(crate) took: Duration,
    pub(crate) containers: usize,
    pub(crate) threads: u64,
    pub(crate) open_files: usize,
    pub(crate) rss_kb: u64,
    pub(crate) rss_anon_kb: u64,
    pub(crate) switches: u64,
    /// What it did all the same.
    pub(crate) said: Vec<String>,
}

impl World {
    /// Nothing stands in the way any more, and everything is touched: waits until all is up to date. An error: what is not.
    pub(crate) fn calm_down(&mut self) -> Result<Idle, Vec<String>> {
        self.log.add("soak  calm".to_owned());
        self.mend_cm();
        self.mend_directory();
        let begin = Instant::now();
        let mut reload_at = begin + RELOAD_EVERY;
        loop {
            self.look_after_cm();
            let problems = self.find_problems();
            let now = Instant::now();
            if problems.is_empty() && now > begin + PRUNED {
                break;
            }
            if now > begin + PATIENCE || self.daemon.ended().is_some() {
                return Err(problems);
            }
            if now > reload_at && !problems.is_empty() {
                self.log.add("soak  Reload".to_owned());
                self.daemon.signal(Signal::SIGHUP);
                reload_at = now + RELOAD_EVERY;
            }
            sleep(Duration::from_millis(100));
        }
        let took = begin.elapsed();
        let idle = self.idle(took);
        let problems = self.find_problems();
        if problems.is_empty() {
            Ok(idle)
        } else {
            Err(problems)
        }
    }

    fn mend_cm(&mut self) {
        // A fault may strike until the simulator has heard that there are none any more.
        while !self.try_to_mend_cm() {}
    }

    fn try_to_mend_cm(&mut self) -> bool {
        if self.cm_back.take().is_some() || !self.cm.is_running() {
            self.cm.kill(); // reaps one that has died
            self.start_cm();
        }
        self.try_with_cm(|cm| {
            cm.clear_faults();
            cm.change(|setup| setup.images.clear());
            // One was perhaps taken away while a container was being made of it.
            let state = cm.wait_until(|state| state.phase != Phase::Loading);
            let images = state
                .containers
                .into_iter()
                .map(|container| container.image);
            for image in images.filter(|image| !state.images.contains(image)) {
                cm.set_image(Image::new(image).in_store(0));
            }
        })
    }

    /// Every file holds a valid manifest that works, no two are for one container, and all are touched.
    fn mend_directory(&mut self) {
        if self.directory.wanted().is_empty() {
            let manifest = self.manifest("c0");
            self.directory.put("c0", manifest, Form::Plain);
        }
        let mut names = BTreeSet::new();
        let files: Vec<_> = self.directory.files.clone().into_iter().collect();
        for (stem, entry) in files {
            if entry.form == Form::Disabled {
                continue;
            }
            if !names.insert(entry.manifest.name().to_owned()) {
                self.directory.remove(&stem);
            } else if entry.manifest.is_good() && entry.form != Form::Broken {
                self.directory.touch(&stem);
            } else {
                let serial = self.serial();
                let name = entry.manifest.name();
                let manifest = Manifest::good(name, serial, &mut self.random);
                self.directory.put(&stem, manifest, Form::Plain);
            }
        }
    }

    /// What is not as it is to be.
    fn find_problems(&mut self) -> Vec<String> {
        if let Some(status) = self.daemon.ended() {
            return vec![format!("the daemon has ended with {status}")];
        }
        let Some(state) = self.cm.state_if_running() else {
            return vec!["the simulator has died".to_owned()];
        };
        let mut problems = self.find_container_problems(&state);
        for pid in self.daemon.process().children() {
            problems.push(format!("the daemon has the child {pid}"));
        }
        let status = match self.directory.wanted().len() {
            1 => "1 container up to date".to_owned(),
            count => format!("{count} containers up to date"),
        };
        if self.daemon.status() != status {
            let said = self.daemon.status();
            problems.push(format!("the daemon says {said:?}, not {status:?}"));
        }
        problems
    }

    fn find_container_problems(&self, state: &State) -> Vec<String> {
        let mut problems = Vec::new();
        if state.deadlocked || state.phase != Phase::Ready {
            let (phase, deadlocked) = (state.phase, state.deadlocked);
            problems.push(format!(
                "the simulator is {phase:?}, deadlocked: {deadlocked}"
            ));
        }
        let wanted = self.directory.wanted();
        for manifest in &wanted {
            let of_name = state.containers.iter();
            let of_name: Vec<_> = of_name
                .filter(|container| container.name == manifest.name())
                .collect();
            match of_name.as_slice() {
                [container] => problems.extend(manifest.differences(container)),
                others => problems.push(format!(
                    "{} containers of the name {}",
                    others.len(),
                    manifest.name()
                )),
            }
        }
        for container in &state.containers {
            let is_wanted = wanted
                .iter()
                .any(|manifest| manifest.name() == container.name);
            if !is_wanted && container.name != FOREIGN {
                problems.push(format!(
                    "{} ({}) is left, {}",
                    container.name, container.id, container.status
                ));
            }
        }
        if state.container(FOREIGN).is_none() {
            problems.push("the foreign container is gone".to_owned());
        }
        problems
    }

    /// Watches it doing nothing.
    fn idle(&self, took: Duration) -> Idle {
        let daemon = self.daemon.process();
        let lines = self.log.length();
        let before = daemon.switches();
        sleep(IDLE);
        Idle {
            took,
            containers: self.directory.wanted().len(),
            threads: daemon.status("Threads:"),
            open_files: daemon.open_files(),
            rss_kb: daemon.status("VmRSS:"),
            rss_anon_kb: daemon.status("RssAnon:"),
            switches: daemon.switches() - before,
            said: self.log.since(lines),
        }
    }
}
