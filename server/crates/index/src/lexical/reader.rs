//! Reading the stored base: an immutable set of segments, cheap to clone, that keeps its files while it lives.

use super::error::LexicalError;
use super::schema::{self, CHUNK_KEY};
use super::stats::{FieldStats, LiveDocs};
use super::{Field, TokenizerOptions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use symseek_base::{ChunkKey, LiveSet};
use tantivy::directory::error::LockError;
use tantivy::directory::{Directory, META_LOCK, MmapDirectory, OwnedBytes};
use tantivy::fastfield::AliveBitSet;
use tantivy::index::{InvertedIndexReader, SegmentComponent, SegmentId};
use tantivy::{Index, Opstamp, SegmentReader, TantivyError};

/// One committed state of a stored index.
#[derive(Clone)]
pub struct LexicalReader(Arc<Inner>);

struct Inner {
    /// Tells readers apart, so that live documents are never used with another reader's segments.
    id: u64,
    path: PathBuf,
    index: Index,
    tokenizer: TokenizerOptions,
    opstamp: Opstamp,
    segments: Vec<Arc<Segment>>,
}

/// What a search needs of one segment.
pub(super) struct Segment {
    id: SegmentId,
    n_deleted: u32,
    /// Document to chunk key.
    pub(super) keys: Vec<u64>,
    pub(super) fields: [SegmentField; Field::COUNT],
    /// Documents deleted in the store, as a bitmap of those that are not.
    not_deleted: Option<AliveBitSet>,
    /// Over all documents, the deleted ones too.
    total: FieldStats,
}

/// One field of one segment.
pub(super) struct SegmentField {
    pub(super) postings: Arc<InvertedIndexReader>,
    /// Quantised length per document; as many as there are documents.
    pub(super) lengths: OwnedBytes,
}

impl std::fmt::Debug for LexicalReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LexicalReader")
            .field("path", &self.0.path)
            .field("opstamp", &self.0.opstamp)
            .field("n_docs", &self.n_docs())
            .field("n_segments", &self.n_segments())
            .finish_non_exhaustive()
    }
}

impl LexicalReader {
    /// Opens the last commit of the index in `dir`.
    ///
    /// # Errors
    /// [`LexicalError::Missing`] when there is none, [`LexicalError::Format`] when it is of another format,
    /// [`LexicalError::Damaged`] when a file is missing or cut short.
    pub fn open(dir: &Path) -> Result<Self, LexicalError> {
        let (index, tokenizer) = Self::index(dir)?;
        Self::load(dir, index, tokenizer, &[])
    }

    /// [`Self::open`] after the checksum of every file was compared: tantivy trusts what it reads, and panics over what is
    /// not as it was written. Reads the whole index.
    ///
    /// # Errors
    /// As [`Self::open`], and [`LexicalError::Damaged`] for a file whose checksum differs.
    pub fn open_verified(dir: &Path) -> Result<Self, LexicalError> {
        let (index, tokenizer) = Self::index(dir)?;
        let damaged = index
            .validate_checksum()
            .map_err(|error| LexicalError::new(dir, error))?;
        if let Some(file) = damaged.iter().min() {
            let what = format!("{} is not what was written", file.display());
            return Err(LexicalError::new(dir, corrupted(&what)));
        }
        // What no checksum covers is tantivy's own list of segments.
        catch_unwind(AssertUnwindSafe(|| Self::load(dir, index, tokenizer, &[]))).unwrap_or_else(
            |_| {
                let what = "its list of segments does not fit its files";
                Err(LexicalError::new(dir, corrupted(what)))
            },
        )
    }

