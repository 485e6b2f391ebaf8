//! Results for people: `path:line`, name, snippet with the matched words marked. For programs: JSON.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use symseek_search::{Hit, SearchResponse};

const PATH: Style = AnsiColor::Magenta.on_default();
const LINE: Style = AnsiColor::Green.on_default();
const NAME: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const MARK: Style = AnsiColor::Red.on_default().bold();

/// So many uses of one caller are shown.
const SITES: usize = 10;

/// Prints which folder the following results are of.
pub(crate) fn workspace(out: &mut impl Write, root: &Path, n_hits: usize) -> io::Result<()> {
    let results = if n_hits == 1 { "result" } else { "results" };
    writeln!(
        out,
        "{NAME}{}{NAME:#} {DIM}{n_hits} {results}{DIM:#}\n",
        root.display()
    )
}

/// The innermost of the folders that a file lies in.
pub(crate) fn workspace_of<'a>(roots: &'a [PathBuf], path: &Path) -> &'a Path {
    let around = roots.iter().filter(|root| path.starts_with(root));
    let innermost = around.max_by_key(|root| root.as_os_str().len());
    innermost.map_or(Path::new(""), PathBuf::as_path)
}

/// Prints an answer for people. Paths are relative to `root`.
pub(crate) fn hits(
    out: &mut impl Write,
    hits: &[Hit],
    root: &Path,
    explain: bool,
) -> io::Result<()> {
    for (at, hit) in hits.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let path = relative(&hit.path, root).display();
        let line = if hit.selection.start == hit.selection.end {
            hit.range.start.line
        } else {
            hit.selection.start.line
        };
        let kind = hit.kind.map_or("", symseek_syntax::SymbolKind::name);
        write!(out, "{PATH}{path}{PATH:#}:{LINE}{}{LINE:#}", line + 1)?;
        if hit.kind.is_some() {
            write!(out, "  {NAME}{}{NAME:#} {DIM}{kind}{DIM:#}", qualified(hit))?;
        }
        writeln!(out)?;
        if hit.sites.is_empty() {
            let relation = hit.why.iter().find(|why| why.leg == "graph");
            if let Some(relation) = relation {
                writeln!(out, "    {DIM}{}{DIM:#}", relation.note)?;
            }
            snippet(out, hit)?;
        } else {
            sites(out, hit, root)?;
        }
        if explain {
            writeln!(out, "{DIM}    {:.3}  {}{DIM:#}", hit.score, why(hit))?;
        }
    }
    Ok(())
}

fn relative<'a>(path: &'a Path, root: &Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}

/// The lines where the uses stand, each with how sure it is that this symbol is meant.
fn sites(out: &mut impl Write, hit: &Hit, root: &Path) -> io::Result<()> {
    let mut lines: Vec<_> = hit.sites.iter().collect();
    lines.dedup_by_key(|site| (&site.path, site.range.start.line));
    for site in lines.iter().take(SITES) {
        let (start, end) = (site.range.start, site.range.end);
        let line = if site.path == hit.path {
            hit.excerpt.line(start.line).to_owned()
        } else {
            // The command line has no open documents: the disk holds what was indexed.
            let text = std::fs::read(&site.path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            text.lines()
                .nth(start.line as usize)
                .unwrap_or("")
                .to_owned()
        };
        let to = if end.line == start.line {
            end.utf8 as usize
        } else {
            line.len()
        };
        let split = line
            .split_at_checked(start.utf8 as usize)
            .and_then(|(before, rest)| {
                let (used, after) = rest.split_at_checked(to - before.len())?;
                Some((before, used, after))
            });
        let (before, used, after) = split.unwrap_or((&line, "", ""));
        writeln!(
            out,
            "    {PATH}{}{PATH:#}:{LINE}{}{LINE:#}  {}{MARK}{}{MARK:#}{}  {DIM}{:.0} % sure{DIM:#}",
            relative(&site.path, root).display(),
            start.line + 1,
            visible(before.trim_start()),
            visible(used),
            visible(after.trim_end()),
            site.confidence * 100.0,
        )?;
    }
    if let Some(more @ 1..) = lines.len().checked_sub(SITES) {
        writeln!(out, "    {DIM}… and {more} more lines{DIM:#}")?;
    }
    Ok(())
}

fn qualified(hit: &Hit) -> String {
    let container = last_part(&hit.container);
    if container.is_empty() {
        hit.name.clone()
    } else {
        format!("{container}::{}", hit.name)
    }
}

/// What stands after the last `::` that is not inside the brackets of a type: `(A, b::C<d::E>)` is one part.
fn last_part(container: &str) -> &str {
    let (mut depth, mut start) = (0, 0);
    for (at, c) in container.char_indices() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' | '>' => depth -= 1,
            ':' if depth == 0 => start = at + 1,
            _ => {}
        }
    }
    &container[start..]
}

