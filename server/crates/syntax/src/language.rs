//! Which language a file is in, and what that language's grammar and query pack are.
//!
//! The registry is `tree-sitter-queries/languages.toml`; `build.rs` embeds it with the query files and binds the grammars
//! that it names. Grammars load and queries compile when first used, so that a workspace pays for its own languages.

use crate::pack::{self, Pack, PackError};
use regex::Regex;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::OnceLock;
use symseek_base::RelPath;
use tree_sitter_language::LanguageFn;

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// A language with a grammar and a query pack. A small handle; compares by identity.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(u16);

impl Language {
    /// Its name as in `languages.toml`: `rust`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What `lang:` filters call it, as [`label`] does: `typescript` for `tsx` too.
    pub fn label(self) -> &'static str {
        let found = registry()
            .entries
            .iter()
            .find(|entry| entry.language == Some(self));
        found.map_or(self.name(), |entry| entry.label)
    }

    /// The language of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|language| language.name() == name)
    }

    /// Every language with a grammar.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..registry().languages.len() as u16).map(Self)
    }

    /// What joins a container and its member in a qualified name: `::`, `.`.
    pub fn separator(self) -> &'static str {
        self.row().separator
    }

    fn row(self) -> &'static Row {
        &registry().languages[self.0 as usize]
    }

    /// Its tree-sitter grammar.
    pub fn grammar(self) -> &'static tree_sitter::Language {
        self.row().grammar()
    }

    /// What `languages.toml` calls its grammar; rows may share one.
    pub(crate) fn grammar_name(self) -> &'static str {
        self.row().grammar_name
    }

    /// The language that an editor, a fence or an attribute calls so: `js`, `c++`, `shell`, `TSX`, or a name of ours.
    pub fn by_alias(alias: &str) -> Option<Self> {
        let alias = alias.trim().to_ascii_lowercase();
        if let Some(language) = Self::by_name(&alias) {
            return Some(language);
        }
        let registry = registry();
        let idx = match alias.as_str() {
            "c++" => registry.by_extension.get("cpp")?.first().copied(),
            "c#" => registry.by_extension.get("cs")?.first().copied(),
            "shell" | "shellscript" | "console" => {
                registry.by_extension.get("sh")?.first().copied()
            }
            "javascriptreact" => registry.by_extension.get("jsx")?.first().copied(),
            "typescriptreact" => registry.by_extension.get("tsx")?.first().copied(),
            "golang" => registry.by_extension.get("go")?.first().copied(),
            other => registry
                .with_extension(other, "")
                .or_else(|| registry.by_shebang.get(other).copied()),
        };
        registry.entries[idx?].language
    }

    /// The compiled query pack.
    pub(crate) fn pack(self) -> &'static Pack {
        let row = self.row();
        row.pack.get_or_init(|| {
            row.compile().unwrap_or_else(|error| {
                // A test compiles every pack, so this is unreachable in a build that passed.
                debug_assert!(false, "{error}");
                Pack::empty(row.grammar())
            })
        })
    }

    /// Compiles the pack afresh.
    ///
    /// # Errors
    /// [`PackError`] with file and line when a query does not fit grammar or vocabulary.
    pub fn check_pack(self) -> Result<(), PackError> {
        self.row().compile().map(|_| ())
    }

    /// The pack's files, inherited ones too: name (`c/tags.scm`) and text.
    pub fn query_files(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let files = self.row().files.iter();
        files.map(|(file, text)| (file.as_str(), text.as_ref()))
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Language({})", self.name())
    }
}

/// The language of a file, by its path, or by how its text begins (`head`: the whole text or its first kilobytes): the
/// `#!` line, an editor's mode line, or what tells a C++ header from one of C. `None` when it has no grammar.
pub fn detect(path: &RelPath, head: &str) -> Option<Language> {
    registry().entries[entry(path, head)?].language
}

/// The name of a file's language for filters, with or without a grammar: `rust`, `markdown`; `text` when unknown.
pub fn label(path: &RelPath, head: &str) -> &'static str {
    entry(path, head).map_or("text", |idx| registry().entries[idx].label)
}

