//! The second opinion on an answer: a slow model reads the first hits, and what it made of a chunk is never made again.
//!
//! One text at a time, on the thread that asks, until its time is over: what is done by then is kept for the next answer. While
//! nobody types or asks, a thread of the lowest priority reads what is likely to be asked for next: what late answers lacked,
//! then the open and the recently saved documents. A model that cannot be had costs its opinion and nothing else.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};
use rustc_hash::FxHashSet;
use serde::Serialize;
use symseek_base::{Cancel, Cancelled, ContentHash, Embedding};
use symseek_embed::{DocumentText, EmbedError, Embedder, EmbeddingCache};
use symseek_index::fields::fields;
use symseek_search::{Order, Rerankable};

use crate::engine::Shared;
use crate::prepare::document;

/// Vectors that are kept for each model: 13 MB at 384 dimensions.
const KEPT: usize = 32_768;
/// Queries whose vectors are kept, so that an answer that is refined again costs nothing.
const KEPT_QUERIES: usize = 32;
/// Texts that wait to be read in idle time.
const WAITING: usize = 512;
/// Nobody has typed or asked for so long: idle.
const IDLE: Duration = Duration::from_millis(1500);
/// Between two looks for something to do.
const PAUSE: Duration = Duration::from_millis(250);
/// New vectors are written to the disk at most this often, in idle time and at the end.
const SAVE_EVERY: Duration = Duration::from_secs(10);

/// Loads a model; called once, on a thread of its own.
pub type LoadModel = dyn Fn() -> Result<LoadedModel, EmbedError> + Send + Sync;
/// Is told, once, why there is no model.
pub type ModelProblem = dyn Fn(&str) + Send + Sync;

/// A model for second opinions.
pub struct LoadedModel {
    /// What makes vectors.
    pub embedder: Arc<dyn Embedder>,
    /// What runs it, for people.
    pub runtime: String,
    /// What was found and could not be used.
    pub notes: Vec<String>,
}

/// Which model, and how it may be used.
#[derive(Clone)]
pub struct ModelSettings {
    /// Loads it.
    pub load: Arc<LoadModel>,
    /// Where vectors are kept; in memory only when there is none.
    pub directory: Option<PathBuf>,
    /// Read ahead in idle time.
    pub warm: bool,
    /// Told why it cannot be had.
    pub problem: Option<Arc<ModelProblem>>,
}

/// How the model does.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelStatus {
    /// `loading`, `ready` or `failed`.
    pub state: &'static str,
    /// Its name and identity.
    pub model: Option<String>,
    /// What runs it.
    pub runtime: Option<String>,
    /// Why it failed, or what could not be used.
    pub problems: Vec<String>,
    /// Vectors that are remembered.
    pub vectors: usize,
    /// Texts that wait for idle time.
    pub waiting: usize,
}

/// The model of an engine.
pub(crate) struct Refiner {
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
}

struct Inner {
    shared: Arc<Shared>,
    settings: ModelSettings,
    state: Mutex<State>,
    /// The state changed, or it ends.
    changed: Condvar,
    /// Held while a text is read.
    turn: Mutex<()>,
    /// Questions that want their turn: they go before reading ahead.
    asking: AtomicUsize,
    waiting: Mutex<VecDeque<DocumentText>>,
    stop: AtomicBool,
}

enum State {
    Loading,
    Ready(Arc<Model>),
    Failed(String),
}

struct Model {
    embedder: Arc<dyn Embedder>,
    cache: EmbeddingCache,
    queries: Mutex<VecDeque<(String, Known)>>,
    runtime: String,
    notes: Vec<String>,
}

/// What a model made of a query.
#[derive(Clone)]
enum Known {
    As(Embedding),
    /// It has nothing to say about it.
    ToBeNothing,
}

