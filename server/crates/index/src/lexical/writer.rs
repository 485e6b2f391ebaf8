//! Writing the stored base: add, delete by file, commit. One writer per directory (tantivy's lock file); what is not
//! committed when the process ends was never there.

use super::schema::{self, StoredChunk};
use super::{ChunkDocument, LexicalError, TokenizerOptions};
use std::path::{Path, PathBuf};
use symseek_base::{ChunkKey, FileKey};
use tantivy::directory::{Directory, MmapDirectory};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, MergePolicy, UserOperation};
use tantivy::store::Compressor;
use tantivy::{Index, IndexSettings, IndexWriter, TantivyError, Term};

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct WriterOptions {
    /// Indexing threads, 1 to 8; each builds its own segments.
    pub n_threads: usize,
    /// Memory of each thread before it writes a segment, in bytes; at least 15 MB.
    pub heap_per_thread: usize,
    /// How texts become tokens; part of the format.
    pub tokenizer: TokenizerOptions,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            n_threads: 1,
            heap_per_thread: 64 << 20,
            tokenizer: TokenizerOptions::default(),
        }
    }
}

/// The only writer of one stored index.
pub struct LexicalWriter {
    path: PathBuf,
    writer: IndexWriter<StoredChunk>,
    /// A failed rollback leaves tantivy's writer without its lock; touching it again would panic.
    is_dead: bool,
}

impl std::fmt::Debug for LexicalWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LexicalWriter")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl LexicalWriter {
    /// Opens the index in `dir`, or makes an empty one.
    ///
    /// # Errors
    /// [`LexicalError::Format`] when it was written with another schema or tokenizer, [`LexicalError::Locked`] when
    /// another writer is at work, else what the file system said.
    pub fn create_or_open(dir: &Path, options: WriterOptions) -> Result<Self, LexicalError> {
        std::fs::create_dir_all(dir).map_err(|source| LexicalError::Directory {
            path: dir.to_path_buf(),
            source,
        })?;
        let directory = MmapDirectory::open(dir)
            .map_err(|error| LexicalError::new(dir, TantivyError::OpenDirectoryError(error)))?;
        Self::with_directory(dir, Box::new(directory), options)
    }

    pub(super) fn with_directory(
        dir: &Path,
        directory: Box<dyn Directory>,
        options: WriterOptions,
    ) -> Result<Self, LexicalError> {
        let failed = |error| LexicalError::new(dir, error);
        let settings = IndexSettings {
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let mut index = Index::builder()
            .schema(schema::schema(options.tokenizer))
            .settings(settings)
            .open_or_create(directory)
            .map_err(|error| match error {
                TantivyError::SchemaError(_) => LexicalError::Format {
                    path: dir.to_path_buf(),
                },
                error => failed(error),
            })?;
        index.set_tokenizers(schema::tokenizers(options.tokenizer));
        let writer = index
            .writer_with_options(
                IndexWriterOptions::builder()
                    .num_worker_threads(options.n_threads.clamp(1, 8))
                    .memory_budget_per_thread(options.heap_per_thread.clamp(15 << 20, 2 << 30))
                    .num_merge_threads(1)
                    .build(),
            )
            .map_err(failed)?;
        writer.set_merge_policy(merge_policy());
        Ok(Self {
            path: dir.to_path_buf(),
            writer,
            is_dead: false,
        })
    }

    /// Adds one chunk; several threads may call at once. It becomes visible to readers opened after [`Self::commit`].
    /// Blocks while ten thousand chunks are waiting.
    ///
    /// # Errors
    /// When an indexing thread has failed (disk full, say); [`Self::rollback`] starts again from the last commit.
    pub fn add(
        &self,
        file: FileKey,
        chunk: ChunkKey,
        document: &ChunkDocument<'_>,
    ) -> Result<(), LexicalError> {
        self.writer
            .add_document(StoredChunk::new(file, chunk, document))
            .map(drop)
            .map_err(|error| LexicalError::new(&self.path, error))
    }

    /// Adds the chunks of one file, keys counting from `first`, in one go: cheaper than one by one, and all of them land
    /// in one segment. Blocks while ten thousand files are waiting.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_file<'d>(
        &self,
        file: FileKey,
        first: ChunkKey,
        documents: impl IntoIterator<Item = ChunkDocument<'d>>,
    ) -> Result<(), LexicalError> {
        let chunks: Vec<_> = documents
            .into_iter()
            .zip(first.0..)
            .map(|(document, key)| {
                UserOperation::Add(StoredChunk::new(file, ChunkKey(key), &document))
            })
            .collect();
        self.writer
            .run(chunks)
            .map(drop)
            .map_err(|error| LexicalError::new(&self.path, error))
    }

    /// Deletes every chunk of these files added so far, from the next commit on.
    pub fn delete_files(&self, files: &[FileKey]) {
        for file in files {
            let term = Term::from_field_u64(schema::file_key(), u64::from(file.0));
            self.writer.delete_term(term);
        }
    }

    /// Makes everything so far durable and returns the stamp of the commit (see [`super::LexicalReader::opstamp`]).
    ///
    /// # Errors
    /// When writing failed; the last commit stands, and [`Self::rollback`] makes the writer usable again.
    pub fn commit(&mut self) -> Result<u64, LexicalError> {
        self.writer
            .commit()
            .map_err(|error| LexicalError::new(&self.path, error))
    }

    /// Forgets everything since the last commit, also after a failure.
    ///
    /// # Errors
    /// When the index cannot be opened again.
    pub fn rollback(&mut self) -> Result<u64, LexicalError> {
        if self.is_dead {
            return Err(LexicalError::Locked {
                path: self.path.clone(),
            });
        }
        let stamp = self.writer.rollback().map_err(|error| {
            self.is_dead = true;
            LexicalError::new(&self.path, error)
        })?;
        // The writer behind a rollback is a new one, with tantivy's own policy.
        self.writer.set_merge_policy(merge_policy());
        Ok(stamp)
    }

    /// Waits for running merges and ends the writer. Dropping it instead abandons merges, which loses nothing.
    ///
    /// # Errors
    /// When a merge failed.
    pub fn finish(self) -> Result<(), LexicalError> {
        self.writer
            .wait_merging_threads()
            .map_err(|error| LexicalError::new(&self.path, error))
    }
}

/// Every segment costs each query a dictionary look-up per term and field, and a save makes a small segment: merge early.
fn merge_policy() -> Box<dyn MergePolicy> {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(4);
    policy.set_del_docs_ratio_before_merge(0.3);
    Box::new(policy)
}
