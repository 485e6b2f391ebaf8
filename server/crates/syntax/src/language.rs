//! Which language a file is in, and what that language's grammar and query pack are.
//!
//! The registry is `tree-sitter-queries/languages.toml`; grammars are bound here, in one table. A new language is a
//! folder of queries, a dependency and a row in each of the two. Queries compile when first used.

use crate::pack::{self, Pack, PackError};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::sync::OnceLock;
use symseek_base::RelPath;
use tree_sitter_language::LanguageFn;

/// A language with a grammar and a query pack. A small handle; compares by identity.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(u16);

impl Language {
    /// Its name as in `languages.toml`: `rust`.
    pub fn name(self) -> &'static str {
        self.row().name
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

    pub(crate) fn grammar(self) -> &'static tree_sitter::Language {
        &self.row().grammar
    }

    /// The compiled query pack.
    pub(crate) fn pack(self) -> &'static Pack {
        let row = self.row();
        row.pack.get_or_init(|| {
            row.compile().unwrap_or_else(|error| {
                // A test compiles every pack, so this is unreachable in a build that passed.
                debug_assert!(false, "{error}");
                Pack::empty(&row.grammar)
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

    /// The pack's files: name and text.
    pub fn query_files(self) -> impl Iterator<Item = (String, &'static str)> {
        let row = self.row();
        row.files
            .iter()
            .map(|(file, text)| (format!("{}/{file}", row.name), *text))
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Language({})", self.name())
    }
}

/// The language of a file, by file name, extension, or the `#!` line at the start of `head`. `None` when it has no
/// grammar.
pub fn detect(path: &RelPath, head: &str) -> Option<Language> {
    registry().entries[entry(path, head)?].language
}

/// The name of a file's language for filters, with or without a grammar: `rust`, `markdown`; `text` when unknown.
pub fn label(path: &RelPath) -> &'static str {
    label_with_head(path, "")
}

/// [`label`], looking at the `#!` line too.
pub fn label_with_head(path: &RelPath, head: &str) -> &'static str {
    entry(path, head).map_or("text", |idx| registry().entries[idx].name)
}

/// Every label that [`label`] may answer, in the order of `languages.toml`.
pub fn labels() -> impl Iterator<Item = &'static str> {
    registry().entries.iter().map(|entry| entry.name)
}

fn entry(path: &RelPath, head: &str) -> Option<usize> {
    let registry = registry();
    let name = path.file_name();
    if let Some(&idx) = registry.by_file.get(name) {
        return Some(idx);
    }
    let extension = path.extension();
    if let Some(&idx) = registry.by_extension.get(extension) {
        return Some(idx);
    }
    if let Some(&idx) = registry
        .by_extension
        .get(extension.to_ascii_lowercase().as_str())
    {
        return Some(idx);
    }
    if let Some(interpreter) = interpreter(head)
        && let Some(&idx) = registry.by_shebang.get(interpreter)
    {
        return Some(idx);
    }
    // `Dockerfile.dev`, `Makefile.am`.
    let stem = name.split('.').next().filter(|stem| !stem.is_empty())?;
    registry.by_file.get(stem).copied()
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
    by_extension: FxHashMap<&'static str, usize>,
    by_file: FxHashMap<&'static str, usize>,
    by_shebang: FxHashMap<&'static str, usize>,
}

struct Entry {
    name: &'static str,
    language: Option<Language>,
}

struct Row {
    name: &'static str,
    separator: &'static str,
    grammar: tree_sitter::Language,
    files: &'static [(&'static str, &'static str)],
    pack: OnceLock<Pack>,
}

impl Row {
    fn compile(&self) -> Result<Pack, PackError> {
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(file, text)| (format!("{}/{file}", self.name), *text))
            .collect();
        pack::compile(&self.grammar, &files)
    }
}

#[derive(Deserialize)]
struct Toml {
    language: Vec<TomlRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TomlRow {
    name: String,
    extensions: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    shebangs: Vec<String>,
    separator: Option<String>,
}

/// A grammar and its query files, in the order in which they are matched.
struct Bound {
    name: &'static str,
    grammar: LanguageFn,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! query {
    ($name:literal, $file:literal) => {
        include_str!(concat!(
            "../../../../tree-sitter-queries/",
            $name,
            "/",
            $file
        ))
    };
}

macro_rules! bound {
    ($name:literal, $grammar:expr) => {
        Bound {
            name: $name,
            grammar: $grammar,
            files: &[
                ("imports.scm", query!($name, "imports.scm")),
                ("tags.scm", query!($name, "tags.scm")),
                ("locals.scm", query!($name, "locals.scm")),
                ("chunks.scm", query!($name, "chunks.scm")),
            ],
        }
    };
}

/// The grammars. One line per language.
static GRAMMARS: &[Bound] = &[
    bound!("python", tree_sitter_python::LANGUAGE),
    bound!("rust", tree_sitter_rust::LANGUAGE),
];

fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let toml: Toml = toml::from_str(include_str!(
            "../../../../tree-sitter-queries/languages.toml"
        ))
        .expect("languages.toml is embedded and a test reads it");
        Registry::new(toml.language)
    })
}

impl Registry {
    /// The rows live as long as the process, so their names are leaked once.
    fn new(rows: Vec<TomlRow>) -> Self {
        let mut registry = Self {
            languages: Vec::new(),
            entries: Vec::new(),
            by_extension: FxHashMap::default(),
            by_file: FxHashMap::default(),
            by_shebang: FxHashMap::default(),
        };
        for row in rows {
            let name: &'static str = row.name.leak();
            let bound = GRAMMARS.iter().find(|bound| bound.name == name);
            let language = bound.map(|bound| {
                registry.languages.push(Row {
                    name,
                    separator: row.separator.map_or("::", |text| text.leak()),
                    grammar: bound.grammar.into(),
                    files: bound.files,
                    pack: OnceLock::new(),
                });
                Language(registry.languages.len() as u16 - 1)
            });
            let idx = registry.entries.len();
            registry.entries.push(Entry { name, language });
            for (keys, map) in [
                (row.extensions, &mut registry.by_extension),
                (row.files, &mut registry.by_file),
                (row.shebangs, &mut registry.by_shebang),
            ] {
                for key in keys {
                    map.entry(key.leak()).or_insert(idx);
                }
            }
        }
        registry
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
            assert_eq!(label(&path(at)), want, "{at}");
        }
    }

    #[test]
    fn every_grammar_has_a_row_and_a_pack_that_compiles() {
        assert_eq!(Language::all().count(), GRAMMARS.len());
        for language in Language::all() {
            language.check_pack().unwrap();
            assert_eq!(Language::by_name(language.name()), Some(language));
        }
    }
}
