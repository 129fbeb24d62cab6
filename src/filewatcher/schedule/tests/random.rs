//! Random worlds: a directory in which something happens, a watcher, and a process that deploys. The same seed gives the same
//! world.

use std::collections::HashSet;

use super::jobs::Job;
use super::ledger::Ledger;
use super::*;
use crate::filewatcher::schedule::file::State;
use crate::random::Random;

/// So many files there are at most, and so many names for their containers: some will be the same.
const FILES: usize = 10;
const NAMES: usize = 14;

/// What is in a file.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    pub(super) version: FileStamp,
    /// Of its container. Two files with the same one are invalid.
    name: usize,
    is_broken: bool,
}

#[allow(clippy::struct_excessive_bools)] // what is and what is not, of its own each
pub(super) struct RandomWorld {
    pub(super) random: Random,
    pub(super) schedule: Schedule,
    pub(super) prunes: bool,
    pub(super) now: Instant,
    pub(super) files: BTreeMap<String, Manifest>,
    pub(super) is_missing: bool,
    /// What the last look has brought.
    pub(super) seen: Vec<String>,
    pub(super) saw_nothing: bool,
    pub(super) jobs: Vec<Job>,
    pub(super) ledger: Ledger,
    /// The files are to be looked at.
    pub(super) is_in_doubt: bool,
    /// How the last deployment ended, and of which content.
    pub(super) ends: HashMap<String, (u64, End)>,
    /// What is written is valid.
    is_careful: bool,
    last_content: u64,
}

impl RandomWorld {
    pub(super) fn new(seed: u64) -> RandomWorld {
        let mut random = Random::new(seed);
        let prunes = random.chance(50);
        let is_careful = random.chance(25);
        let mut world = RandomWorld {
            random,
            schedule: Schedule::new(prunes),
            prunes,
            now: Instant::now(),
            files: BTreeMap::new(),
            is_missing: false,
            seen: Vec::new(),
            saw_nothing: true,
            jobs: Vec::new(),
            ledger: Ledger::new(prunes),
            is_in_doubt: false,
            ends: HashMap::new(),
            is_careful,
            last_content: 0,
        };
        for _ in 0..world.random.below(FILES) {
            world.write();
        }
        world
    }

    /// Something happens.
    pub(super) fn step(&mut self) {
        match self.random.below(100) {
            0..=14 => self.write(),
            15..=19 => self.remove(),
            20..=24 => self.rewrite(),
            25..=27 => self.is_missing = !self.is_missing,
            28..=54 => self.look(),
            55..=64 => self.read(),
            65..=84 => self.end(false),
            85..=96 => {
                let ms = self.random.below(8000);
                self.now += Duration::from_millis(u64::try_from(ms).unwrap_or(0));
            }
            97 => {
                self.schedule.hurry(self.now);
                self.ledger.hurried();
            }
            98 => self.restart_kanto_cm(),
            _ => self.lose(),
        }
    }

    fn restart_kanto_cm(&mut self) {
        let files = &self.schedule.files;
        let files = files.keys().zip(files.values());
        let valid = files.filter(|(_, file)| file.state != State::Invalid || file.is_open());
        let files = valid.map(|(key, _)| key.clone()).collect();
        self.schedule.kanto_cm_restarted(self.now);
        self.ledger.kanto_cm_restarted(files, self.prunes);
    }

    fn lose(&mut self) {
        for job in std::mem::take(&mut self.jobs) {
            let unanswered = Finished {
                number: job.request.number,
                ..Finished::default()
            };
            self.note_end(&job, &unanswered);
        }
        let random = self.number();
        self.schedule.lost(self.now, random);
    }

    pub(super) fn note_end(&mut self, job: &Job, end: &Finished) {
        let seen: HashSet<&String> = self.seen.iter().collect();
        self.ledger.ended(job, end, &seen, self.now);
    }

    /// The content that the schedule takes for a file's.
    pub(super) fn known(&self, file: &str) -> Option<u64> {
        Some(self.schedule.files.get(file)?.version.content)
    }

    pub(super) fn number(&mut self) -> u64 {
        u64::try_from(self.random.below(1000)).unwrap_or(0)
    }

    fn write(&mut self) {
        self.last_content += 1;
        let file = self.random.below(FILES);
        let manifest = Manifest {
            version: FileStamp {
                content: self.last_content,
                modified: (0, 0),
            },
            name: if self.is_careful {
                file
            } else {
                self.random.below(NAMES)
            },
            is_broken: !self.is_careful && self.random.chance(10),
        };
        self.files.insert(file.to_string(), manifest);
    }

    /// One that came and goes between two looks is nobody's business.
    fn remove(&mut self) {
        if !self.seen.is_empty() {
            self.files.remove(&self.random.pick(&self.seen));
        }
    }

    /// The same content again, perhaps also with the same time. Who reads meanwhile finds half of it or something else.
    fn rewrite(&mut self) {
        let files: Vec<String> = self.files.keys().cloned().collect();
        if files.is_empty() {
            return;
        }
        let file = self.random.pick(&files);
        let mut manifest = self.files[&file].clone();
        manifest.version.modified.0 += i64::from(self.random.chance(70));
        self.last_content += 1;
        let mut other = manifest.clone();
        other.version.content = self.last_content;
        if self.random.chance(50) {
            other.is_broken = true;
        } else {
            other.name = self.random.below(NAMES);
        }
        self.files.insert(file.clone(), other);
        for _ in 0..self.random.below(3) {
            self.read();
        }
        self.files.insert(file, manifest);
    }

    /// The watcher looks at the files.
    pub(super) fn look(&mut self) {
        let was_missing = std::mem::replace(&mut self.saw_nothing, self.is_missing);
        if self.is_missing {
            self.schedule.missing();
            return;
        }
        let files = self.files.iter();
        let found = files.map(|(key, manifest)| (key.clone(), manifest.version));
        let changes = self.schedule.found(found.collect(), self.now);
        self.seen = self.files.keys().cloned().collect();
        self.ledger.looked(&changes, was_missing, self.prunes);
        self.is_in_doubt = false;
    }

    pub(super) fn is_valid(&self, file: &str) -> bool {
        let Some(manifest) = self.files.get(file) else {
            return false;
        };
        let same = self.files.values().filter(|one| one.name == manifest.name);
        !manifest.is_broken && same.count() == 1
    }
}
