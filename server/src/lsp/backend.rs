//! The engine as the language server sees it. Synchronous: nothing here is async, so that the engine may block on its
//! own threads; no method is called on a runtime worker except `submit`, `published` and `configure`, which never block.
//!
//! Documents are named by absolute path; a document without a file (`untitled:`) is named by its URI in a relative path.

use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use symseek_base::{Cancel, Edit, Point, Revision};
use symseek_syntax::SymbolKind;

/// What the language server asks of the engine.
pub(crate) trait Backend: Send + Sync + 'static {
    /// Hands over a change, in order; never blocks. Gives the revision whose publication shows it.
    fn submit(&self, change: Change) -> Revision;
    /// What the current snapshot covers.
    fn published(&self) -> Revision;
    /// Calls `hook` after each publication.
    fn on_publish(&self, hook: Box<dyn Fn(Revision) + Send + Sync>);
    /// Calls `hook` as long work (indexing) begins, moves and ends.
    fn on_progress(&self, hook: Box<dyn Fn(Progress) + Send + Sync>);
    /// Takes new settings; what they change is redone behind.
    fn configure(&self, settings: EngineSettings);
    /// Hybrid search.
    fn search(
        &self,
        request: &SearchRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError>;
    /// Code like this code.
    fn similar(
        &self,
        request: &SimilarRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError>;
    /// Who calls the symbol.
    fn callers(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError>;
    /// What the symbol calls.
    fn callees(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError>;
    /// How the index is doing, as JSON.
    fn status(&self) -> Value;
    /// Rebuilds the index behind; the old one answers until it is done.
    fn reindex(&self);
}

/// Something that moves the answers.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// The editor owns this document from now on.
    Open {
        path: PathBuf,
        language_id: String,
        version: i32,
        text: Arc<str>,
    },
    /// Edits in order, and the text after the last one.
    Edit {
        path: PathBuf,
        version: i32,
        edits: Vec<Edit>,
        text: Arc<str>,
    },
    /// The disk holds what the document holds.
    Save { path: PathBuf },
    /// The disk owns the text again.
    Close { path: PathBuf },
    /// Files that were created, changed or deleted outside the editor.
    DiskChanged(Vec<PathBuf>),
    /// Index this folder.
    AddFolder(PathBuf),
    /// Forget this folder.
    RemoveFolder(PathBuf),
}

/// What the engine needs of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EngineSettings {
    /// Globs, relative to a workspace folder.
    pub(crate) exclude: Vec<String>,
    /// Bytes.
    pub(crate) max_file_size: u64,
    /// Which retrievers take part.
    pub(crate) legs: crate::config::Legs,
    /// Where indexes lie.
    pub(crate) cache_directory: Option<PathBuf>,
    /// Watch the file system.
    pub(crate) watch: bool,
}

/// Which legs answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SearchMode {
    /// All.
    #[default]
    Full,
    /// Words and names only.
    Lexical,
}

/// A search. The engine parses filters (`kind: path: lang: -word`) from the query.
#[derive(Debug, Clone)]
pub(crate) struct SearchRequest {
    pub(crate) query: String,
    pub(crate) limit: usize,
    pub(crate) mode: SearchMode,
    /// Only below these folders; all when empty.
    pub(crate) folders: Vec<PathBuf>,
    /// Take a filter that means nothing for a word.
    pub(crate) lenient: bool,
    pub(crate) explain: bool,
}

impl SearchRequest {
    /// A full search with nothing special.
    pub(crate) fn new(query: impl Into<String>, limit: usize) -> Self {
        Self {
            query: query.into(),
            limit,
            mode: SearchMode::Full,
            folders: Vec::new(),
            lenient: false,
            explain: false,
        }
    }
}

/// Find code like this.
#[derive(Debug, Clone)]
pub(crate) struct SimilarRequest {
    pub(crate) target: SimilarTarget,
    pub(crate) limit: usize,
}

/// What to be similar to.
#[derive(Debug, Clone)]
pub(crate) enum SimilarTarget {
    /// The code in this range; the chunk around it when the range is empty. Columns in bytes.
    Range {
        path: PathBuf,
        start: Point,
        end: Point,
    },
    /// This text.
    Text(String),
}

/// Callers or callees of a symbol.
#[derive(Debug, Clone)]
pub(crate) struct GraphRequest {
    pub(crate) target: GraphTarget,
    pub(crate) limit: usize,
}

/// Which symbol.
#[derive(Debug, Clone)]
pub(crate) enum GraphTarget {
    /// The symbol named or defined here. Column in bytes.
    At { path: PathBuf, point: Point },
    /// Every symbol of this name, bare or qualified.
    Name(String),
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct SearchResponse {
    /// No leg is behind or missing.
    pub(crate) complete: bool,
    pub(crate) took: Duration,
    pub(crate) hits: Vec<Hit>,
    /// How the query was read, in words.
    pub(crate) reading: String,
    /// Remarks for the user: what was ignored, what is missing.
    pub(crate) notes: Vec<String>,
}

/// A line, and a column in each encoding; all from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) utf8: u32,
    pub(crate) utf16: u32,
    pub(crate) utf32: u32,
}

/// From a place to a place, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Span {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

/// One result.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    pub(crate) path: PathBuf,
    /// Label of the file's language.
    pub(crate) language: String,
    /// The symbol's name; for text that belongs to no symbol, the file's.
    pub(crate) name: String,
    /// `None` for text that belongs to no symbol.
    pub(crate) kind: Option<SymbolKind>,
    /// `module::path`.
    pub(crate) container: String,
    /// The declaration on one line.
    pub(crate) signature: String,
    /// All of it, doc comment included.
    pub(crate) range: Span,
    /// Its name.
    pub(crate) selection: Span,
    pub(crate) score: f32,
    pub(crate) why: Vec<Why>,
    pub(crate) snippet: String,
    /// First line of the snippet, from 0.
    pub(crate) snippet_line: u32,
    /// The query is its name.
    pub(crate) exact: bool,
    /// For callers and callees: where the calls stand.
    pub(crate) sites: Vec<CallSite>,
}

/// One reason for a hit.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Why {
    /// The retriever or ranking feature.
    pub(crate) leg: &'static str,
    /// From 1; `None` for a ranking feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rank: Option<u32>,
    pub(crate) score: f32,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
}

/// Where a call stands.
#[derive(Debug, Clone)]
pub(crate) struct CallSite {
    pub(crate) path: PathBuf,
    pub(crate) range: Span,
    /// In [0, 1].
    pub(crate) confidence: f32,
}

/// Long work, as it happens.
#[derive(Debug, Clone)]
pub(crate) enum Progress {
    /// It starts; cancelling the token stops it.
    Begin {
        root: PathBuf,
        /// Files.
        total: usize,
        cancel: Cancel,
    },
    /// So many files are done.
    Update {
        root: PathBuf,
        done: usize,
        total: usize,
    },
    /// It ended; the message says how.
    End { root: PathBuf, message: String },
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackendError {
    /// The request was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The user's fault: an unknown filter, a symbol that does not exist.
    #[error("{0}")]
    BadRequest(String),
    /// The environment's fault.
    #[error("{0}")]
    Unavailable(String),
    /// Our fault.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<symseek_base::Cancelled> for BackendError {
    fn from(_: symseek_base::Cancelled) -> Self {
        Self::Cancelled
    }
}
