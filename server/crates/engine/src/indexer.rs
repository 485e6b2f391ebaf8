//! The indexer: one thread per folder that owns the folder's stored index. It scans, reads, analyses, commits and builds the
//! vector graph; what it finds reaches readers through the writer thread. It never touches open documents.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use symseek_base::{Cancel, ContentHash, RelPath};
use symseek_index::memory::{MemoryFile, Origin};
use symseek_index::store::{Base, BaseWriter, CommitPlan, Identity, NewFile, SkipReason, StoreError};
use symseek_index::vector::{HNSW_THRESHOLD, Hnsw, HnswOptions};

use crate::options::{EngineOptions, Settings};
use crate::prepare::{Prepared, Preparer};
use crate::scan::{self, Found, Walk};
use crate::status::{Progress, StoreMode};
use crate::watch::Watch;
use crate::writer::Message;

/// More changed files than this go to the stored base in bulk instead of through the in-memory layer.
const BULK: usize = 256;
/// Files of the first bulk commits: the first answers come early, later commits are few.
const FIRST_SLICES: [usize; 3] = [256, 1024, 4096];
const SLICE: usize = 16_384;
/// How often a reader looks whether the writing process committed or ended.
const POLL: Duration = Duration::from_millis(700);
/// The vector graph is built again when more than one in this many rows is missing from it or dead in it.
const STALE_GRAPH: usize = 8;
/// Problems kept for `status`.
const MAX_PROBLEMS: usize = 50;

/// Work for the indexer.
pub(crate) enum Job {
    /// Compare the whole folder with the disk; `force` drops what is stored first.
    Scan { force: bool },
    /// These files or directories may have changed.
    Paths(Vec<PathBuf>),
    /// Move these files of the in-memory layer to the base, and drop these from it.
    Commit { files: Vec<Arc<MemoryFile>>, gone: FxHashSet<RelPath> },
    /// The vector graph is built, with the name of its file in the index directory; `None` when that failed.
    Graph(Option<(String, Arc<Hnsw>)>),
    /// New settings; followed by a scan.
    Configure(Settings),
    /// End.
    Stop,
}

/// What `status` shows of a folder, kept by its indexer.
#[derive(Debug)]
pub(crate) struct FolderState {
    pub(crate) ready: bool,
    pub(crate) done: usize,
    pub(crate) total: usize,
    pub(crate) store: StoreMode,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) watching: bool,
    pub(crate) problems: Vec<String>,
    pub(crate) skipped_in_memory: Vec<(RelPath, SkipReason)>,
}

impl FolderState {
    pub(crate) fn new() -> Self {
        Self {
            ready: false,
            done: 0,
            total: 0,
            store: StoreMode::Memory,
            directory: None,
            watching: false,
            problems: Vec::new(),
            skipped_in_memory: Vec::new(),
        }
    }
}

/// Shared by the indexer, the writer and `status`.
pub(crate) type SharedState = Arc<Mutex<FolderState>>;

enum Store {
    Writer(Box<BaseWriter>),
    Reader { dir: PathBuf, base: Arc<Base> },
    Memory { base: Arc<Base> },
}

impl Store {
    fn base(&self) -> &Arc<Base> {
        match self {
            Self::Writer(writer) => writer.base(),
            Self::Reader { base, .. } | Self::Memory { base } => base,
        }
    }
}

pub(crate) struct Indexer {
    root: Arc<Path>,
    options: EngineOptions,
    settings: Settings,
    identity: Identity,
    model: ContentHash,
    jobs: Receiver<Job>,
    myself: Sender<Job>,
    writer: Sender<Message>,
    state: SharedState,
    stop: Cancel,
    store: Store,
    watch: Option<Watch>,
    building_graph: bool,
}

