//! Immutable views: a [`Snapshot`] of one workspace folder (stored base under the in-memory layer) and a [`View`] over the
//! snapshots of several, which is what a query sees from its start to its end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use symseek_base::{Cancel, ChunkKey, Embedding, FileKey, LiveSet, RelPath};
use symseek_syntax::{Chunk, FileFacts};

use crate::graph::{FileSource, GraphBase, GraphView};
use crate::lexical::{
    self, LexicalError, LexicalView, LiveDocs, Origin, Params, QueryTerm, TermStatistics,
};
use crate::memory::MemoryFile;
use crate::store::{Base, FileEntry};
use crate::texts::{SourceText, Texts};
use crate::vector::{self, VectorBase, VectorError, VectorHit, VectorView};

/// Chunks of one in-memory file have keys in a block of this size.
const MEMORY_BLOCK: u64 = 1 << 24;

/// One workspace folder at one moment.
#[derive(Debug)]
pub struct Snapshot {
    root: Arc<Path>,
    base: Arc<Base>,
    memory: Vec<Arc<MemoryFile>>,
    live: Arc<LiveSet>,
    live_docs: Option<Arc<LiveDocs>>,
    masked: FxHashSet<FileKey>,
    texts: Arc<Texts>,
}

impl Snapshot {
    /// Forgets the texts that answers had it read.
    pub fn let_go(&self) {
        self.texts.clear();
    }

    /// Lays `memory` over `base`. `gone` are files that no longer exist although the base still holds them. What `previous`,
    /// the snapshot before, has computed over the same base and mask is taken over: a keystroke changes neither.
    pub fn new(
        root: Arc<Path>,
        base: Arc<Base>,
        memory: Vec<Arc<MemoryFile>>,
        gone: &FxHashSet<RelPath>,
        previous: Option<&Self>,
    ) -> Self {
        let masked: FxHashSet<FileKey> = memory
            .iter()
            .map(|file| &file.path)
            .chain(gone)
            .filter_map(|path| base.by_path(path))
            .map(|entry| entry.record().key)
            .collect();
        let same = previous
            .filter(|previous| Arc::ptr_eq(&previous.base, &base) && previous.masked == masked);
        let (live, live_docs) = match same {
            Some(same) => (Arc::clone(&same.live), same.live_docs.clone()),
            None if masked.is_empty() => (Arc::clone(base.live()), base.live_docs().cloned()),
            None => {
                let mut live = LiveSet::clone(base.live());
                for entry in masked.iter().filter_map(|&key| base.by_key(key)) {
                    live.remove_range(entry.record().first_chunk, entry.record().n_chunks);
                }
                let live_docs = base.lexical().map(|reader| Arc::new(reader.stats(&live)));
                (Arc::new(live), live_docs)
            }
        };
        let texts = previous.map(|previous| Arc::clone(&previous.texts));
        Self {
            root,
            base,
            memory,
            live,
            live_docs,
            masked,
            texts: texts.unwrap_or_default(),
        }
    }

    /// The workspace folder.
    pub fn root(&self) -> &Arc<Path> {
        &self.root
    }

    /// The stored part.
    pub fn base(&self) -> &Arc<Base> {
        &self.base
    }

    /// The in-memory layer.
    pub fn memory(&self) -> &[Arc<MemoryFile>] {
        &self.memory
    }

    /// Whether the stored version of this file is hidden: by a newer one in memory, or because it is gone.
    pub fn masks(&self, file: FileKey) -> bool {
        self.masked.contains(&file)
    }

    /// Files that answer, stored or in memory; skipped ones not counted.
    pub fn n_files(&self) -> usize {
        let stored = self
            .base
            .files()
            .iter()
            .filter(|file| self.answers(file))
            .count();
        stored + self.memory.len()
    }

    /// Chunks that answer.
    pub fn n_chunks(&self) -> usize {
        self.live.len()
            + self
                .memory
                .iter()
                .map(|file| file.facts.chunks.len())
                .sum::<usize>()
    }

    fn answers(&self, file: &FileEntry) -> bool {
        file.record().n_chunks > 0 && !self.masked.contains(&file.record().key)
    }
}

