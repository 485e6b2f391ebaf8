//! The index of one workspace folder: three legs that never import one another, the store of facts beside them, and the
//! immutable snapshot that answers.
//!
//! No protocol, no async, no embedder, no ranking: legs return hits, `symseek-search` makes results of them.

pub mod fields;
pub mod graph;
pub mod lexical;
pub mod memory;
pub mod part;
pub mod snapshot;
pub mod store;
pub mod text;
mod texts;
pub mod vector;

pub use texts::SourceText;
