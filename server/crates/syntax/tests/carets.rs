//! What the query packs find in real-looking source, asserted by comments in that source.
//!
//! Every file in `tree-sitter-queries/<language>/tests/` is read. A comment line whose first word is carets asserts about
//! the text right above them in the nearest line that is none; `<-` asserts about the column of the comment itself. Such
//! lines are taken out before the text is parsed, so that they change nothing. `tree-sitter-queries/README.md` lists what
//! can be asserted. `LANGUAGES=go,java` looks at those only, while writing a pack. The packs are read from the repository.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "common/packs.rs"]
mod packs;

use std::fmt::Write as _;
use std::path::Path;
use symseek_base::RelPath;
use symseek_syntax::{
    ChunkKind, FileFacts, Import, Language, Reference, ReferenceKind, Symbol, facts,
};

/// A pack proves itself by at least so many assertions, if it is one of a programming language.
const MIN_ASSERTIONS: usize = 25;

/// The languages whose definitions, references and imports are promised to be complete.
const FIRST_CLASS: [&str; 19] = [
    "bash",
    "c",
    "cpp",
    "csharp",
    "elixir",
    "go",
    "haskell",
    "java",
    "javascript",
    "kotlin",
    "lua",
    "php",
    "python",
    "ruby",
    "rust",
    "scala",
    "swift",
    "typescript",
    "zig",
];

/// One assertion: where, and what.
struct Assertion {
    /// Line in the file, from 1, for people.
    at: usize,
    /// Line in the text without assertions, from 0.
    row: u32,
    /// Bytes in that line.
    start: u32,
    end: u32,
    what: String,
}

#[test]
fn the_packs_find_what_their_tests_say() {
    let wanted = std::env::var("LANGUAGES").ok();
    let folder = packs::folder();
    let problems = packs::extend(&folder);
    let mut report = String::new();
    let mut failures = 0;
    for problem in &problems {
        let is_wanted = wanted
            .as_ref()
            .is_none_or(|wanted| wanted.split(',').any(|name| problem.file.starts_with(name)));
        if is_wanted {
            failures += 1;
            writeln!(report, "{problem}").unwrap();
        }
    }
    for pack in packs::entries(&folder)
        .into_iter()
        .filter(|path| path.is_dir())
    {
        let name = pack.file_name().unwrap().to_string_lossy().into_owned();
        if wanted
            .as_ref()
            .is_some_and(|wanted| !wanted.split(',').any(|it| it == name))
        {
            continue;
        }
        let mut n_assertions = 0;
        for file in packs::entries(&pack.join("tests")) {
            let (text, assertions) = read(&file);
            let shown = format!(
                "{name}/tests/{}",
                file.file_name().unwrap().to_string_lossy()
            );
            let path = RelPath::new(&shown).unwrap();
            let language = symseek_syntax::detect(&path, &text);
            if language.is_none() {
                failures += 1;
                writeln!(report, "{shown}: no language with a grammar has this file").unwrap();
            }
            let facts = facts(&text, language);
            n_assertions += assertions.len();
            for assertion in &assertions {
                if let Err(found) = check(&text, &facts, assertion) {
                    failures += 1;
                    writeln!(
                        report,
                        "{shown}:{}: {}\n    found: {found}",
                        assertion.at, assertion.what
                    )
                    .unwrap();
                }
            }
        }
        println!("{name}: {n_assertions} assertions");
        if n_assertions < MIN_ASSERTIONS && FIRST_CLASS.contains(&name.as_str()) {
            failures += 1;
            writeln!(
                report,
                "{name}: {n_assertions} assertions, {MIN_ASSERTIONS} are the least"
            )
            .unwrap();
        }
    }
    for name in FIRST_CLASS {
        if wanted.is_none() && Language::by_name(name).is_none() {
            failures += 1;
            writeln!(report, "{name} has no grammar").unwrap();
        }
    }
    assert!(failures == 0, "{failures} failures\n{report}");
}

/// The text without its assertions, and these.
fn read(file: &Path) -> (String, Vec<Assertion>) {
    let whole = std::fs::read_to_string(file).unwrap();
    let pattern = regex::Regex::new(
        r#"^\s*(?://|#|--|;|%|"|'|/\*|<!--|\{-)[ ]*(?P<mark>\^+|<-)\s+(?P<what>!?[a-z][a-z_.]*.*?)\s*(?:\*/|-->|-\})?$"#,
    )
    .unwrap();
    let (mut text, mut assertions) = (String::new(), Vec::new());
    let mut n_rows = 0;
    for (idx, line) in whole.lines().enumerate() {
        let Some(found) = pattern.captures(line) else {
            text.push_str(line);
            text.push('\n');
            n_rows += 1;
            continue;
        };
        assert!(
            n_rows > 0,
            "{}:{}: nothing stands above",
            file.display(),
            idx + 1
        );
        let mark = found.name("mark").unwrap();
        let (start, end) = if mark.as_str() == "<-" {
            let start = line.len() - line.trim_start().len();
            (start, start + 1)
        } else {
            (mark.start(), mark.end())
        };
        assertions.push(Assertion {
            at: idx + 1,
            row: n_rows - 1,
            start: start as u32,
            end: end as u32,
            what: found["what"].to_owned(),
        });
    }
    (text, assertions)
}

