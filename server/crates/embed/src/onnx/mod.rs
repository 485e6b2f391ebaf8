//! A sentence transformer from the user's disk: slow, for re-ranking a few candidates rather than for whole indexes.
//!
//! A folder with `model.onnx`, `tokenizer.json` and what sentence-transformers puts beside them ([`folder`]) is run by ONNX
//! Runtime, a shared library that is loaded at run time and never linked or downloaded ([`runtime`]), or, where there is
//! none, by a pure-Rust interpreter inside the program ([`interpreter`]). Texts run one at a time on one thread: a padded batch is slower, takes ten
//! times the memory, and changes a quantised model's vectors. Whatever is missing or does not fit is one [`EmbedError`] that
//! names it, and it is found at opening: a text, the last token and the longest text are tried there.

mod folder;
mod interpreter;
mod native;
mod runtime;

use crate::words::for_each_word;
use crate::{DocumentText, EmbedError, Embedder, ModelId};
use folder::Folder;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use symseek_base::Embedding;
use tokenizers::Tokenizer;

/// Version of the rules below; part of every id.
const VERSION: u32 = 2;
/// Bytes of a text that are looked at; more never fits into the tokens that count.
const MAX_TEXT: usize = 16 * 1024;

/// Sentences of the same meaning that share no word; an encoder of English finds each one's partner.
const SAME_MEANING: [(&str, &str); 8] = [
    (
        "remove old entries from the cache",
        "evicting stale items kept in memory",
    ),
    (
        "send a request over the network",
        "an HTTP client posting data to some server",
    ),
    (
        "sort numbers in ascending order",
        "arranging integers, smallest first",
    ),
    (
        "check the password of a user",
        "authentication with secret credentials",
    ),
    (
        "make an image smaller",
        "shrinking pictures and photographs",
    ),
    (
        "what day of the week is it",
        "calendar dates, such as Monday or Tuesday",
    ),
    (
        "the program crashed with an error",
        "fatal failures and exceptions at runtime",
    ),
    (
        "add up the money that customers owe",
        "total price due on unpaid bills",
    ),
];

/// How the vectors of a text's tokens become one. A model that pools by itself needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean (MiniLM, E5, GTE).
    Mean,
    /// The first token's vector (BGE, Arctic).
    Cls,
    /// The largest value of each component.
    Max,
    /// The last token's vector (decoders).
    Last,
}

impl Pooling {
    /// Every way, by the name that settings use.
    pub const ALL: [(&'static str, Self); 4] = [
        ("mean", Self::Mean),
        ("cls", Self::Cls),
        ("max", Self::Max),
        ("last", Self::Last),
    ];

    /// The way of this name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, pooling)| pooling)
    }
}

/// What runs a model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OnnxRuntime {
    /// The ONNX Runtime that is found; the built-in interpreter where none is.
    #[default]
    Found,
    /// This library (1.24 or newer), or the one in this folder: of libraries, of a Python or an npm package.
    At(PathBuf),
    /// The interpreter inside the program.
    BuiltIn,
}

impl OnnxRuntime {
    /// How settings name the interpreter.
    pub const BUILT_IN: &'static str = "builtin";

    /// What a person wrote.
    pub fn named(text: &str) -> Self {
        match text {
            Self::BUILT_IN => Self::BuiltIn,
            path => Self::At(path.into()),
        }
    }
}

/// The ONNX Runtime of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeFound {
    /// Its library and what that says of its version; `None` where the interpreter inside the program stands in.
    pub library: Option<(PathBuf, String)>,
    /// Libraries that were found and cannot be used, and why.
    pub notes: Vec<String>,
}

impl OnnxRuntime {
    /// Looks for it as [`OnnxEmbedder::open`] does, and loads it.
    ///
    /// # Errors
    /// [`EmbedError::Runtime`] when one that is named cannot be used.
    pub fn find(&self) -> Result<RuntimeFound, EmbedError> {
        let found = runtime::find(self)?;
        let library = found.runtime.map(|runtime| {
            let version = runtime::version(runtime.path());
            (runtime.path().to_owned(), version)
        });
        Ok(RuntimeFound {
            library,
            notes: found.notes,
        })
    }
}

/// What a user may say about a model. What is left out, the folder says, or a default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnnxOptions {
    /// What runs it. The first ONNX Runtime that a process loads stays for its lifetime.
    pub runtime: OnnxRuntime,
    /// How token vectors become one; mean where nothing says otherwise.
    pub pooling: Option<Pooling>,
    /// Tokens of a text that count, special ones included; 128 where nothing says less, and never more than the model has
    /// positions for.
    pub max_tokens: Option<usize>,
    /// Put before every query.
    pub query_prefix: Option<String>,
    /// Put before every document.
    pub document_prefix: Option<String>,
    /// Components that are kept, from the first on, of a model that was trained for that (Matryoshka).
    pub dimensions: Option<usize>,
}

