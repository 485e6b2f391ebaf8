//! A text under edit: keeps its tree, parses it again incrementally, and can check itself against a fresh parse.
//!
//! It holds no rope and no version; whoever owns it applies the edits to the text and hands both over.

use crate::mask::Mask;
use crate::parse::Bodies;
use crate::{FileFacts, Language, extract};
use std::sync::Arc;
use symseek_base::{Cancel, Cancelled, Edit, Point};
use tree_sitter::{InputEdit, Tree};

/// One open text with its tree and facts.
#[derive(Debug, Clone)]
pub struct Document {
    text: Arc<str>,
    language: Option<Language>,
    /// The tree; of an earlier text, with the edits since applied to it, when `stale`.
    tree: Option<Tree>,
    stale: bool,
    /// What the tree was masked with, with the edits since applied to it.
    mask: Mask,
    bodies: Bodies,
    facts: Arc<FileFacts>,
    /// The tree was made incrementally and has errors: a fresh parse may see it differently.
    unsettled: bool,
}

impl Document {
    /// Parses the text.
    pub fn open(text: Arc<str>, language: Option<Language>) -> Self {
        let mut document = Self {
            text,
            language,
            tree: None,
            stale: false,
            mask: Mask::default(),
            bodies: Bodies::default(),
            facts: Arc::default(),
            unsettled: false,
        };
        // Nobody else holds the flag, so this cannot be cancelled.
        let _ = document.refresh(&Cancel::new());
        document
    }

    /// The facts of the last text that was read completely.
    pub fn facts(&self) -> &Arc<FileFacts> {
        &self.facts
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The language.
    pub fn language(&self) -> Option<Language> {
        self.language
    }

    /// Whether [`Document::settle`] could change the facts.
    pub fn is_unsettled(&self) -> bool {
        self.unsettled
    }

    /// Applies edits, each relative to the text after the one before, that lead to `new_text`. Edits that do not add
    /// up to the new text lead to a fresh parse.
    ///
    /// # Errors
    /// [`Cancelled`] when `cancel` was set. The edits count as applied; [`Document::facts`] are those of the earlier
    /// text until the next call of `edit` or [`Document::refresh`] completes.
    pub fn edit(
        &mut self,
        edits: &[Edit],
        new_text: Arc<str>,
        cancel: &Cancel,
    ) -> Result<&Arc<FileFacts>, Cancelled> {
        if edits.is_empty() && *new_text == *self.text && !self.stale {
            self.text = new_text;
            return Ok(&self.facts);
        }
        if !adds_up(&self.text, edits, &new_text) {
            self.tree = None;
        }
        if let Some(tree) = &mut self.tree {
            for edit in edits {
                tree.edit(&input_edit(edit));
                self.mask.edit(edit.start, edit.old_end, edit.new_end);
            }
        }
        self.stale = true;
        self.text = new_text;
        self.refresh(cancel)
    }

    /// Brings the facts up to the text, after an [`Document::edit`] that was cancelled.
    ///
    /// # Errors
    /// [`Cancelled`] when `cancel` was set.
    pub fn refresh(&mut self, cancel: &Cancel) -> Result<&Arc<FileFacts>, Cancelled> {
        // An edit may change what is masked far away from it, which the old tree does not know.
        let mask = self
            .language
            .map_or_else(Mask::default, |language| Mask::of(language, &self.text));
        let old = self.tree.as_ref().filter(|_| mask == self.mask);
        let incremental = old.is_some();
        let mut parsed = extract::parse_for(&self.text, self.language, old, cancel)?;
        if parsed.is_err() && incremental {
            parsed = extract::parse_for(&self.text, self.language, None, cancel)?;
        }
        match (self.language, parsed) {
            (Some(language), Ok(tree)) => {
                let facts =
                    extract::from_tree(&self.text, language, &tree, &mut self.bodies, cancel)?;
                self.unsettled = incremental && facts.has_errors;
                self.facts = Arc::new(facts);
                self.tree = Some(tree);
                self.mask = mask;
            }
            (_, parsed) => {
                self.facts = Arc::new(extract::windowed(&self.text, parsed.err().flatten()));
                self.tree = None;
                self.unsettled = false;
            }
        }
        self.stale = false;
        Ok(&self.facts)
    }

    /// Where an incremental parse left errors, parses freshly: error recovery depends on the way a text came about.
    /// Answers whether the facts changed. Meant for when typing pauses.
    ///
    /// # Errors
    /// [`Cancelled`] when `cancel` was set; the document is as before.
    pub fn settle(&mut self, cancel: &Cancel) -> Result<bool, Cancelled> {
        if !self.unsettled && !self.stale {
            return Ok(false);
        }
        let before = self.facts.clone();
        let tree = self.tree.take();
        if let Err(cancelled) = self.refresh(cancel) {
            self.tree = tree;
            return Err(cancelled);
        }
        Ok(before != self.facts)
    }
}

/// Whether the edits explain the length of the new text and lie inside what they edit.
fn adds_up(old: &str, edits: &[Edit], new: &str) -> bool {
    let mut len = old.len() as u64;
    for edit in edits {
        let (start, old_end) = (u64::from(edit.start), u64::from(edit.old_end));
        if start > old_end || old_end > len || edit.new_end < edit.start {
            return false;
        }
        len = len - (old_end - start) + (u64::from(edit.new_end) - start);
    }
    len == new.len() as u64 && !(edits.is_empty() && old != new)
}

fn input_edit(edit: &Edit) -> InputEdit {
    let point = |point: Point| tree_sitter::Point {
        row: point.row as usize,
        column: point.column as usize,
    };
    InputEdit {
        start_byte: edit.start as usize,
        old_end_byte: edit.old_end as usize,
        new_end_byte: edit.new_end as usize,
        start_position: point(edit.start_point),
        old_end_position: point(edit.old_end_point),
        new_end_position: point(edit.new_end_point),
    }
}
