//! What the parts of one server share. No lock in here is ever held across an await or while another is taken.

use crate::config::Config;
use crate::lsp::backend::{Backend, EngineSettings, Rerankable, Settings};
use crate::lsp::delivery::Delivery;
use crate::lsp::progress::Board;
use crate::lsp::queue::{Mutation, Queue, Ticket};
use crate::lsp::session::Session;
use crate::lsp::uri;
use parking_lot::{Mutex, RwLock};
use ropey::Rope;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use symseek_base::{Cancel, Revision};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tower_lsp::Client;
use tower_lsp::lsp_types::{ConfigurationItem, MessageType, Url};

/// How one server is run.
#[derive(Clone)]
pub(crate) struct Options {
    /// How long a request waits for the edits before it.
    pub(crate) patience: Duration,
    /// How long indexing waits for the client's settings.
    pub(crate) settings_patience: Duration,
    /// Changes the log level.
    pub(crate) set_log_level: Arc<dyn Fn(&str) + Send + Sync>,
    /// End when the client's process does.
    pub(crate) watch_parent: bool,
    /// Where results documents lie, unless the settings say; with the system's temporary files when `None`.
    pub(crate) cache_dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(2),
            settings_patience: Duration::from_millis(300),
            set_log_level: Arc::new(|_| {}),
            watch_parent: true,
            cache_dir: None,
        }
    }
}

/// How far the writer has come.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Applied {
    /// Every mutation up to here was handed to the engine.
    pub(crate) ticket: Ticket,
    /// The revision whose publication shows their edits.
    pub(crate) revision: Revision,
}

/// An open document as requests see it.
#[derive(Debug, Clone)]
pub(crate) struct OpenText {
    /// As the client writes it.
    pub(crate) uri: Url,
    pub(crate) rope: Rope,
}

/// The state of one server.
pub(crate) struct Shared {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) client: Client,
    pub(crate) runtime: Handle,
    pub(crate) options: Options,
    pub(crate) queue: Queue,
    pub(crate) applied: watch::Sender<Applied>,
    pub(crate) published: watch::Sender<Revision>,
    /// Sequence number of the newest `workspace/symbol`.
    pub(crate) newest_symbol: watch::Sender<u64>,
    pub(crate) progress: Board,
    session: OnceLock<Session>,
    /// When the engine got to know the workspace's folders: before, an empty answer means nothing.
    begun: OnceLock<Instant>,
    /// Told when there is a session.
    began: Notify,
    config: RwLock<Arc<Config>>,
    texts: RwLock<HashMap<PathBuf, OpenText>>,
    answers: Mutex<Answers>,
    /// Documents that were edited, the last one first.
    edited: Mutex<VecDeque<PathBuf>>,
}

/// So many edited documents are remembered.
const KEPT_EDITED: usize = 4;
/// So many answers can still be refined.
const KEPT_ANSWERS: usize = 16;

/// Answers that a client may want refined, newest last.
#[derive(Default)]
struct Answers {
    made: u64,
    answers: VecDeque<(String, Arc<Rerankable>)>,
}

impl Shared {
    pub(crate) fn new(
        backend: Arc<dyn Backend>,
        client: Client,
        queue: Queue,
        options: Options,
    ) -> Arc<Self> {
        let published = watch::Sender::new(backend.published());
        let shared = Arc::new(Self {
            backend,
            client,
            runtime: Handle::current(),
            options,
            queue,
            applied: watch::Sender::default(),
            published,
            newest_symbol: watch::Sender::default(),
            progress: Board::default(),
            session: OnceLock::new(),
            begun: OnceLock::new(),
            began: Notify::new(),
            config: RwLock::default(),
            texts: RwLock::default(),
            answers: Mutex::default(),
            edited: Mutex::default(),
        });
        // Weak: the engine outlives servers in tests, and must not keep them alive.
        let weak = Arc::downgrade(&shared);
        shared.backend.on_publish(Box::new(move |revision| {
            if let Some(shared) = weak.upgrade() {
                shared.published.send_if_modified(|published| {
                    let newer = revision > *published;
                    *published = (*published).max(revision);
                    newer
                });
            }
        }));
        let weak = Arc::downgrade(&shared);
        shared.backend.on_progress(Box::new(move |event| {
            if let Some(shared) = weak.upgrade() {
                shared.progress.event(&shared, event);
            }
        }));
        let weak = Arc::downgrade(&shared);
        shared.backend.on_problem(Box::new(move |problem| {
            if let Some(shared) = weak.upgrade() {
                shared.warn(format!("Symseek re-ranks nothing: {problem}"));
            }
        }));
        shared
    }

