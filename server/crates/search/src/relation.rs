//! Structural questions: callers, callees, implementations. Answered by the graph; where a search asks one in words, text
//! matches follow below, since a name may be spelled in ways the graph does not bind.

use std::collections::BTreeMap;
use std::time::Instant;

use symseek_base::{ByteRange, Cancel, LineIndex, Point};
use symseek_index::graph::{self, Edge, EdgeKind, Site, SymbolRef};
use symseek_index::snapshot::{BaseIdx, View};
use symseek_syntax::{FileFacts, SymbolIdx};

use crate::answer::{Texts, is_listed, respond};
use crate::asked::Asked;
use crate::filter::Accept;
use crate::legs::symbol_candidate;
use crate::query::{Filters, Relation, Structural};
use crate::rank::{self, Candidate, Use};
use crate::similar::{find, offset};
use crate::types::{GraphRequest, GraphTarget, SearchError, SearchResponse, Why};

/// Who uses the target.
///
/// # Errors
/// [`SearchError::NotFound`] when no symbol has that name or place.
pub fn callers(
    view: &View,
    request: &GraphRequest,
    cancel: &Cancel,
) -> Result<SearchResponse, SearchError> {
    let started = Instant::now();
    let filters = Filters::default();
    let accept = Accept::new(view, &filters, &[], cancel)?;
    let (candidates, reading) = match &request.target {
        GraphTarget::Name(name) => {
            let found = view.graph(|graph| graph::callers_of_name(graph, view, name, cancel))?;
            if found.targets.is_empty() && found.edges.is_empty() {
                return Err(SearchError::NotFound(format!(
                    "nothing is named {name:?} here"
                )));
            }
            (
                users(view, &found.edges, &accept),
                format!("callers of {name}"),
            )
        }
        GraphTarget::At { path, point } => {
            let targets = symbols_at(view, path, *point)?;
            let mut edges = Vec::new();
            for target in &targets {
                edges.extend(view.graph(|graph| graph::callers(graph, view, *target, cancel))?);
            }
            (
                users(view, &edges, &accept),
                format!("callers of {}", names(view, &targets)),
            )
        }
    };
    Ok(respond(
        candidates,
        Texts::default(),
        request.limit,
        &[],
        reading,
        started,
        &|_| {},
    ))
}

/// What the target uses.
///
/// # Errors
/// [`SearchError::NotFound`] when no symbol has that name or place.
pub fn callees(
    view: &View,
    request: &GraphRequest,
    cancel: &Cancel,
) -> Result<SearchResponse, SearchError> {
    let started = Instant::now();
    let filters = Filters::default();
    let accept = Accept::new(view, &filters, &[], cancel)?;
    let targets = targets(view, &request.target)?;
    let candidates = used(view, &targets, &accept, cancel)?;
    Ok(respond(
        candidates,
        Texts::default(),
        request.limit,
        &[],
        format!("callees of {}", names(view, &targets)),
        started,
        &|_| {},
    ))
}

/// A structural question asked as a search: the graph's answer, first what stands where it was looked for, then `text`, the
/// matches by words.
pub(crate) fn answer<'a>(
    view: &'a View,
    structural: &Structural,
    accept: &Accept<'_>,
    text: Vec<Candidate<'a>>,
    cancel: &Cancel,
) -> Result<Vec<Candidate<'a>>, SearchError> {
    let name = structural.name.as_str();
    let mut related = match structural.relation {
        Relation::Callers => {
            let found = view.graph(|graph| graph::callers_of_name(graph, view, name, cancel))?;
            users(view, &found.edges, accept)
        }
        Relation::Implementations => {
            let mut found =
                view.graph(|graph| graph::callers_of_name(graph, view, name, cancel))?;
            found.edges.retain(|edge| edge.kind == EdgeKind::Implements);
            users(view, &found.edges, accept)
        }
        Relation::Tests => {
            let mut found =
                view.graph(|graph| graph::callers_of_name(graph, view, name, cancel))?;
            found.edges.retain(|edge| edge.kind == EdgeKind::Tests);
            users(view, &found.edges, accept)
        }
        Relation::Callees => match definitions(view, name) {
            Ok(targets) => used(view, &targets, accept, cancel)?,
            Err(SearchError::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error),
        },
    };
    if let Some(place) = &structural.place {
        prefer(&mut related, place);
    }
    Ok(rank::above(related, text))
}

