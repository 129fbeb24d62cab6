//! What is ordered when, as examples and as properties of random worlds. Orders are written as texts: `2 change a* b` is request 2
//! with the trigger, the files (`*`: with new content), and then `reported` with files; `4 retry tidy prune a` is a cleanup.

mod answers;
mod cleanup;
mod failures;
mod files;
mod invalid;
mod jobs;
mod ledger;
mod properties;
mod pruning;
mod random;
mod ready;
mod status;
mod stop;
mod superseding;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::{FileChanges, Schedule};
use crate::filewatcher::protocol::{End, FileResult, Finished, InvalidFile, Order, Request};
use crate::manifests_parser::FileStamp;
use crate::reconcile::Trigger;

/// A directory and the schedule that follows it.
struct World {
    schedule: Schedule,
    files: BTreeMap<String, FileStamp>,
    now: Instant,
    /// All that were ordered.
    requests: HashMap<u32, Request>,
    last_version: u64,
    /// The test is about the cleanup that every daemon begins with.
    tidies: bool,
}

impl World {
    /// Of a daemon that has not looked yet.
    fn new(prunes: bool, files: &[&str]) -> World {
        let mut world = World {
            schedule: Schedule::new(prunes),
            files: BTreeMap::new(),
            now: Instant::now(),
            requests: HashMap::new(),
            last_version: 0,
            tidies: false,
        };
        world.write(files);
        world
    }

    /// Of a daemon that has deployed these files.
    fn with(files: &[&str]) -> World {
        let mut world = World::new(false, files);
        world.look();
        assert_eq!(world.ended(1, End::UpToDate), [""; 0]);
        world
    }

    /// The same, of one that has pruned, too.
    fn pruned(files: &[&str]) -> World {
        let mut world = World::new(true, files);
        world.look();
        assert_eq!(world.ended(1, End::UpToDate), [""; 0]);
        assert_eq!(world.after(5).len(), 1);
        assert_eq!(world.ended(2, End::UpToDate), [""; 0]);
        world
    }

    /// New files, or new content.
    fn write(&mut self, files: &[&str]) {
        for file in files {
            let content = self.last_version + 1;
            let version = FileStamp {
                content,
                modified: (1, 0),
            };
            self.last_version = content;
            self.files.insert((*file).to_owned(), version);
        }
    }

    fn touch(&mut self, file: &str) {
        self.files.get_mut(file).expect("it is there").modified.0 += 1;
    }

    fn remove(&mut self, file: &str) {
        self.files.remove(file).expect("it is there");
    }

    fn changes(&mut self) -> FileChanges {
        let files = self.files.iter().rev();
        let found = files.map(|(key, version)| (key.clone(), *version));
        self.schedule.found(found.collect(), self.now)
    }

    /// What is ordered after a look.
    fn look(&mut self) -> Vec<String> {
        self.changes();
        self.next()
    }

    /// What is ordered when these have new content.
    fn change(&mut self, files: &[&str]) -> Vec<String> {
        self.write(files);
        self.look()
    }

    /// What is ordered so much later.
    fn after(&mut self, seconds: u64) -> Vec<String> {
        self.now += Duration::from_secs(seconds);
        self.next()
    }

    fn next(&mut self) -> Vec<String> {
        let mut orders = self.schedule.next(self.now);
        // The cleanup that every daemon begins with, unless a test is about that.
        if matches!(&orders[..], [Order::Deploy(request), ..] if request.number == 0)
            && !self.tidies
        {
            let tidied = self.finished(0, &[], Some(&[]));
            self.schedule.finished(&tidied, self.now, 0);
            orders.remove(0);
        }
        for order in &orders {
            if let Order::Deploy(request) = order {
                self.requests.insert(request.number, request.clone());
            }
        }
        let texts = orders.iter().map(text).collect();
        assert_eq!(self.schedule.next(self.now), [], "after {texts:?}");
        let due = self.schedule.due();
        assert!(due.map_or(true, |due| due > self.now), "after {texts:?}");
        texts
    }

    /// What is ordered after this request has ended like this for all of its files.
    fn ended(&mut self, number: u32, end: End) -> Vec<String> {
        let files = self.requests[&number].files.clone();
        let ends: Vec<(&str, End)> = files.iter().map(|file| (file.as_str(), end)).collect();
        self.ended_with(number, &ends, &[])
    }

    /// What is ordered after a request has ended like this, and reported that these files are invalid.
    fn ended_with(&mut self, number: u32, ends: &[(&str, End)], invalid: &[&str]) -> Vec<String> {
        let finished = self.finished(number, ends, Some(invalid));
        self.take(&finished)
    }

    /// What is ordered when a request has said this.
    fn take(&mut self, finished: &Finished) -> Vec<String> {
        self.schedule.finished(finished, self.now, 0);
        self.next()
    }

    /// What is ordered when the worker process has died.
    fn lost(&mut self) -> Vec<String> {
        self.schedule.lost(self.now, 0);
        self.next()
    }

    /// What a request says that has read what is there now. `None`: nothing.
    fn finished(&self, number: u32, ends: &[(&str, End)], invalid: Option<&[&str]>) -> Finished {
        let content = |file: &str| self.files.get(file).map(|version| version.content);
        let result = |(file, end): &(&str, End)| FileResult {
            file: (*file).to_owned(),
            name: format!("container-{file}"),
            content: content(file).filter(|_| invalid.is_some()),
            end: *end,
        };
        let invalid_of = |file: &&str| invalid_file(file, content(file).unwrap_or(0));
        Finished {
            number,
            report: String::new(),
            is_incomplete: false,
            results: ends.iter().map(result).collect(),
            invalid: invalid.map(|files| files.iter().map(invalid_of).collect()),
        }
    }

    /// What such a request says when what it was to do besides came to no end.
    fn incomplete(&self, number: u32, ends: &[(&str, End)]) -> Finished {
        Finished {
            is_incomplete: true,
            ..self.finished(number, ends, Some(&[]))
        }
    }

    /// When there is something to do, in seconds.
    fn due(&self) -> Option<u64> {
        let due = self.schedule.due()?;
        Some(due.duration_since(self.now).as_secs())
    }
}

fn invalid_file(file: &str, content: u64) -> InvalidFile {
    InvalidFile {
        file: file.to_owned(),
        content,
        digest: 7,
    }
}

fn text(order: &Order) -> String {
    let request = match order {
        Order::Deploy(request) => request,
        Order::Stop => return "stop".to_owned(),
    };
    let mut words = vec![request.number.to_string(), word(request.trigger).to_owned()];
    for file in &request.files {
        let mark = if request.new.contains(file) { "*" } else { "" };
        words.push(format!("{file}{mark}"));
    }
    if !request.reported.is_empty() {
        words.push("reported".to_owned());
        words.extend(request.reported.iter().map(|invalid| invalid.file.clone()));
    }
    if request.tidy {
        words.push("tidy".to_owned());
    }
    if let Some(files) = &request.prune {
        words.push("prune".to_owned());
        words.extend(files.iter().cloned());
    }
    words.join(" ")
}

fn word(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Start => "start",
        Trigger::Change => "change",
        Trigger::Touch => "touch",
        Trigger::Retry => "retry",
        Trigger::CmRestarted => "cm-restarted",
    }
}
