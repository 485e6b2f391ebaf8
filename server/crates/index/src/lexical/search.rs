//! The search: BM25F over every base and the memory layer as one collection.

use super::accumulate::{Alternatives, Impacts, bits};
use super::layout::Layout;
use super::scratch::Scratch;
use super::top::Top;
use super::{ChunkTerms, LexicalError, LexicalReader, LiveDocs, Params, QueryTerm};
use symseek_base::{Cancel, ChunkKey};

/// Keeps 0 / 0 out of the scores.
const MIN_K1: f32 = 1e-6;

/// One stored index with its live documents.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// The stored index.
    pub reader: &'a LexicalReader,
    /// What of it lives, from the same reader's [`LexicalReader::stats`].
    pub live: &'a LiveDocs,
}

/// Everything a query sees; statistics are summed over all of it.
#[derive(Debug, Clone, Copy)]
pub struct LexicalView<'a> {
    /// The stored indexes, one per workspace folder.
    pub bases: &'a [Base<'a>],
    /// Chunks of unsaved text, of all workspace folders.
    pub memory: &'a [(ChunkKey, &'a ChunkTerms)],
}

/// Where a hit lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// In this base, by position in [`LexicalView::bases`].
    Base(usize),
    /// In memory, by position in [`LexicalView::memory`].
    Memory(usize),
}

/// A chunk that holds at least one term of the query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LexicalHit {
    /// Where it lies.
    pub origin: Origin,
    /// Its key.
    pub key: ChunkKey,
    /// BM25F, > 0 when a term of positive weight matched; see [`Params`].
    pub score: f32,
    /// Bit `i`: term `i` of the query is in some field (terms from the 64th on share the last bit).
    pub matched: u64,
    /// Bit `i`: term `i` of the query is in the chunk's name.
    pub name_matched: u64,
}

/// What a term weighs in the whole view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TermStatistics {
    /// Live chunks, of bases and memory.
    pub n_docs: u64,
    /// Live chunks that hold the term (or a variant of it) in a field of weight > 0.
    pub document_frequency: u64,
    /// `ln(1 + (n_docs − df + ½) / (df + ½))`, > 0.
    pub idf: f32,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LexicalAnswer {
    /// Best first, equal scores by origin and key. More than the limit when the last ones tie, so that the caller can break
    /// ties by something that survives re-indexing.
    pub hits: Vec<LexicalHit>,
    /// One per term of the query.
    pub terms: Vec<TermStatistics>,
}

/// The best `limit` chunks that `accept` lets pass. The filter is asked only about chunks that could still be among the
/// best, and it never changes statistics. Exact: no term, block or document is skipped.
///
/// # Errors
/// [`LexicalError::Cancelled`]; reading errors; [`LexicalError::ForeignLiveDocs`] when a base is put together wrongly.
pub fn search(
    view: &LexicalView<'_>,
    terms: &[QueryTerm],
    params: &Params,
    accept: &dyn Fn(Origin, ChunkKey) -> bool,
    limit: usize,
    cancel: &Cancel,
) -> Result<LexicalAnswer, LexicalError> {
    let layout = Layout::new(view)?;
    let impacts = Impacts::new(params, &layout.stats);
    let mut scratch = Scratch::take(layout.n_docs, terms.len());
    let mut statistics = Vec::with_capacity(terms.len());
    let mut reused = None;
    for (idx, term) in terms.iter().enumerate() {
        layout.gather(
            view,
            &Alternatives::new(term),
            &impacts,
            &mut reused,
            &mut scratch.evidence,
            cancel,
        )?;
        let of_term = layout.statistics(scratch.n_held());
        scratch.settle(idx, term.weight * of_term.idf, params.k1.max(MIN_K1));
        statistics.push(of_term);
    }

    let mut top = Top::new(limit);
    for word in 0..layout.n_docs / 64 {
        if word % 256 == 0 {
            cancel.check()?;
        }
        for bit in bits(scratch.matched_by_any(word)) {
            let doc = word * 64 + bit;
            let score = scratch.scores[doc];
            if top.wants(score) {
                let (origin, key) = layout.locate(view, doc);
                if accept(origin, key) {
                    top.push(score, doc as u32);
                }
            }
        }
    }
    let hits = top.finish().into_iter().map(|(score, doc)| {
        let (origin, key) = layout.locate(view, doc as usize);
        let (matched, name_matched) = scratch.terms_of(doc as usize);
        LexicalHit {
            origin,
            key,
            score,
            matched,
            name_matched,
        }
    });
    let mut hits: Vec<_> = hits.collect();
    hits.sort_by(|a, b| {
        (b.score.total_cmp(&a.score)).then_with(|| (a.origin, a.key).cmp(&(b.origin, b.key)))
    });
    scratch.give_back();
    Ok(LexicalAnswer {
        hits,
        terms: statistics,
    })
}

/// In how many live chunks a token occurs, in whatever field. The token is taken as it is (lower-case).
///
/// # Errors
/// As [`search`].
pub fn term_statistics(
    view: &LexicalView<'_>,
    token: &str,
) -> Result<TermStatistics, LexicalError> {
    let layout = Layout::new(view)?;
    let everything = Params {
        weights: [1.0; super::Field::COUNT],
        ..Params::default()
    };
    let mut scratch = Scratch::take(layout.n_docs, 1);
    layout.gather(
        view,
        &Alternatives::new(&QueryTerm::new(token)),
        &Impacts::new(&everything, &layout.stats),
        &mut None,
        &mut scratch.evidence,
        &Cancel::new(),
    )?;
    let statistics = layout.statistics(scratch.n_held());
    scratch.settle(0, 0.0, 1.0);
    scratch.give_back();
    Ok(statistics)
}