/// Every label that [`label`] may answer, in the order of `languages.toml`.
pub fn labels() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    registry()
        .entries
        .iter()
        .map(|entry| entry.label)
        .filter(move |label| std::mem::replace(&mut last, label) != *label)
}

/// Whether a glob may be given this language, by its name or label.
pub fn is_language(name: &str) -> bool {
    let mut entries = registry().entries.iter();
    entries.any(|entry| entry.name == name || entry.label == name)
}

/// Whether files of a language with a grammar end so: `h`, `js`.
pub(crate) fn is_extension(extension: &str) -> bool {
    let registry = registry();
    let rows = registry.by_extension.get(extension);
    rows.is_some_and(|rows| {
        rows.iter()
            .any(|&idx| registry.entries[idx].language.is_some())
    })
}

/// How much of a text is looked at to tell its language, in bytes.
const HEAD_BYTES: usize = 4096;
/// A mode line stands in one of the first lines.
const MODE_LINES: usize = 5;

fn entry(path: &RelPath, head: &str) -> Option<usize> {
    let registry = registry();
    let head = &head[..head.floor_char_boundary(HEAD_BYTES)];
    let mut globs = registry.by_glob.iter();
    if let Some((_, idx)) = globs.find(|(glob, _)| glob.is_match(path.as_str())) {
        return Some(*idx);
    }
    let name = path.file_name();
    if let Some(&idx) = registry.by_file.get(name) {
        return Some(idx);
    }
    let extension = path.extension();
    if let Some(idx) = registry.with_extension(extension, head) {
        return Some(idx);
    }
    if let Some(idx) = registry.with_extension(extension.to_ascii_lowercase().as_str(), head) {
        return Some(idx);
    }
    if let Some(interpreter) = interpreter(head)
        && let Some(&idx) = registry.by_shebang.get(interpreter)
    {
        return Some(idx);
    }
    if let Some(mode) = head.lines().take(MODE_LINES).find_map(mode) {
        let named = registry.entries.iter().position(|entry| entry.name == mode);
        if let Some(idx) = named.or_else(|| registry.with_extension(&mode, head)) {
            return Some(idx);
        }
    }
    // `Dockerfile.dev`, `Makefile.am`.
    let stem = name.split('.').next().filter(|stem| !stem.is_empty())?;
    registry.by_file.get(stem).copied()
}

/// What a mode line names: `ruby` of `# -*- mode: ruby -*-`, `sh` of `# vim: set ft=sh :`.
fn mode(line: &str) -> Option<String> {
    let word = |text: &str| {
        let text = text.trim_start();
        let end = text
            .find(|c: char| !(c.is_alphanumeric() || "+#-_".contains(c)))
            .unwrap_or(text.len());
        Some(text[..end].trim_end_matches('-').to_ascii_lowercase()).filter(|word| !word.is_empty())
    };
    if let Some((_, rest)) = line.split_once("-*-") {
        let inner = rest.split_once("-*-")?.0;
        return match inner.split_once("mode:") {
            Some((_, mode)) => word(mode),
            None if inner.contains(':') => None,
            None => word(inner),
        };
    }
    let (_, options) = line.split_once("vim:").or_else(|| line.split_once("vi:"))?;
    let mut options = options.split([' ', ':']);
    word(options.find_map(|option| {
        option
            .strip_prefix("ft=")
            .or_else(|| option.strip_prefix("filetype="))
    })?)
}

/// The program of a `#!` line: `python3` of `#!/usr/bin/env -S python3.11 -u`.
fn interpreter(head: &str) -> Option<&str> {
    let line = head
        .strip_prefix('\u{feff}')
        .unwrap_or(head)
        .strip_prefix("#!")?
        .lines()
        .next()?;
    let mut words = line.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        program = program.rsplit('/').next()?;
    }
    // `python3.11` is `python3`.
    Some(program.split('.').next().unwrap_or(program))
}

