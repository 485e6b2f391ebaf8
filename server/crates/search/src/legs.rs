//! Runs the legs for a query and hands what they found to ranking.

use std::path::PathBuf;
use std::time::Instant;

use rustc_hash::FxHashMap;
use symseek_base::{Cancel, ChunkKey, Embedding};
use symseek_index::graph::{MatchClass, NameQuery};
use symseek_index::lexical::{self, LexicalError, QueryTerm, TokenKind, Variant};
use symseek_index::snapshot::{BaseIdx, View};
use symseek_index::vector::VectorError;
use symseek_syntax::SymbolIdx;

use crate::answer::{Texts, chunk_of, is_listed, respond};
use crate::asked::Asked;
use crate::features::{self, is_aside, is_test_path};
use crate::filter::Accept;
use crate::inspect;
use crate::query::{Query, Reading};
use crate::rank::{self, Candidate, Pass, RankParams, Weights};
use crate::types::{SearchError, SearchMode, SearchRequest, SearchResponse, Why};

/// What an embedder knows; asked only when the vector leg is.
pub trait Meaning {
    /// The vector of a query, or of a name to compare with it.
    fn vector(&self, text: &str) -> Option<Embedding>;

    /// Words that may stand in the code in the place of this one (lower-case), the nearest first.
    fn synonyms(&self, word: &str) -> Vec<&'static str>;
}

/// Hybrid search over a view.
///
/// # Errors
/// [`SearchError`] for a filter that means nothing, a leg that fails, or when cancelled.
pub fn search(
    view: &View,
    request: &SearchRequest,
    meaning: &dyn Meaning,
    cancel: &Cancel,
) -> Result<SearchResponse, SearchError> {
    let started = Instant::now();
    let mut notes = Vec::new();
    let query = match Query::parse(&request.query) {
        Ok(query) => query,
        Err(error) if request.lenient => {
            notes.push(error.to_string());
            Query::literal(&request.query)
        }
        Err(error) => return Err(error.into()),
    };
    let params = request.params.as_deref().cloned().unwrap_or_default();
    let accept = Accept::new(view, &query.filters, &request.folders, cancel)?;
    let mut asked = Asked::new(&query.text);
    // Weights that come with the request are measured as they are.
    let depth = match &request.params {
        Some(params) => params.depth,
        None => params.depth.max(request.limit),
    };
    let mut search = Search {
        view,
        text: &query.text,
        near: &request.near,
        params: &params,
        accept: &accept,
        cancel,
        depth,
        texts: Texts::default(),
    };
    let candidates = match (&query.reading, request.mode) {
        (Reading::Empty, _) => search.everything(request.limit),
        (_, SearchMode::Symbols) => search.names(request.limit)?,
        (Reading::Structural(structural), SearchMode::Full | SearchMode::Lexical) => {
            let text = search.words(meaning, request.mode, &mut asked)?;
            crate::relation::answer(view, structural, &accept, text, cancel)?
        }
        (Reading::Symbol, mode) if mode != SearchMode::Vector => {
            let names = search.names(request.limit)?;
            search.depth = request.limit * 3;
            let words = search.words(meaning, mode, &mut asked)?;
            names_first(names, words)
        }
        (_, mode) => search.words(meaning, mode, &mut asked)?,
    };
    let mut response = respond(
        candidates,
        search.texts,
        request.limit,
        &asked.words,
        query.reading.to_string(),
        started,
        &|candidate| rank::explain(candidate, &asked, &params, request.explain),
    );
    response.notes = notes;
    response.literal = asked.literal;
    response.described = asked.described;
    response.action = asked.action;
    // Names and relations are answered, not ranked: there is nothing to have a second opinion on.
    if query.reading == Reading::Words && request.mode == SearchMode::Full {
        response.rerank_for = Some(query.text.clone());
    }
    if !request.explain {
        for hit in &mut response.hits {
            hit.features.clear();
        }
    }
    Ok(response)
}

/// One question on its way through the legs.
pub(crate) struct Search<'a, 'q> {
    pub(crate) view: &'a View,
    pub(crate) text: &'q str,
    /// See [`SearchRequest::near`].
    pub(crate) near: &'q [PathBuf],
    pub(crate) params: &'q RankParams,
    pub(crate) accept: &'q Accept<'q>,
    pub(crate) cancel: &'q Cancel,
    /// Candidates per leg.
    pub(crate) depth: usize,
    /// Texts that were read on the way.
    pub(crate) texts: Texts,
}

