//! What a user can set: one table of settings, from which parsing, defaults and the JSON schema follow.
//!
//! Settings arrive as `initializationOptions`, pushed by `workspace/didChangeConfiguration` or pulled by
//! `workspace/configuration`, wrapped in `symseek` or bare. One bad value costs only itself: it keeps its default and
//! becomes a problem that the user is told of. Nothing here does I/O or knows who asked.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use symseek_embed::{OnnxOptions, OnnxRuntime, Pooling};

/// How `workspace/symbol` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SymbolMode {
    /// Every query, with every leg: we are the only provider.
    Full,
    /// Only queries of two words or with a leading `?`: a language server beside us answers names.
    Nl,
    /// Every query, without the vector leg.
    Lexical,
    /// Nothing.
    Off,
}

/// Whether code actions are offered, and how they end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CodeActions {
    /// None: the editor has commands of its own for what they do.
    Off,
    /// In a command, whose answer is a document that the editor is asked to show.
    Command,
    /// In an edit that makes a document, for editors that show no document for a server but every edit.
    Edit,
}

/// The retrievers a user can switch off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Legs {
    /// BM25 over words.
    pub(crate) lexical: bool,
    /// Similarity of embeddings.
    pub(crate) vector: bool,
}

/// Which model gives second opinions on answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Model {
    /// The one that `symseek model use` chose, if any.
    #[default]
    Chosen,
    /// None.
    Off,
    /// A folder on the disk.
    Folder(PathBuf, OnnxOptions),
    /// One that `symseek model add` keeps.
    Named(String, OnnxOptions),
}

/// How second opinions are had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Embedding {
    /// Which model.
    pub(crate) model: Model,
    /// The value that `model` was read from.
    pub(crate) onnx: Value,
    /// What runs it.
    pub(crate) runtime: OnnxRuntime,
    /// Milliseconds that an answer may take longer for them.
    pub(crate) budget: u64,
    /// Read open and recently edited code ahead in idle time.
    pub(crate) warm: bool,
}

impl Default for Embedding {
    fn default() -> Self {
        Self {
            model: Model::Chosen,
            onnx: Value::Null,
            runtime: OnnxRuntime::Found,
            budget: 250,
            warm: true,
        }
    }
}

impl Embedding {
    /// Whether these are settings for which a model must be loaded anew.
    pub(crate) fn is_other_model(&self, other: &Self) -> bool {
        (&self.model, &self.runtime, self.warm) != (&other.model, &other.runtime, other.warm)
    }
}

/// Reads `embedding.onnx`.
fn model(value: &Value) -> Result<Model, &'static str> {
    const WANT: &str = "null, false, or { path | name, pooling?, queryPrefix?, documentPrefix?, maxTokens?, dimensions? } with an absolute path";
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Given {
        path: Option<PathBuf>,
        name: Option<String>,
        pooling: Option<String>,
        query_prefix: Option<String>,
        document_prefix: Option<String>,
        max_tokens: Option<usize>,
        dimensions: Option<usize>,
    }
    match value {
        Value::Null => return Ok(Model::Chosen),
        Value::Bool(false) => return Ok(Model::Off),
        _ => {}
    }
    let given: Given = Given::deserialize(value).map_err(|_| WANT)?;
    let pooling = match given.pooling {
        Some(name) => Some(Pooling::named(&name).ok_or(WANT)?),
        None => None,
    };
    if given.max_tokens == Some(0) || given.dimensions == Some(0) {
        return Err(WANT);
    }
    let options = OnnxOptions {
        runtime: OnnxRuntime::Found,
        pooling,
        max_tokens: given.max_tokens,
        query_prefix: given.query_prefix,
        document_prefix: given.document_prefix,
        dimensions: given.dimensions,
    };
    match (given.path, given.name) {
        (Some(path), None) if path.is_absolute() => Ok(Model::Folder(path, options)),
        (None, Some(name)) => Ok(Model::Named(name, options)),
        _ => Err(WANT),
    }
}

