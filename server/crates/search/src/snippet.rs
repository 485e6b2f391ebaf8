//! Cuts the lines that show why a chunk matched, with the matched words marked.

use symseek_base::{ByteRange, LineIndex, LineRange};
use symseek_index::lexical::find_words;

/// A few lines of a chunk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Snippet {
    pub(crate) text: String,
    /// First line, from 0, within the file.
    pub(crate) line: u32,
    /// Byte ranges in `text`.
    pub(crate) marks: Vec<(u32, u32)>,
}

/// At most this many lines …
const LINES: u32 = 6;
/// … of at most this many bytes.
const LINE_BYTES: usize = 240;

/// The window of lines with the most distinct query words, weighted by how rare each is in the chunk; without any match the
/// window starts at `prefer` (the declaration).
pub(crate) fn cut(
    text: &str,
    lines: &LineIndex,
    chunk: LineRange,
    asked: &[String],
    prefer: u32,
) -> Snippet {
    let rows: Vec<(u32, ByteRange)> = (chunk.start..=chunk.end.min(lines.n_lines() - 1))
        .map(|line| (line, lines.line_bytes(line)))
        .collect();
    let asked = &asked[..asked.len().min(64)];
    let found: Vec<u64> = rows
        .iter()
        .map(|(_, bytes)| find_words(clip(bytes.slice(text)), asked, |a, b| a == b))
        .collect();
    let mut frequency = vec![0u32; asked.len()];
    for mask in &found {
        for (at, n) in frequency.iter_mut().enumerate() {
            *n += u32::from(mask & (1 << at) != 0);
        }
    }
    let value = |start: usize| {
        let window = &found[start..rows.len().min(start + LINES as usize)];
        let seen = window.iter().fold(0, |all, mask| all | mask);
        let in_it = (0..asked.len()).filter(|at| seen & (1 << at) != 0);
        let value: f64 = in_it.map(|at| 1.0 / f64::from(1 + frequency[at])).sum();
        let shows_declaration = (rows[start].0..rows[start].0 + LINES).contains(&prefer);
        value + if shows_declaration { 0.3 } else { 0.0 }
    };
    let mut best = (0, f64::MIN);
    for (start, (_, bytes)) in rows.iter().enumerate() {
        let value = value(start);
        let blank = bytes.slice(text).trim().is_empty();
        if value > best.1 + 1e-9 && !blank {
            best = (start, value);
        }
    }
    let window = &rows[best.0.min(rows.len())..rows.len().min(best.0 + LINES as usize)];
    let mut snippet = Snippet {
        line: window.first().map_or(chunk.start, |(line, _)| *line),
        ..Snippet::default()
    };
    for (at, (_, bytes)) in window.iter().enumerate() {
        if at > 0 {
            snippet.text.push('\n');
        }
        let line = clip(bytes.slice(text));
        mark(line, asked, snippet.text.len() as u32, &mut snippet.marks);
        snippet.text.push_str(line);
    }
    let kept = snippet.text.trim_end().len();
    snippet.text.truncate(kept);
    snippet.marks.retain(|(_, end)| *end as usize <= kept);
    snippet
}

fn clip(line: &str) -> &str {
    let line = line.trim_end();
    let mut end = line.len().min(LINE_BYTES);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

/// Marks identifiers of the line that hold a query word.
fn mark(line: &str, asked: &[String], offset: u32, marks: &mut Vec<(u32, u32)>) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut start = None;
    for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (start, is_word(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                if find_words(&line[from..at], asked, |a, b| a == b) != 0 {
                    marks.push((offset + from as u32, offset + at as u32));
                }
                start = None;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_holds_the_words_and_marks_them() {
        let text = "/// Doc.\nfn first() {\n    a();\n    b();\n    c();\n    d();\n    e();\n    retry_later(x);\n}\n";
        let lines = LineIndex::new(text);
        let chunk = LineRange { start: 0, end: 8 };
        let snippet = cut(text, &lines, chunk, &["retry".to_owned()], 1);
        assert!(snippet.text.contains("retry_later"), "{snippet:?}");
        let marked: Vec<&str> = snippet
            .marks
            .iter()
            .map(|&(start, end)| &snippet.text[start as usize..end as usize])
            .collect();
        assert_eq!(marked, ["retry_later"]);
        let nothing = cut(text, &lines, chunk, &["zebra".to_owned()], 1);
        assert!(
            nothing.text.starts_with("/// Doc.\nfn first() {"),
            "{nothing:?}"
        );
        assert!(nothing.marks.is_empty());
    }
}
