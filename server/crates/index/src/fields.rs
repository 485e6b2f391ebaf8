//! Which text of a chunk stands for what. The lexical and the vector leg read chunks through this one place.

use symseek_base::RelPath;
use symseek_syntax::{Chunk, ChunkKind, FileFacts, Symbol};

/// The texts of one chunk, borrowed from the file.
#[derive(Debug, Clone, Copy)]
pub struct ChunkFields<'a> {
    /// Bare name of the symbol it shows; empty for gaps, windows and later parts of a split symbol.
    pub name: &'a str,
    /// Name with containers inside the file.
    pub qualified: &'a str,
    /// Path within the workspace.
    pub path: &'a str,
    /// Declaration without body.
    pub signature: &'a str,
    /// Doc comment or docstring.
    pub doc: &'a str,
    /// The whole text of the chunk.
    pub body: &'a str,
}

impl<'a> ChunkFields<'a> {
    /// The fields of `chunk`, a chunk of `facts`, which are the facts of `text`.
    pub fn of(path: &'a RelPath, text: &'a str, facts: &'a FileFacts, chunk: &Chunk) -> Self {
        let symbol = facts.chunk_symbol(chunk);
        let shown = symbol.filter(|symbol| shows(chunk, symbol));
        Self {
            name: shown.map_or("", |symbol| &symbol.name),
            qualified: symbol.map_or("", |symbol| &symbol.qualified),
            path: path.as_str(),
            signature: shown.map_or("", |symbol| &symbol.signature),
            doc: shown.and_then(|symbol| symbol.doc).map_or("", |doc| doc.slice(text)),
            body: chunk.range.slice(text),
        }
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
