//! What facts cost beside the parse: parse alone, fresh facts, and one keystroke in a file of 3,000 lines. Inputs are
//! the largest sources of the registry and of the Python library; prints the ratio of facts to parse first.
#![allow(clippy::print_stdout, reason = "a benchmark reports")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use streaming_iterator::StreamingIterator;
use symseek_base::{Cancel, Edit};
use symseek_syntax::{Document, Language};

fn main() {
    for (language, grammar) in [
        ("rust", tree_sitter_rust::LANGUAGE),
        ("python", tree_sitter_python::LANGUAGE),
    ] {
        report(language, &grammar.into());
    }
    divan::main();
}

/// Parse, facts and keystroke over real files, as a table.
fn report(language: &str, grammar: &tree_sitter::Language) {
    let texts = sources(language, 400);
    let bytes: usize = texts.iter().map(String::len).sum();
    let handle = Language::by_name(language);
    let mut parser = tree_sitter::Parser::new();
    let _ = parser.set_language(grammar);
    for text in texts.iter().take(20) {
        black_box(symseek_syntax::facts(text, handle));
    }
    let parse = time(&texts, |text| {
        black_box(parser.parse(text, None));
    });
    if let Some(handle) = handle {
        let source: String = handle.query_files().map(|(_, text)| text).collect();
        if let Ok(query) = tree_sitter::Query::new(grammar, &source) {
            let mut cursor = tree_sitter::QueryCursor::new();
            let trees: Vec<_> = texts
                .iter()
                .filter_map(|text| Some((parser.parse(text, None)?, text)))
                .collect();
            let start = cpu_time();
            let mut n = 0;
            for (tree, text) in &trees {
                let mut matches = cursor.matches(&query, tree.root_node(), text.as_bytes());
                while matches.next().is_some() {
                    n += 1;
                }
            }
            let took = cpu_time().saturating_sub(start);
            println!(
                "{language}: tree-sitter's query cursor alone / parse {:.2} ({n} matches)",
                took.as_secs_f64() / parse.as_secs_f64()
            );
        }
    }
    let facts = time(&texts, |text| {
        black_box(symseek_syntax::facts(text, handle));
    });
    println!(
        "{language}: {} files, {:.1} MB; parse {:.1} MB/s; facts {:.1} MB/s; facts / parse {:.2}",
        texts.len(),
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / parse.as_secs_f64(),
        bytes as f64 / 1e6 / facts.as_secs_f64(),
        facts.as_secs_f64() / parse.as_secs_f64(),
    );
    let text = lines(language, 3000);
    let mut document = Document::open(text.clone().into(), handle);
    let mut times = Vec::new();
    for round in 0..60 {
        let at = text.len() * (round + 1) / 62;
        let at = text[..at].rfind('\n').map_or(0, |at| at + 1);
        for inserted in ["x", ""] {
            let old = document.text().clone();
            let edit = Edit::replace(&old, at, at + usize::from(inserted.is_empty()), inserted);
            let new: Arc<str> = if inserted.is_empty() {
                text.as_str().into()
            } else {
                format!("{}x{}", &text[..at], &text[at..]).into()
            };
            let start = cpu_time();
            let _ = black_box(document.edit(&[edit], new, &Cancel::new()));
            times.push(cpu_time().saturating_sub(start));
        }
    }
    times.sort();
    println!(
        "{language}: keystroke in {} kB, 3,000 lines: median {:?}, p95 {:?}",
        text.len() / 1000,
        times[times.len() / 2],
        times[times.len() * 95 / 100]
    );
}

/// Processor time of this thread, so that a busy machine does not show; wall time where the kernel does not tell.
fn cpu_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|stat| stat.split_whitespace().next()?.parse().ok())
        .map_or_else(
            || START.get_or_init(Instant::now).elapsed(),
            Duration::from_nanos,
        )
}

fn time(texts: &[String], mut work: impl FnMut(&str)) -> Duration {
    let start = cpu_time();
    for text in texts {
        work(text);
    }
    cpu_time().saturating_sub(start)
}

#[divan::bench(args = ["rust", "python"])]
fn fresh_facts_of_3000_lines(bencher: divan::Bencher<'_, '_>, language: &str) {
    let text = lines(language, 3000);
    let handle = Language::by_name(language);
    bencher.bench(|| symseek_syntax::facts(&text, handle));
}

/// One text of about so many lines, from whole files.
fn lines(language: &str, n: usize) -> String {
    let mut text = String::new();
    for source in sources(language, 50) {
        if text.lines().count() + source.lines().count() < n + 200 {
            text.push_str(&source);
        }
    }
    text
}

fn sources(language: &str, n: usize) -> Vec<String> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let (root, extension) = if language == "rust" {
        (home.join(".cargo/registry/src"), "rs")
    } else {
        (PathBuf::from("/usr/lib/python3.11"), "py")
    };
    let mut files = Vec::new();
    collect(&root, extension, &mut files);
    if files.is_empty() {
        collect(Path::new("/usr/local/lib"), extension, &mut files);
    }
    files.sort();
    let step = (files.len() / n.max(1)).max(1);
    files
        .iter()
        .step_by(step)
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .filter(|text| (500..300_000).contains(&text.len()))
        .take(n)
        .collect()
}

fn collect(directory: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, extension, into);
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
}
