//! Candidates to results: takes each file's text once, which is checked to be still the one that was indexed, and computes places. A candidate whose text is gone is never shown; its file is reported as stale.

use std::sync::Arc;
use std::time::Instant;

use rustc_hash::FxHashMap;
use symseek_base::{ByteRange, FileKey, LineIndex};
use symseek_index::SourceText;
use symseek_index::snapshot::{BaseIdx, FileHandle};
use symseek_syntax::{ChunkKind, FileFacts, Symbol, SymbolIdx, SymbolKind};

use crate::features::Feature;
use crate::place::Span;
use crate::rank::{Candidate, Use};
use crate::rerank::Passage;
use crate::snippet::Excerpt;
use crate::types::{CallSite, Hit, SearchResponse};

/// The texts of the candidates' files, each checked once per question; `None` for a file that is no longer what was indexed.
#[derive(Debug, Default)]
pub(crate) struct Texts(FxHashMap<(BaseIdx, FileKey), Option<SourceText>>);

impl Texts {
    /// The text of the candidate's file.
    pub(crate) fn of(&mut self, candidate: &Candidate<'_>) -> Option<&SourceText> {
        self.get(candidate.file(), candidate.handle.file)
    }

    fn get(&mut self, key: (BaseIdx, FileKey), file: FileHandle<'_>) -> Option<&SourceText> {
        let checked = self.0.entry(key);
        checked.or_insert_with(|| file.source()).as_ref()
    }
}

/// The first `limit` candidates that can be shown, as results; `explain` writes down the reasons of each.
pub(crate) fn respond(
    candidates: Vec<Candidate<'_>>,
    mut texts: Texts,
    limit: usize,
    asked: &[String],
    reading: String,
    started: Instant,
    explain: &dyn Fn(&mut Candidate<'_>),
) -> SearchResponse {
    let mut response = SearchResponse {
        complete: true,
        reading,
        ..SearchResponse::default()
    };
    let asked: Arc<[String]> = asked.into();
    for mut candidate in candidates {
        if response.hits.len() == limit {
            break;
        }
        let file = candidate.handle.file;
        let sites = sites(&candidate, &mut texts);
        if let Some(source) = texts.of(&candidate) {
            explain(&mut candidate);
            response.hits.extend(hit(candidate, source, sites, &asked));
            continue;
        }
        let path = file.absolute();
        if !response.stale.contains(&path) {
            response.stale.push(path);
        }
    }
    response.took = started.elapsed();
    response
}

/// Where the uses stand; one in a file whose text is gone is left out.
fn sites(candidate: &Candidate<'_>, texts: &mut Texts) -> Vec<CallSite> {
    let place = |it: &Use<'_>| {
        let source = texts.get(it.key, it.file)?;
        let line = source.lines.line_bytes(source.lines.line(it.range.start));
        Some(CallSite {
            path: it.file.absolute(),
            range: Span::of(&source.text, &source.lines, it.range),
            line: line.slice(&source.text).trim().to_owned(),
            confidence: it.confidence,
        })
    };
    candidate.uses.iter().filter_map(place).collect()
}

