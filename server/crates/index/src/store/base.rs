//! The base: the stored part of one workspace's index, open for reading. Immutable; a commit makes a new one that shares
//! everything that did not change.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use symseek_base::{ChunkKey, FileKey, LiveSet, RelPath};

use super::facts::FactsPart;
use super::file::{FileEntry, FileRecord};
use super::manifest::{Identity, Manifest};
use crate::graph::GraphPart;
use crate::lexical::{LexicalReader, LiveDocs};
use crate::part::{Kind, Part, PartError};
use crate::vector::{Hnsw, RowsPart};

pub(super) const TABLE: Kind = Kind {
    magic: *b"SYMFILES",
    version: 1,
};

/// The three parts of one commit.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// Its number.
    pub number: u32,
    /// Facts of its files.
    pub facts: Arc<FactsPart>,
    /// Embeddings of its chunks.
    pub rows: Arc<RowsPart>,
    /// Names it defines and uses.
    pub graph: Arc<GraphPart>,
}

/// The stored index of one workspace.
#[derive(Debug)]
pub struct Base {
    pub(super) manifest: Manifest,
    pub(super) files: Vec<Arc<FileEntry>>,
    by_path: FxHashMap<RelPath, u32>,
    by_key: FxHashMap<FileKey, u32>,
    by_chunk: Vec<(ChunkKey, u32)>,
    live: Arc<LiveSet>,
    pub(super) segments: Vec<Segment>,
    rows: Vec<Arc<RowsPart>>,
    graph: Vec<Arc<GraphPart>>,
    lexical: Option<LexicalReader>,
    live_docs: Option<Arc<LiveDocs>>,
    hnsw: Option<Arc<Hnsw>>,
}

/// What was found damaged or stale when the base was opened, in words for the log and `status`.
pub type Repairs = Vec<String>;

impl Base {
    /// A base without files.
    pub fn empty(root: &Path, identity: Identity) -> Self {
        let manifest = Manifest {
            format: super::manifest::FORMAT,
            root: root.display().to_string(),
            identity,
            generation: 0,
            segments: Vec::new(),
            next_segment: 0,
            next_file: 0,
            next_chunk: 0,
            lexical_commit: 0,
            vector_graph: None,
            complete: false,
        };
        Self::assemble(manifest, Vec::new(), Vec::new(), None, None)
    }

    /// Opens what the manifest in `dir` names. Parts that are damaged or were made by another version are left out, with
    /// the files that lived in them, so that a scan indexes those again; the rest answers at once.
    ///
    /// # Errors
    /// [`PartError`] only when the directory itself cannot be read; a missing index is an empty base.
    pub fn open(
        dir: &Path,
        root: &Path,
        identity: &Identity,
    ) -> Result<(Self, Repairs), PartError> {
        let mut repairs = Repairs::new();
        let Some(mut manifest) = Manifest::read(dir) else {
            return Ok((Self::empty(root, identity.clone()), repairs));
        };
        if manifest.identity != *identity {
            repairs.push("the index was made by another version; indexing again".to_owned());
            let mut fresh = Self::empty(root, identity.clone());
            fresh.manifest.keep_counters(&manifest);
            return Ok((fresh, repairs));
        }
        let mut records = match read_table(&table_path(dir, manifest.generation)) {
            Ok(records) => records,
            Err(error) => {
                repairs.push(format!("file table: {error}"));
                let mut fresh = Self::empty(root, identity.clone());
                fresh.manifest.keep_counters(&manifest);
                return Ok((fresh, repairs));
            }
        };
        let mut segments = Vec::new();
        for &number in &manifest.segments {
            match open_segment(dir, number) {
                Ok(segment) => segments.push(segment),
                Err(error) => repairs.push(format!("segment {number}: {error}")),
            }
        }
        if segments.len() != manifest.segments.len() {
            manifest.segments = segments.iter().map(|segment| segment.number).collect();
            records.retain(|record| {
                record.skipped.is_some() || manifest.segments.contains(&record.facts.segment)
            });
        }
        let lexical = match LexicalReader::open_verified(&lexical_path(dir)) {
            Ok(lexical) => Some(lexical),
            Err(error) => {
                if records.iter().any(|record| record.n_chunks > 0) {
                    repairs.push(format!("lexical part: {error}"));
                }
                None
            }
        };
        if let Some(lexical) = &lexical {
            drop_files_without_terms(&mut records, lexical, &manifest, &mut repairs);
        } else {
            records.retain(|record| record.n_chunks == 0);
        }
        let hnsw =
            manifest
                .vector_graph
                .as_ref()
                .and_then(|name| match Hnsw::open(&dir.join(name)) {
                    Ok(graph) => Some(Arc::new(graph)),
                    Err(error) => {
                        repairs.push(format!("vector graph: {error}"));
                        None
                    }
                });
        if hnsw.is_none() {
            manifest.vector_graph = None;
        }
        let files = attach(records, &segments);
        Ok((
            Self::assemble(manifest, files, segments, lexical, hnsw),
            repairs,
        ))
    }

