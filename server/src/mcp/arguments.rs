//! What the tools take. The types make both the schemas that clients read and the errors that name the field which is wrong.

use rmcp::model::JsonObject;
use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::lsp::arguments::cut;

/// Tokens of an answer when nothing is said.
const BUDGET: u32 = 3_000;
/// An answer with less says nothing …
const MIN_BUDGET: u32 = 100;
/// … and with more fills a model's context.
const MAX_BUDGET: u32 = 100_000;
/// More results are never given.
const MAX_LIMIT: u32 = 500;

/// The arguments of a call as their type.
///
/// # Errors
/// The field that is wrong, and what was expected, for the client to read.
pub(crate) fn parse<T: DeserializeOwned>(arguments: Option<JsonObject>) -> Result<T, String> {
    let arguments = Value::Object(arguments.unwrap_or_default());
    serde_path_to_error::deserialize(arguments).map_err(|error| {
        let field = error.path().to_string();
        let why = cut(&error.inner().to_string(), 500);
        if field == "." {
            why
        } else {
            format!("`{field}`: {why}")
        }
    })
}

/// How much an answer may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Results.
    pub(crate) limit: usize,
    /// Tokens, as [`super::budget`] estimates them.
    pub(crate) budget: u32,
}

impl Size {
    /// # Errors
    /// What is out of range, for the client to read.
    pub(crate) fn of(
        limit: Option<u32>,
        default_limit: u32,
        budget: Option<u32>,
    ) -> Result<Self, String> {
        let limit = limit.unwrap_or(default_limit);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(format!("`limit`: expected 1 to {MAX_LIMIT}, got {limit}"));
        }
        Ok(Self {
            limit: limit as usize,
            budget: budget_of(budget)?,
        })
    }
}

/// # Errors
/// What is out of range, for the client to read.
pub(crate) fn budget_of(budget: Option<u32>) -> Result<u32, String> {
    let budget = budget.unwrap_or(BUDGET);
    if !(MIN_BUDGET..=MAX_BUDGET).contains(&budget) {
        return Err(format!(
            "`budget`: expected {MIN_BUDGET} to {MAX_BUDGET} tokens, got {budget}"
        ));
    }
    Ok(budget)
}

/// Kinds of definitions.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Fn,
    Method,
    Class,
    Struct,
    Enum,
    Trait,
    Interface,
    Type,
    Impl,
    Const,
    Var,
    Field,
    Variant,
    Macro,
    Module,
    Section,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Fn => "fn",
            Self::Method => "method",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Trait => "trait",
            Self::Interface => "interface",
            Self::Type => "type",
            Self::Impl => "impl",
            Self::Const => "const",
            Self::Var => "var",
            Self::Field => "field",
            Self::Variant => "variant",
            Self::Macro => "macro",
            Self::Module => "module",
            Self::Section => "section",
        }
    }
}

/// What narrows an answer, as the words of a query.
#[derive(Debug, Default)]
pub(crate) struct Narrowed<'a> {
    pub(crate) kinds: &'a [Kind],
    pub(crate) paths: &'a [String],
    pub(crate) exclude_paths: &'a [String],
    pub(crate) languages: &'a [String],
}

impl Narrowed<'_> {
    /// Filters as a query has them.
    ///
    /// # Errors
    /// A value that no filter can have, for the client to read.
    pub(crate) fn words(&self) -> Result<String, String> {
        let mut words = String::new();
        for kind in self.kinds {
            words += " kind:";
            words += kind.word();
        }
        let lists = [
            ("paths", " path:", self.paths),
            ("exclude_paths", " -path:", self.exclude_paths),
            ("languages", " lang:", self.languages),
        ];
        for (field, filter, values) in lists {
            for value in values {
                let value = value.trim();
                if value.is_empty() || value.contains(|c: char| c.is_whitespace() || c == ',') {
                    return Err(format!(
                        "`{field}`: {:?} is empty or holds white space or a comma; write `?` for such a character in a glob",
                        cut(value, 80)
                    ));
                }
                words += filter;
                words += value;
            }
        }
        Ok(words)
    }
}

/// How much code is shown of each result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Code {
    /// Places, names and signatures only.
    None,
    /// The few lines that show why it was found.
    #[default]
    Snippet,
    /// The whole result.
    Full,
}

