//! What the tools answer: one structure that goes out as structured content, and the same as text for a model to read, both
//! within the budget. Each result has an anchor, `path:line`, which stays what it is in every tool and can be given back to one.

use std::fmt::Write as _;

use rmcp::schemars::{self, JsonSchema};
use serde::Serialize;
use symseek_engine::{StatusReport, StoreMode};
use symseek_search::{GrepResponse, Hit, Outline};

use super::budget::{Budget, json_len};
use super::roots::Roots;
use crate::lsp::arguments::cut;

/// So many uses are shown of one result.
const MAX_USES: usize = 10;
/// So many lines are shown of one result in full.
const MAX_CODE: u32 = 2_000;

/// Both forms of an answer.
pub(crate) struct Rendered {
    pub(crate) text: String,
    pub(crate) structured: serde_json::Value,
}

fn rendered(answer: &impl Serialize, text: String) -> Rendered {
    let structured = serde_json::to_value(answer).unwrap_or_default();
    Rendered { text, structured }
}

/// Results with places.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Ranked {
    /// Whether nothing is missing: the index is up to date, and no result was left out because its file just changed.
    pub(crate) complete: bool,
    /// Whether results, uses or code were left out to keep the budget or the limit.
    pub(crate) truncated: bool,
    /// How the question was read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) reading: String,
    /// What to know about this answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Best first; a call path in the order of its calls.
    pub(crate) results: Vec<Found>,
}

/// One result.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Found {
    /// `path:line` of the name, or of the first line.
    pub(crate) anchor: String,
    /// The file.
    pub(crate) path: String,
    /// First line, doc comment included, from 1.
    pub(crate) line: u32,
    /// Last line.
    pub(crate) end_line: u32,
    /// The name of the definition, or of the file for text that belongs to none.
    pub(crate) name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<&'static str>,
    /// What it lies in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) container: String,
    /// The declaration on one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) signature: String,
    /// How many uses away from the changed symbol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) depth: Option<u32>,
    /// Whether it is a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) is_test: Option<bool>,
    /// Where the uses stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) uses: Vec<UsePlace>,
    /// Its code, or a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<CodeLines>,
}

/// A use.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct UsePlace {
    /// `path:line`.
    pub(crate) anchor: String,
    /// The line.
    pub(crate) text: String,
    /// How sure it is that this symbol is meant, above 0 and up to 1.
    pub(crate) confidence: f64,
}

/// Lines of code.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct CodeLines {
    /// The first one's number.
    pub(crate) line: u32,
    /// The lines.
    pub(crate) text: String,
}

impl Found {
    /// A hit without its code.
    pub(crate) fn new(roots: &Roots, hit: &Hit) -> Self {
        let path = roots.show(&hit.path);
        let (line, end_line) = crate::lsp::answer::lines(hit);
        let named = if hit.selection.start == hit.selection.end {
            line
        } else {
            hit.selection.start.line + 1
        };
        let uses = hit.sites.iter().map(|site| UsePlace {
            anchor: format!("{}:{}", roots.show(&site.path), site.range.start.line + 1),
            text: cut(&site.line, 240),
            confidence: (f64::from(site.confidence) * 100.0).round() / 100.0,
        });
        let mut uses: Vec<UsePlace> = uses.collect();
        uses.dedup_by(|a, b| a.anchor == b.anchor);
        Self {
            anchor: format!("{path}:{named}"),
            path,
            line,
            end_line,
            name: crate::lsp::answer::shown_name(hit),
            kind: hit.kind.map(symseek_syntax::SymbolKind::name),
            container: hit.container.clone(),
            signature: hit.signature.clone(),
            depth: None,
            is_test: None,
            uses,
            code: None,
        }
    }

    /// With the lines that show why it was found.
    pub(crate) fn with_snippet(mut self, hit: &Hit) -> Self {
        let snippet = hit.excerpt.cut();
        self.code = Some(CodeLines {
            line: snippet.line + 1,
            text: snippet.text,
        });
        self
    }

    /// With all its lines.
    pub(crate) fn with_all(mut self, hit: &Hit) -> Self {
        let last = self.end_line.min(self.line + MAX_CODE - 1);
        let lines = (self.line..=last).map(|line| hit.excerpt.line(line - 1));
        self.code = Some(CodeLines {
            line: self.line,
            text: lines.collect::<Vec<_>>().join("\n"),
        });
        self
    }

