//! One cursor walk over a tree: runs the pack's patterns at the nodes they are rooted at and notes what they mean.
//!
//! The walk keeps its place in tree-sitter's cursor, on the heap, so that depth costs no stack. It does not decide
//! how symbols nest or where chunks end; `symbols` and `chunk` do, from the notes.

use crate::pack::{Capture, Pack, Pattern, Step};
use crate::parse::Bodies;
use crate::raw::{RawDefinition, RawReference, Raws};
use crate::{Language, SymbolKind, tokens};
use smallvec::SmallVec;
use symseek_base::{ByteRange, Cancel, Cancelled};
use tree_sitter::{Node, Point, Tree, TreeCursor};

/// The nodes that matched a pattern, by step; `None` for an optional step without a node.
type Matched<'t> = SmallVec<[Option<Node<'t>>; 8]>;

/// A part of the text that was parsed on its own: a macro's body that holds items, a script inside a page.
pub(crate) struct Body {
    language: Language,
    tree: Tree,
    start: usize,
    point: Point,
    depth: u16,
    nesting: u8,
}

/// Macro bodies inside macro bodies are looked into this far.
const MAX_NESTING: u8 = 8;

/// Walks a whole tree, and then the parts of it that were parsed on their own.
pub(crate) fn walk(
    language: Language,
    tree: &Tree,
    text: &str,
    raws: &mut Raws,
    bodies: &mut Bodies,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let mut queue = Vec::new();
    let mut place = Place::default();
    walk_node(
        language,
        tree.root_node(),
        text,
        place,
        raws,
        bodies,
        &mut queue,
        cancel,
    )?;
    while let Some(body) = queue.pop() {
        place.depth = body.depth;
        place.nesting = body.nesting;
        let root = body.tree.root_node_with_offset(body.start, body.point);
        walk_node(
            body.language,
            root,
            text,
            place,
            raws,
            bodies,
            &mut queue,
            cancel,
        )?;
    }
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Place {
    /// Added to the depth of lines.
    depth: u16,
    nesting: u8,
}

#[expect(
    clippy::too_many_arguments,
    reason = "the state of one walk, split by who owns it"
)]
fn walk_node(
    language: Language,
    root: Node<'_>,
    text: &str,
    place: Place,
    raws: &mut Raws,
    bodies: &mut Bodies,
    queue: &mut Vec<Body>,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let pack = language.pack();
    let mut walker = Walker {
        pack,
        language,
        text,
        raws,
        bodies,
        queue,
        cancel,
        place,
        dead: SmallVec::new(),
        cursors: Vec::new(),
        scratch: root.walk(),
        tokens_end: 0,
        skip: false,
        around: Vec::new(),
    };
    let mut cursor = root.walk();
    let mut depth = place.depth;
    let mut next_row = root.start_position().row;
    let mut n_nodes = 0_u32;
    loop {
        n_nodes += 1;
        if n_nodes.is_multiple_of(4096) {
            cancel.check()?;
        }
        let node = cursor.node();
        let row = node.start_position().row;
        if row >= next_row {
            walker.raws.set_depth(row, depth);
            next_row = row + 1;
        }
        walker.place.depth = depth;
        if !walker.dead.is_empty()
            && let Some(at) = walker.dead.iter().position(|&id| id == node.id())
        {
            walker.dead.swap_remove(at);
            walker.skip = true;
        }
        let patterns = pack.rooted_at(node.kind_id());
        if !patterns.is_empty() && !walker.skip {
            walker.visit(node, patterns);
        }
        if !std::mem::take(&mut walker.skip) && cursor.goto_first_child() {
            walker.around.push(node.kind_id());
            depth = depth.saturating_add(1);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Ok(());
            }
            walker.around.pop();
            depth = depth.saturating_sub(1);
        }
    }
}

struct Walker<'a, 't> {
    pack: &'static Pack,
    language: Language,
    text: &'a str,
    raws: &'a mut Raws,
    bodies: &'a mut Bodies,
    queue: &'a mut Vec<Body>,
    cancel: &'a Cancel,
    place: Place,
    /// The token trees ahead that were parsed on their own instead.
    dead: SmallVec<[usize; 2]>,
    /// Cursors for looking at children, one per nested enumeration.
    cursors: Vec<TreeCursor<'t>>,
    scratch: TreeCursor<'t>,
    /// Inside a token tree up to here.
    tokens_end: usize,
    /// The current node's children hold nothing of interest.
    skip: bool,
    /// The kinds of the nodes around the current one, outermost first.
    around: Vec<u16>,
}