/// `search`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// What to look for: a description in plain words, a name, an error message, or a path. It may hold the filters `kind:fn`
    /// `path:src/net` `lang:rust` `-path:tests` `-word`.
    pub(crate) query: String,
    /// Only definitions of these kinds.
    #[serde(default)]
    pub(crate) kinds: Vec<Kind>,
    /// Only files whose path holds one of these, ignoring case; with `*` or `?` a glob.
    #[serde(default)]
    pub(crate) paths: Vec<String>,
    /// No files whose path holds one of these.
    #[serde(default)]
    pub(crate) exclude_paths: Vec<String>,
    /// Only files in these languages, such as `rust`, `python`, `ts`.
    #[serde(default)]
    pub(crate) languages: Vec<String>,
    /// Only these folders of a workspace of several, by their paths or last names; see `status`.
    #[serde(default)]
    pub(crate) workspaces: Vec<String>,
    /// How much code is shown of each result.
    #[serde(default)]
    pub(crate) code: Code,
    /// Results at the most, 1 to 500; 10 when not given.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `search_symbols`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchSymbols {
    /// A name or a part of one: `RetryPolicy`, `Pool::checkout`, `RetPol`, `poll_*`.
    pub(crate) name: String,
    /// Only definitions of these kinds.
    #[serde(default)]
    pub(crate) kinds: Vec<Kind>,
    /// Only files whose path holds one of these, ignoring case; with `*` or `?` a glob.
    #[serde(default)]
    pub(crate) paths: Vec<String>,
    /// No files whose path holds one of these.
    #[serde(default)]
    pub(crate) exclude_paths: Vec<String>,
    /// Only files in these languages, such as `rust`, `python`, `ts`.
    #[serde(default)]
    pub(crate) languages: Vec<String>,
    /// Results at the most, 1 to 500; 20 when not given.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `find_similar`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindSimilar {
    /// Code to compare with. Either this or `path` and `line`.
    #[serde(default)]
    pub(crate) code: Option<String>,
    /// The file of the code to compare with.
    #[serde(default)]
    pub(crate) path: Option<String>,
    /// Its line, from 1: the definition around it, or with `end_line` the first line.
    #[serde(default)]
    pub(crate) line: Option<u32>,
    /// Its last line.
    #[serde(default)]
    pub(crate) end_line: Option<u32>,
    /// Results at the most, 1 to 500; 10 when not given.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `callers` and `callees`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Related {
    /// `name`, `Type::name`, `module.name`, `FILE:LINE` or `FILE:LINE:COLUMN`.
    pub(crate) symbol: String,
    /// Results at the most, 1 to 500; 20 when not given.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `call_path`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallPath {
    /// Where the chain starts: `name`, `Type::name`, `module.name`, `FILE:LINE` or `FILE:LINE:COLUMN`.
    pub(crate) from: String,
    /// Where it ends, in the same form.
    pub(crate) to: String,
    /// Calls at the most, 1 to 20; 8 when not given.
    #[serde(default)]
    pub(crate) max_calls: Option<u32>,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `impact`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Impact {
    /// What changes: `name`, `Type::name`, `module.name`, `FILE:LINE` or `FILE:LINE:COLUMN`.
    pub(crate) symbol: String,
    /// 1: its users; 2: their users too; up to 10. 3 when not given.
    #[serde(default)]
    pub(crate) depth: Option<u32>,
    /// Results at the most, 1 to 500; 50 when not given.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `outline`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outline {
    /// A file, or a folder whose files' outermost definitions are listed; the whole workspace when not given.
    #[serde(default)]
    pub(crate) path: String,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `read_symbol`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadSymbol {
    /// `name`, `Type::name`, `module.name`, `FILE:LINE` or `FILE:LINE:COLUMN`.
    pub(crate) symbol: String,
    /// Definitions at the most, since names are shared, 1 to 500; 5 when not given.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `grep`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grep {
    /// The text to find, or a regular expression when `regex` is true.
    pub(crate) pattern: String,
    /// `pattern` is a regular expression in the syntax of Rust's `regex` crate: no look-around, no back-references.
    #[serde(default)]
    pub(crate) regex: bool,
    /// Upper and lower case are the same.
    #[serde(default)]
    pub(crate) ignore_case: bool,
    /// Only files whose path holds one of these, ignoring case; with `*` or `?` a glob.
    #[serde(default)]
    pub(crate) paths: Vec<String>,
    /// No files whose path holds one of these.
    #[serde(default)]
    pub(crate) exclude_paths: Vec<String>,
    /// Only files in these languages, such as `rust`, `python`, `ts`.
    #[serde(default)]
    pub(crate) languages: Vec<String>,
    /// Lines at the most, 1 to 500; 50 when not given.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
    /// Tokens of the answer at the most, 100 to 100000; 3000 when not given. A token is counted as 3.5 bytes.
    #[serde(default)]
    pub(crate) budget: Option<u32>,
}

/// `status` and `reindex`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(arguments: Value) -> String {
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object");
        };
        parse::<Search>(Some(arguments)).unwrap_err()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let unknown = wrong(json!({"query": "a", "qurey": 1}));
        assert!(
            unknown.contains("`qurey`") && unknown.contains("`limit`"),
            "{unknown}"
        );
        let kind = wrong(json!({"query": 7}));
        assert!(
            kind.contains("`query`") && kind.contains("expected a string"),
            "{kind}"
        );
        let missing = wrong(json!({}));
        assert!(missing.contains("missing field `query`"), "{missing}");
        let limit = wrong(json!({"query": "a", "limit": "many"}));
        assert!(
            limit.contains("`limit`") && limit.contains("expected u32"),
            "{limit}"
        );
        let inner = wrong(json!({"query": "a", "kinds": ["fn", "banana"]}));
        assert!(
            inner.contains("`kinds[1]`") && inner.contains("`macro`"),
            "{inner}"
        );
    }

    #[test]
    fn filters_become_words_of_the_query() {
        let paths = ["src/net".to_owned()];
        let narrowed = Narrowed {
            kinds: &[Kind::Fn, Kind::Struct],
            paths: &paths,
            ..Narrowed::default()
        };
        assert_eq!(
            narrowed.words().unwrap(),
            " kind:fn kind:struct path:src/net"
        );
        let spaced = ["my file".to_owned()];
        let narrowed = Narrowed {
            exclude_paths: &spaced,
            ..Narrowed::default()
        };
        assert!(narrowed.words().unwrap_err().contains("`exclude_paths`"));
    }
}