    fn head(&self) -> String {
        let mut head = self.anchor.clone();
        if let Some(depth) = self.depth {
            let _ = write!(head, " depth {depth}");
        }
        if self.is_test == Some(true) {
            head += " test";
        }
        match self.kind {
            Some(kind) => {
                let _ = write!(head, " {kind} {}", self.name);
                if !self.container.is_empty() {
                    let _ = write!(head, " in {}", self.container);
                }
            }
            None => {
                let _ = write!(head, " lines {}-{}", self.line, self.end_line);
            }
        }
        // The declaration is among the lines that follow, as a rule.
        let shows = |code: &CodeLines| self.signature.is_empty() || code.text.contains(&*self.name);
        if !self.signature.is_empty() && !self.code.as_ref().is_some_and(shows) {
            let _ = write!(head, ": {}", self.signature);
        }
        head.push('\n');
        head
    }

    fn text(&self) -> String {
        let mut text = self.head();
        for it in &self.uses {
            let sure = if it.confidence < 0.95 {
                format!(" ({:.0} % sure)", it.confidence * 100.0)
            } else {
                String::new()
            };
            let _ = writeln!(text, "  {}: {}{sure}", it.anchor, it.text);
        }
        if let Some(code) = &self.code {
            for (number, line) in (code.line..).zip(code.text.split('\n')) {
                let _ = writeln!(text, "{number}\t{line}");
            }
        }
        text
    }
}

impl Ranked {
    /// The results as far as the budget goes: first every result's place, then, from the best on, its uses and its code.
    pub(crate) fn render(mut self, budget: u32) -> Rendered {
        let all = std::mem::take(&mut self.results);
        let mut room = Budget::new(budget, &self, &self.frame());
        let n_all = all.len();
        let mut kept: Vec<(Found, Vec<UsePlace>, Option<CodeLines>)> = Vec::new();
        for mut found in all {
            let (uses, code) = (std::mem::take(&mut found.uses), found.code.take());
            if !room.take(found.text().len(), json_len(&found)) {
                break;
            }
            kept.push((found, uses, code));
        }
        self.truncated |= kept.len() < n_all;
        for (mut found, mut uses, code) in kept {
            let (text, json) = (found.text().len(), json_len(&found));
            room.give(text, json);
            self.truncated |= uses.len() > MAX_USES;
            uses.truncate(MAX_USES);
            let mut fits = |found: &Found| {
                let (text, json) = (found.text().len(), json_len(found));
                let fits = room.take(text, json);
                if fits {
                    room.give(text, json);
                }
                fits
            };
            found.uses = uses;
            while !found.uses.is_empty() && !fits(&found) {
                found.uses.pop();
                self.truncated = true;
            }
            if let Some(code) = code {
                let lines: Vec<&str> = code.text.split('\n').collect();
                // The most lines that fit, by halving: what is longer never fits again.
                let (mut most, mut too_many) = (0, lines.len() + 1);
                while most + 1 < too_many {
                    let n = usize::midpoint(most, too_many);
                    found.code = Some(CodeLines {
                        line: code.line,
                        text: lines[..n].join("\n"),
                    });
                    if fits(&found) {
                        most = n;
                    } else {
                        too_many = n;
                    }
                }
                self.truncated |= most < lines.len();
                found.code = (most > 0).then(|| CodeLines {
                    line: code.line,
                    text: lines[..most].join("\n"),
                });
            }
            room.take(found.text().len(), json_len(&found));
            self.results.push(found);
        }
        let mut text = self.frame();
        for found in &self.results {
            text += &found.text();
        }
        let left_out = n_all - self.results.len();
        if left_out > 0 {
            let _ = writeln!(text, "({left_out} more left out; raise budget)");
        } else if self.truncated {
            text += "(shortened to the limit or budget)\n";
        }
        rendered(&self, text)
    }

    fn frame(&self) -> String {
        let mut text = String::new();
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        if !self.complete && self.notes.is_empty() {
            text += "note: this may be incomplete; ask again\n";
        }
        if self.results.is_empty() {
            let _ = writeln!(text, "{}", self.reading);
        }
        text
    }
}

/// Lines that match a pattern.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Matching {
    /// Whether nothing is missing: the index is up to date and every file was read.
    pub(crate) complete: bool,
    /// Whether lines were left out to keep the budget or the limit.
    pub(crate) truncated: bool,
    /// What to know about this answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Lines that match, in all files that were read.
    pub(crate) n_lines: usize,
    /// Files that hold them.
    pub(crate) n_files: usize,
    /// Definitions first, tests after other code, text that is no code last; then by path.
    pub(crate) matches: Vec<Line>,
}

