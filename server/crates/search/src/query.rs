//! Reads a query: filters, free text, and what kind of question it is.
//!
//! The reading never hides results: it only decides which legs weigh more. Rules look at the shape of the text (one identifier,
//! a relation in front of a name), not at topic words, because "error" or "fail" stand in plain questions too.

use symseek_syntax::SymbolKind;

/// A filter that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// `kind:` with something that is no kind.
    #[error("unknown kind {0:?}; one of: {names}", names = KINDS.map(|(name, _)| name).join(", "))]
    Kind(String),
    /// `lang:` with something that is no language.
    #[error("unknown language {0:?}; try rust, python, markdown, …")]
    Language(String),
    /// A pattern that is no regular expression.
    #[error("the pattern is not a regular expression: {0}")]
    Pattern(String),
    /// A filter without a value.
    #[error("{0}: needs a value, as in {0}:{1}")]
    Empty(&'static str, &'static str),
}

/// A query, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What remains without filters.
    pub text: String,
    /// What narrows the answer.
    pub filters: Filters,
    /// What is asked.
    pub reading: Reading,
}

/// What narrows the answer. Values of one filter widen each other; different filters narrow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// `kind:fn`.
    pub kinds: Vec<SymbolKind>,
    /// `-kind:method`.
    pub not_kinds: Vec<SymbolKind>,
    /// `path:src/lsp`: a part of the path, ignoring case, or a glob.
    pub paths: Vec<String>,
    /// `-path:tests`.
    pub not_paths: Vec<String>,
    /// `lang:rust`.
    pub languages: Vec<String>,
    /// `-lang:markdown`.
    pub not_languages: Vec<String>,
    /// `-word`.
    pub not_words: Vec<String>,
}

/// What kind of question it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing was asked.
    Empty,
    /// A name: one identifier, maybe qualified or with wildcards.
    Symbol,
    /// Words.
    Words,
    /// A relation to a name.
    Structural(Structural),
}

/// A relation to a name: `callers of poll in the client`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structural {
    /// What is asked about the name.
    pub relation: Relation,
    /// The name.
    pub name: String,
    /// Where those who are asked for should be, in the words of the question.
    pub place: Option<String>,
}

/// Relations that the graph answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Who uses it.
    Callers,
    /// What it uses.
    Callees,
    /// Who implements or extends it.
    Implementations,
    /// Which tests use it.
    Tests,
}

impl std::fmt::Display for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::Symbol => f.write_str("a name"),
            Self::Words => f.write_str("words"),
            Self::Structural(asked) => {
                let relation = match asked.relation {
                    Relation::Callers => "callers",
                    Relation::Callees => "callees",
                    Relation::Implementations => "implementations",
                    Relation::Tests => "tests",
                };
                write!(f, "{relation} of {}", asked.name)?;
                match &asked.place {
                    Some(place) => write!(f, " in {place}"),
                    None => Ok(()),
                }
            }
        }
    }
}

const KINDS: [(&str, &[SymbolKind]); 17] = [
    (
        "fn",
        &[
            SymbolKind::Function,
            SymbolKind::Method,
            SymbolKind::Constructor,
        ],
    ),
    (
        "function",
        &[
            SymbolKind::Function,
            SymbolKind::Method,
            SymbolKind::Constructor,
        ],
    ),
    ("method", &[SymbolKind::Method, SymbolKind::Constructor]),
    ("class", &[SymbolKind::Class, SymbolKind::Struct]),
    (
        "struct",
        &[SymbolKind::Struct, SymbolKind::Union, SymbolKind::Class],
    ),
    ("enum", &[SymbolKind::Enum]),
    ("trait", &[SymbolKind::Trait, SymbolKind::Interface]),
    ("interface", &[SymbolKind::Interface, SymbolKind::Trait]),
    (
        "type",
        &[
            SymbolKind::Class,
            SymbolKind::Struct,
            SymbolKind::Enum,
            SymbolKind::Union,
            SymbolKind::Trait,
            SymbolKind::Interface,
            SymbolKind::TypeAlias,
        ],
    ),
    ("impl", &[SymbolKind::Impl]),
    ("const", &[SymbolKind::Constant, SymbolKind::Static]),
    (
        "var",
        &[
            SymbolKind::Variable,
            SymbolKind::Static,
            SymbolKind::Constant,
        ],
    ),
    ("field", &[SymbolKind::Field, SymbolKind::Property]),
    ("variant", &[SymbolKind::EnumMember]),
    ("macro", &[SymbolKind::Macro]),
    ("module", &[SymbolKind::Module, SymbolKind::Namespace]),
    ("section", &[SymbolKind::Section]),
];

