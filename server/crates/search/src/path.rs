//! How one symbol reaches another: the shortest chain of calls. It follows what the graph binds with some certainty, so a call
//! through a value whose type nobody wrote down may be missing; it never says that there is no way at all.

use std::time::Instant;

use rustc_hash::{FxHashMap, FxHashSet};
use symseek_base::Cancel;
use symseek_index::graph::{self, Edge, EdgeKind, SymbolRef};
use symseek_index::snapshot::View;
use symseek_syntax::SymbolKind;

use crate::answer::{Texts, respond};
use crate::legs::symbol_candidate;
use crate::relation::{names, targets, uses};
use crate::types::{GraphTarget, SearchError, SearchResponse, Why};

/// Edges less sure than this are not followed: chains of guesses lead everywhere.
const SURE: f32 = 0.3;
/// So many symbols are looked at.
const MAX_SEEN: usize = 5_000;

/// From where to where.
#[derive(Debug, Clone)]
pub struct PathRequest {
    /// Who calls.
    pub from: GraphTarget,
    /// Who is called in the end.
    pub to: GraphTarget,
    /// At most so many calls.
    pub max_calls: usize,
}

/// The shortest chain of calls, first the caller; each later hit has the site where the one before it uses it. No hits when none
/// was found; the reading says how far it looked.
///
/// # Errors
/// [`SearchError::NotFound`] when one of the two is nowhere.
pub fn call_path(
    view: &View,
    request: &PathRequest,
    cancel: &Cancel,
) -> Result<SearchResponse, SearchError> {
    let started = Instant::now();
    let from = targets(view, &request.from)?;
    let to: FxHashSet<SymbolRef> = targets(view, &request.to)?.into_iter().collect();
    let mut goals: Vec<SymbolRef> = to.iter().copied().collect();
    goals.sort_unstable();
    let between = format!("from {} to {}", names(view, &from), names(view, &goals));

    // The edge over which each symbol was reached first; none for where the chain starts.
    let mut reached: FxHashMap<SymbolRef, Option<Edge>> =
        from.iter().map(|&symbol| (symbol, None)).collect();
    let mut frontier = from;
    let mut end = None;
    let mut depth = 0;
    while end.is_none() && !frontier.is_empty() && depth < request.max_calls {
        depth += 1;
        let mut next = Vec::new();
        'level: for symbol in frontier {
            cancel.check()?;
            let mut edges = view.graph(|graph| graph::callees(graph, view, symbol, cancel))?;
            edges.retain(|edge| is_followed(view, edge));
            edges.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.to.cmp(&b.to)));
            for edge in edges {
                let Some(callee) = edge.to.filter(|it| !reached.contains_key(it)) else {
                    continue;
                };
                // Inside the caller: it was looked at as a part of it.
                if edge.from != Some(symbol)
                    && lies_in(view, callee, &[symbol].into_iter().collect())
                {
                    continue;
                }
                reached.insert(
                    callee,
                    Some(Edge {
                        from: Some(symbol),
                        ..edge
                    }),
                );
                if lies_in(view, callee, &to) {
                    end = Some(callee);
                    break 'level;
                }
                next.push(callee);
            }
            if reached.len() > MAX_SEEN {
                next.clear();
                break;
            }
        }
        frontier = next;
    }

    let mut chain = Vec::new();
    let mut at = end;
    while let Some(symbol) = at {
        let edge = reached[&symbol].as_ref();
        chain.push((symbol, edge));
        at = edge.and_then(|edge| edge.from);
    }
    chain.reverse();
    let candidates = chain.iter().filter_map(|(symbol, edge)| {
        let mut candidate = symbol_candidate(view, symbol.base, symbol.file, symbol.symbol)?;
        if let Some(edge) = edge {
            candidate.uses = uses(view, &[edge]);
            candidate.score = edge.confidence;
            candidate.why.push(Why {
                leg: "graph",
                rank: None,
                score: edge.confidence,
                note: format!("called from line {}", edge.line + 1),
            });
        }
        Some(candidate)
    });
    let candidates: Vec<_> = candidates.collect();
    let reading = if chain.is_empty() {
        let n_seen = reached.len();
        format!(
            "no chain of at most {} calls {between} among the {n_seen} symbols reached",
            request.max_calls
        )
    } else {
        format!("{} calls {between}", chain.len() - 1)
    };
    let n_steps = candidates.len();
    Ok(respond(
        candidates,
        Texts::default(),
        n_steps,
        &[],
        reading,
        started,
        &|_| {},
    ))
}

/// A call, or a function that is handed on as a value.
fn is_followed(view: &View, edge: &Edge) -> bool {
    if edge.confidence < SURE {
        return false;
    }
    match edge.kind {
        EdgeKind::Calls | EdgeKind::Tests => true,
        EdgeKind::References => edge.to.is_some_and(|to| {
            let facts = view.file(to.base, to.file).and_then(|file| file.facts());
            facts.is_some_and(|facts| {
                matches!(
                    facts.symbol(to.symbol).kind,
                    SymbolKind::Function | SymbolKind::Method | SymbolKind::Constructor
                )
            })
        }),
        EdgeKind::Contains | EdgeKind::Imports | EdgeKind::Implements => false,
    }
}

/// Whether a symbol is one of these or lies in one.
pub(crate) fn lies_in(view: &View, symbol: SymbolRef, around: &FxHashSet<SymbolRef>) -> bool {
    let Some(facts) = view
        .file(symbol.base, symbol.file)
        .and_then(|file| file.facts())
    else {
        return around.contains(&symbol);
    };
    let mut at = Some(symbol.symbol);
    while let Some(idx) = at {
        if around.contains(&SymbolRef {
            symbol: idx,
            ..symbol
        }) {
            return true;
        }
        at = facts.symbol(idx).container;
    }
    false
}
