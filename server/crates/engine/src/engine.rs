//! The engine's handle: submit changes, take views, ask questions. Cheap to share; every method is synchronous.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use crossbeam_channel::Sender;
use parking_lot::{Condvar, Mutex};
use symseek_base::{Cancel, Embedding, Revision};
use symseek_index::snapshot::{FileHandle, View};
use symseek_search::{
    Checked, GraphRequest, Order, Rerankable, SearchError, SearchRequest, SearchResponse,
    SimilarRequest,
};

use crate::change::Change;
use crate::hub::{Hosted, Hub, Stage, Told};
use crate::indexer::SharedState;
use crate::options::EngineOptions;
use crate::refine::{ModelSettings, Refiner};
use crate::status::{FolderStatus, SkippedFiles, StatusReport};
use crate::writer::{Message, Writer};

/// How many paths `status` lists per reason.
const SKIPPED_SHOWN: usize = 20;
/// Longer queries are cut; no question needs more.
pub(crate) const MAX_QUERY: usize = 20_000;

/// What goes wrong with an engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A thread cannot be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// A question cannot be answered.
    #[error(transparent)]
    Search(#[from] SearchError),
}

/// What the writer publishes and readers take.
pub(crate) struct Shared {
    view: ArcSwap<View>,
    revision: AtomicU64,
    open_documents: AtomicUsize,
    pub(crate) folders: Mutex<Vec<Known>>,
    /// Where a host shows what its sessions take.
    pub(crate) stage: Option<Arc<Stage>>,
    hooks: Mutex<Vec<PublishHook>>,
    changed: Condvar,
    turn: Mutex<()>,
    /// When somebody last changed or asked something.
    active: Mutex<Instant>,
    /// The writer panicked; not every change is shown.
    failed: AtomicBool,
}

type PublishHook = Box<dyn Fn(Revision) + Send + Sync>;

/// A folder as readers know it.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) root: Arc<Path>,
    pub(crate) state: SharedState,
    /// In a session: where it comes from.
    pub(crate) hosted: Option<Arc<Hosted>>,
}

impl Known {
    /// Every file has been compared with the disk, and the view shows what came of it.
    fn is_ready(&self) -> bool {
        // In this order: a host that is ready has shown all that made it so.
        let is_ready = self.state.lock().is_ready();
        is_ready && self.hosted.as_ref().is_none_or(|it| it.is_up_to_date())
    }
}

/// What an engine is part of.
pub(crate) enum Role {
    /// Nothing.
    Alone,
    /// A hub, which shows what it holds to sessions.
    Host(Arc<Stage>),
    /// A hub, from whose hosts it takes its folders.
    Session(Arc<Hub>),
}

impl Shared {
    pub(crate) fn publish(&self, view: Arc<View>, revision: Revision, open_documents: usize) {
        self.view.store(view);
        self.open_documents.store(open_documents, Ordering::Relaxed);
        self.advance(revision);
    }

    pub(crate) fn advance(&self, revision: Revision) {
        if self.revision.swap(revision.0, Ordering::AcqRel) != revision.0 {
            for hook in self.hooks.lock().iter() {
                hook(revision);
            }
        }
        self.wake();
    }

    pub(crate) fn wake(&self) {
        let turn = self.turn.lock();
        self.changed.notify_all();
        drop(turn);
        if let Some(stage) = &self.stage {
            stage.tell(&Told::State);
        }
    }

    /// The current view.
    pub(crate) fn view(&self) -> Arc<View> {
        self.view.load_full()
    }

    /// The newest published revision.
    pub(crate) fn revision(&self) -> Revision {
        Revision(self.revision.load(Ordering::Acquire))
    }

    /// How long nobody has changed or asked anything.
    pub(crate) fn quiet_for(&self) -> Duration {
        self.active.lock().elapsed()
    }

