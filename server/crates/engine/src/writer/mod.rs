//! The writer: the one thread that applies changes, in the order they came, and publishes a new view after each batch.
//! It owns open documents and the in-memory layer; stored parts arrive finished from the indexers.

mod documents;
mod folders;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rustc_hash::{FxHashMap, FxHashSet};
use symseek_base::{Cancel, RelPath, Revision};
use symseek_index::memory::MemoryFile;
use symseek_index::snapshot::View;
use symseek_index::store::{Base, FileStamp, SkipReason};

use crate::change::{Change, UNTITLED};
use crate::engine::Shared;
use crate::hub::{Hub, Layer, Told};
use crate::indexer::{Job, Skipped, reason};
use crate::options::{EngineOptions, Settings};
use crate::prepare::Preparer;
use crate::status::Progress;
use documents::OpenDocument;
use folders::Folder;

/// Saved changes are committed after this much quiet …
const QUIET: Duration = Duration::from_secs(1);
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
    Base {
        root: Arc<Path>,
        base: Arc<Base>,
        added: FxHashSet<RelPath>,
        dropped: FxHashSet<RelPath>,
    },
    /// Files read from the disk, files (or whole directories) that are gone, and files to leave out.
    Disk {
        root: Arc<Path>,
        files: Vec<Arc<MemoryFile>>,
        gone: FxHashSet<RelPath>,
        skipped: Vec<Skipped>,
    },
    /// The disk holds what the base holds.
    Unchanged {
        root: Arc<Path>,
        path: RelPath,
        stamp: FileStamp,
    },
    /// All files that a scan found, and whether the base holds them as they are; it started at `since_ns`.
    Present {
        root: Arc<Path>,
        present: FxHashMap<RelPath, bool>,
        since_ns: u64,
    },
    /// A scan ended.
    Ready {
        root: Arc<Path>,
        message: String,
        complete: bool,
    },
    /// A batch of events is done: what [`FolderState::ask`](crate::indexer::FolderState::ask) announced has ended.
    Settled {
        root: Arc<Path>,
    },
    /// A commit failed; try again later.
    CommitFailed {
        root: Arc<Path>,
    },
    /// The host of a session's folder says something.
    Told {
        root: Arc<Path>,
        what: Told,
    },
    /// End; indexers commit what is saved.
    Stop,
}

pub(crate) struct Writer {
    shared: Arc<Shared>,
    options: EngineOptions,
    /// Where a session's folders come from.
    hub: Option<Arc<Hub>>,
    settings: Settings,
    messages: Receiver<Message>,
    myself: Sender<Message>,
    folders: Vec<Folder>,
    documents: BTreeMap<PathBuf, OpenDocument>,
    revision: Revision,
}

impl Writer {
    pub(crate) fn start(
        shared: Arc<Shared>,
        options: EngineOptions,
        hub: Option<Arc<Hub>>,
        roots: &[PathBuf],
        messages: Receiver<Message>,
        myself: Sender<Message>,
    ) -> std::io::Result<std::thread::JoinHandle<()>> {
        let settings = options.settings.clone();
        let mut writer = Self {
            shared,
            options,
            hub,
            settings,
            messages,
            myself,
            folders: Vec::new(),
            documents: BTreeMap::new(),
            revision: Revision(0),
        };
        writer
            .folders
            .push(Folder::new(Path::new("").into(), Cancel::new()));
        for root in roots {
            writer.add_folder(root);
        }
        writer.publish();
        std::thread::Builder::new()
            .name("symseek-writer".to_owned())
            .spawn(move || writer.run())
    }

