//! One answer over all layers: the parts of every workspace and the files in memory.

use super::part::GraphPart;
use super::table::{Definition, NameTable, TableBuilder, TableRef, kind_of};
use std::sync::Arc;
use symseek_base::FileKey;
use symseek_syntax::{FileFacts, SymbolIdx, SymbolKind};

/// A symbol of one version of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolRef {
    /// Index into [`GraphView::bases`]; `None` is the memory layer.
    pub base: Option<usize>,
    /// The file.
    pub file: FileKey,
    /// Index into its symbols.
    pub symbol: SymbolIdx,
}

/// A reference (or import) of one version of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReferenceRef {
    /// Index into [`GraphView::bases`]; `None` is the memory layer.
    pub base: Option<usize>,
    /// The file.
    pub file: FileKey,
    /// Index into its references (imports).
    pub reference: u32,
}

/// What the graph knows of a definition without reading its facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefinitionEntry {
    /// The symbol.
    pub symbol: SymbolRef,
    /// Its kind.
    pub kind: SymbolKind,
    /// A test, or inside one.
    pub is_test: bool,
}

/// The names of one file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileGraph(NameTable);

impl FileGraph {
    /// Indexes the names of a file; runs on each keystroke.
    pub fn new(facts: &FileFacts) -> Self {
        let mut builder = TableBuilder::default();
        // The key is the caller's: the view reports the one the file is listed under.
        builder.add_file(FileKey(0), facts);
        Self(builder.finish())
    }
}

/// The stored layer of one workspace.
#[derive(Clone, Copy)]
pub struct GraphBase<'a> {
    /// Its parts, in any order.
    pub parts: &'a [Arc<GraphPart>],
    /// Whether a file key still answers; dead ones were edited, deleted or are masked by the memory layer.
    pub alive: &'a (dyn Fn(FileKey) -> bool + Sync),
}

impl std::fmt::Debug for GraphBase<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GraphBase")
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}

/// Several workspaces and the files in memory, asked as one.
#[derive(Debug, Clone, Copy)]
pub struct GraphView<'a> {
    /// The stored layers; answers name them by index.
    pub bases: &'a [GraphBase<'a>],
    /// The files in memory, all alive.
    pub memory: &'a [(FileKey, &'a FileGraph)],
}

/// One table of a view.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) base: Option<usize>,
    pub(super) table: TableRef<'a>,
    scope: Scope<'a>,
}

#[derive(Clone, Copy)]
enum Scope<'a> {
    Part(&'a (dyn Fn(FileKey) -> bool + Sync)),
    Memory(FileKey),
}

impl Layer<'_> {
    /// The file an entry belongs to, if it answers.
    fn live(&self, file: u32) -> Option<FileKey> {
        match self.scope {
            Scope::Part(alive) => Some(FileKey(file)).filter(|&file| alive(file)),
            Scope::Memory(file) => Some(file),
        }
    }

    /// The definition, if its file answers.
    pub(super) fn definition(&self, it: &Definition) -> Option<DefinitionEntry> {
        Some(DefinitionEntry {
            symbol: SymbolRef {
                base: self.base,
                file: self.live(it.file)?,
                symbol: SymbolIdx(it.symbol),
            },
            kind: kind_of(it.kind),
            is_test: it.test != 0,
        })
    }
}

impl<'a> GraphView<'a> {
    /// All definitions of exactly this name, `impl` blocks included (they bear the name of their type).
    /// Sorted by base (memory first), file, symbol.
    pub fn definitions(&self, name: &str) -> Vec<SymbolRef> {
        self.definition_entries(name)
            .into_iter()
            .map(|entry| entry.symbol)
            .collect()
    }

    /// [`GraphView::definitions`] with the kinds.
    pub fn definition_entries(&self, name: &str) -> Vec<DefinitionEntry> {
        let mut found = Vec::new();
        for layer in self.layers() {
            if let Some(at) = layer.table.find(name) {
                let defs = layer.table.defs_of(at);
                found.extend(defs.iter().filter_map(|it| layer.definition(it)));
            }
        }
        found.sort_unstable_by_key(|entry| entry.symbol);
        found
    }

    /// All references to exactly this name, bound or not. Sorted by base (memory first), file, index.
    pub fn references(&self, name: &str) -> Vec<ReferenceRef> {
        self.postings(name, |table, at| table.refs_of(at))
    }

    /// All imports of exactly this name, or under it as an alias; [`ReferenceRef::reference`] is an index into the imports.
    /// Sorted by base (memory first), file, index.
    pub fn imports(&self, name: &str) -> Vec<ReferenceRef> {
        self.postings(name, |table, at| table.imports_of(at))
    }

    fn postings(
        &self,
        name: &str,
        list: impl Fn(TableRef<'a>, usize) -> &'a [super::table::Posting],
    ) -> Vec<ReferenceRef> {
        let mut found = Vec::new();
        for layer in self.layers() {
            if let Some(at) = layer.table.find(name) {
                found.extend(list(layer.table, at).iter().filter_map(|it| {
                    Some(ReferenceRef {
                        base: layer.base,
                        file: layer.live(it.file)?,
                        reference: it.index,
                    })
                }));
            }
        }
        found.sort_unstable();
        found
    }

    pub(super) fn layers(&self) -> impl Iterator<Item = Layer<'a>> + use<'a> {
        let parts = self.bases.iter().enumerate().flat_map(|(base, it)| {
            it.parts.iter().map(move |part| Layer {
                base: Some(base),
                table: part.table(),
                scope: Scope::Part(it.alive),
            })
        });
        let memory = self.memory.iter().map(|&(file, graph)| Layer {
            base: None,
            table: graph.0.as_ref(),
            scope: Scope::Memory(file),
        });
        parts.chain(memory)
    }
}
