//! The one writer of a workspace's stored index. Files are added to a segment from several threads; a commit makes the
//! segment durable and returns the new base. Nothing that a reader may have open is ever modified.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};
use symseek_base::{Cancel, ChunkKey, ContentHash, FileKey, LiveSet, RelPath};
use symseek_syntax::FileFacts;

use super::base::{
    Base, Repairs, Segment, TABLE, attach, lexical_path, open_segment, segment_path, table_path,
};
use super::facts::FactsWriter;
use super::file::{FactsPlace, FileEntry, FileRecord, FileStamp, SkipReason};
use super::lock::{self, WriterLock};
use super::manifest::{Identity, Manifest};
use super::stored;
use crate::fields::fields;
use crate::graph::{self, GraphPartWriter};
use crate::lexical::{LexicalError, LexicalReader, LexicalWriter, WriterOptions};
use crate::part::{Part, PartError};
use crate::vector::{self, Hnsw, QuantisedRow, RowsWriter, VectorError};

/// What stops a commit. The base stays as it was, in memory and on disk.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A part cannot be written or read.
    #[error(transparent)]
    Part(#[from] PartError),
    /// tantivy refused.
    #[error("lexical part")]
    Lexical(#[from] LexicalError),
    /// The vectors cannot be written.
    #[error("vector part")]
    Vector(#[from] VectorError),
    /// A part just written cannot be opened.
    #[error("{0}")]
    Reopen(String),
}

/// One file to store.
#[derive(Debug)]
pub struct NewFile<'a> {
    /// Where it lies.
    pub path: &'a RelPath,
    /// Label of its language.
    pub language: &'a str,
    /// Metadata when it was read.
    pub stamp: FileStamp,
    /// Its decoded text; empty when skipped.
    pub text: &'a str,
    /// Facts of the text; without chunks when skipped.
    pub facts: &'a FileFacts,
    /// One per chunk; `None` where the embedder's vector was rejected.
    pub rows: &'a [Option<Arc<QuantisedRow>>],
    /// Why it has no chunks.
    pub skipped: Option<SkipReason>,
}

/// What a commit does besides adding the segment's files.
#[derive(Debug, Default)]
pub struct CommitPlan {
    /// Files to drop.
    pub removed: FxHashSet<RelPath>,
    /// Files whose content is unchanged although their metadata differs.
    pub restamped: Vec<(RelPath, FileStamp)>,
    /// The base now holds everything a full scan found.
    pub complete: bool,
}

/// More segments than this are merged at the next commit.
const MAX_SEGMENTS: usize = 8;

/// Writes one workspace's index; holds the lock.
#[derive(Debug)]
pub struct BaseWriter {
    dir: PathBuf,
    dims: usize,
    model: ContentHash,
    base: Arc<Base>,
    lexical: Lexical,
    next_file: AtomicU32,
    next_chunk: AtomicU64,
    /// Files whose terms may be deleted at the next commit: the manifest on disk no longer lists them.
    garbage: Vec<FileKey>,
    lock: WriterLock,
}

/// The files of one commit, collected from several threads.
#[derive(Debug)]
pub struct SegmentBuilder<'a> {
    writer: &'a BaseWriter,
    number: u32,
    content: Mutex<Content>,
}

/// What a segment will hold.
#[derive(Debug, Default)]
pub struct Content {
    facts: FactsWriter,
    graph: GraphPartWriter,
    rows: Vec<(ChunkKey, Arc<QuantisedRow>)>,
    records: Vec<FileRecord>,
}

