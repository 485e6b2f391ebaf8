//! Notes of the walk to symbols and references: what lies in what, which comment documents what, which names are
//! local. Cuts no chunks.

use crate::raw::{Lead, RawDefinition, Raws};
use crate::{Language, Reference, ReferenceKind, Symbol, SymbolIdx, SymbolKind};
use compact_str::CompactString;
use rustc_hash::FxHashSet;
use symseek_base::{ByteRange, LineIndex};

/// Longest signature, in characters.
const MAX_SIGNATURE: usize = 200;
/// Longest qualifier, in bytes.
const MAX_QUALIFIER: usize = 64;
/// Definitions inside this many others are no symbols; their lines stay with the innermost that is. People nest below ten.
const MAX_DEPTH: usize = 64;
/// Longest qualified name, in bytes, unless the bare name is longer: each member's holds its containers' names again.
const MAX_QUALIFIED: usize = 1024;

/// The symbols, outer before inner. `raws` is sorted.
pub(crate) fn symbols(
    text: &str,
    language: Language,
    raws: &Raws,
    lines: &LineIndex,
) -> Vec<Symbol> {
    let mut found: Vec<Found<'_>> = raws
        .definitions
        .iter()
        .map(|definition| {
            let lead = lead(text, definition, raws);
            let range = ByteRange {
                start: lead.start.unwrap_or(definition.node.start),
                end: definition.node.end,
            };
            (range, definition.doc.or(lead.doc), lead.is_test, definition)
        })
        .collect();
    found.sort_by_key(|(range, _, _, d)| (range.start, std::cmp::Reverse(range.end), d.name.start));

    let separator = language.separator();
    let found = merged(text, found);
    let mut symbols: Vec<Symbol> = Vec::with_capacity(found.len());
    let mut stack: Vec<u32> = Vec::new();
    // What has a definition already, by container; noted only where a definition asks.
    let asks = raws.definitions.iter().any(|definition| definition.once);
    let mut defined: FxHashSet<(Option<u32>, CompactString)> = FxHashSet::default();
    for (range, doc, is_test, definition) in found {
        while let Some(&top) = stack.last() {
            let outer = symbols[top as usize].range;
            // `A, B = 1, 2` defines two names with one range: neither holds the other.
            if outer.contains(range) && outer != range {
                break;
            }
            stack.pop();
        }
        if stack.len() >= MAX_DEPTH {
            continue;
        }
        let mut container = stack.last().copied();
        // A field that is declared among the parameters of a constructor is one of the type.
        if matches!(definition.kind, SymbolKind::Field | SymbolKind::Property)
            && let Some(constructor) = container.map(|idx| &symbols[idx as usize])
            && constructor.kind == SymbolKind::Constructor
        {
            container = constructor.container.map(|outer| outer.0);
        }
        let outer = container.map(|idx| &symbols[idx as usize]);
        let (before, selection) = match definition.kind {
            SymbolKind::Impl | SymbolKind::Section => (None, definition.name),
            _ => split_path(text, definition.name),
        };
        let name: CompactString = if definition.kind == SymbolKind::Impl {
            collapsed(definition.name.slice(text), MAX_QUALIFIER)
        } else {
            selection.slice(text).into()
        };
        let mut qualified = CompactString::default();
        let written = definition
            .container
            .map(|range| without_generics(range.slice(text)));
        let before: Option<CompactString> = before.map(|range| range.slice(text).into());
        // Where it gets too long, the outer names are left out.
        let around = outer
            .map(|outer| &outer.qualified)
            .filter(|around| around.len() + name.len() <= MAX_QUALIFIED);
        let parts = [around, written.as_ref(), before.as_ref(), Some(&name)];
        for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
            if !qualified.is_empty() {
                qualified.push_str(separator);
            }
            qualified.push_str(part);
        }
        if asks && !defined.insert((container, qualified.clone())) && definition.once {
            continue;
        }
        let kind = match (definition.kind, outer.map(|outer| outer.kind)) {
            (SymbolKind::Function, Some(outer)) if holds_methods(outer) => SymbolKind::Method,
            (SymbolKind::Function, _) if definition.container.is_some() => SymbolKind::Method,
            (kind, _) => kind,
        };
        let signature = definition.signature.slice(text);
        let idx = symbols.len() as u32;
        symbols.push(Symbol {
            is_test: is_test || outer.is_some_and(|outer| outer.is_test),
            name,
            qualified,
            kind,
            container: container.map(SymbolIdx),
            range,
            lines: lines.lines(range),
            selection,
            doc,
            signature: collapsed(signature, MAX_SIGNATURE)
                .trim_end_matches([';', ',', '{', ' '])
                .into(),
        });
        stack.push(idx);
    }
    mark_tests(&mut symbols, raws);
    inner_docs(text, &mut symbols, &raws.inner_docs);
    symbols
}

