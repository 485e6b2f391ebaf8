//! The engine behind the [`Backend`] trait: opened when the first settings are known, errors put into the server's words.

use crate::config::{Embedding, Legs};
use crate::lsp::backend::{
    Backend, BackendError, Change, EngineSettings, GraphRequest, Order, Progress, Rerankable,
    SearchMode, SearchRequest, SearchResponse, Settings, SimilarRequest,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use symseek_base::{Cancel, Revision};
use symseek_embed::Embedder;
use symseek_engine::{Engine, EngineError, EngineOptions, Hub};
use symseek_search::SearchError;

type PublishHook = Box<dyn Fn(Revision) + Send + Sync>;
type ProblemHook = Box<dyn Fn(&str) + Send + Sync>;
type ReportHook = Box<dyn Fn(Progress) + Send + Sync>;

/// What a session of the service shares, and what it does when its settings want something else.
#[derive(Clone)]
pub(crate) struct Sharing {
    /// Where folders come from.
    pub(crate) hub: Arc<Hub>,
    /// Called when a process of its own is needed: other query packs, languages or another cache directory.
    pub(crate) unfit: Arc<dyn Fn() + Send + Sync>,
}

/// The engine, once there are settings.
pub(crate) struct EngineBackend {
    sharing: Option<Sharing>,
    embedder: Option<Arc<dyn Embedder>>,
    cache_dir: Option<PathBuf>,
    engine: OnceLock<Result<Engine, EngineError>>,
    settings: Mutex<EngineSettings>,
    publish_hooks: Arc<Mutex<Vec<PublishHook>>>,
    progress_hooks: Arc<Mutex<Vec<ReportHook>>>,
    problem_hooks: Arc<Mutex<Vec<ProblemHook>>>,
}

impl EngineBackend {
    /// A backend with this embedder; without one the vector leg is empty. `cache_dir` is the command line's, which the
    /// settings may replace.
    pub(crate) fn new(embedder: Option<Arc<dyn Embedder>>, cache_dir: Option<PathBuf>) -> Self {
        Self {
            sharing: None,
            embedder,
            cache_dir,
            engine: OnceLock::new(),
            settings: Mutex::new(EngineSettings {
                engine: Settings::default(),
                legs: crate::config::Config::default().legs,
                embedding: Embedding::default(),
                cache_directory: None,
                query_packs: None,
                languages: Vec::new(),
            }),
            publish_hooks: Arc::default(),
            progress_hooks: Arc::default(),
            problem_hooks: Arc::default(),
        }
    }

    /// A backend whose folders are those of a hub.
    pub(crate) fn of_hub(sharing: Sharing) -> Self {
        let options = sharing.hub.options();
        Self {
            sharing: Some(sharing.clone()),
            ..Self::new(options.embedder.clone(), options.cache_dir.clone())
        }
    }

    /// Has the engine use the model that the settings name, or none.
    fn use_model(&self, engine: &Engine, embedding: &Embedding) {
        let hooks = self.problem_hooks.clone();
        let problem = move |why: &str| {
            for hook in &*hooks.lock() {
                hook(why);
            }
        };
        let directory = self.settings.lock().cache_directory.clone();
        let directory = directory.or_else(|| self.cache_dir.clone());
        let settings =
            crate::model::settings(embedding, directory.as_deref(), Some(Arc::new(problem)));
        if let Err(error) = engine.use_model(settings) {
            tracing::error!(%error, "no thread for the model");
        }
    }

    fn engine(&self) -> Result<&Engine, BackendError> {
        let engine = self.engine.get_or_init(|| self.open());
        engine
            .as_ref()
            .map_err(|error| BackendError::Unavailable(error.to_string()))
    }

    fn open(&self) -> Result<Engine, EngineError> {
        let settings = self.settings.lock().clone();
        let hooks = self.progress_hooks.clone();
        let options = EngineOptions {
            cache_dir: settings.cache_directory.or_else(|| self.cache_dir.clone()),
            query_packs: settings.query_packs,
            languages: settings.languages,
            settings: settings.engine,
            embedder: self.embedder.clone(),
            progress: Some(Arc::new(move |progress: Progress| {
                for hook in &*hooks.lock() {
                    hook(progress.clone());
                }
            })),
            threads: 0,
            graph_from: 0,
        };
        let engine = match &self.sharing {
            Some(Sharing { hub, unfit }) => {
                if !is_shareable(&options, hub.options()) {
                    unfit();
                }
                Engine::attach(hub, &[], options)
            }
            None => Engine::open(&[], options),
        };
        match &engine {
            Ok(engine) => {
                let hooks = self.publish_hooks.clone();
                engine.on_publish(Box::new(move |revision| {
                    for hook in &*hooks.lock() {
                        hook(revision);
                    }
                }));
                self.use_model(engine, &settings.embedding);
            }
            Err(error) => tracing::error!(%error, "the engine does not start"),
        }
        engine
    }

    /// The request without the legs that are switched off.
    fn narrowed<'a>(&self, request: &'a SearchRequest) -> Cow<'a, SearchRequest> {
        let Legs { lexical, vector } = self.settings.lock().legs;
        let mode = match (request.mode, lexical, vector) {
            (SearchMode::Full, true, false) => SearchMode::Lexical,
            (SearchMode::Full, false, true) => SearchMode::Vector,
            (SearchMode::Full | SearchMode::Lexical, false, _) => SearchMode::Symbols,
            (mode, _, _) => mode,
        };
        if mode == request.mode {
            return Cow::Borrowed(request);
        }
        let mut request = request.clone();
        request.mode = mode;
        Cow::Owned(request)
    }
}

