//! Query packs: what a language's nodes mean, compiled from `tree-sitter-queries/<language>/*.scm` into tables that
//! one cursor walk reads.
//!
//! Measured on 750 real files: running the same patterns through tree-sitter's query cursor takes 0.63 (Rust) and 0.49
//! (Python) of the parse before anything is made of the matches; all facts by the walk take 0.40 and 0.19. So the
//! patterns are compiled here into steps indexed by node kind. Nothing here looks at a text; matching is in `walk`.

mod compile;
mod parse;

use crate::{ReferenceKind, SymbolKind};
use smallvec::SmallVec;
use std::num::NonZeroU16;

pub(crate) use compile::{Source, compile};

/// A query file that does not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct PackError {
    /// The file, as in `rust/tags.scm`.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// What a captured node is: the vocabulary that all packs share (`tree-sitter-queries/README.md` explains each).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capture {
    Definition(SymbolKind),
    Reference(ReferenceKind),
    Name,
    Qualifier,
    Receiver,
    Container,
    Body,
    End,
    Embedded,
    EmbeddedLanguage,
    Doc,
    DocInner,
    Comment,
    Attribute,
    Test,
    Tokens,
    Items,
    Derive,
    Ignore,
    Local,
    Import,
    ImportTree,
    ImportPath,
    ImportModule,
    ImportName,
    ImportAlias,
    ImportGlob,
    Reexport,
    /// `@_anything`: for predicates only.
    Private,
}

impl Capture {
    fn by_name(name: &str) -> Option<Self> {
        if name.starts_with('_') {
            return Some(Self::Private);
        }
        if let Some(kind) = name.strip_prefix("definition.") {
            return symbol_kind(kind).map(Self::Definition);
        }
        if let Some(kind) = name.strip_prefix("reference.") {
            return Some(Self::Reference(match kind {
                "call" => ReferenceKind::Call,
                "macro" => ReferenceKind::Macro,
                "type" => ReferenceKind::Type,
                "implements" => ReferenceKind::Implements,
                "read" => ReferenceKind::Read,
                _ => return None,
            }));
        }
        Some(match name {
            "name" => Self::Name,
            "qualifier" => Self::Qualifier,
            "receiver" => Self::Receiver,
            "container" => Self::Container,
            "body" => Self::Body,
            "end" => Self::End,
            "embedded" => Self::Embedded,
            "embedded.language" => Self::EmbeddedLanguage,
            "doc" => Self::Doc,
            "doc.inner" => Self::DocInner,
            "comment" => Self::Comment,
            "attribute" => Self::Attribute,
            "test" => Self::Test,
            "tokens" => Self::Tokens,
            "items" => Self::Items,
            "derive" => Self::Derive,
            "ignore" => Self::Ignore,
            "local" => Self::Local,
            "import" => Self::Import,
            "import.tree" => Self::ImportTree,
            "import.path" => Self::ImportPath,
            "import.module" => Self::ImportModule,
            "import.name" => Self::ImportName,
            "import.alias" => Self::ImportAlias,
            "import.glob" => Self::ImportGlob,
            "reexport" => Self::Reexport,
            _ => return None,
        })
    }
}

fn symbol_kind(name: &str) -> Option<SymbolKind> {
    Some(match name {
        "module" => SymbolKind::Module,
        "namespace" => SymbolKind::Namespace,
        "class" => SymbolKind::Class,
        "struct" => SymbolKind::Struct,
        "enum" => SymbolKind::Enum,
        "member" => SymbolKind::EnumMember,
        "union" => SymbolKind::Union,
        "trait" => SymbolKind::Trait,
        "interface" => SymbolKind::Interface,
        "impl" => SymbolKind::Impl,
        "function" => SymbolKind::Function,
        "method" => SymbolKind::Method,
        "constructor" => SymbolKind::Constructor,
        "macro" => SymbolKind::Macro,
        "constant" => SymbolKind::Constant,
        "static" => SymbolKind::Static,
        "variable" => SymbolKind::Variable,
        "field" => SymbolKind::Field,
        "property" => SymbolKind::Property,
        "type" => SymbolKind::TypeAlias,
        "section" => SymbolKind::Section,
        _ => return None,
    })
}

/// Which nodes a step accepts.
#[derive(Debug, Clone)]
pub(crate) enum Kinds {
    /// Any named node.
    Named,
    /// One of these kinds.
    These(SmallVec<[u16; 4]>),
}

impl Kinds {
    pub(crate) fn accepts(&self, kind: u16, named: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Named => named(),
            Self::These(kinds) => kinds.contains(&kind),
        }
    }
}

/// One node of a pattern. Step 0 is the root; a parent precedes its children.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) parent: usize,
    pub(crate) field: Option<NonZeroU16>,
    pub(crate) kinds: Kinds,
    pub(crate) captures: SmallVec<[Capture; 2]>,
    pub(crate) absent: SmallVec<[NonZeroU16; 1]>,
    pub(crate) optional: bool,
    /// Must be the first named child.
    pub(crate) first: bool,
    /// The sibling step that it must follow.
    pub(crate) after: Option<usize>,
    /// Several children may match, each is a match of its own (a field otherwise has one child).
    pub(crate) many: bool,
}

/// A condition on the text of a captured node.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) step: usize,
    pub(crate) negated: bool,
    pub(crate) test: Test,
}

#[derive(Debug, Clone)]
pub(crate) enum Test {
    AnyOf(Vec<String>),
    Matches(regex::Regex),
}

impl Condition {
    pub(crate) fn holds(&self, text: &str) -> bool {
        let found = match &self.test {
            Test::AnyOf(texts) => texts.iter().any(|t| t == text),
            Test::Matches(regex) => regex.is_match(text),
        };
        found != self.negated
    }
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub(crate) steps: Vec<Step>,
    pub(crate) conditions: Vec<Condition>,
    /// The definition and its neighbours of the same name are one: equations, clauses, overloads.
    pub(crate) merge: bool,
    /// The definition lasts to the end of its parent, or to the next such definition there: `namespace X;`.
    pub(crate) rest: bool,
    /// Only the first definition of a name in its container counts: what follows is an assignment.
    pub(crate) once: bool,
    /// Does not match below a node of these kinds.
    pub(crate) outside: SmallVec<[u16; 2]>,
    /// Quotes, colons and sigils around the name are not part of it.
    pub(crate) trim: bool,
    /// The embedded text begins below the node's first line.
    pub(crate) skip_line: bool,
    /// The language of the embedded text, where no node names it.
    pub(crate) language: Option<String>,
}

/// All patterns of a language, by the kind of their root node.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) patterns: Vec<Pattern>,
    /// Per node kind: the patterns rooted there, in file order.
    by_kind: Vec<SmallVec<[u16; 4]>>,
    /// The field `body`, where signatures end.
    pub(crate) body: Option<NonZeroU16>,
}

impl Pack {
    /// A pack that matches nothing.
    pub(crate) fn empty(language: &tree_sitter::Language) -> Self {
        Self {
            patterns: Vec::new(),
            by_kind: vec![SmallVec::new(); language.node_kind_count()],
            body: language.field_id_for_name("body"),
        }
    }

    /// The patterns rooted at nodes of this kind.
    pub(crate) fn rooted_at(&self, kind: u16) -> &[u16] {
        self.by_kind
            .get(kind as usize)
            .map_or(&[], |patterns| patterns.as_slice())
    }
}