impl BaseWriter {
    /// Takes over the index in `dir` (created when missing). `Ok(None)` when another process is writing.
    ///
    /// # Errors
    /// [`StoreError`] when the directory cannot be written.
    pub fn open(
        dir: &Path,
        root: &Path,
        identity: &Identity,
        dims: usize,
        model: ContentHash,
    ) -> Result<Option<(Self, Repairs)>, StoreError> {
        make_private(dir).map_err(PartError::io("create", dir))?;
        let Some(lock) = WriterLock::try_take(dir)? else {
            return Ok(None);
        };
        let (mut base, repairs) = Base::open(dir, root, identity)?;
        let lexical_dir = lexical_path(dir);
        if base.lexical().is_none() && lexical_dir.exists() {
            std::fs::remove_dir_all(&lexical_dir).map_err(PartError::io("remove", &lexical_dir))?;
            // The new one counts its commits from the start: a kill before our first commit must not leave a number in the
            // manifest that the new part happens to reach with other content.
            base.manifest.lexical_commit = u64::MAX;
            if let Some(mut manifest) = Manifest::read(dir) {
                manifest.lexical_commit = u64::MAX;
                manifest.write(dir)?;
            }
        }
        let mut next_chunk = base.manifest.next_chunk;
        let mut next_file = base.manifest.next_file;
        if let Some(reader) = base.lexical() {
            // Keys of a commit that never reached the manifest lie in the lexical part; step over them.
            let last = reader.keys().max().map_or(0, |key| key.0 + 1);
            next_file = next_file.saturating_add(last.saturating_sub(next_chunk) as u32);
            next_chunk = next_chunk.max(last);
        }
        base.manifest.next_chunk = next_chunk;
        base.manifest.next_file = next_file;
        let writer = Self {
            dir: dir.to_path_buf(),
            dims,
            model,
            base: Arc::new(base),
            lexical: Lexical::new(lexical_dir),
            next_file: AtomicU32::new(next_file),
            next_chunk: AtomicU64::new(next_chunk),
            garbage: Vec::new(),
            lock,
        };
        writer.sweep();
        writer.sweep_leftovers();
        Ok(Some((writer, repairs)))
    }

    /// Deletes what is stored in `dir`, for an index that makes its reader panic. `Ok(false)` when another process is writing.
    ///
    /// # Errors
    /// [`StoreError`] when something cannot be deleted.
    pub fn forget(dir: &Path) -> Result<bool, StoreError> {
        let Some(_lock) = WriterLock::try_take(dir)? else {
            return Ok(false);
        };
        for entry in std::fs::read_dir(dir).map_err(PartError::io("read", dir))? {
            let entry = entry.map_err(PartError::io("read", dir))?;
            let path = entry.path();
            if entry.file_name() == lock::NAME {
                continue;
            }
            let removed = if path.is_dir() {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
            removed.map_err(PartError::io("remove", &path))?;
        }
        Ok(true)
    }

    /// Forgets what a failed segment left behind, so that the next one can be written.
    ///
    /// # Errors
    /// [`StoreError::Lexical`] when that is impossible; this writer must not be used again.
    pub fn abandon(&mut self) -> Result<(), StoreError> {
        if let Some(lexical) = self.lexical.writer.get_mut() {
            lexical.rollback()?;
        }
        Ok(())
    }

    /// Lets go of what only a folder needs in which something changes, if nothing did for `limit`. Waits for running merges.
    ///
    /// # Errors
    /// [`StoreError::Lexical`] when a merge failed; the last commit stands.
    pub fn rest(&mut self, limit: Duration) -> Result<(), StoreError> {
        if self.lexical.used.elapsed() >= limit
            && let Some(writer) = self.lexical.writer.take()
        {
            writer.finish()?;
        }
        Ok(())
    }

    /// Lets go of everything that can be had again: see [`Base::rested`] and [`Self::rest`].
    ///
    /// # Errors
    /// As [`Self::rest`].
    pub fn let_go(&mut self) -> Result<(), StoreError> {
        self.base = Arc::new(self.base.rested());
        self.rest(Duration::ZERO)
    }

    /// The current base.
    pub fn base(&self) -> &Arc<Base> {
        &self.base
    }

    /// Starts a segment.
    pub fn begin(&self) -> SegmentBuilder<'_> {
        SegmentBuilder {
            writer: self,
            number: self.base.manifest.next_segment,
            content: Mutex::default(),
        }
    }

