//! Open documents: their text, tree and facts, and what happens when they are saved or closed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rustc_hash::FxHashSet;
use symseek_base::{Cancel, ContentHash, Edit, RelPath};
use symseek_index::memory::{MemoryFile, Origin};
use symseek_index::store::FileStamp;
use symseek_syntax::{Document, Language};

use super::{SETTLE, Writer};
use crate::change::Change;
use crate::indexer::{Skipped, memory_file};
use crate::prepare::{Preparer, detect};

/// One document that an editor holds.
pub(super) struct OpenDocument {
    /// Its folder's root; the loose folder's root is empty.
    pub(super) root: Arc<Path>,
    pub(super) path: RelPath,
    pub(super) language_id: String,
    pub(super) version: i32,
    pub(super) document: Document,
    pub(super) text: Arc<str>,
    pub(super) pending: Vec<Edit>,
    pub(super) replaced: bool,
    pub(super) file: Arc<MemoryFile>,
    pub(super) changed: bool,
    /// It is too large to be indexed: `document` and `file` are empty.
    pub(super) left_out: bool,
    pub(super) unsettled: Option<Instant>,
}

impl Writer {
    pub(super) fn open(
        &mut self,
        path: PathBuf,
        language_id: String,
        version: i32,
        text: Arc<str>,
    ) {
        let Some((root, relative)) = self.locate(&path) else {
            tracing::warn!("a document outside of every folder has an unusable path");
            return;
        };
        let language = detect(&relative, &text).or_else(|| Language::by_alias(&language_id));
        let preparer = self.preparer();
        let max_size = preparer.max_file_size;
        let document = analyse(&shown(&text, max_size), language);
        let label =
            language.map_or_else(|| symseek_syntax::label(&relative, &text), Language::label);
        let file = MemoryFile::new(
            relative.clone(),
            label,
            Arc::clone(document.text()),
            Arc::clone(document.facts()),
            Origin::Open,
            None,
            &|fields| preparer.embed(fields),
        );
        if let Some(folder) = self.folder(&root) {
            folder.changed = true;
        }
        let file = Arc::new(file);
        let open = OpenDocument {
            left_out: document.text().len() < text.len(),
            root,
            path: relative,
            language_id,
            version,
            document,
            text,
            file,
            pending: Vec::new(),
            replaced: false,
            changed: false,
            unsettled: None,
        };
        self.documents.insert(path, open);
    }

    /// Parses every document that changed since the last batch, once, however many edits it got.
    pub(super) fn parse_documents(&mut self) {
        let preparer = self.preparer();
        let mut touched = Vec::new();
        for document in self
            .documents
            .values_mut()
            .filter(|document| document.changed)
        {
            document.changed = false;
            let edits = std::mem::take(&mut document.pending);
            let text = shown(&document.text, preparer.max_file_size);
            let was_left_out = document.left_out;
            document.left_out = text.len() < document.text.len();
            if was_left_out && document.left_out {
                touched.push(Arc::clone(&document.root));
                continue;
            }
            if std::mem::take(&mut document.replaced) || was_left_out || document.left_out {
                let language = detect(&document.path, &document.text)
                    .or_else(|| Language::by_alias(&document.language_id));
                document.document = analyse(&text, language);
            } else {
                let parsed = &mut document.document;
                // Without a deadline: the text is one file, and a view that lags behind the text is worse than a slow one.
                let edit = AssertUnwindSafe(|| parsed.edit(&edits, text, &Cancel::new()).is_ok());
                if catch_unwind(edit).is_err() {
                    document.document = analyse(&document.text, document.document.language());
                }
            }
            document.unsettled = document.document.is_unsettled().then(Instant::now);
            document.refresh(&preparer);
            touched.push(Arc::clone(&document.root));
        }
        for root in touched {
            if let Some(folder) = self.folder(&root) {
                folder.changed = true;
            }
        }
    }

    pub(super) fn settle_documents(&mut self) {
        let preparer = self.preparer();
        let mut touched = Vec::new();
        for document in self.documents.values_mut() {
            if document
                .unsettled
                .is_some_and(|since| since.elapsed() >= SETTLE)
            {
                document.unsettled = None;
                let settle =
                    AssertUnwindSafe(|| document.document.settle(&Cancel::new()).unwrap_or(false));
                let changed = catch_unwind(settle).unwrap_or_else(|_| {
                    document.document = analyse(&document.text, document.document.language());
                    true
                });
                if changed {
                    document.refresh(&preparer);
                    touched.push(Arc::clone(&document.root));
                }
            }
        }
        for root in touched {
            if let Some(folder) = self.folder(&root) {
                folder.changed = true;
            }
        }
    }

