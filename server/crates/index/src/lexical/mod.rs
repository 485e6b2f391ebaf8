//! The lexical leg: BM25F over identifiers, their parts and words, with unsaved text scored as if it were indexed.
//!
//! tantivy stores the inverted index (segments, merges, memory maps, a crash-safe `meta.json`); the scoring is ours, so
//! that the statistics are those of the documents that *live* (base minus masked plus in-memory), so that filters apply
//! before the top k, and so that a query over base and memory equals, bit for bit, the query over a fresh index of the
//! same content.
//!
//! | file | what it is for |
//! |---|---|
//! | `tokenizer` | text to tokens, one function for indexing, memory and queries |
//! | `stem` | light English stemming and query-time inflections |
//! | `schema` | the tantivy schema, our document type and the adapter of the tokenizer |
//! | `writer`, `reader` | the stored base |
//! | `stats` | how long fields are, which documents live |
//! | `memory` | chunks of unsaved text |
//! | `query` | a query's terms |
//! | `search`, by `layout`, `accumulate`, `scratch`, `top` | scoring |
//!
//! Not here: ranking features, fusion, snippets, parsing of filters, what a key means.

mod accumulate;
mod document;
mod error;
mod layout;
mod memory;
mod params;
mod query;
mod reader;
mod schema;
mod scratch;
mod search;
mod stats;
mod stem;
mod tokenizer;
mod top;
mod writer;

#[cfg(test)]
mod tests;

pub use document::{ChunkDocument, Field};
pub use error::LexicalError;
pub use memory::ChunkTerms;
pub use params::Params;
pub use query::{
    Agreement, MAX_QUERY_TERMS, QueryTerm, Variant, analyze_query, analyze_query_with,
    compare_words, words,
};
pub use reader::LexicalReader;
pub use search::{
    Base, LexicalAnswer, LexicalHit, LexicalView, Origin, TermStatistics, search, term_statistics,
};
pub use stats::{FieldStats, LiveDocs};
pub use stem::{inflections, stem};
pub use tokenizer::{TokenKind, Tokenizer, TokenizerOptions};
pub use writer::{LexicalWriter, WriterOptions};
