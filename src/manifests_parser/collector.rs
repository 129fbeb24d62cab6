//! Collects the errors and warnings of one file, its missing keys, and the place of every value.
//!
//! A value has two paths: one in the terms of Kanto-CM's API, which the checks use, and one as the file spells it, which
//! people see.

use super::diagnostics::{Bounded, Diagnostics, Location};
use super::format::{spelling, Format};
use super::json::Raw;
use super::source::{Origin, Source};
use crate::sort::sort_by;

/// The two paths of a value: `mounts[0].source` and `mount_points[0].source`.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    pub(super) canonical: String,
    pub(super) written: String,
    /// Its index among the recorded places, if the file holds the value.
    place: Option<usize>,
}

impl Path {
    /// Makes the path of a member of this object.
    pub(super) fn member(&self, canonical: &str, written: &str) -> Path {
        Path {
            canonical: join(&self.canonical, canonical),
            written: join(&self.written, written),
            place: None,
        }
    }

    /// Makes the path of an item of this list.
    pub(super) fn item(&self, index: usize) -> Path {
        Path {
            canonical: format!("{}[{index}]", self.canonical),
            written: format!("{}[{index}]", self.written),
            place: None,
        }
    }
}

fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() {
        key.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

/// Where a value that the file holds stands.
struct Place {
    path: Path,
    origin: Origin,
    /// The value is not null: null counts as left out.
    is_given: bool,
    /// There is an error about it or its contents: what was read from it is not what the file says.
    has_error: bool,
}

/// A diagnostic whose line and column are not counted yet.
struct Pending {
    origin: Origin,
    key: String,
    message: String,
}

/// Collects everything that is to be said about one manifest.
pub(super) struct Collector<'t> {
    source: Source<'t>,
    pub(super) format: Format,
    errors: Bounded<Pending>,
    warnings: Bounded<Pending>,
    places: Vec<Place>,
    /// Keys that the internal format demands and the file leaves out, as the file would spell them.
    pub(super) missing: Bounded<String>,
}

impl<'t> Collector<'t> {
    pub(super) fn new(source: Source<'t>, format: Format) -> Self {
        Collector {
            source,
            format,
            errors: Bounded::default(),
            warnings: Bounded::default(),
            places: Vec::new(),
            missing: Bounded::default(),
        }
    }

    /// Records where a value stands.
    pub(super) fn record_place(&mut self, mut path: Path, raw: Raw<'t>) -> Path {
        path.place = Some(self.places.len());
        self.places.push(Place {
            path: path.clone(),
            origin: self.source.origin(raw),
            is_given: raw != "null",
            has_error: false,
        });
        path
    }

    /// Prepares the places for lookups by path. To be called once, when all values were read.
    pub(super) fn sort_places(&mut self) {
        sort_by(&mut self.places, |a, b| {
            a.path.canonical.cmp(&b.path.canonical)
        });
    }

    /// Adds an error about a value while the file is being read.
    pub(super) fn error_at(&mut self, path: &Path, raw: Raw<'t>, message: String) {
        if let Some(place) = path.place {
            self.places[place].has_error = true;
        }
        self.errors.push(Pending {
            origin: self.source.origin(raw),
            key: path.written.clone(),
            message,
        });
    }

    /// Adds a warning about a value while the file is being read.
    pub(super) fn warn_at(&mut self, key: String, raw: Raw<'t>, message: String) {
        self.warnings.push(Pending {
            origin: self.source.origin(raw),
            key,
            message,
        });
    }

    /// Adds an error about the value with this API path, unless it could not be read in the first place.
    pub(super) fn error(&mut self, canonical: &str, message: String) {
        if !self.has_error(canonical) {
            let pending = self.pending(canonical, message);
            self.errors.push(pending);
        }
    }

    /// Adds a warning about the value with this API path, unless it could not be read in the first place.
    pub(super) fn warn(&mut self, canonical: &str, message: String) {
        if !self.has_error(canonical) {
            let pending = self.pending(canonical, message);
            self.warnings.push(pending);
        }
    }

    /// Does the file hold this value, and not as null?
    pub(super) fn is_given(&self, canonical: &str) -> bool {
        self.place(canonical).is_some_and(|place| place.is_given)
    }

