//! Import statements to [`Import`]s. Knows the captures of `imports.scm` and how a use tree is flattened; resolves
//! nothing.

use crate::Import;
use crate::language::is_extension;
use crate::pack::Capture;
use compact_str::CompactString;
use symseek_base::ByteRange;
use tree_sitter::Node;

/// Notes the imports of one match.
pub(crate) fn collect<'t>(
    text: &str,
    captures: impl Iterator<Item = (Capture, Node<'t>)>,
    into: &mut Vec<Import>,
) {
    let (mut tree, mut path, mut module, mut name) = (None, None, None, None);
    let (mut alias, mut glob, mut reexport) = (None, None, false);
    for (capture, node) in captures {
        match capture {
            Capture::ImportTree => tree = Some(node),
            Capture::ImportPath => path = Some(node),
            Capture::ImportModule => module = Some(node),
            Capture::ImportName => name = Some(node),
            Capture::ImportAlias => alias = Some(node),
            Capture::ImportGlob => glob = Some(node),
            Capture::Reexport => reexport = true,
            _ => {}
        }
    }
    let of = |node: Node<'_>| bare(&squeezed(text.get(node.byte_range()).unwrap_or("")));
    if let Some(tree) = tree {
        let line = tree.start_position().row as u32;
        flatten(text, tree.byte_range(), line, reexport, into);
        return;
    }
    let Some(node) = name.or(glob).or(path) else {
        return;
    };
    let last = if glob.is_some() {
        "*".into()
    } else {
        last_name(&of(node))
    };
    let full = match module.map(of) {
        Some(module) if module.ends_with('.') => {
            format!("{module}{}", whole(&of(node), glob)).into()
        }
        Some(module) => format!("{module}.{}", whole(&of(node), glob)).into(),
        None => of(node),
    };
    into.push(Import {
        path: full,
        alias: alias.map_or_else(|| last.clone(), of),
        name: last,
        range: ByteRange::new(node.start_byte(), node.end_byte()),
        line: node.start_position().row as u32,
        reexport,
    });
}

/// A path without the quotes or brackets around it.
fn bare(path: &str) -> CompactString {
    path.trim_matches(['"', '\'', '`', '<', '>']).into()
}

/// The last name of a path: `c` of `a.b.c`, `a::c` and `./a/c.js`. The extension of a file is no name.
fn last_name(path: &str) -> CompactString {
    let file = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path);
    let stem = match file.rsplit_once('.') {
        Some((stem, extension))
            if !stem.is_empty() && (path.contains('/') || is_extension(extension)) =>
        {
            stem
        }
        _ => file,
    };
    let name = stem.rsplit(['.', ':', '\\']).next().unwrap_or(stem);
    if name.is_empty() {
        path.into()
    } else {
        name.into()
    }
}

fn whole<'a>(name: &'a str, glob: Option<Node<'_>>) -> &'a str {
    if glob.is_some() { "*" } else { name }
}

fn squeezed(text: &str) -> CompactString {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Flattens a use tree: `a::{b as c, d::*, self}`. Iterative, because braces may nest without end.
fn flatten(
    text: &str,
    range: std::ops::Range<usize>,
    first_line: u32,
    reexport: bool,
    into: &mut Vec<Import>,
) {
    let whole = text.get(range.clone()).unwrap_or("");
    // Scala joins by dots and writes the statement's word, globs as `_` and aliases with an arrow.
    let separator = if whole.contains("::") || !whole.contains('.') {
        "::"
    } else {
        "."
    };
    let mut path: Vec<&str> = Vec::new();
    let mut open: Vec<usize> = vec![0];
    let mut leaf: Option<ByteRange> = None;
    let mut alias: Option<&str> = None;
    let mut awaiting_alias = false;
    let mut at = range.start;
    let mut line = first_line;
    let mut leaf_line = first_line;
    while at <= range.end {
        let rest = text.get(at..range.end).unwrap_or("");
        let c = rest.chars().next().unwrap_or(',');
        match c {
            '\n' => line += 1,
            '{' => {
                open.push(path.len());
                leaf = None;
            }
            ',' | '}' => {
                if let Some(range) = leaf.take() {
                    into.push(import(&path, separator, alias, range, leaf_line, reexport));
                }
                alias = None;
                awaiting_alias = false;
                if c == '}' && open.len() > 1 {
                    open.pop();
                }
                path.truncate(open.last().copied().unwrap_or(0));
                // After `}` the group stands for its whole entry: back to the start of that entry at the next comma.
            }
            '*' => {
                path.push("*");
                leaf = Some(ByteRange::new(at, at + 1));
                leaf_line = line;
            }
            '=' if rest.starts_with("=>") && leaf.is_some() => awaiting_alias = true,
            '/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '/' if rest.starts_with("/*") => {
                let len = rest.find("*/").map_or(rest.len(), |end| end + 2);
                line += rest[..len].matches('\n').count() as u32;
                at += len;
                continue;
            }
            c if c.is_alphanumeric() || c == '_' || c == '$' => {
                let rest = rest.strip_prefix("r#").unwrap_or(rest);
                let start = range.end - rest.len();
                let len = rest
                    .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                    .unwrap_or(rest.len())
                    .max(1);
                let word = rest.get(..len).unwrap_or(rest);
                if awaiting_alias {
                    alias = Some(word);
                } else if word == "as" && leaf.is_some() {
                    awaiting_alias = true;
                } else if separator == "." && path.is_empty() && matches!(word, "import" | "export")
                {
                    // The statement's own word.
                } else if separator == "." && matches!(word, "_" | "given") {
                    path.push("*");
                    leaf = Some(ByteRange::new(start, start + word.len()));
                    leaf_line = line;
                } else {
                    path.push(word);
                    leaf = Some(ByteRange::new(start, start + word.len()));
                    leaf_line = line;
                }
                at = start + word.len();
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
}

fn import(
    path: &[&str],
    separator: &str,
    alias: Option<&str>,
    range: ByteRange,
    line: u32,
    reexport: bool,
) -> Import {
    // `use a::b::{self}` brings `b`.
    let path = match path {
        [prefix @ .., "self"] if !prefix.is_empty() => prefix,
        whole => whole,
    };
    let name = path.last().copied().unwrap_or_default();
    Import {
        path: path.join(separator).into(),
        name: name.into(),
        alias: alias.unwrap_or(name).into(),
        range,
        line,
        reexport,
    }
}