    /// Shows the user a warning; waits for nobody.
    fn warn(&self, message: String) {
        tracing::warn!("{message}");
        let client = self.client.clone();
        self.runtime
            .spawn(async move { client.show_message(MessageType::WARNING, message).await });
    }

    /// Remembers which document is being edited.
    pub(crate) fn note_edit(&self, path: &Path) {
        let mut edited = self.edited.lock();
        if edited.front().is_some_and(|newest| newest == path) {
            return;
        }
        edited.retain(|other| other != path);
        edited.push_front(path.to_owned());
        edited.truncate(KEPT_EDITED);
    }

    /// The documents that were edited, the last one first.
    pub(crate) fn edited(&self) -> Vec<PathBuf> {
        self.edited.lock().iter().cloned().collect()
    }

    /// Keeps an answer that a client may want refined later; gives its id.
    pub(crate) fn keep_answer(&self, asked: Rerankable) -> String {
        let mut kept = self.answers.lock();
        kept.made += 1;
        let id = kept.made.to_string();
        if kept.answers.len() == KEPT_ANSWERS {
            kept.answers.pop_front();
        }
        kept.answers.push_back((id.clone(), Arc::new(asked)));
        id
    }

    /// The answer of this id, if it is still kept.
    pub(crate) fn kept_answer(&self, id: &str) -> Option<Arc<Rerankable>> {
        let kept = self.answers.lock();
        let mut found = kept.answers.iter().filter(|(known, _)| known == id);
        found.next().map(|(_, asked)| Arc::clone(asked))
    }

    /// Keeps the agreement; the first one counts.
    pub(crate) fn begin(&self, session: Session) {
        let (config, problems) = Config::default().with(&session.options);
        self.set_config(config);
        self.report_settings(&problems);
        let _ = self.session.set(session);
        self.began.notify_one();
    }

    /// The agreement with the client, once there is one; for one waiter.
    pub(crate) async fn agreed(&self) -> &Session {
        self.began.notified().await;
        self.session()
    }

    /// The agreement with the client; defaults before `initialize`.
    pub(crate) fn session(&self) -> &Session {
        static NONE: OnceLock<Session> = OnceLock::new();
        self.session
            .get()
            .unwrap_or_else(|| NONE.get_or_init(Session::default))
    }

    /// The settings in force.
    pub(crate) fn config(&self) -> Arc<Config> {
        self.config.read().clone()
    }

    /// Takes new settings; true when they differ.
    pub(crate) fn set_config(&self, config: Config) -> bool {
        let config = Arc::new(config);
        let old = std::mem::replace(&mut *self.config.write(), config.clone());
        if let Some(level) = &config.log_level {
            (self.options.set_log_level)(level);
        }
        old != config
    }

    /// Notes that the engine knows the workspace's folders.
    pub(crate) fn folders_are_known(&self) {
        let _ = self.begun.set(Instant::now());
    }

