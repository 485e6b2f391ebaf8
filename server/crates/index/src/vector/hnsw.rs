//! The optional graph over the rows of one base: finds candidates, never scores.
//!
//! Stored next to the parts and opened as a memory-mapped view; the first write loads it into memory ([`Hnsw::extend`]).
//! Vectors are kept as f16, because int8 alone lost ten points of recall at 100,000 rows. Rows are never removed: a
//! dead key is filtered out while searching, and the owner rebuilds when too many are dead. A graph knows which keys it
//! holds, so rows it lacks can be scanned beside it.

mod file;

use super::{RowsPart, VectorError};
use memmap2::Mmap;
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use symseek_base::{Cancel, ChunkKey, ContentHash, LiveSet};
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};

/// usearch keeps this many scratch contexts; one search or insertion occupies one.
const CONTEXTS: usize = 64;
/// Links per node and beam while inserting: usearch's defaults.
const CONNECTIVITY: usize = 16;
const EXPANSION_ADD: usize = 128;
/// Beam while searching; 64 missed neighbours at 150,000 vectors.
const EXPANSION_SEARCH: usize = 192;

/// Limits of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HnswOptions {
    /// Threads that insert at once, 1 to 64.
    pub threads: usize,
    /// Most rows a graph may hold.
    pub cap: usize,
}

impl Default for HnswOptions {
    /// Half of the processors, at most four: the graph is built behind a person who is typing.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads: (processors / 2).clamp(1, 4),
            cap: 4_000_000,
        }
    }
}

/// A graph over rows, in memory or as a view of a file. Searches may run on many threads.
pub struct Hnsw {
    /// Declared before `map`, which it may point into: fields drop in order.
    index: Index,
    keys: Keys,
    dims: usize,
    model: ContentHash,
    map: Option<Mmap>,
    /// Rows of a part, by its checksum, that the graph lacks.
    gaps: Mutex<FxHashMap<u64, Arc<[Range<u32>]>>>,
}

/// `u64[n]`, sorted.
enum Keys {
    Mapped(Range<usize>),
    Owned(Vec<u64>),
}

