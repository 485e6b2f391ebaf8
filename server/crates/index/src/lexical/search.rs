//! The search: BM25F over every base and the memory layer as one collection.

use super::accumulate::{Alternatives, Evidence, Impacts, add_chunk, add_segment};
use super::stats::FieldStats;
use super::top::Top;
use super::{ChunkTerms, LexicalError, LexicalReader, LiveDocs, Params, QueryTerm};
use std::cell::Cell;
use symseek_base::{Cancel, ChunkKey};
use tantivy::postings::BlockSegmentPostings;

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
    /// Bit `i`: term `i` of the query is in the chunk's name (the first 32 terms only).
    pub name_matched: u32,
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
    /// Best first, equal scores by origin and key. More than the limit when the last ones tie (up to 128 more), so that
    /// the caller can break ties by something that survives re-indexing.
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
    let mut scratch = Scratch::take(layout.n_docs);
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
        let of_term = layout.statistics(scratch.evidence.touched.len());
        scratch.settle(idx, term.weight * of_term.idf, params.k1);
        statistics.push(of_term);
    }

    let mut top = Top::new(limit);
    for (at, &doc) in scratch.touched.iter().enumerate() {
        if at % 4096 == 0 {
            cancel.check()?;
        }
        let score = scratch.slots[doc as usize].score;
        if top.wants(score) {
            let (origin, key) = layout.locate(view, doc);
            if accept(origin, key) {
                top.push(score, doc);
            }
        }
    }
    let hits = top.finish().into_iter().map(|(score, doc)| {
        let (origin, key) = layout.locate(view, doc);
        let slot = scratch.slots[doc as usize];
        LexicalHit {
            origin,
            key,
            score,
            matched: slot.matched,
            name_matched: slot.name_matched,
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
    let mut scratch = Scratch::take(layout.n_docs);
    layout.gather(
        view,
        &Alternatives::new(&QueryTerm::new(token)),
        &Impacts::new(&everything, &layout.stats),
        &mut None,
        &mut scratch.evidence,
        &Cancel::new(),
    )?;
    let statistics = layout.statistics(scratch.evidence.touched.len());
    scratch.settle(0, 0.0, 1.0);
    scratch.give_back();
    Ok(statistics)
}

/// The documents of a view numbered from 0: segment after segment, then memory.
struct Layout {
    /// First document, base and segment of each segment.
    segments: Vec<(u32, usize, usize)>,
    first_memory: u32,
    n_docs: usize,
    stats: FieldStats,
}

impl Layout {
    fn new(view: &LexicalView<'_>) -> Result<Self, LexicalError> {
        let mut segments = Vec::new();
        let mut n_docs = 0;
        let mut stats = FieldStats::default();
        for (base_idx, base) in view.bases.iter().enumerate() {
            if base.live.reader != base.reader.id() {
                return Err(LexicalError::ForeignLiveDocs);
            }
            stats.merge(&base.live.stats);
            for (segment_idx, segment) in base.reader.segments().iter().enumerate() {
                segments.push((n_docs as u32, base_idx, segment_idx));
                n_docs += segment.keys.len();
            }
        }
        for (_, chunk) in view.memory {
            stats.add(chunk.lengths());
        }
        Ok(Self {
            segments,
            first_memory: n_docs as u32,
            n_docs: n_docs + view.memory.len(),
            stats,
        })
    }

    fn gather(
        &self,
        view: &LexicalView<'_>,
        term: &Alternatives<'_>,
        impacts: &Impacts,
        reused: &mut Option<BlockSegmentPostings>,
        evidence: &mut Evidence,
        cancel: &Cancel,
    ) -> Result<(), LexicalError> {
        for &(first, base, segment) in &self.segments {
            cancel.check()?;
            let Base { reader, live } = view.bases[base];
            add_segment(
                &reader.segments()[segment],
                live.alive[segment].as_deref(),
                first,
                term,
                impacts,
                reused,
                evidence,
            )
            .map_err(|error| LexicalError::read(reader.path(), error))?;
        }
        cancel.check()?;
        for (doc, (_, chunk)) in (self.first_memory..).zip(view.memory) {
            add_chunk(chunk, doc, term, impacts, evidence);
        }
        Ok(())
    }

    fn statistics(&self, n_touched: usize) -> TermStatistics {
        let n_docs = self.stats.n_docs;
        let document_frequency = n_touched as u64;
        let (n, df) = (n_docs as f64, n_touched as f64);
        TermStatistics {
            n_docs,
            document_frequency,
            idf: (1.0 + (n - df + 0.5) / (df + 0.5)).ln() as f32,
        }
    }

    fn locate(&self, view: &LexicalView<'_>, doc: u32) -> (Origin, ChunkKey) {
        if doc >= self.first_memory {
            let at = (doc - self.first_memory) as usize;
            return (Origin::Memory(at), view.memory[at].0);
        }
        let at = self.segments.partition_point(|(first, ..)| *first <= doc) - 1;
        let (first, base, segment) = self.segments[at];
        let keys = &view.bases[base].reader.segments()[segment].keys;
        (Origin::Base(base), ChunkKey(keys[(doc - first) as usize]))
    }
}

#[derive(Clone, Copy, Default)]
struct Slot {
    matched: u64,
    score: f32,
    name_matched: u32,
}

/// The dense arrays of a search, kept per thread: 20 bytes per document. All zero whenever it rests in the thread.
#[derive(Default)]
struct Scratch {
    evidence: Evidence,
    slots: Vec<Slot>,
    touched: Vec<u32>,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl Scratch {
    /// The thread's arrays, large enough. Until they are given back the thread has none: a search that fails or is
    /// cancelled half-way drops them, so nothing half-added can ever leak into the next one.
    fn take(n_docs: usize) -> Self {
        let mut scratch = SCRATCH.take();
        if scratch.slots.len() < n_docs {
            scratch.slots.resize(n_docs, Slot::default());
            scratch.evidence.sums.resize(n_docs, 0.0);
        }
        scratch
    }

    /// Turns the evidence of one term into score, `factor · sum / (k1 + sum)`, and clears it.
    fn settle(&mut self, idx: usize, factor: f32, k1: f32) {
        let bit = 1 << idx.min(63);
        let Evidence {
            sums,
            touched,
            named,
        } = &mut self.evidence;
        for &doc in &*touched {
            let sum = std::mem::take(&mut sums[doc as usize]);
            let slot = &mut self.slots[doc as usize];
            if slot.matched == 0 {
                self.touched.push(doc);
            }
            slot.matched |= bit;
            slot.score += factor * (sum / (k1 + sum));
        }
        if idx < 32 {
            for &doc in &*named {
                self.slots[doc as usize].name_matched |= 1 << idx;
            }
        }
        touched.clear();
        named.clear();
    }

    fn give_back(mut self) {
        for &doc in &self.touched {
            self.slots[doc as usize] = Slot::default();
        }
        self.touched.clear();
        SCRATCH.set(self);
    }
}
