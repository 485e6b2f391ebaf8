//! A sentence transformer from the user's disk, run by ONNX Runtime: slow, for re-ranking rather than for whole indexes.
//!
//! A folder with `model.onnx` and `tokenizer.json`; the runtime is a shared library loaded at run time, never linked and
//! never downloaded. Texts run one at a time on one thread, because a padded batch is slower, takes ten times the memory,
//! and changes a quantised model's vectors. Whatever is missing is one [`EmbedError`] that names it.

use crate::{DocumentText, EmbedError, Embedder, ModelId};
use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use symseek_base::Embedding;
use tokenizers::{Tokenizer, TruncationParams};

/// Version of the rules below.
const VERSION: u32 = 1;

/// How the vectors of a text's tokens become one. A model that pools by itself needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pooling {
    /// Their mean (MiniLM, E5, GTE).
    #[default]
    Mean,
    /// The first token's vector (BGE, Arctic).
    Cls,
}

/// What a model folder does not say about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnnxOptions {
    /// The ONNX Runtime library (1.24 or newer); without it, what `ORT_DYLIB_PATH` names. The first one that a process
    /// loads stays for its lifetime.
    pub runtime: Option<PathBuf>,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Tokens of a text that count.
    pub max_tokens: usize,
}

impl Default for OnnxOptions {
    fn default() -> Self {
        Self {
            runtime: None,
            pooling: Pooling::Mean,
            max_tokens: 256,
        }
    }
}

/// A loaded model. Calls are serialised: give it a thread of its own.
pub struct OnnxEmbedder {
    id: ModelId,
    pooling: Pooling,
    tokenizer: Tokenizer,
    session: Mutex<Session>,
}

impl OnnxEmbedder {
    /// Loads the runtime and the model of a folder and embeds one word, so that what opens also works.
    ///
    /// # Errors
    /// [`EmbedError::Io`] for a file that cannot be read, [`EmbedError::Model`] for one that is not what it should be,
    /// [`EmbedError::Runtime`] when ONNX Runtime is missing, too old or not a library.
    pub fn open(folder: &Path, options: &OnnxOptions) -> Result<Self, EmbedError> {
        let (model_path, tokenizer_path) =
            (folder.join("model.onnx"), folder.join("tokenizer.json"));
        let model = read(&model_path)?;
        let tokenizer_json = read(&tokenizer_path)?;
        let mut tokenizer = Tokenizer::from_bytes(&tokenizer_json)
            .map_err(|error| EmbedError::model(tokenizer_path.display().to_string(), error))?;
        tokenizer
            .with_padding(None)
            .with_truncation(Some(TruncationParams {
                max_length: options.max_tokens,
                ..TruncationParams::default()
            }))
            .map_err(|error| EmbedError::model(tokenizer_path.display().to_string(), error))?;
        let environment = environment(options.runtime.as_deref())?;
        let session = session(&environment, &model)
            .map_err(|error| EmbedError::model(model_path.display().to_string(), error))?;
        let name = folder
            .file_name()
            .map_or_else(|| "onnx".into(), |name| name.to_string_lossy());
        let rules = [options.pooling as u8, 0]
            .into_iter()
            .chain((options.max_tokens as u32).to_le_bytes())
            .collect::<Vec<_>>();
        let mut embedder = Self {
            id: ModelId::new(&name, VERSION, 0, &[&model, &tokenizer_json, &rules]),
            pooling: options.pooling,
            tokenizer,
            session: Mutex::new(session),
        };
        embedder.id.dims = embedder.embed("probe")?.dims();
        Ok(embedder)
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbedError> {
        let failed = |error: &dyn std::fmt::Display| EmbedError::model(&self.id.name, error);
        let encoding = self
            .tokenizer
            .encode_fast(text, true)
            .map_err(|error| failed(&error))?;
        let column =
            |values: &[u32]| -> Vec<i64> { values.iter().map(|&x| i64::from(x)).collect() };
        let n_tokens = encoding.get_ids().len();
        // A panic inside the runtime leaves the session as it was before the call.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        for input in session.inputs() {
            let values = match input.name() {
                "input_ids" => column(encoding.get_ids()),
                "attention_mask" => column(encoding.get_attention_mask()),
                "token_type_ids" => column(encoding.get_type_ids()),
                other => return Err(failed(&format_args!("unknown model input `{other}`"))),
            };
            let tensor =
                Tensor::from_array(([1, n_tokens], values)).map_err(|error| failed(&error))?;
            inputs.push((Cow::Owned(input.name().to_owned()), tensor.into()));
        }
        let outputs = session.run(inputs).map_err(|error| failed(&error))?;
        let output = outputs
            .get("sentence_embedding")
            .or_else(|| outputs.values().next().map(|_| &outputs[0]))
            .ok_or_else(|| failed(&"the model has no output"))?;
        let (shape, values) = output
            .try_extract_tensor::<f32>()
            .map_err(|error| failed(&error))?;
        let pooled = match shape[..] {
            [1, dims] if dims > 0 => values.to_vec(),
            [1, tokens, dims] if tokens > 0 && dims > 0 => {
                pool(self.pooling, values, dims as usize)
            }
            _ => {
                return Err(failed(&format_args!(
                    "cannot pool an output of shape {:?}",
                    &shape[..]
                )));
            }
        };
        Ok(Embedding::normalised(pooled)?)
    }
}

