//! A text as lines: which are blank, where it is best cut. Knows bytes and indentation, and nothing of symbols.

use symseek_base::{ByteRange, LineIndex};

/// No chunk but a single long line is larger, in bytes.
pub(crate) const MAX_BYTES: usize = 6 * 1024;
/// A single line longer than this is cut into pieces of this size.
pub(crate) const MAX_LINE_BYTES: usize = 32 * 1024;

/// A text with its line starts.
pub(crate) struct Page<'a> {
    pub(crate) text: &'a str,
    pub(crate) lines: &'a LineIndex,
    /// Per line the depth of the node that starts it; empty without a grammar.
    pub(crate) depths: &'a [u16],
}

/// How long parts may be, in lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Up to here nothing is cut.
    pub(crate) whole: u32,
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// Lines of overlap where a cut falls on no natural border.
    pub(crate) overlap: u32,
}

impl Page<'_> {
    pub(crate) fn line(&self, line: u32) -> &str {
        self.lines.line_bytes(line).slice(self.text)
    }

    pub(crate) fn is_blank(&self, line: u32) -> bool {
        let line = self.line(line);
        line.trim_start_matches('\u{feff}').trim().is_empty()
    }

    /// The bytes of whole lines, without the last line break.
    pub(crate) fn bytes(&self, first: u32, last: u32) -> ByteRange {
        let start = self.lines.line_bytes(first).start;
        let end = self.lines.line_bytes(last).end;
        let text = self.text.get(start as usize..end as usize).unwrap_or("");
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        ByteRange {
            start,
            end: start + text.len() as u32,
        }
    }

    /// Without blank lines at either end; `None` when all are blank.
    pub(crate) fn trim(&self, first: u32, last: u32) -> Option<(u32, u32)> {
        let first = (first..=last).find(|&line| !self.is_blank(line))?;
        let last = (first..=last).rev().find(|&line| !self.is_blank(line))?;
        Some((first, last))
    }

    fn is_small(&self, first: u32, last: u32, sizes: Sizes) -> bool {
        last - first < sizes.whole && self.bytes(first, last).len() <= MAX_BYTES
    }

    /// Cuts lines into parts at the most natural borders; together they hold every line.
    pub(crate) fn split(&self, first: u32, last: u32, sizes: Sizes) -> Vec<(u32, u32)> {
        let mut parts = Vec::new();
        let mut at = first;
        while at <= last {
            if self.is_small(at, last, sizes) {
                parts.push((at, last));
                break;
            }
            let (cut, cost) = self.cut(at, last, sizes);
            parts.push((at, cut - 1));
            // Overlap helps only where the cut tears something apart.
            let overlap = if cost >= 5 { sizes.overlap } else { 0 };
            at = cut.saturating_sub(overlap).max(at + 1);
        }
        parts
    }

    /// The line at which the part after the one starting at `at` begins, and how unnatural that border is.
    fn cut(&self, at: u32, last: u32, sizes: Sizes) -> (u32, u32) {
        let n = last - at + 1;
        // Two parts of equal size rather than a full one and a sliver.
        let target = if n < 2 * sizes.max {
            (n / 2).clamp(sizes.min, sizes.max)
        } else {
            u32::midpoint(sizes.min, sizes.max)
        };
        let mut highest = at + 1;
        while highest < (at + sizes.max).min(last) && self.bytes(at, highest).len() <= MAX_BYTES {
            highest += 1;
        }
        let lowest = (at + sizes.min).min(highest);
        (lowest..=highest)
            .map(|line| {
                let cost = self.cost(line);
                let far = line.abs_diff(at + target);
                (cost * 20 + far, line, cost)
            })
            .min()
            .map_or((at + 1, 0), |(_, line, cost)| (line, cost))
    }

    /// How unnatural it is to begin a part at this line, from 0.
    fn cost(&self, line: u32) -> u32 {
        let after_blank = line == 0 || self.is_blank(line - 1);
        let blank = self.is_blank(line);
        if let Some(&depth) = self.depths.get(line as usize) {
            if blank {
                return 40;
            }
            return (u32::from(depth).min(30)) * 2 + u32::from(!after_blank);
        }
        let text = self.line(line);
        let indented = text.starts_with([' ', '\t']);
        let closing = text.starts_with(['}', ')', ']']);
        match (after_blank, indented || closing || blank) {
            (true, false) if text.starts_with('#') => 0,
            (true, false) => 1,
            _ if text.starts_with("# ") || text.starts_with("## ") => 2,
            (true, true) => 4,
            (false, false) => 5,
            (false, true) => 7,
        }
    }
}
