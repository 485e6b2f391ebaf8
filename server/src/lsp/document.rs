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

    /// Forgets which edits made the text, for who does not ask.
    pub(crate) fn forget_edits(&mut self) {
        self.edits.clear();
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
