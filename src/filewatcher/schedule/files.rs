//! The files by their keys, in order. A sorted list: the code of a tree would be larger than all of this module.

use super::file::File;

/// Each key once.
#[derive(Debug, Default)]
pub(super) struct Files(Vec<(String, File)>);

impl Files {
    pub(super) fn get(&self, key: &str) -> Option<&File> {
        self.position(key).ok().map(|at| &self.0[at].1)
    }

    /// Keys have to come in their order.
    pub(super) fn push(&mut self, key: String, file: File) {
        self.0.push((key, file));
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<File> {
        self.position(key).ok().map(|at| self.0.remove(at).1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &File> {
        self.0.iter().map(|(_, file)| file)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut File> {
        self.0.iter_mut().map(|(_, file)| file)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&String, &mut File)> {
        self.0.iter_mut().map(|(key, file)| (&*key, file))
    }

    pub(super) fn into_keys(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|(key, _)| key)
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(other, _)| other.as_str().cmp(key))
    }
}
