//! The way from text to facts, and what happens when a file is too much for its grammar.

use crate::page::Page;
use crate::parse::{self, Bodies, NoTree};
use crate::raw::Raws;
use crate::{FileFacts, Language, chunk, outline, symbols, walk};
use symseek_base::{Cancel, Cancelled, LineIndex};
use tree_sitter::Tree;

/// Texts longer than this are cut into windows without a parse, in bytes.
pub const MAX_PARSED_BYTES: usize = 1_500_000;

/// The facts of a text, from nothing.
pub fn facts(text: &str, language: Option<Language>) -> FileFacts {
    facts_cancellable(text, language, &Cancel::new())
        .unwrap_or_else(|Cancelled| windowed(text, Some("cancelled")))
}

/// [`facts`], stopping when asked to.
///
/// # Errors
/// [`Cancelled`] when `cancel` was set before the facts were complete.
pub fn facts_cancellable(
    text: &str,
    language: Option<Language>,
    cancel: &Cancel,
) -> Result<FileFacts, Cancelled> {
    let parsed = parse_for(text, language, None, cancel)?;
    let (Some(language), Ok(tree)) = (language, &parsed) else {
        return Ok(windowed(text, parsed.err().flatten()));
    };
    from_tree(text, language, tree, &mut Bodies::default(), cancel)
}

/// The tree of a text; `Err(Some(reason))` when it should have one but cannot, `Err(None)` without a language.
pub(crate) fn parse_for(
    text: &str,
    language: Option<Language>,
    old: Option<&Tree>,
    cancel: &Cancel,
) -> Result<Result<Tree, Option<&'static str>>, Cancelled> {
    let Some(language) = language else {
        return Ok(Err(None));
    };
    if text.len() > MAX_PARSED_BYTES {
        return Ok(Err(Some("larger than 1.5 MB")));
    }
    match parse::parse(language, text, old, cancel) {
        Ok(tree) => Ok(Ok(tree)),
        Err(NoTree::Cancelled) => Err(Cancelled),
        Err(NoTree::TooCostly) => Ok(Err(Some("the parser found too little structure"))),
        Err(NoTree::TooDeep) => Ok(Err(Some("nested too deeply for its grammar"))),
    }
}

/// The facts that a tree of `text` gives.
pub(crate) fn from_tree(
    text: &str,
    language: Language,
    tree: &Tree,
    bodies: &mut Bodies,
    cancel: &Cancel,
) -> Result<FileFacts, Cancelled> {
    let lines = LineIndex::new(text);
    let mut raws = Raws::new(text.len(), lines.n_lines() as usize);
    bodies.next_pass();
    walk::walk(language, tree, text, &mut raws, bodies, cancel)?;
    cancel.check()?;
    raws.sort();
    let symbols = symbols::symbols(text, language, &raws, &lines);
    let references = symbols::references(text, &raws, &symbols);
    let page = Page {
        text,
        lines: &lines,
        depths: &raws.line_depths,
    };
    Ok(FileFacts {
        chunks: chunk::chunks(&page, &symbols),
        n_lines: lines.n_lines(),
        has_errors: tree.root_node().has_error(),
        degraded: None,
        imports: raws.imports,
        symbols,
        references,
    })
}

/// Without a tree: along the outline where the text looks like code, in windows otherwise.
pub(crate) fn windowed(text: &str, degraded: Option<&str>) -> FileFacts {
    let lines = LineIndex::new(text);
    let page = Page {
        text,
        lines: &lines,
        depths: &[],
    };
    let symbols = match degraded {
        None => outline::symbols(&page),
        // Too much for a parser is too much for a pattern per line.
        Some(_) => Vec::new(),
    };
    let chunks = if symbols.is_empty() {
        chunk::windows(&page)
    } else {
        chunk::chunks(&page, &symbols)
    };
    FileFacts {
        chunks,
        symbols,
        n_lines: lines.n_lines(),
        degraded: degraded.map(Into::into),
        ..FileFacts::default()
    }
}
