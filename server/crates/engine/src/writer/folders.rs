//! Workspace folders: the stored base, what lies over it in memory, and when that is committed.
//!
//! Folders may be nested. A file belongs to the innermost folder that holds it; the outer folder's index still stores it (so
//! that opening the outer one alone next time is warm), and its answers leave it out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use rustc_hash::{FxHashMap, FxHashSet};
use symseek_base::{Cancel, RelPath, Revision};
use symseek_index::memory::{MemoryFile, Origin};
use symseek_index::snapshot::Snapshot;
use symseek_index::store::{Base, FileStamp, SkipReason};

use super::{Message, Writer};
use crate::change::Change;
use crate::engine::Known;
use crate::hub::{Hosted, Layer, Lease};
use crate::indexer::{FolderState, Indexer, Job, MANY, SharedState, Skipped};
use crate::options::Settings;

/// So long a session waits for a host to show what it was sent; then it shows what there is.
const HOST_PATIENCE: Duration = Duration::from_secs(2);

/// Where a session's folder comes from.
struct Source {
    lease: Lease,
    hosted: Arc<Hosted>,
    /// What the session sent, and does not show yet.
    awaited: Option<Revision>,
    /// The layer that was taken last.
    taken: Option<Arc<Layer>>,
}

/// One workspace folder, or the loose one.
pub(super) struct Folder {
    pub(super) root: Arc<Path>,
    pub(super) base: Arc<Base>,
    /// Saved versions that no commit has taken yet.
    pub(super) saved: BTreeMap<RelPath, Arc<MemoryFile>>,
    /// Files of the base that the disk no longer holds, or holds as something to leave out.
    gone: FxHashSet<RelPath>,
    /// Files to leave out that the base does not know as such.
    skipped: BTreeMap<RelPath, Skipped>,
    /// Other workspace folders inside this one.
    nested: Vec<RelPath>,
    /// Files of the base that lie in them.
    hidden: FxHashSet<RelPath>,
    jobs: Option<Sender<Job>>,
    /// In a session, instead of an indexer.
    source: Option<Source>,
    /// Its host has a newer layer.
    pub(super) is_behind: bool,
    pub(super) thread: Option<std::thread::JoinHandle<()>>,
    pub(super) stop: Cancel,
    pub(super) state: SharedState,
    pub(super) snapshot: Arc<Snapshot>,
    /// The next publication must show something new.
    pub(super) changed: bool,
    pub(super) committing: bool,
    /// Since when something waits for a commit.
    pub(super) dirty: Option<Instant>,
    pub(super) touched: Instant,
    /// Commit without waiting for quiet.
    pub(super) hurry: bool,
}

impl Writer {
    pub(super) fn add_folder(&mut self, root: &Path) {
        let root: Arc<Path> = root.into();
        if self.folders.iter().any(|folder| folder.root == root) {
            return;
        }
        let mut folder = Folder::new(Arc::clone(&root), Cancel::new());
        if self.hub.is_some() {
            self.lease(&mut folder);
        } else {
            self.start_indexer(&mut folder);
        }
        self.shared.folders.lock().push(folder.known());
        self.folders.push(folder);
        self.rehome();
    }

    fn start_indexer(&self, folder: &mut Folder) {
        let started = Indexer::start(
            Arc::clone(&folder.root),
            self.options.clone(),
            self.settings.clone(),
            self.myself.clone(),
            Arc::clone(&folder.state),
            folder.stop.clone(),
        );
        match started {
            Ok((jobs, thread)) => (folder.jobs, folder.thread) = (Some(jobs), Some(thread)),
            Err(error) => folder
                .state
                .lock()
                .problems
                .push(format!("no indexer thread: {error}")),
        }
    }