/// All settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// Globs of paths, relative to a workspace folder, that are never indexed.
    pub(crate) exclude: Vec<String>,
    /// Bytes; larger files are skipped.
    pub(crate) max_file_size: u64,
    /// Index files that say they are generated.
    pub(crate) include_generated: bool,
    /// How `workspace/symbol` answers.
    pub(crate) symbol_mode: SymbolMode,
    /// Which retrievers take part.
    pub(crate) legs: Legs,
    /// How second opinions on answers are had.
    pub(crate) embedding: Embedding,
    /// A folder of the user's own query packs.
    pub(crate) query_packs: Option<PathBuf>,
    /// Globs of paths and the languages of their files.
    pub(crate) languages: Vec<(String, String)>,
    /// Where indexes lie; the user's cache directory when unset.
    pub(crate) cache_directory: Option<PathBuf>,
    /// `error`, `warn`, `info`, `debug` or `trace`, on stderr.
    pub(crate) log_level: Option<String>,
    /// Watch the file system ourselves.
    pub(crate) watch: bool,
    /// Code actions for similar code, callers and callees.
    pub(crate) code_actions: CodeActions,
    /// Offer our commands in the capabilities (off where a client registers them itself).
    pub(crate) advertise_commands: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            exclude: Vec::new(),
            max_file_size: 1_500_000,
            include_generated: true,
            symbol_mode: SymbolMode::Full,
            legs: Legs {
                lexical: true,
                vector: true,
            },
            embedding: Embedding::default(),
            query_packs: None,
            languages: Vec::new(),
            cache_directory: None,
            log_level: None,
            watch: true,
            code_actions: CodeActions::Off,
            advertise_commands: true,
        }
    }
}

/// Stores one JSON value; the error says what was expected.
type Store = fn(&mut Config, &Value) -> Result<(), &'static str>;

/// One row of the table: dotted key, JSON schema without default and description, description, how to store it.
struct Setting {
    key: &'static str,
    schema: fn() -> Value,
    describe: &'static str,
    store: Store,
}

const RUNTIME: &str = "an absolute path, \"builtin\" or null";

/// Stands before the dotted keys of the schema and of the README.
const PREFIX: &str = "symseek.";

/// Levels of the log.
pub(crate) const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

fn boolean(value: &Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("true or false")
}

