//! Shows what a query pack makes of files: for writing packs, and for `tests/languages` to compare with other tools.
//!
//! ```text
//! facts [--packs FOLDER] [--tree | --tags | --cover | --cut] FILE…
//!   --packs FOLDER  query packs to use instead of the embedded ones (tree-sitter-queries)
//!   --tree          the syntax tree: kinds, fields, lines, texts of leaves
//!   --tags          one JSON object per definition: path, line of the name, name, qualified, kind, end
//!   --cover         one JSON object per file: language, bytes, lines, lines in no chunk, seconds, definitions, references
//!   --cut           one JSON object per file: the same of the file cut off at random bytes, as often as `CUTS` says: lines, lines in no
//!                   chunk, seconds of the slowest piece
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a tool for developers"
)]

#[path = "../tests/common/packs.rs"]
mod packs;

use std::path::Path;
use symseek_base::RelPath;
use symseek_syntax::{FileFacts, Language, facts};

fn main() {
    let mut mode = String::new();
    let mut files = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--packs" => {
                let folder = args.next().expect("--packs needs a folder");
                for problem in packs::extend(Path::new(&folder)) {
                    eprintln!("{problem}");
                }
            }
            "--tree" | "--tags" | "--cover" | "--cut" => mode = arg,
            _ => files.push(arg),
        }
    }
    for file in files {
        let Ok(bytes) = std::fs::read(&file) else {
            eprintln!("{file}: cannot be read");
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let name = file.trim_start_matches(['/', '.']);
        let Ok(path) = RelPath::new(name) else {
            eprintln!("{file}: not a plain path");
            continue;
        };
        let language = symseek_syntax::detect(&path, &text);
        match mode.as_str() {
            "--tree" => tree(&text, language),
            "--tags" => tags(&file, &text, &facts(&text, language)),
            "--cover" => cover(&file, &text, language),
            "--cut" => cut(&file, &bytes, language),
            _ => show(&file, &text, language),
        }
    }
}

fn tree(text: &str, language: Option<Language>) {
    let language = language.expect("a language with a grammar");
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(language.grammar()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut cursor = tree.walk();
    let mut depth = 0;
    loop {
        let node = cursor.node();
        if node.is_named() || node.is_missing() {
            let field = cursor
                .field_name()
                .map_or(String::new(), |name| format!("{name}: "));
            let leaf = if node.named_child_count() == 0 {
                format!(" {:?}", text.get(node.byte_range()).unwrap_or(""))
            } else {
                String::new()
            };
            let row = node.start_position().row + 1;
            println!(
                "{row:>5} {:indent$}{field}({}){leaf}",
                "",
                node.kind(),
                indent = depth * 2
            );
        }
        if cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            depth -= 1;
        }
    }
}

fn tags(file: &str, text: &str, facts: &FileFacts) {
    let lines = symseek_base::LineIndex::new(text);
    for symbol in &facts.symbols {
        println!(
            "{{\"path\":{file:?},\"line\":{},\"name\":{:?},\"qualified\":{:?},\"kind\":{:?},\"end\":{}}}",
            lines.line(symbol.selection.start) + 1,
            symbol.name.as_str(),
            symbol.qualified.as_str(),
            symbol.kind.name(),
            symbol.lines.end + 1
        );
    }
}

fn cover(file: &str, text: &str, language: Option<Language>) {
    let started = std::time::Instant::now();
    let facts = facts(text, language);
    let seconds = started.elapsed().as_secs_f64();
    let (n_lines, n_missed) = lines_of(text, &facts);
    println!(
        "{{\"path\":{file:?},\"language\":{:?},\"bytes\":{},\"lines\":{n_lines},\"missed\":{n_missed},\"seconds\":{seconds:.6},\"errors\":{},\"definitions\":{},\"references\":{},\"chunks\":{}}}",
        language.map_or("none", Language::name),
        text.len(),
        facts.has_errors,
        facts.symbols.len(),
        facts.references.len(),
        facts.chunks.len()
    );
}

/// How often `--cut` cuts a file.
const CUTS: u64 = 4;

fn cut(file: &str, bytes: &[u8], language: Option<Language>) {
    let (mut n_lines, mut n_missed, mut slowest) = (0, 0, 0.0_f64);
    for at in 0..CUTS {
        // The same places in every run.
        let place = symseek_base::checksum(format!("{file} {at}").as_bytes());
        let end = (place % (bytes.len() as u64 + 1)) as usize;
        let text = String::from_utf8_lossy(&bytes[..end]);
        let started = std::time::Instant::now();
        let facts = facts(&text, language);
        slowest = slowest.max(started.elapsed().as_secs_f64());
        let (lines, missed) = lines_of(&text, &facts);
        n_lines += lines;
        n_missed += missed;
        for symbol in &facts.symbols {
            assert!(symbol.range.contains(symbol.selection));
            assert!(
                text.get(symbol.range.start as usize..symbol.range.end as usize)
                    .is_some()
            );
        }
    }
    println!(
        "{{\"path\":{file:?},\"lines\":{n_lines},\"missed\":{n_missed},\"seconds\":{slowest:.6},\"cuts\":{CUTS}}}"
    );
}

/// Lines that are not blank, and how many of them lie in no chunk.
fn lines_of(text: &str, facts: &FileFacts) -> (usize, usize) {
    let mut covered = vec![false; facts.n_lines as usize];
    for chunk in &facts.chunks {
        covered[chunk.lines.start as usize..=chunk.lines.end as usize].fill(true);
    }
    let is_text = |line: &str| !line.trim_start_matches('\u{feff}').trim().is_empty();
    let lines = text.split('\n').zip(&covered);
    let lines = lines.filter(|(line, _)| is_text(line));
    lines.fold((0, 0), |(n, missed), (_, &is_in)| {
        (n + 1, missed + usize::from(!is_in))
    })
}

fn show(file: &str, text: &str, language: Option<Language>) {
    let facts = facts(text, language);
    println!("{file}: {}", language.map_or("no grammar", Language::name));
    for import in &facts.imports {
        println!(
            "{:>5} import {} as {}",
            import.line + 1,
            import.path,
            import.alias
        );
    }
    for symbol in &facts.symbols {
        let test = if symbol.is_test { " (test)" } else { "" };
        let (first, last) = (symbol.lines.start + 1, symbol.lines.end + 1);
        println!(
            "{first:>5}-{last} {} {}{test} `{}`",
            symbol.kind.name(),
            symbol.qualified,
            symbol.signature
        );
        if let Some(doc) = symbol.doc {
            println!(
                "          doc {:?}",
                doc.slice(text).lines().next().unwrap_or("")
            );
        }
    }
    for reference in &facts.references {
        let enclosing = reference
            .enclosing
            .map_or("", |idx| &facts.symbol(idx).qualified);
        let on = reference.qualifier.as_deref().unwrap_or("");
        println!(
            "{:>5} {:?} {} on `{on}` in {enclosing}",
            reference.line + 1,
            reference.kind,
            reference.name
        );
    }
    for chunk in &facts.chunks {
        let shown = facts
            .chunk_symbol(chunk)
            .map_or("", |symbol| &symbol.qualified);
        println!(
            "{:>5}-{} chunk {:?} {shown}",
            chunk.lines.start + 1,
            chunk.lines.end + 1,
            chunk.kind
        );
    }
}