impl<'t> Walker<'_, 't> {
    fn visit(&mut self, node: Node<'t>, patterns: &[u16]) {
        let pack = self.pack;
        for &idx in patterns {
            let pattern = &pack.patterns[idx as usize];
            let mut matched: Matched<'t> = SmallVec::new();
            matched.push(Some(node));
            if has_absent(&pattern.steps[0], node) || self.is_below(&pattern.outside) {
                continue;
            }
            self.solve(pattern, 1, &mut matched);
        }
    }

    /// Whether the current node lies in one of these kinds.
    fn is_below(&self, kinds: &[u16]) -> bool {
        !kinds.is_empty() && self.around.iter().any(|kind| kinds.contains(kind))
    }

    /// Finds nodes for the steps from `idx` on; recursion is as deep as the pattern has steps. Answers whether any
    /// match was found.
    fn solve(&mut self, pattern: &Pattern, idx: usize, matched: &mut Matched<'t>) -> bool {
        // A node whose text is not the one asked for ends the search before what comes after it is looked at.
        if !self.holds(pattern, idx - 1, matched[idx - 1]) {
            return false;
        }
        let Some(step) = pattern.steps.get(idx) else {
            self.take(pattern, matched);
            return true;
        };
        let mut found = false;
        if let Some(parent) = matched[step.parent] {
            let earliest = step
                .after
                .and_then(|after| matched[after])
                .map_or(0, |node| node.end_byte());
            if let (Some(field), false, false) = (step.field, step.many, step.first) {
                if let Some(child) = parent.child_by_field_id(field.get())
                    && accepts(step, child)
                    && child.start_byte() >= earliest
                {
                    matched.push(Some(child));
                    found = self.solve(pattern, idx + 1, matched);
                    matched.truncate(idx);
                }
            } else {
                found = self.solve_among(pattern, idx, parent, earliest, matched);
            }
        } else {
            // Below an optional step without a node.
            matched.push(None);
            found = self.solve(pattern, idx + 1, matched);
            matched.truncate(idx);
            return found;
        }
        if !found && step.optional {
            matched.push(None);
            found = self.solve(pattern, idx + 1, matched);
            matched.truncate(idx);
        }
        found
    }

    /// Tries the children of `parent` in turn.
    fn solve_among(
        &mut self,
        pattern: &Pattern,
        idx: usize,
        parent: Node<'t>,
        earliest: usize,
        matched: &mut Matched<'t>,
    ) -> bool {
        let step = &pattern.steps[idx];
        let mut cursor = self.cursors.pop().unwrap_or_else(|| parent.walk());
        cursor.reset(parent);
        let mut found = false;
        let mut more = cursor.goto_first_child();
        while more {
            let child = cursor.node();
            let fits = child.start_byte() >= earliest
                && step
                    .field
                    .is_none_or(|field| cursor.field_id() == Some(field))
                && accepts(step, child);
            if fits {
                matched.push(Some(child));
                found |= self.solve(pattern, idx + 1, matched);
                matched.truncate(idx);
            }
            // A leading anchor: nothing but comments may stand before.
            if step.first && child.is_named() && !child.is_extra() {
                break;
            }
            more = cursor.goto_next_sibling();
        }
        self.cursors.push(cursor);
        found
    }

    /// Whether the conditions on a step allow this node.
    fn holds(&self, pattern: &Pattern, step: usize, node: Option<Node<'t>>) -> bool {
        let mut conditions = pattern.conditions.iter().filter(|it| it.step == step);
        conditions.all(|condition| {
            let text = node.and_then(|node| self.text.get(node.byte_range()));
            condition.holds(text.unwrap_or(""))
        })
    }

    /// Notes what a complete match says.
    fn take(&mut self, pattern: &Pattern, matched: &Matched<'t>) {
        let mut definition = None;
        let mut reference = None;
        let mut name: Option<(Node<'t>, usize)> = None;
        let (mut qualifier, mut on_value, mut doc) = (None, false, None);
        let mut import = None;
        let (mut container, mut body, mut end) = (None, None, None);
        let (mut embedded, mut embedded_language) = (None, None);
        for (step, node) in pattern.steps.iter().zip(matched) {
            let Some(node) = *node else { continue };
            for &capture in &step.captures {
                match capture {
                    Capture::Definition(kind) => definition = Some((kind, node)),
                    Capture::Reference(kind) => reference = Some(kind),
                    Capture::Name => name = Some((node, step.parent)),
                    Capture::Qualifier => qualifier = Some(node),
                    Capture::Receiver => {
                        qualifier = Some(node);
                        on_value = true;
                    }
                    Capture::Container => container = Some(range(node)),
                    Capture::Body => body = Some(node),
                    Capture::End => end = Some(node.end_byte()),
                    Capture::Embedded => embedded = Some(node),
                    Capture::EmbeddedLanguage => embedded_language = Some(node),
                    Capture::Doc => doc = Some(range(node)),
                    Capture::DocInner => self.raws.inner_doc(self.text, node),
                    Capture::Comment => self.raws.lead(self.text, node, true),
                    Capture::Attribute => self.raws.lead(self.text, node, false),
                    Capture::Test => self.raws.tests.push(node.start_byte() as u32),
                    Capture::Tokens => self.tokens_end = self.tokens_end.max(node.end_byte()),
                    Capture::Items => self.items(node),
                    Capture::Derive => {
                        let row = node.start_position().row as u32;
                        tokens::derive(self.text, range(node), row, self.raws);
                    }
                    Capture::Ignore => {
                        self.raws.claim(node.start_byte());
                        // An ignored root is ignored with all that it holds.
                        self.skip |= matched[0] == Some(node);
                    }
                    Capture::Local => {
                        if self.raws.claim(node.start_byte()) {
                            self.raws.locals.push(range(node));
                        }
                    }
                    Capture::Import => import = Some(node),
                    Capture::ImportTree
                    | Capture::ImportPath
                    | Capture::ImportModule
                    | Capture::ImportName
                    | Capture::ImportAlias
                    | Capture::ImportGlob
                    | Capture::Reexport
                    | Capture::Private => {}
                }
            }
        }
        if import.is_some() {
            self.skip = true;
            self.raws.import(self.text, captures(pattern, matched));
        }
        if let Some(node) = embedded {
            let named = embedded_language.and_then(|node| self.text.get(node.byte_range()));
            let language = named.or(pattern.language.as_deref());
            if let Some(language) = language.and_then(Language::by_alias) {
                self.embed(language, node, pattern.skip_line);
            }
        }
        let Some((name, name_parent)) = name else {
            return;
        };
        if let Some((kind, node)) = definition {
            let inner = matched[name_parent].unwrap_or(node);
            // `Node::parent` goes down from the root of the tree, so few patterns may ask for it.
            let parent = pattern.rest.then(|| node.parent()).flatten();
            let rest = parent.map(|parent| parent.end_byte());
            let end = rest.or(end).unwrap_or(node.end_byte());
            let fresh = RawDefinition {
                kind,
                node: ByteRange::new(node.start_byte(), end),
                row: node.start_position().row as u32,
                name: if pattern.trim {
                    trimmed(self.text, name)
                } else {
                    range(name)
                },
                doc,
                signature: ByteRange::new(0, 0),
                container,
                merge: pattern.merge,
                rest: pattern.rest,
                once: pattern.once,
            };
            self.define(fresh, node, inner, name, body);
        } else if let Some(kind) = reference {
            if name.start_byte() < self.tokens_end {
                tokens::token(self.text, range(name), name.start_position().row, self.raws);
            } else if self.raws.claim(name.start_byte()) {
                self.raws.references.push(RawReference {
                    kind,
                    name: range(name),
                    line: name.start_position().row as u32,
                    qualifier: qualifier.map(range),
                    on_value,
                });
            }
        }
    }

    fn define(
        &mut self,
        mut definition: RawDefinition,
        node: Node<'t>,
        inner: Node<'t>,
        name: Node<'t>,
        body: Option<Node<'t>>,
    ) {
        // The name of an impl block is a use of the type too, so it stays free for a reference.
        let fresh = if definition.kind == SymbolKind::Impl {
            let last = self.raws.definitions.last();
            last.is_none_or(|last| last.node.start as usize != node.start_byte())
        } else {
            self.raws.claim(name.start_byte())
        };
        if !fresh || name.is_missing() || definition.name.is_empty() {
            return;
        }
        definition.signature = if definition.kind == SymbolKind::Macro && body.is_none() {
            ByteRange::new(node.start_byte(), name.end_byte())
        } else if let Some(body) = body {
            self.signature_until(node, body)
                .unwrap_or_else(|| range(node))
        } else {
            self.signature(node)
                .or_else(|| self.signature(inner))
                .unwrap_or_else(|| range(node))
        };
        definition.signature.end = definition.signature.end.min(definition.node.end);
        self.raws.definitions.push(definition);
    }

    /// From the start of a node to the last thing before its body; `None` without a body.
    fn signature(&mut self, node: Node<'t>) -> Option<ByteRange> {
        let body = node.child_by_field_id(self.pack.body?.get())?;
        if self.text.as_bytes().get(body.start_byte()) == Some(&b'(') {
            return Some(range(node));
        }
        self.signature_until(node, body)
    }

    /// From the start of a node to the last thing before `body`, which may lie deeper in it.
    fn signature_until(&mut self, node: Node<'t>, body: Node<'t>) -> Option<ByteRange> {
        let mut end = node.start_byte();
        // Not by `Node::parent`, which goes down from the root of the tree.
        let mut is_child = false;
        self.scratch.reset(node);
        let mut more = self.scratch.goto_first_child();
        while more {
            let child = self.scratch.node();
            if child.start_byte() > body.start_byte() {
                break;
            }
            is_child |= child.id() == body.id();
            if child.start_byte() < body.start_byte() && child.is_named() && !child.is_extra() {
                end = child.end_byte();
            }
            more = self.scratch.goto_next_sibling();
        }
        if !is_child {
            let head = &self.text[node.start_byte()..body.start_byte().max(node.start_byte())];
            end = node.start_byte() + head.trim_end().len();
        }
        (end > node.start_byte()).then(|| ByteRange::new(node.start_byte(), end))
    }

    /// A macro's token tree that may hold items: parsed on its own, and used when that goes without errors.
    fn items(&mut self, node: Node<'t>) {
        let start = node.start_byte() + 1;
        let body = ByteRange::new(start, node.end_byte().saturating_sub(1)).slice(self.text);
        if self.place.nesting >= MAX_NESTING || !tokens::looks_like_items(body) {
            return;
        }
        let tree = self.bodies.parse(self.language, body, self.cancel);
        // A macro that is not made of items is left to its tokens.
        let Some(tree) = tree.filter(|tree| !tree.root_node().has_error()) else {
            return;
        };
        let mut point = node.start_position();
        point.column += 1;
        self.dead.push(node.id());
        self.queue.push(Body {
            language: self.language,
            tree,
            start,
            point,
            depth: self.place.depth + 1,
            nesting: self.place.nesting + 1,
        });
    }

    /// A part in another language: parsed on its own, errors and all.
    fn embed(&mut self, language: Language, node: Node<'t>, skip_line: bool) {
        if self.place.nesting >= MAX_NESTING {
            return;
        }
        let (mut start, mut point) = (node.start_byte(), node.start_position());
        let Some(mut body) = self.text.get(node.byte_range()) else {
            return;
        };
        if skip_line {
            let skipped = body.find('\n').map_or(body.len(), |at| at + 1);
            body = &body[skipped..];
            start += skipped;
            point.row += 1;
            point.column = 0;
        }
        let Some(tree) = self.bodies.parse(language, body, self.cancel) else {
            return;
        };
        self.skip |= node.child_count() == 0;
        self.queue.push(Body {
            language,
            tree,
            start,
            point,
            depth: self.place.depth + 1,
            nesting: self.place.nesting + 1,
        });
    }
}