    /// Has the folder's host feed it.
    fn lease(&self, folder: &mut Folder) {
        let Some(hub) = &self.hub else { return };
        let (root, messages) = (Arc::clone(&folder.root), self.myself.clone());
        let listener = Box::new(move |what| {
            let root = Arc::clone(&root);
            let _ = messages.send(Message::Told { root, what });
        });
        match hub.lease(&folder.root, &self.settings, listener) {
            Ok(lease) => {
                folder.state = lease.host.state();
                folder.source = Some(Source {
                    hosted: Arc::new(Hosted {
                        host: Arc::clone(&lease.host),
                        seen: AtomicU64::new(0),
                        left_out: parking_lot::Mutex::default(),
                    }),
                    lease,
                    awaited: None,
                    taken: None,
                });
                folder.is_behind = true;
                folder.take_layer();
            }
            Err(error) => {
                let mut state = folder.state.lock();
                state.problem(error.to_string());
                state.die();
            }
        }
    }

    /// Shows what hosts have shown, and waits for what was sent to them.
    pub(super) fn take_layers(&mut self) {
        for folder in &mut self.folders {
            folder.take_layer();
        }
    }

    pub(super) fn configure_folders(&mut self, settings: &Settings) {
        let Some(hub) = self.hub.clone() else {
            for folder in &self.folders {
                folder.ask_scan(Job::Configure(settings.clone()));
            }
            return;
        };
        let mut folders = std::mem::take(&mut self.folders);
        for folder in folders.iter_mut().filter(|folder| folder.is_real()) {
            let stays = |source: &Source| hub.configure(&source.lease, settings);
            if !folder.source.as_ref().is_some_and(stays) {
                self.lease(folder);
            }
            let known = folder.known();
            let mut shared = self.shared.folders.lock();
            if let Some(old) = shared.iter_mut().find(|old| old.root == folder.root) {
                *old = known;
            }
        }
        self.folders = folders;
    }

    pub(super) fn remove_folder(&mut self, root: &Path) {
        let Some(at) = self
            .folders
            .iter()
            .position(|folder| folder.is_real() && *folder.root == *root)
        else {
            return;
        };
        let mut folder = self.folders.remove(at);
        folder.stop.cancel();
        folder.commit();
        folder.send(Job::Stop);
        self.shared
            .folders
            .lock()
            .retain(|known| *known.root != *root);
        self.rehome();
    }
}

impl Folder {
    pub(super) fn new(root: Arc<Path>, stop: Cancel) -> Self {
        let identity = symseek_index::store::Identity {
            syntax: String::new(),
            lexical: String::new(),
            model: String::new(),
        };
        let base = Arc::new(Base::empty(&root, identity));
        let snapshot = Snapshot::new(
            Arc::clone(&root),
            Arc::clone(&base),
            Vec::new(),
            &FxHashSet::default(),
            None,
        );
        let snapshot = Arc::new(snapshot);
        Self {
            root,
            base,
            snapshot,
            stop,
            saved: BTreeMap::new(),
            gone: FxHashSet::default(),
            skipped: BTreeMap::new(),
            nested: Vec::new(),
            hidden: FxHashSet::default(),
            jobs: None,
            source: None,
            is_behind: false,
            thread: None,
            state: Arc::new(parking_lot::Mutex::new(FolderState::new())),
            changed: true,
            committing: false,
            dirty: None,
            touched: Instant::now(),
            hurry: false,
        }
    }

    /// The loose folder holds documents outside of every folder; it has no disk behind it.
    pub(super) fn is_real(&self) -> bool {
        !self.root.as_os_str().is_empty()
    }

    /// As readers know it.
    fn known(&self) -> Known {
        Known {
            root: Arc::clone(&self.root),
            state: Arc::clone(&self.state),
            hosted: self.source.as_ref().map(|it| Arc::clone(&it.hosted)),
        }
    }

    /// What it shows to sessions.
    pub(super) fn layer(&self) -> Layer {
        Layer {
            number: 0,
            base: Arc::clone(&self.base),
            saved: self.saved.clone(),
            gone: self.gone.clone(),
            skipped: self.skipped.clone(),
            snapshot: Arc::clone(&self.snapshot),
        }
    }

