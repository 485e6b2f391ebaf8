//! One file from the disk to everything an index needs of it: text, facts, vectors, or the reason why it is left out.

use std::path::Path;
use std::sync::Arc;

use symseek_base::{Embedding, RelPath};
use symseek_embed::{DocumentParts, DocumentText, Embedder, document_text};
use symseek_index::fields::{ChunkDocument, fields};
use symseek_index::store::{FileStamp, SkipReason};
use symseek_index::text;
use symseek_index::vector::QuantisedRow;
use symseek_syntax::{FileFacts, Language};

/// A file, read and analysed.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) path: RelPath,
    pub(crate) language: &'static str,
    pub(crate) stamp: FileStamp,
    pub(crate) text: Arc<str>,
    pub(crate) facts: Arc<FileFacts>,
    pub(crate) skipped: Option<SkipReason>,
}

/// What preparing depends on.
#[derive(Clone)]
pub(crate) struct Preparer {
    pub(crate) embedder: Option<Arc<dyn Embedder>>,
    pub(crate) max_file_size: u64,
    pub(crate) include_generated: bool,
}

impl Preparer {
    /// Reads a file's text without analysing it. The stamp is taken before the content, so a write in between shows later.
    pub(crate) fn read(
        &self,
        root: &Path,
        path: &RelPath,
    ) -> (FileStamp, Result<String, SkipReason>) {
        let file = path.under(root);
        let stamp = std::fs::metadata(&file)
            .map(|metadata| FileStamp::of(&metadata))
            .unwrap_or_default();
        let text =
            text::read(&file, self.max_file_size).and_then(|text| match text::unwanted(&text) {
                Some(SkipReason::Generated) if self.include_generated => Ok(text),
                Some(why) => Err(why),
                None => Ok(text),
            });
        (stamp, text)
    }

    /// Analyses a text that [`Preparer::read`] gave. A text that makes the analysis panic costs only itself.
    pub(crate) fn analyse(
        path: RelPath,
        stamp: FileStamp,
        text: Result<String, SkipReason>,
    ) -> Prepared {
        let language = text.as_ref().ok().and_then(|text| detect(&path, text));
        let analysed = text.and_then(|text| {
            let facts = std::panic::catch_unwind(|| symseek_syntax::facts(&text, language));
            facts
                .map(|facts| (text, facts))
                .map_err(|_| SkipReason::Unreadable("its analysis failed".into()))
        });
        let language = language.map_or_else(|| symseek_syntax::label(&path, ""), Language::label);
        match analysed {
            Ok((text, facts)) => Prepared {
                path,
                language,
                stamp,
                text: text.into(),
                facts: Arc::new(facts),
                skipped: None,
            },
            Err(why) => Prepared {
                path,
                language,
                stamp,
                text: Arc::from(""),
                facts: Arc::new(FileFacts::default()),
                skipped: Some(why),
            },
        }
    }

    /// The vector of one chunk; `None` without an embedder or when its vector is no direction (reported in the log).
    pub(crate) fn embed(&self, texts: &ChunkDocument<'_>) -> Option<Embedding> {
        let embedder = self.embedder.as_ref()?;
        let text = document(texts);
        match embedder.embed_document(&text) {
            Ok(embedding) => Some(embedding),
            Err(error) => {
                tracing::debug!(path = texts.path, %error, "chunk has no vector");
                None
            }
        }
    }

    /// The vector of every chunk, as it is stored.
    pub(crate) fn rows(&self, file: &Prepared) -> Vec<Option<Arc<QuantisedRow>>> {
        let row = |chunk| {
            let texts = fields(&file.path, &file.text, &file.facts, chunk);
            let embedding = self.embed(&texts)?;
            Some(Arc::new(QuantisedRow::new(&embedding)))
        };
        file.facts.chunks.iter().map(row).collect()
    }
}

/// What of a chunk is embedded, by either tier.
pub(crate) fn document(texts: &ChunkDocument<'_>) -> DocumentText {
    let stem = texts
        .path
        .rsplit('/')
        .next()
        .map_or("", |name| name.split('.').next().unwrap_or(name));
    document_text(&DocumentParts {
        name: texts.name,
        qualified: texts.qualified,
        path_stem: stem,
        signature: texts.signature,
        doc: texts.doc,
        body: texts.body,
    })
}

/// The language of a text: by its path, or by how it starts.
pub(crate) fn detect(path: &RelPath, text: &str) -> Option<Language> {
    symseek_syntax::detect(path, text)
}