impl<'a> Search<'a, '_> {
    /// Lexical and vector legs, fused and ranked.
    pub(crate) fn words(
        &mut self,
        meaning: &dyn Meaning,
        mode: SearchMode,
        asked: &mut Asked,
    ) -> Result<Vec<Candidate<'a>>, SearchError> {
        let mut found: FxHashMap<(BaseIdx, ChunkKey), Candidate<'a>> = FxHashMap::default();
        let accept = |base: BaseIdx, key: ChunkKey| self.accept.chunk(base, key);
        if mode != SearchMode::Vector {
            let terms: Vec<QueryTerm> = lexical::analyze_query(self.text)
                .into_iter()
                .map(|mut term| {
                    if term.kind == TokenKind::Part {
                        term.weight *= self.params.part;
                    }
                    if self.params.inflections > 0.0 {
                        term = term.with_inflections(self.params.inflections);
                    }
                    if self.params.synonyms > 0.0 && mode == SearchMode::Full {
                        self.add_synonyms(&mut term, meaning);
                    }
                    term
                })
                .collect();
            let (hits, statistics) = self
                .view
                .search_lexical(
                    &terms,
                    &self.params.bm25f(),
                    &accept,
                    self.depth,
                    self.cancel,
                )
                .map_err(lexical_error)?;
            asked.weigh(&terms, &statistics);
            for (rank, hit) in ranked(&hits, |hit| hit.score) {
                if let Some(candidate) = self.candidate(&mut found, hit.base, hit.key) {
                    candidate.matched = hit.matched;
                    candidate.lexical = Some((rank, hit.score));
                }
            }
        }
        let embedding = if mode == SearchMode::Lexical {
            None
        } else {
            meaning.vector(self.text)
        };
        asked.without_vectors = embedding.is_none();
        if let Some(embedding) = &embedding {
            let hits = self
                .view
                .search_vectors(embedding, &accept, self.depth, self.cancel)
                .map_err(vector_error)?;
            for (rank, hit) in ranked(&hits, |hit| hit.similarity) {
                if let Some(candidate) = self.candidate(&mut found, hit.base, hit.key) {
                    candidate.vector = Some((rank, hit.similarity));
                }
            }
        }
        self.cancel.check()?;
        let mut candidates: Vec<Candidate<'a>> = found.into_values().collect();
        // Sums over candidates must not depend on the order of a hash map.
        candidates.sort_by_cached_key(Candidate::place);
        if mode == SearchMode::Vector {
            // For measuring the leg, not for people: its own order.
            features::compute(&mut candidates, asked);
            rank::score(&mut candidates, asked, &Weights::legs(), Pass::First);
            rank::sort(&mut candidates);
            return Ok(candidates);
        }
        features::compute(&mut candidates, asked);
        rank::score(&mut candidates, asked, &self.params.weights, Pass::First);
        rank::draw_near(&mut candidates, self.near);
        rank::sort(&mut candidates);
        let Some(embedding) = embedding.filter(|_| self.params.inspected > 0) else {
            rank::diversify(&mut candidates, self.params);
            rank::hold_exact(&mut candidates, asked);
            return Ok(candidates);
        };
        let rest = candidates.split_off(self.params.inspected.min(candidates.len()));
        inspect::compute(
            &mut candidates,
            asked,
            self.text,
            &embedding,
            meaning,
            &mut self.texts,
        );
        rank::score(&mut candidates, asked, &self.params.weights, Pass::Second);
        rank::draw_near(&mut candidates, self.near);
        rank::sort(&mut candidates);
        rank::diversify(&mut candidates, self.params);
        rank::follow(&mut candidates, rest);
        rank::hold_exact(&mut candidates, asked);
        Ok(candidates)
    }

    fn add_synonyms(&self, term: &mut QueryTerm, meaning: &dyn Meaning) {
        for word in meaning.synonyms(&term.text) {
            if !term.variants.iter().any(|known| known.text == word) {
                term.variants.push(Variant {
                    text: word.to_owned(),
                    factor: self.params.synonyms,
                });
            }
        }
    }

    fn candidate<'m>(
        &self,
        found: &'m mut FxHashMap<(BaseIdx, ChunkKey), Candidate<'a>>,
        base: BaseIdx,
        key: ChunkKey,
    ) -> Option<&'m mut Candidate<'a>> {
        match found.entry((base, key)) {
            std::collections::hash_map::Entry::Occupied(entry) => Some(entry.into_mut()),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let handle = self.view.chunk(base, key)?;
                Some(entry.insert(Candidate::new(handle, key)))
            }
        }
    }

    /// Symbols by name, best match class first.
    fn names(&self, limit: usize) -> Result<Vec<Candidate<'a>>, SearchError> {
        let pattern = self
            .text
            .trim_end_matches("()")
            .trim_end_matches('!')
            .replace(['#', '/'], "::")
            .replace('-', "_");
        let hits = self.view.graph(|graph| {
            let query = NameQuery {
                pattern: &pattern,
                limit,
                accept: &|entry| {
                    is_listed(entry.kind)
                        && self.accept.symbol_kind(entry.kind)
                        && self
                            .view
                            .file(entry.symbol.base, entry.symbol.file)
                            .is_some_and(|file| self.accept.file(&file))
                },
                source: Some(self.view),
            };
            graph.complete_query(&query, self.cancel)
        })?;
        let mut candidates = Vec::new();
        for (at, hit) in hits.iter().enumerate() {
            let Some(mut candidate) = symbol_candidate(
                self.view,
                hit.symbol.base,
                hit.symbol.file,
                hit.symbol.symbol,
            ) else {
                continue;
            };
            if self.accept.is_excluded(hit.symbol.base, candidate.key) {
                continue;
            }
            let class = class_score(hit.class);
            let kind = kind_score(hit.kind);
            let test = if hit.is_test { 0.3 } else { 0.0 };
            let stem = candidate.handle.file.path().stem();
            let home = if stem.eq_ignore_ascii_case(&hit.name) {
                0.3
            } else {
                0.0
            };
            candidate.score = class + hit.score + kind + home - test;
            candidate.exact = hit.class <= MatchClass::ExactIgnoringCase;
            candidate.why.push(Why {
                leg: "symbol",
                rank: Some(at as u32 + 1),
                score: candidate.score,
                note: class_name(hit.class).to_owned(),
            });
            candidates.push(candidate);
        }
        rank::draw_near(&mut candidates, self.near);
        self.stems(&pattern, &mut candidates);
        self.paths(&mut candidates);
        rank::sort(&mut candidates);
        candidates.dedup_by(|a, b| a.file() == b.file() && a.key == b.key && a.symbol == b.symbol);
        Ok(candidates)
    }

    /// The file that a path names, relative or absolute, at the line that follows it: `router.rs:196:5`, `src/jsonrpc/router`.
    fn paths(&self, candidates: &mut Vec<Candidate<'a>>) {
        let (path, line) = place(self.text);
        if !path.contains(['/', '.']) {
            return;
        }
        for (base, key, file) in self.view.files() {
            let found = file.path().as_str();
            let without_extension = found.strip_suffix(file.path().extension());
            let without_extension = without_extension.and_then(|it| it.strip_suffix('.'));
            let is_meant = ends_with_path(found, &path)
                || ends_with_path(&path, found)
                || path.contains('/')
                    && without_extension.is_some_and(|found| ends_with_path(found, &path));
            if !is_meant || !self.accept.file(&file) {
                continue;
            }
            let Some(facts) = file.facts() else { continue };
            let at_line = line.and_then(|line| {
                let covering = facts
                    .chunks
                    .iter()
                    .enumerate()
                    .filter(|(_, chunk)| chunk.lines.contains(line));
                covering.min_by_key(|(_, chunk)| chunk.range.len())
            });
            let idx = at_line.map_or(0, |(idx, _)| idx as u32);
            let Some(chunk) = self.view.chunk_key(base, key, idx) else {
                continue;
            };
            let Some(handle) = self.view.chunk(base, chunk) else {
                continue;
            };
            let mut candidate = Candidate::new(handle, chunk);
            let aside = is_test_path(found) || is_aside(found);
            candidate.score =
                PATH - found.matches('/').count() as f32 / 100.0 - f32::from(aside) * 0.3;
            candidate.why.push(Why {
                leg: "symbol",
                rank: None,
                score: candidate.score,
                note: "the file's path".to_owned(),
            });
            candidates.push(candidate);
        }
    }

    /// Files that are called like the name: what a file is about often has no symbol of its own.
    fn stems(&self, name: &str, candidates: &mut Vec<Candidate<'a>>) {
        let plain = |text: &str| -> String {
            let letters = text.chars().filter(|c| c.is_alphanumeric());
            letters.flat_map(char::to_lowercase).collect()
        };
        let wanted = plain(name);
        if wanted.is_empty()
            || !name
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        {
            return;
        }
        for (base, key, file) in self.view.files() {
            let path = file.path();
            // Most files differ in length, which costs nothing to see.
            if path.stem().len() < wanted.len()
                || plain(path.stem()) != wanted
                || !self.accept.file(&file)
            {
                continue;
            }
            let Some(chunk) = self.view.chunk_key(base, key, 0) else {
                continue;
            };
            let Some(handle) = self.view.chunk(base, chunk) else {
                continue;
            };
            let is_test = handle.chunk().is_some_and(|(chunk, _)| chunk.is_test);
            let mut candidate = Candidate::new(handle, chunk);
            if candidates
                .iter()
                .any(|other| other.file() == candidate.file() && other.score >= SURE)
            {
                continue;
            }
            candidate.score = FILE_NAME
                - path.as_str().matches('/').count() as f32 / 100.0
                - f32::from(is_test) * 0.3;
            candidate.why.push(Why {
                leg: "symbol",
                rank: None,
                score: candidate.score,
                note: "the file's name".to_owned(),
            });
            candidates.push(candidate);
        }
    }

    /// For an empty query: what is being worked on, then the first symbols by path.
    fn everything(&self, limit: usize) -> Vec<Candidate<'a>> {
        let mut files: Vec<_> = self
            .view
            .files()
            .filter(|(_, _, file)| self.accept.file(file))
            .collect();
        files.sort_by_key(|(base, _, file)| {
            (base.is_some(), file.root().to_path_buf(), file.path())
        });
        let mut candidates = Vec::new();
        for (base, key, file) in files {
            let Some(facts) = file.facts() else { continue };
            for (idx, symbol) in facts.symbols.iter().enumerate() {
                if candidates.len() >= limit {
                    return candidates;
                }
                if symbol.container.is_none()
                    && is_listed(symbol.kind)
                    && self.accept.symbol_kind(symbol.kind)
                {
                    candidates.extend(symbol_candidate(
                        self.view,
                        base,
                        key,
                        SymbolIdx(idx as u32),
                    ));
                }
            }
        }
        candidates
    }
}