    /// Sends a change on to the host; false when there is none.
    pub(super) fn forward(&mut self, change: Change) -> bool {
        let Some(source) = &mut self.source else {
            return false;
        };
        source.awaited = Some(source.lease.host.submit(change));
        true
    }

    /// Takes what the host shows, once it shows all that it was sent.
    fn take_layer(&mut self) {
        let Some(source) = &mut self.source else {
            return;
        };
        if let Some(revision) = source.awaited.take() {
            if !source.lease.host.wait_for(revision, HOST_PATIENCE) {
                tracing::warn!(root = %self.root.display(), "the folder's host is late");
            }
        } else if !self.is_behind {
            return;
        }
        self.is_behind = false;
        let Some(layer) = source.lease.host.layer() else {
            return;
        };
        if source
            .taken
            .as_ref()
            .is_some_and(|it| Arc::ptr_eq(it, &layer))
        {
            return;
        }
        self.base = Arc::clone(&layer.base);
        self.saved.clone_from(&layer.saved);
        self.gone.clone_from(&layer.gone);
        self.skipped.clone_from(&layer.skipped);
        source.taken = Some(layer);
        self.hide();
        self.changed = true;
    }

    /// Notes that what was taken has been published; true when that is new.
    pub(super) fn has_shown(&self) -> bool {
        let source = self.source.as_ref();
        let Some((source, taken)) = source.and_then(|it| Some((it, it.taken.as_ref()?))) else {
            return false;
        };
        source.hosted.seen.swap(taken.number, Ordering::AcqRel) != taken.number
    }

    /// Whether somebody will take it.
    pub(super) fn send(&self, job: Job) -> bool {
        let jobs = self.jobs.as_ref();
        jobs.is_some_and(|jobs| jobs.send(job).is_ok())
    }

    /// Sends paths that may have changed.
    pub(super) fn paths(&mut self, paths: Vec<PathBuf>) {
        if self.source.is_some() {
            self.forward(Change::DiskChanged(paths));
        } else if paths.len() > MANY {
            self.ask_scan(Job::Paths(paths));
        } else {
            self.send(Job::Paths(paths));
        }
    }

    /// Asks for what happened on the disk up to now.
    pub(super) fn ask_to_catch_up(&self) {
        self.state.lock().ask_to_catch_up();
        if !self.send(Job::CatchUp) {
            self.state.lock().caught_up();
        }
    }

    /// Lets go of what was kept for the next question. What a session's host keeps is not the session's.
    pub(super) fn rest(&self) {
        self.snapshot.let_go();
        if self.source.is_none() {
            self.send(Job::Rest);
        }
    }

    /// Sends a job that scans; answers are incomplete from now until it ends.
    pub(super) fn ask_scan(&self, job: Job) {
        let was_dead = {
            let mut state = self.state.lock();
            let was_dead = state.is_dead();
            if matches!(job, Job::Scan { force: true }) {
                state.revive();
            }
            state.ask();
            was_dead
        };
        if !self.send(job) {
            let mut state = self.state.lock();
            if was_dead {
                state.die();
            } else {
                state.end(false);
            }
        }
    }

    fn touch(&mut self) {
        self.changed = true;
        self.touched = Instant::now();
        self.dirty.get_or_insert(self.touched);
    }

    fn is_on_disk(&self, path: &RelPath, file: &MemoryFile) -> bool {
        matches!(file.origin, Origin::Disk(stamp) if FileStamp::read(&path.under(&self.root)) == Some(stamp))
    }

    /// The base holds what the disk holds.
    pub(super) fn forget(&mut self, path: &RelPath) {
        self.saved.remove(path);
        self.gone.remove(path);
        self.skipped.remove(path);
        self.changed = true;
    }

    /// The indexer read `path` at `stamp` and found what the base holds; the writer may have read a newer version since.
    pub(super) fn unchanged(&mut self, path: &RelPath, stamp: FileStamp) {
        let is_newer = |file: &Arc<MemoryFile>| {
            file.origin != Origin::Disk(stamp) && self.is_on_disk(path, file)
        };
        if !self.saved.get(path).is_some_and(is_newer) {
            self.forget(path);
        }
    }