impl Indexer {
    /// Starts the thread for `root`. It opens the stored index, shows it, then scans.
    pub(crate) fn start(
        root: Arc<Path>,
        options: EngineOptions,
        settings: Settings,
        writer: Sender<Message>,
        state: SharedState,
        stop: Cancel,
    ) -> std::io::Result<(Sender<Job>, std::thread::JoinHandle<()>)> {
        let (myself, jobs) = crossbeam_channel::unbounded();
        let sender = myself.clone();
        let thread = std::thread::Builder::new().name("symseek-indexer".to_owned()).spawn(move || {
            let (model_id, model) = options.embedder.as_ref().map_or_else(
                || (String::new(), ContentHash::default()),
                |embedder| {
                    let id = embedder.id().to_string();
                    let hash = ContentHash::of(id.as_bytes());
                    (id, hash)
                },
            );
            let identity = Identity {
                syntax: symseek_syntax::version(),
                lexical: symseek_index::lexical::TokenizerOptions::default().format().to_owned(),
                model: model_id,
            };
            let store = Store::Memory { base: Arc::new(Base::empty(&root, identity.clone())) };
            let mut indexer = Self {
                root, options, settings, identity, model, jobs, myself, writer, state, stop, store,
                watch: None,
                building_graph: false,
            };
            indexer.open_store();
            indexer.show_base(FxHashSet::default(), FxHashSet::default());
            indexer.scan(false);
            indexer.run();
        })?;
        Ok((sender, thread))
    }

    fn run(&mut self) {
        loop {
            let job = match self.jobs.recv_timeout(POLL) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    self.poll();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            match job {
                Job::Stop => return,
                Job::Scan { force } => self.scan(force),
                Job::Configure(settings) => {
                    self.settings = settings;
                    self.watch = None;
                    self.scan(false);
                }
                Job::Paths(mut paths) => {
                    // Events come in bursts; take what has gathered as one batch.
                    let mut later = Vec::new();
                    while let Ok(next) = self.jobs.try_recv() {
                        match next {
                            Job::Paths(more) => paths.extend(more),
                            other => {
                                later.push(other);
                                break;
                            }
                        }
                    }
                    self.paths(paths);
                    for job in later {
                        let _ = self.myself.send(job);
                    }
                }
                Job::Commit { files, gone } => self.commit_memory(&files, gone),
                Job::Graph(built) => {
                    self.building_graph = false;
                    if let Some((name, graph)) = built {
                        self.adopt(&name, graph);
                    }
                }
            }
        }
    }

    fn problem(&self, what: String) {
        tracing::warn!(root = %self.root.display(), "{what}");
        let mut state = self.state.lock();
        if state.problems.last() != Some(&what) {
            state.problems.push(what);
        }
        let excess = state.problems.len().saturating_sub(MAX_PROBLEMS);
        state.problems.drain(..excess);
    }

    fn preparer(&self) -> Preparer {
        Preparer {
            embedder: self.options.embedder.clone(),
            max_file_size: self.settings.max_file_size,
            include_generated: self.settings.include_generated,
        }
    }

    fn dims(&self) -> usize {
        self.options.embedder.as_ref().map_or(1, |embedder| embedder.dims())
    }

    fn open_store(&mut self) {
        let dir = match crate::cache::directory(self.options.cache_dir.as_deref(), &self.root) {
            Ok(dir) => dir,
            Err(error) => {
                self.problem(format!("the cache directory cannot be used, keeping the index in memory: {error}"));
                return;
            }
        };
        match BaseWriter::open(&dir, &self.root, &self.identity, self.dims(), self.model) {
            Ok(Some((writer, repairs))) => {
                for repair in repairs {
                    self.problem(repair);
                }
                self.store = Store::Writer(Box::new(writer));
            }
            Ok(None) => match Base::open(&dir, &self.root, &self.identity) {
                Ok((base, _)) => self.store = Store::Reader { dir: dir.clone(), base: Arc::new(base) },
                Err(error) => self.problem(format!("the index of another process cannot be read: {error}")),
            },
            Err(error) => {
                self.problem(format!("the index cannot be written, keeping it in memory: {}", chain(&error)));
            }
        }
        let mut state = self.state.lock();
        state.directory = Some(dir);
        state.store = match self.store {
            Store::Writer(_) => StoreMode::Writer,
            Store::Reader { .. } => StoreMode::Reader,
            Store::Memory { .. } => StoreMode::Memory,
        };
    }

