//! What our commands take: one JSON object, a bare string, or nothing. Whatever is wrong is named, with what was expected.

use crate::lsp::backend::Workspaces;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tower_lsp::jsonrpc::Error;
use tower_lsp::lsp_types::{Position, Range, TextDocumentIdentifier, Url};

/// Longer queries are cut.
const MAX_QUERY: usize = 16 * 1024;
/// More hits are never given.
const MAX_LIMIT: usize = 1000;

/// Our commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Search,
    Refine,
    Similar,
    Callers,
    Callees,
    Status,
    Reindex,
    SearchToDocument,
    SimilarToDocument,
    CallersToDocument,
    CalleesToDocument,
}

impl Command {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::Search,
        Self::Refine,
        Self::Similar,
        Self::Callers,
        Self::Callees,
        Self::Status,
        Self::Reindex,
        Self::SearchToDocument,
        Self::SimilarToDocument,
        Self::CallersToDocument,
        Self::CalleesToDocument,
    ];

    /// `symseek.search`, …
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Search => "symseek.search",
            Self::Refine => "symseek.refine",
            Self::Similar => "symseek.similar",
            Self::Callers => "symseek.callers",
            Self::Callees => "symseek.callees",
            Self::Status => "symseek.status",
            Self::Reindex => "symseek.reindex",
            Self::SearchToDocument => "symseek.searchToDocument",
            Self::SimilarToDocument => "symseek.similarToDocument",
            Self::CallersToDocument => "symseek.callersToDocument",
            Self::CalleesToDocument => "symseek.calleesToDocument",
        }
    }

    /// The command of this id, or an error that names those there are.
    pub(crate) fn named(id: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|command| command.id() == id)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::id).join(", ");
                Error::invalid_params(format!(
                    "unknown command `{}`; known are {known}",
                    cut(id, 80)
                ))
            })
    }

    /// What it takes, for error messages.
    fn expects(self) -> &'static str {
        match self {
            Self::Search | Self::SearchToDocument => {
                "{ query: string, limit?: number, mode?: \"full\" | \"lexical\", folders?: [uri], workspaces?: [uri or \"*\"], explain?: boolean, lenient?: boolean, refine?: \"now\" | \"later\" | \"never\" } or a string"
            }
            Self::Refine => "{ id: string } or a string",
            Self::Similar | Self::SimilarToDocument => {
                "{ uri, position } or { uri, range } or { text: string }, each with limit?: number, or a string"
            }
            Self::Callers | Self::Callees | Self::CallersToDocument | Self::CalleesToDocument => {
                "{ uri, position } or { name: string }, each with limit?: number, or a string"
            }
            Self::Status | Self::Reindex => "nothing",
        }
    }

    /// The key that a bare string stands for.
    fn bare_key(self) -> Option<&'static str> {
        match self {
            Self::Search | Self::SearchToDocument => Some("query"),
            Self::Refine => Some("id"),
            Self::Similar | Self::SimilarToDocument => Some("text"),
            Self::Callers | Self::Callees | Self::CallersToDocument | Self::CalleesToDocument => {
                Some("name")
            }
            Self::Status | Self::Reindex => None,
        }
    }

    /// The arguments as their type.
    pub(crate) fn parse<T: DeserializeOwned>(self, argument: Value) -> Result<T, Error> {
        // Lua writes an empty object so, and some JSON-RPC libraries put a request's only parameter into a list.
        let argument = match argument {
            Value::Array(mut list) if list.len() < 2 => list.pop().unwrap_or_default(),
            other => other,
        };
        let object = match (argument, self.bare_key()) {
            (Value::Null, _) => Value::Object(Map::new()),
            (Value::String(text), Some(key)) => json!({ key: text }),
            (object @ Value::Object(_), _) => object,
            (other, _) => return Err(self.wrong(&format!("found {}", kind_of(&other)))),
        };
        serde_json::from_value(object).map_err(|error| self.wrong(&cut(&error.to_string(), 300)))
    }

    /// The error for wrong arguments.
    pub(crate) fn wrong(self, what: &str) -> Error {
        Error::invalid_params(format!(
            "{}: {what}; expected {}",
            self.id(),
            self.expects()
        ))
    }
}

/// The one argument of `workspace/executeCommand`.
pub(crate) fn only(command: Command, mut arguments: Vec<Value>) -> Result<Value, Error> {
    match arguments.len() {
        0 => Ok(Value::Null),
        1 => Ok(arguments.remove(0)),
        n => Err(command.wrong(&format!("found {n} arguments instead of one"))),
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    #[default]
    Full,
    Lexical,
}

/// When a model may reorder the first hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Refine {
    /// Before the answer, within the budget.
    Now,
    /// When the client asks for it.
    Later,
    Never,
}

/// For `refine`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefineArguments {
    /// What the answer called itself.
    pub(crate) id: String,
}

