//! Kotlin: `class A { val x = 1 }` is an error to the grammar, which asks for a `;` or a line break before the `}`. The space
//! there becomes one. Only bodies that open and close on one line and stand behind `class`, `interface` or `object` matter.
//!
//! And the grammar's scanner reads on behind an `@` until it meets white space, past the end of the text and for ever. An
//! annotation that is being typed there is hidden from it.

use super::{Blank, Filling};
use symseek_base::ByteRange;

/// What is open around a place in the text.
enum Open {
    /// A `{`, whether it opens the body of a type, and whether a line break came since.
    Block { is_type: bool, is_long: bool },
    /// `${` in a string, which goes on behind its `}`.
    Template { is_raw: bool },
}

/// The spaces to replace, in order.
pub(super) fn one_line_bodies(text: &[u8]) -> Vec<Blank> {
    let mut blanks = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    // Whether a type's head stands before.
    let mut head = false;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        match text[at] {
            b'\n' => {
                // Only the innermost is asked, and hands it on when it closes.
                if let Some(Open::Block { is_long, .. }) = open.last_mut() {
                    *is_long = true;
                }
                at += 1;
            }
            b'/' if rest.starts_with(b"//") => at += line_end(rest),
            b'/' if rest.starts_with(b"/*") => {
                let end = memchr::memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4);
                if memchr::memchr(b'\n', &rest[..end]).is_some()
                    && let Some(Open::Block { is_long, .. }) = open.last_mut()
                {
                    *is_long = true;
                }
                at += end;
            }
            b'"' => {
                let is_raw = rest.starts_with(b"\"\"\"");
                at = in_string(text, at + if is_raw { 3 } else { 1 }, is_raw, &mut open);
            }
            b'\'' => {
                let escaped = usize::from(rest.get(1) == Some(&b'\\'));
                let inside = &rest[rest.len().min(2 + escaped)..rest.len().min(10)];
                at += memchr::memchr(b'\'', inside).map_or(1, |len| len + 3 + escaped);
            }
            b'{' => {
                open.push(Open::Block {
                    is_type: std::mem::take(&mut head),
                    is_long: false,
                });
                at += 1;
            }
            b'}' => {
                head = false;
                match open.pop() {
                    Some(Open::Template { is_raw }) => {
                        at = in_string(text, at + 1, is_raw, &mut open);
                        continue;
                    }
                    Some(Open::Block { is_type, is_long }) => {
                        let inside = text[..at].trim_ascii_end();
                        let ends = inside.last().is_none_or(|last| b"{;,".contains(last));
                        if is_type && !is_long && !ends && text[at - 1] == b' ' {
                            blanks.push(Blank {
                                range: ByteRange::new(at - 1, at),
                                with: Filling::Semicolon,
                            });
                        }
                        if is_long && let Some(Open::Block { is_long, .. }) = open.last_mut() {
                            *is_long = true;
                        }
                    }
                    None => {}
                }
                at += 1;
            }
            b';' => {
                head = false;
                at += 1;
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                let len = rest
                    .iter()
                    .position(|&b| !(b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80))
                    .unwrap_or(rest.len());
                match &rest[..len] {
                    b"class" | b"interface" | b"object" if !text[..at].ends_with(b":") => {
                        head = true;
                    }
                    b"fun" => head = false,
                    _ => {}
                }
                at += len;
            }
            _ => at += 1,
        }
    }
    blanks
}

/// The end of the text from an `@` on, if no white space follows it.
pub(super) fn open_annotation(text: &[u8]) -> Option<Blank> {
    let run = text
        .iter()
        .rposition(u8::is_ascii_whitespace)
        .map_or(0, |at| at + 1);
    let at = run + memchr::memchr(b'@', &text[run..])?;
    Some(Blank {
        range: ByteRange::new(at, text.len()),
        with: Filling::Spaces,
    })
}

/// From inside a string to behind it, or into a template of it.
fn in_string(text: &[u8], mut at: usize, is_raw: bool, open: &mut Vec<Open>) -> usize {
    while at < text.len() {
        match text[at] {
            b'$' if text.get(at + 1) == Some(&b'{') => {
                open.push(Open::Template { is_raw });
                return at + 2;
            }
            b'"' if !is_raw => return at + 1,
            b'"' if text[at..].starts_with(b"\"\"\"") => return at + 3,
            // A string that does not end on its line ends there.
            b'\n' if !is_raw => return at,
            b'\\' if !is_raw => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn line_end(rest: &[u8]) -> usize {
    memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}
