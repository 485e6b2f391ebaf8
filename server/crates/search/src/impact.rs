//! Who is affected when a symbol changes: its users, their users, and so on, tests told from the rest. It follows what the graph
//! binds with some certainty; what only imports the symbol without using it is not affected.

use std::path::PathBuf;
use std::time::Instant;

use rustc_hash::FxHashSet;
use symseek_base::Cancel;
use symseek_index::graph::{self, Edge, EdgeKind, SymbolRef};
use symseek_index::snapshot::View;

use crate::answer::{Texts, respond};
use crate::filter::Accept;
use crate::path::lies_in;
use crate::query::Filters;
use crate::rank::Candidate;
use crate::relation::{names, targets, users};
use crate::types::{Checked, GraphTarget, Hit, SearchError};

/// Edges less sure than this are not followed; at the first step they are shown, as callers are.
const SURE: f32 = 0.3;
/// So many symbols are followed.
const MAX_SEEN: usize = 2_000;

/// A change to think of.
#[derive(Debug, Clone)]
pub struct ImpactRequest {
    /// What changes.
    pub target: GraphTarget,
    /// 1: its users; 2: their users too; …
    pub depth: u32,
    /// How many results at the most.
    pub limit: usize,
}

/// Who is affected.
#[derive(Debug, Clone)]
pub struct Impact {
    /// Nothing is missing: no scan is running and no file changed behind the index.
    pub complete: bool,
    /// Files whose text is not what was indexed; their hits were left out.
    pub stale: Vec<PathBuf>,
    /// What was asked, in words.
    pub reading: String,
    /// The nearest first; at one distance tests come last, otherwise the surest first.
    pub affected: Vec<Affected>,
    /// There are more than were asked for, or more symbols than are followed.
    pub more: bool,
}

/// One that is affected.
#[derive(Debug, Clone)]
pub struct Affected {
    /// How many uses away; from 1.
    pub depth: u32,
    /// A test, or inside one.
    pub is_test: bool,
    /// Where, with the sites of the uses.
    pub hit: Hit,
}

impl Checked for Impact {
    fn complete(&mut self) -> &mut bool {
        &mut self.complete
    }

    fn stale(&self) -> &[PathBuf] {
        &self.stale
    }
}

/// Who is affected when the target changes.
///
/// # Errors
/// [`SearchError::NotFound`] when no symbol has that name or place.
pub fn impact(
    view: &View,
    request: &ImpactRequest,
    cancel: &Cancel,
) -> Result<Impact, SearchError> {
    let started = Instant::now();
    let filters = Filters::default();
    let accept = Accept::new(view, &filters, &[], cancel)?;
    let changed = targets(view, &request.target)?;
    let mut impact = Impact {
        complete: true,
        stale: Vec::new(),
        reading: format!("who is affected by a change of {}", names(view, &changed)),
        affected: Vec::new(),
        more: false,
    };
    let inside: FxHashSet<SymbolRef> = changed.iter().copied().collect();
    let mut seen = inside.clone();
    let mut frontier = changed;
    for depth in 1..=request.depth {
        let mut edges: Vec<Edge> = Vec::new();
        for symbol in &frontier {
            cancel.check()?;
            edges.extend(view.graph(|graph| graph::callers(graph, view, *symbol, cancel))?);
        }
        edges.retain(|edge| {
            let is_new = edge
                .from
                .is_none_or(|from| !seen.contains(&from) && !lies_in(view, from, &inside));
            is_new && edge.kind != EdgeKind::Imports && (depth == 1 || edge.confidence >= SURE)
        });
        let (tests, others): (Vec<_>, Vec<_>) =
            users(view, &edges, &accept).into_iter().partition(is_test);
        for (is_test, candidates) in [(false, others), (true, tests)] {
            let left = request.limit - impact.affected.len();
            impact.more |= candidates.len() > left;
            let answer = respond(
                candidates,
                Texts::default(),
                left,
                &[],
                String::new(),
                started,
                &|_| {},
            );
            impact.stale.extend(answer.stale);
            impact
                .affected
                .extend(answer.hits.into_iter().map(|hit| Affected {
                    depth,
                    is_test,
                    hit,
                }));
        }
        let followed = edges.iter().filter(|edge| edge.confidence >= SURE);
        let mut next: Vec<SymbolRef> = followed.filter_map(|edge| edge.from).collect();
        next.sort_unstable();
        next.dedup();
        seen.extend(&next);
        if seen.len() > MAX_SEEN {
            impact.more = true;
            break;
        }
        frontier = next;
    }
    impact.stale.sort_unstable();
    impact.stale.dedup();
    Ok(impact)
}

fn is_test(candidate: &Candidate<'_>) -> bool {
    candidate.handle.chunk().is_some_and(|(chunk, facts)| {
        let symbol = candidate.symbol.map(|symbol| facts.symbol(symbol));
        chunk.is_test || symbol.is_some_and(|symbol| symbol.is_test)
    })
}