struct Registry {
    languages: Vec<Row>,
    entries: Vec<Entry>,
    /// Several languages may share an extension; the first whose `head` fits has it.
    by_extension: FxHashMap<&'static str, SmallVec<[usize; 2]>>,
    by_file: FxHashMap<&'static str, usize>,
    by_shebang: FxHashMap<&'static str, usize>,
    by_glob: Vec<(globset::GlobMatcher, usize)>,
    /// What was wrong with the installed packs.
    problems: Vec<PackError>,
}

struct Entry {
    name: &'static str,
    label: &'static str,
    language: Option<Language>,
    /// How a text begins that has the extension: a pattern per extension.
    heads: Vec<(&'static str, Regex)>,
}

struct Row {
    name: &'static str,
    separator: &'static str,
    /// The grammar's name in `languages.toml`.
    grammar_name: &'static str,
    grammar_fn: LanguageFn,
    grammar: OnceLock<tree_sitter::Language>,
    files: Vec<(String, Cow<'static, str>)>,
    pack: OnceLock<Pack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Toml {
    language: Vec<TomlRow>,
}

/// A row of `languages.toml`; `tree-sitter-queries/README.md` explains the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlRow {
    name: String,
    label: Option<String>,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    shebangs: Vec<String>,
    #[serde(default)]
    heads: std::collections::BTreeMap<String, String>,
    separator: Option<String>,
    grammar: Option<String>,
    pack: Option<String>,
}

/// What a user adds to the registry or puts in the place of its parts. Nothing here is read from a disk.
#[derive(Debug, Clone, Default)]
pub struct Extension {
    /// The text of a `languages.toml` whose rows come before ours. A `grammar` is one that some row of ours names.
    pub languages: Option<String>,
    /// Query files: folder, file name, text. They replace ours of the same folder and name.
    pub files: Vec<(String, String, String)>,
    /// Glob of a workspace path and the name of a language or label; asked before names and extensions.
    pub globs: Vec<(String, String)>,
}

static EXTENSION: OnceLock<Extension> = OnceLock::new();

/// Adds to the registry. Works once per process and before the first file is read: facts are a function of the packs.
/// What is broken is left out and answered; the rest of the extension counts.
pub fn extend(extension: Extension) -> Vec<PackError> {
    if EXTENSION.set(extension).is_err() {
        return vec![problem(
            "",
            0,
            "languages and query packs are read once, at the start; restart to change them",
        )];
    }
    registry().problems.clone()
}

/// Everything that decides which language a file is in, as a text.
pub(crate) fn detection() -> String {
    let extension = EXTENSION.get_or_init(Extension::default);
    let theirs = extension.languages.as_deref().unwrap_or("");
    format!("{LANGUAGES}{theirs}{:?}", extension.globs)
}

fn problem(file: &str, line: usize, message: impl Into<String>) -> PackError {
    PackError {
        file: file.to_owned(),
        line,
        message: message.into(),
    }
}

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let ours: Toml =
            toml::from_str(LANGUAGES).expect("languages.toml is embedded and a test reads it");
        Registry::new(ours.language, EXTENSION.get_or_init(Extension::default))
    })
}

impl Registry {
    /// The rows live as long as the process, so their names are leaked once.
    fn new(ours: Vec<TomlRow>, extension: &Extension) -> Self {
        let mut registry = Self {
            languages: Vec::new(),
            entries: Vec::new(),
            by_extension: FxHashMap::default(),
            by_file: FxHashMap::default(),
            by_shebang: FxHashMap::default(),
            by_glob: Vec::new(),
            problems: Vec::new(),
        };
        if let Some(text) = &extension.languages {
            match toml::from_str::<Toml>(text) {
                Ok(toml) => {
                    for row in toml.language {
                        registry.add(row, extension);
                    }
                }
                Err(error) => {
                    let at = error.span().map_or(0, |span| span.start);
                    let line = text[..at].matches('\n').count() + 1;
                    registry
                        .problems
                        .push(problem("languages.toml", line, error.message()));
                }
            }
        }
        for row in ours {
            if registry.entries.iter().all(|entry| entry.name != row.name) {
                registry.add(row, extension);
            }
        }
        for (folder, file, text) in &extension.files {
            let names_it = |row: &Row| row.files.iter().any(|(_, known)| known == text);
            if !registry.languages.iter().any(names_it) {
                let message = "no language with a grammar uses this file";
                registry
                    .problems
                    .push(problem(&format!("{folder}/{file}"), 1, message));
            }
        }
        registry.check_replaced(extension);
        for (glob, name) in &extension.globs {
            let found = registry
                .entries
                .iter()
                .position(|entry| entry.name == *name || entry.label == *name);
            match (globset::Glob::new(glob), found) {
                (Ok(glob), Some(idx)) => registry.by_glob.push((glob.compile_matcher(), idx)),
                (Err(error), _) => {
                    let broken = problem("languages", 0, error.to_string());
                    registry.problems.push(broken);
                }
                (_, None) => registry.problems.push(problem(
                    "languages",
                    0,
                    format!("{glob}: there is no language {name}"),
                )),
            }
        }
        registry
    }

