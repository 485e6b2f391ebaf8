//! The optional graph over the rows of one base: finds candidates, never scores.
//!
//! Stored next to the parts and opened as a memory-mapped view; the first write loads it into memory ([`Hnsw::extend`]).
//! Vectors are kept as f16, because int8 alone lost ten points of recall (shared/LESSONS.md). Rows are never removed: a
//! dead key is filtered out while searching, and the owner rebuilds when too many are dead. A graph knows which keys it
//! holds, so rows it lacks can be scanned beside it.
//!
//! File, little-endian: the usearch image, zeros up to a multiple of 8, `u64[n]` sorted keys, a footer of 64 bytes.

use super::part::MAX_DIMS;
use super::writer::{directory_of, sync_directory};
use super::{RowsPart, VectorError};
use bytemuck::{Pod, Zeroable};
use memmap2::Mmap;
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::io::Write;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use symseek_base::{Cancel, ChunkKey, ContentHash, LiveSet};
use usearch::{Index, IndexOptions, MetricKind, ScalarKind};
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: [u8; 8] = *b"SYMHNSW1";
const VERSION: u32 = 1;
/// usearch keeps this many scratch contexts; one search or insertion occupies one.
const CONTEXTS: usize = 64;
/// Links per node and beam while inserting: usearch's defaults, as measured in shared/LESSONS.md.
const CONNECTIVITY: usize = 16;
const EXPANSION_ADD: usize = 128;
/// Beam while searching; 64 missed neighbours at 150,000 vectors (shared/LESSONS.md).
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

/// The last 64 bytes of a graph's file.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Footer {
    magic: [u8; 8],
    version: u32,
    dims: u32,
    graph_len: u64,
    n_keys: u64,
    model: [u8; 16],
    /// Of everything before the footer.
    checksum: u64,
    /// Of the fields above.
    footer_checksum: u64,
}

const FOOTER_LEN: usize = size_of::<Footer>();

impl Footer {
    fn seal(mut self) -> Self {
        let fields = bytemuck::bytes_of(&self);
        self.footer_checksum = xxh3_64(&fields[..FOOTER_LEN - 8]);
        self
    }
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

    /// Saves to `path`, atomically and durably.
    ///
    /// # Errors
    /// [`VectorError::Io`], [`VectorError::Graph`] (also for a path that is not UTF-8, which usearch cannot open).
    pub fn save(&self, path: &Path) -> Result<(), VectorError> {
        let io = VectorError::io(path);
        let temporary = tempfile::Builder::new()
            .prefix(".hnsw")
            .tempfile_in(directory_of(path))
            .map_err(&io)?
            .into_temp_path();
        let name = temporary
            .to_str()
            .ok_or_else(|| VectorError::Graph("the path is not UTF-8".to_owned()))?;
        self.index.save(name).map_err(graph_error)?;
        let mut file = std::fs::OpenOptions::new()
            .read(true)
            .append(true)
            .open(&temporary)
            .map_err(&io)?;
        let graph_len = file.metadata().map_err(&io)?.len();
        let padding = graph_len.wrapping_neg() % 8;
        file.write_all(&[0u8; 8][..padding as usize]).map_err(&io)?;
        file.write_all(bytemuck::cast_slice(self.keys()))
            .map_err(&io)?;
        // SAFETY: the temporary file is ours alone and is only appended to after the map is gone.
        let checksum = xxh3_64(&unsafe { Mmap::map(&file) }.map_err(&io)?);
        let footer = Footer {
            magic: MAGIC,
            version: VERSION,
            dims: self.dims as u32,
            graph_len,
            n_keys: self.len() as u64,
            model: self.model.0.to_le_bytes(),
            checksum,
            footer_checksum: 0,
        }
        .seal();
        file.write_all(bytemuck::bytes_of(&footer)).map_err(&io)?;
        file.sync_all().map_err(&io)?;
        drop(file);
        temporary.persist(path).map_err(|error| io(error.error))?;
        sync_directory(directory_of(path));
        Ok(())
    }

    /// Opens a saved graph as a view: verified once, read in place.
    ///
    /// # Errors
    /// [`VectorError::Io`], [`VectorError::Version`], [`VectorError::Corrupt`], [`VectorError::Graph`].
    pub fn open(path: &Path) -> Result<Self, VectorError> {
        let file = std::fs::File::open(path).map_err(VectorError::io(path))?;
        // SAFETY: graph files are renamed into place and never written again (`Hnsw::save`).
        let map = unsafe { Mmap::map(&file) }.map_err(VectorError::io(path))?;
        let corrupt = |reason| VectorError::corrupt(path, reason);
        let body_len = map
            .len()
            .checked_sub(FOOTER_LEN)
            .ok_or_else(|| corrupt("shorter than its footer"))?;
        let footer: Footer = bytemuck::pod_read_unaligned(&map[body_len..]);
        if footer.magic != MAGIC || footer.seal().footer_checksum != footer.footer_checksum {
            return Err(corrupt("no footer of a graph"));
        }
        if footer.version != VERSION {
            return Err(VectorError::Version {
                path: path.to_path_buf(),
                found: footer.version,
                expected: VERSION,
            });
        }
        let keys_start = (footer.graph_len as usize).checked_next_multiple_of(8);
        let keys_len = (footer.n_keys as usize).checked_mul(8);
        let fits = keys_start.zip(keys_len).and_then(|(a, b)| a.checked_add(b)) == Some(body_len);
        let dims = footer.dims as usize;
        if !fits || dims == 0 || dims > MAX_DIMS {
            return Err(corrupt("its length is not what its footer says"));
        }
        if xxh3_64(&map[..body_len]) != footer.checksum {
            return Err(corrupt("wrong checksum"));
        }
        let index = new_index(dims)?;
        // SAFETY: the map lives in the same struct, is declared after the index and so dropped after it; moving an
        // `Mmap` does not move the mapped bytes. The checksum has shown that they are what usearch wrote.
        unsafe { index.view_from_buffer(&map[..footer.graph_len as usize]) }
            .map_err(graph_error)?;
        configure(&index);
        if index.size() != footer.n_keys as usize || index.dimensions() != dims {
            return Err(corrupt("the graph and its keys disagree"));
        }
        Ok(Self {
            index,
            keys: Keys::Mapped(body_len - footer.n_keys as usize * 8..body_len),
            dims,
            model: ContentHash(u128::from_le_bytes(footer.model)),
            map: Some(map),
            gaps: Mutex::default(),
        })
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
        let missing = |part| self.gaps(part).iter().map(|gap| gap.len()).sum::<usize>();
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
