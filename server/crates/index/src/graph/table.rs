//! The table both layers share: sorted unique names with their definitions, references and imports, flat in memory so that
//! a mapped file and a freshly parsed file are read by the same code.
//!
//! It resolves nothing and knows no liveness; [`super::GraphView`] does.

use super::letters;
use bytemuck::{Pod, Zeroable};
use compact_str::CompactString;
use rustc_hash::FxHashMap;
use symseek_base::FileKey;
use symseek_syntax::{FileFacts, SymbolKind};

/// One entry of a reference or import list.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub(super) struct Posting {
    /// The file, as [`FileKey`].
    pub(super) file: u32,
    /// Index into the file's references or imports.
    pub(super) index: u32,
}

/// One entry of a definition list.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
pub(super) struct Definition {
    /// The file, as [`FileKey`].
    pub(super) file: u32,
    /// Index into the file's symbols.
    pub(super) symbol: u32,
    /// Index into the container texts.
    pub(super) container: u32,
    /// [`kind_code`].
    pub(super) kind: u8,
    /// 1 for a test.
    pub(super) test: u8,
    /// Always zero.
    pub(super) pad: u16,
}

/// Texts end to end: text `i` is `bytes[offsets[i]..offsets[i + 1]]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) offsets: &'a [u32],
    pub(super) bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    pub(super) fn len(self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    pub(super) fn bytes_of(self, idx: usize) -> &'a [u8] {
        &self.bytes[self.offsets[idx] as usize..self.offsets[idx + 1] as usize]
    }

    pub(super) fn text(self, idx: usize) -> &'a str {
        // Parts are checked to be UTF-8 when they are opened; memory tables are made of `str`.
        std::str::from_utf8(self.bytes_of(idx)).unwrap_or_default()
    }

    /// The first index whose text is not below `key`, in sorted texts.
    pub(super) fn lower_bound(self, key: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.bytes_of(middle) < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// A borrowed table.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableRef<'a> {
    /// Unique names, sorted by bytes.
    pub(super) names: Texts<'a>,
    /// `defs[def_starts[i]..def_starts[i + 1]]` belong to name `i`; likewise the next two.
    pub(super) def_starts: &'a [u32],
    pub(super) ref_starts: &'a [u32],
    pub(super) import_starts: &'a [u32],
    pub(super) defs: &'a [Definition],
    pub(super) refs: &'a [Posting],
    pub(super) imports: &'a [Posting],
    /// Container texts (`Interval` for `Interval::tick`), sorted, unique.
    pub(super) containers: Texts<'a>,
    /// Folded defined names, sorted by (folded, name).
    pub(super) folded: Texts<'a>,
    /// The name each folded name stands for.
    pub(super) folded_names: &'a [u32],
    /// [`letters::letter_mask`] per folded name.
    pub(super) masks: &'a [u64],
    /// [`letters::hump_bits`] per folded name.
    pub(super) humps: &'a [u64],
}

impl<'a> TableRef<'a> {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let at = self.names.lower_bound(name.as_bytes());
        (at < self.names.len() && self.names.bytes_of(at) == name.as_bytes()).then_some(at)
    }

    pub(super) fn defs_of(&self, name: usize) -> &'a [Definition] {
        &self.defs[self.def_starts[name] as usize..self.def_starts[name + 1] as usize]
    }

    pub(super) fn refs_of(&self, name: usize) -> &'a [Posting] {
        &self.refs[self.ref_starts[name] as usize..self.ref_starts[name + 1] as usize]
    }

    pub(super) fn imports_of(&self, name: usize) -> &'a [Posting] {
        &self.imports[self.import_starts[name] as usize..self.import_starts[name + 1] as usize]
    }
}

/// An owned table. Equal contents give equal tables, in whichever order files were added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameTable {
    pub(super) name_offsets: Vec<u32>,
    pub(super) name_bytes: Vec<u8>,
    pub(super) def_starts: Vec<u32>,
    pub(super) ref_starts: Vec<u32>,
    pub(super) import_starts: Vec<u32>,
    pub(super) defs: Vec<Definition>,
    pub(super) refs: Vec<Posting>,
    pub(super) imports: Vec<Posting>,
    pub(super) container_offsets: Vec<u32>,
    pub(super) container_bytes: Vec<u8>,
    pub(super) folded_offsets: Vec<u32>,
    pub(super) folded_bytes: Vec<u8>,
    pub(super) folded_names: Vec<u32>,
    pub(super) masks: Vec<u64>,
    pub(super) humps: Vec<u64>,
}

