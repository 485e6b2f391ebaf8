//! What one version of one file says: chunks, symbols, references, imports. The contract between parsing and
//! everything behind it. A pure function of text, language and query pack; it knows no path and no disk.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use symseek_base::{ByteRange, ContentHash, LineRange};

/// Index of a symbol within [`FileFacts::symbols`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SymbolIdx(pub u32);

/// Everything known about one file. Vectors are sorted by start offset; equal inputs give equal facts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileFacts {
    /// The units of retrieval. Together they hold every non-blank line of the file.
    pub chunks: Vec<Chunk>,
    /// Definitions; a container precedes its members.
    pub symbols: Vec<Symbol>,
    /// Uses of names: calls, types, reads, macros, inheritance.
    pub references: Vec<Reference>,
    /// What the file brings into scope.
    pub imports: Vec<Import>,
    /// Number of lines.
    pub n_lines: u32,
    /// The tree holds syntax errors (data, not a failure: the rest of the facts is still there).
    pub has_errors: bool,
    /// Set when the file was only cut into line windows although it has a grammar (too deep, too large, time ran out).
    pub degraded: Option<CompactString>,
}

/// A unit of retrieval: whole lines of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Its bytes.
    pub range: ByteRange,
    /// Its lines, from 0, both included.
    pub lines: LineRange,
    /// What shape it has.
    pub kind: ChunkKind,
    /// The symbol it shows (for [`ChunkKind::Gap`] the innermost symbol around it, if any).
    pub symbol: Option<SymbolIdx>,
    /// Hash of its text and its symbol's qualified name: equal hashes embed equally.
    pub hash: ContentHash,
    /// Part of a test (test function, test module, test class).
    pub is_test: bool,
}

/// How a chunk came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChunkKind {
    /// A whole symbol with its doc comment and attributes.
    Symbol,
    /// The head of a container whose members are chunks of their own: doc, signature, fields.
    Head,
    /// One part of a symbol too large for one chunk. The first part carries the signature.
    Part,
    /// Text between symbols: imports, statements, comments.
    Gap,
    /// A window of lines of a text without a grammar.
    Window,
}

/// A definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// The bare name: `poll_next`.
    pub name: CompactString,
    /// The name with its containers inside this file, `::`-joined for Rust and `.`-joined for Python: `Interval::poll_tick`.
    pub qualified: CompactString,
    /// What it is.
    pub kind: SymbolKind,
    /// The symbol it lies in.
    pub container: Option<SymbolIdx>,
    /// From doc comment and attributes to the end of the body.
    pub range: ByteRange,
    /// The lines of `range`.
    pub lines: LineRange,
    /// The bytes of the name.
    pub selection: ByteRange,
    /// The doc comment or docstring, markers included.
    pub doc: Option<ByteRange>,
    /// The declaration without its body, on one line, at most 200 characters.
    pub signature: CompactString,
    /// A test, or inside one.
    pub is_test: bool,
}

/// Kinds of symbols, after the Language Server Protocol's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum SymbolKind {
    Module,
    Namespace,
    Class,
    Struct,
    Enum,
    EnumMember,
    Union,
    Trait,
    Interface,
    /// An `impl` block or an extension: names the type, holds its methods.
    Impl,
    Function,
    Method,
    Constructor,
    Macro,
    Constant,
    Static,
    Variable,
    Field,
    Property,
    TypeAlias,
    /// A heading, key or rule of a document or configuration file.
    Section,
}

impl SymbolKind {
    /// The word people use for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Namespace => "namespace",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::EnumMember => "variant",
            Self::Union => "union",
            Self::Trait => "trait",
            Self::Interface => "interface",
            Self::Impl => "impl",
            Self::Function => "function",
            Self::Method => "method",
            Self::Constructor => "constructor",
            Self::Macro => "macro",
            Self::Constant => "constant",
            Self::Static => "static",
            Self::Variable => "variable",
            Self::Field => "field",
            Self::Property => "property",
            Self::TypeAlias => "type alias",
            Self::Section => "section",
        }
    }
}

/// A use of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The used name, bare: `poll_next` in `stream.poll_next(cx)`.
    pub name: CompactString,
    /// How it is used.
    pub kind: ReferenceKind,
    /// The bytes of the name.
    pub range: ByteRange,
    /// The line of the name, from 0.
    pub line: u32,
    /// The innermost function, method or other symbol it lies in (closures belong to the function around them).
    pub enclosing: Option<SymbolIdx>,
    /// What stands before it: `self`, `Self`, `Type`, `module::path`, `obj` in `obj.name()`; at most 64 characters.
    pub qualifier: Option<CompactString>,
    /// The qualifier is a value (`obj.name`), not a path (`Type::name`).
    pub on_value: bool,
}

/// How a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReferenceKind {
    /// `name(…)`, `x.name(…)`.
    Call,
    /// `name!(…)`, a decorator.
    Macro,
    /// In a type position, or constructed: `Name { … }`.
    Type,
    /// A base class, an implemented trait.
    Implements,
    /// Any other mention of an identifier that could name a symbol (a function passed as a value, a constant).
    Read,
}

/// A name brought into scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The full path as written, separators kept: `crate::net::tcp::TcpStream`, `a.b.c`, `..pkg`.
    pub path: CompactString,
    /// The last name of the path; `*` for a glob; for Python `import a.b` it is `b`.
    pub name: CompactString,
    /// The name it has in this file.
    pub alias: CompactString,
    /// The bytes of the imported name.
    pub range: ByteRange,
    /// The line, from 0.
    pub line: u32,
    /// `pub use`: the name is visible from here to others.
    pub reexport: bool,
}

impl FileFacts {
    /// The symbol at this index.
    pub fn symbol(&self, idx: SymbolIdx) -> &Symbol {
        &self.symbols[idx.0 as usize]
    }

    /// The chunk's own symbol, when it shows one.
    pub fn chunk_symbol(&self, chunk: &Chunk) -> Option<&Symbol> {
        chunk.symbol.map(|idx| self.symbol(idx))
    }
}
