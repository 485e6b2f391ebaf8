//! Symbols to chunks: whole lines that together hold every line with text on it.
//!
//! A function is one chunk; a container keeps a head and its members are chunks; what is left over is gathered into
//! gaps; what is too large is cut where the tree is shallow. Looks at lines and symbols only, never at the tree.

use crate::page::{MAX_LINE_BYTES, Page, Sizes};
use crate::{Chunk, ChunkKind, Symbol, SymbolIdx, SymbolKind};
use symseek_base::{ByteRange, ContentHash, LineRange};

/// A symbol up to 120 lines stays whole.
const SYMBOL_SIZES: Sizes = Sizes {
    whole: 120,
    min: 40,
    max: 100,
    overlap: 0,
};
const GAP_SIZES: Sizes = Sizes {
    whole: 60,
    min: 15,
    max: 60,
    overlap: 0,
};
const WINDOW_SIZES: Sizes = Sizes {
    whole: 60,
    min: 15,
    max: 60,
    overlap: 6,
};
/// Small items share a chunk up to this many lines.
const GROUP_LINES: u32 = 30;
/// A leftover of this many lines joins a neighbour that it touches.
const SLIVER_LINES: u32 = 2;
/// A constant longer than this is a chunk of its own.
const SMALL_LINES: u32 = 12;

/// Cuts a text without symbols into windows.
pub(crate) fn windows(page: &Page<'_>) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let last = page.lines.n_lines().saturating_sub(1);
    if let Some((first, last)) = page.trim(0, last) {
        for (first, last) in page.split(first, last, WINDOW_SIZES) {
            emit(page, first, last, ChunkKind::Window, None, &[], &mut chunks);
        }
    }
    chunks
}

/// Cuts a parsed text along its symbols.
pub(crate) fn chunks(page: &Page<'_>, symbols: &[Symbol]) -> Vec<Chunk> {
    let mut layout = Layout {
        page,
        symbols,
        pieces: Vec::new(),
        at: 0,
    };
    layout.lay_out();
    let pieces = group(join(page, layout.pieces));
    let mut chunks = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Some((first, last)) = page.trim(piece.first, piece.last) else {
            continue;
        };
        let (sizes, first_kind, rest_kind) = match piece.kind {
            Kind::Raw => (GAP_SIZES, ChunkKind::Gap, ChunkKind::Gap),
            Kind::Head => (SYMBOL_SIZES, ChunkKind::Head, ChunkKind::Part),
            Kind::Symbol | Kind::Small => (SYMBOL_SIZES, ChunkKind::Symbol, ChunkKind::Part),
        };
        let parts = page.split(first, last, sizes);
        let first_kind = match first_kind {
            ChunkKind::Symbol if parts.len() > 1 => ChunkKind::Part,
            kind => kind,
        };
        for (idx, (first, last)) in parts.into_iter().enumerate() {
            let kind = if idx == 0 { first_kind } else { rest_kind };
            emit(page, first, last, kind, piece.symbol, symbols, &mut chunks);
        }
    }
    chunks.sort_by_key(|chunk| (chunk.range.start, chunk.range.end));
    chunks
}

/// Adds a chunk of whole lines; a single line beyond all measure is cut into several.
fn emit(
    page: &Page<'_>,
    first: u32,
    last: u32,
    kind: ChunkKind,
    symbol: Option<u32>,
    symbols: &[Symbol],
    into: &mut Vec<Chunk>,
) {
    let Some((first, last)) = page.trim(first, last) else {
        return;
    };
    let whole = page.bytes(first, last);
    let shown = symbol.map(|idx| &symbols[idx as usize]);
    let mut start = whole.start as usize;
    let end = whole.end as usize;
    while start < end {
        let mut stop = end;
        if first == last && end - start > MAX_LINE_BYTES {
            stop = start + MAX_LINE_BYTES;
            while !page.text.is_char_boundary(stop) {
                stop -= 1;
            }
        }
        let range = ByteRange::new(start, stop);
        into.push(Chunk {
            range,
            lines: LineRange {
                start: first,
                end: last,
            },
            kind,
            symbol: symbol.map(SymbolIdx),
            hash: hash(range.slice(page.text), shown),
            is_test: shown.is_some_and(|symbol| symbol.is_test),
        });
        start = stop;
    }
}

