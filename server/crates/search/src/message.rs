//! Tells which string literal a message was made of: `cannot open {path}: {reason}` made *cannot open /etc/hosts: denied*. Reads string literals
//! as most languages write them, with their placeholders, and joins pieces that a statement concatenates. A measure of likeness,
//! not a parser: what it takes for a literal by mistake holds few of the message's words in their order.

use std::ops::Range;

/// Words of a message that are compared; logs are cut here.
const MAX_WORDS: usize = 48;
/// Words of a literal that are compared. Longer ones are help texts, templates of pages, test data.
const MAX_LITERAL_WORDS: usize = 64;
/// Between pieces of one concatenation: an operator, what is inserted, an operator.
const MAX_BETWEEN: usize = 80;

/// A message as somebody saw it.
#[derive(Debug)]
pub(crate) struct Message {
    words: Vec<String>,
    /// What each word weighs.
    weights: Vec<f32>,
    all: f32,
}

impl Message {
    /// `weigh` tells what a word (lower-case) weighs. Numbers and quoted single words, which mostly stand in the place of something,
    /// weigh a quarter of it.
    pub(crate) fn new(text: &str, weigh: impl Fn(&str) -> f32) -> Self {
        let mut message = Self {
            words: Vec::new(),
            weights: Vec::new(),
            all: 0.0,
        };
        for range in words(text).take(MAX_WORDS) {
            let word = text[range.clone()].to_lowercase();
            let is_number = word.starts_with(|c: char| c.is_ascii_digit());
            let is_quote = |c: char| matches!(c, '\'' | '"' | '`');
            let is_quoted =
                text[..range.start].ends_with(is_quote) && text[range.end..].starts_with(is_quote);
            let share = if is_number || is_quoted { 0.25 } else { 1.0 };
            let weight = weigh(&word) * share;
            message.all += weight;
            message.words.push(word);
            message.weights.push(weight);
        }
        message
    }

    /// How well the best literal of a text fits, 0 to 1: its words stand in the message in their order, and the other way round.
    pub(crate) fn likeness(&self, text: &str) -> f32 {
        if self.all <= 0.0 {
            return 0.0;
        }
        let mut best = 0.0_f32;
        let mut literal = Vec::new();
        for_each_template(text, |pieces| {
            literal.clear();
            for piece in pieces {
                literal.extend(words(piece).map(|range| piece[range].to_lowercase()));
            }
            best = best.max(self.fit(&literal));
        });
        best
    }

    /// The weight of the longest common subsequence, as a share of both sides (their geometric mean).
    fn fit(&self, literal: &[String]) -> f32 {
        if literal.is_empty() || literal.len() > MAX_LITERAL_WORDS {
            return 0.0;
        }
        let mut common = vec![0.0_f32; literal.len() + 1];
        for (word, weight) in self.words.iter().zip(&self.weights) {
            let mut diagonal = 0.0;
            for (at, of_literal) in literal.iter().enumerate() {
                let above = common[at + 1];
                common[at + 1] = if word == of_literal {
                    diagonal + weight
                } else {
                    above.max(common[at])
                };
                diagonal = above;
            }
        }
        let common = common[literal.len()];
        // A word that the message has not is taken to weigh as much as one that it has.
        let average = self.all / self.words.len() as f32;
        let weight_of = |word: &String| {
            let known = self.words.iter().position(|it| it == word);
            known.map_or(average, |at| self.weights[at])
        };
        let of_literal: f32 = literal.iter().map(weight_of).sum();
        if of_literal <= 0.0 {
            return 0.0;
        }
        (common / self.all).min(1.0).sqrt() * (common / of_literal).min(1.0).sqrt()
    }
}

/// Runs of letters, digits and underscores.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_word)?;
        let rest = &text[start..];
        at = start + rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        Some(start..at)
    })
}

