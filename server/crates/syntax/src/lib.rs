//! Text to facts: detects the language, parses, runs the query pack, cuts chunks, finds symbols and references.
//!
//! A pure library: it never sees the disk, a path outside of language detection, an index or a protocol, and it is
//! never async. The result depends on text, language and query pack alone. It never panics, whatever the text.

mod chunk;
mod diff;
mod document;
mod extract;
mod facts;
mod imports;
mod language;
mod limits;
mod mask;
mod outline;
mod pack;
mod page;
mod parse;
mod raw;
mod symbols;
mod tokens;
mod version;
mod walk;

pub use diff::{Delta, diff};
pub use document::Document;
pub use extract::{MAX_PARSED_BYTES, facts, facts_cancellable};
pub use facts::{
    Chunk, ChunkKind, FileFacts, Import, Reference, ReferenceKind, Symbol, SymbolIdx, SymbolKind,
};
pub use language::{Extension, Language, detect, extend, is_language, label, labels};
pub use pack::PackError;
pub use version::version;