    /// A reader follows the writing process, and takes over when that one ends.
    fn poll(&mut self) {
        let Store::Reader { dir, base } = &self.store else { return };
        let dir = dir.clone();
        let seen = base.generation();
        match BaseWriter::open(&dir, &self.root, &self.identity, self.dims(), self.model) {
            Ok(Some((writer, _))) => {
                tracing::info!(root = %self.root.display(), "taking over the index");
                self.store = Store::Writer(Box::new(writer));
                self.state.lock().store = StoreMode::Writer;
                self.show_base(FxHashSet::default(), FxHashSet::default());
                self.scan(false);
            }
            Ok(None) => {
                let generation = symseek_index::store::Manifest::read(&dir).map(|manifest| manifest.generation);
                if generation.is_some_and(|generation| generation != seen)
                    && let Ok((base, _)) = Base::open(&dir, &self.root, &self.identity)
                {
                    self.store = Store::Reader { dir, base: Arc::new(base) };
                    self.show_base(FxHashSet::default(), FxHashSet::default());
                }
            }
            Err(error) => self.problem(chain(&error)),
        }
    }

    fn show_base(&self, added: FxHashSet<RelPath>, dropped: FxHashSet<RelPath>) {
        let base = Arc::clone(self.store.base());
        let _ = self.writer.send(Message::Base { root: Arc::clone(&self.root), base, added, dropped });
    }

    /// Compares every file with the base and indexes what differs.
    fn scan(&mut self, force: bool) {
        let started = Instant::now();
        let cancel = Cancel::new();
        let (overrides, problems) = scan::overrides(&self.root, &self.settings.exclude);
        for problem in problems {
            self.problem(problem);
        }
        if force && let Err(error) = self.forget() {
            self.problem(format!("the index cannot be emptied: {}", chain(&error)));
        }
        let walk = scan::walk(&self.root, overrides, self.options.n_threads(), &self.stop);
        if self.stop.is_cancelled() {
            return;
        }
        for problem in walk.problems.iter().take(10) {
            self.problem(problem.clone());
        }
        if !self.root.is_dir() {
            self.problem("the workspace folder is gone".to_owned());
        }
        let Walk { files, directories, .. } = walk;
        let base = Arc::clone(self.store.base());
        let present: FxHashSet<&RelPath> = files.iter().map(|file| &file.path).collect();
        let gone: FxHashSet<RelPath> = base
            .files()
            .iter()
            .map(|file| file.record().path.clone())
            .filter(|path| !present.contains(path))
            .collect();
        drop(present);
        let candidates: Vec<Found> = files
            .into_iter()
            .filter(|file| base.by_path(&file.path).is_none_or(|known| known.record().stamp != file.stamp))
            .collect();
        self.start_watching(&directories);
        let total = candidates.len();
        self.begin(total, &cancel);
        let done = self.take(candidates, gone, &cancel, true);
        let message = if cancel.is_cancelled() {
            format!("index stopped after {done} of {total} files")
        } else {
            format!("index ready: {done} files indexed in {:.1} s", started.elapsed().as_secs_f32())
        };
        let _ = self.writer.send(Message::Ready { root: Arc::clone(&self.root), message, complete: !cancel.is_cancelled() });
        self.build_graph_behind();
    }

    fn begin(&self, total: usize, cancel: &Cancel) {
        {
            let mut state = self.state.lock();
            (state.done, state.total) = (0, total);
        }
        if let Some(hook) = &self.options.progress {
            hook(Progress::Begin { root: self.root.to_path_buf(), total, cancel: cancel.clone() });
        }
    }

    /// Empties the stored index: every file is dropped from the table.
    fn forget(&mut self) -> Result<(), StoreError> {
        self.state.lock().ready = false;
        if let Store::Writer(writer) = &mut self.store {
            let all = writer.base().files().iter().map(|file| file.record().path.clone()).collect();
            let content = writer.begin().finish();
            writer.commit(content, &CommitPlan { removed: all, ..CommitPlan::default() })?;
        }
        Ok(())
    }

