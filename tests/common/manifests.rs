//! Manifests, and a directory of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

/// A directory of manifests.
pub(crate) struct Manifests(TempDir);

impl Manifests {
    /// An empty directory.
    pub(crate) fn new() -> Manifests {
        Manifests(TempDir::new().expect("a temporary directory"))
    }

    /// The manifests of Eclipse Leda.
    pub(crate) fn leda() -> Manifests {
        let manifests = Manifests::new();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/manifests");
        for file in fs::read_dir(from).expect("the examples") {
            let path = file.expect("an example").path();
            fs::copy(
                &path,
                manifests.path().join(path.file_name().expect("a name")),
            )
            .expect("a copy");
        }
        manifests
    }

    /// With one more manifest, `NAME.json`, of a container of that name and id.
    pub(crate) fn with(self, name: &str) -> Manifests {
        self.with_json(name, &manifest(name))
    }

    /// With a manifest for each of these.
    pub(crate) fn with_all(self, names: &[impl AsRef<str>]) -> Manifests {
        let add = |manifests: Manifests, name| manifests.with(AsRef::as_ref(name));
        names.iter().fold(self, add)
    }

    /// With `NAME.json` of this content.
    pub(crate) fn with_json(self, name: &str, content: &Value) -> Manifests {
        self.with_text(&format!("{name}.json"), &content.to_string())
    }

    /// With a file of this name and content.
    pub(crate) fn with_text(self, file: &str, content: &str) -> Manifests {
        fs::write(self.path().join(file), content).expect("a manifest");
        self
    }

    /// From now on `NAME.json` is this.
    pub(crate) fn put(&self, name: &str, content: &Value) {
        fs::write(self.file(name), content.to_string()).expect("a manifest");
    }

    /// `NAME.json` is modified now, and says what it said.
    pub(crate) fn touch(&self, name: &str) {
        let file = fs::File::options().write(true).open(self.file(name));
        let touched = file.and_then(|file| file.set_modified(SystemTime::now()));
        touched.expect("a manifest");
    }

    /// `NAME.json` is gone.
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.file(name)).expect("a manifest");
    }

    /// `NAME.json`.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(format!("{name}.json"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A manifest with this name and id.
pub(crate) fn manifest(name: &str) -> Value {
    serde_json::json!({ "container_id": name, "container_name": name, "image": { "name": image(name) } })
}

/// A manifest with this name and id, and these words as its command.
pub(crate) fn manifest_running(name: &str, restart_policy: &str, cmd: &[&str]) -> Value {
    let mut manifest = manifest(name);
    manifest["config"] = serde_json::json!({ "cmd": cmd });
    manifest["host_config"] = serde_json::json!({ "restart_policy": { "type": restart_policy } });
    manifest
}

/// A manifest whose container names others in `extra_hosts`.
pub(crate) fn manifest_after(name: &str, providers: &[&str]) -> Value {
    let mut manifest = manifest(name);
    let hosts: Vec<String> = providers
        .iter()
        .map(|p| format!("{p}:container_{p}-host"))
        .collect();
    manifest["host_config"] = serde_json::json!({ "extra_hosts": hosts });
    manifest
}

/// The image of the manifest with this name.
pub(crate) fn image(name: &str) -> String {
    format!("registry.example/{name}:1")
}