    /// Makes the segment durable, carries out the plan, drops older versions of the added files and returns the new base.
    ///
    /// # Errors
    /// [`StoreError`]; the old base stays in force and the segment is lost.
    pub fn commit(&mut self, content: Content, plan: &CommitPlan) -> Result<Arc<Base>, StoreError> {
        let number = self.base.manifest.next_segment;
        let mut manifest = self.base.manifest.clone();
        let mut segments = self.base.segments.clone();
        let has_chunks = content.records.iter().any(|record| record.n_chunks > 0);
        let parts = Parts {
            dir: &self.dir,
            number,
            dims: self.dims,
            model: self.model,
        };
        // Most starts find nothing but times of files to note.
        if has_chunks || !self.garbage.is_empty() || self.base.lexical().is_none() {
            self.lexical.open()?;
        }
        let lexical = self.lexical.writer.get_mut();
        let (before, garbage) = (manifest.lexical_commit, &self.garbage);
        // The lexical part is the longest; the others are written beside it. None counts before the manifest names it.
        let (lexical_commit, records) = std::thread::scope(|scope| {
            let written = std::thread::Builder::new()
                .name("symseek-commit".to_owned())
                .spawn_scoped(scope, || parts.write(content, has_chunks))
                .map_err(PartError::io("write", parts.dir))?;
            let lexical_commit = lexical.map_or(Ok(before), |lexical| {
                lexical.delete_files(garbage);
                lexical.commit()
            });
            let records = match written.join() {
                Ok(records) => records?,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            Ok::<_, StoreError>((lexical_commit?, records))
        })?;
        if has_chunks {
            segments.push(open_segment(&self.dir, number).map_err(StoreError::Reopen)?);
            manifest.next_segment += 1;
        }
        let replaced: FxHashSet<&RelPath> = records.iter().map(|record| &record.path).collect();
        let (mut files, dropped): (Vec<Arc<FileEntry>>, Vec<Arc<FileEntry>>) =
            self.base.files.iter().cloned().partition(|file| {
                !plan.removed.contains(&file.record().path)
                    && !replaced.contains(&file.record().path)
            });
        drop(replaced);
        let restamped: FxHashMap<&RelPath, FileStamp> = plan
            .restamped
            .iter()
            .map(|(path, stamp)| (path, *stamp))
            .collect();
        for file in &mut files {
            if let Some(&stamp) = restamped.get(&file.record().path) {
                *file = Arc::new(file.restamped(stamp));
            }
        }
        files.extend(attach(records, &segments));
        if segments.len() > MAX_SEGMENTS {
            (segments, files) = self.merge(segments, files, &mut manifest)?;
        }
        manifest.complete |= plan.complete;
        let reader = match self.base.lexical() {
            Some(reader) => reader.reload()?,
            None => LexicalReader::open(&lexical_path(&self.dir))?,
        };
        self.publish(
            manifest,
            files,
            segments,
            reader,
            lexical_commit,
            self.base.hnsw().cloned(),
        )?;
        self.garbage = dropped.iter().map(|file| file.record().key).collect();
        self.lexical.used = Instant::now();
        self.sweep();
        Ok(Arc::clone(&self.base))
    }

    /// Adopts a vector graph that was built behind over the current rows, saved under `name` in the index directory.
    ///
    /// # Errors
    /// [`StoreError`] when the manifest cannot be written.
    pub fn adopt_graph(&mut self, name: &str, graph: Arc<Hnsw>) -> Result<Arc<Base>, StoreError> {
        let mut manifest = self.base.manifest.clone();
        manifest.vector_graph = Some(name.to_owned());
        let commit = manifest.lexical_commit;
        let reader = self
            .base
            .lexical()
            .ok_or_else(|| StoreError::Reopen("no lexical part".to_owned()))?
            .clone();
        self.publish(
            manifest,
            self.base.files.clone(),
            self.base.segments.clone(),
            reader,
            commit,
            Some(graph),
        )?;
        self.sweep_leftovers();
        Ok(Arc::clone(&self.base))
    }

    /// Notes that the index is in use: moves the time of [`Self::lock_path`].
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn mark_use(&self) -> std::io::Result<()> {
        self.lock.mark_use()
    }

    /// The file that keeps other writers out.
    pub fn lock_path(&self) -> PathBuf {
        self.dir.join(lock::NAME)
    }

    /// The index directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn publish(
        &mut self,
        mut manifest: Manifest,
        files: Vec<Arc<FileEntry>>,
        segments: Vec<Segment>,
        reader: LexicalReader,
        lexical_commit: u64,
        hnsw: Option<Arc<Hnsw>>,
    ) -> Result<(), StoreError> {
        manifest.generation += 1;
        manifest.segments = segments.iter().map(|segment| segment.number).collect();
        manifest.next_file = self.next_file.load(Ordering::Acquire);
        manifest.next_chunk = self.next_chunk.load(Ordering::Acquire);
        manifest.lexical_commit = lexical_commit;
        let base = Base::assemble(manifest, files, segments, Some(reader), hnsw);
        let records: Vec<&FileRecord> = base.files.iter().map(|file| file.record()).collect();
        let table = postcard::to_stdvec(&records).expect("records are plain data");
        Part::write(
            &table_path(&self.dir, base.manifest.generation),
            TABLE,
            &table,
        )?;
        base.manifest.write(&self.dir)?;
        self.base = Arc::new(base);
        Ok(())
    }