/// Calls `each` with the fixed pieces of every message that the literals of a text may make, in their order.
fn for_each_template<'t>(text: &'t str, mut each: impl FnMut(&[&'t str])) {
    let mut pieces: Vec<&str> = Vec::new();
    let mut end = 0;
    let mut at = 0;
    while let Some(literal) = next_literal(text, at) {
        if !pieces.is_empty() && !is_concatenation(&text[end..literal.start]) {
            each(&pieces);
            pieces.clear();
        }
        split_at_placeholders(&text[literal.inside.clone()], &mut pieces);
        end = literal.end;
        at = end;
    }
    if !pieces.is_empty() {
        each(&pieces);
    }
}

struct Literal {
    start: usize,
    inside: Range<usize>,
    end: usize,
}

/// The first string literal from `at` on. Quotes inside words are apostrophes; `'` encloses a literal only within a line, and a
/// lifetime or a character is none.
fn next_literal(text: &str, mut at: usize) -> Option<Literal> {
    let bytes = text.as_bytes();
    loop {
        let start = at
            + bytes
                .get(at..)?
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
        let quote = bytes[start];
        let fence = [quote; 3];
        if quote != b'`' && bytes[start..].starts_with(&fence) {
            let inside = start + 3;
            let len = text[inside..].find(if quote == b'"' { "\"\"\"" } else { "'''" });
            let Some(len) = len else {
                at = inside;
                continue;
            };
            return Some(Literal {
                start,
                inside: inside..inside + len,
                end: inside + len + 3,
            });
        }
        // More letters than mark the kind of literal (`f"…"`, `rb'…'`) make an apostrophe of it.
        let is_apostrophe = quote == b'\'' && {
            let letters = bytes[..start].iter().rev();
            letters
                .take_while(|byte| byte.is_ascii_alphabetic())
                .count()
                > 2
        };
        let end = closing(bytes, start).filter(|_| !is_apostrophe);
        let Some(end) = end else {
            at = start + 1;
            continue;
        };
        return Some(Literal {
            start,
            inside: start + 1..end,
            end: end + 1,
        });
    }
}

/// Where the quote at `start` closes: `'` within its line and not around code, the others anywhere.
fn closing(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    // A character: `'"'`, `'\''`.
    if quote == b'\'' {
        match bytes[start + 1..] {
            [b'\\', _, b'\'', ..] => return Some(start + 3),
            [first, b'\'', ..] if first != b'\\' => return Some(start + 2),
            _ => {}
        }
    }
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' | b'"' | b'&' if quote == b'\'' => return None,
            _ if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether what stands between two literals joins them: nothing but white space (and the marks of a following literal), a macro that is
/// a literal, or an operator at both ends with what is inserted between.
fn is_concatenation(between: &str) -> bool {
    let between = between.trim_matches(|c: char| c.is_whitespace() || c == '\\');
    let is_operator = |c: char| matches!(c, '+' | '.' | '<' | '&' | '~' | '|');
    let bare = between.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '$' || c == '@');
    let is_mark = between.len() - bare.len() <= 2;
    if bare.is_empty() && is_mark || is_macro(between) {
        return true;
    }
    between.len() <= MAX_BETWEEN
        && !between.contains([';', '{', '}'])
        && between.starts_with(is_operator)
        && (between.ends_with(is_operator) || is_mark && bare.trim_end().ends_with(is_operator))
}

/// A name as C writes those of macros that are literals: `PRIu64`, `LOG_PREFIX`. Words between literals elsewhere (`in`, `if`) are
/// lower-case.
fn is_macro(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().filter(char::is_ascii_uppercase).count() > 2
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Cuts a literal at what a value is put in the place of, and at escapes of white space.
fn split_at_placeholders<'t>(literal: &'t str, pieces: &mut Vec<&'t str>) {
    let bytes = literal.as_bytes();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        let len = placeholder(&bytes[at..]);
        if len == 0 {
            at += 1;
            continue;
        }
        pieces.extend(literal.get(from..at).filter(|piece| !piece.is_empty()));
        at = (at + len).min(bytes.len());
        from = at;
    }
    pieces.extend(literal.get(from..).filter(|piece| !piece.is_empty()));
}