/// A name that is written with its path, `Phoenix.Router`, `A\\B`, `a::b`: the path, and the last name. Operators, numbers and
/// file names have no path.
fn split_path(text: &str, name: ByteRange) -> (Option<ByteRange>, ByteRange) {
    let written = name.slice(text);
    let is_name = |part: &str| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || "_!?'$".contains(c))
    };
    let separator = ["::", ".", "\\"]
        .into_iter()
        .find(|it| written.contains(it));
    let Some(separator) = separator.filter(|it| written.split(it).all(is_name)) else {
        return (None, name);
    };
    let last = written.rfind(separator).unwrap_or(0);
    let start = name.start as usize;
    (
        Some(ByteRange::new(start, start + last)),
        ByteRange::new(start + last + separator.len(), name.end as usize),
    )
}

/// A definition with its lead: range, documentation, whether it is a test.
type Found<'a> = (ByteRange, Option<ByteRange>, bool, &'a RawDefinition);

/// Joins neighbours that are one definition in several pieces: a signature and its equations, clauses, overloads. Nothing
/// but space and their own comments may stand between them. `found` is in text order.
fn merged<'a>(text: &str, found: Vec<Found<'a>>) -> Vec<Found<'a>> {
    let mut joined: Vec<Found<'a>> = Vec::with_capacity(found.len());
    // The last piece at the level that a definition could continue.
    let mut last: Option<usize> = None;
    for next in found {
        let (range, doc, is_test, definition) = next;
        if let Some(idx) = last.filter(|_| definition.merge) {
            let (before, before_doc, before_test, first) = joined[idx];
            let same = first.merge
                && first.name.slice(text) == definition.name.slice(text)
                && first.container.map(|it| it.slice(text))
                    == definition.container.map(|it| it.slice(text));
            let between = text.get(before.end as usize..range.start as usize);
            let touches =
                between.is_some_and(|it| it.chars().all(|c| c.is_whitespace() || c == ';'));
            // `typedef struct node {…} node;` names one node twice.
            if same && (touches || before == range) {
                let whole = ByteRange {
                    start: before.start,
                    end: range.end.max(before.end),
                };
                joined[idx] = (whole, before_doc.or(doc), before_test || is_test, first);
                continue;
            }
        }
        // What lies inside the last piece does not come between it and the next.
        let inside = last.is_some_and(|idx| joined[idx].0.contains(range));
        joined.push(next);
        if !inside || definition.merge {
            last = Some(joined.len() - 1);
        }
    }
    joined
        .sort_by_key(|(range, _, _, d)| (range.start, std::cmp::Reverse(range.end), d.name.start));
    joined
}

fn holds_methods(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Impl
            | SymbolKind::Trait
            | SymbolKind::Class
            | SymbolKind::Interface
            | SymbolKind::Struct
            | SymbolKind::Enum
            | SymbolKind::Union
    )
}

#[derive(Default)]
struct Led {
    start: Option<u32>,
    doc: Option<ByteRange>,
    is_test: bool,
}

/// What stands directly above a definition: attributes, and comments without a blank line in between.
fn lead(text: &str, definition: &RawDefinition, raws: &Raws) -> Led {
    let mut led = Led::default();
    let mut idx = raws
        .leads
        .partition_point(|lead| lead.range.start < definition.node.start);
    let (mut start, mut row) = (definition.node.start, definition.row);
    while idx > 0 {
        idx -= 1;
        let Lead {
            range,
            first_row,
            last_row,
            is_comment,
        } = raws.leads[idx];
        let Some(between) = text.get(range.end as usize..start as usize) else {
            // A comment inside an attribute above.
            continue;
        };
        if !between.trim().is_empty() || (is_comment && last_row + 1 < row) {
            break;
        }
        if is_comment {
            let end = led.doc.map_or(range.end, |doc| doc.end);
            led.doc = Some(ByteRange {
                start: range.start,
                end,
            });
        } else {
            led.is_test |= raws.tests.binary_search(&range.start).is_ok();
            // Attributes may stand between the doc comment's lines; the doc then begins above them.
        }
        start = range.start;
        row = first_row;
        led.start = Some(start);
    }
    led
}

/// Marks symbols that hold a test node, which is their own (Python) and not an attribute above.
fn mark_tests(symbols: &mut [Symbol], raws: &Raws) {
    let mut sweep = Sweep::new();
    for &at in &raws.tests {
        let is_lead = raws
            .leads
            .binary_search_by_key(&at, |lead| lead.range.start)
            .is_ok();
        let innermost = sweep.innermost(symbols, at);
        if let Some(idx) = innermost
            && !is_lead
        {
            symbols[idx as usize].is_test = true;
        }
    }
    for idx in 0..symbols.len() {
        if let Some(container) = symbols[idx].container {
            symbols[idx].is_test |= symbols[container.0 as usize].is_test;
        }
    }
}

/// Gives `//!` runs to the symbol they stand in.
fn inner_docs(text: &str, symbols: &mut [Symbol], docs: &[ByteRange]) {
    let mut sweep = Sweep::new();
    for &range in docs {
        let Some(idx) = sweep.innermost(symbols, range.start) else {
            continue;
        };
        let symbol = &mut symbols[idx as usize];
        match &mut symbol.doc {
            None => symbol.doc = Some(range),
            Some(doc) => {
                let between = text.get(doc.end as usize..range.start as usize);
                if between.is_some_and(|between| between.trim().is_empty()) {
                    doc.end = range.end;
                }
            }
        }
    }
}

