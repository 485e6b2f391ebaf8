//! Filters, applied inside each leg before any limit.

use std::path::PathBuf;

use rustc_hash::FxHashSet;
use symseek_base::{Cancel, ChunkKey};
use symseek_index::fields;
use symseek_index::lexical;
use symseek_index::snapshot::{BaseIdx, ChunkHandle, FileHandle, View};
use symseek_syntax::{Chunk, FileFacts, SymbolKind};

use crate::query::Filters;
use crate::types::SearchError;

/// Filters ready to be asked.
pub(crate) struct Accept<'a> {
    view: &'a View,
    filters: &'a Filters,
    folders: &'a [PathBuf],
    excluded: FxHashSet<(BaseIdx, ChunkKey)>,
    everything: bool,
}

impl<'a> Accept<'a> {
    pub(crate) fn new(
        view: &'a View,
        filters: &'a Filters,
        folders: &'a [PathBuf],
        cancel: &Cancel,
    ) -> Result<Self, SearchError> {
        let mut excluded = FxHashSet::default();
        for word in &filters.not_words {
            // A chunk is out when it holds the whole word, not some part of it.
            let terms: Vec<_> = lexical::analyze_query(word).into_iter().take(1).collect();
            let (hits, _) = view
                .search_lexical(
                    &terms,
                    &lexical::Params::default(),
                    &|_, _| true,
                    usize::MAX,
                    cancel,
                )
                .map_err(crate::legs::lexical_error)?;
            excluded.extend(hits.into_iter().map(|hit| (hit.base, hit.key)));
        }
        let everything = filters.is_empty() && folders.is_empty();
        Ok(Self {
            view,
            filters,
            folders,
            excluded,
            everything,
        })
    }

    /// Whether the chunk may be shown.
    pub(crate) fn chunk(&self, base: BaseIdx, key: ChunkKey) -> bool {
        if self.everything {
            return true;
        }
        if self.is_excluded(base, key) {
            return false;
        }
        let Some(handle) = self.view.chunk(base, key) else {
            return false;
        };
        self.file(&handle.file) && self.kind(&handle)
    }

    /// Whether the chunk holds a word that must not occur.
    pub(crate) fn is_excluded(&self, base: BaseIdx, key: ChunkKey) -> bool {
        self.excluded.contains(&(base, key))
    }

    /// Whether results of this file may be shown.
    pub(crate) fn file(&self, file: &FileHandle<'_>) -> bool {
        if self.everything {
            return true;
        }
        let filters = self.filters;
        let holds = |languages: &[String]| languages.iter().any(|it| it == file.language());
        if (!filters.languages.is_empty() && !holds(&filters.languages))
            || holds(&filters.not_languages)
        {
            return false;
        }
        if !self.folders.is_empty() {
            let path = file.absolute();
            if !self.folders.iter().any(|folder| path.starts_with(folder)) {
                return false;
            }
        }
        if filters.paths.is_empty() && filters.not_paths.is_empty() {
            return true;
        }
        let path = file.path().as_str().to_lowercase();
        (filters.paths.is_empty() || filters.paths.iter().any(|part| path_matches(&path, part)))
            && !filters
                .not_paths
                .iter()
                .any(|part| path_matches(&path, part))
    }

    /// Whether symbols of this kind may be shown.
    pub(crate) fn symbol_kind(&self, kind: SymbolKind) -> bool {
        (self.filters.kinds.is_empty() || self.filters.kinds.contains(&kind))
            && !self.filters.not_kinds.contains(&kind)
    }

    fn kind(&self, handle: &ChunkHandle<'_>) -> bool {
        if self.filters.kinds.is_empty() && self.filters.not_kinds.is_empty() {
            return true;
        }
        let Some((chunk, facts)) = handle.chunk() else {
            return false;
        };
        // A later part of a symbol does not hold its name, but is still of its kind.
        let around = facts.chunk_symbol(chunk);
        if around.is_some_and(|symbol| self.filters.not_kinds.contains(&symbol.kind)) {
            return false;
        }
        self.filters.kinds.is_empty()
            || shown_kind(chunk, facts).is_some_and(|kind| self.symbol_kind(kind))
    }
}

fn shown_kind(chunk: &Chunk, facts: &FileFacts) -> Option<SymbolKind> {
    facts
        .chunk_symbol(chunk)
        .filter(|symbol| fields::shows(chunk, symbol))
        .map(|symbol| symbol.kind)
}

/// A part of the path, or with `*` or `?` a glob over the whole path. Both are lower case.
fn path_matches(path: &str, pattern: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return path.contains(pattern);
    }
    let anchored = pattern.strip_prefix('/');
    glob(path.as_bytes(), anchored.unwrap_or(pattern).as_bytes())
        || (anchored.is_none()
            && path
                .match_indices('/')
                .any(|(at, _)| glob(&path.as_bytes()[at + 1..], pattern.as_bytes())))
}

/// `*` matches within and across folders, `?` one byte.
fn glob(text: &[u8], pattern: &[u8]) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == b'?' || pattern[p] == text[t]) {
            t += 1;
            p += 1;
        } else if let Some((star_p, star_t)) = star {
            p = star_p + 1;
            t = star_t + 1;
            star = Some((star_p, star_t + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::path_matches;

    #[test]
    fn parts_and_globs() {
        assert!(path_matches("src/lsp/mod.rs", "src/lsp"));
        assert!(path_matches("src/lsp/mod.rs", "*.rs"));
        assert!(path_matches("src/lsp/mod.rs", "lsp/*.rs"));
        assert!(path_matches("src/lsp/mod.rs", "/src/**/mod.rs"));
        assert!(!path_matches("src/lsp/mod.rs", "/lsp/*"));
        assert!(!path_matches("src/lsp/mod.rs", "*.py"));
        assert!(!path_matches("src/lsp/mod.rs", "tests"));
    }
}