    /// Was there an error about this value, or about one that it lies in, when the file was read?
    pub(super) fn has_error(&self, canonical: &str) -> bool {
        ancestors(canonical).any(|path| self.place(path).is_some_and(|place| place.has_error))
    }

    /// Finds the location of each of these values, or of what should hold it. In the order of the file it takes one walk
    /// through the text.
    pub(super) fn locations(&self, canonical: impl Iterator<Item = String>) -> Vec<Location> {
        let mut locator = self.source.locator();
        let pending = canonical.map(|path| self.pending(&path, String::new()));
        pending
            .map(|pending| locator.location(pending.origin, pending.key))
            .collect()
    }

    /// Returns errors and warnings in the order of the file.
    pub(super) fn into_diagnostics(self) -> (Diagnostics, Diagnostics) {
        let located = |mut pending: Vec<Pending>| {
            sort_by(&mut pending, |a, b| a.origin.cmp(&b.origin));
            let mut locator = self.source.locator();
            let located = pending.into_iter().map(|pending| {
                let location = locator.location(pending.origin, pending.key);
                location.diagnostic(pending.message)
            });
            located.collect()
        };
        (self.errors.map(located), self.warnings.map(located))
    }

    /// Does a drop-in hold what should hold this value?
    pub(super) fn is_from_drop_in(&self, canonical: &str) -> bool {
        self.pending(canonical, String::new()).origin.file > 0 && !self.has_error(canonical)
    }

    fn place(&self, canonical: &str) -> Option<&Place> {
        let found = self
            .places
            .binary_search_by(|place| place.path.canonical.as_str().cmp(canonical));
        found.ok().map(|index| &self.places[index])
    }

    fn pending(&self, canonical: &str, message: String) -> Pending {
        let nearest = ancestors(canonical).find_map(|path| self.place(path));
        let origin = nearest.map_or(Origin::default(), |place| place.origin);
        let (base, known) = nearest.map_or(("", 0), |place| {
            (&*place.path.written, place.path.canonical.len())
        });
        let mut rest = canonical[known..].trim_start_matches('.');
        if self.format == Format::ContainerManagement {
            rest = spelling(base, rest);
        }
        let key = if rest.is_empty() {
            base.to_owned()
        } else {
            join(base, rest)
        };
        Pending {
            origin,
            key,
            message,
        }
    }

    /// Records the place of the `null` by which a drop-in has removed the value with this path. Was there one?
    pub(super) fn record_removal(&mut self, path: Path) -> bool {
        let null = self.source.removed(&path.written);
        if let Some(null) = null {
            self.record_place(path, null);
        }
        null.is_some()
    }
}

/// Lists the path itself, then each that it lies in, up to the whole file.
fn ancestors(canonical: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(canonical), |path| {
        (!path.is_empty()).then(|| path.rfind(['.', '[']).map_or("", |end| &path[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::super::source::SourceFile;
    use super::*;

    #[test]
    fn ancestors_go_up_to_the_file() {
        let paths: Vec<&str> = ancestors("host_config.port_mappings[10].host_port").collect();
        let expected = [
            "host_config.port_mappings[10].host_port",
            "host_config.port_mappings[10]",
        ];
        assert_eq!(paths[..2], expected);
        assert_eq!(paths[2..], ["host_config.port_mappings", "host_config", ""]);
        assert_eq!(ancestors("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn a_key_that_is_left_out_is_located_where_it_should_be() {
        let text = r#"{ "mount_points": [ {} ] }"#;
        let files = [SourceFile {
            name: String::new(),
            text,
        }];
        let mut collector = Collector::new(Source::of(&files), Format::ContainerManagement);
        collector.record_place(Path::default(), text);
        let list = Path::default().member("mounts", "mount_points");
        let list = collector.record_place(list, &text[18..24]);
        collector.record_place(list.item(0), &text[20..22]);
        collector.sort_places();
        let shown = |path: &str| {
            let locations = collector.locations([path.to_owned()].into_iter());
            locations[0].diagnostic(String::new()).to_string()
        };
        assert_eq!(shown("mounts[0].source"), "1:21: mount_points[0].source: ");
        assert_eq!(shown("id"), "1:1: container_id: ");
        assert_eq!(shown("image.name"), "1:1: image.name: ");
    }
}
