//! Which text of a chunk stands for what. The lexical and the vector leg read chunks through this one place.

use symseek_base::RelPath;
use symseek_syntax::{Chunk, ChunkKind, FileFacts, Symbol};

pub use crate::lexical::ChunkDocument;

/// The texts of `chunk`, a chunk of `facts`, which are the facts of `text`. Gaps, windows and later parts of a split symbol
/// have no name, signature or doc of their own.
pub fn fields<'a>(
    path: &'a RelPath,
    text: &'a str,
    facts: &'a FileFacts,
    chunk: &Chunk,
) -> ChunkDocument<'a> {
    let symbol = facts.chunk_symbol(chunk);
    let shown = symbol.filter(|symbol| shows(chunk, symbol));
    ChunkDocument {
        name: shown.map_or("", |symbol| &symbol.name),
        qualified: symbol.map_or("", |symbol| &symbol.qualified),
        path: path.as_str(),
        signature: shown.map_or("", |symbol| &symbol.signature),
        doc: shown
            .and_then(|symbol| symbol.doc)
            .map_or("", |doc| doc.slice(text)),
        body: chunk.range.slice(text),
    }
}

/// Whether the chunk holds the symbol's declaration, rather than a later part or a gap inside it.
pub fn shows(chunk: &Chunk, symbol: &Symbol) -> bool {
    match chunk.kind {
        ChunkKind::Symbol | ChunkKind::Head | ChunkKind::Part => {
            chunk.range.contains_offset(symbol.selection.start)
        }
        ChunkKind::Gap | ChunkKind::Window => false,
    }
}
