//! Text to tree: parsers reused per thread, cancellation, and a bound on the work that one file may cost.

use crate::mask::Mask;
use crate::{Language, limits};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::ops::ControlFlow;
use symseek_base::{Cancel, Cancelled, ContentHash};
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTree {
    /// Somebody asked to stop.
    Cancelled,
    /// The parser did more work than the length of the text explains.
    TooCostly,
    /// The grammar's scanner cannot take it.
    TooDeep,
}

impl From<Cancelled> for NoTree {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// The parser reports after every 100 operations. Counting reports instead of time keeps the outcome a function of the
/// text. Real files need about one operation per 3 bytes, hopeless ones hundreds per byte.
const FREE_REPORTS: usize = 20_000;

thread_local! {
    static PARSER: RefCell<(Option<Language>, Parser)> = RefCell::new((None, Parser::new()));
}

/// Parses `text`, masked where its language asks for it; `old` is an earlier tree of a text with the same mask, already
/// told of the edits since.
pub(crate) fn parse(
    language: Language,
    text: &str,
    old: Option<&Tree>,
    cancel: &Cancel,
) -> Result<Tree, NoTree> {
    cancel.check()?;
    if !limits::fits(language.grammar_name(), text) {
        return Err(NoTree::TooDeep);
    }
    let limit = FREE_REPORTS + text.len() / 10;
    let mut reports = 0;
    let mut progress = |_: &ParseState| {
        reports += 1;
        if reports > limit || cancel.is_cancelled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let mask = Mask::of(language, text);
    let masked = (!mask.is_empty()).then(|| mask.apply(text));
    let bytes = masked.as_deref().unwrap_or(text.as_bytes());
    let tree = PARSER.with(|cell| {
        let mut cell = cell.borrow_mut();
        let (current, parser) = &mut *cell;
        if *current != Some(language) {
            *current = None;
            parser.set_language(language.grammar()).ok()?;
            *current = Some(language);
        }
        let options = ParseOptions::new().progress_callback(&mut progress);
        let tree = parser.parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or(&[]),
            old,
            Some(options),
        );
        if tree.is_none() {
            parser.reset();
        }
        tree
    });
    cancel.check()?;
    tree.ok_or(NoTree::TooCostly)
}

/// Trees of parts that are parsed on their own, by language and content, so that an edit elsewhere does not parse them
/// again. A part that is not asked for between two [`Bodies::next_pass`] is dropped.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bodies {
    now: FxHashMap<(Language, ContentHash), Option<Tree>>,
    before: FxHashMap<(Language, ContentHash), Option<Tree>>,
}

impl Bodies {
    /// Starts a pass over a new version of the text.
    pub(crate) fn next_pass(&mut self) {
        self.before = std::mem::take(&mut self.now);
    }

    /// The tree of `body`, whose offsets start at 0; `None` when it costs too much.
    pub(crate) fn parse(
        &mut self,
        language: Language,
        body: &str,
        cancel: &Cancel,
    ) -> Option<Tree> {
        let key = (language, ContentHash::of(body.as_bytes()));
        if let Some(tree) = self.now.get(&key) {
            return tree.clone();
        }
        let tree = match self.before.remove(&key) {
            Some(tree) => tree,
            None => match parse(language, body, None, cancel) {
                Ok(tree) => Some(tree),
                Err(NoTree::TooCostly | NoTree::TooDeep) => None,
                // Nothing is remembered; the walk notices the cancellation itself.
                Err(NoTree::Cancelled) => return None,
            },
        };
        self.now.insert(key, tree.clone());
        tree
    }
}