impl Refiner {
    pub(crate) fn start(shared: Arc<Shared>, settings: ModelSettings) -> std::io::Result<Self> {
        let inner = Arc::new(Inner {
            shared,
            settings,
            state: Mutex::new(State::Loading),
            changed: Condvar::new(),
            turn: Mutex::default(),
            asking: AtomicUsize::new(0),
            waiting: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let its = Arc::clone(&inner);
        let thread = std::thread::Builder::new()
            .name("symseek-model".to_owned())
            .spawn(move || its.run())?;
        Ok(Self {
            inner,
            thread: Some(thread),
        })
    }

    /// What the model makes of an answer; `None` when there is no model or it is not done by `until`.
    pub(crate) fn order(
        &self,
        asked: &Rerankable,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<Order>, Cancelled> {
        let Some(model) = self.inner.model(until, cancel)? else {
            return Ok(None);
        };
        let _asking = Asking::new(&self.inner.asking);
        self.inner.order(&model, asked, until, cancel)
    }

    pub(crate) fn status(&self) -> ModelStatus {
        let waiting = self.inner.waiting.lock().len();
        let status = |state| ModelStatus {
            state,
            model: None,
            runtime: None,
            problems: Vec::new(),
            vectors: 0,
            waiting,
        };
        match &*self.inner.state.lock() {
            State::Loading => status("loading"),
            State::Failed(why) => ModelStatus {
                problems: vec![why.clone()],
                ..status("failed")
            },
            State::Ready(model) => ModelStatus {
                model: Some(model.embedder.id().to_string()),
                runtime: Some(model.runtime.clone()),
                problems: model.notes.clone(),
                vectors: model.cache.len(),
                ..status("ready")
            },
        }
    }
}

impl Drop for Refiner {
    fn drop(&mut self) {
        self.inner.stop.store(true, Ordering::Release);
        {
            // Whoever looked at the flag just before is waiting now.
            let _state = self.inner.state.lock();
            self.inner.changed.notify_all();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Counts a question while it lives.
struct Asking<'a>(&'a AtomicUsize);

impl<'a> Asking<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Inner {
    /// Loads the model, then reads ahead on a thread of its own: what runs a model may have started threads, which keep the
    /// priority of whoever started them.
    fn run(self: Arc<Self>) {
        let load = std::panic::AssertUnwindSafe(|| (self.settings.load)());
        let loaded = match std::panic::catch_unwind(load) {
            Ok(Ok(loaded)) => Ok(loaded),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the model could not be loaded: its runtime panicked".to_owned()),
        };
        let state = match loaded {
            Ok(loaded) => {
                let id = loaded.embedder.id();
                let cache = match &self.settings.directory {
                    Some(directory) => EmbeddingCache::open(id, KEPT, directory),
                    None => EmbeddingCache::new(id, KEPT),
                };
                tracing::info!(model = %id, runtime = loaded.runtime, vectors = cache.len(), "model");
                State::Ready(Arc::new(Model {
                    cache,
                    embedder: loaded.embedder,
                    queries: Mutex::default(),
                    runtime: loaded.runtime,
                    notes: loaded.notes,
                }))
            }
            Err(why) => {
                tracing::warn!(why, "no model for second opinions");
                if let Some(problem) = &self.settings.problem {
                    problem(&why);
                }
                State::Failed(why)
            }
        };
        let model = match &state {
            State::Ready(model) => Some(Arc::clone(model)),
            _ => None,
        };
        *self.state.lock() = state;
        self.changed.notify_all();
        let Some(model) = model else { return };
        let (its, read) = (Arc::clone(&self), Arc::clone(&model));
        let ahead = std::thread::Builder::new()
            .name("symseek-ahead".to_owned())
            .spawn(move || its.read_ahead(&read));
        match ahead {
            Ok(thread) => drop(thread.join()),
            Err(error) => tracing::warn!(%error, "nothing is read ahead"),
        }
        save(&model);
    }

    /// The model, waiting for one that is being loaded.
    fn model(
        &self,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<Arc<Model>>, Cancelled> {
        let mut state = self.state.lock();
        loop {
            match &*state {
                State::Ready(model) => return Ok(Some(Arc::clone(model))),
                State::Failed(_) => return Ok(None),
                State::Loading => {}
            }
            cancel.check()?;
            if self.stop.load(Ordering::Acquire) || is_over(until) {
                return Ok(None);
            }
            self.changed.wait_for(&mut state, slice(until));
        }
    }

    /// A turn at the model; `None` when there is none before `until`.
    fn turn(
        &self,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<MutexGuard<'_, ()>>, Cancelled> {
        loop {
            cancel.check()?;
            if is_over(until) {
                return Ok(None);
            }
            if let Some(turn) = self.turn.try_lock_for(slice(until)) {
                return Ok(Some(turn));
            }
        }
    }

    fn order(
        &self,
        model: &Model,
        asked: &Rerankable,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<Order>, Cancelled> {
        let query = if let Some(known) = model.query(&asked.query) {
            known
        } else {
            let Some(_turn) = self.turn(until, cancel)? else {
                return Ok(None);
            };
            model.read_query(&asked.query)
        };
        // A query that the model has nothing to say about changes no order.
        let Known::As(query) = query else {
            return Ok(Some(asked.order(&[])));
        };
        let texts: Vec<Option<DocumentText>> = asked
            .passages
            .iter()
            .map(|passage| passage.fields().as_ref().map(document))
            .collect();
        let mut similarities = Vec::with_capacity(texts.len());
        for (at, text) in texts.iter().enumerate() {
            let Some(text) = text else {
                similarities.push(None);
                continue;
            };
            let vector = if let Some(known) = model.cache.get(text.hash()) {
                Some(known)
            } else {
                let Some(_turn) = self.turn(until, cancel)? else {
                    self.wait(model, texts.into_iter().skip(at).flatten());
                    return Ok(None);
                };
                model.cache.document(&*model.embedder, text).ok()
            };
            similarities.push(vector.map(|vector| vector.similarity(&query)));
        }
        Ok(Some(asked.order(&similarities)))
    }

    /// Leaves texts for idle time; what waits longest is forgotten when there are too many.
    fn wait(&self, model: &Model, texts: impl Iterator<Item = DocumentText>) {
        let mut waiting = self.waiting.lock();
        for text in texts.filter(|text| !model.cache.holds(text.hash())) {
            if waiting.len() == WAITING {
                waiting.pop_front();
            }
            waiting.push_back(text);
        }
    }

    /// Reads what waits, then what is worked on, while nothing else happens.
    fn read_ahead(&self, model: &Model) {
        lower_priority();
        let mut gathered = None;
        let mut refused: FxHashSet<ContentHash> = FxHashSet::default();
        let mut saved = Instant::now();
        while !self.stop.load(Ordering::Acquire) {
            let idle = self.settings.warm && self.is_idle();
            if idle && self.waiting.lock().is_empty() {
                let revision = self.shared.revision();
                if gathered != Some(revision) {
                    gathered = Some(revision);
                    self.gather(model, &refused);
                }
            }
            let text = if idle {
                self.waiting.lock().pop_front()
            } else {
                None
            };
            let Some(text) = text else {
                if saved.elapsed() >= SAVE_EVERY {
                    saved = Instant::now();
                    save(model);
                }
                let mut state = self.state.lock();
                if !self.stop.load(Ordering::Acquire) {
                    self.changed.wait_for(&mut state, PAUSE);
                }
                continue;
            };
            if model.cache.holds(text.hash()) {
                continue;
            }
            let began = Instant::now();
            if let Some(_turn) = self.turn.try_lock()
                && model.cache.document(&*model.embedder, &text).is_err()
            {
                refused.insert(text.hash());
            }
            // Half of a core at most, for the sake of the battery.
            std::thread::sleep(began.elapsed().min(PAUSE));
        }
    }

    /// Whether nobody needs the machine.
    fn is_idle(&self) -> bool {
        self.asking.load(Ordering::Acquire) == 0
            && self.shared.is_ready()
            && self.shared.quiet_for() >= IDLE
    }

    /// Puts the chunks of open and recently saved documents among what waits.
    fn gather(&self, model: &Model, refused: &FxHashSet<ContentHash>) {
        let view = self.shared.view();
        let mut waiting = self.waiting.lock();
        for snapshot in view.snapshots() {
            for file in snapshot.memory() {
                for chunk in &file.facts.chunks {
                    if waiting.len() >= WAITING {
                        return;
                    }
                    let text = document(&fields(&file.path, &file.text, &file.facts, chunk));
                    let hash = text.hash();
                    if !model.cache.holds(hash) && !refused.contains(&hash) {
                        waiting.push_back(text);
                    }
                }
            }
        }
    }
}

impl Model {
    /// What is remembered of a query.
    fn query(&self, query: &str) -> Option<Known> {
        let queries = self.queries.lock();
        let mut known = queries.iter().filter(|(known, _)| known == query);
        known.next().map(|(_, known)| known.clone())
    }

    fn read_query(&self, query: &str) -> Known {
        let vector = self.embedder.embed_query(query);
        let known = vector.map_or(Known::ToBeNothing, Known::As);
        let mut queries = self.queries.lock();
        if queries.len() == KEPT_QUERIES {
            queries.pop_front();
        }
        queries.push_back((query.to_owned(), known.clone()));
        known
    }
}

fn save(model: &Model) {
    if let Err(error) = model.cache.save() {
        tracing::warn!(%error, "vectors are not kept on the disk");
    }
}

fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}

/// How long to wait before looking again whether the question still stands.
fn slice(until: Option<Instant>) -> Duration {
    let longest = Duration::from_millis(20);
    until.map_or(longest, |until| {
        longest.min(until.saturating_duration_since(Instant::now()))
    })
}

/// Gives this thread, and those that it will start, the lowest priority, where the system has one per thread.
fn lower_priority() {
    // SAFETY: 0 is the calling thread; nothing but its priority changes, and a refusal is harmless.
    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "functions of the C library")]
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, 19);
    }
    // SAFETY: as above.
    #[cfg(target_os = "macos")]
    #[expect(unsafe_code, reason = "functions of the C library")]
    unsafe {
        libc::pthread_set_qos_class_self_np(libc::qos_class_t::QOS_CLASS_BACKGROUND, 0);
    }
}
