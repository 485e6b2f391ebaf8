//! One open document: its rope, its version, and whether it still agrees with the client's text.
//!
//! A change applies as a whole or not at all. After a bad one the document keeps its last good text and is *degraded*:
//! nothing but a full text repairs it, because every later range would count from a text we do not have. Knows no
//! path, queue or engine.

use crate::lsp::position::{Encoding, char_at, point_of};
use ropey::Rope;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use symseek_base::Edit;
use tower_lsp::lsp_types::TextDocumentContentChangeEvent as ContentChange;

/// Why a change could not be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadEdit {
    /// The range starts or ends past the text.
    #[error("line {line} lies outside of the document's {lines} lines")]
    Outside { line: u32, lines: usize },
    /// The end lies before the start.
    #[error("the range ends before it starts")]
    Inverted,
    /// The version went backwards.
    #[error("version {new} follows version {old}")]
    Backwards { old: i32, new: i32 },
    /// Offsets would not fit 32 bits.
    #[error("the document would be too large")]
    TooLarge,
    /// An earlier change was bad and no full text came since.
    #[error("the document waits for its full text")]
    Degraded,
    /// The message was not understood.
    #[error("the change is malformed: {0}")]
    Malformed(String),
}

/// What a good change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// The text may have moved.
    Changed,
    /// The same message came twice.
    Duplicate,
}

/// An open document.
#[derive(Debug)]
pub(crate) struct Document {
    rope: Rope,
    version: i32,
    degraded: bool,
    /// Edits since the text was last taken.
    edits: Vec<Edit>,
    /// Fingerprints of the latest changes, to recognise one that is sent twice.
    seen: VecDeque<u64>,
}

/// How many changes back a repetition is recognised.
const REMEMBERED: usize = 64;

impl Document {
    /// A document as `didOpen` gives it.
    pub(crate) fn new(version: i32, text: &str) -> Self {
        Self {
            rope: Rope::from_str(text),
            version,
            degraded: false,
            edits: Vec::new(),
            seen: VecDeque::new(),
        }
    }

    /// The text.
    pub(crate) fn rope(&self) -> &Rope {
        &self.rope
    }

    /// The client's version of it.
    pub(crate) fn version(&self) -> i32 {
        self.version
    }

    /// Whether it waits for its full text.
    pub(crate) fn is_degraded(&self) -> bool {
        self.degraded
    }

    /// Gives up on the text until a full one comes. True when it was good before.
    pub(crate) fn degrade(&mut self) -> bool {
        !std::mem::replace(&mut self.degraded, true)
    }

    /// Applies one `didChange`, wholly or not at all. A client that counts no versions gives `None`; its repetitions
    /// cannot be told from new edits.
    pub(crate) fn change(
        &mut self,
        version: impl Into<Option<i32>>,
        changes: &[ContentChange],
        encoding: Encoding,
    ) -> Result<Applied, BadEdit> {
        let (version, fingerprint) = match version.into() {
            Some(version) => (version, Some(fingerprint(version, changes))),
            None => (self.version, None),
        };
        if fingerprint.is_some_and(|print| self.seen.contains(&print)) {
            return Ok(Applied::Duplicate);
        }
        let full = changes.iter().rposition(|change| change.range.is_none());
        if self.degraded && full.is_none() {
            return Err(BadEdit::Degraded);
        }
        if version < self.version && !self.degraded {
            return Err(BadEdit::Backwards {
                old: self.version,
                new: version,
            });
        }
        let (rope, n_edits) = (self.rope.clone(), self.edits.len());
        // What stands before a full text does not matter.
        for change in &changes[full.unwrap_or(0)..] {
            if let Err(bad) = self.apply(change, encoding) {
                self.rope = rope;
                self.edits.truncate(n_edits);
                return Err(bad);
            }
        }
        if full.is_some() {
            self.degraded = false;
        }
        self.version = version;
        if self.seen.len() == REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.extend(fingerprint);
        Ok(Applied::Changed)
    }

    fn apply(&mut self, change: &ContentChange, encoding: Encoding) -> Result<(), BadEdit> {
        if self.rope.len_bytes() + change.text.len() > u32::MAX as usize {
            return Err(BadEdit::TooLarge);
        }
        let Some(range) = change.range else {
            self.replace_all(&change.text);
            return Ok(());
        };
        let find = |position| {
            char_at(&self.rope, position, encoding).ok_or(BadEdit::Outside {
                line: position.line,
                lines: self.rope.len_lines(),
            })
        };
        if range.end < range.start {
            return Err(BadEdit::Inverted);
        }
        let start = find(range.start)?;
        // Clients name "everything" by a line far past the end.
        let end = find(range.end).unwrap_or(self.rope.len_chars());
        self.splice(start, end, &change.text);
        Ok(())
    }

