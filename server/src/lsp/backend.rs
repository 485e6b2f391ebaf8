//! The engine as the language server sees it. Synchronous: nothing here is async, so that the engine may block on its
//! own threads; no method is called on a runtime worker except `submit`, `published` and `configure`, which never block.
//!
//! Documents are named by absolute path; a document without a file (`untitled:`) is named by its URI in a relative path.

use serde_json::Value;
use std::path::PathBuf;
use std::time::Instant;
use symseek_base::{Cancel, Revision};
pub(crate) use symseek_engine::{Change, Progress, Settings};
pub(crate) use symseek_search::{
    CallSite, GraphRequest, GraphTarget, Hit, Order, Place, Rerankable, SearchMode, SearchRequest,
    SearchResponse, SimilarRequest, SimilarTarget, Span, Why,
};

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
    /// Hybrid search in other folders than the client's, as they are on the disk.
    fn search_elsewhere(
        &self,
        workspaces: &Workspaces,
        request: &SearchRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError>;
    /// Whether a model for second opinions is there or on its way.
    fn has_model(&self) -> bool;
    /// What the model makes of an answer; `None` when there is none, or when it is not done by `until`.
    fn second_opinion(
        &self,
        asked: &Rerankable,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<Order>, BackendError>;
    /// Calls `hook` with what the user must be told: why there is no model.
    fn on_problem(&self, hook: Box<dyn Fn(&str) + Send + Sync>);
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

/// Folders of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Workspaces {
    /// All that have an index.
    Stored,
    /// These, indexed or not.
    These(Vec<PathBuf>),
}

/// What the engine needs of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EngineSettings {
    /// What may change while it runs.
    pub(crate) engine: Settings,
    /// Which retrievers take part.
    pub(crate) legs: crate::config::Legs,
    /// How second opinions are had.
    pub(crate) embedding: crate::config::Embedding,
    /// Where indexes lie; counts when the engine starts.
    pub(crate) cache_directory: Option<PathBuf>,
    /// A folder of the user's own query packs; counts when the engine is opened.
    pub(crate) query_packs: Option<PathBuf>,
    /// Globs of paths and the languages of their files; counts when the engine is opened.
    pub(crate) languages: Vec<(String, String)>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackendError {
    /// The request was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The user's fault: an unknown filter.
    #[error("{0}")]
    BadRequest(String),
    /// A symbol or place that does not exist.
    #[error("{0}")]
    NotFound(String),
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
