//! The indexer: one thread per folder that owns the folder's stored index. It scans, reads, analyses, commits and builds the
//! vector graph; what it finds reaches readers through the writer thread. It never touches open documents.

mod compare;
mod graph;
mod intake;
mod stored;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use symseek_base::{Cancel, ContentHash, RelPath};
use symseek_index::memory::MemoryFile;
use symseek_index::store::{Base, BaseWriter, FileStamp, Identity, SkipReason};
use symseek_index::vector::Hnsw;

pub(crate) use self::intake::give_back_memory;
use crate::options::{EngineOptions, Settings};
use crate::prepare::Preparer;
use crate::status::StoreMode;
use crate::watch::Watch;
use crate::writer::Message;

pub(crate) use intake::memory_file;

/// How often the indexer looks at what tells nobody: a reader's writing process, a folder that vanished.
const POLL: Duration = Duration::from_millis(700);
/// Problems kept for `status`.
const MAX_PROBLEMS: usize = 50;

/// While so many changed paths wait, answers are incomplete; fewer are done before anybody could ask.
pub(crate) const MANY: usize = 32;

/// Work for the indexer.
pub(crate) enum Job {
    /// Compare the whole folder with the disk; `force` indexes every file again. Asked for with [`FolderState::ask`].
    Scan { force: bool },
    /// Take in what happened on the disk up to now. Asked for with [`FolderState::ask_to_catch_up`].
    CatchUp,
    /// Everything that the watcher had told before has been taken in.
    CaughtUp,
    /// Let go of memory: nobody asks for now.
    Rest,
    /// These files or directories may have changed. More than [`MANY`] are asked for with [`FolderState::ask`].
    Paths(Vec<PathBuf>),
    /// Move these files of the in-memory layer to the base, and drop these from it.
    Commit {
        files: Vec<Arc<MemoryFile>>,
        skipped: Vec<Skipped>,
        gone: FxHashSet<RelPath>,
    },
    /// The vector graph is built, with the name of its file in the index directory; `None` when that failed.
    Graph(Option<(String, Arc<Hnsw>)>),
    /// New settings; followed by a scan, asked for with [`FolderState::ask`].
    Configure(Settings),
    /// End.
    Stop,
}

/// What `status` shows of a folder, kept by its indexer.
#[derive(Debug)]
pub(crate) struct FolderState {
    /// Scans that were asked for and have not ended.
    scans: usize,
    /// Who asked to see what happened up to now, and does not yet. Answers are not incomplete for that.
    catching_up: usize,
    /// There was a scan, or is one.
    asked: bool,
    /// The last scan that ended has compared every file.
    compared: bool,
    /// The indexer ended, and no scan that is asked for will end.
    dead: bool,
    pub(crate) done: usize,
    pub(crate) total: usize,
    pub(crate) store: StoreMode,
    /// The process that writes the index instead of this one.
    pub(crate) holder: Option<u32>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) watching: bool,
    pub(crate) problems: Vec<String>,
    pub(crate) skipped_in_memory: Vec<(RelPath, SkipReason)>,
    /// Files whose path is not UTF-8, as of the last scan and the events since.
    pub(crate) unnamed: BTreeSet<PathBuf>,
}

impl FolderState {
    pub(crate) fn new() -> Self {
        Self {
            scans: 0,
            catching_up: 0,
            asked: false,
            compared: false,
            dead: false,
            done: 0,
            total: 0,
            store: StoreMode::Memory,
            holder: None,
            directory: None,
            watching: false,
            problems: Vec::new(),
            skipped_in_memory: Vec::new(),
            unnamed: BTreeSet::new(),
        }
    }
}

impl FolderState {
    /// A scan is on its way: answers are incomplete until it ends.
    pub(crate) fn ask(&mut self) {
        self.scans += 1;
        self.asked = true;
    }

    /// A scan ended, having compared every file or not.
    pub(crate) fn end(&mut self, complete: bool) {
        self.scans = self.scans.saturating_sub(1);
        self.compared = complete;
    }

    /// What was asked for ended; how the last scan ended still counts.
    pub(crate) fn settle(&mut self) {
        self.scans = self.scans.saturating_sub(1);
    }

    /// Somebody waits for what happened up to now.
    pub(crate) fn ask_to_catch_up(&mut self) {
        self.catching_up += 1;
    }

    /// One of them sees it, or never will.
    pub(crate) fn caught_up(&mut self) {
        self.catching_up = self.catching_up.saturating_sub(1);
    }

    /// Every file has been compared with the disk and no scan is on its way.
    pub(crate) fn is_complete(&self) -> bool {
        self.scans == 0 && self.compared
    }

