//! Cuts the lines that show why a chunk matched, with the matched words marked.

use std::sync::Arc;

use symseek_base::{ByteRange, LineRange};
use symseek_index::SourceText;
use symseek_index::lexical::compare_words;

use crate::scent::Scent;

/// What a snippet can be cut from. Cutting costs more than finding the place of a result, and symbol pickers show none, so it
/// is left to who shows it.
#[derive(Debug, Clone)]
pub struct Excerpt {
    /// The text of the file.
    pub(crate) source: SourceText,
    /// Lines of the result.
    pub(crate) rows: LineRange,
    /// The line of the declaration.
    pub(crate) prefer: u32,
    /// Words of the query.
    pub(crate) asked: Arc<[String]>,
}

/// A few lines of a result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The lines, without a line break at the end.
    pub text: String,
    /// First line, from 0, within the file.
    pub line: u32,
    /// Matched words, as byte ranges in `text`.
    pub marks: Vec<(u32, u32)>,
}

/// At most this many lines …
const LINES: u32 = 6;
/// … of at most this many bytes, …
const LINE_BYTES: usize = 240;
/// … looked for in so many lines of a result.
const SEARCHED: u32 = 400;

impl Excerpt {
    /// The first lines of a text, without words to look for.
    pub fn head(text: &str) -> Self {
        let source = SourceText::new(text.into());
        let rows = LineRange {
            start: 0,
            end: source.lines.n_lines() - 1,
        };
        Self {
            source,
            rows,
            prefer: 0,
            asked: [].into(),
        }
    }

    /// A line of the file, from 0, without its end when it is very long.
    pub fn line(&self, row: u32) -> &str {
        let lines = &self.source.lines;
        if row < lines.n_lines() {
            clip(lines.line_bytes(row).slice(&self.source.text))
        } else {
            ""
        }
    }

    /// The window of lines with the most distinct query words, weighted by how rare each is in the result; without any match
    /// the window starts at the declaration.
    pub fn cut(&self) -> Snippet {
        let (text, lines) = (&*self.source.text, &*self.source.lines);
        let last = self.rows.end.min(lines.n_lines() - 1);
        // Past a declaration that stands far down there must be something to look at, too.
        let last = last.min(self.prefer.max(self.rows.start) + SEARCHED);
        let rows: Vec<(u32, ByteRange)> = (self.rows.start..=last)
            .map(|line| (line, lines.line_bytes(line)))
            .collect();
        let asked = &self.asked[..self.asked.len().min(64)];
        let scent = Scent::of(asked);
        let found: Vec<u64> = rows
            .iter()
            .map(|(_, bytes)| words_in(head(bytes.slice(text)), asked, &scent))
            .collect();
        let mut frequency = vec![0u32; asked.len()];
        for mask in found.iter().filter(|mask| **mask != 0) {
            for (at, n) in frequency.iter_mut().enumerate() {
                *n += u32::from(mask & (1 << at) != 0);
            }
        }
        let value = |start: usize| {
            let window = &found[start..rows.len().min(start + LINES as usize)];
            let seen = window.iter().fold(0, |all, mask| all | mask);
            let in_it = (0..asked.len()).filter(|at| seen & (1 << at) != 0);
            let value: f64 = in_it.map(|at| 1.0 / f64::from(1 + frequency[at])).sum();
            let shows_declaration = (rows[start].0..rows[start].0 + LINES).contains(&self.prefer);
            value + if shows_declaration { 0.3 } else { 0.0 }
        };
        let mut best = (0, f64::MIN);
        for (start, (_, bytes)) in rows.iter().enumerate() {
            let value = value(start);
            if value > best.1 + 1e-9 && !bytes.slice(text).trim().is_empty() {
                best = (start, value);
            }
        }
        let window = &rows[best.0.min(rows.len())..rows.len().min(best.0 + LINES as usize)];
        let mut snippet = Snippet {
            line: window.first().map_or(self.rows.start, |(line, _)| *line),
            ..Snippet::default()
        };
        for (at, (row, bytes)) in window.iter().enumerate() {
            if at > 0 {
                snippet.text.push('\n');
            }
            let line = clip(bytes.slice(text));
            if found[(row - self.rows.start) as usize] != 0 {
                mark(line, asked, snippet.text.len() as u32, &mut snippet.marks);
            }
            snippet.text.push_str(line);
        }
        let kept = snippet.text.trim_end().len();
        snippet.text.truncate(kept);
        snippet.marks.retain(|(_, end)| *end as usize <= kept);
        snippet
    }
}

/// What is shown of a line.
fn clip(line: &str) -> &str {
    head(line.trim_end())
}

fn head(line: &str) -> &str {
    let mut end = line.len().min(LINE_BYTES);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

/// Which of the asked words a line holds, as bits.
fn words_in(line: &str, asked: &[String], scent: &Scent) -> u64 {
    let mut found = 0;
    scent.for_each_run(line, |run| {
        if let Some(run) = run {
            found |= compare_words(run, asked, |a, b| a == b).asked;
        }
    });
    found
}

/// Marks identifiers of the line that hold a query word.
fn mark(line: &str, asked: &[String], offset: u32, marks: &mut Vec<(u32, u32)>) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut start = None;
    for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (start, is_word(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                if compare_words(&line[from..at], asked, |a, b| a == b).n_asked > 0 {
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

    fn excerpt(text: &str, word: &str) -> Excerpt {
        Excerpt {
            asked: [word.to_owned()].into(),
            prefer: 1,
            ..Excerpt::head(text)
        }
    }

    #[test]
    fn the_window_holds_the_words_and_marks_them() {
        let text = "/// Doc.\nfn first() {\n    a();\n    b();\n    c();\n    d();\n    e();\n    retry_later(x);\n}\n";
        let snippet = excerpt(text, "retry").cut();
        assert!(snippet.text.contains("retry_later"), "{snippet:?}");
        let marked: Vec<&str> = snippet
            .marks
            .iter()
            .map(|&(start, end)| &snippet.text[start as usize..end as usize])
            .collect();
        assert_eq!(marked, ["retry_later"]);
        let nothing = excerpt(text, "zebra").cut();
        assert!(
            nothing.text.starts_with("/// Doc.\nfn first() {"),
            "{nothing:?}"
        );
        assert!(nothing.marks.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn the_scent_changes_no_line(
            line in "[a-cA-C_0-2 .äÄé]{0,60}",
            asked in proptest::collection::vec("[a-c_0-2ä]{1,5}", 0..5),
        ) {
            let quick = words_in(&line, &asked, &Scent::of(&asked));
            proptest::prop_assert_eq!(quick, compare_words(&line, &asked, |a, b| a == b).asked);
        }
    }

    #[test]
    fn a_huge_result_is_searched_from_its_declaration_on_for_so_many_lines_only() {
        let near = format!("{}retry\n", "a\n".repeat(SEARCHED as usize));
        assert!(excerpt(&near, "retry").cut().text.contains("retry"));
        let far = format!("{}retry\n", "a\n".repeat(SEARCHED as usize + 10));
        assert!(!excerpt(&far, "retry").cut().text.contains("retry"));
    }
}