/// Finds the innermost symbol at ascending offsets.
struct Sweep {
    next: usize,
    stack: Vec<u32>,
}

impl Sweep {
    fn new() -> Self {
        Self {
            next: 0,
            stack: Vec::new(),
        }
    }

    fn innermost(&mut self, symbols: &[Symbol], at: u32) -> Option<u32> {
        while let Some(symbol) = symbols.get(self.next)
            && symbol.range.start <= at
        {
            self.pop_until(symbols, symbol.range.start);
            self.stack.push(self.next as u32);
            self.next += 1;
        }
        self.pop_until(symbols, at);
        self.stack.last().copied()
    }

    fn pop_until(&mut self, symbols: &[Symbol], at: u32) {
        while let Some(&top) = self.stack.last()
            && symbols[top as usize].range.end <= at
        {
            self.stack.pop();
        }
    }
}

/// The references, in text order, without those to local names. `raws` is sorted.
pub(crate) fn references(text: &str, raws: &Raws, symbols: &[Symbol]) -> Vec<Reference> {
    let mut locals: FxHashSet<(u32, &str)> = FxHashSet::default();
    let mut ordered: Vec<ByteRange> = raws.locals.clone();
    ordered.sort_unstable_by_key(|range| range.start);
    let mut sweep = Sweep::new();
    for range in ordered {
        let owner = owner(symbols, sweep.innermost(symbols, range.start));
        locals.insert((owner.unwrap_or(u32::MAX), range.slice(text)));
    }
    let mut sweep = Sweep::new();
    let mut references = Vec::with_capacity(raws.references.len());
    for raw in &raws.references {
        let (before, range) = match raw.qualifier {
            Some(_) => (None, raw.name),
            None => split_path(text, raw.name),
        };
        let name = range.slice(text);
        let enclosing = owner(symbols, sweep.innermost(symbols, raw.name.start));
        let may_be_local = raw.qualifier.or(before).is_none()
            && matches!(raw.kind, ReferenceKind::Read | ReferenceKind::Type);
        if name.is_empty() || (may_be_local && is_local(&locals, symbols, enclosing, name)) {
            continue;
        }
        let qualifier = raw.qualifier.or(before).map(|range| {
            let qualifier = range.slice(text);
            if raw.on_value {
                collapsed(qualifier, MAX_QUALIFIER)
            } else {
                let path = qualifier.trim_end_matches(['.', ':', '\\']);
                collapsed(&without_generics(path), MAX_QUALIFIER)
            }
        });
        references.push(Reference {
            name: name.into(),
            kind: raw.kind,
            range,
            line: raw.line,
            enclosing: enclosing.map(SymbolIdx),
            qualifier: qualifier.filter(|text| !text.is_empty()),
            on_value: raw.on_value,
        });
    }
    references
}

/// The symbol that a use inside `idx` belongs to: fields and variants count for their type.
fn owner(symbols: &[Symbol], mut idx: Option<u32>) -> Option<u32> {
    while let Some(at) = idx {
        let symbol = &symbols[at as usize];
        match symbol.kind {
            SymbolKind::Field | SymbolKind::Property | SymbolKind::EnumMember => {
                idx = symbol.container.map(|container| container.0);
            }
            _ => break,
        }
    }
    idx
}

fn is_local(
    locals: &FxHashSet<(u32, &str)>,
    symbols: &[Symbol],
    enclosing: Option<u32>,
    name: &str,
) -> bool {
    let mut at = enclosing;
    while let Some(idx) = at {
        if locals.contains(&(idx, name)) {
            return true;
        }
        at = symbols[idx as usize].container.map(|container| container.0);
    }
    locals.contains(&(u32::MAX, name))
}

/// On one line with single spaces, cut at a character.
fn collapsed(text: &str, max_chars: usize) -> CompactString {
    let mut out = CompactString::default();
    let mut n_chars = 0;
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            space = !out.is_empty();
            continue;
        }
        if n_chars + 1 + usize::from(space) > max_chars {
            break;
        }
        if space {
            out.push(' ');
            n_chars += 1;
            space = false;
        }
        out.push(c);
        n_chars += 1;
    }
    out
}

/// `Vec` of `Vec::<u8>`; `Trait` of `<T as Trait>`, `T` of `<T>`.
fn without_generics(path: &str) -> CompactString {
    if !path.contains('<') {
        return path.into();
    }
    let inner = path
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .map(|rest| rest.rsplit_once(" as ").map_or(rest, |(_, of)| of));
    let mut out = CompactString::default();
    let mut depth = 0_u32;
    for c in inner.unwrap_or(path).chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    let trimmed = out.trim_end_matches("::").len();
    out.truncate(trimmed);
    out
}