impl Query {
    /// Reads a query as typed.
    ///
    /// # Errors
    /// [`QueryError`] for a filter whose value means nothing: a silently ignored filter is a wrong answer.
    pub fn parse(typed: &str) -> Result<Self, QueryError> {
        let typed = typed.trim();
        let typed = typed.strip_prefix('?').map_or(typed, str::trim_start);
        let mut filters = Filters::default();
        let mut words: Vec<&str> = Vec::new();
        for word in typed.split_whitespace() {
            if !filters.take(word)? {
                words.push(word);
            }
        }
        let text = words.join(" ");
        let reading = Reading::of(&text);
        Ok(Self {
            text,
            filters,
            reading,
        })
    }
}

impl Query {
    /// The whole text as words or name, without filters.
    pub fn literal(typed: &str) -> Self {
        let text = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let reading = Reading::of(&text);
        Self {
            text,
            filters: Filters::default(),
            reading,
        }
    }
}

impl Filters {
    fn take(&mut self, word: &str) -> Result<bool, QueryError> {
        let (negative, rest) = match word.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let filter = rest
            .split_once(':')
            .filter(|(_, value)| !value.starts_with(':'));
        match (negative, filter) {
            (_, Some(("kind", value))) => {
                let kinds = if negative {
                    &mut self.not_kinds
                } else {
                    &mut self.kinds
                };
                for value in non_empty("kind", "fn", value)?.split(',') {
                    let found = KINDS
                        .iter()
                        .find(|(name, _)| name.eq_ignore_ascii_case(value));
                    kinds.extend(found.ok_or_else(|| QueryError::Kind(value.to_owned()))?.1);
                }
            }
            (_, Some(("path", value))) => {
                let paths = if negative {
                    &mut self.not_paths
                } else {
                    &mut self.paths
                };
                paths.extend(
                    non_empty("path", "src/", value)?
                        .split(',')
                        .map(str::to_lowercase),
                );
            }
            (_, Some(("lang", value))) => {
                let languages = if negative {
                    &mut self.not_languages
                } else {
                    &mut self.languages
                };
                for value in non_empty("lang", "rust", value)?.split(',') {
                    let label =
                        language(value).ok_or_else(|| QueryError::Language(value.to_owned()))?;
                    languages.push(label.to_owned());
                }
            }
            (true, None)
                if rest.len() >= 2
                    && rest.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    && is_name(rest) =>
            {
                self.not_words.push(rest.to_owned());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether nothing is narrowed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The label of a language by its name or a usual abbreviation.
fn language(value: &str) -> Option<&'static str> {
    let full = match value.to_ascii_lowercase().as_str() {
        "rs" => "rust",
        "py" => "python",
        "md" => "markdown",
        "js" => "javascript",
        "ts" => "typescript",
        "c++" => "cpp",
        "c#" | "cs" => "csharp",
        "sh" | "shell" => "bash",
        "yml" => "yaml",
        "rb" => "ruby",
        "kt" => "kotlin",
        "hs" => "haskell",
        "golang" => "go",
        _ => value,
    };
    symseek_syntax::labels().find(|label| label.eq_ignore_ascii_case(full))
}

fn non_empty<'a>(
    filter: &'static str,
    example: &'static str,
    value: &'a str,
) -> Result<&'a str, QueryError> {
    if value.is_empty() {
        Err(QueryError::Empty(filter, example))
    } else {
        Ok(value)
    }
}

/// An identifier, maybe qualified: `a`, `a::b`, `A.b`, `a#b`, `a->b`; wildcards allowed.
fn is_name(text: &str) -> bool {
    let mut previous_letter = false;
    let mut letters = 0;
    for c in text.trim_end_matches("()").trim_end_matches('!').chars() {
        if c.is_alphanumeric() || c == '_' || c == '*' || c == '?' || c == '$' || c == '@' {
            previous_letter = true;
            letters += usize::from(c.is_alphanumeric() || c == '_');
        } else if (c == ':' || c == '.' || c == '#' || c == '/')
            && (previous_letter || c == ':' || letters == 0)
        {
            previous_letter = false;
        } else {
            return false;
        }
    }
    letters > 0
}

/// Phrases that put a relation before (or around) a name; `_` stands for the name.
const PHRASES: [(&str, Relation); 28] = [
    ("callers of _", Relation::Callers),
    ("callers for _", Relation::Callers),
    ("calls to _", Relation::Callers),
    ("call sites of _", Relation::Callers),
    ("where is _ used", Relation::Callers),
    ("where is _ called", Relation::Callers),
    ("where is _ invoked", Relation::Callers),
    ("where do we call _", Relation::Callers),
    ("where do we use _", Relation::Callers),
    ("uses of _", Relation::Callers),
    ("usages of _", Relation::Callers),
    ("usage of _", Relation::Callers),
    ("references to _", Relation::Callers),
    ("callees of _", Relation::Callees),
    ("what does _ call", Relation::Callees),
    ("functions called by _", Relation::Callees),
    ("implementations of _", Relation::Implementations),
    ("implementations for _", Relation::Implementations),
    ("implementors of _", Relation::Implementations),
    ("implementers of _", Relation::Implementations),
    ("subclasses of _", Relation::Implementations),
    ("subtypes of _", Relation::Implementations),
    ("impl _ for", Relation::Implementations),
    ("tests for _", Relation::Tests),
    ("tests of _", Relation::Tests),
    ("unit tests for _", Relation::Tests),
    ("unit tests of _", Relation::Tests),
    ("where is _ tested", Relation::Tests),
];

/// Verbs that put a relation between those who are asked for ([`ASKERS`]) and a name.
const VERBS: [(&[&str], Relation); 4] = [
    (
        &[
            "call", "calls", "calling", "use", "uses", "using", "invoke", "invokes", "invoking",
        ],
        Relation::Callers,
    ),
    (
        &[
            "implement",
            "implements",
            "implementing",
            "extend",
            "extends",
            "extending",
            "subclass",
            "subclasses",
        ],
        Relation::Implementations,
    ),
    (
        &[
            "inherit from",
            "inherits from",
            "derive from",
            "derives from",
        ],
        Relation::Implementations,
    ),
    (&["test", "tests", "cover", "covers"], Relation::Tests),
];

/// Words that only say who is asked for: `which types that …`, `who …`.
const ASKERS: [&str; 18] = [
    "which",
    "what",
    "who",
    "all",
    "the",
    "functions",
    "function",
    "methods",
    "method",
    "types",
    "structs",
    "enums",
    "classes",
    "class",
    "code",
    "tests",
    "that",
    "places",
];

impl Reading {
    fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self::Empty;
        }
        let plain = text.trim_end_matches(['?', '.', '!']).trim();
        if let Some(asked) = related(plain) {
            return Self::Structural(asked);
        }
        if !text.contains(char::is_whitespace) && (is_name(text) || is_kebab(text) || is_path(text))
        {
            Self::Symbol
        } else {
            Self::Words
        }
    }
}