    fn touch(&self) {
        *self.active.lock() = Instant::now();
    }

    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
        self.wake();
    }

    pub(crate) fn is_ready(&self) -> bool {
        let folders = self.folders.lock();
        !self.failed.load(Ordering::Acquire) && folders.iter().all(Known::is_ready)
    }

    /// Waiting for readiness is in vain.
    fn is_dead(&self) -> bool {
        let folders = self.folders.lock();
        self.failed.load(Ordering::Acquire)
            || folders.iter().any(|folder| folder.state.lock().is_dead())
    }
}

/// A running engine. Dropping it commits what is saved and ends its threads.
pub struct Engine {
    /// What was wrong with the query packs.
    problems: Vec<String>,
    shared: Arc<Shared>,
    messages: Sender<Message>,
    submitted: Mutex<u64>,
    /// The revision that shows the folder added last.
    newest_folder: AtomicU64,
    options: EngineOptions,
    writer: Option<std::thread::JoinHandle<()>>,
    refiner: Mutex<Option<Arc<Refiner>>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("revision", &self.published())
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens the folders and starts to index what differs from their stored indexes. Answers at once, from what is there.
    ///
    /// # Errors
    /// [`EngineError::Thread`] when the system refuses a thread.
    pub fn open(roots: &[PathBuf], options: EngineOptions) -> Result<Self, EngineError> {
        Self::start(roots, options, Role::Alone)
    }

    /// Opens a session: an engine with documents of its own, whose folders the hub opens, and shares with other sessions. Of the
    /// options only the settings and the progress hook count; the rest is the hub's.
    ///
    /// # Errors
    /// [`EngineError::Thread`] when the system refuses a thread.
    pub fn attach(
        hub: &Arc<Hub>,
        roots: &[PathBuf],
        options: EngineOptions,
    ) -> Result<Self, EngineError> {
        let options = EngineOptions {
            settings: options.settings,
            progress: options.progress,
            ..hub.options().clone()
        };
        Self::start(roots, options, Role::Session(Arc::clone(hub)))
    }

    /// Opens the engine of one folder whose sessions look at `stage`.
    pub(crate) fn host(
        root: &Path,
        options: EngineOptions,
        stage: Arc<Stage>,
    ) -> Result<Self, EngineError> {
        Self::start(&[root.to_path_buf()], options, Role::Host(stage))
    }

    fn start(roots: &[PathBuf], options: EngineOptions, role: Role) -> Result<Self, EngineError> {
        let problems = crate::packs::load(&options);
        let (stage, hub) = match role {
            Role::Alone => (None, None),
            Role::Host(stage) => (Some(stage), None),
            Role::Session(hub) => (None, Some(hub)),
        };
        let shared = Arc::new(Shared {
            view: ArcSwap::from_pointee(View::new(Vec::new())),
            revision: AtomicU64::new(0),
            open_documents: AtomicUsize::new(0),
            folders: Mutex::default(),
            stage,
            hooks: Mutex::default(),
            changed: Condvar::new(),
            turn: Mutex::default(),
            active: Mutex::new(Instant::now()),
            failed: AtomicBool::new(false),
        });
        let (messages, received) = crossbeam_channel::unbounded();
        let writer = Writer::start(
            Arc::clone(&shared),
            options.clone(),
            hub,
            roots,
            received,
            messages.clone(),
        )
        .map_err(EngineError::Thread)?;
        Ok(Self {
            shared,
            messages,
            submitted: Mutex::new(0),
            newest_folder: AtomicU64::new(0),
            options,
            problems,
            writer: Some(writer),
            refiner: Mutex::default(),
        })
    }

    /// What was wrong with the user's query packs and file types, in words.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Queues a change; never blocks. The returned revision covers it.
    pub fn submit(&self, change: Change) -> Revision {
        self.shared.touch();
        // The lock makes the order of revisions the order of the queue.
        let mut submitted = self.submitted.lock();
        *submitted += 1;
        let revision = Revision(*submitted);
        if matches!(change, Change::AddFolder(_)) {
            self.newest_folder.store(revision.0, Ordering::Release);
        }
        let _ = self.messages.send(Message::Change(revision, change));
        revision
    }

