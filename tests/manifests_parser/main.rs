//! The manifests parser from outside: golden cases, and the rules of reading a directory.

#![allow(clippy::unwrap_used)]

mod cases;
mod files;
mod layers;
mod listing;
mod mutated;
mod permissions;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use kanto_auto_deployer::manifests_parser::Manifests;

const SMALLEST: &str = r#"{ "image": { "name": "docker.io/library/influxdb:1.8.4" } }"#;

fn names(manifests: &Manifests) -> Vec<&str> {
    manifests
        .valid
        .iter()
        .map(|manifest| manifest.container.name.as_str())
        .collect()
}

/// A folder of its own that goes when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "manifests-parser-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        set_mode(&path, 0o755);
        Folder(path)
    }

    /// Writes a file that its owner alone can write.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        set_mode(&path, 0o644);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