    /// Indexes `candidates` and drops `gone`, in bulk when they are many. Returns how many were done.
    fn take(&mut self, candidates: Vec<Found>, gone: FxHashSet<RelPath>, cancel: &Cancel, full: bool) -> usize {
        let first_time = full && !self.store.base().is_complete();
        if matches!(self.store, Store::Writer(_)) && (candidates.len() + gone.len() > BULK || first_time) {
            match self.bulk(&candidates, &gone, cancel, full) {
                Ok(done) => return done,
                Err(error) => {
                    self.problem(format!("the index cannot be written, keeping it in memory: {}", chain(&error)));
                    self.store = Store::Memory { base: Arc::clone(self.store.base()) };
                    self.state.lock().store = StoreMode::Memory;
                }
            }
        }
        self.through_memory(candidates, gone, cancel)
    }

    /// Straight to the base, in slices that answer as soon as they are committed.
    fn bulk(
        &mut self,
        candidates: &[Found],
        gone: &FxHashSet<RelPath>,
        cancel: &Cancel,
        full: bool,
    ) -> Result<usize, StoreError> {
        let preparer = self.preparer();
        let n_threads = self.options.n_threads();
        let root = Arc::clone(&self.root);
        let mut sizes = FIRST_SLICES.into_iter().chain(std::iter::repeat(SLICE));
        let mut rest = candidates;
        let mut finished = 0;
        let mut dropped = gone.clone();
        loop {
            let size = sizes.next().unwrap_or(SLICE);
            // A short tail is not worth a commit of its own.
            let size = if rest.len() < size + size / 2 { rest.len() } else { size };
            let (slice, tail) = rest.split_at(size);
            rest = tail;
            let Store::Writer(writer) = &mut self.store else { return Ok(finished) };
            let builder = writer.begin();
            let next = AtomicUsize::new(0);
            let failed = Mutex::new(None);
            let restamped = Mutex::new(Vec::new());
            let base = Arc::clone(writer.base());
            let work = || {
                while let Some(found) = slice.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if cancel.is_cancelled() || self.stop.is_cancelled() || failed.lock().is_some() {
                        return;
                    }
                    let at = finished + next.load(Ordering::Relaxed).min(slice.len());
                    report(&self.state, self.options.progress.as_ref(), &root, at, candidates.len());
                    let (stamp, text) = preparer.read(&root, &found.path);
                    if let (Ok(text), Some(known)) = (&text, base.by_path(&found.path))
                        && known.record().content == ContentHash::of(text.as_bytes())
                        && known.record().skipped.is_none()
                    {
                        restamped.lock().push((found.path.clone(), stamp));
                        continue;
                    }
                    let prepared = Preparer::analyse(found.path.clone(), stamp, text);
                    let embeddings = preparer.embed_all(&prepared.path, &prepared.text, &prepared.facts);
                    let file = NewFile {
                        path: &prepared.path,
                        language: prepared.language,
                        stamp,
                        text: &prepared.text,
                        facts: &prepared.facts,
                        embeddings: &embeddings,
                        skipped: prepared.skipped.clone(),
                    };
                    if let Err(error) = builder.add(&file) {
                        *failed.lock() = Some(error);
                        return;
                    }
                }
            };
            std::thread::scope(|scope| {
                for _ in 1..n_threads {
                    scope.spawn(work);
                }
                work();
            });
            if let Some(error) = failed.into_inner() {
                return Err(error);
            }
            finished += builder.n_files() + restamped.lock().len();
            let content = builder.finish();
            let cancelled = cancel.is_cancelled() || self.stop.is_cancelled();
            let plan = CommitPlan {
                removed: std::mem::take(&mut dropped),
                restamped: restamped.into_inner(),
                complete: full && rest.is_empty() && !cancelled,
            };
            writer.commit(content, &plan)?;
            let added = slice.iter().map(|found| found.path.clone()).collect();
            self.show_base(added, plan.removed);
            if rest.is_empty() || cancelled {
                return Ok(finished);
            }
        }
    }

    /// Through the in-memory layer: at once visible, committed with the next debounce.
    fn through_memory(&mut self, candidates: Vec<Found>, gone: FxHashSet<RelPath>, cancel: &Cancel) -> usize {
        let preparer = self.preparer();
        let base = Arc::clone(self.store.base());
        let total = candidates.len();
        let mut done = 0;
        let mut batch = Vec::new();
        let mut gone = Some(gone).filter(|gone| !gone.is_empty());
        for found in candidates {
            if cancel.is_cancelled() || self.stop.is_cancelled() {
                break;
            }
            done += 1;
            report(&self.state, self.options.progress.as_ref(), &self.root, done, total);
            let (stamp, text) = preparer.read(&self.root, &found.path);
            if let (Ok(text), Some(known)) = (&text, base.by_path(&found.path))
                && known.record().content == ContentHash::of(text.as_bytes())
                && known.record().skipped.is_none()
            {
                let _ = self.writer.send(Message::Unchanged { root: Arc::clone(&self.root), path: found.path, stamp });
                continue;
            }
            let prepared = Preparer::analyse(found.path, stamp, text);
            if let Some(why) = prepared.skipped {
                self.state.lock().skipped_in_memory.push((prepared.path.clone(), why));
                gone.get_or_insert_default().insert(prepared.path);
                continue;
            }
            batch.push(Arc::new(memory_file(prepared, &preparer)));
            if batch.len() >= BULK {
                self.send_disk(std::mem::take(&mut batch), gone.take().unwrap_or_default());
            }
        }
        if !batch.is_empty() || gone.is_some() {
            self.send_disk(batch, gone.unwrap_or_default());
        }
        done
    }

    fn send_disk(&self, files: Vec<Arc<MemoryFile>>, gone: FxHashSet<RelPath>) {
        let _ = self.writer.send(Message::Disk { root: Arc::clone(&self.root), files, gone });
    }

    /// Events from the disk.
    fn paths(&mut self, mut paths: Vec<PathBuf>) {
        paths.sort();
        paths.dedup();
        if paths.iter().any(|path| path.file_name().is_some_and(|name| name == ".gitignore" || name == ".ignore")) {
            self.scan(false);
            return;
        }
        let (overrides, _) = scan::overrides(&self.root, &self.settings.exclude);
        let base = Arc::clone(self.store.base());
        let mut candidates = Vec::new();
        let mut gone = FxHashSet::default();
        let mut directories = Vec::new();
        for path in paths {
            let Some(relative) = RelPath::below(&self.root, &path) else { continue };
            let known = base.by_path(&relative);
            match std::fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_file() && known.is_some() => {
                    let stamp = symseek_index::store::FileStamp::of(&metadata);
                    candidates.push(Found { path: relative, stamp });
                }
                Ok(_) => {
                    let walk = scan::walk_at(&self.root, &path, overrides.clone());
                    directories.extend(walk.directories);
                    let still: FxHashSet<&RelPath> = walk.files.iter().map(|file| &file.path).collect();
                    gone.extend(below(&base, &relative).filter(|path| !still.contains(path)));
                    candidates.extend(walk.files);
                }
                Err(_) => {
                    gone.extend(below(&base, &relative));
                    gone.insert(relative);
                }
            }
        }
        if let Some(watch) = &mut self.watch {
            watch.add(&directories);
        }
        if candidates.is_empty() && gone.is_empty() {
            return;
        }
        candidates.sort_by(|a, b| a.path.cmp(&b.path));
        candidates.dedup_by(|a, b| a.path == b.path);
        for file in &candidates {
            gone.remove(&file.path);
        }
        self.take(candidates, gone, &Cancel::new(), false);
    }

    /// Moves files of the in-memory layer to the base.
    fn commit_memory(&mut self, files: &[Arc<MemoryFile>], gone: FxHashSet<RelPath>) {
        let preparer = self.preparer();
        let Store::Writer(writer) = &mut self.store else { return };
        let builder = writer.begin();
        let mut result = Ok(());
        for file in files {
            let Origin::Disk(stamp) = file.origin else { continue };
            let embeddings = preparer.embed_all(&file.path, &file.text, &file.facts);
            result = builder.add(&NewFile {
                path: &file.path,
                language: &file.language,
                stamp,
                text: &file.text,
                facts: &file.facts,
                embeddings: &embeddings,
                skipped: None,
            });
            if result.is_err() {
                break;
            }
        }
        let content = builder.finish();
        let plan = CommitPlan { removed: gone, ..CommitPlan::default() };
        match result.and_then(|()| writer.commit(content, &plan)) {
            Ok(_) => {
                let added = files.iter().map(|file| file.path.clone()).collect();
                self.show_base(added, plan.removed);
                self.build_graph_behind();
            }
            Err(error) => {
                self.problem(format!("saved changes stay in memory: {}", chain(&error)));
                let _ = self.writer.send(Message::CommitFailed { root: Arc::clone(&self.root) });
            }
        }
    }

    /// Starts building the vector graph on a thread of its own when there are enough vectors that it does not hold.
    fn build_graph_behind(&mut self) {
        let Store::Writer(writer) = &self.store else { return };
        let base = Arc::clone(writer.base());
        if self.building_graph || !wants_graph(&base) {
            return;
        }
        let name = format!("hnsw-{}.usearch", base.generation());
        let path = writer.dir().join(&name);
        let (stop, done) = (self.stop.clone(), self.myself.clone());
        let root = Arc::clone(&self.root);
        let spawned = std::thread::Builder::new().name("symseek-vectors".to_owned()).spawn(move || {
            let built = Hnsw::build(base.rows(), base.live(), HnswOptions::default(), &stop, &|_, _| {})
                .and_then(|graph| graph.save(&path));
            match built.and_then(|()| Hnsw::open(&path)) {
                Ok(graph) => drop(done.send(Job::Graph(Some((name, Arc::new(graph)))))),
                Err(error) => {
                    tracing::warn!(root = %root.display(), %error, "the vector graph was not built");
                    let _ = done.send(Job::Graph(None));
                }
            }
        });
        self.building_graph = spawned.is_ok();
    }

    fn adopt(&mut self, name: &str, graph: Arc<Hnsw>) {
        let Store::Writer(writer) = &mut self.store else { return };
        match writer.adopt_graph(name, graph) {
            Ok(_) => self.show_base(FxHashSet::default(), FxHashSet::default()),
            Err(error) => self.problem(format!("the vector graph cannot be kept: {}", chain(&error))),
        }
    }

    fn start_watching(&mut self, directories: &[PathBuf]) {
        if !self.settings.watch {
            self.state.lock().watching = false;
            return;
        }
        if let Some(watch) = &mut self.watch {
            watch.add(directories);
            return;
        }
        match Watch::start(&self.root, directories, self.myself.clone()) {
            Ok(watch) => {
                self.watch = Some(watch);
                self.state.lock().watching = true;
            }
            Err(error) => self.problem(format!("changes on the disk cannot be followed: {error}")),
        }
    }
}