impl Embedder for OnnxEmbedder {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn embed_document(&self, text: &DocumentText) -> Result<Embedding, EmbedError> {
        self.embed(text.as_str())
    }

    fn embed_query(&self, query: &str) -> Result<Embedding, EmbedError> {
        self.embed(query)
    }
}

impl std::fmt::Debug for OnnxEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxEmbedder")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// `f32[tokens, dims]` to `f32[dims]`. Without padding every token counts.
fn pool(pooling: Pooling, values: &[f32], dims: usize) -> Vec<f32> {
    match pooling {
        Pooling::Cls => values[..dims].to_vec(),
        // Not divided by the number of tokens: the vector is normalised anyway.
        Pooling::Mean => {
            let mut sum = vec![0f32; dims];
            for token in values.chunks_exact(dims) {
                for (x, value) in sum.iter_mut().zip(token) {
                    *x += value;
                }
            }
            sum
        }
    }
}

/// The process's one environment, created by the first caller.
fn environment(runtime: Option<&Path>) -> Result<Environment, EmbedError> {
    static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*environment {
        return Ok(environment.clone());
    }
    let path = match runtime {
        Some(path) => path.to_path_buf(),
        None => match std::env::var_os("ORT_DYLIB_PATH") {
            Some(path) if !path.is_empty() => path.into(),
            _ => {
                return Err(EmbedError::Runtime(
                    "no library configured; name one, or set ORT_DYLIB_PATH".to_owned(),
                ));
            }
        },
    };
    // Otherwise the system's loader would search its own places for it.
    let path = path
        .canonicalize()
        .map_err(|error| EmbedError::Runtime(format!("{}: {error}", path.display())))?;
    let built = ort::init_from(&path)
        .map_err(|error| EmbedError::Runtime(error.to_string()))?
        .with_name("symseek")
        .with_telemetry(false)
        .build()
        .map_err(|error| EmbedError::Runtime(error.to_string()))?;
    Ok(environment.insert(built).clone())
}

fn session(environment: &Environment, model: &[u8]) -> ort::Result<Session> {
    Session::builder(environment)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .commit_from_memory(model)
}

fn read(path: &Path) -> Result<Vec<u8>, EmbedError> {
    std::fs::read(path).map_err(|source| EmbedError::Io {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_piece_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let open = |runtime: &str| {
            let options = OnnxOptions {
                runtime: Some(path(runtime)),
                ..OnnxOptions::default()
            };
            OnnxEmbedder::open(folder.path(), &options)
                .unwrap_err()
                .to_string()
        };
        assert!(open("none").contains("model.onnx"));
        std::fs::write(path("model.onnx"), "not a model").unwrap();
        assert!(open("none").contains("tokenizer.json"));
        std::fs::write(path("tokenizer.json"), "{}").unwrap();
        assert!(open("none").contains("tokenizer.json"));
        std::fs::write(
            path("tokenizer.json"),
            crate::static_embedder::test_model::tokenizer_json(),
        )
        .unwrap();
        let message = open("libnone.so");
        assert!(
            message.starts_with("ONNX Runtime: ") && message.contains("libnone.so"),
            "{message}"
        );
        std::fs::write(path("libtext.so"), "not a library").unwrap();
        let message = open("libtext.so");
        assert!(
            message.starts_with("ONNX Runtime: ") && message.contains("libtext.so"),
            "{message}"
        );
    }

    #[test]
    fn pooling() {
        let tokens = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(pool(Pooling::Mean, &tokens, 2), [9.0, 12.0]);
        assert_eq!(pool(Pooling::Cls, &tokens, 3), [1.0, 2.0, 3.0]);
    }
}