/// A loaded model. Calls are serialised.
pub struct OnnxEmbedder {
    id: ModelId,
    backend: String,
    notes: Vec<String>,
    tokenizer: Tokenizer,
    pooling: Pooling,
    prefixes: [String; 2],
    dimensions: Option<usize>,
    session: Mutex<Box<dyn Session>>,
}

/// What runs a model's graph.
trait Session: Send {
    /// The names of what goes in.
    fn inputs(&self) -> &[String];
    /// Runs one text: the values of each input, in the order of [`Session::inputs`], all `i64[1, n]`.
    fn run(&mut self, inputs: Vec<Vec<i64>>) -> Result<Output, String>;
}

/// What comes out: `sentence_embedding` where the model has such an output, else its first.
struct Output {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl OnnxEmbedder {
    /// Opens the model of a folder and tries it, so that what opens also works.
    ///
    /// ONNX Runtime is the first of: the one the options name, what `ORT_DYLIB_PATH` names, one beside the program, one in the
    /// system's library folders. One that is named must fit; one that was found and does not is noted. Where none is left, the
    /// interpreter inside the program runs the model, at about half the speed.
    ///
    /// # Errors
    /// [`EmbedError::Io`] for a file that cannot be read, [`EmbedError::Model`] for one that is not what it should be,
    /// [`EmbedError::Runtime`] when the named ONNX Runtime is missing, too old or not a library.
    pub fn open(folder: &Path, options: &OnnxOptions) -> Result<Self, EmbedError> {
        let folder = Folder::read(folder, options)?;
        let found = runtime::find(&options.runtime)?;
        let (session, backend): (Box<dyn Session>, String) = if let Some(runtime) = &found.runtime {
            let session = native::Native::new(&runtime.environment, &folder.model);
            let session = session.map_err(|error| folder.wrong_model(error))?;
            (Box::new(session), runtime.describe())
        } else {
            let session = interpreter::Interpreter::new(&folder.model);
            let session = session.map_err(|error| folder.wrong_model(error))?;
            (
                Box::new(session),
                "the built-in interpreter (rten)".to_owned(),
            )
        };
        Self::with_session(&folder, session, backend, found.notes)
    }

    fn with_session(
        folder: &Folder,
        session: Box<dyn Session>,
        backend: String,
        notes: Vec<String>,
    ) -> Result<Self, EmbedError> {
        if let Some(problem) = input_problem(session.inputs()) {
            return Err(folder.wrong_model(problem));
        }
        let mut embedder = Self {
            id: ModelId::new(&folder.name, VERSION, 0, &[&folder.rules()]),
            backend,
            notes,
            pooling: folder.pooling,
            prefixes: folder.prefixes.clone(),
            dimensions: folder.dimensions,
            tokenizer: folder.tokenizer.clone(),
            session: Mutex::new(session),
        };
        // Vectors differ in their last bits between interpreters, and by more where a model is quantised.
        let rules = [folder.rules(), embedder.backend.clone().into_bytes()];
        let probe = embedder
            .embed("probe a sentence")
            .map_err(|error| folder.wrong_model(error))?;
        embedder.id = ModelId::new(&folder.name, VERSION, probe.dims(), &[&rules[0], &rules[1]]);
        // A tokenizer of another model shows at a token that this one has no vector for.
        let last = embedder.tokenizer.get_vocab_size(true).saturating_sub(1) as u32;
        embedder.run(&[last], &[1], &[0]).map_err(|error| {
            folder.wrong_tokenizer(format_args!(
                "does not belong to this model, which fails at its last token, {last}: {error}"
            ))
        })?;
        let most = folder.max_tokens;
        let (tokens, ones, zeros) = (vec![last; most], vec![1; most], vec![0; most]);
        embedder.run(&tokens, &ones, &zeros).map_err(|error| {
            folder.wrong_model(format_args!(
                "fails at a text of {most} tokens; say with `maxTokens` how many it takes: {error}"
            ))
        })?;
        Ok(embedder)
    }

    /// What runs it, in words.
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// What was found on the way and could not be used.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Why what it says may mean nothing, if it does: it does not see which of a few sentences mean the same. A tokenizer of another model
    /// that knows no more tokens than this one does no harm but that, and neither does a pooling that the model was not trained for.
    ///
    /// # Errors
    /// Those of embedding a text.
    pub fn doubt(&self) -> Result<Option<String>, EmbedError> {
        let mut documents = Vec::new();
        for (_, said_otherwise) in SAME_MEANING {
            documents.push(self.embed_document(&DocumentText::new(said_otherwise))?);
        }
        let mut n_seen = 0;
        for (at, (said, _)) in SAME_MEANING.into_iter().enumerate() {
            let query = self.embed_query(said)?;
            let own = query.similarity(&documents[at]);
            let is_best = documents.iter().all(|other| query.similarity(other) <= own);
            n_seen += usize::from(is_best);
        }
        let n_asked = SAME_MEANING.len();
        // By chance five or more are right once in a thousand models.
        Ok((n_seen <= n_asked / 2).then(|| {
            format!(
                "sees the same meaning in {n_seen} of {n_asked} pairs of plain English sentences; if it is a model of English, its tokenizer.json or its pooling is another model's"
            )
        }))
    }