    /// Merges the small segments into one, without their dead files. Large ones (more than half of all live chunks) stay.
    fn merge(
        &self,
        segments: Vec<Segment>,
        files: Vec<Arc<FileEntry>>,
        manifest: &mut Manifest,
    ) -> Result<(Vec<Segment>, Vec<Arc<FileEntry>>), StoreError> {
        let mut live = LiveSet::default();
        let mut chunks_of = FxHashMap::<u32, u64>::default();
        for file in &files {
            let record = file.record();
            live.insert_range(record.first_chunk, record.n_chunks);
            *chunks_of.entry(record.facts.segment).or_default() += u64::from(record.n_chunks);
        }
        let total: u64 = files
            .iter()
            .map(|file| u64::from(file.record().n_chunks))
            .sum();
        let (keep, merge): (Vec<Segment>, Vec<Segment>) =
            segments.into_iter().partition(|segment| {
                chunks_of
                    .get(&segment.number)
                    .is_some_and(|&n| n * 2 > total)
            });
        let merged: FxHashSet<u32> = merge.iter().map(|segment| segment.number).collect();
        let number = manifest.next_segment;
        manifest.next_segment += 1;
        let mut facts = FactsWriter::default();
        let mut alive = FxHashSet::default();
        let mut records = Vec::new();
        let mut kept = Vec::new();
        for file in files {
            let record = file.record();
            if record.facts.len == 0 || !merged.contains(&record.facts.segment) {
                kept.push(file);
                continue;
            }
            let mut record = record.clone();
            let bytes = file
                .part()
                .and_then(|part| part.bytes(record.facts))
                .unwrap_or(&[]);
            record.facts = facts.push(number, bytes);
            alive.insert(record.key);
            records.push(record);
        }
        facts.finish(&segment_path(&self.dir, "facts", number))?;
        let rows: Vec<_> = merge
            .iter()
            .map(|segment| Arc::clone(&segment.rows))
            .collect();
        vector::merge(
            &rows,
            &live,
            &segment_path(&self.dir, "rows", number),
            &Cancel::new(),
        )?;
        let graphs: Vec<_> = merge
            .iter()
            .map(|segment| Arc::clone(&segment.graph))
            .collect();
        graph::merge(
            &graphs,
            &|key| alive.contains(&key),
            &segment_path(&self.dir, "graph", number),
        )?;
        let mut segments = keep;
        segments.push(open_segment(&self.dir, number).map_err(StoreError::Reopen)?);
        kept.extend(attach(records, &segments));
        Ok((segments, kept))
    }

    /// Removes parts that the manifest does not name. Readers that still map them keep them.
    fn sweep(&self) {
        let manifest = &self.base.manifest;
        self.remove_where(|name| stored::is_unnamed_part(manifest, name));
    }

    /// Removes what a killed process left half-written, and vector graphs that the manifest does not name. Only when the
    /// index opens: later a graph may be in the making.
    fn sweep_leftovers(&self) {
        let manifest = &self.base.manifest;
        self.remove_where(|name| stored::is_half_written(manifest, name));
    }

