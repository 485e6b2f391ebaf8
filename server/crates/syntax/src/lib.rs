//! Text to facts: detects the language, parses, runs the query pack, cuts chunks, finds symbols and references.
//!
//! A pure library: it never sees the disk, a path outside of language detection, an index or a protocol, and it is
//! never async. The result depends on text, language and query pack alone.

mod facts;

pub use facts::{
    Chunk, ChunkKind, FileFacts, Import, Reference, ReferenceKind, Symbol, SymbolIdx, SymbolKind,
};
