//! The manifest: the one small file that says which parts make up the index. It is renamed into place last, so the index
//! on disk is always the one before a commit or the one after it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::lexical::TokenizerOptions;
use crate::part::{PartError, write_atomically};

/// Bump when the layout of the index directory changes.
pub(super) const FORMAT: u32 = 1;
pub(super) const NAME: &str = "manifest.json";

/// What the stored facts, terms and vectors depend on besides the text. When one differs, what was derived with it is stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Hash of grammars' versions and query packs.
    pub syntax: String,
    /// Version of the tokenizer and the lexical schema.
    pub lexical: String,
    /// The embedding model; empty when there is none.
    pub model: String,
}

impl Identity {
    /// What this program stores with the embedding model of this name.
    pub fn current(model: String) -> Self {
        Self {
            syntax: symseek_syntax::version(),
            lexical: TokenizerOptions::default().format().to_owned(),
            model,
        }
    }
}

/// The manifest's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the layout.
    pub format: u32,
    /// The indexed folder, for people who look into the cache.
    pub root: String,
    /// What the parts depend on.
    pub identity: Identity,
    /// Counts commits; names the file table.
    pub generation: u64,
    /// The live segments, oldest first.
    pub segments: Vec<u32>,
    /// Segment numbers are never reused.
    pub next_segment: u32,
    /// File keys are never reused.
    pub next_file: u32,
    /// Chunk keys are never reused.
    pub next_chunk: u64,
    /// tantivy's commit that belongs to this generation.
    pub lexical_commit: u64,
    /// The vector graph's file, when one was built.
    pub vector_graph: Option<String>,
    /// A full scan has finished at least once.
    pub complete: bool,
}

impl Manifest {
    /// Reads it; `None` when there is none or it is not one of ours (the index is rebuilt then).
    pub fn read(dir: &Path) -> Option<Self> {
        let bytes = std::fs::read(dir.join(NAME)).ok()?;
        serde_json::from_slice::<Self>(&bytes)
            .ok()
            .filter(|manifest| manifest.format == FORMAT)
    }

    /// Replaces it, atomically.
    ///
    /// # Errors
    /// [`PartError::Io`].
    pub fn write(&self, dir: &Path) -> Result<(), PartError> {
        let bytes = serde_json::to_vec_pretty(self).expect("a manifest is plain data");
        write_atomically(&dir.join(NAME), &bytes)
    }
}