fn snippet(out: &mut impl Write, hit: &Hit) -> io::Result<()> {
    let snippet = hit.excerpt.cut();
    let mut at = 0u32;
    for (line_number, line) in (snippet.line + 1..).zip(snippet.text.split('\n')) {
        write!(out, "{DIM}{line_number:>6} │{DIM:#} ")?;
        let end = at + line.len() as u32;
        let mut done = at;
        for &(from, to) in snippet
            .marks
            .iter()
            .filter(|(from, to)| *from >= at && *to <= end)
        {
            let before = &snippet.text[done as usize..from as usize];
            let marked = &snippet.text[from as usize..to as usize];
            let (before, marked) = (visible(before), visible(marked));
            write!(out, "{before}{MARK}{marked}{MARK:#}")?;
            done = to;
        }
        let rest = &snippet.text[done as usize..end as usize];
        writeln!(out, "{}", visible(rest))?;
        at = end + 1;
    }
    Ok(())
}

/// Control characters of a file must not drive the terminal.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

fn why(hit: &Hit) -> String {
    let reasons = hit.why.iter().map(|why| {
        let rank = why.rank.map_or(String::new(), |rank| format!(" #{rank}"));
        let note = if why.note.is_empty() {
            String::new()
        } else {
            format!(" ({})", why.note)
        };
        format!("{}{rank} {:+.3}{note}", why.leg, why.score)
    });
    reasons.collect::<Vec<_>>().join("  ")
}

/// Six decimals: the rest is noise of single precision.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1e6).round() / 1e6
}

/// An answer for programs: the shape that `symseek.search` gives over the protocol, with 1-based lines beside it. Of several
/// folders each result says which it is of.
pub(crate) fn json(response: &SearchResponse, roots: Option<&[PathBuf]>) -> Value {
    let hits: Vec<Value> = response
        .hits
        .iter()
        .map(|hit| {
            let snippet = hit.excerpt.cut();
            let mut shown = json!({
                "path": hit.relative,
                "startLine": hit.range.start.line + 1,
                "endLine": hit.range.end.line + 1,
                "name": hit.name,
                "kind": hit.kind.map(symseek_syntax::SymbolKind::name),
                "containerName": hit.container,
                "signature": hit.signature,
                "language": hit.language,
                "score": rounded(hit.score),
                "why": hit.why,
                "snippet": snippet.text,
                "snippetLine": snippet.line + 1,
                "sites": hit.sites.iter().map(|site| json!({
                    "line": site.range.start.line + 1,
                    "column": site.range.start.utf32 + 1,
                    "confidence": rounded(site.confidence),
                })).collect::<Vec<_>>(),
            });
            if let Some(roots) = roots {
                shown["workspace"] = json!(workspace_of(roots, &hit.path));
            }
            shown
        })
        .collect();
    json!({
        "version": 1,
        "complete": response.complete,
        "tookMs": response.took.as_secs_f64() * 1000.0,
        "reading": response.reading,
        "notes": response.notes,
        "refined": response.reranked,
        "hits": hits,
    })
}

#[cfg(test)]
mod tests {
    use super::last_part;

    #[test]
    fn the_last_part_of_a_container_keeps_a_type_whole() {
        assert_eq!(last_part("cli::print"), "print");
        assert_eq!(last_part("Invoice"), "Invoice");
        assert_eq!(last_part("a::b::(Yes, c::D<e::F>)"), "(Yes, c::D<e::F>)");
        assert_eq!(last_part(""), "");
    }
}
