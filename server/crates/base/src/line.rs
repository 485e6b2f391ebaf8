//! Rows, columns and the line index of a text. Rows are split at `\n` (a `\r` before it belongs to the row).

use crate::ByteRange;
use serde::{Deserialize, Serialize};

/// A place as row and column, both from 0; the column counts bytes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize,
)]
pub struct Point {
    /// Row, from 0.
    pub row: u32,
    /// Bytes from the start of the row.
    pub column: u32,
}

impl Point {
    /// Where `offset` lies in `text`; O(offset).
    pub fn at(text: &str, offset: usize) -> Self {
        Self::default().advanced(&text[..offset])
    }

    /// The place reached from here after `text`.
    #[must_use]
    pub fn advanced(self, text: &str) -> Self {
        match memchr::memrchr(b'\n', text.as_bytes()) {
            None => Self {
                row: self.row,
                column: self.column + text.len() as u32,
            },
            Some(last) => Self {
                row: self.row + memchr::memchr_iter(b'\n', text.as_bytes()).count() as u32,
                column: (text.len() - last - 1) as u32,
            },
        }
    }
}

/// Whole lines `start..=end`, from 0, both included.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize,
)]
pub struct LineRange {
    /// First line, from 0.
    pub start: u32,
    /// Last line, included, from 0.
    pub end: u32,
}

impl LineRange {
    /// How many lines it holds; at least one.
    pub fn count(self) -> u32 {
        self.end.saturating_sub(self.start) + 1
    }

    /// Whether the line lies inside.
    pub fn contains(self, line: u32) -> bool {
        self.start <= line && line <= self.end
    }
}

/// Start offsets of every line of one text: offset to line in O(log n), line to offset in O(1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
}

impl LineIndex {
    /// Scans the text once.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        Self {
            starts,
            len: text.len() as u32,
        }
    }

    /// How many lines; a text that ends in `\n` has an empty last line; never 0.
    pub fn n_lines(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line that holds `offset` (offsets past the end belong to the last line).
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32 - 1
    }

    /// Row and byte column of `offset`.
    pub fn point(&self, offset: u32) -> Point {
        let row = self.line(offset.min(self.len));
        Point {
            row,
            column: offset.min(self.len) - self.starts[row as usize],
        }
    }

    /// The bytes of a line, with its line break; empty past the last line.
    pub fn line_bytes(&self, line: u32) -> ByteRange {
        let line = line as usize;
        if line >= self.starts.len() {
            return ByteRange {
                start: self.len,
                end: self.len,
            };
        }
        let end = self.starts.get(line + 1).copied().unwrap_or(self.len);
        ByteRange {
            start: self.starts[line],
            end,
        }
    }

    /// The lines a byte range touches; the byte after the end does not count, so `a\n` is one line.
    pub fn lines(&self, range: ByteRange) -> LineRange {
        let last = if range.is_empty() {
            range.start
        } else {
            range.end - 1
        };
        LineRange {
            start: self.line(range.start),
            end: self.line(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn line_index_agrees_with_a_plain_scan(text in "[a\u{e9}\r\n]{0,60}", at in 0usize..60) {
            let mut at = at.min(text.len());
            while !text.is_char_boundary(at) { at -= 1; }
            let index = LineIndex::new(&text);
            let point = Point::at(&text, at);
            prop_assert_eq!(index.point(at as u32), point);
            prop_assert_eq!(point.row as usize, text[..at].matches('\n').count());
            prop_assert_eq!(index.n_lines() as usize, text.matches('\n').count() + 1);
            let bytes = index.line_bytes(point.row);
            prop_assert!(bytes.start as usize <= at && at <= bytes.end as usize);
            prop_assert!(!text[bytes.range()].trim_end_matches('\n').contains('\n'));
        }
    }
}
