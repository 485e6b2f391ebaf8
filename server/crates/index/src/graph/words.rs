//! Patterns of several words, with containers (`Type::method`) or wildcards: every definition is judged by itself.
//!
//! Part of [`super::complete`], which serves the single plain name.

use super::complete::{NameHit, NameQuery, hay, hit, rank};
use super::letters;
use super::pattern::{Hay, MatchClass, Needle};
use super::view::Layer;
use rustc_hash::FxHashMap;
use symseek_base::{Cancel, Cancelled, RelPath};

/// One word of the pattern: `a::b::name`.
pub(super) struct Word {
    pub(super) name: Needle,
    /// Innermost last.
    pub(super) containers: Vec<Needle>,
}

impl Word {
    pub(super) fn new(text: &str) -> Self {
        let mut parts: Vec<Needle> = segments(text).map(Needle::new).collect();
        // What follows a trailing separator is still to be typed; an empty part elsewhere says nothing (`::name`).
        let name = parts.pop().unwrap_or_else(|| Needle::new(""));
        parts.retain(|part| part.plain_prefix().is_some());
        Self {
            name,
            containers: parts,
        }
    }
}

/// The parts of a qualified text.
fn segments(text: &str) -> impl Iterator<Item = &str> {
    text.split("::")
        .flat_map(|part| part.split(['.', '#', '/']))
}

/// Several words, containers or wildcards: every definition of a matching name is judged by itself.
pub(super) fn complete_words(
    layers: &[Layer<'_>],
    words: &[Word],
    query: &NameQuery<'_>,
    cancel: &Cancel,
) -> Result<Vec<NameHit>, Cancelled> {
    let mut hits = Vec::new();
    let mut by_name = Vec::new();
    for layer in layers {
        let mut containers = Containers::default();
        for idx in 0..layer.table.folded.len() {
            if idx % 1024 == 0 {
                cancel.check()?;
            }
            let hay = hay(layer, idx);
            by_name.clear();
            by_name.extend(words.iter().map(|word| word.name.matches(&hay)));
            if by_name.iter().all(Option::is_none) {
                continue;
            }
            let name_idx = layer.table.folded_names[idx] as usize;
            let needs_container = by_name.iter().any(Option::is_none);
            for definition in layer.table.defs_of(name_idx) {
                let text = layer
                    .table
                    .containers
                    .bytes_of(definition.container as usize);
                if needs_container && text.is_empty() && query.source.is_none() {
                    continue;
                }
                let container = definition.container;
                let judged = containers.judge(layer, container, words, &by_name, None);
                if judged.is_none() && query.source.is_none() {
                    continue;
                }
                let Some(entry) = layer.definition(definition) else {
                    continue;
                };
                let judged = judged.or_else(|| {
                    let symbol = entry.symbol;
                    let path = query.source?.path(symbol.base, symbol.file)?;
                    containers.judge(layer, container, words, &by_name, Some(&path))
                });
                if let Some((class, score)) = judged
                    && (query.accept)(&entry)
                {
                    let name = layer.table.names.text(name_idx);
                    hits.push(hit(&entry, class, score, name));
                }
            }
        }
    }
    let key = |hit: &NameHit| (hit.class, hit.score, hit.name.clone());
    hits.sort_unstable_by(|a, b| {
        rank((a.class, a.score, &a.name), (b.class, b.score, &b.name))
            .then_with(|| a.symbol.cmp(&b.symbol))
    });
    if let Some(last) = hits.get(query.limit - 1).map(key) {
        let rest = &hits[query.limit..];
        let equals = rest.iter().take_while(|hit| key(hit) == last).count();
        hits.truncate(query.limit + equals);
    }
    Ok(hits)
}

/// Containers of one layer, split and folded once.
#[derive(Default)]
struct Containers {
    split: FxHashMap<u32, Vec<Segment>>,
}

struct Segment {
    text: String,
    folded: Vec<u8>,
    mask: u64,
    humps: u64,
}

impl Segment {
    pub(super) fn new(text: &str) -> Self {
        let folded = letters::fold(text);
        Self {
            mask: letters::letter_mask(&folded),
            humps: letters::hump_bits(text),
            text: text.to_owned(),
            folded,
        }
    }

    /// Containers match up to a substring; a fuzzy container would match nearly anything.
    fn matched_by(&self, needle: &Needle) -> Option<(MatchClass, f32)> {
        needle
            .matches(&Hay {
                name: self.text.as_bytes(),
                folded: &self.folded,
                mask: self.mask,
                humps: self.humps,
            })
            .filter(|(class, _)| *class < MatchClass::Fuzzy)
    }
}

impl Containers {
    /// The worst class and the mean score over all words, if every word matches the name or a container and one the name.
    fn judge(
        &mut self,
        layer: &Layer<'_>,
        container: u32,
        words: &[Word],
        by_name: &[Option<(MatchClass, f32)>],
        path: Option<&RelPath>,
    ) -> Option<(MatchClass, f32)> {
        let inner = self.split.entry(container).or_insert_with(|| {
            let text = layer.table.containers.text(container as usize);
            segments(text)
                .filter(|part| !part.is_empty())
                .map(Segment::new)
                .collect()
        });
        let outer: Vec<Segment> = path.map(path_segments).unwrap_or_default();
        let around: Vec<&Segment> = outer.iter().chain(inner.iter()).collect();
        let mut total = (MatchClass::Exact, 0.0);
        let mut named = false;
        for (word, by_name) in words.iter().zip(by_name) {
            let on_name = by_name.and_then(|name| qualified(word, name, &around));
            named |= on_name.is_some();
            let on_container = || {
                let plain = words.len() > 1 && word.containers.is_empty();
                let matches = around.iter().filter(|_| plain);
                matches
                    .filter_map(|it| it.matched_by(&word.name))
                    .min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)))
            };
            let (class, score) = on_name.or_else(on_container)?;
            total = (total.0.max(class), total.1 + score / words.len() as f32);
        }
        named.then_some(total)
    }
}

/// The name's match made worse by that of the containers before it, which must match containers in order. Skipped ones
/// (`Outer::method` for `Outer::Inner::method`, a folder for a module that re-exports) cost quality.
fn qualified(
    word: &Word,
    name: (MatchClass, f32),
    around: &[&Segment],
) -> Option<(MatchClass, f32)> {
    let mut total = name;
    let mut rest = around.iter().rev();
    for needle in word.containers.iter().rev() {
        let mut weight = 1.0;
        let (class, score) = loop {
            if let Some(matched) = rest.next()?.matched_by(needle) {
                break matched;
            }
            weight *= 0.8;
        };
        total = (total.0.max(class), total.1 + weight * score);
    }
    Some((total.0, total.1 / (1 + word.containers.len()) as f32))
}

/// The module path of a file: its directories and stem, without the names that only mark a folder's own module.
fn path_segments(path: &RelPath) -> Vec<Segment> {
    let directories = path.directory().split('/').filter(|part| !part.is_empty());
    let stem = Some(path.stem()).filter(|stem| !super::module_path::is_folder_module(stem));
    directories
        .filter(|part| *part != "src")
        .chain(stem)
        .map(Segment::new)
        .collect()
}