    fn embed(&self, text: &str) -> Result<Embedding, EmbedError> {
        let encoding = self
            .tokenizer
            .encode_fast(text, true)
            .map_err(|error| EmbedError::model(&self.id.name, error))?;
        let output = self
            .run(
                encoding.get_ids(),
                encoding.get_attention_mask(),
                encoding.get_type_ids(),
            )
            .map_err(|error| EmbedError::model(&self.id.name, error))?;
        let mut vector = match output.shape[..] {
            [1, dims] if dims > 0 => output.values,
            [1, tokens, dims] if tokens > 0 && dims > 0 => pool(self.pooling, &output.values, dims),
            _ => {
                let shape = format!("cannot pool an output of shape {:?}", output.shape);
                return Err(EmbedError::model(&self.id.name, shape));
            }
        };
        if let Some(dimensions) = self.dimensions {
            if dimensions > vector.len() {
                let why = format!(
                    "has {} dimensions, {dimensions} are asked for",
                    vector.len()
                );
                return Err(EmbedError::model(&self.id.name, why));
            }
            vector.truncate(dimensions);
        }
        Ok(Embedding::normalised(vector)?)
    }

    fn run(&self, ids: &[u32], mask: &[u32], types: &[u32]) -> Result<Output, String> {
        let column = |values: &[u32]| values.iter().map(|&value| i64::from(value)).collect();
        // A panic inside leaves the session as it was before the call.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let inputs = session.inputs().iter().map(|name| match name.as_str() {
            "input_ids" => column(ids),
            "attention_mask" => column(mask),
            "position_ids" => (0..).take(ids.len()).collect(),
            _ => column(types),
        });
        let inputs: Vec<Vec<i64>> = inputs.collect();
        session.run(inputs)
    }
}

impl Embedder for OnnxEmbedder {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn embed_document(&self, text: &DocumentText) -> Result<Embedding, EmbedError> {
        self.embed(&spelt(&self.prefixes[1], text.as_str()))
    }

    fn embed_query(&self, query: &str) -> Result<Embedding, EmbedError> {
        self.embed(&spelt(&self.prefixes[0], query))
    }
}

impl std::fmt::Debug for OnnxEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxEmbedder")
            .field("id", &self.id)
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}

const INPUTS: [&str; 4] = [
    "input_ids",
    "attention_mask",
    "token_type_ids",
    "position_ids",
];

/// What is wrong with the inputs of a model.
fn input_problem(inputs: &[String]) -> Option<String> {
    if let Some(unknown) = inputs.iter().find(|name| !INPUTS.contains(&name.as_str())) {
        return Some(format!(
            "unknown model input `{unknown}`; known are {}",
            INPUTS.join(", ")
        ));
    }
    let has_ids = inputs.iter().any(|name| name == "input_ids");
    (!has_ids).then(|| {
        format!(
            "no input `input_ids`; its inputs are: {}",
            inputs.join(", ")
        )
    })
}

/// The text with its identifiers split into words, as models of prose know them: `readHTTPLine` tells them little.
fn spelt(prefix: &str, text: &str) -> String {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut spelt = String::with_capacity(prefix.len() + end + end / 8);
    spelt.push_str(prefix);
    let _: ControlFlow<()> = for_each_word(&text[..end], |word| {
        if spelt.len() > prefix.len() {
            spelt.push(' ');
        }
        spelt.push_str(word);
        ControlFlow::Continue(())
    });
    spelt
}

/// `f32[tokens, dims]` to `f32[dims]`. Without padding every token counts.
fn pool(pooling: Pooling, values: &[f32], dims: usize) -> Vec<f32> {
    match pooling {
        Pooling::Cls => values[..dims].to_vec(),
        Pooling::Last => values[values.len() - dims..].to_vec(),
        // Not divided by the number of tokens: the vector is normalised anyway.
        Pooling::Mean => folded(values, dims, |sum, value| sum + value),
        Pooling::Max => folded(values, dims, f32::max),
    }
}

fn folded(values: &[f32], dims: usize, fold: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let mut all = values[..dims].to_vec();
    for token in values[dims..].chunks_exact(dims) {
        for (x, value) in all.iter_mut().zip(token) {
            *x = fold(*x, *value);
        }
    }
    all
}