impl NameTable {
    pub(super) fn as_ref(&self) -> TableRef<'_> {
        TableRef {
            names: Texts {
                offsets: &self.name_offsets,
                bytes: &self.name_bytes,
            },
            def_starts: &self.def_starts,
            ref_starts: &self.ref_starts,
            import_starts: &self.import_starts,
            defs: &self.defs,
            refs: &self.refs,
            imports: &self.imports,
            containers: Texts {
                offsets: &self.container_offsets,
                bytes: &self.container_bytes,
            },
            folded: Texts {
                offsets: &self.folded_offsets,
                bytes: &self.folded_bytes,
            },
            folded_names: &self.folded_names,
            masks: &self.masks,
            humps: &self.humps,
        }
    }
}

/// Collects files into a [`NameTable`].
#[derive(Debug, Default)]
pub(super) struct TableBuilder {
    names: Interner,
    containers: Interner,
    defs: Vec<(u32, Definition)>,
    refs: Vec<(u32, Posting)>,
    imports: Vec<(u32, Posting)>,
}

impl TableBuilder {
    /// Adds all definitions, references and imports of a file.
    pub(super) fn add_file(&mut self, file: FileKey, facts: &FileFacts) {
        let file = file.0;
        self.refs.reserve(facts.references.len());
        for (symbol, it) in (0..).zip(&facts.symbols) {
            let definition = Definition {
                file,
                symbol,
                container: self.containers.id(container_text(&it.qualified, &it.name)),
                kind: kind_code(it.kind),
                test: u8::from(it.is_test),
                pad: 0,
            };
            self.defs.push((self.names.id(&it.name), definition));
        }
        for (index, it) in (0..).zip(&facts.references) {
            self.refs
                .push((self.names.id(&it.name), Posting { file, index }));
        }
        for (index, it) in (0..).zip(&facts.imports) {
            self.imports
                .push((self.names.id(&it.name), Posting { file, index }));
            if it.alias != it.name {
                self.imports
                    .push((self.names.id(&it.alias), Posting { file, index }));
            }
        }
    }

    /// Adds the entries of another table that `alive` keeps.
    pub(super) fn add_table(&mut self, table: TableRef<'_>, alive: &dyn Fn(FileKey) -> bool) {
        let containers: Vec<&str> = (0..table.containers.len())
            .map(|idx| table.containers.text(idx))
            .collect();
        let mut answers: FxHashMap<u32, bool> = FxHashMap::default();
        let mut keep = |file: u32| *answers.entry(file).or_insert_with(|| alive(FileKey(file)));
        for idx in 0..table.names.len() {
            let text = table.names.text(idx);
            for it in table.defs_of(idx) {
                if keep(it.file) {
                    let container = self.containers.id(containers[it.container as usize]);
                    let name = self.names.id(text);
                    self.defs.push((name, Definition { container, ..*it }));
                }
            }
            for it in table.refs_of(idx) {
                if keep(it.file) {
                    let name = self.names.id(text);
                    self.refs.push((name, *it));
                }
            }
            for it in table.imports_of(idx) {
                if keep(it.file) {
                    let name = self.names.id(text);
                    self.imports.push((name, *it));
                }
            }
        }
    }

    /// Sorts everything into a table.
    pub(super) fn finish(self) -> NameTable {
        let (ranks, names) = self.names.sorted();
        let (container_ranks, containers) = self.containers.sorted();
        let n_names = names.len();
        let mut table = NameTable::default();
        (table.name_offsets, table.name_bytes) = concatenate(&names);
        (table.container_offsets, table.container_bytes) = concatenate(&containers);

        let defs: Vec<_> = self
            .defs
            .into_iter()
            .map(|(name, it)| {
                let container = container_ranks[it.container as usize];
                (name, Definition { container, ..it })
            })
            .collect();
        (table.def_starts, table.defs) = group(n_names, &ranks, &defs);
        (table.ref_starts, table.refs) = group(n_names, &ranks, &self.refs);
        (table.import_starts, table.imports) = group(n_names, &ranks, &self.imports);

        let mut folded: Vec<(Vec<u8>, u32)> = (0..n_names)
            .filter(|&name| table.def_starts[name] < table.def_starts[name + 1])
            .map(|name| (letters::fold(&names[name]), name as u32))
            .collect();
        folded.sort_unstable();
        table.folded_offsets.push(0);
        for (text, name) in folded {
            table.masks.push(letters::letter_mask(&text));
            table.humps.push(letters::hump_bits(&names[name as usize]));
            table.folded_names.push(name);
            table.folded_bytes.extend_from_slice(&text);
            table.folded_offsets.push(table.folded_bytes.len() as u32);
        }
        table
    }
}

