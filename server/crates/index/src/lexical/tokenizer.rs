//! Text to tokens, for the index, for unsaved text and for queries alike: equality of the three rests on this one function.
//!
//! A *run* is a maximal sequence of letters, digits and `_` (Unicode; combining marks stay with their letter). Each run
//! gives, lower-cased, the whole identifier and, when it has several, its parts:
//!
//! | run | tokens |
//! |---|---|
//! | `parse` | `parse` |
//! | `parseHTTPHeader` | `parsehttpheader` · `parse` `http` `header` |
//! | `__init__` | `__init__` · `init` |
//! | `utf8Decoder` | `utf8decoder` · `utf8` `utf` `decoder` |
//! | `userIDs` | `userids` · `user` `ids` |
//! | `x86_64` | `x86_64` · `x86` `86` `64` |
//! | `0xFF`, `1_000` | `0xff`, `1_000` |
//! | `検索` | `検` `索` |
//!
//! Parts of one character are dropped, whole identifiers are not. A run longer than 64 bytes is cut to 64 for its whole;
//! runs that are blobs (base64, minified: very short parts) or longer than 256 bytes give no parts.
//! No positions, no stop words, no normalisation beyond case.

use super::stem::stem;

/// Longest token, in bytes.
pub(super) const MAX_TOKEN: usize = 64;
/// Longest run that is taken apart, in bytes.
const MAX_SPLIT: usize = 256;
/// From this length a run must look like words to be taken apart.
const MIN_BLOB: usize = 24;

/// What changes the tokens, and with them the index format. The default is the product's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenizerOptions {
    /// Also emit the stem of plain words, and stems in place of parts (whole identifiers always stay as they are).
    pub stem: bool,
}

impl TokenizerOptions {
    /// Name of the tokenizer in the stored schema: an index of another name has to be rebuilt.
    pub fn format(self) -> &'static str {
        if self.stem {
            "symseek-1-stem"
        } else {
            "symseek-1"
        }
    }
}

/// Whether a token is a run as it stands or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A whole identifier, word or number.
    Whole,
    /// A part of an identifier, or a stem.
    Part,
}

/// Cuts texts into tokens; holds buffers, so keep one per thread.
#[derive(Debug, Clone, Default)]
pub struct Tokenizer {
    options: TokenizerOptions,
    lower: String,
    classes: Vec<u8>,
}

const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 4;
const UNDERSCORE: u8 = 8;
const OTHER: u8 = 16;
/// A byte that continues the character before it.
const CONTINUED: u8 = 32;

const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b'_' => UNDERSCORE,
            0x80..=0xff => OTHER,
            _ => 0,
        };
        byte += 1;
    }
    table
};

impl Tokenizer {
    /// A tokenizer with these options.
    pub fn new(options: TokenizerOptions) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// Switches the options, keeping the buffers.
    pub(super) fn set_options(&mut self, options: TokenizerOptions) {
        self.options = options;
    }

