//! What the engine says about itself. Progress is true: "complete" is said only after a scan has compared every file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use symseek_base::Cancel;

/// Long work, as it happens.
#[derive(Debug, Clone)]
pub enum Progress {
    /// It starts; cancelling the token stops it between two files.
    Begin {
        /// The folder.
        root: PathBuf,
        /// Number of files to index.
        total: usize,
        /// Stops the work.
        cancel: Cancel,
    },
    /// So many files are done.
    Update {
        /// The folder.
        root: PathBuf,
        /// Files done.
        done: usize,
        /// Files in all.
        total: usize,
    },
    /// It ended; the message says how.
    End {
        /// The folder.
        root: PathBuf,
        /// "120 files, 1400 chunks", or why it stopped.
        message: String,
    },
}

/// Receives [`Progress`]; called from the indexer's thread, must not block.
pub type ProgressHook = Arc<dyn Fn(Progress) + Send + Sync>;

/// Where a folder's index is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreMode {
    /// On disk, and this process writes it.
    Writer,
    /// On disk, written by another process; this one reads and keeps its own changes in memory.
    Reader,
    /// In memory only: the cache directory cannot be written.
    Memory,
}

/// One folder.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderStatus {
    /// The folder.
    pub root: PathBuf,
    /// `indexing`, `ready`, or `stopped` after an indexing run was cancelled or failed.
    pub state: &'static str,
    /// Files done by the running scan.
    pub done: usize,
    /// Files in the running scan.
    pub total: usize,
    /// Files that answer.
    pub files: usize,
    /// Chunks that answer.
    pub chunks: usize,
    /// Files that answer by language.
    pub languages: BTreeMap<String, usize>,
    /// Files left out, by reason, with their paths (at most 20 each).
    pub skipped: BTreeMap<String, SkippedFiles>,
    /// How the index is kept.
    pub store: StoreMode,
    /// The process that writes the index where this one only reads, by its number.
    pub writing_process: Option<u32>,
    /// Where.
    pub directory: Option<PathBuf>,
    /// Size on disk, in bytes.
    pub bytes: u64,
    /// Following the disk.
    pub watching: bool,
    /// What went wrong and how it was mended, newest last.
    pub problems: Vec<String>,
}

/// Files left out for one reason.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SkippedFiles {
    /// How many.
    pub count: usize,
    /// Some of them.
    pub paths: Vec<String>,
}

/// The whole engine.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// `ready` when every folder is, else the state of one that is not.
    pub state: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// Embedding model, if any.
    pub model: Option<String>,
    /// The model for second opinions, if one was asked for.
    pub onnx: Option<crate::refine::ModelStatus>,
    /// Open documents.
    pub open_documents: usize,
    /// The last applied change.
    pub revision: u64,
    /// Files that answer, in all folders.
    pub files: usize,
    /// Chunks that answer, in all folders.
    pub chunks: usize,
    /// Every folder.
    pub folders: Vec<FolderStatus>,
}