/// A relation to a name, and maybe where: `callers of poll`, `which types in net implement Watcher`, `where is poll used in the client`.
fn related(text: &str) -> Option<Structural> {
    let plainly = |text| {
        let phrase = |(phrase, relation)| Some((relation, fill(phrase, text)?));
        PHRASES
            .into_iter()
            .find_map(phrase)
            .or_else(|| asked_who(text))
    };
    let asked = |(relation, name): (Relation, &str), place: Option<&str>| Structural {
        relation,
        name: name.to_owned(),
        place: place.map(str::to_owned),
    };
    if let Some(found) = plainly(text) {
        return Some(asked(found, None));
    }
    for (at, preposition) in PREPOSITIONS
        .iter()
        .flat_map(|preposition| text.match_indices(preposition))
    {
        let (before, after) = (&text[..at], &text[at + preposition.len()..]);
        if let Some(found) = plainly(before) {
            return Some(asked(found, Some(after)));
        }
        // `which functions in the client call poll`: the place ends where a verb and a name follow.
        for (end, _) in after.match_indices(' ') {
            if let Some(found) = asked_who(&format!("{before}{}", &after[end..])) {
                return Some(asked(found, Some(&after[..end])));
            }
        }
    }
    None
}

/// Between a relation and where it is looked for.
const PREPOSITIONS: [&str; 4] = [" in ", " inside ", " within ", " under "];