/// Whether a session that wants the one can be served by a hub that has the other.
fn is_shareable(wanted: &EngineOptions, shared: &EngineOptions) -> bool {
    wanted.query_packs == shared.query_packs
        && wanted.languages == shared.languages
        && wanted.cache_dir == shared.cache_dir
}

impl Backend for EngineBackend {
    fn submit(&self, change: Change) -> Revision {
        self.engine()
            .map_or(Revision::default(), |engine| engine.submit(change))
    }

    fn published(&self) -> Revision {
        match self.engine.get() {
            Some(Ok(engine)) => engine.published(),
            _ => Revision::default(),
        }
    }

    fn on_publish(&self, hook: PublishHook) {
        self.publish_hooks.lock().push(hook);
    }

    fn on_progress(&self, hook: ReportHook) {
        self.progress_hooks.lock().push(hook);
    }

    fn configure(&self, settings: EngineSettings) {
        let old = std::mem::replace(&mut *self.settings.lock(), settings.clone());
        let Some(Ok(engine)) = self.engine.get() else {
            return;
        };
        if old.engine != settings.engine {
            engine.submit(Change::Configure(settings.engine));
        }
        if old.embedding.is_other_model(&settings.embedding) {
            self.use_model(engine, &settings.embedding);
        }
        if (&old.query_packs, &old.languages) != (&settings.query_packs, &settings.languages) {
            tracing::warn!(
                "symseek.queryPacks and symseek.languages count from the next start of the server"
            );
        }
        if old.cache_directory != settings.cache_directory {
            tracing::warn!("symseek.cacheDirectory counts from the next start of the server");
        }
    }

    fn search(
        &self,
        request: &SearchRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        let mut response = self.engine()?.search(&self.narrowed(request), cancel)?;
        let Legs { lexical, vector } = self.settings.lock().legs;
        if !lexical && !vector {
            let note = "symseek.legs.lexical and symseek.legs.vector are both off; only names are searched";
            response.notes.push(note.to_owned());
        }
        Ok(response)
    }

    fn has_model(&self) -> bool {
        matches!(self.engine.get(), Some(Ok(engine)) if engine.has_model())
    }

    fn second_opinion(
        &self,
        asked: &Rerankable,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<Order>, BackendError> {
        Ok(self.engine()?.second_opinion(asked, until, cancel)?)
    }

    fn on_problem(&self, hook: ProblemHook) {
        self.problem_hooks.lock().push(hook);
    }

    fn similar(
        &self,
        request: &SimilarRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        Ok(self.engine()?.similar(request, cancel)?)
    }

    fn callers(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        Ok(self.engine()?.callers(request, cancel)?)
    }

    fn callees(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        Ok(self.engine()?.callees(request, cancel)?)
    }

    fn status(&self) -> Value {
        let failed = |why: String| json!({"state": "failed", "problems": [why]});
        match self.engine() {
            Ok(engine) => serde_json::to_value(engine.status())
                .unwrap_or_else(|error| failed(error.to_string())),
            Err(error) => failed(error.to_string()),
        }
    }

    fn reindex(&self) {
        self.submit(Change::Reindex);
    }
}

impl From<EngineError> for BackendError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Search(SearchError::Cancelled) => Self::Cancelled,
            EngineError::Search(SearchError::Query(query)) => Self::BadRequest(query.to_string()),
            EngineError::Search(SearchError::NotFound(what)) => Self::NotFound(what),
            EngineError::Search(leg @ SearchError::Leg { .. }) => Self::Internal(leg.to_string()),
            EngineError::Thread(_) => Self::Unavailable(error.to_string()),
        }
    }
}