    fn add(&mut self, row: TomlRow, extension: &Extension) {
        let name: &'static str = row.name.leak();
        let label: &'static str = row.label.map_or(name, |label| label.leak());
        let mut language = None;
        if let Some(grammar) = &row.grammar {
            let bound = GRAMMARS.iter().find(|(name, _)| name == grammar);
            if let Some(&(grammar_name, grammar_fn)) = bound {
                let files = files(row.pack.as_deref().unwrap_or(name), extension);
                // Without a query file a tree would only hide what the outline finds.
                if !files.is_empty() {
                    language = Some(Language(self.languages.len() as u16));
                    self.languages.push(Row {
                        name,
                        separator: row.separator.map_or("::", |text| text.leak()),
                        grammar_name,
                        grammar_fn,
                        grammar: OnceLock::new(),
                        files,
                        pack: OnceLock::new(),
                    });
                }
            } else {
                let message = format!("{name}: there is no grammar {grammar} in this build");
                self.problems.push(problem("languages.toml", 0, message));
            }
        }
        let idx = self.entries.len();
        let mut heads = Vec::new();
        for (extension, pattern) in row.heads {
            match Regex::new(&pattern) {
                Ok(regex) => heads.push((&*extension.leak(), regex)),
                Err(error) => {
                    let message = format!("{name}: {error}");
                    self.problems.push(problem("languages.toml", 0, message));
                }
            }
        }
        for (extension, _) in &heads {
            self.by_extension
                .entry(extension)
                .or_default()
                .insert(0, idx);
        }
        self.entries.push(Entry {
            name,
            label,
            language,
            heads,
        });
        for extension in row.extensions {
            self.by_extension
                .entry(extension.leak())
                .or_default()
                .push(idx);
        }
        for file in row.files {
            self.by_file.entry(file.leak()).or_insert(idx);
        }
        for shebang in row.shebangs {
            self.by_shebang.entry(shebang.leak()).or_insert(idx);
        }
    }

    /// Compiles every pack that the extension changes; one that fails is ours again, and said.
    fn check_replaced(&mut self, extension: &Extension) {
        let is_replaced = |(file, text): &(String, Cow<'_, str>)| {
            extension.files.iter().any(|(folder, name, new)| {
                file.strip_suffix(name.as_str()) == Some(&format!("{folder}/")) && new == text
            })
        };
        for row in &mut self.languages {
            if !row.files.iter().any(is_replaced) {
                continue;
            }
            if let Err(error) = row.compile() {
                let folders: Vec<String> = row
                    .files
                    .iter()
                    .filter_map(|(file, _)| Some(file.split_once('/')?.0.to_owned()))
                    .collect();
                row.files = folders
                    .first()
                    .map_or_else(Vec::new, |folder| files(folder, &Extension::default()));
                self.problems.push(error);
            }
        }
    }

    /// The row that has the extension of a text that begins like this.
    fn with_extension(&self, extension: &str, head: &str) -> Option<usize> {
        let rows = self.by_extension.get(extension)?;
        rows.iter().copied().find(|&idx| {
            let mut heads = self.entries[idx].heads.iter();
            heads
                .find(|(of, _)| *of == extension)
                .is_none_or(|(_, regex)| regex.is_match(head))
        })
    }
}