const SETTINGS: &[Setting] = &[
    Setting {
        key: "exclude",
        schema: || json!({"type": "array", "items": {"type": "string"}}),
        describe: "Globs of paths that are never indexed, relative to a workspace folder",
        store: |config, value| {
            const WANT: &str = "a list of globs (strings)";
            config.exclude = value
                .as_array()
                .ok_or(WANT)?
                .iter()
                .map(|glob| glob.as_str().map(str::to_owned).ok_or(WANT))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Setting {
        key: "maxFileSize",
        schema: || json!({"type": "integer", "minimum": 0}),
        describe: "Files above this many bytes are skipped",
        store: |config, value| {
            config.max_file_size = value.as_u64().ok_or("a number of bytes, 0 or more")?;
            Ok(())
        },
    },
    Setting {
        key: "includeGenerated",
        schema: || json!({"type": "boolean"}),
        describe: "Index files that say they are generated",
        store: |config, value| boolean(value).map(|on| config.include_generated = on),
    },
    Setting {
        key: "workspaceSymbol.mode",
        schema: || json!({"enum": ["full", "nl", "lexical", "off"]}),
        describe: "How the symbol picker is answered: full, nl (only questions, beside another server), lexical or off",
        store: |config, value| {
            config.symbol_mode = match value.as_str() {
                Some("full") => SymbolMode::Full,
                Some("nl") => SymbolMode::Nl,
                Some("lexical") => SymbolMode::Lexical,
                Some("off") => SymbolMode::Off,
                _ => return Err("one of \"full\", \"nl\", \"lexical\", \"off\""),
            };
            Ok(())
        },
    },
    Setting {
        key: "legs.lexical",
        schema: || json!({"type": "boolean"}),
        describe: "Search by words (BM25)",
        store: |config, value| boolean(value).map(|on| config.legs.lexical = on),
    },
    Setting {
        key: "legs.vector",
        schema: || json!({"type": "boolean"}),
        describe: "Search by meaning (embeddings)",
        store: |config, value| boolean(value).map(|on| config.legs.vector = on),
    },
    Setting {
        key: "embedding.onnx",
        schema: || {
            json!({"type": ["object", "boolean", "null"], "additionalProperties": false, "properties": {
                "path": {"type": "string"},
                "name": {"type": "string"},
                "pooling": {"enum": Pooling::ALL.map(|(name, _)| name)},
                "queryPrefix": {"type": "string"},
                "documentPrefix": {"type": "string"},
                "maxTokens": {"type": "integer", "minimum": 1},
                "dimensions": {"type": "integer", "minimum": 1},
            }})
        },
        describe: "A sentence encoder (ONNX) that re-ranks the first results: a folder (path) or a model of `symseek model add` (name); null: the one that `symseek model use` chose; false: none",
        store: |config, value| {
            config.embedding.model = model(value)?;
            config.embedding.onnx = value.clone();
            Ok(())
        },
    },
    Setting {
        key: "embedding.runtime",
        schema: || json!({"type": ["string", "null"]}),
        describe: "The ONNX Runtime library (1.24 or newer), or a folder with it: of libraries, of the Python package onnxruntime or its environment, of the npm package onnxruntime-node; an absolute path, or builtin for the interpreter inside the program",
        store: |config, value| {
            config.embedding.runtime = match value {
                Value::Null => OnnxRuntime::Found,
                Value::String(text) => match OnnxRuntime::named(text) {
                    OnnxRuntime::At(path) if !path.is_absolute() => return Err(RUNTIME),
                    runtime => runtime,
                },
                _ => return Err(RUNTIME),
            };
            Ok(())
        },
    },
    Setting {
        key: "embedding.budget",
        schema: || json!({"type": "integer", "minimum": 0}),
        describe: "Milliseconds that an answer may take longer to be re-ranked; when they are over, it comes in its first order",
        store: |config, value| {
            config.embedding.budget = value
                .as_u64()
                .ok_or("a number of milliseconds, 0 or more")?;
            Ok(())
        },
    },
    Setting {
        key: "embedding.warm",
        schema: || json!({"type": "boolean"}),
        describe: "Have the encoder read open and recently edited code in idle time, so that answers need not wait for it",
        store: |config, value| boolean(value).map(|on| config.embedding.warm = on),
    },
    Setting {
        key: "languages",
        schema: || json!({"type": "object", "additionalProperties": {"type": "string"}}),
        describe: "Globs of paths and the languages of their files, as in {\"*.inc\": \"php\"}; counts from the next start",
        store: |config, value| {
            const WANT: &str = "an object of globs and names of languages (strings)";
            let globs = value.as_object().ok_or(WANT)?.iter();
            config.languages = globs
                .map(|(glob, name)| Some((glob.clone(), name.as_str()?.to_owned())))
                .collect::<Option<_>>()
                .ok_or(WANT)?;
            Ok(())
        },
    },
    Setting {
        key: "queryPacks",
        schema: || json!({"type": ["string", "null"]}),
        describe: "An absolute folder of your own query packs, laid out like tree-sitter-queries; counts from the next start",
        store: |config, value| {
            config.query_packs = match value {
                Value::Null => None,
                Value::String(path) if PathBuf::from(path).is_absolute() => Some(path.into()),
                _ => return Err("an absolute path"),
            };
            Ok(())
        },
    },
    Setting {
        key: "cacheDirectory",
        schema: || json!({"type": ["string", "null"]}),
        describe: "An absolute directory for indexes; the user's cache directory when unset",
        store: |config, value| {
            config.cache_directory = match value {
                Value::Null => None,
                Value::String(path) if std::path::Path::new(path).is_absolute() => {
                    Some(PathBuf::from(path))
                }
                _ => return Err("an absolute path or null"),
            };
            Ok(())
        },
    },
    Setting {
        key: "logLevel",
        schema: || json!({"enum": ["error", "warn", "info", "debug", "trace", null]}),
        describe: "How much is logged on stderr",
        store: |config, value| {
            config.log_level = match value {
                Value::Null => None,
                Value::String(level) if LEVELS.contains(&level.as_str()) => Some(level.clone()),
                _ => return Err("one of \"error\", \"warn\", \"info\", \"debug\", \"trace\""),
            };
            Ok(())
        },
    },
    Setting {
        key: "watch",
        schema: || json!({"type": "boolean"}),
        describe: "Watch the file system for changes made outside the editor",
        store: |config, value| boolean(value).map(|on| config.watch = on),
    },
    Setting {
        key: "codeActions",
        schema: || json!({"enum": ["off", "command", "edit"]}),
        describe: "Code actions for similar code, callers and callees, which end in a command or in an edit (initialization option)",
        store: |config, value| {
            config.code_actions = match value.as_str() {
                Some("off") => CodeActions::Off,
                Some("command") => CodeActions::Command,
                Some("edit") => CodeActions::Edit,
                _ => return Err("one of \"off\", \"command\", \"edit\""),
            };
            Ok(())
        },
    },
    Setting {
        key: "advertiseCommands",
        schema: || json!({"type": "boolean"}),
        describe: "Offer the symseek.* commands to the editor (initialization option)",
        store: |config, value| boolean(value).map(|on| config.advertise_commands = on),
    },
];

impl Config {
    /// These settings with those in `value` changed, and what was wrong with it, one sentence each.
    /// `value` may be null, `{ "symseek": { … } }` or `{ … }`; keys may be nested or dotted, with `symseek.` in front or without.
    pub(crate) fn with(&self, value: &Value) -> (Self, Vec<String>) {
        let (mut config, mut problems) = (self.clone(), Vec::new());
        match value.get("symseek") {
            Some(wrapped) => {
                config.take_all(wrapped, &mut problems);
                // Beside the wrapper only what bears our name is ours: some clients push the settings of all servers.
                let beside = value.as_object().into_iter().flatten();
                let ours = beside.filter(|(key, _)| key.starts_with(PREFIX));
                config.take("", ours, &mut problems);
            }
            None => config.take_all(value, &mut problems),
        }
        config
            .exclude
            .retain(|glob| match symseek_engine::check_glob(glob) {
                Ok(()) => true,
                Err(why) => {
                    problems.push(format!("symseek.exclude: {glob:?} is no glob: {why}"));
                    false
                }
            });
        (config, problems)
    }

    fn take_all(&mut self, value: &Value, problems: &mut Vec<String>) {
        match value {
            Value::Null => {}
            Value::Object(map) => self.take("", map, problems),
            other => problems.push(format!(
                "settings: expected an object, found {}",
                kind_of(other)
            )),
        }
    }

    fn take<'a>(
        &mut self,
        group: &str,
        settings: impl IntoIterator<Item = (&'a String, &'a Value)>,
        problems: &mut Vec<String>,
    ) {
        for (name, value) in settings {
            let name = match name.strip_prefix(PREFIX) {
                Some(rest) if group.is_empty() => rest,
                _ => name,
            };
            let key = format!("{group}{name}");
            if let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) {
                if let Err(want) = (setting.store)(self, value) {
                    problems.push(format!(
                        "symseek.{key}: expected {want}, found {}",
                        kind_of(value)
                    ));
                }
                continue;
            }
            let group = format!("{key}.");
            let known = SETTINGS
                .iter()
                .any(|setting| setting.key.starts_with(&group));
            match value {
                Value::Object(inner) if known => self.take(&group, inner, problems),
                Value::Null if known => {}
                _ if known => problems.push(format!(
                    "symseek.{key}: expected an object, found {}",
                    kind_of(value)
                )),
                _ => problems.push(format!("symseek.{key}: unknown setting")),
            }
        }
    }

    fn get(&self, key: &str) -> Value {
        let legs = &self.legs;
        match key {
            "exclude" => json!(self.exclude),
            "maxFileSize" => json!(self.max_file_size),
            "includeGenerated" => json!(self.include_generated),
            "workspaceSymbol.mode" => json!(self.symbol_mode),
            "legs.lexical" => json!(legs.lexical),
            "legs.vector" => json!(legs.vector),
            "embedding.onnx" => self.embedding.onnx.clone(),
            "embedding.runtime" => match &self.embedding.runtime {
                OnnxRuntime::Found => Value::Null,
                OnnxRuntime::At(path) => json!(path),
                OnnxRuntime::BuiltIn => json!(OnnxRuntime::BUILT_IN),
            },
            "embedding.budget" => json!(self.embedding.budget),
            "embedding.warm" => json!(self.embedding.warm),
            "languages" => Value::Object(
                self.languages
                    .iter()
                    .map(|(glob, name)| (glob.clone(), json!(name)))
                    .collect(),
            ),
            "queryPacks" => json!(self.query_packs),
            "cacheDirectory" => json!(self.cache_directory),
            "logLevel" => json!(self.log_level),
            "watch" => json!(self.watch),
            "codeActions" => json!(self.code_actions),
            "advertiseCommands" => json!(self.advertise_commands),
            _ => Value::Null,
        }
    }
}

