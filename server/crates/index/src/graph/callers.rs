//! Inbound and outbound edges: who uses a symbol, and what a symbol uses.
//!
//! Questions start from a name: its references are read from the view, each is bound, and those that reach the target are
//! edges. The place of a use comes from the facts of its file, so line and enclosing function are those of the text now.

use super::bind::{bind_import, bind_in};
use super::context::{Candidate, Context, FileContext, containers, is_type};
use super::module_path::{Leads, Target, bare};
use super::view::{GraphView, SymbolRef};
use super::{Edge, EdgeKind, FileSource, Site};
use compact_str::CompactString;
use rustc_hash::FxHashSet;
use std::rc::Rc;
use symseek_base::{Cancel, Cancelled};
use symseek_syntax::{FileFacts, Reference, ReferenceKind, SymbolIdx, SymbolKind};

/// Who uses the definitions a text names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NamedCallers {
    /// The definitions, by symbol. Empty when the name is defined nowhere in the view.
    pub targets: Vec<SymbolRef>,
    /// Uses of any of them; of an undefined name every call, with low confidence and no target.
    pub edges: Vec<Edge>,
}

/// Who calls, mentions, imports or implements the target, by confidence, then path, then line. Recursive calls count.
///
/// # Errors
/// [`Cancelled`].
pub fn callers(
    view: &GraphView<'_>,
    source: &dyn FileSource,
    target: SymbolRef,
    cancel: &Cancel,
) -> Result<Vec<Edge>, Cancelled> {
    let mut context = Context::new(view, source);
    let Some(file) = context.file((target.base, target.file)) else {
        return Ok(Vec::new());
    };
    let Some(symbol) = file.facts.symbols.get(target.symbol.0 as usize) else {
        return Ok(Vec::new());
    };
    let mut targets = vec![target];
    if symbol.kind == SymbolKind::Impl {
        // An `impl` block is used by using its type.
        let candidates = context.candidates(bare(&symbol.name));
        targets.extend(
            candidates
                .all
                .iter()
                .filter(|it| is_type(it.kind))
                .map(|it| it.symbol),
        );
    }
    let name = bare(&symbol.name).into();
    let mut edges = inbound(&mut context, &name, &targets, cancel)?;
    if symbol.kind == SymbolKind::Constructor || symbol.name == "__init__" {
        // `Type(…)` calls the constructor.
        let class = containers(&file.facts, symbol.container).find(|(_, it)| is_type(it.kind));
        if let Some((class, it)) = class {
            let class = SymbolRef {
                symbol: class,
                ..target
            };
            let constructed = inbound(&mut context, &it.name, &[class], cancel)?;
            let calls = constructed
                .into_iter()
                .filter(|edge| matches!(edge.kind, EdgeKind::Calls | EdgeKind::Tests));
            edges.extend(calls.map(|edge| Edge {
                to: Some(target),
                ..edge
            }));
        }
    }
    sort(&mut context, &mut edges);
    Ok(edges)
}

/// What the symbol (with everything inside it) uses: for each reference its best candidate, and others at least half as
/// sure, at most three. In order of the text.
///
/// # Errors
/// [`Cancelled`].
pub fn callees(
    view: &GraphView<'_>,
    source: &dyn FileSource,
    of: SymbolRef,
    cancel: &Cancel,
) -> Result<Vec<Edge>, Cancelled> {
    let mut context = Context::new(view, source);
    let Some(file) = context.file((of.base, of.file)) else {
        return Ok(Vec::new());
    };
    let mut edges = Vec::new();
    for (idx, reference) in (0..).zip(&file.facts.references) {
        let inside = containers(&file.facts, reference.enclosing).any(|(it, _)| it == of.symbol);
        if !inside {
            continue;
        }
        cancel.check()?;
        let bound = bind_in(&mut context, &file, idx);
        let best = bound.first().map_or(0.0, |it| it.1);
        let worthy = bound.into_iter().filter(|it| it.1 >= best / 2.0).take(3);
        edges.extend(
            worthy.map(|(to, confidence)| edge(&file, idx, reference, Some(to), confidence)),
        );
    }
    Ok(edges)
}

