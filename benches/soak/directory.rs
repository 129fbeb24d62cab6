//! The directory of manifests: every way in which people and programs change one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::manifest::Manifest;

/// The directory, and what lies in it. It is reached over a symlink: `watched` leads to `generation-N`.
pub(crate) struct Directory {
    base: PathBuf,
    generation: u32,
    data: u32,
    /// By the files' stems.
    pub(crate) files: BTreeMap<String, Entry>,
}

/// A file.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) manifest: Manifest,
    pub(crate) form: Form,
}

/// How it lies there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// A symlink over a symlink to a directory, as Kubernetes mounts them.
    Linked,
    /// `NAME.json.disabled`.
    Disabled,
    /// Its end is missing.
    Broken,
}

impl Directory {
    /// An empty one in `base`.
    pub(crate) fn new(base: &Path) -> Directory {
        let mut directory = Directory {
            base: base.to_owned(),
            generation: 0,
            data: 0,
            files: BTreeMap::new(),
        };
        directory.renew_all();
        directory
    }

    /// What the daemon gets to read.
    pub(crate) fn path(&self) -> PathBuf {
        self.base.join("watched/manifests")
    }

    fn root(&self) -> PathBuf {
        self.base.join(format!("generation-{}", self.generation))
    }

    fn file(&self, stem: &str, form: Form) -> PathBuf {
        let extension = match form {
            Form::Disabled => "json.disabled",
            _ => "json",
        };
        self.root().join(format!("manifests/{stem}.{extension}"))
    }

    /// The file of this stem holds this from now on.
    pub(crate) fn put(&mut self, stem: &str, manifest: Manifest, form: Form) {
        let entry = Entry { manifest, form };
        let before = self.files.insert(stem.to_owned(), entry);
        match before.map(|before| before.form) {
            // Never written through the link: the others of that directory are never changed.
            Some(Form::Linked) => remove(&self.file(stem, Form::Linked)),
            Some(Form::Disabled) if form != Form::Disabled => {
                remove(&self.file(stem, Form::Disabled));
            }
            _ => {}
        }
        if form == Form::Linked {
            self.swap_links();
        }
        self.write(stem);
    }

    fn write(&self, stem: &str) {
        let entry = &self.files[stem];
        let (path, text) = (self.file(stem, entry.form), entry.manifest.text());
        match entry.form {
            Form::Plain | Form::Disabled => fs::write(path, text).expect("a manifest"),
            Form::Broken => fs::write(path, &text[..text.len() / 2]).expect("half a manifest"),
            Form::Linked => {
                remove(&path);
                symlink(format!("../data/current/{stem}.json"), path).expect("a link");
            }
        }
    }

    /// Writes the first half, and the second one after a while.
    pub(crate) fn put_slowly(&mut self, stem: &str, manifest: Manifest, pause: Duration) {
        self.put(stem, manifest.clone(), Form::Broken);
        sleep(pause);
        self.put(stem, manifest, Form::Plain);
    }

    /// Writes it under another name and renames it over the file, as careful editors do.
    pub(crate) fn put_by_rename(&mut self, stem: &str, manifest: Manifest) {
        let new = self.root().join(format!("manifests/.{stem}.json.new"));
        fs::write(&new, manifest.text()).expect("a manifest");
        self.take_disabled_away(stem);
        fs::rename(new, self.file(stem, Form::Plain)).expect("a rename");
        let form = Form::Plain;
        self.files.insert(stem.to_owned(), Entry { manifest, form });
    }

    fn take_disabled_away(&self, stem: &str) {
        if self.files.get(stem).map(|entry| entry.form) == Some(Form::Disabled) {
            remove(&self.file(stem, Form::Disabled));
        }
    }