/// One line.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Line {
    /// `path:line`.
    pub(crate) anchor: String,
    /// The line without the white space around it.
    pub(crate) text: String,
    /// What the match is the name of: the line defines it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) defines: Option<&'static str>,
    /// The definition it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) within: Option<String>,
}

impl Matching {
    /// The lines as far as the budget goes.
    pub(crate) fn render(
        response: GrepResponse,
        roots: &Roots,
        mut notes: Vec<String>,
        budget: u32,
    ) -> Rendered {
        if response.n_read < response.n_files {
            notes.push(format!(
                "only {} of {} files were read in the time there is; narrow it with paths or languages",
                response.n_read, response.n_files
            ));
        }
        let mut lines = Self {
            complete: response.complete,
            truncated: response.matches.len() < response.n_lines,
            notes,
            n_lines: response.n_lines,
            n_files: response.n_matching,
            matches: Vec::new(),
        };
        let mut text = String::new();
        for note in &lines.notes {
            let _ = writeln!(text, "note: {note}");
        }
        let _ = writeln!(
            text,
            "{} matching lines in {} files",
            lines.n_lines, lines.n_files
        );
        let mut room = Budget::new(budget, &lines, &text);
        for matched in response.matches {
            let line = Line {
                anchor: format!("{}:{}", roots.show(&matched.path), matched.line + 1),
                text: matched.text,
                defines: matched.defines.map(symseek_syntax::SymbolKind::name),
                within: matched.within,
            };
            let mut written = format!("{}: {}", line.anchor, line.text);
            match (line.defines, &line.within) {
                (Some(kind), _) => {
                    let _ = write!(written, "  [defines {kind}]");
                }
                (None, Some(within)) => {
                    let _ = write!(written, "  [in {within}]");
                }
                (None, None) => {}
            }
            written.push('\n');
            if !room.take(written.len(), json_len(&line)) {
                lines.truncated = true;
                break;
            }
            text += &written;
            lines.matches.push(line);
        }
        let left_out = lines.n_lines - lines.matches.len();
        if left_out > 0 {
            let _ = writeln!(text, "({left_out} more left out)");
        }
        rendered(&lines, text)
    }
}

/// Outlines.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Outlines {
    /// Whether nothing is missing: the index is up to date.
    pub(crate) complete: bool,
    /// Whether files or definitions were left out to keep the budget.
    pub(crate) truncated: bool,
    /// What to know about this answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Files that lie there in all.
    pub(crate) n_files: usize,
    /// By path.
    pub(crate) files: Vec<OutlinedFile>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OutlinedFile {
    /// The file.
    pub(crate) path: String,
    /// Its language.
    pub(crate) language: String,
    /// Number of lines.
    pub(crate) lines: u32,
    /// In order of the text; of a folder's files only the outermost.
    pub(crate) symbols: Vec<OutlinedSymbol>,
}

/// One definition.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OutlinedSymbol {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: &'static str,
    /// The line of its name.
    pub(crate) line: u32,
    /// Its last line.
    pub(crate) end_line: u32,
    /// In how many others it lies.
    pub(crate) depth: usize,
    /// The declaration on one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) signature: String,
}

