//! What the last writes of the store have replaced, so that a power cut can take them back. Known limit: only the last
//! writes are kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::journal::now_ms;
use crate::power_cut::PowerCut;

/// How many writes can be taken back.
const KEPT: u64 = 512;

/// One write.
#[derive(Serialize, Deserialize)]
struct Write {
    at_ms: u64,
    before: Vec<Before>,
}

/// A file before the write; `None`: there was none.
#[derive(Serialize, Deserialize)]
pub(super) struct Before {
    path: PathBuf,
    text: Option<String>,
}

impl Before {
    /// The file as it is now.
    pub(super) fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).ok();
        Self { path, text }
    }

    fn put_back(&self) {
        let directory = self.path.parent().unwrap_or(Path::new("/"));
        let _ = match &self.text {
            Some(text) => fs::create_dir_all(directory).and_then(|()| fs::write(&self.path, text)),
            None => fs::remove_dir_all(directory),
        };
    }
}

/// The last writes, a file each, by number.
pub(super) struct UndoLog {
    directory: PathBuf,
    next: AtomicU64,
}

impl UndoLog {
    pub(super) fn new(home: &Path) -> Self {
        let directory = home.join("undo");
        let next = numbers(&directory).last().map_or(0, |last| last + 1);
        Self {
            directory,
            next: AtomicU64::new(next),
        }
    }

    /// These files are about to be written or deleted.
    pub(super) fn note(&self, before: Vec<Before>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let write = Write {
            at_ms: now_ms(),
            before,
        };
        let text = serde_json::to_vec(&write).expect("a write has only string keys");
        let _ =
            fs::create_dir_all(&self.directory).and_then(|()| fs::write(self.file(number), text));
        if let Some(old) = number.checked_sub(KEPT) {
            let _ = fs::remove_file(self.file(old));
        }
    }

    /// Takes back what the power cut loses.
    pub(super) fn take_back(&self, cut: &PowerCut) {
        for (count, number) in numbers(&self.directory).into_iter().rev().enumerate() {
            let file = self.file(number);
            let text = fs::read(&file).unwrap_or_default();
            let Ok(write) = serde_json::from_slice::<Write>(&text) else {
                return;
            };
            let since = cut.lost_since_ms.is_some_and(|since| write.at_ms >= since);
            if count >= cut.lost_writes && !since {
                return;
            }
            write.before.iter().for_each(Before::put_back);
            let _ = fs::remove_file(file);
        }
    }

    fn file(&self, number: u64) -> PathBuf {
        self.directory.join(number.to_string())
    }
}

fn numbers(directory: &Path) -> Vec<u64> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut numbers: Vec<u64> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_writes_are_taken_back() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a/config.json");
        let log = UndoLog::new(home.path());
        let write = |text: &str| {
            log.note(vec![Before::read(file.clone())]);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
        };
        let now = || fs::read_to_string(&file).ok();
        write("1");
        write("2");
        write("3");
        UndoLog::new(home.path()).take_back(&PowerCut::losing(1));
        assert_eq!(now().as_deref(), Some("2"));
        UndoLog::new(home.path()).take_back(&PowerCut::losing_since(now_ms() + 1));
        assert_eq!(now().as_deref(), Some("2"), "nothing is so new");
        UndoLog::new(home.path()).take_back(&PowerCut::losing_since(0));
        assert_eq!(now(), None);
    }
}
