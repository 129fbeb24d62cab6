//! The files that a manifest comes from, its own and those of its drop-ins, and where each value of its text stands in them.

use super::diagnostics::{Diagnostic, Location, Span};
use super::json::{self, Raw};

/// One of the files.
pub(super) struct SourceFile<'t> {
    /// For people, safe to print; empty: the manifest's own file.
    pub(super) name: String,
    pub(super) text: &'t str,
}

impl<'t> SourceFile<'t> {
    /// Takes the file as text, or says where it is none.
    pub(super) fn new(name: &str, bytes: &'t [u8]) -> Result<SourceFile<'t>, Diagnostic> {
        let name = name.to_owned();
        let error = match std::str::from_utf8(bytes) {
            Ok(text) => return Ok(SourceFile { name, text }),
            Err(error) => error,
        };
        let text = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        let message = "the file is not UTF-8 text".to_owned();
        Err(SourceFile { name, text }.diagnostic(text.len(), String::new(), message))
    }

    /// Reads the object that the whole file consists of.
    pub(super) fn object(&self) -> Result<Raw<'t>, Diagnostic> {
        let (offset, message) = match json::root(self.text) {
            Ok(root) if root.starts_with('{') => return Ok(root),
            Ok(_) => {
                let offset = self.text.len() - self.text.trim_start().len();
                (offset, "expected a JSON object".to_owned())
            }
            Err(error) => (error.offset, error.message),
        };
        Err(self.diagnostic(offset, String::new(), message))
    }

    /// Makes a diagnostic about the value at this byte.
    pub(super) fn diagnostic(&self, offset: usize, key: String, message: String) -> Diagnostic {
        let location = Location {
            file: self.name.clone(),
            span: Some(Spans::new(self.text).at(offset)),
            key,
        };
        location.diagnostic(message)
    }

    /// A value is a slice of the text, so its address gives its place.
    pub(super) fn offset(&self, raw: Raw<'_>) -> usize {
        offset(self.text, raw)
    }
}

fn offset(text: &str, raw: Raw<'_>) -> usize {
    (raw.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// A byte of one of the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub(super) file: usize,
    pub(super) offset: usize,
}

/// A part of a merged text that begins at the byte `start`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) start: usize,
    pub(super) origin: Origin,
}

/// A manifest's text.
#[derive(Clone, Copy)]
pub(super) struct Source<'t> {
    pub(super) files: &'t [SourceFile<'t>],
    pub(super) text: &'t str,
    /// Where its parts come from, in their order; empty: the text is that of the first file.
    pub(super) segments: &'t [Segment],
    /// The keys that drop-ins have removed, as the manifest spells their paths, with the place of the `null`.
    pub(super) removed: &'t [(String, usize)],
}

impl<'t> Source<'t> {
    /// The text of the first file alone.
    pub(super) fn of(files: &'t [SourceFile<'t>]) -> Source<'t> {
        Source {
            files,
            text: files[0].text,
            segments: &[],
            removed: &[],
        }
    }

    /// Finds the place of a value of the text.
    pub(super) fn origin(&self, raw: Raw<'_>) -> Origin {
        let offset = offset(self.text, raw);
        let next = self.segments.partition_point(|part| part.start <= offset);
        match next.checked_sub(1).map(|at| self.segments[at]) {
            Some(Segment { start, origin }) => Origin {
                offset: origin.offset + offset - start,
                ..origin
            },
            None => Origin { file: 0, offset },
        }
    }

    /// Returns the `null` by which a drop-in has removed the key with this path.
    pub(super) fn removed(&self, path: &str) -> Option<Raw<'t>> {
        let (_, at) = self.removed.iter().find(|(removed, _)| removed == path)?;
        Some(&self.text[*at..*at + "null".len()])
    }

    /// Counts the lines and columns of places. In the order of the files it takes one walk through each.
    pub(super) fn locator(&self) -> Locator<'t> {
        Locator {
            files: self.files,
            file: 0,
            spans: Spans::new(self.files[0].text),
        }
    }
}

/// Makes locations from places.
pub(super) struct Locator<'t> {
    files: &'t [SourceFile<'t>],
    file: usize,
    spans: Spans<'t>,
}

impl Locator<'_> {
    /// Makes the location of the value of `key` at this place.
    pub(super) fn location(&mut self, at: Origin, key: String) -> Location {
        let file = &self.files[at.file];
        if at.file != self.file {
            self.file = at.file;
            self.spans = Spans::new(file.text);
        }
        Location {
            file: file.name.clone(),
            span: Some(self.spans.at(at.offset)),
            key,
        }
    }
}

/// Counts lines and columns.
struct Spans<'t> {
    text: &'t str,
    reached: usize,
    span: Span,
}

impl<'t> Spans<'t> {
    fn new(text: &'t str) -> Self {
        Spans {
            text,
            reached: 0,
            span: Span::START,
        }
    }

    /// Counts on from the byte that was asked for before; from the beginning of the text if that byte stands behind this.
    fn at(&mut self, offset: usize) -> Span {
        if offset < self.reached {
            *self = Spans::new(self.text);
        }
        for character in self.text[self.reached..offset].chars() {
            if character == '\n' {
                self.span.line += 1;
                self.span.column = 1;
            } else {
                self.span.column += 1;
            }
        }
        self.reached = offset;
        self.span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut spans = Spans::new("é\n\téx");
        let counted = [(0, 1, 1), (2, 1, 2), (6, 2, 3), (7, 2, 4)];
        for (offset, line, column) in counted.into_iter().chain([counted[1]]) {
            assert_eq!(spans.at(offset), Span { line, column });
        }
    }
}
