//! Places in a text, with the column in every encoding an editor may ask for.

use symseek_base::{ByteRange, LineIndex};

/// A line, and a column in each encoding; all from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column in bytes of UTF-8.
    pub utf8: u32,
    /// Column in UTF-16 code units.
    pub utf16: u32,
    /// Column in characters.
    pub utf32: u32,
}

/// From a place to a place, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First place.
    pub start: Place,
    /// One past the last.
    pub end: Place,
}

impl Place {
    /// Where `offset` lies.
    pub fn of(text: &str, lines: &LineIndex, offset: u32) -> Self {
        let point = lines.point(offset);
        let start = lines.line_bytes(point.row).start;
        let before = ByteRange {
            start,
            end: start + point.column,
        }
        .slice(text);
        Self {
            line: point.row,
            utf8: point.column,
            utf16: before.encode_utf16().count() as u32,
            utf32: before.chars().count() as u32,
        }
    }
}

impl Span {
    /// Where a byte range lies.
    pub fn of(text: &str, lines: &LineIndex, range: ByteRange) -> Self {
        Self {
            start: Place::of(text, lines, range.start),
            end: Place::of(text, lines, range.end),
        }
    }
}
