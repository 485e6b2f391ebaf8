//! What every embedder is: a model with an identity that turns text into vectors.

use crate::document::{DOCUMENT_VERSION, DocumentText};
use std::fmt;
use std::path::PathBuf;
use symseek_base::{BadVector, ContentHash, Embedding};

/// A model that turns text into vectors of one length. Both methods are pure functions of the text.
pub trait Embedder: Send + Sync {
    /// Which model this is; vectors of different models must never be compared.
    fn id(&self) -> &ModelId;

    /// Length of every vector.
    fn dims(&self) -> usize {
        self.id().dims
    }

    /// The vector of a chunk.
    ///
    /// # Errors
    /// [`EmbedError::Bad`] when the model has nothing to say about the text; other errors when it cannot run.
    fn embed_document(&self, text: &DocumentText) -> Result<Embedding, EmbedError>;

    /// The vector of what a person typed.
    ///
    /// # Errors
    /// As [`Embedder::embed_document`].
    fn embed_query(&self, query: &str) -> Result<Embedding, EmbedError>;

    /// Words that mean about the same as this one (lower-case, one word), the nearest first. None for models that know no words.
    fn synonyms(&self, _word: &str) -> Vec<&'static str> {
        Vec::new()
    }

    /// The vectors of many chunks, each with its own outcome: one bad text never costs its neighbours theirs.
    fn embed_documents(&self, texts: &[DocumentText]) -> Vec<Result<Embedding, EmbedError>> {
        texts.iter().map(|text| self.embed_document(text)).collect()
    }
}

/// Names a model so exactly that equal ids mean equal vectors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId {
    /// For people: `symseek-static`, or the folder's name.
    pub name: String,
    /// Version of the format and of the rules around the model.
    pub version: u32,
    /// Length of its vectors.
    pub dims: usize,
    /// Hash of everything that decides a vector: weights, vocabulary, pooling, and the rules of [`document_text`].
    ///
    /// [`document_text`]: crate::document_text
    pub content: ContentHash,
}

impl ModelId {
    /// The id of a model whose vectors are decided by these bytes and by the rules of this crate.
    pub(crate) fn new(name: &str, version: u32, dims: usize, content: &[&[u8]]) -> Self {
        let mut all = Vec::new();
        for part in [&DOCUMENT_VERSION.to_le_bytes(), &version.to_le_bytes()] {
            all.extend_from_slice(part);
        }
        for part in content {
            all.extend_from_slice(&ContentHash::of(part).0.to_le_bytes());
        }
        Self {
            name: name.to_owned(),
            version,
            dims,
            content: ContentHash::of(&all),
        }
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.content.0 >> 96;
        write!(
            f,
            "{} {} ({} dims, {short:08x})",
            self.name, self.version, self.dims
        )
    }
}

/// Why there is no vector.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The model gave no usable vector for this text: data, not a fault. The static table says so for a text without
    /// any word it knows.
    #[error(transparent)]
    Bad(#[from] BadVector),
    /// A file of the model could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file of the model is damaged or not what it should be.
    #[error("{what}: {reason}")]
    Model {
        /// The file or part.
        what: String,
        /// What does not fit.
        reason: String,
    },
    /// ONNX Runtime could not be found or loaded.
    #[error("ONNX Runtime: {0}")]
    Runtime(String),
}

impl EmbedError {
    pub(crate) fn model(what: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self::Model {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}
