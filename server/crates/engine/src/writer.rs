//! The writer: the one thread that applies changes, in the order they came, and publishes a new view after each batch.
//! It owns open documents and the in-memory layer; stored parts arrive finished from the indexers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rustc_hash::{FxHashMap, FxHashSet};
use symseek_base::{Cancel, ContentHash, Edit, RelPath, Revision};
use symseek_index::memory::{MemoryFile, Origin};
use symseek_index::snapshot::{Snapshot, View};
use symseek_index::store::{Base, FileStamp};
use symseek_syntax::Document;

use crate::change::{Change, UNTITLED};
use crate::engine::Shared;
use crate::indexer::{FolderState, Indexer, Job, SharedState, memory_file};
use crate::options::{EngineOptions, Settings};
use crate::prepare::{Preparer, detect};
use crate::status::Progress;

/// Saved changes are committed after this much quiet …
const QUIET: Duration = Duration::from_millis(1000);
/// … or at the latest after this long.
const LATEST: Duration = Duration::from_secs(5);
/// Documents with syntax errors are parsed afresh after this much quiet.
const SETTLE: Duration = Duration::from_millis(150);
/// A turn of the writer longer than this is logged.
const SLOW_TURN: Duration = Duration::from_millis(50);

/// What reaches the writer.
pub(crate) enum Message {
    Change(Revision, Change),
    /// A folder's stored base changed; `added` and `dropped` are no longer needed in memory.
    Base { root: Arc<Path>, base: Arc<Base>, added: FxHashSet<RelPath>, dropped: FxHashSet<RelPath> },
    /// Files read from the disk, and files (or whole directories) that are gone.
    Disk { root: Arc<Path>, files: Vec<Arc<MemoryFile>>, gone: FxHashSet<RelPath> },
    /// The disk holds what the base holds.
    Unchanged { root: Arc<Path>, path: RelPath, stamp: FileStamp },
    /// A scan ended.
    Ready { root: Arc<Path>, message: String, complete: bool },
    /// A commit failed; try again later.
    CommitFailed { root: Arc<Path> },
    /// End; indexers commit what is saved.
    Stop,
}

struct Folder {
    root: Arc<Path>,
    base: Arc<Base>,
    saved: BTreeMap<RelPath, Arc<MemoryFile>>,
    gone: FxHashSet<RelPath>,
    jobs: Option<Sender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
    stop: Cancel,
    state: SharedState,
    snapshot: Arc<Snapshot>,
    changed: bool,
    committing: bool,
    dirty: Option<Instant>,
    touched: Instant,
}

struct OpenDocument {
    /// Index of its folder's root; the loose folder's root is empty.
    root: Arc<Path>,
    path: RelPath,
    language_id: String,
    version: i32,
    document: Document,
    text: Arc<str>,
    pending: Vec<Edit>,
    replaced: bool,
    file: Arc<MemoryFile>,
    changed: bool,
    unsettled: Option<Instant>,
}

pub(crate) struct Writer {
    shared: Arc<Shared>,
    options: EngineOptions,
    settings: Settings,
    messages: Receiver<Message>,
    myself: Sender<Message>,
    folders: Vec<Folder>,
    documents: FxHashMap<PathBuf, OpenDocument>,
    revision: Revision,
}

impl Writer {
    pub(crate) fn start(
        shared: Arc<Shared>,
        options: EngineOptions,
        roots: &[PathBuf],
        messages: Receiver<Message>,
        myself: Sender<Message>,
    ) -> std::io::Result<std::thread::JoinHandle<()>> {
        let settings = options.settings.clone();
        let mut writer = Self {
            shared, options, settings, messages, myself,
            folders: Vec::new(),
            documents: FxHashMap::default(),
            revision: Revision(0),
        };
        writer.folders.push(Folder::new(Path::new("").into(), Cancel::new()));
        for root in roots {
            writer.add_folder(root);
        }
        writer.publish();
        std::thread::Builder::new().name("symseek-writer".to_owned()).spawn(move || writer.run())
    }

