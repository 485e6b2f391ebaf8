//! Embedders: text in, one L2-normalised vector out.
//!
//! [`StaticEmbedder`] is built into the program: a table with one vector per word piece, summed. [`OnnxEmbedder`] runs a
//! sentence transformer that the user has on disk. What text of a chunk is embedded is decided in [`document_text`]
//! alone. Nothing here chunks, stores vectors, searches, schedules, or uses the network.

mod cache;
mod document;
mod embedder;
mod onnx;
mod static_embedder;
mod table;
mod vocabulary;
mod words;

pub use cache::EmbeddingCache;
pub use document::{DocumentParts, DocumentText, document_text};
pub use embedder::{EmbedError, Embedder, ModelId};
pub use onnx::{OnnxEmbedder, OnnxOptions, Pooling};
pub use static_embedder::StaticEmbedder;
