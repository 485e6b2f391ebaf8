//! The graph leg: which symbols bear a name, which references use it, and what each reference is bound to.
//!
//! Log-structured: immutable mapped [`GraphPart`]s, one per commit and merged when many, plus one [`FileGraph`] per open or
//! recent file in memory. An entry lives as long as its [`FileKey`] does. **Edges are never stored**: references are kept by
//! name and bound when asked ([`bind`], [`callers`], [`callees`]), so editing the file of a callee cannot lose the edges
//! that lead to it. [`GraphView::complete`] is the as-you-type symbol index over the same tables.
//!
//! Not here: reading source text, ranking across legs, deciding which files are alive, and the manifest.

mod bind;
mod callers;
mod complete;
mod context;
mod evidence;
mod letters;
mod members;
mod module_path;
mod part;
mod pattern;
mod table;
#[cfg(test)]
mod tests;
mod view;
mod words;

pub use bind::bind;
pub use callers::{NamedCallers, callees, callers, callers_of_name, definitions_of_name};
pub use complete::{NameHit, NameQuery};
pub use evidence::Evidence;
pub use part::{GraphPart, GraphPartWriter, merge};
pub use pattern::MatchClass;
pub use table::NameTable;
pub use view::{DefinitionEntry, FileGraph, GraphBase, GraphView, ReferenceRef, SymbolRef};

use std::sync::Arc;
use symseek_base::{FileKey, RelPath};
use symseek_syntax::FileFacts;

/// Where binding reads facts and paths: the snapshot. Asked often; answers should be warm.
pub trait FileSource {
    /// The facts of a live file. `base` is an index into [`GraphView::bases`]; `None` is the memory layer.
    fn facts(&self, base: Option<usize>, file: FileKey) -> Option<Arc<FileFacts>>;
    /// Its path.
    fn path(&self, base: Option<usize>, file: FileKey) -> Option<RelPath>;
}

/// A use of one symbol by another.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The symbol around the place; `None` at file level.
    pub from: Option<SymbolRef>,
    /// The base of the file the place is in; `None` is the memory layer.
    pub from_base: Option<usize>,
    /// The file the place is in.
    pub from_file: FileKey,
    /// The place.
    pub site: Site,
    /// Its line, from 0.
    pub line: u32,
    /// What is used. `None` only in [`callers_of_name`], for a name that nothing here defines.
    pub to: Option<SymbolRef>,
    /// In which way.
    pub kind: EdgeKind,
    /// How sure, in (0, 1]: see [`Evidence`].
    pub confidence: f32,
}

/// Which entry of its file an edge stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// Index into [`FileFacts::references`].
    Reference(u32),
    /// Index into [`FileFacts::imports`].
    Import(u32),
}

/// In which way a symbol uses another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// A symbol lies in another. Never returned here: [`symseek_syntax::Symbol::container`] says it.
    Contains,
    /// It is called, or expanded as a macro.
    Calls,
    /// It is mentioned: as a type, a value, a field.
    References,
    /// A file brings it into scope.
    Imports,
    /// A type implements or extends it.
    Implements,
    /// It is called by a test.
    Tests,
}