    /// The newest revision that answers show.
    pub fn published(&self) -> Revision {
        self.shared.revision()
    }

    /// Calls `hook` with every newly published revision, from the writer's thread; it must not block.
    pub fn on_publish(&self, hook: Box<dyn Fn(Revision) + Send + Sync>) {
        self.shared.hooks.lock().push(hook);
    }

    /// Waits until answers show `revision`; false when `limit` passes first.
    pub fn wait_for(&self, revision: Revision, limit: Duration) -> bool {
        self.wait(limit, || self.published() >= revision)
    }

    /// Waits until every folder has been compared with the disk; false when `limit` passes first, or when that will never be
    /// ([`Self::status`] says why).
    pub fn wait_ready(&self, limit: Duration) -> bool {
        // A change on its way may start a scan.
        let submitted = Revision(*self.submitted.lock());
        let is_ready = || self.published() >= submitted && self.shared.is_ready();
        self.wait(limit, || is_ready() || self.shared.is_dead()) && is_ready()
    }

    fn wait(&self, limit: Duration, done: impl Fn() -> bool) -> bool {
        let until = Instant::now() + limit;
        let mut turn = self.shared.turn.lock();
        while !done() {
            if self.shared.changed.wait_until(&mut turn, until).timed_out() {
                return done();
            }
        }
        true
    }

    /// The current view: immutable, for one question.
    pub fn view(&self) -> Arc<View> {
        self.shared.view()
    }

    /// Whether every folder has been compared with the disk.
    pub fn is_ready(&self) -> bool {
        // A folder that is on its way to the writer is not in the list yet.
        self.published() >= Revision(self.newest_folder.load(Ordering::Acquire))
            && self.shared.is_ready()
    }

    /// The vector of a query; `None` without an embedder, for an empty text or one without known words.
    pub fn embed_query(&self, text: &str) -> Option<Embedding> {
        if text.trim().is_empty() {
            return None;
        }
        self.options.embedder.as_ref()?.embed_query(text).ok()
    }

    /// Hybrid search.
    ///
    /// # Errors
    /// [`SearchError`] for a filter that cannot be understood, or when cancelled.
    pub fn search(
        &self,
        request: &SearchRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        let request = clipped(request);
        self.answer(|view| symseek_search::search(view, &request, self, cancel))
    }

    /// Has this model read the first hits of answers from now on; it is loaded behind. `None` ends it.
    ///
    /// # Errors
    /// [`EngineError::Thread`] when the system refuses a thread.
    pub fn use_model(&self, settings: Option<ModelSettings>) -> Result<(), EngineError> {
        let started = settings.map(|settings| Refiner::start(Arc::clone(&self.shared), settings));
        let refiner = started.transpose().map_err(EngineError::Thread)?;
        let old = std::mem::replace(&mut *self.refiner.lock(), refiner.map(Arc::new));
        // Ends its threads, outside of the lock.
        drop(old);
        Ok(())
    }