    /// The same base without what questions had it decode, its pages left to the system: for a folder that nobody uses.
    #[must_use]
    pub fn rested(&self) -> Self {
        for segment in &self.segments {
            segment.facts.let_go();
            segment.rows.let_go();
            segment.graph.let_go();
        }
        let files = self.files.iter().map(|file| Arc::new(file.rested()));
        Self::assemble(
            self.manifest.clone(),
            files.collect(),
            self.segments.clone(),
            self.lexical.clone(),
            self.hnsw.clone(),
        )
    }

    pub(super) fn assemble(
        manifest: Manifest,
        mut files: Vec<Arc<FileEntry>>,
        segments: Vec<Segment>,
        lexical: Option<LexicalReader>,
        hnsw: Option<Arc<Hnsw>>,
    ) -> Self {
        files.sort_by(|a, b| a.record().path.cmp(&b.record().path));
        let mut live = LiveSet::default();
        let mut by_path = FxHashMap::default();
        let mut by_key = FxHashMap::default();
        let mut by_chunk = Vec::new();
        for (idx, file) in files.iter().enumerate() {
            let record = file.record();
            by_path.insert(record.path.clone(), idx as u32);
            by_key.insert(record.key, idx as u32);
            if record.n_chunks > 0 {
                live.insert_range(record.first_chunk, record.n_chunks);
                by_chunk.push((record.first_chunk, idx as u32));
            }
        }
        by_chunk.sort_unstable();
        let live_docs = lexical.as_ref().map(|reader| Arc::new(reader.stats(&live)));
        let rows = segments
            .iter()
            .map(|segment| Arc::clone(&segment.rows))
            .collect();
        let graph = segments
            .iter()
            .map(|segment| Arc::clone(&segment.graph))
            .collect();
        let live = Arc::new(live);
        Self {
            manifest,
            files,
            by_path,
            by_key,
            by_chunk,
            live,
            segments,
            rows,
            graph,
            lexical,
            live_docs,
            hnsw,
        }
    }

    /// All files, ordered by path.
    pub fn files(&self) -> &[Arc<FileEntry>] {
        &self.files
    }

    /// The file at this path.
    pub fn by_path(&self, path: &RelPath) -> Option<&Arc<FileEntry>> {
        self.by_path.get(path).map(|&idx| &self.files[idx as usize])
    }

    /// The file with this key.
    pub fn by_key(&self, key: FileKey) -> Option<&Arc<FileEntry>> {
        self.by_key.get(&key).map(|&idx| &self.files[idx as usize])
    }

    /// The file that holds this chunk, and the chunk's index in it.
    pub fn by_chunk(&self, key: ChunkKey) -> Option<(&Arc<FileEntry>, u32)> {
        let at = self
            .by_chunk
            .partition_point(|(first, _)| *first <= key)
            .checked_sub(1)?;
        let (first, idx) = self.by_chunk[at];
        let file = &self.files[idx as usize];
        let offset = key.0 - first.0;
        (offset < u64::from(file.record().n_chunks)).then_some((file, offset as u32))
    }

    /// The chunks of the current version of every file.
    pub fn live(&self) -> &Arc<LiveSet> {
        &self.live
    }

