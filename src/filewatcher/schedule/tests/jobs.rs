//! The process that deploys in a random world: it reads the directory when it comes to it, and answers whatever it can answer.

use super::random::RandomWorld;
use super::*;

/// A request in the worker process.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    /// What the watcher knew when it ordered this.
    pub(super) contents: HashMap<String, u64>,
    reading: Option<Reading>,
}

impl Job {
    pub(super) fn new(request: Request, contents: HashMap<String, u64>) -> Job {
        Job {
            request,
            contents,
            reading: None,
        }
    }

    pub(super) fn is_cleanup(&self) -> bool {
        self.request.tidy
    }
}

/// What such a request has read in the directory: contents.
#[derive(Debug, Default)]
struct Reading {
    valid: HashMap<String, u64>,
    /// `None`: the directory was missing.
    invalid: Option<HashMap<String, u64>>,
}

impl RandomWorld {
    fn reading(&self) -> Reading {
        if self.is_missing {
            return Reading::default();
        }
        let files = self.files.iter();
        let contents = files.map(|(file, manifest)| (file.clone(), manifest.version.content));
        let (valid, invalid) = contents.partition(|(file, _)| self.is_valid(file));
        Reading {
            valid,
            invalid: Some(invalid),
        }
    }

    /// Some request reads the directory.
    pub(super) fn read(&mut self) {
        let reading = self.reading();
        if let Some(job) = self.jobs.iter_mut().find(|job| job.reading.is_none()) {
            job.reading = Some(reading);
        }
    }

    /// Some request ends. `is_well`: up to date.
    pub(super) fn end(&mut self, is_well: bool) {
        if self.jobs.is_empty() {
            return;
        }
        let at = self.random.below(self.jobs.len());
        let mut job = self.jobs.swap_remove(at);
        let reading = job.reading.take().unwrap_or_else(|| self.reading());
        let results = self.results(&job, &reading, is_well);
        let invalid_of = |(file, content): (String, u64)| invalid_file(&file, content);
        let invalid = reading.invalid;
        let finished = Finished {
            number: job.request.number,
            report: String::new(),
            is_incomplete: !is_well && self.random.chance(15),
            results,
            invalid: invalid.map(|files| files.into_iter().map(invalid_of).collect()),
        };
        self.note_end(&job, &finished);
        let random = self.number();
        self.schedule.finished(&finished, self.now, random);
        self.is_in_doubt |= self.schedule.is_in_doubt();
    }

    fn results(&mut self, job: &Job, reading: &Reading, is_well: bool) -> Vec<FileResult> {
        let is_unreachable = !is_well && self.random.chance(5);
        let mut results = Vec::new();
        for file in &job.request.files {
            let read = reading.valid.get(file).copied();
            let is_newest = self.ledger.is_newest(file, job.request.number);
            // What was taken over may have a result, and it may be any.
            if read.is_none() && reading.invalid.is_some() || !is_newest && self.random.chance(50) {
                continue;
            }
            let end = if read.is_none() || is_unreachable {
                End::NotBegun
            } else {
                self.some_end(is_well && is_newest)
            };
            if let (Some(content), false, true) = (read, is_unreachable, is_newest) {
                self.ends.insert(file.clone(), (content, end));
            }
            // What is not said must be what is known.
            let is_said = self.known(file) != read || self.random.chance(70);
            results.push(FileResult {
                file: file.clone(),
                name: format!("container-{file}"),
                content: read.filter(|_| is_said && !(is_unreachable && self.random.chance(50))),
                end,
            });
        }
        results
    }

    fn some_end(&mut self, is_well: bool) -> End {
        let open = [End::NotBegun, End::Unfinished];
        let through = [End::UpToDate, End::UpToDate, End::Failed, End::RolledBack];
        if is_well {
            End::UpToDate
        } else if self.random.chance(10) {
            self.random.pick(&open)
        } else {
            self.random.pick(&through)
        }
    }
}
