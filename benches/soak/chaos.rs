//! What goes on in a phase of chaos: people and programs change files, images and programs misbehave, things die.

use std::time::Instant;

use nix::sys::signal::Signal;
use simulated_kanto_cm::{Fault, Image, Method, What};

use crate::daemon::{send, Daemon};
use crate::directory::Form;
use crate::world::World;

/// What may happen.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Create,
    Change,
    Update,
    PutByRename,
    PutSlowly,
    Touch,
    Break,
    Remove,
    Disable,
    Enable,
    RenameOver,
    Link,
    SwapLinks,
    Burst,
    BurstGone,
    Leave,
    Replace,
    Renew,
    ImageGone,
    Exit,
    Fault,
    KillCm,
    StopCm,
    PowerCut,
    Reload,
    KillWorker,
    RestartDaemon,
}

use Operation as Op;

/// How likely each is, among all of them.
const WEIGHTS: [(u64, Operation); 26] = [
    (100, Op::Create),
    (180, Op::Change),
    (40, Op::Update),
    (60, Op::PutByRename),
    (30, Op::PutSlowly),
    (60, Op::Touch),
    (50, Op::Break),
    (60, Op::Remove),
    (30, Op::Disable),
    (40, Op::Enable),
    (30, Op::RenameOver),
    (40, Op::Link),
    (40, Op::SwapLinks),
    (15, Op::Burst),
    (6, Op::BurstGone),
    (20, Op::Leave),
    (10, Op::Replace),
    (10, Op::Renew),
    (30, Op::ImageGone),
    (40, Op::Exit),
    (35, Op::Fault),
    (15, Op::KillCm),
    (15, Op::StopCm),
    (8, Op::PowerCut),
    (20, Op::Reload),
    (10, Op::KillWorker),
];

/// One of so many, at the beginning of the soak.
const DAEMON_RESTARTS: u64 = 60;

/// So many files that are changed one by one, and so many that are changed together.
const SINGLES: u64 = 10;
const BURST: u64 = 20;

impl World {
    /// Lets something happen. `early`: the daemon may be restarted. (Later it is not, so that it is one and the same whose
    /// memory is watched.)
    pub(crate) fn act(&mut self, early: bool) -> Result<(), String> {
        self.counts.operations += 1;
        let operation = if early && self.random.one_in(DAEMON_RESTARTS) {
            Op::RestartDaemon
        } else {
            self.random.pick_weighted(&WEIGHTS)
        };
        let stem = format!("c{}", self.random.below(SINGLES));
        self.log.add(format!("soak  {operation:?} {stem}"));
        match operation {
            Op::RestartDaemon => return self.restart_daemon(),
            Op::KillWorker | Op::Reload => self.signal(operation),
            Op::KillCm | Op::StopCm | Op::PowerCut => self.end_cm(operation),
            Op::Fault | Op::Exit | Op::ImageGone => self.disturb_cm(operation),
            Op::Leave | Op::Replace | Op::Renew => self.move_directory(operation),
            Op::Burst => self.burst(),
            Op::BurstGone => (0..BURST).for_each(|i| self.directory.remove(&format!("b{i}"))),
            Op::SwapLinks => self.swap_links(),
            Op::Create
            | Op::Change
            | Op::Update
            | Op::PutByRename
            | Op::PutSlowly
            | Op::Touch
            | Op::Break
            | Op::Remove
            | Op::Disable
            | Op::Enable
            | Op::RenameOver
            | Op::Link => self.change_file(operation, &stem),
        }
        Ok(())
    }

    fn change_file(&mut self, operation: Operation, stem: &str) {
        let Some(entry) = self.directory.files.get(stem).cloned() else {
            let manifest = self.manifest(stem);
            self.spoil(&manifest.image());
            return match operation {
                Op::PutByRename => self.directory.put_by_rename(stem, manifest),
                Op::Link => self.directory.put(stem, manifest, Form::Linked),
                Op::Touch | Op::Remove | Op::Enable | Op::Disable => {}
                _ => self.directory.put(stem, manifest, Form::Plain),
            };
        };
        let name = entry.manifest.name();
        let manifest = match operation {
            Op::Update => entry.manifest.updated(&mut self.random),
            _ => self.manifest(name),
        };
        self.spoil(&manifest.image());
        match operation {
            Op::Touch => self.directory.touch(stem),
            Op::Break => self.directory.put(stem, entry.manifest, Form::Broken),
            Op::Remove => self.directory.remove(stem),
            Op::Disable => self.directory.disable(stem),
            Op::Enable => self.directory.enable(stem),
            Op::PutByRename => self.directory.put_by_rename(stem, manifest),
            Op::Link => self.directory.put(stem, manifest, Form::Linked),
            Op::PutSlowly => {
                let pause = self.ms(600);
                self.directory.put_slowly(stem, manifest, pause);
            }
            Op::RenameOver => {
                let to = format!("c{}", self.random.below(SINGLES));
                if to != stem {
                    self.directory.rename(stem, &to);
                }
            }
            _ => self.directory.put(stem, manifest, Form::Plain),
        }
    }