/// A symbol as a candidate: the chunk that declares it, and the symbol itself where the chunk shows another.
pub(crate) fn symbol_candidate(
    view: &View,
    base: BaseIdx,
    file: symseek_base::FileKey,
    symbol: SymbolIdx,
) -> Option<Candidate<'_>> {
    let handle = view.file(base, file)?;
    let facts = handle.facts()?;
    let chunk_idx = chunk_of(facts, symbol)?;
    let key = view.chunk_key(base, file, chunk_idx)?;
    let mut candidate = Candidate::new(view.chunk(base, key)?, key);
    candidate.symbol = Some(symbol);
    Some(candidate)
}

/// Hits, best first, with their ranks from 1. Equal scores share one: a leg orders them by keys, which tell when a file was indexed.
fn ranked<T>(hits: &[T], score: impl Fn(&T) -> f32) -> impl Iterator<Item = (u32, &T)> {
    let mut rank = 0;
    hits.iter().enumerate().map(move |(at, hit)| {
        if at == 0 || score(hit) < score(&hits[at - 1]) {
            rank = at as u32 + 1;
        }
        (rank, hit)
    })
}

/// Names, then the text matches that are not already there. Scores stay ordered: names rank above.
fn names_first<'a>(names: Vec<Candidate<'a>>, words: Vec<Candidate<'a>>) -> Vec<Candidate<'a>> {
    let (sure, guesses): (Vec<_>, Vec<_>) = names
        .into_iter()
        .partition(|candidate| candidate.score >= SURE);
    let mut all = rank::above(sure, words);
    for mut guess in guesses {
        if !guess.is_shown_by(&all) {
            guess.score = all
                .last()
                .map_or(guess.score, |last| last.score.min(guess.score));
            all.push(guess);
        }
    }
    all
}