    /// What was read from the disk, what is gone (directories with all they held), and what is to be left out.
    pub(super) fn disk(
        &mut self,
        files: Vec<Arc<MemoryFile>>,
        gone: FxHashSet<RelPath>,
        skipped: Vec<Skipped>,
    ) {
        let mut gone: Vec<RelPath> = gone.into_iter().collect();
        gone.sort();
        for path in gone {
            let inside = |other: &RelPath| {
                let rest = other.as_str().strip_prefix(path.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            // All that starts with the same letters lies together; only some of it lies inside.
            let alike = |other: &&RelPath| other.as_str().starts_with(path.as_str());
            let saved = self
                .saved
                .range(path.clone()..)
                .map(|(path, _)| path)
                .take_while(alike);
            let skipped = self
                .skipped
                .range(path.clone()..)
                .map(|(path, _)| path)
                .take_while(alike);
            let lost: Vec<RelPath> = saved
                .chain(skipped)
                .filter(|path| inside(path))
                .cloned()
                .collect();
            for path in lost {
                self.saved.remove(&path);
                self.skipped.remove(&path);
            }
            if self.base.by_path(&path).is_some() {
                self.gone.insert(path);
            }
        }
        for file in files {
            // Two threads read files; where they disagree, the one that read what the disk holds now is right.
            let known = self.saved.get(&file.path);
            if !known.is_some_and(|known| {
                known.origin != file.origin && self.is_on_disk(&file.path, known)
            }) {
                self.gone.remove(&file.path);
                self.skipped.remove(&file.path);
                self.saved.insert(file.path.clone(), file);
            }
        }
        for file in skipped {
            self.saved.remove(&file.path);
            if self.base.by_path(&file.path).is_some() {
                self.gone.insert(file.path.clone());
            }
            self.skipped.insert(file.path.clone(), file);
        }
        self.touch();
    }

    /// A scan that began at `since_ns` found these files and no others; true are those that the base holds as they are. What
    /// was saved after it began it may have missed.
    pub(super) fn present(&mut self, present: &FxHashMap<RelPath, bool>, since_ns: u64) {
        let is_later = |stamp: FileStamp| stamp.modified_ns >= since_ns;
        let mut saved = std::mem::take(&mut self.saved);
        saved.retain(|path, file| match present.get(path) {
            Some(false) => true,
            Some(true) => self.is_on_disk(path, file),
            None => matches!(file.origin, Origin::Disk(stamp) if is_later(stamp)),
        });
        self.saved = saved;
        self.skipped
            .retain(|path, file| present.get(path) == Some(&false) || is_later(file.stamp));
        self.gone
            .retain(|path| !present.contains_key(path) || self.skipped.contains_key(path));
        self.changed = true;
    }

    /// The base changed: `added` and `dropped` came from memory or straight from the disk.
    pub(super) fn new_base(
        &mut self,
        base: Arc<Base>,
        added: &FxHashSet<RelPath>,
        dropped: &FxHashSet<RelPath>,
    ) {
        self.committing = false;
        self.base = base;
        let settled: Vec<RelPath> = self
            .saved
            .iter()
            .filter(|(path, file)| {
                self.base.by_path(path).is_some_and(|stored| {
                    let record = stored.record();
                    let same = record.content == file.content && record.skipped.is_none();
                    same || (added.contains(*path) && !self.is_on_disk(path, file))
                })
            })
            .map(|(path, _)| path.clone())
            .collect();
        for path in settled {
            self.saved.remove(&path);
        }
        self.skipped.retain(|path, file| {
            let stored = self
                .base
                .by_path(path)
                .and_then(|stored| stored.record().skipped.as_ref());
            stored != Some(&file.why)
        });
        let mut gone = std::mem::take(&mut self.gone);
        gone.retain(|path| {
            // A file may vanish while a commit carries it into the base.
            let is_back = (added.contains(path) || dropped.contains(path))
                && !self.skipped.contains_key(path)
                && FileStamp::read(&path.under(&self.root)).is_some();
            self.base.by_path(path).is_some() && !is_back
        });
        self.gone = gone;
        self.hide();
        self.changed = true;
        let waits = !self.saved.is_empty() || !self.gone.is_empty() || !self.skipped.is_empty();
        self.dirty = waits.then(Instant::now);
    }

    /// Takes note of which other folders lie inside this one.
    pub(super) fn nest(&mut self, roots: &[Arc<Path>]) {
        let inside = roots
            .iter()
            .filter(|root| self.is_real() && **root != self.root);
        self.nested = inside
            .filter_map(|root| RelPath::below(&self.root, root))
            .collect();
        self.hide();
        self.changed = true;
    }

    fn is_nested(&self, path: &RelPath) -> bool {
        self.nested.iter().any(|nested| {
            let rest = path.as_str().strip_prefix(nested.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        })
    }

    fn hide(&mut self) {
        self.hidden = FxHashSet::default();
        if !self.nested.is_empty() {
            let paths = self.base.files().iter().map(|file| &file.record().path);
            self.hidden = paths.filter(|path| self.is_nested(path)).cloned().collect();
        }
    }

    /// Makes the snapshot anew: the base under what was saved under the `open` documents. Those that are `left_out` hide
    /// what is stored of them all the same.
    pub(super) fn lay(&mut self, open: &[Arc<MemoryFile>], left_out: Vec<(RelPath, SkipReason)>) {
        if let Some(source) = &self.source
            && let Some(taken) = source
                .taken
                .as_ref()
                .filter(|_| open.is_empty() && left_out.is_empty() && self.nested.is_empty())
        {
            self.snapshot = Arc::clone(&taken.snapshot);
            source.hosted.left_out.lock().clear();
            return;
        }
        let mut opened: FxHashSet<&RelPath> = open.iter().map(|file| &file.path).collect();
        opened.extend(left_out.iter().map(|(path, _)| path));
        let shows = |path: &RelPath| !opened.contains(path) && !self.is_nested(path);
        let saved = self
            .saved
            .iter()
            .filter(|(path, _)| shows(path))
            .map(|(_, file)| Arc::clone(file));
        let mut memory: Vec<Arc<MemoryFile>> = saved.collect();
        memory.extend(open.iter().cloned());
        memory.sort_by(|a, b| a.path.cmp(&b.path));
        let both: FxHashSet<RelPath>;
        let mask = if self.hidden.is_empty() && left_out.is_empty() {
            &self.gone
        } else {
            let left_out = left_out.iter().map(|(path, _)| path);
            let hidden = self.gone.union(&self.hidden).chain(left_out);
            both = hidden.cloned().collect();
            &both
        };
        let (root, base) = (Arc::clone(&self.root), Arc::clone(&self.base));
        self.snapshot = Arc::new(Snapshot::new(
            root,
            base,
            memory,
            mask,
            Some(&self.snapshot),
        ));
        let skipped = self
            .skipped
            .values()
            .filter(|file| !opened.contains(&file.path) && !self.is_nested(&file.path));
        let skipped: Vec<_> = skipped
            .map(|file| (file.path.clone(), file.why.clone()))
            .collect();
        match &self.source {
            // The host's state says what the host leaves out.
            Some(source) => *source.hosted.left_out.lock() = left_out,
            None => self.state.lock().skipped_in_memory = [skipped, left_out].concat(),
        }
    }

    /// Sends what waits to the indexer.
    pub(super) fn commit(&mut self) {
        self.dirty = None;
        let nothing = self.saved.is_empty() && self.gone.is_empty() && self.skipped.is_empty();
        if nothing || self.state.lock().store != crate::status::StoreMode::Writer {
            return;
        }
        self.committing = true;
        let files = self.saved.values().cloned().collect();
        let skipped = self.skipped.values().cloned().collect();
        self.send(Job::Commit {
            files,
            skipped,
            gone: self.gone.clone(),
        });
    }
}
