//! The one writer: takes mutations from the queue in wire order, keeps the open documents, hands changes to the engine.
//!
//! It owns a thread, because ropes and texts of megabytes are CPU work. A burst of edits is drained before the engine
//! hears of it: each edit touches only the rope, and the text is made once per document and burst. It answers nobody and
//! awaits nothing.

use crate::lsp::backend::Change;
use crate::lsp::document::{Applied as Outcome, BadEdit, Document};
use crate::lsp::queue::{Event, Mutation, Receiver, Stamped};
use crate::lsp::shared::{Applied, OpenText, Shared};
use crate::lsp::uri;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use symseek_base::Revision;
use tower_lsp::lsp_types::{MessageType, TextDocumentContentChangeEvent, Url};

/// So many mutations are drained before the engine hears of them.
const MOST: usize = 20_000;
/// A turn that takes longer than this is worth a warning.
const SLOW: Duration = Duration::from_millis(50);

/// The writer.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    documents: HashMap<PathBuf, Entry>,
    /// Documents with edits the engine does not know, in the order they were first touched.
    dirty: Vec<PathBuf>,
    /// Edited but never opened, and told so.
    strangers: HashSet<PathBuf>,
    /// Shows every edit so far.
    revision: Revision,
    /// Folders were handed to the engine.
    begun: bool,
    /// So often the client was asked for its settings.
    pulls: u64,
    /// The question whose answer was taken last.
    newest_pull: u64,
}