    /// Looks whether the files of the last commit in `dir` are there with whole footers, without reading them.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn glance(dir: &Path) -> Result<(), LexicalError> {
        let failed = |error| LexicalError::new(dir, error);
        let (index, _) = Self::index(dir)?;
        let segments = index.searchable_segment_metas().map_err(failed)?;
        for segment in &segments {
            let mut components = vec![
                SegmentComponent::Postings,
                SegmentComponent::Positions,
                SegmentComponent::Terms,
                SegmentComponent::Store,
                SegmentComponent::FastFields,
                SegmentComponent::FieldNorms,
            ];
            components.extend(segment.delete_opstamp().map(|_| SegmentComponent::Delete));
            for component in components {
                let file = index
                    .directory()
                    .open_read(&segment.relative_path(component));
                file.map_err(|error| failed(TantivyError::OpenReadError(error)))?;
            }
        }
        Ok(())
    }

    fn index(dir: &Path) -> Result<(Index, TokenizerOptions), LexicalError> {
        let failed = |error| LexicalError::new(dir, error);
        if !dir.is_dir() {
            return Err(LexicalError::Missing {
                path: dir.to_path_buf(),
            });
        }
        let directory = MmapDirectory::open(dir)
            .map_err(|error| failed(TantivyError::OpenDirectoryError(error)))?;
        if !Index::exists(&directory).map_err(|error| failed(TantivyError::OpenReadError(error)))? {
            return Err(LexicalError::Missing {
                path: dir.to_path_buf(),
            });
        }
        let index = Index::open(directory).map_err(failed)?;
        let tokenizer = [false, true]
            .map(|stem| TokenizerOptions { stem })
            .into_iter()
            .find(|options| schema::schema(*options) == index.schema())
            .ok_or_else(|| LexicalError::Format {
                path: dir.to_path_buf(),
            })?;
        Ok((index, tokenizer))
    }

    /// The last commit as of now; segments both share are not read again.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn reload(&self) -> Result<Self, LexicalError> {
        let inner = &self.0;
        Self::load(
            &inner.path,
            inner.index.clone(),
            inner.tokenizer,
            &inner.segments,
        )
    }

    fn load(
        dir: &Path,
        index: Index,
        tokenizer: TokenizerOptions,
        known: &[Arc<Segment>],
    ) -> Result<Self, LexicalError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let failed = |error| LexicalError::new(dir, error);
        // Keeps the writer's garbage collection away between reading the list of segments and opening them.
        let lock = match index.directory().acquire_lock(&META_LOCK) {
            Ok(lock) => Some(lock),
            // Nobody collects garbage where nobody can write.
            Err(LockError::IoError(error)) if cannot_write(error.kind()) => None,
            Err(error) => return Err(failed(TantivyError::LockFailure(error, None))),
        };
        let metas = index.load_metas().map_err(failed)?;
        let mut segments = Vec::with_capacity(metas.segments.len());
        for meta in metas.segments {
            let same = known.iter().find(|segment| {
                segment.id == meta.id() && segment.n_deleted == meta.num_deleted_docs()
            });
            segments.push(match same {
                Some(segment) => Arc::clone(segment),
                None => Arc::new(
                    SegmentReader::open(&index.segment(meta))
                        .and_then(|reader| Segment::load(&reader))
                        .map_err(failed)?,
                ),
            });
        }
        drop(lock);
        Ok(Self(Arc::new(Inner {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            path: dir.to_path_buf(),
            index,
            tokenizer,
            opstamp: metas.opstamp,
            segments,
        })))
    }

    /// Stamp of the commit, as [`LexicalWriter::commit`](super::LexicalWriter::commit) returned it.
    pub fn opstamp(&self) -> u64 {
        self.0.opstamp
    }

    /// How the texts were tokenised; queries and memory chunks must do the same.
    pub fn tokenizer(&self) -> TokenizerOptions {
        self.0.tokenizer
    }

    /// Number of chunks, those deleted in the store not counted.
    pub fn n_docs(&self) -> u64 {
        self.segments()
            .iter()
            .map(|segment| segment.keys.len() as u64 - u64::from(segment.n_deleted))
            .sum()
    }

    /// Number of segments: the fewer, the faster short queries are.
    pub fn n_segments(&self) -> usize {
        self.0.segments.len()
    }

    /// Every chunk key the index holds, in no particular order, those deleted in the store not included.
    pub fn keys(&self) -> impl Iterator<Item = ChunkKey> + '_ {
        self.segments().iter().flat_map(|segment| {
            (0..)
                .zip(&segment.keys)
                .filter(|(doc, _)| !segment.is_deleted(*doc))
                .map(|(_, key)| ChunkKey(*key))
        })
    }

    /// Which documents live under `live`, with their field statistics. O(documents), about a nanosecond each.
    pub fn stats(&self, live: &LiveSet) -> LiveDocs {
        let mut stats = FieldStats::default();
        let mut alive = Vec::with_capacity(self.n_segments());
        for segment in self.segments() {
            let n_docs = segment.keys.len();
            let mut total = segment.total;
            let mut bits = vec![0u64; n_docs.div_ceil(64)];
            for (doc, key) in segment.keys.iter().enumerate() {
                if live.contains(ChunkKey(*key)) && !segment.is_deleted(doc as u32) {
                    bits[doc / 64] |= 1 << (doc % 64);
                } else {
                    total.remove(segment.lengths(doc));
                }
            }
            alive.push((total.n_docs < n_docs as u64).then(|| bits.into_boxed_slice()));
            stats.merge(&total);
        }
        LiveDocs {
            reader: self.0.id,
            stats,
            alive,
        }
    }

    pub(super) fn segments(&self) -> &[Arc<Segment>] {
        &self.0.segments
    }

    pub(super) fn id(&self) -> u64 {
        self.0.id
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }
}

impl Segment {
    fn load(reader: &SegmentReader) -> tantivy::Result<Self> {
        let n_docs = reader.max_doc() as usize;
        let mut keys = vec![0; n_docs];
        let column = reader.fast_fields().u64(CHUNK_KEY)?;
        column
            .first_or_default_col(u64::MAX)
            .get_range(0, &mut keys);
        let norms = reader.fieldnorms_readers().get_inner_file();
        let mut fields = Vec::with_capacity(Field::COUNT);
        for field in Field::ALL {
            let lengths = norms
                .open_read(schema::stored(field))
                .ok_or_else(|| corrupted("a field has no lengths"))?
                .read_bytes()?;
            if lengths.len() != n_docs {
                return Err(corrupted(
                    "a field has lengths for another number of documents",
                ));
            }
            fields.push(SegmentField {
                postings: reader.inverted_index(schema::stored(field))?,
                lengths,
            });
        }
        let fields = <[SegmentField; Field::COUNT]>::try_from(fields)
            .map_err(|_| corrupted("a field is missing"))?;
        let mut segment = Self {
            id: reader.segment_id(),
            n_deleted: reader.num_deleted_docs(),
            keys,
            fields,
            not_deleted: reader.alive_bitset().cloned(),
            total: FieldStats::default(),
        };
        for doc in 0..n_docs {
            segment.total.add(segment.lengths(doc));
        }
        Ok(segment)
    }

    fn is_deleted(&self, doc: u32) -> bool {
        self.not_deleted
            .as_ref()
            .is_some_and(|alive| alive.is_deleted(doc))
    }

    fn lengths(&self, doc: usize) -> [u8; Field::COUNT] {
        std::array::from_fn(|field| self.fields[field].lengths[doc])
    }
}

fn cannot_write(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(kind, PermissionDenied | ReadOnlyFilesystem)
}

fn corrupted(what: &str) -> TantivyError {
    TantivyError::DataCorruption(tantivy::error::DataCorruption::comment_only(what))
}