    /// Calls `emit` with every token of `text`, in order. A token is lower-case, not empty and at most 64 bytes.
    pub fn run(&mut self, text: &str, mut emit: impl FnMut(&str, TokenKind)) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            let mut seen = 0;
            while at < bytes.len() {
                let class = CLASS[bytes[at] as usize];
                if class == 0 {
                    break;
                }
                seen |= class;
                at += 1;
            }
            match seen {
                0 => at += 1,
                LOWER | DIGIT if at - start <= MAX_TOKEN => {
                    self.word(&text[start..at], seen, &mut emit);
                }
                _ if seen & OTHER == 0 => self.ascii_run(&text[start..at], &mut emit),
                _ => at = self.unicode_run(text, start, &mut emit),
            }
        }
    }

    fn word(&self, word: &str, seen: u8, emit: &mut impl FnMut(&str, TokenKind)) {
        emit(word, TokenKind::Whole);
        if self.options.stem && seen == LOWER {
            let stem = stem(word);
            if stem.len() < word.len() {
                emit(stem, TokenKind::Part);
            }
        }
    }

    fn ascii_run(&mut self, run: &str, emit: &mut impl FnMut(&str, TokenKind)) {
        let kept = if run.len() > MAX_SPLIT {
            &run[..MAX_TOKEN]
        } else {
            run
        };
        self.lower.clear();
        self.lower.push_str(kept);
        self.lower.make_ascii_lowercase();
        self.classes.clear();
        self.classes
            .extend(kept.bytes().map(|byte| CLASS[byte as usize]));
        self.finish(run.len(), emit);
    }

    /// A run with characters beyond ASCII; returns where it ends, at least one character after `start`.
    fn unicode_run(
        &mut self,
        text: &str,
        start: usize,
        emit: &mut impl FnMut(&str, TokenKind),
    ) -> usize {
        self.lower.clear();
        self.classes.clear();
        let mut end = start;
        let mut single = None;
        for c in text[start..].chars() {
            let class = class_of(c);
            if class == 0 || is_ideograph(c) {
                if end == start {
                    single = (class != 0).then_some(c);
                    end += c.len_utf8();
                }
                break;
            }
            end += c.len_utf8();
            if self.lower.len() > MAX_SPLIT {
                continue;
            }
            for lower in c.to_lowercase() {
                self.lower.push(lower);
            }
            let first = if class == CONTINUED && self.classes.is_empty() {
                LOWER
            } else {
                class
            };
            self.classes.push(first);
            self.classes.resize(self.lower.len(), CONTINUED);
        }
        match single {
            Some(c) => emit(c.encode_utf8(&mut [0; 4]), TokenKind::Whole),
            None if !self.lower.is_empty() => self.finish(end - start, emit),
            None => {}
        }
        end
    }

    /// Emits the tokens of the run in `lower`/`classes`; `len` is the length of the whole run in the text.
    fn finish(&self, len: usize, emit: &mut impl FnMut(&str, TokenKind)) {
        let classes = &self.classes[..];
        if classes
            .iter()
            .all(|class| class & (UNDERSCORE | CONTINUED) != 0)
        {
            return;
        }
        let whole = cut(&self.lower);
        emit(whole, TokenKind::Whole);
        if len > MAX_SPLIT || is_number(&self.lower, classes) {
            return;
        }
        if len >= MIN_BLOB {
            let mut n_parts = 0;
            split(classes, |_, _| n_parts += 1);
            if n_parts * 3 > classes.len() {
                return;
            }
        }
        let stemmed = |part: &str, emit: &mut dyn FnMut(&str, TokenKind)| {
            let token = if self.options.stem { stem(part) } else { part };
            if token.chars().nth(1).is_some() && (token.len() < whole.len() || token != whole) {
                emit(token, TokenKind::Part);
            }
        };
        split(classes, |start, end| {
            let part = cut(&self.lower[start..end]);
            stemmed(part, emit);
            let classes = &classes[start..start + part.len()];
            let kinds = classes.iter().fold(0, |kinds, class| kinds | class);
            if kinds & DIGIT == 0
                || kinds & (LOWER | UPPER) == 0
                || classes[0] == DIGIT
                || part.len() >= MIN_BLOB
            {
                return;
            }
            let mut from = 0;
            for at in 1..=classes.len() {
                let border = at == classes.len()
                    || (classes[at] != CONTINUED
                        && (classes[at] == DIGIT) != (classes[from] == DIGIT));
                if border {
                    stemmed(&part[from..at], emit);
                    from = at;
                }
            }
        });
    }
}

/// Calls `part(start, end)` for the parts between underscores and case borders.
fn split(classes: &[u8], mut part: impl FnMut(usize, usize)) {
    let mut start = None;
    let mut previous = UNDERSCORE;
    let mut last_upper = 0;
    let mut n_upper = 0;
    for (at, &class) in classes.iter().enumerate() {
        if class == CONTINUED {
            continue;
        }
        match (start, class) {
            (Some(from), UNDERSCORE) => {
                part(from, at);
                start = None;
            }
            (None, UNDERSCORE) => {}
            (None, _) => start = Some(at),
            (Some(from), UPPER) if previous != UPPER => {
                part(from, at);
                start = Some(at);
            }
            // The last capital of several belongs to the word that follows: HTTP|Server; but not in IDs.
            (Some(from), LOWER) if n_upper > 1 && previous == UPPER => {
                let next = classes[at + 1..].iter().find(|class| **class != CONTINUED);
                if from < last_upper && next.is_some_and(|class| *class == LOWER) {
                    part(from, last_upper);
                    start = Some(last_upper);
                }
            }
            _ => {}
        }
        if class == UPPER {
            n_upper = if previous == UPPER { n_upper + 1 } else { 1 };
            last_upper = at;
        }
        previous = class;
    }
    if let Some(from) = start {
        part(from, classes.len());
    }
}

/// Hexadecimal literals and digits with separators have no words inside.
fn is_number(lower: &str, classes: &[u8]) -> bool {
    lower.starts_with("0x")
        || classes[0] == DIGIT
            && classes
                .iter()
                .all(|class| class & (DIGIT | UNDERSCORE) != 0)
}

/// The longest prefix of whole characters that fits a token.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TOKEN)]
}

fn class_of(c: char) -> u8 {
    if c.is_ascii() {
        CLASS[c as usize]
    } else if c.is_uppercase() {
        UPPER
    } else if c.is_numeric() {
        DIGIT
    } else if c.is_alphabetic() {
        LOWER
    } else if matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}') {
        CONTINUED
    } else {
        0
    }
}

/// Scripts without spaces between words are searched by character.
fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}
