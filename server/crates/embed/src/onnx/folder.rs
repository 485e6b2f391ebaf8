//! What a model's folder says: `model.onnx` (or `onnx/model.onnx`), `tokenizer.json`, and the files that sentence-transformers
//! puts beside them: `modules.json`, `1_Pooling/config.json`, `sentence_bert_config.json`, `config_sentence_transformers.json`,
//! `config.json`. Only the first two must be there. What the user's options say counts before what a file says.

use super::{OnnxOptions, Pooling};
use crate::EmbedError;
use serde_json::Value;
use std::fmt;
use std::path::{Path, PathBuf};
use tokenizers::{Tokenizer, TruncationParams};

/// Tokens of a text that count where nothing says less: re-ranking is as good as with 256 (`README.md`), and twice as fast.
const MAX_TOKENS: usize = 128;

/// A folder, read and checked as far as it can be without running the model.
#[derive(Debug)]
pub(super) struct Folder {
    /// For people: the folder's name.
    pub(super) name: String,
    pub(super) model: Vec<u8>,
    pub(super) tokenizer: Tokenizer,
    pub(super) pooling: Pooling,
    /// Before queries, before documents.
    pub(super) prefixes: [String; 2],
    pub(super) dimensions: Option<usize>,
    pub(super) max_tokens: usize,
    model_path: PathBuf,
    tokenizer_path: PathBuf,
    tokenizer_json: Vec<u8>,
}

impl Folder {
    pub(super) fn read(folder: &Path, options: &OnnxOptions) -> Result<Self, EmbedError> {
        let inner = folder.join("onnx").join("model.onnx");
        let model_path = match folder.join("model.onnx") {
            path if path.exists() || !inner.exists() => path,
            _ => inner,
        };
        let tokenizer_path = folder.join("tokenizer.json");
        let model = read(&model_path)?;
        if let Some(problem) = cut_short(&model) {
            return Err(EmbedError::model(model_path.display().to_string(), problem));
        }
        let tokenizer_json = read(&tokenizer_path)?;
        let config = json(&folder.join("config.json"))?;
        let wrong = |error: &dyn fmt::Display| {
            EmbedError::model(tokenizer_path.display().to_string(), error)
        };
        let mut tokenizer =
            Tokenizer::from_bytes(&tokenizer_json).map_err(|error| wrong(&error))?;
        let n_tokens = tokenizer.get_vocab_size(true);
        if let Some(n_known) = config["vocab_size"].as_u64()
            && n_tokens as u64 > n_known
        {
            return Err(wrong(&format_args!(
                "has {n_tokens} tokens, but config.json says that the model knows {n_known}: it belongs to another model"
            )));
        }
        let max_tokens = max_tokens(folder, options, &config)?;
        tokenizer
            .with_padding(None)
            .with_truncation(Some(TruncationParams {
                max_length: max_tokens,
                ..TruncationParams::default()
            }))
            .map_err(|error| wrong(&error))?;
        let name = folder.file_name();
        Ok(Self {
            name: name.map_or_else(
                || "onnx".to_owned(),
                |name| name.to_string_lossy().into_owned(),
            ),
            pooling: match options.pooling {
                Some(pooling) => pooling,
                None => pooling(folder)?,
            },
            prefixes: prefixes(folder, options)?,
            dimensions: options.dimensions,
            model,
            tokenizer,
            max_tokens,
            model_path,
            tokenizer_path,
            tokenizer_json,
        })
    }

    /// All that decides a vector, beside the program that runs the model.
    pub(super) fn rules(&self) -> Vec<u8> {
        let hash = |bytes: &[u8]| symseek_base::ContentHash::of(bytes).0.to_le_bytes();
        let mut rules = Vec::new();
        rules.extend(hash(&self.model));
        rules.extend(hash(&self.tokenizer_json));
        rules.push(self.pooling as u8);
        rules.extend((self.max_tokens as u64).to_le_bytes());
        rules.extend((self.dimensions.unwrap_or(0) as u64).to_le_bytes());
        for prefix in &self.prefixes {
            rules.extend(hash(prefix.as_bytes()));
        }
        rules
    }

    pub(super) fn wrong_model(&self, why: impl fmt::Display) -> EmbedError {
        EmbedError::model(self.model_path.display().to_string(), why)
    }

    pub(super) fn wrong_tokenizer(&self, why: impl fmt::Display) -> EmbedError {
        EmbedError::model(self.tokenizer_path.display().to_string(), why)
    }
}