struct Entry {
    uri: Url,
    document: Document,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpenParams {
    text_document: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    uri: Url,
    #[serde(default)]
    language_id: String,
    #[serde(default)]
    version: Option<i32>,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentParams {
    text_document: Name,
    #[serde(default)]
    content_changes: Vec<TextDocumentContentChangeEvent>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Name {
    uri: Url,
    #[serde(default)]
    version: Option<i32>,
}

impl Writer {
    /// Starts the writer's thread; it ends with [`Mutation::Stop`].
    pub(crate) fn spawn(shared: Arc<Shared>, mut queue: Receiver) -> std::io::Result<()> {
        let mut writer = Self {
            shared,
            documents: HashMap::new(),
            dirty: Vec::new(),
            strangers: HashSet::new(),
            revision: Revision::default(),
            begun: false,
            pulls: 0,
            newest_pull: 0,
        };
        std::thread::Builder::new()
            .name("symseek-writer".into())
            .spawn(move || while writer.turn(&mut queue) {})?;
        Ok(())
    }

    /// Drains what is there; false at the end.
    fn turn(&mut self, queue: &mut Receiver) -> bool {
        let Some(first) = queue.next() else {
            return false;
        };
        let began = Instant::now();
        let mut next = Some(first);
        let mut ticket = self.shared.applied.borrow().ticket;
        for _ in 0..MOST {
            let Some(stamped) = next.take() else { break };
            if matches!(stamped.mutation, Mutation::Stop) {
                return false;
            }
            ticket = stamped.ticket;
            self.guarded(stamped);
            next = queue.try_next();
        }
        if let Some(stamped) = next {
            ticket = stamped.ticket;
            self.guarded(stamped);
        }
        self.flush();
        let revision = self.revision;
        self.shared
            .applied
            .send_replace(Applied { ticket, revision });
        let took = began.elapsed();
        if took > SLOW {
            tracing::warn!(?took, "a slow turn of the writer");
        }
        true
    }

    /// A panic costs the mutation, never the writer.
    fn guarded(&mut self, stamped: Stamped) {
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| self.apply(stamped.mutation)));
        if done.is_err() {
            self.shared.log(
                MessageType::ERROR,
                "a change could not be taken; re-open the document if answers look stale".into(),
            );
        }
    }

    fn apply(&mut self, mutation: Mutation) {
        match mutation {
            Mutation::Start => self.start(),
            Mutation::Begin => self.begin(),
            Mutation::Settings(number, settings) => self.pulled(number, &settings),
            Mutation::Stop => {}
            Mutation::Event(event, params) => match event {
                Event::Open => self.open(params),
                Event::Change => self.change(params),
                Event::Save => self.save(params),
                Event::Close => self.close(params),
                Event::Watched => self.watched(&params),
                Event::Folders => self.folders(&params),
                Event::Configuration => self.pushed(&params),
            },
        }
    }

    /// Hands the engine the edits of this burst.
    fn flush(&mut self) {
        for path in std::mem::take(&mut self.dirty) {
            let Some(entry) = self.documents.get_mut(&path) else {
                continue;
            };
            if let Some((edits, text)) = entry.document.take() {
                let shown = OpenText {
                    uri: entry.uri.clone(),
                    rope: entry.document.rope().clone(),
                };
                let version = entry.document.version();
                self.shared.show_text(&path, Some(shown));
                self.submit(Change::Edit {
                    path,
                    version,
                    edits,
                    text,
                });
            }
        }
    }

    /// Submits a change whose effect the next answer must show.
    fn submit(&mut self, change: Change) {
        self.revision = self.revision.max(self.shared.backend.submit(change));
    }

    fn start(&mut self) {
        let shared = self.shared.clone();
        shared.backend.configure(shared.engine_settings());
        crate::lsp::register::register(&shared);
        if !shared.session().configuration {
            return self.begin();
        }
        self.pull();
        let (queue, patience) = (shared.queue.clone(), shared.options.settings_patience);
        shared.runtime.spawn(async move {
            tokio::time::sleep(patience).await;
            queue.push(Mutation::Begin);
        });
    }

    fn begin(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        // Its revision is not waited for: indexing a folder takes longer than any answer may.
        for folder in self.shared.session().folders.clone() {
            self.shared.backend.submit(Change::AddFolder(folder));
        }
        self.shared.folders_are_known();
    }

    /// Settings count from the initialization options each time, so that removing one restores its default.
    fn configure(&mut self, settings: &Value) {
        let base = crate::config::Config::default();
        let base = base.with(&self.shared.session().options).0;
        let (config, problems) = base.with(settings);
        self.shared.report_settings(&problems);
        if self.shared.set_config(config) {
            let settings = self.shared.engine_settings();
            self.shared.backend.configure(settings);
        }
        self.begin();
    }

    fn pull(&mut self) {
        self.pulls += 1;
        self.shared.pull_settings(self.pulls);
    }

    /// Two answers may overtake each other on their way to the queue: what was asked for earlier never replaces what was asked for later.
    fn pulled(&mut self, number: u64, settings: &Value) {
        if number > self.newest_pull {
            self.newest_pull = number;
            self.configure(settings);
        }
    }

    fn pushed(&mut self, params: &Value) {
        match params.get("settings") {
            // An empty push means "something changed, ask".
            None | Some(Value::Null) if self.shared.session().configuration => {
                self.pull();
            }
            Some(Value::Object(map)) if map.is_empty() && self.shared.session().configuration => {
                self.pull();
            }
            Some(settings) => self.configure(settings),
            None => {}
        }
    }

    fn open(&mut self, params: Value) {
        let Item {
            uri,
            language_id,
            version,
            text,
        } = match serde_json::from_value::<OpenParams>(params) {
            Ok(params) => params.text_document,
            Err(error) => return self.malformed("didOpen", &error),
        };
        let Some(path) = uri::to_path(&uri) else {
            return;
        };
        if crate::lsp::report::is_ours(&path) {
            return;
        }
        self.flush();
        let document = Document::new(version.unwrap_or_default(), &text);
        if let Some(entry) = self.documents.get(&path) {
            let same = entry.document.rope() == document.rope();
            if same && !entry.document.is_degraded() {
                return;
            }
        }
        self.strangers.remove(&path);
        let rope = document.rope().clone();
        let shown = OpenText {
            uri: uri.clone(),
            rope,
        };
        self.shared.show_text(&path, Some(shown));
        let version = document.version();
        self.documents.insert(path.clone(), Entry { uri, document });
        self.submit(Change::Open {
            path,
            language_id,
            version,
            text: text.into(),
        });
    }

    fn change(&mut self, params: Value) {
        let uri = params.pointer("/textDocument/uri").cloned();
        let encoding = self.shared.session().encoding;
        let params = match serde_json::from_value::<DocumentParams>(params) {
            Ok(params) => params,
            Err(error) => {
                let path = uri
                    .and_then(|uri| serde_json::from_value(uri).ok())
                    .and_then(|uri: Url| uri::to_path(&uri));
                let bad = BadEdit::Malformed(shape(&error));
                match path {
                    Some(path) if self.documents.contains_key(&path) => self.bad(&path, &bad),
                    _ => self.malformed("didChange", &error),
                }
                return;
            }
        };
        let Name { uri, version } = params.text_document;
        let Some(path) = uri::to_path(&uri) else {
            return;
        };
        let Some(entry) = self.documents.get_mut(&path) else {
            return self.unknown(path, &uri);
        };
        match entry
            .document
            .change(version, &params.content_changes, encoding)
        {
            Ok(Outcome::Duplicate) => tracing::debug!(%uri, "a change came twice"),
            Ok(Outcome::Changed) => {
                self.shared.note_edit(&path);
                if !self.dirty.contains(&path) {
                    self.dirty.push(path);
                }
            }
            Err(bad) => self.bad(&path, &bad),
        }
    }

    /// Says once that a document was edited but never opened.
    fn unknown(&mut self, path: PathBuf, uri: &Url) {
        if crate::lsp::report::is_ours(&path) {
            return;
        }
        if self.strangers.len() < MOST && self.strangers.insert(path) {
            let what = "was edited but never opened; open it again to make it searchable";
            self.shared
                .log(MessageType::WARNING, format!("{uri} {what}"));
        }
    }

    /// Gives up on a document until its full text comes, and says so once.
    fn bad(&mut self, path: &PathBuf, bad: &BadEdit) {
        let Some(entry) = self.documents.get_mut(path) else {
            return;
        };
        if entry.document.degrade() {
            let message = format!(
                "{}: {bad}; answers show its last good text until it is saved, re-opened or sent in full",
                entry.uri
            );
            self.shared.log(MessageType::WARNING, message);
        }
    }

    fn save(&mut self, params: Value) {
        let params = match serde_json::from_value::<DocumentParams>(params) {
            Ok(params) => params,
            Err(error) => return self.malformed("didSave", &error),
        };
        let Some(path) = uri::to_path(&params.text_document.uri) else {
            return;
        };
        if let Some(entry) = self.documents.get_mut(&path) {
            let degraded = entry.document.is_degraded();
            // The disk holds the document's text now, so it repairs what the edits broke.
            let read = || std::fs::read_to_string(&path).ok().filter(|_| degraded);
            if let Some(text) = params.text.or_else(read) {
                entry.document.replace_all(&text);
                self.dirty.push(path.clone());
            }
        }
        self.flush();
        self.submit(Change::Save { path });
    }

    fn close(&mut self, params: Value) {
        let params = match serde_json::from_value::<DocumentParams>(params) {
            Ok(params) => params,
            Err(error) => return self.malformed("didClose", &error),
        };
        let Some(path) = uri::to_path(&params.text_document.uri) else {
            return;
        };
        self.flush();
        if self.documents.remove(&path).is_some() {
            self.shared.show_text(&path, None);
            self.submit(Change::Close { path });
        }
    }

    fn watched(&mut self, params: &Value) {
        let changes = params.get("changes").and_then(Value::as_array);
        let mut paths: Vec<PathBuf> = changes
            .into_iter()
            .flatten()
            .filter_map(|change| Url::parse(change.get("uri")?.as_str()?).ok())
            .filter_map(|uri| uri::to_path(&uri))
            .collect();
        paths.sort();
        paths.dedup();
        if !paths.is_empty() {
            self.flush();
            self.shared.backend.submit(Change::DiskChanged(paths));
        }
    }

    fn folders(&mut self, params: &Value) {
        self.begin();
        self.flush();
        let listed = |key: &str| -> Vec<PathBuf> {
            let list = params.pointer(&format!("/event/{key}"));
            let list = list.and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|folder| uri::folder(folder.get("uri")?.as_str()?))
                .collect()
        };
        for folder in listed("removed") {
            self.submit(Change::RemoveFolder(folder));
        }
        for folder in listed("added") {
            self.shared.backend.submit(Change::AddFolder(folder));
        }
    }

    fn malformed(&self, what: &str, error: &serde_json::Error) {
        let message = format!("{what} was not understood and is ignored: {}", shape(error));
        self.shared.log(MessageType::WARNING, message);
    }
}

/// What serde expected, without what it found: that may be document text, which is never logged.
fn shape(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if text.starts_with("missing field") => text,
        None => "wrong shape".to_owned(),
    }
}