    /// What the model makes of an answer: `None` when there is no model, or when it is not done by `until`. It never waits for
    /// more than one text longer.
    ///
    /// # Errors
    /// [`SearchError::Cancelled`].
    pub fn second_opinion(
        &self,
        asked: &Rerankable,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<Order>, EngineError> {
        let refiner = self.refiner.lock().clone();
        self.shared.touch();
        let order = refiner.map(|refiner| refiner.order(asked, until, cancel));
        let order = order.transpose().map_err(SearchError::from)?;
        Ok(order.flatten())
    }

    /// Puts the first hits of an answer into the model's order, if it is done by `until`.
    ///
    /// # Errors
    /// [`SearchError::Cancelled`].
    pub fn refine(
        &self,
        response: &mut SearchResponse,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        let began = Instant::now();
        if let Some(asked) = response.rerankable()
            && let Some(order) = self.second_opinion(&asked, until, cancel)?
        {
            response.reorder(&order);
            response.took += began.elapsed();
        }
        Ok(())
    }

    /// Whether a model is there or on its way.
    pub fn has_model(&self) -> bool {
        let refiner = self.refiner.lock().clone();
        refiner.is_some_and(|refiner| refiner.status().state != "failed")
    }

    /// Code like a given piece of code.
    ///
    /// # Errors
    /// [`SearchError`] when the place does not exist or when cancelled.
    pub fn similar(
        &self,
        request: &SimilarRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        self.answer(|view| symseek_search::similar(view, request, self, cancel))
    }

    /// Who uses the target.
    ///
    /// # Errors
    /// [`SearchError`] when nothing has that name or place, or when cancelled.
    pub fn callers(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        self.answer(|view| symseek_search::callers(view, request, cancel))
    }

    /// What the target uses.
    ///
    /// # Errors
    /// [`SearchError`] when nothing has that name or place, or when cancelled.
    pub fn callees(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        self.answer(|view| symseek_search::callees(view, request, cancel))
    }

    /// Asks the current view. Files whose text is no longer what was indexed were left out of the answer; they are read again.
    pub(crate) fn answer<T: Checked>(
        &self,
        ask: impl FnOnce(&View) -> Result<T, SearchError>,
    ) -> Result<T, EngineError> {
        self.shared.touch();
        // Before the view is taken: a scan that ends in between must not make an older view complete.
        let complete = self.is_ready();
        let mut response = ask(&self.view())?;
        let stale = response.stale().to_vec();
        *response.complete() &= complete && stale.is_empty();
        if !stale.is_empty() {
            self.submit(Change::DiskChanged(stale));
        }
        Ok(response)
    }

    /// What the engine is doing and holds.
    pub fn status(&self) -> StatusReport {
        let is_ready = self.is_ready();
        let view = self.view();
        let mut folders = Vec::new();
        let known = self.shared.folders.lock().clone();
        for Known {
            root,
            state,
            hosted,
        } in &known
        {
            let Some(snapshot) = view
                .snapshots()
                .iter()
                .find(|snapshot| *snapshot.root() == *root)
            else {
                continue;
            };
            let mut status = {
                let state = state.lock();
                FolderStatus {
                    root: root.to_path_buf(),
                    state: state.word(),
                    done: state.done,
                    total: state.total,
                    files: snapshot.n_files(),
                    chunks: snapshot.n_chunks(),
                    languages: std::collections::BTreeMap::new(),
                    skipped: std::collections::BTreeMap::new(),
                    store: state.store,
                    writing_process: state.holder,
                    bytes: state.directory.as_deref().map_or(0, crate::cache::size),
                    directory: state.directory.clone(),
                    watching: state.watching,
                    problems: [self.problems.as_slice(), &state.problems].concat(),
                }
            };
            let stored = snapshot
                .base()
                .files()
                .iter()
                .map(|file| file.record())
                .filter(|file| !snapshot.masks(file.key));
            let skipped =
                stored.filter_map(|record| Some((record.path.clone(), record.skipped.clone()?)));
            let left_out = hosted.iter().flat_map(|it| it.left_out.lock().clone());
            let in_memory = state.lock().skipped_in_memory.clone();
            for (path, why) in skipped.chain(in_memory).chain(left_out) {
                let reason = why.to_string();
                let reason = reason.split(" (").next().unwrap_or(&reason).to_owned();
                let files: &mut SkippedFiles = status.skipped.entry(reason).or_default();
                files.count += 1;
                if files.paths.len() < SKIPPED_SHOWN {
                    files.paths.push(path.to_string());
                }
            }
            let state = state.lock();
            if !state.unnamed.is_empty() {
                let paths = state.unnamed.iter().take(SKIPPED_SHOWN);
                let files = SkippedFiles {
                    count: state.unnamed.len(),
                    paths: paths.map(|path| path.display().to_string()).collect(),
                };
                status.skipped.insert("name is not UTF-8".to_owned(), files);
            }
            drop(state);
            for (_, _, file) in view.files() {
                if Arc::ptr_eq(file.root(), snapshot.root()) {
                    *status
                        .languages
                        .entry(file.language().to_owned())
                        .or_default() += 1;
                }
            }
            folders.push(status);
        }
        let loose = view
            .snapshots()
            .iter()
            .filter(|snapshot| snapshot.root().as_os_str().is_empty());
        let (loose_files, loose_chunks) = loose.fold((0, 0), |(files, chunks), snapshot| {
            (files + snapshot.n_files(), chunks + snapshot.n_chunks())
        });
        StatusReport {
            state: folders
                .iter()
                .map(|folder| folder.state)
                .find(|state| *state != "ready")
                // A folder that was only just added is not among them.
                .unwrap_or(match is_ready {
                    true => "ready",
                    false if self.shared.is_dead() => "stopped",
                    false => "indexing",
                }),
            version: env!("CARGO_PKG_VERSION"),
            model: self
                .options
                .embedder
                .as_ref()
                .map(|embedder| embedder.id().to_string()),
            onnx: self.refiner.lock().as_ref().map(|refiner| refiner.status()),
            open_documents: self.shared.open_documents.load(Ordering::Relaxed),
            revision: self.published().0,
            files: loose_files + folders.iter().map(|folder| folder.files).sum::<usize>(),
            chunks: loose_chunks + folders.iter().map(|folder| folder.chunks).sum::<usize>(),
            folders,
        }
    }

    /// Changes were lost.
    pub(crate) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Acquire)
    }

    /// The state of the one folder of a host.
    pub(crate) fn folder_state(&self) -> SharedState {
        let folders = self.shared.folders.lock();
        let first = folders.first().map(|folder| Arc::clone(&folder.state));
        first.unwrap_or_else(|| Arc::new(Mutex::new(crate::indexer::FolderState::new())))
    }

    /// The text that a place of an answer stands in.
    pub fn text(&self, path: &Path) -> Option<Arc<str>> {
        let view = self.view();
        let root = view
            .snapshots()
            .iter()
            .map(|snapshot| snapshot.root())
            .filter(|root| path.starts_with(root));
        let root = root.max_by_key(|root| root.as_os_str().len())?;
        // The loose folder's root is empty, and what lies there has its whole path below it.
        let relative = if root.as_os_str().is_empty() {
            symseek_base::RelPath::new(path.to_str()?.trim_start_matches('/')).ok()?
        } else {
            symseek_base::RelPath::below(root, path)?
        };
        let (base, key) = view.file_at(root, &relative)?;
        view.file(base, key).as_ref().and_then(FileHandle::text)
    }
}

impl symseek_search::Meaning for Engine {
    fn vector(&self, text: &str) -> Option<Embedding> {
        self.embed_query(text)
    }

    fn synonyms(&self, word: &str) -> Vec<&'static str> {
        let embedder = self.options.embedder.as_ref();
        embedder.map_or_else(Vec::new, |embedder| embedder.synonyms(word))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.refiner.lock().take();
        let _ = self.messages.send(Message::Stop);
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn clipped(request: &SearchRequest) -> std::borrow::Cow<'_, SearchRequest> {
    if request.query.len() <= MAX_QUERY {
        return std::borrow::Cow::Borrowed(request);
    }
    let mut end = MAX_QUERY;
    while !request.query.is_char_boundary(end) {
        end -= 1;
    }
    let mut request = request.clone();
    request.query.truncate(end);
    std::borrow::Cow::Owned(request)
}
