//! One file of the in-memory layer: an open document, or a saved file that no commit has taken yet. It answers through the
//! same legs as the stored base and masks the base's version of the same path.

use std::sync::{Arc, OnceLock};

use compact_str::CompactString;
use symseek_base::{ContentHash, Embedding, LineIndex, RelPath};
use symseek_syntax::FileFacts;

use crate::fields::{ChunkDocument, fields};
use crate::graph::FileGraph;
use crate::lexical::ChunkTerms;
use crate::store::FileStamp;
use crate::texts::SourceText;
use crate::vector::QuantisedRow;

/// Where the text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An editor has it open; it may differ from the disk.
    Open,
    /// Read from the disk, with this metadata.
    Disk(FileStamp),
}

/// One file, ready to answer.
#[derive(Debug)]
pub struct MemoryFile {
    /// Within the workspace folder.
    pub path: RelPath,
    /// Label of its language.
    pub language: CompactString,
    /// Whole text.
    pub text: Arc<str>,
    /// Its facts.
    pub facts: Arc<FileFacts>,
    /// Hash of the text.
    pub content: ContentHash,
    /// Open or read from the disk.
    pub origin: Origin,
    terms: Vec<Arc<ChunkTerms>>,
    rows: Vec<Option<Arc<QuantisedRow>>>,
    graph: FileGraph,
    lines: OnceLock<Arc<LineIndex>>,
}

/// Embeds the fields of one chunk; `None` when there is no embedder or its vector was rejected.
pub type EmbedChunk<'a> = dyn Fn(&ChunkDocument<'_>) -> Option<Embedding> + 'a;

impl MemoryFile {
    /// Prepares a file. Terms and vectors of chunks that `previous` (the same path, earlier) holds with equal content are
    /// taken over, so a keystroke pays for the chunk it touched.
    pub fn new(
        path: RelPath,
        language: &str,
        text: Arc<str>,
        facts: Arc<FileFacts>,
        origin: Origin,
        previous: Option<&Self>,
        embed: &EmbedChunk<'_>,
    ) -> Self {
        let mut kept: Vec<Option<(&Self, usize)>> = vec![None; facts.chunks.len()];
        if let Some(previous) = previous.filter(|previous| previous.path == path) {
            for (was, is) in symseek_syntax::diff(&previous.facts, &facts).moved {
                kept[is as usize] = Some((previous, was as usize));
            }
        }
        let mut terms = Vec::with_capacity(facts.chunks.len());
        let mut rows = Vec::with_capacity(facts.chunks.len());
        for (chunk, kept) in facts.chunks.iter().zip(kept) {
            if let Some((previous, at)) = kept {
                terms.push(Arc::clone(&previous.terms[at]));
                rows.push(previous.rows[at].clone());
                continue;
            }
            let texts = fields(&path, &text, &facts, chunk);
            terms.push(Arc::new(ChunkTerms::new(&texts)));
            rows.push(embed(&texts).map(|embedding| Arc::new(QuantisedRow::new(&embedding))));
        }
        let graph = FileGraph::new(&facts);
        let content = ContentHash::of(text.as_bytes());
        Self {
            path,
            language: language.into(),
            text,
            facts,
            content,
            origin,
            terms,
            rows,
            graph,
            lines: OnceLock::new(),
        }
    }

    /// Its text with its lines, which are found at the first call.
    pub fn source(&self) -> SourceText {
        let lines = || Arc::new(LineIndex::new(&self.text));
        SourceText {
            text: Arc::clone(&self.text),
            lines: Arc::clone(self.lines.get_or_init(lines)),
        }
    }

    /// Terms of each chunk.
    pub fn terms(&self) -> &[Arc<ChunkTerms>] {
        &self.terms
    }

    /// Vector of each chunk.
    pub fn rows(&self) -> &[Option<Arc<QuantisedRow>>] {
        &self.rows
    }

    /// Names it defines and uses.
    pub fn graph(&self) -> &FileGraph {
        &self.graph
    }
}
