//! One entry of the state file.

use serde::{Deserialize, Serialize};

/// What was applied to one container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The container's name.
    pub name: String,
    /// Under which Kanto-CM has it; empty where that is not known.
    pub id: String,
    /// The manifests directory that asked for it; of several layers all, joined by colons in byte order.
    pub directory: String,
    /// Digest of the manifest's content.
    pub digest: String,
    /// Digest of the container as this program made it: a change by somebody else shows.
    pub made: String,
    /// Digest of the configuration that was there before. Where Kanto-CM has that one again, its store is older than this file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// What became of the content.
    #[serde(rename = "state")]
    pub content_state: ContentState,
    /// This program created the container, not somebody else.
    pub created: bool,
    /// The boots in which a [`ContentState::Trying`] one was begun, or in which a [`ContentState::Removed`] one was removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boots: Vec<String>,
    /// The boot in which it was last seen to run: a job that ended since has done its work for that boot. Of a replacement under way,
    /// or rolled back: the boot in which the old one has done its work.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ran_in: String,
    /// The id of a container that is removed when this one runs. Either the container had it before its manifest gave another
    /// one's id, or it was ruined and could not be removed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub earlier_id: String,
    /// Why a [`ContentState::RolledBack`] one was rolled back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Entry {
    /// Was it deployed from these directories, or from some of them? `directories`: joined by colons, as in the state file.
    pub fn is_of(&self, directories: &str) -> bool {
        let is_among = |one: &str| directories.split(':').any(|other| one == other);
        self.directory == directories || self.directory.split(':').all(is_among)
    }

    /// What is known of the container itself, whatever became of the content: whose it is stays known where that is to be applied
    /// again.
    #[must_use]
    pub fn without_content(self) -> Entry {
        Entry {
            name: self.name,
            id: self.id,
            directory: self.directory,
            made: self.made,
            created: self.created && self.content_state != ContentState::Removed,
            earlier_id: self.earlier_id,
            ..Entry::default()
        }
    }
}

/// What became of a manifest's content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentState {
    /// It was applied.
    #[default]
    Applied,
    /// It was begun, and had not settled yet.
    Trying,
    /// It failed, and the container before it is back.
    RolledBack,
    /// Its manifest was gone, and the container was removed. Kanto-CM may bring it back at its next start.
    Removed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_some_layers_is_one_of_all_and_not_the_other_way_round() {
        let is_of = |directory: &str, all: &str| {
            let entry = Entry {
                directory: directory.to_owned(),
                ..Entry::default()
            };
            entry.is_of(all)
        };
        assert!(is_of("/a", "/a") && is_of("/a", "/a:/b") && is_of("/a:/c", "/a:/b:/c"));
        assert!(!is_of("/a:/b", "/a") && !is_of("/a", "/b:/c") && !is_of("/a", "/ab:/b"));
        assert!(!is_of("", "/a:/b") && is_of("", ""));
    }
}
