//! What turns up while a manifest is read and judged: errors, warnings, missing keys, and the place of every value.
//!
//! A value is known by two paths: in the terms of Kanto-CM's API, which is what the checks use, and as the file spells
//! it, which is what people see.

use super::parse::Format;
use super::problem::{Bounded, Problem, Problems};
use super::{cm_format, tree::Raw};
use crate::sort::sort_by;

/// The two paths of a value: `mounts[0].source` and `mount_points[0].source`.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    pub(super) canonical: String,
    pub(super) written: String,
    /// Its index among the places, once it was found.
    place: Option<usize>,
}

impl Path {
    /// The path of a member of this object.
    pub(super) fn member(&self, canonical: &str, written: &str) -> Path {
        Path {
            canonical: join(&self.canonical, canonical),
            written: join(&self.written, written),
            place: None,
        }
    }

    /// The path of an item of this list.
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
    offset: usize,
    /// It is not null, which counts as left out.
    given: bool,
    /// An error about it or its contents was found already: what was read from it is not what the file says.
    broken: bool,
}

/// A problem whose line and column are not counted yet.
struct Draft {
    offset: usize,
    key: String,
    message: String,
}

/// All that was found in one file.
pub(super) struct Findings<'t> {
    text: &'t str,
    pub(super) format: Format,
    errors: Bounded<Draft>,
    warnings: Bounded<Draft>,
    places: Vec<Place>,
    /// Keys that the internal format demands and the file leaves out, as the file would spell them.
    pub(super) missing: Bounded<String>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(text: &'t str, format: Format) -> Self {
        Findings {
            text,
            format,
            errors: Bounded::default(),
            warnings: Bounded::default(),
            places: Vec::new(),
            missing: Bounded::default(),
        }
    }

    /// Remembers where a value stands.
    pub(super) fn found(&mut self, mut path: Path, raw: Raw<'t>) -> Path {
        path.place = Some(self.places.len());
        self.places.push(Place {
            path: path.clone(),
            offset: self.offset(raw),
            given: raw != "null",
            broken: false,
        });
        path
    }

    /// To be called when all values were read, and before any path is looked up.
    pub(super) fn sort_places(&mut self) {
        sort_by(&mut self.places, |a, b| {
            a.path.canonical.cmp(&b.path.canonical)
        });
    }

    /// An error about a value while it is being read.
    pub(super) fn unreadable(&mut self, path: &Path, raw: Raw<'t>, message: String) {
        let offset = self.offset(raw);
        if let Some(place) = path.place {
            self.places[place].broken = true;
        }
        self.errors.push(Draft {
            offset,
            key: path.written.clone(),
            message,
        });
    }

    /// A warning about a value while it is being read.
    pub(super) fn odd(&mut self, key: String, raw: Raw<'t>, message: String) {
        let offset = self.offset(raw);
        self.warnings.push(Draft {
            offset,
            key,
            message,
        });
    }

    /// An error about the value with this API path, unless it could not be read in the first place.
    pub(super) fn error(&mut self, canonical: &str, message: String) {
        if !self.is_broken(canonical) {
            let draft = self.draft(canonical, message);
            self.errors.push(draft);
        }
    }

    /// A warning about the value with this API path, unless it could not be read in the first place.
    pub(super) fn warning(&mut self, canonical: &str, message: String) {
        if !self.is_broken(canonical) {
            let draft = self.draft(canonical, message);
            self.warnings.push(draft);
        }
    }

    /// Does the file hold this value, and not as null?
    pub(super) fn is_given(&self, canonical: &str) -> bool {
        self.place(canonical).is_some_and(|place| place.given)
    }

    /// Was there an error already about this value or about one that it lies in?
    pub(super) fn is_broken(&self, canonical: &str) -> bool {
        lineage(canonical).any(|path| self.place(path).is_some_and(|place| place.broken))
    }

    /// The place of this value, or of what should hold it, as a problem without a message.
    pub(super) fn anchor(&self, canonical: &str) -> Problem {
        locate(self.text, vec![self.draft(canonical, String::new())]).remove(0)
    }

    /// The same for many values that are asked for in the order of the file.
    pub(super) fn anchors(&self, canonical: impl Iterator<Item = String>) -> Vec<Problem> {
        locate(
            self.text,
            canonical
                .map(|path| self.draft(&path, String::new()))
                .collect(),
        )
    }

    /// Errors and warnings in the order of the file.
    pub(super) fn into_problems(self) -> (Problems, Problems) {
        let located = |found: Bounded<Draft>| found.map(|drafts| locate(self.text, drafts));
        (located(self.errors), located(self.warnings))
    }

    fn place(&self, canonical: &str) -> Option<&Place> {
        let found = self
            .places
            .binary_search_by(|place| place.path.canonical.as_str().cmp(canonical));
        found.ok().map(|index| &self.places[index])
    }

    fn draft(&self, canonical: &str, message: String) -> Draft {
        let nearest = lineage(canonical).find_map(|path| self.place(path));
        let offset = nearest.map_or(0, |place| place.offset);
        let (base, known) = nearest.map_or(("", 0), |place| {
            (&*place.path.written, place.path.canonical.len())
        });
        let rest = canonical[known..].trim_start_matches('.');
        let rest = if self.format == Format::ContainerManagement {
            cm_format::spelling(base, rest)
        } else {
            rest
        };
        let key = if rest.is_empty() {
            base.to_owned()
        } else {
            join(base, rest)
        };
        Draft {
            offset,
            key,
            message,
        }
    }

    /// A value is a slice of the text, so its address tells where it stands.
    fn offset(&self, raw: Raw<'t>) -> usize {
        (raw.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }
}

