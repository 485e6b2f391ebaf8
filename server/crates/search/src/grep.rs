//! Lines that match a text or a regular expression, over everything that is indexed, unsaved text included. Definitions come
//! first, tests after other code, prose and configuration last. The `regex` crate is used because its time is linear in the
//! text, whatever the pattern.

use std::path::PathBuf;

use regex::{Regex, RegexBuilder};
use symseek_base::Cancel;
use symseek_index::SourceText;
use symseek_index::snapshot::{FileHandle, View};
use symseek_syntax::{FileFacts, Symbol, SymbolKind};

use crate::answer::is_listed;
use crate::features::{is_prose, is_test_path};
use crate::filter::Accept;
use crate::query::{Filters, QueryError};
use crate::types::{Checked, SearchError};

/// A compiled pattern takes no more bytes.
const MAX_PROGRAM: usize = 1 << 20;
/// So many lines are kept to be ranked.
const MAX_LINES: usize = 50_000;
/// Longer lines are cut around the match.
const LINE_BYTES: usize = 240;

/// What to look for.
#[derive(Debug, Clone)]
pub struct GrepRequest {
    /// A text, or a regular expression.
    pub pattern: String,
    /// It is a regular expression.
    pub is_regex: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// Where: paths and languages.
    pub filters: Filters,
    /// How many lines at the most.
    pub limit: usize,
}

/// Lines that match.
#[derive(Debug, Clone)]
pub struct GrepResponse {
    /// Nothing is missing: no scan is running, no file changed behind the index, and every file was read.
    pub complete: bool,
    /// Files whose text is not what was indexed; they were left out.
    pub stale: Vec<PathBuf>,
    /// Best first.
    pub matches: Vec<GrepMatch>,
    /// Lines that match, in all files that were read.
    pub n_lines: usize,
    /// Files with such lines.
    pub n_matching: usize,
    /// Files that were read.
    pub n_read: usize,
    /// Files to be read.
    pub n_files: usize,
}

/// A line that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrepMatch {
    /// The file.
    pub path: PathBuf,
    /// From 0.
    pub line: u32,
    /// Where the first match starts, in bytes from the start of the line.
    pub column: u32,
    /// The line without the white space around it; around the match when it is very long.
    pub text: String,
    /// What the match is the name of.
    pub defines: Option<SymbolKind>,
    /// The qualified name of the definition it lies in.
    pub within: Option<String>,
    /// In a test.
    pub is_test: bool,
}

impl Checked for GrepResponse {
    fn complete(&mut self) -> &mut bool {
        &mut self.complete
    }

    fn stale(&self) -> &[PathBuf] {
        &self.stale
    }
}

/// Every line that matches, each once, until `enough` says to stop.
///
/// # Errors
/// [`QueryError::Pattern`] for what is no regular expression; [`SearchError::Cancelled`].
pub fn grep(
    view: &View,
    request: &GrepRequest,
    enough: &dyn Fn() -> bool,
    cancel: &Cancel,
) -> Result<GrepResponse, SearchError> {
    let pattern = compile(request)?;
    let accept = Accept::new(view, &request.filters, &[], cancel)?;
    let mut files: Vec<(PathBuf, FileHandle<'_>)> = view
        .files()
        .map(|(_, _, file)| file)
        .filter(|file| accept.file(file))
        .map(|file| (file.absolute(), file))
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut response = GrepResponse {
        complete: true,
        stale: Vec::new(),
        matches: Vec::new(),
        n_lines: 0,
        n_matching: 0,
        n_read: 0,
        n_files: files.len(),
    };
    let mut found = Vec::new();
    for (path, file) in files {
        cancel.check()?;
        if enough() || found.len() >= MAX_LINES {
            response.complete = false;
            break;
        }
        response.n_read += 1;
        let (Some(source), Some(facts)) = (file.source(), file.facts()) else {
            response.stale.push(path);
            continue;
        };
        let before = found.len();
        let looked_at = LookedAt {
            // What defines nothing is configuration or prose, whatever its name.
            is_code: !is_prose(file.path().extension()) && facts.symbols.iter().any(is_named),
            is_test: is_test_path(file.path().as_str()),
            source: &source,
            facts,
            path,
        };
        looked_at.lines(&pattern, &mut found, cancel)?;
        response.n_matching += usize::from(found.len() > before);
    }
    response.n_lines = found.len();
    found.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| (&a.1.path, a.1.line).cmp(&(&b.1.path, b.1.line)))
    });
    let best = found.into_iter().take(request.limit);
    response.matches = best.map(|(_, line)| line).collect();
    Ok(response)
}

