//! The whole source of what a name or a place means, with its doc comment and attributes. A text that is no longer the indexed
//! one is never shown.

use std::path::PathBuf;
use std::time::Instant;

use symseek_base::{Cancel, LineRange};
use symseek_index::snapshot::View;
use symseek_syntax::SymbolKind;

use crate::answer::{Texts, respond};
use crate::legs::symbol_candidate;
use crate::relation::targets;
use crate::types::{Checked, GraphTarget, Hit, SearchError};

/// Which sources.
#[derive(Debug, Clone)]
pub struct DefinitionRequest {
    /// Of which symbol.
    pub target: GraphTarget,
    /// How many at the most: names are shared.
    pub limit: usize,
}

/// Sources.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// Nothing is missing: no scan is running and no file changed behind the index.
    pub complete: bool,
    /// Files whose text is not what was indexed; their definitions were left out.
    pub stale: Vec<PathBuf>,
    /// Those outside of tests first, then by path.
    pub found: Vec<Definition>,
    /// There are more than were asked for.
    pub more: bool,
}

/// One definition.
#[derive(Debug, Clone)]
pub struct Definition {
    /// What and where.
    pub hit: Hit,
    /// Its lines, from 0, doc comment and attributes included.
    pub rows: LineRange,
    /// These lines.
    pub text: String,
}

impl Checked for Definitions {
    fn complete(&mut self) -> &mut bool {
        &mut self.complete
    }

    fn stale(&self) -> &[PathBuf] {
        &self.stale
    }
}

/// The sources of what the target means.
///
/// # Errors
/// [`SearchError::NotFound`] when no symbol has that name or place.
pub fn definitions(
    view: &View,
    request: &DefinitionRequest,
    cancel: &Cancel,
) -> Result<Definitions, SearchError> {
    let started = Instant::now();
    let mut symbols = Vec::new();
    for target in targets(view, &request.target)? {
        let Some(file) = view.file(target.base, target.file) else {
            continue;
        };
        let Some(symbol) = file.facts().map(|facts| facts.symbol(target.symbol)) else {
            continue;
        };
        // An `impl` block has its type's name, and is asked for less often than the type.
        let is_block = symbol.kind == SymbolKind::Impl;
        let order = (symbol.is_test, is_block, file.path().clone(), symbol.range);
        symbols.push((order, target, symbol.lines));
    }
    symbols.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut answer = Definitions {
        complete: true,
        stale: Vec::new(),
        found: Vec::new(),
        more: symbols.len() > request.limit,
    };
    for (_, target, rows) in symbols.into_iter().take(request.limit) {
        cancel.check()?;
        let candidate = symbol_candidate(view, target.base, target.file, target.symbol);
        let Some(candidate) = candidate else { continue };
        let source = candidate.handle.file.source();
        let shown = respond(
            vec![candidate],
            Texts::default(),
            1,
            &[],
            String::new(),
            started,
            &|_| {},
        );
        answer.stale.extend(shown.stale);
        if let (Some(hit), Some(source)) = (shown.hits.into_iter().next(), source) {
            let lines = (rows.start..=rows.end.min(source.lines.n_lines() - 1))
                .map(|row| source.lines.line_bytes(row).slice(&source.text).trim_end());
            let text = lines.collect::<Vec<_>>().join("\n");
            answer.found.push(Definition { hit, rows, text });
        }
    }
    Ok(answer)
}