/// Texts to dense ids, in order of arrival.
#[derive(Debug, Default)]
struct Interner {
    ids: FxHashMap<CompactString, u32>,
    texts: Vec<CompactString>,
}

impl Interner {
    fn id(&mut self, text: &str) -> u32 {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = self.texts.len() as u32;
        self.texts.push(text.into());
        self.ids.insert(text.into(), id);
        id
    }

    /// The rank of each id, and the texts in order.
    fn sorted(self) -> (Vec<u32>, Vec<CompactString>) {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| self.texts[a as usize].cmp(&self.texts[b as usize]));
        let mut ranks = vec![0; order.len()];
        for (rank, &id) in (0..).zip(&order) {
            ranks[id as usize] = rank;
        }
        let mut texts = self.texts;
        let sorted = order
            .iter()
            .map(|&id| std::mem::take(&mut texts[id as usize]))
            .collect();
        (ranks, sorted)
    }
}

fn concatenate(texts: &[CompactString]) -> (Vec<u32>, Vec<u8>) {
    let mut bytes = Vec::with_capacity(texts.iter().map(CompactString::len).sum());
    let mut offsets = Vec::with_capacity(texts.len() + 1);
    offsets.push(0);
    for text in texts {
        bytes.extend_from_slice(text.as_bytes());
        offsets.push(bytes.len() as u32);
    }
    (offsets, bytes)
}

/// Counting sort by the rank of the name; each group is sorted and has no twins.
fn group<T: Copy + Ord + Zeroable>(
    n_names: usize,
    ranks: &[u32],
    entries: &[(u32, T)],
) -> (Vec<u32>, Vec<T>) {
    let mut starts = vec![0u32; n_names + 1];
    for (name, _) in entries {
        starts[ranks[*name as usize] as usize + 1] += 1;
    }
    for at in 0..n_names {
        starts[at + 1] += starts[at];
    }
    let mut next = starts.clone();
    let mut out = vec![T::zeroed(); entries.len()];
    for (name, entry) in entries {
        let at = &mut next[ranks[*name as usize] as usize];
        out[*at as usize] = *entry;
        *at += 1;
    }
    for pair in starts.windows(2) {
        let group = &mut out[pair[0] as usize..pair[1] as usize];
        if !group.is_sorted() {
            group.sort_unstable();
        }
    }
    (starts, out)
}

/// The qualified name without the name: `Interval` of `Interval::tick`.
pub(super) fn container_text<'a>(qualified: &'a str, name: &str) -> &'a str {
    qualified
        .strip_suffix(name)
        .unwrap_or_default()
        .trim_end_matches([':', '.', '#', '/'])
}

const KINDS: [SymbolKind; 21] = [
    SymbolKind::Module,
    SymbolKind::Namespace,
    SymbolKind::Class,
    SymbolKind::Struct,
    SymbolKind::Enum,
    SymbolKind::EnumMember,
    SymbolKind::Union,
    SymbolKind::Trait,
    SymbolKind::Interface,
    SymbolKind::Impl,
    SymbolKind::Function,
    SymbolKind::Method,
    SymbolKind::Constructor,
    SymbolKind::Macro,
    SymbolKind::Constant,
    SymbolKind::Static,
    SymbolKind::Variable,
    SymbolKind::Field,
    SymbolKind::Property,
    SymbolKind::TypeAlias,
    SymbolKind::Section,
];

/// The stored number of a kind: its place in the list above, which only grows at its end.
fn kind_code(kind: SymbolKind) -> u8 {
    KINDS
        .iter()
        .position(|&it| it == kind)
        .map_or(u8::MAX, |at| at as u8)
}

/// The kind with this number; an unknown number reads as a variable, the least telling kind.
pub(super) fn kind_of(code: u8) -> SymbolKind {
    KINDS
        .get(code as usize)
        .copied()
        .unwrap_or(SymbolKind::Variable)
}