fn compile(request: &GrepRequest) -> Result<Regex, SearchError> {
    let literal;
    let pattern = if request.is_regex {
        &request.pattern
    } else {
        literal = regex::escape(&request.pattern);
        &literal
    };
    let compiled = RegexBuilder::new(pattern)
        .multi_line(true)
        .case_insensitive(request.ignore_case)
        .size_limit(MAX_PROGRAM)
        .dfa_size_limit(MAX_PROGRAM)
        .build();
    compiled.map_err(|error| QueryError::Pattern(error.to_string()).into())
}

/// What a line is, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Definition,
    TestDefinition,
    Code,
    Test,
    Text,
}

/// A file, and what it is.
struct LookedAt<'a> {
    source: &'a SourceText,
    facts: &'a FileFacts,
    path: PathBuf,
    is_code: bool,
    is_test: bool,
}

impl LookedAt<'_> {
    /// Adds its lines that match.
    fn lines(
        &self,
        pattern: &Regex,
        found: &mut Vec<(Rank, GrepMatch)>,
        cancel: &Cancel,
    ) -> Result<(), SearchError> {
        let (source, symbols) = (self.source, &self.facts.symbols);
        let mut last = None;
        for matched in pattern.find_iter(&source.text) {
            cancel.check()?;
            let start = matched.start() as u32;
            let row = source.lines.line(start);
            let defined = symbols.iter().find(|symbol| {
                is_named(symbol)
                    && symbol.selection.start < matched.end() as u32
                    && start < symbol.selection.end
            });
            if last == Some(row) {
                // A line counts once, as a definition if any of its matches is one.
                if let (Some(symbol), Some(line)) = (defined, found.last_mut())
                    && line.1.defines.is_none()
                {
                    line.1.defines = Some(symbol.kind);
                    line.0 = self.rank(true, line.1.is_test);
                }
                continue;
            }
            if found.len() >= MAX_LINES {
                break;
            }
            last = Some(row);
            let around = symbols
                .iter()
                .filter(|symbol| symbol.range.contains_offset(start))
                .min_by_key(|symbol| symbol.range.len());
            let is_test = self.is_test || around.is_some_and(|symbol| symbol.is_test);
            let line = source.lines.line_bytes(row);
            let column = start - line.start;
            found.push((
                self.rank(defined.is_some(), is_test),
                GrepMatch {
                    path: self.path.clone(),
                    line: row,
                    column,
                    text: shown(line.slice(&source.text), column as usize),
                    defines: defined.map(|symbol| symbol.kind),
                    within: around.map(|symbol| symbol.qualified.to_string()),
                    is_test,
                },
            ));
        }
        Ok(())
    }

    fn rank(&self, defines: bool, is_test: bool) -> Rank {
        match (defines, is_test) {
            _ if !self.is_code => Rank::Text,
            (true, false) => Rank::Definition,
            (true, true) => Rank::TestDefinition,
            (false, false) => Rank::Code,
            (false, true) => Rank::Test,
        }
    }
}

/// A heading or key is where its text stands, not a definition of it.
fn is_named(symbol: &Symbol) -> bool {
    is_listed(symbol.kind) && symbol.kind != SymbolKind::Section
}

/// The line without the white space around it; a very long one around the match.
fn shown(line: &str, at: usize) -> String {
    let line = line.trim_end();
    if line.len() <= LINE_BYTES {
        return line.trim_start().to_owned();
    }
    let mut from = at.min(line.len()).saturating_sub(LINE_BYTES / 4);
    while !line.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = (from + LINE_BYTES).min(line.len());
    while !line.is_char_boundary(to) {
        to -= 1;
    }
    let cut = |at, edge| if at == edge { "" } else { "…" };
    format!(
        "{}{}{}",
        cut(from, 0),
        line[from..to].trim(),
        cut(to, line.len())
    )
}