    /// Renames the one file over the other.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        let Some(entry) = self.files.remove(from) else {
            return;
        };
        self.take_disabled_away(to);
        match entry.form {
            Form::Plain | Form::Broken => {
                fs::rename(self.file(from, entry.form), self.file(to, entry.form))
                    .expect("a rename");
                self.files.insert(to.to_owned(), entry);
            }
            Form::Linked | Form::Disabled => {
                remove(&self.file(from, entry.form));
                self.files.remove(to);
                remove(&self.file(to, Form::Plain));
                self.put(to, entry.manifest, Form::Plain);
            }
        }
    }

    pub(crate) fn remove(&mut self, stem: &str) {
        if let Some(entry) = self.files.remove(stem) {
            remove(&self.file(stem, entry.form));
        }
    }

    /// Renames it to `.disabled`.
    pub(crate) fn disable(&mut self, stem: &str) {
        let Some(entry) = self.files.get(stem).cloned() else {
            return;
        };
        if entry.form == Form::Plain {
            fs::rename(
                self.file(stem, Form::Plain),
                self.file(stem, Form::Disabled),
            )
            .expect("a rename");
            let form = Form::Disabled;
            self.files.insert(stem.to_owned(), Entry { form, ..entry });
        }
    }

    /// Renames it back.
    pub(crate) fn enable(&mut self, stem: &str) {
        let Some(entry) = self.files.get(stem).cloned() else {
            return;
        };
        if entry.form == Form::Disabled {
            fs::rename(
                self.file(stem, Form::Disabled),
                self.file(stem, Form::Plain),
            )
            .expect("a rename");
            let form = Form::Plain;
            self.files.insert(stem.to_owned(), Entry { form, ..entry });
        }
    }

    pub(crate) fn touch(&self, stem: &str) {
        let entry = &self.files[stem];
        let file = File::options()
            .append(true)
            .open(self.file(stem, entry.form))
            .expect("a manifest");
        file.set_modified(SystemTime::now()).expect("a touch");
    }

    /// All links lead to other files from one moment to the next.
    pub(crate) fn swap_links(&mut self) {
        self.data += 1;
        let data = self.root().join("data");
        let version = format!("version-{}", self.data);
        fs::create_dir_all(data.join(&version)).expect("a directory");
        for (stem, entry) in &self.files {
            if entry.form == Form::Linked {
                let path = data.join(&version).join(format!("{stem}.json"));
                fs::write(path, entry.manifest.text()).expect("a manifest");
            }
        }
        let before = fs::read_link(data.join("current"));
        symlink(version, data.join("next")).expect("a link");
        fs::rename(data.join("next"), data.join("current")).expect("a rename");
        if let Ok(before) = before {
            fs::remove_dir_all(data.join(before)).expect("the version before");
        }
    }

    /// The directory is somewhere else for a while.
    pub(crate) fn leave_for(&mut self, pause: Duration) {
        let (here, away) = (self.root().join("manifests"), self.root().join("away"));
        fs::rename(&here, &away).expect("a rename");
        sleep(pause);
        fs::rename(&away, &here).expect("a rename");
    }

    /// A directory with the same files takes its place.
    pub(crate) fn replace(&mut self, pause: Duration) {
        let (here, away) = (self.root().join("manifests"), self.root().join("away"));
        fs::rename(&here, &away).expect("a rename");
        sleep(pause);
        fs::create_dir(&here).expect("a directory");
        self.files.keys().for_each(|stem| self.write(stem));
        fs::remove_dir_all(away).expect("the directory before");
    }

    /// All of it is written somewhere else, and the symlink on the way leads there from one moment to the next.
    pub(crate) fn renew_all(&mut self) {
        let before = self.root();
        self.generation += 1;
        fs::create_dir_all(self.root().join("manifests")).expect("a directory");
        self.swap_links();
        self.files.keys().for_each(|stem| self.write(stem));
        let (next, watched) = (self.base.join("next"), self.base.join("watched"));
        symlink(self.root(), &next).expect("a link");
        fs::rename(next, watched).expect("a rename");
        let _ = fs::remove_dir_all(before);
    }

    /// What is to run: by name, those of which there are several once.
    pub(crate) fn wanted(&self) -> Vec<&Manifest> {
        let there = self
            .files
            .values()
            .filter(|entry| matches!(entry.form, Form::Plain | Form::Linked));
        there.map(|entry| &entry.manifest).collect()
    }
}

/// Also what is not there.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        assert_eq!(
            error.kind(),
            std::io::ErrorKind::NotFound,
            "{}: {error}",
            path.display()
        );
    }
}