/// Lifts what stands at a place, told in words, by as many of these as its path and names hold. What stands elsewhere follows: the words
/// may say something that no path does.
fn prefer(related: &mut Vec<Candidate<'_>>, place: &str) {
    let place: Vec<&str> = place
        .split_whitespace()
        .filter(|word| !PLACES.contains(&word.to_lowercase().as_str()))
        .collect();
    let place = place.join(" ");
    let asked = Asked::new(&place);
    for candidate in related.iter_mut() {
        let file = &candidate.handle.file;
        let symbol = candidate.handle.chunk().and_then(|(chunk, facts)| {
            let symbol = candidate.symbol.map(|symbol| facts.symbol(symbol));
            symbol.or_else(|| facts.chunk_symbol(chunk))
        });
        let path = file.path().as_str();
        let qualified = symbol.map_or("", |symbol| symbol.qualified.as_str());
        let around = symbol.and_then(|symbol| qualified.strip_suffix(symbol.name.as_str()));
        let share_of = |text: &str| asked.share(asked.compare(text).asked);
        let around = share_of(&format!("{path} {}", around.unwrap_or_default()));
        let named = share_of(&format!("{path} {qualified}"));
        let share = around.max(NAMED_LIKE_PLACE * named);
        candidate.score += AT_PLACE * share;
        if let Some(why) = candidate.why.first_mut() {
            why.score = candidate.score;
            if named > 0.99 {
                why.note.extend([", in ", place.as_str()]);
            }
        }
    }
    *related = finish(std::mem::take(related));
}

/// More than the scores of any two edges are apart ([`kind_weight`] and a confidence of at most 1), also where one has the place in its
/// own name only: the place is asked for.
const AT_PLACE: f32 = 12.0;
/// A function may be the place, but more often its file or type is.
const NAMED_LIKE_PLACE: f32 = 0.7;

/// Words before and after a place that say nothing of where it is.
const PLACES: [&str; 16] = [
    "the",
    "a",
    "an",
    "this",
    "our",
    "my",
    "its",
    "module",
    "file",
    "class",
    "type",
    "folder",
    "directory",
    "crate",
    "package",
    "code",
];

/// How much an edge of this kind counts before its confidence.
fn kind_weight(kind: EdgeKind) -> f32 {
    match kind {
        EdgeKind::Calls => 3.0,
        EdgeKind::Implements => 2.5,
        EdgeKind::Tests | EdgeKind::References => 2.0,
        EdgeKind::Imports | EdgeKind::Contains => 0.5,
    }
}

