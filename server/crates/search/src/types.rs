//! Questions and answers.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use symseek_base::{Cancelled, Point};
use symseek_syntax::SymbolKind;

use crate::place::Span;
use crate::query::QueryError;
use crate::rerank::Passage;
use crate::snippet::Excerpt;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The question was withdrawn.
    #[error("cancelled")]
    Cancelled,
    /// The query cannot be understood.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The question names something that is not there.
    #[error("{0}")]
    NotFound(String),
    /// A leg failed: our fault or the disk's.
    #[error("the {leg} leg failed: {why}")]
    Leg {
        /// Which.
        leg: &'static str,
        /// Its words.
        why: String,
    },
}

impl From<Cancelled> for SearchError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Which legs answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchMode {
    /// All.
    #[default]
    Full,
    /// Words and names only.
    Lexical,
    /// Vectors only; for measuring.
    Vector,
    /// Symbol names only, as a symbol picker wants them.
    Symbols,
}

/// A search.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// Text and filters (`kind:` `path:` `lang:` `-word`).
    pub query: String,
    /// How many results at the most.
    pub limit: usize,
    /// Which legs answer.
    pub mode: SearchMode,
    /// Only files below these folders; all when empty.
    pub folders: Vec<PathBuf>,
    /// Take a filter that means nothing for a word of the query, and say so in a note, instead of failing: for text that no
    /// person typed as a query (log lines, commit subjects) and for queries that are still being typed.
    pub lenient: bool,
    /// Files that are being edited, the last one first: what lies in or beside them wins among hits that are nearly alike. Nothing in
    /// evaluation, which has no editor.
    pub near: Vec<PathBuf>,
    /// Report every ranking feature, also those that moved nothing.
    pub explain: bool,
    /// Weights, for measuring; `None` are the shipped ones.
    pub params: Option<Box<crate::RankParams>>,
}

impl SearchRequest {
    /// A full search with nothing special.
    pub fn new(query: impl Into<String>, limit: usize) -> Self {
        Self {
            query: query.into(),
            limit,
            mode: SearchMode::Full,
            folders: Vec::new(),
            lenient: false,
            near: Vec::new(),
            explain: false,
            params: None,
        }
    }
}

/// Code like this code.
#[derive(Debug, Clone)]
pub struct SimilarRequest {
    /// Like what.
    pub target: SimilarTarget,
    /// How many results at the most.
    pub limit: usize,
}

/// What to be similar to.
#[derive(Debug, Clone)]
pub enum SimilarTarget {
    /// The code in this range; the chunk around it when the range is empty. Columns in bytes.
    Range {
        /// The file.
        path: PathBuf,
        /// Start of the range.
        start: Point,
        /// End of the range.
        end: Point,
    },
    /// This text.
    Text(String),
}

/// Callers or callees of a symbol.
#[derive(Debug, Clone)]
pub struct GraphRequest {
    /// Which symbol.
    pub target: GraphTarget,
    /// How many results at the most.
    pub limit: usize,
}

/// Which symbol.
#[derive(Debug, Clone)]
pub enum GraphTarget {
    /// The symbol named or defined here. Column in bytes.
    At {
        /// The file.
        path: PathBuf,
        /// Where.
        point: Point,
    },
    /// Every symbol of this name, bare or qualified.
    Name(String),
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct SearchResponse {
    /// Nothing is missing: no scan is running and no file changed behind the index.
    pub complete: bool,
    /// Time spent.
    pub took: Duration,
    /// Best first.
    pub hits: Vec<Hit>,
    /// How the query was read, in words.
    pub reading: String,
    /// How much the query looks like text that stands in the code, 0 to 1.
    pub literal: f32,
    /// How much it is a description in many words, 0 to 1.
    pub described: f32,
    /// Whether it says what is done, 1, rather than what something is about, 0; in between for text that may stand in the code.
    pub action: f32,
    /// Remarks for the user: what was ignored, what is missing.
    pub notes: Vec<String>,
    /// Files whose text is not what was indexed; their hits were left out.
    pub stale: Vec<PathBuf>,
    /// The query without its filters, when a model may reorder the first hits.
    pub rerank_for: Option<String>,
    /// A model has reordered them.
    pub reranked: bool,
}

/// An answer that says what it could not see.
pub trait Checked {
    /// Nothing is missing.
    fn complete(&mut self) -> &mut bool;
    /// Files whose text is not what was indexed; what they hold was left out.
    fn stale(&self) -> &[PathBuf];
}

impl Checked for SearchResponse {
    fn complete(&mut self) -> &mut bool {
        &mut self.complete
    }

    fn stale(&self) -> &[PathBuf] {
        &self.stale
    }
}

/// One result.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The file.
    pub path: PathBuf,
    /// Within its folder, `/`-separated.
    pub relative: String,
    /// Label of the file's language.
    pub language: String,
    /// The symbol's name; for text that belongs to no symbol, the file's name.
    pub name: String,
    /// `None` for text that belongs to no symbol.
    pub kind: Option<SymbolKind>,
    /// `module::path`.
    pub container: String,
    /// The declaration on one line.
    pub signature: String,
    /// The whole result, doc comment included.
    pub range: Span,
    /// The symbol's name.
    pub selection: Span,
    /// Comparable within one answer; higher is better.
    pub score: f32,
    /// Which legs found it and what moved it.
    pub why: Vec<Why>,
    /// What ranking measured, by name of the feature; only when an explanation was asked for.
    pub features: Vec<(&'static str, f32)>,
    /// Its code, for a model that reads it; `None` for what is no chunk of the index.
    pub passage: Option<Passage>,
    /// The lines that show why, for who wants to see them: [`Excerpt::cut`].
    pub excerpt: Excerpt,
    /// The query is its name.
    pub exact: bool,
    /// For callers and callees: where the uses stand.
    pub sites: Vec<CallSite>,
}

/// One reason for a hit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Why {
    /// The leg or ranking feature.
    pub leg: &'static str,
    /// From 1; `None` for a ranking feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// The leg's own score, or what the feature added.
    #[serde(serialize_with = "rounded")]
    pub score: f32,
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Six decimals: what lies behind them is noise of single precision, and a JSON number would show all of it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn rounded<S: serde::Serializer>(score: &f32, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((f64::from(*score) * 1e6).round() / 1e6)
}

/// Where a use stands.
#[derive(Debug, Clone)]
pub struct CallSite {
    /// The file.
    pub path: PathBuf,
    /// The used name.
    pub range: Span,
    /// Its line, without the white space around it.
    pub line: String,
    /// How sure the binding is, in (0, 1].
    pub confidence: f32,
}
