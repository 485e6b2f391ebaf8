//! The as-you-type symbol index: every name that matches, ranked, then cut.
//!
//! A pattern is words separated by blanks; each word is a name, or a name behind containers (`Type::method`, `mod.Type`).
//! A single plain name is served in two steps that give the answer of one: names that begin with it by binary search, and
//! only if those are fewer than asked for, a scan of all names behind a 64-bit letter mask.
//!
//! It does not know paths unless the query carries a source, and it does not rank kinds: that is the caller's.

use super::FileSource;
use super::pattern::{Hay, MatchClass, Needle};
use super::view::{DefinitionEntry, GraphView, Layer, SymbolRef};
use super::words::{Word, complete_words};
use compact_str::CompactString;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use symseek_base::{Cancel, Cancelled};
use symseek_syntax::SymbolKind;

/// A question to the name index.
#[derive(Clone, Copy)]
pub struct NameQuery<'q> {
    /// What was typed.
    pub pattern: &'q str,
    /// How many hits are wanted.
    pub limit: usize,
    /// Which definitions count; asked before the limit applies. `impl` blocks bear the name of their type: most callers
    /// refuse [`SymbolKind::Impl`].
    pub accept: &'q dyn Fn(&DefinitionEntry) -> bool,
    /// Lets `module::name` match the file's module path; without it only containers inside the file match.
    pub source: Option<&'q dyn FileSource>,
}

/// A definition whose name matches.
#[derive(Debug, Clone, PartialEq)]
pub struct NameHit {
    /// The symbol.
    pub symbol: SymbolRef,
    /// Its kind.
    pub kind: SymbolKind,
    /// A test, or inside one.
    pub is_test: bool,
    /// How its name matches; with several parts, the worst of them.
    pub class: MatchClass,
    /// How well, in [0, 1]; comparable inside a class only.
    pub score: f32,
    /// The name.
    pub name: CompactString,
}

impl GraphView<'_> {
    /// [`GraphView::complete_query`] without a source.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn complete(
        &self,
        pattern: &str,
        limit: usize,
        accept: &dyn Fn(&DefinitionEntry) -> bool,
        cancel: &Cancel,
    ) -> Result<Vec<NameHit>, Cancelled> {
        let query = NameQuery {
            pattern,
            limit,
            accept,
            source: None,
        };
        self.complete_query(&query, cancel)
    }

    /// The best definitions whose names match, by class, score and name. A group of equals is never cut, because only the
    /// caller can order it (by path and offset): the answer may be longer than the limit by the rest of its last group.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn complete_query(
        &self,
        query: &NameQuery<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<NameHit>, Cancelled> {
        let layers: Vec<Layer<'_>> = self.layers().collect();
        let mut words: Vec<Word> = query.pattern.split_whitespace().map(Word::new).collect();
        words.retain(|word| word.name.says_something() || !word.containers.is_empty());
        if query.limit == 0 || words.is_empty() {
            return Ok(Vec::new());
        }
        if let [word] = words.as_mut_slice()
            && word.containers.is_empty()
            && word.name.plain_prefix().is_some()
        {
            return complete_name(&layers, &word.name, query, cancel);
        }
        complete_words(&layers, &words, query, cancel)
    }
}

/// A matching name of one layer; the greatest is the best.
struct Candidate<'a> {
    class: MatchClass,
    score: f32,
    name: &'a str,
    layer: usize,
    name_idx: u32,
}

impl Candidate<'_> {
    fn same_group(&self, other: &Self) -> bool {
        self.class == other.class
            && self.score.total_cmp(&other.score).is_eq()
            && self.name == other.name
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        rank(
            (other.class, other.score, other.name),
            (self.class, self.score, self.name),
        )
        .then_with(|| (other.layer, other.name_idx).cmp(&(self.layer, self.name_idx)))
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}