    /// Replaces the characters `start..end`.
    fn splice(&mut self, start: usize, end: usize, text: &str) {
        let start_byte = self.rope.char_to_byte(start);
        let start_point = point_of(&self.rope, start);
        self.edits.push(Edit {
            start: start_byte as u32,
            old_end: self.rope.char_to_byte(end) as u32,
            new_end: (start_byte + text.len()) as u32,
            start_point,
            old_end_point: point_of(&self.rope, end),
            new_end_point: start_point.advanced(text),
        });
        self.rope.remove(start..end);
        self.rope.insert(start, text);
    }

    /// Takes a full text, as the smallest single edit that leads to it.
    pub(crate) fn replace_all(&mut self, text: &str) {
        let (mut prefix, mut suffix) = (0, 0);
        for (old, new) in self.rope.chars().zip(text.chars()) {
            if old != new {
                break;
            }
            prefix += 1;
        }
        let n_new = text.chars().count();
        let most = (self.rope.len_chars() - prefix).min(n_new - prefix);
        let mut old = self.rope.chars_at(self.rope.len_chars());
        for new in text.chars().rev().take(most) {
            if old.prev() != Some(new) {
                break;
            }
            suffix += 1;
        }
        let byte = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(b, _)| b);
        let inserted = &text[byte(prefix)..byte(n_new - suffix)];
        let end = self.rope.len_chars() - suffix;
        if prefix < end || !inserted.is_empty() {
            self.splice(prefix, end, inserted);
        }
        self.degraded = false;
    }

    /// The edits since the last call and the text they lead to; `None` when nothing moved.
    pub(crate) fn take(&mut self) -> Option<(Vec<Edit>, Arc<str>)> {
        if self.edits.is_empty() {
            return None;
        }
        Some((std::mem::take(&mut self.edits), self.text()))
    }

    /// The whole text.
    pub(crate) fn text(&self) -> Arc<str> {
        let mut text = String::with_capacity(self.rope.len_bytes());
        text.extend(self.rope.chunks());
        text.into()
    }
}