/// The JSON schema of the settings, with dotted keys below `symseek.`, as editors want them.
pub(crate) fn schema() -> Value {
    let default = Config::default();
    let mut properties = Map::new();
    for setting in SETTINGS {
        let mut schema = (setting.schema)();
        schema["default"] = default.get(setting.key);
        schema["description"] = json!(setting.describe);
        properties.insert(format!("symseek.{}", setting.key), schema);
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Symseek",
        "type": "object",
        "properties": properties,
    })
}

fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.len() > 40 => "a string".to_owned(),
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_bare_nested_and_dotted_settings_mean_the_same() {
        for value in [
            json!({"symseek": {"workspaceSymbol": {"mode": "nl"}, "legs": {"vector": false}}}),
            json!({"workspaceSymbol": {"mode": "nl"}, "legs": {"vector": false}}),
            json!({"symseek": {"workspaceSymbol.mode": "nl", "legs.vector": false}}),
            json!({"workspaceSymbol.mode": "nl", "legs": {"vector": false}}),
            json!({"symseek.workspaceSymbol.mode": "nl", "symseek.legs.vector": false}),
            json!({"symseek.workspaceSymbol": {"mode": "nl"}, "legs.vector": false}),
            json!({"symseek": {"legs": {"vector": false}}, "symseek.workspaceSymbol.mode": "nl"}),
            json!({"symseek": {"symseek.legs.vector": false, "workspaceSymbol.mode": "nl"}, "gopls": {}}),
        ] {
            let (config, problems) = Config::default().with(&value);
            assert_eq!(problems, Vec::<String>::new(), "{value}");
            assert_eq!(config.symbol_mode, SymbolMode::Nl);
            assert!(!config.legs.vector && config.legs.lexical);
        }
    }

    #[test]
    fn a_bad_value_costs_only_itself_and_is_named() {
        let (config, problems) = Config::default().with(&json!({
            "exclude": ["*.min.js"], "maxFileSize": -3, "workspaceSymbol": {"mode": "loud"}, "colour": 1,
            "legs": 7, "cacheDirectory": "relative",
        }));
        assert_eq!(config.exclude, ["*.min.js"]);
        assert_eq!(config.max_file_size, Config::default().max_file_size);
        assert_eq!(problems.len(), 5, "{problems:?}");
        for part in [
            "symseek.maxFileSize: expected a number",
            "found -3",
            "\"nl\"",
            "symseek.colour: unknown",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(part)),
                "{part} in {problems:?}"
            );
        }
        let (config, problems) = Config::default().with(&json!({"exclude": ["[", "a", "b{c"]}));
        assert_eq!(config.exclude, ["a"]);
        assert!(
            problems.len() == 2 && problems[0].contains("\"[\" is no glob"),
            "{problems:?}"
        );
        let (config, problems) = Config::default().with(&Value::Null);
        assert_eq!((config, problems), (Config::default(), vec![]));
    }

    #[test]
    fn a_model_is_a_folder_or_a_name_and_never_half_understood() {
        let read = |value: Value| {
            let (config, problems) = Config::default().with(&json!({"embedding": {"onnx": value}}));
            (config.embedding.model, problems.join("; "))
        };
        let full = json!({"path": "/m", "pooling": "cls", "queryPrefix": "q: ", "documentPrefix": "d: ", "maxTokens": 99, "dimensions": 64});
        let options = OnnxOptions {
            runtime: OnnxRuntime::Found,
            pooling: Some(Pooling::Cls),
            max_tokens: Some(99),
            query_prefix: Some("q: ".to_owned()),
            document_prefix: Some("d: ".to_owned()),
            dimensions: Some(64),
        };
        assert_eq!(
            read(full),
            (Model::Folder("/m".into(), options), String::new())
        );
        let named = Model::Named("minilm".to_owned(), OnnxOptions::default());
        assert_eq!(read(json!({"name": "minilm"})), (named, String::new()));
        assert_eq!(read(json!(false)), (Model::Off, String::new()));
        for wrong in [
            json!({}),
            json!(true),
            json!({"path": "relative"}),
            json!({"path": "/m", "name": "m"}),
            json!({"path": "/m", "pooling": "loud"}),
            json!({"path": "/m", "maxTokens": 0}),
            json!({"path": "/m", "colour": 1}),
        ] {
            let (model, problems) = read(wrong.clone());
            assert_eq!(model, Model::Chosen, "{wrong}");
            assert!(
                problems.starts_with("symseek.embedding.onnx: expected null, false"),
                "{problems}"
            );
        }
    }

    #[test]
    fn every_default_of_the_schema_is_a_valid_value_of_its_setting() {
        let schema = schema();
        let properties = schema["properties"].as_object().unwrap();
        assert_eq!(properties.len(), SETTINGS.len());
        for (key, property) in properties {
            let key = key.strip_prefix("symseek.").unwrap();
            let (config, problems) = Config::default().with(&json!({ key: property["default"] }));
            assert_eq!(problems, Vec::<String>::new(), "{key}");
            assert_eq!(config, Config::default(), "{key}");
        }
    }
}