/// The name without the marks around it: `name` of `:name`, `"name"`, `'name'`, `@name`, `$name`.
fn trimmed(text: &str, node: Node<'_>) -> ByteRange {
    let whole = range(node);
    let is_mark = |c: char| matches!(c, '"' | '\'' | '`' | ':' | '@' | '$') || c.is_whitespace();
    let text = whole.slice(text);
    let name = text.trim_start_matches(is_mark);
    let start = whole.start as usize + text.len() - name.len();
    // `ll=` of an alias is named `ll`; `:content=` is named with its sign, which is the method's own.
    let name = if name.len() == text.len() {
        name.trim_end_matches(|c| is_mark(c) || c == '=')
    } else {
        name.trim_end_matches(is_mark)
    };
    ByteRange::new(start, start + name.len())
}

fn captures<'m, 't>(
    pattern: &'m Pattern,
    matched: &'m Matched<'t>,
) -> impl Iterator<Item = (Capture, Node<'t>)> + 'm {
    pattern
        .steps
        .iter()
        .zip(matched)
        .filter_map(|(step, node)| Some((step, (*node)?)))
        .flat_map(|(step, node)| step.captures.iter().map(move |&capture| (capture, node)))
}

fn accepts(step: &Step, node: Node<'_>) -> bool {
    step.kinds.accepts(node.kind_id(), || node.is_named()) && !has_absent(step, node)
}

fn has_absent(step: &Step, node: Node<'_>) -> bool {
    step.absent
        .iter()
        .any(|field| node.child_by_field_id(field.get()).is_some())
}

fn range(node: Node<'_>) -> ByteRange {
    ByteRange::new(node.start_byte(), node.end_byte())
}