/// Askers, a verb, and one name: `which types implement Watcher`.
fn asked_who(text: &str) -> Option<(Relation, &str)> {
    let mut rest = text;
    loop {
        let (word, after) = rest.split_once(' ')?;
        if !ASKERS.iter().any(|asker| asker.eq_ignore_ascii_case(word)) {
            return None;
        }
        rest = after.trim_start();
        // `tests` asks for tests as well as saying what somebody does, so the verb is looked for first.
        let found = VERBS.iter().find_map(|(verbs, relation)| {
            let name = verbs
                .iter()
                .find_map(|verb| fill(&format!("{verb} _"), rest))?;
            Some((*relation, name))
        });
        if found.is_some() {
            return found;
        }
    }
}

/// Words joined by dashes, as in names of commands and files: `progress-bar-iter`.
fn is_kebab(text: &str) -> bool {
    text.contains('-')
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
        && text.starts_with(char::is_alphabetic)
}

/// A path whose folders or file have dashes in their names, which identifiers have not: `tower-lsp/src/codec.rs:12`.
fn is_path(text: &str) -> bool {
    let parts = |c: char| matches!(c, '/' | '\\' | '.');
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':');
    text.contains(parts)
        && !text.contains("::")
        && !text.contains("//")
        && text.contains(char::is_alphabetic)
        && text.chars().all(|c| parts(c) || is_part(c))
}

