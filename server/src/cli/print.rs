//! Results for people: `path:line`, name, snippet with the matched words marked. For programs: JSON.

use std::path::Path;

use anstream::{print, println};
use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use symseek_search::{Hit, SearchResponse};

const PATH: Style = AnsiColor::Magenta.on_default();
const LINE: Style = AnsiColor::Green.on_default();
const NAME: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const MARK: Style = AnsiColor::Red.on_default().bold();

/// Prints an answer for people. Paths are relative to `root`.
pub(crate) fn hits(response: &SearchResponse, root: &Path, explain: bool) {
    for note in &response.notes {
        anstream::eprintln!("note: {note}");
    }
    for (at, hit) in response.hits.iter().enumerate() {
        if at > 0 {
            println!();
        }
        let path = hit.path.strip_prefix(root).unwrap_or(&hit.path).display();
        let line = if hit.selection.start == hit.selection.end {
            hit.range.start.line
        } else {
            hit.selection.start.line
        };
        let kind = hit.kind.map_or("", symseek_syntax::SymbolKind::name);
        print!("{PATH}{path}{PATH:#}:{LINE}{}{LINE:#}", line + 1);
        if hit.kind.is_some() {
            print!("  {NAME}{}{NAME:#} {DIM}{kind}{DIM:#}", qualified(hit));
        }
        println!();
        snippet(hit);
        if explain {
            println!("{DIM}    {:.3}  {}{DIM:#}", hit.score, why(hit));
        }
    }
}

fn qualified(hit: &Hit) -> String {
    let container = hit.container.rsplit("::").next().unwrap_or("");
    if container.is_empty() {
        hit.name.clone()
    } else {
        format!("{container}::{}", hit.name)
    }
}

fn snippet(hit: &Hit) {
    let snippet = hit.excerpt.cut();
    let mut at = 0u32;
    for (line_number, line) in (snippet.line + 1..).zip(snippet.text.split('\n')) {
        print!("{DIM}{line_number:>6} │{DIM:#} ");
        let end = at + line.len() as u32;
        let mut done = at;
        for &(from, to) in snippet
            .marks
            .iter()
            .filter(|(from, to)| *from >= at && *to <= end)
        {
            let before = &snippet.text[done as usize..from as usize];
            let marked = &snippet.text[from as usize..to as usize];
            print!("{}{MARK}{}{MARK:#}", visible(before), visible(marked));
            done = to;
        }
        println!("{}", visible(&snippet.text[done as usize..end as usize]));
        at = end + 1;
    }
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

/// An answer for programs: the shape that `symseek.search` gives over the protocol, with 1-based lines beside it.
pub(crate) fn json(response: &SearchResponse) -> Value {
    let hits: Vec<Value> = response
        .hits
        .iter()
        .map(|hit| {
            let snippet = hit.excerpt.cut();
            json!({
                "path": hit.relative,
                "startLine": hit.range.start.line + 1,
                "endLine": hit.range.end.line + 1,
                "name": hit.name,
                "kind": hit.kind.map(symseek_syntax::SymbolKind::name),
                "containerName": hit.container,
                "signature": hit.signature,
                "language": hit.language,
                "score": hit.score,
                "why": hit.why,
                "snippet": snippet.text,
                "snippetLine": snippet.line + 1,
                "sites": hit.sites.iter().map(|site| json!({
                    "line": site.range.start.line + 1,
                    "column": site.range.start.utf32 + 1,
                    "confidence": site.confidence,
                })).collect::<Vec<_>>(),
            })
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