/// Inbound edges as results: one per using symbol, with all its sites. A function that calls itself is its own caller, as in
/// other call hierarchies, and one that calls its namesake (an overriding method its base's) is that one's; a type that only
/// mentions itself is no user of itself.
pub(crate) fn users<'a>(view: &'a View, edges: &[Edge], accept: &Accept<'_>) -> Vec<Candidate<'a>> {
    let mut groups: BTreeMap<(BaseIdx, symseek_base::FileKey, Option<SymbolIdx>, u32), Vec<&Edge>> =
        BTreeMap::new();
    for edge in edges {
        let is_call = matches!(edge.kind, EdgeKind::Calls | EdgeKind::Tests);
        if edge.from.is_some() && edge.from == edge.to && !is_call {
            continue;
        }
        let Some(file) = view.file(edge.from_base, edge.from_file) else {
            continue;
        };
        let Some(facts) = file.facts() else { continue };
        if !accept.file(&file) {
            continue;
        }
        let at = site_range(facts, edge.site).start;
        let covering = facts
            .chunks
            .iter()
            .enumerate()
            .filter(|(_, chunk)| chunk.range.contains_offset(at));
        let Some((chunk_idx, _)) = covering.min_by_key(|(_, chunk)| chunk.range.len()) else {
            continue;
        };
        let from = edge.from.map(|from| from.symbol);
        groups
            .entry((edge.from_base, edge.from_file, from, chunk_idx as u32))
            .or_default()
            .push(edge);
    }
    let mut candidates = Vec::new();
    for ((base, file_key, from, chunk_idx), mut group) in groups {
        let Some(key) = view.chunk_key(base, file_key, chunk_idx) else {
            continue;
        };
        let Some(handle) = view.chunk(base, key) else {
            continue;
        };
        let Some(facts) = handle.file.facts() else {
            continue;
        };
        group.sort_by_key(|edge| edge.line);
        let mut candidate = Candidate::new(handle, key);
        // The chunk shows a part of its symbol already; another symbol (a nested function) is named explicitly.
        candidate.symbol = from.filter(|&from| {
            let symbol = facts.symbol(from);
            facts.chunks[chunk_idx as usize]
                .range
                .contains(symbol.range)
        });
        candidate.score = best(&group);
        candidate.uses = uses(view, &group);
        let mut lines: Vec<u32> = group.iter().map(|edge| edge.line + 1).collect();
        lines.dedup();
        let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
        candidate.why.push(Why {
            leg: "graph",
            rank: None,
            score: candidate.score,
            note: format!("{} at line {}", verb(group[0].kind), lines.join(", ")),
        });
        if !accept.chunk(base, key) {
            continue;
        }
        candidates.push(candidate);
    }
    finish(candidates)
}

/// Outbound edges as results: one per used symbol.
fn used<'a>(
    view: &'a View,
    targets: &[SymbolRef],
    accept: &Accept<'_>,
    cancel: &Cancel,
) -> Result<Vec<Candidate<'a>>, SearchError> {
    let mut edges = Vec::new();
    for target in targets {
        let outbound = view.graph(|graph| graph::callees(graph, view, *target, cancel))?;
        edges.extend(outbound.into_iter().filter(|edge| edge.to != Some(*target)));
    }
    let mut groups: BTreeMap<SymbolRef, Vec<&Edge>> = BTreeMap::new();
    for edge in &edges {
        if let Some(to) = edge.to {
            groups.entry(to).or_default().push(edge);
        }
    }
    let mut candidates = Vec::new();
    for (symbol, group) in groups {
        let Some(mut candidate) = symbol_candidate(view, symbol.base, symbol.file, symbol.symbol)
        else {
            continue;
        };
        if !accept.chunk(symbol.base, candidate.key) {
            continue;
        }
        candidate.score = best(&group);
        candidate.uses = uses(view, &group);
        let mut lines: Vec<u32> = group.iter().map(|edge| edge.line + 1).collect();
        lines.sort_unstable();
        lines.dedup();
        let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
        candidate.why.push(Why {
            leg: "graph",
            rank: None,
            score: candidate.score,
            note: format!("{} from line {}", verb(group[0].kind), lines.join(", ")),
        });
        candidates.push(candidate);
    }
    Ok(finish(candidates))
}

/// The score of a group of edges: that of its best one.
fn best(group: &[&Edge]) -> f32 {
    let scores = group
        .iter()
        .map(|edge| kind_weight(edge.kind) + edge.confidence);
    scores.fold(0.0, f32::max)
}

/// Where the edges of a group stand, each place once.
pub(crate) fn uses<'a>(view: &'a View, group: &[&Edge]) -> Vec<Use<'a>> {
    let place = |edge: &&Edge| {
        let file = view.file(edge.from_base, edge.from_file)?;
        Some(Use {
            key: (edge.from_base, edge.from_file),
            range: site_range(file.facts()?, edge.site),
            confidence: edge.confidence,
            file,
        })
    };
    let mut uses: Vec<Use<'a>> = group.iter().filter_map(place).collect();
    uses.sort_by_key(|it| (it.key, it.range));
    uses.dedup_by_key(|it| (it.key, it.range));
    uses
}

