//! Byte ranges and edits.

use crate::Point;
use serde::{Deserialize, Serialize};

/// A half-open range of bytes (UTF-8) of one text: `start..end`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct ByteRange {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl ByteRange {
    /// `start..end`; an inverted pair is an empty range at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end.max(start) as u32,
        }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the byte at `offset` lies inside.
    pub fn contains_offset(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// As a standard range, to index a slice.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text it covers; empty when it does not fit `text` or cuts a character.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or("")
    }
}

/// One replacement of bytes, with the row and column of its three corners, as tree-sitter needs them.
/// Offsets are bytes; columns of the points are bytes from the start of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// First replaced byte.
    pub start: u32,
    /// One past the last replaced byte, in the old text.
    pub old_end: u32,
    /// One past the last inserted byte, in the new text.
    pub new_end: u32,
    /// Where `start` lies.
    pub start_point: Point,
    /// Where `old_end` lies in the old text.
    pub old_end_point: Point,
    /// Where `new_end` lies in the new text.
    pub new_end_point: Point,
}

impl Edit {
    /// The edit that replaces `old[start..old_end]` by `inserted`. Offsets must lie on character borders of `old`.
    pub fn replace(old: &str, start: usize, old_end: usize, inserted: &str) -> Self {
        let start_point = Point::at(old, start);
        Self {
            start: start as u32,
            old_end: old_end as u32,
            new_end: (start + inserted.len()) as u32,
            start_point,
            old_end_point: start_point.advanced(&old[start..old_end]),
            new_end_point: start_point.advanced(inserted),
        }
    }
}