fn hit(
    candidate: Candidate<'_>,
    source: &SourceText,
    sites: Vec<CallSite>,
    asked: &Arc<[String]>,
) -> Option<Hit> {
    let (text, lines) = (&*source.text, &*source.lines);
    let (chunk, facts) = candidate.handle.chunk()?;
    let file = candidate.handle.file;
    // A use that stands above the chunk's symbol (an import at the top of a file) belongs to the file, not to that symbol.
    let uses = &candidate.uses;
    let holds_a_use = |symbol: SymbolIdx| {
        let range = facts.symbol(symbol).range;
        uses.is_empty() || uses.iter().any(|it| range.contains(it.range))
    };
    let shown = chunk.symbol.filter(|_| chunk.kind != ChunkKind::Window);
    let idx = candidate
        .symbol
        .or(shown.filter(|&symbol| holds_a_use(symbol)));
    let symbol = idx.map(|idx| facts.symbol(idx));
    // A symbol inside a chunk (a field, a nested function) is shown as itself, the chunk's own symbol as the chunk.
    let range = match (candidate.symbol, symbol) {
        (Some(meant), Some(symbol)) if Some(meant) != chunk.symbol => {
            whole_lines(lines, symbol.range)
        }
        _ => chunk.range,
    };
    let selection = symbol
        .map(|symbol| symbol.selection)
        .filter(|name| range.contains(*name));
    let selection = selection.unwrap_or(ByteRange {
        start: range.start,
        end: range.start,
    });
    let prefer = if selection.is_empty() {
        lines.line(range.start)
    } else {
        lines.line(selection.start)
    };
    Some(Hit {
        path: file.absolute(),
        relative: file.path().as_str().to_owned(),
        language: file.language().to_owned(),
        name: symbol.map_or_else(
            || file.path().file_name().to_owned(),
            |symbol| symbol.name.to_string(),
        ),
        kind: symbol.map(|symbol| symbol.kind),
        container: container(file.path(), facts, idx),
        signature: symbol.map_or_else(String::new, |symbol| symbol.signature.to_string()),
        range: Span::of(text, lines, trim_end(text, range)),
        selection: Span::of(text, lines, selection),
        score: candidate.score,
        features: Feature::ALL
            .into_iter()
            .map(|it| (it.name(), candidate.features[it as usize]))
            .collect(),
        why: candidate.why,
        passage: Some(Passage {
            path: file.path().clone(),
            source: source.clone(),
            facts: Arc::clone(facts),
            chunk_idx: candidate.handle.chunk_idx,
        }),
        excerpt: Excerpt {
            source: source.clone(),
            rows: lines.lines(range),
            prefer,
            asked: Arc::clone(asked),
        },
        exact: candidate.exact,
        sites,
    })
}

/// A range without the line break at its end, so that a result ends on its own last line.
fn trim_end(text: &str, range: ByteRange) -> ByteRange {
    let kept = range.slice(text).trim_end().len();
    ByteRange::new(range.start as usize, range.start as usize + kept)
}

fn whole_lines(lines: &LineIndex, range: ByteRange) -> ByteRange {
    let rows = lines.lines(range);
    ByteRange {
        start: lines.line_bytes(rows.start).start,
        end: lines.line_bytes(rows.end).end,
    }
}

/// `module::path::Type` of what the symbol lies in: the file's module path, then containers inside the file.
fn container(path: &symseek_base::RelPath, facts: &FileFacts, symbol: Option<SymbolIdx>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let directory = path.directory();
    parts.extend(
        directory
            .split('/')
            .filter(|part| !part.is_empty() && *part != "src"),
    );
    let stem = path.stem();
    if !["mod", "lib", "main", "__init__", "index"].contains(&stem) {
        parts.push(stem);
    }
    let mut inside: Vec<&Symbol> = Vec::new();
    let mut at = symbol.and_then(|idx| facts.symbol(idx).container);
    while let Some(idx) = at {
        inside.push(facts.symbol(idx));
        at = facts.symbol(idx).container;
    }
    parts.extend(inside.iter().rev().map(|symbol| symbol.name.as_str()));
    parts.join("::")
}

/// The chunk that holds the declaration of a symbol: the smallest that covers its name.
pub(crate) fn chunk_of(facts: &FileFacts, symbol: SymbolIdx) -> Option<u32> {
    let at = facts.symbol(symbol).selection.start;
    let covering = facts
        .chunks
        .iter()
        .enumerate()
        .filter(|(_, chunk)| chunk.range.contains_offset(at));
    covering
        .min_by_key(|(_, chunk)| chunk.range.len())
        .map(|(idx, _)| idx as u32)
}

/// Whether a symbol stands for itself in a list of names: an `impl` block only repeats its type's name.
pub(crate) fn is_listed(kind: SymbolKind) -> bool {
    kind != SymbolKind::Impl
}