/// A path as compilers and stack traces write it: the path, and the line from 0 if one follows.
fn place(text: &str) -> (String, Option<u32>) {
    let mut path = text.replace('\\', "/");
    let mut numbers = Vec::new();
    while let Some((before, number)) = path.rsplit_once(':') {
        let Ok(number) = number.parse::<u32>() else {
            break;
        };
        numbers.push(number);
        path.truncate(before.len());
    }
    let line = numbers.last().and_then(|line| line.checked_sub(1));
    (path.trim_start_matches("./").to_owned(), line)
}

/// Whether the last parts of `path` are those of `end`.
fn ends_with_path(path: &str, end: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// From this score on a name match is taken for what was meant: exact, prefix, hump or substring.
const SURE: f32 = 40.0;

/// A file that a path names: nothing else can be meant.
const PATH: f32 = 90.0;
/// A file that is called like the name: below a type or function of exactly that name, above members of it.
const FILE_NAME: f32 = 70.0;
/// Subtracted from members and variables, which are rarely what a bare name asks for.
const MEMBER: f32 = 12.0;

fn class_score(class: MatchClass) -> f32 {
    match class {
        MatchClass::Exact => 80.0,
        MatchClass::ExactIgnoringCase => 70.0,
        MatchClass::Prefix => 60.0,
        MatchClass::Hump => 50.0,
        MatchClass::Substring => 40.0,
        MatchClass::Fuzzy => 20.0,
    }
}

fn class_name(class: MatchClass) -> &'static str {
    match class {
        MatchClass::Exact => "exact name",
        MatchClass::ExactIgnoringCase => "exact name, other case",
        MatchClass::Prefix => "prefix",
        MatchClass::Hump => "initials",
        MatchClass::Substring => "inside the name",
        MatchClass::Fuzzy => "similar name",
    }
}

