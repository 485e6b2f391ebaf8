//! What the walk notes down before nesting, documentation and chunks are worked out.

use crate::{Import, ReferenceKind, SymbolKind, imports, pack::Capture};
use symseek_base::ByteRange;
use tree_sitter::Node;

/// Notes of one walk. Everything but `line_depths` is unordered until [`Raws::sort`].
#[derive(Debug, Default)]
pub(crate) struct Raws {
    pub(crate) definitions: Vec<RawDefinition>,
    pub(crate) references: Vec<RawReference>,
    pub(crate) imports: Vec<Import>,
    /// Comments and attributes on lines of their own.
    pub(crate) leads: Vec<Lead>,
    /// Comments that document what they stand in.
    pub(crate) inner_docs: Vec<ByteRange>,
    /// Starts of nodes that make their symbol a test.
    pub(crate) tests: Vec<u32>,
    /// Names bound locally.
    pub(crate) locals: Vec<ByteRange>,
    /// Per line: the depth of the outermost node that starts it; `u16::MAX` where none does.
    pub(crate) line_depths: Vec<u16>,
    /// One bit per byte: a name starts here that is spoken for.
    claimed: Vec<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct RawDefinition {
    pub(crate) kind: SymbolKind,
    pub(crate) node: ByteRange,
    pub(crate) row: u32,
    pub(crate) name: ByteRange,
    pub(crate) doc: Option<ByteRange>,
    pub(crate) signature: ByteRange,
    /// The name of what it belongs to where that stands elsewhere: `Type` of a Go method, `Class` of `Class::method`.
    pub(crate) container: Option<ByteRange>,
    /// Joins its neighbours of the same name.
    pub(crate) merge: bool,
    /// Lasts until the next such definition at most.
    pub(crate) rest: bool,
    /// No definition when its name has one in its container already.
    pub(crate) once: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct RawReference {
    pub(crate) kind: ReferenceKind,
    pub(crate) name: ByteRange,
    pub(crate) line: u32,
    pub(crate) qualifier: Option<ByteRange>,
    pub(crate) on_value: bool,
}

/// A comment or attribute that may belong to what follows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lead {
    pub(crate) range: ByteRange,
    pub(crate) first_row: u32,
    pub(crate) last_row: u32,
    pub(crate) is_comment: bool,
}

impl Raws {
    pub(crate) fn new(n_bytes: usize, n_lines: usize) -> Self {
        Self {
            line_depths: vec![u16::MAX; n_lines],
            claimed: vec![0; n_bytes / 64 + 1],
            ..Self::default()
        }
    }

    /// Takes the name that starts at `at`; `false` when an earlier pattern has it.
    pub(crate) fn claim(&mut self, at: usize) -> bool {
        let bit = 1 << (at % 64);
        match self.claimed.get_mut(at / 64) {
            Some(word) => {
                let fresh = *word & bit == 0;
                *word |= bit;
                fresh
            }
            None => false,
        }
    }

    pub(crate) fn set_depth(&mut self, row: usize, depth: u16) {
        if let Some(slot) = self.line_depths.get_mut(row) {
            *slot = depth.min(*slot);
        }
    }

    /// Notes a comment or attribute, unless code stands before it on its line.
    pub(crate) fn lead(&mut self, text: &str, node: Node<'_>, is_comment: bool) {
        let range = trimmed(text, node);
        let before = &text[..range.start as usize];
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        // An attribute may follow another on one line.
        let owns_line = line.trim_start_matches('\u{feff}').trim().is_empty();
        if !owns_line && is_comment {
            return;
        }
        let first_row = node.start_position().row as u32;
        let rows = memchr::memchr_iter(b'\n', range.slice(text).as_bytes()).count() as u32;
        self.leads.push(Lead {
            range,
            first_row,
            last_row: first_row + rows,
            is_comment,
        });
    }

    pub(crate) fn inner_doc(&mut self, text: &str, node: Node<'_>) {
        self.inner_docs.push(trimmed(text, node));
    }

    pub(crate) fn import<'t>(
        &mut self,
        text: &str,
        captures: impl Iterator<Item = (Capture, Node<'t>)>,
    ) {
        imports::collect(text, captures, &mut self.imports);
    }

    /// Brings everything into text order. Definitions: outer before inner.
    pub(crate) fn sort(&mut self) {
        self.definitions
            .sort_by_key(|d| (d.node.start, std::cmp::Reverse(d.node.end), d.name.start));
        let mut next: Option<ByteRange> = None;
        for definition in self.definitions.iter_mut().rev().filter(|it| it.rest) {
            let whole = definition.node;
            if let Some(next) = next.filter(|next| next.end == whole.end) {
                definition.node.end = next.start;
            }
            next = Some(whole);
        }
        self.references.sort_by_key(|r| (r.name.start, r.kind));
        self.imports.sort_by_key(|i| (i.range.start, i.range.end));
        self.leads.sort_by_key(|lead| lead.range.start);
        self.inner_docs.sort_by_key(|doc| doc.start);
        self.tests.sort_unstable();
    }
}

/// The node without the line break that some grammars count into a comment.
fn trimmed(text: &str, node: Node<'_>) -> ByteRange {
    let range = ByteRange::new(node.start_byte(), node.end_byte());
    let len = range.slice(text).trim_end().len();
    ByteRange::new(node.start_byte(), node.start_byte() + len)
}