impl Outlines {
    /// The outlines as far as the budget goes.
    pub(crate) fn render(
        outline: Outline,
        roots: &Roots,
        notes: Vec<String>,
        budget: u32,
    ) -> Rendered {
        let is_one = outline.n_files == 1;
        let mut answer = Self {
            complete: outline.complete,
            truncated: outline.files.len() + outline.stale.len() < outline.n_files,
            notes,
            n_files: outline.n_files,
            files: Vec::new(),
        };
        let mut text = String::new();
        for note in &answer.notes {
            let _ = writeln!(text, "note: {note}");
        }
        let mut room = Budget::new(budget, &answer, &text);
        'files: for file in outline.files {
            let mut outlined = OutlinedFile {
                path: roots.show(&file.path),
                language: file.language,
                lines: file.n_lines,
                symbols: Vec::new(),
            };
            let head = format!(
                "{} ({}, {} lines)\n",
                outlined.path, outlined.language, outlined.lines
            );
            if !room.take(head.len(), json_len(&outlined)) {
                answer.truncated = true;
                break;
            }
            text += &head;
            for symbol in file.symbols {
                let symbol = OutlinedSymbol {
                    name: symbol.name,
                    kind: symbol.kind.name(),
                    line: symbol.line + 1,
                    end_line: symbol.end_line + 1,
                    depth: symbol.depth,
                    signature: if is_one {
                        symbol.signature
                    } else {
                        String::new()
                    },
                };
                let shown = if symbol.signature.is_empty() {
                    &symbol.name
                } else {
                    &symbol.signature
                };
                let indent = "  ".repeat(symbol.depth + 1);
                let written = format!(
                    "{indent}{}-{} {} {shown}\n",
                    symbol.line, symbol.end_line, symbol.kind
                );
                if !room.take(written.len(), json_len(&symbol)) {
                    answer.truncated = true;
                    answer.files.push(outlined);
                    break 'files;
                }
                text += &written;
                outlined.symbols.push(symbol);
            }
            answer.files.push(outlined);
        }
        if answer.truncated {
            let (shown, all) = (answer.files.len(), answer.n_files);
            let _ = writeln!(
                text,
                "(shortened: {shown} of {all} files; narrow path or raise budget)"
            );
        }
        rendered(&answer, text)
    }
}

/// What is indexed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Status {
    /// `ready` when the index is up to date, else `indexing` or `stopped`.
    pub(crate) state: &'static str,
    /// The program's version.
    pub(crate) version: &'static str,
    /// The workspace's folders.
    pub(crate) folders: Vec<FolderStatus>,
}

/// One folder of the workspace.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FolderStatus {
    /// Where.
    pub(crate) root: String,
    /// `ready`, `indexing` or `stopped`.
    pub(crate) state: &'static str,
    /// Files done by the running scan.
    pub(crate) done: usize,
    /// Files in the running scan.
    pub(crate) total: usize,
    /// Files that answer.
    pub(crate) files: usize,
    /// Chunks that answer.
    pub(crate) chunks: usize,
    /// Files by language.
    pub(crate) languages: std::collections::BTreeMap<String, usize>,
    /// Files left out, by reason.
    pub(crate) skipped: std::collections::BTreeMap<String, usize>,
    /// Whether the index is kept on the disk.
    pub(crate) stored: bool,
    /// Whether the disk is followed.
    pub(crate) watching: bool,
    /// What went wrong.
    pub(crate) problems: Vec<String>,
}

impl Status {
    pub(crate) fn new(report: StatusReport) -> Self {
        let folders = report.folders.into_iter().map(|folder| FolderStatus {
            root: folder.root.to_string_lossy().into_owned(),
            state: folder.state,
            done: folder.done,
            total: folder.total,
            files: folder.files,
            chunks: folder.chunks,
            languages: folder.languages,
            skipped: (folder.skipped.into_iter())
                .map(|(reason, files)| (reason, files.count))
                .collect(),
            stored: folder.store != StoreMode::Memory,
            watching: folder.watching,
            problems: folder.problems,
        });
        Self {
            state: report.state,
            version: report.version,
            folders: folders.collect(),
        }
    }

    pub(crate) fn render(&self) -> Rendered {
        let mut text = String::new();
        for folder in &self.folders {
            let _ = write!(text, "{}: {}", folder.root, folder.state);
            if folder.state == "indexing" {
                let _ = write!(text, " ({} of {} files)", folder.done, folder.total);
            }
            let _ = writeln!(text, ", {} files in {} chunks", folder.files, folder.chunks);
            let mut languages: Vec<_> = folder.languages.iter().collect();
            languages.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let words = languages.iter().map(|(name, n)| format!("{name} {n}"));
            let _ = writeln!(text, "languages: {}", words.collect::<Vec<_>>().join(", "));
            for (reason, n) in &folder.skipped {
                let _ = writeln!(text, "skipped: {n} {reason}");
            }
            if !folder.watching {
                text += "changes on the disk are not followed\n";
            }
            for problem in &folder.problems {
                let _ = writeln!(text, "problem: {problem}");
            }
        }
        rendered(self, text)
    }
}

/// What `reindex` did.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Started {
    /// The index is being made again; answers are incomplete until `status` says `ready`.
    pub(crate) started: bool,
}

impl Started {
    pub(crate) fn render() -> Rendered {
        let text =
            "The index is being made again; answers are incomplete until status says ready.\n";
        rendered(&Self { started: true }, text.to_owned())
    }
}