    /// The same, and nobody waits for anything.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_complete() && self.catching_up == 0
    }

    /// It will not be ready unless it is indexed anew.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead
    }

    pub(crate) fn die(&mut self) {
        (self.scans, self.catching_up) = (0, 0);
        (self.compared, self.dead) = (false, true);
    }

    /// It is about to be indexed anew.
    pub(crate) fn revive(&mut self) {
        if std::mem::take(&mut self.dead) {
            self.problems.retain(|what| !what.starts_with(FAILED));
        }
    }

    /// Notes what went wrong, once.
    pub(crate) fn problem(&mut self, what: String) {
        if self.problems.last() != Some(&what) {
            self.problems.push(what);
        }
        let excess = self.problems.len().saturating_sub(MAX_PROBLEMS);
        self.problems.drain(..excess);
    }

    /// In a word.
    pub(crate) fn word(&self) -> &'static str {
        match (self.scans, self.compared) {
            (0, true) => "ready",
            (0, false) if self.asked || self.dead => "stopped",
            // The first scan of a new folder is about to be asked for.
            _ => "indexing",
        }
    }
}

/// A file that is left out, not yet in the stored base.
#[derive(Debug, Clone)]
pub(crate) struct Skipped {
    pub(crate) path: RelPath,
    pub(crate) language: &'static str,
    pub(crate) stamp: FileStamp,
    pub(crate) why: SkipReason,
}

/// Shared by the indexer, the writer and `status`.
pub(crate) type SharedState = Arc<Mutex<FolderState>>;

/// How the problem begins that an indexer failed.
const FAILED: &str = "the indexer failed";