/// What stands for `_`, when `text` has the shape of the phrase and `_` is one name (quotes and a leading article allowed).
fn fill<'a>(phrase: &str, text: &'a str) -> Option<&'a str> {
    let (before, after) = phrase.split_once('_')?;
    let starts = text.get(..before.len())?.eq_ignore_ascii_case(before);
    let rest = if starts {
        &text[before.len()..]
    } else {
        return None;
    };
    let end = rest.len().checked_sub(after.len())?;
    let ends = rest.get(end..)?.eq_ignore_ascii_case(after);
    let mut name = if ends {
        rest[..end].trim()
    } else {
        return None;
    };
    for word in [
        "the function ",
        "the method ",
        "the trait ",
        "the class ",
        "the interface ",
        "function ",
        "method ",
        "trait ",
        "class ",
        "interface ",
        "the ",
    ] {
        name = name.strip_prefix(word).unwrap_or(name);
    }
    let name = name.trim_matches(['`', '"', '\'']).trim_end_matches("()");
    (!name.contains(char::is_whitespace) && is_name(name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> Reading {
        Query::parse(text).unwrap().reading
    }

    #[test]
    fn shapes_of_questions() {
        assert_eq!(reading(""), Reading::Empty);
        for name in [
            "poll_next",
            "HashMap",
            "Type::new",
            "std::io::Read",
            "a.b.c",
            "Poll*",
            "vec!",
            "main()",
            "_x",
            "tower-lsp/src/codec.rs",
            "./my-app\\src\\a-b.rs:12:4",
            "en-gb.json",
        ] {
            assert_eq!(reading(name), Reading::Symbol, "{name}");
        }
        for words in [
            "retry with backoff",
            "thread 'main' panicked: x",
            "error: foo",
            "a -> b",
            "???x y",
            "https://a-b.org/c",
            "1.5-2",
            "a-b/c=d",
        ] {
            assert_eq!(reading(words), Reading::Words, "{words}");
        }
        let structural = |relation, name: &str, place: Option<&str>| {
            Reading::Structural(Structural {
                relation,
                name: name.to_owned(),
                place: place.map(str::to_owned),
            })
        };
        let callers = |name: &str| structural(Relation::Callers, name, None);
        assert_eq!(reading("callers of foo"), callers("foo"));
        assert_eq!(reading("Who calls `Type::foo()`?"), callers("Type::foo"));
        assert_eq!(reading("where is decode_line used"), callers("decode_line"));
        assert_eq!(reading("functions that call the function x"), callers("x"));
        for text in [
            "which types implement Watcher",
            "what implements the trait Watcher?",
            "classes extending Watcher",
            "who inherits from Watcher",
            "implementations of Watcher",
        ] {
            let found = structural(Relation::Implementations, "Watcher", None);
            assert_eq!(reading(text), found, "{text}");
        }
        for text in [
            "tests for retry",
            "what tests retry",
            "where is retry tested?",
        ] {
            let found = structural(Relation::Tests, "retry", None);
            assert_eq!(reading(text), found, "{text}");
        }
        for text in [
            "callers of poll in the client",
            "where is poll used in the client?",
            "which functions in the client call poll",
            "who calls poll() inside the client",
        ] {
            let found = structural(Relation::Callers, "poll", Some("the client"));
            assert_eq!(reading(text), found, "{text}");
        }
        let found = structural(Relation::Implementations, "Watcher", Some("src/net"));
        assert_eq!(reading("implementations of Watcher in src/net"), found);
        assert_eq!(reading("types in src/net that implement Watcher"), found);
        for text in [
            "use retry",
            "what calls for a retry",
            "implement retry",
            "retry in the client",
            "functions in the client",
            "callers in the client",
        ] {
            assert_eq!(reading(text), Reading::Words, "{text}");
        }
        assert_eq!(reading("progress-bar-iter"), Reading::Symbol);
    }

    #[test]
    fn filters() {
        let query =
            Query::parse("kind:fn lang:rust path:src/lsp -test -path:benches retry loop").unwrap();
        assert_eq!(query.text, "retry loop");
        assert!(query.filters.kinds.contains(&SymbolKind::Method));
        assert_eq!(query.filters.paths, ["src/lsp"]);
        assert_eq!(query.filters.not_paths, ["benches"]);
        assert_eq!(query.filters.not_words, ["test"]);
        assert_eq!(query.filters.languages, ["rust"]);
        let query = Query::parse("-kind:method -lang:rb,md render").unwrap();
        assert_eq!(query.text, "render");
        assert!(query.filters.not_kinds.contains(&SymbolKind::Method));
        assert_eq!(query.filters.not_languages, ["ruby", "markdown"]);
        assert!(query.filters.kinds.is_empty() && query.filters.languages.is_empty());
        assert_eq!(
            Query::parse("-lang:klingon x"),
            Err(QueryError::Language("klingon".to_owned()))
        );
        assert_eq!(
            Query::parse("kind:banana x"),
            Err(QueryError::Kind("banana".to_owned()))
        );
        assert_eq!(
            Query::parse("path: x"),
            Err(QueryError::Empty("path", "src/"))
        );
        assert_eq!(Query::parse("kind::fn").unwrap().text, "kind::fn");
        assert_eq!(
            Query::parse("expected -1 got -x").unwrap().text,
            "expected -1 got -x"
        );
    }
}