impl Hnsw {
    /// Builds a graph over the live rows. Takes about a CPU-second per thousand rows: call it on a thread of its own.
    /// `progress(done, total)` is called now and then from the inserting threads.
    ///
    /// # Errors
    /// [`VectorError::Empty`], [`VectorError::OverCap`], [`VectorError::Dimensions`], [`VectorError::Model`],
    /// [`VectorError::Graph`], [`VectorError::Cancelled`].
    pub fn build(
        parts: &[Arc<RowsPart>],
        live: &LiveSet,
        options: HnswOptions,
        cancel: &Cancel,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, VectorError> {
        let first = parts.first().ok_or(VectorError::Empty)?;
        let mut graph = Self {
            index: new_index(first.dims())?,
            keys: Keys::Owned(Vec::new()),
            dims: first.dims(),
            model: first.model(),
            map: None,
            gaps: Mutex::default(),
        };
        graph.extend(parts, live, options, cancel, progress)?;
        if graph.is_empty() {
            return Err(VectorError::Empty);
        }
        Ok(graph)
    }

    /// Adds the live rows it lacks and returns how many those were; a view is loaded into memory first, its file stays
    /// as it is. On an error some rows may have been added, none is lost.
    ///
    /// # Errors
    /// As [`Hnsw::build`], without [`VectorError::Empty`].
    pub fn extend(
        &mut self,
        parts: &[Arc<RowsPart>],
        live: &LiveSet,
        options: HnswOptions,
        cancel: &Cancel,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<usize, VectorError> {
        let mut rows = Vec::new();
        for (part_idx, part) in parts.iter().enumerate() {
            part.check(self.dims, self.model)?;
            for row in self.gaps(part).iter().cloned().flatten() {
                let key = part.key(row as usize);
                if live.contains(key) {
                    rows.push((key.0, part_idx, row as usize));
                }
            }
        }
        rows.sort_unstable();
        rows.dedup_by_key(|row| row.0);
        let wanted = self.len() + rows.len();
        if wanted > options.cap {
            return Err(VectorError::OverCap {
                wanted,
                cap: options.cap,
            });
        }
        if rows.is_empty() {
            return Ok(0);
        }
        self.promote()?;
        let mut inserted = 0;
        let outcome = loop {
            // Geometric growth from small: a large reserve up front is memory that nothing uses yet.
            let capacity = (self.index.size() * 2).max(1024).min(wanted);
            let room = capacity.saturating_sub(self.index.size());
            let wave = &rows[inserted..][..room.min(rows.len() - inserted)];
            if wave.is_empty() {
                break Ok(rows.len());
            }
            let outcome = self
                .index
                .reserve_capacity_and_threads(capacity, CONTEXTS)
                .map_err(graph_error)
                .and_then(|()| {
                    let report = |done: usize| progress(inserted + done, rows.len());
                    self.insert(parts, wave, options.threads, cancel, &report)
                });
            match outcome {
                Ok(()) => inserted += wave.len(),
                Err(error) => break Err(error),
            }
        };
        let added = rows.iter().map(|row| row.0);
        let added: Vec<u64> = match &outcome {
            Ok(_) => added.collect(),
            Err(_) => added.filter(|&key| self.index.contains(key)).collect(),
        };
        let mut keys = self.keys().to_vec();
        keys.extend(added);
        keys.sort_unstable();
        self.keys = Keys::Owned(keys);
        lock(&self.gaps).clear();
        outcome
    }

    /// Inserts rows for which room is reserved.
    fn insert(
        &self,
        parts: &[Arc<RowsPart>],
        rows: &[(u64, usize, usize)],
        threads: usize,
        cancel: &Cancel,
        report: &(dyn Fn(usize) + Sync),
    ) -> Result<(), VectorError> {
        let next = AtomicUsize::new(0);
        let work = || -> Result<(), VectorError> {
            let mut vector = vec![0f32; self.dims];
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(&(key, part_idx, row)) = rows.get(at) else {
                    return Ok(());
                };
                cancel.check()?;
                let part = &parts[part_idx];
                dequantise(part.scales()[row], part.values(row), &mut vector);
                self.index.add(key, &vector).map_err(graph_error)?;
                if at % 256 == 255 || at + 1 == rows.len() {
                    report(at + 1);
                }
            }
        };
        let threads = threads.clamp(1, CONTEXTS).min(rows.len());
        if threads == 1 {
            return work();
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let mut outcome = Ok(());
            for worker in workers {
                let result = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
                outcome = outcome.and(result);
            }
            outcome
        })
    }

    /// Turns a view into a graph in memory.
    fn promote(&mut self) -> Result<(), VectorError> {
        let Some(map) = &self.map else { return Ok(()) };
        let index = new_index(self.dims)?;
        let keys_start = match &self.keys {
            Keys::Mapped(range) => range.start,
            Keys::Owned(_) => map.len(),
        };
        index
            .load_from_buffer(&map[..keys_start])
            .map_err(graph_error)?;
        configure(&index);
        self.keys = Keys::Owned(self.keys().to_vec());
        self.index = index;
        self.map = None;
        Ok(())
    }

    /// Rows in the graph, dead ones included.
    pub fn len(&self) -> usize {
        self.keys().len()
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.keys().is_empty()
    }

    /// Components of a vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Hash of the embedding model its vectors came from.
    pub fn model(&self) -> ContentHash {
        self.model
    }

    /// Whether it is still a view of its file.
    pub fn is_view(&self) -> bool {
        self.map.is_some()
    }

    /// Rows it holds whose keys are dead; past a tenth or so a rebuild pays.
    pub fn n_dead(&self, live: &LiveSet) -> usize {
        let dead = |&&key: &&u64| !live.contains(ChunkKey(key));
        self.keys().iter().filter(dead).count()
    }

    /// Rows of these parts that it lacks and that are scanned instead (dead ones included).
    pub fn n_missing(&self, parts: &[Arc<RowsPart>]) -> usize {
        let missing = |part| {
            self.gaps(part)
                .iter()
                .map(ExactSizeIterator::len)
                .sum::<usize>()
        };
        parts.iter().map(|part| missing(part)).sum()
    }