/// Whether a vector graph would pay and the present one (if any) lacks too many rows or holds too many dead ones.
fn wants_graph(base: &Base) -> bool {
    let n_live = base.live().len();
    if n_live < HNSW_THRESHOLD {
        return false;
    }
    base.hnsw().is_none_or(|graph| {
        let n_astray = graph.n_missing(base.rows()) + graph.n_dead(base.live());
        n_astray * STALE_GRAPH > n_live
    })
}

/// Files of the base at or below `path`.
fn below(base: &Base, path: &RelPath) -> impl Iterator<Item = RelPath> {
    let prefix = format!("{}/", path.as_str());
    let start = base.files().partition_point(|file| file.record().path < *path);
    let own = base.by_path(path).map(|file| file.record().path.clone());
    let inside = base.files()[start..]
        .iter()
        .map(|file| file.record().path.clone())
        .skip_while({
            let prefix = prefix.clone();
            move |path| path.as_str() < prefix.as_str()
        })
        .take_while(move |path| path.as_str().starts_with(&prefix));
    own.into_iter().chain(inside)
}

pub(crate) fn memory_file(prepared: Prepared, preparer: &Preparer) -> MemoryFile {
    MemoryFile::new(
        prepared.path,
        prepared.language,
        prepared.text,
        prepared.facts,
        Origin::Disk(prepared.stamp),
        None,
        &|fields| preparer.embed(fields),
    )
}

fn report(state: &SharedState, hook: Option<&crate::ProgressHook>, root: &Path, done: usize, total: usize) {
    state.lock().done = done;
    if let Some(hook) = hook
        && (done % 32 == 0 || done == total)
    {
        hook(Progress::Update { root: root.to_path_buf(), done, total });
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