    fn run(mut self) {
        loop {
            let deadline = self.next_deadline();
            let first = match self.messages.recv_deadline(deadline) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Message::Stop),
            };
            let started = Instant::now();
            let mut ready = Vec::new();
            let mut next = first;
            while let Some(message) = next {
                match message {
                    Message::Stop => return self.end(),
                    Message::Ready { root, message, complete } => ready.push((root, message, complete)),
                    message => self.apply(message),
                }
                next = self.messages.try_recv().ok();
            }
            self.parse_documents();
            self.settle_documents();
            self.publish();
            for (root, message, complete) in ready {
                self.announce_ready(&root, message, complete);
            }
            self.commit_quiet_folders();
            let took = started.elapsed();
            if took > SLOW_TURN {
                tracing::warn!(ms = took.as_millis() as u64, revision = self.revision.0, "slow writer turn");
            }
        }
    }

    fn next_deadline(&self) -> Instant {
        let commits = self.folders.iter().filter(|folder| !folder.committing).filter_map(|folder| {
            folder.dirty.map(|dirty| (folder.touched + QUIET).min(dirty + LATEST))
        });
        let settles = self.documents.values().filter_map(|document| document.unsettled.map(|since| since + SETTLE));
        commits.chain(settles).min().unwrap_or_else(|| Instant::now() + Duration::from_secs(3600))
    }

    fn preparer(&self) -> Preparer {
        Preparer {
            embedder: self.options.embedder.clone(),
            max_file_size: self.settings.max_file_size,
            include_generated: self.settings.include_generated,
        }
    }

    fn apply(&mut self, message: Message) {
        match message {
            Message::Change(revision, change) => {
                self.change(change);
                self.revision = revision;
            }
            Message::Base { root, base, added, dropped } => self.new_base(&root, base, &added, &dropped),
            Message::Disk { root, files, gone } => self.disk(&root, files, gone),
            Message::Unchanged { root, path, stamp } => {
                if let Some(folder) = self.folder(&root) {
                    folder.saved.retain(|saved, file| {
                        *saved != path || matches!(file.origin, Origin::Disk(own) if own.modified_ns > stamp.modified_ns)
                    });
                    folder.gone.remove(&path);
                    folder.changed = true;
                }
            }
            Message::CommitFailed { root } => {
                if let Some(folder) = self.folder(&root) {
                    folder.committing = false;
                    folder.dirty = Some(Instant::now());
                    folder.touched = Instant::now() + LATEST;
                }
            }
            Message::Ready { .. } | Message::Stop => {}
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Open { path, language_id, version, text } => self.open(path, language_id, version, text),
            Change::Edit { path, version, edits, text } => {
                if let Some(document) = self.documents.get_mut(&path) {
                    document.replaced |= edits.is_empty();
                    document.pending.extend(edits);
                    document.text = text;
                    document.version = version;
                    document.changed = true;
                } else {
                    tracing::warn!("edit to a document that is not open");
                }
            }
            Change::Save { path } => {
                self.parse_documents();
                self.read_from_disk(&path);
            }
            Change::Close { path } => {
                if let Some(document) = self.documents.remove(&path) {
                    if let Some(folder) = self.folder(&document.root) {
                        folder.changed = true;
                    }
                    self.read_from_disk(&path);
                }
            }
            Change::DiskChanged(paths) => {
                for folder in &self.folders {
                    let inside: Vec<PathBuf> =
                        paths.iter().filter(|path| folder.is_real() && path.starts_with(&folder.root)).cloned().collect();
                    if !inside.is_empty() {
                        folder.send(Job::Paths(inside));
                    }
                }
            }
            Change::Rescan => self.folders.iter().for_each(|folder| folder.send(Job::Scan { force: false })),
            Change::Reindex => {
                for folder in &mut self.folders {
                    folder.state.lock().ready = !folder.is_real();
                    folder.send(Job::Scan { force: true });
                }
            }
            Change::AddFolder(root) => self.add_folder(&root),
            Change::RemoveFolder(root) => self.remove_folder(&root),
            Change::Configure(settings) => {
                if settings != self.settings {
                    self.settings = settings.clone();
                    for folder in &self.folders {
                        folder.send(Job::Configure(settings.clone()));
                    }
                }
            }
        }
    }

    fn folder(&mut self, root: &Path) -> Option<&mut Folder> {
        self.folders.iter_mut().find(|folder| *folder.root == *root)
    }

    /// The folder a document belongs to (the innermost), and its path there; everything else is loose.
    fn locate(&self, path: &Path) -> Option<(Arc<Path>, RelPath)> {
        if let Some(name) = path.to_str().and_then(|path| path.strip_prefix(UNTITLED)) {
            let relative = RelPath::new(&format!("{UNTITLED}{}", name.trim_start_matches('/'))).ok()?;
            return Some((Arc::clone(&self.folders[0].root), relative));
        }
        let inside = self.folders.iter().filter(|folder| folder.is_real() && path.starts_with(&folder.root));
        let folder = inside.max_by_key(|folder| folder.root.as_os_str().len());
        match folder {
            Some(folder) => Some((Arc::clone(&folder.root), RelPath::below(&folder.root, path)?)),
            None => {
                let relative = RelPath::new(path.to_str()?.trim_start_matches('/')).ok()?;
                Some((Arc::clone(&self.folders[0].root), relative))
            }
        }
    }

    fn open(&mut self, path: PathBuf, language_id: String, version: i32, text: Arc<str>) {
        let Some((root, relative)) = self.locate(&path) else {
            tracing::warn!("a document outside of every folder has an unusable path");
            return;
        };
        let language = detect(&relative, &text).or_else(|| symseek_syntax::Language::by_name(&language_id));
        let document = Document::open(Arc::clone(&text), language);
        let label = language.map_or_else(|| symseek_syntax::label(&relative), |language| language.name());
        let preparer = self.preparer();
        let file = MemoryFile::new(
            relative.clone(),
            label,
            Arc::clone(&text),
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
            root, path: relative, language_id, version, document, text, file,
            pending: Vec::new(),
            replaced: false,
            changed: false,
            unsettled: None,
        };
        self.documents.insert(path, open);
    }

    /// Parses every document that changed since the last batch, once, however many edits it got.
    fn parse_documents(&mut self) {
        let preparer = self.preparer();
        let mut touched = Vec::new();
        for document in self.documents.values_mut().filter(|document| document.changed) {
            document.changed = false;
            let edits = std::mem::take(&mut document.pending);
            if std::mem::take(&mut document.replaced) {
                let language = detect(&document.path, &document.text)
                    .or_else(|| symseek_syntax::Language::by_name(&document.language_id));
                document.document = Document::open(Arc::clone(&document.text), language);
            } else {
                // Without a deadline: the text is one file, and a view that lags behind the text is worse than a slow one.
                let _ = document.document.edit(&edits, Arc::clone(&document.text), &Cancel::new());
            }
            document.unsettled = document.document.facts().has_errors.then(Instant::now);
            document.refresh(&preparer);
            touched.push(Arc::clone(&document.root));
        }
        for root in touched {
            if let Some(folder) = self.folder(&root) {
                folder.changed = true;
            }
        }
    }

    fn settle_documents(&mut self) {
        let preparer = self.preparer();
        let mut touched = Vec::new();
        for document in self.documents.values_mut() {
            if document.unsettled.is_some_and(|since| since.elapsed() >= SETTLE) {
                document.unsettled = None;
                if document.document.settle(&Cancel::new()).unwrap_or(false) {
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
    fn read_from_disk(&mut self, path: &Path) {
        let Some((root, relative)) = self.locate(path) else { return };
        let preparer = self.preparer();
        let open = self.documents.get(path).map(|document| Arc::clone(&document.file));
        let exclude = self.settings.exclude.clone();
        let Some(folder) = self.folder(&root) else { return };
        folder.changed = true;
        if !folder.is_real() {
            return;
        }
        let (stamp, text) = preparer.read(&root, &relative);
        let content = text.as_ref().map(|text| ContentHash::of(text.as_bytes()));
        if let (Ok(content), Some(known)) = (&content, folder.base.by_path(&relative))
            && known.record().content == *content
            && known.record().skipped.is_none()
        {
            folder.saved.remove(&relative);
            folder.gone.remove(&relative);
            return;
        }
        let is_new = folder.base.by_path(&relative).is_none() && !folder.saved.contains_key(&relative);
        if is_new {
            let (overrides, _) = crate::scan::overrides(&root, &exclude);
            if crate::scan::walk_at(&root, &relative.under(&root), overrides).files.is_empty() {
                return; // ignored, or never written
            }
        }
        let mut file = match (open, content) {
            (Some(open), Ok(content)) if open.content == content => MemoryFile::new(
                relative.clone(),
                &open.language,
                Arc::clone(&open.text),
                Arc::clone(&open.facts),
                Origin::Disk(stamp),
                Some(&open),
                &|fields| preparer.embed(fields),
            ),
            (_, Ok(_)) => memory_file(Preparer::analyse(relative.clone(), stamp, text), &preparer),
            (_, Err(_)) => {
                folder.saved.remove(&relative);
                folder.gone.insert(relative);
                folder.touch();
                return;
            }
        };
        file.origin = Origin::Disk(stamp);
        folder.gone.remove(&relative);
        folder.saved.insert(relative, Arc::new(file));
        folder.touch();
    }

    fn new_base(
        &mut self,
        root: &Path,
        base: Arc<Base>,
        added: &FxHashSet<RelPath>,
        dropped: &FxHashSet<RelPath>,
    ) {
        let Some(folder) = self.folder(root) else { return };
        folder.saved.retain(|path, file| match base.by_path(path) {
            Some(stored) => {
                let record = stored.record();
                let newer = matches!(file.origin, Origin::Disk(own) if own.modified_ns > record.stamp.modified_ns);
                record.content != file.content && (newer || !added.contains(path))
            }
            None => true,
        });
        folder.gone.retain(|path| !added.contains(path) && !dropped.contains(path) && base.by_path(path).is_some());
        folder.base = base;
        folder.committing = false;
        folder.changed = true;
        folder.dirty = (!folder.saved.is_empty() || !folder.gone.is_empty()).then(Instant::now);
    }

    fn disk(&mut self, root: &Path, files: Vec<Arc<MemoryFile>>, gone: FxHashSet<RelPath>) {
        let Some(folder) = self.folder(root) else { return };
        for path in gone {
            let prefix = format!("{path}/");
            folder.saved.retain(|saved, _| *saved != path && !saved.as_str().starts_with(&prefix));
            if folder.base.by_path(&path).is_some() {
                folder.gone.insert(path);
            }
        }
        for file in files {
            let Origin::Disk(stamp) = file.origin else { continue };
            let stale = folder.saved.get(&file.path).is_some_and(|known| {
                matches!(known.origin, Origin::Disk(own) if own.modified_ns > stamp.modified_ns)
            });
            if !stale {
                folder.gone.remove(&file.path);
                folder.saved.insert(file.path.clone(), file);
            }
        }
        folder.touch();
    }

    fn add_folder(&mut self, root: &Path) {
        let root: Arc<Path> = root.into();
        if self.folders.iter().any(|folder| folder.root == root) {
            return;
        }
        let mut folder = Folder::new(Arc::clone(&root), Cancel::new());
        let started = Indexer::start(
            Arc::clone(&root),
            self.options.clone(),
            self.settings.clone(),
            self.myself.clone(),
            Arc::clone(&folder.state),
            folder.stop.clone(),
        );
        match started {
            Ok((jobs, thread)) => (folder.jobs, folder.thread) = (Some(jobs), Some(thread)),
            Err(error) => folder.state.lock().problems.push(format!("no indexer thread: {error}")),
        }
        self.shared.folders.lock().push((Arc::clone(&root), Arc::clone(&folder.state)));
        self.folders.push(folder);
        self.rehome();
    }

    fn remove_folder(&mut self, root: &Path) {
        let Some(at) = self.folders.iter().position(|folder| folder.is_real() && *folder.root == *root) else { return };
        let folder = self.folders.remove(at);
        folder.stop.cancel();
        folder.send(Job::Stop);
        self.shared.folders.lock().retain(|(known, _)| **known != *root);
        self.rehome();
    }

    /// Folders came or went: documents move to the folder they lie in now.
    fn rehome(&mut self) {
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
        for folder in &mut self.folders {
            folder.changed = true;
        }
    }

    /// Shows readers what has been applied.
    fn publish(&mut self) {
        let mut any = false;
        for folder in self.folders.iter_mut().filter(|folder| folder.changed) {
            folder.changed = false;
            any = true;
            let open: Vec<_> = self.documents.values().filter(|document| document.root == folder.root).collect();
            let opened: FxHashSet<&RelPath> = open.iter().map(|document| &document.path).collect();
            let saved = folder.saved.iter().filter(|(path, _)| !opened.contains(path)).map(|(_, file)| file);
            let mut memory: Vec<Arc<MemoryFile>> = saved.map(Arc::clone).collect();
            memory.extend(open.iter().map(|document| Arc::clone(&document.file)));
            memory.sort_by(|a, b| a.path.cmp(&b.path));
            let base = Arc::clone(&folder.base);
            folder.snapshot = Arc::new(Snapshot::new(Arc::clone(&folder.root), base, memory, &folder.gone, Some(&folder.snapshot)));
        }
        if any {
            let snapshots = self.folders.iter().map(|folder| Arc::clone(&folder.snapshot)).collect();
            self.shared.publish(Arc::new(View::new(snapshots)), self.revision, self.documents.len());
        } else {
            self.shared.advance(self.revision);
        }
    }

    fn announce_ready(&mut self, root: &Path, message: String, complete: bool) {
        if let Some(folder) = self.folder(root) {
            folder.state.lock().ready = complete;
        }
        if let Some(hook) = &self.options.progress {
            hook(Progress::End { root: root.to_path_buf(), message });
        }
        self.shared.wake();
    }

    fn commit_quiet_folders(&mut self) {
        for folder in &mut self.folders {
            let Some(dirty) = folder.dirty else { continue };
            let due = folder.touched.elapsed() >= QUIET || dirty.elapsed() >= LATEST;
            if due && !folder.committing {
                folder.commit();
            }
        }
    }

    fn end(mut self) {
        self.parse_documents();
        for folder in &mut self.folders {
            folder.stop.cancel();
            folder.commit();
            folder.send(Job::Stop);
        }
        for folder in &mut self.folders {
            if let Some(thread) = folder.thread.take() {
                let _ = thread.join();
            }
        }
    }
}

impl OpenDocument {
    fn refresh(&mut self, preparer: &Preparer) {
        self.file = Arc::new(MemoryFile::new(
            self.path.clone(),
            &self.file.language,
            Arc::clone(&self.text),
            Arc::clone(self.document.facts()),
            Origin::Open,
            Some(&self.file),
            &|fields| preparer.embed(fields),
        ));
    }
}

impl Folder {
    fn new(root: Arc<Path>, stop: Cancel) -> Self {
        let identity =
            symseek_index::store::Identity { syntax: String::new(), lexical: String::new(), model: String::new() };
        let base = Arc::new(Base::empty(&root, identity));
        let snapshot = Snapshot::new(Arc::clone(&root), Arc::clone(&base), Vec::new(), &FxHashSet::default(), None);
        let snapshot = Arc::new(snapshot);
        let mut state = FolderState::new();
        state.ready = root.as_os_str().is_empty();
        Self {
            root, base, snapshot, stop,
            saved: BTreeMap::new(),
            gone: FxHashSet::default(),
            jobs: None,
            thread: None,
            state: Arc::new(parking_lot::Mutex::new(state)),
            changed: true,
            committing: false,
            dirty: None,
            touched: Instant::now(),
        }
    }

    /// The loose folder holds documents outside of every folder; it has no disk behind it.
    fn is_real(&self) -> bool {
        !self.root.as_os_str().is_empty()
    }

    fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
    }

    fn touch(&mut self) {
        self.changed = true;
        self.touched = Instant::now();
        self.dirty.get_or_insert(self.touched);
    }

    fn commit(&mut self) {
        self.dirty = None;
        if (self.saved.is_empty() && self.gone.is_empty())
            || self.state.lock().store != crate::status::StoreMode::Writer
        {
            return;
        }
        self.committing = true;
        let files = self.saved.values().cloned().collect();
        self.send(Job::Commit { files, gone: self.gone.clone() });
    }
}