/// Better matches first, then names in order.
pub(super) fn rank(a: (MatchClass, f32, &str), b: (MatchClass, f32, &str)) -> Ordering {
    a.0.cmp(&b.0)
        .then_with(|| b.1.total_cmp(&a.1))
        .then_with(|| a.2.cmp(b.2))
}

pub(super) fn hay<'a>(layer: &Layer<'a>, idx: usize) -> Hay<'a> {
    let table = &layer.table;
    Hay {
        name: table.names.bytes_of(table.folded_names[idx] as usize),
        folded: table.folded.bytes_of(idx),
        mask: table.masks[idx],
        humps: table.humps[idx],
    }
}

/// One plain name.
fn complete_name(
    layers: &[Layer<'_>],
    needle: &Needle,
    query: &NameQuery<'_>,
    cancel: &Cancel,
) -> Result<Vec<NameHit>, Cancelled> {
    let prefix = needle.plain_prefix().unwrap_or_default();
    let mut found = Vec::new();
    let mut ranges = Vec::new();
    for (layer_idx, layer) in layers.iter().enumerate() {
        let start = layer.table.folded.lower_bound(prefix);
        let mut end = start;
        while end < layer.table.folded.len() && layer.table.folded.bytes_of(end).starts_with(prefix)
        {
            let (class, score) = needle.prefix(&hay(layer, end));
            found.push(candidate(layer, layer_idx, end, class, score));
            end += 1;
        }
        ranges.push(start..end);
    }
    let mut hits = Vec::new();
    expand(layers, BinaryHeap::from(found), query, &mut hits, cancel)?;
    if hits.len() >= query.limit {
        return Ok(hits);
    }
    let mut found = Vec::new();
    for (layer_idx, (layer, prefixed)) in layers.iter().zip(ranges).enumerate() {
        let rest = (0..prefixed.start).chain(prefixed.end..layer.table.folded.len());
        for idx in rest {
            if idx % 4096 == 0 {
                cancel.check()?;
            }
            if let Some((class, score)) = needle.matches(&hay(layer, idx)) {
                found.push(candidate(layer, layer_idx, idx, class, score));
            }
        }
    }
    expand(layers, BinaryHeap::from(found), query, &mut hits, cancel)?;
    Ok(hits)
}

fn candidate<'a>(
    layer: &Layer<'a>,
    layer_idx: usize,
    idx: usize,
    class: MatchClass,
    score: f32,
) -> Candidate<'a> {
    let name_idx = layer.table.folded_names[idx];
    Candidate {
        class,
        score,
        name: layer.table.names.text(name_idx as usize),
        layer: layer_idx,
        name_idx,
    }
}

/// Turns the best names into hits until the limit is reached and the group of equals is whole.
fn expand(
    layers: &[Layer<'_>],
    mut found: BinaryHeap<Candidate<'_>>,
    query: &NameQuery<'_>,
    hits: &mut Vec<NameHit>,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    while let Some(best) = found.pop() {
        cancel.check()?;
        let group = hits.len();
        let mut next = Some(best);
        let mut first: Option<Candidate<'_>> = None;
        while let Some(it) = next {
            let layer = &layers[it.layer];
            for definition in layer.table.defs_of(it.name_idx as usize) {
                if let Some(entry) = layer.definition(definition)
                    && (query.accept)(&entry)
                {
                    hits.push(hit(&entry, it.class, it.score, it.name));
                }
            }
            let first = first.get_or_insert(it);
            next = found
                .peek()
                .is_some_and(|peeked| peeked.same_group(first))
                .then(|| found.pop())
                .flatten();
        }
        hits[group..].sort_unstable_by_key(|hit| hit.symbol);
        if hits.len() >= query.limit {
            break;
        }
    }
    Ok(())
}

pub(super) fn hit(entry: &DefinitionEntry, class: MatchClass, score: f32, name: &str) -> NameHit {
    NameHit {
        symbol: entry.symbol,
        kind: entry.kind,
        is_test: entry.is_test,
        class,
        score,
        name: name.into(),
    }
}
