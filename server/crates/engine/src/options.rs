//! Settings of the engine.

use std::path::PathBuf;
use std::sync::Arc;

use symseek_embed::Embedder;
use symseek_index::vector::HNSW_THRESHOLD;

use crate::status::ProgressHook;

/// More threads than this find no more work, and some systems refuse them.
const MAX_THREADS: usize = 64;

/// What a user can configure about indexing. Changing one may start a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Globs (as in .gitignore) of files to leave out.
    pub exclude: Vec<String>,
    /// Larger files are skipped, in bytes.
    pub max_file_size: u64,
    /// Follow changes on the disk.
    pub watch: bool,
    /// Index files that say they are generated.
    pub include_generated: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            max_file_size: 1_500_000,
            watch: true,
            include_generated: true,
        }
    }
}

/// How to open an engine.
#[derive(Clone)]
pub struct EngineOptions {
    /// Where indexes are kept; `None` is the user's cache directory.
    pub cache_dir: Option<PathBuf>,
    /// A folder of query packs laid out like `tree-sitter-queries`, in addition to ours. Read once per process.
    pub query_packs: Option<PathBuf>,
    /// Globs of workspace paths and the languages that their files are in. Read once per process.
    pub languages: Vec<(String, String)>,
    /// Initial settings.
    pub settings: Settings,
    /// Makes vectors; `None` leaves the vector leg empty.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// Told about long work.
    pub progress: Option<ProgressHook>,
    /// Worker threads for bulk indexing; 0 takes the machine's cores.
    pub threads: usize,
    /// Rows from which on a vector graph is built; 0 takes [`HNSW_THRESHOLD`](symseek_index::vector::HNSW_THRESHOLD).
    pub graph_from: usize,
}

impl std::fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineOptions")
            .field("cache_dir", &self.cache_dir)
            .field("settings", &self.settings)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl EngineOptions {
    /// Rows from which on a vector graph is built.
    pub(crate) fn graph_from(&self) -> usize {
        match self.graph_from {
            0 => HNSW_THRESHOLD,
            n_rows => n_rows,
        }
    }

    /// Number of worker threads.
    pub(crate) fn n_threads(&self) -> usize {
        if self.threads > 0 {
            return self.threads.min(MAX_THREADS);
        }
        std::thread::available_parallelism().map_or(1, |n| n.get().min(8))
    }
}