/// The files of a pack with what they inherit: `; inherits: c` in the first lines of `cpp/tags.scm` adds the patterns of
/// `c/tags.scm` after its own.
fn files(folder: &str, extension: &Extension) -> Vec<(String, Cow<'static, str>)> {
    let mut found = Vec::new();
    for file in ["imports.scm", "tags.scm", "locals.scm", "chunks.scm"] {
        let mut at = Some(folder.to_owned());
        let mut seen: Vec<String> = Vec::new();
        while let Some(folder) = at.take().filter(|folder| !seen.contains(folder)) {
            let text = query(&folder, file, extension);
            at = inherits(&text).map(str::to_owned);
            if !text.is_empty() {
                found.push((format!("{folder}/{file}"), text));
            }
            seen.push(folder);
        }
    }
    found
}

/// What the first comment of a query file says it inherits from.
fn inherits(text: &str) -> Option<&str> {
    let comments = text.lines().map_while(|line| line.trim().strip_prefix(';'));
    comments
        .filter_map(|line| line.trim().strip_prefix("inherits:"))
        .map(str::trim)
        .next()
}

fn query(folder: &str, file: &str, extension: &Extension) -> Cow<'static, str> {
    let replaced = extension
        .files
        .iter()
        .find(|(of, name, _)| of == folder && name == file);
    if let Some((_, _, text)) = replaced {
        return Cow::Owned(text.clone());
    }
    let pack = PACKS.iter().find(|(name, _)| *name == folder);
    let known = pack.and_then(|(_, files)| files.iter().find(|(name, _)| *name == file));
    Cow::Borrowed(known.map_or("", |(_, text)| text))
}

impl Row {
    fn grammar(&self) -> &tree_sitter::Language {
        self.grammar.get_or_init(|| self.grammar_fn.into())
    }

    fn compile(&self) -> Result<Pack, PackError> {
        let own = self
            .files
            .first()
            .and_then(|(file, _)| file.split('/').next());
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(file, text)| pack::Source {
                file,
                text,
                inherited: file.split('/').next() != own,
            })
            .collect();
        pack::compile(self.grammar(), &files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> RelPath {
        RelPath::new(path).unwrap()
    }

    #[test]
    fn detects_by_name_extension_and_first_line() {
        let name = |at: &str, head: &str| detect(&path(at), head).map(Language::name);
        assert_eq!(name("src/a.rs", ""), Some("rust"));
        assert_eq!(name("SConstruct", ""), Some("python"));
        assert_eq!(
            name("bin/tool", "#!/usr/bin/env -S python3.11 -u\n"),
            Some("python")
        );
        assert_eq!(name("bin/tool", "#!/usr/bin/python\n"), Some("python"));
        assert_eq!(name("bin/tool", "no shebang"), None);
        assert_eq!(name("a.PY", ""), Some("python"));
        assert_eq!(
            name("bin/tool", "#\n# -*- mode: python -*-\n"),
            Some("python")
        );
        assert_eq!(name("bin/tool", "# -*- coding: utf-8 -*-\n"), None);
        assert_eq!(name("bin/tool", "# vim: set ft=rust :\n"), Some("rust"));
    }

    #[test]
    fn every_file_has_a_label() {
        for (at, want) in [
            ("README.md", "markdown"),
            ("Cargo.toml", "toml"),
            ("a/b.rs", "rust"),
            ("Makefile.am", "make"),
            ("Dockerfile.dev", "dockerfile"),
            ("x.unknown", "text"),
            ("LICENSE-MIT", "text"),
            (".gitignore", "ignore"),
            ("main.go", "go"),
        ] {
            assert_eq!(label(&path(at), ""), want, "{at}");
        }
    }

    #[test]
    fn every_grammar_has_a_row_and_a_pack_that_compiles() {
        assert!(registry().problems.is_empty(), "{:?}", registry().problems);
        for language in Language::all() {
            language.check_pack().unwrap();
            assert_eq!(Language::by_name(language.name()), Some(language));
        }
    }
}
