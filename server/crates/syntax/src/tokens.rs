//! Macro arguments, which a grammar leaves as loose tokens: finds calls, macros, types and reads among them by the
//! characters around each identifier. A heuristic; it never looks further than 64 bytes back.

use crate::ReferenceKind;
use crate::raw::{RawReference, Raws};
use symseek_base::ByteRange;

/// Whether a macro's body looks like items: its first word can start one, so it is worth a parse.
pub(crate) fn looks_like_items(body: &str) -> bool {
    let mut rest = body.trim_start();
    while let Some(comment) = rest.strip_prefix("//") {
        rest = comment
            .split_once('\n')
            .map_or("", |(_, after)| after)
            .trim_start();
    }
    if rest.starts_with("#[") || rest.starts_with("/**") {
        return true;
    }
    let word = rest
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .next()
        .unwrap_or("");
    let after = rest[word.len()..].trim_start();
    match word {
        "pub" | "fn" | "struct" | "enum" | "impl" | "mod" | "use" | "trait" | "static" | "type"
        | "extern" => after.starts_with(|c: char| c.is_alphanumeric() || "_<(\"".contains(c)),
        "const" | "async" | "unsafe" => {
            after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                && !after.starts_with("move")
        }
        "union" | "macro_rules" => !after.starts_with(['.', '(', ',']),
        // `cfg_a! { … }` inside `cfg_b! { … }`.
        _ => !word.is_empty() && after.starts_with('!') && after[1..].trim_start().starts_with('{'),
    }
}

/// Notes the traits of a `derive(…)`.
pub(crate) fn derive(text: &str, tree: ByteRange, line: u32, raws: &mut Raws) {
    let list = tree.slice(text);
    let mut at = 0;
    for word in list.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        let start = at;
        at += word.len();
        at += list[at..].chars().next().map_or(0, char::len_utf8);
        if word.is_empty() {
            continue;
        }
        let offset = tree.start as usize + start;
        let fresh = raws.claim(offset);
        let is_path = list[start + word.len()..].starts_with("::");
        if fresh && !is_path {
            raws.references.push(RawReference {
                kind: ReferenceKind::Implements,
                name: ByteRange::new(offset, offset + word.len()),
                line: line + list[..start].matches('\n').count() as u32,
                qualifier: None,
                on_value: false,
            });
        }
    }
}

/// Notes what an identifier among loose tokens is used for.
pub(crate) fn token(text: &str, name: ByteRange, row: usize, raws: &mut Raws) {
    let bytes = text.as_bytes();
    let word = name.slice(text);
    let (start, end) = (name.start as usize, name.end as usize);
    let mut before = start;
    while before > 0 && bytes[before - 1].is_ascii_whitespace() {
        before -= 1;
    }
    let mut after = end;
    while bytes.get(after).is_some_and(u8::is_ascii_whitespace) {
        after += 1;
    }
    let on_value =
        before >= 1 && bytes[before - 1] == b'.' && !(before >= 2 && bytes[before - 2] == b'.');
    let on_path = before >= 2 && &bytes[before - 2..before] == b"::";
    let upper = word.starts_with(|c: char| c.is_uppercase());
    let next = bytes.get(after).copied().unwrap_or(b' ');
    let next2 = bytes.get(after + 1).copied().unwrap_or(b' ');
    let kind = match next {
        b'(' => ReferenceKind::Call,
        b'!' if next2 != b'=' => ReferenceKind::Macro,
        // `name = value` and `name: value` are names of arguments and fields.
        b'=' if next2 != b'=' && !on_value && !on_path => return,
        b':' if next2 == b':' => match bytes.get(after + 2) {
            Some(b'<') if !upper => ReferenceKind::Call,
            _ if upper => ReferenceKind::Type,
            _ => return,
        },
        b':' if !on_value && !on_path => return,
        b'{' if upper && end < after => ReferenceKind::Type,
        _ if on_value => return,
        _ => ReferenceKind::Read,
    };
    // A definition inside loose tokens, a lifetime, a keyword that the grammar takes for a name.
    let preceded =
        text[..before].ends_with("fn") || bytes.get(start.wrapping_sub(1)) == Some(&b'\'');
    if preceded || is_keyword(word) || !raws.claim(start) {
        return;
    }
    let qualifier = if on_value {
        Some(chain(text, before - 1))
    } else if on_path {
        Some(chain(text, before - 2))
    } else {
        None
    };
    raws.references.push(RawReference {
        kind,
        name,
        line: row as u32,
        qualifier: qualifier.filter(|range| !range.is_empty()),
        on_value,
    });
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "else"
            | "match"
            | "while"
            | "for"
            | "in"
            | "loop"
            | "return"
            | "let"
            | "move"
            | "async"
            | "await"
            | "fn"
            | "pub"
            | "struct"
            | "enum"
            | "impl"
            | "use"
            | "mod"
            | "where"
            | "as"
            | "ref"
            | "mut"
            | "dyn"
            | "unsafe"
            | "const"
            | "static"
            | "type"
            | "trait"
            | "break"
            | "continue"
            | "true"
            | "false"
            | "box"
    )
}

/// The path or place expression that ends at `end`: `self.a`, `Type::b`, `f(x)`; at most 64 bytes.
fn chain(text: &str, end: usize) -> ByteRange {
    let bytes = text.as_bytes();
    let limit = end.saturating_sub(64);
    let mut at = end;
    let mut depth = 0_u32;
    while at > limit {
        let byte = bytes[at - 1];
        match byte {
            b')' | b']' => depth += 1,
            b'(' | b'[' if depth > 0 => depth -= 1,
            b'(' | b'[' => break,
            _ if depth > 0 => {}
            b'.' | b':' | b'_' | b'$' | b'#' => {}
            byte if byte.is_ascii_alphanumeric() || byte >= 0x80 => {}
            _ => break,
        }
        at -= 1;
    }
    while !text.is_char_boundary(at) {
        at += 1;
    }
    if depth > 0 {
        at = end;
    }
    ByteRange::new(at, end)
}