/// Which snapshot of a [`View`] a stored file belongs to; `None` for files of the in-memory layer, whose keys are unique in
/// the view.
pub type BaseIdx = Option<usize>;

/// Several snapshots searched as one.
#[derive(Debug)]
pub struct View {
    snapshots: Vec<Arc<Snapshot>>,
    memory: Vec<(usize, Arc<MemoryFile>)>,
}

/// A chunk that the lexical leg found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LexicalFound {
    /// Where it lies.
    pub base: BaseIdx,
    /// Its key.
    pub key: ChunkKey,
    /// BM25F.
    pub score: f32,
    /// Bit per query term that some field holds.
    pub matched: u64,
    /// Bit per query term that the name holds.
    pub name_matched: u64,
}

/// One file of a view.
#[derive(Debug, Clone, Copy)]
pub enum FileHandle<'a> {
    /// Stored.
    Base(&'a Snapshot, &'a FileEntry),
    /// In memory.
    Memory(&'a Snapshot, &'a MemoryFile),
}

/// One chunk of a view.
#[derive(Debug, Clone, Copy)]
pub struct ChunkHandle<'a> {
    /// Its file.
    pub file: FileHandle<'a>,
    /// Identity of the file within the view.
    pub base: BaseIdx,
    /// Key of the file.
    pub file_key: FileKey,
    /// Index within the file's chunks.
    pub chunk_idx: u32,
}

impl View {
    /// A view over these snapshots, in this order.
    pub fn new(snapshots: Vec<Arc<Snapshot>>) -> Self {
        let memory = snapshots
            .iter()
            .enumerate()
            .flat_map(|(at, snapshot)| {
                snapshot
                    .memory
                    .iter()
                    .map(move |file| (at, Arc::clone(file)))
            })
            .collect();
        Self { snapshots, memory }
    }

    /// The snapshots.
    pub fn snapshots(&self) -> &[Arc<Snapshot>] {
        &self.snapshots
    }

    /// Chunks that answer.
    pub fn n_chunks(&self) -> usize {
        self.snapshots
            .iter()
            .map(|snapshot| snapshot.n_chunks())
            .sum()
    }

