//! Texts that a grammar's own scanner cannot take, found before it sees them.
//!
//! A grammar's external scanner writes its state into 1,024 bytes, and tree-sitter ends the whole process when it writes more
//! or cannot read back what it wrote. Of the pinned grammars three can be brought to that: those of YAML and Python by deep
//! indentation, that of Ruby by long heredoc words. The others stop writing in time. What is counted here is never less
//! than what a scanner holds, so that a text that passes is safe. Only counts; parses nothing.

/// Columns at which YAML's blocks may begin: five 16-bit numbers, then two for each open block, and two of reserve.
const YAML_COLUMNS: usize = 250;
/// Indentations of Python: two bytes each, beside up to 255 open strings of a byte.
const PYTHON_INDENTATIONS: usize = 380;
/// The length of a heredoc's word is kept in one byte.
const RUBY_WORD: usize = 200;
/// All open heredocs and literals share the buffer.
const RUBY_WORDS: usize = 700;

/// Whether the scanner of the grammar of that name in `languages.toml` can take this text.
pub(crate) fn fits(grammar: &str, text: &str) -> bool {
    match grammar {
        "tree_sitter_yaml::LANGUAGE" => yaml_columns(text) <= YAML_COLUMNS,
        "tree_sitter_python::LANGUAGE" => python_indentations(text) <= PYTHON_INDENTATIONS,
        "tree_sitter_ruby::LANGUAGE" => ruby_heredocs_fit(text),
        _ => true,
    }
}

/// A set of columns.
#[derive(Default)]
struct Columns {
    bits: Vec<u64>,
    count: usize,
}

impl Columns {
    fn insert(&mut self, column: usize) {
        let (word, bit) = (column / 64, 1 << (column % 64));
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        self.count += usize::from(self.bits[word] & bit == 0);
        self.bits[word] |= bit;
    }
}

/// Columns at which a sequence or a mapping may begin. The open blocks of one document lie at ascending columns, of which
/// a mapping and the sequence in it may share one.
fn yaml_columns(text: &str) -> usize {
    let (mut mappings, mut sequences) = (Columns::default(), Columns::default());
    let text = text.trim_start_matches('\u{feff}');
    for line in text.split(['\n', '\r']).map(str::as_bytes) {
        let marked = line.starts_with(b"---") || line.starts_with(b"...");
        let mut column = if marked { 3 } else { 0 };
        while let Some(&byte) = line.get(column) {
            let ends = line
                .get(column + 1)
                .is_none_or(|next| matches!(next, b' ' | b'\t'));
            match byte {
                b' ' | b'\t' => {}
                b'-' if ends => sequences.insert(column),
                b'?' | b':' if ends => mappings.insert(column),
                _ => {
                    mappings.insert(column);
                    break;
                }
            }
            column += 1;
        }
    }
    mappings.count + sequences.count
}

/// Different indentations of lines, as Python's scanner counts them; those that are open at once all differ.
fn python_indentations(text: &str) -> usize {
    let mut widths = Columns::default();
    // Of the line so far, while it holds nothing but space.
    let mut width = Some(0);
    let mut escaped = false;
    for byte in text.bytes() {
        width = match (byte, width) {
            // A continued line keeps the width so far.
            (b'\n' | b'\r', Some(width)) if escaped => Some(width),
            (b'\n' | b'\r' | 0x0c, _) => Some(0),
            (b' ', Some(width)) => Some(width + 1),
            (b'\t', Some(width)) => Some(width + 8),
            (b'\\', Some(width)) => Some(width),
            (_, Some(width)) => {
                widths.insert(width);
                None
            }
            (_, None) => None,
        };
        escaped = byte == b'\\';
    }
    widths.count
}

/// Whether the words of the heredocs that may be open at once fit: those of one line, and all that may stand in interpolations.
fn ruby_heredocs_fit(text: &str) -> bool {
    let (mut nested, mut is_nested) = (0, false);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let last = line.rfind("#{");
        is_nested |= last.is_some_and(|last| !line[last..].contains('}'));
        let mut words = 0;
        for (opener, _) in line.match_indices("<<") {
            let len = heredoc_word(&text[at + opener + 2..]);
            if len > RUBY_WORD {
                return false;
            }
            words += if len > 0 { len + 4 } else { 0 };
        }
        if last.is_some() || is_nested {
            nested += words;
        }
        if words.max(nested) > RUBY_WORDS {
            return false;
        }
        at += line.len();
    }
    true
}

/// The length of the word that a text behind `<<` begins with; not more than a little above [`RUBY_WORD`] is looked at.
fn heredoc_word(text: &str) -> usize {
    let text = text.trim_start_matches(['-', '~']);
    let mut chars = text.char_indices().take(RUBY_WORD + 2);
    let ends = match text.chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => chars.skip(1).find(|(_, c)| *c == quote),
        _ => chars.find(|(_, c)| !c.is_alphanumeric() && *c != '_'),
    };
    ends.map_or(text.len().min(RUBY_WORD + 1), |(at, _)| at)
}