/// What is wrong with the outermost fields of a model's file. What runs models may take the head of a file for a whole one.
fn cut_short(model: &[u8]) -> Option<String> {
    // Of the message ModelProto: each field starts with its number and type; graph is 7, the operators' version is 8.
    const VERSION: u64 = 8;
    let mut rest = model;
    let mut has_version = false;
    while !rest.is_empty() {
        let Some(tag) = number(&mut rest) else {
            return Some("ends in the middle: it was not copied whole".to_owned());
        };
        let length = match tag & 7 {
            0 => number(&mut rest).map(|_| 0),
            1 => Some(8),
            2 => number(&mut rest),
            5 => Some(4),
            _ => return Some("is no ONNX model".to_owned()),
        };
        let Some(length) = length else {
            return Some("ends in the middle: it was not copied whole".to_owned());
        };
        let missing = length.saturating_sub(rest.len() as u64);
        if missing > 0 {
            return Some(format!(
                "ends in the middle, {missing} bytes or more are missing: it was not copied whole"
            ));
        }
        rest = &rest[length as usize..];
        has_version |= tag >> 3 == VERSION;
    }
    (!has_version).then(|| "is no ONNX model, or not the whole of one".to_owned())
}

/// The variable-length number at the start of a text of protobuf; `None` when it does not end.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// What the options, the folder and the model's positions leave.
fn max_tokens(folder: &Path, options: &OnnxOptions, config: &Value) -> Result<usize, EmbedError> {
    let number = |value: &Value| value.as_u64().map(|number| number as usize);
    let wanted = if let Some(wanted) = options.max_tokens {
        wanted
    } else {
        let sentence = json(&folder.join("sentence_bert_config.json"))?;
        number(&sentence["max_seq_length"]).map_or(MAX_TOKENS, |said| said.min(MAX_TOKENS))
    };
    // RoBERTa's positions start behind its padding token.
    let type_name = config["model_type"].as_str().unwrap_or("");
    let reserved = match type_name {
        "roberta" | "xlm-roberta" | "camembert" | "mpnet" => 2,
        _ => 0,
    };
    let most = number(&config["max_position_embeddings"])
        .map_or(usize::MAX, |positions| positions.saturating_sub(reserved));
    Ok(wanted.min(most).max(4))
}

/// How the folder says that token vectors become one.
fn pooling(folder: &Path) -> Result<Pooling, EmbedError> {
    let modules = json(&folder.join("modules.json"))?;
    let modules = modules.as_array().map_or(&[][..], Vec::as_slice);
    let pooling = modules.iter().find(|module| {
        let name = module["type"].as_str().unwrap_or("");
        name.ends_with(".Pooling")
    });
    let below = pooling.and_then(|module| module["path"].as_str());
    let path = folder
        .join(below.unwrap_or("1_Pooling"))
        .join("config.json");
    let config = json(&path)?;
    if config.is_null() {
        return Ok(Pooling::Mean);
    }
    let mut modes: Vec<&str> = Vec::new();
    if let Some(mode) = config["pooling_mode"].as_str() {
        modes.push(mode);
    }
    for (key, value) in config.as_object().into_iter().flatten() {
        let mode = key.strip_prefix("pooling_mode_");
        modes.extend(mode.filter(|_| value.as_bool() == Some(true)));
    }
    match modes[..] {
        ["mean" | "mean_tokens"] | [] => Ok(Pooling::Mean),
        ["cls" | "cls_token"] => Ok(Pooling::Cls),
        ["max" | "max_tokens"] => Ok(Pooling::Max),
        ["lasttoken"] => Ok(Pooling::Last),
        _ => Err(EmbedError::model(
            path.display().to_string(),
            format_args!(
                "pools by {}, which is not known here; choose one with `pooling`",
                modes.join(" and ")
            ),
        )),
    }
}

/// What is put before queries and before documents.
fn prefixes(folder: &Path, options: &OnnxOptions) -> Result<[String; 2], EmbedError> {
    let config = json(&folder.join("config_sentence_transformers.json"))?;
    let said = |names: &[&str]| {
        let prompts = names.iter().map(|name| config["prompts"][name].as_str());
        prompts.flatten().next().unwrap_or("").to_owned()
    };
    let query = options.query_prefix.clone();
    let document = options.document_prefix.clone();
    Ok([
        query.unwrap_or_else(|| said(&["query", "code_query", "nl2code_query"])),
        document.unwrap_or_else(|| said(&["document", "passage", "code_document"])),
    ])
}

fn read(path: &Path) -> Result<Vec<u8>, EmbedError> {
    std::fs::read(path).map_err(|source| EmbedError::Io {
        path: path.to_path_buf(),
        source,
    })
}

/// A file of JSON; null when there is none.
fn json(path: &Path) -> Result<Value, EmbedError> {
    if !path.exists() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&read(path)?)
        .map_err(|error| EmbedError::model(path.display().to_string(), error))
}