    /// Now and then the image of a manifest makes difficulties. Not one that a container has: nobody takes that away.
    fn spoil(&mut self, image: &str) {
        let Some(state) = self.loaded_state() else {
            return;
        };
        if state
            .containers
            .iter()
            .any(|container| container.image == image)
        {
            return;
        }
        let new = Image::new(image);
        let new = match self.random.below(12) {
            0 => new.pull_fails_at_first(1, "the registry is not there"),
            1 => new.pull_fails("no such image"),
            2 => new.pull_ms(300 + self.random.below(4000)),
            3 => new.start_ms(self.random.below(1500)),
            _ => return,
        };
        self.log.add(format!("soak  image {new:?}"));
        self.try_with_cm(|cm| {
            cm.forget_image(image);
            cm.set_image(new);
        });
    }

    fn burst(&mut self) {
        let is_partly = self.random.one_in(4);
        for i in 0..BURST {
            let stem = format!("b{i}");
            if is_partly && self.random.one_in(2) {
                self.directory.remove(&stem);
            } else {
                let manifest = self.manifest(&stem);
                self.directory.put(&stem, manifest, Form::Plain);
            }
        }
    }

    fn swap_links(&mut self) {
        let is_linked = |(stem, entry): (&String, &crate::directory::Entry)| {
            (entry.form == Form::Linked).then(|| stem.clone())
        };
        let linked: Vec<String> = self.directory.files.iter().filter_map(is_linked).collect();
        for stem in linked {
            if self.random.one_in(3) {
                continue;
            }
            let name = self.directory.files[&stem].manifest.name().to_owned();
            let manifest = self.manifest(&name);
            if let Some(entry) = self.directory.files.get_mut(&stem) {
                entry.manifest = manifest;
            }
        }
        self.directory.swap_links();
    }

    fn move_directory(&mut self, operation: Operation) {
        let pause = self.ms(1500);
        match operation {
            Op::Leave => self.directory.leave_for(pause),
            Op::Replace => self.directory.replace(pause),
            _ => self.directory.renew_all(),
        }
    }

    fn disturb_cm(&mut self, operation: Operation) {
        let Some(state) = self.loaded_state() else {
            return;
        };
        match operation {
            Op::Exit => {
                let running = state
                    .containers
                    .iter()
                    .filter(|container| container.running);
                let ids: Vec<String> = running.map(|container| container.id.clone()).collect();
                if !ids.is_empty() {
                    let (id, code) = (self.random.pick(&ids), self.random.below(2));
                    let code = i64::try_from(code).expect("a code");
                    self.log.add(format!("soak  {id} exits with {code}"));
                    self.try_with_cm(|cm| cm.exit_container(&id, code));
                }
            }
            Op::ImageGone => {
                let is_used = |image: &&String| state.containers.iter().any(|c| c.image == **image);
                let images = state.images.iter().filter(|image| !is_used(image));
                let images: Vec<String> = images.cloned().collect();
                if !images.is_empty() {
                    let image = self.random.pick(&images);
                    self.log.add(format!("soak  {image} is gone"));
                    self.try_with_cm(|cm| cm.forget_image(&image));
                }
            }
            _ => {
                let fault = self.some_fault();
                self.log.add(format!("soak  {fault:?}"));
                self.try_with_cm(|cm| cm.fault(fault));
            }
        }
    }

    fn some_fault(&mut self) -> Fault {
        let what = match self.random.below(9) {
            0 => What::KillBefore,
            1 => What::KillDuring,
            2 => What::KillAfter,
            3 => What::DropAnswer,
            4 => return Fault::at(Method::Remove, What::LeaveTask),
            5 | 6 => What::DelayMs(self.random.below(3000)),
            _ => What::FailWith("something went wrong".to_owned()),
        };
        let methods = [
            Method::Create,
            Method::Start,
            Method::Stop,
            Method::Remove,
            Method::Update,
            Method::List,
        ];
        let fault = match self.random.below(3) {
            0 => Fault::at(self.random.pick(&methods), what),
            _ => Fault::at_any(what),
        };
        fault.nth(1 + u32::try_from(self.random.below(6)).expect("a small number"))
    }

    fn end_cm(&mut self, operation: Operation) {
        if self.cm_back.is_some() {
            return;
        }
        self.counts.restarts += 1;
        match operation {
            Op::KillCm => self.cm.kill(),
            Op::StopCm => self.cm.clean_stop(),
            _ => self.cm.power_cut(),
        }
        let pause = self.ms(3000);
        self.cm_back = Some(Instant::now() + pause);
    }

    fn signal(&mut self, operation: Operation) {
        match operation {
            Op::Reload => self.daemon.signal(Signal::SIGHUP),
            _ => {
                for pid in self.daemon.process().children() {
                    self.counts.kills += 1;
                    send(pid, Signal::SIGKILL);
                }
            }
        }
    }

    fn restart_daemon(&mut self) -> Result<(), String> {
        self.counts.daemons += 1;
        self.end_daemon()?;
        self.daemon = Daemon::start(&self.cm, &self.directory.path(), &self.log);
        Ok(())
    }
}