fn finish(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    rank::sort(&mut candidates);
    for (at, candidate) in candidates.iter_mut().enumerate() {
        if let Some(why) = candidate.why.first_mut() {
            why.rank = Some(at as u32 + 1);
        }
    }
    candidates
}

fn verb(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Calls => "called",
        EdgeKind::Tests => "called by a test",
        EdgeKind::Implements => "implemented",
        EdgeKind::Imports => "imported",
        EdgeKind::References | EdgeKind::Contains => "used",
    }
}

fn site_range(facts: &FileFacts, site: Site) -> ByteRange {
    match site {
        Site::Reference(at) => facts.references[at as usize].range,
        Site::Import(at) => facts.imports[at as usize].range,
    }
}

/// What is meant: every definition of the name, or what stands at the place.
pub(crate) fn targets(view: &View, target: &GraphTarget) -> Result<Vec<SymbolRef>, SearchError> {
    match target {
        GraphTarget::Name(name) => definitions(view, name),
        GraphTarget::At { path, point } => symbols_at(view, path, *point),
    }
}

/// The definitions a text names.
fn definitions(view: &View, name: &str) -> Result<Vec<SymbolRef>, SearchError> {
    let targets = view.graph(|graph| graph::definitions_of_name(graph, view, name));
    if targets.is_empty() {
        return Err(SearchError::NotFound(format!(
            "nothing is defined as {name:?} here"
        )));
    }
    Ok(targets)
}

/// What stands at a place: the symbol that a reference there is bound to, or the symbol defined there or around it.
fn symbols_at(
    view: &View,
    path: &std::path::Path,
    point: Point,
) -> Result<Vec<SymbolRef>, SearchError> {
    let ((base, key), file) = find(view, path)?;
    let gone =
        || SearchError::NotFound(format!("{} changed on the disk; try again", path.display()));
    let facts = file.facts().ok_or_else(gone)?;
    let text = file.text().ok_or_else(gone)?;
    let at = offset(&LineIndex::new(&text), &text, point, path)?;
    let touches = |range: ByteRange| range.start <= at && at <= range.end;
    let reference = facts
        .references
        .iter()
        .position(|reference| touches(reference.range));
    if let Some(reference) = reference {
        let bound = view.graph(|graph| graph::bind(graph, view, (base, key), reference as u32));
        let best = bound.first().map_or(0.0, |(_, confidence)| *confidence);
        let targets: Vec<SymbolRef> = bound
            .into_iter()
            .filter(|(_, confidence)| *confidence >= best * 0.9)
            .map(|(symbol, _)| symbol)
            .take(3)
            .collect();
        if !targets.is_empty() {
            return Ok(targets);
        }
    }
    let listed = || {
        facts
            .symbols
            .iter()
            .enumerate()
            .filter(|(_, symbol)| is_listed(symbol.kind))
    };
    let named = listed().find(|(_, symbol)| touches(symbol.selection));
    let around = || {
        listed()
            .filter(|(_, symbol)| touches(symbol.range))
            .min_by_key(|(_, symbol)| symbol.range.len())
    };
    let (idx, _) = named.or_else(around).ok_or_else(|| {
        SearchError::NotFound(format!("no symbol at {}:{}", path.display(), point.row + 1))
    })?;
    Ok(vec![SymbolRef {
        base,
        file: key,
        symbol: SymbolIdx(idx as u32),
    }])
}

pub(crate) fn names(view: &View, targets: &[SymbolRef]) -> String {
    let mut names: Vec<String> = targets
        .iter()
        .filter_map(|target| {
            let facts = view.file(target.base, target.file)?.facts()?;
            Some(facts.symbol(target.symbol).qualified.to_string())
        })
        .collect();
    names.dedup();
    names.join(", ")
}