    /// The chunk with this key, unless it no longer answers.
    pub fn chunk(&self, base: BaseIdx, key: ChunkKey) -> Option<ChunkHandle<'_>> {
        if let Some(at) = base {
            let snapshot = self.snapshots.get(at)?;
            let (entry, chunk_idx) = snapshot.base.by_chunk(key)?;
            let file = FileHandle::Base(snapshot, entry);
            return Some(ChunkHandle {
                file,
                base,
                file_key: entry.record().key,
                chunk_idx,
            });
        }
        let offset = key.0.checked_sub(ChunkKey::FIRST_MEMORY.0)?;
        let file_key = FileKey(FileKey::FIRST_MEMORY.0 + (offset / MEMORY_BLOCK) as u32);
        Some(ChunkHandle {
            file: self.file(None, file_key)?,
            base,
            file_key,
            chunk_idx: (offset % MEMORY_BLOCK) as u32,
        })
    }

    /// The key of a chunk, the inverse of [`View::chunk`].
    pub fn chunk_key(&self, base: BaseIdx, file: FileKey, chunk_idx: u32) -> Option<ChunkKey> {
        match base {
            Some(at) => {
                let record = self.snapshots.get(at)?.base.by_key(file)?.record();
                (chunk_idx < record.n_chunks)
                    .then(|| ChunkKey(record.first_chunk.0 + u64::from(chunk_idx)))
            }
            None => Some(memory_key(
                file.0.checked_sub(FileKey::FIRST_MEMORY.0)? as usize,
                chunk_idx as usize,
            )),
        }
    }

    /// The file with this key, unless it no longer answers.
    pub fn file(&self, base: BaseIdx, key: FileKey) -> Option<FileHandle<'_>> {
        if let Some(at) = base {
            let snapshot = self.snapshots.get(at)?;
            let entry = snapshot.base.by_key(key)?;
            return snapshot
                .answers(entry)
                .then_some(FileHandle::Base(snapshot, entry));
        }
        let slot = key.0.checked_sub(FileKey::FIRST_MEMORY.0)? as usize;
        let (at, file) = self.memory.get(slot)?;
        Some(FileHandle::Memory(&self.snapshots[*at], file))
    }

    /// The file at a path of the folder `root`.
    pub fn file_at(&self, root: &Path, path: &RelPath) -> Option<(BaseIdx, FileKey)> {
        let at = self
            .snapshots
            .iter()
            .position(|snapshot| *snapshot.root == *root)?;
        if let Some(slot) = self
            .memory
            .iter()
            .position(|(owner, file)| *owner == at && file.path == *path)
        {
            return Some((None, FileKey(FileKey::FIRST_MEMORY.0 + slot as u32)));
        }
        let entry = self.snapshots[at].base.by_path(path)?;
        self.snapshots[at]
            .answers(entry)
            .then(|| (Some(at), entry.record().key))
    }

    /// Every file that answers, folder by folder, stored ones first.
    pub fn files(&self) -> impl Iterator<Item = (BaseIdx, FileKey, FileHandle<'_>)> {
        let stored = self
            .snapshots
            .iter()
            .enumerate()
            .flat_map(|(at, snapshot)| {
                let entries = snapshot
                    .base
                    .files()
                    .iter()
                    .filter(|entry| snapshot.answers(entry));
                entries.map(move |entry| {
                    (
                        Some(at),
                        entry.record().key,
                        FileHandle::Base(snapshot, entry),
                    )
                })
            });
        let memory = self.memory.iter().enumerate().map(|(slot, (at, file))| {
            (
                None,
                FileKey(FileKey::FIRST_MEMORY.0 + slot as u32),
                FileHandle::Memory(&self.snapshots[*at], file),
            )
        });
        stored.chain(memory)
    }

    /// The best chunks of the lexical leg; see [`lexical::search`].
    ///
    /// # Errors
    /// [`LexicalError`].
    pub fn search_lexical(
        &self,
        terms: &[QueryTerm],
        params: &Params,
        accept: &dyn Fn(BaseIdx, ChunkKey) -> bool,
        limit: usize,
        cancel: &Cancel,
    ) -> Result<(Vec<LexicalFound>, Vec<TermStatistics>), LexicalError> {
        let mut bases = Vec::new();
        let mut snapshot_of = Vec::new();
        for (at, snapshot) in self.snapshots.iter().enumerate() {
            if let (Some(reader), Some(live)) = (snapshot.base.lexical(), &snapshot.live_docs) {
                bases.push(lexical::Base { reader, live });
                snapshot_of.push(at);
            }
        }
        let memory: Vec<_> = self
            .memory
            .iter()
            .enumerate()
            .flat_map(|(slot, (_, file))| {
                file.terms()
                    .iter()
                    .enumerate()
                    .map(move |(at, terms)| (memory_key(slot, at), &**terms))
            })
            .collect();
        let base_of = |origin: Origin| match origin {
            Origin::Base(at) => Some(snapshot_of[at]),
            Origin::Memory(_) => None,
        };
        let view = LexicalView {
            bases: &bases,
            memory: &memory,
        };
        let accept = |origin: Origin, key: ChunkKey| accept(base_of(origin), key);
        let answer = lexical::search(&view, terms, params, &accept, limit, cancel)?;
        let hits = answer.hits.iter().map(|hit| LexicalFound {
            base: base_of(hit.origin),
            key: hit.key,
            score: hit.score,
            matched: hit.matched,
            name_matched: hit.name_matched,
        });
        Ok((hits.collect(), answer.terms))
    }

    /// The closest chunks of the vector leg; see [`vector::search`].
    ///
    /// # Errors
    /// [`VectorError`].
    pub fn search_vectors(
        &self,
        query: &Embedding,
        accept: &dyn Fn(BaseIdx, ChunkKey) -> bool,
        limit: usize,
        cancel: &Cancel,
    ) -> Result<Vec<VectorHit>, VectorError> {
        let bases: Vec<VectorBase<'_>> = self
            .snapshots
            .iter()
            .map(|snapshot| VectorBase {
                parts: snapshot.base.rows(),
                live: &snapshot.live,
                graph: snapshot.base.hnsw().map(|graph| &**graph),
            })
            .collect();
        let memory: Vec<_> = self
            .memory
            .iter()
            .enumerate()
            .flat_map(|(slot, (_, file))| {
                let rows = file.rows().iter().enumerate();
                rows.filter_map(move |(at, row)| Some((memory_key(slot, at), &**row.as_ref()?)))
            })
            .collect();
        vector::search(
            VectorView {
                bases: &bases,
                memory: &memory,
            },
            query,
            accept,
            limit,
            cancel,
        )
    }

    /// Runs `with` over the graph leg.
    pub fn graph<R>(&self, with: impl FnOnce(&GraphView<'_>) -> R) -> R {
        let alive: Vec<_> = self
            .snapshots
            .iter()
            .map(|snapshot| {
                move |key: FileKey| {
                    snapshot.base.by_key(key).is_some() && !snapshot.masked.contains(&key)
                }
            })
            .collect();
        let bases: Vec<GraphBase<'_>> = self
            .snapshots
            .iter()
            .zip(&alive)
            .map(|(snapshot, alive)| GraphBase {
                parts: snapshot.base.graph(),
                alive,
            })
            .collect();
        let memory: Vec<_> = self
            .memory
            .iter()
            .enumerate()
            .map(|(slot, (_, file))| (FileKey(FileKey::FIRST_MEMORY.0 + slot as u32), file.graph()))
            .collect();
        with(&GraphView {
            bases: &bases,
            memory: &memory,
        })
    }
}