    /// A document was saved or closed: what the disk holds now becomes the saved version.
    pub(super) fn read_from_disk(&mut self, path: &Path) {
        let Some((root, relative)) = self.locate(path) else {
            return;
        };
        let preparer = self.preparer();
        let open = self
            .documents
            .get(path)
            .map(|document| Arc::clone(&document.file));
        let exclude = self.settings.exclude.clone();
        let Some(folder) = self.folder(&root) else {
            return;
        };
        folder.changed = true;
        let save = Change::Save {
            path: path.to_path_buf(),
        };
        if !folder.is_real() || folder.forward(save) {
            return;
        }
        let (stamp, text) = preparer.read(&root, &relative);
        let known = folder.base.by_path(&relative).map(|known| known.record());
        let content = text.as_ref().map(|text| ContentHash::of(text.as_bytes()));
        if let (Ok(content), Some(known)) = (&content, known)
            && known.content == *content
            && known.skipped.is_none()
        {
            folder.forget(&relative);
            return;
        }
        if FileStamp::read(&relative.under(&root)).is_none() {
            folder.disk(Vec::new(), FxHashSet::from_iter([relative]), Vec::new());
            return;
        }
        let is_new = known.is_none() && !folder.saved.contains_key(&relative);
        if is_new {
            let (overrides, _) = crate::scan::overrides(&root, &exclude);
            if crate::scan::walk_at(&root, &relative.under(&root), overrides, &|_| {})
                .files
                .is_empty()
            {
                return; // ignored
            }
        }
        let file = match (open, content) {
            // What an incremental parse made of errors may not be what a fresh one makes of them.
            (Some(open), Ok(content)) if open.content == content && !open.facts.has_errors => {
                MemoryFile::new(
                    relative,
                    &open.language,
                    Arc::clone(&open.text),
                    Arc::clone(&open.facts),
                    Origin::Disk(stamp),
                    Some(&open),
                    &|fields| preparer.embed(fields),
                )
            }
            _ => {
                let prepared = Preparer::analyse(relative, stamp, text);
                if let Some(why) = prepared.skipped {
                    let skipped = Skipped {
                        path: prepared.path,
                        language: prepared.language,
                        stamp,
                        why,
                    };
                    folder.disk(Vec::new(), FxHashSet::default(), vec![skipped]);
                    return;
                }
                memory_file(prepared, &preparer)
            }
        };
        folder.disk(vec![Arc::new(file)], FxHashSet::default(), Vec::new());
    }

    /// Folders came or went: documents move to the folder they lie in now.
    pub(super) fn rehome(&mut self) {
        let moves: Vec<(PathBuf, Arc<Path>, RelPath)> = self
            .documents
            .iter()
            .filter_map(|(path, document)| {
                let (root, relative) = self.locate(path)?;
                (root != document.root).then(|| (path.clone(), root, relative))
            })
            .collect();
        let preparer = self.preparer();
        for (path, root, relative) in moves {
            if let Some(document) = self.documents.get_mut(&path) {
                document.root = root;
                document.path = relative;
                document.refresh(&preparer);
            }
        }
        let roots: Vec<Arc<Path>> = self
            .folders
            .iter()
            .map(|folder| Arc::clone(&folder.root))
            .collect();
        for folder in &mut self.folders {
            folder.nest(&roots);
        }
    }
}

/// What of an open text is indexed: like on the disk, nothing of one that is too large.
fn shown(text: &Arc<str>, max_size: u64) -> Arc<str> {
    if text.len() as u64 > max_size {
        Arc::from("")
    } else {
        Arc::clone(text)
    }
}

/// Parses a text. One that makes the analysis panic is taken as plain text: the other documents must go on.
fn analyse(text: &Arc<str>, language: Option<Language>) -> Document {
    catch_unwind(|| Document::open(Arc::clone(text), language)).unwrap_or_else(|_| {
        tracing::error!("the analysis of a document panicked");
        Document::open(Arc::clone(text), None)
    })
}

impl OpenDocument {
    fn refresh(&mut self, preparer: &Preparer) {
        self.file = Arc::new(MemoryFile::new(
            self.path.clone(),
            &self.file.language,
            Arc::clone(self.document.text()),
            Arc::clone(self.document.facts()),
            Origin::Open,
            Some(&self.file),
            &|fields| preparer.embed(fields),
        ));
    }
}