/// [`callers`] of everything a text names: `foo`, `Type::foo`, `Type.foo`, `module::foo`. A name that nothing here defines
/// still gives its calls, without target and with low confidence.
///
/// # Errors
/// [`Cancelled`].
pub fn callers_of_name(
    view: &GraphView<'_>,
    source: &dyn FileSource,
    text: &str,
    cancel: &Cancel,
) -> Result<NamedCallers, Cancelled> {
    let Some((name, parts)) = name_and_containers(text) else {
        return Ok(NamedCallers::default());
    };
    let mut context = Context::new(view, source);
    let targets = named(&mut context, &name, &parts);
    let mut edges = if targets.is_empty() {
        unbound(
            &mut context,
            &name,
            parts.last().map(CompactString::as_str),
            cancel,
        )?
    } else {
        inbound(&mut context, &name, &targets, cancel)?
    };
    sort(&mut context, &mut edges);
    Ok(NamedCallers { targets, edges })
}

/// The definitions a text names, as [`callers_of_name`] reads it; binds nothing.
pub fn definitions_of_name(
    view: &GraphView<'_>,
    source: &dyn FileSource,
    text: &str,
) -> Vec<SymbolRef> {
    name_and_containers(text).map_or_else(Vec::new, |(name, parts)| {
        named(&mut Context::new(view, source), &name, &parts)
    })
}

/// `a::B::c` as `c` and what stands before it, outermost first.
fn name_and_containers(text: &str) -> Option<(CompactString, Vec<CompactString>)> {
    let text = text.trim().trim_end_matches("()");
    let mut parts: Vec<CompactString> = (text.split("::").flat_map(|it| it.split(['.', '#'])))
        .map(bare)
        .filter(|part| !part.is_empty())
        .map(CompactString::from)
        .collect();
    let name = parts.pop()?;
    Some((name, parts))
}

fn named(
    context: &mut Context<'_>,
    name: &CompactString,
    parts: &[CompactString],
) -> Vec<SymbolRef> {
    let candidates = context.candidates(name);
    let mut targets: Vec<SymbolRef> = (candidates.all.iter())
        .filter(|it| is_named(it, parts))
        .map(|it| it.symbol)
        .collect();
    targets.sort_unstable();
    targets
}

/// Whether the parts before a name fit the candidate's type and modules.
fn is_named(candidate: &Candidate, parts: &[CompactString]) -> bool {
    let mut around = candidate.module.clone();
    around.extend(candidate.owner.clone());
    let wanted = parts
        .iter()
        .filter(|it| !matches!(it.as_str(), "crate" | "self" | "super"));
    let wanted = Target {
        anchored: false,
        own_crate: None,
        segments: wanted.cloned().collect(),
    };
    wanted.segments.is_empty()
        || match wanted.leads_to(&around, candidate.package_len()) {
            Some(Leads::There) => true,
            Some(Leads::Around | Leads::Perhaps) => {
                candidate.owner.is_none() || wanted.segments.last() == candidate.owner.as_ref()
            }
            None => false,
        }
}

/// Uses of the name, and of its aliases, that are bound to one of the (sorted) targets. With several targets an edge has
/// their confidences together and leads to the best.
fn inbound(
    context: &mut Context<'_>,
    name: &CompactString,
    targets: &[SymbolRef],
    cancel: &Cancel,
) -> Result<Vec<Edge>, Cancelled> {
    let reached = |bound: &[(SymbolRef, f32)]| {
        let mut ours = bound.iter().filter(|it| targets.contains(&it.0));
        let best = *ours.next()?;
        Some((best.0, best.1 + ours.map(|it| it.1).sum::<f32>()))
    };
    let mut edges = Vec::new();
    let mut aliased: FxHashSet<_> = FxHashSet::default();
    for it in context.view.imports(name) {
        cancel.check()?;
        let Some(file) = context.file((it.base, it.file)) else {
            continue;
        };
        let Some(import) = file.facts.imports.get(it.reference as usize) else {
            continue;
        };
        if import.name != *name {
            continue;
        }
        let Some((to, confidence)) = reached(&bind_import(context, &file, import)) else {
            continue;
        };
        let from = symbol_at(&file.facts, import.line);
        edges.push(Edge {
            from: from.map(|symbol| symbol_of(&file, symbol)),
            from_base: it.base,
            from_file: it.file,
            site: Site::Import(it.reference),
            line: import.line,
            to: Some(to),
            kind: EdgeKind::Imports,
            confidence,
        });
        if import.alias == *name || !aliased.insert((file.id, import.alias.clone())) {
            continue;
        }
        for (idx, reference) in (0..).zip(&file.facts.references) {
            if reference.name == import.alias
                && let Some((to, confidence)) = reached(&bind_in(context, &file, idx))
            {
                edges.push(edge(&file, idx, reference, Some(to), confidence));
            }
        }
    }
    for it in context.view.references(name) {
        cancel.check()?;
        let Some(file) = context.file((it.base, it.file)) else {
            continue;
        };
        let Some(reference) = file.facts.references.get(it.reference as usize) else {
            continue;
        };
        if let Some((to, confidence)) = reached(&bind_in(context, &file, it.reference)) {
            edges.push(edge(&file, it.reference, reference, Some(to), confidence));
        }
    }
    Ok(edges)
}