    /// The lexical part; `None` before the first commit.
    pub fn lexical(&self) -> Option<&LexicalReader> {
        self.lexical.as_ref()
    }

    /// What of the lexical part lives.
    pub fn live_docs(&self) -> Option<&Arc<LiveDocs>> {
        self.live_docs.as_ref()
    }

    /// The embeddings.
    pub fn rows(&self) -> &[Arc<RowsPart>] {
        &self.rows
    }

    /// The vector graph, when one was built.
    pub fn hnsw(&self) -> Option<&Arc<Hnsw>> {
        self.hnsw.as_ref()
    }

    /// The symbol-reference graph's parts.
    pub fn graph(&self) -> &[Arc<GraphPart>] {
        &self.graph
    }

    /// Counts commits.
    pub fn generation(&self) -> u64 {
        self.manifest.generation
    }

    /// Whether a full scan has finished at least once.
    pub fn is_complete(&self) -> bool {
        self.manifest.complete
    }

    /// Number of stored chunks.
    pub fn n_chunks(&self) -> usize {
        self.files
            .iter()
            .map(|file| file.record().n_chunks as usize)
            .sum()
    }
}

impl Manifest {
    /// A rebuilt index must not reuse the keys that lie in leftovers of the old one.
    fn keep_counters(&mut self, old: &Self) {
        self.next_file = old.next_file;
        self.next_chunk = old.next_chunk;
        self.next_segment = old.next_segment;
        self.generation = old.generation;
    }
}

pub(super) fn table_path(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("files-{generation}.part"))
}

pub(super) fn segment_path(dir: &Path, kind: &str, number: u32) -> PathBuf {
    dir.join(format!("{kind}-{number}.part"))
}

pub(super) fn lexical_path(dir: &Path) -> PathBuf {
    dir.join("lexical")
}

pub(super) fn open_segment(dir: &Path, number: u32) -> Result<Segment, String> {
    let facts =
        FactsPart::open(&segment_path(dir, "facts", number)).map_err(|error| error.to_string())?;
    let rows =
        RowsPart::open(&segment_path(dir, "rows", number)).map_err(|error| error.to_string())?;
    let graph =
        GraphPart::open(&segment_path(dir, "graph", number)).map_err(|error| error.to_string())?;
    Ok(Segment {
        number,
        facts: Arc::new(facts),
        rows: Arc::new(rows),
        graph: Arc::new(graph),
    })
}

pub(super) fn read_table(path: &Path) -> Result<Vec<FileRecord>, PartError> {
    let part = Part::open(path, TABLE)?;
    postcard::from_bytes(part.payload()).map_err(|_| part.damaged("the file table does not decode"))
}

/// A crash between tantivy's commit and ours leaves the two a commit apart. Commits delete only what an earlier manifest had
/// dropped already, so normally nothing is missing; what is missing all the same is indexed again.
fn drop_files_without_terms(
    records: &mut Vec<FileRecord>,
    lexical: &LexicalReader,
    manifest: &Manifest,
    repairs: &mut Repairs,
) {
    if lexical.opstamp() == manifest.lexical_commit {
        return;
    }
    let mut present = LiveSet::default();
    for key in lexical.keys() {
        present.insert_range(key, 1);
    }
    let before = records.len();
    records.retain(|record| {
        (0..u64::from(record.n_chunks))
            .all(|at| present.contains(ChunkKey(record.first_chunk.0 + at)))
    });
    if before > records.len() {
        repairs.push(format!(
            "{} files lost their terms in a crash; indexing them again",
            before - records.len()
        ));
    }
}

pub(super) fn attach(records: Vec<FileRecord>, segments: &[Segment]) -> Vec<Arc<FileEntry>> {
    let parts: FxHashMap<u32, &Arc<FactsPart>> = segments
        .iter()
        .map(|segment| (segment.number, &segment.facts))
        .collect();
    records
        .into_iter()
        .map(|record| {
            let part = parts
                .get(&record.facts.segment)
                .map(|part| Arc::clone(part));
            let part = part.filter(|_| record.facts.len > 0);
            Arc::new(FileEntry::new(record, part))
        })
        .collect()
}