fn check(text: &str, facts: &FileFacts, assertion: &Assertion) -> Result<(), String> {
    let line_start = text
        .split_inclusive('\n')
        .take(assertion.row as usize)
        .map(str::len)
        .sum::<usize>() as u32;
    let (start, end) = (line_start + assertion.start, line_start + assertion.end);
    let symbol = facts
        .symbols
        .iter()
        .find(|symbol| symbol.selection.start <= start && end <= symbol.selection.end);
    let references: Vec<&Reference> = facts
        .references
        .iter()
        .filter(|reference| reference.range.start <= start && end <= reference.range.end)
        .collect();
    let import = facts
        .imports
        .iter()
        .find(|import| import.range.start <= start && end <= import.range.end);
    let found = || describe(text, facts, symbol, &references, import, assertion.row);
    let ok = |holds: bool| if holds { Ok(()) } else { Err(found()) };
    let (word, rest) = assertion
        .what
        .split_once(' ')
        .unwrap_or((&assertion.what, ""));
    let rest = rest.trim();
    match word {
        "!definition" => ok(symbol.is_none()),
        "!reference" => ok(references.is_empty()),
        "!import" => ok(import.is_none()),
        "!test" => ok(symbol.is_some_and(|symbol| !symbol.is_test)),
        "test" => ok(symbol.is_some_and(|symbol| symbol.is_test)),
        "doc" => ok(symbol.is_some_and(|symbol| {
            let doc = symbol.doc.map(|range| range.slice(text));
            doc.is_some_and(|doc| !rest.is_empty() && doc.contains(rest))
        })),
        "!doc" => ok(symbol.is_some_and(|symbol| symbol.doc.is_none())),
        "signature" => ok(symbol.is_some_and(|symbol| symbol.signature == rest)),
        "import" => ok(import.is_some_and(|import| {
            let (path, alias) = rest.split_once(" as ").unwrap_or((rest, &import.alias));
            import.path == path && import.alias == alias
        })),
        "chunk.start" | "chunk.end" | "!chunk.start" => {
            let chunk = facts.chunks.iter().find(|chunk| match word {
                "chunk.end" => chunk.lines.end == assertion.row,
                _ => chunk.lines.start == assertion.row,
            });
            if word.starts_with('!') {
                return ok(chunk.is_none());
            }
            let shown = chunk.and_then(|chunk| facts.chunk_symbol(chunk));
            let is_symbol = chunk
                .is_some_and(|chunk| !matches!(chunk.kind, ChunkKind::Gap | ChunkKind::Window));
            ok(chunk.is_some()
                && (rest.is_empty()
                    || is_symbol && shown.is_some_and(|symbol| symbol.qualified == rest)))
        }
        _ => {
            if let Some(kind) = word.strip_prefix("definition.") {
                return ok(symbol.is_some_and(|symbol| {
                    kind_word(symbol) == kind && (rest.is_empty() || symbol.qualified == rest)
                }));
            }
            let Some(kind) = word.strip_prefix("reference.") else {
                return Err(format!("{word} is no assertion"));
            };
            let (rest, on) = rest
                .split_once("on ")
                .map_or((rest, None), |(rest, on)| (rest, Some(on.trim())));
            let within = rest.trim().strip_prefix("in ").map(str::trim);
            ok(references.iter().any(|reference| {
                let enclosing = reference
                    .enclosing
                    .map(|idx| facts.symbol(idx).qualified.as_str());
                reference_word(reference.kind) == kind
                    && within.is_none_or(|within| enclosing == Some(within))
                    && on.is_none_or(|on| reference.qualifier.as_deref() == Some(on))
            }))
        }
    }
}

fn kind_word(symbol: &Symbol) -> &'static str {
    // The words of the captures; people read "variant" and "type alias".
    match symbol.kind.name() {
        "variant" => "member",
        "type alias" => "type",
        other => other,
    }
}

fn reference_word(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::Call => "call",
        ReferenceKind::Macro => "macro",
        ReferenceKind::Type => "type",
        ReferenceKind::Implements => "implements",
        ReferenceKind::Read => "read",
    }
}

fn describe(
    text: &str,
    facts: &FileFacts,
    symbol: Option<&Symbol>,
    references: &[&Reference],
    import: Option<&Import>,
    row: u32,
) -> String {
    let mut out = String::new();
    if let Some(symbol) = symbol {
        let doc = symbol.doc.map_or("none", |range| range.slice(text));
        let test = if symbol.is_test { ", a test" } else { "" };
        write!(
            out,
            "definition.{} {}{test}, signature {:?}, doc {doc:?}; ",
            kind_word(symbol),
            symbol.qualified,
            symbol.signature
        )
        .unwrap();
    }
    for reference in references {
        let enclosing = reference
            .enclosing
            .map_or("nothing", |idx| &facts.symbol(idx).qualified);
        let on = reference.qualifier.as_deref().unwrap_or("nothing");
        write!(
            out,
            "reference.{} in {enclosing} on {on}; ",
            reference_word(reference.kind)
        )
        .unwrap();
    }
    if let Some(import) = import {
        write!(out, "import {} as {}; ", import.path, import.alias).unwrap();
    }
    for chunk in &facts.chunks {
        if chunk.lines.start <= row && row <= chunk.lines.end {
            let shown = facts
                .chunk_symbol(chunk)
                .map_or("nothing", |symbol| &symbol.qualified);
            let (first, last) = (chunk.lines.start, chunk.lines.end);
            let (above, below) = (row - first, last - row);
            write!(
                out,
                "a {:?} chunk of {shown} from {above} lines above to {below} below; ",
                chunk.kind
            )
            .unwrap();
        }
    }
    out
}