    /// Whether the engine knows the workspace's folders.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.get().is_some()
    }

    /// Whether the folders' stored indexes may still be opening, for a request made at `asked`. Not longer than an answer may
    /// take: what is found later is indexed anew.
    pub(crate) fn is_opening(&self, asked: Instant) -> bool {
        let since = self.begun.get().copied().unwrap_or(asked);
        since.elapsed() < self.options.patience
    }

    /// The settings as the engine wants them.
    pub(crate) fn engine_settings(&self) -> EngineSettings {
        let config = self.config();
        EngineSettings {
            engine: Settings {
                exclude: config.exclude.clone(),
                max_file_size: config.max_file_size,
                watch: config.watch,
                include_generated: config.include_generated,
            },
            legs: config.legs.clone(),
            embedding: config.embedding.clone(),
            cache_directory: config.cache_directory.clone(),
            query_packs: config.query_packs.clone(),
            languages: config.languages.clone(),
        }
    }

    /// Tells the user what was wrong with the settings.
    pub(crate) fn report_settings(&self, problems: &[String]) {
        for problem in problems {
            self.log(MessageType::WARNING, problem.clone());
        }
    }

    /// Writes to our log and to the client's; waits for nobody.
    pub(crate) fn log(&self, kind: MessageType, message: String) {
        match kind {
            MessageType::ERROR => tracing::error!("{message}"),
            MessageType::WARNING => tracing::warn!("{message}"),
            _ => tracing::info!("{message}"),
        }
        let client = self.client.clone();
        self.runtime
            .spawn(async move { client.log_message(kind, message).await });
    }

    /// Asks the client for its settings, for the `number`th time; the answer goes through the queue.
    pub(crate) fn pull_settings(&self, number: u64) {
        let (client, queue) = (self.client.clone(), self.queue.clone());
        self.runtime.spawn(async move {
            let item = ConfigurationItem {
                scope_uri: None,
                section: Some("symseek".to_owned()),
            };
            let answer = client.configuration(vec![item]).await;
            let value = answer.ok().and_then(|values| values.into_iter().next());
            queue.push(Mutation::Settings(number, value.unwrap_or_default()));
        });
    }

    /// Shows requests the text of a document; `None` closes it.
    pub(crate) fn show_text(&self, path: &Path, text: Option<OpenText>) {
        let mut texts = self.texts.write();
        match text {
            Some(text) => texts.insert(path.to_path_buf(), text),
            None => texts.remove(path),
        };
    }

    /// The text of an open document.
    pub(crate) fn text(&self, path: &Path) -> Option<OpenText> {
        self.texts.read().get(path).cloned()
    }

    /// The client's URI for a path.
    pub(crate) fn uri(&self, path: &Path) -> Option<Url> {
        let open = self.texts.read().get(path).map(|text| text.uri.clone());
        open.or_else(|| uri::from_path(path))
    }

    /// Waits until the writer took everything up to `ticket`: settings are in force, edits on their way to the engine.
    /// Gives the revision that shows them; `None` when patience ended first.
    pub(crate) async fn taken(&self, ticket: Ticket) -> Option<Revision> {
        // Nearly always nothing is on its way, and there is nothing to set a timer for.
        let now = *self.applied.borrow();
        if now.ticket >= ticket {
            return Some(now.revision);
        }
        let mut applied = self.applied.subscribe();
        let wait = applied.wait_for(|applied| applied.ticket >= ticket);
        match tokio::time::timeout(self.options.patience, wait).await {
            Ok(Ok(applied)) => Some(applied.revision),
            _ => None,
        }
    }

    /// Waits until an answer would show every edit up to `ticket`. False when patience ended first, or when the engine does not
    /// know the workspace's folders yet.
    pub(crate) async fn settled(&self, ticket: Ticket) -> bool {
        let Some(revision) = self.taken(ticket).await else {
            return false;
        };
        if *self.published.borrow() >= revision {
            return self.has_begun();
        }
        let mut published = self.published.subscribe();
        let wait = published.wait_for(|seen| *seen >= revision);
        let shown = tokio::time::timeout(self.options.patience, wait).await;
        matches!(shown, Ok(Ok(_))) && self.has_begun()
    }
}

/// What a handler knows of its request beside the parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestContext {
    /// Place among all messages, from 1.
    pub(crate) sequence: u64,
    /// The newest edit before it on the wire.
    pub(crate) ticket: Ticket,
    /// How a handler answers from the thread that found the answer; what it returns then is not looked at.
    pub(crate) delivery: Option<Delivery>,
}

tokio::task_local! {
    /// Set around every handler by the ingress.
    pub(crate) static CONTEXT: RequestContext;
}

/// Sets the flag when dropped: a dropped handler stops its work.
pub(crate) struct CancelOnDrop(pub(crate) Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