    fn run(mut self) {
        loop {
            let turn = AssertUnwindSafe(|| self.turn());
            match catch_unwind(turn) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return self.end(),
                Err(panic) => self.failed(panic.as_ref()),
            }
        }
    }

    /// Waits for messages, applies all that are there, and shows what came of them; breaks when told to stop.
    fn turn(&mut self) -> ControlFlow<()> {
        let deadline = self.next_deadline();
        let first = match self.messages.recv_deadline(deadline) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Message::Stop),
        };
        let started = Instant::now();
        let mut ended = Vec::new();
        let mut next = first;
        while let Some(message) = next {
            match message {
                Message::Stop => return ControlFlow::Break(()),
                message @ (Message::Ready { .. }
                | Message::Settled { .. }
                | Message::Told {
                    what: Told::State | Told::Progress(_),
                    ..
                }) => ended.push(message),
                message => self.apply(message),
            }
            next = self.messages.try_recv().ok();
        }
        self.take_layers();
        self.parse_documents();
        self.settle_documents();
        self.publish();
        for message in ended {
            self.announce(message);
        }
        self.commit_quiet_folders();
        let took = started.elapsed();
        if took > SLOW_TURN {
            tracing::warn!(
                ms = took.as_millis() as u64,
                revision = self.revision.0,
                "slow writer turn"
            );
        }
        ControlFlow::Continue(())
    }

    /// A turn panicked. What it was about to apply is lost, so from now on no answer counts as complete; the next turns go on
    /// with what is there.
    fn failed(&mut self, panic: &(dyn std::any::Any + Send)) {
        let what = format!(
            "changes were lost, restart to be sure of all of them: {}",
            reason(panic)
        );
        tracing::error!("the writer panicked: {what}");
        for folder in self.folders.iter().filter(|folder| folder.is_real()) {
            folder.state.lock().problem(what.clone());
        }
        self.shared.fail();
    }

    fn next_deadline(&self) -> Instant {
        let commits = self
            .folders
            .iter()
            .filter(|folder| !folder.committing)
            .filter_map(|folder| {
                folder
                    .dirty
                    .map(|dirty| (folder.touched + QUIET).min(dirty + LATEST))
            });
        let settles = self
            .documents
            .values()
            .filter_map(|document| document.unsettled.map(|since| since + SETTLE));
        commits
            .chain(settles)
            .min()
            .unwrap_or_else(|| Instant::now() + Duration::from_hours(1))
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
            Message::Base {
                root,
                base,
                added,
                dropped,
            } => {
                if let Some(folder) = self.folder(&root) {
                    folder.new_base(base, &added, &dropped);
                }
            }
            Message::Disk {
                root,
                files,
                gone,
                skipped,
            } => {
                if let Some(folder) = self.folder(&root) {
                    folder.disk(files, gone, skipped);
                }
            }
            Message::Unchanged { root, path, stamp } => {
                if let Some(folder) = self.folder(&root) {
                    folder.unchanged(&path, stamp);
                }
            }
            Message::Present {
                root,
                present,
                since_ns,
            } => {
                if let Some(folder) = self.folder(&root) {
                    folder.present(&present, since_ns);
                }
            }
            Message::CommitFailed { root } => {
                if let Some(folder) = self.folder(&root) {
                    folder.committing = false;
                    folder.dirty = Some(Instant::now());
                    folder.touched = Instant::now() + LATEST;
                }
            }
            Message::Told { root, .. } => {
                if let Some(folder) = self.folder(&root) {
                    folder.is_behind = true;
                }
            }
            Message::Ready { .. } | Message::Settled { .. } | Message::Stop => {}
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Open {
                path,
                language_id,
                version,
                text,
            } => self.open(path, language_id, version, text),
            Change::Edit {
                path,
                version,
                edits,
                text,
            } => {
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
                for folder in &mut self.folders {
                    let inside: Vec<PathBuf> = paths
                        .iter()
                        .filter(|path| folder.is_real() && path.starts_with(&folder.root))
                        .cloned()
                        .collect();
                    if !inside.is_empty() {
                        folder.paths(inside);
                    }
                }
            }
            Change::Rescan => {
                for folder in &mut self.folders {
                    if !folder.forward(Change::Rescan) {
                        folder.ask_scan(Job::Scan { force: false });
                    }
                }
            }
            Change::CatchUp => {
                for folder in &mut self.folders {
                    if !folder.forward(Change::CatchUp) {
                        folder.ask_scan(Job::CatchUp);
                    }
                }
            }
            Change::Rest => {
                for folder in &mut self.folders {
                    folder.rest();
                }
            }
            Change::Reindex => {
                for folder in &mut self.folders {
                    if !folder.forward(Change::Reindex) {
                        folder.ask_scan(Job::Scan { force: true });
                    }
                }
            }
            Change::Commit => {
                for folder in &mut self.folders {
                    folder.hurry = !folder.forward(Change::Commit);
                }
            }
            Change::AddFolder(root) => self.add_folder(&root),
            Change::RemoveFolder(root) => self.remove_folder(&root),
            Change::Configure(settings) => {
                if settings != self.settings {
                    self.settings = settings.clone();
                    // What was too large may no longer be, or the other way round.
                    for document in self.documents.values_mut() {
                        (document.changed, document.replaced) = (true, true);
                    }
                    self.configure_folders(&settings);
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
            let relative =
                RelPath::new(&format!("{UNTITLED}{}", name.trim_start_matches('/'))).ok()?;
            return Some((Arc::clone(&self.folders[0].root), relative));
        }
        let inside = self
            .folders
            .iter()
            .filter(|folder| folder.is_real() && path.starts_with(&folder.root));
        let folder = inside.max_by_key(|folder| folder.root.as_os_str().len());
        if let Some(folder) = folder {
            return Some((
                Arc::clone(&folder.root),
                RelPath::below(&folder.root, path)?,
            ));
        }
        let relative = RelPath::new(path.to_str()?.trim_start_matches('/')).ok()?;
        Some((Arc::clone(&self.folders[0].root), relative))
    }

    /// Shows readers what has been applied.
    fn publish(&mut self) {
        let mut any = false;
        let mut staged: Vec<(_, Layer)> = Vec::new();
        for folder in self.folders.iter_mut().filter(|folder| folder.changed) {
            folder.changed = false;
            any = true;
            let open = self
                .documents
                .values()
                .filter(|document| document.root == folder.root);
            let (left_out, open): (Vec<_>, Vec<_>) = open.partition(|document| document.left_out);
            let open: Vec<_> = open
                .iter()
                .map(|document| Arc::clone(&document.file))
                .collect();
            let left_out = left_out.iter().map(|document| {
                let why = SkipReason::TooLarge(document.text.len() as u64);
                (document.path.clone(), why)
            });
            folder.lay(&open, left_out.collect());
            if let Some(stage) = self.shared.stage.as_ref().filter(|_| folder.is_real()) {
                staged.push((Arc::clone(stage), folder.layer()));
            }
        }
        // Before the revision is announced: who waited for it takes the layer.
        for (stage, layer) in staged {
            stage.show(layer);
        }
        if any {
            let snapshots = self
                .folders
                .iter()
                .map(|folder| Arc::clone(&folder.snapshot))
                .collect();
            self.shared.publish(
                Arc::new(View::new(snapshots)),
                self.revision,
                self.documents.len(),
            );
        } else {
            self.shared.advance(self.revision);
        }
        let shown = self.folders.iter().filter(|folder| folder.has_shown());
        if shown.count() > 0 {
            // Whoever waits for readiness waits for this, too.
            self.shared.wake();
        }
    }

    /// What a scan or a batch of events found is shown: nobody waits for it any longer.
    fn announce(&mut self, message: Message) {
        match message {
            Message::Ready {
                root,
                message,
                complete,
            } => {
                if let Some(folder) = self.folder(&root) {
                    folder.state.lock().end(complete);
                }
                if let Some(hook) = &self.options.progress {
                    let root = root.to_path_buf();
                    hook(Progress::End { root, message });
                }
            }
            Message::Settled { root } => {
                if let Some(folder) = self.folder(&root) {
                    folder.state.lock().settle();
                }
            }
            Message::Told {
                what: Told::Progress(progress),
                ..
            } => {
                if let Some(hook) = &self.options.progress {
                    hook(progress);
                }
            }
            _ => {}
        }
        self.shared.wake();
    }

    fn commit_quiet_folders(&mut self) {
        for folder in self.folders.iter_mut().filter(|folder| !folder.committing) {
            let due = folder.dirty.is_some_and(|dirty| {
                folder.touched.elapsed() >= QUIET || dirty.elapsed() >= LATEST
            });
            if due || std::mem::take(&mut folder.hurry) {
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
