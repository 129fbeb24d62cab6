//! A simulated Kanto-CM, described before it starts: `kanto_cm().running(&manifest("a")).endless_pull("b").start()`.

use serde_json::Value;
use simulated_kanto_cm::{Existing, Image, Left, Process, Program, Setup};

use super::image;
use super::replacing::{existing, version};

/// Milliseconds that no test waits for: it ends what takes so long when it has seen enough.
pub(crate) const LONG: u64 = 600_000;

/// What the simulator starts with. Methods with the name of a field of [`Setup`] set that field.
#[must_use]
pub(crate) struct KantoCm(Setup);

/// A Kanto-CM that has restored its containers at once, holds none and pulls any image in no time.
pub(crate) fn kanto_cm() -> KantoCm {
    KantoCm(Setup::default())
}

impl KantoCm {
    pub(crate) fn start(self) -> Process {
        Process::start(self.0)
    }

    /// Nothing runs until `start_again`.
    pub(crate) fn prepare(self) -> Process {
        Process::prepare(self.0)
    }

    /// The container of this manifest runs.
    pub(crate) fn running(self, manifest: &Value) -> KantoCm {
        self.left(manifest, Left::Running)
    }

    /// The first version of each of these containers runs.
    pub(crate) fn first_versions(self, names: &[&str]) -> KantoCm {
        let add = |cm: KantoCm, name: &&str| cm.running(&version(name, 1));
        names.iter().fold(self, add)
    }

    /// The container of this manifest was left like this.
    pub(crate) fn left(self, manifest: &Value, left: Left) -> KantoCm {
        self.containers([existing(manifest, left)])
    }

    pub(crate) fn containers(mut self, containers: impl IntoIterator<Item = Existing>) -> KantoCm {
        self.0.containers.extend(containers);
        self
    }

    /// The pull of this container's image goes on until the test ends it.
    pub(crate) fn endless_pull(self, name: &str) -> KantoCm {
        self.images([endless_pull(image(name))])
    }

    /// The pull of this container's image fails with this text.
    pub(crate) fn failing_pull(self, name: &str, error: &str) -> KantoCm {
        self.images([Image::new(image(name)).pull_fails(error)])
    }

    pub(crate) fn images(mut self, images: impl IntoIterator<Item = Image>) -> KantoCm {
        self.0.images.extend(images);
        self
    }

    pub(crate) fn offline(mut self) -> KantoCm {
        self.0.offline = true;
        self
    }

    pub(crate) fn load_ms(mut self, load_ms: u64) -> KantoCm {
        self.0.load_ms = load_ms;
        self
    }

    pub(crate) fn restore_ms(mut self, restore_ms: u64) -> KantoCm {
        self.0.restore_ms = restore_ms;
        self
    }

    pub(crate) fn ready_sign(mut self, ready_sign: bool) -> KantoCm {
        self.0.ready_sign = ready_sign;
        self
    }

    pub(crate) fn start_ms(mut self, start_ms: u64) -> KantoCm {
        self.0.start_ms = start_ms;
        self
    }

    pub(crate) fn lost_exit_ms(mut self, lost_exit_ms: u64) -> KantoCm {
        self.0.lost_exit_ms = Some(lost_exit_ms);
        self
    }
}

/// An image whose pull goes on until the test ends it.
pub(crate) fn endless_pull(image: impl Into<String>) -> Image {
    Image::new(image).pull_ms(LONG)
}

/// The image of this container, whose program takes so long to stop.
pub(crate) fn stops_in(name: &str, stop_ms: u64) -> Image {
    Image::new(image(name)).program(Program::Run { stop_ms, code: 0 })
}

/// Lets the pull of this container's image, which is under way, succeed.
pub(crate) fn finish_pull(cm: &Process, name: &str) {
    cm.change(|setup| setup.put_image(Image::new(image(name))));
}