fn hash(text: &str, symbol: Option<&Symbol>) -> ContentHash {
    let of_text = ContentHash::of(text.as_bytes());
    match symbol {
        None => of_text,
        Some(symbol) => {
            let name = ContentHash::of(symbol.qualified.as_bytes());
            let mut bytes = [0; 32];
            bytes[..16].copy_from_slice(&of_text.0.to_le_bytes());
            bytes[16..].copy_from_slice(&name.0.to_le_bytes());
            ContentHash::of(&bytes)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A symbol that is a chunk of its own.
    Symbol,
    /// The head of a container.
    Head,
    /// A constant, alias or such, to be gathered with its neighbours.
    Small,
    /// Lines between.
    Raw,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    first: u32,
    last: u32,
    kind: Kind,
    /// What it shows; for `Raw` what it lies in.
    symbol: Option<u32>,
}

impl Piece {
    fn n_lines(&self) -> u32 {
        self.last - self.first + 1
    }
}

/// Lays symbols and leftovers out along the lines of a text.
struct Layout<'a> {
    page: &'a Page<'a>,
    symbols: &'a [Symbol],
    pieces: Vec<Piece>,
    /// The first line not yet in a piece.
    at: u32,
}

impl Layout<'_> {
    fn lay_out(&mut self) {
        let roles = roles(self.symbols);
        let mut open: Vec<u32> = Vec::new();
        for (idx, role) in roles.iter().enumerate() {
            let idx = idx as u32;
            let lines = self.symbols[idx as usize].lines;
            if *role == Role::None || lines.end < self.at {
                continue;
            }
            self.close(&mut open, Some(lines.start));
            if lines.start > self.at {
                self.leftover(lines.start - 1, open.last().copied());
            }
            let (kind, last) = match role {
                Role::Open { first_member } => {
                    let member = self.symbols[*first_member as usize].lines.start;
                    (Kind::Head, member.saturating_sub(1).max(lines.start))
                }
                Role::Small => (Kind::Small, lines.end),
                Role::Whole | Role::None => (Kind::Symbol, lines.end),
            };
            self.pieces.push(Piece {
                first: lines.start,
                last,
                kind,
                symbol: Some(idx),
            });
            self.at = self.at.max(last + 1);
            if kind == Kind::Head {
                open.push(idx);
            }
        }
        self.close(&mut open, None);
        self.leftover(self.page.lines.n_lines().saturating_sub(1), None);
    }

    /// Ends the containers that end before `line` (all, without one).
    fn close(&mut self, open: &mut Vec<u32>, line: Option<u32>) {
        while let Some(&top) = open.last() {
            let end = self.symbols[top as usize].lines.end;
            if line.is_some_and(|line| end >= line) {
                break;
            }
            self.leftover(end, Some(top));
            open.pop();
        }
    }

    /// Makes one piece of each run of lines with text up to `last`.
    fn leftover(&mut self, last: u32, owner: Option<u32>) {
        let mut first = None;
        for line in self.at..=last {
            if self.page.is_blank(line) {
                if let Some(first) = first.take() {
                    self.raw(first, line - 1, owner);
                }
            } else if first.is_none() {
                first = Some(line);
            }
        }
        if let Some(first) = first {
            self.raw(first, last, owner);
        }
        self.at = self.at.max(last + 1);
    }

    fn raw(&mut self, first: u32, last: u32, owner: Option<u32>) {
        self.pieces.push(Piece {
            first,
            last,
            kind: Kind::Raw,
            symbol: owner,
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Lies inside another chunk.
    None,
    /// One chunk, or parts.
    Whole,
    Small,
    /// A container whose members are chunks.
    Open {
        first_member: u32,
    },
}

/// What each symbol becomes. Members of functions stay inside them.
fn roles(symbols: &[Symbol]) -> Vec<Role> {
    let mut roles = vec![Role::None; symbols.len()];
    for (idx, symbol) in symbols.iter().enumerate() {
        let container = symbol.container.map(|container| container.0 as usize);
        let role = match symbol.kind {
            SymbolKind::Field | SymbolKind::Property | SymbolKind::EnumMember => continue,
            SymbolKind::Constant
            | SymbolKind::Static
            | SymbolKind::Variable
            | SymbolKind::TypeAlias
            | SymbolKind::Section
                if symbol.lines.count() <= SMALL_LINES =>
            {
                Role::Small
            }
            SymbolKind::Module | SymbolKind::Macro | SymbolKind::Namespace
                if symbol.lines.count() == 1 =>
            {
                Role::Small
            }
            _ => Role::Whole,
        };
        match container {
            None => roles[idx] = role,
            Some(container) => {
                let holds = can_hold(&symbols[container]);
                match roles[container] {
                    Role::Whole if holds && role == Role::Whole => {
                        roles[container] = Role::Open {
                            first_member: idx as u32,
                        };
                        roles[idx] = role;
                    }
                    Role::Whole if holds => roles[idx] = role,
                    Role::Open { .. } => roles[idx] = role,
                    Role::Whole | Role::Small | Role::None => {}
                }
            }
        }
    }
    roles
}

/// Whether members are chunks of their own. A section of a document or a table of a configuration is cut only when it is
/// long: its parts say little without one another.
fn can_hold(symbol: &Symbol) -> bool {
    if symbol.kind == SymbolKind::Section {
        return symbol.lines.count() > GROUP_LINES;
    }
    matches!(
        symbol.kind,
        SymbolKind::Module
            | SymbolKind::Namespace
            | SymbolKind::Impl
            | SymbolKind::Trait
            | SymbolKind::Class
            | SymbolKind::Interface
            | SymbolKind::Struct
            | SymbolKind::Enum
            | SymbolKind::Union
    )
}

/// Gives closing brackets to what they close, and slivers to what they touch.
fn join(page: &Page<'_>, pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut pending: Option<Piece> = None;
    let mut pieces = pieces.into_iter().peekable();
    while let Some(mut piece) = pieces.next() {
        if let Some(sliver) = pending.take() {
            piece.first = sliver.first;
        }
        if piece.kind != Kind::Raw {
            joined.push(piece);
            continue;
        }
        let closing = (piece.first..=piece.last).all(|line| is_closing(page.line(line)));
        let sliver = piece.n_lines() <= SLIVER_LINES;
        let next = pieces.peek();
        let touches_next = next.is_some_and(|next| {
            matches!(next.kind, Kind::Symbol | Kind::Head) && next.first <= piece.last + 1
        });
        match joined.last_mut() {
            Some(previous) if closing => previous.last = piece.last.max(previous.last),
            _ if touches_next && (sliver || closing) => pending = Some(piece),
            Some(previous)
                if sliver
                    && matches!(previous.kind, Kind::Symbol | Kind::Head)
                    && previous.last + 1 >= piece.first =>
            {
                previous.last = piece.last.max(previous.last);
            }
            _ => joined.push(piece),
        }
    }
    joined
}

fn is_closing(line: &str) -> bool {
    line.bytes()
        .all(|byte| byte.is_ascii_whitespace() || b"})];,".contains(&byte))
}

/// Gathers neighbouring small items and leftovers of one container.
fn group(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut grouped: Vec<(Piece, Option<u32>)> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        // What the piece lies in decides who its neighbours are; a small item's own symbol does not.
        let owner = match piece.kind {
            Kind::Raw => piece.symbol,
            _ => None,
        };
        if let Some((last, last_owner)) = grouped.last_mut() {
            let n_lines = piece.last - last.first + 1;
            let merges = match (last.kind, piece.kind) {
                (Kind::Raw, Kind::Raw) => n_lines <= GAP_SIZES.whole && *last_owner == owner,
                (Kind::Small, Kind::Small) => n_lines <= GROUP_LINES,
                (Kind::Small, Kind::Raw) => n_lines <= GROUP_LINES && piece.n_lines() <= 3,
                (Kind::Raw, Kind::Small) => n_lines <= GROUP_LINES && last.n_lines() <= 3,
                _ => false,
            };
            if merges {
                last.last = piece.last.max(last.last);
                if piece.kind == Kind::Small && last.kind == Kind::Raw {
                    last.kind = Kind::Small;
                    last.symbol = piece.symbol;
                }
                continue;
            }
        }
        grouped.push((piece, owner));
    }
    grouped.into_iter().map(|(piece, _)| piece).collect()
}
