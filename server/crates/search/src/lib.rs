//! Query to results: read the query, ask the legs, fuse, rank, explain, cut snippets.
//!
//! A pure function of an immutable view and an optional query embedding. It knows no protocol, no embedder, nothing async, and
//! keeps no state: the same view and query give the same results in the same order, ties broken by path and offset.

mod action;
mod answer;
mod asked;
mod features;
mod filter;
mod grep;
mod impact;
mod inspect;
mod legs;
mod message;
mod outline;
mod path;
mod place;
mod query;
mod rank;
mod relation;
mod rerank;
mod scent;
mod similar;
mod snippet;
mod source;
mod types;

pub use grep::{GrepMatch, GrepRequest, GrepResponse, grep};
pub use impact::{Affected, Impact, ImpactRequest, impact};
pub use legs::{Meaning, search};
pub use outline::{FileOutline, Outline, OutlineRequest, OutlineSymbol, outline};
pub use path::{PathRequest, call_path};
pub use place::{Place, Span};
pub use query::{Filters, Query, QueryError, Reading, Relation};
pub use rank::{RankParams, Weights};
pub use relation::{callees, callers};
pub use rerank::{Order, Passage, RERANKED, Rerankable};
pub use similar::similar;
pub use snippet::{Excerpt, Snippet};
pub use source::{Definition, DefinitionRequest, Definitions, definitions};
pub use types::{
    CallSite, Checked, GraphRequest, GraphTarget, Hit, SearchError, SearchMode, SearchRequest,
    SearchResponse, SimilarRequest, SimilarTarget, Why,
};
