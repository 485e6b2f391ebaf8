//! What files define, without their code: one file with everything in it, or the files of a folder with their outermost
//! definitions.

use std::path::{Path, PathBuf};

use symseek_base::{Cancel, RelPath};
use symseek_index::snapshot::{FileHandle, View};
use symseek_syntax::{FileFacts, Symbol, SymbolKind};

use crate::answer::is_listed;
use crate::similar::find;
use crate::types::{Checked, SearchError};

/// Of what.
#[derive(Debug, Clone)]
pub struct OutlineRequest {
    /// A file or a folder, absolute.
    pub path: PathBuf,
    /// How many files of a folder at the most.
    pub max_files: usize,
}

/// Outlines.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Nothing is missing: no scan is running and no file changed behind the index.
    pub complete: bool,
    /// Files whose text is not what was indexed; they were left out.
    pub stale: Vec<PathBuf>,
    /// By path.
    pub files: Vec<FileOutline>,
    /// So many files lie there in all.
    pub n_files: usize,
}

/// One file.
#[derive(Debug, Clone)]
pub struct FileOutline {
    /// The file.
    pub path: PathBuf,
    /// Label of its language.
    pub language: String,
    /// Number of lines.
    pub n_lines: u32,
    /// In order of the text.
    pub symbols: Vec<OutlineSymbol>,
}

/// One definition.
#[derive(Debug, Clone)]
pub struct OutlineSymbol {
    /// Its bare name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// In how many others it lies.
    pub depth: usize,
    /// The declaration on one line.
    pub signature: String,
    /// The line of its name, from 0.
    pub line: u32,
    /// Its last line, from 0.
    pub end_line: u32,
}

impl Checked for Outline {
    fn complete(&mut self) -> &mut bool {
        &mut self.complete
    }

    fn stale(&self) -> &[PathBuf] {
        &self.stale
    }
}

/// The outline of a file, or of the files below a folder.
///
/// # Errors
/// [`SearchError::NotFound`] when nothing is indexed there.
pub fn outline(
    view: &View,
    request: &OutlineRequest,
    cancel: &Cancel,
) -> Result<Outline, SearchError> {
    let mut answer = Outline {
        complete: true,
        stale: Vec::new(),
        files: Vec::new(),
        n_files: 1,
    };
    if let Ok((_, file)) = find(view, &request.path) {
        add(&mut answer, &file, usize::MAX);
        return Ok(answer);
    }
    let mut files: Vec<(PathBuf, FileHandle<'_>)> = view
        .files()
        .map(|(_, _, file)| file)
        .filter(|file| is_below(file.root(), file.path(), &request.path))
        .map(|file| (file.absolute(), file))
        .collect();
    if files.is_empty() {
        return Err(SearchError::NotFound(format!(
            "nothing is indexed at {}",
            request.path.display()
        )));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    answer.n_files = files.len();
    for (_, file) in files.into_iter().take(request.max_files) {
        cancel.check()?;
        add(&mut answer, &file, 1);
    }
    Ok(answer)
}

fn is_below(root: &Path, path: &RelPath, folder: &Path) -> bool {
    root.starts_with(folder) || path.under(root).starts_with(folder)
}

/// Adds a file with its definitions that lie in fewer than `depth` others.
fn add(answer: &mut Outline, file: &FileHandle<'_>, depth: usize) {
    let path = file.absolute();
    let (Some(facts), Some(source)) = (file.facts(), file.source()) else {
        answer.stale.push(path);
        return;
    };
    let listed = facts.symbols.iter().filter_map(|symbol| {
        let at = depth_of(facts, symbol)?;
        let repeats = depth == 1 && symbol.kind == SymbolKind::Impl;
        (at < depth && !repeats).then(|| OutlineSymbol {
            name: symbol.name.to_string(),
            kind: symbol.kind,
            depth: at,
            signature: symbol.signature.to_string(),
            line: source.lines.line(symbol.selection.start),
            end_line: symbol.lines.end,
        })
    });
    answer.files.push(FileOutline {
        path,
        language: file.language().to_owned(),
        n_lines: facts.n_lines,
        symbols: listed.collect(),
    });
}

/// In how many others a symbol lies; none for what is local to a function. An `impl` block is its methods' place, so it is shown
/// like a type.
fn depth_of(facts: &FileFacts, symbol: &Symbol) -> Option<usize> {
    let is_definition = is_listed(symbol.kind) || symbol.kind == SymbolKind::Impl;
    if !is_definition {
        return None;
    }
    let mut depth = 0;
    let mut at = symbol.container;
    while let Some(idx) = at {
        let around = facts.symbol(idx);
        let is_body = matches!(
            around.kind,
            SymbolKind::Function | SymbolKind::Method | SymbolKind::Constructor
        );
        if is_body {
            return None;
        }
        depth += 1;
        at = around.container;
    }
    Some(depth)
}