/// The path itself, then each that it lies in, down to the whole file.
fn lineage(canonical: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(canonical), |path| {
        (!path.is_empty()).then(|| path.rfind(['.', '[']).map_or("", |end| &path[..end]))
    })
}

/// Counts lines and columns, walking through the text once.
fn locate(text: &str, mut drafts: Vec<Draft>) -> Vec<Problem> {
    sort_by(&mut drafts, |a, b| a.offset.cmp(&b.offset));
    let (mut reached, mut line, mut column) = (0, 1_u32, 1_u32);
    let counted = drafts.into_iter().map(
        |Draft {
             offset,
             key,
             message,
         }| {
            for character in text[reached..offset].chars() {
                (line, column) = if character == '\n' {
                    (line + 1, 1)
                } else {
                    (line, column + 1)
                };
            }
            reached = offset;
            Problem {
                line,
                column,
                key,
                message,
            }
        },
    );
    counted.collect()
}

/// One problem at a byte of a text that is not JSON.
pub(super) fn problem_at(text: &str, offset: usize, message: String) -> Problem {
    locate(
        text,
        vec![Draft {
            offset,
            key: String::new(),
            message,
        }],
    )
    .remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lineage_goes_up_to_the_file() {
        let paths: Vec<&str> = lineage("host_config.port_mappings[10].host_port").collect();
        let expected = [
            "host_config.port_mappings[10].host_port",
            "host_config.port_mappings[10]",
        ];
        assert_eq!(paths[..2], expected);
        assert_eq!(paths[2..], ["host_config.port_mappings", "host_config", ""]);
        assert_eq!(lineage("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn columns_count_characters() {
        let at = |offset| problem_at("é\n\téx", offset, String::new());
        assert_eq!((at(0).line, at(0).column), (1, 1));
        assert_eq!((at(2).line, at(2).column), (1, 2));
        assert_eq!((at(6).line, at(6).column), (2, 3));
        assert_eq!((at(7).line, at(7).column), (2, 4));
    }

    #[test]
    fn what_is_left_out_is_reported_where_it_should_be() {
        let text = r#"{ "mount_points": [ {} ] }"#;
        let mut findings = Findings::new(text, Format::ContainerManagement);
        findings.found(Path::default(), text);
        let list = Path::default().member("mounts", "mount_points");
        let list = findings.found(list, &text[18..24]);
        findings.found(list.item(0), &text[20..22]);
        findings.sort_places();
        let shown = |path| findings.anchor(path).to_string();
        assert_eq!(shown("mounts[0].source"), "1:21: mount_points[0].source: ");
        assert_eq!(shown("id"), "1:1: container_id: ");
        assert_eq!(shown("image.name"), "1:1: image.name: ");
    }
}