/// Among equal names a type or function is more often meant than a member or a local.
fn kind_score(kind: symseek_syntax::SymbolKind) -> f32 {
    use symseek_syntax::SymbolKind as Kind;
    match kind {
        Kind::Class
        | Kind::Struct
        | Kind::Enum
        | Kind::Trait
        | Kind::Interface
        | Kind::Union
        | Kind::TypeAlias => 0.6,
        Kind::Function | Kind::Macro => 0.5,
        Kind::Method | Kind::Constructor => 0.4,
        Kind::Constant | Kind::Static | Kind::Module | Kind::Namespace | Kind::Section => 0.3,
        Kind::Impl => 0.0,
        Kind::EnumMember | Kind::Property => 0.2 - MEMBER,
        Kind::Field | Kind::Variable => -MEMBER,
    }
}

pub(crate) fn lexical_error(error: LexicalError) -> SearchError {
    match error {
        LexicalError::Cancelled(_) => SearchError::Cancelled,
        error => SearchError::Leg {
            leg: "lexical",
            why: error.to_string(),
        },
    }
}

pub(crate) fn vector_error(error: VectorError) -> SearchError {
    match error {
        VectorError::Cancelled(_) => SearchError::Cancelled,
        error => SearchError::Leg {
            leg: "vector",
            why: error.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_as_tools_write_them() {
        let of = |text: &str| place(text);
        assert_eq!(of("src/a.rs:196:5"), ("src/a.rs".to_owned(), Some(195)));
        assert_eq!(of(".\\src\\a.rs:7"), ("src/a.rs".to_owned(), Some(6)));
        assert_eq!(of("./a.rs"), ("a.rs".to_owned(), None));
        assert_eq!(of("Type::new"), ("Type::new".to_owned(), None));
        assert_eq!(of("a.rs:0"), ("a.rs".to_owned(), None));
        assert!(ends_with_path("x/src/a.rs", "src/a.rs"));
        assert!(!ends_with_path("x/mysrc/a.rs", "src/a.rs"));
    }
}