fn memory_key(slot: usize, chunk_idx: usize) -> ChunkKey {
    ChunkKey(ChunkKey::FIRST_MEMORY.0 + slot as u64 * MEMORY_BLOCK + chunk_idx as u64)
}

impl FileSource for View {
    fn facts(&self, base: BaseIdx, file: FileKey) -> Option<Arc<FileFacts>> {
        self.file(base, file)?.facts().cloned()
    }

    fn path(&self, base: BaseIdx, file: FileKey) -> Option<RelPath> {
        Some(self.file(base, file)?.path().clone())
    }
}

impl<'a> FileHandle<'a> {
    /// The workspace folder it lies in.
    pub fn root(&self) -> &'a Arc<Path> {
        match self {
            Self::Base(snapshot, _) | Self::Memory(snapshot, _) => &snapshot.root,
        }
    }

    /// Its path in that folder.
    pub fn path(&self) -> &'a RelPath {
        match self {
            Self::Base(_, entry) => &entry.record().path,
            Self::Memory(_, file) => &file.path,
        }
    }

    /// Its path in the file system. A document outside of every folder has its whole path below the empty root; one without a
    /// file (`untitled:`) keeps its name.
    pub fn absolute(&self) -> PathBuf {
        let (root, path) = (self.root(), self.path());
        if root.as_os_str().is_empty() && !path.as_str().starts_with("untitled:") && cfg!(unix) {
            return path.under(Path::new("/"));
        }
        path.under(root)
    }

    /// Label of its language.
    pub fn language(&self) -> &'a str {
        match self {
            Self::Base(_, entry) => &entry.record().language,
            Self::Memory(_, file) => &file.language,
        }
    }

    /// Its facts.
    pub fn facts(&self) -> Option<&'a Arc<FileFacts>> {
        match self {
            Self::Base(_, entry) => entry.facts(),
            Self::Memory(_, file) => Some(&file.facts),
        }
    }

    /// Its text, from memory or the disk; `None` when the file on the disk is no longer the one that was indexed.
    pub fn text(&self) -> Option<Arc<str>> {
        Some(self.source()?.text)
    }

    /// Its text as [`FileHandle::text`] gives it, with its lines.
    pub fn source(&self) -> Option<SourceText> {
        match self {
            Self::Memory(_, file) => Some(file.source()),
            Self::Base(snapshot, entry) => {
                let record = entry.record();
                let path = record.path.under(&snapshot.root);
                snapshot.texts.get(record.key, record.content, &path)
            }
        }
    }
}

impl<'a> ChunkHandle<'a> {
    /// The chunk with its file's facts.
    pub fn chunk(&self) -> Option<(&'a Chunk, &'a Arc<FileFacts>)> {
        let facts = self.file.facts()?;
        Some((facts.chunks.get(self.chunk_idx as usize)?, facts))
    }
}
