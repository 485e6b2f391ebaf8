//! Positions of the protocol and places in a text. The only file that knows what a column of the wire means.
//!
//! Lines end at `\n` (a `\r` before it belongs to the line break), as in `symseek-base`, in rust-analyzer and in every
//! editor that was measured; a lone `\r` is a character. Does not know documents, versions or paths.

use crate::lsp::backend::{Place, Span};
use ropey::{Rope, RopeSlice};
use symseek_base::Point;
use tower_lsp::lsp_types::{Position, PositionEncodingKind, Range};

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units; the protocol's default.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// UTF-16 unless the client offers encodings and UTF-16 is not among them.
    pub(crate) fn negotiate<'a>(mut offered: impl Iterator<Item = &'a str> + Clone) -> Self {
        if offered.clone().any(|name| name == "utf-16") {
            return Self::Utf16;
        }
        offered
            .find_map(|name| match name {
                "utf-8" => Some(Self::Utf8),
                "utf-32" => Some(Self::Utf32),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// The protocol's name for it.
    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// A place as a position of the wire.
    pub(crate) fn position(self, place: Place) -> Position {
        let character = match self {
            Self::Utf8 => place.utf8,
            Self::Utf16 => place.utf16,
            Self::Utf32 => place.utf32,
        };
        Position {
            line: place.line,
            character,
        }
    }

    /// A span as a range of the wire.
    pub(crate) fn range(self, span: Span) -> Range {
        Range {
            start: self.position(span.start),
            end: self.position(span.end),
        }
    }
}

/// The index of the character at `position`, by the protocol's rules: a column past the end of the line is the end of
/// the line, a column inside a character is its start, and the line after the last one is the end of the text.
/// `None` when the line lies further out.
pub(crate) fn char_at(rope: &Rope, position: Position, encoding: Encoding) -> Option<usize> {
    let line = position.line as usize;
    if line >= rope.len_lines() {
        return (line == rope.len_lines()).then_some(rope.len_chars());
    }
    let content = without_break(rope.line(line));
    let column = position.character as usize;
    let inside = match encoding {
        Encoding::Utf8 => content.byte_to_char(column.min(content.len_bytes())),
        Encoding::Utf16 => content.utf16_cu_to_char(column.min(content.len_utf16_cu())),
        Encoding::Utf32 => column.min(content.len_chars()),
    };
    Some(rope.line_to_char(line) + inside)
}

fn without_break(line: RopeSlice<'_>) -> RopeSlice<'_> {
    let mut end = line.len_chars();
    if end > 0 && line.char(end - 1) == '\n' {
        end -= 1;
        if end > 0 && line.char(end - 1) == '\r' {
            end -= 1;
        }
    }
    line.slice(..end)
}

/// Row and byte column of the character at index `at`.
pub(crate) fn point_of(rope: &Rope, at: usize) -> Point {
    let row = rope.char_to_line(at);
    Point {
        row: row as u32,
        column: (rope.char_to_byte(at) - rope.line_to_byte(row)) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_negotiated() {
        for (offered, chosen) in [
            (&[][..], Encoding::Utf16),
            (&["utf-8", "utf-16"], Encoding::Utf16),
            (&["utf-8"], Encoding::Utf8),
            (&["utf-32", "utf-8"], Encoding::Utf32),
            (&["utf-7"], Encoding::Utf16),
        ] {
            assert_eq!(
                Encoding::negotiate(offered.iter().copied()),
                chosen,
                "{offered:?}"
            );
        }
    }

    #[test]
    fn columns_clamp_and_round_down() {
        let rope = Rope::from_str("a\u{1F600}b\r\nx\ry\n");
        let at = |line, character, encoding| char_at(&rope, Position { line, character }, encoding);
        // In the middle of the emoji: its start, in each encoding.
        assert_eq!(at(0, 2, Encoding::Utf16), Some(1));
        assert_eq!(at(0, 3, Encoding::Utf8), Some(1));
        assert_eq!(at(0, 3, Encoding::Utf16), Some(2));
        // Past the end: before the line break.
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            assert_eq!(at(0, u32::MAX, encoding), Some(3));
        }
        assert_eq!(
            at(1, 2, Encoding::Utf16),
            Some(7),
            "a lone \\r is a character"
        );
        assert_eq!(at(2, 0, Encoding::Utf16), Some(9));
        assert_eq!(at(3, 5, Encoding::Utf16), Some(9), "one line past the end");
        assert_eq!(at(4, 0, Encoding::Utf16), None);
    }
}