/// How long the placeholder or escape is with which these bytes begin: `{x}`, `${x}`, `#{x}`, `\(x)`, `$x`, `%s`, `%(x)s`, `%-5.2f`,
/// `%1$s`, `\n`; 0 for none.
fn placeholder(bytes: &[u8]) -> usize {
    let enclosed = |from: usize, [open, close]: [u8; 2]| {
        let mut depth = 0;
        for (at, &byte) in bytes.iter().enumerate().skip(from) {
            if byte == open {
                depth += 1;
            } else if byte == close {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
        }
        0
    };
    match *bytes {
        [b'{', b'{', ..] => 2,
        [b'{', ..] => enclosed(0, *b"{}"),
        [b'$' | b'#', b'{', ..] => enclosed(1, *b"{}"),
        [b'\\', b'(', ..] => enclosed(1, *b"()"),
        [b'\\', ..] => 2,
        [b'$', next, ..] if next.is_ascii_alphabetic() || next == b'_' => {
            let name = bytes[1..].iter();
            1 + name
                .take_while(|it| it.is_ascii_alphanumeric() || **it == b'_')
                .count()
        }
        [b'%', ..] => {
            let from = match enclosed(1, *b"()") {
                end if bytes.get(1) == Some(&b'(') && end > 0 => end,
                _ => 1,
            };
            let flags = bytes[from..].iter();
            let flags = flags
                .take_while(|it| {
                    matches!(
                        it,
                        b'0'..=b'9'
                            | b'-'
                            | b'+'
                            | b'#'
                            | b'.'
                            | b'*'
                            | b'$'
                            | b'['
                            | b']'
                            | b'l'
                            | b'h'
                            | b'z'
                    )
                })
                .count();
            match bytes.get(from + flags) {
                Some(letter) if letter.is_ascii_alphabetic() => from + flags + 1,
                _ => 0,
            }
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn likeness(message: &str, text: &str) -> f32 {
        Message::new(message, |_| 1.0).likeness(text)
    }

    /// How languages write a message of fixed pieces with a value after each but the last.
    type Writer = fn(&[String]) -> String;
    const WRITERS: [(&str, Writer); 16] = [
        ("Rust format!", |pieces| {
            format!("bail!(\"{}\", path.display())", pieces.join(" {path:?} "))
        }),
        ("Rust, over lines", |pieces| {
            format!(
                "panic!(\n    \"{}\",\n    x\n);",
                pieces.join(" {} \\\n     ")
            )
        }),
        ("Python %", |pieces| {
            format!("raise ValueError('{}' % (a, b))", pieces.join(" %(name)s "))
        }),
        ("Python f-string", |pieces| {
            format!("raise KeyError(f'{}')", pieces.join(" {self.key!r} "))
        }),
        ("Python .format", |pieces| {
            format!("msg = \"{}\".format(a, b)", pieces.join(" {0:>5} "))
        }),
        ("Python, implied", |pieces| {
            format!("f(\n    \"{}\"\n)", pieces.join(" %s \"\n    \""))
        }),
        ("JavaScript template", |pieces| {
            format!("throw new Error(`{}`)", pieces.join(" ${a.b} "))
        }),
        ("JavaScript +", |pieces| {
            format!("throw new Error('{}')", pieces.join(" ' + f(a, b) + ' "))
        }),
        ("Go Errorf", |pieces| {
            format!("return fmt.Errorf(\"{}\", err)", pieces.join(" %-8.3v "))
        }),
        ("C printf", |pieces| {
            format!("fprintf(stderr, \"{}\\n\", n);", pieces.join(" %08lx "))
        }),
        ("C format macro", |pieces| {
            format!(
                "fprintf(stderr, \"{}\\n\", n);",
                pieces.join(" %\" PRIu64 \" ")
            )
        }),
        ("C++ <<", |pieces| {
            format!(
                "LOG(ERROR) << \"{}\";",
                pieces.join(" \" << n.size() << \" ")
            )
        }),
        ("Ruby", |pieces| {
            format!(
                "raise ArgumentError, \"{}\"",
                pieces.join(" #{name.inspect} ")
            )
        }),
        ("Java String.format", |pieces| {
            format!("String.format(\"{}\", a)", pieces.join(" %1$s "))
        }),
        ("Java +", |pieces| {
            format!(
                "throw new IOException(\"{}\");",
                pieces.join(" \" + path.get(0, 1) + \" ")
            )
        }),
        ("Swift", |pieces| {
            format!("fatalError(\"{}\")", pieces.join(" \\(error.code) "))
        }),
    ];

    proptest! {
        #[test]
        fn a_message_is_known_by_its_literal(
            pieces in prop::collection::vec("[a-z]{4,9}( [a-z]{4,9}){1,3}", 2..4),
            values in prop::collection::vec(prop::sample::select(vec!["42", "'items'", "\"utf-8\"", "/etc/hosts", "0x1f"]), 3),
            prefix in prop::sample::select(vec!["", "ValueError: ", "2026-11-23T10:00:00Z ERROR [main] "]),
        ) {
            let mut message = prefix.to_owned();
            for (piece, value) in pieces.iter().zip(&values) {
                message.extend([piece, " ", value, " "]);
            }
            let message = message.trim_end();
            let mut turned = pieces.clone();
            turned.reverse();
            // Every word of the literal stands in the message, so only what the literal lacks is missing.
            let of_literal = pieces.iter().flat_map(|piece| words(piece)).count() as f32;
            let expected = (of_literal / Message::new(message, |_| 1.0).all).sqrt();
            for (language, write) in WRITERS {
                let right = likeness(message, &write(&pieces));
                prop_assert!((right - expected).abs() < 1e-5, "{}: {} of {}", language, right, write(&pieces));
                // The same words elsewhere than in one literal, in another order, or next to others.
                let loose = pieces.concat().replace(' ', "();\n");
                prop_assert!(likeness(message, &loose) < right, "{}", language);
                let code = format!("let a = '\"'; // It's here.\n{}\nlet b = \"other words\";", write(&pieces));
                prop_assert!((likeness(message, &code) - right).abs() < 1e-6, "{}: {}", language, code);
                if turned != pieces {
                    prop_assert!(likeness(message, &write(&turned)) < right, "{}", language);
                }
                let longer: Vec<String> = pieces.iter().map(|piece| format!("{piece} unlike others")).collect();
                prop_assert!(likeness(message, &write(&longer)) < right, "{}", language);
            }
        }

        #[test]
        fn any_text_is_read(message in "\\PC{0,60}", text in "[\"'`{}$#%\\\\()a-zé\n +.]{0,80}") {
            let likeness = likeness(&message, &text);
            prop_assert!((0.0..=1.0).contains(&likeness));
        }
    }

    #[test]
    fn a_message_without_values_is_its_literal() {
        let text =
            "fn f<'a>(x: &'a str) { x.expect(\"offset is always smaller than the length\") }";
        assert!((likeness("offset is always smaller than the length", text) - 1.0).abs() < 1e-6);
        assert!(likeness("offset is never larger", text) < 0.6);
        assert!(
            likeness("f x a str", "fn f<'a>(x: &'a str) {}") < 0.8,
            "no literal"
        );
        assert!(likeness("", text) <= 0.0);
        assert!(likeness("offset", "") <= 0.0);
    }

    #[test]
    fn placeholders_of_many_languages() {
        let of = |literal: &str| {
            let mut pieces = Vec::new();
            split_at_placeholders(literal, &mut pieces);
            pieces.join("|")
        };
        assert_eq!(of("a {x:?} b {} c"), "a | b | c");
        assert_eq!(of("a ${f({})} b #{x} c $name d"), "a | b | c | d");
        assert_eq!(of("a %(x)s b %-5.2f c %1$s d %zu e"), "a | b | c | d | e");
        assert_eq!(of(r"a\nb \(x) c"), "a|b | c");
        assert_eq!(of("50% {{x}} {open"), "50% |x}} {open");
        assert_eq!(of("100 %"), "100 %");
    }
}
