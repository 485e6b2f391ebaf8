//! One query over everything a snapshot holds: graph candidates where a graph pays, an exact scan of the rest.

use super::top::Top;
use super::{Hnsw, QuantisedRow, RowsPart, VectorError};
use std::ops::Range;
use std::sync::Arc;
use symseek_base::{Cancel, ChunkKey, Embedding, LiveSet};

/// Rows from which a graph answers faster than the exact scan; below it the scan *is* the leg. A filter that lets
/// through a share `s` of the rows raises it to `HNSW_THRESHOLD / s`.
///
/// Measured by `benches/vector.rs` (256 dimensions, 100 hits, one AVX-512 core, fastest / median): 50,000 rows scan
/// .34 / .40 ms, graph .78 / 1.07; 100,000 rows .84 / .94 against .95 / 1.24; 150,000 rows 1.30 / 1.47 against .94 / 1.31.
/// A processor without VNNI scans more slowly, but both are far below what a person notices, and the scan is exact.
pub const HNSW_THRESHOLD: usize = 125_000;

/// One stored base: one workspace folder.
#[derive(Debug, Clone, Copy)]
pub struct VectorBase<'a> {
    /// Its parts.
    pub parts: &'a [Arc<RowsPart>],
    /// Which of their rows answer.
    pub live: &'a LiveSet,
    /// A graph over some or all of their rows.
    pub graph: Option<&'a Hnsw>,
}

/// All rows of a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct VectorView<'a> {
    /// The stored bases.
    pub bases: &'a [VectorBase<'a>],
    /// The rows of the in-memory layer, all live.
    pub memory: &'a [(ChunkKey, &'a QuantisedRow)],
}

/// One chunk and how close it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VectorHit {
    /// Index of the base; `None` for the in-memory layer.
    pub base: Option<usize>,
    /// The chunk.
    pub key: ChunkKey,
    /// Cosine in [-1, 1]; higher is closer.
    pub similarity: f32,
}

/// The `limit` closest rows that are live and accepted (`accept(base, key)`, base `None` for the in-memory layer), best
/// first, equal ones by base and key. Rows that tie with the last one come too, so the answer may be longer than
/// `limit`, and does not depend on where a row is stored. Where a graph is used, ties beyond its candidates may be missed.
///
/// # Errors
/// [`VectorError::Dimensions`] when rows and query differ, [`VectorError::Cancelled`].
pub fn search(
    view: VectorView<'_>,
    query: &Embedding,
    accept: &dyn Fn(Option<usize>, ChunkKey) -> bool,
    limit: usize,
    cancel: &Cancel,
) -> Result<Vec<VectorHit>, VectorError> {
    search_above(HNSW_THRESHOLD, view, query, accept, limit, cancel)
}

/// [`search`] with another threshold.
pub(super) fn search_above(
    threshold: usize,
    view: VectorView<'_>,
    query: &Embedding,
    accept: &dyn Fn(Option<usize>, ChunkKey) -> bool,
    limit: usize,
    cancel: &Cancel,
) -> Result<Vec<VectorHit>, VectorError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let quantised = QuantisedRow::new(query);
    let mut top = Top::new(limit);
    for (base_idx, base) in view.bases.iter().enumerate() {
        if let Some(part) = base.parts.iter().find(|part| part.dims() != query.dims()) {
            return Err(VectorError::Dimensions {
                expected: part.dims(),
                found: query.dims(),
            });
        }
        let passes = |key| base.live.contains(key) && accept(Some(base_idx), key);
        let mut scan = Scan {
            query: &quantised,
            base: base_idx,
            passes: &passes,
            top: &mut top,
            cancel,
        };
        match graph_that_pays(base, query.dims(), threshold, &passes) {
            Some(graph) => scan.beside(graph, base.parts, query, limit)?,
            None => scan.all(base.parts)?,
        }
    }
    for (at, &(key, row)) in view.memory.iter().enumerate() {
        if at % 4096 == 0 {
            cancel.check()?;
        }
        if row.dims() != query.dims() {
            return Err(VectorError::Dimensions {
                expected: row.dims(),
                found: query.dims(),
            });
        }
        let similarity = quantised.similarity(row);
        if top.admits(similarity) && accept(None, key) {
            top.push(VectorHit {
                base: None,
                key,
                similarity,
            });
        }
    }
    Ok(top.into_sorted())
}

