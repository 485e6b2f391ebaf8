//! Embedders: text in, one L2-normalised vector out.
//!
//! [`StaticEmbedder`] is built into the program: a table with one vector per word piece, summed. [`OnnxEmbedder`] runs a
//! sentence transformer that the user has on disk ([`ModelStore`] keeps such models, [`EmbeddingCache`] their vectors). What
//! text of a chunk is embedded is decided in [`document_text`] alone. Nothing here chunks, searches, schedules, or uses the
//! network.

mod cache;
mod document;
mod embedder;
mod models;
mod onnx;
mod static_embedder;
mod synonyms;
mod table;
mod vocabulary;
mod words;

pub use cache::{EmbeddingCache, SmallVector};
pub use document::{DocumentParts, DocumentText, document_text};
pub use embedder::{EmbedError, Embedder, ModelId};
pub use models::{ModelStore, StoredFile, StoredModel};
pub use onnx::{OnnxEmbedder, OnnxOptions, OnnxRuntime, Pooling, RuntimeFound};
pub use static_embedder::StaticEmbedder;