/// For `search` and its document. No query is the empty query: a cheap list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchArguments {
    #[serde(default)]
    pub(crate) query: String,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    pub(crate) mode: Mode,
    #[serde(default)]
    pub(crate) folders: Vec<Url>,
    #[serde(default)]
    workspaces: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) explain: bool,
    /// Take an unknown filter for a word.
    #[serde(default)]
    pub(crate) lenient: bool,
    #[serde(default)]
    pub(crate) refine: Option<Refine>,
}

impl SearchArguments {
    pub(crate) fn limit(&self) -> usize {
        limit(self.limit)
    }

    /// The folders to search in the place of the client's own.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub(crate) fn workspaces(&self) -> Result<Option<Workspaces>, Error> {
        let Some(named) = &self.workspaces else {
            return Ok(None);
        };
        if named.iter().any(|it| it == "*") {
            return Ok(Some(Workspaces::Stored));
        }
        let folder = |named: &String| {
            let path = Url::parse(named).ok().and_then(|it| it.to_file_path().ok());
            path.ok_or_else(|| {
                let named = cut(named, 80);
                Error::invalid_params(format!(
                    "`workspaces`: `{named}` is neither \"*\" nor a file URI"
                ))
            })
        };
        let folders: Result<Vec<_>, _> = named.iter().map(folder).collect();
        match folders? {
            folders if folders.is_empty() => Err(Error::invalid_params("`workspaces` is empty")),
            folders => Ok(Some(Workspaces::These(folders))),
        }
    }
}

/// For `similar`, `callers`, `callees` and their documents.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PlaceArguments {
    #[serde(default)]
    uri: Option<Url>,
    #[serde(default)]
    text_document: Option<TextDocumentIdentifier>,
    #[serde(default)]
    pub(crate) position: Option<Position>,
    #[serde(default)]
    pub(crate) range: Option<Range>,
    #[serde(default)]
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
}

impl PlaceArguments {
    /// The document, named either way.
    pub(crate) fn uri(&self) -> Option<&Url> {
        let inner = self.text_document.as_ref().map(|document| &document.uri);
        self.uri.as_ref().or(inner)
    }

    pub(crate) fn limit(&self) -> usize {
        limit(self.limit)
    }
}

/// For `status` and `reindex`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoArguments {}

fn limit(wanted: Option<usize>) -> usize {
    wanted.unwrap_or(20).min(MAX_LIMIT)
}

/// The query, cut when it is endless, and a note when it was.
pub(crate) fn query(text: String) -> (String, Option<String>) {
    if text.len() <= MAX_QUERY {
        return (text, None);
    }
    let note = format!(
        "the query of {} bytes was cut to its first {MAX_QUERY}",
        text.len()
    );
    (cut(&text, MAX_QUERY), Some(note))
}

/// At most `most` bytes of a text.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.code.code(), -32602);
        error.message.into_owned()
    }

    #[test]
    fn one_object_a_string_or_nothing() {
        let search = |value| Command::Search.parse::<SearchArguments>(value);
        assert_eq!(
            search(json!({"query": "a", "limit": 5})).unwrap().limit(),
            5
        );
        assert_eq!(search(json!("a b")).unwrap().query, "a b");
        assert_eq!(search(Value::Null).unwrap().query, "");
        assert_eq!(only(Command::Search, vec![]), Ok(Value::Null));
        let two = message(only(Command::Search, vec![json!(1), json!(2)]));
        assert!(two.contains("2 arguments"), "{two}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let search = |value| message(Command::Search.parse::<SearchArguments>(value));
        let unknown = search(json!({"query": "a", "qurey": 1}));
        assert!(
            unknown.contains("`qurey`") && unknown.contains("symseek.search"),
            "{unknown}"
        );
        let kind = search(json!({"query": 7}));
        assert!(
            kind.contains("expected a string") && kind.contains("query: string"),
            "{kind}"
        );
        assert!(search(json!([1, 2])).contains("found a list"));
        // The only element of a list is the argument itself.
        assert!(search(json!([1])).contains("found a number"));
        assert!(Command::Status.parse::<NoArguments>(json!([])).is_ok());
        assert!(search(json!({"limit": -1})).contains("-1"));
        let status = message(Command::Status.parse::<NoArguments>(json!({"x": 1})));
        assert!(status.contains("`x`"), "{status}");
        let status = message(Command::Status.parse::<NoArguments>(json!("x")));
        assert!(
            status.contains("found a string; expected nothing"),
            "{status}"
        );
        let command = message(Command::named("symseek.serach"));
        assert!(command.contains("symseek.serach") && command.contains("symseek.search,"));
    }

    #[test]
    fn endless_queries_are_cut_at_a_character() {
        let (text, note) = query("\u{e9}".repeat(60_000));
        assert!(text.len() <= MAX_QUERY && note.unwrap().contains("120000"));
        assert_eq!(query("short".into()), ("short".into(), None));
    }
}