/// How an indexer begins: the first time, and after it panicked once and twice.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// With what is stored.
    Stored,
    /// Without what is stored, which may be what it panicked over.
    Afresh,
    /// Without storing anything.
    InMemory,
}

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
    /// Files whose content turned out unchanged; the next commit stores their new metadata.
    restamps: Vec<(RelPath, FileStamp)>,
    root_present: bool,
    /// A scan runs that has not told so.
    scanning: bool,
    /// Batches of paths in work that were asked for.
    announced: usize,
    /// The next scan reads every file, because a setting decides about content.
    recheck: bool,
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
        state.lock().ask();
        let sender = myself.clone();
        let thread = std::thread::Builder::new()
            .name("symseek-indexer".to_owned())
            .spawn(move || {
                let (model_id, model) = options.embedder.as_ref().map_or_else(
                    || (String::new(), ContentHash::default()),
                    |embedder| {
                        let id = embedder.id().to_string();
                        let hash = ContentHash::of(id.as_bytes());
                        (id, hash)
                    },
                );
                let identity = Identity::current(model_id);
                let store = Store::Memory {
                    base: Arc::new(Base::empty(&root, identity.clone())),
                };
                let mut indexer = Self {
                    root,
                    options,
                    settings,
                    identity,
                    model,
                    jobs,
                    myself,
                    writer,
                    state,
                    stop,
                    store,
                    watch: None,
                    building_graph: false,
                    restamps: Vec::new(),
                    root_present: true,
                    scanning: false,
                    announced: 0,
                    recheck: false,
                };
                let mut starts = [Start::Stored, Start::Afresh, Start::InMemory].as_slice();
                loop {
                    for &start in starts {
                        let work = AssertUnwindSafe(|| {
                            indexer.open_store(start);
                            indexer.show_base(FxHashSet::default(), FxHashSet::default());
                            indexer.scan(false);
                            indexer.run();
                        });
                        match catch_unwind(work) {
                            Ok(()) => return,
                            Err(panic) => indexer.recover(start, panic.as_ref()),
                        }
                    }
                    if !indexer.is_wanted_again() {
                        return;
                    }
                    starts = &[Start::Afresh, Start::InMemory];
                }
            })?;
        Ok((sender, thread))
    }

    fn run(&mut self) {
        let mut held = None;
        loop {
            let next = held.take().map_or_else(|| self.jobs.recv_timeout(POLL), Ok);
            match next {
                Ok(Job::Stop) => return self.keep_stamps(),
                Ok(Job::Paths(mut paths)) => {
                    self.announced = usize::from(paths.len() > MANY);
                    // Events come in bursts; what has gathered is one batch. Another kind of job keeps its place behind it.
                    while held.is_none() {
                        match self.jobs.try_recv() {
                            Ok(Job::Paths(more)) => {
                                self.announced += usize::from(more.len() > MANY);
                                paths.extend(more);
                            }
                            Ok(other) => held = Some(other),
                            Err(_) => break,
                        }
                    }
                    self.paths(paths);
                    for _ in 0..std::mem::take(&mut self.announced) {
                        self.settled();
                    }
                }
                Ok(job) => self.handle(job),
                Err(RecvTimeoutError::Timeout) => self.poll(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn handle(&mut self, job: Job) {
        match job {
            Job::Scan { force } => self.scan(force),
            Job::Configure(settings) => {
                self.recheck = settings.include_generated != self.settings.include_generated;
                self.settings = settings;
                self.watch = None;
                self.scan(false);
            }
            Job::Commit {
                files,
                skipped,
                gone,
            } => self.commit_memory(&files, &skipped, gone),
            Job::Graph(built) => {
                self.building_graph = false;
                if let Some((name, graph)) = built {
                    self.adopt(&name, graph);
                }
            }
            Job::Rest => self.rest(),
            Job::CatchUp => {
                let is_told = self.is_all_told();
                // Behind what the watcher has handed on, and before a scan that may panic: what is in the queue then is settled.
                let _ = self.myself.send(Job::CaughtUp);
                if !is_told {
                    self.scan_now();
                }
            }
            Job::CaughtUp => {
                let root = Arc::clone(&self.root);
                let _ = self.writer.send(Message::CaughtUp { root });
            }
            Job::Paths(_) | Job::Stop => {}
        }
    }

    /// After a panic: says so, and makes what waits for the lost work wait for the next attempt, if there is one.
    fn recover(&mut self, start: Start, panic: &(dyn std::any::Any + Send)) {
        let what = match start {
            Start::Stored => "indexing from nothing",
            Start::Afresh => "indexing in memory",
            Start::InMemory => "this folder is no longer followed until it is indexed again",
        };
        self.problem(format!("{FAILED}, {what}: {}", reason(panic)));
        let memory = Store::Memory {
            base: Arc::new(Base::empty(&self.root, self.identity.clone())),
        };
        let store = std::mem::replace(&mut self.store, memory);
        if catch_unwind(AssertUnwindSafe(|| drop(store))).is_err() {
            tracing::error!("what the indexer had open could not be closed");
        }
        self.watch = None;
        self.building_graph = false;
        self.restamps.clear();
        let mut lost = usize::from(std::mem::take(&mut self.scanning));
        lost += std::mem::take(&mut self.announced);
        let mut stops = false;
        for job in self.jobs.try_iter() {
            match job {
                Job::Scan { .. } => lost += 1,
                Job::CatchUp | Job::CaughtUp => self.state.lock().caught_up(),
                Job::Configure(settings) => {
                    lost += 1;
                    self.settings = settings;
                }
                Job::Stop => stops = true,
                // The scan to come finds what these told.
                Job::Paths(paths) => lost += usize::from(paths.len() > MANY),
                Job::Commit { .. } | Job::Graph(_) | Job::Rest => {}
            }
        }
        if stops {
            let _ = self.myself.send(Job::Stop);
        }
        let root = Arc::clone(&self.root);
        let _ = self.writer.send(Message::CommitFailed { root });
        {
            let mut state = self.state.lock();
            state.store = StoreMode::Memory;
            if matches!(start, Start::InMemory) {
                state.die();
            } else {
                state.ask();
                (0..lost).for_each(|_| state.settle());
            }
        }
        if matches!(start, Start::InMemory) {
            self.settled();
        }
    }

    /// After the last attempt: waits until somebody wants the folder indexed again, which is one more; false when nobody can any more.
    /// Whoever asks for less is told at once that nothing will come of it.
    fn is_wanted_again(&mut self) -> bool {
        while let Ok(job) = self.jobs.recv() {
            match job {
                Job::Scan { force: true } => return true,
                Job::Stop => return false,
                Job::Scan { force: false } => self.settled(),
                Job::Configure(settings) => {
                    self.settings = settings;
                    self.settled();
                }
                Job::Paths(paths) if paths.len() > MANY => self.settled(),
                Job::CatchUp | Job::CaughtUp => self.handle(Job::CaughtUp),
                Job::Paths(_) | Job::Commit { .. } | Job::Graph(_) | Job::Rest => {}
            }
        }
        false
    }

    /// Tells the writer, behind all that it was sent before.
    fn settled(&self) {
        let _ = self.writer.send(Message::Settled {
            root: Arc::clone(&self.root),
        });
    }

    /// A scan that the indexer itself finds necessary.
    fn scan_now(&mut self) {
        self.state.lock().ask();
        self.scan(false);
    }

    fn problem(&self, what: String) {
        tracing::warn!(root = %self.root.display(), "{what}");
        self.state.lock().problem(what);
    }

    /// Takes problems that begin so from the list: they are over.
    fn solved(&self, beginning: &str) {
        let mut state = self.state.lock();
        state.problems.retain(|what| !what.starts_with(beginning));
    }

    fn preparer(&self) -> Preparer {
        Preparer {
            embedder: self.options.embedder.clone(),
            max_file_size: self.settings.max_file_size,
            include_generated: self.settings.include_generated,
        }
    }

    fn dims(&self) -> usize {
        self.options
            .embedder
            .as_ref()
            .map_or(1, |embedder| embedder.dims())
    }

    fn show_base(&self, added: FxHashSet<RelPath>, dropped: FxHashSet<RelPath>) {
        let base = Arc::clone(self.store.base());
        let _ = self.writer.send(Message::Base {
            root: Arc::clone(&self.root),
            base,
            added,
            dropped,
        });
    }
}

/// What a panic said.
pub(crate) fn reason(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("for an unknown reason")
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