/// The base's graph, if it answers faster than a scan would. A graph wades through everything near the query that does
/// not pass, so what counts is the number of rows that do; it is estimated from an even sample.
fn graph_that_pays<'a>(
    base: &VectorBase<'a>,
    dims: usize,
    threshold: usize,
    passes: &dyn Fn(ChunkKey) -> bool,
) -> Option<&'a Hnsw> {
    const SAMPLE: usize = 256;
    let graph = base.graph.filter(|graph| graph.dims() == dims)?;
    let n_rows: usize = base.parts.iter().map(|part| part.n_rows()).sum();
    if n_rows < threshold {
        return None;
    }
    let step = (n_rows / SAMPLE).max(1);
    let (mut n_sampled, mut n_passed, mut skip) = (0usize, 0usize, step / 2);
    for part in base.parts {
        while skip < part.n_rows() {
            n_sampled += 1;
            n_passed += usize::from(passes(part.key(skip)));
            skip += step;
        }
        skip -= part.n_rows();
    }
    (n_rows * n_passed >= threshold * n_sampled).then_some(graph)
}

/// The exact scan of one base.
struct Scan<'a> {
    query: &'a QuantisedRow,
    base: usize,
    passes: &'a dyn Fn(ChunkKey) -> bool,
    top: &'a mut Top,
    cancel: &'a Cancel,
}

impl Scan<'_> {
    fn all(&mut self, parts: &[Arc<RowsPart>]) -> Result<(), VectorError> {
        parts
            .iter()
            .try_for_each(|part| self.rows(part, 0..part.n_rows()))
    }

    /// Graph candidates scored exactly, then a scan of what the graph lacks. A graph that fails costs speed, not hits.
    fn beside(
        &mut self,
        graph: &Hnsw,
        parts: &[Arc<RowsPart>],
        query: &Embedding,
        limit: usize,
    ) -> Result<(), VectorError> {
        // f16 and int8 order near ties differently: half as many again, so that rescoring has a choice.
        let wanted = limit + limit / 2 + 16;
        let keys = match graph.candidates(query.as_slice(), wanted, self.passes) {
            Ok(keys) => keys,
            Err(error) => {
                tracing::warn!(%error, "vector graph failed, scanning instead");
                return self.all(parts);
            }
        };
        for key in keys {
            let found = parts.iter().find_map(|part| Some((part, part.find(key)?)));
            // A key without a row was merged away while dead, so it does not pass and cannot get here; nor can it answer.
            if let Some((part, row)) = found {
                self.row(part, row);
            }
        }
        for part in parts {
            for gap in graph.gaps(part).iter() {
                self.rows(part, gap.start as usize..gap.end as usize)?;
            }
        }
        Ok(())
    }

    fn rows(&mut self, part: &RowsPart, rows: Range<usize>) -> Result<(), VectorError> {
        let (dims, keys, scales) = (part.dims(), part.keys(), part.scales());
        let mut start = rows.start;
        while start < rows.end {
            self.cancel.check()?;
            let end = (start + 4096).min(rows.end);
            let values = part.all_values()[start * dims..end * dims].chunks_exact(dims);
            for ((values, &scale), &key) in values.zip(&scales[start..end]).zip(&keys[start..end]) {
                self.score(ChunkKey(key), scale, values);
            }
            start = end;
        }
        Ok(())
    }

    fn row(&mut self, part: &RowsPart, row: usize) {
        self.score(part.key(row), part.scales()[row], part.values(row));
    }

    #[inline]
    fn score(&mut self, key: ChunkKey, scale: f32, values: &[i8]) {
        let similarity = self.query.similarity_to(scale, values);
        if self.top.admits(similarity) && (self.passes)(key) {
            self.top.push(VectorHit {
                base: Some(self.base),
                key,
                similarity,
            });
        }
    }
}
