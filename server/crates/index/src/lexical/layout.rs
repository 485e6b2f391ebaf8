//! The numbering that makes one collection of several bases and the memory layer.

use super::accumulate::{Alternatives, Evidence, Impacts, add_chunk, add_segment};
use super::stats::FieldStats;
use super::{Base, LexicalError, LexicalView, Origin, TermStatistics};
use symseek_base::{Cancel, ChunkKey};
use tantivy::postings::BlockSegmentPostings;

/// The documents of a view numbered from 0: segment after segment, then memory, each from a multiple of 64.
pub(super) struct Layout {
    /// First document, base and segment of each segment.
    segments: Vec<(usize, usize, usize)>,
    first_memory: usize,
    /// Numbers in use and between, a multiple of 64.
    pub(super) n_docs: usize,
    pub(super) stats: FieldStats,
}

impl Layout {
    pub(super) fn new(view: &LexicalView<'_>) -> Result<Self, LexicalError> {
        let mut segments = Vec::new();
        let mut n_docs = 0;
        let mut stats = FieldStats::default();
        for (base_idx, base) in view.bases.iter().enumerate() {
            if base.live.reader != base.reader.id() {
                return Err(LexicalError::ForeignLiveDocs);
            }
            stats.merge(&base.live.stats);
            for (segment_idx, segment) in base.reader.segments().iter().enumerate() {
                segments.push((n_docs, base_idx, segment_idx));
                n_docs += segment.keys.len().next_multiple_of(64);
            }
        }
        for (_, chunk) in view.memory {
            stats.add(chunk.lengths());
        }
        Ok(Self {
            segments,
            first_memory: n_docs,
            n_docs: (n_docs + view.memory.len()).next_multiple_of(64),
            stats,
        })
    }

    pub(super) fn gather(
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

    pub(super) fn statistics(&self, n_held: usize) -> TermStatistics {
        let n_docs = self.stats.n_docs;
        let document_frequency = n_held as u64;
        let (n, df) = (n_docs as f64, n_held as f64);
        TermStatistics {
            n_docs,
            document_frequency,
            idf: (1.0 + (n - df + 0.5) / (df + 0.5)).ln() as f32,
        }
    }

    pub(super) fn locate(&self, view: &LexicalView<'_>, doc: usize) -> (Origin, ChunkKey) {
        if doc >= self.first_memory {
            let at = doc - self.first_memory;
            return (Origin::Memory(at), view.memory[at].0);
        }
        let at = self.segments.partition_point(|(first, ..)| *first <= doc) - 1;
        let (first, base, segment) = self.segments[at];
        let keys = &view.bases[base].reader.segments()[segment].keys;
        (Origin::Base(base), ChunkKey(keys[doc - first]))
    }
}