/// Calls of a name that has no definition; with a qualifier only those that may mean it.
fn unbound(
    context: &mut Context<'_>,
    name: &str,
    qualifier: Option<&str>,
    cancel: &Cancel,
) -> Result<Vec<Edge>, Cancelled> {
    let mut edges = Vec::new();
    for it in context.view.references(name) {
        cancel.check()?;
        let Some(file) = context.file((it.base, it.file)) else {
            continue;
        };
        let Some(reference) = file.facts.references.get(it.reference as usize) else {
            continue;
        };
        if !matches!(reference.kind, ReferenceKind::Call | ReferenceKind::Macro) {
            continue;
        }
        let written = reference
            .qualifier
            .as_deref()
            .map_or("", |it| bare(it.rsplit([':', '.']).next().unwrap_or(it)));
        let confidence = match qualifier {
            None => 0.2,
            Some(qualifier) if written == qualifier => 0.5,
            Some(_) if reference.on_value => 0.1,
            Some(_) => continue,
        };
        edges.push(edge(&file, it.reference, reference, None, confidence));
    }
    Ok(edges)
}

fn edge(
    file: &Rc<FileContext>,
    idx: u32,
    reference: &Reference,
    to: Option<SymbolRef>,
    confidence: f32,
) -> Edge {
    let from =
        (reference.enclosing).filter(|symbol| (symbol.0 as usize) < file.facts.symbols.len());
    let in_test = from.is_some_and(|symbol| file.facts.symbol(symbol).is_test);
    Edge {
        from: from.map(|symbol| symbol_of(file, symbol)),
        from_base: file.id.0,
        from_file: file.id.1,
        site: Site::Reference(idx),
        line: reference.line,
        to,
        kind: match reference.kind {
            ReferenceKind::Call | ReferenceKind::Macro if in_test => EdgeKind::Tests,
            ReferenceKind::Call | ReferenceKind::Macro => EdgeKind::Calls,
            ReferenceKind::Implements => EdgeKind::Implements,
            ReferenceKind::Type | ReferenceKind::Read => EdgeKind::References,
        },
        confidence: confidence.min(1.0),
    }
}

fn symbol_of(file: &FileContext, symbol: SymbolIdx) -> SymbolRef {
    SymbolRef {
        base: file.id.0,
        file: file.id.1,
        symbol,
    }
}

/// The innermost symbol around a line.
fn symbol_at(facts: &FileFacts, line: u32) -> Option<SymbolIdx> {
    let around = (0..)
        .zip(&facts.symbols)
        .filter(|(_, symbol)| symbol.lines.contains(line));
    around.last().map(|(idx, _)| SymbolIdx(idx))
}

/// By confidence, path, line and place.
fn sort(context: &mut Context<'_>, edges: &mut [Edge]) {
    edges.sort_by_cached_key(|edge| {
        let file = context.file((edge.from_base, edge.from_file));
        let path = file.map(|file| file.path.clone());
        let doubt = u32::MAX - edge.confidence.to_bits();
        (
            doubt,
            path,
            edge.line,
            edge.site,
            edge.from_base,
            edge.from_file,
        )
    });
}