    /// At most `wanted` keys near the query, nearest first, among those that pass the filter. Approximate.
    ///
    /// # Errors
    /// [`VectorError::Dimensions`]; [`VectorError::Graph`], for instance when 64 searches already run.
    ///
    /// # Panics
    /// When the filter does.
    pub fn candidates(
        &self,
        query: &[f32],
        wanted: usize,
        filter: impl Fn(ChunkKey) -> bool,
    ) -> Result<Vec<ChunkKey>, VectorError> {
        if query.len() != self.dims {
            return Err(VectorError::Dimensions {
                expected: self.dims,
                found: query.len(),
            });
        }
        // A panic must not unwind through usearch's C++ frames.
        let panicked = Cell::new(None);
        let guarded = |key| match catch_unwind(AssertUnwindSafe(|| filter(ChunkKey(key)))) {
            Ok(passes) => passes,
            Err(panic) => {
                panicked.set(Some(panic));
                false
            }
        };
        let matches = self.index.filtered_search(query, wanted, guarded);
        if let Some(panic) = panicked.into_inner() {
            resume_unwind(panic);
        }
        let keys = matches.map_err(graph_error)?.keys;
        Ok(keys.into_iter().map(ChunkKey).collect())
    }

    /// Runs of rows of a part that the graph lacks.
    pub(super) fn gaps(&self, part: &RowsPart) -> Arc<[Range<u32>]> {
        if let Some(gaps) = lock(&self.gaps).get(&part.checksum()) {
            return Arc::clone(gaps);
        }
        let gaps: Arc<[Range<u32>]> = missing_runs(part.keys(), self.keys()).into();
        let mut cache = lock(&self.gaps);
        // Parts come and go with every commit; what is still in use is found again at once.
        if cache.len() >= 256 {
            cache.clear();
        }
        cache.insert(part.checksum(), Arc::clone(&gaps));
        gaps
    }

    fn keys(&self) -> &[u64] {
        match (&self.keys, &self.map) {
            (Keys::Owned(keys), _) => keys,
            (Keys::Mapped(range), Some(map)) => bytemuck::cast_slice(&map[range.clone()]),
            (Keys::Mapped(_), None) => &[],
        }
    }
}

impl std::fmt::Debug for Hnsw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hnsw")
            .field("len", &self.len())
            .field("dims", &self.dims)
            .field("is_view", &self.is_view())
            .finish_non_exhaustive()
    }
}

fn new_index(dims: usize) -> Result<Index, VectorError> {
    let index = Index::new(&IndexOptions {
        dimensions: dims,
        metric: MetricKind::Cos,
        quantization: ScalarKind::F16,
        connectivity: CONNECTIVITY,
        expansion_add: EXPANSION_ADD,
        expansion_search: EXPANSION_SEARCH,
        multi: false,
    })
    .map_err(graph_error)?;
    // Also before a view or load, which keep the number of contexts that they find.
    index
        .reserve_capacity_and_threads(1, CONTEXTS)
        .map_err(graph_error)?;
    Ok(index)
}

/// The beams are no part of a stored graph.
fn configure(index: &Index) {
    index.change_expansion_add(EXPANSION_ADD);
    index.change_expansion_search(EXPANSION_SEARCH);
}

fn dequantise(scale: f32, values: &[i8], vector: &mut [f32]) {
    for (x, &value) in vector.iter_mut().zip(values) {
        *x = f32::from(value) * scale;
    }
}

/// Runs of indices of `keys` that are not in `held`; both sorted.
fn missing_runs(keys: &[u64], held: &[u64]) -> Vec<Range<u32>> {
    let mut runs: Vec<Range<u32>> = Vec::new();
    let mut at = keys
        .first()
        .map_or(0, |&key| held.partition_point(|&h| h < key));
    for (row, &key) in keys.iter().enumerate() {
        while held.get(at).is_some_and(|&h| h < key) {
            at += 1;
        }
        if held.get(at) == Some(&key) {
            continue;
        }
        let row = row as u32;
        match runs.last_mut() {
            Some(run) if run.end == row => run.end += 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs
}

fn graph_error(error: impl std::fmt::Display) -> VectorError {
    VectorError::Graph(error.to_string())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A cache of derived values: whatever a panicking thread left is still right.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