    fn remove_where(&self, is_stale: impl Fn(&str) -> bool) {
        let Ok(entries) = std::fs::read_dir(&self.dir) else {
            return;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_str().is_some_and(&is_stale) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// Makes a directory for the user alone: somebody may have removed the index that was here.
fn make_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Half as many threads as cores keep up with the indexers; two of them write the last segments of a commit in half the time.
/// More would leave more segments, each of which costs every query a little.
fn lexical_threads() -> usize {
    let n_cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (n_cores / 2).clamp(n_cores.min(2), 4)
}

/// Tantivy's writer, while it is needed: it has threads and a queue of three megabytes, and most open folders are only read.
#[derive(Debug)]
struct Lexical {
    dir: PathBuf,
    writer: OnceLock<LexicalWriter>,
    opening: Mutex<()>,
    used: Instant,
}

impl Lexical {
    fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            writer: OnceLock::new(),
            opening: Mutex::default(),
            used: Instant::now(),
        }
    }

    fn open(&self) -> Result<&LexicalWriter, LexicalError> {
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        let _one_at_a_time = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        let options = WriterOptions {
            n_threads: lexical_threads(),
            ..WriterOptions::default()
        };
        let writer = LexicalWriter::create_or_open(&self.dir, options)?;
        Ok(self.writer.get_or_init(|| writer))
    }
}

/// The parts of one segment beside the lexical one.
struct Parts<'a> {
    dir: &'a Path,
    number: u32,
    dims: usize,
    model: ContentHash,
}

impl Parts<'_> {
    /// Writes them, if there is anything to write; gives the records back.
    fn write(&self, content: Content, has_chunks: bool) -> Result<Vec<FileRecord>, StoreError> {
        let Content {
            facts,
            graph,
            mut rows,
            records,
        } = content;
        if has_chunks {
            let path = |kind| segment_path(self.dir, kind, self.number);
            facts.finish(&path("facts"))?;
            rows.sort_unstable_by_key(|(key, _)| *key);
            let mut writer = RowsWriter::create(&path("rows"), self.dims, self.model)?;
            for (key, row) in &rows {
                writer.push_row(*key, row)?;
            }
            writer.finish()?;
            graph.finish(&path("graph"))?;
        }
        Ok(records)
    }
}

impl SegmentBuilder<'_> {
    /// Adds one file; callable from several threads.
    ///
    /// # Errors
    /// [`StoreError::Lexical`] when tantivy's writer failed (disk full); the segment is unusable then.
    pub fn add(&self, file: &NewFile<'_>) -> Result<(), StoreError> {
        let n_chunks = file.facts.chunks.len() as u32;
        let key = FileKey(self.writer.next_file.fetch_add(1, Ordering::AcqRel));
        let first = ChunkKey(
            self.writer
                .next_chunk
                .fetch_add(u64::from(n_chunks), Ordering::AcqRel),
        );
        let chunks = file.facts.chunks.iter();
        let documents = chunks.map(|chunk| fields(file.path, file.text, file.facts, chunk));
        self.writer
            .lexical
            .open()?
            .add_file(key, first, documents)?;
        let encoded = if n_chunks > 0 {
            FactsWriter::encode(file.facts)
        } else {
            Vec::new()
        };
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let facts = if n_chunks > 0 {
            content.graph.add_file(key, file.facts);
            content.facts.push(self.number, &encoded)
        } else {
            FactsPlace::default()
        };
        for (key, row) in (first.0..).zip(file.rows) {
            content
                .rows
                .extend(row.iter().map(|row| (ChunkKey(key), Arc::clone(row))));
        }
        content.records.push(FileRecord {
            key,
            path: file.path.clone(),
            language: file.language.into(),
            stamp: file.stamp,
            content: ContentHash::of(file.text.as_bytes()),
            first_chunk: first,
            n_chunks,
            n_lines: file.facts.n_lines,
            facts,
            skipped: file.skipped.clone(),
        });
        Ok(())
    }

    /// How many files were added.
    pub fn n_files(&self) -> usize {
        self.content
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .records
            .len()
    }

    /// Ends the segment, for [`BaseWriter::commit`].
    pub fn finish(self) -> Content {
        self.content
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