fn fingerprint(version: i32, changes: &[ContentChange]) -> u64 {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    for change in changes {
        let corners = change.range.map(|range| {
            [range.start, range.end].map(|position| (position.line, position.character))
        });
        corners.hash(&mut hasher);
        change.text.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tower_lsp::lsp_types::{Position, Range};

    fn edit(start: (u32, u32), end: (u32, u32), text: &str) -> ContentChange {
        let at = |(line, character)| Position { line, character };
        ContentChange {
            range: Some(Range::new(at(start), at(end))),
            range_length: None,
            text: text.to_owned(),
        }
    }

    fn full(text: &str) -> ContentChange {
        ContentChange {
            range: None,
            range_length: None,
            text: text.to_owned(),
        }
    }

    /// The protocol's rules over a plain string, written without looking at the rope.
    fn naive_offset(text: &str, line: u32, character: u32, encoding: Encoding) -> Option<usize> {
        let mut start = 0;
        for _ in 0..line {
            match text[start..].find('\n') {
                Some(at) => start += at + 1,
                None if start < text.len() || line == 0 => return None,
                None => return None,
            }
        }
        let rest = &text[start..];
        let content = rest.split('\n').next().unwrap_or("");
        let content = if rest.len() > content.len() {
            content.strip_suffix('\r').unwrap_or(content)
        } else {
            content
        };
        let mut units = 0;
        for (at, c) in content.char_indices() {
            let width = match encoding {
                Encoding::Utf8 => c.len_utf8(),
                Encoding::Utf16 => c.len_utf16(),
                Encoding::Utf32 => 1,
            } as u32;
            if units + width > character {
                return Some(start + at);
            }
            units += width;
        }
        Some(start + content.len())
    }

    fn any_text(most: usize) -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            3 => "[a-c ]",
            2 => Just("\n".to_owned()),
            1 => Just("\r\n".to_owned()),
            1 => Just("\r".to_owned()),
            1 => Just("\u{feff}".to_owned()),
            1 => Just("\u{e9}".to_owned()),
            1 => Just("\u{fffd}".to_owned()),
            1 => Just("\u{1F600}".to_owned()),
            1 => Just("\u{1F468}\u{200D}\u{1F469}".to_owned()),
            1 => Just("\u{2028}\u{85}\u{c}".to_owned()),
        ];
        proptest::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn random_edits_agree_with_a_plain_string(
            text in any_text(40),
            edits in proptest::collection::vec(
                ((0u32..9, 0u32..12), (0u32..9, 0u32..12), any_text(6)), 1..24),
            encoding in prop_oneof![
                Just(Encoding::Utf8), Just(Encoding::Utf16), Just(Encoding::Utf32)],
        ) {
            let mut document = Document::new(0, &text);
            let (mut model, mut before) = (text.clone(), text);
            for (step, (a, b, inserted)) in edits.into_iter().enumerate() {
                let (start, end) = if a <= b { (a, b) } else { (b, a) };
                let lines = model.matches('\n').count() as u32 + 1;
                let at = |(line, column): (u32, u32)| {
                    if line >= lines { None } else { naive_offset(&model, line, column, encoding) }
                };
                let first = at(start).or((start.0 == lines).then_some(model.len()));
                let outcome = document.change(
                    step as i32 + 1, &[edit(start, end, &inserted)], encoding);
                let Some(first) = first else {
                    let outside = matches!(outcome, Err(BadEdit::Outside { .. }));
                    prop_assert!(outside);
                    continue;
                };
                prop_assert_eq!(outcome, Ok(Applied::Changed));
                let last = at(end).unwrap_or(model.len());
                model.replace_range(first..last, &inserted);
                prop_assert_eq!(&*document.text(), model.as_str());
            }
            // The byte edits lead from the old text to the new one, and their points are right.
            if let Some((edits, after)) = document.take() {
                let mut lengths = before.len();
                for edit in &edits {
                    prop_assert!(edit.old_end as usize <= lengths);
                    lengths = lengths - edit.old_end as usize + edit.new_end as usize;
                }
                prop_assert_eq!(lengths, after.len());
                if let [only] = edits[..] {
                    let inserted = after[only.start as usize..only.new_end as usize].to_owned();
                    prop_assert_eq!(only, Edit::replace(
                        &before, only.start as usize, only.old_end as usize, &inserted));
                    before.replace_range(only.start as usize..only.old_end as usize, &inserted);
                    prop_assert_eq!(before.as_str(), &*after);
                }
            }
        }

        #[test]
        fn every_edit_carries_the_right_points(text in any_text(30), other in any_text(30),
            from in (0u32..6, 0u32..9), to in (0u32..6, 0u32..9)) {
            let mut document = Document::new(0, &text);
            let (start, end) = if from <= to { (from, to) } else { (to, from) };
            if document.change(1, &[edit(start, end, &other)], Encoding::Utf16).is_ok() {
                let (edits, after) = document.take().unwrap();
                let only = edits[0];
                let inserted = &after[only.start as usize..only.new_end as usize];
                prop_assert_eq!(inserted, other.as_str());
                prop_assert_eq!(
                    only,
                    Edit::replace(&text, only.start as usize, only.old_end as usize, inserted)
                );
            }
        }

        #[test]
        fn a_full_text_becomes_one_small_edit(old in any_text(30), new in any_text(30)) {
            let mut document = Document::new(0, &old);
            document.change(1, &[full(&new)], Encoding::Utf16).unwrap();
            prop_assert_eq!(&*document.text(), new.as_str());
            match document.take() {
                None => prop_assert_eq!(old, new),
                Some((edits, _)) => {
                    prop_assert_eq!(edits.len(), 1);
                    let inserted = &new[edits[0].start as usize..edits[0].new_end as usize];
                    let (start, end) = (edits[0].start as usize, edits[0].old_end as usize);
                    prop_assert_eq!(edits[0], Edit::replace(&old, start, end, inserted));
                    let mut text = old;
                    text.replace_range(start..end, inserted);
                    prop_assert_eq!(text, new);
                }
            }
        }
    }

    #[test]
    fn a_bad_change_applies_nothing_and_a_full_text_repairs() {
        let mut document = Document::new(1, "one\ntwo\n");
        let bad = document.change(
            2,
            &[edit((0, 0), (0, 3), "1"), edit((9, 0), (9, 0), "x")],
            Encoding::Utf16,
        );
        assert_eq!(bad, Err(BadEdit::Outside { line: 9, lines: 3 }));
        assert!(document.degrade() && !document.degrade());
        assert_eq!(&*document.text(), "one\ntwo\n");
        assert!(document.take().is_none());
        let more = document.change(3, &[edit((0, 0), (0, 0), "x")], Encoding::Utf16);
        assert_eq!(more, Err(BadEdit::Degraded));
        let repaired = document.change(
            4,
            &[
                edit((9, 9), (9, 9), "?"),
                full("three"),
                edit((0, 0), (0, 1), "T"),
            ],
            Encoding::Utf16,
        );
        assert_eq!(repaired, Ok(Applied::Changed));
        assert_eq!(&*document.text(), "Three");
        assert!(!document.is_degraded());
    }

    #[test]
    fn versions() {
        let mut document = Document::new(5, "a");
        let insert = |text| [edit((0, 0), (0, 0), text)];
        let utf16 = Encoding::Utf16;
        assert_eq!(
            document.change(9, &insert("b"), utf16),
            Ok(Applied::Changed)
        );
        assert_eq!(
            document.change(9, &insert("b"), utf16),
            Ok(Applied::Duplicate)
        );
        assert_eq!(
            document.change(10, &insert("c"), utf16),
            Ok(Applied::Changed)
        );
        assert_eq!(
            document.change(9, &insert("b"), utf16),
            Ok(Applied::Duplicate)
        );
        let back = BadEdit::Backwards { old: 10, new: 8 };
        assert_eq!(document.change(8, &insert("d"), utf16), Err(back.clone()));
        assert_eq!(document.change(8, &[full("old")], utf16), Err(back));
        let inverted = document.change(11, &[edit((0, 2), (0, 1), "")], utf16);
        assert_eq!(inverted, Err(BadEdit::Inverted));
        assert_eq!((&*document.text(), document.version()), ("cba", 10));
    }
}
